"""Lines are seen: a short one above its rings, several of one pair side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from kansenkaart.geo import to_wgs84
from kansenkaart.tables import Frames
from tests.browser.opened import Opened

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]

LINES = """() => kansenkaart.page.layers.painted.lines.filter(({ kind }) => kind === "match")
  .map(({ id, sx, sy, cx, cy, ex, ey, width }) =>
    ({ id, width, x: (sx + 2 * cx + ex) / 4, y: (sy + 2 * cy + ey) / 4, from: [sx, sy], to: [ex, ey] }))"""

# The colour in the middle of the arrow of what is chosen, on the sheet of what is chosen.
MIDDLE = """() => {
  const { layers, model, state } = kansenkaart.page;
  const { chosen } = state;
  const [s, d] = [model.c["m.supply"][chosen.id], model.c["m.demand"][chosen.id]];
  const { view, _ctx } = layers.focus;
  const at = (n) => [model.siteU[n] * view.k + view.ox, model.siteV[n] * view.k + view.oy];
  const [from, to] = [at(s), at(d)];
  const found = [];
  for (let part = 0.1; part < 0.95; part += 0.01) for (let away = -30; away <= 30; away++) {
    const [x, y] = [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
    const far = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const [px, py] = [x - ((to[1] - from[1]) / far) * away, y + ((to[0] - from[0]) / far) * away];
    const [r, g, b, a] = _ctx.getImageData(px * view.ratio, py * view.ratio, 1, 1).data;
    if (a > 200) found.push(`#${[r, g, b].map((one) => one.toString(16).padStart(2, "0")).join("")}`);
  }
  return { apart: Math.hypot(to[0] - from[0], to[1] - from[1]), colours: [...new Set(found)],
    colour: model.streams[model.c["m.stream"][chosen.id]].colour };
}"""


def shorten(frames: Frames, metres: float) -> tuple[Frames, int]:
    """Return the same frames with the ends of the best chance this near to each other, and its rank."""
    first = frames.matches.sort_values("rank").iloc[0]
    sites = frames.sites.copy()
    ids = list(sites["site_id"])
    giver, taker = ids.index(first["supply_id"]), ids.index(first["demand_id"])
    start = shapely.point_on_surface(sites.geometry.iloc[giver])
    shapes = sites.geometry.to_numpy().copy()
    shapes[giver], shapes[taker] = start, shapely.Point(start.x + metres, start.y)
    return replace(
        frames, sites=sites.set_geometry(gpd.GeoSeries(shapes, index=sites.index, crs=sites.crs))
    ), 0


@pytest.mark.parametrize("metres", [60.0, 400.0, 2_000.0])
def test_a_short_chance_that_is_chosen_is_seen(frames: Frames, open_map: Open, metres: float) -> None:
    short, chance = shorten(frames, metres)
    opened = open_map(short)
    opened.page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'match', id })", chance)
    opened.page.wait_for_function("() => !kansenkaart.page.map._animatingZoom")
    found = opened.page.evaluate(MIDDLE)
    assert found["apart"] > 24 if metres >= 400 else found["apart"] > 10
    assert found["colour"] in found["colours"]


def test_streams_of_one_pair_run_side_by_side_at_every_zoom(frames: Frames, open_map: Open) -> None:
    pairs = frames.matches.groupby(["supply_id", "demand_id"]).size()
    giver, taker = pairs.index[0]
    own = frames.matches["stream"].unique()[:4]
    matches = frames.matches.copy()
    number = matches.index[: len(own)]
    matches.loc[number, "supply_id"], matches.loc[number, "demand_id"] = giver, taker
    matches.loc[number, "stream"] = own
    opened = open_map(replace(frames, matches=matches))
    ranks = matches.sort_values("rank", kind="stable")
    ids = [
        n
        for n, ends in enumerate(zip(ranks["supply_id"], ranks["demand_id"], strict=True))
        if ends == (giver, taker)
    ]
    assert len(ids) >= 3
    middle = opened.page.evaluate(
        "(ids) => { const { model } = kansenkaart.page; const s = model.c['m.supply'][ids[0]]; return s; }",
        ids,
    )
    assert middle >= 0
    for zoom in (9.5, 11, 12.5):
        opened.page.evaluate(
            """([id, zoom]) => { const { model, map } = kansenkaart.page;
            const at = (n) => [model.c['s.x'][n] / 10, model.c['s.y'][n] / 10];
            const [x1, y1] = at(model.c['m.supply'][id]); const [x2, y2] = at(model.c['m.demand'][id]);
            const box = model.place((x1 + x2) / 2, (y1 + y2) / 2);
            const point = L.point(box[0] + model.corner[0], box[1] + model.corner[1]).divideBy(2 ** 26 / 256);
            map.setView(map.options.crs.pointToLatLng(point, 0), zoom, { animate: false }); }""",
            [ids[0], zoom],
        )
        seen = {line["id"]: line for line in opened.page.evaluate(LINES) if line["id"] in ids}
        if len(seen) < 2:
            continue
        for one, other in combinations(seen.values(), 2):
            apart = np.hypot(one["x"] - other["x"], one["y"] - other["y"])
            assert apart >= (one["width"] + other["width"]) / 2, (zoom, one, other)


# Of every line of what runs, is planned or given away: its status and how many of its ends are in sight; and the
# strengths in which they are drawn.
STRENGTHS = """() => {
  const { layers: { lines, painted }, model } = kansenkaart.page;
  const [left, top, right, bottom] = lines.view.seen;
  const inside = (x, y) => x > left && x < right && y > top && y < bottom;
  const ctx = lines._ctx;
  const strokes = [];
  ctx.stroke = function (...given) {
    // The cross of what stopped, which is as strong everywhere, is the one of this width.
    if (this.lineWidth !== 2.5) strokes.push([this.strokeStyle, this.globalAlpha]);
    CanvasRenderingContext2D.prototype.stroke.apply(this, given);
  };
  lines.redraw();
  delete ctx.stroke;
  const grey = Object.values(model.style.links).map(({ colour }) => colour);
  return {
    ends: painted.lines.filter(({ kind }) => kind === "link")
      .map(({ id, sx, sy, ex, ey }) => [model.links[id].status, inside(sx, sy) + inside(ex, ey)]),
    alphas: [...new Set(strokes.filter(([colour]) => grey.includes(colour)).map(([, alpha]) => alpha.toFixed(2)))],
  };
}"""


@pytest.mark.parametrize(("link", "whole"), [("#n=300&vergeven=1", 1.0), ("#n=12&vergeven=1", 0.4)])
def test_what_only_passes_through_the_view_is_quiet(
    frames: Frames, open_map: Open, link: str, whole: float
) -> None:
    opened = open_map(frames, link=link)
    found = opened.page.evaluate(
        "() => kansenkaart.page.model.links.find((one) => one.line.length === 2).line"
    )
    (x1, y1), (x2, y2) = found
    longitude, latitude = to_wgs84(np.array([(x1 + x2) / 2]), np.array([(y1 + y2) / 2]))
    seen = set()
    for zoom in (9, 14):
        view = [float(latitude[0]), float(longitude[0]), zoom]
        opened.page.evaluate(
            "([lat, lng, zoom]) => { kansenkaart.page.map.setView([lat, lng], zoom, { animate: false }); }",
            view,
        )
        drawn = opened.page.evaluate(STRENGTHS)
        expected = {
            f"{[0.2, 0.6, 1.0][ends] * whole * (0.5 if status == 4 else 1.0):.2f}"
            for status, ends in drawn["ends"]
        }
        assert set(drawn["alphas"]) == expected
        seen |= {ends for _, ends in drawn["ends"]}
    assert {0, 2} <= seen
