"""Which totals would tell of one place: too few contribute, or one of them nearly makes the total.

Source: Hundepool et al., Statistical Disclosure Control (2012), ch. 4: minimum frequency and the p% rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from kansenkaart.arrays import ROUNDING, FloatArray, IntArray


@dataclass(frozen=True)
class Rules:
    """When a total is secret.

    Attributes
    ----------
    minimum_places
        Fewer than this many confidential contributors.
    dominance_percent
        The second largest contributor, who takes his own from the total, could tell the largest within this percentage.
    """

    minimum_places: int = 3
    dominance_percent: float = 10.0


@dataclass(frozen=True)
class CellTable:
    """Totals that hang together, of what is confidential only: what is public anybody takes from a total.

    Attributes
    ----------
    values
        float64[n]; confidential part of every cell.
    relations
        float64[k, n], sparse; rows times values is 0: the parts of a total (1) and the total itself (-1).
    shares
        Columns ``cell`` (position), ``who`` (contributor) and ``amount`` (above 0).
    parts_of
        int64[n]; the cell that a cell is hidden with, -1 for none.
    """

    values: FloatArray
    relations: csr_array
    shares: pd.DataFrame
    parts_of: IntArray


class Levels:
    """How far every cell must stay uncertain, for anybody and for those who contribute."""

    def __init__(self, table: CellTable, rules: Rules) -> None:
        self._count, self._rules = len(table.values), rules
        summed = table.shares.groupby(["cell", "who"])["amount"].sum().reset_index()
        ordered = summed.sort_values(["cell", "amount"], ascending=[True, False])
        self._cells = {
            int(str(cell)): (part["who"].tolist(), part["amount"].to_numpy())
            for cell, part in ordered.groupby("cell")
        }
        self.anybody = np.zeros(self._count)
        for cell, (_, amounts) in self._cells.items():
            # the second largest is the reader who comes closest
            self.anybody[cell] = self._find(np.delete(amounts, slice(1, 2)), amounts)

    def of_reader(self, who: str) -> FloatArray:
        """Return float64[n], in the unit of the cells; `who` takes his own part from a total."""
        levels = self.anybody.copy()
        for cell, (names, amounts) in self._cells.items():
            if who in names:
                levels[cell] = self._find(np.delete(amounts, names.index(who)), amounts)
        return levels

    def find_lone(self) -> dict[str, IntArray]:
        """Return per contributor the cells that it makes alone: it knows them, hidden or not."""
        alone: dict[str, list[int]] = {}
        for cell, (names, _) in self._cells.items():
            if len(names) == 1:
                alone.setdefault(names[0], []).append(cell)
        return {who: np.array(cells, dtype=np.int64) for who, cells in sorted(alone.items())}

    def _find(self, others: FloatArray, amounts: FloatArray) -> float:
        """The level of a cell of which a reader cannot take more than `others`, largest first; 0 where it is safe."""
        if not len(others):
            return 0.0
        largest = self._rules.dominance_percent / 100.0 * float(others[0])
        lacking = largest - float(others[1:].sum())
        if len(amounts) < self._rules.minimum_places:
            return largest
        return lacking if lacking > ROUNDING * float(amounts.sum()) else 0.0
