"""Exact allocation when the pairs within reach are too many to hold: column generation.

A few near pairs per supply are allocated exactly. Their prices then price every pair within reach, computed on
the fly; those that beat the prices join, and the allocation is improved from where it stood. When none beats
them, the prices prove the allocation optimal over all pairs: G.B. Dantzig, P. Wolfe, "Decomposition principle
for linear programs", Operations Research 8 (1960) 101-111; R.K. Ahuja, T.L. Magnanti, J.B. Orlin, "Network Flows"
(1993), ch. 17.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from kansenkaart.arrays import MICRO, MICRO_PER_STEP, ROUNDING, SLACK_M, STEPS_PER_METRE, FloatArray, IntArray
from kansenkaart.matches.long_range.far_field import (
    AffineWorth,
    check_sizes,
    largest_worth,
    make_field,
    one_worth,
    price_all,
)
from kansenkaart.matches.transport.allocate import (
    Allocation,
    Stated,
    allocate,
    price_empty_demands,
    read_quantities,
    report,
)
from kansenkaart.matches.transport.integers import (
    Certificate,
    Network,
    Shipment,
    certify,
    find_powers,
    whole_capacity,
)
from kansenkaart.matches.transport.reach import (
    Pairs,
    count_within_reach,
    find_pairs,
    limit_steps,
    read_points,
)

if TYPE_CHECKING:
    from kansenkaart.matches.long_range.pricing import BestPairs, Field

__all__ = ["AffineWorth", "FarAllocation", "allocate_far", "best_first_far"]

# Pairs per supply to begin with, and most that join per supply and round: measured at 20,000 x 100,000 sites.
_START = 64
_JOIN = 16

_WIDEN = 1.0 + ROUNDING


@dataclass(frozen=True)
class FarAllocation:
    """The allocation over the pairs used at the end, and the proof over all pairs within reach.

    Parameters
    ----------
    pairs
        The pairs that took part; all others are worth no more than their two prices.
    allocation
        As `allocate` gives it, over ``pairs``. The price of a site without quantity is 0.
    pairs_within_reach
        Pairs within ``reach_m``, whether their classes may meet or not.
    rounds
        Times the allocation was solved.
    gap
        (bound - objective) / bound; 0 when proven. The bound comes from the last prices, raised until no pair
        beats them.
    limit_hit
        Whether the time limit stopped it; the allocation is then feasible, and ``gap`` says how good.
    """

    pairs: Pairs
    allocation: Allocation
    pairs_within_reach: int
    rounds: int
    gap: float
    limit_hit: bool

    @property
    def quantity(self) -> FloatArray:
        """float64[pairs]."""
        return self.allocation.quantity

    @property
    def certificate(self) -> Certificate:
        """The proof over all pairs within reach whose two sites have something."""
        assert self.allocation.certificate is not None
        return self.allocation.certificate


class _State(NamedTuple):
    """The pairs that take part, in the solver's order, their shipment and what beats its prices."""

    network: Network
    shipment: Shipment
    found: BestPairs


def allocate_far(
    supply: npt.ArrayLike,
    demand: npt.ArrayLike,
    supply_xy: npt.ArrayLike,
    demand_xy: npt.ArrayLike,
    *,
    reach_m: float,
    worth: AffineWorth | None = None,
    time_limit_s: float = 600.0,
) -> FarAllocation:
    """Divide supplies over demands along all pairs within reach, without storing those pairs.

    Parameters
    ----------
    supply, demand
        float64[n], float64[m]: quantities, 0 or more, one unit for all.
    supply_xy, demand_xy
        float64[n, 2], float64[m, 2]: metres in one projected CRS.
    reach_m
        Limit in metres; a pair exactly at the limit counts. Distances are rounded to 0.1 mm.
    worth
        Worth of a unit by class and distance. None: most quantity first, then least quantity x distance.
    time_limit_s
        Seconds after which no new round starts; the best so far comes back with its gap. A round in progress is
        finished.

    Raises
    ------
    DataError
        When a quantity or coordinate is not finite, a quantity is negative, or classes do not fit.

    Examples
    --------
    >>> result = allocate_far([3.0, 4.0], [5.0], [[0, 0], [100, 0]], [[50, 0]], reach_m=1000)
    >>> float(result.quantity.sum()), result.certificate.is_optimal, result.pairs_within_reach
    (5.0, True, 2)
    """
    stop = time.perf_counter() + time_limit_s
    have, want = read_quantities(supply, "supply"), read_quantities(demand, "demand")
    here, there = read_points(supply_xy, "supply"), read_points(demand_xy, "demand")
    limit = limit_steps(reach_m, len(here), here, there)
    model = one_worth(len(have), len(want)) if worth is None else worth
    check_sizes(have, want, here, there, model)
    if not len(have) or not len(want):
        nothing = find_pairs(here, there, reach_m)
        return FarAllocation(nothing, allocate(have, want, nothing), 0, 1, 0.0, False)
    field, capacity, powers = _pose(have, want, (here, there), limit, model)
    state, rounds = _generate(_first_pairs(field, capacity, there), field, stop)
    return _report(
        Stated(have, want, _pairs(state.network), np.empty(0)),
        state,
        model,
        powers,
        rounds,
        limit,
        (here, there),
    )


def best_first_far(
    supply: FloatArray,
    demand: FloatArray,
    supply_xy: FloatArray,
    demand_xy: FloatArray,
    *,
    reach_m: float,
    worth: AffineWorth,
) -> float:
    """Return what "best pair first" would reach over all pairs within reach; parameters as of `allocate_far`."""
    limit = limit_steps(reach_m, len(supply), supply_xy, demand_xy)
    if not len(supply) or not len(demand):
        return 0.0
    from kansenkaart.matches.long_range.pricing import lowest_prices, ship_far_best_first  # noqa: PLC0415 - loads numba

    field, capacity, powers = _pose(supply, demand, (supply_xy, demand_xy), limit, worth)
    free = np.zeros(len(supply) + len(demand), dtype=np.int64)
    floor = lowest_prices(field, free[len(supply) :], free[len(supply) :])
    total = ship_far_best_first(field, floor, price_all(field, free, free, _JOIN), *capacity)
    return math.ldexp(total, -sum(powers))


def _pose(
    have: FloatArray,
    want: FloatArray,
    places: tuple[FloatArray, FloatArray],
    limit: IntArray,
    model: AffineWorth,
) -> tuple[Field, tuple[IntArray, IntArray], tuple[int, int]]:
    """All sites in integers: the field, the capacities, and the powers of two of quantities and worth."""
    # No site can move more than all of the other side (and what rounding takes off that sum): the optimum stays the
    # same, and one absurd quantity does not take the digits of the integers from the others.
    can_give, can_take = np.minimum(have, want.sum() * _WIDEN), np.minimum(want, have.sum() * _WIDEN)
    powers = find_powers(can_give, can_take, largest_worth(model, float(limit.max()) / STEPS_PER_METRE))
    capacity = whole_capacity(can_give, powers[0]), whole_capacity(can_take, powers[0])
    return make_field(capacity, places, limit, model, math.ldexp(1.0, powers[1])), capacity, powers


def _first_pairs(field: Field, capacity: tuple[IntArray, IntArray], there: FloatArray) -> Network:
    """Of every supply the nearest demands of every class: a start, which has no say in where it ends."""
    from kansenkaart.matches.long_range.pricing import BestPairs  # noqa: PLC0415 - loads numba

    here = np.column_stack([field.supply_x, field.supply_y])
    nothing = np.empty(0, dtype=np.int64)
    indptr, column = np.zeros(len(here) + 1, dtype=np.int64), np.empty(0, dtype=np.int32)
    network = Network(indptr, column, nothing, nothing, *capacity)
    class_of = np.repeat(field.block_class, np.diff(field.start))
    reach = (float(field.limit.max()) / STEPS_PER_METRE) * (1.0 + 1e-12) + SLACK_M
    for taking in np.unique(class_of):
        at = field.demand_at[class_of == taking]
        ranks = np.arange(1, min(_START, len(at)) + 1)
        _, near = cKDTree(there[at]).query(here, ranks, distance_upper_bound=max(reach, 0.0))
        demand = at[np.minimum(near, len(at) - 1)]
        offset = np.rint((there[demand] - here[:, None, :]) * MICRO)
        steps = np.rint(np.sqrt((offset * offset).sum(axis=2)) / MICRO_PER_STEP).astype(np.int64)
        fixed, per_m = (table[field.supply_class, taking][:, None] for table in (field.fixed, field.per_m))
        limit = np.minimum(field.limit, field.reach[field.supply_class, taking])[:, None]
        fits = (near < len(at)) & (steps <= limit) & ~np.isnan(fixed) & (demand != field.apart[:, None])
        # What fits to the front, still by distance.
        order = np.argsort(~fits, axis=1, kind="stable")
        demand, steps = np.take_along_axis(demand, order, axis=1), np.take_along_axis(steps, order, axis=1)
        count = fits.sum(axis=1)
        worth = np.rint(np.fmax(fixed - per_m * (steps / float(STEPS_PER_METRE)), 0.0) * field.scale).astype(
            np.int64
        )
        found = BestPairs(count, demand.astype(np.int32), steps, worth, worth, worth)
        network, _ = _join(network, np.zeros(len(network.value), dtype=np.int64), found)
    return network


def _generate(network: Network, field: Field, stop: float) -> tuple[_State, int]:
    """Solve, price, add; until nothing beats the prices or the time is up."""
    from kansenkaart.matches.transport.simplex import improve, ship_best_first  # noqa: PLC0415 - loads numba

    shipped, rounds = ship_best_first(network), 0
    while True:
        rounds += 1
        shipment = price_empty_demands(network, Shipment(*improve(network, shipped)))
        found = price_all(field, shipment.price, shipment.tie_price, _JOIN)
        if not found.kept.any() or time.perf_counter() >= stop:
            return _State(network, shipment, found), rounds
        network, shipped = _join(network, shipment.flow, found)


def _join(network: Network, flow: IntArray, found: BestPairs) -> tuple[Network, IntArray]:
    """The network with the pairs found added in the solver's order, and the flow on its pairs."""
    from kansenkaart.matches.long_range.pricing import merge_rows  # noqa: PLC0415 - loads numba

    merged = merge_rows(network, flow, found)
    indptr, column, value, steps, shipped = merged
    return Network(indptr, column, value, steps, network.supply, network.demand), shipped


def _pairs(network: Network) -> Pairs:
    return Pairs(network.indptr, network.demand_index, network.distance / float(STEPS_PER_METRE))


def _report(
    stated: Stated,
    state: _State,
    model: AffineWorth,
    powers: tuple[int, int],
    rounds: int,
    limit: IntArray,
    places: tuple[FloatArray, FloatArray],
) -> FarAllocation:
    network, shipment, found = state
    within = count_within_reach(*places, limit)
    own = certify(network, shipment, math.ldexp(1.0, powers[0]), math.ldexp(1.0, powers[1]))
    better = np.flatnonzero(found.kept)
    excess = found.gain[better, 0]
    proof = replace(
        own,
        pairs=within,
        max_violation=max(own.max_violation, int(excess.max(initial=own.max_violation))),
        max_tie_violation=max(
            own.max_tie_violation, int(found.tie[better[excess == 0], 0].max(initial=-(2**62)))
        ),
    )
    # Raising a supply's price by its largest excess makes the prices hold for all pairs.
    raised = sum(int(a) * int(b) for a, b in zip(network.supply[better], excess, strict=True))
    bound = own.dual + raised
    worth = model.of(stated.pairs.supply, stated.pairs.demand, stated.pairs.distance_m)
    return FarAllocation(
        stated.pairs,
        report(stated._replace(value=worth), network, shipment, powers, proof, "optimal"),
        within,
        rounds,
        (bound - own.primal) / bound if bound > 0 else 0.0,
        bool(len(better)),
    )
