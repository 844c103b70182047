"""Who supplies how much to whom: the exact optimum with its certificate, and simpler ways to compare it with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kansenkaart.arrays import REST, FloatArray, IntArray
from kansenkaart.errors import DataError
from kansenkaart.matches.transport.integers import (
    PRICE_BITS,
    Certificate,
    Network,
    Shipment,
    certify,
    from_integers,
    row_order,
    to_integers,
    useful_capacities,
)
from kansenkaart.matches.transport.reach import Pairs

METHODS = ("optimal", "greedy", "nearest")


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
        What was run.
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

    Raises
    ------
    DataError
        When a quantity, value or distance is not finite, a quantity is negative, shapes do not fit, or the
        method is unknown.

    Examples
    --------
    >>> from kansenkaart.matches.transport.reach import find_pairs
    >>> pairs = find_pairs([[0, 0], [100, 0]], [[50, 0]], 1000)
    >>> result = allocate([3.0, 4.0], [5.0], pairs, [2.0, 3.0])
    >>> result.quantity.tolist(), result.objective, result.certificate.is_optimal
    ([1.0, 4.0], 14.0, True)
    """
    _check_method(method)
    have, want = read_quantities(supply, "supply"), read_quantities(demand, "demand")
    worth = np.ones(len(pairs)) if value is None else _values(value, len(pairs))
    stated = Stated(have, want, pairs, worth)
    network, shipment, powers = _ship(stated, method)
    proof = None
    if method == "optimal":
        shipment = price_empty_demands(network, shipment)
        proof = certify(network, shipment, math.ldexp(1.0, powers[0]), math.ldexp(1.0, powers[1]))
    return report(stated, network, shipment, powers, proof, method)


class Stated(NamedTuple):
    """What was asked, in the units given: capacities, pairs and value per unit of every pair."""

    supply: FloatArray
    demand: FloatArray
    pairs: Pairs
    value: FloatArray


def divide(stated: Stated, method: str = "optimal") -> FloatArray:
    """The quantities of ``allocate`` alone, of numbers that were checked: for what is solved over and over."""
    network, shipment, powers = _ship(stated, method)
    return _translate(stated, network, shipment, powers[0])


def _ship(stated: Stated, method: str) -> tuple[Network, Shipment, tuple[int, int]]:
    """Solve in integers, with the powers of two that quantities and values were multiplied with."""
    can_give, can_take = useful_capacities(stated.supply, stated.demand, stated.pairs)
    network, *powers = to_integers(can_give, can_take, stated.pairs, stated.value)
    return network, _solve(network, method), (powers[0], powers[1])


def _translate(stated: Stated, network: Network, shipment: Shipment, power: int) -> FloatArray:
    """Quantity of every pair in the unit given."""
    carries = np.flatnonzero(shipment.flow)
    quantity = np.zeros(len(stated.pairs))
    sides = stated.supply, stated.demand
    quantity[carries] = from_integers(network, carries, shipment.flow[carries], power, sides=sides)
    return quantity


def report(
    stated: Stated,
    network: Network,
    shipment: Shipment,
    powers: tuple[int, int],
    proof: Certificate | None,
    method: str,
) -> Allocation:
    """Translate a shipment in integers back to the units given; `powers` as `find_powers` gives them."""
    have, want, pairs, worth = stated
    quantity = _translate(stated, network, shipment, powers[0])
    used = np.flatnonzero(quantity)
    rows = np.searchsorted(pairs.indptr, used, side="right") - 1
    price = np.ldexp(shipment.price.astype(np.float64), -powers[1])
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


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise DataError(
            "method_unknown",
            "method is '{method}'; allowed: {allowed}.",
            method=method,
            allowed=", ".join(METHODS),
        )


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


def _solve(network: Network, method: str) -> Shipment:
    no_price = np.zeros(len(network.supply) + len(network.demand), dtype=np.int64)
    if method == "nearest":
        return Shipment(_ship_to_nearest(network), no_price, no_price)
    from kansenkaart.matches.transport.simplex import ship_best_first, solve  # noqa: PLC0415 - loads numba

    order = row_order(network, -network.value, network.distance)
    ordered = network
    if order is not None:
        ordered = network._replace(
            demand_index=network.demand_index[order],
            value=network.value[order],
            distance=network.distance[order],
        )
    greedy = method == "greedy"
    found = Shipment(ship_best_first(ordered), no_price, no_price) if greedy else Shipment(*solve(ordered))
    if order is None:
        return found
    flow = np.empty_like(found.flow)
    flow[order] = found.flow
    return found._replace(flow=flow)


def _ship_to_nearest(network: Network) -> IntArray:
    """Send every supply to its nearest demand and nowhere else; ties by index."""
    order = row_order(network, network.distance)
    rows = np.flatnonzero(np.diff(network.indptr))
    nearest = network.indptr[rows] if order is None else order[network.indptr[rows]]
    left = network.demand.copy()
    flow = np.zeros(len(network.value), dtype=np.int64)
    for turn in np.lexsort((rows, network.distance[nearest])).tolist():
        k = nearest[turn]
        if network.value[k] > 0:
            flow[k] = min(network.supply[rows[turn]], left[network.demand_index[k]])
            left[network.demand_index[k]] -= flow[k]
    return flow


def price_empty_demands(network: Network, shipment: Shipment) -> Shipment:
    """Give demands of zero the lowest price that no pair beats; the solver left them out."""
    n = len(network.supply)
    empty = network.demand == 0
    if not empty.any():
        return shipment
    price, tie_price = shipment.price.copy(), shipment.tie_price.copy()
    price[n:][empty], tie_price[n:][empty] = 0, 0
    rows = np.repeat(np.arange(n), np.diff(network.indptr))
    mine = np.flatnonzero(empty[network.demand_index])
    row, column = rows[mine], n + network.demand_index[mine]
    gain = network.value[mine] - price[row]
    np.maximum.at(price, column, gain)
    tied = gain == price[column]
    tie = -network.distance[mine][tied] - tie_price[row[tied]]
    # A price above zero may be negative in distance: start from below, not from zero.
    tie_price[n:][empty & (price[n:] > 0)] = -(2**PRICE_BITS)
    np.maximum.at(tie_price, column[tied], tie)
    return shipment._replace(price=price, tie_price=tie_price)


def _left(capacity: FloatArray, site: npt.NDArray[np.integer], quantity: FloatArray) -> FloatArray:
    left: FloatArray = np.maximum(capacity - np.bincount(site, quantity, len(capacity)), 0.0)
    left[left <= REST * capacity] = 0.0
    return left
