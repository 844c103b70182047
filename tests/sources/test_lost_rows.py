"""No row vanishes while a file is read: a stray quote, a cut file, a count that does not fit."""

from __future__ import annotations

import http.server
import json
import random
import sqlite3
import struct
import threading
import zipfile
from contextlib import closing

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
from shapely.geometry import Point

from kansenkaart.errors import DataError
from kansenkaart.geo import RD
from kansenkaart.sources.read import read_layer
from tests.tries import share

_HEADER = "id;name;x_rd;y_rd;load_pe60"


_ROWS = [f"r{place};Plek {place};{110_000 + 100 * place};487000;5" for place in range(40)]


def _csv(rows: list[str]) -> str:
    return "\n".join([_HEADER, *rows]) + "\n"


def test_a_quote_that_never_closes_is_refused_with_the_line_it_opens_on(read):
    rows = [*_ROWS[:2], 'r2;"Plek 2;110200;487000;5', *_ROWS[3:]]
    with pytest.raises(DataError, match="row begins on line 4 and goes on until line 41"):
        read(_csv(rows))


def test_two_stray_quotes_that_swallow_the_rows_between_them_are_refused_with_their_lines(read):
    rows = list(_ROWS)
    rows[2], rows[7] = 'r2;"Plek 2;110200;487000;5', 'r7;Plek 7";110700;487000;5'
    with pytest.raises(DataError, match="lines 4 to 9 are read as one row"):
        read(_csv(rows))


def test_two_stray_quotes_in_other_columns_are_refused_too(read):
    rows = list(_ROWS)
    rows[2], rows[3] = 'r2;Plek 2;110200;487000;"5', 'r3";kort'
    with pytest.raises(DataError, match="lines 4 to 5 are read as one row"):
        read(_csv(rows))


def test_a_cell_with_lines_and_delimiters_is_read_and_said_with_its_lines(read, said):
    rows = ['r1;"Plek; oud\nen nieuw";121000;487000;5', *_ROWS[2:4]]
    sources = read(_csv(rows))
    assert sources.layers["rows_used"].tolist() == [3]
    found = said(sources, "cell_of_lines")
    assert found[["row", "value", "severity"]].values.tolist() == [[2, "2-3", "warning"]]
    assert not len(said(read(_csv(['r1;"Plek\noud";121000;487000;5'])), "cell_of_lines"))


def _with_stray_quotes(text: str, dice: random.Random) -> str:
    for _ in range(dice.choice((1, 1, 2, 2, 3))):
        place = dice.randrange(len(text))
        text = text[:place] + '"' + text[place:]
    return text


@pytest.mark.drawn
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_stray_quotes_anywhere_never_lose_a_row_in_silence(read, end):
    """Each file either fails, or has every line of it in the account, or names the lines it took as one row."""
    dice = random.Random(end)
    whole = _csv(_ROWS[:12]).replace("\n", end)
    for text in share((_with_stray_quotes(whole, dice) for _ in range(25)), 0, of=2):
        try:
            sources = read(text)
        except DataError:
            continue
        account = sources.layers.iloc[0]
        assert account["rows_read"] == 12 or (sources.findings["key"] == "cell_of_lines").any(), text
        assert (
            account["rows_read"]
            == account[["rows_used", "rows_rejected", "rows_outside", "rows_left_out"]].sum()
        )


@pytest.mark.parametrize("name", ["a.csv", "a.geojson", "a.gpkg", "a.xlsx", "a.parquet", "a.fgb"])
def test_a_layer_of_nothing_is_an_error_that_names_the_file(read, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(DataError, match=f"{name} is empty: no header and no row"):
        read(path)


def test_a_layer_of_blank_lines_only_is_an_error_too(read):
    with pytest.raises(DataError, match="no header and no row"):
        read("\ufeff\n \n")


_POINT = {"type": "Point", "coordinates": [4.9026, 52.3744]}


_FEATURES = [
    {"type": "Feature", "properties": {"id": f"d{place}", "load_pe60": 5.0}, "geometry": _POINT}
    for place in range(3)
]


def _collection(tmp_path, features=None, **members):
    """Write a FeatureCollection: `features` first, other members after them."""
    path = tmp_path / "laag.geojson"
    listed = _FEATURES if features is None else features
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed} | members), encoding="utf-8")
    return path


def test_a_crs_stands_wherever_the_member_stands(read, tmp_path, said):
    rd = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    feature = _FEATURES[0] | {"geometry": {"type": "Point", "coordinates": [121_000, 487_000]}}
    sources = read(_collection(tmp_path, [feature], crs=rd), crs="EPSG:4326")
    assert sources.sites.geometry.x.round().tolist() == [121_000]
    assert said(sources, "crs_ignored")["value"].tolist() == ["EPSG:4326"]


@pytest.mark.parametrize(
    "name",
    ["EPSG:99999", "http://127.0.0.1:9/crs.prj", "/etc/hostname", "/vsicurl/http://127.0.0.1:9/a", "RD"],
)
def test_a_crs_by_a_name_that_nobody_knows_is_refused(read, tmp_path, name):
    crs = {"type": "name", "properties": {"name": name}}
    with pytest.raises(DataError) as caught:
        read(_collection(tmp_path, crs=crs))
    assert caught.value.faults[0].key == "crs_name_unknown"
    assert caught.value.faults[0].values["crs"] == name


def test_wgs84_by_its_other_name_is_no_contradiction(read, tmp_path, said):
    wgs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert said(read(_collection(tmp_path, crs=wgs84), crs="EPSG:4326"), "crs_ignored").empty


@pytest.mark.parametrize("kind", ["link", "url"])
@pytest.mark.parametrize("where", ["collection", "feature", "geometry"])
def test_a_crs_given_as_a_link_is_refused_and_never_followed(read, tmp_path, kind, where):
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/crs"
        crs = {"crs": {"type": kind, "properties": {"href": address, "url": address, "type": "ogcwkt"}}}
        feature = _FEATURES[0] | (crs if where == "feature" else {})
        feature = feature | {"geometry": _POINT | (crs if where == "geometry" else {})}
        path = _collection(tmp_path, [feature], **(crs if where == "collection" else {}))
        with pytest.raises(DataError, match="A link is never followed"):
            read(path)
        server.shutdown()
    assert asked == []


@pytest.mark.parametrize(
    ("members", "key"),
    [
        ({"numberMatched": 2501, "numberReturned": 3}, "download_part"),
        ({"totalFeatures": 4}, "download_part"),
        ({"numberMatched": "unknown", "numberReturned": 9}, "download_part"),
        ({"exceededTransferLimit": True}, "download_cut"),
        ({"properties": {"exceededTransferLimit": True}}, "download_cut"),
        ({"links": [{"rel": "next", "href": "http://127.0.0.1:9/"}]}, "download_cut"),
        ({"numberMatched": 3, "numberReturned": 3, "links": [{"rel": "self"}]}, None),
    ],
)
def test_a_download_that_is_a_part_is_said(read, tmp_path, members, key):
    sources = read(_collection(tmp_path, **members))
    found = [one for one in sources.findings["key"] if one.startswith("download_")]
    assert found == ([] if key is None else [key])


def test_features_that_gdal_passes_over_are_not_lost_in_silence(read, tmp_path):
    with pytest.raises(DataError, match="says it holds 5 rows, and 3 can be read"):
        read(_collection(tmp_path, [*_FEATURES, None, {"type": "X"}]))
    path = _collection(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match="no whole JSON"):
        read(path)


def test_ids_of_features_that_are_numbers_are_ids(read, tmp_path):
    features = [
        {"type": "Feature", "id": number, "properties": {"load_pe60": 5.0}, "geometry": _POINT}
        for number in (70, 8)
    ]
    assert read(_collection(tmp_path, features)).sites["site_id"].tolist() == ["laag:70", "laag:8"]


def _frame(count=3, **columns):
    points = [Point(121_000 + place, 487_000) for place in range(count)]
    return gpd.GeoDataFrame({"load_pe60": [5.0] * count} | columns, geometry=points, crs=RD)


@pytest.mark.parametrize(("key", "settings"), [("id", {}), ("objectid", {"rename": {"objectid": "id"}})])
def test_an_id_that_is_the_primary_key_is_an_id(read, tmp_path, key, settings):
    path = tmp_path / "laag.gpkg"
    pyogrio.write_dataframe(_frame(), path, layer_options={"FID": key})
    assert read(path, **settings).sites["site_id"].tolist() == ["laag:1", "laag:2", "laag:3"]


@pytest.mark.parametrize("srs", [0, -1])
def test_a_geopackage_that_says_not_known_takes_the_crs_of_the_project(read, tmp_path, srs):
    path = tmp_path / "laag.gpkg"
    pyogrio.write_dataframe(_frame(id=["a", "b", "c"]), path)
    with closing(sqlite3.connect(path)) as base:
        for table in ("gpkg_geometry_columns", "gpkg_contents"):
            base.execute(f"UPDATE {table} SET srs_id = ?", (srs,))
        base.commit()
    assert read(path, crs=RD).sites.geometry.x.tolist() == [121_000, 121_001, 121_002]
    with pytest.raises(DataError, match="have no CRS"):
        read(path)


def test_texts_of_a_shapefile_that_can_only_be_utf8_are_read_so_and_it_is_said(read, tmp_path, said):
    # the column is as wide as the longest name: its last letter is cut in half
    names = ["Súdwest-Fryslân", "Één", "Plaats waarvan de naam precies zo lang is als de kolom ê"]
    path = tmp_path / "laag.shp"
    pyogrio.write_dataframe(_frame(id=["a", "b", "c"], name=names), path, encoding="utf-8")
    path.with_suffix(".cpg").unlink()
    sources = read(path)
    assert sources.sites["name"].tolist() == names
    assert said(sources, "encoding_found")["value"].tolist() == ["utf-8"]
    pyogrio.write_dataframe(_frame(id=["a", "b", "c"], name=names), path, encoding="cp1252")
    path.with_suffix(".cpg").unlink()
    sources = read(path)
    assert sources.sites["name"].tolist() == names
    assert not len(said(sources, "encoding_found"))


def test_the_quotes_and_the_euro_of_windows_in_a_shapefile_do_not_vanish(read, tmp_path, said):
    names = ["Kas ’t Zwarte Water", "Rozen – Bèrg", "Hal € 5"]
    path = tmp_path / "laag.shp"
    pyogrio.write_dataframe(_frame(id=["a", "b", "c"], name=names), path, encoding="cp1252")
    path.with_suffix(".cpg").unlink()
    sources = read(path)
    assert sources.sites["name"].tolist() == names
    assert said(sources, "encoding_found")["value"].tolist() == ["cp1252"]


@pytest.mark.parametrize("name", ["laag.gpkg", "laag.shp", "laag.fgb", "laag.parquet"])
def test_a_file_that_holds_another_number_of_rows_than_can_be_read_is_refused(
    read, tmp_path, monkeypatch, name
):
    """A reader that stops half-way: no format is to pass that over."""
    path = tmp_path / name
    frame = _frame(id=["a", "b", "c"])
    frame.to_parquet(path) if path.suffix == ".parquet" else pyogrio.write_dataframe(frame, path)
    whole, parquet = pyogrio.read_dataframe, gpd.read_parquet
    monkeypatch.setattr(pyogrio, "read_dataframe", lambda *asked, **said: whole(*asked, **said).iloc[:2])
    monkeypatch.setattr(gpd, "read_parquet", lambda stream: parquet(stream).iloc[:2])
    with pytest.raises(DataError, match="says it holds 3 rows, and 2 can be read"):
        read(path)


def test_a_broken_line_among_features_by_line_is_not_passed_over(read, tmp_path):
    path = tmp_path / "laag.geojson"
    lines = [json.dumps(feature) for feature in _FEATURES]
    path.write_text("\n".join(lines))
    assert read(path).layers["rows_read"].tolist() == [3]
    path.write_text("\n".join([*lines, lines[0][:-20], lines[1]]))
    with pytest.raises(DataError, match="what stands on line 4, character 111 is no JSON"):
        read(path)


def test_two_features_that_ran_into_each_other_are_refused(read, tmp_path):
    path = _collection(tmp_path)
    first, second = json.dumps(_FEATURES[0]), json.dumps(_FEATURES[1])
    merged = first[:-1] + second[second.index(', "geometry"') :]
    path.write_text(path.read_text().replace(f"{first}, {second}", merged))
    with pytest.raises(DataError, match="the key 'geometry' twice"):
        read(path)


def test_a_csv_whose_last_line_has_no_end_is_said_for_its_last_number_may_be_cut(read, said):
    assert said(read(_csv(_ROWS)[:-1]), "last_line_open")["value"].tolist() == [_ROWS[-1]]
    assert said(read(_csv(_ROWS)), "last_line_open").empty


@pytest.mark.parametrize("number", [1, 2, 20])
@pytest.mark.parametrize("index", ["YES", "NO"])
def test_a_flatgeobuf_is_read_whole_whatever_its_index(read, tmp_path, number, index):
    path = tmp_path / "laag.fgb"
    pyogrio.write_dataframe(_frame(number, id=[f"k{n}" for n in range(number)]), path, SPATIAL_INDEX=index)
    assert read(path).layers["rows_read"].tolist() == [number]


def test_a_flatgeobuf_that_declares_less_than_it_holds_is_refused(read, tmp_path):
    path = tmp_path / "laag.fgb"
    pyogrio.write_dataframe(_frame(77, id=[f"k{n}" for n in range(77)]), path, SPATIAL_INDEX="NO")
    content = path.read_bytes()
    (size,) = struct.unpack_from("<I", content, 8)
    header = content[: 12 + size]
    assert header.count(struct.pack("<Q", 77)) == 1
    path.write_bytes(header.replace(struct.pack("<Q", 77), struct.pack("<Q", 3)) + content[12 + size :])
    with pytest.raises(DataError, match="says it holds 77 rows, and 3 can be read"):
        read(path)


def test_a_file_of_which_no_layer_is_left_is_damaged_not_wrongly_asked(read, tmp_path):
    path = tmp_path / "laag.fgb"
    pyogrio.write_dataframe(_frame(id=["a", "b", "c"]), path)
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(DataError, match="fgb cannot be read"):
        read(path)


@pytest.mark.parametrize(
    ("stood", "stands", "said"),
    [
        ('<row r="4"', '<row r="1"', "row 1 stands after row 3"),
        ('<row r="4"', '<row r="3"', "row 3 stands after row 3"),
        ('<row r="3"', "<row", None),
        ('<row r="4"', '<row><c r="A4"><v>9</v></c></row><row r="4"', "row 4 stands after row 4"),
        ('r="C4"', 'r="B4"', r"row 4, a cell stands after one that comes later \(B4\)"),
    ],
)
def test_rows_and_cells_of_a_workbook_that_do_not_follow_each_other_are_refused(
    read, tmp_path, stood, stands, said
):
    path = tmp_path / "laag.xlsx"
    book = openpyxl.Workbook()
    for row in (["id", "x_rd", "y_rd", "load_pe60"], ["a", 121_000, 487_000, 5], ["b", 121_100, 487_000, 5]):
        book.active.append(row)
    book.active.append(["c", 121_200, 487_000, 5])
    book.save(path)
    with zipfile.ZipFile(path) as parts:
        stored = {name: parts.read(name) for name in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert stood.encode() in stored[sheet]
    stored[sheet] = stored[sheet].replace(stood.encode(), stands.encode())
    with zipfile.ZipFile(path, "w") as parts:
        for name, content in stored.items():
            parts.writestr(name, content)
    if said is None:
        assert len(read(path).sites) == 3
        return
    with pytest.raises(DataError, match=said):
        read(path)


def test_a_file_of_our_own_with_a_wrong_number_of_rows_is_refused(tmp_path):
    path = tmp_path / "decisions.gpkg"
    pyogrio.write_dataframe(_frame(id=["a", "b", "c"]), path, layer="decisions")
    assert len(read_layer(path, "decisions.gpkg", "decisions")) == 3
    with closing(sqlite3.connect(path)) as base:
        base.execute("UPDATE gpkg_ogr_contents SET feature_count = 2")
        base.commit()

    with pytest.raises(DataError, match="says it holds 3 rows, and 2 can be read"):
        read_layer(path, "decisions.gpkg", "decisions")
