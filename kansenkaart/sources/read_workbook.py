"""xlsx workbooks: one sheet, numbers as Excel stores them, texts as they stand."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from kansenkaart.allowed import refuse_table
from kansenkaart.project import Limits
from kansenkaart.sources.findings import Remark
from kansenkaart.sources.raw import Count, Raw, check_zip, frame_of_records


def read_workbook(content: bytes, *, file: str, sheet: str | None, limits: Limits) -> Raw:
    """Read one sheet of a workbook.

    Parameters
    ----------
    content
        Bytes of the file; the file itself is closed by now, so that it can be replaced or deleted.
    file
        Its path, for errors.
    sheet
        Name of the sheet; may be left out when only one holds anything.
    limits
        How far the workbook may unfold.

    Raises
    ------
    DataError
        When the sheet does not exist or must be chosen. What is no workbook raises anything: the caller guards.
    """
    check_zip(content, limits, file)
    sheets = _read_sheets(content, Count(limits, file))
    name = sheet if sheet is not None else _only_filled(sheets)
    if name is None or name not in sheets:
        raise refuse_table(sheet, list(sheets), file)
    rows = sheets[name]
    if not rows:
        return Raw(frame_of_records([], [])[0])
    (_, header), *records = rows
    names = ["" if cell is None else str(cell).strip() for cell in header]
    while names and not names[-1]:
        names.pop()
    # a workbook keeps no cells behind the last filled one of a row: such a row is not cut
    filled = [(row, cells + [None] * (len(names) - len(cells))) for row, cells in records]
    frame, remarks = frame_of_records(names, filled)
    return Raw(frame, remarks=(*remarks, *_remark_formulas(content, name, records, Count(limits, file))))


def list_sheets(content: bytes, *, file: str, limits: Limits) -> list[str]:
    """Names of the sheets that hold anything."""
    check_zip(content, limits, file)
    return [name for name, rows in _read_sheets(content, Count(limits, file)).items() if rows]


def _remark_formulas(
    content: bytes, sheet: str, records: list[tuple[int, list[Any]]], count: Count
) -> list[Remark]:
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
