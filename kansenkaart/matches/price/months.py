"""What the months do: hours in which a pipe moves its year, and how much of two years falls together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Stream
from kansenkaart.matches.arrays import BoolArray, FloatArray, IntArray

# Hours per month of a common year.
MONTH_HOURS = 24.0 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def load_hours(months: Iterable[FloatArray]) -> FloatArray:
    """Year's quantity over the power that carries the busiest month, h per year.

    Parameters
    ----------
    months
        Twelve arrays, January first, with what every pair moves in that month; 0 or more, any unit.

    Returns
    -------
    FloatArray
        All 8,760 hours where nothing is moved: then no month asks for power.
    """
    year, peak = np.zeros(()), np.zeros(())
    # Month after month: all months of millions of pairs at once would fill the memory.
    for quantity, hours in zip(months, MONTH_HOURS, strict=True):
        year, peak = year + quantity, np.maximum(peak, quantity / hours)
    everything = np.full(year.shape, MONTH_HOURS.sum())
    return np.asarray(np.divide(year, peak, out=everything, where=peak > 0))


def expect_load_hours(
    supply: FloatArray, demand: FloatArray, s: IntArray, d: IntArray, *, storage_efficiency: float = 0.0
) -> FloatArray:
    """Hours before anything is allocated: both sides have eyes for each other only.

    Parameters
    ----------
    supply, demand
        float64[n, 12], float64[m, 12]: free per month.
    s, d
        Positions of both ends of every pair.
    storage_efficiency
        Above 0 what the taker still lacks comes out of a store, in proportion to what it lacks per month.
    """

    def direct(month: int) -> FloatArray:
        return np.asarray(np.minimum(supply[s, month], demand[d, month]))

    months = range(len(MONTH_HOURS))
    if storage_efficiency <= 0:
        return load_hours(direct(month) for month in months)
    moved = sum((direct(month) for month in months), start=np.zeros(len(s)))
    lacking = demand.sum(axis=1)[d] - moved
    stored = storage_efficiency * (supply.sum(axis=1)[s] - moved)
    share = np.divide(np.minimum(stored, lacking), lacking, out=np.zeros(len(s)), where=lacking > 0)
    return load_hours((1.0 - share) * direct(month) + share * demand[d, month] for month in months)


def with_load_hours(stream: Stream, pairs: pd.DataFrame, months: FloatArray, used: BoolArray) -> pd.DataFrame:
    """Heat pairs with, where `used`, the hours of the months they got, float64[pairs, 12]; the others as expected.

    Pairs of goods, and what was matched by the year, are returned as they are.
    """
    if not stream.is_heat or months.shape[1] == 1:
        return pairs
    return pairs.assign(load_hours=np.where(used, load_hours(months.T), pairs["load_hours"]))


def overlap(supply: FloatArray, demand: FloatArray) -> FloatArray:
    """Share of the smaller yearly total that both sides have in the same month.

    Parameters
    ----------
    supply, demand
        Shape (k, 12): quantity per month of both ends of k pairs, 0 or more, in one unit.

    Returns
    -------
    array
        Shape (k,), 0 to 1: 1 where the smaller side fits in the months of the other, 0 where no month is shared and
        where a side has nothing.

    Notes
    -----
    ``sum(min(supply, demand)) / min(sum(supply), sum(demand))``, the monthly form of the usable share in the
    project's domain reference, section 5.

    Examples
    --------
    >>> overlap(np.array([[6.0, 6.0]]), np.array([[9.0, 3.0]])).tolist()
    [0.75]
    """
    shared = np.minimum(supply, demand).sum(axis=1)
    smaller = np.minimum(supply.sum(axis=1), demand.sum(axis=1))
    # Summing in another order may leave a last bit above 1.
    share = np.divide(shared, smaller, out=np.zeros_like(smaller), where=smaller > 0)
    return np.asarray(np.minimum(share, 1.0), dtype=np.float64)
