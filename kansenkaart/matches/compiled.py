"""Machine code where numba is there, the same Python function where it is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar, cast

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
        return cast(Function, njit(cache=True)(function))
    except RuntimeError:  # numba found no folder to keep the machine code in
        return cast(Function, njit(function))
