"""What a damaged file holds as another hand than the program counts it."""

from __future__ import annotations

import contextlib
import io
import json
import re
import sqlite3
import struct
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import shapely
from pyarrow import parquet

# The cells of the world's raster that lie in its region and margin; see world.py.
_SEEN = (slice(5, 20), slice(5, 22))
_RASTER = (28, 25, (1_000.0, 1_000.0, 0.0), (0.0, 0.0, 0.0, 98_000.0, 493_000.0, 0.0))
_RD = "urn:ogc:def:crs:EPSG::28992"


def count_rows(path: Path) -> float | None:
    """Rows of a damaged file; of a boundary its area, of a raster the sum of its costs. None: this hand cannot say."""
    try:
        return _HANDS[path.name if path.name in _HANDS else path.suffix](path.read_bytes())
    except Exception:
        # damaged: then this hand has no number, and the program must refuse or account for itself
        return None


def _count_csv(data: bytes) -> int | None:
    text = data.decode("utf-8")
    if re.search(r"[\"'\x00-\x09\x0b-\x1f\x7f-\x9f;|\u2028\u2029\ufeff]", text):
        return None
    return sum(bool(line.strip(" ,")) for line in text.split("\n")) - 1


def _count_xlsx(data: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode("utf-8")
    rows = re.findall(r"<row .*?</row>", sheet, re.S)
    return sum(bool(re.search(r"<v>[^<]+</v>", row)) for row in rows) - 1


def _count_features(data: bytes) -> int:
    return len(json.loads(data.decode("utf-8"))["features"])


def _measure_outline(data: bytes) -> float | None:
    """Area of what a boundary outlines, m2, where it says that it is in RD New."""
    tree = json.loads(data.decode("utf-8"))
    if tree["crs"]["properties"]["name"] != _RD or any(set(one) & {"crs"} for one in tree["features"]):
        return None
    shapes = [shapely.geometry.shape(one["geometry"]) for one in tree["features"] if one["geometry"]]
    areas = [shape for shape in shapes if shape.geom_type in ("Polygon", "MultiPolygon")]
    return float(shapely.union_all(areas).area) if areas and all(shape.is_valid for shape in areas) else None


def _count_ballot(data: bytes) -> int:
    tree = json.loads(data)
    return sum(len(tree.get(name, ())) for name in ("matches", "doubts", "missing"))


def _count_project(data: bytes) -> int:
    tree = tomllib.loads(data.decode("utf-8-sig"))
    return sum(len(tree.get(name, ())) for name in ("layers", "links", "scenes"))


def _count_dbf(data: bytes) -> int:
    """Records of a dBASE table by its header, less those marked as deleted."""
    count, head, size = struct.unpack_from("<IHH", data, 4)
    return count - sum(data[head + n * size : head + n * size + 1] == b"*" for n in range(count))


def _count_shx(data: bytes) -> int | None:
    """Records by the length that the header says, where that is the length of the file."""
    (words,) = struct.unpack_from(">i", data, 24)
    return (len(data) - 100) // 8 if words * 2 == len(data) else None


def _count_shp(data: bytes) -> int | None:
    """Records one after another, where they follow each other without a gap to the last byte."""
    at, number = 100, 0
    while at < len(data):
        said, words = struct.unpack_from(">ii", data, at)
        number += 1
        at += 8 + words * 2
        if said != number or words < 2 or at > len(data):
            return None
    return number


def _count_fgb(data: bytes) -> int | None:
    """Features one after another behind header and index, each with its own length before it."""
    (size,) = struct.unpack_from("<I", data, 8)
    header = data[12 : 12 + size]
    (table,) = struct.unpack_from("<I", header)
    (back,) = struct.unpack_from("<i", header, table)
    told = struct.unpack_from("<10H", header, table - back + 4)
    count = struct.unpack_from("<Q", header, table + told[8])[0] if told[8] else 0
    node = struct.unpack_from("<H", header, table + told[9])[0] if told[9] else 16
    nodes = left = count if node else 0
    while left > 1:
        left = -(-left // node)
        nodes += left
    at, number = 12 + size + 40 * nodes, 0
    while at < len(data):
        at += 4 + struct.unpack_from("<I", data, at)[0]
        number += 1
    return number if at == len(data) else None


def _sum_costs(data: bytes) -> float | None:
    """Costs of a plain raster on the world's own grid, by the tags of the file."""
    if data[:4] != b"II*\0":
        return None
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    tags = {}
    for number in range(count):
        tag, kind, many, at = struct.unpack_from("<HHII", data, start + 2 + 12 * number)
        letter, wide = {3: ("H", 2), 4: ("I", 4), 12: ("d", 8)}.get(kind, ("B", 1))
        place = at if many * wide > 4 else start + 10 + 12 * number
        tags[tag] = struct.unpack_from(f"<{many}{letter}", data, place)
    plain = (tags[258], tags[259], tags[277], tags[339]) == ((32,), (1,), (1,), (3,))
    if (
        not plain
        or (*tags[256], *tags[257], tags[33550], tags[33922]) != _RASTER
        or tags.keys() & {322, 42112, 42113}
    ):
        return None
    strips = b"".join(data[at : at + size] for at, size in zip(tags[273], tags[279], strict=True))
    cells = np.frombuffer(strips, dtype="<f4").reshape(25, 28)[_SEEN].astype(np.float64)
    return float(cells[np.isfinite(cells) & (cells > 0) & (cells < 1e29)].sum())


def _count_table(*tables: str) -> Callable[[bytes], int]:
    def count(data: bytes) -> int:
        with contextlib.closing(sqlite3.connect(":memory:")) as base:
            base.deserialize(data)
            asked = [f"SELECT count(fid) FROM (SELECT fid FROM {name})" for name in tables]
            return sum(int(base.execute(one).fetchone()[0]) for one in asked)

    return count


_HANDS: dict[str, Callable[[bytes], float | None]] = {
    ".csv": _count_csv,
    ".xlsx": _count_xlsx,
    ".geojson": _count_features,
    ".dbf": _count_dbf,
    ".shx": _count_shx,
    ".shp": _count_shp,
    ".fgb": _count_fgb,
    ".parquet": lambda data: int(parquet.read_metadata(io.BytesIO(data)).num_rows),
    ".gpkg": _count_table("a"),
    ".tif": _sum_costs,
    ".json": _count_ballot,
    ".toml": _count_project,
    "decisions.gpkg": _count_table("decisions"),
    "kansenkaart.gpkg": _count_table("matches", "sites", "links"),
    "grens.geojson": _measure_outline,
}
