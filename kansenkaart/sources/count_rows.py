"""How many rows a file says it holds, counted by another hand than its reader's: what is lost shows."""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pyogrio

from kansenkaart.errors import DataError
from kansenkaart.sources.open_file import PARQUET
from kansenkaart.sources.open_geopackage import connect
from kansenkaart.sources.read_dbf import count_records

_ROW = re.compile(rb'<(?:\w+:)?row\s(?:[^>]*?\s)?r="(\d{1,9})"')


def check_count(declared: int | None, read: int, *, file: str) -> None:
    """Raise ``DataError`` when a file holds another number of rows than were read; None: it does not say."""
    if declared is None or declared == read:
        return
    message = (
        "{file} says it holds {declared} {declared:row|rows}, and {read} can be read. It is damaged, or was changed by "
        "hand: save it anew from where it came."
    )
    raise DataError("rows_lost", message, file=file, declared=declared, read=read)


def declared_rows(path: Path, table: str) -> int | None:
    """Rows that a GeoPackage, FlatGeobuf, Shapefile or Parquet file declares; None where it does not say."""
    extension = path.suffix.lower()
    if extension == ".gpkg":
        return _count_table(path, table)
    if extension == ".shp":
        records = count_records(path)
        return None if records is None else records[0] - records[1]
    if extension == ".fgb":
        declared = int(pyogrio.read_info(path, layer=table)["features"])
        return declared if declared >= 0 else None
    if extension in PARQUET:
        with path.open("rb") as stream:
            return int(pq.read_metadata(stream).num_rows)
    return None


def check_row_order(content: bytes, *, file: str) -> None:
    """Raise ``DataError`` when rows of a sheet do not follow each other: openpyxl passes over such a row."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                rows = np.array([int(found[1]) for found in _ROW.finditer(parts.read(name))], dtype=np.int64)
                after = np.flatnonzero(np.diff(rows) <= 0)
                if len(after):
                    message = (
                        "{file}: in {part} row {row} stands after row {before}, so that rows would be lost. Open it in "
                        "Excel and save it anew."
                    )
                    values = {"part": name, "row": int(rows[after[0] + 1]), "before": int(rows[after[0]])}
                    raise DataError("workbook_order", message, file=file, **values)


def _count_table(path: Path, table: str) -> int:
    with closing(connect(path, "mode=ro&immutable=1")) as base:
        quoted = table.replace('"', '""')
        return int(base.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
