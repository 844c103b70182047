"""The list says every fact of the map, in any order; links and what is left are tied to it both ways."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import shapely

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]
ROWS = """() => [...document.querySelectorAll('#kk-chances .item')]
  .map((one) => one.textContent.replaceAll('\\u00a0', ' '))"""
RANKS = """() => [...document.querySelectorAll('#kk-chances .item .rank')]
  .map((one) => parseInt(one.textContent.replace('.', '')))"""


@pytest.fixture(scope="module")
def listed(frames: Frames, shared_map: Open) -> object:
    """Return the list, opened once: every test of an order chooses its own, and the usual one at its end."""
    opened = shared_map(frames)
    opened.page.click("#kk-tab-chances")
    return opened


@pytest.mark.parametrize("sort", ["quantity", "distance", "net", "co2", "certainty"])
def test_every_order_is_that_of_the_frames(frames: Frames, listed: object, sort: str) -> None:
    opened, page = listed, listed.page
    rows = frames.matches.sort_values("rank").reset_index(drop=True)
    values = {
        "quantity": rows["quantity"] / rows.groupby("stream")["quantity"].transform("max"),
        "distance": -rows["distance_m"],
        "net": rows["net_eur_y"],
        "co2": rows["co2_avoided_t_y"],
        "certainty": rows["robustness"],
    }[sort]

    def shown() -> pd.Series:
        ranks = page.evaluate(RANKS)
        assert len(ranks) > 8
        return values.iloc[[rank - 1 for rank in ranks]]

    page.select_option("#kk-sort", sort)
    first = shown()
    # The page keeps three figures, and whole hundredths of a certainty.
    grain = (0.0101 if sort == "certainty" else 0.006) * np.nanmax(np.abs(values)) + 1e-9
    assert (np.diff(first) <= grain).all()
    assert first.iloc[0] >= np.nanmax(values) - grain
    page.click("#kk-turn")
    turned = shown()
    assert (np.diff(turned) >= -grain).all()
    assert turned.iloc[0] <= np.nanmin(values) + grain
    assert f"sorteer={sort}" in opened.link()
    page.select_option("#kk-sort", "rank")
    assert page.evaluate(RANKS) == sorted(page.evaluate(RANKS))
    assert opened.faults == []


def test_a_link_opens_in_its_order(frames: Frames, listed: object, open_map: Open) -> None:
    listed.page.select_option("#kk-sort", "co2")
    listed.page.click("#kk-turn")
    again = open_map(frames, link=listed.link())
    assert again.page.evaluate(RANKS) == listed.page.evaluate(RANKS)
    listed.page.select_option("#kk-sort", "rank")


def test_what_is_unknown_stands_last_both_ways(frames: Frames, open_map: Open) -> None:
    unknown = frames.matches["net_eur_y"].isna()
    if not unknown.any():
        pytest.skip("every chance of these frames has a price")
    opened = open_map(frames, link="#blad=chances&sorteer=net")
    page = opened.page
    ranks = set(frames.matches.loc[unknown, "rank"])
    for _ in range(2):
        page.focus("#kk-chances")
        page.keyboard.press("End")
        assert page.evaluate(RANKS)[-1] in ranks
        page.click("#kk-turn")


def test_a_row_says_what_the_map_shows(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, link="#blad=chances")
    texts, sites = load_texts(), frames.sites.set_index("site_id")
    chances = frames.matches.sort_values("rank")
    for words, row in zip(opened.page.evaluate(ROWS)[:6], chances.to_dict("records"), strict=False):
        for side in ("supply_id", "demand_id"):
            site = sites.loc[row[side]]
            place = [texts(f"kinds.{site['kind']}"), site["municipality"]]
            assert f"{site['name']} ({', '.join(place)}" in words
            if not site["in_region"]:
                assert texts("map.margin_zone") in words
        assert texts(f"streams.{row['stream']}") in words
        assert texts(f"classes.{row['chance_class']}") in words
        assert checks.amount(row["quantity"], row["unit"]) in words
        # A loss that is sure is no good news.
        said = not np.isnan(row["robustness"]) and row["chance_class"] != "technisch"
        assert (f"blijft {round(100 * row['robustness'])}/100" in words) == said
        if not np.isnan(row["co2_avoided_t_y"]):
            assert f"{checks.amount(abs(row['co2_avoided_t_y']), 't')} CO₂" in words


def test_map_and_list_are_tied_both_ways_in_any_order(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, link="#blad=chances&sorteer=distance")
    page = opened.page
    at = page.evaluate(checks.LINE, "match")
    page.mouse.click(at["left"], at["top"])
    chosen = page.evaluate("kansenkaart.page.state.chosen.id")
    assert opened.texts("#kk-chances [aria-selected=true] .rank")[0].startswith(str(chosen + 1))
    page.keyboard.press("Escape")
    page.focus("#kk-chances")
    page.keyboard.press("Home")
    rank = page.evaluate(RANKS)[0]
    page.evaluate("kansenkaart.page.map.setZoom(7, { animate: false })")
    page.keyboard.press("Enter")
    assert page.evaluate("kansenkaart.page.state.chosen.id") == rank - 1
    # The shortest chance is a speck at this zoom: the map comes nearer until it can be read.
    apart = page.evaluate(
        """(m) => { const { model, layers } = kansenkaart.page; const { view } = layers.lines;
        const [s, d] = [model.c["m.supply"][m], model.c["m.demand"][m]];
        return Math.hypot(model.siteU[s] - model.siteU[d], model.siteV[s] - model.siteV[d]) * view.k; }""",
        rank - 1,
    )
    assert page.evaluate("kansenkaart.page.map.getZoom()") >= 12 or apart >= 72, apart


def test_links_follow_search_and_distance(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    drawn = """kansenkaart.page.layers.painted.lines.filter((line) => line.kind === 'link')
        .map((line) => kansenkaart.page.model.links[line.id].id).sort()"""
    counts = """() => [...document.querySelectorAll('.links .rows > li:not(.off) .count')]
        .map((one) => Number(one.textContent))"""
    length = pd.Series(shapely.length(frames.links.geometry.to_numpy()), index=frames.links["link_id"])
    middle = sorted(length)[1]
    steps = [0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 30, 40, 50, 75, 100]
    place = next(n for n, km in enumerate(steps) if km * 1000 >= middle)
    checks.set_range(page, "#kk-distance", place)
    near = sorted(length.index[length <= steps[place] * 1000])
    assert 0 < len(near) < len(length)
    assert page.evaluate(drawn) == near
    assert sum(page.evaluate(counts)) == len(near)
    page.click("#kk-reset")
    assert page.evaluate(drawn) == sorted(frames.links["link_id"])
    page.click("#kk-tab-chances")
    name = frames.links["supply_name"].iloc[3]
    town = frames.sites.set_index("site_id")["municipality"][frames.links["supply_id"].iloc[3]]
    for query in (name, town):
        page.fill("#kk-search", query)
        assert frames.links["link_id"].iloc[3] in page.evaluate(drawn)
        assert len(page.evaluate(drawn)) < len(frames.links)
    page.click("#kk-tab-streams")
    page.click(".links summary:visible >> nth=0")
    assert "Stikstof in de duinen." in opened.text(".links details[open]")
    assert opened.faults == []


def test_both_sides_of_what_is_left(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, link="#blad=gaps&kant=both")
    page = opened.page
    left = frames.gaps[frames.gaps["remaining"] > 0]
    count = {role: int((left["role"] == role).sum()) for role in ("supply", "demand")}
    assert opened.text("#kk-count") == (
        f"{count['supply']} keer overschot en {count['demand']} keer tekort getekend"
    )
    assert page.evaluate("kansenkaart.page.gaps.length") == len(left)
    # A mark on the map selects its own row, not another stream of the same place.
    mark = page.evaluate(
        """() => { const { layers, map, model } = kansenkaart.page;
        const box = map.getContainer().getBoundingClientRect();
        const { offset } = layers.lines.view;
        const all = layers.painted.places;
        for (const one of all.filter((mark) => all.some((other) => other !== mark && other.s === mark.s))) {
          const at = map.layerPointToContainerPoint([one.x + offset.x, one.y + offset.y]);
          const alone = all.every((o) => o === one || Math.hypot(o.x - one.x, o.y - one.y) > o.r + 2);
          if (alone && document.elementFromPoint(box.left + at.x, box.top + at.y)?.closest('.kk-map'))
            return { left: box.left + at.x, top: box.top + at.y, name: model.siteNames[one.s],
              stream: model.streams[model.c["f.stream"][one.flow]].name };
        }
        return null; }"""
    )
    assert mark is not None
    page.mouse.click(mark["left"], mark["top"])
    row = opened.text("#kk-gaps [aria-selected=true]")
    assert mark["name"] in row
    assert mark["stream"] in row
    box = page.locator("#kk-gaps [aria-selected=true]").bounding_box()
    panel = page.locator("#kk-scroller").bounding_box()
    assert panel["y"] <= box["y"]
    assert box["y"] + box["height"] <= panel["y"] + panel["height"] + 1
    assert opened.faults == []


def test_what_is_left_near_a_place_that_is_looked_for(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, link="#blad=gaps&kant=both")
    page = opened.page
    page.fill("#kk-search", "haarlem")
    page.wait_for_selector("#kk-found button")
    page.keyboard.press("Enter")
    assert opened.text("#kk-near").startswith("Dichtst bij Haarlem eerst.")
    spot = page.evaluate("kansenkaart.page.state.near")
    left = frames.gaps[frames.gaps["remaining"] > 0]
    spots = frames.sites.set_index("site_id").geometry.representative_point().loc[left["site_id"]]
    nearest = min(((at.x - spot["x"]) ** 2 + (at.y - spot["y"]) ** 2) ** 0.5 for at in spots)
    page.locator("#kk-near").scroll_into_view_if_needed()
    first = page.locator("#kk-gaps [aria-posinset='1']")
    assert nearest < 1000
    assert f" · {nearest:.0f} m." in " ".join(first.inner_text().replace("\u00a0", " ").split())
    first.click()
    assert opened.text("#kk-near").startswith("Dichtst bij Haarlem eerst.")  # choosing one moves no list
    page.click("#kk-near button")
    assert page.evaluate("kansenkaart.page.state.near") is None
    assert opened.faults == []
