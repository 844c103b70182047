"""Solving a group of streams: plan, allocate, price again at the size pairs got, and compare with simpler ways."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import numpy as np

from kansenkaart.arrays import DUST, ROUNDING, BoolArray, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.long_range.far_pairs import Far
from kansenkaart.matches.price.economics import (
    Money,
    avoided_co2,
    price_pairs,
    rungs_gained,
    with_fixed,
)
from kansenkaart.matches.price.ways import with_load_hours
from kansenkaart.matches.solve.linked import run_linked
from kansenkaart.matches.solve.problem import CONFIRMED, Group, Outcome, Plan, Problem, Solved
from kansenkaart.matches.solve.separate import price_sites, run_separate, run_simply, take_from


def plan_pairs(problem: Problem, size: FloatArray, catalogue: Catalogue) -> Plan:
    """Tier and unit value of every pair when it moves `size` per year; what a room confirmed is a tier before all.

    What was sent over heat pairs before fills the trunks.
    """
    plan, confirmed = _plan_by_objective(problem, size, catalogue), problem.confirmed
    if not confirmed.any():
        return plan
    return Plan(np.where(confirmed, CONFIRMED, plan.tier), np.where(confirmed, np.nan, plan.unit_value))


def _plan_by_objective(problem: Problem, size: FloatArray, catalogue: Catalogue) -> Plan:
    count = len(problem.pairs)
    if problem.objective == "quantity":
        # What lies near goes first: without a price the soft distance is all that tells them apart.
        far = problem.pairs["distance_m"].to_numpy() > problem.stream.soft_km * 1000.0
        tier = far.astype(np.int64) if problem.tiers else np.zeros(count, dtype=np.int64)
        return Plan(tier, np.full(count, np.nan))
    if problem.objective == "net_eur":
        money = price_pairs(problem.stream, problem.rules, problem.pairs, size, catalogue)
        # The search itself takes the fixed cost off what a connection is worth.
        tier, worth = tiers_of(with_fixed(money, problem.fixed_eur_y)), _per_unit(money.net, size)
        if not problem.tiers:
            return Plan(np.zeros(count, dtype=np.int64), np.full(count, np.nan))
        return Plan(tier, np.where(tier == 0, worth, np.nan))
    if problem.objective == "co2":
        saved = avoided_co2(problem.stream, problem.rules, problem.pairs, size, catalogue)
        worth = _per_unit(saved, size)
    else:
        worth = rungs_gained(problem.stream, problem.rules, problem.pairs)
    good = worth > 0
    return Plan(np.where(good, 0, 2), np.where(good, worth, np.nan))


def tiers_of(money: Money) -> IntArray:
    """0: pays at the value; 1: pays at the optimistic end only; 2: does not pay."""
    return np.where(money.net > 0, 0, np.where(money.net_high > 0, 1, 2)).astype(np.int64)


def find_fallen(problem: Problem, plan: Plan, quantity: FloatArray, catalogue: Catalogue) -> BoolArray:
    """Pairs that got something and, at that size, belong in a lower tier."""
    used = (quantity > DUST) & ~plan.confirmed
    if problem.objective != "net_eur" or not problem.tiers or not used.any():
        return np.zeros(len(quantity), dtype=bool)
    money = price_pairs(problem.stream, problem.rules, problem.pairs, quantity, catalogue)
    return np.asarray(used & (tiers_of(with_fixed(money, problem.fixed_eur_y)) > plan.tier))


def unit_net(problem: Problem, size: FloatArray, catalogue: Catalogue) -> FloatArray:
    """Net EUR per unit at `size`, also where it is a loss; 0 without a price."""
    net = price_pairs(problem.stream, problem.rules, problem.pairs, size, catalogue).net
    return np.nan_to_num(_per_unit(net, size), nan=0.0)


def _per_unit(total: FloatArray, size: FloatArray) -> FloatArray:
    return np.divide(total, size, out=np.zeros_like(total), where=size > 0)


# How often prices may be set again to the size a pair got; each time at least one pair falls to a lower tier.
MOST_ROUNDS = 10

# A round begins with at least this share of the group's time, so that the last one has something to show.
_LEAST_SHARE = 0.05


def solve_group(group: Group, catalogue: Catalogue) -> tuple[Solved, ...]:
    """Allocate a group, and hold every stream of it against simpler ways: one ``Solved`` per problem, in its order."""
    plans, outcome, rounds = allocate_group(group, catalogue)
    return tuple(_judge(group, n, plans[n], outcome, rounds) for n in range(len(group.problems)))


def allocate_group(
    group: Group, catalogue: Catalogue, *, certify: bool = True
) -> tuple[list[Plan], Outcome, int]:
    """Allocate until no pair falls to a lower tier with the size it got (at most ``MOST_ROUNDS`` times).

    Every pair is priced at the size it could reach. A pair that gets less may pay less; when that moves it to a
    lower tier, it is priced at its new size and everything is allocated again. Pairs that feed a place which makes
    something else of it are not moved: the chain as a whole must pay. Without `certify` the group is one
    that was solved before, with other numbers: its quantities are asked and no proof.

    Returns
    -------
    tuple
        The last plans, what they allocated, and after how many rounds.
    """
    until = monotonic() + group.time_limit_s
    sizes = [problem.reach for problem in group.problems]
    plans = [_plan(group, n, size, catalogue) for n, size in enumerate(sizes)]
    rounds = 0
    while True:
        rounds += 1
        left = max(until - monotonic(), _LEAST_SHARE * group.time_limit_s)
        outcome = run_plans(replace(group, time_limit_s=left), plans, certify=certify)
        fallen = [
            find_fallen(_as_carried(problem, quantity), plan, quantity.sum(axis=1), catalogue) & ~group.fed(n)
            for n, (problem, plan, quantity) in enumerate(
                zip(group.problems, plans, outcome.quantity, strict=True)
            )
        ]
        out_of_time = monotonic() > until
        if rounds == MOST_ROUNDS or out_of_time or not any(down.any() for down in fallen):
            break
        for n, (down, quantity) in enumerate(zip(fallen, outcome.quantity, strict=True)):
            sizes[n] = np.where(down, np.minimum(sizes[n], quantity.sum(axis=1)), sizes[n])
            lower = _plan(_filled(group, n, quantity), n, sizes[n], catalogue)
            plans[n] = Plan(
                np.maximum(plans[n].tier, lower.tier), np.where(down, lower.unit_value, plans[n].unit_value)
            )
    return plans, outcome, rounds


def run_plans(group: Group, plans: list[Plan], *, certify: bool = True) -> Outcome:
    """Allocate a group by its plans: tier after tier, what a tier leaves over is free for the next."""
    if group.is_linked or not all(problem.is_plain for problem in group.problems):
        return run_linked(group, plans, checked=not certify)
    return run_separate(group, plans, certify=certify)


def _filled(group: Group, position: int, quantity: FloatArray) -> Group:
    """The group with what a stream's pairs carried, so that shared trunks are priced as full as they were."""
    problem = _as_carried(group.problems[position], quantity)
    if not problem.stream.is_heat:
        return group
    filled = replace(problem, pairs=problem.pairs.assign(quantity=quantity.sum(axis=1)))
    problems = (*group.problems[:position], filled, *group.problems[position + 1 :])
    return replace(group, problems=problems)


def _as_carried(problem: Problem, quantity: FloatArray) -> Problem:
    """The problem with its heat pipes sized on the months they really carried."""
    used = quantity.sum(axis=1) > DUST
    return replace(problem, pairs=with_load_hours(problem.stream, problem.pairs, quantity, used))


def _plan(group: Group, position: int, size: FloatArray, catalogue: Catalogue) -> Plan:
    """Plan of one stream; what feeds a place that makes something of it counts at its price, a loss included."""
    problem = group.problems[position]
    plan = plan_pairs(problem, size, catalogue)
    feeds = group.fed(position)
    if problem.objective != "net_eur" or not problem.tiers or not feeds.any():
        return plan
    feeds &= ~plan.confirmed
    return replace(plan, unit_value=np.where(feeds, unit_net(problem, size, catalogue), plan.unit_value))


def _judge(group: Group, position: int, plan: Plan, outcome: Outcome, rounds: int) -> Solved:
    problem, months = group.problems[position], outcome.quantity[position]
    supply = group.supply_with_made(position, dict(enumerate(outcome.quantity)))
    whole = _without_confirmed(replace(problem, supply=supply), plan, months)
    value, unit, nearest, greedy = _compare(whole, plan, months)
    if problem.far is not None:
        outcome = _hold_against_all(problem, problem.far, plan, months, outcome)
    supply_price, demand_price = price_sites(_without_confirmed(problem, plan, months), plan)
    return Solved(
        quantity=months.sum(axis=1),
        months=months,
        from_store=outcome.from_store[position],
        plan=plan,
        rounds=rounds,
        certified=outcome.certified,
        gap=outcome.gap,
        limit_hit=outcome.limit_hit,
        method=outcome.method,
        objective_value=value,
        objective_unit=unit,
        nearest_share=nearest,
        greedy_share=greedy,
        annual_quantity=_by_year(group, position, plan) if months.shape[1] > 1 else None,
        supply_price=supply_price,
        demand_price=demand_price,
    )


def _without_confirmed(problem: Problem, plan: Plan, months: FloatArray) -> Problem:
    """The stream's problem with what the confirmed pairs left: all that the method itself had to divide."""
    fixed = plan.confirmed
    if not fixed.any():
        return problem
    supply, demand = problem.supply.copy(), problem.demand.copy()
    take_from(supply, problem.s[fixed], months[fixed])
    take_from(demand, problem.d[fixed], months[fixed])
    return replace(problem, supply=supply, demand=demand)


def _by_year(group: Group, position: int, plan: Plan) -> float:
    """What the yearly totals alone would let this stream move."""
    alone = Group((group.problems[position].by_year(),), time_limit_s=group.time_limit_s)
    return float(run_separate(alone, [plan], certify=False).quantity[0].sum())


def _compare(
    problem: Problem, plan: Plan, months: FloatArray
) -> tuple[float, str, float | None, float | None]:
    """Objective of the first tier that has pairs, its unit, and what simpler ways reach of the best of it.

    The simpler ways are held against the stream by itself: what links it to others is no fault of theirs.
    """
    rows = plan.first
    if not len(rows):
        return 0.0, problem.stream.unit, None, None
    worth = plan.unit_value[rows]
    unpriced = bool(np.isnan(worth).any())
    unit = problem.stream.unit if unpriced else {"net_eur": "EUR", "co2": "t CO2"}.get(problem.objective, "R")
    each = np.ones(len(rows)) if unpriced else worth
    value = float(each @ months[rows].sum(axis=1))
    best, nearest, greedy = (
        float(each @ run_simply(problem, rows, None if unpriced else worth, method).sum(axis=1))
        for method in ("optimal", "nearest", "greedy")
    )
    if best <= 0:
        return value, unit, None, None
    if problem.far is None:
        return value, unit, nearest / best, greedy / best
    # Best pair first would have gone on to pairs that are not held.
    far = problem.far.best_first
    return value, unit, nearest / best, None if far is None else far / best


def _hold_against_all(
    problem: Problem, far: Far, plan: Plan, months: FloatArray, outcome: Outcome
) -> Outcome:
    """What was allocated over the pairs held, against the bound over all pairs within reach.

    With smallest lots, or where the first tier was not proven, the tiers after the first have no bound of their own:
    what they divide depends on what the first left.
    """
    has_lots = problem.min_lot > 0 or problem.fixed_eur_y > 0
    gap, certified = outcome.gap, outcome.certified
    for tier in sorted(far.bounds):
        mine = plan.tier == tier
        quantity = months[mine].sum(axis=1)
        bound = far.bounds[tier]
        short = bound - float(np.nan_to_num(plan.unit_value[mine], nan=1.0) @ quantity)
        reached = short <= ROUNDING * bound + far.hidden * float(quantity.sum())
        gap = gap if reached else max(gap, short / bound)
        certified &= far.proven[tier] and reached
        if bound > 0 and (has_lots or not far.proven[tier]):
            certified &= not any(other > tier and far.bounds[other] > 0 for other in far.bounds)
            break
    method = "column generation" if outcome.method == "network simplex" else outcome.method
    return replace(
        outcome, method=method, certified=certified, gap=gap, limit_hit=outcome.limit_hit or far.limit_hit
    )
