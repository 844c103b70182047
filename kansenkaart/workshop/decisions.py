"""``decisions.gpkg``: written whole or not at all, the same bytes for the same ballots; nothing older is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from kansenkaart.errors import OutputError
from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.folder.manifest import hash_content
from kansenkaart.exports.geopackage.geopackage import at_fixed_date, fixed_date, write_aside, write_layer
from kansenkaart.exports.styles.layer_styles import write_styles
from kansenkaart.outward import make_line
from kansenkaart.sources.read import read_layer
from kansenkaart.tables.decisions import (
    ADDED_LAYER,
    BALLOTS_LAYER,
    COALITIONS_LAYER,
    COMMENTS_LAYER,
    DECISIONS_LAYER,
)
from kansenkaart.texts import load_texts
from kansenkaart.workshop.built_map import BuiltMap
from kansenkaart.workshop.looks import draw_looks
from kansenkaart.workshop.merge import Merged

_GEOMETRY: dict[str, str | None] = {
    DECISIONS_LAYER: "LineString",
    COMMENTS_LAYER: "Point",
    ADDED_LAYER: "Point",
    COALITIONS_LAYER: "MultiLineString",
    BALLOTS_LAYER: None,
}


def write_decisions(path: Path, merged: Merged, built: BuiltMap, *, overwrite: bool = False) -> Path | None:
    """Write what a room decided.

    Parameters
    ----------
    path
        File to write, ``.gpkg``; its folder must exist.
    overwrite
        Also when the file that stands there holds ballots that are not among those merged.

    Returns
    -------
    Path or None
        Where the older file is kept (``<name>.vorige.gpkg``, or the first of
        ``.vorige-2`` ... that is free) when it was another one; it may hold what somebody
        changed in QGIS.

    Raises
    ------
    OutputError
        When `path` is no place for it, holds something else or other ballots, or cannot be written; what stood there is
        untouched.
    """
    _check_place(path)
    texts = load_texts(built.language)
    with write_aside(path, keep=lambda new: _is_other(path, new)) as aside, at_fixed_date(built.year):
        if path.exists():  # once nobody else can change it
            _check_older(path, merged, overwrite=overwrite)
        layers = [Layer(name, merged.layers[name], kind) for name, kind in _GEOMETRY.items()]
        for layer in layers:
            title = texts(f"tables.workshop_{layer.name}.title")
            meaning = texts(f"tables.workshop_{layer.name}.meaning")
            write_layer(aside.path, layer, title=title, describe=meaning)
        with closing(sqlite3.connect(aside.path)) as connection, connection:
            write_styles(connection, draw_looks(layers, texts), fixed_date(built.year))
    return aside.kept


def _check_place(path: Path) -> None:
    if path.suffix.lower() != ".gpkg" or path.is_dir():
        message = (
            "{file} cannot hold the decisions: name a file that ends in .gpkg, such as -o decisions.gpkg."
        )
        raise OutputError("decisions_name", message, file=str(path))
    if not path.parent.is_dir():
        message = "{file} cannot be written: the folder {folder} does not exist. Make it first."
        raise OutputError("decisions_folder", message, file=str(path), folder=str(path.parent))


def _check_older(path: Path, merged: Merged, *, overwrite: bool) -> None:
    """Refuse to write over what is no decisions.gpkg, or over ballots that were not given again."""
    try:
        older = read_layer(path, str(path), BALLOTS_LAYER)
        known = dict(zip(older["ballot"], older["table"].fillna(older["ballot"]), strict=True))
    except Exception:
        message = "{file} exists and is not a file that 'kansenkaart workshop merge' wrote. Name another file with -o."
        raise OutputError("decisions_strange", message, file=str(path)) from None
    given = set(merged.layers[BALLOTS_LAYER]["ballot"])
    missing = sorted(make_line(str(table)) for ballot, table in known.items() if ballot not in given)
    if missing and not overwrite:
        message = (
            "{file} also holds ballots that were not given now: {tables}. Give those files too or "
            "the file itself with --after, name another file with -o, or use --overwrite (the older file is kept)."
        )
        raise OutputError("decisions_fewer", message, file=str(path), tables=", ".join(missing))


def _is_other(path: Path, new: Path) -> bool:
    """Whether `path` holds anything that `new` does not: perhaps what somebody changed in QGIS."""
    return hash_content(path) != hash_content(new)
