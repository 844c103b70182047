"""A long-range problem as the pricing sees it: worth by class and distance, and sites in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kansenkaart.arrays import STEPS_PER_METRE, FloatArray, IndexArray, IntArray, run_in_parts
from kansenkaart.errors import DataError

if TYPE_CHECKING:
    from kansenkaart.matches.long_range.pricing import BestPairs, Field

# Steps that no limit reaches: an extent is held below this by ``limit_steps``.
_ANY_STEPS = 2**61


@dataclass(frozen=True)
class AffineWorth:
    """Worth of one unit: ``fixed[c, e] - per_m[c, e] * distance_m`` for supply class c and demand class e.

    Parameters
    ----------
    supply_class, demand_class
        int[n], int[m]: class of every site, from 0.
    fixed, per_m
        float64[classes, classes]: objective units per unit, and per unit and metre. NaN in ``fixed``: the two may
        not meet. A pair worth nothing or less is not used.
    reach_m
        float64[classes, classes]: metres beyond which the two may not meet; None: the limit of all holds.
    apart
        int[n]: the one demand that a supply may not meet, for it is the same place; -1: there is none.
    """

    supply_class: IntArray
    demand_class: IntArray
    fixed: FloatArray
    per_m: FloatArray
    reach_m: FloatArray | None = None
    apart: IntArray | None = None

    def of(self, supply: IntArray, demand: IndexArray, distance_m: FloatArray) -> FloatArray:
        """Worth of a unit over pairs of sites; NaN where the two may not meet."""
        classes = self.supply_class[supply], self.demand_class[demand]
        worth = self.fixed[classes] - self.per_m[classes] * distance_m
        if self.reach_m is not None:
            worth = np.where(distance_m > self.reach_m[classes], np.nan, worth)
        if self.apart is not None:
            worth = np.where(demand == self.apart[supply], np.nan, worth)
        return np.asarray(worth)


def one_worth(n: int, m: int) -> AffineWorth:
    """Every unit over every pair is worth one."""
    return AffineWorth(np.zeros(n, np.int64), np.zeros(m, np.int64), np.ones((1, 1)), np.zeros((1, 1)))


def check_sizes(
    have: FloatArray, want: FloatArray, here: FloatArray, there: FloatArray, model: AffineWorth
) -> None:
    """Refuse a worth that does not fit the sites: ``worth_wrong``."""
    shape = model.fixed.shape
    sizes_fit = (len(have), len(want)) == (len(here), len(there)) and (len(have), len(want)) == (
        len(model.supply_class),
        len(model.demand_class),
    )
    finite = np.isfinite(model.per_m) & np.isfinite(model.fixed) | np.isnan(model.fixed)
    limits_fit = model.reach_m is None or (model.reach_m.shape == shape and not np.isnan(model.reach_m).any())
    limits_fit &= model.apart is None or len(model.apart) == len(have)
    fits = sizes_fit and limits_fit and model.per_m.shape == shape and bool(finite.all())
    if not fits or not _classes_fit(model):
        raise DataError(
            "worth_wrong",
            "worth of shape {shape} with {classes} classes does not fit {sites} sites; allowed: one class per site, "
            "below the number of rows or columns, and finite numbers (fixed may be NaN: may not meet).",
            shape=shape,
            classes=(len(model.supply_class), len(model.demand_class)),
            sites=(len(have), len(want)),
        )


def _classes_fit(model: AffineWorth) -> bool:
    sides = (model.supply_class, model.fixed.shape[0]), (model.demand_class, model.fixed.shape[1])
    return all(not len(side) or (side.min() >= 0 and side.max() < count) for side, count in sides)


def largest_worth(model: AffineWorth, reach: float) -> float:
    """No pair is worth more: worth is largest at one end of the distances."""
    ends = np.fmax(model.fixed, model.fixed - np.where(np.isnan(model.fixed), 0.0, model.per_m) * reach)
    return float(np.nanmax(ends, initial=0.0))


def make_field(
    capacity: tuple[IntArray, IntArray],
    places: tuple[FloatArray, FloatArray],
    limit: IntArray,
    model: AffineWorth,
    scale: float,
) -> Field:
    """Demands with something wanted, in blocks; a supply without anything gets a limit that nothing is within."""
    from kansenkaart.matches.long_range.pricing import Field, cut_blocks  # noqa: PLC0415 - loads numba

    here, there = places
    at, start, of_block = cut_blocks(there, model.demand_class, np.flatnonzero(capacity[1] > 0))
    placed = there[at]
    low = np.minimum.reduceat(placed, start[:-1]) if len(at) else np.empty((0, 2))
    high = np.maximum.reduceat(placed, start[:-1]) if len(at) else np.empty((0, 2))
    return Field(
        np.ascontiguousarray(here[:, 0]),
        np.ascontiguousarray(here[:, 1]),
        np.asarray(model.supply_class, dtype=np.int64),
        np.where(capacity[0] > 0, limit, -1),
        np.ascontiguousarray(placed[:, 0]),
        np.ascontiguousarray(placed[:, 1]),
        at,
        np.hstack([low, high]),
        start,
        of_block.astype(np.int64),
        np.asarray(model.fixed, dtype=np.float64),
        np.asarray(model.per_m, dtype=np.float64),
        _reach_steps(model),
        np.full(len(here), -1) if model.apart is None else np.asarray(model.apart, dtype=np.int64),
        scale,
    )


def _reach_steps(model: AffineWorth) -> IntArray:
    if model.reach_m is None:
        return np.full(model.fixed.shape, _ANY_STEPS, dtype=np.int64)
    # A distance of whole steps, as a float in metres, is held against the limit: nothing is rounded up to fit.
    steps = np.floor(np.clip(model.reach_m * STEPS_PER_METRE, -1.0, 2.0**52) * (1.0 + 1e-15))
    return np.asarray(steps, dtype=np.int64)


def price_all(field: Field, price: IntArray, tie_price: IntArray, most: int) -> BestPairs:
    """Of every supply the `most` pairs that beat the prices (supplies, then demands) by most."""
    from kansenkaart.matches.long_range.pricing import BestPairs, lowest_prices, price_rows  # noqa: PLC0415 - loads numba

    n = len(field.supply_x)
    floor = lowest_prices(field, price[n:], tie_price[n:])
    lists = (np.empty((n, most), dtype=kind) for kind in (np.int32, *[np.int64] * 4))
    found = BestPairs(np.zeros(n, dtype=np.int64), *lists)
    prices = price[:n].copy(), tie_price[:n].copy()
    run_in_parts(lambda first, last: price_rows(first, last, field, floor, prices, found), n)
    return found


def find_nearest(
    has: tuple[FloatArray, FloatArray],
    places: tuple[FloatArray, FloatArray],
    limit: IntArray,
    model: AffineWorth,
    most: int,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Of every supply the `most` nearest demands it may meet: supply, demand, metres; needs numba.

    Parameters
    ----------
    has
        float64[n], float64[m]; a site without anything takes no part.
    places, limit
        As `allocate_far` has them: metres, and steps per supply.
    model
        Who may meet whom; its worth does not count.
    """
    flat = AffineWorth(
        model.supply_class,
        model.demand_class,
        np.where(np.isnan(model.fixed), np.nan, 1.0),
        np.zeros(model.fixed.shape),
        model.reach_m,
        model.apart,
    )
    there_is = (has[0] > 0).astype(np.int64), (has[1] > 0).astype(np.int64)
    free = np.zeros(len(has[0]) + len(has[1]), dtype=np.int64)
    found = price_all(make_field(there_is, places, limit, flat, 1.0), free, free, most)
    row, rank = np.nonzero(np.arange(most) < found.kept[:, None])
    return row, found.demand[row, rank].astype(np.int64), found.steps[row, rank] / float(STEPS_PER_METRE)
