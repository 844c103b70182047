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

from kansenkaart.arrays import ROUNDING, STEPS_PER_METRE, BoolArray, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.long_range.column_generation import (
    AffineWorth,
    FarAllocation,
    allocate_far,
    best_first_far,
)
from kansenkaart.matches.long_range.far_field import find_nearest
from kansenkaart.matches.pairs import eligibility
from kansenkaart.matches.pairs.eligibility import (
    Side,
    Sides,
    has_something,
    may_meet,
    rules_between,
    stream_pairs,
    with_confirmed,
)
from kansenkaart.matches.pairs.routes import measure_routes
from kansenkaart.matches.price.economics import avoided_co2, price_pairs, rungs_gained
from kansenkaart.matches.price.ways import find_quays, has_pipe
from kansenkaart.matches.ties.connections import Connections
from kansenkaart.matches.transport.reach import limit_steps
from kansenkaart.project import Project
from kansenkaart.tables import Surroundings

Tiers = list[tuple[int, AffineWorth]]

# Units per year at which worth is read: it must be the same per unit.
_SIZES = (1.0, 1000.0)

# Shares of the reach at which worth is read.
_AT = (0.0, 0.5, 1.0)


def find_tiers(
    sides: Sides, stream: Stream, catalogue: Catalogue, *, objective: str, tiers: bool
) -> Tiers | None:
    """Per tier of ``plan_pairs`` what a unit is worth over every pair that belongs to it or to a tier before it.

    The best of a tier leaves no pair of it with something at both ends, so a later tier may hold the pairs of those
    before it.

    Returns
    -------
    list or None
        (tier, worth), the last without a limit of its own; None when a pair may go by ship or pipe too, when the worth
        of a unit is no straight line that falls with distance, or when it depends on how many units there are.
    """
    classes = [_classes(side, stream) for side in sides]
    probes = _probe(sides, classes, stream, catalogue)
    fits = (probes[0]["rule"] >= 0).to_numpy() & probes[0]["meets"].to_numpy()
    make = _Maker(
        classes[0][0], classes[1][0], fits.reshape([len(first) for _, first in classes]), _same_place(sides)
    )
    flat = make.flat(np.full(len(fits), np.inf))
    if objective == "quantity":
        near = make.flat(np.full(len(fits), stream.soft_km * 1000.0))
        return [(0, near), (1, flat)] if tiers else [(0, flat)]
    if objective == "net_eur" and not tiers:
        return [(0, flat)]
    if not _goes_one_way(probes[0][fits], stream, catalogue):
        return None
    lines = [
        _line(values, stream.hard_km * 1000.0, fits)
        for values in _read_worths(probes, stream, catalogue, objective)
    ]
    known = [line for line in lines if line is not None]
    if len(known) < len(lines):
        return None
    hopeful = [(number, make.flat(_pays_within(*line))) for number, line in enumerate(known[1:], start=1)]
    return [(0, make.worth(*known[0])), *hopeful, (2, flat)]


@dataclass(frozen=True)
class _Maker:
    """Classes of both sides, which pairs of them may meet, and every supply's own place among the demands."""

    supply_class: IntArray
    demand_class: IntArray
    fits: BoolArray
    apart: IntArray

    def worth(self, fixed: FloatArray, per_m: FloatArray) -> AffineWorth:
        """So much less per metre; entries are pairs of classes in a row."""
        held = np.where(self.fits, fixed.reshape(self.fits.shape), np.nan)
        falls = np.where(np.isnan(held), 0.0, per_m.reshape(self.fits.shape))
        return AffineWorth(self.supply_class, self.demand_class, held, falls, None, self.apart)

    def flat(self, reach_m: FloatArray) -> AffineWorth:
        """One for every unit over a pair within `reach_m`."""
        level = self.worth(np.ones(self.fits.size), np.zeros(self.fits.size))
        return replace(level, reach_m=reach_m.reshape(self.fits.shape))


def _pays_within(fixed: FloatArray, per_m: FloatArray) -> FloatArray:
    """Metres within which a line is above 0; -1 where it is not next door either."""
    reach = np.divide(fixed, per_m, out=np.full(len(fixed), np.inf), where=per_m > 0)
    return np.where(fixed > 0, reach, -1.0)


def _classes(side: Side, stream: Stream) -> tuple[IntArray, IntArray]:
    """Class of every place, and the first place of every class: kind, region, something to move, crop, quay."""
    known = pd.DataFrame({"kind": side.column("kind"), "in_region": side.column("in_region").astype(bool)})
    known["something"] = has_something(side)
    known["crop"] = side.column("crop")
    if stream.mode == "truck/ship":
        known["quay"] = (side.column("quay") == "yes").astype(bool)
    of_class = np.asarray(
        known.groupby(list(known.columns), sort=False, dropna=False).ngroup(), dtype=np.int64
    )
    return of_class, np.asarray(np.unique(of_class, return_index=True)[1], dtype=np.int64)


def _same_place(sides: Sides) -> IntArray:
    """Position among the demands of every supply's own place, -1 where it asks nothing."""
    places = pd.Index(sides[1].column("site_id"))
    return np.asarray(places.get_indexer(pd.Index(sides[0].column("site_id"))), dtype=np.int64)


def _probe(
    sides: Sides, classes: list[tuple[IntArray, IntArray]], stream: Stream, catalogue: Catalogue
) -> list[pd.DataFrame]:
    """One pair per pair of classes, at every distance of ``_AT``, with all that pricing needs."""
    s, d = (grid.ravel() for grid in np.meshgrid(classes[0][1], classes[1][1], indexing="ij"))
    probes = []
    for share in _AT:
        pairs = pd.DataFrame({"s": s, "d": d, "distance_m": np.full(len(s), share * stream.hard_km * 1000.0)})
        pairs["rule"] = rules_between(sides, s, d, stream, catalogue)
        pairs["meets"] = may_meet(sides, s, d, stream)
        pairs, _ = measure_routes(pairs, sides, stream, catalogue, Surroundings())
        pairs["quay"] = find_quays(sides, pairs, stream)
        # The best a pair can do is a full load of its own.
        probes.append(pairs.assign(round_m=0.0))
    return probes


def _goes_one_way(pairs: pd.DataFrame, stream: Stream, catalogue: Catalogue) -> bool:
    """Whether a truck is the only way: where ship or pipe takes over, worth jumps from one line to another."""
    return not pairs["quay"].any() and not has_pipe(stream, catalogue.prices)


def _read_worths(
    probes: list[pd.DataFrame], stream: Stream, catalogue: Catalogue, objective: str
) -> list[list[list[FloatArray]]]:
    """Worth of a unit per line (the value, the optimistic end), distance and size."""
    rules = stream_pairs(stream, catalogue)
    read: list[list[list[FloatArray]]] = []
    for pairs in probes:
        per_size: list[list[FloatArray]] = []
        for units in _SIZES:
            size = np.full(len(pairs), units)
            if objective == "net_eur":
                money = price_pairs(stream, rules, pairs, size, catalogue)
                per_size.append([money.net / units, money.net_high / units])
            elif objective == "co2":
                per_size.append([avoided_co2(stream, rules, pairs, size, catalogue) / units])
            else:
                per_size.append([rungs_gained(stream, rules, pairs)])
        read.append(per_size)
    lines = range(len(read[0][0]))
    return [[[per_size[line] for per_size in at] for at in read] for line in lines]


def _line(
    values: list[list[FloatArray]], reach_m: float, fits: BoolArray
) -> tuple[FloatArray, FloatArray] | None:
    """Worth at 0 m and its fall per metre; NaN where nothing is known; None where it is no such line."""
    near, middle, far = (at[0] for at in values)
    scale = np.fmax(np.abs(near), np.abs(far)) + 1.0
    off = [middle - (near + far) / 2.0, *(at[1] - at[0] for at in values)]
    straight = all(bool((~fits | np.isnan(bend) | (np.abs(bend) <= ROUNDING * scale)).all()) for bend in off)
    falls = bool((~fits | np.isnan(far) | (far <= near + ROUNDING * scale)).all())
    known = all(bool((~fits | (np.isnan(near) == np.isnan(worth))).all()) for worth in (middle, far))
    if not (straight and falls and known) or reach_m <= 0:
        return None
    return near, np.maximum(np.nan_to_num(near - far), 0.0) / reach_m


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
    made = (stream in (making.takes, making.makes) for making in connections.conversions)
    return any(drawn) or any(made) or any(stream in pairing.ties for pairing in connections.pairings)


def find_far(
    sides: Sides,
    stream: Stream,
    catalogue: Catalogue,
    *,
    objective: str,
    project: Project,
    decisions: pd.DataFrame,
) -> tuple[pd.DataFrame, Far] | None:
    """The best pairs of a stream that has too many to hold, and those that a room confirmed."""
    method = project.method
    found = find_far_pairs(
        sides,
        stream,
        catalogue,
        objective=objective,
        tiers=method.tiers,
        time_limit_s=method.time_limit_s,
    )
    if found is None or decisions.empty:
        return found
    # The bounds are of all pairs, without what the room decided.
    far = replace(found[1], proven=dict.fromkeys(found[1].proven, False), best_first=None)
    return with_confirmed(found[0], sides, decisions, reach_m=stream.hard_km * 1000.0), far


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
    s, d, metres = (np.concatenate([part[k] for part in rows]) for k in range(3))
    frame = pd.DataFrame({"s": s.astype(np.int64), "d": d.astype(np.int64), "distance_m": metres})
    once = frame.drop_duplicates(["s", "d"])
    return once.sort_values(["s", "distance_m", "d"]).reset_index(drop=True)
