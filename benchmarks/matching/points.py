"""Random points on land."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely


def draw_points_inside(areas: Any, count: int) -> tuple[Any, Any]:
    """Draw coordinates evenly over `areas`."""
    random = np.random.default_rng(2018)
    land = shapely.union_all(areas.geometry.to_numpy())
    shapely.prepare(land)
    west, south, east, north = areas.total_bounds
    x, y = random.uniform(west, east, 3 * count), random.uniform(south, north, 3 * count)
    inside = np.flatnonzero(shapely.contains_xy(land, x, y))[:count]
    return x[inside], y[inside]
