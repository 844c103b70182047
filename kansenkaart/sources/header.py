"""Which row of a table names its columns: above it may stand a title, and it may be two rows under merged cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kansenkaart.errors import DataError
from kansenkaart.sources.findings import Remark

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
    return text.lstrip("-").isdigit() and not _is_year(text)


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.startswith(("19", "20"))
