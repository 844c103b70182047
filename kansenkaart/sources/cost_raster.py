"""A GeoTIFF of cost factors, brought to RD New: square cells that point north, cut to the region and its margin."""

from __future__ import annotations

from math import ceil, floor, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.transform import Affine
from rasterio.warp import reproject, transform_bounds
from rasterio.warp import transform as move_points
from rasterio.windows import Window

from kansenkaart.errors import DataError
from kansenkaart.geo import RD, is_rd, reaches_rd
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.locate import name_crs
from kansenkaart.sources.open_raster import open_raster
from kansenkaart.sources.region import ReadRegion
from kansenkaart.tables.surroundings import Friction

MAX_CELLS = 50_000_000

Bounds = tuple[float, float, float, float]
_Cells = npt.NDArray[np.float32]

# Stands for impassable while a raster is moved to RD: the dearest cell under a new one wins, so a wall stays a wall.
_WALL = np.float32(1e30)
_NOTHING = np.float32(-1.0)
_WHOLE = 0.9999
# Below this share of the region the raster is taken to be about somewhere else.
_LEAST = 0.5


def extent(region: ReadRegion) -> Bounds:
    """Bounds of the region and its margin."""
    west, south, east, north = region.outline.bounds
    margin = region.margin_m
    return west - margin, south - margin, east + margin, north + margin


def refuse_too_many(cells: float, cell_m: float, file: str) -> None:
    """Raise ``DataError`` with a cell size that would do when `cells` are more than allowed."""
    if cells <= MAX_CELLS:
        return
    wider = ceil(cell_m * sqrt(cells / MAX_CELLS) * 1.01)
    message = (
        "{file}: the friction of the region and its margin would have {count} cells of {cell} m; allowed: {allowed}. "
        "Use cells of {wider} m or more, or a smaller region or margin."
    )
    values = {"count": f"{cells:.0f}", "cell": f"{cell_m:g}", "allowed": MAX_CELLS, "wider": wider}
    raise DataError("friction_too_many_cells", message, file=file, **values)


def read_cost_raster(path: Path, file: str, region: ReadRegion, findings: LayerFindings) -> Friction:
    """Read the raster at `path`; `file` is its name in the project file.

    Returns
    -------
    Friction
        No data and 0 are impassable.

    Raises
    ------
    DataError
        When it cannot be read, has several bands, no CRS, covers less than half of the region, is too large, holds
        negative cells or is impassable everywhere.
    """
    with open_raster(path, file) as source:
        _check_raster(source, file)
        wanted = _find_coverage(source, region, file, findings)
        cells, transform = _read_in_rd(source, wanted, file)
    factor = np.where(np.isfinite(cells) & (cells > 0) & (cells < _WALL / 10), cells, np.float32(np.nan))
    if np.isnan(factor).all():
        message = (
            "{file}: every cell within the region is impassable (no data or 0). Write a cost factor per "
            "cell, 1 for the open field."
        )
        raise DataError("friction_impassable", message, file=file)
    return Friction(factor, tuple(transform)[:6])


def _check_raster(source: Any, file: str) -> None:
    if source.count != 1:
        message = "{file} has {count} bands; allowed: one, with the cost factor. Save only that band."
        raise DataError("friction_bands", message, file=file, count=source.count)
    if source.crs is None or not reaches_rd(CRS.from_user_input(source.crs)):
        message = (
            "{file}: the raster has no CRS that leads to RD New. Save it with a CRS, for example EPSG:28992."
        )
        raise DataError("friction_crs", message, file=file)


def _overlap(first: Bounds, second: Bounds) -> Bounds:
    return (
        max(first[0], second[0]),
        max(first[1], second[1]),
        min(first[2], second[2]),
        min(first[3], second[3]),
    )


def _find_coverage(source: Any, region: ReadRegion, file: str, findings: LayerFindings) -> Bounds:
    """Part of the region and its margin that the raster covers, RD New; says so when the region sticks out."""
    # towards the raster and back: a raster of the whole world has no bounds in RD
    asked = transform_bounds(RD, source.crs, *extent(region))
    west, south, east, north = _overlap(asked, tuple(source.bounds))
    covered = 0.0
    if west < east and south < north:
        there = transform_bounds(source.crs, RD, west, south, east, north)
        covered = shapely.intersection(region.outline, shapely.box(*there)).area / region.outline.area
    if covered < _LEAST:
        raise _too_little(source, covered, file)
    if covered < _WHOLE:
        shown = findings.number(round(100 * covered, 1))
        findings.remark(0, "friction_part", severity="warning", value=f"{shown} %")
    return _overlap(extent(region), there)


def _too_little(source: Any, covered: float, file: str) -> DataError:
    message = (
        "{file}: the raster covers {covered} % of the region; allowed: {least} % or more. It spans {bounds} in {crs}. "
        "Use a raster of the whole region, or leave path out."
    )
    values = {
        # just below is not rounded to what is allowed
        "covered": f"{min(100 * covered, 100 * _LEAST - 0.1):.3g}",
        "least": f"{100 * _LEAST:g}",
        "bounds": ", ".join(f"{number:.6g}" for number in source.bounds),
        "crs": name_crs(CRS.from_user_input(source.crs)),
    }
    return DataError("friction_part", message, file=file, **values)


def _read_in_rd(source: Any, wanted: Bounds, file: str) -> tuple[_Cells, Affine]:
    """Cells of the wanted part in RD New, square and pointing north."""
    grid = source.transform
    if is_rd(CRS.from_user_input(source.crs)) and _points_north(grid) and np.isclose(grid.a, -grid.e):
        window = _window(source, wanted)
        refuse_too_many(float(window.width) * window.height, grid.a, file)
        return _read_window(source, window, file), _shifted(grid, window)
    return _move_to_rd(source, wanted, file)


def _window(source: Any, bounds: Bounds) -> Window:
    """Whole cells of `source`, which points north, that cover `bounds`, within the raster."""
    grid = source.transform
    west, south, east, north = bounds
    left, right = floor((west - grid.c) / grid.a + 1e-6), ceil((east - grid.c) / grid.a - 1e-6)
    top, bottom = floor((north - grid.f) / grid.e + 1e-6), ceil((south - grid.f) / grid.e - 1e-6)
    left, top = min(max(left, 0), source.width - 1), min(max(top, 0), source.height - 1)
    right, bottom = min(max(right, left + 1), source.width), min(max(bottom, top + 1), source.height)
    return Window(left, top, right - left, bottom - top)


def _points_north(grid: Affine) -> bool:
    return bool(grid.b == 0 and grid.d == 0 and grid.a > 0 > grid.e)


def _shifted(grid: Affine, window: Window) -> Affine:
    """Transform of a window of a raster with transform `grid`."""
    left, top = window.col_off, window.row_off
    x, y = grid.c + left * grid.a + top * grid.b, grid.f + left * grid.d + top * grid.e
    return Affine(grid.a, grid.b, x, grid.d, grid.e, y)


def _read_window(source: Any, window: Window, file: str) -> _Cells:
    """Factors with scale and offset of the file applied; no data becomes 0, which is impassable."""
    cells = source.read(1, window=window, masked=True)
    scaled = cells.astype(np.float64) * source.scales[0] + source.offsets[0]
    filled = scaled.filled(0.0)
    negative = filled < 0
    if negative.any():
        message = (
            "{file}: {count} {count:cell within the region and its margin is|cells within the region and its margin "
            "are} negative (lowest {lowest}). A cost factor is above 0; where no pipe can go stands 0 or no data. "
            "Declare -9999 and the like as no data (nodata), or use a raster of costs."
        )
        lowest = f"{filled.min():.6g}"
        raise DataError("friction_negative", message, file=file, count=int(negative.sum()), lowest=lowest)
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinite: impassable
        return np.asarray(filled, dtype=np.float32)


def _move_to_rd(source: Any, wanted: Bounds, file: str) -> tuple[_Cells, Affine]:
    """Move the raster to RD New; where old cells share a new one the dearest counts."""
    cell_m = _cell_in_rd(source, wanted)
    west, south, east, north = wanted
    columns, rows = max(ceil((east - west) / cell_m), 1), max(ceil((north - south) / cell_m), 1)
    refuse_too_many(float(columns) * rows, cell_m, file)
    # a raster that does not point north has no window that follows the bounds: it is read whole
    window = Window(0, 0, source.width, source.height)
    if _points_north(source.transform):
        slack = 2 * cell_m
        around = (west - slack, south - slack, east + slack, north + slack)
        window = _window(source, transform_bounds(RD, source.crs, *around))
    refuse_too_many(float(window.width) * window.height, cell_m, file)
    cells = _read_window(source, window, file)
    cells = np.where(np.isfinite(cells) & (cells > 0), cells, _WALL)
    moved = np.full((rows, columns), _NOTHING, dtype=np.float32)
    transform = Affine(cell_m, 0.0, west, 0.0, -cell_m, north)
    reproject(
        cells,
        moved,
        src_transform=_shifted(source.transform, window),
        src_crs=source.crs,
        src_nodata=_NOTHING,
        dst_transform=transform,
        dst_crs=RD,
        dst_nodata=_NOTHING,
        resampling=Resampling.max,
    )
    return moved, transform


def _cell_in_rd(source: Any, wanted: Bounds) -> float:
    """Side of a square in RD New as large as a cell of the raster in the middle of `wanted`, whole centimetres."""
    west, south, east, north = wanted
    (x,), (y,) = move_points(RD, source.crs, [(west + east) / 2], [(south + north) / 2])
    grid = source.transform
    across, down = np.array([grid.a, grid.d]), np.array([grid.b, grid.e])
    corners = np.add([x, y], [0 * across, across, across + down, down])
    moved = move_points(source.crs, RD, *corners.T.tolist())
    return max(round(sqrt(shapely.Polygon(np.column_stack(moved)).area), 2), 0.01)
