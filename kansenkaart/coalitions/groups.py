"""Which chances form a coalition: those that share partners, a pipe, a round, a chain or a business park."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array, hstack
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from kansenkaart.arrays import IntArray

# Two rows nearer than this are one address: a plant that stands in several layers is one place.
_SAME_PLACE_M = 100.0
_PARK = "business_park"
# What ties chances when a group that is too large is cut: neighbours of one town keep together where all else is equal.
_PARTNER, _PLACE, _TOWN = 1.0, 1.0, 0.2
_TOGETHER = ("trunk_id", "round_id", "chain_id", "coupled_id")
NOWHERE = -1


@dataclass(frozen=True)
class Bonds:
    """Chances and what ties them.

    Attributes
    ----------
    unit
        int64[chances]: chances of one number are done together or not at all (a pipe, a round, a chain).
    ends
        Of both ends of every chance the number of its partner, int64[chances, 2].
    places, towns
        The same for what both lie on or in; ``NOWHERE`` where that ties nothing.
    """

    unit: IntArray
    ends: IntArray
    places: IntArray
    towns: IntArray

    def at(self, rows: IntArray) -> Bonds:
        """Of some chances."""
        return Bonds(self.unit[rows], self.ends[rows], self.places[rows], self.towns[rows])


def find_units(chances: pd.DataFrame) -> IntArray:
    """Return what is done together: chances of one pipe, round, chain, or heat and CO2 to one taker.

    Examples
    --------
    >>> chances = pd.DataFrame({"trunk_id": ["p", None, "p"], "round_id": [None, None, None]})
    >>> find_units(chances).tolist()
    [0, 1, 0]
    """
    keys = [
        pd.Series([f"{name}:{one}" if isinstance(one, str) else None for one in chances[name].tolist()])
        for name in _TOGETHER
        if name in chances
    ]
    rows = np.concatenate([np.flatnonzero(key.notna()) for key in keys])
    return _connect(len(chances), rows, pd.factorize(pd.concat([key.dropna() for key in keys]))[0])


def find_bonds(chances: pd.DataFrame, sites: gpd.GeoDataFrame, areas: Mapping[str, str]) -> Bonds:
    """Return what ties `chances`.

    Parameters
    ----------
    chances
        Rows of frame ``MATCHES``, ordered by id.
    sites
        Frame ``SITES``.
    areas
        Theme per stream: a place that stands for a whole municipality or a group of firms ties only chances of one
        theme, for who collects its rubble is not who collects its food waste.
    """
    place = sites.set_index("site_id")
    used = pd.unique(chances[["supply_id", "demand_id"]].to_numpy().ravel())
    known = place.loc[np.sort(used.astype(str))]
    wide = known["is_area"] | (known["placement"] == "municipality")
    theme = chances["stream"].map(dict(areas)).astype(str)
    ends, at = [], []
    for side in ("supply_id", "demand_id"):
        stands = chances[side].map(wide).to_numpy(dtype=bool)
        ends.append(chances[side].where(~stands, chances[side] + "|" + theme).to_numpy())
        at.append(known.index.get_indexer(pd.Index(chances[side])))
    numbers = pd.factorize(np.concatenate(ends), sort=True)[0].reshape(2, -1).T
    where = _find_places(known, sites)
    where[wide.to_numpy()] = NOWHERE
    towns = pd.factorize(known["municipality_code"].where(~wide))[0]
    rows = np.column_stack(at)
    return Bonds(find_units(chances), numbers.astype(np.int64), where[rows], towns[rows].astype(np.int64))


def _find_places(known: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> IntArray:
    """The number of the address or business park of every place."""
    points = known.geometry.representative_point()
    pairs = cKDTree(np.column_stack([points.x, points.y])).query_pairs(_SAME_PLACE_M, output_type="ndarray")
    rows, keys = pairs.ravel(), np.repeat(np.arange(len(pairs)), 2)
    parks = sites[(sites["kind"] == _PARK) & sites.geom_type.isin(("Polygon", "MultiPolygon"))]
    if len(parks):
        ordered = parks.sort_values("site_id").geometry.to_numpy()
        inside = shapely.STRtree(ordered).query(points.to_numpy(), predicate="within")
        rows = np.concatenate([rows, inside[0]])
        keys = np.concatenate([keys, len(pairs) + inside[1]])
    return _connect(len(known), rows, keys)


def find_groups(bonds: Bonds, *, least: int, most: int) -> IntArray:
    """Return the group of every chance, ``NOWHERE`` where it has too few partners to be one.

    Connected chances are one group; what then has more than `most` partners is cut by modularity, but never within
    what is done together.
    """
    group = _join(bonds.unit[:, None], bonds.ends, bonds.places)
    too_large = np.flatnonzero(_count_partners(group, bonds.ends)[group] > most)
    if len(too_large):
        group[too_large] = len(group) + _cut(bonds.at(too_large), most)
    group = pd.factorize(group)[0]
    enough = _count_partners(group, bonds.ends)[group] >= least
    return np.where(enough, group, NOWHERE).astype(np.int64)


def _cut(bonds: Bonds, most: int) -> IntArray:
    """The groups of chances that are too many together; each hangs together by itself."""
    from kansenkaart.coalitions.communities import find_communities  # noqa: PLC0415 - loads numba

    unit = pd.factorize(bonds.unit)[0]
    weights = (_PARTNER, _PLACE, _TOWN)
    parts = [_hold(unit, keys) for keys in (bonds.ends, bonds.places, bonds.towns)]
    counts = [part.shape[1] for part in parts]
    held = csr_array(hstack(parts))
    is_partner = np.arange(held.shape[1]) < counts[0]
    cut = find_communities(held, np.repeat(weights, counts), is_partner, most)[unit]
    # Those that only lie in one town share nothing.
    return _join(bonds.unit[:, None], _within(cut, bonds.ends), _within(cut, bonds.places))


def _hold(unit: IntArray, keys: IntArray) -> csr_array:
    """[units, keys]: 1 where a chance of the unit has the key."""
    rows, flat = np.repeat(unit, keys.shape[1]), keys.ravel()
    codes = pd.factorize(flat[flat >= 0])[0]
    pairs = np.unique(np.column_stack([rows[flat >= 0], codes]), axis=0)
    shape = (int(unit.max()) + 1, int(codes.max(initial=-1)) + 1)
    return csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)


def _within(group: IntArray, keys: IntArray) -> IntArray:
    """The keys, apart per group."""
    return np.where(keys >= 0, group[:, None] * (int(keys.max(initial=0)) + 1) + keys, NOWHERE)


def _join(*tied: IntArray) -> IntArray:
    """The number of the connected part of every chance, by its first chance."""
    rows, codes, first = [], [], 0
    for keys in tied:
        flat = keys.ravel()
        rows.append(np.repeat(np.arange(len(keys)), keys.shape[1])[flat >= 0])
        codes.append(first + flat[flat >= 0])
        first += int(flat.max(initial=0)) + 1
    return _connect(len(tied[0]), np.concatenate(rows), np.concatenate(codes))


def _connect(count: int, rows: IntArray, keys: IntArray) -> IntArray:
    """The number of the part of each of `count` rows, of which those with one key hang together; by its first row."""
    codes = pd.factorize(keys)[0]
    size = count + int(codes.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(rows)), (rows, count + codes)), shape=(size, size))
    found = connected_components(graph, directed=False)[1][:count]
    return np.asarray(pd.factorize(found)[0], dtype=np.int64)


def _count_partners(group: IntArray, ends: IntArray) -> IntArray:
    """How many partners every group has."""
    pairs = np.unique(np.column_stack([np.repeat(group, ends.shape[1]), ends.ravel()]), axis=0)
    return np.bincount(pairs[:, 0])
