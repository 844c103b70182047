"""Points sorted by cell, and the search over the cells around each supply, in machine code.

Kept apart from ``reach`` because importing this module loads numba.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kansenkaart.arrays import (
    MICRO,
    MICRO_PER_STEP,
    SLACK_M,
    STEPS_PER_METRE,
    CountArray,
    FloatArray,
    IndexArray,
    IntArray,
    compiled,
    compiled_within,
    extent,
)

_MAX_CELLS_PER_AXIS = 2**30

# Cells a third of the reach wide: 7 lines of 7 cells hold less than twice the circle.
_CELLS_PER_REACH = 3
_LINES = 2 * _CELLS_PER_REACH + 1

# Rings per pair in which a row is sorted; where one of them gets more pairs than this, a general sort takes over.
_RINGS = 4
_FEW = 32


class CellGrid(NamedTuple):
    """Supplies and demands sorted by cell; cells are numbered row by row, so a line of cells is one range.

    ``supply_at`` and ``demand_at`` say where a sorted point stood; ``shift`` is the bits a demand's index needs. Cells
    are sorted keys: empty ones cost nothing.
    """

    supply_x: FloatArray
    supply_y: FloatArray
    supply_at: IntArray
    limit: IntArray
    supply_column: IntArray
    supply_row: IntArray
    demand_x: FloatArray
    demand_y: FloatArray
    demand_at: IntArray
    demand_key: IntArray
    width: int
    shift: int


def make_grid(supply: FloatArray, demand: FloatArray, limit: IntArray) -> CellGrid:
    """Cells a third of the longest limit wide, wider only where their numbers would not fit an integer."""
    origin = np.array([demand[:, 0].min(), demand[:, 1].min()])
    reach = _widened(float(limit.max()) / STEPS_PER_METRE)
    cell = max(reach / _CELLS_PER_REACH, max(extent(supply, demand)) / _MAX_CELLS_PER_AXIS)
    here, there = (np.floor((side - origin) / cell).astype(np.int64) for side in (supply, demand))
    width = int(there[:, 0].max()) + 1
    key = there[:, 1] * width + there[:, 0]
    west = int(here[:, 0].min())
    mine = np.argsort(here[:, 1] * (int(here[:, 0].max()) - west + 1) + here[:, 0] - west)
    theirs = np.argsort(key)
    return CellGrid(
        supply_x=supply[mine, 0],
        supply_y=supply[mine, 1],
        supply_at=mine,
        limit=limit[mine],
        supply_column=here[mine, 0],
        supply_row=here[mine, 1],
        demand_x=demand[theirs, 0],
        demand_y=demand[theirs, 1],
        demand_at=theirs,
        demand_key=key[theirs],
        width=width,
        shift=max(1, len(demand).bit_length()),
    )


def _widened(metres: float) -> float:
    """A distance with room for every rounding of coordinates and distances."""
    return metres + SLACK_M + 1e-12 * metres


@compiled
def count_pairs(first: int, last: int, grid: CellGrid, counts: IntArray) -> None:
    """Count per supply the demands within its limit; only those near the rim need the exact distance."""
    starts, stops = np.zeros(_LINES, dtype=np.int64), np.zeros(_LINES, dtype=np.int64)
    for i in range(first, last):
        _find_lines(grid, i, i == first, starts, stops)
        x, y, limit = grid.supply_x[i], grid.supply_y[i], grid.limit[i]
        metres = limit / STEPS_PER_METRE
        slack = SLACK_M + 1e-12 * metres
        inner, outer = max(metres - slack, 0.0) ** 2, (metres + slack) ** 2
        sure, near = 0, 0
        for line in range(_LINES):
            for k in range(starts[line], stops[line]):
                dx, dy = grid.demand_x[k] - x, grid.demand_y[k] - y
                apart = dx * dx + dy * dy
                sure += apart < inner
                near += apart <= outer
        for line in range(_LINES if near > sure else 0):
            for k in range(starts[line], stops[line]):
                dx, dy = grid.demand_x[k] - x, grid.demand_y[k] - y
                apart = dx * dx + dy * dy
                sure += apart >= inner and apart <= outer and steps_between(dx, dy) <= limit
        counts[grid.supply_at[i]] = sure


@compiled_within
def _find_lines(grid: CellGrid, i: int, is_first: bool, starts: IntArray, stops: IntArray) -> None:
    """Move the ranges of demands, one per line of cells, to the cells around supply `i`.

    Supplies come in the order of their cells, so a range only moves forward.
    """
    low = min(max(grid.supply_column[i] - _CELLS_PER_REACH, 0), grid.width)
    high = min(grid.supply_column[i] + _CELLS_PER_REACH, grid.width - 1)
    for line in range(_LINES):
        row = (grid.supply_row[i] + line - _CELLS_PER_REACH) * grid.width
        if is_first:
            starts[line] = stops[line] = _first_at(grid.demand_key, row + low)
        while starts[line] < len(grid.demand_key) and grid.demand_key[starts[line]] < row + low:
            starts[line] += 1
        stops[line] = max(stops[line], starts[line])
        while stops[line] < len(grid.demand_key) and grid.demand_key[stops[line]] <= row + high:
            stops[line] += 1


@compiled_within
def _first_at(keys: IntArray, least: int) -> int:
    """Return where keys of `least` or more begin; numpy's own search takes half a second to compile."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < least:
            low = middle + 1
        else:
            high = middle
    return low


@compiled_within
def steps_between(dx: float, dy: float) -> float:
    """Distance in whole steps of 0.1 mm, from differences snapped to a micrometre."""
    across, along = np.rint(dx * MICRO), np.rint(dy * MICRO)
    return float(np.rint(np.sqrt(across * across + along * along) / MICRO_PER_STEP))


@compiled
def fill_pairs(
    first: int,
    last: int,
    grid: CellGrid,
    indptr: IntArray,
    demand: IndexArray,
    distance_m: FloatArray,
) -> None:
    """Write the pairs of some supplies, each row by distance, then demand index."""
    starts, stops = np.zeros(_LINES, dtype=np.int64), np.zeros(_LINES, dtype=np.int64)
    longest = 0
    for i in range(first, last):
        longest = max(longest, indptr[grid.supply_at[i] + 1] - indptr[grid.supply_at[i]])
    codes, found = np.empty(len(grid.demand_x), dtype=np.int64), np.empty(longest + 1, dtype=np.int64)
    ordered, ring = np.empty(longest, dtype=np.int64), np.empty(longest, dtype=np.uint32)
    heads = np.empty(_RINGS * longest + 1, dtype=np.uint32)
    shift, index = grid.shift, (1 << grid.shift) - 1
    for i in range(first, last):
        _find_lines(grid, i, i == first, starts, stops)
        x, y, farthest = grid.supply_x[i], grid.supply_y[i], (grid.limit[i] << shift) | index
        at, total = indptr[grid.supply_at[i]], 0
        for line in range(_LINES):
            start, stop = starts[line], stops[line]
            for k in range(start, stop):
                steps = steps_between(grid.demand_x[k] - x, grid.demand_y[k] - y)
                codes[k - start] = (np.int64(steps) << shift) | grid.demand_at[k]
            for k in range(stop - start):
                # Written before it is known to be within reach: the next one writes over it if not.
                found[total] = codes[k]
                total += codes[k] <= farthest
        _sort_row(found[:total], shift, grid.limit[i], ordered, ring, heads)
        for k in range(total):
            demand[at + k] = ordered[k] & index
            distance_m[at + k] = (ordered[k] >> shift) / float(STEPS_PER_METRE)


@compiled_within
def _sort_row(
    found: IntArray, shift: int, limit: int, ordered: IntArray, ring: CountArray, heads: CountArray
) -> None:
    """Sort `found` into `ordered`: first into rings of equal area, then within and between them by insertion.

    Rings and heads are unsigned: a signed index costs a test for counting from the end.
    """
    total = len(found)
    rings = _RINGS * total
    scale = (rings - 0.5) / (float(limit) * float(limit)) if limit > 0 else 0.0
    for k in range(total):
        steps = float(found[k] >> shift)
        ring[k] = np.uint32(np.int64(steps * steps * scale))
    for one_ring in range(rings + 1):
        heads[one_ring] = 0
    for k in range(total):
        heads[np.uint64(ring[k]) + np.uint64(1)] += np.uint32(1)
    fullest, before = np.uint32(0), np.uint32(0)
    for one_ring in range(1, rings + 1):
        fullest = max(fullest, heads[one_ring])
        before += heads[one_ring]
        heads[one_ring] = before
    for k in range(total):
        head = heads[np.uint64(ring[k])]
        ordered[np.uint64(head)] = found[k]
        heads[np.uint64(ring[k])] = head + np.uint32(1)
    # Shell's sort, with Hibbard's steps: 2**k - 1, the last of one. Where rings hold few, that one is all it takes.
    step = 1
    while fullest > _FEW and step < total:
        step = 2 * step + 1
    while step > 0:
        for k in range(step, total):
            one, into = ordered[k], k
            while into >= step and ordered[into - step] > one:
                ordered[into] = ordered[into - step]
                into -= step
            ordered[into] = one
        step //= 2
