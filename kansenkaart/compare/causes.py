"""Which input makes a change: found by running the first project again with inputs of the second, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kansenkaart.compare.changes import makes

# Chances of the first project with these inputs swapped; None: they do not go together.
Run = Callable[[frozenset[str]], pd.DataFrame | None]


@dataclass(frozen=True)
class Cause:
    """What makes a change: ``sort`` as in ``EXPLAINED``, the inputs, and those without which it does not happen."""

    sort: str
    inputs: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()


@dataclass
class Runs:
    """Runs that were made and may still be made; the same swap is run once.

    Parameters
    ----------
    run
        See ``Run``.
    most
        How many runs may be made at most.
    """

    run: Run
    most: int
    made: dict[frozenset[str], pd.DataFrame | None] = field(default_factory=dict)
    is_short: bool = False

    def chances(self, names: frozenset[str]) -> pd.DataFrame | None:
        """Chances with `names` swapped; None where they do not go together, or no runs are left."""
        if names not in self.made:
            if len(self.made) >= self.most:
                self.is_short = True
                return None
            self.made[names] = self.run(names)
        return self.made[names]

    def makes(self, changes: pd.DataFrame, names: frozenset[str]) -> np.ndarray | None:
        """Per change whether swapping `names` makes it; None where that is not known."""
        chances = self.chances(names)
        return None if chances is None else makes(changes, chances)


def find_causes(changes: pd.DataFrame, inputs: Sequence[str], runs: Runs) -> list[Cause]:
    """Return the cause of every row of `changes`.

    Parameters
    ----------
    changes
        As ``find_changes`` gives them.
    inputs
        Names of the inputs that differ, in order.
    runs
        Of which both projects may have been made.

    Notes
    -----
    First each input is swapped alone: one that makes the change is its cause, several are so each by itself. For the
    rest each input is put back alone: those without which the change does not happen are swapped together, and when
    that makes it they are its joint cause. A change of which this is not so, stays unexplained.
    """
    causes: list[Cause | None] = [None] * len(changes)
    alone = _swap_each(changes, inputs, runs)
    for row, names in enumerate(alone):
        if names:
            causes[row] = Cause("alone" if len(names) == 1 else "either", names)
    rest = [row for row, cause in enumerate(causes) if cause is None]
    if rest:
        for row, cause in zip(rest, _find_joint(changes.iloc[rest], inputs, runs), strict=True):
            causes[row] = cause
    return [cause for cause in causes if cause is not None]


def _swap_each(changes: pd.DataFrame, inputs: Sequence[str], runs: Runs) -> list[tuple[str, ...]]:
    found: list[list[str]] = [[] for _ in range(len(changes))]
    for name in inputs if len(changes) else ():
        made = runs.makes(changes, frozenset([name]))
        for row in np.flatnonzero(made) if made is not None else ():
            found[row].append(name)
    return [tuple(names) for names in found]


def _find_joint(changes: pd.DataFrame, inputs: Sequence[str], runs: Runs) -> list[Cause]:
    """Causes of changes that no input makes alone."""
    whole = frozenset(inputs)
    needed: list[list[str]] = [[] for _ in range(len(changes))]
    for name in inputs:
        made = runs.makes(changes, whole - {name})
        if made is None and runs.is_short:
            return [Cause("unsought")] * len(changes)
        # what cannot be run without this input cannot happen without it
        for row in np.flatnonzero(~made) if made is not None else range(len(changes)):
            needed[row].append(name)
    causes = [Cause("unexplained", (), tuple(names)) for names in needed]
    for names in dict.fromkeys(tuple(one) for one in needed if len(one) > 1):
        rows = [row for row, one in enumerate(needed) if tuple(one) == names]
        made = runs.makes(changes.iloc[rows], frozenset(names))
        for place, row in enumerate(rows):
            if made is not None and made[place]:
                causes[row] = Cause("joint", names)
            elif made is None and runs.is_short:
                causes[row] = Cause("unsought")
    return causes
