"""Where matches run: the routes of the best chances, simplified, within a fixed number of points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from kansenkaart.maps.block import Block
from kansenkaart.maps.figures import encode_figures
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
    lines = [_coordinates(line) for line in known.geometry.to_numpy()]
    sizes = np.array([len(to_grid(line, GRID_M)) for line in lines], dtype=np.int64)
    kept = (sizes > 1) & (np.cumsum(np.where(sizes > 1, sizes, 0)) <= MOST_POINTS)
    block.add_index("r.match", known["row"].to_numpy(dtype=np.int64)[kept])
    block.add("r.length", encode_figures(known["length_m"].to_numpy(dtype=float)[kept]))
    add_lines(block, "r.line", [line for line, keep in zip(lines, kept, strict=True) if keep], GRID_M)


def _coordinates(line: shapely.Geometry) -> npt.NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapely.simplify(line, TOLERANCE_M)))
