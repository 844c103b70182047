"""Workbooks (xlsx, xls, ods): one sheet, numbers as they are stored, texts as they stand."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from typing import Any

from kansenkaart.allowed import refuse_table
from kansenkaart.errors import DataError
from kansenkaart.project import Limits
from kansenkaart.sources.findings import Remark
from kansenkaart.sources.raw import Count, Raw, Rows, check_zip, find_header, frame_of_records

# The others are read by calamine, which knows no formulas.
OPENPYXL = (".xlsx", ".xlsm")
_PLACED = re.compile(
    rb"""<(?:\w+:)?(?P<what>row|c)(?=[\s/>])(?:[^>]*?\sr=["'](?P<letters>[A-Z]{0,3})(?P<number>\d{1,9})["'])?"""
)


def read_workbook(
    content: bytes, extension: str, *, file: str, sheet: str | None, header_row: int | None, limits: Limits
) -> Raw:
    """Read one sheet of a workbook.

    Parameters
    ----------
    content
        Bytes of the file; the file itself is closed by now, so that it can be replaced or deleted.
    extension
        Which kind of workbook.
    file
        Its path, for errors.
    sheet
        Name of the sheet; may be left out when only one holds anything.
    header_row
        Row that names the columns; None: it is found.
    limits
        How far the workbook may unfold.

    Raises
    ------
    DataError
        When the sheet does not exist or must be chosen. What is no workbook raises anything: the caller guards.
    """
    sheets = _read_all(content, extension, Count(limits, file))
    name = sheet if sheet is not None else _only_filled(sheets)
    if name is None or name not in sheets:
        raise refuse_table(sheet, list(sheets), file)
    rows = sheets[name]
    if not rows:
        return Raw(frame_of_records([], [])[0])
    found = find_header(rows, header_row, file=file)
    names = found.names
    records = rows[found.skipped :]
    # a workbook keeps no cells behind the last filled one of a row: such a row is not cut
    filled = [(row, cells + [None] * (len(names) - len(cells))) for row, cells in records]
    frame, remarks = frame_of_records(names, filled)
    formulas = _remark_formulas(content, name, records, Count(limits, file)) if extension in OPENPYXL else []
    return Raw(frame, remarks=(*found.remarks, *remarks, *formulas))


def list_sheets(content: bytes, extension: str, *, file: str, limits: Limits) -> list[str]:
    """Names of the sheets that hold anything."""
    return [name for name, rows in _read_all(content, extension, Count(limits, file)).items() if rows]


def _read_all(content: bytes, extension: str, count: Count) -> dict[str, Rows]:
    if extension != ".xls":
        check_zip(content, count.limits, count.file)
    return _read_sheets(content, count) if extension in OPENPYXL else _read_plain(content, count)


def _read_plain(content: bytes, count: Count) -> dict[str, Rows]:
    """Sheets of an xls or ods: every whole number there is a float."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - few projects have such a workbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets: dict[str, Rows] = {}
    for name in book.sheet_names:
        rows: Rows = []
        for row, cells in enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), start=1):
            count.add(len(cells))
            plain = [_plain(cell) for cell in cells]
            if any(cell is not None for cell in plain):
                rows.append((row, plain))
        sheets[name] = rows
    return sheets


def _plain(cell: object) -> object:
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return None if cell == "" else cell


def _remark_formulas(content: bytes, sheet: str, records: Rows, count: Count) -> list[Remark]:
    """Cells with a formula that was never calculated: they look empty, and are not."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[ >]", parts.read(name)) for name in sheets):
            return []
    formulas = dict(_read_sheets(content, count, values=False)[sheet])
    return [
        Remark(row, "formula_without_value", "warning", str(formula))
        for row, cells in records
        for cell, formula in zip(cells, formulas[row], strict=False)
        if cell is None and isinstance(formula, str) and formula.startswith("=")
    ]


def _read_sheets(
    content: bytes, count: Count, *, values: bool = True
) -> dict[str, list[tuple[int, list[Any]]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - takes long to load, and most projects have no workbook

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=values)
    try:
        return {sheet.title: _filled_rows(sheet, count) for sheet in book.worksheets}
    finally:
        book.close()


def _filled_rows(sheet: Any, count: Count) -> list[tuple[int, list[Any]]]:
    if hasattr(sheet, "reset_dimensions"):
        # some writers store a wrong extent; reading past it costs nothing
        sheet.reset_dimensions()
    rows: list[tuple[int, list[Any]]] = []
    row = 0
    try:
        for row, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            count.add(len(cells))
            if any(cell not in (None, "") for cell in cells):
                rows.append((row, list(cells)))
    except Exception as error:
        error.add_note(f"{sheet.title}, row {row + 1}")
        raise
    return rows


def _only_filled(sheets: dict[str, list[tuple[int, list[Any]]]]) -> str | None:
    filled = [name for name, rows in sheets.items() if rows] or list(sheets)
    return filled[0] if len(filled) == 1 else None


def check_order(content: bytes, *, file: str) -> None:
    """Raise ``DataError`` when rows, or cells of a row, do not follow each other: openpyxl passes over such a one."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                _check_sheet(parts.read(name), name, file)


def _check_sheet(sheet: bytes, name: str, file: str) -> None:
    """Rows and cells of one sheet; one that does not say its place follows the one before it."""
    row, column = 0, 0
    for found in _PLACED.finditer(sheet):
        letters, number = found["letters"], found["number"]
        if found["what"] == b"row":
            before, row, column = row, int(number or row + 1), 0
            if row <= before:
                message = (
                    "{file}: in {part} row {row} stands after row {before}, so that rows would be lost. Open it in "
                    "Excel and save it anew."
                )
                values = {"part": name, "row": row, "before": before}
                raise DataError("workbook_order", message, file=file, **values)
            continue
        after, column = column, _number_column(letters) if letters else column + 1
        if column <= after:
            message = (
                "{file}: in {part}, row {row}, a cell stands after one that comes later ({cell}), so that cells would "
                "be lost. Open it in Excel and save it anew."
            )
            values = {"part": name, "row": row, "cell": (letters + (number or b"")).decode()}
            raise DataError("workbook_cells", message, file=file, **values)


@cache
def _number_column(letters: bytes) -> int:
    """Number of a column: A is 1, AA 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
