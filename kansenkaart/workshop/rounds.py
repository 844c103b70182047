"""Several rounds as one answer: what an earlier round decided stands until a later one says otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue.legend import split_ids
from kansenkaart.errors import DataError
from kansenkaart.geo import RD
from kansenkaart.sources.read import list_tables, read_layer
from kansenkaart.tables.decisions import (
    ADDED_LAYER,
    BALLOTS_LAYER,
    COALITIONS_LAYER,
    COMMENTS_LAYER,
    DECISIONS_LAYER,
    VALUES,
)
from kansenkaart.workshop.merge import COLUMNS, Merged, frame_layer

_KEYS = {
    DECISIONS_LAYER: "match",
    COMMENTS_LAYER: "ballot",
    ADDED_LAYER: "id",
    COALITIONS_LAYER: "coalition",
    BALLOTS_LAYER: "ballot",
}
_ORDER = {
    DECISIONS_LAYER: ["match"],
    ADDED_LAYER: ["id"],
    COALITIONS_LAYER: ["coalition"],
    BALLOTS_LAYER: ["table", "ballot"],
}
# What a new round leaves open stays decided, and what it leaves empty stays said.
_DECIDED = {DECISIONS_LAYER: ("decision",), COALITIONS_LAYER: ("decision", "match_ids", "joined")}
_SAID = {
    DECISIONS_LAYER: ("next_step", "owner", "due"),
    COALITIONS_LAYER: ("name", *(f"score_{name}" for name in VALUES)),
}


def add_round(earlier: Path, merged: Merged) -> Merged:
    """Put a round on top of an earlier one.

    A chance that the new round left open keeps its decision, and its next step, owner and day where the new round wrote
    none; votes are those of the last round that spoke of it. Comments, firms and ballots of both stand. Doing it again
    changes nothing.

    Parameters
    ----------
    earlier
        File that ``kansenkaart workshop merge`` wrote; what was changed in it by hand counts.

    Raises
    ------
    DataError
        ``round_strange`` when `earlier` is no such file.
    """
    old = {name: _read(earlier, name) for name in _KEYS}
    new = dict(merged.layers)
    for layer in _DECIDED:
        new[layer] = _carry_over(layer, new[layer], old[layer])
    old[COALITIONS_LAYER] = _leave_out_joined(old[COALITIONS_LAYER], new[COALITIONS_LAYER])
    return replace(merged, layers={name: _on_top(name, new[name], old[name]) for name in new})


def _read(file: Path, layer: str) -> pd.DataFrame:
    """One layer of an earlier file, with the columns and types of a new one; coalitions are in newer files only."""
    try:
        if layer == COALITIONS_LAYER and layer not in list_tables(file, str(file)):
            return frame_layer(layer, [])
        frame = read_layer(file, str(file), layer)
        frame = frame.astype(COLUMNS[layer])
        kept = [*COLUMNS[layer], *(["geometry"] if "geometry" in frame else [])]
        read: pd.DataFrame = frame[kept]
    except Exception:
        message = (
            "{file} is no file that 'kansenkaart workshop merge' wrote: layer {layer} cannot be read. "
            "Give --after such a file."
        )
        raise DataError("round_strange", message, file=str(file), layer=layer) from None
    return read


def _carry_over(layer: str, new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Rows of the new round, with what the earlier one said where the new one is silent."""
    key = _KEYS[layer]
    before = old.drop_duplicates(key).set_index(key).reindex(new[key])
    before.index = new.index
    filled = new.copy()
    is_open = (new["decision"] == "open") & before["decision"].notna()
    for column in _DECIDED[layer]:
        filled[column] = new[column].where(~is_open, before[column])
    for column in _SAID[layer]:
        filled[column] = new[column].fillna(before[column])
    if "scored_by" in new:
        filled["scored_by"] = new["scored_by"].where(new["scored_by"] > 0, before["scored_by"].fillna(0))
    told = zip(before["ballots"].fillna(""), new["ballots"].fillna(""), strict=True)
    filled["ballots"] = ["; ".join(_names(*both)) for both in told]
    return filled


def _leave_out_joined(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Coalitions of the earlier round that did not go up in another since."""
    known = set(old["coalition"])
    joined = {one for ids in new["joined"].dropna() for one in split_ids(ids, known)}
    kept: pd.DataFrame = old[~old["coalition"].isin(joined)]
    return kept


def _names(before: str, now: str) -> list[str]:
    """Tables of both rounds, each once."""
    return list(dict.fromkeys(name for name in (*before.split("; "), *now.split("; ")) if name))


def _on_top(name: str, new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Rows of the new round and those of the earlier one that it does not replace."""
    rest = old[~old[_KEYS[name]].isin(new[_KEYS[name]])]
    rows = pd.concat([frame for frame in (rest, new) if len(frame)] or [new], ignore_index=True)
    if name in _ORDER:
        rows = rows.sort_values(_ORDER[name], kind="stable", ignore_index=True)
    rows = rows.astype(COLUMNS[name])
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=RD) if "geometry" in new else rows
