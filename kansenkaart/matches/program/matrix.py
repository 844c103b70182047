"""A sparse matrix as three arrays: on the small models that draws solve, scipy's own wrapping costs ten times more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kansenkaart.matches.arrays import BoolArray, FloatArray, IntArray


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

    def of_columns(self, chosen: BoolArray) -> Matrix:
        """Only the chosen columns, in their order; all rows stay."""
        kept = self._with(chosen[self.column])
        number = np.cumsum(chosen) - 1
        return Matrix(kept.row, number[kept.column], kept.entry, self.rows, int(chosen.sum()))

    def of_rows(self, chosen: IntArray) -> Matrix:
        """Only the rows at `chosen`, in that order; all columns stay."""
        rank = np.full(self.rows, -1)
        rank[chosen] = np.arange(len(chosen))
        kept = self._with(rank[self.row] >= 0)
        return make_matrix((rank[kept.row], kept.column), kept.entry, (len(chosen), self.columns))

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
