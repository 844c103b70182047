"""Presenting: the start sheet, scenes of the project and of the streams, keys, paper and small screens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from kansenkaart.geo import to_wgs84
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.browser.scene_steps import (
    CENTRE,
    EVIL,
    POINTED,
    ZOOM,
    Open,
    begin,
    plain,
    ranked,
    scenes_of,
)

pytestmark = pytest.mark.browser


def test_without_own_scenes_every_stream_with_chances_has_one(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page, texts = opened.page, load_texts()
    ids = page.evaluate("kansenkaart.page.model.streams.map((stream) => stream.id)")
    streams = [stream for stream in ids if stream in set(frames.matches["stream"])]
    page.click("#kk-open-present")
    assert page.locator(".present-drawer .switch").is_hidden()
    titles = ["Wat ziet u hier?", *(texts(f"streams.{stream}") for stream in streams)]
    assert [plain(text.split(" ", 1)[1]) for text in opened.texts(".scene-list li")] == titles
    page.click("#kk-present-go")
    assert checks.list_ids(page) == ranked(frames)["match_id"].tolist()
    assert opened.text("#kk-scene-count") == f"1 van {len(titles)}"
    for at, stream in enumerate(streams, start=2):
        page.keyboard.press("PageDown")
        found = checks.chances(frames, streams={stream})
        assert checks.list_ids(page) == found["match_id"].tolist()
        assert opened.text("#kk-scene-count") == f"{at} van {len(titles)}"
        assert opened.text("#kk-scene-title") == texts(f"streams.{stream}")
        story, unit = opened.text(".story"), found["unit"].iloc[0]
        idle = found["chance_class"] == "technisch"
        if (~idle).sum() > 1:
            total = checks.amount(found.loc[~idle, "quantity"].sum(), unit)
            assert f"{(~idle).sum()} kansen zijn het bekijken waard: samen {total} per jaar." in story
        if idle.sum() > 1:
            total = checks.amount(found.loc[idle, "quantity"].sum(), unit)
            assert (
                f"{idle.sum()} kansen kunnen technisch, maar lonen nu niet: samen {total} per jaar." in story
            )
        avoided = found.loc[~idle, "co2_avoided_t_y"].sum()
        if avoided >= 0.5:
            assert f"Dat scheelt circa {checks.amount(avoided, 't')} CO₂ per jaar." in story
        gaps = frames.gaps[frames.gaps["stream"] == stream].groupby("role")["remaining"].sum()
        if gaps.get("supply", 0) > 0:
            assert f"een overschot van {checks.amount(gaps['supply'], unit)}" in story
        if gaps.get("demand", 0) > 0:
            assert f"een tekort van {checks.amount(gaps['demand'], unit)}" in story
        assert opened.texts(".scene-legend li[data-stream] .sums") == [checks.sums(found)]
    assert opened.faults == []


def test_own_scenes_show_what_they_ask_for(frames: Frames, open_map: Open) -> None:
    scenes = scenes_of(frames)
    opened = open_map(frames, scenes=scenes)
    page = opened.page
    begin(opened, 1)
    found = checks.chances(
        frames, streams={"restwarmte_ht", "co2"}, classes=("kansrijk", "verkennen"), km=20, smallest=30
    )
    assert checks.list_ids(page) == found["match_id"].tolist()
    assert opened.text("#kk-scene-count") == "2 van 4"
    assert opened.texts(".story p") == ["Hier is warmte over.", "En daar is vraag."]
    shown = dict(
        zip(
            page.locator(".scene-legend li[data-stream]").evaluate_all(
                "(rows) => rows.map((row) => row.dataset.stream)"
            ),
            opened.texts(".scene-legend li[data-stream] .sums"),
            strict=True,
        )
    )
    assert shown == {stream: checks.sums(rows) for stream, rows in found.groupby("stream")}
    first = ranked(frames).query("stream == 'restwarmte_ht'").iloc[0]
    sites = frames.sites.set_index("site_id")
    assert sites["name"][first["supply_id"]] in opened.text(".scene-chances")
    west, south, east, north = (
        frames.municipalities.set_index("municipality").loc[["Haarlemmermeer"]].total_bounds
    )
    lon, lat = to_wgs84(np.array([west, east]), np.array([south, north]))
    seen = page.evaluate("kansenkaart.page.map.getBounds().toBBoxString().split(',').map(Number)")
    assert np.all(np.array(seen[:2]) < [lon[0], lat[0]])
    assert np.all(np.array(seen[2:]) > [lon[1], lat[1]])
    assert seen[3] - seen[1] < 4 * (lat[1] - lat[0])
    page.keyboard.press("PageDown")
    lat, lng = page.evaluate(CENTRE)
    assert (lat, lng) == (pytest.approx(52.45, abs=1e-6), pytest.approx(4.8, abs=1e-6))
    assert page.evaluate(ZOOM) == 11.5
    assert checks.list_ids(page) == checks.chances(frames, streams={"gft"})["match_id"].tolist()
    page.keyboard.press("PageDown")
    left = frames.gaps[(frames.gaps["role"] == "demand") & frames.gaps["stream"].isin(["co2", "gft"])]
    left = left[left["remaining"] > 0]
    assert page.evaluate("kansenkaart.page.gaps.length") == len(left)
    sums = opened.texts(".scene-legend li[data-stream] .sums")
    assert sorted(sums) == sorted(
        f"{checks.amount(rows['remaining'].sum(), rows['unit'].iloc[0])}/jaar"
        for _, rows in left.groupby("stream")
    )
    assert opened.faults == []
    assert opened.requests == []


def test_a_scene_points_at_its_chance_even_beyond_its_limits(frames: Frames, open_map: Open) -> None:
    rows = ranked(frames)
    row = rows[rows["distance_m"] > 15_000].iloc[0]
    points = frames.sites.set_index("site_id").geometry
    ends = [[points[row[side]].x, points[row[side]].y] for side in ("supply_id", "demand_id")]
    scene = {"title": "Ver", "streams": [row["stream"]], "max_km": 1, "highlight": [row["match_id"]]}
    opened = open_map(frames, scenes=[{**scene, "highlight": []}, scene])
    page = opened.page
    begin(opened, 1)
    assert page.evaluate(POINTED, ends) == [0, 0]
    page.keyboard.press("PageDown")
    assert min(page.evaluate(POINTED, ends)) > 5
    assert row["match_id"] not in checks.list_ids(page)
    assert "chosen" in page.get_attribute("#kk-area", "class")


def test_keys_and_buttons_go_through_the_scenes_and_stop_at_the_ends(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames))
    page = opened.page
    begin(opened)
    count = lambda: opened.text("#kk-scene-count").split(" ")[0]  # noqa: E731
    for key, at in (
        ("PageUp", "1"), ("PageDown", "2"), ("ArrowRight", "3"), ("ArrowLeft", "2"), ("PageDown", "3"),
        ("PageDown", "4"), ("PageDown", "4"), ("ArrowRight", "4"), ("PageUp", "3"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert count() == at, key
    page.click("#kk-scene-back")
    assert count() == "2"
    page.click("#kk-scene-next")
    assert count() == "3"
    page.keyboard.press("PageDown")
    assert page.get_attribute("#kk-scene-next", "aria-disabled") == "true"
    page.click("#kk-scene-next", force=True)
    assert count() == "4"
    # A click on the map gives it the focus; the keys of a presenter still go through the scenes.
    page.keyboard.press("PageUp")
    page.mouse.click(1300, 640)
    assert page.evaluate("document.activeElement.id") == "map_kansenkaart"
    before = page.evaluate(CENTRE)
    page.keyboard.press("Shift+ArrowRight")
    assert page.evaluate(CENTRE) != before
    page.keyboard.press("ArrowLeft")
    assert count() == "2"
    assert opened.faults == []


def test_escape_brings_back_what_was_there(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames))
    page = opened.page
    page.click('label:has(input[data-stream="gft"])')
    checks.set_range(page, "#kk-distance", 9)
    page.click("#kk-tab-chances")
    page.fill("#kk-search", "zee")
    opened.settle()
    page.click("#kk-chances-1")
    page.evaluate("kansenkaart.page.map.setView([52.6, 4.9], 10.25, { animate: false })")
    seen = (
        checks.list_ids(page), opened.text("#kk-card-title"), page.evaluate(CENTRE), page.evaluate(ZOOM),
        opened.link(), opened.text("#kk-count"),
    )  # fmt: skip
    begin(opened, 2)
    assert page.locator("#kk-card").is_hidden()
    assert page.locator("#kk-drawer").is_hidden()
    assert page.locator("#kk-tab-chances").is_hidden()
    page.keyboard.press("PageDown")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.fullscreenElement")
    assert page.locator("#kk-present").is_hidden()
    assert (
        checks.list_ids(page), opened.text("#kk-card-title"), pytest.approx(page.evaluate(CENTRE), abs=5e-4),
        page.evaluate(ZOOM), opened.text("#kk-count"),
    ) == (*seen[:4], seen[5])  # fmt: skip
    assert opened.link() == seen[4]
    assert page.input_value("#kk-search") == "zee"
    assert page.evaluate("document.activeElement.id") == "kk-open-present"
    assert opened.faults == []


def test_escape_closes_a_card_first_and_then_the_presentation(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames))
    page = opened.page
    begin(opened, 1)
    page.evaluate("document.exitFullscreen && kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    assert page.locator("#kk-card").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#kk-card").is_hidden()
    assert page.locator("#kk-present").is_visible()
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    page.keyboard.press("PageDown")
    assert page.locator("#kk-card").is_hidden()
    page.click("#kk-present-stop")
    assert page.locator("#kk-present").is_hidden()
    assert page.locator("#kk-bar").is_visible()


def test_the_room_reads_large_type_on_the_whole_screen(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames))
    page = opened.page
    size = "(selector) => getComputedStyle(document.querySelector(selector)).fontSize"
    assert page.evaluate(size, "#kk-panel") == "16px"
    begin(opened, 1)
    assert page.evaluate(size, ".story p") == "20px"
    page.wait_for_function("() => document.fullscreenElement?.id === 'kk'")
    page.evaluate("document.exitFullscreen()")
    page.wait_for_selector("#kk-present", state="hidden")
    assert page.evaluate(size, "#kk-panel") == "16px"
    assert opened.faults == []


def test_a_link_opens_its_scene_and_a_wrong_one_the_map(frames: Frames, open_map: Open) -> None:
    scenes = scenes_of(frames)
    opened = open_map(frames, scenes=scenes)
    begin(opened, 2)
    link = opened.link()
    assert link == "#scene=rond-de-zaan"
    again = open_map(frames, scenes=scenes, link=link)
    page = again.page
    assert again.text("#kk-scene-count") == "3 van 4"
    assert checks.list_ids(page) == checks.chances(frames, streams={"gft"})["match_id"].tolist()
    assert page.evaluate("document.fullscreenElement") is None
    page.keyboard.press("Escape")
    checks.check_shown(again, frames)
    assert "scene" not in again.link()
    automatic = open_map(frames, scenes=scenes, link="#scene=stroom-co2")
    assert automatic.text("#kk-scene-title") == load_texts()("streams.co2")
    wrong = open_map(frames, scenes=scenes, link="#scene=%00weg")
    assert wrong.page.locator("#kk-present").is_hidden()
    checks.check_shown(wrong, frames)


def test_own_scenes_can_be_left_for_those_per_stream(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames))
    page = opened.page
    page.click("#kk-open-present")
    own = [plain(text.split(" ", 1)[1]) for text in opened.texts(".scene-list li")]
    assert own == ["Wat ziet u hier?", "Warmte voor de kassen", "Rond de Zaan", "Wat tekortkomt"]
    page.click("label.choice:has(input[value=automatic])")
    assert len(opened.texts(".scene-list li")) == 1 + frames.matches["stream"].nunique()
    page.click("#kk-present-go")
    assert opened.text("#kk-scene-count") == f"1 van {1 + frames.matches['stream'].nunique()}"


def test_evil_scenes_are_shown_as_text(frames: Frames, open_map: Open) -> None:
    evil = EVIL.replace("\u0000", "")
    scenes = [
        {"title": evil, "text": f"{evil}\n\n{evil}", "highlight": [f"{evil} -> {evil}"], "tab": "chances"},
        {"title": "T" * 10_000, "text": "V" * 10_000},
    ]
    opened = open_map(frames, scenes=scenes, size=(390, 844))
    page = opened.page
    page.click(".start-more summary")
    page.click(".start-scenes .line-button >> nth=1")
    assert "{{ 7*7 }}" in opened.text("#kk-scene-title")
    assert "<script>" in opened.text(".story")
    page.keyboard.press("PageDown")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".present-steps").bounding_box()["y"] < 844
    page.keyboard.press("Escape")
    assert page.evaluate("window.evil") is None
    assert page.locator("img[src=x]").count() == 0
    assert opened.faults == []
    assert opened.requests == []


def test_axe_finds_nothing(frames: Frames, open_map: Open) -> None:
    scenes = scenes_of(frames)
    opened = open_map(frames, scenes=scenes, options={"reduced_motion": "reduce"})
    page = opened.page
    visits: list[tuple[str, Callable[[], None]]] = [
        ("#kk-start", lambda: page.click(".start-more summary")),
        ("#kk-drawer", lambda: page.click("#kk-open-present")),
        ("#kk-drawer", lambda: page.click(".snippet summary")),
        ("#kk-drawer", lambda: page.click("#kk-snippet-take")),
        ("#kk", lambda: page.click(".scene-list .line-button >> nth=1")),
        ("#kk-present", lambda: page.keyboard.press("PageDown")),
        ("#kk-present", lambda: page.keyboard.press("PageDown")),
    ]
    for within, visit in visits:
        visit()
        assert axe_findings(page, within) == []


def test_nothing_is_cut_off_on_any_screen(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames), size=(390, 844))
    page = opened.page
    for width, height in checks.each_size(page, (320, 640), (683, 384), (1366, 768)):
        page.click("#kk-start-present")
        for _ in range(3):
            page.keyboard.press("PageDown")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            for selector in ("#kk-scene-back", "#kk-scene-next", "#kk-present-stop", "#kk-scene-count"):
                box = page.locator(selector).bounding_box()
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
                assert box["y"] + box["height"] <= height
            fits = "(body) => body.scrollWidth <= body.clientWidth && body.clientHeight > 100"
            assert page.locator(".present-body").evaluate(fits)
        page.click("#kk-present-stop")
    assert opened.faults == []


def test_paper_shows_the_usual_legend_also_while_presenting(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, scenes=scenes_of(frames))
    page = opened.page
    begin(opened, 1)
    page.emulate_media(media="print")
    assert page.locator("#kk-present").is_hidden()
    assert page.locator(".kk-panel h1").first.is_visible()
    assert page.locator("#kk-start").is_hidden()
    assert page.pdf(format="A4", landscape=True, print_background=True).count(b"/Type /Page\n") == 1


def test_what_is_hidden_is_named_in_no_scene(frames: Frames, open_map: Open) -> None:
    row = ranked(frames).iloc[0]
    site = frames.sites.index[frames.sites["site_id"] == row["supply_id"]][0]
    name = frames.sites["name"][site]
    scene = {
        "title": f"Bij {name}",
        "text": f"Vraag het aan {name}.",
        "highlight": [row["match_id"]],
        "tab": "chances",
    }
    opened = open_map(frames, scenes=[scene])
    page = opened.page
    page.evaluate(
        "(s) => kansenkaart.page.actions.choose({ kind: 'site', id: s }, { fromMap: true })", int(site)
    )
    page.click("#kk-card .room-hide")
    begin(opened, 1)
    shown = opened.text("#kk-present")
    assert name not in shown
    # Nothing is left to point at: the best chances instead.
    assert opened.texts(".scene-legend h2")[1] == "De beste kansen"


def test_a_scene_says_what_is_grey_and_why_it_stopped(frames: Frames, open_map: Open) -> None:
    stopped = frames.links[frames.links["status"] == "stopped"]
    streams = sorted(set(frames.links["stream"]))
    match = ranked(frames)["match_id"][0]
    scenes = [{"title": "Grijs", "streams": streams}, {"title": "Kans", "highlight": [match]}]
    opened = open_map(frames, scenes=scenes)
    page = opened.page
    begin(opened, 1)
    for status, rows in frames.links.groupby("status"):
        assert opened.text(f'.scene-legend [data-link="{status}"] .count') == str(len(rows))
    told = opened.text(".scene-legend")
    for row in stopped.itertuples():
        assert f"{row.supply_name} → {row.demand_name}" in told
        assert row.reason in told
    page.click(".scene-chances .line-button >> nth=0")
    assert stopped["reason"].iloc[0] in opened.text("#kk-card")
    page.keyboard.press("PageDown")
    assert opened.text('.scene-legend [data-link="stopped"] .count') == str(len(stopped))
    assert stopped["reason"].iloc[0] not in opened.text(".scene-legend")
    assert opened.faults == []
