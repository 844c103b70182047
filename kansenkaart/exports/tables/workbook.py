"""The workbook: a sheet per table with readable names, units and codes, and a first sheet that explains them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from kansenkaart.errors import OutputError
from kansenkaart.exports.content.clean import clean_frame, clean_text
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.tables.row_limit import keep_rows, tell_cut
from kansenkaart.project import LoadedProject
from kansenkaart.reasons import find_reason
from kansenkaart.texts import Texts

_LOG = logging.getLogger(__name__)

# Limit of the file format (ECMA-376; Excel specifications and limits).
MAX_TEXT = 32_767

_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NARROWEST, _WIDEST, _SAMPLED_ROWS = 9, 48, 200


@dataclass(frozen=True)
class _Sheet:
    name: str
    title: str
    meaning: str
    table: pd.DataFrame
    rows: int
    cut: str
    aliases: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    removed: int


@dataclass(frozen=True)
class _Formats:
    title: Format
    cut: Format
    head: Format
    wrap: Format
    text: Format
    numbers: Mapping[str, Format]


def write_workbook(
    path: Path, tables: Mapping[str, pd.DataFrame], loaded: LoadedProject, *, texts: Texts
) -> None:
    """Write `tables` (no geometry) to `path`; the same tables give the same bytes.

    Raises
    ------
    OutputError
        When the file cannot be written (open in Excel, disk full).
    """
    sheets = [_compose(name, table, loaded, texts) for name, table in tables.items()]
    try:
        path.write_bytes(_draw(sheets, path.parent, loaded, texts))
    except OSError as error:
        message = "{file} cannot be written: {error}. Close it where it is open, or make room on the disk; run again."
        raise OutputError("output_workbook", message, file=path.name, error=find_reason(error)) from error


def _draw(sheets: list[_Sheet], place: Path, loaded: LoadedProject, texts: Texts) -> bytes:
    """The workbook's bytes; rows pass through a folder in `place`, so that a long table does not fill the memory."""
    content = BytesIO()
    with TemporaryDirectory(prefix="kansenkaart-", dir=place) as scratch:
        workbook = xlsxwriter.Workbook(content, {**_OPTIONS, "tmpdir": scratch})
        created = dt.datetime(loaded.project.reference_year, 1, 1)
        workbook.set_properties({"title": clean_text(loaded.project.title, xml=True), "created": created})
        formats = _make_formats(workbook)
        _write_about(workbook.add_worksheet(texts("tables.about.sheet")), sheets, formats, loaded, texts)
        for sheet in sheets:
            _write_sheet(workbook.add_worksheet(sheet.title), sheet, formats, texts)
        workbook.close()
    return content.getvalue()


def _compose(name: str, table: pd.DataFrame, loaded: LoadedProject, texts: Texts) -> _Sheet:
    cleaned, removed = clean_frame(keep_rows(name, table), f"kansenkaart.xlsx {name}", xml=True)
    columns = list(cleaned.columns)
    cut = tell_cut(name, len(table), texts=texts)
    if cut:
        _LOG.warning(
            "kansenkaart.xlsx: sheet %s holds %d of %d rows; all are in tables/%s.csv",
            name, len(cleaned), len(table), name,
        )  # fmt: skip
    return _Sheet(
        name,
        texts(f"tables.{name}.title"),
        texts(f"tables.{name}.meaning"),
        cleaned,
        len(table),
        cut,
        find_aliases(name, columns, loaded.catalogue, texts=texts),
        find_labels(name, columns, loaded.catalogue, texts=texts),
        removed,
    )


def _make_formats(workbook: Workbook) -> _Formats:
    numbers = {"int": "0", "whole": "#,##0", "share": "0%", "float": "#,##0.00", "place": "0.00"}
    return _Formats(
        workbook.add_format({"bold": True, "font_size": 16}),
        workbook.add_format({"bold": True, "font_color": "#9a3705"}),
        workbook.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#eef1ec"}
        ),
        workbook.add_format({"text_wrap": True, "valign": "top"}),
        workbook.add_format({"valign": "top"}),
        {name: workbook.add_format({"num_format": code, "valign": "top"}) for name, code in numbers.items()},
    )


def _write_sheet(page: Worksheet, sheet: _Sheet, formats: _Formats, texts: Texts) -> None:
    table = sheet.table
    for position, column in enumerate(table.columns):
        page.set_column(position, position, _width(sheet, column))
    head = 0
    if sheet.cut:
        # above the head, where it stays in sight while the rows scroll
        page.write_string(0, 0, sheet.cut, formats.cut)
        head = 1
    page.set_row(head, 45)
    page.freeze_panes(head + 1, 1)
    for position, column in enumerate(table.columns):
        page.write_string(head, position, clean_text(sheet.aliases[column], xml=True), formats.head)
    page.autofilter(head, 0, head + max(len(table), 1), max(len(table.columns) - 1, 0))
    _write_rows(page, sheet, formats, texts, first=head + 1)


def _write_rows(page: Worksheet, sheet: _Sheet, formats: _Formats, texts: Texts, *, first: int) -> None:
    table = sheet.table
    cells = [_cells(sheet, column, texts) for column in table.columns]
    styles = [_number_format(table[column], column, formats) for column in table.columns]
    for row, values in enumerate(zip(*cells, strict=True), start=first):
        for position, value in enumerate(values):
            if isinstance(value, str):
                page.write_string(row, position, value, formats.text)
            elif value is not None:
                page.write_number(row, position, value, styles[position])


def _cells(sheet: _Sheet, column: str, texts: Texts) -> Iterator[str | float | int | None]:
    """Values of a column as they stand in a cell: codes in words, missing values empty."""
    series = sheet.table[column]
    labels = sheet.labels.get(column, {})
    if pd.api.types.is_bool_dtype(series):
        words = {True: texts("tables.values.yes"), False: texts("tables.values.no")}
        return (words[bool(value)] for value in series)
    # A list at once: asking a column of text value by value is ten times slower.
    values = [None if value is pd.NA or value != value else value for value in series.astype(object).tolist()]
    if pd.api.types.is_numeric_dtype(series):
        return iter(values)
    pointer = texts("tables.about.cut", file=f"tables/{sheet.name}.csv")
    return (None if value is None else _fit(labels.get(value, value), pointer) for value in values)


def _fit(text: str, pointer: str) -> str:
    """`text` as long as a cell may be; Excel counts UTF-16 units, so a rare character counts twice."""
    if 2 * len(text) <= MAX_TEXT:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT:
        return text
    return units[: 2 * (MAX_TEXT - len(pointer))].decode("utf-16-le", errors="ignore") + pointer


def _number_format(series: pd.Series, column: str, formats: _Formats) -> Format:
    if pd.api.types.is_integer_dtype(series):
        return formats.numbers["int"]
    if column in ("robustness", "overlap", "nearest_share", "greedy_share"):
        return formats.numbers["share"]
    if column in ("x_rd", "y_rd"):
        return formats.numbers["place"]
    return formats.numbers["whole" if column.endswith(("_eur_y", "_m")) else "float"]


def _width(sheet: _Sheet, column: str) -> int:
    texts = sheet.table[column].head(_SAMPLED_ROWS).dropna().astype(str)
    labels = sheet.labels.get(column, {})
    longest = max((len(labels.get(text, text)) for text in texts), default=0)
    return min(max(longest + 1, len(sheet.aliases[column]) // 2 + 2, _NARROWEST), _WIDEST)


def _write_about(
    page: Worksheet, sheets: list[_Sheet], formats: _Formats, loaded: LoadedProject, texts: Texts
) -> None:
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 90)
    page.set_column(2, 2, 12)
    page.write_string(0, 0, clean_text(loaded.project.title, xml=True), formats.title)
    for number, row in enumerate(_about_rows(sheets, loaded, texts), start=2):
        for position, value in enumerate(row.cells):
            style = formats.head if row.head else formats.wrap
            if isinstance(value, int):
                page.write_number(number, position, value, formats.numbers["whole"])
            else:
                page.write_string(number, position, _fit(clean_text(value, xml=True), "…"), style)


@dataclass(frozen=True)
class _Row:
    cells: tuple[str | int, ...]
    head: bool = False


def _about_rows(sheets: list[_Sheet], loaded: LoadedProject, texts: Texts) -> Iterator[_Row]:
    about = texts.section("tables.about")
    if loaded.project.question:
        yield _Row((about["question"], loaded.project.question))
    yield _Row((about["year"], str(loaded.project.reference_year)))
    yield _Row((about["values"], about["values_text"]))
    yield _Row(())
    yield _Row((about["sheets"], about["what"], about["rows"]), head=True)
    for sheet in sheets:
        yield _Row((sheet.title, f"{sheet.meaning} {sheet.cut}".rstrip(), sheet.rows))
    yield _Row(())
    yield _Row((about["classes"], about["rule"]), head=True)
    for name in ("kansrijk", "verkennen", "technisch"):
        yield _Row((texts(f"tables.values.chance_class.{name}"), about[f"rule_{name}"]))
    yield _Row(())
    yield _Row((about["sources"], about["used"], about["rows"]), head=True)
    yield from _source_rows(sheets)
    removed = sum(sheet.removed for sheet in sheets)
    if removed:
        yield _Row(())
        yield _Row((about["removed"], texts("tables.about.removed_text", count=removed)))


def _source_rows(sheets: list[_Sheet]) -> Iterator[_Row]:
    table = next(sheet.table for sheet in sheets if sheet.name == "provenance")
    for _, row in table[table["sort"] == "source"].iterrows():
        licence = f" – {row['licence']}" if isinstance(row["licence"], str) else ""
        yield _Row(
            (f"{row['source']} ({row['source_year']})", f"{row['used_in']}{licence}", int(row["used_rows"]))
        )
