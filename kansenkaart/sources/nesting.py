"""Shapes that hold shapes that hold shapes: GEOS follows every level on the stack, so the program would fall over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from kansenkaart.errors import DataError
from kansenkaart.sources.raw import FIRST_ROW
from kansenkaart.strict_json import parse_json

# GDAL follows as many levels; no real layer has more than two.
DEEPEST = 32

_WKT = re.compile(r"COLLECTION", re.IGNORECASE)
# The head of a collection in WKB: byte order and kind 7, with Z or M (1007, 2007, 3007; or flags in the first byte).
_WKB = re.compile(
    rb"\x01[\x07\xef\xd7\xbf][\x00\x03\x07\x0b]\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]"
    rb"|\x00[\x00\x20\x40\x60\x80\xa0\xc0\xe0]\x00[\x00\x03\x07\x0b][\x07\xef\xd7\xbf]"
)


def is_too_deep(shape: str | bytes) -> bool:
    """Tell whether WKT or WKB names more collections than a shape can be deep; a flat one may name them too.

    Examples
    --------
    >>> is_too_deep("GEOMETRYCOLLECTION(POINT(1 2))"), is_too_deep("GEOMETRYCOLLECTION(" * 40)
    (False, True)
    """
    found = _WKT.finditer(shape) if isinstance(shape, str) else _WKB.finditer(shape)
    return sum(1 for _ in zip(range(DEEPEST + 1), found, strict=False)) > DEEPEST


def refuse_nested(path: Path, file: str) -> None:
    """Raise ``DataError`` with the row of a GeoParquet file whose shape is too deep to be read.

    Raises
    ------
    DataError
        ``shape_nested``.
    """
    about = parquet.read_schema(path)
    told: Any = parse_json((about.metadata or {}).get(b"geo", b"{}").decode())
    named = told.get("columns", {}) if isinstance(told, dict) else {}
    for column in (name for name in named if name in about.names):
        shapes = parquet.read_table(path, columns=[column]).column(0)
        if not (pa.types.is_binary(shapes.type) or pa.types.is_large_binary(shapes.type)):
            continue
        # only a collection can be deep: the others are not looked at one by one
        heads = pc.binary_slice(shapes, 0, 5)
        deep = [head for head in pc.unique(heads).to_pylist() if head is not None and _WKB.fullmatch(head)]
        for place in pc.indices_nonzero(pc.is_in(heads, pa.array(deep, heads.type))).to_pylist():
            if is_too_deep(shapes[place].as_py()):
                message = (
                    "{file}, row {row}: the shape holds collections more than {allowed} levels deep. Draw it "
                    "again."
                )
                raise DataError("shape_nested", message, file=file, row=place + FIRST_ROW, allowed=DEEPEST)
