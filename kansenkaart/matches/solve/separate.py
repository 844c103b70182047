"""Streams that nothing links: the network simplex, tier after tier and, where it matters, month by month."""

from __future__ import annotations

from time import monotonic

import numpy as np

from kansenkaart.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.matches.program.lots import Lots, allocate_with_lots
from kansenkaart.matches.solve.problem import CONFIRMED, Group, Outcome, Plan, Problem
from kansenkaart.matches.transport.allocate import Allocation, Stated, allocate, divide
from kansenkaart.matches.transport.reach import Pairs


def run_separate(group: Group, plans: list[Plan], *, certify: bool = True) -> Outcome:
    """Allocate every stream of a group by itself.

    Months decouple because a unit is worth the same in each: twelve exact allocations are one exact allocation.
    """
    quantities: list[FloatArray] = []
    certified, limit_hit, gap, method = True, False, 0.0, "network simplex"
    for problem, plan in zip(group.problems, plans, strict=True):
        quantity = np.zeros((len(problem.pairs), problem.supply.shape[1]))
        supply, demand = problem.supply.copy(), problem.demand.copy()
        until, tiers = monotonic() + group.time_limit_s, np.unique(plan.tier)
        for number, tier in enumerate(tiers):
            rows = np.flatnonzero(_has_a_turn(problem, plan, int(tier), quantity))
            # What a tier leaves of its time is for those after it.
            seconds = max(until - monotonic(), 0.0) / (len(tiers) - number)
            given = _fill(
                _without_lots(problem) if tier == CONFIRMED else _under_way(problem, quantity),
                rows,
                (supply, demand),
                _values(plan, rows),
                seconds,
                certify=certify,
            )
            certified &= given.certified
            limit_hit |= given.limit_hit
            gap = max(gap, given.gap)
            method = given.method if given.method != "network simplex" else method
            quantity[rows] = given.quantity[0]
            take_from(supply, problem.s[rows], quantity[rows])
            take_from(demand, problem.d[rows], quantity[rows])
        quantities.append(quantity)
    none = tuple(np.zeros_like(quantity) for quantity in quantities)
    return Outcome(tuple(quantities), none, method, certified, gap, limit_hit)


def run_simply(problem: Problem, rows: IntArray, values: FloatArray | None, method: str) -> FloatArray:
    """Quantity per pair of `rows` and period by one method of ``allocate``, from untouched sites."""
    pairs, months = _pairs(problem, rows), range(problem.supply.shape[1])
    return np.column_stack(
        [
            _divide(problem.supply[:, month], problem.demand[:, month], pairs, values, method)
            for month in months
        ]
    )


def _divide(
    supply: FloatArray,
    demand: FloatArray,
    pairs: Pairs,
    values: FloatArray | None,
    method: str = "optimal",
) -> FloatArray:
    return divide(Stated(supply, demand, pairs, np.ones(len(pairs)) if values is None else values), method)


def price_sites(problem: Problem, plan: Plan) -> tuple[FloatArray, FloatArray]:
    """What one more unit at every supply and every demand would be worth in the first tier, over the year."""
    rows = plan.first
    if not len(rows):
        return np.zeros(len(problem.supply)), np.zeros(len(problem.demand))
    yearly = problem.by_year()
    found: Allocation = allocate(
        yearly.supply[:, 0], yearly.demand[:, 0], _pairs(problem, rows), _values(plan, rows)
    )
    return found.supply_price, found.demand_price


def _fill(
    problem: Problem,
    rows: IntArray,
    sides: tuple[FloatArray, FloatArray],
    values: FloatArray | None,
    time_limit_s: float,
    *,
    certify: bool,
) -> Outcome:
    """Allocate what is left over the pairs of one tier; without `certify` nothing is claimed of how good that is."""
    supply, demand = sides
    pairs = _pairs(problem, rows)
    fixed = problem.fixed_eur_y if values is not None else 0.0
    if (problem.min_lot or fixed) and supply.shape[1] == 1:
        lots = Lots(problem.min_lot, fixed, _numbered(problem, rows))
        year = supply[:, 0], demand[:, 0]
        found = allocate_with_lots(year, pairs, values, lots, time_limit_s=time_limit_s, certify=certify)
        quantity = found.quantity[:, None]
        return Outcome((quantity,), (), found.method, found.certified, found.gap, found.limit_hit)
    quantity = np.zeros((len(rows), supply.shape[1]))
    certified = certify
    for month in range(supply.shape[1]):
        if not certify:
            quantity[:, month] = _divide(supply[:, month], demand[:, month], pairs, values)
            continue
        month_given = allocate(supply[:, month], demand[:, month], pairs, values)
        quantity[:, month] = month_given.quantity
        certified &= month_given.certificate is None or month_given.certificate.is_optimal
    return Outcome((quantity,), (), certified=certified)


def _has_a_turn(problem: Problem, plan: Plan, tier: int, quantity: FloatArray) -> BoolArray:
    """Pairs of a tier, and those of earlier ones that could not fill a load without them."""
    mine = plan.tier == tier
    if problem.rounds is None or tier == CONFIRMED:
        return np.asarray(mine)
    waits = (plan.tier < tier) & ~plan.confirmed & ~quantity.any(axis=1)
    return np.asarray(mine | waits)


def _under_way(problem: Problem, quantity: FloatArray) -> Problem:
    """The problem with no lot for the rounds that go already: they take more along."""
    if problem.rounds is None:
        return problem
    goes = problem.per_lot(quantity.sum(axis=1)) > 0
    return problem.with_amounts(rounds=np.where(goes, -1, problem.rounds))


def _numbered(problem: Problem, rows: IntArray) -> IntArray | None:
    """Rounds of some pairs, numbered from 0."""
    if problem.rounds is None:
        return None
    number = problem.rounds[rows]
    return np.where(number < 0, -1, np.unique(number, return_inverse=True)[1])


def _without_lots(problem: Problem) -> Problem:
    """The same for pairs that a room confirmed: they are made, however small."""
    return problem.with_amounts(min_lot=0.0, fixed_eur_y=0.0)


def _values(plan: Plan, rows: IntArray) -> FloatArray | None:
    return None if np.isnan(plan.unit_value[rows]).any() else plan.unit_value[rows]


def _pairs(problem: Problem, rows: IntArray) -> Pairs:
    counts = np.bincount(problem.s[rows], minlength=len(problem.supply))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Pairs(indptr, problem.d[rows].astype(np.int32), problem.distance_m[rows])


def take_from(side: FloatArray, positions: IntArray, quantity: FloatArray) -> None:
    """Lower what a side has left, in place."""
    for month in range(side.shape[1]):
        used = np.bincount(positions, quantity[:, month], len(side))
        side[:, month] = np.maximum(side[:, month] - used, 0.0)
