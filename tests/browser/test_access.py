"""For everybody: keyboard, screen reader, small screens and paper."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kansenkaart.tables import Frames
from tests.browser import checks
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]


def test_keyboard_goes_everywhere_and_is_never_trapped(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => { const e = document.activeElement; const style = getComputedStyle(e);
            const name = e.id || e.dataset.stream || e.dataset.class || e.dataset.link || e.textContent.slice(0, 20);
            return [name || e.tagName,
              e === document.body || style.outlineStyle !== 'none' || e.type === 'radio' ]; }"""
        )
        assert place[1], f"no visible focus on {place[0]}"
        seen.append(place[0])
    for stop in (
        "kk-tab-streams",
        "restwarmte_ht",
        "technisch",
        "kk-distance",
        "map_kansenkaart",
        "kk-zoom_in",
    ):
        assert stop in seen
    page.focus("#kk-tab-streams")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "kk-tab-chances"
    # Past the search, the order of the list and what turns it round.
    for _ in range(4):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "kk-chances"
    for key in ("ArrowDown", "ArrowDown", "PageDown", "End", "Home", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    assert page.evaluate("kansenkaart.page.state.chosen.id") == 1
    for _ in range(40):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#kk-card')") is None


def test_axe_finds_nothing(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, language="en", options={"reduced_motion": "reduce"})
    page = opened.page
    visits: list[tuple[str | None, Callable[[], None]]] = [
        (None, lambda: page.click("#kk-tab-chances")),
        (None, lambda: page.click("#kk-chances-0")),
        ("#kk-card", lambda: page.click(".pair .site-button >> nth=0")),
        ("#kk-panel", lambda: page.click("#kk-tab-gaps")),
        ("#kk-panel", lambda: page.click("#kk-tab-streams")),
    ]
    for within, visit in visits:
        visit()
        assert axe_findings(page, within) == []


def test_small_screens_do_not_scroll_sideways(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, size=(390, 844))
    page = opened.page
    for width, _ in checks.each_size(page, (390, 844), (320, 640), (683, 384)):
        for visit in ("#kk-tab-chances", "#kk-chances-0", None, "#kk-tab-gaps"):
            if visit is None:
                page.keyboard.press("Escape")
            else:
                page.click(visit)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            widest = (
                "Math.max(...[...document.querySelectorAll('.kk-panel *')]"
                ".map((e) => e.getBoundingClientRect().width))"
            )
            assert page.evaluate(widest) <= width
    assert opened.faults == []
