"""The base map in the page: what everybody knows is named, nothing lies over another, moving it costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from kansenkaart.tables import Frames
from tests.browser.conftest import Opened

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]

WRITTEN = """() => {
  const { layers } = kansenkaart.page;
  const ctx = layers.places._ctx;
  const found = [];
  ctx.fillText = function (text, x, y) {
    const size = parseFloat(/([\\d.]+)px/.exec(this.font)[1]);
    found.push([text, x, y - size / 2, x + this.measureText(text).width, y + size / 2]);
    CanvasRenderingContext2D.prototype.fillText.call(this, text, x, y);
  };
  layers.places.redraw();
  delete ctx.fillText;
  return found;
}"""

VIEW = "([lat, lng, zoom]) => { kansenkaart.page.map.setView([lat, lng], zoom, { animate: false }); }"

# How often the land was filled again.
COUNT = """() => {
  const ctx = kansenkaart.page.layers.land._ctx;
  window.filled = 0;
  ctx.fill = function (...given) { window.filled++; CanvasRenderingContext2D.prototype.fill.apply(this, given); };
}"""
FILLED = "() => { const count = window.filled; window.filled = 0; return count > 0; }"


def written(opened: Opened) -> list[str]:
    return [text for text, *_ in opened.page.evaluate(WRITTEN)]


def test_the_towns_everybody_knows_are_named_at_the_start(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, start=True)
    names = written(opened)
    assert {"Amsterdam", "Haarlem", "Alkmaar", "Lelystad"} <= set(names)
    # One word for a place: not the town and its municipality.
    assert names.count("Amsterdam") == 1
    assert "AMSTERDAM" not in names
    assert not opened.faults


def test_no_name_lies_over_another(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    for view in ([52.5, 4.9, 9], [52.38, 4.85, 11], [52.3, 4.75, 12.5]):
        opened.page.evaluate(VIEW, view)
        boxes = opened.page.evaluate(WRITTEN)
        assert len(boxes) > 12
        for one, other in combinations(boxes, 2):
            apart = one[1] >= other[3] or other[1] >= one[3] or one[2] >= other[4] or other[2] >= one[4]
            assert apart, (one, other)


def test_more_is_named_nearer_by(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    opened.page.evaluate(VIEW, [52.6, 4.75, 9])
    assert "Egmond aan Zee" not in written(opened)
    opened.page.evaluate(VIEW, [52.62, 4.65, 12])
    assert "Egmond aan Zee" in written(opened)
    opened.page.evaluate(VIEW, [52.31, 4.74, 12])
    assert {"Schiphol", "Hoofddorp"} <= set(written(opened))
    assert {"A4", "A5", "A9"} & set(written(opened))


def test_land_is_painted_again_only_when_its_edge_comes_in_sight(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    opened.page.evaluate(VIEW, [52.5, 4.9, 10])
    opened.page.evaluate(COUNT)
    opened.page.evaluate("() => { kansenkaart.page.map.panBy([60, 20], { animate: false }); }")
    assert not opened.page.evaluate(FILLED)
    opened.page.evaluate("() => { kansenkaart.page.map.panBy([900, 0], { animate: false }); }")
    assert opened.page.evaluate(FILLED)
    opened.page.evaluate("() => { kansenkaart.page.map.setZoom(10.5, { animate: false }); }")
    assert opened.page.evaluate(FILLED)


def test_a_place_on_the_screen_stays_on_its_land_while_the_map_moves(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    opened.page.evaluate(VIEW, [52.5, 4.9, 10])
    spot = """() => {
      const { map, layers } = kansenkaart.page;
      return ["land", "places"].map((name) => {
        const { view } = layers[name];
        const point = map.layerPointToContainerPoint([view.offset.x + view.ox, view.offset.y + view.oy]);
        return [Math.round(point.x), Math.round(point.y)];
      });
    }"""
    for step in ([60, 20], [-30, 45], [700, -300], [10, 10]):
        opened.page.evaluate("(step) => { kansenkaart.page.map.panBy(step, { animate: false }); }", step)
        land, places = opened.page.evaluate(spot)
        assert land == places
