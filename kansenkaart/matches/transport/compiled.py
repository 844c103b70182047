"""Machine code where numba is there, the same Python function where it is not; and the cores it runs on."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar, cast

# More parts than cores, so that a core that finishes early takes over; fewer than this many items stay whole.
_PARTS_PER_CORE = 4
_LEAST_ITEMS = 256

Function = TypeVar("Function", bound=Callable[..., object])


@cache
def has_numba() -> bool:
    """Tell whether numba can be imported; asked late, because importing it takes a second."""
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def compiled(function: Function) -> Function:
    """Return `function` compiled on first use and kept on disk, or unchanged without numba.

    numba keeps the machine code beside the module, or in the user's cache folder when the package folder is
    read-only. Where neither can be written it compiles again in every process.
    """
    if not has_numba():
        return function
    from numba import njit

    try:
        return cast(Function, njit(cache=True, nogil=True)(function))
    except RuntimeError:  # numba found no folder to keep the machine code in
        return cast(Function, njit(nogil=True)(function))


def run_in_parts(work: Callable[[int, int], object], count: int) -> None:
    """Call ``work(first, last)`` for parts of ``range(count)`` on all cores.

    Machine code lets go of Python's lock, so threads do: nothing is copied, and other than numba's own threads
    they survive a fork. The parts must write to different places.
    """
    cores = os.cpu_count() or 1
    size = max(_LEAST_ITEMS, -(-count // (cores * _PARTS_PER_CORE)))
    parts = [(first, min(first + size, count)) for first in range(0, count, size)]
    if cores == 1 or len(parts) < 2:
        for first, last in parts:
            work(first, last)
        return
    with ThreadPoolExecutor(cores) as pool:
        for done in [pool.submit(work, *part) for part in parts]:
            done.result()
