"""Scenes that a facilitator keeps in the map: there after a reload, presented, removed, carried to another machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kansenkaart.tables import Frames
from tests.browser import checks
from tests.browser.scene_steps import CENTRE, EVIL, ZOOM, Open, plain, ranked

pytestmark = pytest.mark.browser

STORED = "JSON.parse(localStorage.getItem(Object.keys(localStorage).find((key) => key.includes('scenes'))))"


def open_drawer(opened: Any) -> None:
    opened.page.click("#kk-open-present")
    if opened.page.locator("#kk-snippet-title").is_hidden():
        opened.page.click(".snippet summary")


def keep(opened: Any, title: str, text: str) -> None:
    opened.page.fill("#kk-snippet-title", title)
    opened.page.fill("#kk-snippet-text", text)
    opened.page.click("#kk-scene-keep")


def test_a_kept_scene_is_there_after_a_reload_and_shows_the_same(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click('label:has(input[data-stream="gft"])')
    checks.set_range(page, "#kk-distance", 9)
    match = page.evaluate("kansenkaart.page.result.list[3]")
    page.evaluate(
        "(m) => kansenkaart.page.actions.choose({ kind: 'match', id: m }, { fromMap: true })", match
    )
    page.evaluate("kansenkaart.page.map.setView([52.51234, 4.81234], 10.75, { animate: false })")
    seen = checks.list_ids(page)
    open_drawer(opened)
    keep(opened, "Zonder gft", "Een.\n\nTwee.")
    keep(opened, EVIL, EVIL)
    assert "Bewaard" in opened.text("#kk-snippet-told")
    assert page.locator("input[value=kept]").is_checked()
    page.reload()
    page.wait_for_function("() => document.getElementById('kk')?.dataset.phase === 'ready'")
    page.evaluate("kansenkaart.page.actions.reset()")
    open_drawer(opened)
    page.click("label:has(input[value=kept])")
    assert opened.texts(".present-drawer .scene-list .line-button")[0].endswith("Zonder gft")
    page.click(".present-drawer .scene-list .line-button >> nth=0")
    assert checks.list_ids(page) == seen
    assert page.evaluate("kansenkaart.page.state.highlight") == [match]
    assert page.evaluate(CENTRE) == pytest.approx([52.51234, 4.81234], abs=1e-3)
    assert page.evaluate(ZOOM) == 10.75
    assert opened.texts(".story p") == ["Een.", "Twee."]
    page.keyboard.press("PageDown")
    assert plain(opened.text("#kk-scene-title")).startswith("<script>")
    page.keyboard.press("Escape")
    assert page.evaluate("window.evil") is None

    # To another machine, where nothing is kept yet.
    open_drawer(opened)
    with page.expect_download() as download:
        page.click("#kk-scenes-save")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name.endswith("-scenes.json")
    other = open_map(frames)
    open_drawer(other)
    other.page.set_input_files("#kk-scenes-file", file)
    other.page.wait_for_function("() => document.getElementById('kk-snippet-told').textContent.includes('2')")
    assert other.page.evaluate(STORED) == page.evaluate(STORED)
    # One is removed, and comes back.
    other.page.click("[data-remove='0']")
    assert len(other.page.evaluate(STORED)["scenes"]) == 1
    other.page.click("#kk-undo")
    assert next(one["title"] for one in other.page.evaluate(STORED)["scenes"]) == "Zonder gft"
    assert opened.faults == other.faults == []
    assert opened.requests == other.requests == []


def test_a_file_that_is_none_is_refused_and_a_strange_view_narrows_nothing(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(frames)
    page = opened.page
    open_drawer(opened)
    told = "() => document.getElementById('kk-snippet-told').textContent"
    for n, text in enumerate(
        ["", "{", "[]", '{"kansenkaart_scenes": 2, "scenes": []}', '{"kansenkaart_scenes": 1}']
    ):
        file = tmp_path / f"{n}.json"
        file.write_text(text)
        page.evaluate("document.getElementById('kk-snippet-told').textContent = ''")
        page.set_input_files("#kk-scenes-file", file)
        page.wait_for_function(told)
        assert "geen bestand met scènes" in opened.text("#kk-snippet-told")
    view = "uit=bestaat_niet&km=-5&kans=a|b|c&kaart=99/x/y&wat_als=<script>&blad=__proto__&n=1e9"
    strange = {"title": 5, "text": None, "view": view, "__proto__": {"evil": 1}}
    file = tmp_path / "vreemd.json"
    file.write_text(json.dumps({"kansenkaart_scenes": 1, "scenes": [strange] * 100}))
    page.evaluate("document.getElementById('kk-snippet-told').textContent = ''")
    page.set_input_files("#kk-scenes-file", file)
    page.wait_for_function(told)
    assert len(page.evaluate(STORED)["scenes"]) == 60
    page.click(".present-drawer .scene-list .line-button >> nth=0")
    assert opened.text("#kk-scene-title") == "5"
    assert len(checks.list_ids(page)) == len(ranked(frames))
    assert opened.faults == []
