"""Allocation of one stream in tiers: pairs that pay first, then those that might, then what is only possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Catalogue, Pair, Stream
from kansenkaart.matches.allocation import allocate
from kansenkaart.matches.candidates import Pairs
from kansenkaart.matches.economics import Money, avoided_co2, price_pairs

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# How often prices may be set again to the size a pair got; each time at least one pair falls to a lower tier.
MOST_ROUNDS = 10

_DUST = 1e-9


@dataclass(frozen=True)
class Problem:
    """The pairs of one stream with what both sides have free."""

    stream: Stream
    rules: list[Pair]
    pairs: pd.DataFrame
    supply: FloatArray
    demand: FloatArray
    objective: str


@dataclass(frozen=True)
class Plan:
    """Which tier every pair is in and what a unit over it is worth: the base run's rules, kept by the draws."""

    tier: IntArray
    unit_value: FloatArray


@dataclass(frozen=True)
class Solved:
    """Quantity per pair, the plan it came from, and how good it is."""

    quantity: FloatArray
    plan: Plan
    rounds: int
    certified: bool
    objective_value: float
    objective_unit: str
    nearest_share: float | None
    greedy_share: float | None


def solve(problem: Problem, catalogue: Catalogue) -> Solved:
    """Allocate until no pair falls to a lower tier with the size it got (at most ``MOST_ROUNDS`` times).

    Every pair is priced at the size it could reach, min(supply, demand). A pair that gets less may pay less; when
    that moves it to a lower tier, it is priced at its new size and everything is allocated again.
    """
    size = np.minimum(problem.supply[problem.pairs["s"]], problem.demand[problem.pairs["d"]])
    plan = _plan(problem, size, catalogue)
    rounds = 0
    while True:
        rounds += 1
        quantity, certified = run_plan(problem, plan)
        fallen = _fallen(problem, plan, quantity, catalogue)
        if not fallen.any() or rounds == MOST_ROUNDS:
            break
        size = np.where(fallen, np.minimum(size, quantity), size)
        lower = _plan(problem, size, catalogue)
        plan = Plan(np.maximum(plan.tier, lower.tier), np.where(fallen, lower.unit_value, plan.unit_value))
    value, shares = _compare(problem, plan, quantity)
    unit = _objective_unit(problem, plan)
    return Solved(quantity, plan, rounds, certified, value, unit, shares["nearest"], shares["greedy"])


def run_plan(problem: Problem, plan: Plan, *, certify: bool = True) -> tuple[FloatArray, bool]:
    """Allocate tier after tier; what a tier leaves over is free for the next."""
    quantity = np.zeros(len(problem.pairs))
    supply, demand = problem.supply.copy(), problem.demand.copy()
    certified = True
    for tier in np.unique(plan.tier):
        rows = np.flatnonzero(plan.tier == tier)
        values = None if np.isnan(plan.unit_value[rows]).any() else plan.unit_value[rows]
        given, good = _allocate(problem, rows, supply, demand, values, "optimal")
        certified &= good or not certify
        quantity[rows] = given
        supply = np.maximum(
            supply - np.bincount(problem.pairs["s"].to_numpy()[rows], given, len(supply)), 0.0
        )
        demand = np.maximum(
            demand - np.bincount(problem.pairs["d"].to_numpy()[rows], given, len(demand)), 0.0
        )
    return quantity, certified


def _plan(problem: Problem, size: FloatArray, catalogue: Catalogue) -> Plan:
    """Tier and unit value at `size`; a unit value of NaN means: most quantity first, then shortest."""
    count = len(problem.pairs)
    if problem.objective == "quantity":
        # What lies near goes first: without a price the soft distance is all that tells them apart.
        far = problem.pairs["distance_m"].to_numpy() > problem.stream.soft_km * 1000.0
        return Plan(far.astype(np.int64), np.full(count, np.nan))
    if problem.objective == "co2":
        saved = _per_unit(avoided_co2(problem.stream, problem.rules, problem.pairs, size, catalogue), size)
        return Plan(np.where(saved > 0, 0, 2), np.where(saved > 0, saved, np.nan))
    money = price_pairs(problem.stream, problem.rules, problem.pairs, size, catalogue)
    tier = tiers_of(money)
    return Plan(tier, np.where(tier == 0, _per_unit(money.net, size), np.nan))


def tiers_of(money: Money) -> IntArray:
    """0: pays at the value; 1: pays at the optimistic end only; 2: does not pay."""
    return np.where(money.net > 0, 0, np.where(money.net_high > 0, 1, 2)).astype(np.int64)


def _fallen(
    problem: Problem, plan: Plan, quantity: FloatArray, catalogue: Catalogue
) -> npt.NDArray[np.bool_]:
    used = quantity > _DUST
    if problem.objective != "net_eur" or not used.any():
        return np.zeros(len(quantity), dtype=bool)
    money = price_pairs(problem.stream, problem.rules, problem.pairs, quantity, catalogue)
    return np.asarray(used & (tiers_of(money) > plan.tier))


def _compare(problem: Problem, plan: Plan, quantity: FloatArray) -> tuple[float, dict[str, float | None]]:
    """Objective of the first tier that has pairs, and what simpler ways reach of it."""
    nothing: dict[str, float | None] = {"nearest": None, "greedy": None}
    if not len(quantity):
        return 0.0, nothing
    rows = np.flatnonzero(plan.tier == plan.tier.min())
    worth = plan.unit_value[rows]
    values = None if np.isnan(worth).any() else worth
    unit = np.ones(len(rows)) if values is None else values
    best = float(unit @ quantity[rows])
    if best <= 0:
        return best, nothing
    shares: dict[str, float | None] = {}
    for method in ("nearest", "greedy"):
        given, _ = _allocate(problem, rows, problem.supply, problem.demand, values, method)
        shares[method] = float(unit @ given) / best
    return best, shares


def _objective_unit(problem: Problem, plan: Plan) -> str:
    """Return the unit of the first tier: quantity where no pair in it pays."""
    first = plan.unit_value[plan.tier == plan.tier.min()] if len(plan.tier) else np.array([np.nan])
    if np.isnan(first).any():
        return problem.stream.unit
    return {"net_eur": "EUR", "co2": "t CO2"}[problem.objective]


def _allocate(
    problem: Problem,
    rows: IntArray,
    supply: FloatArray,
    demand: FloatArray,
    values: FloatArray | None,
    method: str,
) -> tuple[FloatArray, bool]:
    chosen = problem.pairs.iloc[rows]
    counts = np.bincount(chosen["s"].to_numpy(), minlength=len(supply))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    pairs = Pairs(indptr, chosen["d"].to_numpy(dtype=np.int32), chosen["distance_m"].to_numpy(dtype=float))
    result = allocate(supply, demand, pairs, values, method=method)
    return result.quantity, bool(result.certificate is None or result.certificate.is_optimal)


def _per_unit(total: FloatArray, size: FloatArray) -> FloatArray:
    return np.divide(total, size, out=np.zeros_like(total), where=size > 0)
