"""Renames that ``os`` lacks: two names exchanged at once, and never over what stands there."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

# linux/fs.h and linux/fcntl.h
_NOREPLACE, _EXCHANGE = 1, 2
_HERE = -100
# A kernel or a file system that cannot do it.
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)


def exchange(one: Path, other: Path) -> bool:
    """Let `one` and `other` change places in one step; False where the system cannot."""
    return _rename(one, other, _EXCHANGE)


def move_aside(old: Path, new: Path) -> None:
    """Rename `old` to `new`.

    Raises
    ------
    FileExistsError
        When something stands at `new`.
    """
    if _rename(old, new, _NOREPLACE):
        return
    if os.path.lexists(new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
    old.rename(new)


def sync(path: Path) -> None:
    """Let everything under `path` reach the disk."""
    if path.is_symlink():
        return
    if path.is_dir():
        for below in path.iterdir():
            sync(below)
        if os.name == "nt":  # has no handle of a folder
            return
    number = os.open(path, os.O_RDWR if path.is_file() and os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_names(folder: Path) -> None:
    """Let the names in `folder` reach the disk."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _rename(old: Path, new: Path, flag: int) -> bool:
    call = _find_call()
    if call is None:
        return False
    if call(_HERE, os.fsencode(old), _HERE, os.fsencode(new), flag) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNABLE:
        return False
    raise OSError(code, os.strerror(code), str(old), None, str(new))


@cache
def _find_call() -> Callable[..., int] | None:
    """``renameat2`` of the C library of Linux."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
