"""Own layers behind the map: what is kept of them, what is said, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from kansenkaart.cli.screen import translate
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.project import load_project
from kansenkaart.sources import read_background as background
from kansenkaart.sources import read_sources
from kansenkaart.sources.read_background import ReadBackground, read_background
from kansenkaart.sources.region import load_boundaries, read_region
from kansenkaart.texts import load_texts

REGION = {"municipalities": ["GM0034"], "margin_km": 2}
# In Almere, RD New.
X, Y = 143_000.0, 487_000.0
SQUARE = box(X, Y, X + 1000, Y + 1000)


@pytest.fixture
def read(load: Callable, tmp_path: Path) -> Callable[..., ReadBackground]:
    """Return a reader of shapes as one layer behind the map."""

    def read_one(shapes, crs="EPSG:28992", look="nature", **settings):
        gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=shapes, crs=crs).to_file(tmp_path / "groen.gpkg")
        layer = {"title": "Groen", "path": "groen.gpkg", "look": look, **settings}
        loaded = load({"name": "a", "path": "a.csv"}, region=REGION, background=[layer])
        region = read_region(loaded, load_boundaries())
        return read_background(loaded.project.background[0], 1, loaded, region, load_texts("nl"))

    return read_one


def said(found: ReadBackground) -> dict[str, str]:
    return {row["key"]: row["reason"] for _, row in found.findings.frame().iterrows()}


def refused(read, *args, **settings) -> str:
    with pytest.raises(DataError) as caught:
        read(*args, **settings)
    return "\n".join(translate(fault, load_texts("nl")) for fault in caught.value.faults)


def test_areas_and_lines_come_as_they_lie_in_rd(read) -> None:
    way = LineString([(X, Y), (X + 500, Y + 900)])
    found = read([SQUARE, way, MultiPolygon([SQUARE, shapely.affinity.translate(SQUARE, 2000)])])
    assert (found.backdrop.name, found.backdrop.look) == ("Groen", "nature")
    assert sorted(shape.geom_type for shape in found.backdrop.shapes) == ["LineString", *["Polygon"] * 3]
    assert sum(shape.area for shape in found.backdrop.shapes) == pytest.approx(3_000_000)
    assert said(found) == {}
    assert (found.account["layer"], found.account["rows_read"]) == ("background[1]", 3)


def test_degrees_are_turned_into_rd(read) -> None:
    found = read([shapely.box(5.20, 52.36, 5.21, 52.37)], crs="EPSG:4326")
    west, south, east, north = shapely.total_bounds(found.backdrop.shapes)
    assert 140_000 < west < east < 150_000
    assert 480_000 < south < north < 490_000


def test_what_lies_elsewhere_is_cut_off_or_told(read) -> None:
    across = read([LineString([(X, Y), (X + 200_000, Y)])])
    assert shapely.length(across.backdrop.shapes).sum() < 50_000
    elsewhere = read([shapely.affinity.translate(SQUARE, 0, -150_000)])
    assert not len(elsewhere.backdrop.shapes)
    assert "groen.gpkg" in said(elsewhere)["background_outside"]


def test_an_area_that_crosses_itself_is_mended_and_told(read) -> None:
    bow = Polygon([(X, Y), (X + 1000, Y + 1000), (X + 1000, Y), (X, Y + 1000)])
    found = read([bow, SQUARE])
    assert sum(shape.area for shape in found.backdrop.shapes) == pytest.approx(1_500_000)
    assert " 1 vlakken" in said(found)["background_mended"]


@pytest.mark.parametrize("shapes", [[Point(X, Y)], []])
def test_a_layer_without_lines_or_areas_says_what_to_give(read, shapes) -> None:
    words = refused(read, shapes)
    assert "groen.gpkg: geen rij bevat een lijn of vlak" in words
    assert f"(rijen: {len(shapes)})" in words
    assert "[[layers]]" in words


def test_metres_that_are_said_to_be_degrees_are_refused(read) -> None:
    assert "groen.gpkg: de coördinaten" in refused(read, [SQUARE], crs="EPSG:4326")


def wavy(count: int, height: float) -> LineString:
    x = X + np.linspace(0, 2000, count)
    return LineString(np.column_stack([x, Y + height * (np.arange(count) % 2)]))


@pytest.fixture
def most(monkeypatch) -> int:
    """So many points at most: far fewer than a map may have, for simplifying those takes long."""
    monkeypatch.setattr(background, "MOST_POINTS", 1_500)
    return 1_500


def test_what_is_finer_than_a_map_needs_is_simplified_and_told(read, most) -> None:
    found = read([wavy(most * 2, 15.0), SQUARE])
    assert int(shapely.get_num_coordinates(found.backdrop.shapes).sum()) <= most
    assert said(found)["background_simplified"].endswith("getekend tot op 20 m.")


def test_what_stays_too_large_is_refused_with_numbers(read, most) -> None:
    words = refused(read, [wavy(most * 2, 900.0)])
    assert re.search(rf"getekend tot op 320 m blijven \d+ punten over; toegestaan: hoogstens {most}\.", words)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (['look = "bold"'], r"background\[1\]\.look"),
        (['look = "park"\ncolour = "red"'], r"background\[1\]\.colour"),
        (['look = "park"'] * 7, "background"),
        (['look = "park"'], r"background\[1\]\.path' names weg\.gpkg"),
    ],
)
def test_what_no_map_can_draw_is_refused_before_a_build(tmp_path: Path, layers, words) -> None:
    (tmp_path / "a.csv").write_text("id,name,x,y\n1,A,143000,487000\n", "utf-8")
    project = [
        'title = "t"',
        "reference_year = 2023",
        "[region]",
        'municipalities = ["GM0034"]',
        "[[layers]]",
        'name = "a"',
        'path = "a.csv"',
        *(f'[[background]]\ntitle = "Groen"\npath = "weg.gpkg"\n{layer}' for layer in layers),
    ]
    (tmp_path / "kansenkaart.toml").write_text("\n".join(project), "utf-8")
    with pytest.raises(ProjectError, match=words):
        load_project(tmp_path)


def _read_parks(tmp_path, load, shapes, status="active", **settings):
    parks = {"id": [f"p{number}" for number in range(len(shapes))], "status": status, "net_ha": 40.0}
    gpd.GeoDataFrame(parks, geometry=shapes, crs="EPSG:28992").to_file(tmp_path / "parken.gpkg")
    layer = {"name": "parken", "path": "parken.gpkg", "kind": "business_park"}
    return read_sources(load(layer, region=REGION, **settings), progress=lambda _: None)


def test_business_parks_that_are_areas_lie_behind_the_map_and_stay_places(tmp_path, load):
    beyond = box(X, Y - 30_000, X + 1000, Y - 29_000)
    sources = _read_parks(tmp_path, load, [SQUARE, beyond])
    (parks,) = sources.background
    assert (parks.name, parks.look, parks.areas) == ("Bedrijventerreinen", "park", None)
    assert [one.area for one in parks.shapes] == [1_000_000.0]
    assert sources.sites["kind"].tolist() == ["business_park"]


def test_business_parks_are_drawn_once_and_as_they_are(tmp_path, load):
    assert _read_parks(tmp_path, load, [Point(X, Y), Point(X + 500, Y)]).background == ()
    assert _read_parks(tmp_path, load, [SQUARE], status="closed").background == ()
    own = {"title": "Terreinen", "path": "parken.gpkg", "look": "park"}
    assert [one.name for one in _read_parks(tmp_path, load, [SQUARE], background=[own]).background] == [
        "Terreinen"
    ]
