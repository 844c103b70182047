"""A page that the next test gets is one that was just opened, as far as anybody can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kansenkaart.tables import Frames
from tests.browser import checks
from tests.browser import room_steps as room
from tests.browser.pages import PORTRAIT, Pages

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
LOADED = "performance.timeOrigin"
# What is painted on every sheet of the map, where the view begins at whole pixels.
PAINTED = """() => { const { layers, map } = kansenkaart.page;
  map.setView(map.getCenter(), map.getZoom(), { animate: false, reset: true });
  return ["land", "lines", "places", "focus"].map((name) => layers[name]._ctx.canvas.toDataURL()); }"""


def test_what_a_test_left_is_gone(frames: Frames, open_map: Open, kept_pages: Pages) -> None:
    opened = open_map(frames)
    page = opened.page
    begin = [page.evaluate(script) for script in (LOADED, PORTRAIT, PAINTED)]
    page.set_viewport_size({"width": 800, "height": 600})
    page.click('label:has(input[data-stream="gft"])')
    checks.set_range(page, "#kk-distance", 7)
    page.click("#kk-tab-chances")
    page.fill("#kk-search", "zee")
    page.locator("#kk-scroller").evaluate("(one) => one.scrollTo(0, 900)")
    page.click("#kk-open-present")
    page.click("#kk-present-go")
    page.emulate_media(media="print")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 5 })")
    page.evaluate("console.error('gezegd')")
    assert opened.faults == ["gezegd"]
    assert page.evaluate(PORTRAIT) != begin[1] != ""
    kept_pages.take_back()
    assert open_map(frames) is opened
    assert opened.faults == []
    assert [page.evaluate(script) for script in (LOADED, PORTRAIT, PAINTED)] == begin


@pytest.mark.parametrize(
    "leave",
    [
        lambda page: room.say(page, 1, votes=2),
        lambda page: page.evaluate("CanvasRenderingContext2D.prototype.fillText = () => {}"),
        lambda page: page.evaluate("window.print = () => {}"),
        lambda page: page.evaluate("window.said = 1"),
    ],
)
def test_what_cannot_be_undone_is_opened_anew(
    frames: Frames, open_map: Open, kept_pages: Pages, leave: Callable[[Any], None]
) -> None:
    opened = open_map(frames)
    begin, portrait = opened.page.evaluate(LOADED), opened.page.evaluate(PORTRAIT)
    leave(opened.page)
    kept_pages.take_back()
    assert open_map(frames) is opened
    assert opened.page.evaluate(LOADED) != begin
    assert opened.page.evaluate(PORTRAIT) == portrait
