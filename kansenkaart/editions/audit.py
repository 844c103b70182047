"""What a reader can reckon of a hidden cell from all that is published: exact bounds, by linear programming."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

from kansenkaart.editions.rules import ROUNDING, BoolArray, CellTable, FloatArray, Levels, Rules


def find_range(table: CellTable, shown: FloatArray, cell: int) -> tuple[float, float]:
    """Return the least and most that `cell` can be.

    Parameters
    ----------
    shown
        float64[n, 2]; between what each cell lies for this reader: its own value twice where it knows it, 0 and
        infinity where it knows nothing.
    """
    wanted = np.zeros(len(table.values))
    wanted[cell] = 1.0
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * wanted,
            A_eq=table.relations,
            b_eq=np.zeros(table.relations.shape[0]),
            bounds=shown,
            method="highs",
        )
        if found.status not in (0, 3):
            raise AssertionError(f"cell {cell}: no table fits what is published ({found.message})")
        ends.append(sign * float(found.fun) if found.status == 0 else -sign * np.inf)
    return ends[0], ends[1]


def find_told(table: CellTable, hidden: BoolArray, rules: Rules) -> npt.NDArray[np.int64]:
    """Return the secret cells that a reader who knows every other value exactly can tell closer than allowed."""
    levels = Levels(table, rules).anybody
    most = max(float(table.values.max(initial=0.0)), 1.0)
    shown = np.column_stack([np.where(hidden, 0.0, table.values), np.where(hidden, np.inf, table.values)])
    told = []
    for cell in np.flatnonzero(levels > 0).tolist():
        low, high = find_range(table, shown, cell)
        slack = 1e3 * ROUNDING * most
        value, level = table.values[cell], levels[cell]
        if low > value - level + slack or high < value + level - slack:
            told.append(cell)
    return np.array(told, dtype=np.int64)
