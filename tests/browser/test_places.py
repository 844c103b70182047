"""Places on the map: dots from afar that say what a place does, drawings near by, soft where nobody knows exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kansenkaart.tables import Frames
from tests.browser.opened import Opened

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]

ZOOM = "(zoom) => { kansenkaart.page.map.setZoom(zoom, { animate: false }); }"

# How dark the sheet of places is halfway the radius of what a place may be off, in four directions, around it.
SOFT = """([metres, zoom]) => {
  const { layers, model, map } = kansenkaart.page;
  const s = layers.painted.places.find(({ faint }) => !faint).s;
  const spot = L.point(model.siteU[s] + model.corner[0], model.siteV[s] + model.corner[1]).divideBy(2 ** 26 / 256);
  map.setView(map.options.crs.pointToLatLng(spot, 0), zoom, { animate: false });
  const { view } = layers.places;
  const [x, y] = [model.siteU[s] * view.k + view.ox, model.siteV[s] * view.k + view.oy];
  const far = Math.min(60, metres * model.metre * view.k * 0.5);
  return [[far, far * 0.2], [-far, -far * 0.2], [far * 0.2, far], [-far * 0.2, -far]].map(([dx, dy]) =>
    layers.places._ctx.getImageData((x + dx) * view.ratio, (y + dy) * view.ratio, 1, 1).data[3]);
}"""


def test_from_afar_a_place_is_a_dot_near_by_a_drawing(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    dots = "kansenkaart.page.layers.painted.places.map(({ dot }) => Boolean(dot))"
    for zoom, dotted in ((9, True), (10.75, True), (11, False), (12.5, False)):
        opened.page.evaluate(ZOOM, zoom)
        assert set(opened.page.evaluate(dots)) == {dotted}, zoom


def test_a_dot_says_what_a_place_does(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    flows = frames.flows[frames.flows["value"] > 0]
    role = opened.page.evaluate("[...kansenkaart.page.model.siteRole]")
    for site, found in zip(frames.sites["site_id"], role, strict=True):
        own = set(flows.loc[flows["site_id"] == site, "role"])
        assert found == ("supply" in own) + 2 * ("demand" in own), site
    assert {1, 2} <= set(role)
    key = opened.texts(".key li")
    assert key[:3] == ["Heeft iets over", "Kan iets gebruiken", "Allebei"]


@pytest.mark.parametrize(("metres", "soft"), [(30.0, False), (900.0, True)])
def test_where_a_place_may_lie_is_soft(frames: Frames, open_map: Open, metres: float, soft: bool) -> None:
    sites = frames.sites.copy()
    sites["location_precision_m"] = metres
    # One chance alone, so that nothing else stands there.
    opened = open_map(replace(frames, sites=sites, matches=frames.matches.sort_values("rank").iloc[:1]))
    found = opened.page.evaluate(SOFT, [900.0, 13])
    assert (min(found) > 0) is soft


def test_a_circle_of_what_is_left_is_as_large_as_its_part(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    opened.page.click("#kk-tab-gaps")
    opened.page.wait_for_function("() => kansenkaart.page.state.tab === 'gaps'")
    found = opened.page.evaluate(
        """() => { const { layers, gaps } = kansenkaart.page;
        const share = new Map(gaps.map((one) => [one.flow, one.share]));
        return layers.painted.places.map(({ flow, r }) => [share.get(flow), r]); }"""
    )
    most, largest = max(found)
    assert len(found) > 20
    for share, r in found:
        if r > 3.01:
            assert r == pytest.approx(largest * (share / most) ** 0.5, rel=0.01)
    words = opened.text(".gaps .sized")
    assert "Vergelijk alleen binnen één stroom" in words
    part = f"{100 * most:.2g}".replace(".", ",")
    assert f"hier {part} en" in words
