"""What lies between places: a road network, and what a metre of pipe costs where. Arrays only, RD New, metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from kansenkaart.arrays import FloatArray, IntArray, ObjectArray


@dataclass(frozen=True, eq=False)
class Backdrop:
    """A layer of the user's own that lies behind the map.

    Parameters
    ----------
    name
        What the legend calls it.
    look
        How it is painted: "nature", "park", "network" or "limit".
    shapes
        Lines and polygons without parts, RD New, within the region and its margin, no finer than a map needs.
    areas
        Where the project asks which chances go through it: its polygons there as they are, whole; else None.
    """

    name: str
    look: str
    shapes: ObjectArray
    areas: ObjectArray | None = None


@dataclass(frozen=True)
class Snapped:
    """Where places meet the road, one entry per place.

    Parameters
    ----------
    edge
        int64[n]; position of the nearest edge; of equally near ones the first.
    along_m
        float64[n]; how far along that edge, from its first end.
    distance_m
        float64[n]; straight distance from the place to the road.
    """

    edge: IntArray
    along_m: FloatArray
    distance_m: FloatArray


@dataclass(frozen=True, eq=False)
class Roads:
    """A network of roads, driven in both directions.

    Parameters
    ----------
    xy
        float64[n, 2]; the vertices of all lines, each once, sorted by x and then y.
    ends
        int64[m, 2]; the two vertices of every edge, the lower one first; sorted, each once.
    snap_m
        A place farther from every edge than this is not connected.
    """

    xy: FloatArray
    ends: IntArray
    snap_m: float

    @property
    def length_m(self) -> FloatArray:
        """Length of every edge, float64[m]."""
        step = self.xy[self.ends[:, 1]] - self.xy[self.ends[:, 0]]
        return np.asarray(np.hypot(step[:, 0], step[:, 1]))

    def snap(self, places: FloatArray) -> Snapped:
        """Find the nearest point of the network for every place, float64[k, 2]; there must be an edge."""
        lines = shapely.linestrings(self.xy[self.ends])
        points = shapely.points(places)
        found, edge = shapely.STRtree(lines).query_nearest(points)
        # equally near edges all come back: the lowest one is taken, whatever the order inside the tree
        order = np.lexsort((edge, found))
        _, first = np.unique(found[order], return_index=True)
        nearest = edge[order][first].astype(np.int64)
        return Snapped(
            nearest,
            np.asarray(shapely.line_locate_point(lines[nearest], points)),
            np.asarray(shapely.distance(lines[nearest], points)),
        )


@dataclass(frozen=True, eq=False)
class Friction:
    """What a metre of pipe costs per cell, as a multiple of a metre in the open field.

    Parameters
    ----------
    factor
        float32[rows, columns], first row in the north; NaN is impassable, anything else above 0.
    transform
        Six numbers (a, b, c, d, e, f): x = a column + b row + c, y = d column + e row + f. Cells are square and
        point north: b = d = 0 and e = -a.
    """

    factor: npt.NDArray[np.float32]
    transform: tuple[float, float, float, float, float, float]

    @property
    def cell_m(self) -> float:
        """Side of a cell, metres."""
        return self.transform[0]

    def to_cells(self, places: FloatArray) -> FloatArray:
        """Turn x and y in RD into row and column with decimals, float64[k, 2]; the middle of a cell ends in .5."""
        left, top = self.transform[2], self.transform[5]
        return np.column_stack([(top - places[:, 1]) / self.cell_m, (places[:, 0] - left) / self.cell_m])

    def to_xy(self, cells: FloatArray) -> FloatArray:
        """Turn row and column with decimals into x and y in RD, float64[k, 2]."""
        left, top = self.transform[2], self.transform[5]
        return np.column_stack([left + cells[:, 1] * self.cell_m, top - cells[:, 0] * self.cell_m])


@dataclass(frozen=True, eq=False)
class PipeNetwork:
    """A network that lies there already and can carry more, in both directions.

    Attributes
    ----------
    id, name
        Its own.
    stream
        What it carries.
    spare
        What it can still carry per year, in the unit of the stream.
    toll_eur_unit
        EUR for every unit carried, whatever the way along it.
    temperature_c
        What it is kept at; NaN where that does not matter.
    source, source_year
        Who says so, and of when.
    pieces
        Its lines; from one piece there is no way to another. What it can carry is of all pieces together.
    """

    id: str
    name: str
    stream: str
    spare: float
    toll_eur_unit: float
    temperature_c: float
    source: str
    source_year: int
    pieces: tuple[Roads, ...]


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What routes are found on; None, or nothing, where the project gives nothing."""

    roads: Roads | None = None
    friction: Friction | None = None
    networks: tuple[PipeNetwork, ...] = ()
