"""Balances as a workbook or a CSV; both can be read again."""

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

_WRITERS: dict[str, Callable[[Path, Frames, Texts], None]] = {
    ".xlsx": lambda path, frames, texts: write_plain_workbook(path, frames, texts=texts),
    ".csv": lambda path, frames, _texts: write_csv(path, frames["balances"], "balances"),
}
BALANCE_ENDINGS = tuple(_WRITERS)


def write_balances(path: Path, frames: Frames, *, texts: Texts) -> None:
    """Write the frames of a balance to `path`, as its ending says; an older file goes only when the new one is whole.

    Parameters
    ----------
    path
        ``.xlsx``: a sheet per frame. ``.csv``: frame ``balances`` alone.
    frames
        ``balances``, ``balance_tests``, ``balance_processes`` and ``findings`` by name.

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
