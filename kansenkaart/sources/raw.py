"""A file as it was read: columns by their own names, rows by the number a spreadsheet shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from kansenkaart.sources.findings import Remark

# The header is row 1.
FIRST_ROW = 2


@dataclass(frozen=True)
class Raw:
    """What stood in a file.

    Parameters
    ----------
    frame
        Columns as the file names them, without geometry; the index holds row numbers (the header is 1).
    geometry
        Geometry per row in the file's own CRS; nothing when the file has none.
    crs
        CRS the file states.
    assumed_crs
        The CRS follows from the format, the file itself does not state it (GeoJSON).
    remarks
        What the reader saw; a rejected row stays in `frame`.
    digest
        SHA-256 of what was read, where there is no file to take it of.
    """

    frame: pd.DataFrame
    geometry: gpd.GeoSeries | None = None
    crs: CRS | None = None
    assumed_crs: bool = False
    remarks: tuple[Remark, ...] = ()
    digest: str | None = None


def frame_of_records(
    header: list[str], records: list[tuple[int, list[Any]]]
) -> tuple[pd.DataFrame, list[Remark]]:
    """Build the frame of a table from its records, each with its row number.

    A record that is longer than the header is rejected; a shorter one is filled up; a blank one is no row. A second
    column of the same name is left out, and so is one without a name.
    """
    remarks: list[Remark] = []
    kept: list[tuple[int, list[Any]]] = []
    blank = 0
    for row, record in records:
        if _is_blank_row(record):
            blank += 1
            continue
        if len(record) == len(header):
            kept.append((row, record))
            continue
        if not _is_blank_row(record[len(header) :]):
            values = {"found": len(record), "expected": len(header)}
            remarks.append(Remark(row, "too_many_cells", "rejected", str(record[-1]), values))
        elif len(record) < len(header):
            values = {"found": len(record), "expected": len(header)}
            remarks.append(Remark(row, "too_few_cells", "warning", str(len(record)), values))
        kept.append((row, (record + [None] * len(header))[: len(header)]))
    if blank:
        remarks.append(Remark(0, "blank_rows", "note", str(blank), {"count": blank}))
    rows = [row for row, _ in kept]
    columns: dict[str, pd.Series] = {}
    for place, name in enumerate(header):
        if name in columns:
            remarks.append(Remark(0, "double_column", "warning", name))
        elif name:
            columns[name] = _column_of([record[place] for _, record in kept], rows)
    return pd.DataFrame(columns, index=pd.Index(rows, dtype="int64")), remarks


def _column_of(cells: list[Any], rows: list[int]) -> pd.Series:
    """Keep texts as a column of texts, which takes a third of the room; cells of several types as they are."""
    texts = pd.api.types.infer_dtype(cells, skipna=True) == "string"
    return pd.Series(cells, index=rows, dtype="str" if texts else object)


def _is_blank_row(record: list[Any]) -> bool:
    # a plain loop: most rows are told by their first cell, and a generator costs more than that
    for cell in record:  # noqa: SIM110
        if not _is_blank(cell):
            return False
    return True


def _is_blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
