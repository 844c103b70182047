"""Formats beside the usual (geodatabase, GML, KML, xls, ods); headers below row 1; degrees; a CRS that is wrong."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
import xlwt

from kansenkaart.errors import KansenkaartError
from kansenkaart.sources.look import list_tables, look_into
from kansenkaart.sources.read import read_file
from kansenkaart.texts import load_texts

PLANTS = gpd.GeoDataFrame(
    {"code": ["Z1", "Z2"], "naam": ["Noord", "Zuid"], "capacity_pe60": [120000.5, 45000.5]},
    geometry=[shapely.Point(121000, 487000), shapely.Point(122000, 488000)],
    crs="EPSG:28992",
)
RENAME = {"code": "id", "naam": "name"}


def _write(folder: Path, name: str, driver: str, crs: str = "EPSG:28992") -> Path:
    path = folder / name
    PLANTS.to_crs(crs).to_file(path, driver=driver, layer="rwzi")
    return path


@pytest.mark.parametrize(
    ("name", "driver", "crs"),
    [
        ("a.gdb", "OpenFileGDB", "EPSG:28992"),
        ("a.gml", "GML", "EPSG:28992"),
        ("a.kml", "LIBKML", "EPSG:4326"),
    ],
)
def test_a_layer_of_another_format_is_the_same_layer(read, tmp_path, name, driver, crs):
    path = _write(tmp_path, name, driver, crs)
    before = sorted(one.name for one in tmp_path.rglob("*"))
    sources = read(path, rename=RENAME)
    sites = sources.sites.set_index("site_id")
    assert sites["capacity_pe60"].to_dict() == {"laag:Z1": 120000.5, "laag:Z2": 45000.5}
    assert sites["name"].tolist() == ["Noord", "Zuid"]
    assert sites.geometry.x.round().tolist() == [121000, 122000]
    assert len(sources.layers["sha256"].iloc[0]) == 64
    assert sorted(one.name for one in tmp_path.rglob("*")) == before, "nothing is written beside a file"


def test_the_hash_of_a_geodatabase_is_that_of_all_its_files(read, tmp_path):
    path = _write(tmp_path, "a.gdb", "OpenFileGDB")
    first = read(path, rename=RENAME).layers["sha256"].iloc[0]
    assert read(path, rename=RENAME).layers["sha256"].iloc[0] == first
    (path / "b.txt").write_text("x", encoding="utf-8")
    assert read(path, rename=RENAME).layers["sha256"].iloc[0] != first


def test_a_row_number_of_a_geodatabase_can_be_the_id(read, tmp_path):
    sources = read(_write(tmp_path, "a.gdb", "OpenFileGDB"), rename={"OBJECTID": "id"})
    assert sources.sites["site_id"].tolist() == ["laag:1", "laag:2"]


def test_a_folder_that_is_no_geodatabase_is_refused(tmp_path):
    (tmp_path / "leeg.gdb").mkdir()
    with pytest.raises(KansenkaartError, match=r"is a folder.*geodatabase \(\.gdb\)"):
        read_file(tmp_path / "leeg.gdb", file="leeg.gdb")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.gml", "<html><body>gml</body></html>".replace("gml", "fout")),
        ("a.kml", "<OGRVRTDataSource></OGRVRTDataSource>"),
        ("b.kml", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><kml>&b;</kml>'),
        ("c.gml", '<!DOCTYPE a [<!ENTITY b "x">]><gml>&b;</gml>'),
        ("d.gml", "id;naam\n1;gml\n"),
    ],
)
def test_what_only_is_called_so_or_draws_something_else_in_is_refused(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(KansenkaartError, match=r"is no \.[gk]ml file|cannot be read"):
        read_file(tmp_path / name, file=name)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('numberMatched="2501" numberReturned="2"', ("download_part", "2 / 2501")),
        ('numberMatched="unknown" numberReturned="9"', ("download_part", "2 / 9")),
        ('numberOfFeatures="9"', ("download_part", "2 / 9")),
        (
            'numberMatched="unknown" numberReturned="2" next="http://geo.nl/wfs?startIndex=2"',
            ("download_cut", "2"),
        ),
        ('numberMatched="2" numberReturned="2"', None),
        ('numberMatched="unknown" numberReturned="2"', None),
    ],
)
def test_a_gml_that_says_it_is_a_part_is_told_to_be_one(tmp_path, said, found):
    path = _write(tmp_path, "a.gml", "GML")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("<ogr:FeatureCollection", f"<ogr:FeatureCollection {said}"), encoding="utf-8"
    )
    raw = read_file(path, file="a.gml")
    assert len(raw.frame) == 2
    assert [(one.key, one.value) for one in raw.remarks] == ([found] if found else [])


def test_a_gml_asks_the_network_for_no_schema_and_takes_nothing_that_lies_beside_it(tmp_path, monkeypatch):
    path = _write(tmp_path, "a.gml", "GML")
    (tmp_path / "a.xsd").unlink()
    text = path.read_text(encoding="utf-8")
    elsewhere = 'xsi:schemaLocation="http://ogr.maptools.org/ http://127.0.0.1:9/schema.xsd"'
    path.write_text(re.sub(r'xsi:schemaLocation="[^"]*"', elsewhere, text), encoding="utf-8")
    (tmp_path / "a.gfs").write_text("<GMLFeatureClassList/>", encoding="utf-8")
    assert read_file(path, file="a.gml").frame["capacity_pe60"].tolist() == [120000.5, 45000.5]


ROWS = [
    ("nr", "Naam", "x_rd", "y_rd", "capacity_pe60"),
    (7, "Noord", 121000, 487000, 120000.0),
    (8, "Zuid", 122000, 488000, 45000.5),
]


def _xls(path: Path, rows: list[tuple[object, ...]]) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("rwzi")
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell)
    book.add_sheet("leeg")
    book.save(str(path))


def _xlsx(path: Path, rows: list[tuple[object, ...]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_an_old_workbook_reads_as_a_new_one(read, tmp_path):
    _xls(tmp_path / "a.xls", ROWS)
    _xlsx(tmp_path / "a.xlsx", ROWS)
    rename = {"nr": "id", "Naam": "name"}
    old, new = (read(tmp_path / name, rename=rename).sites for name in ("a.xls", "a.xlsx"))
    assert old["site_id"].tolist() == ["laag:7", "laag:8"]
    columns = ["site_id", "name", "capacity_pe60"]
    assert old[columns].equals(new[columns])
    assert list_tables(tmp_path / "a.xls", file="a.xls") == ["rwzi"]


def _ods(path: Path, rows: list[tuple[object, ...]]) -> None:
    """A sheet as LibreOffice writes it: no blanks between elements, the mimetype first and unpacked."""

    def cell(value: object) -> str:
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    table = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="rwzi">{table}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mimetype}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", mimetype)
        parts.writestr("META-INF/manifest.xml", manifest)
        parts.writestr("content.xml", content)


def test_an_open_document_reads_too(read, tmp_path):
    _ods(tmp_path / "a.ods", ROWS)
    sources = read(tmp_path / "a.ods", rename={"nr": "id", "Naam": "name"})
    assert sources.sites["site_id"].tolist() == ["laag:7", "laag:8"]
    assert sources.sites["capacity_pe60"].tolist() == [120000, 45000.5]


@pytest.mark.parametrize("name", ["stuk.xls", "stuk.ods"])
def test_a_damaged_workbook_is_a_data_error(tmp_path, name):
    marks = {"stuk.xls": b"\xd0\xcf\x11\xe0", "stuk.ods": b"PK\x03\x04"}
    (tmp_path / name).write_bytes(marks[name] + bytes(range(256)) * 20)
    with pytest.raises(KansenkaartError, match=f"{name} cannot be read"):
        read_file(tmp_path / name, file=name)


TITLED = "Rwzi's;;;;\n\nPeildatum 2024;;;;\nnr;Naam;x_rd;y_rd;capacity_pe60\n7;Noord;121000;487000;5000\n"


def test_a_title_above_the_table_is_passed_over(read, said):
    sources = read(TITLED, rename={"nr": "id", "Naam": "name"})
    assert sources.sites["site_id"].tolist() == ["laag:7"]
    assert sources.layers["rows_read"].tolist() == [1]
    assert said(sources, "header_found")["value"].tolist() == ["4"]
    broken = read(TITLED + "8;Zuid;;;6000\n", rename={"nr": "id", "Naam": "name"})
    assert said(broken, "geometry_missing")["row"].tolist() == [6], "a row is numbered as the file counts it"


def test_header_row_says_which_row_it_is(read):
    text = "oud;oud2;a;b;c\nid;name;x_rd;y_rd;capacity_pe60\n1;A;121000;487000;5000\n"
    assert read(text, header_row=2).sites["site_id"].tolist() == ["laag:1"]
    with pytest.raises(KansenkaartError, match=r"header_row = 9.*at the top: 1, 2, 3"):
        read(text, header_row=9)


@pytest.mark.parametrize("write", [_xls, _xlsx])
def test_names_under_merged_cells_belong_together(tmp_path, write):
    path = tmp_path / f"a{'.xls' if write is _xls else '.xlsx'}"
    rows = [
        ("Inwoners per verzorgingsgebied", None, None, None),
        ("Naam", "Inwoners", None, "Belasting"),
        (None, "2023", "2024", "v.e."),
        ("Noord", 100, 110, 5),
        ("Zuid", 200, 210, 6),
    ]
    rows[2] = (None, "vorig jaar", "dit jaar", "v.e.")
    write(path, rows)
    raw = read_file(path, file=path.name)
    assert list(raw.frame.columns) == ["Naam", "Inwoners vorig jaar", "Inwoners dit jaar", "Belasting v.e."]
    assert raw.frame["Inwoners dit jaar"].tolist() == [110, 210]
    assert [remark.key for remark in raw.remarks] == ["header_merged"]


@pytest.mark.parametrize(
    "text",
    [
        "id,,soort\n1,a,kas\n2,b,hal\n",
        "id\n1\n2\n",
        "titel\nid,naam\n1,A\n",
        "id,naam,soort\n1,A,kas\n",
    ],
)
def test_a_header_that_stands_on_row_1_stays_there(tmp_path, text):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    raw = read_file(tmp_path / "a.csv", file="a.csv")
    assert raw.frame.columns[0] == text.splitlines()[0].split(",")[0]
    assert not {remark.key for remark in raw.remarks} & {"header_found", "header_merged"}


def test_degrees_minutes_and_seconds_are_degrees(read):
    rows = ("1;A;4°53'24\"O;52°22'30,0\"N;5", "2;B;4° 53.4' E;52° 22.5' N;5", "3;C;4,89;52,375;5")
    text = "\n".join(("id;name;lon;lat;capacity_pe60", *rows, ""))
    sites = read(text).sites
    assert sites.geometry.x.round(-1).nunique() == 1
    assert sites.geometry.y.round(-1).nunique() == 1


@pytest.mark.parametrize(
    ("name", "driver"),
    [("a.gpkg", "GPKG"), ("a.shp", "ESRI Shapefile"), ("a.fgb", "FlatGeobuf"), ("a.gdb", "OpenFileGDB")],
)
def test_a_crs_that_the_file_states_wrongly_is_overridden(read, said, tmp_path, name, driver):
    wrong = PLANTS.set_crs("EPSG:32631", allow_override=True).rename(columns={"capacity_pe60": "cap"})
    wrong.to_file(tmp_path / name, driver=driver)
    settings = {"rename": {**RENAME, "cap": "capacity_pe60"}, "crs": "EPSG:28992"}
    sources = read(tmp_path / name, override_crs=True, **settings)
    assert sorted(sources.sites.geometry.x.round()) == [121000, 122000]
    assert said(sources, "crs_overridden")["value"].tolist() == ["EPSG:32631"]
    with pytest.raises(KansenkaartError):
        read(tmp_path / name, **settings)


def test_what_is_in_a_geodatabase_is_told_like_any_file(tmp_path):
    path = _write(tmp_path, "a.gdb", "OpenFileGDB")
    (look,) = look_into(path, file="a.gdb", texts=load_texts("nl"))
    assert (look.table, look.rows, look.crs) == ("rwzi", 2, "EPSG:28992")
    shutil.rmtree(path)


@pytest.mark.parametrize("kind", ["gml", "kml"])
@pytest.mark.parametrize("share", [0.4, 0.99])
def test_a_text_in_xml_that_was_cut_off_is_refused(tmp_path, kind, share):
    """GDAL gives of a GML that ends too early the rows of its first blocks, or none, and says nothing."""
    frame = gpd.GeoDataFrame(
        {"naam": [f"plek {number}" for number in range(500)]}, geometry=gpd.points_from_xy([4.9] * 500, [52.4] * 500),
        crs=4326,
    )  # fmt: skip
    file = tmp_path / f"laag.{kind}"
    frame.to_file(file, driver={"gml": "GML", "kml": "LIBKML"}[kind])
    assert len(read_file(file, file=file.name).frame) == 500
    content = file.read_bytes()
    file.write_bytes(content[: int(share * len(content))])
    with pytest.raises(KansenkaartError, match=f"laag.{kind} cannot be read"):
        read_file(file, file=file.name)


@pytest.mark.parametrize(
    ("box", "columns"),
    [
        ("<g:boundedBy><g:Envelope>{corners}</g:Envelope></g:boundedBy>", ["naam"]),
        ("{corners}", ["lowerCorner", "upperCorner", "naam"]),
    ],
    ids=["of GML", "of the feature"],
)
def test_the_box_around_a_feature_is_no_column_of_it(tmp_path, box, columns):
    own = "a" if len(columns) > 1 else "g"
    corners = f"<{own}:lowerCorner>1 2</{own}:lowerCorner><{own}:upperCorner>3 4</{own}:upperCorner>"
    feature = (
        f'<a:kas g:id="k1">{box.format(corners=corners)}<a:naam>Kas</a:naam><a:geom>'
        '<g:Point srsName="urn:ogc:def:crs:EPSG::28992"><g:pos>120000 487000</g:pos></g:Point></a:geom></a:kas>'
    )
    around = "<g:lowerCorner>0 0</g:lowerCorner><g:upperCorner>9 9</g:upperCorner>"
    whole = f"<g:boundedBy><g:Envelope>{around}</g:Envelope></g:boundedBy>"
    spaces = (
        'xmlns:w="http://www.opengis.net/wfs/2.0" xmlns:g="http://www.opengis.net/gml/3.2" xmlns:a="http://a"'
    )
    text = f"<w:FeatureCollection {spaces}>{whole}<w:member>{feature}</w:member></w:FeatureCollection>"
    (tmp_path / "kassen.gml").write_text(text, encoding="utf-8")
    raw = read_file(tmp_path / "kassen.gml", file="kassen.gml")
    assert [name for name in raw.frame if name != "gml_id"] == columns
    assert raw.frame["naam"].tolist() == ["Kas"]
