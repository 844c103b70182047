"""The regions of the benchmark: points clustered at Dutch density, the same for every part that is timed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

# Supplies, demands, side of the square in metres.
SIZES = {
    "demo": (50, 200, 20e3),
    "province": (2_000, 10_000, 75e3),
    "country": (20_000, 100_000, 260e3),
    "europe": (200_000, 1_000_000, 820e3),
}
REACH_M = 5_000.0
LONG_REACH_M = 100_000.0

# Whole numbers per unit of worth and of quantity, so that every solver optimises the same integers.
_WORTH, _QUANTITY = 1e6, 100.0


class Region(NamedTuple):
    """Coordinates in metres and whole capacities of both sides."""

    supply_xy: FloatArray
    demand_xy: FloatArray
    supply: FloatArray
    demand: FloatArray


def clustered_region(
    n: int, m: int, side_m: float, seed: int = 1
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Draw points around towns, log-normal capacities and supply that is 80 % of demand."""
    random = np.random.default_rng(seed)
    towns = random.uniform(0, side_m, (max(4, m // 250), 2))
    weight = random.lognormal(0, 0.6, len(towns))

    def draw(count: int) -> FloatArray:
        town = random.choice(len(towns), count, p=weight / weight.sum())
        return towns[town] + random.normal(0, 2_000, (count, 2))

    supply, demand = random.lognormal(3, 1, n), random.lognormal(2, 1, m)
    supply *= 0.8 * demand.sum() / supply.sum()
    return draw(n), draw(m), supply, demand


def region(size: str) -> Region:
    """Return the region of a size, with whole capacities of 1 or more."""
    here, there, supply, demand = clustered_region(*SIZES[size])
    return Region(here, there, *(np.maximum(np.rint(side * _QUANTITY), 1.0) for side in (supply, demand)))


def worth_of(distance_m: FloatArray, reach_m: float = REACH_M) -> FloatArray:
    """Whole worth of a unit: 1 - 0.9 d/D in millionths."""
    return np.asarray(np.rint((1.0 - 0.9 * distance_m / reach_m) * _WORTH))
