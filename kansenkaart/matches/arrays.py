"""What the arrays of the matching are called, and how distances and quantities are rounded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

# Distances count in steps of 0.1 mm.
STEPS_PER_METRE = 10_000

# Coordinate differences are first snapped to a micrometre: the last bits of a float64 coordinate depend on
# where the origin lies, the distance must not.
MICRO = 1e6
MICRO_PER_STEP = MICRO / STEPS_PER_METRE
SLACK_M = 1e-3

# Below this a quantity is rounding.
DUST = 1e-9


def round_metres(metres: FloatArray) -> FloatArray:
    """Metres in whole steps of 0.1 mm."""
    return np.asarray(np.rint(metres * STEPS_PER_METRE) / STEPS_PER_METRE)


def members(keys: IntArray, wanted: IntArray) -> tuple[IntArray, IntArray]:
    """Every (position in `wanted`, position in `keys`) where the two are equal, ordered by both."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    start = np.searchsorted(ranked, wanted, side="left")
    count = np.searchsorted(ranked, wanted, side="right") - start
    which = np.repeat(np.arange(len(wanted)), count)
    within = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    return which, order[start[which] + within]


def extent(*corners: FloatArray) -> tuple[float, float]:
    """Width and height of what holds all points, metres; column by column, as numpy is 15 times slower by row."""
    sides = [side for side in corners if len(side)]
    width, height = (
        max(side[:, axis].max() for side in sides) - min(side[:, axis].min() for side in sides)
        for axis in (0, 1)
    )
    return float(width), float(height)
