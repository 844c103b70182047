"""What the operating system gives: a lock that it lets go when a run ends, even by a kill, and renames in one step.

The locked file says what the run that holds it has made, so that the next run knows what a killed one left: by that
record and by the lock that nobody holds, never by a name alone.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kansenkaart.errors import OutputError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_RECORD = re.compile(r"kansenkaart ([0-9a-f]{16})\n(?:swap (\d+) (keep|drop)\n)?")

# More than a record of ours takes.
_MOST_BYTES = 200

# Far behind all text: on Windows what is locked cannot be read.
_LOCKED_BYTE = 1 << 20

# linux/fs.h and linux/fcntl.h
_NOREPLACE, _EXCHANGE = 1, 2
_HERE = -100
# A kernel or a file system that cannot do it.
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)


@dataclass(frozen=True)
class Record:
    """What a run made beside its output.

    Attributes
    ----------
    token
        Part of the name of its work folder, which no other run has.
    inode
        Of the new output, once it is whole and about to take the place of the old one.
    keep
        Whether the old one must be kept then.
    """

    token: str
    inode: int | None = None
    keep: bool = False


class Slot:
    """The locked file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._number: int | None = None

    def open(self, *, create: bool) -> bool:
        """Lock the file; False when another run, or another thread of this one, holds it (or there is none).

        Raises
        ------
        OSError
            When the file cannot be made, or its file system has no locks.
        """
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        while True:
            try:
                self._number = os.open(self.path, flags | (os.O_CREAT if create else 0), 0o666)
            except FileNotFoundError:
                if create:
                    raise
                return False
            if not _lock(self._number):
                self.close()
                return False
            # whoever held it before may have removed it between our opening and our locking
            if _is_file_at(self.path, self._number):
                return True
            self.close()

    def read(self) -> Record | None:
        """What the file records; nothing when it is empty.

        Raises
        ------
        OutputError
            ``output_aside_taken``: the file is somebody else's.
        """
        number = self._opened()
        os.lseek(number, 0, os.SEEK_SET)
        text = os.read(number, _MOST_BYTES)
        if not text:
            return None
        found = _RECORD.fullmatch(text.decode("utf-8", errors="replace"))
        if found is None:
            message = "{file} is in the way and was not made by kansenkaart. Move or remove it and run again."
            raise OutputError("output_aside_taken", message, file=str(self.path))
        token, inode, keep = found.groups()
        return Record(token, None if inode is None else int(inode), keep == "keep")

    def write(self, record: Record | None) -> None:
        """Record what is made next, before it is made."""
        number = self._opened()
        if record is None:
            os.ftruncate(number, 0)
            return
        text = f"kansenkaart {record.token}\n"
        if record.inode is not None:
            text += f"swap {record.inode} {'keep' if record.keep else 'drop'}\n"
        os.lseek(number, 0, os.SEEK_SET)
        os.write(number, text.encode())
        os.fsync(number)

    def remove(self) -> None:
        """Remove the file while it is locked, but on Windows, where an open file cannot be removed."""
        if sys.platform == "win32":
            self.close()
        with suppress(OSError):
            self.path.unlink()

    def close(self) -> None:
        """Let go of the lock."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)

    def _opened(self) -> int:
        if self._number is None:
            raise ValueError(f"{self.path} is not open")
        return self._number


@contextmanager
def hold_slot(slot: Slot, *, create: bool) -> Iterator[bool]:
    """Lock `slot` for as long as the block lasts; remove its file after it when nothing is recorded there any more.

    Yields
    ------
    bool
        False when another run, or another thread of this one, holds it (or there is none).
    """
    ours = slot.open(create=create)
    try:
        yield ours
    finally:
        with suppress(OutputError, OSError, ValueError):
            if ours and slot.read() is None:
                slot.remove()
        slot.close()


def _lock(number: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(number, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_file_at(path: Path, number: int) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.stat())
    except FileNotFoundError:
        return False


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
