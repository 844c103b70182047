"""The location quotient, drawn towards 1 where numbers are small, and its interval: one Gamma-Poisson model for both.

The count of a sector in an area is Poisson with mean theta x expected, and theta is Gamma with mean 1 that weighs as
much as `pseudo` jobs or establishments with the country's shares. Then theta given the count is Gamma(count + pseudo x
share, expected + pseudo x share): its mean is the shrunk quotient, ((E_sr + k p_s) / (E_r + k)) / p_s with k = pseudo.
Jobs come by the firm: with `size` jobs to a firm the firms are Poisson, and shape and rate are divided by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from kansenkaart.arrays import FloatArray

# Ends of the interval.
_LOW, _HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Quotients:
    """Area by sector; missing where the count is, or the country has none."""

    plain: FloatArray
    shrunk: FloatArray
    low: FloatArray
    high: FloatArray


def find_quotients(
    counts: FloatArray,
    area_totals: FloatArray,
    national: FloatArray,
    *,
    total: float,
    pseudo: float,
    size: FloatArray | float = 1.0,
) -> Quotients:
    """Return the location quotients of `counts`.

    Parameters
    ----------
    counts
        Area by sector; missing is NaN.
    area_totals
        Of all sectors, per area.
    national
        Of all areas, per sector.
    total
        Of all areas and all sectors, those of which no sector is known too.
    pseudo
        How many jobs or establishments the country's shares weigh.
    size
        Of what is counted, how many come together, per sector: the jobs of a firm.

    Examples
    --------
    >>> counts = np.array([[30.0, 70.0], [10.0, 90.0]])
    >>> found = find_quotients(counts, counts.sum(axis=1), counts.sum(axis=0), total=200.0, pseudo=0.0)
    >>> found.plain.tolist()
    [[1.5, 0.875], [0.5, 1.125]]
    """
    share = national / total if total > 0 else np.zeros_like(national)
    share = np.where(share > 0, share, np.nan)
    expected = area_totals[:, None] * share
    expected = np.where(expected > 0, expected, np.nan)
    shape, rate = counts + pseudo * share, expected + pseudo * share
    return Quotients(
        counts / expected,
        shape / rate,
        gammaincinv(shape / size, _LOW) * size / rate,
        gammaincinv(shape / size, _HIGH) * size / rate,
    )
