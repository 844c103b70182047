"""A sheet of a workbook: readable heads, codes in words, numbers with their format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.tables.totals_row import Total, count_rows, write_totals
from kansenkaart.texts import Texts

# Limit of the file format (ECMA-376; Excel specifications and limits).
MAX_TEXT = 32_767

# Not of constant memory: a sheet holds 10,000 rows at most, and a text that occurs often is written once.
OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NARROWEST, _WIDEST, _SAMPLED_ROWS = 9, 48, 200
# Of the file format (ECMA-376, 18.3.1.63).
_A4 = 9
# Shown as it is read; the cell holds every digit.
_ROUNDED = "[>=100]#,##0;[=0]0;#,##0.00"


@dataclass(frozen=True)
class Sheet:
    """A table with what its sheet, its columns and its codes are called.

    Attributes
    ----------
    printed
        How many columns go on paper; None is all.
    totals
        What stands below it.
    """

    name: str
    title: str
    meaning: str
    table: pd.DataFrame
    rows: int
    cut: str
    aliases: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    removed: int
    printed: int | None = None
    totals: Sequence[Total] = ()


@dataclass(frozen=True)
class Formats:
    """How cells look."""

    title: Format
    cut: Format
    head: Format
    wrap: Format
    text: Format
    numbers: Mapping[str, Format]
    total: Format
    totals: Mapping[str, Format]


def make_formats(workbook: Workbook) -> Formats:
    """How cells of `workbook` look."""
    numbers = {"int": "0", "whole": "#,##0", "share": "0%", "float": _ROUNDED, "place": "0.00"}
    return Formats(
        workbook.add_format({"bold": True, "font_size": 16}),
        workbook.add_format({"bold": True, "font_color": "#9a3705"}),
        workbook.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#eef1ec"}
        ),
        workbook.add_format({"text_wrap": True, "valign": "top"}),
        # the unit stands behind a number that ends at its edge
        workbook.add_format({"valign": "top", "indent": 1}),
        {name: workbook.add_format({"num_format": code, "valign": "top"}) for name, code in numbers.items()},
        workbook.add_format({"bold": True}),
        {
            name: workbook.add_format({"num_format": code, "bold": True, "top": 1})
            for name, code in numbers.items()
        },
    )


def write_sheet(page: Worksheet, sheet: Sheet, formats: Formats, texts: Texts) -> None:
    """Write `sheet` to `page`: the head in words, then its rows."""
    table = sheet.table
    columns = [_read_column(sheet, name, formats, texts) for name in table.columns]
    for position, read in enumerate(columns):
        page.set_column(position, position, read.width)
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
    _write_rows(page, columns, formats, first=head + 1)
    totals = list(sheet.totals)
    styles = {name: formats.totals[_number_form(table[name], name)] for one in totals for name in one.columns}
    write_totals(page, table, totals, {"": formats.total, **styles}, first=head + 1)
    below = head + len(table) + count_rows(totals)
    last = (sheet.printed or len(table.columns)) - 1
    page.print_area(0, 0, below, max(last, 0))
    page.repeat_rows(0, head)
    set_up_page(page, sheet.title)


def set_up_page(page: Worksheet, title: str) -> None:
    """Print on A4 lying down, as wide as the paper, with the name of the sheet and numbers of pages."""
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    page.set_footer(f"&L{title.replace('&', '&&')}&R&P / &N")


@dataclass(frozen=True)
class _Column:
    """What stands in a column: codes in words, missing values empty; how wide it is and how its numbers look."""

    cells: Iterable[str | float | int | None]
    width: int
    style: Format


def _write_rows(page: Worksheet, columns: Sequence[_Column], formats: Formats, *, first: int) -> None:
    styles = [column.style for column in columns]
    for row, values in enumerate(zip(*(column.cells for column in columns), strict=True), start=first):
        for position, value in enumerate(values):
            if isinstance(value, str):
                page.write_string(row, position, value, formats.text)
            elif value is not None:
                page.write_number(row, position, value, styles[position])


def _read_column(sheet: Sheet, name: str, formats: Formats, texts: Texts) -> _Column:
    series, least = sheet.table[name], _heads_width(sheet, name)
    style = formats.numbers[_number_form(series, name)]
    if series.empty:  # as most tables of a small project are
        return _Column((), least, style)
    labels = sheet.labels.get(name, {})
    if pd.api.types.is_bool_dtype(series):
        words = {True: texts("tables.values.yes"), False: texts("tables.values.no")}
        return _Column((words[bool(value)] for value in series), least, style)
    # A list at once: asking a column of text value by value is ten times slower.
    values = [None if value is pd.NA or value != value else value for value in series.astype(object).tolist()]
    width = _width(series, values, labels, least)
    if pd.api.types.is_numeric_dtype(series):
        return _Column(values, width, style)
    pointer = texts("tables.about.cut", file=f"tables/{sheet.name}.csv")
    cells = (None if value is None else fit(labels.get(value, value), pointer) for value in values)
    return _Column(cells, width, style)


def fit(text: str, pointer: str) -> str:
    """`text` as long as a cell may be; Excel counts UTF-16 units, so a rare character counts twice."""
    if 2 * len(text) <= MAX_TEXT:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_TEXT:
        return text
    return units[: 2 * (MAX_TEXT - len(pointer))].decode("utf-16-le", errors="ignore") + pointer


def _number_form(series: pd.Series, column: str) -> str:
    """How the numbers of a column look, as a key of the formats."""
    if pd.api.types.is_integer_dtype(series):
        return "int"
    if column in ("robustness", "overlap", "nearest_share", "greedy_share"):
        return "share"
    if column in ("x_rd", "y_rd"):
        return "place"
    return "whole" if column.endswith(("_eur_y", "_m")) else "float"


def _width(series: pd.Series, values: Sequence[Any], labels: Mapping[str, str], least: int) -> int:
    """Wide enough for the longest number, or for what stands in the first rows; `values` are those of `series`."""
    if pd.api.types.is_float_dtype(series):
        longest = max((len(f"{end:,.0f}") for end in (series.max(), series.min()) if end == end), default=0)
        return max(longest + 3, least)
    shown = [str(value) for value in values[:_SAMPLED_ROWS] if value is not None]
    longest = max((len(labels.get(text, text)) for text in shown), default=0)
    return min(max(longest + 3, least), _WIDEST)


def _heads_width(sheet: Sheet, column: str) -> int:
    """The head stands on three lines."""
    words = sheet.aliases[column].split()
    return min(
        max(len(sheet.aliases[column]) // 3 + 3, *(len(word) + 2 for word in words), _NARROWEST), _WIDEST
    )
