"""The same allocation by a general linear program: the oracle in the tests, and what stands in for numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from kansenkaart.errors import DataError, KansenkaartError
from kansenkaart.matches.arrays import FloatArray, IntArray
from kansenkaart.matches.transport.integers import Problem, Solution

MAX_PAIRS = 200_000


def solve_by_linprog(problem: Problem) -> Solution:
    """Solve with ``scipy.optimize.linprog`` (HiGHS): most value first, then least distance among the optima.

    The second program holds only pairs that the prices of the first allow, and fills every site that has a
    price: that is exactly the set of optima of the first.

    Raises
    ------
    DataError
        Above ``MAX_PAIRS`` pairs.
    KansenkaartError
        When HiGHS finds no solution.
    """
    if len(problem.value) > MAX_PAIRS:
        raise DataError(
            "linprog_too_many_pairs",
            "{pairs} pairs are too many for method 'linprog'; allowed: {allowed}. Install numba and use "
            "method 'optimal', or lower the maximum distance.",
            pairs=len(problem.value),
            allowed=MAX_PAIRS,
        )
    n = len(problem.supply)
    capacity = np.concatenate([problem.supply, problem.demand])
    rows = np.repeat(np.arange(n), np.diff(problem.indptr))
    columns = n + problem.demand_index.astype(np.int64)
    flow = np.zeros(len(problem.value), dtype=np.int64)
    price, tie_price = np.zeros(len(capacity), dtype=np.int64), np.zeros(len(capacity), dtype=np.int64)
    pays = np.flatnonzero(problem.value > 0)
    if len(pays):
        _, price = _solve(-problem.value[pays], (rows[pays], columns[pays]), capacity, price > 0)
        tight = pays[problem.value[pays] == price[rows[pays]] + price[columns[pays]]]
        flow[tight], tie_price = _solve(
            problem.distance[tight], (rows[tight], columns[tight]), capacity, price > 0
        )
    return Solution(flow, price, tie_price)


def _solve(
    cost: IntArray, ends: tuple[IntArray, IntArray], capacity: IntArray, fill: Any
) -> tuple[IntArray, IntArray]:
    """Minimise `cost` with every site at most full, those in `fill` exactly; return flow and prices."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    count = len(cost)
    ones = np.ones(2 * count)
    matrix = csr_array(
        (ones, (np.concatenate(ends), np.tile(np.arange(count), 2))), shape=(len(capacity), count)
    )
    result = linprog(
        cost.astype(np.float64),
        A_ub=matrix[~fill],
        b_ub=capacity[~fill].astype(np.float64),
        A_eq=matrix[fill] if fill.any() else None,
        b_eq=capacity[fill].astype(np.float64) if fill.any() else None,
        method="highs-ds",
    )
    if not result.success:
        raise KansenkaartError("linprog_failed", "HiGHS found no allocation: {reason}", reason=result.message)
    price: FloatArray = np.zeros(len(capacity))
    price[~fill] = -result.ineqlin.marginals
    if fill.any():
        price[fill] = -result.eqlin.marginals
    return np.rint(result.x).astype(np.int64), np.rint(price).astype(np.int64)
