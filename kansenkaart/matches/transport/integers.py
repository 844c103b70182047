"""A network in integers: how it is scaled to them and back, and the proof that an allocation of it is the best one.

For any feasible shipment y: ``sum v y <= sum (u_i + w_j) y <= supply.u + demand.w``, as long as no pair is
worth more than its two prices and no price is negative. An allocation that reaches that bound cannot be
beaten. Value and distance are compared one after the other, so the same holds for the least distance among
equals.

Quantities and values are multiplied by a power of two, which a float64 undoes without loss: sums of shipped
quantities are exact, so they cannot rise above a supply or a demand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kansenkaart.arrays import (
    LEAST_NUMBERS,
    STEPS_PER_METRE,
    FloatArray,
    IndexArray,
    IntArray,
    compiled,
    run_in_parts,
)
from kansenkaart.errors import DataError
from kansenkaart.matches.transport.reach import Pairs

# A product of two limbs of 63 bits cut in three has 44 bits at most: this many of them fit an int64.
_LIMB_BITS, _LIMB_ROWS = 21, 2**18


class Network(NamedTuple):
    """Integer data: pairs row by row (CSR). The solver wants each row by value (falling), distance, index."""

    indptr: IntArray
    demand_index: IndexArray
    value: IntArray
    distance: IntArray
    supply: IntArray
    demand: IntArray


class Shipment(NamedTuple):
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


def certify(network: Network, shipment: Shipment, quantity_scale: float, value_scale: float) -> Certificate:
    """Check `shipment` against `network` without trusting how it was found."""
    flow, price, tie_price = shipment
    used = np.flatnonzero(flow)
    capacity = np.concatenate([network.supply, network.demand])
    worst, worst_tie = _worst_pair(network, price, tie_price)
    wrong = (price < 0) | ((price == 0) & (tie_price < 0))
    return Certificate(
        pairs=len(flow),
        max_violation=worst,
        max_tie_violation=worst_tie,
        wrong_prices=int(wrong.sum()),
        overshoot=max(_overshoot(network, flow, used, capacity), -int(flow[used].min(initial=0))),
        primal=_product(flow[used], network.value[used]),
        dual=_product(capacity, price),
        tie_primal=-_product(flow[used], network.distance[used]),
        tie_dual=_product(capacity, tie_price),
        quantity_scale=quantity_scale,
        value_scale=value_scale,
    )


def _worst_pair(network: Network, price: IntArray, tie_price: IntArray) -> tuple[int, int]:
    """Largest excess in value of any pair, and in minus distance of the pairs without excess or slack in value."""
    if not len(network.value):
        return 0, 0
    n = len(network.supply)
    worst = np.full((n, 2), -(2**62), dtype=np.int64)
    sweep = compiled(_sweep_rows)
    least = 1 + LEAST_NUMBERS * n // len(network.value)
    run_in_parts(lambda first, last: sweep(first, last, network, price, tie_price, worst), n, least)
    return int(worst[:, 0].max()), int(worst[:, 1].max())


def _sweep_rows(
    first: int, last: int, network: Network, price: IntArray, tie_price: IntArray, worst: IntArray
) -> None:
    indptr, column, value, distance, supply, _ = network
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


def _overshoot(network: Network, flow: IntArray, used: IntArray, capacity: IntArray) -> int:
    n = len(network.supply)
    shipped = np.zeros(len(capacity), dtype=np.int64)
    np.add.at(shipped, np.searchsorted(network.indptr, used, side="right") - 1, flow[used])
    np.add.at(shipped, n + network.demand_index[used], flow[used])
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
    supply: FloatArray, demand: FloatArray, pairs: Pairs, value: FloatArray
) -> tuple[Network, int, int]:
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
    quantity_power, value_power = find_powers(supply, demand, float(value.max(initial=0.0)))
    network = Network(
        pairs.indptr,
        pairs.demand,
        whole(value, math.ldexp(1.0, value_power)),
        whole(pairs.distance_m, float(STEPS_PER_METRE)),
        whole_capacity(supply, quantity_power),
        whole_capacity(demand, quantity_power),
    )
    return network, quantity_power, value_power


def whole(number: FloatArray, scale: float) -> IntArray:
    """Scaled and rounded; 0 for what is negative."""
    whole = np.empty(len(number), dtype=np.int64)
    fill = compiled(_fill_whole)
    run_in_parts(
        lambda first, last: fill(number[first:last], scale, whole[first:last]), len(number), LEAST_NUMBERS
    )
    return whole


def _fill_whole(number: FloatArray, scale: float, whole: IntArray) -> None:
    for k in range(len(number)):
        whole[k] = np.int64(np.rint(max(number[k], 0.0) * scale))


def whole_capacity(capacity: FloatArray, power: int) -> IntArray:
    """Scaled and rounded down."""
    return np.floor(np.ldexp(capacity, power)).astype(np.int64)


def find_powers(supply: FloatArray, demand: FloatArray, largest_value: float) -> tuple[int, int]:
    """Powers of two for quantities and for values, as large as the integers of the solver allow."""
    largest = max(supply.max(initial=0.0), demand.max(initial=0.0))
    value_bits = min(_QUANTITY_BITS, _value_bits(len(supply), len(demand)))
    return _power(largest, _QUANTITY_BITS), _power(largest_value, value_bits)


def _value_bits(n: int, m: int) -> int:
    """Bits of a value or distance of which the longest way through the tree still adds up."""
    return PRICE_BITS - (2 * min(n, m) + 3).bit_length()


def _power(largest: float, bits: int) -> int:
    """Power of two that brings `largest` just below ``2**bits``, as far as a float64 can hold it."""
    return min(bits - math.frexp(largest)[1], 1023) if largest > 0 else 0


def row_order(network: Network, *keys: IntArray) -> IntArray | None:
    """Order of the pairs by row, then one or two `keys`, then demand index; None when they already stand so."""
    if compiled(_is_ordered)(network.indptr, keys[0], keys[-1], network.demand_index):
        return None
    rows = np.repeat(np.arange(len(network.supply)), np.diff(network.indptr))
    every: tuple[npt.NDArray[np.integer], ...] = (network.demand_index, *reversed(keys), rows)
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
    network: Network, used: IntArray, flow: IntArray, power: int, *, sides: tuple[FloatArray, FloatArray]
) -> FloatArray:
    """Quantities of the pairs `used`, which carry `flow`; a pair that takes all of a site gets that site's own number.

    Where other pairs share the far end, that end must have left the sum of their roundings. `sides` holds supply and
    demand in the unit given.
    """
    supply, demand = sides
    n, m = len(supply), len(demand)
    quantity: FloatArray = np.ldexp(flow.astype(np.float64), -power)
    i, j = np.searchsorted(network.indptr, used, side="right") - 1, network.demand_index[used]
    shares_i, shares_j = np.bincount(i, minlength=n), np.bincount(j, minlength=m)
    left_i = network.supply - np.bincount(i, flow, n).astype(np.int64)
    left_j = network.demand - np.bincount(j, flow, m).astype(np.int64)
    alone_i, alone_j = (shares_i == 1)[i], (shares_j == 1)[j]
    takes_supply = alone_i & (left_i == 0)[i] & (left_j > 2 * shares_j + 2)[j]
    takes_demand = alone_j & (left_j == 0)[j] & (left_i > 2 * shares_i + 2)[i]
    takes_both = alone_i & alone_j & ((left_i == 0)[i] | (left_j == 0)[j])
    quantity[takes_supply] = supply[i[takes_supply]]
    quantity[takes_demand] = demand[j[takes_demand]]
    quantity[takes_both] = np.minimum(supply[i[takes_both]], demand[j[takes_both]])
    return quantity
