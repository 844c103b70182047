"""The output folder: written aside, then swapped: what stands there is always whole, and nobody's work is lost."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kansenkaart.errors import OutputError
from kansenkaart.exports.folder.manifest import MANIFEST, hash_content, hash_file, parse_manifest
from kansenkaart.exports.folder.sqlite_log import settle_log
from kansenkaart.project.withheld import Edition
from kansenkaart.reasons import UnfitError, find_reason
from kansenkaart.safe_write import kept_names, replace_folder

_SHOWN = 5

# What a build writes: no other file is ours, whatever a manifest says.
_OURS = re.compile(
    r"(scenarios/[^/]+/)?(kansenkaart\.(html|gpkg|xlsx)|kansenkaart-techniek\.xlsx|quality\.(html|csv)"
    r"|clusters\.(html|xlsx|gpkg)|(coalitions|hubs|scenarios)\.html|scenarios\.gpkg|gemeenten\.(html|gpkg|csv)"
    r"|balances\.(xlsx|csv|gpkg)|sankey/\w+\.(svg|json|png)"
    r"|tables/\w+\.csv"
    r"|rasters/\w+_(overschot|tekort)\.(tif|qml))"
)


@contextmanager
def open_output_folder(folder: Path, *, overwrite: bool = False, keep: Sequence[Path] = ()) -> Iterator[Path]:
    """Give a folder to write to, that takes the place of `folder` when the block ends well.

    Parameters
    ----------
    folder
        Where the outputs should stand; its parent must exist or can be made.
    overwrite
        Replace `folder` also when it holds files that are not its own or were changed since; it is then kept as
        ``<folder>.vorige`` (or ``.vorige-2`` and so on: the first name that is free).
    keep
        Files and folders that `folder` may not be or contain: the project and what it reads.

    Yields
    ------
    Path
        A folder beside it. Write a manifest there before the block ends.

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
        with replace_folder(target, keep=lambda _new: _check_target(target, overwrite=overwrite)) as aside:
            _check_target(target, overwrite=overwrite)
            yield aside.path
    except OSError as error:
        message = (
            "Writing to {folder} failed: {error}. Nothing was changed. Check the permissions and the free space, "
            "and run again."
        )
        raise OutputError("output_write", message, folder=str(folder), error=find_reason(error)) from error


def check_output_folder(folder: Path, *, overwrite: bool = False, keep: Sequence[Path] = ()) -> None:
    """See, before a long run, whether its outputs may stand in `folder`; as ``open_output_folder``."""
    target = _resolve(folder)
    _check_keep(target, keep)
    _check_target(target, overwrite=overwrite)


def check_edition_folder(folder: Path, edition: Edition) -> None:
    """Refuse a folder in which one edition could be taken for another: they lie side by side, none in another.

    Raises
    ------
    OutputError
        When `folder` holds another edition, or lies in a folder of outputs.
    """
    target = _resolve(folder)
    there = _find_edition(target)
    if there not in (None, edition):
        message = (
            "{folder} holds the edition '{there}' and this is '{edition}': who knows that folder would share other "
            "contents than he thinks. Choose another folder with -o, or throw this one away first."
        )
        raise OutputError("edition_other", message, folder=str(folder), there=there, edition=edition)
    for above in target.parents:
        if _find_edition(above) is not None:
            message = (
                "{folder} lies in {other}, which holds other outputs: who shares that folder shares this edition, "
                "too. Choose a folder beside it."
            )
            raise OutputError("edition_inside", message, folder=str(folder), other=str(above))


def _find_edition(folder: Path) -> str | None:
    """The edition whose manifest stands in `folder`; nothing where none of ours does."""
    try:
        manifest, _ = parse_manifest(folder / MANIFEST)
    except UnfitError:
        return None
    return str(manifest.get("edition", "internal")) if "outputs" in manifest else None


def find_foreign(folder: Path) -> list[str]:
    """Return what is in `folder` that no run of ours wrote there as it is now, by relative name, sorted.

    A file counts as ours when it has a name that we give, and the folder's manifest is whole and names it with its
    present hash. Counters of a GeoPackage that merely was looked at in QGIS do not matter, nor what SQLite keeps
    beside one that is open there.
    """
    recorded = _read_outputs(folder)
    packages = (folder / name for name in recorded if _OURS.fullmatch(name) and name.endswith(".gpkg"))
    beside = {log for package in packages for log in settle_log(package)}
    foreign = []
    for path in (one for one in sorted(folder.rglob("*")) if one not in beside):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                foreign.append(f"{name}/")
        elif path.is_symlink() or not path.is_file() or not _is_own(name, path, recorded):
            foreign.append(name)
    return foreign


def _is_own(name: str, path: Path, recorded: dict[str, dict[str, Any]]) -> bool:
    if name == MANIFEST:
        return bool(recorded)
    entry = recorded.get(name, {})
    if not _OURS.fullmatch(name):
        return False
    if "content_sha256" in entry:
        return bool(hash_content(path) == entry["content_sha256"])
    return bool(hash_file(path) == entry.get("sha256"))


def _read_outputs(folder: Path) -> dict[str, dict[str, Any]]:
    """Entries by name from the folder's manifest; nothing when there is none, or somebody edited it."""
    try:
        manifest, unchanged = parse_manifest(folder / MANIFEST)
        return {name: dict(entry) for name, entry in manifest["outputs"].items()} if unchanged else {}
    except (UnfitError, KeyError, TypeError, ValueError, AttributeError):
        return {}


def _resolve(folder: Path) -> Path:
    try:
        target = folder.resolve()
        target.exists()  # newer Pythons find the loop only here
    except (OSError, RuntimeError, ValueError) as error:
        message = "{folder} cannot be the output folder: {error}. Choose another folder, such as 'uit'."
        raise OutputError("output_unfit", message, folder=str(folder), error=find_reason(error)) from error
    if not target.name:
        message = "{folder} is the root of a disk. Choose a folder on it, such as 'uit'."
        raise OutputError("output_root", message, folder=str(folder))
    return target


def _check_keep(target: Path, keep: Sequence[Path]) -> None:
    """Refuse a folder that is or contains one of `keep`, by whatever name either is called."""
    if not target.is_dir():
        return
    if target.is_dir() and any(path.exists() and path.samefile(target) for path in keep):
        message = (
            "{folder} is the folder of the project itself; building would put the outputs in the place of your "
            "layers. Name a folder in it, such as 'uit'."
        )
        raise OutputError("output_is_project", message, folder=str(target))
    for path in keep:
        for place in (path.absolute(), path.resolve()):
            if any(above.exists() and above.samefile(target) for above in (place, *place.parents)):
                message = (
                    "{folder} holds {path}, which the map is made from; it would be moved away. Choose another folder, "
                    "such as 'uit' in the project folder."
                )
                raise OutputError("output_holds_input", message, folder=str(target), path=str(path))


def _check_target(target: Path, *, overwrite: bool) -> bool:
    """Refuse a folder that may not be replaced; tell whether it must be kept."""
    if not target.exists():
        return False
    if not target.is_dir():
        message = "{folder} is not a folder. Choose another output folder."
        raise OutputError("output_no_folder", message, folder=str(target))
    here = Path.cwd()
    if any(above.samefile(target) for above in (here, *here.parents)):
        message = (
            "{folder} is the folder you are in; replacing it would pull it from under you. Go one folder up, or name "
            "a folder in it, such as 'uit'."
        )
        raise OutputError("output_is_here", message, folder=str(target))
    foreign = find_foreign(target)
    if foreign and not overwrite:
        shown = ", ".join(foreign[:_SHOWN]) + (
            f" (+ {len(foreign) - _SHOWN})" if len(foreign) > _SHOWN else ""
        )
        message = (
            "{folder} holds files that are not of this map or were changed since: {files}. Choose another folder, or "
            "keep the old folder as {kept} with --overwrite."
        )
        kept = next(name for name in kept_names(target) if not os.path.lexists(name)).name
        raise OutputError("output_not_ours", message, folder=str(target), files=shown, kept=kept)
    return bool(foreign)
