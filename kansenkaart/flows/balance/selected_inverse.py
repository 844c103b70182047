"""The inverse of a large sparse matrix where the matrix itself has entries: Takahashi, Fagan and Chen (1973).

Only the entries of the inverse on the pattern of the factor are made, from the last column to the first. What a factor
of 50,000 flows costs is what this costs; 50,000 solves would take minutes.
"""

from __future__ import annotations

import numba
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU

from kansenkaart.arrays import FloatArray, IntArray


def find_inverse(factor: SuperLU, matrix: sp.csc_array) -> sp.csc_array:
    """Return the inverse of `matrix` on its own pattern; it is symmetric, and `factor` made with diagonal pivots.

    Examples
    --------
    >>> from scipy.sparse.linalg import splu
    >>> matrix = sp.csc_array(np.array([[4.0, 1.0], [1.0, 3.0]]))
    >>> options = {"SymmetricMode": True}
    >>> factor = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options=options)
    >>> find_inverse(factor, matrix).toarray().round(6).tolist()
    [[0.272727, -0.090909], [-0.090909, 0.363636]]
    """
    lower = factor.L.tocsc()
    lower.sort_indices()
    indptr, indices = lower.indptr.astype(np.int64), lower.indices.astype(np.int64)
    starts, rows = _close(indptr, indices)
    values = _spread(indptr, indices, lower.data, starts, rows)
    below, diagonal = _invert(starts, rows, values, factor.U.diagonal())
    places = sp.coo_array(matrix)
    ones, others = factor.perm_c[places.row].astype(np.int64), factor.perm_c[places.col].astype(np.int64)
    found = _look_up(starts, rows, below, diagonal, np.maximum(ones, others), np.minimum(ones, others))
    return sp.csc_array((found, (places.row, places.col)), shape=matrix.shape)


@numba.njit(cache=True)
def _close(indptr: IntArray, indices: IntArray) -> tuple[IntArray, IntArray]:
    """Pattern of the factor below its diagonal, with the places where its numbers happened to cancel."""
    size = len(indptr) - 1
    starts = np.zeros(size + 1, dtype=np.int64)
    room = max(2 * len(indices), 16)
    rows = np.empty(room, dtype=np.int64)
    first_child = np.full(size, -1, dtype=np.int64)
    next_child = np.full(size, -1, dtype=np.int64)
    seen = np.full(size, -1, dtype=np.int64)
    for column in range(size):
        begin = starts[column]
        end = begin
        if begin + size > room:
            room = 2 * (begin + size)
            grown = np.empty(room, dtype=np.int64)
            grown[:begin] = rows[:begin]
            rows = grown
        for place in range(indptr[column], indptr[column + 1]):
            row = indices[place]
            if row > column and seen[row] != column:
                seen[row] = column
                rows[end] = row
                end += 1
        child = first_child[column]
        while child >= 0:
            for place in range(starts[child], starts[child + 1]):
                row = rows[place]
                if row > column and seen[row] != column:
                    seen[row] = column
                    rows[end] = row
                    end += 1
            child = next_child[child]
        rows[begin:end] = np.sort(rows[begin:end])
        starts[column + 1] = end
        if end > begin:
            parent = rows[begin]
            next_child[column] = first_child[parent]
            first_child[parent] = column
    return starts, rows[: starts[size]].copy()


@numba.njit(cache=True)
def _spread(
    indptr: IntArray, indices: IntArray, data: FloatArray, starts: IntArray, rows: IntArray
) -> FloatArray:
    """Numbers of the factor on the closed pattern."""
    values = np.zeros(len(rows))
    for column in range(len(starts) - 1):
        at = starts[column]
        for place in range(indptr[column], indptr[column + 1]):
            if indices[place] > column:
                while rows[at] != indices[place]:
                    at += 1
                values[at] = data[place]
    return values


@numba.njit(cache=True)
def _invert(
    starts: IntArray, rows: IntArray, values: FloatArray, pivots: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Entries of the inverse on the pattern, and its diagonal, column by column from the last."""
    size = len(starts) - 1
    inverse = np.zeros(len(rows))
    diagonal = np.zeros(size)
    work = np.zeros(size)
    place_of = np.full(size, -1, dtype=np.int64)
    for column in range(size - 1, -1, -1):
        begin, end = starts[column], starts[column + 1]
        for place in range(begin, end):
            place_of[rows[place]] = place
            work[rows[place]] = 0.0
        for place in range(begin, end):
            row, value = rows[place], values[place]
            work[row] += value * diagonal[row]
            for below in range(starts[row], starts[row + 1]):
                other = rows[below]
                if place_of[other] >= 0:
                    work[other] += value * inverse[below]
                    work[row] += values[place_of[other]] * inverse[below]
        total = 1.0 / pivots[column]
        for place in range(begin, end):
            inverse[place] = -work[rows[place]]
            total -= values[place] * inverse[place]
        diagonal[column] = total
        for place in range(begin, end):
            place_of[rows[place]] = -1
    return inverse, diagonal


@numba.njit(cache=True)
def _look_up(
    starts: IntArray, rows: IntArray, below: FloatArray, diagonal: FloatArray, high: IntArray, low: IntArray
) -> FloatArray:
    """Entries of the inverse at rows `high` and columns `low`, which lie on the pattern."""
    found = np.empty(len(high))
    for place in range(len(high)):
        if high[place] == low[place]:
            found[place] = diagonal[low[place]]
        else:
            begin, end = starts[low[place]], starts[low[place] + 1]
            found[place] = below[begin + np.searchsorted(rows[begin:end], high[place])]
    return found
