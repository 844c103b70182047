"""Which municipality each point lies in: a label grid answers most, a polygon test the cells on a border."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

from kansenkaart.geo import FloatArray

# Side of a cell, metres. An odd shift keeps cell edges off the rounded coordinates of the boundaries, so that no
# border runs exactly along an edge.
_CELL_M = 1_000.0
_SHIFT_M = 3.737
# Points beyond this from every municipality do not lie in the country (the generalised coast is off by 1-2 km,
# harbours and dams reach further).
FARTHEST_M = 10_000.0

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Placed:
    """Municipality per point.

    Parameters
    ----------
    area
        Position in the areas; the nearest one for a point outside all.
    distance_m
        0 inside, else the distance to that nearest one.
    """

    area: IntArray
    distance_m: FloatArray


class LabelGrid:
    """A 1 km grid over `areas` that knows per cell which area fills it whole.

    Parameters
    ----------
    areas
        Polygons in RD New, in a fixed order; a point on a shared border belongs to the first.
    """

    def __init__(self, areas: gpd.GeoDataFrame) -> None:
        self._shapes = areas.geometry.to_numpy()
        west, south, east, north = areas.total_bounds
        self._west, self._north = west - _CELL_M + _SHIFT_M, north + _CELL_M + _SHIFT_M
        shape = (int((self._north - south) // _CELL_M) + 2, int((east - self._west) // _CELL_M) + 2)
        transform = Affine(_CELL_M, 0.0, self._west, 0.0, -_CELL_M, self._north)
        numbered = [(area, number) for number, area in enumerate(self._shapes)]
        labels = rasterize(numbered, out_shape=shape, transform=transform, fill=-1, dtype="int32")
        borders = [(shapely.boundary(area), 1) for area in self._shapes]
        border = rasterize(borders, out_shape=shape, transform=transform, all_touched=True, dtype="uint8")
        self._labels = np.where(border == 1, _ON_BORDER, labels)

    def find_areas(self, x: FloatArray, y: FloatArray) -> Placed:
        """Find the area of every point.

        Parameters
        ----------
        x, y
            RD metres, finite, shape (n,).
        """
        area = self._label(x, y)
        unsure = np.flatnonzero(area == _ON_BORDER)
        area[unsure] = self._test(x[unsure], y[unsure])
        distance = np.zeros(len(x))
        outside = np.flatnonzero(area < 0)
        if len(outside):
            area[outside], distance[outside] = self._nearest(x[outside], y[outside])
        return Placed(area, distance)

    def _label(self, x: FloatArray, y: FloatArray) -> IntArray:
        column = np.floor((x - self._west) / _CELL_M).astype(np.int64)
        row = np.floor((self._north - y) / _CELL_M).astype(np.int64)
        rows, columns = self._labels.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        area = np.full(len(x), _NOWHERE, dtype=np.int64)
        area[inside] = self._labels[row[inside], column[inside]]
        return area

    def _test(self, x: FloatArray, y: FloatArray) -> IntArray:
        """Test points against the polygons whose west-east extent holds them; the first area wins."""
        order = np.argsort(x, kind="stable")
        sorted_x, sorted_y = x[order], y[order]
        found = np.full(len(x), _NOWHERE, dtype=np.int64)
        for number, (shape, (west, south, east, north)) in enumerate(
            zip(self._shapes, shapely.bounds(self._shapes), strict=True)
        ):
            first, last = np.searchsorted(sorted_x, west, "left"), np.searchsorted(sorted_x, east, "right")
            near = np.arange(first, last)
            near = near[(sorted_y[near] >= south) & (sorted_y[near] <= north) & (found[near] == _NOWHERE)]
            if len(near):
                shapely.prepare(shape)
                found[near[shapely.intersects_xy(shape, sorted_x[near], sorted_y[near])]] = number
        area = np.empty_like(found)
        area[order] = found
        return area

    def _nearest(self, x: FloatArray, y: FloatArray) -> tuple[IntArray, FloatArray]:
        tree = shapely.STRtree(self._shapes)
        (point, area), distance = tree.query_nearest(
            shapely.points(x, y), return_distance=True, all_matches=True
        )
        # equally near areas: the first one, whatever order the tree has
        order = np.lexsort((area, point))
        _, first = np.unique(point[order], return_index=True)
        return area[order][first], distance[order][first]


_NOWHERE, _ON_BORDER = -1, -2
