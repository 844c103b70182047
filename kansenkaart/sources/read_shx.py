"""The index of a Shapefile held against its shapes: each row gets the shape that is its own."""

from __future__ import annotations

import glob
from pathlib import Path

import numpy as np

from kansenkaart.arrays import IntArray
from kansenkaart.errors import DataError
from kansenkaart.project.input_files import SHAPEFILE_PARTS, is_folder, is_there, sidecar
from kansenkaart.reasons import name_reason
from kansenkaart.sources.open_file import unreadable
from kansenkaart.sources.raw import FIRST_ROW, check_count
from kansenkaart.sources.read_dbf import count_records

_HEADER = 100
_ENTRY = 8

# Without these a Shapefile is a heap of shapes without a name.
_SHAPEFILE_NEEDS = (".shx", ".dbf")


def check_index(path: Path, file: str) -> None:
    """Refuse a Shapefile in which rows would be lost, or get the place of another row.

    The index has as many shapes as the table has records. Each shape bears its number: from 1 up, or from 0 as some
    writers have it; it may stand anywhere in the file.

    Raises
    ------
    DataError
        ``rows_lost``; ``file_unreadable`` with the part that is beyond reading; or ``shapes_shifted`` with the first
        row of which the shape is not where the index says.
    """
    index, records = _read_index(path), count_records(path)
    if index is None or records is None:
        raise unreadable(file, name_reason("reason_damaged", detail=".shx" if index is None else ".dbf"))
    check_count(max(len(index), records[0]), min(len(index), records[0]), file=file)
    # a row without a shape has no place
    present = (index != 0).any(axis=1)
    numbers = _numbers(path, index[:, 0] * 2) - np.arange(len(index))
    first = 0 if (numbers[present] == 0).all() else 1
    wrong = np.flatnonzero(present & (numbers != first))
    if len(wrong):
        message = (
            "{file}: the shape of row {row} is not where the index (.shx) says it is, so that rows would get the place "
            "of another. It is damaged, or its parts are of different ages: copy them anew, all together."
        )
        raise DataError("shapes_shifted", message, file=file, row=FIRST_ROW + int(wrong[0]))


def _numbers(path: Path, places: IntArray) -> IntArray:
    """Number that stands at each of `places` of a .shp; -1 where the file is too short."""
    shapes = np.fromfile(path, dtype=np.uint8)
    within = (places >= _HEADER) & (places <= len(shapes) - _ENTRY)
    numbers = np.full(len(places), -1, dtype=np.int64)
    numbers[within] = shapes[places[within][:, None] + np.arange(4)].view(">i4").ravel()
    return numbers


def _read_index(path: Path) -> IntArray | None:
    """Place and length per shape, in words of two bytes; nothing when the file is shorter than its header says."""
    part = sidecar(path, ".shx")
    content = b"" if part is None else part.read_bytes()
    if len(content) < _HEADER:
        return None
    count = (int.from_bytes(content[24:28], "big", signed=True) * 2 - _HEADER) // _ENTRY
    if not 0 <= count * _ENTRY <= len(content) - _HEADER:
        return None
    return (
        np.frombuffer(content, dtype=">i4", count=count * 2, offset=_HEADER).reshape(-1, 2).astype(np.int64)
    )


def check_sidecars(path: Path, file: str) -> None:
    """Refuse a Shapefile that is not there whole."""
    for beside in path.parent.glob(f"{glob.escape(path.stem)}.*"):
        # a geodatabase of the same name is no part of it; a folder in the place of a part is told below
        other = is_folder(beside) and beside.suffix.lower() not in SHAPEFILE_PARTS
        if beside.exists() and not is_there(beside) and not other:
            raise unreadable(beside.name, name_reason("reason_no_file"))
    missing = [path.stem + extension for extension in _SHAPEFILE_NEEDS if sidecar(path, extension) is None]
    if missing:
        message = "{file} lacks {missing}. A Shapefile is several files: copy them all together."
        raise DataError("shapefile_incomplete", message, file=file, missing=", ".join(missing))
