"""Several rounds as one answer: what an earlier round decided stands until a later one says otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.errors import DataError
from kansenkaart.geo import RD
from kansenkaart.sources.read import read_layer
from kansenkaart.tables.decisions import ADDED_LAYER, BALLOTS_LAYER, COMMENTS_LAYER, DECISIONS_LAYER
from kansenkaart.workshop.merge import COLUMNS, Merged

_KEYS = {DECISIONS_LAYER: "match", COMMENTS_LAYER: "ballot", ADDED_LAYER: "id", BALLOTS_LAYER: "ballot"}
_ORDER = {DECISIONS_LAYER: ["match"], ADDED_LAYER: ["id"], BALLOTS_LAYER: ["table", "ballot"]}
_AGREED = ("next_step", "owner", "due")


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
    new[DECISIONS_LAYER] = _carry_over(new[DECISIONS_LAYER], old[DECISIONS_LAYER])
    return replace(merged, layers={name: _on_top(name, new[name], old[name]) for name in new})


def _read(file: Path, layer: str) -> pd.DataFrame:
    """One layer of an earlier file, with the columns and types of a new one."""
    try:
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


def _carry_over(new: pd.DataFrame, old: pd.DataFrame) -> pd.DataFrame:
    """Rows of the new round, with what the earlier one said where the new one is silent."""
    before = old.drop_duplicates("match").set_index("match").reindex(new["match"])
    before.index = new.index
    filled = new.copy()
    is_open = (new["decision"] == "open") & before["decision"].notna()
    filled["decision"] = new["decision"].where(~is_open, before["decision"])
    for column in _AGREED:
        filled[column] = new[column].fillna(before[column])
    told = zip(before["ballots"].fillna(""), new["ballots"].fillna(""), strict=True)
    filled["ballots"] = ["; ".join(_names(*both)) for both in told]
    return filled


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
