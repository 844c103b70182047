"""Files that are damaged, unfold without end or wait for a write: refused by name, or read whole and left alone."""

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import zipfile
from contextlib import closing, suppress
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet
from shapely.geometry import Point

from kansenkaart.cli.main import run
from kansenkaart.errors import DataError
from kansenkaart.project import Limits
from kansenkaart.project.input_files import hash_input
from kansenkaart.sources.read import read_file


def _problem(path, **settings):
    with pytest.raises(DataError) as caught:
        read_file(path, file=path.name, **settings)
    (problem,) = caught.value.faults
    assert str(path.parent) not in str(problem)
    return problem


@pytest.fixture
def package(tmp_path):
    """A GeoPackage with three plants, of which a view shows the two largest."""
    path = tmp_path / "laag.gpkg"
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b", "c"], "quantity": [1.0, 2.0, 3.0]},
        geometry=[Point(120_000 + 1_000 * number, 480_000) for number in range(3)],
        crs="EPSG:28992",
    )
    frame.to_file(path, layer="alle")
    return path


def _run_sql(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def _add_view(path, body):
    _run_sql(
        path,
        f"CREATE VIEW groot AS {body}",
        "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('groot', 'features', 28992)",
        "INSERT INTO gpkg_geometry_columns VALUES ('groot', 'geom', 'POINT', 28992, 0, 0)",
    )


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT {} FROM c"


def test_a_view_is_read_as_a_layer_and_the_file_stays_as_it_is(package):
    _add_view(package, "SELECT fid, geom, id, quantity FROM alle WHERE quantity > 1")
    before = package.read_bytes()
    raw = read_file(package, file="laag.gpkg", table="groot")
    assert raw.frame["id"].tolist() == ["b", "c"]
    assert raw.frame["quantity"].tolist() == [2.0, 3.0]
    assert [(point.x, point.y) for point in raw.geometry] == [(121_000, 480_000), (122_000, 480_000)]
    assert raw.crs.to_epsg() == 28992
    assert package.read_bytes() == before
    assert sorted(path.name for path in package.parent.iterdir()) == ["laag.gpkg"]


def test_a_view_beside_it_does_not_hold_up_a_layer(package):
    _add_view(package, ENDLESS.format("count(*) AS id, NULL AS geom"))
    assert len(read_file(package, file="laag.gpkg", table="alle", limits=Limits(view_s=0.05)).frame) == 3


@pytest.mark.parametrize(
    ("what", "limits", "key"),
    [
        ("count(*) AS id, NULL AS geom", Limits(view_s=0.05), "view_s"),
        ("n AS id, zeroblob(100000) AS geom", Limits(unpacked_mb=1), "unpacked_mb"),
    ],
)
def test_a_view_without_end_is_stopped(package, what, limits, key):
    _add_view(package, ENDLESS.format(what))
    problem = _problem(package, table="groot", limits=limits)
    assert problem.key == "geopackage_endless"
    assert problem.values == {
        "file": "laag.gpkg",
        "table": "groot",
        "key": key,
        "allowed": f"{getattr(limits, key):g}",
    }


def test_a_trigger_never_runs(package):
    _add_view(package, "SELECT fid, geom, id, quantity FROM alle")
    _run_sql(package, "CREATE TRIGGER t INSTEAD OF INSERT ON groot BEGIN DELETE FROM alle; END")
    assert len(read_file(package, file="laag.gpkg", table="groot").frame) == 3
    assert len(read_file(package, file="laag.gpkg", table="alle").frame) == 3


def test_a_journal_that_names_another_file_deletes_nothing(package, tmp_path):
    thesis = tmp_path / "scriptie.docx"
    thesis.write_text("drie jaar werk")
    name, magic = str(thesis).encode(), b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    pages = package.stat().st_size // 4096
    head = (magic + struct.pack(">5I", 0, 1, pages, 512, 4096)).ljust(512, b"\0")
    tail = struct.pack(">2I", len(name), sum(name)) + magic
    beside = tmp_path / "laag.gpkg-journal"
    beside.write_bytes(head + struct.pack(">I", (1 << 30) // 4096 + 1) + name + tail)

    problem = _problem(package)

    assert (problem.key, problem.values["beside"]) == ("geopackage_journal", "laag.gpkg-journal")
    assert thesis.read_text() == "drie jaar werk"


def test_rows_that_wait_to_be_written_count_and_stay_where_they_are(package, tmp_path):
    with closing(sqlite3.connect(package, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        # those of GDAL call functions that only GDAL has
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE alle SET quantity = 8 WHERE id = 'a'")
        there = tmp_path / "elders"
        there.mkdir()
        for name in ("laag.gpkg", "laag.gpkg-wal"):
            shutil.copyfile(tmp_path / name, there / name)
    file, waiting = there / "laag.gpkg", there / "laag.gpkg-wal"
    before = file.read_bytes(), waiting.read_bytes()
    raw = read_file(file, file="laag.gpkg")
    assert raw.frame["quantity"].tolist() == [8.0, 2.0, 3.0]
    assert (file.read_bytes(), waiting.read_bytes()) == before
    assert sorted(path.name for path in there.iterdir()) == ["laag.gpkg", "laag.gpkg-wal"]
    assert hash_input(file) == hashlib.sha256(b"".join(before)).hexdigest()


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "laag.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Blad")
        for number, row in enumerate((["id", "naam"], ["a", "Eerste"], ["b", "Tweede"])):
            sheet.write_row(number, 0, row)
    return path


def test_a_workbook_that_points_at_a_text_it_lacks_is_refused_with_the_row(workbook):
    with zipfile.ZipFile(workbook) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    kept[sheet] = kept[sheet].replace(b"<v>3</v>", b"<v>99</v>")
    with zipfile.ZipFile(workbook, "w") as parts:
        for name, content in kept.items():
            parts.writestr(name, content)
    problem = _problem(workbook)
    assert problem.key == "workbook_broken"
    assert "Blad, row 2" in str(problem)


@pytest.mark.parametrize("place", range(5))
def test_a_workbook_with_broken_bytes_is_a_data_error_or_read_whole(workbook, place):
    whole = read_file(workbook, file="laag.xlsx").frame
    content = bytearray(workbook.read_bytes())
    start = len(content) * place // 5
    content[start : start + 40] = bytes(255 - one for one in content[start : start + 40])
    workbook.write_bytes(content)
    with suppress(DataError):
        pd.testing.assert_frame_equal(read_file(workbook, file="laag.xlsx").frame, whole)


def test_a_workbook_with_a_password_is_refused(workbook):
    content = bytearray(workbook.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(mark, place + 4)
    workbook.write_bytes(content)
    assert "password" in str(_problem(workbook))
    workbook.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "password" in str(_problem(workbook).values["found"])


@pytest.mark.parametrize(
    ("limits", "key"), [(Limits(unpacked_mb=0.001), "unpacked_mb"), (Limits(cells=5), "cells")]
)
def test_a_workbook_beyond_the_limits_is_refused(workbook, limits, key):
    problem = _problem(workbook, limits=limits)
    assert (problem.key, problem.values["key"]) == ("file_beyond", key)
    assert len(read_file(workbook, file="laag.xlsx", limits=Limits(cells=6)).frame) == 2


def test_a_parquet_beyond_the_limits_is_refused(tmp_path):
    path = tmp_path / "laag.parquet"
    pd.DataFrame({"id": range(10), "naam": "x"}).to_parquet(path)
    assert _problem(path, limits=Limits(cells=19)).values["size"] == "20"
    assert len(read_file(path, file="laag.parquet", limits=Limits(cells=20)).frame) == 10


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_line_beyond_the_limit_is_refused_with_its_number(tmp_path, end):
    path = tmp_path / "laag.csv"
    path.write_bytes(end.join([b"id,naam", b"a,x", b"b," + b"y" * 300_000, b"c,z"]))
    problem = _problem(path, limits=Limits(line_mb=0.25))
    assert problem.values == {
        "file": "laag.csv, line 3",
        "key": "line_mb",
        "size": "0.300002",
        "allowed": "0.25",
    }
    assert len(read_file(path, file="laag.csv", limits=Limits(line_mb=0.31)).frame) == 3


def test_the_project_file_sets_the_limits(read, tmp_path, workbook):
    with pytest.raises(DataError, match=r"limits\.cells"):
        read(workbook, project={"limits": {"cells": 5}})


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_json_nested_without_end_is_a_data_error(tmp_path, depth):
    path = tmp_path / "laag.geojson"
    path.write_text('{"type": "FeatureCollection", "features": ' + "[" * depth + "]" * depth + "}")
    assert _problem(path).key in ("file_unreadable", "json_broken")
    ballot = tmp_path / "stem.json"
    ballot.write_text('{"schema": ' + '[{"a": ' * depth + "1" + "}]" * depth + "}")
    (tmp_path / "uit").mkdir()
    (tmp_path / "uit" / "manifest.json").write_text(ballot.read_text())
    assert run(["explain", str(tmp_path / "uit"), "a", "b"]) == 1


DEEP = b"\x01\x07\x00\x00\x00\x01\x00\x00\x00" * 200_000 + b"\x01\x01\x00\x00\x00" + bytes(16)


@pytest.mark.parametrize(
    "shape", ["GEOMETRYCOLLECTION(" * 200_000 + "POINT(1 2)" + ")" * 200_000, DEEP.hex().upper()]
)
def test_a_shape_nested_without_end_rejects_its_row(read, said, shape):
    rows = f'id,supply_gft_t_y,geometry_wkt\n1,5,"POINT(120000 480000)"\n2,5,"{shape}"\n'
    sources = read(rows, kind="digester", crs="EPSG:28992")
    assert sources.sites["site_id"].tolist() == ["laag:1"]
    assert sources.findings.query("severity == 'rejected'")["row"].tolist() == [3]


def test_a_shape_nested_without_end_in_parquet_is_refused_with_its_row(tmp_path):
    path = tmp_path / "laag.parquet"
    gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[Point(1, 2), Point(3, 4)], crs=28992).to_parquet(path)
    table = parquet.read_table(path)
    shapes = pa.array([table["geometry"][0].as_py(), DEEP], pa.binary())
    parquet.write_table(table.set_column(1, "geometry", shapes), path)
    assert _problem(path).values == {"file": "laag.parquet", "row": 3, "allowed": 32}


def test_a_ring_whose_ends_differ_in_height_is_a_ring(tmp_path):
    ring = [[4.6, 52.2, 1], [4.61, 52.2, 1], [4.61, 52.21, 1], [4.6, 52.2, 2]]
    feature = {
        "type": "Feature",
        "properties": {"id": "a"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path = tmp_path / "laag.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (shape,) = read_file(path, file="laag.geojson").geometry
    assert shape.is_valid
    assert list(shape.exterior.coords) == [(4.6, 52.2), (4.61, 52.2), (4.61, 52.21), (4.6, 52.2)]


LONG = "a" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", LONG],
        ["build", LONG],
        ["explain", LONG, "a", "b"],
        ["match", f"{LONG}.gpkg", "laag.gpkg", "-o", "uit.gpkg", "--max-distance", "5km"],
        ["match", "laag.gpkg", f"laag.gpkg|{LONG}", "-o", "uit.gpkg", "--max-distance", "5km"],
        ["match", "laag.gpkg", "laag.gpkg", "-o", f"{LONG}.gpkg", "--max-distance", "5km"],
        ["workshop", "merge", LONG, f"{LONG}.json", "-o", "uit.gpkg"],
        ["new", LONG],
    ],
)
@pytest.mark.usefixtures("package")
def test_a_name_that_no_disk_can_hold_is_a_data_error(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 1


def test_a_full_folder_for_temporary_files_is_no_fault_of_the_file(package, monkeypatch):
    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    _add_view(package, "SELECT * FROM alle")
    monkeypatch.setattr("shutil.copyfile", fill)
    problem = _problem(package, table="groot")
    assert problem.key == "temporary_full"
    assert "the disk is full" in str(problem)


def test_out_of_memory_is_a_data_error(package, monkeypatch):
    def starve(*_, **__):
        raise MemoryError

    monkeypatch.setattr("pyogrio.read_dataframe", starve)
    assert "not enough memory" in str(_problem(package))


def test_grids_of_the_network_change_nothing(tmp_path, monkeypatch):
    """Asked for in the environment of a process of its own, beside one that does not ask: the same to the last bit."""
    monkeypatch.chdir(tmp_path)
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"], "quantity": [1.0, 2.0]},
        geometry=[Point(4.9, 52.37), Point(4.85, 52.35)],
        crs="EPSG:4258",
    )
    frame.to_file("laag.gpkg")
    command = ["match", "laag.gpkg", "laag.gpkg", "--demand-quantity", "1", "--max-distance", "50km", "-o"]
    assert run([*command, "OFF.gpkg"]) == 0
    asked = {"PROJ_NETWORK": "ON", "PROJ_NETWORK_ENDPOINT": "http://127.0.0.1:9", "PYTHONUTF8": "1"}
    program = [sys.executable, "-m", "kansenkaart", *command, "ON.gpkg"]
    done = subprocess.run(program, env={**os.environ, **asked}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    off, on = (
        gpd.read_file(f"{name}.gpkg", layer="supply").geometry.to_wkt().tolist() for name in ("OFF", "ON")
    )
    assert on == off
    assert len(on) == 2


def test_cases_beside_the_project(shared, tmp_path):
    cases = Path(shared) / "cases"
    if not cases.is_dir():
        pytest.skip("the folder with cases is not beside the project")
    for name in ("21-half-geotiff", "01-file-that-refers-elsewhere"):
        shutil.copytree(cases / name, tmp_path / name)
        assert run(["check", str(tmp_path / name)]) == 1
    for path in [*cases.glob("*damaged-workbook*/*.xlsx"), *cases.glob("01-*/[lw]*.geojson")]:
        with pytest.raises(DataError):
            read_file(path, file=path.name)


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"PK\x03\x04\x14\x00", "zip / xlsx"), (b"<!DOCTYPE html>\n<html>", "HTML"), (b"%PDF-1.7\n", "PDF")],
)
def test_what_is_no_text_under_the_name_of_a_csv_is_refused(tmp_path, content, found):
    (tmp_path / "laag.csv").write_bytes(content)
    problem = _problem(tmp_path / "laag.csv")
    assert (problem.key, problem.values["found"]) == ("file_other_kind", found)


def test_a_csv_under_the_name_of_a_workbook_is_called_text(tmp_path):
    (tmp_path / "laag.xlsx").write_bytes(b"id;x_rd;y_rd\na;121000;487000\n")
    assert _problem(tmp_path / "laag.xlsx").values["found"] == "CSV / text"
