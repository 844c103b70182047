"""Sparse elimination: which variables follow from which equations, and which equations say nothing new.

The balances of a network never fill: a flow stands in the balances of its two ends, so eliminating it merges two
processes into one. Numbers that cancel are dropped by what they came from, so that 0.3 + 0.7 - 1 is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import chain, pairwise

import numpy as np
import scipy.sparse as sp

from kansenkaart.arrays import FloatArray, IntArray

# What is left of two numbers that cancel, as a part of them.
_NOTHING = 1e-11
# A pivot is at least this part of the largest in its column; a shorter row goes first.
_LEAST_PIVOT = 0.1


@dataclass(frozen=True)
class Eliminated:
    """Equations after elimination of some columns.

    Attributes
    ----------
    matrix, right
        A pivot row as it was when its column was eliminated; any other row without the columns that were.
    rows, columns
        The pivots, in order: equation and the variable that follows from it.
    """

    matrix: sp.csr_array
    right: FloatArray
    rows: IntArray
    columns: IntArray

    @property
    def others(self) -> IntArray:
        """Equations from which nothing was made to follow."""
        return np.setdiff1d(np.arange(len(self.right)), self.rows)


def eliminate(matrix: sp.csr_array, right: FloatArray, columns: IntArray) -> Eliminated:
    """Eliminate as many of `columns` as can be.

    Examples
    --------
    >>> balance = sp.csr_array(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]))
    >>> done = eliminate(balance, np.zeros(2), np.array([1]))
    >>> done.columns.tolist(), done.matrix.toarray()[done.others].tolist()
    ([1], [[1.0, 0.0, -1.0]])
    """
    matrix = sp.csr_array(matrix)
    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    order = columns[np.argsort(counts[columns], kind="stable")]
    rows, done = _read_rows(matrix), right.tolist()
    pivots = _eliminate(rows, done, order.tolist())
    return Eliminated(_to_matrix(rows, matrix.shape[1]), np.array(done, dtype=np.float64), *_split(pivots))


def expand(reduced: Eliminated, places: IntArray) -> sp.csr_array:
    """Return of pivots `places` what they are per unit of the columns that were not eliminated.

    Examples
    --------
    >>> balance = sp.csr_array(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]))
    >>> expand(eliminate(balance, np.zeros(2), np.array([0, 1])), np.array([0, 1])).toarray().tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """
    number = dict(zip(reduced.columns.tolist(), range(len(reduced.columns)), strict=True))
    rows = _read_rows(reduced.matrix[reduced.rows])
    own = [row[column] for row, column in zip(rows, number, strict=True)]
    return _to_matrix(
        [_expand(rows, own, number, place) for place in places.tolist()], reduced.matrix.shape[1]
    )


# Columns of a row that hold something, and what, in the order in which sums of them are made.
_Row = dict[int, float]


def _read_rows(matrix: sp.csr_array) -> list[_Row]:
    indices, data, starts = matrix.indices.tolist(), matrix.data.tolist(), matrix.indptr.tolist()
    return [dict(zip(indices[first:out], data[first:out], strict=True)) for first, out in pairwise(starts)]


def _to_matrix(rows: list[_Row], width: int) -> sp.csr_array:
    starts = np.cumsum([0, *map(len, rows)])
    indices = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=starts[-1])
    data = np.fromiter(chain.from_iterable(row.values() for row in rows), dtype=np.float64, count=starts[-1])
    return sp.csr_array((data, indices, starts), shape=(len(rows), width))


def _split(pivots: list[tuple[int, int]]) -> tuple[IntArray, IntArray]:
    rows, columns = np.array(pivots, dtype=np.int64).reshape(-1, 2).T.copy()
    return rows, columns


def _expand(rows: list[_Row], own: list[float], number: dict[int, int], place: int) -> _Row:
    """Follow a pivot through the later ones that it holds, down to columns that are no pivots."""
    due, due_size, waiting = {place: 1.0}, {place: 1.0}, [place]
    value: _Row = {}
    size: _Row = {}
    while waiting:
        row = heappop(waiting)  # the earliest: what it holds comes later
        if abs(due[row]) <= _NOTHING * due_size[row]:
            continue
        times = due[row] / own[row]
        for column, entry in rows[row].items():
            part, later = -times * entry, number.get(column, -1)
            if later > row:
                if later not in due:
                    heappush(waiting, later)
                due[later] = due.get(later, 0.0) + part
                due_size[later] = due_size.get(later, 0.0) + abs(part)
            elif later < 0:
                value[column] = value.get(column, 0.0) + part
                size[column] = size.get(column, 0.0) + abs(part)
    return {column: one for column, one in value.items() if abs(one) > _NOTHING * size[column]}


def _eliminate(rows: list[_Row], right: list[float], order: list[int]) -> list[tuple[int, int]]:
    """Eliminate in `rows` and `right`, and return the pivots, row and column."""
    holders: dict[int, set[int]] = {}
    for row, entries in enumerate(rows):
        for column in entries:
            holders.setdefault(column, set()).add(row)
    used: set[int] = set()
    pivots = []
    for column in order:
        held = {
            row: rows[row][column] for row in sorted(holders.get(column, set()) - used) if column in rows[row]
        }
        pivot = _choose(held, rows)
        if pivot is None:
            continue
        used.add(pivot)
        pivots.append((pivot, column))
        for row, entry in held.items():
            if row != pivot and entry != 0.0:
                times = -entry / held[pivot]
                rows[row] = _add(rows[row], rows[pivot], times, column)
                for added in rows[pivot]:
                    holders[added].add(row)
                joined = right[row] + times * right[pivot]
                size = abs(right[row]) + abs(times * right[pivot])
                right[row] = joined if abs(joined) > _NOTHING * size else 0.0
    return pivots


def _choose(held: _Row, rows: list[_Row]) -> int | None:
    """Of the rows that hold a column, and what they hold of it, the pivot; None when there is none."""
    most = max(map(abs, held.values()), default=0.0)
    if most == 0.0:
        return None
    fits = (row for row, entry in held.items() if abs(entry) >= _LEAST_PIVOT * most)
    return min(fits, key=lambda row: len(rows[row]))


def _add(own: _Row, other: _Row, times: float, gone: int) -> _Row:
    """A row plus `times` another, without column `gone`."""
    for column, entry in other.items():
        value = times * entry
        if column in own:
            there = own[column]
            joined = there + value
            value = joined if abs(joined) > _NOTHING * (abs(there) + abs(value)) else 0.0
        own[column] = value
    return {column: entry for column, entry in own.items() if entry != 0.0 and column != gone}
