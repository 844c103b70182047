"""The same pairs allocated again and again with other capacities: what does not change is worked out once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kansenkaart.matches.arrays import FloatArray, IntArray
from kansenkaart.matches.solve.problem import Group, Plan, Problem
from kansenkaart.matches.transport.certificate import Problem as Integers
from kansenkaart.matches.transport.compiled import has_numba
from kansenkaart.matches.transport.integers import (
    find_powers,
    from_integers,
    row_order,
    to_integers,
    useful_capacities,
    whole_capacity,
)
from kansenkaart.matches.transport.reach import Pairs


def can_prepare(group: Group) -> bool:
    """Whether the streams of a group are allocated by themselves and by the network simplex only."""
    lots = any(problem.min_lot > 0 or problem.fixed_eur_y > 0 for problem in group.problems)
    return has_numba() and not group.is_linked and not lots and all(one.is_plain for one in group.problems)


@dataclass(frozen=True)
class PreparedTier:
    """The pairs of one tier in the order of the solver.

    Attributes
    ----------
    rows
        Positions of the pairs in the stream, in the solver's order.
    pairs
        The pairs in their own order: sums of floats depend on it.
    integers
        The solver's pairs; its capacities are zeros.
    """

    rows: IntArray
    pairs: Pairs
    integers: Integers

    def allocate(self, supply: FloatArray, demand: FloatArray) -> tuple[IntArray, FloatArray]:
        """Positions in the stream of the pairs that get something, and what; as ``allocate`` gives it."""
        from kansenkaart.matches.transport.simplex import solve

        give, take = useful_capacities(supply, demand, self.pairs)
        power = find_powers(give, take, 0.0)[0]
        integers = self.integers._replace(
            supply=whole_capacity(give, power), demand=whole_capacity(take, power)
        )
        flow: IntArray = solve(integers)[0]
        quantity = from_integers(integers, flow, power, supply, demand)
        used = np.flatnonzero(quantity)
        # In the order of the stream: sums of floats depend on it.
        used = used[np.argsort(self.rows[used])]
        return self.rows[used], quantity[used]


@dataclass(frozen=True)
class PreparedStream:
    """One stream with its tiers prepared; capacities come with every call."""

    problem: Problem
    tiers: tuple[PreparedTier, ...]

    def allocate(self, supply: FloatArray, demand: FloatArray) -> FloatArray:
        """Quantity per pair and period, float64[pairs, P]; the same as ``run_plans`` gives, bit for bit."""
        quantity = np.zeros((len(self.problem.pairs), supply.shape[1]))
        s, d = self.problem.s, self.problem.d
        for month in range(supply.shape[1]):
            have, want = supply[:, month].copy(), demand[:, month].copy()
            for tier in self.tiers:
                used, given = tier.allocate(have, want)
                quantity[used, month] = given
                have = np.maximum(have - np.bincount(s[used], given, len(have)), 0.0)
                want = np.maximum(want - np.bincount(d[used], given, len(want)), 0.0)
        return quantity


def prepare(problem: Problem, plan: Plan) -> PreparedStream:
    """Sort and scale the pairs of every tier once."""
    tiers = (_prepare_tier(problem, plan, np.flatnonzero(plan.tier == tier)) for tier in np.unique(plan.tier))
    return PreparedStream(problem, tuple(tiers))


def _prepare_tier(problem: Problem, plan: Plan, rows: IntArray) -> PreparedTier:
    worth = plan.unit_value[rows]
    worth = np.ones(len(rows)) if np.isnan(worth).any() else worth
    counts = np.bincount(problem.s[rows], minlength=len(problem.supply))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    distance = problem.pairs["distance_m"].to_numpy(dtype=float)[rows]
    pairs = Pairs(indptr, problem.d[rows].astype(np.int32), distance)
    nothing = np.zeros(len(problem.supply)), np.zeros(len(problem.demand))
    integers = to_integers(*nothing, pairs, worth, "optimal")[0]
    order = row_order(integers, -integers.value, integers.distance)
    if order is None:
        return PreparedTier(rows, pairs, integers)
    ordered = integers._replace(
        demand_index=pairs.demand[order], value=integers.value[order], distance=integers.distance[order]
    )
    return PreparedTier(rows[order], pairs, ordered)
