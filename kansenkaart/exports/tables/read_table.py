"""A table that an earlier build wrote, as far as it is still as it was written."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from kansenkaart.errors import OutputError
from kansenkaart.exports.folder.manifest import hash_file
from kansenkaart.exports.tables.csv_files import read_csv
from kansenkaart.project.input_files import is_there
from kansenkaart.reasons import find_reason


def read_table(
    folder: Path, manifest: dict[str, Any], name: str, columns: Collection[str], *, numbers: Collection[str]
) -> pd.DataFrame:
    """Return `columns` of table `name` in `folder`; `numbers` as floats, the others as text.

    Parameters
    ----------
    manifest
        Of the folder, as ``read_manifest`` gives it.

    Raises
    ------
    OutputError
        When the table is not there, cannot be read, or is not what the manifest recorded.
    """
    file = f"tables/{name}.csv"
    try:
        recorded = manifest["outputs"][file]["sha256"]
        dutch = manifest["settings"]["exports"]["csv"] == "excel-nl"
        if not is_there(folder / file) or hash_file(folder / file) != recorded:
            message = (
                "{file} in {folder} is not what the build wrote there: it was changed, or is gone. Build again, or "
                "give a copy of the folder as it was."
            )
            raise OutputError("table_changed", message, file=file, folder=str(folder))
        return read_csv(folder / file, columns, numbers=numbers, form="excel-nl" if dutch else "plain")
    except (KeyError, TypeError, OSError, ValueError) as error:
        message = "{file} in {folder} cannot be read: {error}. Give a folder that 'kansenkaart build' wrote."
        raise OutputError(
            "table_unread", message, file=file, folder=str(folder), error=find_reason(error, str(error))
        ) from None
