"""How much of a stream can move at all: which flows have something free, could make it, and have a partner near."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import shapely

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.arrays import BoolArray, FloatArray
from kansenkaart.matches.pairs.eligibility import Side, at_centroid, needs_place

Sides = Mapping[str, tuple[Side, Side]]

_ROLES = ("supply", "demand")


def free_of(side: Side) -> FloatArray:
    """What every flow has free per year, without what matches may yet bring."""
    return side.column("value").astype(np.float64)


def find_room(sides: tuple[Side, Side], supply: FloatArray, stream: Stream, catalogue: Catalogue) -> Room:
    """What every flow of a stream could move: nothing where no partner of a fitting kind is within reach.

    Parameters
    ----------
    sides
        Supply and demand.
    supply
        Per supply, what it has or could make.

    Notes
    -----
    An upper bound: distance is taken between middles, less the size of both places; temperature and region are left
    to the pairs themselves.
    """
    amount = {"supply": supply.copy(), "demand": free_of(sides[1])}
    if needs_place(stream):
        for role, side in zip(_ROLES, sides, strict=True):
            amount[role][at_centroid(side)] = 0.0
    reached = {role: np.zeros(len(amount[role]), dtype=bool) for role in _ROLES}
    kinds = [np.asarray(side.column("kind")) for side in sides]
    for pair in catalogue.pairs.values():
        if pair.stream == stream.id:
            givers = np.flatnonzero((kinds[0] == pair.supply_kind) & (amount["supply"] > 0))
            takers = np.flatnonzero((kinds[1] == pair.demand_kind) & (amount["demand"] > 0))
            near = _near(sides, givers, takers, stream.hard_km * 1000.0)
            reached["supply"][givers] |= near[0]
            reached["demand"][takers] |= near[1]
    return {role: np.where(reached[role], amount[role], 0.0) for role in _ROLES}


Room = dict[str, FloatArray]


def _near(
    sides: tuple[Side, Side], givers: npt.NDArray[np.intp], takers: npt.NDArray[np.intp], limit: float
) -> tuple[BoolArray, BoolArray]:
    """Which of either have one of the other within `limit` metres, or somewhat more where places are large."""
    if not len(givers) or not len(takers):
        return np.zeros(len(givers), dtype=bool), np.zeros(len(takers), dtype=bool)
    from scipy.spatial import cKDTree

    points = sides[0].xy[givers], sides[1].xy[takers]
    reach = limit + _size(sides[0], givers) + _size(sides[1], takers)
    found = [
        cKDTree(points[1]).query(points[0], k=1, distance_upper_bound=reach)[0],
        cKDTree(points[0]).query(points[1], k=1, distance_upper_bound=reach)[0],
    ]
    return np.isfinite(found[0]), np.isfinite(found[1])


def _size(side: Side, rows: npt.NDArray[np.intp]) -> float:
    """Largest distance between the middle of one of these places and its edge, and a millimetre for rounding."""
    bounds = shapely.bounds(side.geometry.to_numpy()[rows])
    wide = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    return float(wide.max(initial=0.0)) + 0.001
