"""How often a property is tried, and how many cases are drawn: few by day, all by ``make test-long``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import hypothesis
import pytest

_EVERY = hypothesis.settings.default.max_examples
# By day every run tries the same.
_BY_NIGHT = not hypothesis.settings.default.derandomize

Case = TypeVar("Case")

# A third: every example writes and reads files, or solves a model. A sixth: it is a few whole regions.
SOME = hypothesis.settings(max_examples=_EVERY // 3)
FEW = hypothesis.settings(max_examples=_EVERY // 6)


def drawn(name: str, count: int, *, first: int, step: int = 1) -> Callable[[Any], Any]:
    """Give a test the numbers of its drawn cases as `name`: 0, `step`, .. below `count`; by day the `first` of them."""
    numbers = range(0, count, step)
    each = pytest.mark.parametrize(name, numbers if _BY_NIGHT else numbers[:first])
    return lambda test: pytest.mark.drawn(each(test))


def share(cases: Iterable[Case], turn: int, *, of: int) -> list[Case]:
    """Return every `of`-th case, from the `turn`-th on; by night all. Of `of` turns in a row each case is in one.

    For what must hold of every pair of two lists that are long: by day every case of either is tried. A test that
    asks this is marked ``drawn``.
    """
    every = list(cases)
    return every if _BY_NIGHT else every[turn % of :: of]
