"""Cheapest ways over a raster of cost factors: one sweep per place, stopped when all its partners are reached.

A step goes to one of eight neighbours and costs its length times the mean factor of both cells. A diagonal step also
meets the two cells beside it: where both are dearer, half of the cheaper one counts, and where both are impassable
there is no step. So a wall or canal of cells that touch at their corners has no holes.

Ways in eight directions are at most 8.24 % longer than the straight line (1 / cos 22.5 degrees), plus the legs from the
places to the middle of their cells. Where the straight line meets one factor only it is a way, too, without either.

Cost of a sweep: the cells that are cheaper to reach than the farthest partner, times their logarithm. Memory: 18
bytes per cell of the raster, once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from math import floor, inf, isnan, nan, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, compiled
from kansenkaart.tables.surroundings import Friction

OUTSIDE, ENCLOSED = -1, -2

# A place on an impassable cell (a basin, a building) starts from the nearest passable one within so many cells.
_NEAR_CELLS = 5

_ROWS = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
_COLUMNS = np.array([-1, 0, 1, -1, 1, -1, 0, 1])
_DIAGONAL = sqrt(2.0)


class Located(NamedTuple):
    """Places on the raster.

    Parameters
    ----------
    at
        float64[k, 2]; row and column with decimals.
    cell
        int64[k]; cell of each place, `OUTSIDE` the raster, or `ENCLOSED` by impassable cells.
    leg
        float64[k]; from the place to the middle of its cell, in cells.
    moved
        bool[k]; the place itself lies on an impassable cell.
    """

    at: FloatArray
    cell: IntArray
    leg: FloatArray
    moved: BoolArray

    def take(self, which: IntArray) -> Located:
        """Only the places `which`."""
        return Located(self.at[which], self.cell[which], self.leg[which], self.moved[which])


class Ways(NamedTuple):
    """Ways of some pairs that share a start: metres over the ground, metres at factor 1 (NaN without a way), how."""

    pairs: IntArray
    length_m: FloatArray
    cost_length_m: FloatArray
    by_line: BoolArray


class Reached(NamedTuple):
    """Per cell what the way to it costs (in cells at factor 1), and from which neighbour (place in `_ROWS`)."""

    cost: FloatArray
    back: npt.NDArray[np.int8]


class Ground:
    """A friction with the working arrays of its sweeps."""

    def __init__(self, friction: Friction) -> None:
        from scipy.ndimage import label  # noqa: PLC0415 - takes long to load, and most projects have no friction

        self._friction = friction
        self._factor = np.ascontiguousarray(friction.factor, dtype=np.float32)
        # a diagonal step needs a passable cell beside it: areas joined by their sides are all there is to reach
        self._area = label(~np.isnan(self._factor))[0].ravel()
        size = self._factor.size
        self._reached = Reached(np.full(size, np.inf), np.full(size, -1, dtype=np.int8))
        self._wanted = np.zeros(size, dtype=np.bool_)

    @property
    def cell_m(self) -> float:
        """Side of a cell, metres."""
        return self._friction.cell_m

    def locate(self, places: FloatArray) -> Located:
        """Put places (float64[k, 2], RD New) on the raster."""
        at = self._friction.to_cells(places)
        cell = np.asarray(compiled(_find_cells)(self._factor, at, _NEAR_CELLS))
        inside = np.maximum(cell, 0)
        step = at - self._middles(inside)
        own = np.floor(at).astype(np.int64)
        moved = (cell >= 0) & (own[:, 0] * self._factor.shape[1] + own[:, 1] != cell)
        return Located(at, cell, np.where(cell >= 0, np.hypot(step[:, 0], step[:, 1]), np.nan), moved)

    def find_ways(self, starts: Located, ends: Located, *, limit_m: float) -> Iterator[Ways]:
        """Find the cheapest way of every pair, start by start; `trace` works until the next is asked for.

        Parameters
        ----------
        starts, ends
            Both ends of every pair; pairs that start in one cell share a sweep.
        limit_m
            A way that costs more than this many metres at factor 1 is no way.
        """
        usable = (starts.cell >= 0) & (ends.cell >= 0)
        usable[usable] = self._area[starts.cell[usable]] == self._area[ends.cell[usable]]
        order = np.flatnonzero(usable)[np.argsort(starts.cell[usable], kind="stable")]
        splits = np.flatnonzero(np.diff(starts.cell[order])) + 1
        for pairs in np.split(order, splits) if len(order) else []:
            touched = self._sweep(int(starts.cell[pairs[0]]), ends.cell[pairs], limit_m)
            yield self._measure(pairs, starts.take(pairs), ends.take(pairs), limit_m)
            self._reached.cost[touched] = np.inf
            self._reached.back[touched] = -1

    def trace(self, cell: int) -> FloatArray:
        """Middles of the cells (float64[n, 2], RD New) of the way just found, from its start to `cell`."""
        cells = compiled(_walk_back)(self._reached.back, cell, self._factor.shape[1])[::-1]
        return self._friction.to_xy(self._middles(cells))

    def _middles(self, cells: IntArray) -> FloatArray:
        row, column = np.divmod(cells, self._factor.shape[1])
        return np.column_stack([row, column]) + 0.5

    def _sweep(self, start: int, ends: IntArray, limit_m: float) -> IntArray:
        """Fill cost and way back from cell `start`; returns the cells filled."""
        self._wanted[ends] = True
        count, limit = len(np.unique(ends)), limit_m / self._friction.cell_m
        touched = compiled(_sweep)(self._factor, start, self._wanted, count, limit, self._reached)
        self._wanted[ends] = False
        return np.asarray(touched)

    def _measure(self, pairs: IntArray, starts: Located, ends: Located, limit_m: float) -> Ways:
        """Lengths of the ways just swept, or of the straight line where that is cheaper."""
        flat, columns, cell_m = self._factor.ravel(), self._factor.shape[1], self._friction.cell_m
        cost = self._reached.cost[ends.cell] + starts.leg * flat[starts.cell] + ends.leg * flat[ends.cell]
        length = starts.leg + ends.leg + compiled(_walk_lengths)(self._reached.back, ends.cell, columns)
        step = ends.at - starts.at
        straight = np.hypot(step[:, 0], step[:, 1])
        line = straight * compiled(_line_factors)(self._factor, starts.at, ends.at)
        by_line = line <= cost  # no line (NaN) is never cheaper
        cost, length = np.where(by_line, line, cost) * cell_m, np.where(by_line, straight, length) * cell_m
        none = ~(cost <= limit_m)
        cost[none], length[none] = np.nan, np.nan
        return Ways(pairs, length, cost, by_line)


def _find_cells(factor: npt.NDArray[np.float32], at: FloatArray, near: int) -> IntArray:
    """Cell of every place; of an impassable one the nearest passable."""
    rows, columns = factor.shape
    cells = np.full(len(at), -1, dtype=np.int64)
    for i in range(len(at)):
        row, column = floor(at[i, 0]), floor(at[i, 1])
        if row < 0 or row >= rows or column < 0 or column >= columns:
            continue
        cells[i] = ENCLOSED
        nearest = inf
        reach = 0 if not isnan(factor[row, column]) else near
        for r in range(max(row - reach, 0), min(row + reach, rows - 1) + 1):
            for c in range(max(column - reach, 0), min(column + reach, columns - 1) + 1):
                distance = sqrt((r + 0.5 - at[i, 0]) ** 2 + (c + 0.5 - at[i, 1]) ** 2)
                if not isnan(factor[r, c]) and distance < nearest:
                    nearest = distance
                    cells[i] = r * columns + c
    return cells


def _sweep(
    factor: npt.NDArray[np.float32],
    start: int,
    wanted: BoolArray,
    count: int,
    limit: float,
    reached: Reached,
) -> IntArray:
    """Dijkstra's search from `start` until `count` wanted cells are final or `limit` is passed; ties by cell.

    Fills `reached`; cells that are not final when the search stops are set back to infinite. Returns every cell that
    was touched.
    """
    rows, columns = factor.shape
    cost, back = reached.cost, reached.back
    cost[start] = 0.0
    touched = [start]
    heap = [(0.0, start)]
    final = 0.0
    while len(heap) > 0:
        here, cell = heapq.heappop(heap)
        if here > cost[cell]:
            continue
        if here > limit:
            break
        final = here
        if wanted[cell]:
            count -= 1
            if count == 0:
                break
        row, column = cell // columns, cell % columns
        own = float(factor[row, column])
        for k in range(8):
            r, c = row + _ROWS[k], column + _COLUMNS[k]
            if r < 0 or r >= rows or c < 0 or c >= columns or isnan(factor[r, c]):
                continue
            mean = (own + float(factor[r, c])) / 2.0
            if r != row and c != column:
                first, second = float(factor[row, c]), float(factor[r, column])
                if isnan(first) and isnan(second):
                    continue
                beside = second if isnan(first) else first if isnan(second) else min(first, second)
                step = _DIAGONAL * max(mean, mean / 2.0 + beside / 2.0)
            else:
                step = mean
            there = r * columns + c
            if here + step < cost[there]:
                if cost[there] == inf:
                    touched.append(there)
                cost[there] = here + step
                back[there] = k
                heapq.heappush(heap, (here + step, there))
    for cell in touched:
        if cost[cell] > final:
            cost[cell] = inf
    return np.array(touched)


def _walk_back(back: npt.NDArray[np.int8], cell: int, columns: int) -> IntArray:
    """Cells from `cell` back to the start of the sweep."""
    walked = [cell]
    while back[cell] >= 0:
        k = back[cell]
        cell -= _ROWS[k] * columns + _COLUMNS[k]
        walked.append(cell)
    return np.array(walked)


def _walk_lengths(back: npt.NDArray[np.int8], ends: IntArray, columns: int) -> FloatArray:
    """Length in cells from every end back to the start of the sweep."""
    lengths = np.zeros(len(ends))
    for i in range(len(ends)):
        cell = ends[i]
        sides, diagonals = 0, 0
        while back[cell] >= 0:
            k = back[cell]
            if _ROWS[k] != 0 and _COLUMNS[k] != 0:
                diagonals += 1
            else:
                sides += 1
            cell -= _ROWS[k] * columns + _COLUMNS[k]
        lengths[i] = sides + _DIAGONAL * diagonals
    return lengths


def _line_factors(factor: npt.NDArray[np.float32], starts: FloatArray, ends: FloatArray) -> FloatArray:
    """The one factor that the straight line of a pair meets; NaN where it meets several, or something impassable."""
    factors = np.full(len(starts), nan)
    for i in range(len(starts)):
        row, column = floor(starts[i, 0]), floor(starts[i, 1])
        last_row, last_column = floor(ends[i, 0]), floor(ends[i, 1])
        down, right = ends[i, 0] - starts[i, 0], ends[i, 1] - starts[i, 1]
        turn_row, turn_column = (1 if down > 0 else -1), (1 if right > 0 else -1)
        own = factor[row, column]
        same = not isnan(own)
        while same and (row != last_row or column != last_column):
            # how far along the line it leaves this cell, through its side and through its top or bottom
            to_row = ((row + max(turn_row, 0)) - starts[i, 0]) / down if row != last_row else inf
            to_column = (
                ((column + max(turn_column, 0)) - starts[i, 1]) / right if column != last_column else inf
            )
            if abs(to_row - to_column) < 1e-9:
                beside, across = factor[row + turn_row, column], factor[row, column + turn_column]
                same = beside <= own or across <= own
                row += turn_row
                column += turn_column
            elif to_row < to_column:
                row += turn_row
            else:
                column += turn_column
            same = same and factor[row, column] == own
        if same:
            factors[i] = own
    return factors
