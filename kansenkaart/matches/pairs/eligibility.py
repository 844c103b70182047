"""Which pairs may exist: kinds, distance, temperature, placement, region. An ineligible pair is never priced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from kansenkaart.arrays import ROUNDING, BoolArray, FloatArray, IntArray, ObjectArray, round_metres
from kansenkaart.catalogue import Catalogue, Pair, Stream
from kansenkaart.matches.transport.reach import (
    count_within_reach,
    find_pairs,
    find_polygon_pairs,
    limit_steps,
)
from kansenkaart.tables import MONTH_COLUMNS

# A supply must be this much warmer than what is asked: the loss over a heat exchanger.
TEMPERATURE_STEP_C = 5.0

# Pairs of one stream that are priced, classed and drawn from: some 200 bytes each, so 4 GB.
MOST_PAIRS = 20_000_000


ENDS = ("low", "value", "high")


# What the places of a side say; the last three are drivers and attributes, which a layer need not know.
_OF_PLACES = (
    *("name", "kind", "municipality", "municipality_code", "province", "status", "placement"),
    *("in_region", "location_precision_m", "glass_ha", "quay", "crop"),
)


@dataclass(frozen=True)
class Side:
    """The flows of one stream and role, with what their sites say; one row per flow, same order."""

    flows: pd.DataFrame
    geometry: gpd.GeoSeries
    xy: FloatArray

    def __len__(self) -> int:
        return len(self.flows)

    def column(self, name: str) -> ObjectArray:
        """Values of a column as an array."""
        return self.flows[name].to_numpy()

    def periods(self, *, monthly: bool) -> FloatArray:
        """What is free per period, float64[n, P]; a year is its own number, not the sum of its rounded parts."""
        months: FloatArray = self.flows[list(MONTH_COLUMNS)].to_numpy(dtype=float)
        return months if monthly else self.column("value").astype(float)[:, None]


Sides = tuple[Side, Side]


def read_side(flows: pd.DataFrame, sites: gpd.GeoDataFrame, stream: str, role: str) -> Side:
    """Flows of `stream` and `role` with what their sites say (missing where a layer does not) and their geometry."""
    mine = (flows["stream"] == stream) & (flows["role"] == role)
    chosen = flows[mine].sort_values("site_id", ignore_index=True)
    at = pd.Series(np.arange(len(sites)), index=sites["site_id"]).loc[chosen["site_id"]].to_numpy()
    known = [name for name in _OF_PLACES if name in sites]
    said = pd.DataFrame(sites)[known].iloc[at].reset_index(drop=True).reindex(columns=list(_OF_PLACES))
    geometry = gpd.GeoSeries(sites.geometry.to_numpy()[at], crs=sites.crs)
    points = geometry.representative_point()
    xy = np.column_stack([points.x, points.y]) if len(points) else np.empty((0, 2))
    return Side(pd.concat([chosen, said], axis=1), geometry, xy)


def find_eligible(supply: Side, demand: Side, stream: Stream, catalogue: Catalogue) -> pd.DataFrame:
    """Every pair that may exist.

    Parameters
    ----------
    supply, demand
        The two sides; flows with nothing free take no part.
    stream
        Its hard distance and its rules.

    Returns
    -------
    DataFrame
        ``s, d`` (positions in the sides) by supply and distance, ``distance_m``, ``rule`` (position in the
        catalogue's pairs of this stream), ``temperature_unknown``, ``running_unknown``.

    Raises
    ------
    DataError
        ``too_many_pairs`` when more than ``MOST_PAIRS`` lie within reach.
    """
    return keep_eligible(_within_reach(supply, demand, stream), (supply, demand), stream, catalogue)


def keep_eligible(
    pairs: pd.DataFrame, sides: tuple[Side, Side], stream: Stream, catalogue: Catalogue
) -> pd.DataFrame:
    """Of pairs within reach (``s, d, distance_m``) those that may exist, as ``find_eligible`` returns them."""
    supply, demand = sides
    s, d = pairs["s"].to_numpy(), pairs["d"].to_numpy()
    pairs["rule"] = rules_between(sides, s, d, stream, catalogue)
    keep = (pairs["rule"].to_numpy() >= 0) & may_meet(sides, s, d, stream)
    keep &= supply.column("site_id")[s] != demand.column("site_id")[d]
    lift = supply.column("temperature_c")[s].astype(float) - demand.column("temperature_c")[d].astype(float)
    pairs["temperature_unknown"] = np.isnan(lift) & stream.temperature_rule
    if stream.temperature_rule:
        keep &= ~(lift < TEMPERATURE_STEP_C)
    pairs["running_unknown"] = supply.column("running_unknown")[s].astype(bool) | demand.column(
        "running_unknown"
    )[d].astype(bool)
    return pairs[keep].reset_index(drop=True)


def may_meet(sides: tuple[Side, Side], s: IntArray, d: IntArray, stream: Stream) -> BoolArray:
    """Which pairs have something at both ends, an end in the region, and places that are known well enough."""
    supply, demand = sides
    keep = has_something(supply)[s] & has_something(demand)[d]
    keep &= supply.column("in_region")[s].astype(bool) | demand.column("in_region")[d].astype(bool)
    if needs_place(stream):
        keep &= ~(at_centroid(supply)[s] | at_centroid(demand)[d])
    return np.asarray(keep)


def has_something(side: Side) -> BoolArray:
    """Which flows have something free, or can make it of what the place receives."""
    made = side.flows["made_from"].notna().to_numpy()
    return np.asarray((side.column("value").astype(float) > 0) | made)


def needs_place(stream: Stream) -> bool:
    """Whether a municipality's middle is too vague a place for this stream: a pipe starts somewhere."""
    return stream.mode in ("pipe", "pipe/truck")


def at_centroid(side: Side) -> BoolArray:
    """Which flows stand in the middle of their municipality instead of at a place."""
    return np.asarray(side.column("placement") == "municipality")


def stream_pairs(stream: Stream, catalogue: Catalogue) -> list[Pair]:
    """The catalogue's pairs of kinds for `stream`, in its order."""
    return [pair for pair in catalogue.pairs.values() if pair.stream == stream.id]


def rules_between(sides: Sides, s: IntArray, d: IntArray, stream: Stream, catalogue: Catalogue) -> IntArray:
    """Position in ``stream_pairs`` per pair of places, or -1 where their kinds or what grows there do not fit.

    What grows is not known everywhere: then it may fit, and the reason of the chance says so.
    """
    rule = find_rules((sides[0].column("kind")[s], sides[1].column("kind")[d]), stream, catalogue)
    rules = stream_pairs(stream, catalogue)
    if not any(one.supply_crop for one in rules):
        return rule
    codes, crops = pd.factorize(sides[0].column("crop")[s])
    # The last of both stands for -1: no rule, and a crop that nobody knows.
    fits = np.ones((len(rules) + 1, len(crops) + 1), dtype=bool)
    fits[:-1] = [[one.takes_crop(crop) for crop in (*crops, None)] for one in rules]
    return np.where(fits[rule, codes], rule, -1)


def find_rules(kinds: tuple[ObjectArray, ObjectArray], stream: Stream, catalogue: Catalogue) -> IntArray:
    """Position in ``stream_pairs`` for each (supply kind, demand kind), or -1 where no such pair exists."""
    position = {
        (pair.supply_kind, pair.demand_kind): n for n, pair in enumerate(stream_pairs(stream, catalogue))
    }
    joined = pd.MultiIndex.from_arrays(kinds)
    codes, distinct = joined.factorize()
    of_distinct = np.array([position.get(pair, -1) for pair in distinct], dtype=np.int64)
    return of_distinct[codes] if len(codes) else np.empty(0, dtype=np.int64)


def holds_too_many(sides: tuple[Side, Side], stream: Stream) -> bool:
    """Whether more pairs of points lie within reach than can be held; False for polygons."""
    if not _is_points(sides):
        return False
    limit = limit_steps(stream.hard_km * 1000.0, len(sides[0]), sides[0].xy, sides[1].xy)
    return count_within_reach(sides[0].xy, sides[1].xy, limit) > MOST_PAIRS


def _is_points(sides: tuple[Side, Side]) -> bool:
    return all(bool((side.geometry.geom_type == "Point").all()) for side in sides)


def _within_reach(supply: Side, demand: Side, stream: Stream) -> pd.DataFrame:
    limit = stream.hard_km * 1000.0
    if _is_points((supply, demand)):
        found = find_pairs(supply.xy, demand.xy, limit, most=MOST_PAIRS)
    else:
        found = find_polygon_pairs(
            supply.geometry.to_numpy(), demand.geometry.to_numpy(), limit, most=MOST_PAIRS
        )
    s = np.repeat(np.arange(len(supply), dtype=np.int64), np.diff(found.indptr))
    # Rows stay in order of supply and distance: the allocation need not sort them again.
    return pd.DataFrame({"s": s, "d": found.demand.astype(np.int64), "distance_m": found.distance_m})


def ends_of(side: Side, made: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Low and high end of what every flow has of its own, as a share of it; 1 where it is certain.

    Parameters
    ----------
    made
        float64[n, 3]: what the flows hold beside their own part; see ``made_ends``.
    """
    low, value, high = (side.column(end).astype(float) for end in ENDS)
    if made is not None:
        low, value, high = low - made[:, 0], value - made[:, 1], high - made[:, 2]
    # What is left of a flow that is all made is rounding, not an own part.
    nothing = value <= ROUNDING * side.column("value").astype(float)
    safe = np.where(nothing, 1.0, value)
    low, high = np.clip(low / safe, 0.0, 1.0), np.maximum(high / safe, 1.0)
    return (
        np.where(nothing | (low > 1.0 - ROUNDING), 1.0, low),
        np.where(nothing | (high < 1.0 + ROUNDING), 1.0, high),
    )


def keys_of(side: Side) -> list[str]:
    """The number every flow hangs on: its kengetal, or itself where it was measured."""
    return [
        kengetal if isinstance(kengetal, str) else flow
        for kengetal, flow in zip(side.column("kengetal_id"), side.column("flow_id"), strict=True)
    ]


def find_ends(decisions: pd.DataFrame, sides: Sides) -> tuple[IntArray, IntArray]:
    """Positions in both sides of the places of every decision, -1 where a place has no such flow."""
    supply, demand = (pd.Index(side.column("site_id").astype(str)) for side in sides)
    return (
        supply.get_indexer(pd.Index(decisions["supply_id"].astype(str))),
        demand.get_indexer(pd.Index(decisions["demand_id"].astype(str))),
    )


def apply_decisions(
    pairs: pd.DataFrame, sides: Sides, decisions: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the rejected pairs out and mark the confirmed ones.

    Parameters
    ----------
    pairs
        Eligible pairs with ``s, d`` (positions in the sides) and ``distance_m``.
    decisions
        Rows of ``DECISIONS`` of this stream.

    Returns
    -------
    tuple of DataFrame
        The pairs that are left, in their order, with ``confirmed``; and those that were rejected.
    """
    if decisions.empty:
        return pairs.assign(confirmed=False), pairs.iloc[:0]
    rejected = _are_among(pairs, sides, decisions[decisions["decision"] == "rejected"])
    confirmed = _are_among(pairs, sides, decisions[decisions["decision"] == "confirmed"])
    gone = pairs.loc[rejected, ["s", "d", "distance_m"]].reset_index(drop=True)
    pairs = pairs.assign(confirmed=confirmed)
    return pairs[~rejected].reset_index(drop=True), gone


def with_confirmed(
    pairs: pd.DataFrame, sides: Sides, decisions: pd.DataFrame, *, reach_m: float
) -> pd.DataFrame:
    """Add the confirmed pairs within reach to the best ones of a stream of points that has too many to hold.

    Parameters
    ----------
    pairs
        ``s, d, distance_m``.
    reach_m
        Largest straight distance, metres.
    """
    s, d = find_ends(decisions[decisions["decision"] == "confirmed"], sides)
    known = (s >= 0) & (d >= 0)
    s, d = s[known], d[known]
    apart = round_metres(np.hypot(*(sides[0].xy[s] - sides[1].xy[d]).T))
    more = pd.DataFrame({"s": s, "d": d, "distance_m": apart})
    once = pd.concat([pairs, more[apart <= reach_m]], ignore_index=True).drop_duplicates(["s", "d"])
    ordered: pd.DataFrame = once.sort_values(["s", "distance_m", "d"]).reset_index(drop=True)
    return ordered


def _are_among(pairs: pd.DataFrame, sides: Sides, decisions: pd.DataFrame) -> BoolArray:
    s, d = find_ends(decisions, sides)
    known = (s >= 0) & (d >= 0)
    width = max(len(sides[1]), 1)
    wanted = s[known] * width + d[known]
    return np.isin(pairs["s"].to_numpy(dtype=np.int64) * width + pairs["d"].to_numpy(dtype=np.int64), wanted)


AllSides = Mapping[str, tuple[Side, Side]]

_ROLES = ("supply", "demand")


def free_of(side: Side) -> FloatArray:
    """What every flow has free per year, without what matches may yet bring."""
    return side.column("value").astype(np.float64)


def find_movable(
    sides: tuple[Side, Side], supply: FloatArray, stream: Stream, catalogue: Catalogue, *, carried: bool
) -> Movable:
    """What every flow of a stream could move: nothing where no partner of a fitting kind is within reach.

    Parameters
    ----------
    sides
        Supply and demand.
    supply
        Per supply, what it has or could make.
    carried
        Whether a network carries the stream: then no distance keeps two places apart.

    Notes
    -----
    An upper bound: distance is taken between middles, less the size of both places; temperature and region are left
    to the pairs themselves.
    """
    amount = {"supply": supply.copy(), "demand": free_of(sides[1])}
    if needs_place(stream):
        for role, side in zip(_ROLES, sides, strict=True):
            amount[role][at_centroid(side)] = 0.0
    reached = {role: np.zeros(len(amount[role]), dtype=bool) for role in _ROLES}
    kinds = [np.asarray(side.column("kind")) for side in sides]
    for pair in catalogue.pairs.values():
        if pair.stream == stream.id:
            givers = np.flatnonzero((kinds[0] == pair.supply_kind) & (amount["supply"] > 0))
            takers = np.flatnonzero((kinds[1] == pair.demand_kind) & (amount["demand"] > 0))
            near = _near(sides, givers, takers, np.inf if carried else stream.hard_km * 1000.0)
            reached["supply"][givers] |= near[0]
            reached["demand"][takers] |= near[1]
    return {role: np.where(reached[role], amount[role], 0.0) for role in _ROLES}


Movable = dict[str, FloatArray]


def _near(
    sides: tuple[Side, Side], givers: npt.NDArray[np.intp], takers: npt.NDArray[np.intp], limit: float
) -> tuple[BoolArray, BoolArray]:
    """Which of either have one of the other within `limit` metres, or somewhat more where places are large."""
    if not len(givers) or not len(takers):
        return np.zeros(len(givers), dtype=bool), np.zeros(len(takers), dtype=bool)
    points = sides[0].xy[givers], sides[1].xy[takers]
    reach = limit + _size(sides[0], givers) + _size(sides[1], takers)
    found = [
        cKDTree(points[1]).query(points[0], k=1, distance_upper_bound=reach)[0],
        cKDTree(points[0]).query(points[1], k=1, distance_upper_bound=reach)[0],
    ]
    return np.isfinite(found[0]), np.isfinite(found[1])


def _size(side: Side, rows: npt.NDArray[np.intp]) -> float:
    """Largest distance between the middle of one of these places and its edge, and a millimetre for rounding."""
    bounds = shapely.bounds(side.geometry.to_numpy()[rows])
    wide = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    return float(wide.max(initial=0.0)) + 0.001
