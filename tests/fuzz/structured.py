"""Damage to what a file says, its form left whole: cells, rows, members and tables changed, gone or doubled."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import random
import re
import sqlite3
import zipfile
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
from dbase import damage_shapefile
from pyarrow import parquet
from rasterio.io import MemoryFile
from rasterio.transform import Affine
from trees import TEXTS, damage_json, damage_manifest, damage_toml, damage_tree, value
from world import pack

# --- tables: rows of cells


def damage_rows(rows: list[list[Any]], chance: random.Random) -> list[list[Any]]:
    """Change cells, rows or columns of a table whose first row is its header."""
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        row, other = (chance.randrange(len(rows)) for _ in range(2))
        column, beside = (chance.randrange(max(len(rows[row]), 1)) for _ in range(2))
        way = chance.randrange(12)
        if way < 5:
            rows[row][column : column + 1] = [value(chance)]
        elif way == 5 and len(rows) > 2:
            del rows[row]
        elif way == 6:
            rows.insert(other, list(rows[row]))
        elif way == 7:
            rows[row], rows[other] = rows[other], rows[row]
        elif way == 8:
            rows = [[*one[:column], *one[column + 1 :]] for one in rows]
        elif way == 9:
            rows = [[*one, *one[column : column + 1]] for one in rows]
        elif way == 10 and column != beside:
            rows[row][column], rows[row][beside] = rows[row][beside], rows[row][column]
        else:
            rows = [rows[0], *([*one[:column], value(chance), *one[column + 1 :]] for one in rows[1:])]
    return rows


def _csv(data: bytes, chance: random.Random) -> bytes:
    rows = damage_rows(list(csv.reader(io.StringIO(data.decode(), newline=""))), chance)
    target = io.StringIO(newline="")
    delimiter = chance.choice((",", ",", ",", ";", "\t", "|"))
    csv.writer(target, delimiter=delimiter, lineterminator=chance.choice(("\n", "\n", "\r\n"))).writerows(
        rows
    )
    return target.getvalue().encode(
        chance.choice(("utf-8", "utf-8", "utf-8-sig", "cp1252", "utf-16")), "replace"
    )


# --- workbooks: the cells and rows of their first sheet

_SHEET = "xl/worksheets/sheet1.xml"


def _xlsx(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    text = parts[_SHEET].decode()
    for _ in range(chance.choice((1, 1, 2))):
        text = _damage_sheet(text, chance)
    parts[_SHEET] = text.encode("utf-8", "replace")
    return pack(parts)


def _damage_sheet(text: str, chance: random.Random) -> str:
    found = list(
        re.finditer(
            chance.choice((r"<row .*?</row>", r"<c .*?(?:/>|</c>)", r"<v>[^<]*</v>", r' [rts]="[^"]*"')), text
        )
    )
    if not found:
        return text
    one, other = chance.choice(found), chance.choice(found)
    way = chance.randrange(5)
    if way == 0:
        return text[: one.start()] + text[one.end() :]
    if way == 1:
        return text[: one.end()] + other[0] + text[one.end() :]
    if way == 2:
        return text[: one.start()] + other[0] + text[one.end() :]
    if one[0].startswith("<v>"):
        shown = str(value(chance)).replace("&", "&amp;").replace("<", "&lt;").replace("\x1b", "")
        return text[: one.start()] + f"<v>{shown}</v>" + text[one.end() :]
    kind = chance.choice(
        (' t="s"', ' t="str"', ' t="b"', ' t="e"', ' t="d"', ' r="A1"', ' r="ZZ9"', ' r="2"', "")
    )
    return text[: one.start()] + re.sub(r' [rt]="[^"]*"', kind, one[0], count=1) + text[one.end() :]


# --- GeoPackages: by SQL

_BOOK = (
    "gpkg_contents",
    "gpkg_geometry_columns",
    "gpkg_ogr_contents",
    "gpkg_spatial_ref_sys",
    "gpkg_extensions",
)
_SAYS = (
    "UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'INTEGER') WHERE name = '{table}'",
    "UPDATE sqlite_master SET sql = replace(sql, 'REAL', 'TEXT') WHERE name = '{table}'",
    "UPDATE sqlite_master SET sql = replace(sql, 'POINT', 'LINESTRING') WHERE name = '{table}'",
)
_STATEMENTS = (
    "DELETE FROM {table} WHERE fid = {row}",
    "UPDATE {table} SET fid = {number} WHERE fid = {row}",
    "UPDATE {table} SET geom = NULL WHERE fid = {row}",
    "UPDATE {table} SET geom = substr(geom, 1, {row} * 9) WHERE fid = {row}",
    "UPDATE {table} SET geom = substr(geom, 1, 4) || x'E6100000' || substr(geom, 9)",
    "UPDATE {table} SET geom = (SELECT geom FROM {table} ORDER BY fid LIMIT 1)",
    "UPDATE {table} SET geom = x'47500001407100000101000000' || zeroblob({row} * 8)",
    "UPDATE {table} SET geom = ? WHERE fid = {row}",
    "UPDATE gpkg_geometry_columns SET srs_id = {number}",
    "UPDATE gpkg_geometry_columns SET geometry_type_name = ?",
    "UPDATE gpkg_geometry_columns SET column_name = ?",
    "UPDATE gpkg_geometry_columns SET z = {row}, m = {row}",
    "UPDATE gpkg_contents SET srs_id = {number}",
    "UPDATE gpkg_contents SET data_type = ?",
    "UPDATE gpkg_contents SET table_name = ?",
    "UPDATE gpkg_contents SET last_change = ?",
    "UPDATE gpkg_ogr_contents SET feature_count = {number}",
    "UPDATE gpkg_spatial_ref_sys SET definition = ? WHERE srs_id = 28992",
    "UPDATE gpkg_spatial_ref_sys SET organization = ?, organization_coordsys_id = {number}",
    "DELETE FROM {book}",
    "DROP TABLE {book}",
    "INSERT INTO gpkg_extensions VALUES ('{table}', 'geom', ?, 'http://x', 'read-write')",
    "CREATE VIEW kijk AS SELECT * FROM {table}; UPDATE gpkg_contents SET table_name = 'kijk'; "
    "UPDATE gpkg_geometry_columns SET table_name = 'kijk'",
    "CREATE VIEW kijk AS SELECT * FROM {table}",
    "CREATE VIEW kijk AS SELECT nergens.* FROM nergens",
    "CREATE TRIGGER stil AFTER UPDATE ON {table} BEGIN DELETE FROM {table}; END",
    "ALTER TABLE {table} RENAME TO anders",
    "ALTER TABLE {table} ADD COLUMN x_rd REAL",
    "ALTER TABLE {table} RENAME COLUMN geom TO vorm",
    "ALTER TABLE {table} DROP COLUMN geom",
    "DROP TABLE rtree_{table}_geom",
    "DROP TABLE {table}",
    "CREATE TABLE nog_een AS SELECT * FROM {table}",
    "PRAGMA user_version = {number}",
    "PRAGMA application_id = {number}",
    *_SAYS,
)


def _gpkg(data: bytes, chance: random.Random) -> bytes:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as base:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            base.create_function(name, 1, lambda _shape: 0.0)
        base.deserialize(data)
        base.execute("PRAGMA writable_schema = ON")
        tables = [
            name for (name,) in base.execute("SELECT table_name FROM gpkg_contents ORDER BY table_name")
        ]
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            # a statement that the damage before it made impossible changes nothing
            with contextlib.suppress(sqlite3.Error, OverflowError):
                _damage_table(base, chance.choice(tables), chance)
        return base.serialize()


def _damage_table(base: sqlite3.Connection, table: str, chance: random.Random) -> None:
    columns = [name for _, name, *_ in base.execute(f"PRAGMA table_info({table})")]
    rows = [row for (row,) in base.execute(f"SELECT fid FROM {table} ORDER BY fid")] or [1]
    row, column = chance.choice(rows), chance.choice(columns)
    put = value(chance)
    if isinstance(put, int) and abs(put) >= 2**63:
        put = str(put)
    if chance.random() < 0.45:
        base.execute(f'UPDATE {table} SET "{column}" = ? WHERE fid = ?', (put, row))
    elif chance.random() < 0.2:
        same = ", ".join(f'"{name}"' for name in columns if name != "fid")
        base.execute(f"INSERT INTO {table} ({same}) SELECT {same} FROM {table} WHERE fid = ?", (row,))
    else:
        number = chance.choice((-1, 0, 1, 2, 3, 9, 4326, 28992, 2**31, 2**62))
        asked = chance.choice(_STATEMENTS).format(
            table=table, row=row, number=number, book=chance.choice(_BOOK)
        )
        for one in asked.split("; ") if "VIEW" in asked else [asked]:
            base.execute(one, (put,) if "?" in one else ())


# --- formats that are written anew


def _parquet(data: bytes, chance: random.Random) -> bytes:
    table = parquet.read_table(io.BytesIO(data))
    about = dict(table.schema.metadata)
    way = chance.randrange(5)
    at = chance.randrange(table.num_columns)
    name = table.column_names[at]
    if way == 0:
        table = pa.concat_tables([table, table.slice(chance.randrange(table.num_rows), 1)])
    elif way == 1:
        table = table.slice(chance.randrange(table.num_rows + 1))
    elif way == 2:
        cells = [value(chance) for _ in range(table.num_rows)]
        with contextlib.suppress(pa.ArrowException, OverflowError):
            kind = chance.choice(
                (pa.string(), pa.float64(), pa.int64(), pa.binary(), pa.timestamp("s"), pa.bool_())
            )
            table = table.set_column(at, name, pa.array([str(cell) for cell in cells]).cast(kind, safe=False))
    elif way == 3:
        table = table.rename_columns(
            [chance.choice(TEXTS) if one == name else one for one in table.column_names]
        )
    else:
        about[b"geo"] = json.dumps(damage_tree(json.loads(about[b"geo"]), chance)).encode()
    if way == 0 or chance.random() < 0.2:
        about.pop(b"pandas", None)
    target = io.BytesIO()
    parquet.write_table(
        table.replace_schema_metadata(about), target, compression=chance.choice(("snappy", "zstd", "none"))
    )
    return target.getvalue()


def _fgb(data: bytes, chance: random.Random) -> bytes:
    frame = gpd.read_file(io.BytesIO(data))
    rows = damage_rows(
        [list(frame.columns[:-1]), *frame.drop(columns="geometry").astype(object).to_numpy().tolist()], chance
    )
    wide = max(map(len, rows))
    shapes = [frame.geometry.iloc[number % len(frame)] for number in range(len(rows) - 1)]
    shapes = [None if chance.random() < 0.1 else shape for shape in shapes]
    names = [
        f"{name}_{at}" if at >= len(frame.columns) - 1 else str(name)
        for at, name in enumerate(rows[0] + [""] * wide)
    ]
    cells = {
        names[at]: [None if at >= len(row) or row[at] is None else str(row[at]) for row in rows[1:]]
        for at in range(wide)
    }
    target = io.BytesIO()
    crs = chance.choice(("EPSG:28992", "EPSG:28992", "EPSG:4326", None))
    # a shape that is absent has no place in an index
    index = "YES" if chance.random() < 0.5 and None not in shapes else "NO"
    gpd.GeoDataFrame(cells, geometry=shapes, crs=crs).to_file(
        target, driver="FlatGeobuf", layer="a", SPATIAL_INDEX=index
    )
    return target.getvalue()


def _tif(data: bytes, chance: random.Random) -> bytes:
    with MemoryFile(data) as file, file.open() as source:
        profile, cells, grid = source.profile, source.read(), source.transform
    way = chance.randrange(6)
    if way == 0:
        cells[:, chance.randrange(5, 20), chance.randrange(5, 22)] = chance.choice(
            (0, -1, np.nan, np.inf, 1e30, 7, -9999)
        )
    elif way == 1:
        profile["nodata"] = chance.choice((0, -9999, 1.5, np.nan))
    elif way == 2:
        profile["crs"] = chance.choice((None, "EPSG:4326", "EPSG:3857", "EPSG:25831", "EPSG:32631"))
    elif way == 3:
        step = chance.choice((1, -1_000, 500, 1e9, 1e-6))
        profile["transform"] = chance.choice(
            (Affine.scale(step), grid @ Affine.rotation(10), grid @ Affine.scale(1, 2))
        )
    elif way == 4:
        profile["dtype"] = chance.choice(("uint8", "int16", "float64", "complex64", "int32"))
    else:
        profile["count"] = chance.choice((1, 2, 3))
    profile |= {"compress": chance.choice((None, None, "deflate", "lzw"))}
    with MemoryFile() as file:
        with file.open(**profile) as target:
            for band in range(1, profile["count"] + 1):
                with np.errstate(invalid="ignore"):
                    target.write(cells[0].astype(profile["dtype"]), band)
        return bytes(file.read())


DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".gpkg": _gpkg,
    ".geojson": damage_json,
    ".json": damage_json,
    ".toml": damage_toml,
    ".parquet": _parquet,
    ".fgb": _fgb,
    ".tif": _tif,
    ".shp": damage_shapefile,
    ".shx": damage_shapefile,
    ".dbf": damage_shapefile,
}


def damage(name: str, data: bytes, chance: random.Random) -> bytes:
    """Damage what the sound file `name` says, and leave its form whole."""
    if name.endswith("manifest.json"):
        return damage_manifest(data, chance)
    return DAMAGE[name[name.rindex(".") :]](data, chance)
