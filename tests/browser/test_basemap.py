"""The base map in the page: what everybody knows is named, nothing lies over another, moving it costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from shapely.geometry import LineString, box

from kansenkaart.tables import Backdrop, Frames
from tests.browser.opened import Opened

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


# The colours of the land around a place in RD, as "r,g,b", the most frequent first.
COLOURS = """([x, y]) => {
  const { model, layers: { land } } = kansenkaart.page;
  const [u, v] = model.place(x, y);
  const { k, ox, oy, ratio } = land.view;
  const [left, top] = [u * k + ox, v * k + oy].map((n) => Math.round(n * ratio) - 7);
  const pixels = land._ctx.getImageData(left, top, 15, 15).data;
  const counts = {};
  for (let n = 0; n < pixels.length; n += 4) {
    const colour = pixels.slice(n, n + 3).join();
    counts[colour] = (counts[colour] ?? 0) + 1;
  }
  return Object.keys(counts).sort((one, other) => counts[other] - counts[one]);
}"""

# Fields between Purmerend and Hoorn.
FIELD = (125_000.0, 507_000.0)


def own(*shapes, name="Groen", look="nature") -> Backdrop:
    return Backdrop(name, look, np.array(shapes, dtype=object))


def test_own_layers_lie_behind_the_map_with_their_name_in_the_legend(frames: Frames, open_map: Open) -> None:
    x, y = FIELD
    hole = box(x - 300, y - 300, x + 300, y + 300)
    park = box(x - 2000, y - 2000, x + 2000, y + 2000).difference(hole)
    cable = LineString([(x + 3000, y - 9000), (x + 3000, y + 9000)])
    layers = (
        own(park, name="Natura <b>2000</b>"),
        own(cable, name="Hoogspanning", look="network"),
        own(box(x - 9000, y, x - 7000, y + 2000), name="Net is vol", look="limit"),
    )
    opened = open_map(replace(frames, background=layers))
    opened.page.evaluate(VIEW, [52.55, 4.97, 11.5])
    spots = {"park": (1000, 0), "hole": (0, 0), "cable": (3000, 0), "bare": (5000, 0)}
    colours = {name: opened.page.evaluate(COLOURS, [x + dx, y + dy]) for name, (dx, dy) in spots.items()}
    assert colours["park"][0] == "223,234,210"
    assert "143,136,150" in colours["cable"]
    assert colours["hole"][0] == colours["bare"][0] != colours["park"][0]
    assert opened.texts(".key [data-sign=own]") == ["Natura <b>2000</b>", "Hoogspanning", "Net is vol"]
    assert not opened.faults


def test_own_layers_are_explained_on_paper_too(frames: Frames, open_map: Open) -> None:
    x, y = FIELD
    opened = open_map(replace(frames, background=(own(box(x, y, x + 2000, y + 2000)),)))
    opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert "Groen" in opened.texts(".kk-paper [data-sign=own]")
