"""The frames of a command of its own as a workbook, or the first of them as a CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from kansenkaart.errors import OutputError
from kansenkaart.exports.tables.csv_files import write_csv
from kansenkaart.exports.tables.plain_workbook import write_plain_workbook
from kansenkaart.reasons import find_reason
from kansenkaart.safe_write import replace_file
from kansenkaart.texts import Texts

Frames = Mapping[str, pd.DataFrame]


def _write_first(path: Path, frames: Frames, _texts: Texts) -> None:
    name, frame = next(iter(frames.items()))
    write_csv(path, frame, name)


_WRITERS: dict[str, Callable[[Path, Frames, Texts], None]] = {
    ".xlsx": lambda path, frames, texts: write_plain_workbook(path, frames, texts=texts),
    ".csv": _write_first,
}
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
    try:
        with replace_file(path) as aside:
            _WRITERS[path.suffix.lower()](aside.path, frames, texts)
    except OSError as error:
        message = "{file} cannot be written: {error}. Close it where it is open, or make room on the disk; run again."
        raise OutputError("output_workbook", message, file=path.name, error=find_reason(error)) from error
