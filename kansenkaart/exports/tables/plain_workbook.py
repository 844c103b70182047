"""A workbook of a few tables, without a project around them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd
import xlsxwriter

from kansenkaart.catalogue import load_catalogue
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.tables.sheets import OPTIONS, Sheet, make_formats, write_sheet
from kansenkaart.texts import Texts

# Such tables tell no year: the files carry this one, so that the same run gives the same bytes.
_CREATED = dt.datetime(2026, 1, 1)


def write_plain_workbook(path: Path, tables: Mapping[str, pd.DataFrame], *, texts: Texts) -> None:
    """Write `tables` (no geometry) to `path`, a sheet each; the same tables give the same bytes."""
    content = BytesIO()
    # in memory, or rows of the table would pass through a folder of their own
    workbook = xlsxwriter.Workbook(content, {**OPTIONS, "constant_memory": False, "in_memory": True})
    workbook.set_properties({"created": _CREATED})
    formats = make_formats(workbook)
    for name, table in tables.items():
        sheet = _compose(name, table, path.name, texts)
        write_sheet(workbook.add_worksheet(sheet.title), sheet, formats, texts)
    workbook.close()
    path.write_bytes(content.getvalue())


def _compose(name: str, table: pd.DataFrame, file: str, texts: Texts) -> Sheet:
    cleaned, removed = clean_frame(table, f"{file} {name}", xml=True)
    columns, catalogue = list(cleaned.columns), load_catalogue()
    return Sheet(
        name,
        texts(f"tables.{name}.title"),
        texts(f"tables.{name}.meaning"),
        cleaned,
        len(table),
        "",
        find_aliases(name, columns, catalogue, texts=texts),
        find_labels(name, columns, catalogue, texts=texts),
        removed,
    )
