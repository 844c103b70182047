"""Measuring on the map: points by mouse or keyboard, a length and an area as pyproj and shapely know them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from pyproj import Transformer

from kansenkaart.tables import Frames
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.browser

SPOTS = ([700, 300], [1000, 300], [1000, 500])
WHERE = """spots => spots.map(([x, y]) => {
  const { map } = kansenkaart.page; const box = map.getContainer().getBoundingClientRect();
  const { lat, lng } = map.containerPointToLatLng([x - box.left, y - box.top]); return [lng, lat]; })"""
_TO_RD = Transformer.from_crs(4326, 28992, always_xy=True)


@pytest.fixture(scope="module")
def opened(shared_map: Callable[..., Any], frames: Frames) -> Any:
    """Return the map, open for the whole module."""
    return shared_map(frames)


@pytest.fixture(autouse=True)
def _stopped(opened: Any) -> Iterator[None]:
    opened.page.click("#kk-measure")
    yield
    opened.page.keyboard.press("Escape")
    assert opened.page.locator("#kk-measured").count() == 0
    assert opened.page.get_attribute("#kk-measure", "aria-pressed") == "false"
    assert opened.page.locator(".leaflet-kk-focus-pane path").count() == 0
    assert opened.requests == []
    assert opened.faults == []


def read_number(text: str) -> float:
    """Return the first number of a Dutch text."""
    return float(re.search(r"[\d.,]+", text)[0].replace(".", "").replace(",", "."))  # type: ignore[index]


def test_points_give_a_length_and_an_area(opened: Any) -> None:
    page = opened.page
    assert "Klik het begin aan" in opened.text("#kk-measured")
    for n, spot in enumerate(SPOTS):
        page.mouse.click(*spot)
        assert page.evaluate("kansenkaart.page.state.chosen") is None
        assert page.locator(".leaflet-kk-focus-pane path").count() == n + 2
    x, y = _TO_RD.transform(*zip(*page.evaluate(WHERE, list(SPOTS)), strict=True))
    line = shapely.LineString([*zip(x, y, strict=True)])
    length, area = opened.text("#kk-measured span").split(" · ")
    assert length.endswith("km hemelsbreed")
    assert read_number(length) == pytest.approx(line.length / 1e3, rel=6e-3)
    assert area.startswith("oppervlak")
    assert area.endswith("km²")
    assert read_number(area) == pytest.approx(shapely.Polygon(line).area / 1e6, rel=6e-3)
    page.click("#kk-measure-back")
    assert "oppervlak" not in opened.text("#kk-measured")
    assert axe_findings(page, "#kk-area") == []


def test_a_point_by_keyboard_lies_in_the_middle_of_the_map(opened: Any) -> None:
    page = opened.page
    page.keyboard.press("Enter")
    assert "volgende punt" in opened.text("#kk-measured")
    page.evaluate("kansenkaart.page.map.panBy([100, 0], { animate: false })")
    page.keyboard.press("Enter")
    assert "hemelsbreed" in opened.text("#kk-measured")
    page.click("#kk-measure-stop")


def test_the_place_of_a_firm_takes_the_clicks_over(opened: Any) -> None:
    page = opened.page
    page.click("#kk-open-missing")
    page.click("#kk-pick")
    assert page.locator("#kk-measured").count() == 0
    page.mouse.click(*SPOTS[0])
    assert page.evaluate("document.activeElement.id") == "kk-pick"
    page.click("#kk-drawer .close")
