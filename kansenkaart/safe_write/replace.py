"""A file or folder written aside, that takes the place of the old one in one step once it is whole.

Beside ``uit`` stand, while it is written, the locked file ``.uit.kansenkaart-slot`` and the work folder
``.uit.<token>.kansenkaart-deel``. However a run ends - well, by a fault, a signal or a kill - the same ``_put_right``
clears them: at once where it still can, else by the next run.
"""

from __future__ import annotations

import dataclasses
import filecmp
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kansenkaart.errors import OutputError
from kansenkaart.reasons import find_reason
from kansenkaart.safe_write.system import Record, Slot, exchange, hold_slot, move_aside, sync, sync_names

Keep = Callable[[Path], bool]

# What this process writes now, innermost last, and what it has written.
_open: list[tuple[Path, Slot]] = []
_written: list[Path] = []

# How the name of a work folder ends.
_WORK = ".kansenkaart-deel"

# In the work folder: what is being written, and what stood there.
_NEW, _OLD = "nieuw", "oud"


@dataclass
class Aside:
    """Something that is being written.

    Attributes
    ----------
    path
        Where to write it: an empty folder, or a file that is not there yet.
    kept
        Afterwards: where what stood there before was kept.
    """

    path: Path
    kept: Path | None = None


def _real(path: Path) -> Path:
    """Return where `path` leads; a link that leads round in a circle leads nowhere."""
    return Path(os.path.realpath(path))


@contextmanager
def replace_file(path: Path, *, keep: Keep = lambda _new: False) -> Iterator[Aside]:
    """Give a file to write, that takes the place of `path` when the block ends well.

    Parameters
    ----------
    path
        Its folder must exist.
    keep
        Asked, with the new file, whether the old one must be kept: as ``<stem>.vorige<suffix>``, or the first of
        ``.vorige-2``, ``.vorige-3`` ... that is free. What it raises leaves everything as it was.

    Raises
    ------
    OutputError
        When another run writes it, or something that is no file stands there; nothing was changed.
    OSError
        When it cannot be written; nothing was changed.
    """
    target = _real(path)
    if target.exists() and not target.is_file():
        message = "{file} is not an ordinary file. Name another file."
        raise OutputError("output_no_file", message, file=str(path))
    with _write(target, keep) as aside:
        yield aside


@contextmanager
def replace_folder(path: Path, *, keep: Keep = lambda _new: False) -> Iterator[Aside]:
    """Give a folder to fill, that takes the place of `path` when the block ends well; else as ``replace_file``."""
    with _write(_real(path), keep) as aside:
        aside.path.mkdir()
        yield aside


def recover(path: Path) -> None:
    """Clear what a killed run left beside `path`; an old output that it had moved out comes back.

    Raises
    ------
    OSError, OutputError
        When it cannot be cleared.
    """
    target = _real(path)
    if not target.name:  # beside the root of a disk stands nothing
        return
    slot = Slot(_slot_path(target))
    with hold_slot(slot, create=False) as ours:
        if ours:
            _put_right(target, slot)


def stop_writing() -> list[Path]:
    """Clear what this process is writing, at any moment: for a signal after which the process ends at once.

    Returns
    -------
    list of Path
        What it had written whole before.
    """
    for target, slot in reversed(_open):
        slot.close()
        with suppress(OSError, OutputError, ValueError):
            recover(target)
    return list(_written)


@contextmanager
def _write(target: Path, keep: Keep) -> Iterator[Aside]:
    if _stands_aside(target) and not os.path.lexists(target):
        yield Aside(target)
        return
    slot = Slot(_slot_path(target))
    _open.append((target, slot))
    try:
        with _hold(target, slot, keep) as aside:
            yield aside
        if len(_open) == 1:
            _written.append(target)
    finally:
        _open.remove((target, slot))


def _stands_aside(target: Path) -> bool:
    """Whether `target` is part of a folder that is itself written aside: it comes with that, or not at all."""
    return any(folder.name.endswith(_WORK) for folder in target.parents)


@contextmanager
def _hold(target: Path, slot: Slot, keep: Keep) -> Iterator[Aside]:
    with hold_slot(slot, create=True) as ours:
        if not ours:
            message = (
                "Another run writes to {folder}. Wait until it is done and run again; nothing was changed."
            )
            raise OutputError("output_taken_over", message, folder=str(target))
        try:
            aside = _begin(target, slot)
            yield aside
            _publish(target, aside.path, slot, keep)
        finally:
            kept = _put_right(target, slot)
        aside.kept = kept


def _begin(target: Path, slot: Slot) -> Aside:
    """Make a work folder, after clearing what a killed run left."""
    _put_right(target, slot)
    left = slot.read()
    if left is not None:
        message = "{file} is in the way and cannot be removed. Move or remove it and run again."
        raise OutputError("output_aside_stuck", message, file=str(_work_path(target, left)))
    record = Record(secrets.token_hex(8))
    slot.write(record)
    new = _work_path(target, record) / _NEW / target.name
    new.parent.mkdir(parents=True)
    return Aside(new)


def _publish(target: Path, new: Path, slot: Slot, keep: Keep) -> None:
    """Put `new` in the place of `target`; the old one then stands in the work folder."""
    record = slot.read()
    if record is None:
        raise ValueError(f"nothing is recorded of {target}")
    sync(new)
    present = os.path.lexists(target)
    keeping = present and keep(new)
    try:
        slot.write(dataclasses.replace(record, inode=new.lstat().st_ino, keep=keeping))
        if not present:
            move_aside(new, target)
        elif not exchange(new, target):
            _replace_in_steps(target, new, _work_path(target, record), keep=keeping)
        sync_names(target.parent)
    except OSError as error:
        message = (
            "{folder} cannot be replaced: {error}. Nothing was changed. Close the files that are open (QGIS, Excel, "
            "file manager) and run again."
        )
        raise OutputError("output_swap", message, folder=str(target), error=find_reason(error)) from error


def _replace_in_steps(target: Path, new: Path, work: Path, *, keep: bool) -> None:
    """The same where two names cannot change places at once: what is killed in between, ``_put_right`` finds."""
    old = work / _OLD / target.name
    old.parent.mkdir()
    if target.is_dir():
        target.rename(old)
        new.rename(target)
        return
    if keep:
        copy = work / target.name
        shutil.copy2(target, copy)
        sync(copy)
        copy.rename(old)
    new.replace(target)


def _put_right(target: Path, slot: Slot) -> Path | None:
    """Bring an old output to where it belongs and remove the work folder of the run that `slot` records.

    Returns
    -------
    Path or None
        Where the old output was kept.
    """
    record = slot.read()
    if record is None:
        return None
    work = _work_path(target, record)
    kept = None
    if work.is_dir() and not work.is_symlink():
        kept = _settle(target, work, record)
        shutil.rmtree(work, ignore_errors=True)
    if not os.path.lexists(work):
        slot.write(None)
    return kept


def _settle(target: Path, work: Path, record: Record) -> Path | None:
    places = (work / _OLD / target.name, work / _NEW / target.name)
    found = [place for place in places if os.path.lexists(place) and place.lstat().st_ino != record.inode]
    if record.inode is None or not found:
        return None
    if not os.path.lexists(target):
        found[0].rename(target)
        return None
    if not record.keep or _is_same_file(found[0], target):
        return None
    return _keep_aside(found[0], target)


def _is_same_file(one: Path, other: Path) -> bool:
    """Whether two files hold the same: a copy was made, and the run was killed before the new one came."""
    return one.is_file() and other.is_file() and filecmp.cmp(one, other, shallow=False)


def _keep_aside(old: Path, target: Path) -> Path:
    """Move `old` to the first free of ``.vorige``, ``.vorige-2`` ... beside `target`."""
    for kept in kept_names(target):
        try:
            move_aside(old, kept)
        except FileExistsError:
            continue
        return kept
    raise AssertionError("numbers do not end")


def kept_names(target: Path) -> Iterator[Path]:
    """Names for what stood at `target`, in the order in which they are tried."""
    stem, suffix = (target.name, "") if target.is_dir() else (target.stem, target.suffix)
    for number in count(1):
        yield target.with_name(f"{stem}.vorige{'' if number == 1 else f'-{number}'}{suffix}")


def _slot_path(target: Path) -> Path:
    return target.with_name(f".{target.name}.kansenkaart-slot")


def _work_path(target: Path, record: Record) -> Path:
    return target.with_name(f".{target.name}.{record.token}{_WORK}")
