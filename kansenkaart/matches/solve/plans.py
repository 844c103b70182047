"""The plan of a stream: which pairs pay, which might, and what a unit over each is worth."""

from __future__ import annotations

import numpy as np

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.arrays import DUST, BoolArray, FloatArray, IntArray
from kansenkaart.matches.price.economics import Money, avoided_co2, price_pairs, rungs_gained, with_fixed
from kansenkaart.matches.solve.problem import CONFIRMED, Plan, Problem


def plan_pairs(problem: Problem, size: FloatArray, catalogue: Catalogue) -> Plan:
    """Tier and unit value of every pair when it moves `size` per year; what a room confirmed is a tier before all.

    ``problem.pairs`` may hold ``quantity``: what was sent over every pair before, which fills the trunks.
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
    money = price_pairs(problem.stream, problem.rules, problem.pairs, size, catalogue)
    return np.nan_to_num(_per_unit(money.net, size), nan=0.0)


def _per_unit(total: FloatArray, size: FloatArray) -> FloatArray:
    return np.divide(total, size, out=np.zeros_like(total), where=size > 0)
