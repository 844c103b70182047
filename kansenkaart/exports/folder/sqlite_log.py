"""What SQLite keeps beside a GeoPackage while QGIS has it open: once a layer was filtered, a log of changes ahead."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path


def settle_log(path: Path) -> list[Path]:
    """Put the log beside `path` into it; return what may be left beside it, which then holds nothing of its own.

    A program that has the file open keeps its log there, also when it changed nothing. Nothing is returned where a
    change is still under way.
    """
    log, index = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if not _is_plain(path) or not _is_plain(log) or (index.exists() and not _is_plain(index)):
        return []
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as own,
    ):
        own.execute("PRAGMA busy_timeout = 0")
        # https://www.sqlite.org/pragma.html#pragma_wal_checkpoint: whether it had to stop, and pages there and moved
        stopped, there, moved = own.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if not stopped and there == moved:
            return [log, index]
    return []


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
