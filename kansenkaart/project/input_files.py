"""What belongs to a file that a user names: whether it is there, its companions, and the hash over all of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from kansenkaart.reasons import UnfitError, name_reason

SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
# What SQLite has not yet written into the file itself, or would take back from it.
_UNWRITTEN = ("-wal", "-journal")
_BLOCK = 1 << 20
# Beside a downloaded file: where it came from, and when.
RECEIPT = ".ontvangst.json"


def is_there(path: Path) -> bool:
    """Tell whether `path` is a file; a name that no disk can hold is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or with a NUL
        return False


def is_folder(path: Path) -> bool:
    """Tell whether `path` is a folder; a name that no disk can hold is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_small(path: Path, most_mb: int) -> bytes:
    """Return all of a file that somebody wrote, or a page saved: never a device, a pipe or what has no end.

    Raises
    ------
    UnfitError
        When it is no ordinary file, or larger than `most_mb`.
    OSError
        When it cannot be read.
    """
    if path.exists() and not path.is_dir() and not is_there(path):
        raise UnfitError(name_reason("reason_no_file"))
    with path.open("rb") as stream:
        content = stream.read(most_mb * 1_000_000 + 1)
    if len(content) > most_mb * 1_000_000:
        raise UnfitError(name_reason("reason_large", allowed=most_mb))
    return content


def sidecar(path: Path, extension: str) -> Path | None:
    """Return the part of a Shapefile with `extension`, in either case of letters; nothing when it is absent."""
    for candidate in (path.with_suffix(extension), path.with_suffix(extension.upper())):
        if is_there(candidate):
            return candidate
    return None


def companions(path: Path) -> list[Path]:
    """Return the files that a reader takes together with `path`, in a fixed order."""
    kind = path.suffix.lower()
    if kind == ".shp":
        found = [sidecar(path, extension) for extension in SHAPEFILE_PARTS]
        return [part for part in found if part is not None]
    if kind == ".gpkg":
        beside = [path.with_name(path.name + ending) for ending in _UNWRITTEN]
        return [part for part in beside if is_there(part) and part.stat().st_size > 0]
    return []


def read_receipt(path: Path) -> dict[str, Any]:
    """Return what was noted when `path` was downloaded, if it still is that file; else nothing."""
    # '.', the folder one stands in, has no name to put anything behind
    if not is_there(path) or not is_there(noted := path.with_name(path.name + RECEIPT)):
        return {}
    try:
        receipt = json.loads(read_small(noted, 1))
    except (OSError, ValueError, UnfitError):
        return {}
    return receipt if isinstance(receipt, dict) and receipt.get("sha256") == hash_input(path) else {}


def hash_input(path: Path) -> str:
    """Return the SHA-256 of `path` and its companions one after the other, in hex."""
    digest = hashlib.sha256()
    # a geodatabase is a folder: all that is in it, in a fixed order
    parts = sorted(one for one in path.rglob("*") if is_there(one)) if is_folder(path) else [path]
    for part in (*parts, *companions(path)):
        with part.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()
