"""Sparse elimination: which variables follow from which equations, and which equations say nothing new.

The balances of a network never fill: a flow stands in the balances of its two ends, so eliminating it merges two
processes into one. Numbers that cancel are dropped by what they came from, so that 0.3 + 0.7 - 1 is nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import scipy.sparse as sp

from kansenkaart.arrays import BoolArray, FloatArray, IntArray

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
    order = columns[np.argsort(counts[columns], kind="stable")].astype(np.int64)
    starts, indices, data, done, rows, pivots = _eliminate(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int64),
        matrix.data.astype(np.float64),
        right.astype(np.float64),
        order,
        matrix.shape[1],
    )
    reduced = sp.csr_array((data, indices, starts), shape=matrix.shape)
    return Eliminated(reduced, done, rows, pivots)


def expand(reduced: Eliminated, places: IntArray) -> sp.csr_array:
    """Return of pivots `places` what they are per unit of the columns that were not eliminated.

    Examples
    --------
    >>> balance = sp.csr_array(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]))
    >>> expand(eliminate(balance, np.zeros(2), np.array([0, 1])), np.array([0, 1])).toarray().tolist()
    [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
    """
    number = np.full(reduced.matrix.shape[1], -1, dtype=np.int64)
    number[reduced.columns] = np.arange(len(reduced.columns))
    rows = reduced.matrix[reduced.rows]
    starts, indices, data = _expand(
        rows.indptr.astype(np.int64),
        rows.indices.astype(np.int64),
        rows.data,
        number,
        places.astype(np.int64),
    )
    return sp.csr_array((data, indices, starts), shape=(len(places), reduced.matrix.shape[1]))


# Columns of a row that hold something, and what.
_Row = tuple[IntArray, FloatArray]


@numba.njit(cache=True)
def _expand(
    indptr: IntArray, indices: IntArray, data: FloatArray, number: IntArray, places: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Follow every pivot through the later ones that it holds, down to columns that are no pivots."""
    count, width = len(indptr) - 1, len(number)
    own = np.zeros(count)
    for row in range(count):
        for at in range(indptr[row], indptr[row + 1]):
            if number[indices[at]] == row:
                own[row] = data[at]
    starts = np.zeros(len(places) + 1, dtype=np.int64)
    cols, vals = np.empty(max(width, 16), dtype=np.int64), np.empty(max(width, 16))
    value, size = np.zeros(width), np.zeros(width)
    touched = np.empty(width, dtype=np.int64)
    due, due_size = np.zeros(count), np.zeros(count)
    for place in range(len(places)):
        many = 0
        due[places[place]] = due_size[places[place]] = 1.0
        for row in range(places[place], count):
            if abs(due[row]) > _NOTHING * due_size[row]:
                times = due[row] / own[row]
                for at in range(indptr[row], indptr[row + 1]):
                    column, part = indices[at], -times * data[at]
                    later = number[column]
                    if later > row:
                        due[later] += part
                        due_size[later] += abs(part)
                    elif later < 0:
                        if size[column] == 0.0:
                            touched[many] = column
                            many += 1
                        value[column] += part
                        size[column] += abs(part)
            due[row] = due_size[row] = 0.0
        begin = starts[place]
        if begin + many > len(cols):
            cols = np.append(cols, np.empty(len(cols) + many, dtype=np.int64))
            vals = np.append(vals, np.empty(len(vals) + many))
        end = begin
        for column in touched[:many]:
            if abs(value[column]) > _NOTHING * size[column]:
                cols[end], vals[end] = column, value[column]
                end += 1
            value[column] = size[column] = 0.0
        starts[place + 1] = end
    return starts, cols[: starts[-1]].copy(), vals[: starts[-1]].copy()


@numba.njit(cache=True)
def _eliminate(
    indptr: IntArray, indices: IntArray, data: FloatArray, right: FloatArray, order: IntArray, width: int
) -> tuple[IntArray, IntArray, FloatArray, FloatArray, IntArray, IntArray]:
    height = len(indptr) - 1
    right = right.copy()
    cols = [indices[indptr[row] : indptr[row + 1]].copy() for row in range(height)]
    vals = [data[indptr[row] : indptr[row + 1]].copy() for row in range(height)]
    holders = [np.empty(0, dtype=np.int64) for _ in range(width)]
    filled = np.zeros(width, dtype=np.int64)
    for row in range(height):
        for column in cols[row]:
            _hold(holders, filled, column, row)
    used = np.zeros(height, dtype=np.bool_)
    at = np.full(width, -1, dtype=np.int64)
    rows, pivots = np.empty(len(order), dtype=np.int64), np.empty(len(order), dtype=np.int64)
    count = 0
    for column in order:
        held = np.unique(holders[column][: filled[column]])
        entries, chosen = _choose(held, column, used, cols, vals)
        if chosen < 0:
            continue
        pivot = held[chosen]
        used[pivot] = True
        rows[count], pivots[count] = pivot, column
        count += 1
        for place, row in enumerate(held):
            if place != chosen and entries[place] != 0.0:
                times = -entries[place] / entries[chosen]
                own, other = (cols[row], vals[row]), (cols[pivot], vals[pivot])
                cols[row], vals[row] = _add(own, other, times, column, at)
                for added in cols[pivot]:
                    _hold(holders, filled, added, row)
                joined = right[row] + times * right[pivot]
                size = abs(right[row]) + abs(times * right[pivot])
                right[row] = joined if abs(joined) > _NOTHING * size else 0.0
    starts, all_cols, all_vals = _flatten(cols, vals)
    return starts, all_cols, all_vals, right, rows[:count].copy(), pivots[:count].copy()


@numba.njit(cache=True)
def _choose(
    held: IntArray, column: int, used: BoolArray, cols: list[IntArray], vals: list[FloatArray]
) -> tuple[FloatArray, int]:
    """Entries of `column` in the rows `held` that are not used yet, and the place of the pivot; -1: there is none."""
    entries = np.zeros(len(held))
    for place, row in enumerate(held):
        if not used[row]:
            for inner in range(len(cols[row])):
                if cols[row][inner] == column:
                    entries[place] = vals[row][inner]
    most = np.max(np.abs(entries)) if len(entries) else 0.0
    chosen = -1
    for place, row in enumerate(held):
        fits = most > 0.0 and abs(entries[place]) >= _LEAST_PIVOT * most
        if fits and (chosen < 0 or len(cols[row]) < len(cols[held[chosen]])):
            chosen = place
    return entries, chosen


@numba.njit(cache=True)
def _flatten(cols: list[IntArray], vals: list[FloatArray]) -> tuple[IntArray, IntArray, FloatArray]:
    """Rows one after another, with where each begins."""
    starts = np.zeros(len(cols) + 1, dtype=np.int64)
    for row in range(len(cols)):
        starts[row + 1] = starts[row] + len(cols[row])
    all_cols = np.empty(starts[-1], dtype=np.int64)
    all_vals = np.empty(starts[-1], dtype=np.float64)
    for row in range(len(cols)):
        all_cols[starts[row] : starts[row + 1]] = cols[row]
        all_vals[starts[row] : starts[row + 1]] = vals[row]
    return starts, all_cols, all_vals


@numba.njit(cache=True)
def _hold(holders: list[IntArray], filled: IntArray, column: int, row: int) -> None:
    """Note that `row` holds `column`, perhaps not for the first time."""
    held = holders[column]
    if filled[column] == len(held):
        grown = np.empty(2 * len(held) + 2, dtype=np.int64)
        grown[: len(held)] = held
        holders[column] = grown
    holders[column][filled[column]] = row
    filled[column] += 1


@numba.njit(cache=True)
def _add(own: _Row, other: _Row, times: float, gone: int, at: IntArray) -> _Row:
    """A row plus `times` another, without column `gone`; `at` is -1 everywhere, before and after."""
    (cols, vals), (more, values) = own, other
    new_cols = np.empty(len(cols) + len(more), dtype=np.int64)
    new_vals = np.empty(len(cols) + len(more))
    new_cols[: len(cols)] = cols
    new_vals[: len(cols)] = vals
    size = len(cols)
    for place in range(size):
        at[cols[place]] = place
    for place in range(len(more)):
        column, value = more[place], times * values[place]
        there = at[column]
        if there >= 0:
            joined = new_vals[there] + value
            most = abs(new_vals[there]) + abs(value)
            new_vals[there] = joined if abs(joined) > _NOTHING * most else 0.0
        else:
            new_cols[size] = column
            new_vals[size] = value
            size += 1
    kept = 0
    for place in range(size):
        if place < len(cols):
            at[cols[place]] = -1
        if new_vals[place] != 0.0 and new_cols[place] != gone:
            new_cols[kept] = new_cols[place]
            new_vals[kept] = new_vals[place]
            kept += 1
    return new_cols[:kept].copy(), new_vals[:kept].copy()
