"""The frames of a command of its own as a workbook, or the first of them as a CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd
import xlsxwriter

from kansenkaart.catalogue import load_catalogue
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.tables.csv_files import write_csv
from kansenkaart.exports.tables.sheets import OPTIONS, Sheet, make_formats, write_sheet
from kansenkaart.safe_write import refuse_unwritable, replace_file
from kansenkaart.texts import Texts

Frames = Mapping[str, pd.DataFrame]

# Such tables tell no year: the files carry this one, so that the same run gives the same bytes.
_CREATED = dt.datetime(2026, 1, 1)


def _write_first(path: Path, frames: Frames, _texts: Texts) -> None:
    name, frame = next(iter(frames.items()))
    write_csv(path, frame, name)


def _write_workbook(path: Path, frames: Frames, texts: Texts) -> None:
    """A sheet per frame; the same frames give the same bytes."""
    content = BytesIO()
    # in memory, or rows of the table would pass through a folder of their own
    workbook = xlsxwriter.Workbook(content, {**OPTIONS, "in_memory": True})
    workbook.set_properties({"created": _CREATED})
    formats = make_formats(workbook)
    for name, table in frames.items():
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


_WRITERS: dict[str, Callable[[Path, Frames, Texts], None]] = {".xlsx": _write_workbook, ".csv": _write_first}
RESULT_ENDINGS = tuple(_WRITERS)


def write_result(path: Path, frames: Frames, *, texts: Texts) -> None:
    """Write `frames` to `path`, as its ending says; an older file goes only when the new one is whole.

    Parameters
    ----------
    path
        ``.xlsx``: a sheet per frame. ``.csv``: the first frame alone.
    frames
        By name, the most important first.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    with refuse_unwritable(path.name), replace_file(path) as aside:
        _WRITERS[path.suffix.lower()](aside.path, frames, texts)
