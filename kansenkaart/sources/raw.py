"""A file as it was read: the row with the names of its columns, its rows, and whether it is whole and not too large."""

from __future__ import annotations

import io
import struct
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
from pyproj import CRS

from kansenkaart.errors import DataError
from kansenkaart.geo import RD
from kansenkaart.project import Limits, LoadedProject
from kansenkaart.project.input_files import hash_input
from kansenkaart.sources.findings import Remark
from kansenkaart.sources.open_file import PARQUET
from kansenkaart.sources.open_geopackage import connect
from kansenkaart.sources.read_dbf import count_records

# The header is row 1.
FIRST_ROW = 2
# Bytes of a node of the index of a FlatGeobuf file: four coordinates and a place.
_INDEX_ENTRY = 40

DEFAULT = Limits()

_MB = 1_000_000


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


def open_account(
    name: str,
    path: str,
    loaded: LoadedProject,
    *,
    digest: str | None = None,
    source: str | None = None,
    year: int | None = None,
) -> dict[str, object]:
    """Begin the row of ``LAYERS`` of a file; who reads it adds its rows, and its CRS where that is another.

    Parameters
    ----------
    name, path
        As the project file gives them.
    digest
        Of what was read, when that was no file.
    source, year
        As the project file gives them; else the name of the file and the year of the project.
    """
    return {
        "layer": name,
        "file": path,
        "sha256": digest or hash_input(Path(loaded.folder / path)),
        "crs": RD,
        "rows_outside": 0,
        "rows_left_out": 0,
        "source": source or Path(path).name,
        "source_year": year or loaded.project.reference_year,
    }


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


Rows = list[tuple[int, list[Any]]]

# Rows at the top in which a header is looked for.
LOOKED_AT = 20
# A table has so many columns before what stands above it can be a title.
_LEAST_COLUMNS = 3


@dataclass(frozen=True)
class Header:
    """The names of the columns.

    Parameters
    ----------
    names
        In the order of the file; empty for a column without one.
    row
        Row of the file that the last of them stand in.
    skipped
        Filled rows up to and with that one.
    """

    names: list[str]
    row: int
    skipped: int
    remarks: tuple[Remark, ...] = ()


def find_header(rows: Rows, given: int | None, *, file: str) -> Header:
    """Find the row with the names, and put the names of merged cells before those below them.

    Parameters
    ----------
    rows
        The first filled rows with their number in the file, at least one; blank cells are None.
    given
        Row that the project file says it is.

    Raises
    ------
    DataError
        When no filled row has that number.
    """
    place = _find_place(rows) if given is None else _find_row(rows, given, file)
    number, cells = rows[place]
    names = _name(cells)
    below, first = ([*rows[place + 1 : place + 3], (0, []), (0, [])][after][1] for after in (0, 1))
    remarks = []
    last = place
    if _is_merged(cells, below, first):
        names, last = _join(cells, below), place + 1
        remarks.append(_remark("header_merged", rows[last][0]))
    elif place and given is None:
        remarks.append(_remark("header_found", number))
    return Header(names, rows[last][0], last + 1, tuple(remarks))


def _remark(key: str, row: int) -> Remark:
    return Remark(0, key, "repaired", str(row), {"row": row})


def _find_row(rows: Rows, given: int, file: str) -> int:
    place = next((place for place, (number, _) in enumerate(rows) if number == given), None)
    if place is None:
        message = (
            "{file}: header_row = {row} names a row that is empty or not there. Filled rows at the top: "
            "{allowed}."
        )
        allowed = ", ".join(str(number) for number, _ in rows[:LOOKED_AT])
        raise DataError("header_row", message, file=file, row=given, allowed=allowed)
    return place


def _find_place(rows: Rows) -> int:
    """Place of the first row of texts that is as wide as the table, behind rows with a single filled cell."""
    for place, (_, cells) in enumerate(rows[:LOOKED_AT]):
        filled = [cell for cell in cells if cell is not None]
        if len(filled) == 1:
            continue
        titled = place and len(filled) >= _LEAST_COLUMNS and not any(_is_number(cell) for cell in filled)
        return place if titled else 0
    return 0


def _is_merged(cells: list[Any], below: list[Any], first: list[Any]) -> bool:
    """Whether a name stands above several columns: below it are texts, and numbers only in the row after that."""
    names, parts = _name(cells), _name(below)
    gaps = [
        place
        for place, part in enumerate(parts)
        if part and any(names[:place]) and (place >= len(names) or not names[place])
    ]
    texts = not any(_is_number(cell) for cell in below if cell is not None)
    return texts and any(place < len(first) and _is_number(first[place]) for place in gaps)


def _join(cells: list[Any], below: list[Any]) -> list[str]:
    names, parts = _name(cells), _name(below)
    joined: list[str] = []
    above = ""
    for place in range(max(len(names), len(parts))):
        name = names[place] if place < len(names) else ""
        part = parts[place] if place < len(parts) else ""
        above = name or (above if part else "")
        joined.append(" ".join(one for one in (above, part) if one))
    return joined


def _name(cells: list[Any]) -> list[str]:
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _is_number(cell: object) -> bool:
    if cell is None or isinstance(cell, int | float):
        return cell is not None
    text = str(cell).strip().replace(".", "").replace(",", "")
    year = len(text) == 4 and text.startswith(("19", "20"))
    return text.lstrip("-").isdigit() and not year


def refuse_large(what: str, size: float, limits: Limits, file: str) -> None:
    """Raise ``DataError`` when `size` is beyond the limit called `what`; sizes of ``*_mb`` are in bytes.

    Raises
    ------
    DataError
        ``file_beyond`` with the size, what is allowed and the key that sets it.
    """
    allowed = float(getattr(limits, what))
    given = size / _MB if what.endswith("_mb") else size
    if given <= allowed:
        return
    message = (
        "{file} is beyond limits.{key}: {size}; allowed: {allowed}. Is this the right file? If so, set a higher {key} "
        "under [limits] in the project file, or split the file."
    )
    values = {"key": what, "size": f"{given:.12g}", "allowed": f"{allowed:.12g}"}
    raise DataError("file_beyond", message, file=file, **values)


@dataclass
class Count:
    """Cells of one file that were read so far; more than `limits` allow is a ``DataError``."""

    limits: Limits
    file: str
    cells: int = 0

    def add(self, cells: int) -> None:
        """Count a row."""
        self.cells += cells
        refuse_large("cells", self.cells, self.limits, self.file)


def check_zip(content: bytes, limits: Limits, file: str) -> None:
    """Refuse a workbook whose parts say that they unpack to too much; a part never unpacks to more than it says."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        refuse_large("unpacked_mb", sum(part.file_size for part in parts.infolist()), limits, file)


def check_lines(content: bytes, limits: Limits, file: str) -> None:
    """Refuse a CSV with a line that is longer than allowed, with its number."""
    most = int(limits.line_mb * _MB)
    start = 0
    while len(content) - start > most:
        end = max(content.rfind(mark, start, start + most + 1) for mark in (b"\n", b"\r"))
        if end < 0:
            line = len(content[:start].splitlines()) + 1
            rest = [place for mark in (b"\n", b"\r") if (place := content.find(mark, start)) >= 0]
            refuse_large("line_mb", min(rest, default=len(content)) - start, limits, f"{file}, line {line}")
        start = end + 1


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
    if extension == ".gdb":
        return int(pyogrio.read_info(path, layer=table)["features"])
    if extension == ".shp":
        records = count_records(path)
        return None if records is None else records[0] - records[1]
    if extension == ".fgb":
        declared = int(pyogrio.read_info(path, layer=table)["features"])
        found = _count_features(path.read_bytes())
        return found if found is not None else declared if declared >= 0 else None
    if extension in PARQUET:
        with path.open("rb") as stream:
            return int(pq.read_metadata(stream).num_rows)
    return None


def _count_features(data: bytes) -> int | None:
    """Features of a FlatGeobuf file, one after another, each with its length before it; None where that leads astray.

    What its header declares is what its reader goes by: only the features themselves show that some are left out.
    https://github.com/flatgeobuf/flatgeobuf#specification; the header is a FlatBuffers table.
    """
    try:
        (size,) = struct.unpack_from("<I", data, 8)
        (table,) = struct.unpack_from("<I", data, 12)
        fields = 12 + table - struct.unpack_from("<i", data, 12 + table)[0]
        (known,) = struct.unpack_from("<H", data, fields)
        count, node = (
            struct.unpack_from("<H", data, fields + 4 + 2 * number)[0] if known > 4 + 2 * number else 0
            for number in (8, 9)
        )
        left = struct.unpack_from("<Q", data, 12 + table + count)[0] if count else 0
        branches = struct.unpack_from("<H", data, 12 + table + node)[0] if node else 16
        nodes = left = left if branches > 1 else 0
        while nodes and (left > 1 or nodes == 1):  # one feature alone has a root above it too
            left = -(-left // branches)
            nodes += left
        at, number = 12 + size + _INDEX_ENTRY * nodes, 0
        while at < len(data):
            at += 4 + struct.unpack_from("<I", data, at)[0]
            number += 1
    except struct.error:
        return None
    return number if at == len(data) else None


def _count_table(path: Path, table: str) -> int:
    with closing(connect(path, "mode=ro&immutable=1")) as base:
        quoted = table.replace('"', '""')
        return int(base.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
