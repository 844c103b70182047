"""The output folder: written aside, then swapped: what stands there is always whole, and nobody's work is lost."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kansenkaart.errors import KansenkaartError, OutputError
from kansenkaart.exports.folder.manifest import MANIFEST, MARKER, find_identity, find_outputs, hash_file
from kansenkaart.exports.slot import hold_slot

_SHOWN = 5


@contextmanager
def open_output_folder(folder: Path, *, overwrite: bool = False, keep: Sequence[Path] = ()) -> Iterator[Path]:
    """Give a folder to write to, that takes the place of `folder` when the block ends well.

    Parameters
    ----------
    folder
        Where the outputs should stand; its parent must exist or can be made.
    overwrite
        Replace `folder` also when it holds files that are not its own or were changed since; it is then kept as
        ``<folder>.vorige`` (or ``.vorige-2`` and so on, where an earlier one holds somebody's work too).
    keep
        Files and folders that `folder` may not be or contain: the project and what it reads.

    Yields
    ------
    Path
        ``<folder>.deel``, beside it. Write a manifest there before the block ends.

    Raises
    ------
    OutputError
        When `folder` may not be replaced, cannot be written, or another run writes to it; it is then as it was. An
        interrupt or a fault in the block leaves it as it was too.
    """
    target = _resolve(folder)
    try:
        _check_keep(target, keep)
        target.parent.mkdir(parents=True, exist_ok=True)
        with hold_slot(target.with_name(f".{target.name}.kansenkaart-slot")) as ours:
            if not ours:
                raise _taken_over(target)
            with _write_aside(target, overwrite=overwrite) as aside:
                yield aside
    except OSError as error:
        message = (
            "Writing to {folder} failed: {error}. Nothing was changed. Check the permissions and the free space, "
            "and run again."
        )
        raise OutputError("output_write", message, folder=str(folder), error=_plain(error)) from error


@contextmanager
def _write_aside(target: Path, *, overwrite: bool) -> Iterator[Path]:
    aside = target.with_name(f"{target.name}.deel")
    try:
        _check_target(target, overwrite=overwrite)
        _make_aside(aside)
        yield aside
        if not _is_ours(aside):
            raise _taken_over(target)
        _check_target(target, overwrite=overwrite)
        _swap(aside, target)
    finally:
        if _is_ours(aside):
            _remove_aside(aside, ignore_errors=True)


def find_foreign(folder: Path) -> list[str]:
    """Return the files of `folder` that no run of ours wrote there as they are now, by relative name, sorted.

    A file counts as ours when the folder's manifest is whole and names it with its present hash.
    """
    recorded = _read_outputs(folder)
    foreign = [
        name
        for name, path in find_outputs(folder)
        if path.is_symlink() or name not in recorded or hash_file(path) != recorded[name]
    ]
    if (folder / MANIFEST).exists() and not recorded:
        foreign.append(MANIFEST)
    return sorted(foreign)


def _read_outputs(folder: Path) -> dict[str, str]:
    """Hashes by name from the folder's manifest; nothing when there is none, or somebody edited it."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["identity"] != find_identity(manifest):
            return {}
        return {name: entry["sha256"] for name, entry in manifest["outputs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _resolve(folder: Path) -> Path:
    try:
        target = folder.resolve()
        target.exists()  # newer Pythons find the loop only here
    except (OSError, RuntimeError, ValueError) as error:
        message = "{folder} cannot be the output folder: {error}. Choose another folder, such as 'uit'."
        raise OutputError("output_unfit", message, folder=str(folder), error=str(error)) from error
    if not target.name:
        message = "{folder} is the root of a disk. Choose a folder on it, such as 'uit'."
        raise OutputError("output_root", message, folder=str(folder))
    return target


def _check_keep(target: Path, keep: Sequence[Path]) -> None:
    """Refuse a folder that is or contains one of `keep`, by whatever name either is called."""
    if not target.exists():
        return
    for path in keep:
        for place in (path.absolute(), path.resolve()):
            if any(above.exists() and above.samefile(target) for above in (place, *place.parents)):
                message = (
                    "{folder} holds {path}, which the map is made from; it would be moved away. Choose another folder, "
                    "such as 'uit' in the project folder."
                )
                raise OutputError("output_holds_input", message, folder=str(target), path=str(path))


def _check_target(target: Path, *, overwrite: bool) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        message = "{folder} is not a folder. Choose another output folder."
        raise OutputError("output_no_folder", message, folder=str(target))
    foreign = find_foreign(target)
    if foreign and not overwrite:
        shown = ", ".join(foreign[:_SHOWN]) + (
            f" (+ {len(foreign) - _SHOWN})" if len(foreign) > _SHOWN else ""
        )
        message = (
            "{folder} holds files that are not of this map or were changed since: {files}. Choose another folder, or "
            "keep the old folder as {kept} with --overwrite."
        )
        kept = _free_name(target, "vorige").name
        raise OutputError("output_not_ours", message, folder=str(target), files=shown, kept=kept)


def _make_aside(aside: Path) -> None:
    if aside.exists():
        if not _is_left_over(aside):
            message = (
                "{folder} exists and is not left over from an earlier run. Move or remove it and run again."
            )
            raise OutputError("output_aside_taken", message, folder=str(aside))
        _remove_aside(aside)
    aside.mkdir()
    (aside / MARKER).write_text(str(os.getpid()), encoding="ascii")


def _is_left_over(aside: Path) -> bool:
    """Tell whether a killed run left `aside`: it has our mark, is empty, or is whole and was about to move in."""
    return (aside / MARKER).is_file() or (aside.is_dir() and not find_foreign(aside))


def _remove_aside(aside: Path, *, ignore_errors: bool = False) -> None:
    """Remove `aside`, its mark last: if we are stopped halfway, the next run still knows it as ours."""
    for path in aside.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=ignore_errors)
        elif path.name != MARKER:
            path.unlink(missing_ok=True)
    shutil.rmtree(aside, ignore_errors=ignore_errors)


def _is_ours(aside: Path) -> bool:
    try:
        return (aside / MARKER).read_text(encoding="ascii") == str(os.getpid())
    except OSError:
        return False


def _taken_over(target: Path) -> KansenkaartError:
    message = "Another run writes to {folder}. Wait until it is done and run again; nothing was changed."
    return OutputError("output_taken_over", message, folder=str(target))


def _swap(aside: Path, target: Path) -> None:
    """Put `aside` in the place of `target`; on any failure `target` stands as it stood."""
    (aside / MARKER).unlink()
    keep = target.exists() and bool(find_foreign(target))
    old = _free_name(target, "vorige" if keep else "oud")
    moved = False
    try:
        if old.exists():
            shutil.rmtree(old)
        if target.exists():
            target.rename(old)
            moved = True
        aside.rename(target)
    except BaseException as error:
        if moved:
            old.rename(target)
        (aside / MARKER).write_text(str(os.getpid()), encoding="ascii")
        if isinstance(error, OSError):
            raise _swap_fault(target, error) from error
        raise
    if moved and not keep:
        shutil.rmtree(old, ignore_errors=True)


def _swap_fault(target: Path, error: OSError) -> KansenkaartError:
    message = (
        "{folder} cannot be replaced: {error}. Nothing was changed. Close the files that are open (QGIS, Excel, file "
        "manager) and run again."
    )
    return OutputError("output_swap", message, folder=str(target), error=_plain(error))


def _free_name(target: Path, suffix: str) -> Path:
    """Where the old folder goes: the first name that is free, or holds nothing but an unchanged run of ours."""
    number = 1
    while True:
        old = target.with_name(f"{target.name}.{suffix}" + (f"-{number}" if number > 1 else ""))
        if not old.exists() or (old.is_dir() and not find_foreign(old)):
            return old
        number += 1


def _plain(error: OSError) -> str:
    return error.strerror or str(error)
