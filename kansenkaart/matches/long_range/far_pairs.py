"""A stream whose pairs within reach are too many to hold: the best of them, and a bound over all of them.

Tier after tier is allocated over all pairs by column generation. What a tier used, what comes nearest to being used,
and the nearest partners of every place are held; the run then goes on with those pairs as with any others.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.arrays import STEPS_PER_METRE, FloatArray, IntArray
from kansenkaart.matches.long_range.column_generation import (
    AffineWorth,
    FarAllocation,
    allocate_far,
    best_first_far,
)
from kansenkaart.matches.long_range.far_field import find_nearest
from kansenkaart.matches.long_range.far_worth import find_tiers
from kansenkaart.matches.pairs import eligibility
from kansenkaart.matches.pairs.eligibility import Side, has_something
from kansenkaart.matches.ties.connections import Connections
from kansenkaart.matches.transport.reach import limit_steps
from kansenkaart.tables import Surroundings

Sides = tuple[Side, Side]

# Of every supply and tier the pairs that come nearest to being used; of every place its nearest partners.
_OTHERS = 64
_NEAREST = 10

_Rows = tuple[IntArray, IntArray, FloatArray]


@dataclass(frozen=True)
class Far:
    """What is known of all pairs within reach of a stream that holds only the best of them.

    Attributes
    ----------
    within_reach
        Pairs within the hard distance, whether they may exist or not.
    bounds
        Tier -> what no allocation over all pairs can pass in it, given the best of the tiers before it: in the
        objective in tier 0 when that has a worth, else in quantity.
    proven
        Tier -> whether the bound was reached.
    limit_hit
        Whether the time limit ended the search for pairs.
    best_first
        What best pair first reaches over all pairs of the first tier that has any, as ``bounds`` counts it; None
        where a room decided on pairs.
    hidden
        Worth per unit that the rounding of a route to 0.1 mm can hide from the bound.
    """

    within_reach: int
    bounds: dict[int, float]
    proven: dict[int, bool]
    limit_hit: bool
    best_first: float | None
    hidden: float = 0.0


def can_go_far(stream: Stream, ground: Surroundings, connections: Connections) -> bool:
    """Whether distance alone decides what a pair of kinds is worth: goods by truck, as the crow flies, not linked."""
    by_truck = stream.mode in ("truck", "truck/ship") and not stream.temperature_rule
    follows = ground.roads is not None or ground.friction is not None
    return by_truck and not follows and not _is_linked(stream.id, connections)


def _is_linked(stream: str, connections: Connections) -> bool:
    drawn = (
        entry.stream == stream and entry.most > 0
        for account in connections.accounts
        if account.binds
        for entry in account.entries
    )
    made = (stream in (one.takes, one.makes) for one in connections.conversions)
    return any(drawn) or any(made) or any(stream in one.ties for one in connections.pairings)


def find_far_pairs(
    sides: Sides,
    stream: Stream,
    catalogue: Catalogue,
    *,
    objective: str,
    tiers: bool,
    time_limit_s: float,
) -> tuple[pd.DataFrame, Far] | None:
    """Pairs that an allocation over all pairs within reach needs, and what it reached.

    Parameters
    ----------
    sides, stream
        Supply and demand, all points; the stream goes straight and nothing links it.
    objective, tiers
        As in ``Problem``.
    time_limit_s
        Seconds for all tiers together; every tier gets one round at least.

    Returns
    -------
    tuple or None
        ``s, d, distance_m`` by supply and distance, and the bound; None as ``find_tiers`` has it.
    """
    posed = find_tiers(sides, stream, catalogue, objective=objective, tiers=tiers)
    if posed is None:
        return None
    until = time.monotonic() + time_limit_s
    reach_m = stream.hard_km * 1000.0
    give, take = (side.column("value").astype(float) for side in sides)
    rows = _nearest(sides, posed[-1][1], reach_m)
    most = min(_OTHERS, max(1, eligibility.MOST_PAIRS // (len(posed) * max(len(sides[0]), 1))))
    within, bounds, proven, limit_hit = 0, {}, {}, False
    hidden = max(float(worth.per_m.max(initial=0.0)) for _, worth in posed) / STEPS_PER_METRE
    best_first = None
    here, there = sides[0].xy, sides[1].xy
    for tier, worth in posed:
        seconds = max(until - time.monotonic(), 0.0)
        found = allocate_far(give, take, here, there, reach_m=reach_m, worth=worth, time_limit_s=seconds)
        if best_first is None and found.allocation.objective > 0:
            best_first = best_first_far(give, take, here, there, reach_m=reach_m, worth=worth)
        rows.append(_best(found, worth, most))
        bounds[tier] = found.allocation.objective / (1.0 - found.gap) if found.gap < 1.0 else math.inf
        proven[tier] = found.certificate.is_optimal
        limit_hit |= found.limit_hit
        within = found.pairs_within_reach
        give, take = found.allocation.supply_left, found.allocation.demand_left
    return _join(rows), Far(within, bounds, proven, limit_hit, best_first, hidden)


def _nearest(sides: Sides, worth: AffineWorth, reach_m: float) -> list[_Rows]:
    """Of every place on both sides its nearest partners, so that everyone's chances can be told."""
    has = has_something(sides[0]).astype(float), has_something(sides[1]).astype(float)
    places = sides[0].xy, sides[1].xy
    limit = limit_steps(reach_m, len(places[0]), *places)
    s, d, metres = find_nearest(has, places, limit, worth, _NEAREST)
    limit = limit_steps(reach_m, len(places[1]), *places)
    other_d, other_s, other_metres = find_nearest(has[::-1], places[::-1], limit, _turned(worth), _NEAREST)
    return [(s, d, metres), (other_s, other_d, other_metres)]


def _turned(worth: AffineWorth) -> AffineWorth:
    """The same with supplies as demands."""
    apart = np.full(len(worth.demand_class), -1, dtype=np.int64)
    if worth.apart is not None:
        both = np.flatnonzero(worth.apart >= 0)
        apart[worth.apart[both]] = both
    return replace(
        worth,
        supply_class=worth.demand_class,
        demand_class=worth.supply_class,
        fixed=np.ascontiguousarray(worth.fixed.T),
        per_m=np.ascontiguousarray(worth.per_m.T),
        reach_m=None if worth.reach_m is None else np.ascontiguousarray(worth.reach_m.T),
        apart=apart,
    )


def _best(found: FarAllocation, worth: AffineWorth, most: int) -> _Rows:
    """What was used, and of every supply the `most` others that lose least to the prices."""
    s, d, metres = found.pairs.supply, found.pairs.demand, found.pairs.distance_m
    prices = found.allocation.supply_price[s] + found.allocation.demand_price[d]
    loss = np.asarray(prices - worth.of(s, d, metres))
    order = np.lexsort((d, metres, loss, found.quantity <= 0, s))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - found.pairs.indptr[s[order]]
    keep = (found.quantity > 0) | (rank < most)
    return s[keep], d[keep].astype(np.int64), metres[keep]


def _join(rows: list[_Rows]) -> pd.DataFrame:
    s, d, metres = (np.concatenate([one[k] for one in rows]) for k in range(3))
    frame = pd.DataFrame({"s": s.astype(np.int64), "d": d.astype(np.int64), "distance_m": metres})
    once = frame.drop_duplicates(["s", "d"])
    return once.sort_values(["s", "distance_m", "d"]).reset_index(drop=True)
