"""Which cells are hidden beside the secret ones, so that no sum or difference of the others tells them.

A secret cell is safe when another table, as possible to a reader, shows the same in every cell that is not hidden and
differs in this one by its level, up as well as down. Such tables are `values + move` and `values - move`: the move is
its own proof. Readers are anybody, who knows each hidden value to between 0 and twice itself, and every contributor who
makes a cell alone, and so knows it. Missing moves are bought by hiding more: per move the cheapest set, by a mixed
integer program (HiGHS). After Fischetti & Salazar (2001), Solving the cell suppression problem; here move by move, so
that all is safe and each step is cheapest, but the whole need not be.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

from kansenkaart.arrays import ROUNDING, BoolArray, FloatArray, IntArray
from kansenkaart.editions.rules import CellTable, Levels, Rules

# Of how far a cell moves, what sums may miss by: what the solver calls equal.
_EXACT = 1e-6
# Amounts that many times apart a solver still tells from each other.
_FARTHEST = 1e3


def hide_cells(table: CellTable, rules: Rules) -> BoolArray:
    """Return which cells are not published.

    Parameters
    ----------
    table
        Of one stream and role.

    Raises
    ------
    AssertionError
        When a secret cell could not be protected: a fault of the program, and nothing may be written.
    """
    levels = Levels(table, rules)
    search = _Search(table)
    hidden = search.add_parts(levels.anybody > 0)
    nothing: IntArray = np.array([], dtype=np.int64)
    readers = [(nothing, levels.anybody)]
    readers += [(known, levels.of_reader(who)) for who, known in levels.find_lone().items()]
    for known, own in readers:
        for cell in np.setdiff1d(np.flatnonzero((own > 0) & hidden), known).tolist():
            hidden = search.protect(cell, float(own[cell]), known, hidden)
    return hidden


class _Search:
    """The moves that were found, each as large as hidden values allow."""

    def __init__(self, table: CellTable) -> None:
        self._table = table
        self._moves = np.zeros((0, len(table.values)))

    def add_parts(self, hidden: BoolArray) -> BoolArray:
        """Hide what a hidden total is made of, too: that a part is nothing, or all, tells of who is in it."""
        owner = self._table.parts_of
        return hidden | ((owner >= 0) & hidden[owner])

    def protect(self, cell: int, level: float, known: IntArray, hidden: BoolArray) -> BoolArray:
        """Return what is hidden once a reader who knows the cells `known` cannot tell `cell` to within `level`."""
        if self._is_safe(cell, level, known) or self._find_move(cell, level, known, hidden):
            return hidden
        wider = self.add_parts(hidden | self._hide_more(cell, level, known, hidden))
        if self._find_move(cell, level, known, wider):
            return wider
        return self.add_parts(hidden | self._move_one(cell, level, known))

    def _is_safe(self, cell: int, level: float, known: IntArray) -> bool:
        """Whether a move that was found before will do: as far at least, and of nothing that is known."""
        far = np.abs(self._moves[:, cell]) >= level
        return bool((far & ~self._moves[:, known].any(axis=1)).any())

    def _find_move(self, cell: int, level: float, known: IntArray, hidden: BoolArray) -> bool:
        """Look for a move among hidden cells, of as few as can be; one that is found is kept."""
        free = hidden & (self._find_bounds(level) > 0)
        free[known] = False
        if not free[cell]:
            return False
        used = np.flatnonzero(free)
        # in shares of each cell's own value: a small cell is as exact as a large one
        most = self._find_bounds(level)[used]
        sizes = most / level
        own = self._table.relations[:, used] @ diags_array(sizes)
        high = np.ones(2 * len(used))
        low = np.zeros(2 * len(used))
        place = int(np.searchsorted(used, cell))
        low[place] = high[place] = level / most[place]
        high[len(used) + place] = 0.0
        found = linprog(
            np.ones(2 * len(used)),
            A_eq=hstack([own, -own]),
            b_eq=np.zeros(own.shape[0]),
            bounds=np.column_stack([low, high]),
            method="highs",
        )
        if found.status != 0:
            return False
        part = found.x[: len(used)] - found.x[len(used) :]
        part[np.abs(part) < ROUNDING] = 0.0
        move = np.zeros(len(hidden))
        move[used] = part * most / np.abs(part).max()
        if np.abs(self._table.relations @ move).max() > _EXACT * abs(move[cell]) or abs(move[cell]) < level:
            return False
        self._moves = np.vstack([self._moves, move])
        return True

    def _hide_more(self, cell: int, level: float, known: IntArray, hidden: BoolArray) -> BoolArray:
        """The cheapest cells to hide besides, so that this move exists: few, and small ones first."""
        values, count = self._table.values, len(self._table.values)
        bounds = self._find_bounds(level)
        sizes = bounds / level
        low, high = -np.ones(count), np.ones(count)
        low[known] = high[known] = 0.0
        low[cell] = high[cell] = level / bounds[cell]
        cost = np.where(hidden, 0.0, 1.0 + values / values.max())
        unit, relations = eye_array(count, format="csr"), self._table.relations @ diags_array(sizes)
        spare = csr_array((relations.shape[0], count))
        opened = vstack([hstack([unit, -unit]), hstack([-unit, -unit])])
        found = milp(
            np.concatenate([np.zeros(count), cost]),
            constraints=[
                LinearConstraint(hstack([relations, spare]), 0.0, 0.0),
                LinearConstraint(opened, -np.inf, 0.0),
            ],
            bounds=Bounds(
                np.concatenate([low, np.where(hidden, 1.0, 0.0)]), np.concatenate([high, np.ones(count)])
            ),
            integrality=np.concatenate([np.zeros(count), np.ones(count)]),
        )
        return hidden if found.x is None else np.asarray(found.x[count:] > 0.5, dtype=bool)

    def _find_bounds(self, level: float) -> FloatArray:
        """How far each cell may move: at most its value, and no farther than the solver keeps apart from `level`."""
        most = np.minimum(self._table.values, _FARTHEST * level)
        return np.where(most > level / _FARTHEST**2, most, 0.0)

    def _move_one(self, cell: int, level: float, known: IntArray) -> BoolArray:
        """The cells of the largest contributor of `cell` whom the reader does not know: had he less, all would fit.

        It hides more than is needed, and is exact whatever the solver can make of amounts that are far apart.
        """
        shares = self._table.shares
        knows = set(shares.loc[shares["cell"].isin(known), "who"])
        own = shares[(shares["cell"] == cell) & ~shares["who"].isin(list(knows))]
        largest = own.groupby("who")["amount"].sum()
        if largest.empty or largest.max() < level:
            raise AssertionError(f"cell {cell} cannot be protected: a fault in the program")
        his = shares[shares["who"] == largest.idxmax()].groupby("cell")["amount"].sum()
        move = np.zeros(len(self._table.values))
        move[his.index.to_numpy()] = his.to_numpy()
        self._moves = np.vstack([self._moves, move])
        return np.asarray(move > 0, dtype=bool)
