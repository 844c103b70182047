"""The proof that an allocation is the best one: every pair priced with the duals, in integers.

For any feasible shipment y: ``sum v y <= sum (u_i + w_j) y <= supply.u + demand.w``, as long as no pair is
worth more than its two prices and no price is negative. An allocation that reaches that bound cannot be
beaten. Value and distance are compared one after the other, so the same holds for the least distance among
equals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kansenkaart.matches.arrays import IntArray
from kansenkaart.matches.transport.compiled import compiled, run_in_parts

# A product of two limbs of 63 bits cut in three has 44 bits at most: this many of them fit an int64.
_LIMB_BITS, _LIMB_ROWS = 21, 2**18


class Problem(NamedTuple):
    """Integer data: pairs row by row (CSR). The solver wants each row by value (falling), distance, index."""

    indptr: IntArray
    demand_index: npt.NDArray[np.int32]
    value: IntArray
    distance: IntArray
    supply: IntArray
    demand: IntArray


class Solution(NamedTuple):
    """Flow per pair and prices per site (supplies, then demands), in value and in distance."""

    flow: IntArray
    price: IntArray
    tie_price: IntArray


@dataclass(frozen=True)
class Certificate:
    """What a sweep over all pairs found.

    Parameters
    ----------
    pairs
        Number of pairs checked: all of them.
    max_violation, max_tie_violation
        Largest excess of a pair's value over its two prices, and of minus its distance over its two prices in
        distance among the pairs without excess or slack in value. Not above 0 when optimal; 0 without pairs.
    wrong_prices
        Sites whose price is negative.
    overshoot
        Largest amount shipped above a supply or demand, or below zero on a pair.
    primal, dual, tie_primal, tie_dual
        Objective of the allocation and of the prices, in value and in (minus) quantity x distance.
    quantity_scale, value_scale
        Integers per unit of quantity and per unit of value; a power of two. Distances count 0.1 mm.
    """

    pairs: int
    max_violation: int
    max_tie_violation: int
    wrong_prices: int
    overshoot: int
    primal: int
    dual: int
    tie_primal: int
    tie_dual: int
    quantity_scale: float
    value_scale: float

    @property
    def is_feasible(self) -> bool:
        """No supply or demand is exceeded and nothing flows backwards."""
        return self.overshoot <= 0

    @property
    def is_optimal(self) -> bool:
        """No other allocation is worth more, and none worth as much covers less distance."""
        return (
            self.is_feasible
            and self.wrong_prices == 0
            and self.max_violation <= 0
            and self.max_tie_violation <= 0
            and self.primal == self.dual
            and self.tie_primal == self.tie_dual
        )


def certify(problem: Problem, solution: Solution, quantity_scale: float, value_scale: float) -> Certificate:
    """Check `solution` against `problem` without trusting how it was found."""
    flow, price, tie_price = solution
    used = np.flatnonzero(flow)
    capacity = np.concatenate([problem.supply, problem.demand])
    worst, worst_tie = _worst_pair(problem, price, tie_price)
    wrong = (price < 0) | ((price == 0) & (tie_price < 0))
    return Certificate(
        pairs=len(flow),
        max_violation=worst,
        max_tie_violation=worst_tie,
        wrong_prices=int(wrong.sum()),
        overshoot=max(_overshoot(problem, flow, used, capacity), -int(flow[used].min(initial=0))),
        primal=_product(flow[used], problem.value[used]),
        dual=_product(capacity, price),
        tie_primal=-_product(flow[used], problem.distance[used]),
        tie_dual=_product(capacity, tie_price),
        quantity_scale=quantity_scale,
        value_scale=value_scale,
    )


def _worst_pair(problem: Problem, price: IntArray, tie_price: IntArray) -> tuple[int, int]:
    """Largest excess in value of any pair, and in minus distance of the pairs without excess or slack in value."""
    if not len(problem.value):
        return 0, 0
    worst = np.full((len(problem.supply), 2), -(2**62), dtype=np.int64)
    sweep = compiled(_sweep_rows)
    run_in_parts(
        lambda first, last: sweep(first, last, problem, price, tie_price, worst), len(problem.supply)
    )
    return int(worst[:, 0].max()), int(worst[:, 1].max())


def _sweep_rows(
    first: int, last: int, problem: Problem, price: IntArray, tie_price: IntArray, worst: IntArray
) -> None:
    indptr, column, value, distance, supply, _ = problem
    n = len(supply)
    for i in range(first, last):
        excess = tie_excess = -(2**62)
        for k in range(indptr[i], indptr[i + 1]):
            j = n + column[k]
            gain = value[k] - price[i] - price[j]
            excess = max(excess, gain)
            if gain == 0:
                tie_excess = max(tie_excess, -distance[k] - tie_price[i] - tie_price[j])
        worst[i, 0], worst[i, 1] = excess, tie_excess


def _overshoot(problem: Problem, flow: IntArray, used: IntArray, capacity: IntArray) -> int:
    n = len(problem.supply)
    shipped = np.zeros(len(capacity), dtype=np.int64)
    np.add.at(shipped, np.searchsorted(problem.indptr, used, side="right") - 1, flow[used])
    np.add.at(shipped, n + problem.demand_index[used], flow[used])
    return int((shipped - capacity).max(initial=0))


def _product(left: IntArray, right: IntArray) -> int:
    """Exact sum of products: in limbs whose sums cannot leave int64, added up in Python's endless integers."""
    total = 0
    for first in range(0, len(left), _LIMB_ROWS):
        ours, theirs = (_limbs(side[first : first + _LIMB_ROWS]) for side in (left, right))
        for i, one in enumerate(ours):
            for j, other in enumerate(theirs):
                total += int(one @ other) << (_LIMB_BITS * (i + j))
    return total


def _limbs(number: IntArray) -> list[IntArray]:
    mask = (1 << _LIMB_BITS) - 1
    return [number & mask, (number >> _LIMB_BITS) & mask, number >> (2 * _LIMB_BITS)]
