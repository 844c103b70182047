"""The way out when linked streams make a model too large to solve at once: stream after stream, and said so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kansenkaart.matches.arrays import FloatArray
from kansenkaart.matches.program.stage import Ledger
from kansenkaart.matches.solve.problem import Group, Outcome, Plan, Problem
from kansenkaart.matches.solve.separate import run_separate


def run_in_sequence(group: Group, plans: list[Plan]) -> Outcome:
    """Allocate linked streams one after the other; nothing is exceeded, but the whole need not be the best.

    What a place makes of what it received is free for the stream after it; a ledger gives to the first that asks;
    where heat comes only with CO2, a taker's heat is held to the share its CO2 reached. Stores are left out.
    """
    quantity: dict[int, FloatArray] = {}
    for position in _order(group):
        problem = _limited(group, position, quantity)
        found = run_separate(Group((problem,), time_limit_s=group.time_limit_s), [plans[position]])
        quantity[position] = _without_small_lots(problem, plans[position], found.quantity[0])
    done = tuple(quantity[n] for n in range(len(group.problems)))
    none = tuple(np.zeros_like(one) for one in done)
    # How far from the best this is, nobody proved.
    return Outcome(done, none, "in sequence", certified=False, gap=float("nan"), limit_hit=True)


def _without_small_lots(problem: Problem, plan: Plan, quantity: FloatArray) -> FloatArray:
    """Quantities without connections below the smallest lot, which months by themselves do not see."""
    small = (quantity.sum(axis=1) < problem.min_lot) & ~plan.confirmed
    kept: FloatArray = np.where(small[:, None], 0.0, quantity)
    return kept


def _order(group: Group) -> list[int]:
    """Positions of the streams so that what feeds a place, or goes before by a coupling, comes first."""
    before: dict[int, set[int]] = {n: set() for n in range(len(group.problems))}
    for one in group.conversions:
        before[one.made_block].add(one.taken_block)
    for pair in group.couplings:
        if pair.required:
            before[pair.first[0]].add(pair.second[0])
    order: list[int] = []
    while len(order) < len(before):
        ready = [n for n in before if n not in order and before[n] <= set(order)]
        order.append(ready[0] if ready else next(n for n in before if n not in order))
    return order


def _limited(group: Group, position: int, quantity: dict[int, FloatArray]) -> Problem:
    """The stream's problem with what the streams before it left or made."""
    problem = group.problems[position]
    supply, demand = problem.supply.copy(), problem.demand.copy()
    for one in group.conversions:
        if one.made_block == position and one.taken_block in quantity:
            taken = group.problems[one.taken_block]
            received = quantity[one.taken_block][taken.d == one.demand].sum()
            supply[one.supply] += one.yield_ * received / supply.shape[1]
    for pair in group.couplings:
        if pair.required and pair.first[0] == position and pair.second[0] in quantity:
            other = group.problems[pair.second[0]]
            asked = other.demand[pair.second[1]].sum()
            got = quantity[pair.second[0]][other.d == pair.second[1]].sum()
            demand[pair.first[1]] *= min(got / asked, 1.0) if asked > 0 else 0.0
    for ledger in group.ledgers:
        _hold(group, position, ledger, {"supply": supply, "demand": demand}, quantity)
    return replace(problem, supply=supply, demand=demand, storage_efficiency=None)


def _hold(
    group: Group,
    position: int,
    ledger: Ledger,
    sides: dict[str, FloatArray],
    quantity: dict[int, FloatArray],
) -> None:
    """Lower the capacities of this stream, in place, to what earlier streams left of a ledger."""
    own = [term for term in ledger.terms if term.block == position and term.coefficient > 0]
    left = ledger.budget
    for term in ledger.terms:
        if term.block in quantity:
            ends = group.problems[term.block].s if term.side == "supply" else group.problems[term.block].d
            left -= term.coefficient * float(quantity[term.block][ends == term.position].sum())
    for term in own:
        side = sides[term.side]
        asked = float(side[term.position].sum()) * term.coefficient
        if asked > 0:
            side[term.position] *= min(max(left, 0.0) / asked, 1.0)
        left -= float(side[term.position].sum()) * term.coefficient
