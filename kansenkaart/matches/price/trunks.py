"""Heat goes to a group of takers as one trunk: from the source to the nearest of them, then a branch to each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.arrays import FloatArray, IntArray, round_metres
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.price.ways import cost_column
from kansenkaart.matches.transport.reach import find_polygon_pairs

Sides = tuple[Side, Side]


def find_trunks(sides: Sides, pairs: pd.DataFrame, stream: Stream, catalogue: Catalogue) -> pd.DataFrame:
    """Put every heat pair on the trunk it could share.

    Takers that lie within ``trunk_cluster_m`` of each other, directly or through others, are one group. A trunk runs
    from a source to the nearest taker of a group. A taker joins it when it lies nearer to that taker than to the
    source; those that do not (they lie on another side of the source) form a trunk of their own in the same way.

    Parameters
    ----------
    sides
        Supply and demand; their geometries are in RD New, metres.
    pairs
        ``s, d, distance_m, route_m`` and, where known, ``cost_length_m``.
    stream, catalogue
        Only a stream in GJ has trunks.

    Returns
    -------
    DataFrame
        Aligned to `pairs`; no columns for other streams. ``trunk`` (number from 0, by source and nearest taker),
        ``trunk_root`` (position of that taker), ``trunk_m`` and ``trunk_cost_m`` (route and cost length to it),
        ``branch_m`` (straight x detour from it), ``trunk_most`` (GJ per year free at the source) and
        ``ha_per_unit`` (hectares of glass per GJ the taker asks; 0 where it has none).
    """
    if stream.unit != "GJ":
        return pd.DataFrame(index=pairs.index)
    s, d = pairs["s"].to_numpy(dtype=np.int64), pairs["d"].to_numpy(dtype=np.int64)
    takers = np.unique(d)
    group = np.zeros(len(sides[1]), dtype=np.int64)
    geometry = sides[1].geometry.to_numpy()
    group[takers] = group_takers(geometry[takers], catalogue.prices["trunk_cluster_m"].value)
    distance = pairs["distance_m"].to_numpy(dtype=float)
    first, branch = _nearest_takers(s, d, distance, group, geometry)
    _, number = np.unique(np.column_stack([s, d[first]]), axis=0, return_inverse=True)
    glass = hectares_per_unit(sides[1], stream, catalogue)
    return pd.DataFrame(
        {
            "trunk": number.ravel().astype(np.int64),
            "trunk_root": d[first],
            "trunk_m": pairs["route_m"].to_numpy(dtype=float)[first],
            "trunk_cost_m": pairs[cost_column(pairs)].to_numpy(dtype=float)[first],
            "branch_m": branch * catalogue.prices["detour_factor"].value,
            "trunk_most": sides[0].column("value").astype(float)[s],
            "ha_per_unit": glass[d],
        },
        index=pairs.index,
    )


def name_trunks(sides: Sides, pairs: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Name of every pair's heat pipe: ``<supply_id>|<nearest taker>``, or its own taker where it goes alone.

    Reads ``s, d, trunk_root`` and ``along`` (see ``Money``); None for pairs that go by other means.
    """
    names = np.full(len(pairs), None, dtype=object)
    if "trunk_root" not in pairs:
        return names
    ends = np.where(pairs["along"], pairs["trunk_root"], pairs["d"])
    supply = sides[0].column("site_id")[pairs["s"].to_numpy()]
    demand = sides[1].column("site_id")[ends]
    names[:] = [f"{one}|{other}" for one, other in zip(supply, demand, strict=True)]
    return names


def group_takers(geometry: npt.NDArray[np.object_], within_m: float) -> IntArray:
    """Single linkage: the number of the group of every geometry; neighbours lie at most `within_m` apart."""
    near = find_polygon_pairs(geometry, geometry, within_m)
    joined = coo_array((np.ones(len(near)), (near.supply, near.demand)), shape=(len(geometry),) * 2)
    _, label = connected_components(joined, directed=False)
    return np.asarray(label, dtype=np.int64)


def hectares_per_unit(demand: Side, stream: Stream, catalogue: Catalogue) -> FloatArray:
    """Hectares of glass behind every GJ asked, float64[n]: what the site states, else by the rule of thumb.

    The rule of thumb is the stream's kengetal for glass of an unknown crop; kinds without one have no glass.
    """
    rules = {
        kind: 1.0 / one.value
        for one in catalogue.kengetallen.values()
        if (one.stream, one.role, one.driver) == (stream.id, "demand", "glass_ha") and not one.where
        for kind in one.kinds
    }
    thumb = np.array([rules.get(kind, 0.0) for kind in demand.column("kind")], dtype=float)
    if "glass_ha" not in demand.flows:
        return thumb
    glass, asked = (demand.flows[name].to_numpy(dtype=float) for name in ("glass_ha", "theoretical"))
    stated = (glass > 0) & (asked > 0)
    return np.asarray(np.divide(glass, asked, out=thumb, where=stated))


def _nearest_takers(
    s: IntArray, d: IntArray, distance: FloatArray, group: IntArray, geometry: npt.NDArray[np.object_]
) -> tuple[IntArray, FloatArray]:
    """Per pair the row whose taker ends its trunk, and the straight distance from there, metres."""
    first, branch = np.empty(len(s), dtype=np.int64), np.zeros(len(s))
    left = np.lexsort((d, distance, group[d], s))
    while len(left):
        starts = np.ones(len(left), dtype=bool)
        starts[1:] = (np.diff(s[left]) != 0) | (np.diff(group[d[left]]) != 0)
        nearest = left[np.maximum.accumulate(np.where(starts, np.arange(len(left)), 0))]
        between = shapely.distance(geometry[d[left]], geometry[d[nearest]])
        between = round_metres(between)
        # A taker that touches the source needs no trunk; it ends its own.
        alone = starts | (distance[left] == 0)
        joins = alone | (between < distance[left])
        rows = left[joins]
        first[rows] = np.where(alone, left, nearest)[joins]
        branch[rows] = np.where(alone, 0.0, between)[joins]
        left = left[~joins]
    return first, branch
