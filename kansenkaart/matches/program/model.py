"""What a linked model is made of: streams with their pairs, and what ties one stream to another.

Arrays in, arrays out. Positions count within a block; quantities are in the block's own unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, members
from kansenkaart.errors import DataError

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
        A round carries nothing or at least this in a year; 0 is off.
    fixed
        Objective units per connection per year.
    storage_efficiency
        Part that comes out of a store at the supply of what went in, 0 to 1; None is no store. P must be 12.
        The year goes round: what is stored in October may be used in March.
    storage_cost
        Objective units per unit out of the store.
    round
        int64[pairs], below the number of pairs: those to one taker with the same number are one round and reach the
        lot together; below 0 it needs no lot. None: every pair by itself.
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
    round: IntArray | None = None

    @property
    def rounds(self) -> IntArray:
        """Round of every pair."""
        return np.arange(len(self.s)) if self.round is None else self.round

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
    """A site's, or a pair's, share in a ledger: `coefficient` budget units per delivered unit."""

    block: int
    side: Literal["supply", "demand", "pair"]
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


def check_model(model: LinkedModel, stage: Stage, time_limit_s: float) -> None:
    """Refuse what cannot be solved.

    Raises
    ------
    DataError
        ``linked_model_wrong`` with the first fault, ``chain_cyclic`` when a processor ends up in its own
        input.
    """
    for fault in _faults(model, stage, time_limit_s):
        raise DataError("linked_model_wrong", "The linked model cannot be solved: {what}.", what=fault)
    _refuse_cycle(model)


def _faults(model: LinkedModel, stage: Stage, time_limit_s: float) -> Iterator[str]:
    if not (math.isfinite(time_limit_s) and time_limit_s > 0):
        yield f"time_limit_s is {time_limit_s}; allowed: a finite number above 0"
    for name in ("value", "allowed", "at_least"):
        if len(getattr(stage, name)) != len(model.blocks):
            yield f"the stage's {name} must hold one array per block ({len(model.blocks)})"
            return
    for number, block in enumerate(model.blocks):
        yield from (f"block {number}: {what}" for what in _block_faults(block))
        yield from (f"block {number}: {what}" for what in _stage_faults(stage, number, block))
    yield from _link_faults(model)


def _block_faults(block: Block) -> Iterator[str]:
    for name, array in (("supply", block.supply), ("demand", block.demand)):
        if array.ndim != 2 or array.shape[1] not in (1, MONTHS) or array.shape[1] != block.supply.shape[-1]:
            yield f"{name} must be (sites, 1) or (sites, 12), both sides alike; got {array.shape}"
            return
        if not (np.isfinite(array).all() and (array >= 0).all()):
            yield f"{name} must be finite and 0 or more"
    count = len(block.s)
    for name, place, sites in (("s", block.s, len(block.supply)), ("d", block.d, len(block.demand))):
        if place.shape != (count,) or (place < 0).any() or (place >= sites).any():
            yield f"{name} must hold {count} positions from 0 to {sites - 1}"
    if block.distance_m.shape != (count,) or not (block.distance_m >= 0).all():
        yield "distance_m must hold one distance of 0 or more per pair"
    if block.rounds.shape != (count,) or (block.rounds >= max(count, 1)).any():
        yield f"round must hold one number below {count} per pair"
    for name in ("min_lot", "fixed", "storage_cost"):
        number = getattr(block, name)
        if not (math.isfinite(number) and number >= 0):
            yield f"{name} is {number}; allowed: 0 or more"
    if block.storage_efficiency is None:
        return
    if not 0 <= block.storage_efficiency <= 1:
        yield f"storage_efficiency is {block.storage_efficiency}; allowed: 0 to 1"
    if block.periods != MONTHS:
        yield "a store needs months (12 periods)"


def _stage_faults(stage: Stage, number: int, block: Block) -> Iterator[str]:
    count = len(block.s)
    if stage.value[number].shape != (count,) or not np.isfinite(stage.value[number]).all():
        yield f"value must hold one finite number per pair ({count})"
    if stage.allowed[number].shape != (count,) or stage.allowed[number].dtype != np.bool_:
        yield f"allowed must hold one true or false per pair ({count})"
    kept = stage.at_least[number]
    if kept.shape != (count, block.periods) or not (np.isfinite(kept).all() and (kept >= 0).all()):
        yield f"at_least must be ({count}, {block.periods}), finite and 0 or more"


def _link_faults(model: LinkedModel) -> Iterator[str]:
    def missing(block: int, side: str, position: int) -> bool:
        if not 0 <= block < len(model.blocks):
            return True
        return not 0 <= position < len(getattr(model.blocks[block], "s" if side == "pair" else side))

    for k, made in enumerate(model.conversions):
        if missing(made.taken_block, "demand", made.demand) or missing(
            made.made_block, "supply", made.supply
        ):
            yield f"conversion {k} names a place that does not exist"
        if not (math.isfinite(made.yield_) and made.yield_ >= 0):
            yield f"conversion {k}: yield is {made.yield_}; allowed: 0 or more"
    for k, ledger in enumerate(model.ledgers):
        if any(missing(term.block, term.side, term.position) for term in ledger.terms):
            yield f"ledger {k} names a place that does not exist"
        if not (math.isfinite(ledger.budget) and ledger.budget >= 0):
            yield f"ledger {k}: budget is {ledger.budget}; allowed: 0 or more"
        if not all(math.isfinite(term.coefficient) for term in ledger.terms):
            yield f"ledger {k}: a coefficient is not finite"
    for k, pair in enumerate(model.couplings):
        if missing(pair.first[0], "demand", pair.first[1]) or missing(
            pair.second[0], "demand", pair.second[1]
        ):
            yield f"coupling {k} names a place that does not exist"
        if not (math.isfinite(pair.bonus) and pair.bonus >= 0):
            yield f"coupling {k}: bonus is {pair.bonus}; allowed: 0 or more"


def _refuse_cycle(model: LinkedModel) -> None:
    chains = model.conversions
    if not chains:
        return
    edges = [_feeds(model, number) for number in range(len(model.blocks))]
    start = np.concatenate([edge[0] for edge in edges])
    stop = np.concatenate([edge[1] for edge in edges])
    graph = coo_array((np.ones(len(start)), (start, stop)), shape=(len(chains), len(chains)))
    _, group = connected_components(graph, connection="strong")
    in_ring = (np.bincount(group) > 1)[group]
    in_ring[start[start == stop]] = True
    if not in_ring.any():
        return
    ring = np.flatnonzero(group == group[np.flatnonzero(in_ring)[0]])
    places = [chains[k] for k in ring.tolist()]
    raise DataError(
        "chain_cyclic",
        "A chain of processors ends up in its own input: {chain}. Take out one of these processors, or one "
        "of the pairs between them.",
        conversions=ring.tolist(),
        chain="; ".join(
            f"block {c.taken_block} demand {c.demand} -> block {c.made_block} supply {c.supply}"
            for c in places
        ),
    )


def _feeds(model: LinkedModel, number: int) -> tuple[IntArray, IntArray]:
    """Conversions that make a supply of this block, and those that may take it in, pair by pair."""
    block, chains = model.blocks[number], model.conversions
    makes = np.array([k for k, c in enumerate(chains) if c.made_block == number], dtype=np.int64)
    takes = np.array([k for k, c in enumerate(chains) if c.taken_block == number], dtype=np.int64)
    made_at = np.array([chains[k].supply for k in makes], dtype=np.int64)
    taken_at = np.array([chains[k].demand for k in takes], dtype=np.int64)
    maker, pair = members(block.s, made_at)
    way, taker = members(taken_at, block.d[pair])
    return makes[maker[way]], takes[taker]


def add_up(position: IntArray, amount: FloatArray, sites: int) -> FloatArray:
    """Sum of `amount` float64[pairs, P] per site: float64[sites, P]."""
    periods = amount.shape[1]
    at = (position * periods)[:, None] + np.arange(periods)
    total = np.bincount(at.ravel(), amount.ravel(), sites * periods)
    # Without pairs numpy counts in integers.
    return total.astype(np.float64, copy=False).reshape(sites, periods)


def made(model: LinkedModel, number: int, received: list[FloatArray]) -> FloatArray:
    """What the processors make in block `number` from `received` (per block float64[m, P]): float64[n, P]."""
    block = model.blocks[number]
    total = np.zeros(block.supply.shape)
    for chain in model.conversions:
        if chain.made_block == number:
            taken = received[chain.taken_block][chain.demand]
            total[chain.supply] += chain.yield_ * _spread(taken, block.periods)
    return total


def _spread(taken: FloatArray, periods: int) -> FloatArray | float:
    if periods == len(taken):
        return taken
    return float(taken.sum()) / periods
