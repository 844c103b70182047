"""The start sheet: what it tells, and where it stays away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kansenkaart.tables import Frames
from tests.browser.scene_steps import (
    Open,
    begin,
    ranked,
    scenes_of,
)

pytestmark = pytest.mark.browser


def test_the_start_sheet_tells_what_is_seen_and_stays_away_once_closed(
    frames: Frames, open_map: Open
) -> None:
    opened = open_map(frames)
    page = opened.page
    counts = frames.matches["chance_class"].value_counts()
    places = set(frames.matches["supply_id"]) | set(frames.matches["demand_id"])
    words = opened.texts(".start-words li")
    assert len(words) == 3
    assert words[0].startswith(
        f"Er zijn {len(frames.matches)} kansen in {frames.matches['stream'].nunique()} stromen, "
        f"tussen {len(places)} plekken; de 12 beste staan voluit op de kaart"
    )
    for name in ("kansrijk", "verkennen", "technisch"):
        assert f"({counts.get(name, 0)})" in words[1]
    assert f"({len(frames.links)})" in words[1]
    box = page.locator("#kk-start").bounding_box()
    assert box["x"] + box["width"] <= page.locator("#map_kansenkaart").bounding_box()["x"]
    page.click("#kk-start .close")
    assert page.locator("#kk-start").is_hidden()
    assert page.evaluate("document.activeElement.id") == "kk-explain"
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    assert page.locator("#kk-start").is_hidden()
    page.click("#kk-tab-gaps")
    page.click("#kk-explain")
    assert opened.texts(".start-words li") == words
    assert page.evaluate("document.activeElement.id") == "kk-start-title"
    page.click("#kk-explain")
    assert page.locator("#kk-start").is_hidden()
    assert opened.faults == []


def test_a_link_to_one_chance_opens_without_the_start_sheet(frames: Frames, open_map: Open) -> None:
    match = ranked(frames)["match_id"][2]
    assert open_map(frames, link=f"#kans={match}").page.locator("#kk-start").is_hidden()
    assert open_map(frames, link="#km=15").page.locator("#kk-start").is_visible()


def test_the_start_sheet_of_an_empty_run_and_of_one_without_deliveries(
    frames: Frames, open_map: Open
) -> None:
    empty = replace(frames, matches=frames.matches.iloc[:0], links=frames.links.iloc[:0])
    opened = open_map(empty, links=[])
    assert opened.texts(".start-words li")[0].startswith("In deze gegevens zijn geen kansen gevonden")
    assert "grijs" not in opened.texts(".start-words li")[1]
    begin(opened)
    assert opened.text("#kk-scene-count") == "1 van 1"
    assert "geen kansen gevonden" in opened.text(".story")
    assert opened.faults == []


def test_the_start_sheet_begins_at_a_chosen_scene(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames))
    page = opened.page
    page.click(".start-more summary")
    page.click(".start-scenes .line-button >> nth=2")
    assert opened.text("#kk-scene-title") == "Rond de Zaan"
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.fullscreenElement")
    assert page.evaluate("document.activeElement.dataset.scene") == "rond-de-zaan"
