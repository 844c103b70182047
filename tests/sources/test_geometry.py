"""Coordinates and shapes: what is read, what is repaired, and what is refused rather than guessed."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import pyogrio
import pytest
import shapely
from pyproj import CRS
from shapely.geometry import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from kansenkaart.errors import DataError
from kansenkaart.geo import RD

_AMSTERDAM = Point(121_000, 487_000)
_LON, _LAT = 4.8875, 52.3702


def _csv(header: str, cells: str) -> str:
    return f"id;load_pe60;{header}\ngoed;5;{_quoted(header, cells)}\n"


def _quoted(header: str, cells: str) -> str:
    return f'"{cells}"' if header == "geometry_wkt" else cells


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("x_rd;y_rd", "121000;487000"),
        ("x_rd;y_rd", "121.000;487.000"),
        ("x_rd;y_rd", "121000,0;487000,00"),
        ("lon;lat", f"{_LON};{_LAT}"),
        ("lon;lat", f"{_LON};{_LAT}".replace(".", ",")),
        ("geometry_wkt", "SRID=28992;POINT(121000 487000)"),
        ("geometry_wkt", f"srid=4326; POINT ({_LON} {_LAT})"),
    ],
)
def test_coordinates_in_columns(read, header, cells):
    sources = read(_csv(header, cells))
    assert sources.sites.geometry.iloc[0].distance(_AMSTERDAM) < 250
    assert sources.findings["severity"].isin(["note", "warning"]).all()
    assert "number_notation_assumed" not in set(sources.findings["key"])


def test_coordinates_in_another_crs_need_that_crs(read):
    x, y = 628_650.0, 5_803_500.0
    sources = read(_csv("x;y", f"{x};{y}"), crs="EPSG:25831")
    assert sources.layers["crs"].tolist() == ["EPSG:25831"]
    assert sources.sites.geometry.iloc[0].distance(_AMSTERDAM) < 1_500
    with pytest.raises(DataError, match='Set crs = "EPSG:28992"'):
        read(_csv("x;y", f"{x};{y}"))
    with pytest.raises(DataError, match="crs = 'RD' is not known"):
        read(_csv("x;y", f"{x};{y}"), crs="RD")


@pytest.mark.parametrize(
    ("header", "cells", "key", "advice"),
    [
        ("x_rd;y_rd", "0;0", "coordinates_zero", "0, 0"),
        ("lon;lat", "0;0", "coordinates_zero", "0, 0"),
        ("x_rd;y_rd", "487000;121000", "coordinates_swapped", "Verwissel x en y"),
        ("lon;lat", f"{_LAT};{_LON}", "coordinates_swapped_degrees", "Verwissel lon en lat"),
        ("x_rd;y_rd", f"{_LON};{_LAT}", "degrees_as_metres", "lon en lat"),
        ("lon;lat", "121000;487000", "metres_as_degrees", "x_rd en y_rd"),
        ("lon;lat", "-87.5172;38.0211", "outside_netherlands", "crs"),
        ("x_rd;y_rd", "500000;487000", "outside_netherlands", "crs"),
        ("x_rd;y_rd", "20000;600000", "outside_country", "buitenland"),
        ("x_rd;y_rd", "121000;", "coordinate_half", "Vul"),
        ("x_rd;y_rd", ";", "geometry_missing", "placement"),
        ("x_rd;y_rd", "hier;487000", "not_a_number", "getal"),
        ("geometry_wkt", "POINT 4 5", "wkt_unreadable", "SRID=28992"),
        ("geometry_wkt", "SRID=99999;POINT(1 2)", "srid_unknown", "28992"),
        ("geometry_wkt", "SRID=28992;POINT EMPTY", "geometry_empty", "opnieuw"),
        (
            "geometry_wkt",
            "SRID=28992;POLYGON((121000 487000,122000 487000,122000 nan,121000 488000,121000 487000))",
            "geometry_corner",
            "Geldigheid",
        ),
        (
            "geometry_wkt",
            "SRID=28992;POLYGON((121000 487000,121000 487000,121000 487000,121000 487000))",
            "geometry_invalid",
            "opnieuw",
        ),
        (
            "geometry_wkt",
            "SRID=28992;GEOMETRYCOLLECTION(POINT(121000 487000))",
            "geometry_collection",
            "punt of vlak",
        ),
    ],
)
def test_coordinates_that_cannot_be_right_are_rejected_with_advice(read, said, header, cells, key, advice):
    fine = {
        "x_rd;y_rd": "121000;480000",
        "lon;lat": "4.9;52.4",
        "geometry_wkt": "SRID=28992;POINT(121000 480000)",
    }
    sources = read(_csv(header, fine[header]) + f"fout;5;{_quoted(header, cells)}\n")
    found = said(sources, key)
    assert found[["row", "severity"]].values.tolist() == [[3, "rejected"]]
    assert advice in found["advice"].iloc[0]
    assert sources.sites["site_id"].tolist() == ["laag:goed"]


def test_a_row_without_wkt_may_lie_where_its_coordinates_say(read):
    sources = read(
        'id;load_pe60;geometry_wkt;lon;lat\na;5;;4.9;52.4\nb;5;"SRID=28992;POINT(121000 487000)";;\n'
    )
    assert len(sources.sites) == 2
    assert sources.layers["crs"].tolist() == ["EPSG:28992, EPSG:4326"]


def _save(path, shapes, crs=RD, **columns):
    frame = gpd.GeoDataFrame(
        {"id": [str(n) for n in range(len(shapes))], "load_pe60": 5.0, **columns}, geometry=shapes, crs=crs
    )
    frame.to_file(path, engine="pyogrio")
    return path


def test_a_self_crossing_polygon_is_repaired_with_both_its_parts(read, said, tmp_path):
    bow = Polygon([(121_000, 487_000), (122_000, 488_000), (122_000, 487_000), (121_000, 488_000)])
    sources = read(_save(tmp_path / "a.gpkg", [bow, box(121_000, 480_000, 121_100, 480_100)]))
    shape = sources.sites.geometry.iloc[0]
    assert shape.is_valid
    assert shape.geom_type == "MultiPolygon"
    assert shape.area == pytest.approx(500_000)
    assert said(sources, "geometry_repaired")[["row", "severity"]].values.tolist() == [[2, "repaired"]]
    assert sources.sites["placement"].tolist() == ["polygon", "polygon"]
    assert sources.sites["location_precision_m"].tolist() == [0, 0]


def test_polygons_of_several_parts_stay_whole(read, tmp_path):
    parts = MultiPolygon([box(121_000, 487_000, 121_100, 487_100), box(122_000, 487_000, 122_100, 487_100)])
    assert read(_save(tmp_path / "a.gpkg", [parts])).sites.geometry.iloc[0].equals(parts)


def test_lines_and_several_points_become_one_point(read, said, tmp_path):
    shapes = [
        LineString([(121_000, 487_000), (121_200, 487_000)]),
        MultiPoint([(121_000, 480_000), (121_100, 480_000)]),
        MultiPoint([(121_000, 481_000)]),
    ]
    sources = read(_save(tmp_path / "a.gpkg", shapes))
    assert [(p.x, p.y) for p in sources.sites.geometry] == [
        (121_100, 487_000),
        (121_050, 480_000),
        (121_000, 481_000),
    ]
    assert said(sources, "line_to_point")["row"].tolist() == [2]
    assert said(sources, "points_to_middle")["row"].tolist() == [3]


def test_a_collection_keeps_its_polygons_and_height_is_dropped(read, said, tmp_path):
    shapes = [GeometryCollection([box(121_000, 487_000, 121_100, 487_100), Point(121_000, 487_000)])]
    sources = read(_save(tmp_path / "a.gpkg", shapes))
    assert sources.sites.geometry.iloc[0].area == pytest.approx(10_000)
    assert len(said(sources, "collection_to_polygon")) == 1
    high = read(_save(tmp_path / "b.gpkg", [Point(121_000, 487_000, 12)]))
    assert not high.sites.geometry.has_z.any()


def test_a_row_without_geometry_is_rejected_by_its_number(read, said, tmp_path):
    sources = read(_save(tmp_path / "a.gpkg", [_AMSTERDAM, None, Point()]))
    assert said(sources, "geometry_missing")["row"].tolist() == [3]
    assert sources.layers["rows_rejected"].tolist() == [2]


def test_rd_under_another_name_is_rd_and_a_wrong_datum_is_moved(read, tmp_path):
    unnamed = CRS.from_proj4(
        "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 "
        "+ellps=bessel +towgs84=565.2369,50.0087,465.658,-0.406857,0.350733,-1.870347,4.0812 +units=m"
    )
    sources = read(_save(tmp_path / "a.gpkg", [_AMSTERDAM], unnamed))
    assert sources.sites.geometry.iloc[0].equals(_AMSTERDAM)
    wrong = CRS.from_proj4(
        "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 "
        "+datum=WGS84 +units=m"
    )
    moved = read(_save(tmp_path / "b.gpkg", [_AMSTERDAM], wrong)).sites.geometry.iloc[0]
    assert 80 < moved.distance(_AMSTERDAM) < 200


def test_a_file_without_crs_must_be_given_one(read, tmp_path):
    path = _save(tmp_path / "a.shp", [_AMSTERDAM])
    path.with_suffix(".prj").unlink()
    with pytest.raises(DataError, match="have no CRS"):
        read(path)
    assert read(path, crs="EPSG:28992").sites.geometry.iloc[0].equals(_AMSTERDAM)


def test_geojson_in_rd_that_does_not_say_so_is_rejected_until_the_project_says_so(read, said, tmp_path):
    path = tmp_path / "a.geojson"
    feature = '{"type":"Feature","properties":{"id":"a","load_pe60":5},'
    feature += '"geometry":{"type":"Point","coordinates":[121000,487000]}}'
    other = feature.replace('"a"', '"b"').replace("121000,487000", "4.9,52.4")
    path.write_text(f'{{"type":"FeatureCollection","features":[{feature},{other}]}}')
    assert said(read(path), "metres_as_degrees")["row"].tolist() == [2]
    assert read(path, crs="EPSG:28992").sites["site_id"].tolist() == ["laag:a"]


_NOWHERE = 'LOCAL_CS["x",UNIT["m",1]]'


def test_a_crs_without_a_way_to_rd_is_refused(read, tmp_path):
    with pytest.raises(DataError, match="EPSG:4326") as caught:
        read(_csv("x;y", "121000;487000"), crs=_NOWHERE)
    assert caught.value.faults[0].key == "layer_crs"
    assert f"'laag': crs = '{_NOWHERE}'" in str(caught.value)
    with pytest.raises(DataError, match="EPSG:28992") as caught:
        read(_save(tmp_path / "a.gpkg", [_AMSTERDAM], crs=_NOWHERE))
    assert caught.value.faults[0].key == "crs_unreachable"


def test_a_crs_that_contradicts_the_file_is_not_used_and_said(read, said, tmp_path):
    sources = read(_save(tmp_path / "a.gpkg", [_AMSTERDAM]), crs="EPSG:4326")
    assert said(sources, "crs_ignored")["value"].tolist() == ["EPSG:4326"]
    assert sources.sites.geometry.iloc[0].equals(_AMSTERDAM)


@pytest.mark.parametrize(
    ("header", "cells", "crs", "stated"),
    [
        ("x_rd;y_rd", "121000;487000", "EPSG:4326", "EPSG:28992"),
        ("lon;lat", f"{_LON};{_LAT}", "EPSG:28992", "EPSG:4326"),
    ],
)
def test_a_crs_that_contradicts_the_names_of_the_columns_is_said(read, said, header, cells, crs, stated):
    sources = read(_csv(header, cells), crs=crs)
    found = said(sources, "crs_ignored")
    assert found["value"].tolist() == [crs]
    assert stated in found["reason"].iloc[0]
    assert sources.sites.geometry.iloc[0].distance(_AMSTERDAM) < 250
    assert said(read(_csv(header, cells), crs=stated), "crs_ignored").empty


def test_every_geometry_that_comes_out_is_valid_flat_and_a_point_or_polygon(read, tmp_path):
    shapes = [
        _AMSTERDAM,
        box(121_000, 480_000, 121_500, 480_500),
        shapely.from_wkt("POLYGON((120000 485000,121000 486000,120500 485500,120000 485000))"),
    ]
    sources = read(_save(tmp_path / "a.gpkg", shapes))
    assert sources.sites.geometry.is_valid.all()
    assert set(sources.sites.geom_type) <= {"Point", "Polygon", "MultiPolygon"}


_EWKB = shapely.to_wkb(shapely.set_srid(_AMSTERDAM, 28992), hex=True, include_srid=True)


@pytest.mark.parametrize("text", [_EWKB, _EWKB.lower()])
def test_hexadecimal_ewkb_as_postgis_writes_it_is_read(read, text):
    sources = read(_csv("geometry_wkt", text))
    assert sources.sites.geometry.iloc[0] == _AMSTERDAM
    assert sources.layers["crs"].tolist() == [RD]


def test_hexadecimal_wkb_without_srid_takes_the_crs_of_the_project(read):
    text = shapely.to_wkb(_AMSTERDAM, hex=True)
    assert read(_csv("geometry_wkt", text), crs=RD).sites.geometry.iloc[0] == _AMSTERDAM


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))", "CURVEPOLYGON"),
        ("SRID=28992;GEOMETRYCOLLECTION(CIRCULARSTRING(0 0,1 1,2 0))", "CIRCULARSTRING"),
        ("tin z (((0 0 1,1 0 1,1 1 1,0 0 1)))", "TIN"),
        ("TRIANGLE((0 0,1 0,1 1,0 0))", "TRIANGLE"),
        ("0108000000" + "00" * 30, "CIRCULARSTRING"),
        ("01F8030000" + "00" * 30, "TIN"),
    ],
)
def test_a_shape_that_is_not_used_costs_its_row_and_is_named(read, said, text, kind):
    sources = read(_csv("geometry_wkt", "SRID=28992;POINT(121000 487000)") + f'krom;5;"{text}"\n', crs=RD)
    assert said(sources, "shape_kind")[["row", "value"]].values.tolist() == [[3, kind]]
    assert sources.sites["site_id"].tolist() == ["laag:goed"]


@pytest.mark.parametrize(("code", "kind"), [(16, "TIN"), (17, "TRIANGLE"), (15, "POLYHEDRALSURFACE")])
def test_a_shape_of_a_geopackage_that_is_not_used_is_named_and_never_no_coordinates(
    read, tmp_path, said, code, kind
):
    path = tmp_path / "laag.gpkg"
    places = gpd.GeoDataFrame({"id": ["a", "b"], "load_pe60": [5.0, 5.0]}, geometry=[_AMSTERDAM] * 2, crs=RD)
    pyogrio.write_dataframe(places, path, geometry_type="Unknown", layer_options={"SPATIAL_INDEX": "NO"})
    with closing(sqlite3.connect(path)) as base:
        stored = base.execute("SELECT geom FROM laag WHERE id = 'b'").fetchone()[0]
        part = shapely.to_wkb(shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 0)]), byte_order=1)[5:]
        inner = {15: b"\x03", 16: b"\x11", 17: b""}[code]
        parts = b"\x01\x00\x00\x00\x01" + inner + b"\x00" * 3 if inner else b""
        changed = stored[:8] + b"\x01" + code.to_bytes(4, "little") + parts + part
        base.execute("UPDATE laag SET geom = ? WHERE id = 'b'", (changed,))
        base.commit()
    sources = read(path)
    assert sources.sites["site_id"].tolist() == ["laag:a"]
    assert said(sources, "shape_kind")[["row", "value", "severity"]].values.tolist() == [
        [3, kind, "rejected"]
    ]


def test_a_ring_whose_ends_differ_in_height_is_an_area_like_any_other(read, tmp_path):
    ring = [[4.90, 52.37, 1.0], [4.91, 52.37, 1.0], [4.91, 52.38, 1.0], [4.90, 52.37, 2.0]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"id": "a", "load_pe60": 5}, "geometry": shape}
    path = tmp_path / "laag.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert read(path).sites.geom_type.tolist() == ["Polygon"]
