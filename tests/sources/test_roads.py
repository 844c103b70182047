"""The road layer: joints, what is left out and said, and that its CRS and order have no influence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiLineString, Point, box

from kansenkaart.cli.screen import translate
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.sources.read_roads import ReadRoads, judge_sites, read_roads
from kansenkaart.sources.region import load_boundaries, read_region
from kansenkaart.texts import load_texts

# In Almere, RD New.
X, Y = 143_000.0, 487_000.0
NETWORK = Path("data/networks/flevoland_hoofdwegen_rd.gpkg")


def line(*places, z=None):
    """Line through places given as metres from the middle of Almere."""
    return LineString([(X + x, Y + y) if z is None else (X + x, Y + y, z) for x, y in places])


@pytest.fixture
def read(tmp_path: Path, load: Callable) -> Callable[..., ReadRoads]:
    """Return a reader of a road layer from shapes, a frame or a path."""

    def read_one(shapes, *, written_in="EPSG:28992", **settings):
        name = "wegen.gpkg"
        if isinstance(shapes, Path):
            name = str(shapes)
        else:
            frame = (
                shapes
                if isinstance(shapes, gpd.GeoDataFrame)
                else gpd.GeoDataFrame(geometry=shapes, crs=written_in)
            )
            frame.to_file(tmp_path / name)
        region = settings.pop("region", {"municipalities": ["GM0034"], "margin_km": 5})
        loaded = load({"name": "a", "path": "a.csv"}, region=region, roads={"path": name, **settings})
        return read_roads(
            loaded.project.roads, loaded, read_region(loaded, load_boundaries()), load_texts("nl")
        )

    return read_one


def keys(found: ReadRoads) -> list[str]:
    return found.findings.frame()["key"].tolist()


def edges(found: ReadRoads) -> set[tuple[tuple[float, float], ...]]:
    """Edges as pairs of places, metres from the middle of Almere."""
    places = np.round(found.roads.xy - (X, Y), 2)
    return {tuple(map(tuple, places[pair].tolist())) for pair in found.roads.ends}


def test_lines_join_where_they_share_a_vertex_and_not_where_they_cross(read):
    found = read([line((0, 0), (100, 0), (200, 0)), line((100, 0), (100, 50)), line((50, -50), (50, 50))])
    assert edges(found) == {
        ((0, 0), (100, 0)),
        ((100, 0), (200, 0)),
        ((100, 0), (100, 50)),
        ((50, -50), (50, 50)),
    }
    assert found.piece.max() == 1
    assert keys(found) == ["roads_read", "roads_in_pieces"]


def test_vertices_within_a_centimetre_are_one(read):
    found = read([line((0, 0), (100, 0)), line((100.003, 0.002), (200, 0))])
    assert len(found.roads.xy) == 3
    assert found.piece.max() == 0


def test_multilines_heights_and_repeats(read):
    several = MultiLineString([line((0, 0), (100, 0)), line((100, 0), (100, 100))])
    found = read([several, line((100, 0), (0, 0)), line((100, 100), (100, 100.001), (300, 100), z=12.5)])
    assert edges(found) == {((0, 0), (100, 0)), ((100, 0), (100, 100)), ((100, 100), (300, 100))}
    assert found.roads.length_m.sum() == pytest.approx(400)
    frame = found.findings.frame()
    assert frame.loc[frame["key"] == "roads_repeated", "value"].tolist() == ["2"]


def test_rows_that_are_no_line_are_counted(read):
    shapes = [line((0, 0), (100, 0)), Point(X, Y), box(X, Y, X + 9, Y + 9), None, LineString()]
    found = read(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:28992"))
    assert edges(found) == {((0, 0), (100, 0))}
    reason = found.findings.frame().set_index("key").loc["roads_skipped", "reason"]
    assert reason.startswith("4 rijen van de wegenlaag zijn overgeslagen: 2 zonder geometrie, 2 zonder lijn")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:25831", "EPSG:3857"])
def test_another_crs_gives_the_same_network_within_a_metre(read, crs):
    shapes = [line((0, 0), (4_000, 0), (4_000, 3_000)), line((4_000, 3_000), (-2_000, 2_500))]
    here = read(shapes)
    there = read(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:28992").to_crs(crs))
    assert there.roads.ends.tolist() == here.roads.ends.tolist()
    assert np.abs(there.roads.xy - here.roads.xy).max() < 1.0
    assert there.roads.length_m.sum() == pytest.approx(here.roads.length_m.sum(), abs=1.0)


def test_the_order_and_direction_of_rows_have_no_influence(read):
    shapes = [
        line((0, 0), (100, 0)),
        line((100, 0), (200, 10)),
        line((200, 10), (0, 0)),
        line((100, 0), (90, 80)),
    ]
    one, other = read(shapes), read([shape.reverse() for shape in shapes[::-1]])
    assert one.roads.ends.tolist() == other.roads.ends.tolist()
    assert one.roads.xy.tolist() == other.roads.xy.tolist()


def test_hostile_attributes_change_nothing_and_are_not_shown(read):
    frame = gpd.GeoDataFrame(
        {
            "naam": ["<script>alert(1)</script>", "=HYPERLINK(1)"],
            "length_m": ["nan", "-1"],
            "xy": [None, "\x07"],
        },
        geometry=[line((0, 0), (100, 0)), line((100, 0), (200, 0))],
        crs="EPSG:28992",
    )
    found = read(frame)
    assert found.roads.length_m.sum() == pytest.approx(200)
    said = found.findings.frame()
    assert not said.astype(str).apply(lambda column: column.str.contains("script|HYPERLINK")).any().any()


def test_an_empty_layer_is_refused(read):
    with pytest.raises(DataError, match="holds no line"):
        read(gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs="EPSG:28992")))
    with pytest.raises(DataError, match="holds no line"):
        read([Point(X, Y)])
    with pytest.raises(DataError, match="holds no line"):
        read([line((0, 0), (0, 0.001))])


def test_roads_in_another_region_are_refused(read):
    with pytest.raises(DataError, match="no road lies within the region") as caught:
        read([LineString([(20_000, 380_000), (21_000, 380_000)])])
    assert caught.value.faults[0].values["bounds"] == "20000, 380000, 21000, 380000"


@pytest.mark.parametrize(
    ("shapes", "written_in", "bounds"),
    [
        ([line((0, 0), (100, 0))], "EPSG:4326", "143000, 487000, 143100, 487000"),
        ([line((0, 0), (100, 0)), LineString()], "EPSG:4258", "143000, 487000, 143100, 487000"),
        ([LineString([(5.2, 52.37), (5.3, 52.4)])], "EPSG:28992", "5.2, 52.37, 5.3, 52.4"),
        ([LineString([(5.2, 52.37), (5.200001, 52.37)])], "EPSG:25831", "5.2, 52.37, 5.2, 52.37"),
    ],
)
def test_coordinates_that_the_crs_cannot_hold_are_said(read, shapes, written_in, bounds):
    """RD metres in a file that says WGS84, or degrees in one that says RD: not "no line"."""
    with pytest.raises(DataError) as caught:
        read(shapes, written_in=written_in)
    dutch = translate(caught.value.faults[0], load_texts("nl"))
    assert f"wegen.gpkg: de coördinaten ({bounds}) vallen buiten het bereik van {written_in}" in dutch
    assert "EPSG:28992" in dutch
    assert "zet crs" in dutch


def test_a_file_without_crs_needs_one(read, tmp_path):
    gpd.GeoDataFrame(geometry=[line((0, 0), (100, 0))], crs="EPSG:28992").to_file(tmp_path / "w.shp")
    (tmp_path / "w.prj").unlink()
    with pytest.raises(DataError, match="have no CRS"):
        read(Path("w.shp"))
    assert len(read(Path("w.shp"), crs="EPSG:28992").roads.ends) == 1
    with pytest.raises(ProjectError, match="is not known"):
        read(Path("w.shp"), crs="EPSG:9999999")


def sites(*places):
    names = [f"a:{i}" for i in range(len(places))]
    geometry = [Point(X + x, Y + y) for x, y in places]
    return gpd.GeoDataFrame({"site_id": names}, geometry=geometry, crs="EPSG:28992")


def test_the_report_says_which_places_meet_no_road(read):
    found = read([line((0, 0), (5_000, 0)), line((0, 2_000), (100, 2_000))], snap_m=600)
    judge_sites(found, sites((100, 250), (100, 599), (4_000, -601), (50, 2_001)))
    said = found.findings.frame().set_index("key")
    assert said.loc["site_not_connected", "value"] == "a:2"
    assert "601 m" in said.loc["site_not_connected", "reason"]
    assert "600 m" in said.loc["site_not_connected", "reason"]
    assert said.loc["site_on_loose_road", "value"] == "a:3"
    assert said.loc["roads_snapped", "reason"].startswith("3 van 4 plekken")
    assert "599 m" in said.loc["roads_snapped", "reason"]


def test_a_place_of_any_shape_is_judged_where_the_routes_start(read):
    found = read([line((0, 0), (5_000, 0))], snap_m=100)
    site = gpd.GeoDataFrame(
        {"site_id": ["a:0"]}, geometry=[box(X + 100, Y - 1_000, X + 200, Y + 50)], crs="EPSG:28992"
    )
    judge_sites(found, site)
    assert "site_not_connected" in keys(found)


def test_real_roads_of_flevoland(read, shared):
    if not (shared / NETWORK).is_file():
        pytest.skip("the road network of Flevoland is not beside the project")
    found = read(shared / NETWORK, region={"province": "Flevoland"}, snap_m=2_000)
    assert len(found.roads.xy) == 21_985
    assert found.roads.length_m.sum() == pytest.approx(1_152_600, rel=1e-3)
    assert found.piece.max() == 0
    lelystad, urk = (162_000, 502_000), (169_800, 519_300)
    middle = found.roads.snap(np.array([lelystad, urk], dtype=float))
    assert (middle.distance_m < 2_000).all()
    assert shapely.linestrings(found.roads.xy[found.roads.ends]).size == len(found.roads.length_m)
