"""The workshop map in a real browser: every control does what it says, and shows what the frames say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kansenkaart.geo import to_wgs84
from kansenkaart.maps.block import round_figures
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]


def test_map_stands_where_the_places_are(frames: Frames, open_map: Open) -> None:
    page = open_map(frames).page
    sites = frames.sites.head(20)
    lon, lat = to_wgs84(sites.geometry.x.to_numpy(), sites.geometry.y.to_numpy())
    here = page.evaluate(
        """(count) => { const { model, map } = kansenkaart.page; const [u0, v0] = model.corner;
        return Array.from({ length: count }, (_, s) => { const factor = 256 / 2 ** 26;
          const point = L.point((model.siteU[s] + u0) * factor, (model.siteV[s] + v0) * factor);
          const at = map.options.crs.pointToLatLng(point, 0);
          return [at.lng, at.lat]; }); }""",
        len(sites),
    )
    metres = np.hypot((np.array(here)[:, 0] - lon) * 67_000, (np.array(here)[:, 1] - lat) * 111_000)
    assert metres.max() < 2.0


def test_every_filter_changes_the_chances(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    checks.set_range(page, "#kk-distance", 7)
    checks.check_shown(opened, frames, km=15)
    checks.set_range(page, "#kk-smallest", 8)
    checks.check_shown(opened, frames, km=15, smallest=40)
    page.click('label:has(input[data-class="technisch"])')
    checks.check_shown(opened, frames, km=15, smallest=40, classes=("kansrijk", "verkennen"))
    page.click("#kk-reset")
    checks.check_shown(opened, frames)
    page.click('label:has(input[data-stream="gft"])')
    checks.check_shown(opened, frames, streams=set(frames.matches["stream"]) - {"gft"})
    page.click("button:text-is('Geen') >> nth=0")
    assert checks.list_ids(page) == []
    assert "alle stromen staan uit" in opened.text("#kk-count")
    page.click('label:has(input[data-stream="struviet_fosfaat"])')
    checks.check_shown(opened, frames, streams={"struviet_fosfaat"})
    checks.set_range(page, "#kk-smallest", 10)
    checks.check_shown(opened, frames, streams={"struviet_fosfaat"}, smallest=50)
    least = checks.chances(frames, streams={"struviet_fosfaat"}, smallest=50)["quantity"].min()
    assert checks.amount(least, "t") in opened.text('output[for="kk-smallest"]')
    page.click("#kk-reset")
    page.select_option("#kk-drawn", "50")
    checks.check_shown(opened, frames, drawn=50)
    page.click("#kk-tab-chances")
    page.fill("#kk-search", "amsterdam")
    checks.check_shown(opened, frames, query="amsterdam", drawn=50)
    page.fill("#kk-search", "restwarmte (heet)")
    assert set(frames.matches.set_index("match_id").loc[checks.list_ids(page), "stream"]) == {"restwarmte_ht"}
    page.fill("#kk-search", "bestaat niet")
    assert "Geen kansen met" in opened.text("#kk-list-note")
    assert opened.faults == []


def test_unmatched_places_are_drawn_only_when_asked(frames: Frames, open_map: Open) -> None:
    page = open_map(frames).page
    count = "kansenkaart.page.layers.painted.places.length"
    matched = set(frames.matches["supply_id"]) | set(frames.matches["demand_id"])
    assert page.evaluate("kansenkaart.page.result.siteShown.reduce((a, b) => a + b, 0)") == len(matched)
    before = page.evaluate(count)
    page.click("label:has(#kk-unmatched)")
    assert page.evaluate(count) > before


def test_links_have_their_own_switch_list_and_card(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    drawn = "kansenkaart.page.layers.painted.lines.filter((line) => line.kind === 'link').length"
    assert page.evaluate(drawn) == len(frames.links)
    page.click('label:has(input[data-link="running"])')
    assert page.evaluate(drawn) == int((frames.links["status"] != "running").sum())
    page.click(".links summary >> nth=2")
    page.click(".links .line-button:visible >> nth=0")
    card = opened.text("#kk-card")
    assert "Gestopt" in card
    assert "Stikstof in de duinen." in card
    assert "hoeveelheid niet gepubliceerd" in card
    assert "hvcgroep.nl (2019)" in card


def test_links_follow_the_switches_of_their_stream_and_status(frames: Frames, open_map: Open) -> None:
    page = open_map(frames).page
    drawn = """kansenkaart.page.layers.painted.lines.filter((line) => line.kind === 'link')
        .map((line) => kansenkaart.page.model.links[line.id].id).sort()"""

    def check(links: pd.DataFrame, off: str = "") -> None:
        assert page.evaluate(drawn) == sorted(links["link_id"])
        for status in ("running", "planned", "stopped"):
            row = page.locator(f'.links li:has(> label input[data-link="{status}"])')
            names = links.loc[links["status"] == status, "supply_name"].tolist()
            assert row.locator(".count").inner_text() == ("" if status == off else str(len(names)))
            # Listed: not switched off, whether the list stands open or not.
            listed = row.locator("details:not([hidden]) li:not([hidden])").all_text_contents()
            assert len(listed) == len(names)
            assert all(name in text for name, text in zip(names, listed, strict=True))

    check(frames.links)
    shown = frames.links
    for stream in frames.links["stream"].unique():
        page.click(f'label:has(input[data-stream="{stream}"])')
        shown = shown[shown["stream"] != stream]
        check(shown)
    assert shown.empty
    page.click("#kk-reset")
    page.click('label:has(input[data-link="running"])')
    check(frames.links[frames.links["status"] != "running"], off="running")


def test_search_knows_short_words_and_written_digits(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click("#kk-tab-chances")
    for query, stream in (
        ("gft", "gft"),
        ("struviet_fosfaat", "struviet_fosfaat"),
        ("RESTWARMTE_HT", "restwarmte_ht"),
    ):
        page.fill("#kk-search", query)
        checks.check_shown(opened, frames, query=query)
        found = frames.matches.set_index("match_id").loc[checks.list_ids(page), "stream"]
        assert stream in set(found)
    for written in ("CO2", "co₂"):
        page.fill("#kk-search", written)
        checks.check_shown(opened, frames, query=written)
        assert opened.texts("#kk-found .line-button")


def test_search_offers_places_without_a_chance(frames: Frames, open_map: Open) -> None:
    lonely = frames.sites.copy()
    matched = set(frames.matches["supply_id"]) | set(frames.matches["demand_id"])
    row = lonely.index[~lonely["site_id"].isin(matched)][0]
    lonely.loc[row, "name"] = "Hoogovenplaats Zuid"
    opened = open_map(replace(frames, sites=lonely))
    page = opened.page
    page.click("#kk-tab-chances")
    assert page.locator("#kk-found").is_hidden()
    page.fill("#kk-search", "hoogovenplaats")
    assert "Geen kansen met" in opened.text("#kk-list-note")
    assert len(opened.texts("#kk-found button")) == 1
    page.click("#kk-found button")
    assert opened.text("#kk-card-title") == "Hoogovenplaats Zuid"
    link = frames.links.iloc[3]
    page.fill("#kk-search", link["supply_name"])
    page.locator("#kk-found .line-button", has_text=link["demand_name"]).first.click()
    assert link["reason"] in opened.text("#kk-card")


def test_sums_of_what_is_left_follow_the_search(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click("#kk-tab-gaps")
    left = frames.gaps[(frames.gaps["role"] == "supply") & (frames.gaps["remaining"] > 0)]
    site = left["site_id"].iloc[0]
    name = frames.sites.set_index("site_id").loc[site, "name"]
    fits = frames.sites.loc[
        frames.sites["name"].map(checks.fold).str.contains(checks.fold(name), regex=False), "site_id"
    ]
    page.fill("#kk-search", name)
    expected = left[left["site_id"].isin(fits)]
    assert len(expected) < len(left)
    assert page.evaluate("kansenkaart.page.gaps.length") == len(expected)
    sums = dict(zip(opened.texts(".gap-sums .name"), opened.texts(".gap-sums .quantity"), strict=True))
    assert sums == {
        load_texts()(
            f"streams.{stream}"
        ): f"{checks.amount(shown_as(rows['remaining']).sum(), rows['unit'].iloc[0])}/jaar"
        for stream, rows in expected.groupby("stream")
    }


def shown_as(values: pd.Series) -> np.ndarray:
    """Quantities with the three figures the page keeps."""
    return round_figures(values.to_numpy(dtype=float)).astype(float)


def test_phone_keeps_names_on_the_map_and_the_count_in_sight(frames: Frames, open_map: Open) -> None:
    page = open_map(frames).page
    page.set_viewport_size({"width": 390, "height": 844})
    boxes = page.evaluate(
        """() => { const { layers, map } = kansenkaart.page; const { view } = layers.places; const seen = [];
        const ctx = layers.places._ctx; const fill = ctx.fillText;
        ctx.fillText = function (text, x, y) { seen.push([x, x + ctx.measureText(text).width]);
          fill.call(ctx, text, x, y); };
        layers.places.redraw(); delete ctx.fillText;
        const left = map.containerPointToLayerPoint([0, 0]).x - view.offset.x;
        return seen.map(([from, to]) => [from - left, to - left]); }"""
    )
    assert len(boxes) > 3
    assert all(left >= 0 and right <= 390 for left, right in boxes)
    for chosen in ("null", "{ kind: 'match', id: 0 }"):
        page.evaluate(f"kansenkaart.page.actions.choose({chosen})")
        count = page.locator("#kk-count").bounding_box()
        over = page.locator("#kk-panel" if chosen == "null" else "#kk-card").bounding_box()
        assert count["y"] + count["height"] <= over["y"]


def test_a_project_without_links_says_so(frames: Frames, open_map: Open) -> None:
    opened = open_map(replace(frames, links=frames.links.iloc[:0]), links=[])
    assert "Bestaande levering onbekend" in opened.text(".links")


def test_line_and_row_find_each_other(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    at = page.evaluate(checks.LINE, "match")
    page.mouse.click(at["left"], at["top"])
    chosen = page.evaluate("kansenkaart.page.state.chosen")
    assert chosen["kind"] == "match"
    assert opened.text("#kk-card-title").startswith("Kans")
    page.click("#kk-tab-chances")
    row = opened.text('[role="option"][aria-selected="true"]')
    match = frames.matches.sort_values("rank").iloc[chosen["id"]]
    names = frames.sites.set_index("site_id")["name"]
    assert names[match["supply_id"]] in row
    assert names[match["demand_id"]] in row
    page.focus("#kk-chances")
    page.keyboard.press("Home")
    page.click("#kk-chances-0")
    assert page.evaluate("kansenkaart.page.state.chosen") == {"kind": "match", "id": 0}
    assert page.evaluate("document.activeElement.id") == "kk-card-title"
    page.keyboard.press("Escape")
    assert page.locator("#kk-card").is_hidden()
    assert page.evaluate("document.activeElement.id") == "kk-chances"


def test_card_of_a_chance_tells_what_the_frames_say(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    texts, names = load_texts(), frames.sites.set_index("site_id")["name"]
    ranked = frames.matches.sort_values("rank")
    opened.page.click("#kk-tab-chances")
    for match in (
        ranked.iloc[0],
        ranked[ranked["stream"] == "restwarmte_ht"].iloc[0],
        ranked[ranked["stream"] == "gft"].iloc[0],
    ):
        opened.page.evaluate(
            "(m) => kansenkaart.page.actions.choose({ kind: 'match', id: m })", int(match["rank"]) - 1
        )
        card = opened.text("#kk-card")
        assert names[match["supply_id"]] in card
        assert names[match["demand_id"]] in card
        assert match["reason"] in card
        assert f"{round(match['robustness'] * 100)} van 100 berekeningen" in card
        assert "R9" in card
        assert "recyclen tot grondstof" in card
        if np.isnan(match["net_eur_y"]):
            assert "geen prijs bekend" in card
        else:
            assert f" {texts.number(match['break_even_eur_unit'], 2)} " in card
        if match["stream"] == "restwarmte_ht":
            assert f"{texts.number(match['pipe_mw'], 2)} MW" in card
        assert checks.amount(match["quantity"], match["unit"]) in card
        factor = match["route_m"] / match["distance_m"]
        assert f"(hemelsbreed × {texts.number(factor)})" in card


def test_card_of_a_place_adds_up(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    texts = load_texts()
    flow = (
        frames.flows.merge(frames.gaps[["flow_id", "remaining"]], on="flow_id")
        .sort_values("remaining")
        .iloc[-1]
    )
    site = frames.sites.index[frames.sites["site_id"] == flow["site_id"]][0]
    opened.page.evaluate("(s) => kansenkaart.page.actions.choose({ kind: 'site', id: s })", int(site))
    card = opened.text("#kk-card")
    step = next(step[0] for step in checks.STEPS[flow["unit"]] if flow["theoretical"] >= step[0] * 0.9995)
    for value in (flow["theoretical"], flow["value"], flow["remaining"]):
        assert texts.number(value / step) in card
    assert flow["formula"][1:] in card
    stale = frames.sites.index[
        (frames.sites["status_date"] == "2019") & (frames.sites["status"] == "active")
    ][0]
    opened.page.evaluate("(s) => kansenkaart.page.actions.choose({ kind: 'site', id: s })", int(stale))
    assert "controleren" in opened.text("#kk-card")
    fresh = frames.sites.index[frames.sites["status_date"] == "2024"][0]
    opened.page.evaluate("(s) => kansenkaart.page.actions.choose({ kind: 'site', id: s })", int(fresh))
    assert "controleren" not in opened.text("#kk-card")


def test_gaps_show_what_is_left(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click("#kk-tab-gaps")
    for role, label in (("supply", "overschot"), ("demand", "tekort")):
        if role == "demand":
            page.click("label.choice:has(input[value=demand])")
        left = frames.gaps[(frames.gaps["role"] == role) & (frames.gaps["remaining"] > 0)]
        assert page.evaluate("kansenkaart.page.gaps.length") == len(left)
        assert opened.text("#kk-count") == f"{len(left)} keer {label} getekend"
        sums = dict(zip(opened.texts(".gap-sums .name"), opened.texts(".gap-sums .quantity"), strict=True))
        for stream, rows in left.groupby("stream"):
            total = checks.amount(rows["remaining"].sum(), rows["unit"].iloc[0])
            assert sums[load_texts()(f"streams.{stream}")] == f"{total}/jaar"


def test_permalink_opens_the_same_view(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click('label:has(input[data-stream="gft"])')
    checks.set_range(page, "#kk-distance", 8)
    page.click("#kk-tab-chances")
    page.click("#kk-chances-1")
    link = opened.link()
    again = open_map(frames, link=link)
    assert checks.list_ids(again.page) == checks.list_ids(page)
    assert again.text("#kk-card-title") == opened.text("#kk-card-title")
    assert again.page.evaluate("kansenkaart.page.state.tab") == "chances"
    nonsense = open_map(frames, link="#km=abc&uit=x&kans=%00&kaart=9/NaN/1&blad=weg&min=-3")
    assert nonsense.faults == []
    checks.check_shown(nonsense, frames)


def test_numbers_are_written_as_python_writes_them(frames: Frames, open_map: Open) -> None:
    page, texts = open_map(frames).page, load_texts()
    tricky = [
        20.65,
        0.125,
        12.5,
        1250.0,
        999.5,
        99950.0,
        1e-7,
        1234567.0,
        -3.45,
        0.0,
        17.45,
        63.65,
        2.675,
        5e8,
    ]
    for digits in (2, 3):
        written = page.evaluate(
            "([values, digits]) => values.map((x) => kansenkaart.number(x, digits))", [tricky, digits]
        )
        assert written == [texts.number(value, digits) for value in tricky]
