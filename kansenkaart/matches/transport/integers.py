"""Quantities and values as the integers of the solvers, and back again.

Everything is solved in integers. Quantities and values are multiplied by a power of two, which a float64
undoes without loss: sums of shipped quantities are exact, so they cannot rise above a supply or a demand.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from kansenkaart.errors import DataError
from kansenkaart.matches.arrays import STEPS_PER_METRE, FloatArray, IndexArray, IntArray
from kansenkaart.matches.transport.certificate import Problem
from kansenkaart.matches.transport.compiled import compiled, run_in_parts
from kansenkaart.matches.transport.reach import Pairs

# Integers below 2**53 pass through a float64 unharmed, and so do sums of them up to a site's capacity.
_QUANTITY_BITS = 52

# A price is a sum of at most 2 min(n, m) + 1 values with changing signs (the way from a site to the root of
# the tree); differences of two prices and a value must fit int64 with room for the priced-out demands.
PRICE_BITS = 59


def useful_capacities(have: FloatArray, want: FloatArray, pairs: Pairs) -> tuple[FloatArray, FloatArray]:
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


def to_integers(
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
    from kansenkaart.matches.transport.linear_program import QUANTITY_BITS, VALUE_BITS

    exact = engine != "linprog"
    largest = max(supply.max(initial=0.0), demand.max(initial=0.0))
    value_bits = min(_QUANTITY_BITS, _value_bits(len(supply), len(demand)))
    return (
        _power(largest, _QUANTITY_BITS if exact else QUANTITY_BITS),
        _power(largest_value, value_bits if exact else VALUE_BITS),
    )


def _value_bits(n: int, m: int) -> int:
    """Bits of a value or distance of which the longest way through the tree still adds up."""
    return PRICE_BITS - (2 * min(n, m) + 3).bit_length()


def _power(largest: float, bits: int) -> int:
    """Power of two that brings `largest` just below ``2**bits``, as far as a float64 can hold it."""
    return min(bits - math.frexp(largest)[1], 1023) if largest > 0 else 0


def row_order(problem: Problem, *keys: IntArray) -> IntArray | None:
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


def from_integers(
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
