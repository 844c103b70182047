"""Streams that hang together: one model, stage after stage; where it is too large, stream after stream, and said so."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import numpy as np

from kansenkaart.arrays import BoolArray, FloatArray
from kansenkaart.errors import DataError
from kansenkaart.matches.program.highs import NOTHING
from kansenkaart.matches.program.stage import (
    Block,
    Coupling,
    Ledger,
    LinkedModel,
    Stage,
    StageResult,
    solve_stage,
)
from kansenkaart.matches.solve.problem import CONFIRMED, Group, Outcome, Plan, Problem
from kansenkaart.matches.solve.separate import run_separate, take_from
from kansenkaart.tables.pairs import OWN


def run_in_sequence(group: Group, plans: list[Plan]) -> Outcome:
    """Allocate linked streams one after the other; nothing is exceeded, but the whole need not be the best.

    What a place makes of what it received is free for the stream after it; a ledger gives to the first that asks;
    where heat comes only with CO2, a taker's heat is held to the share its CO2 reached. What a network cannot carry is
    cut in one proportion, and goes by pipes of its own as far as it can. Stores are left out.
    """
    quantity: dict[int, FloatArray] = {}
    for position in _order(group):
        problem = _limited(group, position, quantity)
        found = run_separate(Group((problem,), time_limit_s=group.time_limit_s), [plans[position]])
        carried = _within_networks(group, position, found.quantity[0])
        if (carried < found.quantity[0]).any():
            carried += _by_own_pipe(problem, plans[position], carried, group.time_limit_s)
        quantity[position] = _without_small_lots(problem, plans[position], carried)
    done = tuple(quantity[n] for n in range(len(group.problems)))
    none = tuple(np.zeros_like(given) for given in done)
    # How far from the best this is, nobody proved.
    return Outcome(done, none, "in sequence", certified=False, gap=float("nan"), limit_hit=True)


def _within_networks(group: Group, position: int, quantity: FloatArray) -> FloatArray:
    """Quantities cut, all in one proportion, to what every network can carry."""
    cut = quantity.copy()
    for ledger in group.ledgers:
        rows = [term.position for term in ledger.terms if (term.block, term.side) == (position, "pair")]
        carried = float(cut[rows].sum())
        if carried > ledger.budget:
            cut[rows] *= ledger.budget / carried
    return cut


def _by_own_pipe(problem: Problem, plan: Plan, carried: FloatArray, time_limit_s: float) -> FloatArray:
    """What goes without a network of all that `carried` leaves over."""
    own = np.flatnonzero(problem.network == OWN)
    supply, demand = problem.supply.copy(), problem.demand.copy()
    take_from(supply, problem.s, carried)
    take_from(demand, problem.d, carried)
    rounds = None if problem.rounds is None else np.unique(problem.rounds[own], return_inverse=True)[1]
    rest = replace(
        problem, pairs=problem.pairs.iloc[own], supply=supply, demand=demand, rounds=rounds, networks=()
    )
    found = run_separate(
        Group((rest,), time_limit_s=time_limit_s), [Plan(plan.tier[own], plan.unit_value[own])]
    )
    more = np.zeros_like(carried)
    more[own] = found.quantity[0]
    return more


def _without_small_lots(problem: Problem, plan: Plan, quantity: FloatArray) -> FloatArray:
    """Quantities without connections below the smallest lot, which months by themselves do not see."""
    small = (problem.per_lot(quantity.sum(axis=1)) < problem.min_lot) & ~plan.confirmed
    kept: FloatArray = np.where(small[:, None], 0.0, quantity)
    return kept


def _order(group: Group) -> list[int]:
    """Positions of the streams so that what feeds a place, or goes before by a coupling, comes first."""
    before: dict[int, set[int]] = {n: set() for n in range(len(group.problems))}
    for step in group.conversions:
        before[step.made_block].add(step.taken_block)
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
    supply, demand = group.supply_with_made(position, quantity), problem.demand.copy()
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
    """Lower the capacities of this stream, in place, to what earlier streams left of a ledger.

    A network has no places of its own whose capacity could be lowered.
    """
    if any(term.side == "pair" for term in ledger.terms):
        return
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


# Objectives that have a worth per unit, in the order in which they are maximised.
_WORTHS = ("net_eur", "co2", "r_gain")

_LEAST_S = 1.0

# What is left of a linear model that ran out of time is worth less than solving stream after stream.
_WORST_GAP = 0.5

_QUANTITY = "quantity"

# The stage of what a room confirmed: as much as possible, before all else.
_ROOM = "confirmed"

# Where no pair pays, heat that comes with CO2 counts this much more than heat alone.
_TOGETHER = 0.1

_Stage = tuple[str, tuple[FloatArray, ...], tuple[BoolArray, ...]]


def run_linked(group: Group, plans: list[Plan], *, checked: bool = False) -> Outcome:
    """Allocate linked streams together.

    What a room confirmed comes before all. Then what the pairs that pay are worth, over all streams at once: a leg
    that costs money is taken when the chain as a whole pays. Then, tier after tier, the most quantity, every stream
    as a share of what it could move at most.
    A model that is too large is solved stream after stream instead, which the outcome says. With `checked` the group
    is one that was solved before, with other quantities.
    """
    until = monotonic() + group.time_limit_s
    found: list[StageResult] = []
    kept = tuple(np.zeros((len(p.pairs), p.supply.shape[1])) for p in group.problems)
    stored = kept
    stages = _stages(group, plans)
    # Tiers differ in what is allowed, not in the model.
    models = {objective: _model(group, objective) for objective in {stage[0] for stage in stages}}
    try:
        for objective, value, allowed in stages:
            if found and _is_full(group, kept, allowed):
                continue
            stage, left = Stage(value, allowed, kept), max(until - monotonic(), _LEAST_S)
            found.append(solve_stage(models[objective], stage, time_limit_s=left, checked=checked))
            if found[-1].method == "heuristic" and found[-1].gap > _WORST_GAP:
                return run_in_sequence(group, plans)
            kept, stored = found[-1].quantity, found[-1].from_store
    except DataError as error:
        if error.faults[0].key != "model_too_large":
            raise
        return run_in_sequence(group, plans)
    kept, stored = _evened(group, kept), _evened(group, stored)
    hardest = "mixed-integer program" if _has_lots(group) else "linear program"
    return Outcome(
        kept,
        stored,
        next((stage.method for stage in found if stage.method == "heuristic"), hardest),
        all(stage.certified for stage in found),
        max((stage.gap for stage in found), default=0.0),
        any(stage.limit_hit for stage in found),
    )


def _is_full(group: Group, kept: tuple[FloatArray, ...], allowed: tuple[BoolArray, ...]) -> bool:
    """Whether at every pair that may carry more one of both ends has nothing left, so that no stage changes anything.

    What is kept stays, so what places make of it stays too. What is left below the dust of a solver is nothing.
    """
    by_month = any(problem.supply.shape[1] > 1 for problem in group.problems)
    if (by_month and group.conversions) or any(
        problem.storage_efficiency is not None for problem in group.problems
    ):
        return False
    carried = dict(enumerate(kept))
    for n, (problem, quantity, may) in enumerate(zip(group.problems, kept, allowed, strict=True)):
        have, s, d = group.supply_with_made(n, carried), problem.s[may], problem.d[may]
        most = np.minimum(have[s], problem.demand[d])
        left = have, problem.demand.copy()
        take_from(left[0], problem.s, quantity)
        take_from(left[1], problem.d, quantity)
        if (np.minimum(left[0][s], left[1][d]) > NOTHING * most).any():
            return False
    return True


def _evened(group: Group, quantity: tuple[FloatArray, ...]) -> tuple[FloatArray, ...]:
    """The same with every month divided alike over the ways of a pair of places.

    A unit over a way is worth the same in each month, so which month goes which way the model leaves open; what a way
    carries in a year stays, and what both ends give and get in every month.
    """
    return tuple(
        _in_proportion(problem, given) if problem.networks else given
        for problem, given in zip(group.problems, quantity, strict=True)
    )


def _in_proportion(problem: Problem, quantity: FloatArray) -> FloatArray:
    used = np.flatnonzero(quantity.any(axis=1))
    _, place = np.unique(np.column_stack([problem.s[used], problem.d[used]]), axis=0, return_inverse=True)
    evened = quantity.copy()
    for pair in np.flatnonzero(np.bincount(place.ravel()) > 1):
        rows = used[place.ravel() == pair]
        months, year = quantity[rows].sum(axis=0), quantity[rows].sum(axis=1)
        evened[rows] = months * (year / year.sum())[:, None]
        # What rounding leaves goes with the last way.
        evened[rows[-1]] = np.maximum(months - evened[rows[:-1]].sum(axis=0), 0.0)
    return evened


def _stages(group: Group, plans: list[Plan]) -> list[_Stage]:
    """What is maximised, worth per unit and allowed pairs of every stage."""
    positions = range(len(group.problems))
    linked = [group.fed(n) | group.made(n) for n in positions]
    stages: list[_Stage] = _room_stage(group, plans)
    for objective in _WORTHS:
        if not any(problem.objective == objective for problem in group.problems):
            continue
        value = tuple(
            np.nan_to_num(plan.unit_value, nan=0.0)
            if problem.objective == objective
            else np.zeros(len(plan.tier))
            for problem, plan in zip(group.problems, plans, strict=True)
        )
        allowed = tuple((plan.tier == 0) | both for plan, both in zip(plans, linked, strict=True))
        stages.append((objective, value, allowed))
    for tier in sorted({int(number) for plan in plans for number in np.unique(plan.tier)} - {CONFIRMED}):
        share = tuple(np.full(len(plan.tier), _share(group.problems[n])) for n, plan in enumerate(plans))
        stages.append((_QUANTITY, share, tuple(plan.tier <= tier for plan in plans)))
    return stages


def _room_stage(group: Group, plans: list[Plan]) -> list[_Stage]:
    """The most quantity over what a room confirmed; what must come along for it may, and counts for nothing."""
    if not any(plan.confirmed.any() for plan in plans):
        return []
    value, allowed = [], []
    for n, (problem, plan) in enumerate(zip(group.problems, plans, strict=True)):
        beside = [
            coupling.second[1]
            for coupling in group.couplings
            if coupling.required and coupling.second[0] == n
        ]
        value.append(np.where(plan.confirmed, _share(problem), 0.0))
        allowed.append(plan.confirmed | group.fed(n) | np.isin(problem.d, beside))
    return [(_ROOM, tuple(value), tuple(allowed))]


def _share(problem: Problem) -> float:
    """One over the most that the stream could move: streams in tonnes and in m3 weigh alike."""
    most = min(float(problem.could_supply.sum()), float(problem.demand.sum()))
    return 1.0 / most if most > 0 else 0.0


def _model(group: Group, objective: str) -> LinkedModel:
    """The group as one model; costs and rewards in EUR belong to the stage that maximises EUR."""
    in_eur = objective == "net_eur"
    blocks = tuple(_block(problem, in_eur=in_eur) for problem in group.problems)
    couplings = tuple(coupling if in_eur else _by_quantity(coupling, group) for coupling in group.couplings)
    if objective == _ROOM:
        # However small, and for its own sake.
        blocks = tuple(replace(block, min_lot=0.0) for block in blocks)
        couplings = tuple(replace(coupling, bonus=0.0) for coupling in couplings)
    return LinkedModel(blocks, group.conversions, group.ledgers, couplings)


def _by_quantity(coupling: Coupling, group: Group) -> Coupling:
    """The reward where quantity is what counts: a unit that comes with its pair counts a little more."""
    if coupling.bonus == 0:
        return coupling
    return replace(coupling, bonus=_TOGETHER * _share(group.problems[coupling.first[0]]))


def _block(problem: Problem, *, in_eur: bool) -> Block:
    priced = in_eur and problem.objective == "net_eur"
    storage_cost = problem.storage_eur_unit if priced else 0.0
    if not in_eur and problem.storage_eur_unit > 0:
        # A store that costs money is filled where that pays, never for the sake of quantity.
        storage_cost = 2.0 * _share(problem)
    return Block(
        s=problem.s,
        d=problem.d,
        distance_m=problem.weight_m,
        supply=problem.supply,
        demand=problem.demand,
        min_lot=problem.min_lot,
        fixed=problem.fixed_eur_y if priced else 0.0,
        storage_efficiency=problem.storage_efficiency,
        storage_cost=storage_cost,
        round=problem.rounds,
    )


def _has_lots(group: Group) -> bool:
    return any(problem.min_lot > 0 or problem.fixed_eur_y > 0 for problem in group.problems)
