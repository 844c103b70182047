"""Which pairs may exist: kinds, distance, temperature, placement, region. An ineligible pair is never priced."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Catalogue, Pair, Stream
from kansenkaart.matches.transport.compiled import has_numba
from kansenkaart.matches.transport.reach import (
    count_within_reach,
    find_pairs,
    find_polygon_pairs,
    limit_steps,
)

# A supply must be this much warmer than what is asked: the loss over a heat exchanger.
TEMPERATURE_STEP_C = 5.0

# Pairs of one stream that are priced, classed and drawn from: some 200 bytes each, so 4 GB.
MOST_PAIRS = 20_000_000

# Beyond this share of the distance a place is too uncertain to call a chance good.
PRECISION_SHARE = 0.25


# What a layer may know of a place and pricing needs.
_OPTIONAL = ("glass_ha", "quay")


@dataclass(frozen=True)
class Side:
    """The flows of one stream and role, with what their sites say; one row per flow, same order."""

    flows: pd.DataFrame
    geometry: gpd.GeoSeries
    xy: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.flows)

    def column(self, name: str) -> npt.NDArray[np.object_]:
        """Values of a column as an array."""
        return self.flows[name].to_numpy()


def read_side(flows: pd.DataFrame, sites: gpd.GeoDataFrame, stream: str, role: str) -> Side:
    """Flows of `stream` and `role` with name, kind, region, placement and geometry of their site."""
    chosen = flows[(flows["stream"] == stream) & (flows["role"] == role)].sort_values("site_id")
    place = sites.set_index("site_id").loc[chosen["site_id"]]
    words = ["name", "kind", "municipality", "municipality_code", "province", "status", "placement"]
    numbers = ["in_region", "location_precision_m"]
    joined = chosen.reset_index(drop=True)
    for name in (*words, *numbers, *(column for column in _OPTIONAL if column in place)):
        joined[name] = place[name].to_numpy()
    geometry = gpd.GeoSeries(place.geometry.to_numpy(), crs=sites.crs)
    points = geometry.representative_point()
    return Side(joined, geometry, np.column_stack([points.x, points.y]) if len(points) else np.empty((0, 2)))


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
        catalogue's pairs of this stream), ``imprecise``, ``temperature_unknown``, ``running_unknown``.

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
    pairs["rule"] = find_rules((supply.column("kind")[s], demand.column("kind")[d]), stream, catalogue)
    keep = (pairs["rule"].to_numpy() >= 0) & may_meet(sides, s, d, stream)
    keep &= supply.column("site_id")[s] != demand.column("site_id")[d]
    lift = supply.column("temperature_c")[s].astype(float) - demand.column("temperature_c")[d].astype(float)
    pairs["temperature_unknown"] = np.isnan(lift) & stream.temperature_rule
    if stream.temperature_rule:
        keep &= ~(lift < TEMPERATURE_STEP_C)
    pairs["running_unknown"] = supply.column("running_unknown")[s].astype(bool) | demand.column(
        "running_unknown"
    )[d].astype(bool)
    off = np.maximum(
        supply.column("location_precision_m")[s].astype(float),
        demand.column("location_precision_m")[d].astype(float),
    )
    pairs["imprecise"] = off > PRECISION_SHARE * pairs["distance_m"]
    return pairs[keep].reset_index(drop=True)


def may_meet(
    sides: tuple[Side, Side], s: npt.NDArray[np.int64], d: npt.NDArray[np.int64], stream: Stream
) -> npt.NDArray[np.bool_]:
    """Which pairs have something at both ends, an end in the region, and places that are known well enough."""
    supply, demand = sides
    keep = has_something(supply)[s] & has_something(demand)[d]
    keep &= supply.column("in_region")[s].astype(bool) | demand.column("in_region")[d].astype(bool)
    if needs_place(stream):
        keep &= ~(at_centroid(supply)[s] | at_centroid(demand)[d])
    return np.asarray(keep)


def has_something(side: Side) -> npt.NDArray[np.bool_]:
    """Which flows have something free, or can make it of what the place receives."""
    made = side.flows["made_from"].notna().to_numpy()
    return np.asarray((side.column("value").astype(float) > 0) | made)


def needs_place(stream: Stream) -> bool:
    """Whether a municipality's middle is too vague a place for this stream: a pipe starts somewhere."""
    return stream.mode in ("pipe", "pipe/truck")


def at_centroid(side: Side) -> npt.NDArray[np.bool_]:
    """Which flows stand in the middle of their municipality instead of at a place."""
    return np.asarray(side.column("placement") == "municipality")


def stream_pairs(stream: Stream, catalogue: Catalogue) -> list[Pair]:
    """The catalogue's pairs of kinds for `stream`, in its order."""
    return [pair for pair in catalogue.pairs.values() if pair.stream == stream.id]


def find_rules(
    kinds: tuple[npt.NDArray[np.object_], npt.NDArray[np.object_]], stream: Stream, catalogue: Catalogue
) -> npt.NDArray[np.int64]:
    """Position in ``stream_pairs`` for each (supply kind, demand kind), or -1 where no such pair exists."""
    position = {
        (pair.supply_kind, pair.demand_kind): n for n, pair in enumerate(stream_pairs(stream, catalogue))
    }
    joined = pd.MultiIndex.from_arrays(kinds)
    codes, distinct = joined.factorize()
    of_distinct = np.array([position.get(pair, -1) for pair in distinct], dtype=np.int64)
    return of_distinct[codes] if len(codes) else np.empty(0, dtype=np.int64)


def holds_too_many(sides: tuple[Side, Side], stream: Stream) -> bool:
    """Whether more pairs of points lie within reach than can be held; False for polygons, and without numba."""
    if not (has_numba() and _is_points(sides)):
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
