"""Where the rows of a table lie, also where its columns hold that, and in which CRS they lie in the Netherlands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from kansenkaart.arrays import BoolArray, FloatArray
from kansenkaart.geo import RD, WGS84, in_rd_bounds
from kansenkaart.sources.cells import find_notation, read_numbers, read_texts
from kansenkaart.sources.columns import COORDINATE_PAIRS, GEOMETRY_TEXT
from kansenkaart.sources.locate import from_degrees
from kansenkaart.sources.look import Look
from kansenkaart.sources.match_columns import LAT, LON, Clue
from kansenkaart.sources.shape_kinds import parse_shapes

# Where the Netherlands lie in what web maps and neighbours use, in metres; none of these can be taken for another.
_ELSEWHERE = {
    "EPSG:3857": (360e3, 6_550e3, 810e3, 7_100e3),
    "EPSG:25831": (505e3, 5_610e3, 800e3, 5_950e3),
}


def place_look(
    look: Look, origin: Mapping[str, str], given: str | None
) -> tuple[Look, str | None, list[Clue]]:
    """The table with shapes, also where columns hold them; the CRS that must be set, and what speaks for it."""
    if look.raw.geometry is not None and look.extent is not None:
        if look.crs_from == "file" or given is not None:
            return look, given, []
        if look.crs_from == "format" and not _fit_rd(np.array([look.extent])).all():
            return look, None, []
        return (look, *_guess_crs(look.extent))
    if GEOMETRY_TEXT in origin:
        shapes = parse_shapes(read_texts(look.raw.frame[origin[GEOMETRY_TEXT]]))
        geometry, stated = shapes.geometry, shapes.srid.dropna()
        if len(stated):
            crs = f"EPSG:{stated.iloc[0]}"
            return _with_shapes(look, geometry, crs), given, [Clue("crs_text", {"crs": crs})]
        return _with_guess(look, geometry, given)
    for x, y in COORDINATE_PAIRS:
        if x not in origin or y not in origin:
            continue
        east, north = (_numbers(look.raw.frame[origin[name]], decimals=x == "lon") for name in (x, y))
        geometry = gpd.GeoSeries(shapely.points(east, north), index=look.raw.frame.index)
        if x != "x":
            return _with_shapes(look, geometry, RD if x == "x_rd" else WGS84), given, []
        return _with_guess(look, geometry, given)
    return look, given, []


def _numbers(cells: pd.Series, *, decimals: bool) -> np.ndarray:
    settled: Literal["decimals"] | None = "decimals" if decimals else None
    cells = from_degrees(cells) if decimals else cells
    return read_numbers(cells, elsewhere=find_notation(cells), settled=settled).values


def _with_guess(
    look: Look, geometry: gpd.GeoSeries, given: str | None
) -> tuple[Look, str | None, list[Clue]]:
    bounds = geometry.bounds.dropna().to_numpy(dtype=float)
    guess, said = (given, []) if given else _guess_crs(_without_strays(bounds))
    return (_with_shapes(look, geometry, guess) if guess else look), guess, said


def _without_strays(bounds: FloatArray) -> tuple[float, ...]:
    """Extent of the rows that lie in the Netherlands, where those are most: one wrong row settles no CRS."""
    for fits in (_fit_rd, _fit_degrees):
        near = fits(bounds)
        if near.sum() * 2 > len(bounds):
            bounds = bounds[near]
            break
    if not len(bounds):
        return (np.nan,) * 4
    return (*bounds[:, :2].min(axis=0).tolist(), *bounds[:, 2:].max(axis=0).tolist())


def _guess_crs(extent: tuple[float, ...]) -> tuple[str | None, list[Clue]]:
    """CRS in which an extent lies in the Netherlands."""
    shown = ", ".join(f"{number:.6g}" for number in extent)
    if _fit_rd(np.array([extent])).all():
        return RD, [Clue("crs_rd", {"extent": shown})]
    if _fit_degrees(np.array([extent])).all():
        return WGS84, [Clue("crs_degrees", {"extent": shown})]
    west, south, east, north = extent
    for crs, (left, low, right, high) in _ELSEWHERE.items():
        if left <= west <= east <= right and low <= south <= north <= high:
            return crs, [Clue("crs_metres", {"extent": shown, "crs": crs})]
    return None, []


def _fit_rd(bounds: FloatArray) -> BoolArray:
    west, south, east, north = bounds.T
    return in_rd_bounds(west, south) & in_rd_bounds(east, north)


def _fit_degrees(bounds: FloatArray) -> BoolArray:
    west, south, east, north = bounds.T
    inside = (LON[0] <= west) & (east <= LON[1]) & (LAT[0] <= south) & (north <= LAT[1])
    return np.asarray(inside, dtype=bool)


def _with_shapes(look: Look, geometry: gpd.GeoSeries, crs: str) -> Look:
    present = geometry[~shapely.is_missing(geometry.to_numpy())]
    bounds = np.asarray(present.total_bounds, dtype=float)
    return replace(
        look,
        raw=replace(look.raw, geometry=geometry, crs=CRS.from_user_input(crs)),
        shapes={str(kind): int(count) for kind, count in present.geom_type.value_counts().items()},
        crs=crs,
        extent=(*map(float, bounds),) if np.isfinite(bounds).all() else None,  # type: ignore[arg-type]
    )
