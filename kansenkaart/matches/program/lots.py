"""One stream for a year where a round carries nothing or a whole lot, or a connection costs something to make.

The relaxation (no lots, a connection paid by the unit) is solved exactly by the network simplex. Where it
breaks no lot it is the optimum; only the groups of sites where it does are branched on: by relaxations that shut or
hold a round, and by HiGHS where those do not end soon, or connections cost something.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kansenkaart.arrays import ROUNDING, BoolArray, FloatArray, IntArray
from kansenkaart.errors import DataError
from kansenkaart.matches.program.lot_choices import drop_by_halves
from kansenkaart.matches.program.lot_search import Task, left_by, search
from kansenkaart.matches.program.stage import Block, LinkedModel, Stage, solve_stage
from kansenkaart.matches.transport.allocate import Allocation, Stated, allocate, divide
from kansenkaart.matches.transport.reach import Pairs

SIMPLEX, MIXED, HEURISTIC = "network simplex", "mixed-integer program", "heuristic"

# Beyond this many pairs in one group of sites branching seldom ends.
LARGEST_PART = 20_000

# A group of sites of its own search gets at least this long, else the heuristic.
_LEAST_S = 0.05

# Rounds of dropping half of what breaks a lot, and of using what that left over: later ones bring next to nothing.
_DROPS = 12
_EXTENSIONS = 4

# Of more pairs than this only those that lose least to the prices of the relaxation are looked at when dropping.
_MOST_DROPPED_FROM = 1_000_000

_PROVEN = 1e-6


@dataclass(frozen=True)
class LotAllocation:
    """Quantities of which every round is 0 or at least the lot, and how good they are known to be.

    Parameters
    ----------
    quantity
        float64[pairs], in the order of the pairs given.
    objective, bound
        Value of the quantities less the connections; what no allocation can pass.
    gap
        (bound - objective) relative to the bound.
    certified
        Proven to a millionth.
    limit_hit
        The time limit ended a search somewhere.
    method
        ``network simplex``; ``mixed-integer program`` when some group of sites needed it; ``heuristic`` when
        some group was too large or out of time and its quantities come from dropping pairs.
    """

    quantity: FloatArray
    objective: float
    bound: float
    gap: float
    certified: bool
    limit_hit: bool
    method: str


class _Found(NamedTuple):
    quantity: FloatArray
    bound: float
    limit_hit: bool
    method: str


@dataclass(frozen=True)
class Lots:
    """What a round must carry, and what a connection costs.

    Parameters
    ----------
    least
        A round carries 0 or at least this; 0 is off.
    fixed
        Objective units per connection that is used.
    rounds
        int64[pairs], below the number of pairs: those to one taker with the same number are one round; below 0 it needs
        no lot. None: every pair is a round by itself.
    """

    least: float = 0.0
    fixed: float = 0.0
    rounds: IntArray | None = None


def allocate_with_lots(
    sides: tuple[FloatArray, FloatArray],
    pairs: Pairs,
    value: FloatArray | None,
    lots: Lots,
    *,
    time_limit_s: float,
    certify: bool = True,
) -> LotAllocation:
    """Allocate one stream with a smallest quantity per round and a fixed cost per connection.

    Parameters
    ----------
    sides
        Supply and demand, float64[n] and float64[m]; one unit for all.
    pairs
        Candidate pairs.
    value
        float64[pairs], objective units per unit; None: most quantity, then the shortest.
    time_limit_s
        Seconds for all searches together.
    certify
        Whether the relaxation is proven: a draw, of which only the quantities are asked, need not be.

    Raises
    ------
    DataError
        ``lot_wrong`` when a setting is negative or not finite, and what `allocate` raises.
    """
    worth = np.ones(len(pairs)) if value is None else np.asarray(value, dtype=np.float64)
    _check(worth, len(pairs), {"min_lot": lots.least, "fixed": lots.fixed, "time_limit_s": time_limit_s})
    deadline = time.monotonic() + time_limit_s
    numbers = np.arange(len(pairs)) if lots.rounds is None else lots.rounds
    supply, demand = (np.asarray(side, float) for side in sides)
    whole = Task(supply, demand, pairs, worth, numbers, lots.least, lots.fixed)
    most = whole.most
    # A round that cannot reach a lot is never used, nor is a pair that does not earn its connection at its best: unless
    # the lot of others hangs on it.
    alone = whole.together(np.ones(len(pairs))) <= 1.0
    usable = whole.could(most, whole.demand) & (~alone | (worth * most > lots.fixed))
    found, proven = _solve(whole.keep(usable), deadline, certify=certify)
    quantity = np.zeros(len(pairs))
    quantity[usable] = found.quantity
    objective = whole.gain(quantity)
    bound = max(found.bound, objective)
    gap = (bound - objective) / bound if bound > 0 else 0.0
    certified = proven and gap <= _PROVEN
    return LotAllocation(quantity, objective, bound, gap, certified, found.limit_hit, found.method)


def _check(worth: FloatArray, count: int, numbers: dict[str, float]) -> None:
    if worth.shape != (count,) or not np.isfinite(worth).all():
        numbers = {"value": math.nan}
    for name, number in numbers.items():
        if not (math.isfinite(number) and number >= 0):
            raise DataError(
                "lot_wrong",
                "{name} is {value}; allowed: a finite number of 0 or more (value: one finite number per pair).",
                name=name,
                value=number,
            )


def _solve(task: Task, deadline: float, *, certify: bool) -> tuple[_Found, bool]:
    """Relax, then mend the groups of sites where a lot breaks; and whether every step was proven."""
    by_unit = _by_unit(task)
    quantity, proven = _relax(task, by_unit, certify=certify)
    gains = [math.fsum(by_unit * quantity)]
    limit_hit, methods = False, {SIMPLEX}
    parts = _broken_parts(task, quantity)
    for number, mine in enumerate(parts):
        was = math.fsum((by_unit * quantity)[mine])
        seconds = (deadline - time.monotonic()) / (len(parts) - number)
        found = _solve_part(_part(task, mine), seconds)
        quantity[mine] = found.quantity
        gains.append(min(found.bound, was) - was)
        limit_hit |= found.limit_hit
        methods.add(found.method)
    method = next(name for name in (HEURISTIC, MIXED, SIMPLEX) if name in methods)
    return _Found(quantity, math.fsum(gains), limit_hit, method), proven


def _relax(task: Task, by_unit: FloatArray, *, certify: bool) -> tuple[FloatArray, bool]:
    """Best quantities where no lot counts, and whether that is proven."""
    if not certify:
        return divide(Stated(task.supply, task.demand, task.pairs, by_unit)), False
    relaxed = allocate(task.supply, task.demand, task.pairs, by_unit)
    return relaxed.quantity.copy(), relaxed.certificate is not None and relaxed.certificate.is_optimal


def _by_unit(task: Task) -> FloatArray:
    """Worth of a unit with its part of a connection used to the full: never less than the truth."""
    return task.worth - np.divide(task.fixed, task.most, out=np.zeros(len(task.pairs)), where=task.most > 0)


def _broken_parts(task: Task, quantity: FloatArray) -> list[IntArray]:
    """Pairs of every group of connected sites where the relaxation is not the truth; smallest first."""
    broken = task.small(quantity)
    if task.fixed > 0:
        broken |= (quantity > 0) & (quantity < task.most)
    if not broken.any():
        return []
    n, m = len(task.supply), len(task.demand)
    ends = task.pairs.supply, n + task.pairs.demand.astype(np.int64)
    graph = coo_array((np.ones(len(quantity)), ends), shape=(n + m, n + m))
    label = connected_components(graph, directed=False)[1][ends[0]].astype(np.int64)
    hurt = np.unique(label[broken])
    order = np.flatnonzero(np.isin(label, hurt))
    order = order[np.argsort(label[order], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    return sorted(parts, key=len)


def _part(task: Task, mine: IntArray) -> Task:
    """The sites and pairs of one group, in their order."""
    sellers, s = np.unique(task.pairs.supply[mine], return_inverse=True)
    buyers, d = np.unique(task.pairs.demand[mine], return_inverse=True)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(s, minlength=len(sellers)))]).astype(np.int64)
    pairs = Pairs(indptr, d.astype(np.int32), task.pairs.distance_m[mine])
    _, number = np.unique(task.round[mine], return_inverse=True)
    return task._replace(
        supply=task.supply[sellers],
        demand=task.demand[buyers],
        pairs=pairs,
        worth=task.worth[mine],
        round=np.where(task.round[mine] < 0, -1, number),
    )


def _solve_part(task: Task, seconds: float) -> _Found:
    """Branch where that can end in time; else, or when the time ended it, the better of that and dropping."""
    until = time.monotonic() + seconds
    if len(task.pairs) > LARGEST_PART or seconds < _LEAST_S:
        dropped, cut_off = _drop(task, until)
        return _Found(dropped, math.inf, cut_off or seconds < _LEAST_S, HEURISTIC)
    found = _branch(task, seconds)
    if not found.limit_hit:
        return found
    dropped, _ = _drop(task, until)
    if task.gain(dropped) > task.gain(found.quantity):
        return found._replace(quantity=dropped, method=HEURISTIC)
    return found


def _branch(task: Task, seconds: float) -> _Found:
    """Search; a linear program then divides to the last digit over the pairs that were found, or HiGHS finds them."""
    began = time.monotonic()
    best = search(task, began + seconds)
    allowed, kept = np.ones(len(task.pairs), dtype=np.bool_), np.zeros(len(task.pairs))
    if best is not None:
        allowed, total = best > 0, task.together(best)
        tight = allowed & (task.round >= 0) & (total < task.min_lot * (1.0 + ROUNDING))
        kept[tight] = task.min_lot * best[tight] / total[tight]
        # A last digit up, and a place would give or take more than it can.
        kept = np.where(_is_over(task, kept), np.minimum(kept, best), kept)
    block = Block(
        s=task.pairs.supply,
        d=task.pairs.demand.astype(np.int64),
        distance_m=task.pairs.distance_m,
        supply=task.supply[:, None],
        demand=task.demand[:, None],
        min_lot=task.min_lot,
        fixed=task.fixed,
        round=task.round,
    )
    stage = Stage((task.worth,), (allowed,), (kept[:, None],))
    result = solve_stage(LinkedModel((block,)), stage, time_limit_s=began + seconds - time.monotonic())
    method = HEURISTIC if result.method == HEURISTIC else MIXED
    bound = result.bound if best is None else math.fsum(task.worth * best)
    return _Found(result.quantity[0][:, 0], bound, result.limit_hit, method)


def _is_over(task: Task, quantity: FloatArray) -> BoolArray:
    """Pairs of a place whose quantities add up to more than it has."""
    s, d = task.pairs.supply, task.pairs.demand
    gives = np.bincount(s, quantity, len(task.supply)) > task.supply
    takes = np.bincount(d, quantity, len(task.demand)) > task.demand
    return np.asarray(gives[s] | takes[d])


def _drop(task: Task, until: float) -> tuple[FloatArray, bool]:
    """Drop the worse half of the pairs that break a lot or do not earn their connection, and allocate again.

    Every round's pairs that hold are filled up; the best of them is extended with what it left over. Returned with
    whether time ended it. One round is always done; no other begins that would not end in time by the last one.
    """
    by_unit = _by_unit(task)
    found = allocate(task.supply, task.demand, task.pairs, by_unit)
    on = _worth_a_look(task, by_unit, found)

    def judge(quantity: FloatArray) -> tuple[IntArray, FloatArray]:
        earned = task.worth * quantity
        bad = (quantity > 0) & (task.small(quantity) | (earned <= task.fixed))
        # A round falls as a whole.
        return np.flatnonzero(bad), task.together(earned)

    def solve(on: BoolArray) -> FloatArray:
        return _allocate_over(task, on, (task.supply, task.demand), by_unit)

    best, rounds, bad = np.zeros(len(on)), 0, np.zeros(0, dtype=np.int64)
    for quantity, bad in drop_by_halves(on, found.quantity, judge, solve, most=_DROPS, until=until):
        rounds += 1
        held = quantity.copy()
        held[bad] = 0.0
        best = max(best, _fill(task, held), key=task.gain)
    return (best, True) if len(bad) and rounds < _DROPS else _extend(task, best, until)


def _worth_a_look(task: Task, by_unit: FloatArray, found: Allocation) -> BoolArray:
    """All pairs, or of very many those used and those that lose least to the prices, the nearest of equals."""
    on = np.ones(len(task.pairs), dtype=np.bool_)
    if len(on) <= _MOST_DROPPED_FROM:
        return on
    prices = found.supply_price[task.pairs.supply] + found.demand_price[task.pairs.demand]
    loss = np.asarray(prices - by_unit)
    on = loss < np.partition(loss, _MOST_DROPPED_FROM)[_MOST_DROPPED_FROM]
    tied = np.flatnonzero(loss == loss[~on].min())
    more = _MOST_DROPPED_FROM - int(on.sum())
    on[tied[np.argpartition(task.pairs.distance_m[tied], more - 1)[:more]]] = more > 0
    return np.asarray(on | (found.quantity > 0))


def _extend(task: Task, quantity: FloatArray, until: float) -> tuple[FloatArray, bool]:
    """Allocate what is left over to pairs that hold a lot of it, as long as that helps; and whether time ended it."""
    for _ in range(_EXTENSIONS):
        began = time.monotonic()
        left = _left_over(task, quantity)
        most = np.minimum(left[0][task.pairs.supply], left[1][task.pairs.demand])
        # A round that goes takes more along.
        goes = (task.round >= 0) & (task.together(quantity) > 0)
        rest = task._replace(round=np.where(goes, -1, task.round))
        fits = (quantity == 0) & rest.could(most, left[1]) & (task.worth * most > task.fixed)
        if not fits.any():
            break
        more = _allocate_over(task, fits, left, _by_unit(task))
        more[task.worth * more <= task.fixed] = 0.0
        more[rest.small(more)] = 0.0
        if not more.any():
            break
        quantity = quantity + more
        if 2 * time.monotonic() - began > until:
            return quantity, True
    return quantity, False


def _left_over(task: Task, quantity: FloatArray) -> tuple[FloatArray, FloatArray]:
    used = np.flatnonzero(quantity)
    s, d = task.pairs.supply[used], task.pairs.demand[used]
    return left_by(task.supply, s, quantity[used]), left_by(task.demand, d, quantity[used])


def _allocate_over(
    task: Task, on: BoolArray, sides: tuple[FloatArray, FloatArray], by_unit: FloatArray
) -> FloatArray:
    """Best quantities over the pairs that are on; 0 for the others."""
    quantity = np.zeros(len(on))
    quantity[on] = divide(Stated(*sides, task.pairs.keep(on), by_unit[on]))
    return quantity


def _fill(task: Task, held: FloatArray) -> FloatArray:
    """Best quantities over the pairs that hold: their part of a lot, and what is left over where it is worth most."""
    total = task.together(held)
    on = (held > 0) & ~task.small(held)
    chosen = task.keep(on)
    lot = np.where(chosen.round < 0, 0.0, task.min_lot) * held[on] / total[on]
    supply = left_by(task.supply, chosen.pairs.supply, lot)
    demand = left_by(task.demand, chosen.pairs.demand, lot)
    quantity = np.zeros(len(on))
    quantity[on] = lot + divide(Stated(supply, demand, chosen.pairs, chosen.worth))
    quantity[(quantity > 0) & (task.worth * quantity <= task.fixed)] = 0.0
    quantity[task.small(quantity)] = 0.0
    return quantity
