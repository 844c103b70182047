"""What a run knows beyond the pair itself: distances that pay, months, chains, routes, and what decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.tables import MATCH_MONTHS, MONTH_COLUMNS, Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.browser.pages import UNFOLD

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]

# The texts and lines that the focus sheet draws, in order: asked of the canvas itself.
PAINTED = """() => {
  const { layers } = kansenkaart.page;
  const ctx = layers.focus._ctx;
  const told = { texts: [], dashes: [] };
  const [write, dash] = [ctx.fillText, ctx.setLineDash];
  ctx.fillText = (text, ...rest) => { told.texts.push(text.replace(/\\u00a0/g, " ")); write.call(ctx, text, ...rest); };
  ctx.setLineDash = (parts) => { told.dashes.push(parts.join(" ")); dash.call(ctx, parts); };
  layers.focus.redraw();
  delete ctx.fillText;
  delete ctx.setLineDash;
  return told;
}"""

# How much of a colour stands on the focus sheet within 2 pixels of a place in RD metres.
AT = """([x, y]) => {
  const { model, layers } = kansenkaart.page;
  const { view, _ctx: ctx } = layers.focus;
  const [u, v] = model.place(x, y);
  const [left, top] = [(u * view.k + view.ox) * view.ratio, (v * view.k + view.oy) * view.ratio];
  const { data } = ctx.getImageData(Math.round(left) - 2, Math.round(top) - 2, 5, 5);
  let painted = 0;
  for (let n = 3; n < data.length; n += 4) painted += data[n] > 40;
  return painted;
}"""


@pytest.fixture(scope="module")
def _opened(rich: Frames, shared_map: Open) -> Open:
    opened = shared_map(rich)
    opened.page.evaluate(UNFOLD)
    return opened


@pytest.fixture
def opened(_opened: Open) -> Open:
    """Return the page of the rich map, opened once: nothing is chosen, and the whole region in sight."""
    _opened.page.evaluate("kansenkaart.page.actions.choose(null)")
    _opened.page.evaluate("kansenkaart.page.actions.fit()")
    return _opened


def ranked(frames: Frames) -> pd.DataFrame:
    """Return the chances as the page numbers them."""
    return frames.matches.sort_values("rank").reset_index(drop=True)


def choose(opened: Open, kind: str, number: int, *, from_map: bool = False) -> str:
    """Choose a chance or a place and return the words of its card."""
    opened.page.evaluate(
        "([kind, id, fromMap]) => kansenkaart.page.actions.choose({ kind, id }, { fromMap })",
        [kind, int(number), from_map],
    )
    return opened.text("#kk-card")


def km(value: float) -> str:
    texts = load_texts()
    return f"{texts.number(round(value * 1000))} m" if value < 1 else f"{texts.number(value)} km"


def test_circles_show_up_to_where_it_pays(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    limits = {name: stream.hard_km for name, stream in load_catalogue().streams.items()}
    limit = rows["stream"].map(limits)
    # A supply in the middle of the region, where the card covers nothing of the circle.
    place = rows["supply_id"].map(rich.sites.set_index("site_id").geometry)
    central = place.map(lambda point: point.x < 118_000 and 490_000 < point.y < 540_000)
    known = central & (rows["break_even_km"] < np.minimum(limit * 0.6, 20.0))
    paying = rows.loc[known, "break_even_km"].idxmax()
    row = rows.loc[paying]
    card = choose(opened, "match", paying)
    pays, distance = km(row["break_even_km"]), km(np.floor(row["distance_m"] / 10 + 0.5) / 100)
    assert f"Loont tot {pays}; deze afstand is {distance}." in card
    assert f"De grens voor deze stroom is {km(limit[paying])}." in card
    opened.page.evaluate("kansenkaart.page.actions.fit()")
    told = opened.page.evaluate(PAINTED)
    assert f"loont tot {pays}" in told["texts"]
    assert f"grens {km(limit[paying])}" in told["texts"]
    # The circle stands where it should: that far from the supply, in RD metres.
    supply = rich.sites.set_index("site_id").geometry[row["supply_id"]]
    found = [
        opened.page.evaluate(
            AT,
            [
                supply.x + row["break_even_km"] * 1000 * np.sin(angle),
                supply.y + row["break_even_km"] * 1000 * np.cos(angle),
            ],
        )
        for angle in np.linspace(0.3, 6.0, 40)
    ]
    assert np.mean(np.array(found) > 0) > 0.9
    beyond = rows[rows["break_even_km"] > limit].index[0]
    choose(opened, "match", beyond)
    assert f"De grens voor deze stroom is {km(limit[beyond])}." in opened.text("#kk-card .reach")


def test_nothing_pays_and_no_price_are_told_apart(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    never = rows.index[rows["break_even_km"] == 0][0]
    assert "Loont nu op geen enkele afstand; deze afstand is" in choose(opened, "match", never)
    opened.page.evaluate("kansenkaart.page.actions.fit()")
    assert any(
        text.endswith("loont nu op geen enkele afstand") for text in opened.page.evaluate(PAINTED)["texts"]
    )
    unpriced = rows.index[rows["break_even_km"].isna()][0]
    choose(opened, "match", unpriced)
    assert opened.page.locator("#kk-card .reach").count() == 0
    assert not any("loont" in text for text in opened.page.evaluate(PAINTED)["texts"])


def test_a_supply_shows_the_farthest_of_its_chances(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    best = rows[rows["stream"] == "struviet_fosfaat"].groupby("supply_id")["break_even_km"].max()
    site = best[best > 0].index[0]
    card = choose(opened, "site", rich.sites.index[rich.sites["site_id"] == site][0])
    assert f"De beste kans hier loont tot {km(best[site])}." in card


def test_streams_are_compared_in_one_table(rich: Frames, opened: Open) -> None:
    texts = load_texts()
    opened.page.click(".reaches summary")
    shown = opened.texts(".reaches tbody tr")
    known = rich.solves[rich.solves["break_even_km"].notna()]
    assert len(shown) == len(known)
    for row in known.itertuples():
        pays = texts.number(row.break_even_km) if row.break_even_km > 0 else "nergens"
        assert any(texts(f"streams.{row.stream}") in line and pays in line for line in shown)


def test_yearly_totals_stand_beside_what_months_allow(rich: Frames, opened: Open) -> None:
    for row in rich.solves.itertuples():
        line = opened.page.locator(f'label:has(input[data-stream="{row.stream}"]) .by-year')
        if np.isnan(row.annual_quantity):
            assert line.count() == 0
        else:
            words = " ".join(line.inner_text().replace("\u00a0", " ").split())
            assert words == f"met jaartotalen zou het {checks.amount(row.annual_quantity, row.unit)} zijn"


def bars(opened: Open, colour: str) -> np.ndarray:
    """Return the heights of the bars of a colour in the card's first chart."""
    heights = opened.page.evaluate(
        """(colour) => [...document.querySelector("#kk-card svg.months").querySelectorAll("rect")]
        .filter((bar) => bar.getAttribute("fill") === colour).map((bar) => Number(bar.getAttribute("height")))""",
        colour,
    )
    return np.array(heights)


def test_months_of_a_chance_are_drawn_and_told(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    for stream in ("restwarmte_ht", "co2"):
        number = rows.index[rows["stream"] == stream][0]
        row = rows.loc[number]
        card = choose(opened, "match", number)
        months = rich.match_months[rich.match_months["match_id"] == row["match_id"]].sort_values("month")
        quantity = months["quantity"].to_numpy()
        colour = opened.page.evaluate(
            "(id) => kansenkaart.page.model.streams.find((stream) => stream.id === id).colour", stream
        )
        drawn = bars(opened, colour)
        assert len(drawn) == 12
        assert drawn / drawn.max() == pytest.approx(quantity / quantity.max(), abs=0.02)
        sides = rich.flows.set_index("flow_id")
        free = [sides.loc[f"{row[f'{role}_id']}|{stream}|{role}"] for role in ("supply", "demand")]
        supply = free[0][list(MONTH_COLUMNS)].to_numpy(dtype=float)
        behind = bars(opened, "#d3dddb")
        # Where nothing is cut off, both stand on one scale.
        whole = behind < behind.max() - 1e-6
        assert behind[whole] / drawn.max() == pytest.approx(supply[whole] / quantity.max(), abs=0.03)
        smaller = "aanbod" if free[0]["value"] <= free[1]["value"] else "vraag"
        assert (
            f"{round(row['overlap'] * 100)} % van {'het' if smaller == 'aanbod' else 'de'} {smaller} valt"
            in card
        )
        told = opened.page.get_attribute("#kk-card svg.months", "aria-label")
        assert told.count(",") >= 11
        assert "januari" in told
        assert "december" in told
    unseasonal = rows.index[~rows["match_id"].isin(rich.match_months["match_id"])][0]
    choose(opened, "match", unseasonal)
    assert opened.page.locator("#kk-card svg.months").count() == 0


def test_months_that_are_left_stand_on_the_card_of_the_place(rich: Frames, opened: Open) -> None:
    flows = rich.flows.merge(rich.gaps[["flow_id", "remaining"]], on="flow_id")
    flow = flows[(flows["stream"] == "restwarmte_lt") & (flows["remaining"] > 0)].iloc[0]
    side = "supply_id" if flow["role"] == "supply" else "demand_id"
    own = rich.matches[(rich.matches[side] == flow["site_id"]) & (rich.matches["stream"] == flow["stream"])]
    moved = (
        rich.match_months[rich.match_months["match_id"].isin(own["match_id"])]
        .groupby("month")["quantity"]
        .sum()
    )
    free = flow[list(MONTH_COLUMNS)].to_numpy(dtype=float)
    left = np.maximum(free - moved.reindex(range(1, 13), fill_value=0.0).to_numpy(), 0.0)
    choose(opened, "site", rich.sites.index[rich.sites["site_id"] == flow["site_id"]][0])
    words = "blijft over" if flow["role"] == "supply" else "komt tekort"
    chart = opened.page.locator("#kk-card .flow", has_text="Restwarmte (lauw)").locator("svg.months")
    assert words in chart.get_attribute("aria-label").lower()
    colour = opened.page.evaluate(
        "kansenkaart.page.model.streams.find((stream) => stream.id === 'restwarmte_lt').colour"
    )
    heights = np.array(
        chart.evaluate(
            """(svg, colour) => [...svg.querySelectorAll("rect")].filter((bar) => bar.getAttribute("fill") === colour)
            .map((bar) => Number(bar.getAttribute("height")))""",
            colour,
        )
    )
    assert heights / heights.max() == pytest.approx(left / left.max(), abs=0.06)


def test_what_comes_out_of_a_store_is_told(rich: Frames, open_map: Open) -> None:
    rows = ranked(rich)
    number = rows.index[rows["stream"] == "restwarmte_ht"][0]
    months = rich.match_months.copy()
    own = months["match_id"] == rows.loc[number, "match_id"]
    months.loc[own & (months["month"] < 3), "from_store"] = months["quantity"]
    share = months.loc[own, "from_store"].sum() / months.loc[own, "quantity"].sum()
    opened = open_map(replace(rich, match_months=MATCH_MONTHS.conform(months)))
    assert f"{round(100 * share)} % komt uit een seizoensopslag." in choose(opened, "match", number)


def test_a_leg_of_a_chain_brings_the_others_along(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    sizes = rows["chain_id"].value_counts()
    legs = rows[rows["chain_id"] == sizes.index[0]]
    assert len(legs) > 2
    number = legs.index[-1]
    card = choose(opened, "match", number)
    path = rich.chains.set_index("chain_id").loc[sizes.index[0], "path"]
    assert f"Stap {rows.loc[number, 'leg']} van een keten" in card
    for step in path.split(" → "):
        assert step in card
    related = opened.page.evaluate("kansenkaart.page.related().sort((a, b) => a - b)")
    assert related == sorted(set(legs.index) - {number})
    names = rich.sites.set_index("site_id")["name"]
    for other in legs.drop(number).head(3).itertuples():
        assert names[other.supply_id] in card or names[other.demand_id] in card
    opened.page.click("#kk-card section:has-text('keten') .line-button >> nth=0")
    assert opened.page.evaluate("kansenkaart.page.state.chosen.id") in related
    assert "van een keten" in opened.text("#kk-card")


def test_heat_and_co2_come_together(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    coupled = rows[rows["coupled_id"].notna()]
    number = coupled.index[coupled["stream"] == "restwarmte_ht"][0]
    taker = rows.loc[number, "demand_id"]
    card = choose(opened, "match", number)
    assert f"{rich.sites.set_index('site_id')['name'][taker]} krijgt warmte en CO₂." in card
    others = coupled[(coupled["demand_id"] == taker) & (coupled["stream"] == "co2")].index
    assert set(others) <= set(opened.page.evaluate("kansenkaart.page.related()"))


def test_a_shared_pipe_names_who_shares_it(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    shared = rows["trunk_id"].value_counts()
    pipe = rows[rows["trunk_id"] == shared.index[shared == 2][0]]
    names = rich.sites.set_index("site_id")["name"]
    card = choose(opened, "match", pipe.index[0])
    assert f"Deze kans deelt een leiding met: naar {names[pipe.iloc[1]['demand_id']]}" in card
    alone = rows[rows["trunk_id"].isin(shared.index[shared == 1])].index[0]
    assert "deelt een leiding" not in choose(opened, "match", alone)


def test_the_route_replaces_the_straight_line(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    line = "kansenkaart.page.layers.painted.lines.some((line) => line.kind === 'match' && line.id === {})"
    lengths = rich.routes.set_index("match_id")
    routed = rows[rows["match_id"].isin(lengths.index) & (rows["distance_m"] > 4_000)]
    number = routed.index[0]
    assert opened.page.evaluate(line.format(number))
    card = choose(opened, "match", number)
    assert f"over de weg, {km(lengths.loc[rows.loc[number, 'match_id'], 'length_m'] / 1000)}" in card
    assert not opened.page.evaluate(line.format(number))
    way = lengths.loc[rows.loc[number, "match_id"], "geometry"]
    on_way = [
        opened.page.evaluate(AT, list(way.interpolate(part, normalized=True).coords[0]))
        for part in (0.3, 0.4, 0.5, 0.6, 0.7)
    ]
    assert min(on_way) > 0
    straight = rows[~rows["match_id"].isin(lengths.index)].index
    if len(straight):
        assert "over de weg" not in choose(opened, "match", straight[0])


def test_a_way_via_a_network_is_drawn_and_the_chance_has_an_id_of_its_own(
    rich: Frames, open_map: Open
) -> None:
    rows = ranked(rich)
    lengths = rich.routes.set_index("match_id")["length_m"]
    number = int(rows.index[rows["match_id"].isin(lengths.index) & (rows["distance_m"] > 4_000)][0])
    plain = rows.loc[number, "match_id"]
    name = f"{plain}|net:a"

    def renamed(frame: pd.DataFrame, **more: str) -> pd.DataFrame:
        mine = frame["match_id"] == plain
        changed = {column: frame[column].mask(mine, value) for column, value in more.items()}
        return frame.assign(match_id=frame["match_id"].mask(mine, name), **changed)

    via = replace(
        rich,
        matches=renamed(rich.matches, route_basis="network"),
        routes=renamed(rich.routes, basis="network"),
        match_months=renamed(rich.match_months),
        reasons={name if key == plain else key: reason for key, reason in rich.reasons.items()},
    )
    opened = open_map(via)
    card = choose(opened, "match", number)
    assert f"via een bestaand net, {km(lengths[plain] / 1000)}" in card
    way = rich.routes.set_index("match_id").loc[plain, "geometry"]
    spots = [way.interpolate(part, normalized=True).coords[0] for part in (0.3, 0.5, 0.7)]
    assert min(opened.page.evaluate(AT, list(spot)) for spot in spots) > 0
    opened.page.wait_for_function("() => decodeURIComponent(location.hash).includes('|net:a')")


def test_what_decides_is_named_in_words(rich: Frames, opened: Open) -> None:
    rows = ranked(rich)
    flow = rich.flows.iloc[0]
    place = rich.sites.set_index("site_id")["name"][flow["site_id"]]
    verb = "aanbiedt" if flow["role"] == "supply" else "vraagt"
    words = {
        "avoided_heat_glass": "wat een teler aan warmte uitspaart (tussen",
        "kas_warmte_onbekend": "de vuistregel voor vraag naar restwarmte (heet): kas, per ha glas in productie",
        "digester|bermgras_maaisel|biogas_groengas": "hoeveel biogas en groen gas er van bermgras en maaisel komt",
        flow["flow_id"]: f"{place} {verb}",
    }
    for name, said in words.items():
        number = rows.index[rows["decided_by"] == name][0]
        card = choose(opened, "match", number)
        assert "Hangt het meest af van: " in card
        assert said in card
    number = rows.index[rows["decided_by"].isna()][0]
    assert "Hangt het meest af van" not in choose(opened, "match", number)


def test_axe_finds_nothing_on_the_fuller_cards(rich: Frames, open_map: Open) -> None:
    opened = open_map(rich, options={"reduced_motion": "reduce"})
    rows = ranked(rich)
    chosen = [
        rows.index[rows["coupled_id"].notna()][0],
        rows.index[rows["chain_id"].notna()][0],
        rows.index[rows["trunk_id"].notna()][0],
    ]
    opened.page.click(".reaches summary")
    for number in [*chosen, None]:
        if number is None:
            choose(opened, "site", 0)
        else:
            choose(opened, "match", number)
        assert axe_findings(opened.page, "#kk-card") == []
    assert opened.faults == []
    assert opened.requests == []


def test_the_fuller_card_fits_every_screen(rich: Frames, open_map: Open, tmp_path: Path) -> None:
    # Without motion: a card that is still sliding in stands outside the window for a moment.
    opened = open_map(rich, size=(390, 844), options={"reduced_motion": "reduce"})
    rows = ranked(rich)
    for width, _ in checks.each_size(opened.page, (390, 844), (320, 640), (1920, 1080)):
        for number in (rows.index[rows["overlap"].notna()][0], rows.index[rows["chain_id"].notna()][0]):
            choose(opened, "match", number)
            widest = (
                "Math.max(...[...document.querySelectorAll('.kk-card *')]"
                ".map((e) => e.getBoundingClientRect().right))"
            )
            assert opened.page.evaluate(widest) <= width + 0.5
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        pages = checks.pdf_text(opened.page.pdf(format="A4", prefer_css_page_size=True), tmp_path)
        assert "Van → naar" in pages[1]  # no page of the map's legend before the list
    assert opened.faults == []


def test_evil_text_of_a_chain_or_a_number_stays_text(rich: Frames, open_map: Open) -> None:
    evil = "<img src=x onerror=window.evil=1>${window.evil=2}{{ 7*7 }}"
    opened = open_map(
        replace(rich, chains=rich.chains.assign(path=evil), tornado=rich.tornado.assign(input_unit=evil))
    )
    rows = ranked(rich)
    number = rows.index[rows["chain_id"].notna() & rows["decided_by"].notna()][0]
    assert choose(opened, "match", number).count("<img src=x onerror") == 2
    assert opened.page.evaluate("window.evil") is None
    assert opened.faults == []
    assert opened.requests == []
