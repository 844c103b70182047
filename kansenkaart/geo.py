"""The one gate between coordinate systems: RD New (metres) inside, WGS84 only where it is read or drawn."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS, Transformer, network
from pyproj.exceptions import ProjError

from kansenkaart.arrays import BoolArray, FloatArray, ObjectArray

# For a program that loaded pyproj before kansenkaart put PROJ_NETWORK off.
network.set_network_enabled(active=False)  # type: ignore[attr-defined]  # made public without saying so

RD = "EPSG:28992"
WGS84 = "EPSG:4326"

# Where RD New is valid on land and on the coast (x min, y min, x max, y max), metres.
RD_BOUNDS = (0.0, 289_000.0, 305_000.0, 630_000.0)

# Beyond the border RD New still holds to a metre or so; partners abroad lie this near.
_ABROAD_M = 60_000.0

# Around the equator, metres.
_EARTH_M = 40_075_000.0


def is_rd(crs: object) -> bool:
    """Tell whether `crs` is RD New, also when a driver gave it another name (older ``PROJCS "unnamed"``).

    Equality of CRS objects is too strict: files written by older software carry the same projection on the
    same ellipsoid without an EPSG code. A wrong datum ("looks like RD", 114 m off) is not RD New.
    """
    given = CRS.from_user_input(crs)
    if given.to_epsg() == 28992 or given == CRS.from_user_input(RD):
        return True
    sample_lon, sample_lat = np.array([4.9, 6.5, 5.7]), np.array([52.4, 53.2, 50.9])
    try:
        here = Transformer.from_crs(WGS84, given, always_xy=True).transform(sample_lon, sample_lat)
    except Exception:  # a CRS that PROJ cannot reach is not RD; the caller says so with the file's name
        return False
    there = Transformer.from_crs(WGS84, RD, always_xy=True).transform(sample_lon, sample_lat)
    return bool(np.allclose(here, there, atol=2.0))


def reaches_rd(crs: object) -> bool:
    """Tell whether coordinates in `crs` can be brought to RD New; those of a local drawing cannot."""
    try:
        Transformer.from_crs(crs, RD, always_xy=True)
    except ProjError:
        return False
    return True


def to_rd(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `frame` in RD New; the frame must carry a CRS."""
    if is_rd(frame.crs):
        return frame.set_crs(RD, allow_override=True)
    return frame.to_crs(RD)


def flatten(shapes: ObjectArray) -> ObjectArray:
    """Shapes without heights and measures; those that have none are not copied."""
    deep = shapely.get_coordinate_dimension(shapes) > 2
    if not deep.any():
        return shapes
    flat = shapes.copy()
    flat[deep] = shapely.force_2d(flat[deep])
    return flat


def to_wgs84(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Turn RD metres into (longitude, latitude) degrees, for drawing."""
    lon, lat = Transformer.from_crs(RD, WGS84, always_xy=True).transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def lie_on_earth(shapes: ObjectArray) -> BoolArray:
    """Tell per shape in RD New whether every corner is a place.

    A corner outside the reach of the projection is infinite after it. Bounds do not tell: they pass over a corner that
    is no number. Numbers that are finite but beyond the earth overflow in the geometry library.
    """
    corners, shape = shapely.get_coordinates(shapes, return_index=True)
    fit = np.ones(len(shapes), dtype=bool)
    fit[shape[~(np.abs(corners) <= _EARTH_M).all(axis=1)]] = False
    return fit


def in_rd_bounds(x: FloatArray, y: FloatArray) -> BoolArray:
    """Tell per point whether it lies where RD New is valid."""
    west, south, east, north = RD_BOUNDS
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def near_rd(x: FloatArray, y: FloatArray) -> BoolArray:
    """Tell per point whether it lies where RD New is valid, or where partners beyond the border may lie."""
    west, south, east, north = RD_BOUNDS
    far = _ABROAD_M
    return np.asarray((x >= west - far) & (x <= east + far) & (y >= south - far) & (y <= north + far))
