"""The workbook: a sheet per table with readable names, units and codes, and a first sheet that explains them."""

from __future__ import annotations

import datetime as dt
import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from kansenkaart.exports.content.clean import clean_frame, clean_text
from kansenkaart.exports.content.column_order import count_printed, order_columns
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.tables.row_limit import keep_rows, tell_cut
from kansenkaart.exports.tables.sheets import (
    OPTIONS,
    Formats,
    Sheet,
    fit,
    make_formats,
    set_up_page,
    write_sheet,
)
from kansenkaart.exports.tables.totals_row import plan_totals
from kansenkaart.project import LoadedProject
from kansenkaart.safe_write import refuse_unwritable
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.texts import Texts

# Of the first sheet: its columns, in letters, and a line of text.
_ABOUT_WIDTHS = (28, 110, 12)
_LINE_POINTS = 15.0
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Row:
    cells: tuple[str | int, ...]
    head: bool = False


def write_workbook(
    path: Path,
    tables: Mapping[str, pd.DataFrame],
    loaded: LoadedProject,
    *,
    provenance: pd.DataFrame,
    texts: Texts,
) -> None:
    """Write `tables` (no geometry) to `path`; the same tables give the same bytes.

    Parameters
    ----------
    provenance
        Of which the first sheet lists the sources.

    Raises
    ------
    OutputError
        When the file cannot be written (open in Excel, disk full).
    """
    sheets = [_compose(path.name, name, table, loaded, texts) for name, table in tables.items()]
    with refuse_unwritable(path.name):
        path.write_bytes(_draw(sheets, path.parent, loaded, provenance, texts))


def _draw(
    sheets: list[Sheet], place: Path, loaded: LoadedProject, provenance: pd.DataFrame, texts: Texts
) -> bytes:
    """The workbook's bytes; sheets pass through a folder in `place`, so that they do not fill the memory together."""
    content = BytesIO()
    with TemporaryDirectory(prefix="kansenkaart-", dir=place) as scratch:
        workbook = xlsxwriter.Workbook(content, {**OPTIONS, "tmpdir": scratch})
        created = dt.datetime(loaded.project.reference_year, 1, 1)
        workbook.set_properties({"title": clean_text(loaded.project.title, xml=True), "created": created})
        formats = make_formats(workbook)
        rows = [*_about_rows(sheets, loaded, texts), *_source_rows(provenance, texts)]
        _write_about(workbook.add_worksheet(texts("tables.about.sheet")), rows, formats, loaded, texts)
        for sheet in sheets:
            write_sheet(workbook.add_worksheet(sheet.title), sheet, formats, texts)
        workbook.close()
    return content.getvalue()


def _compose(file: str, name: str, table: pd.DataFrame, loaded: LoadedProject, texts: Texts) -> Sheet:
    kept, removed = clean_frame(keep_rows(name, table), f"{file} {name}", xml=True)
    columns = order_columns(name, list(kept.columns))
    cleaned = kept[columns]
    cut = tell_cut(name, len(table), texts=texts)
    if cut:
        _LOG.warning(
            "%s: sheet %s holds %d of %d rows; all are in tables/%s.csv",
            file, name, len(cleaned), len(table), name,
        )  # fmt: skip
    return Sheet(
        name,
        texts(f"tables.{name}.title"),
        texts(f"tables.{name}.meaning"),
        cleaned,
        len(table),
        cut,
        find_aliases(name, columns, loaded.catalogue, texts=texts),
        find_labels(name, columns, loaded.catalogue, texts=texts),
        removed,
        count_printed(name, columns),
        () if cut else plan_totals(name, cleaned, texts),
    )


def _write_about(
    page: Worksheet, rows: Sequence[_Row], formats: Formats, loaded: LoadedProject, texts: Texts
) -> None:
    for position, width in enumerate(_ABOUT_WIDTHS):
        page.set_column(position, position, width)
    page.write_string(0, 0, clean_text(loaded.project.title, xml=True), formats.title)
    set_up_page(page, texts("tables.about.sheet"))
    for number, row in enumerate(rows, start=2):
        # a workbook that is read by a program has no heights that fit by themselves
        page.set_row(number, _LINE_POINTS * _count_lines(row))
        for position, value in enumerate(row.cells):
            style = formats.head if row.head else formats.wrap
            if isinstance(value, int):
                page.write_number(number, position, value, formats.numbers["whole"])
            else:
                page.write_string(number, position, fit(clean_text(value, xml=True), "…"), style)


def _count_lines(row: _Row) -> int:
    """Lines that the longest cell takes; a letter is about as wide as the digit in which widths are counted."""
    cells = zip(map(str, row.cells), _ABOUT_WIDTHS, strict=False)
    return max((math.ceil(len(text) / width) for text, width in cells), default=1) or 1


def _about_rows(sheets: list[Sheet], loaded: LoadedProject, texts: Texts) -> Iterator[_Row]:
    about = texts.section("tables.about")
    if loaded.project.question:
        yield _Row((about["question"], loaded.project.question))
    yield _Row((about["year"], str(loaded.project.reference_year)))
    yield _Row((about["values"], about["values_text"]))
    yield _Row((about["region"], about["region_text"]))
    yield _Row(())
    yield _Row((about["sheets"], about["what"], about["rows"]), head=True)
    for sheet in sheets:
        yield _Row((sheet.title, f"{sheet.meaning} {sheet.cut}".rstrip(), sheet.rows))
    yield _Row(())
    yield _Row((about["classes"], about["rule"]), head=True)
    for name in CHANCE_CLASSES:
        yield _Row((texts(f"tables.values.chance_class.{name}"), about[f"rule_{name}"]))
    yield _Row(())
    removed = sum(sheet.removed for sheet in sheets)
    if removed:
        yield _Row(())
        yield _Row((about["removed"], texts("tables.about.removed_text", count=removed)))


def _source_rows(provenance: pd.DataFrame, texts: Texts) -> Iterator[_Row]:
    about = texts.section("tables.about")
    yield _Row(())
    yield _Row((about["used"], about["sources"], about["rows"]), head=True)
    for _, row in provenance[provenance["sort"] == "source"].iterrows():
        licence = f" – {row['licence']}" if isinstance(row["licence"], str) else ""
        source = f"{row['source']} ({row['source_year']}){licence}"
        yield _Row((str(row["used_in"]), source, int(row["used_rows"])))
