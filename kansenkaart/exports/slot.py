"""One run at a time: a lock that the system itself lets go when a run ends, also when it is killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def hold_slot(path: Path) -> Iterator[bool]:
    """Lock the file `path` for as long as the block lasts, and remove it after.

    Yields
    ------
    bool
        False when another run, or another thread of this one, holds it.

    Raises
    ------
    OSError
        When the file cannot be made, or its file system has no locks.
    """
    while True:
        with path.open("ab") as file:
            if not _lock(file):
                yield False
                return
            # whoever held it before may have removed it between our opening and our locking
            if _is_file_at(path, file):
                try:
                    yield True
                finally:
                    _remove(path, file)
                return


def _lock(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_file_at(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _remove(path: Path, file: BinaryIO) -> None:
    """Remove the file while it is locked, but on Windows, where an open file cannot be removed."""
    if sys.platform == "win32":
        file.close()
    with suppress(OSError):
        path.unlink()
