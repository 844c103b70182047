"""The inverse of a large sparse matrix where the matrix itself has entries: Takahashi, Fagan and Chen (1973).

Only the entries of the inverse on the pattern of the factor are made, from the last column to the first. What a factor
of 50,000 flows costs is what this costs; 50,000 solves would take minutes.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU

from kansenkaart.arrays import FloatArray, IntArray, compiled


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
    starts, rows = _close(indptr.tolist(), indices.tolist())
    # Where an entry stands: columns follow each other, and rows within them.
    size = len(starts) - 1
    places = np.repeat(np.arange(size), np.diff(starts)) * size + rows
    columns = np.repeat(np.arange(size), np.diff(indptr))
    is_below = indices > columns
    values = np.zeros(len(rows))
    values[np.searchsorted(places, columns[is_below] * size + indices[is_below])] = lower.data[is_below]
    below, diagonal = np.zeros(len(rows)), np.zeros(size)
    _invert(starts, rows, values, factor.U.diagonal(), below, diagonal)
    asked = sp.coo_array(matrix)
    ones, others = (factor.perm_c[side].astype(np.int64) for side in (asked.row, asked.col))
    found, apart = diagonal[ones], ones != others
    one, other = ones[apart], others[apart]
    found[apart] = below[np.searchsorted(places, np.minimum(one, other) * size + np.maximum(one, other))]
    return sp.csc_array((found, (asked.row, asked.col)), shape=matrix.shape)


def _close(indptr: list[int], indices: list[int]) -> tuple[IntArray, IntArray]:
    """Pattern of the factor below its diagonal, with the places where its numbers happened to cancel."""
    size = len(indptr) - 1
    patterns: list[list[int]] = []
    children: list[list[int]] = [[] for _ in range(size)]
    for column in range(size):
        held = set(indices[indptr[column] : indptr[column + 1]])
        held.update(*(patterns[child] for child in children[column]))
        pattern = sorted(row for row in held if row > column)
        patterns.append(pattern)
        if pattern:
            children[pattern[0]].append(column)
    starts = np.cumsum([0, *map(len, patterns)])
    return starts, np.fromiter(chain.from_iterable(patterns), dtype=np.int64, count=starts[-1])


@compiled
def _invert(
    starts: IntArray,
    rows: IntArray,
    values: FloatArray,
    pivots: FloatArray,
    inverse: FloatArray,
    diagonal: FloatArray,
) -> None:
    """Write the entries of the inverse on the pattern, and its diagonal, column by column from the last."""
    size = len(starts) - 1
    work, place_of = np.zeros(size), np.full(size, -1)
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
