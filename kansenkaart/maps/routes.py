"""Where matches run: the routes of the best chances, simplified, within a fixed number of points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from kansenkaart.maps.block import Block
from kansenkaart.maps.figures import round_figures
from kansenkaart.maps.steps import add_lines, to_grid
from kansenkaart.tables.frames import Frames

# Routes are rounded to this grid and may run this far beside the road: a road's width on the map at zoom 13.
GRID_M = 10.0
TOLERANCE_M = 15.0

# All routes together hold at most this many points (some 40 kB); the best chances go first.
MOST_POINTS = 15_000


def add_routes(block: Block, frames: Frames) -> None:
    """Columns ``r.*``: per route its match (by rank), length, and line from supply to demand."""
    order = frames.matches.sort_values("rank", kind="stable")["match_id"].tolist()
    row = {name: n for n, name in enumerate(order)}
    known = frames.routes[frames.routes["basis"] != "straight"]
    known = known.assign(row=known["match_id"].map(row)).sort_values("row", kind="stable")
    lines = _best(known.geometry.to_numpy())
    kept = [row for row, line in enumerate(lines) if len(to_grid(line, GRID_M)) > 1]
    best = known.iloc[kept]
    block.add_index("r.match", best["row"].to_numpy(dtype=np.int64))
    block.add_distinct("r.length", round_figures(best["length_m"].to_numpy(dtype=float)))
    add_lines(block, "r.line", [lines[row] for row in kept], GRID_M)


def _best(geometry: npt.NDArray[np.object_]) -> list[npt.NDArray[np.float64]]:
    """The first lines that hold no more than ``MOST_POINTS`` together; the rest is not looked at."""
    lines: list[npt.NDArray[np.float64]] = []
    points = 0
    for line in geometry:
        coordinates = _coordinates(line)
        size = len(to_grid(coordinates, GRID_M))
        points += size if size > 1 else 0
        if points > MOST_POINTS:
            break
        lines.append(coordinates)
    return lines


def _coordinates(line: shapely.Geometry) -> npt.NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapely.simplify(line, TOLERANCE_M)))
