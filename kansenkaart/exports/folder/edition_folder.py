"""Editions lie side by side: none in the folder of another, and none where another stood."""

from __future__ import annotations

from pathlib import Path

from kansenkaart.errors import OutputError
from kansenkaart.exports.folder.manifest import MANIFEST, parse_manifest
from kansenkaart.project.withheld import Edition
from kansenkaart.reasons import UnfitError


def check_edition_folder(folder: Path, edition: Edition) -> None:
    """Refuse a folder in which one edition could be taken for another.

    Raises
    ------
    OutputError
        When `folder` holds another edition, or lies in a folder of outputs.
    """
    target = folder.resolve()
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
