"""How many rows a file says it holds, counted by another hand than its reader's: what is lost shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pyogrio

from kansenkaart.errors import DataError
from kansenkaart.sources.read_dbf import count_records


def check_count(declared: int | None, read: int, *, file: str) -> None:
    """Raise ``DataError`` when a file holds another number of rows than were read; None: it does not say."""
    if declared is None or declared == read:
        return
    message = (
        "{file} says it holds {declared} rows, and {read} can be read. It is damaged, or was changed by hand: "
        "save it anew from where it came."
    )
    raise DataError("rows_lost", message, file=file, declared=declared, read=read)


def declared_rows(path: Path, table: str) -> int | None:
    """Rows that a GeoPackage, FlatGeobuf, Shapefile or Parquet file declares; None where it does not say."""
    extension = path.suffix.lower()
    if extension == ".gpkg":
        return _count_table(path, table)
    if extension == ".shp":
        return count_records(path)
    if extension == ".fgb":
        declared = int(pyogrio.read_info(path, layer=table)["features"])
        return declared if declared >= 0 else None
    if extension in (".parquet", ".geoparquet"):
        with path.open("rb") as stream:
            return int(pq.read_metadata(stream).num_rows)
    return None


def _count_table(path: Path, table: str) -> int:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
        quoted = table.replace('"', '""')
        return int(base.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
