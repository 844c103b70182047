"""What a reader can reckon of a hidden cell from all that is published: exact bounds, by linear programming."""

from __future__ import annotations

from typing import Any

import numpy as np

from kansenkaart.arrays import ROUNDING, BoolArray, FloatArray, IntArray
from kansenkaart.editions.rules import CellTable, Levels, Rules


class Reader:
    """Who knows all relations of a table, and between what each cell lies; one model, asked of many cells.

    Parameters
    ----------
    shown
        float64[n, 2]; between what each cell lies for this reader: its own value twice where it knows it, 0 and
        infinity where it knows nothing.
    """

    def __init__(self, table: CellTable, shown: FloatArray) -> None:
        import highspy  # noqa: PLC0415 - not before something is solved

        self._status, self._sense = highspy.HighsModelStatus, highspy.ObjSense
        # The class beneath Highs, which announces itself on standard output before it can be told not to.
        self._highs: Any = highspy._Highs()  # type: ignore[attr-defined]
        self._highs.setOptionValue("output_flag", False)
        self._highs.setOptionValue("threads", 1)
        self._highs.setOptionValue("presolve", "off")  # each question goes on from the answer to the last
        matrix = table.relations.tocsr()
        count, rows = len(table.values), matrix.shape[0]
        nothing = np.zeros(rows)
        # What the solver calls equal is absolute: amounts of billions add up to within more than that.
        self._unit = max(float(table.values.max(initial=0.0)), 1.0)
        low, high = (shown / self._unit).T
        self._highs.passModel(
            *(count, rows, matrix.nnz, highspy.MatrixFormat.kRowwise.value, self._sense.kMinimize.value, 0.0),
            *(np.zeros(count), low.copy(), high.copy(), nothing, nothing),
            *(matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data.astype(float)),
            np.zeros(count, dtype=np.int32),
        )

    def find_range(self, cell: int) -> tuple[float, float]:
        """Return the least and most that `cell` can be.

        Raises
        ------
        AssertionError
            When no table fits what is published.
        """
        self._highs.changeColCost(cell, 1.0)
        ends = self._find_end(cell, self._sense.kMinimize), self._find_end(cell, self._sense.kMaximize)
        self._highs.changeColCost(cell, 0.0)
        return ends

    def _find_end(self, cell: int, sense: object) -> float:
        self._highs.changeObjectiveSense(sense)
        self._highs.run()
        if not self._is_answered():
            self._run_anew()
        status = self._highs.getModelStatus()
        if status == self._status.kUnbounded:
            return -np.inf if sense == self._sense.kMinimize else np.inf
        if status != self._status.kOptimal:
            told = self._highs.modelStatusToString(status)
            raise AssertionError(f"cell {cell}: no table fits what is published ({told})")
        return self._unit * float(self._highs.getInfo().objective_function_value)

    def _is_answered(self) -> bool:
        return self._highs.getModelStatus() in (self._status.kOptimal, self._status.kUnbounded)

    def _run_anew(self) -> None:
        """From nothing, presolved: amounts far apart may leave what is exact just beyond tolerance."""
        self._highs.clearSolver()
        self._highs.setOptionValue("presolve", "choose")
        self._highs.run()
        self._highs.setOptionValue("presolve", "off")


def find_told(table: CellTable, hidden: BoolArray, rules: Rules) -> IntArray:
    """Return the secret cells that a reader who knows every other value exactly can tell closer than allowed."""
    levels = Levels(table, rules).anybody
    secret = np.flatnonzero(levels > 0).tolist()
    if not secret:
        return np.array([], dtype=np.int64)
    most = max(float(table.values.max(initial=0.0)), 1.0)
    shown = np.column_stack([np.where(hidden, 0.0, table.values), np.where(hidden, np.inf, table.values)])
    reader = Reader(table, shown)
    told = []
    for cell in secret:
        low, high = reader.find_range(cell)
        slack = 1e3 * ROUNDING * most
        value, level = table.values[cell], levels[cell]
        if low > value - level + slack or high < value + level - slack:
            told.append(cell)
    return np.array(told, dtype=np.int64)
