"""What arrays are called, how they are rounded, and machine code where numba is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar, cast
from zlib import crc32

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]
CountArray = npt.NDArray[np.uint32]
ObjectArray = npt.NDArray[np.object_]

# Distances count in steps of 0.1 mm.
STEPS_PER_METRE = 10_000

# Coordinate differences are first snapped to a micrometre: the last bits of a float64 coordinate depend on
# where the origin lies, the distance must not.
MICRO = 1e6
MICRO_PER_STEP = MICRO / STEPS_PER_METRE
SLACK_M = 1e-3

# Below DUST a quantity is nothing. A smaller share of a number than ROUNDING is what sums of floats lose, than
# REST what subtracting leaves, than SOLVED what a solver's tolerances leave.
DUST = 1e-9
ROUNDING = 1e-9
REST = 1e-12
SOLVED = 1e-6
EPSILON = float(np.finfo(np.float64).eps)

# Low and high are read as P10 and P90: this many standard deviations from the middle of a normal curve.
Z90 = 1.2815515655446004


def draw_normal(key: str, seed: int, count: int) -> FloatArray:
    """Standard normal draws that belong to `key`: whatever else is drawn, and where, they stay what they are."""
    return np.random.default_rng([seed, crc32(key.encode())]).standard_normal(count)


def find_ends(drawn: FloatArray) -> FloatArray:
    """Return the 10th and 90th percentile of every row of `drawn`, float64[rows, draws] -> float64[rows, 2].

    As `numpy.percentile` reckons them, from rows that are sorted: that takes a third of the time of its partition.
    """
    ranked, steps = np.sort(drawn, axis=1), drawn.shape[1] - 1
    at = np.array([0.1, 0.9]) * steps
    below = at.astype(np.int64)
    low, high, part = ranked[:, below], ranked[:, below + 1], at - below
    return np.asarray(np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part)))


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


# More parts than cores, so that a core that finishes early takes over. Fewer sites to search around than this stay
# whole, and fewer numbers to go through: starting a thread takes as long.
_PARTS_PER_CORE = 4
_LEAST_SITES = 256
LEAST_NUMBERS = 50_000

Function = TypeVar("Function", bound=Callable[..., object])


@cache
def compiled(function: Function) -> Function:
    """Return `function` compiled on first use and kept on disk; as it is where numba cannot be imported.

    Then it gives the same numbers, a hundred times slower.

    numba keeps the machine code beside the module, or in the user's cache folder when the package folder is
    read-only. Where neither can be written it compiles again in every process; where what is kept is damaged, or of an
    older version of the program, it compiles anew.
    """
    try:
        from numba import njit  # noqa: PLC0415 - takes a second: not before something is solved
    except ImportError:
        return function
    try:
        dispatcher: Any = njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba found no folder to keep the machine code in
        return cast(Function, njit(nogil=True)(function))
    if dispatcher is function:  # NUMBA_DISABLE_JIT: it runs as plain Python
        return function
    load = dispatcher._cache.load_overload

    def load_or_forget(*asked: object) -> object:
        try:
            return load(*asked)
        except Exception:  # a cut file, or one that names modules that are gone: unpickling raises anything
            dispatcher._cache.flush()
            return None

    dispatcher._cache.load_overload = load_or_forget
    return cast(Function, dispatcher)


@cache
def compiled_within(function: Function) -> Function:
    """Return `function` for other machine code to call, never Python; as it is where numba cannot be imported.

    What calls it holds it: it needs no way in of its own and nothing kept on disk, a fifth of the time to compile.
    """
    try:
        from numba import njit  # noqa: PLC0415 - as above
    except ImportError:
        return function
    inner: Any = njit  # its types leave these out
    return cast(Function, inner(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


def run_in_parts(work: Callable[[int, int], object], count: int, least: int = _LEAST_SITES) -> None:
    """Call ``work(first, last)`` for parts of ``range(count)``, of `least` or more, on all cores.

    Machine code lets go of Python's lock, so threads do: nothing is copied, and other than numba's own threads
    they survive a fork. The parts must write to different places.
    """
    if 0 < count <= least:  # as of most draws: to ask how many cores there are takes longer than a small part
        work(0, count)
        return
    cores = os.cpu_count() or 1
    size = max(least, -(-count // (cores * _PARTS_PER_CORE)))
    parts = [(first, min(first + size, count)) for first in range(0, count, size)]
    if cores == 1 or len(parts) < 2:
        for first, last in parts:
            work(first, last)
        return
    with ThreadPoolExecutor(cores) as pool:
        for done in [pool.submit(work, *part) for part in parts]:
            done.result()
