"""Offline, sealed and deaf to evil text: as a file and in a notebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import folium
import pytest

from kansenkaart.maps.workshop_map import WorkshopMap
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.maps.poisoned import poison

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]

EVIL = (
    "<script>window.evil=1</script><img src=x onerror=window.evil=2>${window.evil=3}`{{ 7*7 }}{% raw %}"
    "'\"\u2028\u202e&lt;"
)


def test_opens_offline_without_a_fault(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    assert opened.requests == []
    assert opened.faults == []
    assert opened.page.title() == "Kansenkaart proefregio"
    checks.check_shown(opened, frames)


def test_page_cannot_reach_the_network_even_if_it_tried(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    reached = opened.page.evaluate("fetch('https://example.org/x').then(() => true, () => false)")
    assert reached is False
    assert opened.requests == []


def test_evil_text_stays_text(frames: Frames, open_map: Open) -> None:
    opened = open_map(poison(frames, EVIL), title=EVIL, question=EVIL)
    page = opened.page
    page.click("#kk-tab-chances")
    page.click("#kk-chances-0")
    page.click(".pair .site-button >> nth=0")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'link', id: 0 })")
    page.click("#kk-tab-gaps")
    page.mouse.move(700, 400)
    assert page.evaluate("window.evil") is None
    assert page.locator("img[src=x]").count() == 0
    assert "{{ 7*7 }}" in opened.text("h1")
    assert opened.faults == []
    assert opened.requests == []


DRAWERS = ("present", "room", "missing", "sankey", "table", "whatif", "picture")


def test_evil_text_stays_text_in_every_drawer_and_scene(frames: Frames, open_map: Open) -> None:
    scene = {"title": EVIL[:200], "text": EVIL}
    opened = open_map(poison(frames, EVIL), title=EVIL, question=EVIL, scenes=[scene])
    page = opened.page
    for key in DRAWERS:
        page.click(f"#kk-open-{key}")
    page.keyboard.press("Escape")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    assert page.evaluate("window.evil") is None
    assert page.locator("img[src=x]").count() == 0
    assert opened.faults == []
    assert opened.requests == []


def test_an_evil_language_file_is_shown_as_text(
    frames: Frames, open_map: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kansenkaart.maps import compose
    from kansenkaart.texts import Texts

    known = load_texts("nl")
    # Braces are slots of a text to Python: doubled, as a writer of such a file would have to.
    evil = EVIL.replace("{", "{{").replace("}", "}}")
    poisoned = Texts("nl", {key: f"{text}{evil}" for key, text in known.entries.items()})
    monkeypatch.setattr(compose, "load_texts", lambda _language: poisoned)
    # A title of its own: a map that was drawn before with the same would not have the texts.
    opened = open_map(frames, title="In een andere taal")
    page = opened.page
    for key in DRAWERS:
        page.click(f"#kk-open-{key}")
    page.keyboard.press("Escape")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    page.click("#kk-tab-gaps")
    assert opened.faults == []
    assert "<script>window.evil=1</script>" in page.inner_text("#kk-tab-gaps")
    assert page.evaluate("window.evil") is None
    assert page.locator("img[src=x]").count() == 0
    assert opened.requests == []


def test_a_name_of_ten_thousand_letters_breaks_nothing(frames: Frames, open_map: Open) -> None:
    opened = open_map(poison(frames, "Langenaam" * 1_111), title="T" * 10_000, question="V" * 10_000)
    page = opened.page
    page.click("#kk-tab-chances")
    page.click("#kk-chances-0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert page.locator("#kk-panel header.title").bounding_box()["height"] < 320
    assert opened.faults == []


def test_notebook_form_shows_a_marker_the_user_added(
    frames: Frames, draw: Callable[..., WorkshopMap], listen: Open
) -> None:
    made = draw(frames)
    folium.Marker([52.5, 4.9], popup="Hier komt de <b>bijeenkomst</b>", tooltip="Zaal").add_to(made)
    opened = listen()
    opened.page.set_content(made._repr_html_())
    frame = opened.page.frame_locator("iframe")
    frame.locator("#kk[data-phase=ready]").wait_for()
    marker = frame.locator("img.leaflet-marker-icon")
    assert marker.count() == 1
    assert marker.get_attribute("src").startswith("data:image/png")
    marker.dispatch_event("click")
    assert "bijeenkomst" in frame.locator(".leaflet-popup").inner_text()
    assert opened.requests == []
    assert opened.faults == []


def test_saved_marker_shows_in_the_sealed_file(
    frames: Frames, draw: Callable[..., WorkshopMap], listen: Open, tmp_path: Path
) -> None:
    made = draw(frames)
    folium.Marker([52.5, 4.9], tooltip="Zaal").add_to(made)
    made.save(tmp_path / "kaart.html")
    opened = listen()
    opened.page.goto(f"file://{tmp_path / 'kaart.html'}")
    opened.page.wait_for_selector("#kk[data-phase=ready]")
    assert opened.page.locator("img.leaflet-marker-icon").count() == 1
    assert opened.faults == []


def test_online_background_asks_only_after_a_click_and_falls_back(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, online_background=True)
    assert opened.requests == []
    opened.page.click("#kk-online")
    opened.page.wait_for_selector("#kk-tools .notice")
    assert "niet bereikbaar" in opened.text("#kk-tools .notice")
    assert len(opened.requests) == 1
    assert opened.requests[0].startswith("https://service.pdok.nl/brt/achtergrondkaart/")
    assert opened.page.evaluate("kansenkaart.page.online") is False


COVERED = """() => [...document.querySelectorAll("#kk-tools button, #kk-bar button")].flatMap((button) => {
  const { left, top, width, height } = button.getBoundingClientRect();
  const box = button.parentElement.getBoundingClientRect();
  // A bar that does not fit scrolls sideways.
  if (!width || left + width / 2 > box.right) return [];
  const over = document.elementFromPoint(left + width / 2, top + height / 2);
  return over && !button.contains(over) ? [`${button.id} under ${over.id || over.className}`] : [];
})"""


def test_no_control_on_the_map_lies_under_another(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, online_background=True)
    for width, height in ((1920, 1080), (1366, 768), (1024, 600), (820, 600), (390, 844), (320, 600)):
        opened.page.set_viewport_size({"width": width, "height": height})
        assert opened.page.locator("#kk-online").is_visible()
        assert opened.page.evaluate(COVERED) == [], (width, height)
