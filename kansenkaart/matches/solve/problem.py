"""What step 3 solves: the pairs of a stream, the streams that hang together, and the plan they are solved by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Pair, Stream
from kansenkaart.matches.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.matches.long_range.far_pairs import Far
from kansenkaart.matches.program.stage import Conversion, Coupling, Ledger

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

    @property
    def confirmed(self) -> BoolArray:
        """Which pairs a room confirmed."""
        return self.pairs["confirmed"].to_numpy(dtype=bool)

    @property
    def s(self) -> IntArray:
        """Position of every pair's supply."""
        return self.pairs["s"].to_numpy(dtype=np.int64)

    @property
    def d(self) -> IntArray:
        """Position of every pair's demand."""
        return self.pairs["d"].to_numpy(dtype=np.int64)

    @property
    def reach(self) -> FloatArray:
        """What every pair could move per year if both ends had eyes for each other only."""
        return np.asarray(np.minimum(self.could_supply[self.s], self.demand.sum(axis=1)[self.d]))

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
