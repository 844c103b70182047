"""Every pair of a supply and a demand within reach, by straight distance: arrays in, arrays out.

Distances are rounded to 0.1 mm once, before they meet the limit and before anything is scaled. A pair
exactly at the limit therefore counts, one a millimetre beyond does not, and moving all sites together
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely

from kansenkaart.arrays import (
    SLACK_M,
    STEPS_PER_METRE,
    BoolArray,
    FloatArray,
    IndexArray,
    IntArray,
    extent,
    run_in_parts,
)
from kansenkaart.errors import DataError

if TYPE_CHECKING:
    from kansenkaart.matches.transport.cell_grid import CellGrid


MAX_PAIRS = 200_000_000


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs row by row (CSR); within a row by distance, then by demand index.

    Parameters
    ----------
    indptr
        int64[n + 1]; the pairs of supply ``i`` stand at ``indptr[i]:indptr[i + 1]``.
    demand
        int32[pairs]; index of the demand.
    distance_m
        float64[pairs]; metres, rounded to 0.1 mm.
    """

    indptr: IntArray
    demand: IndexArray
    distance_m: FloatArray

    def __len__(self) -> int:
        return len(self.demand)

    @property
    def supply(self) -> IntArray:
        """Index of the supply of every pair, int64[pairs]."""
        return np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))

    def keep(self, mask: BoolArray) -> Pairs:
        """Return only the pairs where `mask` holds, in the same order."""
        before = np.concatenate([[0], np.cumsum(mask)])
        return Pairs(before[self.indptr].astype(np.int64), self.demand[mask], self.distance_m[mask])


def find_pairs(
    supply_xy: npt.ArrayLike,
    demand_xy: npt.ArrayLike,
    max_distance_m: float | FloatArray,
    *,
    most: int = MAX_PAIRS,
) -> Pairs:
    """Find every pair of points within reach with a grid of cells.

    Parameters
    ----------
    supply_xy, demand_xy
        float64[n, 2] and float64[m, 2]: coordinates in one projected CRS, metres.
    max_distance_m
        Limit in metres, one for all or one per supply; a pair exactly at the limit counts.
    most
        Refuse, before anything is stored, when more pairs than this lie within reach.

    Raises
    ------
    DataError
        When a coordinate is not finite, a limit is negative or NaN, or more than `most` pairs lie within reach.

    Examples
    --------
    >>> pairs = find_pairs([[0, 0]], [[3, 4], [30, 40]], 5.0)
    >>> pairs.demand.tolist(), pairs.distance_m.tolist()
    ([0], [5.0])
    """
    supply, demand = read_points(supply_xy, "supply"), read_points(demand_xy, "demand")
    limit = limit_steps(max_distance_m, len(supply), supply, demand)
    if not len(supply) or not len(demand):
        return _empty(len(supply))
    from kansenkaart.matches.transport.cell_grid import fill_pairs, make_grid  # noqa: PLC0415 - loads numba

    grid = make_grid(supply, demand, limit)
    indptr = np.concatenate([[0], np.cumsum(_count(grid))])
    refuse_too_many(int(indptr[-1]), most)
    pairs = Pairs(indptr, np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1]))
    run_in_parts(
        lambda first, last: fill_pairs(first, last, grid, indptr, pairs.demand, pairs.distance_m), len(supply)
    )
    return pairs


def count_within_reach(supply: FloatArray, demand: FloatArray, limit: IntArray) -> int:
    """Count the pairs that `find_pairs` would find, storing none. `limit` as `limit_steps` gives it."""
    from kansenkaart.matches.transport.cell_grid import make_grid  # noqa: PLC0415 - loads numba

    return int(_count(make_grid(supply, demand, limit)).sum()) if len(supply) and len(demand) else 0


def _count(grid: CellGrid) -> IntArray:
    from kansenkaart.matches.transport.cell_grid import count_pairs  # noqa: PLC0415 - loads numba

    counts = np.zeros(len(grid.supply_x), dtype=np.int64)
    run_in_parts(lambda first, last: count_pairs(first, last, grid, counts), len(counts))
    return counts


def find_polygon_pairs(
    supply: npt.ArrayLike, demand: npt.ArrayLike, max_distance_m: float | FloatArray, *, most: int = MAX_PAIRS
) -> Pairs:
    """Find every pair of shapely geometries within reach by true edge distance (0 where they touch).

    Parameters
    ----------
    supply, demand
        shapely geometries of any kind in one projected CRS, metres; none missing or empty.
    max_distance_m
        Limit in metres, one for all or one per supply; a pair exactly at the limit counts.

    Raises
    ------
    DataError
        When a limit is negative or NaN, or more than `most` pairs lie within reach.
    """
    left, right = np.asarray(supply, dtype=object), np.asarray(demand, dtype=object)
    corners = shapely.bounds(left).reshape(-1, 2), shapely.bounds(right).reshape(-1, 2)
    limit = limit_steps(max_distance_m, len(left), *corners)
    if not len(left) or not len(right):
        return _empty(len(left))
    reach = limit / STEPS_PER_METRE + SLACK_M
    rows, columns = shapely.STRtree(right).query(left, predicate="dwithin", distance=reach)
    refuse_too_many(len(rows), most)
    steps = np.rint(shapely.distance(left[rows], right[columns]) * STEPS_PER_METRE).astype(np.int64)
    return _sorted_rows(rows, columns, steps, limit)


def read_points(xy: npt.ArrayLike, side: str) -> FloatArray:
    """Return finite coordinates, shape (n, 2), or refuse them by name of their side."""
    points = np.ascontiguousarray(np.asarray(xy, dtype=np.float64).reshape(-1, 2))
    if not np.isfinite(points).all():
        wrong = np.flatnonzero(~np.isfinite(points).all(axis=1))
        raise DataError(
            "coordinates_not_finite",
            "{side}: coordinates of rows {rows} are missing or infinite; give every site a finite x and y in "
            "metres.",
            side=side,
            rows=", ".join(map(str, wrong[:10])),
        )
    return points


def limit_steps(max_distance_m: float | FloatArray, n: int, *corners: FloatArray) -> IntArray:
    """Limit per supply in steps of 0.1 mm, no longer than the extent, so that any limit fits an integer."""
    limit = np.broadcast_to(np.asarray(max_distance_m, dtype=np.float64), (n,))
    if not (limit >= 0).all():
        raise DataError(
            "max_distance_negative",
            "max_distance_m is {value}; allowed: 0 or more metres, one for all supplies or one per supply.",
            value=float(limit[~(limit >= 0)][0]),
        )
    count = sum(map(len, corners))
    diagonal = float(np.hypot(*extent(*corners))) + 1.0 if count else 0.0
    if diagonal * STEPS_PER_METRE * 2 >= 2.0 ** (62 - _index_bits(count)):
        raise DataError(
            "extent_too_large",
            "The sites lie {extent:.3g} m apart; that cannot be metres on Earth. Check the coordinates.",
            extent=diagonal,
        )
    return np.asarray(np.rint(np.minimum(limit, diagonal) * STEPS_PER_METRE), dtype=np.int64)


def _index_bits(count: int) -> int:
    return max(1, count.bit_length())


def _empty(n: int) -> Pairs:
    return Pairs(np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))


def refuse_too_many(count: int, most: int) -> None:
    """Raise ``too_many_pairs`` when `count` is more than `most`."""
    if count > most:
        raise DataError(
            "too_many_pairs",
            "{count} pairs lie within the distance limit; allowed: {allowed}. Lower max_distance_m or match "
            "a smaller area at a time.",
            count=count,
            allowed=most,
        )


def _sorted_rows(rows: IntArray, columns: IntArray, steps: IntArray, limit: IntArray) -> Pairs:
    inside = steps <= limit[rows]
    rows, columns, steps = rows[inside], columns[inside], steps[inside]
    order = np.lexsort((columns, steps, rows))
    counts = np.bincount(rows, minlength=len(limit))
    return Pairs(
        np.concatenate([[0], np.cumsum(counts)]),
        columns[order].astype(np.int32),
        steps[order] / float(STEPS_PER_METRE),
    )
