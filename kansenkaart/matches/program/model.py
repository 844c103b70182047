"""What a linked model is made of: streams with their pairs, and what ties one stream to another.

Arrays in, arrays out. Positions count within a block; quantities are in the block's own unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kansenkaart.matches.arrays import BoolArray, FloatArray, IntArray

MONTHS = 12


@dataclass(frozen=True)
class Block:
    """One stream: its candidate pairs and what both sides have and want.

    Parameters
    ----------
    s, d
        int64[pairs]; positions of the supply and the demand of every pair.
    distance_m
        float64[pairs]; among equals the least quantity x distance wins.
    supply, demand
        float64[n, P], float64[m, P] with P = 1 (the year) or 12 (months); 0 or more.
    min_lot
        A pair carries nothing or at least this in a year; 0 is off.
    fixed
        Objective units per connection per year.
    storage_efficiency
        Part that comes out of a store at the supply of what went in, 0 to 1; None is no store. P must be 12.
        The year goes round: what is stored in October may be used in March.
    storage_cost
        Objective units per unit out of the store.
    """

    s: IntArray
    d: IntArray
    distance_m: FloatArray
    supply: FloatArray
    demand: FloatArray
    min_lot: float = 0.0
    fixed: float = 0.0
    storage_efficiency: float | None = None
    storage_cost: float = 0.0

    @property
    def periods(self) -> int:
        """Number of periods: 1 or 12."""
        return int(self.supply.shape[1])


@dataclass(frozen=True)
class Conversion:
    """A processor: what leaves at one supply is at most its own plus `yield_` x what came in at a demand.

    Several conversions may make the same supply (they add up) or take the same demand (each gets all of it).
    Month by month when both streams are monthly; a yearly input makes a twelfth of its yield every month.
    """

    taken_block: int
    demand: int
    made_block: int
    supply: int
    yield_: float


@dataclass(frozen=True)
class Term:
    """A site's share in a ledger: `coefficient` budget units per delivered unit."""

    block: int
    side: Literal["supply", "demand"]
    position: int
    coefficient: float


@dataclass(frozen=True)
class Ledger:
    """One budget for several flows: sum of coefficient x yearly quantity is at most `budget`."""

    terms: tuple[Term, ...]
    budget: float


@dataclass(frozen=True)
class Coupling:
    """Two streams at one place: (block, demand position) twice; a share is yearly quantity / yearly demand.

    Required: the first's share is at most the second's. Rewarded: `bonus` objective units per unit of the
    first, for the smallest of the two shares.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    required: bool
    bonus: float


@dataclass(frozen=True)
class LinkedModel:
    """Streams that have to be solved together."""

    blocks: tuple[Block, ...]
    conversions: tuple[Conversion, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    couplings: tuple[Coupling, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One tier: what a pair is worth, which may be used, and what earlier tiers gave, which stays.

    Parameters
    ----------
    value
        Per block float64[pairs]; objective units per unit, negative allowed.
    allowed
        Per block bool[pairs]; a pair that is not allowed keeps exactly what it has.
    at_least
        Per block float64[pairs, P]; must itself obey the model.
    """

    value: tuple[FloatArray, ...]
    allowed: tuple[BoolArray, ...]
    at_least: tuple[FloatArray, ...]


@dataclass(frozen=True)
class StageResult:
    """What every pair carries, and how good that is known to be.

    Parameters
    ----------
    quantity
        Per block float64[pairs, P]; delivered, in the order of the pairs given.
    from_store
        Per block float64[pairs, P]; the part of it that came out of a store.
    objective
        Value of all quantities (kept ones too) - store - connections + coupling bonuses.
    bound
        No allocation is worth more than this.
    gap
        (bound - objective) relative to the bound; 0 when proven.
    certified
        Feasible, and the gap at most 1e-7 (linear program) or 1e-6 (mixed-integer program).
    limit_hit
        The time limit ended a search: the quantities are the best so far.
    method
        ``linear program``, ``mixed-integer program``, or ``heuristic`` when that gave the quantities.
    """

    quantity: tuple[FloatArray, ...]
    from_store: tuple[FloatArray, ...]
    objective: float
    bound: float
    gap: float
    certified: bool
    limit_hit: bool
    method: str
