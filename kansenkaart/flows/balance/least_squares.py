"""Weighted least squares under linear equations, sparse, with the spread of every variable and what cannot be known.

Minimise the sum of ((v - given) / sd)^2 over the given variables such that C v = d; the others are free. As STAN does
(Cencic 2016): the free variables are eliminated, what is left holds the given ones against each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import SuperLU, splu

from kansenkaart.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.flows.balance.eliminate import Eliminated, eliminate, expand
from kansenkaart.flows.balance.gram import Gram

# Beyond this part of its terms an equation does not close.
_OPEN = 1e-9
# A share of a variable that nothing determines; the rest of rounding is far smaller.
_FREE = 1e-9
# Columns that are solved at once: what they take stays below some hundreds of MB.
_AT_ONCE = 256


@dataclass(frozen=True)
class Equations:
    """C v = d, and what is given of v.

    Attributes
    ----------
    matrix
        C: an equation a row, a variable a column.
    right
        d.
    given
        Given value per variable; nothing is asked of that of a free one.
    sd
        Its standard deviation, above 0; infinite for a free variable.
    """

    matrix: sp.csr_array
    right: FloatArray
    given: FloatArray
    sd: FloatArray


@dataclass(frozen=True)
class Fit:
    """The variables that fit best, and what they were found with.

    Attributes
    ----------
    value
        Per variable; of a free one that nothing determines some value that closes the equations.
    open
        Equations that no choice of the variables closes: every one that the contradiction was made of.
    """

    value: FloatArray
    open: BoolArray
    equations: Equations
    reduced: Eliminated
    checks: sp.csr_array
    gram: Gram | None  # nothing holds data against each other: no checks


@dataclass(frozen=True)
class Certainty:
    """How sure a fit is.

    Attributes
    ----------
    sd
        Per variable; of one that is not `known` it says nothing.
    known
        Whether the equations and what is given determine the variable.
    checked
        Per variable from 0 to 1 how much the others say of a given one: 0, nothing else determines it.
    """

    sd: FloatArray
    known: BoolArray
    checked: FloatArray


def fit(equations: Equations) -> Fit:
    """Return the variables that fit best."""
    free = np.isinf(equations.sd)
    spread = np.where(free, 0.0, equations.sd)
    start = np.where(free, 0.0, equations.given)
    reduced = eliminate(equations.matrix, equations.right, np.flatnonzero(free))
    left = reduced.others
    # in deviations from what is given, per standard deviation
    deviations = sp.csr_array(reduced.matrix[left] @ sp.diags_array(spread))
    missed = reduced.right[left] - reduced.matrix[left] @ start
    largest = _largest(deviations)
    checks, missed = sp.csr_array(sp.diags_array(1.0 / largest) @ deviations), missed / largest
    ranked = eliminate(checks, missed, np.unique(checks.indices))
    open_ = _find_open(ranked, reduced, left, start, largest)
    rows = np.sort(ranked.rows)
    checks = sp.csr_array(checks[rows])
    gram = Gram(checks) if len(rows) else None
    moved = np.zeros(len(free))
    if gram is not None:
        for _ in range(2):  # the second time takes away what rounding left
            moved += checks.T @ gram.solve(missed[rows] - checks @ moved)
    value = _substitute(reduced, start + spread * moved, free)
    return Fit(value, open_, equations, reduced, checks, gram)


def find_certainty(fitted: Fit) -> Certainty:
    """Tell how sure the variables of a fit are."""
    equations, free = fitted.equations, np.isinf(fitted.equations.sd)
    checked = np.zeros(len(free))
    if fitted.gram is not None:
        checked = fitted.gram.find_checked()
    sd = np.where(free, 0.0, equations.sd) * np.sqrt(1.0 - checked)
    known = _find_known(fitted, free)
    return Certainty(sd + _find_free_sd(fitted, sd, known), known, checked)


def _largest(matrix: sp.csr_array) -> FloatArray:
    """Largest entry of every row, 1 for an empty one."""
    found = abs(matrix).max(axis=1).toarray().ravel() if matrix.shape[1] else np.zeros(matrix.shape[0])
    largest: FloatArray = np.where(found > 0, found, 1.0)
    return largest


def _find_open(
    ranked: Eliminated, reduced: Eliminated, left: IntArray, start: FloatArray, largest: FloatArray
) -> BoolArray:
    """Equations without a variable that are not nothing: what is exact contradicts itself."""
    found = np.zeros(len(reduced.right), dtype=np.bool_)
    rows = ranked.others
    terms = abs(reduced.matrix[left]) @ np.abs(start) + np.abs(reduced.right[left])
    wrong = np.abs(ranked.right[rows]) * largest[rows] > _OPEN * np.maximum(
        terms[rows], terms.max(initial=0.0)
    )
    found[left[rows[wrong]]] = True
    return found


def _substitute(reduced: Eliminated, value: FloatArray, free: BoolArray) -> FloatArray:
    """Fill in the free variables from the last to the first."""
    found = np.where(free, 0.0, value)
    if len(reduced.rows):
        rows = reduced.matrix[reduced.rows]
        found[reduced.columns] = _triangle(reduced).solve(reduced.right[reduced.rows] - rows @ found)
    filled: FloatArray = found
    return filled


def _triangle(reduced: Eliminated) -> SuperLU:
    """The pivot rows, of the pivot columns: every one holds only later pivots."""
    square = sp.csc_array(reduced.matrix[reduced.rows][:, reduced.columns])
    return splu(square, permc_spec="NATURAL", diag_pivot_thresh=0.0)


def _find_free_sd(fitted: Fit, sd: FloatArray, known: BoolArray) -> FloatArray:
    """Standard deviation per variable of those that were eliminated and are known; 0 of the others.

    Parameters
    ----------
    sd
        Standard deviation of the given variables.
    """
    free, places = np.isinf(fitted.equations.sd), np.flatnonzero(known[fitted.reduced.columns])
    found = np.zeros(len(free))
    of_given = sp.csr_array(expand(fitted.reduced, places))
    # a multiple of one given variable, as every value of a shared kengetal is, needs no solve
    alone = np.diff(of_given.indptr) == 1
    spread = np.zeros(len(places))
    spread[alone] = abs(of_given[alone]) @ sd
    of_given = sp.csr_array(of_given[~alone] @ sp.diags_array(np.where(free, 0.0, fitted.equations.sd)))
    variance = np.asarray((of_given**2).sum(axis=1)).ravel()
    if fitted.gram is not None:
        for first in range(0, len(variance), _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            held = (fitted.checks @ of_given[part].T).toarray()
            variance[part] -= (held * fitted.gram.solve(held)).sum(axis=0)
    spread[~alone] = np.sqrt(np.maximum(variance, 0.0))
    found[fitted.reduced.columns[places]] = spread
    return found


def _find_known(fitted: Fit, free: BoolArray) -> BoolArray:
    """Which variables follow: those that stay where they are when the undetermined ones are moved."""
    reduced = fitted.reduced
    loose = np.setdiff1d(np.flatnonzero(free), reduced.columns)
    moved = np.zeros(len(free))
    moved[loose] = 1.0 + np.random.default_rng(1).random(len(loose))
    if len(reduced.rows):
        moved[reduced.columns] = _triangle(reduced).solve(-(reduced.matrix[reduced.rows] @ moved))
    known: BoolArray = np.abs(moved) <= _FREE
    return known
