"""Who supplies how much to whom: the exact optimum with its certificate, and simpler ways to compare it with.

Everything is solved in integers. Quantities and values are multiplied by a power of two, which a float64
undoes without loss: sums of shipped quantities are exact, so they cannot rise above a supply or a demand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kansenkaart.errors import DataError
from kansenkaart.matches.allocation.certificate import Certificate, Problem, Solution, certify
from kansenkaart.matches.allocation.compiled import compiled, has_numba, run_in_parts
from kansenkaart.matches.pairs.candidates import STEPS_PER_METRE, FloatArray, IndexArray, IntArray, Pairs

METHODS = ("optimal", "greedy", "nearest", "linprog")

# Integers below 2**53 pass through a float64 unharmed, and so do sums of them up to a site's capacity.
_QUANTITY_BITS = 52

# A price is a sum of at most 2 min(n, m) + 1 values with changing signs (the way from a site to the root of
# the tree); differences of two prices and a value must fit int64 with room for the priced-out demands.
_PRICE_BITS = 59

# Below this share of a capacity what is left over is rounding.
_DUST = 1e-12


@dataclass(frozen=True)
class Allocation:
    """Quantities per pair with the prices and the proof that go with them.

    Parameters
    ----------
    quantity
        float64[pairs], in the order of the pairs given.
    objective
        Sum of value x quantity; without values the total quantity.
    quantity_distance
        Sum of quantity x distance, unit x metres.
    supply_left, demand_left
        float64[n], float64[m]: what stays unused and unmet.
    supply_price, demand_price
        One valid price: what one more unit at a site would be worth (prices are not unique). Zeros for the
        methods that do not optimise.
    certificate
        Proof of optimality; None for ``greedy`` and ``nearest``.
    method
        What was run: ``optimal`` becomes ``linprog`` where numba is missing.
    """

    quantity: FloatArray
    objective: float
    quantity_distance: float
    supply_left: FloatArray
    demand_left: FloatArray
    supply_price: FloatArray
    demand_price: FloatArray
    certificate: Certificate | None
    method: str


def allocate(
    supply: npt.ArrayLike,
    demand: npt.ArrayLike,
    pairs: Pairs,
    value: npt.ArrayLike | None = None,
    *,
    method: str = "optimal",
) -> Allocation:
    """Divide supplies over demands along candidate pairs; what is not divided stays.

    Parameters
    ----------
    supply, demand
        float64[n], float64[m]: quantities, 0 or more, one unit for all.
    pairs
        Candidate pairs, rows in any order within.
    value
        float64[pairs], worth of one unit over the pair; pairs worth nothing or less are not used. None: most
        quantity first, then least quantity x distance.
    method
        ``optimal``: best total value, then least quantity x distance; exact (network simplex).
        ``greedy``: best pair first (value, then distance, then indices).
        ``nearest``: every supply to its nearest demand only; where that is too small the nearest supply comes
        first.
        ``linprog``: as ``optimal`` with scipy's HiGHS, at most 200,000 pairs; values keep nine digits.

    Raises
    ------
    DataError
        When a quantity, value or distance is not finite, a quantity is negative, shapes do not fit, the
        method is unknown, or ``linprog`` is asked for more pairs than it can solve.

    Examples
    --------
    >>> from kansenkaart.matches.pairs.candidates import find_pairs
    >>> pairs = find_pairs([[0, 0], [100, 0]], [[50, 0]], 1000)
    >>> result = allocate([3.0, 4.0], [5.0], pairs, [2.0, 3.0])
    >>> result.quantity.tolist(), result.objective, result.certificate.is_optimal
    ([1.0, 4.0], 14.0, True)
    """
    engine = _engine(method)
    have, want = read_quantities(supply, "supply"), read_quantities(demand, "demand")
    worth = np.ones(len(pairs)) if value is None else _values(value, len(pairs))
    can_give, can_take = _useful(have, want, pairs)
    problem, quantity_power, value_power = _scale(can_give, can_take, pairs, worth, engine)
    solution = _solve(problem, engine)
    proof = None
    if engine in ("optimal", "linprog"):
        proof = certify(problem, solution, math.ldexp(1.0, quantity_power), math.ldexp(1.0, value_power))
    return report(
        Stated(have, want, pairs, worth), problem, solution, (quantity_power, value_power), proof, engine
    )


class Stated(NamedTuple):
    """What was asked, in the units given: capacities, pairs and value per unit of every pair."""

    supply: FloatArray
    demand: FloatArray
    pairs: Pairs
    value: FloatArray


def report(
    stated: Stated,
    problem: Problem,
    solution: Solution,
    powers: tuple[int, int],
    proof: Certificate | None,
    method: str,
) -> Allocation:
    """Translate a solution in integers back to the units given; `powers` as `find_powers` gives them."""
    have, want, pairs, worth = stated
    quantity = _unscale(problem, solution.flow, powers[0], have, want)
    used = np.flatnonzero(quantity)
    rows = np.searchsorted(pairs.indptr, used, side="right") - 1
    price = np.ldexp(solution.price.astype(np.float64), -powers[1])
    return Allocation(
        quantity=quantity,
        objective=math.fsum(quantity[used] * worth[used]),
        quantity_distance=math.fsum(quantity[used] * pairs.distance_m[used]),
        supply_left=_left(have, rows, quantity[used]),
        demand_left=_left(want, pairs.demand[used], quantity[used]),
        supply_price=price[: len(have)],
        demand_price=price[len(have) :],
        certificate=proof,
        method=method,
    )


def _engine(method: str) -> str:
    if method not in METHODS:
        raise DataError(
            "method_unknown",
            "method is '{method}'; allowed: {allowed}.",
            method=method,
            allowed=", ".join(METHODS),
        )
    return "linprog" if method == "optimal" and not has_numba() else method


def read_quantities(given: npt.ArrayLike, side: str) -> FloatArray:
    """Return one row of finite quantities of 0 or more, or refuse them by name of their side."""
    quantity = np.asarray(given, dtype=np.float64)
    if quantity.ndim != 1 or not np.isfinite(quantity).all() or (quantity < 0).any():
        raise DataError(
            "quantity_wrong",
            "{side} must be one row of finite quantities of 0 or more; got shape {shape}, wrong at {rows}.",
            side=side,
            shape=quantity.shape,
            rows=np.flatnonzero(~(np.isfinite(quantity) & (quantity >= 0)))[:10].tolist(),
        )
    return quantity


def _values(given: npt.ArrayLike, count: int) -> FloatArray:
    value = np.asarray(given, dtype=np.float64)
    if value.shape != (count,) or not np.isfinite(value).all():
        raise DataError(
            "value_wrong",
            "value must hold one finite number per pair ({count}); got shape {shape}, {wrong} not finite.",
            count=count,
            shape=value.shape,
            wrong=int((~np.isfinite(value)).sum()),
        )
    return value


def _useful(have: FloatArray, want: FloatArray, pairs: Pairs) -> tuple[FloatArray, FloatArray]:
    """Capacities cut to what the partners together can take or give: the optimum stays the same.

    Without it one absurdly large supply would take all the digits of the integers from the others.
    """
    # One rounding more than the sum can lose, so that no unit that could be moved is cut off.
    most_out, most_in = compiled(_most_moved)(pairs.indptr, pairs.demand, have, want, 1.0 + 1e-9)
    return np.minimum(have, most_out), np.minimum(want, most_in)


def _most_moved(
    indptr: IntArray, column: IndexArray, have: FloatArray, want: FloatArray, widen: float
) -> tuple[FloatArray, FloatArray]:
    """What the demands of a row can take, and what the supplies of a column, so limited, can give."""
    most_out, most_in = np.zeros(len(have)), np.zeros(len(want))
    for i in range(len(have)):
        for k in range(indptr[i], indptr[i + 1]):
            most_out[i] += want[column[k]]
        most_out[i] *= widen
        give = min(have[i], most_out[i])
        for k in range(indptr[i], indptr[i + 1]):
            most_in[column[k]] += give
    return most_out, most_in * widen


def _scale(
    supply: FloatArray, demand: FloatArray, pairs: Pairs, value: FloatArray, engine: str
) -> tuple[Problem, int, int]:
    """Integers for the solver, and the powers of two that quantities and values were multiplied with.

    Capacities are rounded down, so that nothing is promised that is not there; values are rounded.
    """
    farthest = 2.0 ** _value_bits(len(supply), len(demand))
    nearest, longest = pairs.distance_m.min(initial=0.0), pairs.distance_m.max(initial=0.0)
    if not (nearest >= 0 and longest * STEPS_PER_METRE < farthest):
        raise DataError(
            "distance_wrong",
            "A pair has a distance that is negative, missing or beyond {allowed:.3g} m; give metres.",
            allowed=farthest / STEPS_PER_METRE,
        )
    quantity_power, value_power = find_powers(supply, demand, float(value.max(initial=0.0)), engine)
    problem = Problem(
        pairs.indptr,
        pairs.demand,
        whole(value, math.ldexp(1.0, value_power)),
        whole(pairs.distance_m, float(STEPS_PER_METRE)),
        whole_capacity(supply, quantity_power),
        whole_capacity(demand, quantity_power),
    )
    return problem, quantity_power, value_power


def whole(number: FloatArray, scale: float) -> IntArray:
    """Scaled and rounded; 0 for what is negative."""
    whole = np.empty(len(number), dtype=np.int64)
    fill = compiled(_fill_whole)
    run_in_parts(lambda first, last: fill(number[first:last], scale, whole[first:last]), len(number))
    return whole


def _fill_whole(number: FloatArray, scale: float, whole: IntArray) -> None:
    for k in range(len(number)):
        whole[k] = np.int64(np.rint(max(number[k], 0.0) * scale))


def whole_capacity(capacity: FloatArray, power: int) -> IntArray:
    """Scaled and rounded down."""
    return np.floor(np.ldexp(capacity, power)).astype(np.int64)


def find_powers(
    supply: FloatArray, demand: FloatArray, largest_value: float, engine: str = "optimal"
) -> tuple[int, int]:
    """Powers of two for quantities and for values, as large as the integers of the solver allow."""
    from kansenkaart.matches.allocation.linear_program import QUANTITY_BITS, VALUE_BITS

    exact = engine != "linprog"
    largest = max(supply.max(initial=0.0), demand.max(initial=0.0))
    value_bits = min(_QUANTITY_BITS, _value_bits(len(supply), len(demand)))
    return (
        _power(largest, _QUANTITY_BITS if exact else QUANTITY_BITS),
        _power(largest_value, value_bits if exact else VALUE_BITS),
    )


def _value_bits(n: int, m: int) -> int:
    """Bits of a value or distance of which the longest way through the tree still adds up."""
    return _PRICE_BITS - (2 * min(n, m) + 3).bit_length()


def _power(largest: float, bits: int) -> int:
    """Power of two that brings `largest` just below ``2**bits``, as far as a float64 can hold it."""
    return min(bits - math.frexp(largest)[1], 1023) if largest > 0 else 0


def _solve(problem: Problem, engine: str) -> Solution:
    if engine == "linprog":
        from kansenkaart.matches.allocation.linear_program import solve_by_linprog

        return solve_by_linprog(problem)
    no_price = np.zeros(len(problem.supply) + len(problem.demand), dtype=np.int64)
    if engine == "nearest":
        return Solution(_ship_to_nearest(problem), no_price, no_price)
    from kansenkaart.matches.allocation.simplex import ship_best_first, solve

    order = _row_order(problem, -problem.value, problem.distance)
    ordered = problem
    if order is not None:
        ordered = problem._replace(
            demand_index=problem.demand_index[order],
            value=problem.value[order],
            distance=problem.distance[order],
        )
    if engine == "greedy":
        found = Solution(ship_best_first(ordered), no_price, no_price)
    else:
        flow, price, tie_price = solve(ordered)
        found = price_empty_demands(ordered, Solution(flow, price, tie_price))
    if order is None:
        return found
    flow = np.empty_like(found.flow)
    flow[order] = found.flow
    return found._replace(flow=flow)


def _row_order(problem: Problem, *keys: IntArray) -> IntArray | None:
    """Order of the pairs by row, then one or two `keys`, then demand index; None when they already stand so."""
    if compiled(_is_ordered)(problem.indptr, keys[0], keys[-1], problem.demand_index):
        return None
    rows = np.repeat(np.arange(len(problem.supply)), np.diff(problem.indptr))
    every: tuple[npt.NDArray[np.integer], ...] = (problem.demand_index, *reversed(keys), rows)
    return np.lexsort(every)


def _is_ordered(indptr: IntArray, first: IntArray, second: IntArray, third: IndexArray) -> bool:
    """Whether every row rises by `first`, then by `second`, then by `third`."""
    for i in range(len(indptr) - 1):
        for k in range(indptr[i] + 1, indptr[i + 1]):
            if first[k - 1] != first[k]:
                ordered = first[k - 1] < first[k]
            elif second[k - 1] != second[k]:
                ordered = second[k - 1] < second[k]
            else:
                ordered = third[k - 1] <= third[k]
            if not ordered:
                return False
    return True


def _ship_to_nearest(problem: Problem) -> IntArray:
    """Send every supply to its nearest demand and nowhere else; ties by index."""
    order = _row_order(problem, problem.distance)
    rows = np.flatnonzero(np.diff(problem.indptr))
    nearest = problem.indptr[rows] if order is None else order[problem.indptr[rows]]
    left = problem.demand.copy()
    flow = np.zeros(len(problem.value), dtype=np.int64)
    for turn in np.lexsort((rows, problem.distance[nearest])).tolist():
        k = nearest[turn]
        if problem.value[k] > 0:
            flow[k] = min(problem.supply[rows[turn]], left[problem.demand_index[k]])
            left[problem.demand_index[k]] -= flow[k]
    return flow


def price_empty_demands(problem: Problem, solution: Solution) -> Solution:
    """Give demands of zero the lowest price that no pair beats; the solver left them out."""
    n = len(problem.supply)
    empty = problem.demand == 0
    if not empty.any():
        return solution
    price, tie_price = solution.price.copy(), solution.tie_price.copy()
    price[n:][empty], tie_price[n:][empty] = 0, 0
    rows = np.repeat(np.arange(n), np.diff(problem.indptr))
    mine = np.flatnonzero(empty[problem.demand_index])
    row, column = rows[mine], n + problem.demand_index[mine]
    gain = problem.value[mine] - price[row]
    np.maximum.at(price, column, gain)
    tied = gain == price[column]
    tie = -problem.distance[mine][tied] - tie_price[row[tied]]
    # A price above zero may be negative in distance: start from below, not from zero.
    tie_price[n:][empty & (price[n:] > 0)] = -(2**_PRICE_BITS)
    np.maximum.at(tie_price, column[tied], tie)
    return solution._replace(price=price, tie_price=tie_price)


def _unscale(
    problem: Problem, flow: IntArray, power: int, supply: FloatArray, demand: FloatArray
) -> FloatArray:
    """Quantities in the unit given; a pair that takes all of a site gets that site's own number.

    Where other pairs share the far end, that needs room for the sum of their roundings.
    """
    n, m = len(supply), len(demand)
    used = np.flatnonzero(flow)
    quantity = np.zeros(len(flow))
    quantity[used] = np.ldexp(flow[used].astype(np.float64), -power)
    i, j = np.searchsorted(problem.indptr, used, side="right") - 1, problem.demand_index[used]
    shares_i, shares_j = np.bincount(i, minlength=n), np.bincount(j, minlength=m)
    room_i = problem.supply - np.bincount(i, flow[used], n).astype(np.int64)
    room_j = problem.demand - np.bincount(j, flow[used], m).astype(np.int64)
    alone_i, alone_j = (shares_i == 1)[i], (shares_j == 1)[j]
    takes_supply = alone_i & (room_i == 0)[i] & (room_j > 2 * shares_j + 2)[j]
    takes_demand = alone_j & (room_j == 0)[j] & (room_i > 2 * shares_i + 2)[i]
    takes_both = alone_i & alone_j & ((room_i == 0)[i] | (room_j == 0)[j])
    quantity[used[takes_supply]] = supply[i[takes_supply]]
    quantity[used[takes_demand]] = demand[j[takes_demand]]
    quantity[used[takes_both]] = np.minimum(supply[i[takes_both]], demand[j[takes_both]])
    return quantity


def _left(capacity: FloatArray, site: npt.NDArray[np.integer], quantity: FloatArray) -> FloatArray:
    left: FloatArray = np.maximum(capacity - np.bincount(site, quantity, len(capacity)), 0.0)
    left[left <= _DUST * capacity] = 0.0
    return left
