"""What is seen becomes a scene of the project file, in words that the file reads back."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from kansenkaart.project import Scene
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.scene_steps import CENTRE, EVIL, ZOOM, Open, begin, ranked

pytestmark = pytest.mark.browser


def take(opened: Open, title: str, text: str = "") -> str:
    """Return the snippet of the present view."""
    page = opened.page
    if page.locator("#kk-snippet-title").count() == 0:
        page.click("#kk-open-present")
    if page.locator("#kk-snippet-title").is_hidden():
        page.click(".snippet summary")
    page.fill("#kk-snippet-title", title)
    page.fill("#kk-snippet-text", text)
    page.click("#kk-snippet-take")
    page.wait_for_function("() => document.getElementById('kk-snippet-told').textContent")
    return page.input_value("#kk-snippet-code")


def test_a_view_becomes_a_scene_that_shows_the_same(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click('label:has(input[data-stream="gft"])')
    page.click('label:has(input[data-class="technisch"])')
    checks.set_range(page, "#kk-distance", 9)
    checks.set_range(page, "#kk-smallest", 5)
    match = page.evaluate("kansenkaart.page.result.list[3]")
    page.evaluate(
        "(m) => kansenkaart.page.actions.choose({ kind: 'match', id: m }, { fromMap: true })", match
    )
    page.evaluate("kansenkaart.page.map.setView([52.51234, 4.81234], 10.75, { animate: false })")
    seen = checks.list_ids(page)
    (raw,) = tomllib.loads(take(opened, 'Mijn "scène"', "Een\n\ntwee\\"))["scenes"]
    assert Scene.model_validate(raw).title == 'Mijn "scène"'
    assert raw["text"] == "Een\n\ntwee\\"
    assert raw["highlight"] == [ranked(frames)["match_id"][match]]
    again = open_map(frames, scenes=[raw])
    begin(again, 1)
    assert checks.list_ids(again.page) == seen
    assert again.page.evaluate(CENTRE) == pytest.approx([52.51234, 4.81234], abs=1e-3)
    assert again.page.evaluate(ZOOM) == 10.75
    assert again.page.evaluate("kansenkaart.page.state.highlight") == [match]
    assert again.texts(".story p") == ["Een", "twee\\"]


def test_the_whole_region_is_taken_as_such_and_what_does_not_fit_is_said(
    frames: Frames, open_map: Open
) -> None:
    opened = open_map(frames)
    page = opened.page
    (raw,) = tomllib.loads(take(opened, ""))["scenes"]
    assert raw == {"title": "Nieuwe scène", "view": "region"}
    assert "gaat niet mee" not in opened.text("#kk-snippet-told")
    page.click("#kk-tab-gaps")
    page.click("label.choice:has(input[value=demand])")
    page.fill("#kk-search", "zee")
    (raw,) = tomllib.loads(take(opened, "Tekort"))["scenes"]
    assert raw == {"title": "Tekort", "view": "region", "search": "zee", "tab": "gaps", "side": "demand"}
    assert "gaat niet mee" not in opened.text("#kk-snippet-told")
    page.evaluate("kansenkaart.page.actions.set({ unmatched: true })")
    take(opened, "Alles")
    assert f"Dit gaat niet mee: {load_texts()('map.show_unmatched')}." in opened.text("#kk-snippet-told")


def test_a_scene_holds_a_search_a_choice_in_the_diagram_and_how_much_is_drawn(
    frames: Frames, open_map: Open
) -> None:
    opened = open_map(frames, link="#zoek=zee&n=50")
    page = opened.page
    page.click("#kk-open-sankey")
    page.select_option("#kk-sankey-measure", "count")
    # The widest band between a municipality and a stream.
    page.evaluate(
        """() => { const bands = [...document.querySelectorAll('.sankey-band[data-id^="0:"]')];
        bands.filter((one) => !one.dataset.id.includes('-1')).sort((a, b) => b.dataset.weight - a.dataset.weight)[0]
          .dispatchEvent(new MouseEvent('click', { bubbles: true })); }"""
    )
    seen = checks.list_ids(page)
    assert 0 < len(seen) < len(checks.chances(frames, query="zee"))
    (raw,) = tomllib.loads(take(opened, "Smal"))["scenes"]
    assert (raw["search"], raw["drawn"]) == ("zee", 50)
    assert set(raw["only"]) == {"from_municipality", "stream", "pays"}
    rows = checks.chances(frames, query="zee")
    towns = rows["supply_id"].map(frames.sites.set_index("site_id")["municipality"])
    idle = (rows["chance_class"] == "technisch") != raw["only"]["pays"]
    own = rows[(towns == raw["only"]["from_municipality"]) & (rows["stream"] == raw["only"]["stream"]) & idle]
    assert seen == own["match_id"].tolist()
    again = open_map(frames, scenes=[raw])
    begin(again, 1)
    assert checks.list_ids(again.page) == seen
    assert again.page.evaluate("kansenkaart.page.state.drawn") == 50
    again.page.keyboard.press("Escape")
    assert len(checks.list_ids(again.page)) == len(frames.matches)
    assert again.faults == []


@pytest.fixture(scope="module")
def snippet(frames: Frames, shared_map: Open) -> Any:
    """Return a page on which a scene can be taken, opened once: every scene that is taken is written anew."""
    page = shared_map(frames).page
    page.click("#kk-open-present")
    page.click(".snippet summary")
    return page


@pytest.mark.parametrize(
    "text", [EVIL, '"""', "\\u0041\\", "a\r\nb\tc\x7f\x85", "\ud83d\ude00 \u200f\ufeff", "]\n[region]"]
)
def test_any_text_is_written_so_that_the_project_file_reads_it_back(snippet: Any, text: str) -> None:
    page = snippet
    sent = text.encode("utf-16", "surrogatepass").decode("utf-16")
    page.evaluate("(text) => { document.getElementById('kk-snippet-text').value = text; }", sent)
    held = page.input_value("#kk-snippet-text")
    page.click("#kk-snippet-take")
    page.wait_for_function("() => document.getElementById('kk-snippet-told').textContent")
    (raw,) = tomllib.loads(page.input_value("#kk-snippet-code"))["scenes"]
    assert raw["text"] == page.evaluate("(text) => text.trim()", held)
