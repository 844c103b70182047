"""How much of a year's supply and demand falls in the same months."""

from __future__ import annotations

import numpy as np

from kansenkaart.matches.arrays import FloatArray


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
