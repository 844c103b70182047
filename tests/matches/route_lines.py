"""Roads and rasters to lay routes over, and the pairs to lay them for."""

from __future__ import annotations

import itertools

import numpy as np

from kansenkaart.matches.pairs.routes import PlacePairs, Routes, find_routes
from kansenkaart.tables.surroundings import Friction, Roads

DETOUR = 1.25


def roads_of(*lines, snap_m=1_000.0):
    """Network of lines, each a list of (x, y)."""
    vertices = sorted({place for line in lines for place in line})
    number = {place: i for i, place in enumerate(vertices)}
    ends = {
        tuple(sorted((number[a], number[b]))) for line in lines for a, b in itertools.pairwise(line) if a != b
    }
    return Roads(np.array(vertices, dtype=float), np.array(sorted(ends)), snap_m)


def friction_of(rows, cell_m=100.0):
    """Friction with its lower left corner at the origin; None is impassable."""
    factor = np.array([[np.nan if cell is None else cell for cell in row] for row in rows], dtype=np.float32)
    return Friction(factor, (cell_m, 0.0, 0.0, 0.0, -cell_m, cell_m * len(rows)))


def routes(supply, demand, *, reach_m=100_000.0, **over) -> Routes:
    """Routes of every supply to every demand."""
    return find_routes(pairs_of(supply, demand), detour=DETOUR, reach_m=reach_m, **over)


def pairs_of(supply, demand):
    supply, demand = np.array(supply, dtype=float), np.array(demand, dtype=float)
    s, d = np.divmod(np.arange(len(supply) * len(demand)), len(demand))
    step = supply[s] - demand[d]
    return PlacePairs(supply, demand, s, d, np.round(np.hypot(step[:, 0], step[:, 1]), 4))
