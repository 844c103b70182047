"""A GeoPackage or workbook with something hidden in it, through every door; what is good in it is read."""

import shutil
import sqlite3
import zipfile
from contextlib import closing
from itertools import product

import openpyxl
import pytest

from kansenkaart.project import Limits
from kansenkaart.sources import read
from kansenkaart.sources.open_geopackage import plain_copy
from tests.tries import share

VIEW = (
    "CREATE VIEW v AS {body};"
    "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', 'attributes', 'v', 0);"
)
IN_SQL = {
    "trigger": "CREATE TRIGGER t AFTER INSERT ON goed BEGIN SELECT load_extension('{secret}'); END;"
    "CREATE TRIGGER u AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM goed; END;",
    "endless view": VIEW.format(
        body="WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS id FROM c"
    ),
    "growing view": VIEW.format(
        body="WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, zeroblob(100000) AS z FROM c"
    ),
    "extension in a view": VIEW.format(body="SELECT load_extension('{secret}') AS id"),
    "file in a view": VIEW.format(body="SELECT readfile('{secret}') AS id, ogr_geocode('{url}') AS g"),
    "raster in a view": VIEW.format(
        body="SELECT gdal_get_pixel_value('/vsicurl/{url}/a.tif', 1, 'pixel', 0, 0) AS id"
    ),
    "extension": "INSERT INTO gpkg_extensions VALUES (NULL, NULL, 'gdal_aspatial', '{url}', 'read-write');",
    "virtual table": "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES ('table', 'w', 'w', 0, "
    "'CREATE VIRTUAL TABLE w USING VirtualOGR(''{secret}'')');",
    "view of the contents": "ALTER TABLE gpkg_contents RENAME TO c; CREATE VIEW gpkg_contents AS SELECT * FROM c;",
    "crs of the network": "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE', organization_coordsys_id = 1, "
    "definition = '+proj=longlat +nadgrids=/vsicurl/{url}/a.gsb' WHERE srs_id = 28992;",
    "crs of a file": "UPDATE gpkg_spatial_ref_sys SET organization = 'NONE', organization_coordsys_id = 1, "
    "definition = '{secret}' WHERE srs_id = 28992;",
    "style": "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_name TEXT, styleQML TEXT); INSERT INTO "
    "layer_styles VALUES (1, 'goed', '<qgis><svg href=\"{url}/a.svg\"/><file>{secret}</file></qgis>');",
}


@pytest.fixture
def impatient(monkeypatch):
    """Views may take a moment only, also where no project file says so."""
    limits = Limits(view_s=0.2, unpacked_mb=5)
    monkeypatch.setattr(
        read, "plain_copy", lambda path, file, table, _: plain_copy(path, file, table, limits)
    )


@pytest.mark.drawn
@pytest.mark.usefixtures("impatient")
def test_nothing_hidden_in_a_geopackage_runs(door, turn, attempt, folder, secret, listener):
    file = folder / "h.gpkg"
    for kind, script in share(IN_SQL.items(), turn, of=4):
        shutil.copyfile(folder / "goed.gpkg", file)
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(script.replace("{secret}", str(secret)).replace("{url}", listener.url))
        before = file.read_bytes()
        code, said = attempt(door, file)
        assert code in (0, 1), (kind, said)
        assert file.read_bytes() == before, kind


def _traversal(path, secret):
    book = openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.save(path)
    with zipfile.ZipFile(path, "a") as parts:
        parts.writestr("../../../geheim/canary.geojson", "overgeschreven")
        parts.writestr(
            "xl/worksheets/_rels/sheet1.xml.rels", f'<r Target="file://{secret}" TargetMode="External"/>'
        )


def _entities(path, secret):
    book = openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.save(path)
    with zipfile.ZipFile(path) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    kept["xl/worksheets/sheet1.xml"] = (
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]><worksheet xmlns='
        '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c t="inlineStr"><is><t>'
        "&e;</t></is></c></row></sheetData></worksheet>"
    ).encode()
    with zipfile.ZipFile(path, "w") as parts:
        for name, content in kept.items():
            parts.writestr(name, content)


@pytest.fixture(scope="session")
def bomb(tmp_path_factory):
    """A workbook of a few megabytes that says it unpacks to more than a gigabyte, and does."""
    path = tmp_path_factory.mktemp("bom") / "bom.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _ in range(1100):
            sheet.write(bytes(1_000_000))
    return path


@pytest.mark.parametrize("name", ["h.xlsx", "h.gpkg"])
def test_a_bomb_does_not_go_off(door, attempt, folder, bomb, name):
    shutil.copyfile(bomb, folder / name)
    code, said = attempt(door, folder / name)
    assert code == 1, said


def _outside(path, secret):
    """The only sheet of this workbook is said to be another file."""
    book = openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.save(path)
    with zipfile.ZipFile(path) as parts:
        kept = {name: parts.read(name) for name in parts.namelist()}
    relations = kept["xl/_rels/workbook.xml.rels"].decode()
    kept["xl/_rels/workbook.xml.rels"] = relations.replace(
        "/xl/worksheets/sheet1.xml", f"file://{secret}"
    ).encode()
    with zipfile.ZipFile(path, "w") as parts:
        for name, content in kept.items():
            parts.writestr(name, content)


@pytest.mark.drawn
def test_nothing_hidden_in_a_zip_comes_out(door, turn, attempt, folder, secret, tmp_path):
    for make, name in share(product((_traversal, _entities, _outside), ("h.xlsx", "h.gpkg")), turn, of=3):
        made = tmp_path / "gemaakt.xlsx"
        make(made, secret)
        made.replace(folder / name)
        code, said = attempt(door, folder / name)
        assert code in (0, 1), (make.__name__, said)
