"""Places that stand in two layers: one place counts once, and the layer that comes first goes before."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, ObjectArray
from kansenkaart.catalogue.models import Catalogue
from kansenkaart.project import Project
from kansenkaart.sources.rows import read_by_eye
from kansenkaart.sources.sites import LayerRows
from kansenkaart.texts import Texts

# Two layers of one kind of place that come so near each other may mean one place: the width of a building, and of a
# site whose name is the same.
_NEAR_M = 25.0
_NAMESAKE_M = 1_000.0
# Of the smaller of two areas: neighbours that were drawn by different hands overlap by less.
_SHARED_AREA = 0.5
_OF_OTHER = ("other", "other_layer", "first", "distance_m")


@dataclass(frozen=True)
class Merged:
    """Layers without the rows that an earlier layer holds too.

    Parameters
    ----------
    layers
        In the order of the project file.
    kept
        Site id of a row that is left out -> that of the place it is counted as.
    """

    layers: list[LayerRows]
    kept: dict[str, str]


def merge_doubles(read: list[LayerRows], project: Project, catalogue: Catalogue, texts: Texts) -> Merged:
    """Leave out rows that are a place of an earlier layer and give what it gives already; remark on what only looks so.

    Parameters
    ----------
    read
        Places of every layer, in the order of the project file; their findings are added to.
    """
    once = {layer.name for layer in project.layers if layer.doubles == "once"}
    before: list[gpd.GeoDataFrame] = []
    layers: list[LayerRows] = []
    kept: dict[str, str] = {}
    for rows in read:
        places = _describe(rows)
        found = [
            pairs
            for earlier in before
            for pairs in _find_doubles(places, earlier, rows.quantities, catalogue)
        ]
        pairs = pd.concat(found) if found else _no_pairs()
        # one row may look like places of several layers: the first that it is counted as decides
        sure = pairs[pairs["double"]] if rows.layer["layer"] in once else pairs[:0]
        sure = sure[~sure.index.duplicated()]
        _remark(pairs[~pairs.index.isin(sure.index) & ~pairs["central"]], rows)
        _reject(sure, rows, texts)
        kept |= dict(zip(rows.frame["site_id"][sure.index], sure["other_id"], strict=True))
        layers.append(_without(rows, sure.index))
        before.append(places.drop(index=sure.index, errors="ignore"))
    return Merged(layers, kept)


def _describe(rows: LayerRows) -> gpd.GeoDataFrame:
    """Places that count, with their name and id as the eye takes them."""
    counted = rows.frame if rows.frame.empty else rows.frame[rows.frame["status"] != "closed"]
    if counted.empty:
        return counted
    bare = counted["site_id"].str.split(":", n=1).str[1]
    return gpd.GeoDataFrame(
        counted.assign(row=counted.index, read=read_by_eye(counted["name"]), bare=read_by_eye(bare))
    )


def _no_pairs() -> pd.DataFrame:
    names = ("name", "other", "other_id", "other_layer", "first", "distance_m", "kind", "lost")
    truths = {name: pd.Series([], dtype=bool) for name in ("double", "central")}
    return pd.DataFrame({name: pd.Series([], dtype=object) for name in names} | truths)


def _find_doubles(
    places: gpd.GeoDataFrame, earlier: gpd.GeoDataFrame, quantities: Collection[str], catalogue: Catalogue
) -> Iterator[pd.DataFrame]:
    """Places that stand in an earlier layer as well, per kind and by row, each with the one most like it."""
    if places.empty or earlier.empty:
        return
    shared = [name for name in quantities if name in earlier]
    for kind in sorted(set(places["kind"]) & set(earlier["kind"])):
        yield _find_of_kind(
            places[places["kind"] == kind], earlier[earlier["kind"] == kind], shared, catalogue
        )


def _find_of_kind(
    places: gpd.GeoDataFrame, earlier: gpd.GeoDataFrame, shared: list[str], catalogue: Catalogue
) -> pd.DataFrame:
    place, other, distance = _find_near(places, earlier)
    mine, theirs = places.iloc[place], earlier.iloc[other]
    same = (mine["read"].to_numpy() == theirs["read"].to_numpy()) | (
        mine["bare"].to_numpy() == theirs["bare"].to_numpy()
    )
    alike = same | _state_the_same(mine, theirs, shared)
    order = np.lexsort((other, distance, ~alike, place))
    order = order[~pd.Series(place[order]).duplicated().to_numpy()]
    mine, theirs = mine.iloc[order], theirs.iloc[order]
    gives, given = _list_given(mine, catalogue), _list_given(theirs, catalogue)
    return pd.DataFrame(
        {
            "name": mine["name"],
            "other": theirs["name"].to_numpy(),
            "other_id": theirs["site_id"].to_numpy(),
            "other_layer": theirs["layer"].to_numpy(),
            "first": theirs["row"].to_numpy(),
            "distance_m": distance[order].round().astype("int64"),
            "kind": mine["kind"],
            "lost": [sorted(own - have) for own, have in zip(gives, given, strict=True)],
            # what gives something else is another part of the place, and counts nothing twice
            "double": alike[order]
            & np.array([not own or bool(own & have) for own, have in zip(gives, given, strict=True)], bool),
            "central": (mine["placement"] == "municipality").to_numpy(dtype=bool),
        },
        index=mine.index,
    )


def _find_near(places: gpd.GeoDataFrame, earlier: gpd.GeoDataFrame) -> tuple[IntArray, IntArray, FloatArray]:
    """Positions of places and of the earlier ones that may be the same, and how far apart they lie."""
    shapes, others = places.geometry.to_numpy(), earlier.geometry.to_numpy()
    named = _find_namesakes(places["read"], earlier["read"])
    ways = [_find_nearest(shapes, others), _find_nearest(others, shapes)[::-1]]
    ways += [_find_namesakes(places["bare"], earlier["bare"]), named]
    place, other = (np.concatenate([way[side] for way in ways]) for side in (0, 1))
    pairs = pd.DataFrame({"place": place, "other": other})
    one, other = shapes[pairs["place"]], others[pairs["other"]]
    distance = shapely.distance(one, other)
    area = np.minimum(shapely.area(one), shapely.area(other))
    overlap = shapely.area(shapely.intersection(one, other))
    near = (distance <= _NEAR_M) & ((area == 0) | (overlap > _SHARED_AREA * area))
    by_name = np.arange(len(pairs)) >= len(pairs) - len(named[0])
    fit = near | (by_name & (distance <= _NAMESAKE_M))
    return pairs["place"].to_numpy()[fit], pairs["other"].to_numpy()[fit], distance[fit]


def _find_nearest(shapes: ObjectArray, others: ObjectArray) -> tuple[IntArray, IntArray]:
    """Positions of shapes of which a point within lies on or beside one of the others, and of the nearest one."""
    inner = shapely.point_on_surface(shapes)
    place, other = shapely.STRtree(others).query_nearest(inner, max_distance=_NEAR_M, all_matches=False)
    return place, other


def _find_namesakes(names: pd.Series, others: pd.Series) -> tuple[IntArray, IntArray]:
    """Positions of names that stand once on both sides: what many places are called is no name of one."""
    here = pd.Series(np.arange(len(names)), index=names.to_numpy())
    there = pd.Series(np.arange(len(others)), index=others.to_numpy())
    here, there = (one[~one.index.duplicated(keep=False)] for one in (here, there))
    both = here.index.intersection(there.index)
    return here[both].to_numpy(), there[both].to_numpy()


def _state_the_same(mine: pd.DataFrame, theirs: pd.DataFrame, shared: list[str]) -> BoolArray:
    """Tell per pair whether both state a quantity, and the same in each that both state."""
    one, other = mine[shared].to_numpy(dtype=float), theirs[shared].to_numpy(dtype=float)
    both = ~np.isnan(one) & ~np.isnan(other) & (one != 0)
    return np.asarray(both.any(axis=1) & (~both | np.isclose(one, other, rtol=1e-6)).all(axis=1))


def _list_given(places: pd.DataFrame, catalogue: Catalogue) -> list[set[str]]:
    """Columns of streams that each place supplies or asks: stated, or by a kengetal of its kind."""
    given: list[set[str]] = [set() for _ in range(len(places))]

    def add(column: str, rows: pd.Series) -> None:
        for place in np.flatnonzero(rows.to_numpy(dtype=bool)).tolist():
            given[place].add(column)

    for stream in catalogue.streams.values():
        for role in ("supply", "demand"):
            column = stream.column(role)
            if column in places:
                add(column, places[column].notna())
    for one in catalogue.kengetallen.values():
        if one.driver in places:
            counts = places["kind"].isin(one.kinds) & places[one.driver].notna()
            for attribute, value in one.where.items():
                counts &= places[attribute].eq(value).fillna(False) if attribute in places else False
            add(catalogue.streams[one.stream].column(one.role), counts)
    return given


def _remark(pairs: pd.DataFrame, rows: LayerRows) -> None:
    values: dict[str, Any] = {name: pairs[name] for name in ("kind", *_OF_OTHER)}
    rows.findings.remark_each(pairs["name"], "same_place", severity="warning", **values)


def _reject(pairs: pd.DataFrame, rows: LayerRows, texts: Texts) -> None:
    lost = [texts("reasons.only_this_row", columns=", ".join(one)) if one else "" for one in pairs["lost"]]
    values: dict[str, Any] = {name: pairs[name] for name in _OF_OTHER}
    told = pd.Series(lost, index=pairs.index, dtype="str")
    rows.findings.reject_each(pairs["name"], "counted_before", lost=told, **values)


def _without(rows: LayerRows, dropped: pd.Index) -> LayerRows:
    if not len(dropped):
        return rows
    frame = rows.frame.drop(index=dropped)
    counts = {"rows_used": len(frame), "rows_rejected": len(rows.findings.rejected)}
    return replace(rows, frame=frame, layer=rows.layer | counts)
