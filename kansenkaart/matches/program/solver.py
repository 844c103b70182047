"""The one door to HiGHS: a program goes in once; what is asked of it may change, and the search goes on from there.

It takes its rows as a sparse matrix of three arrays: on the small models that draws solve, scipy's own wrapping costs
ten times more.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from kansenkaart.arrays import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-9
# HiGHS leaves out entries up to this size; by itself a thousand times larger ones, which a small supply beside a large
# demand makes.
_NO_ENTRY = 1e-12


@dataclass(frozen=True)
class Matrix:
    """Entries column by column and within a column by row; sums run in that order.

    Attributes
    ----------
    row, column, entry
        Of equal length.
    rows, columns
        The size.
    """

    row: IntArray
    column: IntArray
    entry: FloatArray
    rows: int
    columns: int

    def times(self, x: FloatArray) -> FloatArray:
        """Per row the sum of entry x `x`."""
        return _sums(self.row, self.entry * x[self.column], self.rows)

    def transposed_times(self, y: FloatArray) -> FloatArray:
        """Per column the sum of entry x `y`."""
        return _sums(self.column, self.entry * y[self.row], self.columns)

    @cached_property
    def positive(self) -> Matrix:
        """The entries above zero."""
        return self._with(self.entry > 0)

    @cached_property
    def negative(self) -> Matrix:
        """The entries below zero, without their sign."""
        kept = self._with(self.entry < 0)
        return Matrix(kept.row, kept.column, -kept.entry, self.rows, self.columns)

    @cached_property
    def count(self) -> IntArray:
        """Entries per row."""
        return np.bincount(self.row, minlength=self.rows)

    @cached_property
    def start(self) -> IntArray:
        """Where every column begins, and where the last one ends."""
        return np.searchsorted(self.column, np.arange(self.columns + 1))

    def scaled(self, row: FloatArray, column: FloatArray) -> Matrix:
        """Every entry times the factor of its row and of its column."""
        entry = self.entry * row[self.row] * column[self.column]
        return Matrix(self.row, self.column, entry, self.rows, self.columns)

    def largest_of_rows(self, column: FloatArray) -> FloatArray:
        """Per row the largest size of entry x `column`; 0 without entries."""
        largest = np.zeros(self.rows)
        np.maximum.at(largest, self.row, np.abs(self.entry) * column[self.column])
        return largest

    def with_rows(self, row: IntArray, column: IntArray, entry: FloatArray, rows: int) -> Matrix:
        """The same with `rows` more rows below; `row` counts from the first of them."""
        place = np.concatenate([self.row, self.rows + row]), np.concatenate([self.column, column])
        return make_matrix(place, np.concatenate([self.entry, entry]), (self.rows + rows, self.columns))

    def wider(self, columns: int) -> Matrix:
        """The same with `columns` empty columns more."""
        return Matrix(self.row, self.column, self.entry, self.rows, self.columns + columns)

    def _with(self, kept: BoolArray) -> Matrix:
        return Matrix(self.row[kept], self.column[kept], self.entry[kept], self.rows, self.columns)


def make_matrix(place: tuple[IntArray, IntArray], entry: FloatArray, shape: tuple[int, int]) -> Matrix:
    """A matrix from entries in any order; those that share a place (row, column) are added up."""
    row, column = place
    at = column * shape[0] + row
    order = np.argsort(at, kind="stable")
    at, entry = at[order], entry[order]
    first = np.flatnonzero(np.diff(at, prepend=-1))
    if len(first) < len(at):
        entry, order = np.add.reduceat(entry, first), order[first]
    return Matrix(row[order], column[order], entry, *shape)


def _sums(position: IntArray, amount: FloatArray, count: int) -> FloatArray:
    # Without entries numpy counts in integers.
    return np.bincount(position, amount, count).astype(np.float64, copy=False)


class Form(NamedTuple):
    """Minimise ``cost @ x`` with ``matrix @ x <= most`` and ``lower <= x <= upper``; `whole` columns take integers."""

    cost: FloatArray
    matrix: Matrix
    most: FloatArray
    lower: FloatArray
    upper: FloatArray
    whole: BoolArray | None = None


class Answer(NamedTuple):
    """What HiGHS found: columns (None without a solution), a price of 0 or more per row, and a bound on the cost.

    Attributes
    ----------
    done
        Proven, as far as tolerances go.
    in_time
        No limit ended it.
    reason
        HiGHS's own word for how it ended.
    """

    x: FloatArray | None
    price: FloatArray
    bound: float
    done: bool
    in_time: bool
    reason: str


class Solver:
    """One program held by HiGHS.

    Linear programs go to the simplex as they are: on a few hundred columns, and on a hundred thousand, presolving
    took longer than it saved. Programs with whole columns are presolved.
    """

    def __init__(self, form: Form) -> None:
        # The class beneath Highs, which announces itself on standard output before it can be told not to.
        from highspy import _Highs  # type: ignore[attr-defined]  # noqa: PLC0415 - not before something is solved

        self._form = form
        self._highs: Any = _Highs()
        self._set("output_flag", False)
        self._set("threads", 1)  # the same search whatever the number of cores
        self._set("small_matrix_value", _NO_ENTRY)
        if form.whole is None:
            self._set("presolve", "off")
            self._set("primal_feasibility_tolerance", TOLERANCE)
            self._set("dual_feasibility_tolerance", TOLERANCE)
        self._highs.passModel(*_as_highs(form))

    def solve(self, deadline: float, *, gap: float | None = None, nodes: int | None = None) -> Answer:
        """Search until `deadline` (``time.monotonic``); whole columns to within `gap`, over at most `nodes`."""
        from highspy import HighsModelStatus as Status  # noqa: PLC0415 - not before something is solved

        highs = self._highs
        # HiGHS counts from the first search on.
        self._set("time_limit", highs.getRunTime() + seconds_left(deadline))
        if gap is not None:
            self._set("mip_rel_gap", gap)
        if nodes is not None:
            self._set("mip_max_nodes", nodes)
        highs.run()
        if self._form.whole is None and highs.getModelStatus() == Status.kUnknown:
            self._run_anew()
        return self._read()

    def _run_anew(self) -> None:
        """Search from nothing, presolved: numbers of very unequal size may leave the simplex just beyond tolerance."""
        self._highs.clearSolver()
        self._set("presolve", "on")
        self._highs.run()
        self._set("presolve", "off")

    def ask_on_face(self, cost: FloatArray, stands: IntArray, at: FloatArray, full: IntArray) -> None:
        """Ask for another `cost` where the columns `stands` are `at` a value and the rows `full` hold exactly."""
        highs, every = self._highs, np.arange(len(cost), dtype=np.int32)
        highs.changeColsCost(len(cost), every, cost)
        highs.changeColsBounds(len(stands), stands.astype(np.int32), at, at)
        for row, most in zip(full.tolist(), self._form.most[full].tolist(), strict=True):
            highs.changeRowBounds(row, most, most)

    def _set(self, option: str, value: bool | int | float | str) -> None:
        self._highs.setOptionValue(option, value)

    def _read(self) -> Answer:
        from highspy import HighsModelStatus as Status  # noqa: PLC0415 - not before something is solved

        highs = self._highs
        status, info = highs.getModelStatus(), highs.getInfo()
        done = status == Status.kOptimal
        cut_off = status in (Status.kTimeLimit, Status.kIterationLimit, Status.kSolutionLimit)
        whole = self._form.whole is not None
        # A linear program that was cut off has no solution that fits.
        usable = done or (cut_off and whole and np.isfinite(info.objective_function_value))
        reason = highs.modelStatusToString(status)
        if not usable:
            return Answer(None, np.zeros(0), -np.inf, done=False, in_time=not cut_off, reason=reason)
        solution = highs.getSolution()
        return Answer(
            x=np.array(solution.col_value),
            price=np.zeros(0) if whole else np.maximum(-np.array(solution.row_dual), 0.0),
            bound=float(info.mip_dual_bound if whole else info.objective_function_value),
            done=done,
            in_time=not cut_off,
            reason=reason,
        )


def seconds_left(deadline: float) -> float:
    """Time until `deadline` (``time.monotonic``); never below a tenth of a second, HiGHS wants some."""
    return max(deadline - time.monotonic(), 0.1)


def _as_highs(form: Form) -> tuple[Any, ...]:
    """The model as HiGHS takes it in arrays: field by field it would go through lists, number by number."""
    from highspy import HighsVarType, MatrixFormat, ObjSense  # noqa: PLC0415 - not before something is solved

    matrix = form.matrix
    kinds = np.array([HighsVarType.kContinuous.value, HighsVarType.kInteger.value], dtype=np.int32)
    return (
        *(matrix.columns, matrix.rows, len(matrix.entry)),
        *(MatrixFormat.kColwise.value, ObjSense.kMinimize.value, 0.0),
        *(form.cost, form.lower, form.upper, np.full(matrix.rows, -np.inf), form.most),
        *(matrix.start, matrix.row, matrix.entry),
        kinds[
            np.zeros(matrix.columns, dtype=np.int64) if form.whole is None else form.whole.astype(np.int64)
        ],
    )
