"""What step 3 solves: streams that hang together, each with pairs that are posed from flows and eligibility; a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue, Pair, Stream
from kansenkaart.matches.long_range.far_pairs import Far, can_go_far, find_far
from kansenkaart.matches.pairs.eligibility import (
    Sides,
    apply_decisions,
    find_eligible,
    holds_too_many,
    keep_eligible,
    stream_pairs,
)
from kansenkaart.matches.pairs.networks import Laying, add_networks, find_beyond
from kansenkaart.matches.pairs.routes import choose_surroundings, measure_routes
from kansenkaart.matches.price.heat_pipe import find_trunks
from kansenkaart.matches.price.ways import expect_load_hours, find_quays, find_rounds, number_rounds
from kansenkaart.matches.program.stage import Conversion, Coupling, Ledger, Term
from kansenkaart.matches.ties.connections import Connections, could_supply
from kansenkaart.project import Project, StreamSettings
from kansenkaart.tables import DECISIONS, HEAT_PAIRS, PAIRS, PipeNetwork, Surroundings

# Tier of the pairs that a room confirmed: before all others, whatever they are worth.
CONFIRMED = -1


@dataclass(frozen=True)
class Problem:
    """The pairs of one stream with what both sides have free.

    Attributes
    ----------
    pairs
        Frame ``PAIRS``, of heat ``HEAT_PAIRS``.
    supply, demand
        float64[n, P], float64[m, P]: free per period; P is 1 (a year) or 12 (months).
    could_supply
        float64[n]: per year, also of what the place itself could make of what it receives.
    objective
        What is maximised: ``net_eur``, ``co2``, ``r_gain`` or ``quantity``.
    unreachable
        ``s, d, distance_m`` of eligible pairs that no route joins.
    rejected
        ``s, d, distance_m`` of pairs that could exist, but that a room rejected.
    far
        Set when the pairs within reach were too many to hold: ``pairs`` then are the best of them.
    min_lot
        Per year; a round carries nothing or at least this.
    rounds
        int64[pairs]: number of the round to its taker; None where each is one pair.
    networks
        Those that carry the stream; ``pairs.network`` points into it.
    """

    stream: Stream
    rules: list[Pair]
    pairs: pd.DataFrame
    supply: FloatArray
    demand: FloatArray
    could_supply: FloatArray
    objective: str
    min_lot: float = 0.0
    fixed_eur_y: float = 0.0
    storage_efficiency: float | None = None
    storage_eur_unit: float = 0.0
    tiers: bool = True
    unreachable: pd.DataFrame = field(default_factory=pd.DataFrame)
    rejected: pd.DataFrame = field(default_factory=pd.DataFrame)
    far: Far | None = None
    rounds: IntArray | None = None
    networks: tuple[PipeNetwork, ...] = ()

    @property
    def lot_of(self) -> IntArray:
        """Number of the lot every pair is part of."""
        return np.arange(len(self.pairs)) if self.rounds is None else self.rounds

    def per_lot(self, amount: FloatArray) -> FloatArray:
        """Per pair the sum of `amount`, one number per pair, over its round to the same taker."""
        return np.asarray(np.bincount(self.lot_of, amount, len(self.pairs))[self.lot_of])

    @property
    def confirmed(self) -> BoolArray:
        """Which pairs a room confirmed."""
        return self.pairs["confirmed"].to_numpy(dtype=bool)

    @cached_property
    def s(self) -> IntArray:
        """Position of every pair's supply."""
        return self.pairs["s"].to_numpy(dtype=np.int64)

    @cached_property
    def d(self) -> IntArray:
        """Position of every pair's demand."""
        return self.pairs["d"].to_numpy(dtype=np.int64)

    @cached_property
    def distance_m(self) -> FloatArray:
        """Straight distance of every pair."""
        return self.pairs["distance_m"].to_numpy(dtype=float)

    @cached_property
    def weight_m(self) -> FloatArray:
        """What every pair counts by among equals."""
        return self.pairs["weight_m"].to_numpy(dtype=float)

    def with_amounts(self, **amounts: FloatArray | IntArray | float) -> Problem:
        """The same pairs with other `amounts` at their ends, or of a lot; what was read of the pairs is kept."""
        other = replace(self, **cast(dict[str, Any], amounts))
        of_pairs = ("s", "d", "distance_m", "weight_m", "network")
        other.__dict__.update({name: getattr(self, name) for name in of_pairs})
        return other

    @property
    def reach(self) -> FloatArray:
        """What every pair could move per year if both ends, and its network, had eyes for this pair only."""
        most = np.minimum(self.could_supply[self.s], self.demand.sum(axis=1)[self.d])
        return np.asarray(np.minimum(most, self.spare))

    @property
    def spare(self) -> FloatArray:
        """What the network that every pair goes via can still carry per year; infinite without."""
        return np.array([*(network.spare for network in self.networks), np.inf])[self.network]

    @cached_property
    def network(self) -> IntArray:
        """Position of the network that every pair goes via; -1 without."""
        return self.pairs["network"].to_numpy(dtype=np.int64)

    @property
    def once(self) -> BoolArray:
        """The first of the ways of every supply and demand: what may be counted over all pairs of places."""
        return ~self.pairs.duplicated(["s", "d"]).to_numpy() if self.networks else self.network < 0

    def accounts(self, block: int) -> tuple[Ledger, ...]:
        """What its networks can carry, as ledgers of a model in which this stream is `block`."""
        return tuple(
            Ledger(tuple(Term(block, "pair", row, 1.0) for row in rows.tolist()), network.spare)
            for n, network in enumerate(self.networks)
            if len(rows := np.flatnonzero(self.network == n))
        )

    @property
    def is_plain(self) -> bool:
        """Whether supply and demand are all that binds from month to month."""
        lots = self.supply.shape[1] > 1 and (self.min_lot > 0 or self.fixed_eur_y > 0)
        return self.storage_efficiency is None and not lots

    def by_year(self) -> Problem:
        """Return the same with yearly totals only."""
        yearly = {name: getattr(self, name).sum(axis=1, keepdims=True) for name in ("supply", "demand")}
        return replace(self, **yearly, storage_efficiency=None)


@dataclass(frozen=True)
class Group:
    """Streams that are solved together, and what links them; positions name problems of the group."""

    problems: tuple[Problem, ...]
    conversions: tuple[Conversion, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    couplings: tuple[Coupling, ...] = ()
    time_limit_s: float = 60.0

    @property
    def is_linked(self) -> bool:
        """Whether anything makes the streams depend on each other."""
        return bool(self.conversions or self.ledgers or self.couplings)

    def fed(self, position: int) -> BoolArray:
        """Which pairs of a problem bring something to a place that makes something else of it."""
        problem = self.problems[position]
        takers = [step.demand for step in self.conversions if step.taken_block == position]
        return np.isin(problem.d, takers)

    def made(self, position: int) -> BoolArray:
        """Which pairs of a problem start at a place that makes the stream itself."""
        makers = [step.supply for step in self.conversions if step.made_block == position]
        return np.isin(self.problems[position].s, makers)

    def supply_with_made(self, position: int, quantity: Mapping[int, FloatArray]) -> FloatArray:
        """What a problem has, with what places made of what they received, spread evenly over its periods.

        Parameters
        ----------
        quantity
            Problem -> float64[pairs, P] that its pairs carry; of one that is absent nothing was received.
        """
        supply = self.problems[position].supply.copy()
        for made, brought in self.brought(quantity):
            if made.made_block == position:
                supply[made.supply] += made.yield_ * brought.sum() / supply.shape[1]
        return supply

    def brought(self, quantity: Mapping[int, FloatArray]) -> Iterator[tuple[Conversion, FloatArray]]:
        """Every place that makes something, with what each pair brings it, of the problems in `quantity`."""
        for made in self.conversions:
            if made.taken_block in quantity:
                here = self.problems[made.taken_block].d == made.demand
                yield made, quantity[made.taken_block][here]


@dataclass(frozen=True)
class Plan:
    """Which tier every pair of a stream is in and what a unit over it is worth: kept by the draws.

    A unit value of NaN means: most quantity first, then shortest. Pairs in tier ``CONFIRMED`` are a room's choice and
    go before all others.
    """

    tier: IntArray
    unit_value: FloatArray

    @property
    def confirmed(self) -> BoolArray:
        """Which pairs a room confirmed."""
        return np.asarray(self.tier == CONFIRMED)

    @property
    def first(self) -> IntArray:
        """Positions of the pairs in the best tier that the method itself chose."""
        own = self.tier[~self.confirmed]
        return np.flatnonzero(self.tier == own.min()) if len(own) else np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Outcome:
    """What a group of streams was allocated: float64[pairs, P] per stream, and how good that is."""

    quantity: tuple[FloatArray, ...]
    from_store: tuple[FloatArray, ...]
    method: str = "network simplex"
    certified: bool = True
    gap: float = 0.0
    limit_hit: bool = False


@dataclass(frozen=True)
class Solved:
    """Quantity per pair of one stream, the plan it came from, how good it is and what others reach.

    ``quantity`` is per year, ``months`` float64[pairs, P] the same per period. The prices say what one more unit at
    a site would have been worth in the first tier (not unique; zeros where nothing is scarce).
    """

    quantity: FloatArray
    months: FloatArray
    from_store: FloatArray
    plan: Plan
    rounds: int
    certified: bool
    gap: float
    limit_hit: bool
    method: str
    objective_value: float
    objective_unit: str
    nearest_share: float | None
    greedy_share: float | None
    annual_quantity: float | None
    supply_price: FloatArray = field(default_factory=lambda: np.zeros(0))
    demand_price: FloatArray = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class MatchInputs:
    """Frames ``SITES``, ``FLOWS``, ``LINKS`` and ``AREAS``, what routes are found on, and what a room decided.

    ``decisions`` is frame ``DECISIONS``.
    """

    sites: gpd.GeoDataFrame
    flows: pd.DataFrame
    links: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    surroundings: Surroundings = field(default_factory=Surroundings)
    decisions: pd.DataFrame = field(default_factory=DECISIONS.empty)


def pose_problem(
    sides: Sides,
    stream: Stream,
    catalogue: Catalogue,
    *,
    project: Project,
    connections: Connections,
    inputs: MatchInputs,
) -> Problem:
    """The pairs of a stream with their routes and trunks, and what both sides have free per period.

    What a room rejected is no pair; what it confirmed is marked.
    """
    settings = project.stream.get(stream.id, StreamSettings())
    objective = _objective(stream, catalogue, settings)
    stream = _with_lot(stream, settings, lots=project.method.lots)
    monthly = stream.seasonal and project.method.season
    ground = choose_surroundings(stream, project, inputs.surroundings)
    decisions = inputs.decisions[inputs.decisions["stream"] == stream.id]
    far = None
    if not monthly and can_go_far(stream, ground, connections) and holds_too_many(sides, stream):
        far = find_far(sides, stream, catalogue, objective=objective, project=project, decisions=decisions)
    found = (
        find_eligible(*sides, stream, catalogue)
        if far is None
        else keep_eligible(far[0], sides, stream, catalogue)
    )
    pairs, unreachable, rejected = _find_ways(
        found, sides, stream, catalogue, ground=ground, decisions=decisions
    )
    problem = Problem(
        stream=stream,
        rules=stream_pairs(stream, catalogue),
        pairs=pairs,
        supply=sides[0].periods(monthly=monthly),
        demand=sides[1].periods(monthly=monthly),
        could_supply=could_supply(sides, stream.id, connections.conversions),
        objective=objective,
        min_lot=stream.lot,
        fixed_eur_y=settings.fixed_eur_y or 0.0,
        storage_efficiency=settings.storage_efficiency if monthly else None,
        storage_eur_unit=settings.storage_eur_unit,
        tiers=project.method.tiers,
        unreachable=unreachable,
        rejected=rejected,
        far=None if far is None else far[1],
        rounds=number_rounds(pairs, len(sides[1])) if stream.lot > 0 else None,
        networks=ground.networks,
    )
    if stream.is_heat:
        problem = _with_pipes(problem, sides, catalogue)
    (HEAT_PAIRS if stream.is_heat else PAIRS).check(problem.pairs)
    return problem


def _find_ways(
    eligible: pd.DataFrame,
    sides: Sides,
    stream: Stream,
    catalogue: Catalogue,
    *,
    ground: Surroundings,
    decisions: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Frame ``PAIRS``; the pairs that no route joins, and those that a room rejected."""
    eligible, rejected = apply_decisions(eligible, sides, decisions)
    pairs, unreachable = measure_routes(eligible, sides, stream, catalogue, ground)
    pairs["quay"] = find_quays(sides, pairs, stream)
    if ground.networks:
        laying = Laying.of(stream, catalogue, ground)
        beyond = keep_eligible(find_beyond(sides, laying), sides, stream, catalogue)
        beyond, also_rejected = apply_decisions(beyond, sides, decisions)
        pairs, unreachable = add_networks(pairs, unreachable, beyond, sides, laying)
        rejected = pd.concat([rejected, also_rejected], ignore_index=True)
    return pairs.join(find_rounds(sides[0], pairs, stream, catalogue)), unreachable, rejected


def _with_lot(stream: Stream, settings: StreamSettings, *, lots: bool) -> Stream:
    """The stream with the load that the project wants, and how long it may be kept."""
    own = settings.model_dump(include={"min_lot", "storage_months"}, exclude_none=True)
    return stream.model_copy(update=own if lots else {"min_lot": 0.0})


def _with_pipes(problem: Problem, sides: Sides, catalogue: Catalogue) -> Problem:
    """The problem with the trunks its heat could share; nothing was sent through them yet."""
    pairs = problem.pairs.join(find_trunks(sides, problem.pairs, problem.stream, catalogue))
    pairs["trunk_most"] = np.minimum(problem.could_supply[problem.s], problem.spare)
    pairs["load_hours"] = _load_hours(problem)
    pairs["quantity"] = np.nan
    return replace(problem, pairs=pairs)


def _load_hours(problem: Problem) -> FloatArray | float:
    """Hours in which every pair could move its year; what a place makes comes evenly. NaN by the year."""
    if problem.supply.shape[1] == 1:
        return np.nan
    made = np.maximum(problem.could_supply - problem.supply.sum(axis=1), 0.0)
    return expect_load_hours(
        problem.supply + made[:, None] / problem.supply.shape[1],
        problem.demand,
        problem.s,
        problem.d,
        storage_efficiency=problem.storage_efficiency or 0.0,
    )


def _objective(stream: Stream, catalogue: Catalogue, settings: StreamSettings) -> str:
    """What is maximised: as the project says, else EUR where benefit and transport have a price."""
    return settings.objective or ("net_eur" if catalogue.is_priced(stream.id) else "quantity")
