"""C C' of the checks of a balance, solved sparsely also where a few columns of C fill it.

A kengetal that thousands of flows share stands in nearly every check: its column alone would make C C' full. Such wide
columns W are kept apart, and put back by the identity of Woodbury (1950), which is exact: S = S0 + W W' gives
S^-1 = S0^-1 - S0^-1 W (I + W' S0^-1 W)^-1 W' S0^-1.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse.linalg import splu

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.flows.balance.eliminate import eliminate
from kansenkaart.flows.balance.selected_inverse import find_inverse

# Checks in which a column may stand before it fills C C' too much: the flows of a network stand in two.
_WIDE = 10
# Wide columns that are kept apart, the widest first: what they take, rows x columns, stays below some hundreds of MB.
_MOST_WIDE = 2_000


class Gram:
    """S = C C' of checks C, whose rows are independent of each other."""

    def __init__(self, checks: sp.csr_array) -> None:
        self._checks, self._wide = checks, _find_wide(checks)
        kept = np.ones(checks.shape[1])
        kept[self._wide] = 0.0
        narrow = sp.csr_array(checks @ sp.diags_array(kept))
        narrow.eliminate_zeros()
        # rows that only the wide columns tell apart get a column of their own, which is taken off again
        lent = _find_dependent(narrow) if len(self._wide) else np.empty(0, dtype=np.int64)
        units = sp.csr_array(
            (np.ones(len(lent)), (lent, np.arange(len(lent)))), shape=(checks.shape[0], len(lent))
        )
        self._narrow = sp.csc_array(narrow @ narrow.T + units @ units.T)
        self._factor = splu(
            self._narrow, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
        self._apart = sp.csc_array(sp.hstack([checks[:, self._wide], units]))
        self._back = np.zeros((checks.shape[0], 0))
        if self._apart.shape[1]:
            self._back = self._factor.solve(self._apart.toarray())
            signs = np.repeat([1.0, -1.0], [len(self._wide), len(lent)])
            self._core = lu_factor(np.diag(signs) + self._apart.T @ self._back)

    def solve(self, right: FloatArray) -> FloatArray:
        """Return S^-1 `right`."""
        found: FloatArray = self._factor.solve(right)
        if self._back.shape[1]:
            found = found - self._back @ lu_solve(self._core, self._apart.T @ found)
        return found

    def find_checked(self) -> FloatArray:
        """Return c' S^-1 c of every column c of C, from 0 to 1: how much of its variance the checks take away."""
        checks = self._checks
        inverse = find_inverse(self._factor, self._narrow)
        found = np.asarray(sp.csr_array(inverse @ checks).multiply(checks).sum(axis=0)).ravel()
        if self._back.shape[1]:
            across = checks.T @ self._back
            found = found - (across * lu_solve(self._core, across.T).T).sum(axis=1)
            columns = checks[:, self._wide].toarray()
            found[self._wide] = (columns * self.solve(columns)).sum(axis=0)
        checked: FloatArray = np.clip(found, 0.0, 1.0)
        return checked


def _find_wide(checks: sp.csr_array) -> IntArray:
    counts = np.bincount(checks.indices, minlength=checks.shape[1])
    widest = np.argsort(-counts, kind="stable")[:_MOST_WIDE]
    return np.sort(widest[counts[widest] > _WIDE]).astype(np.int64)


def _find_dependent(matrix: sp.csr_array) -> IntArray:
    """Rows of `matrix` that follow from the others."""
    return eliminate(matrix, np.zeros(matrix.shape[0]), np.unique(matrix.indices)).others
