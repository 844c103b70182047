"""What a raster says of places: sums and means over areas with exact weights of cut cells, and samples at points.

Only the window of a place is read, in strips, so that a raster may be larger than memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.windows import Window

from kansenkaart.arrays import BoolArray, FloatArray, ObjectArray
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.geo import RD, reaches_rd
from kansenkaart.project import Layer, LoadedProject
from kansenkaart.project.layers import RasterSource
from kansenkaart.sources.columns import Names, check_limits
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.locate import name_crs, read_crs
from kansenkaart.sources.open_raster import open_raster
from kansenkaart.sources.raw import open_account
from kansenkaart.units import conversion_factor, list_units

# Cells that are held at a time.
_MOST_CELLS = 4_000_000
# A side of an area is straight in RD New; in another CRS it bends, and gets a corner this often, metres.
_BEND_M = 250.0
# An area of which less than this share has data says nothing; less than the whole of it is told.
_LEAST_SHARE = 0.5
_WHOLE = 0.999


class _Read(NamedTuple):
    """Of every place: the sum of cells x the share of each that lies inside, and how many cells that are."""

    total: FloatArray
    weight: FloatArray
    weight_all: FloatArray


@dataclass(frozen=True)
class FilledIn:
    """Quantities with what rasters say of them, the rows of ``LAYERS`` of those, and what to add to a source by row."""

    quantities: pd.DataFrame
    accounts: tuple[dict[str, object], ...]
    told: pd.Series


def fill_in(
    quantities: pd.DataFrame,
    zones: gpd.GeoSeries,
    layer: Layer,
    loaded: LoadedProject,
    *,
    names: Names,
    findings: LayerFindings,
) -> FilledIn:
    """Fill quantities that rows do not state with what the rasters of their layer say.

    Parameters
    ----------
    quantities
        In the catalogue's units; the index holds row numbers.
    zones
        Area or point of each row (RD New), or missing.

    Raises
    ------
    DataError, ProjectError
        When a raster is none in a known CRS, is turned, or cannot become the column it is for.
    """
    filled = quantities.copy()
    told = pd.Series("", index=quantities.index, dtype="str")
    accounts: list[dict[str, object]] = []
    for number, asked in enumerate(layer.rasters, start=1):
        values, crs = _read_values(asked, layer, zones, loaded, names=names, findings=findings)
        stated = filled[asked.column] if asked.column in filled else pd.Series(np.nan, index=filled.index)
        new = stated.isna() & values.notna()
        filled[asked.column] = stated.where(~new, values)
        told = told.where(~new, told + "; " + _say_source(asked, findings))
        named, year = f"{layer.name}.raster{number}", asked.year or layer.year
        account = open_account(named, asked.path, loaded, source=asked.source, year=year)
        account |= {"crs": crs, "rows_read": len(new), "licence": asked.licence}
        # a row that states the quantity itself is left out of the raster's account
        known = int((stated.notna()).sum())
        used = int(new.sum())
        account |= {"rows_used": used, "rows_left_out": known, "rows_outside": len(new) - used - known}
        accounts.append(account | {"rows_rejected": 0})
    return FilledIn(filled, tuple(accounts), told)


def check_raster(asked: RasterSource, layer: Layer, names: Names) -> None:
    """Raise ``ProjectError`` when a raster cannot become the column it is for."""
    values: dict[str, Any] = {"layer": layer.name, "column": asked.column, "unit": asked.unit or "-"}
    if asked.column not in names.quantities:
        message = "Layer '{layer}': rasters.column = '{column}' is no driver or quantity. Looks like: {hint}."
        hint = ", ".join(names.nearest(asked.column)) or "-"
        raise ProjectError("raster_column", message, hint=hint, **values)
    target = names.quantities[asked.column]
    if asked.unit is not None and asked.unit not in list_units(target):
        message = "Layer '{layer}': unit {unit} of raster column '{column}' cannot become {target}. Allowed: {allowed}."
        raise ProjectError(
            "raster_unit", message, target=target, allowed=", ".join(list_units(target)), **values
        )


def _read_values(
    asked: RasterSource,
    layer: Layer,
    zones: gpd.GeoSeries,
    loaded: LoadedProject,
    *,
    names: Names,
    findings: LayerFindings,
) -> tuple[pd.Series, str]:
    """Value by row, missing where the raster says nothing, and the CRS it is in."""
    check_raster(asked, layer, names)
    wanted = zones[zones.notna()]
    if asked.radius_m is not None:
        wanted = wanted.buffer(asked.radius_m, quad_segs=16)
    with open_raster(Path(loaded.folder / asked.path), asked.path) as source:
        crs = _find_crs(source, asked, layer)
        moved = _move(wanted, crs)
        if asked.take == "sample":
            found = _sample(source, shapely.point_on_surface(moved), asked.band)
        else:
            found = _read_zones(source, moved, asked.band)
    values = _make(found, asked, wanted)
    values[found.weight < _LEAST_SHARE * found.weight_all] = np.nan
    if asked.unit is not None:
        values = values * conversion_factor(asked.unit, names.quantities[asked.column])
    result = pd.Series(np.nan, index=zones.index)
    result[wanted.index] = values
    known = result[result.notna()]
    result[known.index] = check_limits(known.to_numpy(), known, asked.column, names, findings)
    _tell(asked, found, wanted, result, findings)
    return result, name_crs(crs)


def _find_crs(source: Any, asked: RasterSource, layer: Layer) -> CRS:
    values: dict[str, Any] = {"file": asked.path, "layer": layer.name}
    given = read_crs(asked.crs, layer.name)
    if source.crs is None and given is None:
        message = "{file}: this raster has no CRS. Set crs at [[layers.rasters]] of layer '{layer}'."
        raise DataError("raster_crs_missing", message, **values)
    crs = CRS.from_wkt(source.crs.to_wkt()) if source.crs is not None else given
    if crs is None or not reaches_rd(crs):
        message = "{file}: the CRS of this raster has no way to RD New. Save it in EPSG:28992."
        raise DataError("raster_crs_unreachable", message, **values)
    if source.transform.b or source.transform.d or source.transform.e >= 0 or source.transform.a <= 0:
        message = "{file}: this raster is turned or upside down. Warp it to north up (gdalwarp)."
        raise DataError("raster_turned", message, **values)
    if asked.band > source.count:
        message = "{file}: there is no band {band}; it has {count}."
        raise DataError("raster_band", message, band=asked.band, count=source.count, **values)
    return crs


def _move(zones: gpd.GeoSeries, crs: CRS) -> ObjectArray:
    """Zones in the CRS of the raster."""
    if crs.equals(CRS.from_user_input(RD)):
        return np.asarray(zones.to_numpy())
    bent = gpd.GeoSeries(shapely.segmentize(zones.to_numpy(), _BEND_M), crs=RD)
    return np.asarray(bent.to_crs(crs).to_numpy())


def _read_zones(source: Any, zones: ObjectArray, band: int) -> _Read:
    found = _Read(*(np.zeros(len(zones)) for _ in _Read._fields))
    for number, zone in enumerate(zones):
        for cells, weights in _strips(source, zone, band):
            inside = weights > 0
            good = inside & ~np.ma.getmaskarray(cells)
            found.total[number] += float((cells.data[good].astype(np.float64) * weights[good]).sum())
            found.weight[number] += float(weights[good].sum())
        found.weight_all[number] = shapely.area(zone) / abs(source.transform.a * source.transform.e)
    return found


def _strips(source: Any, zone: shapely.Geometry, band: int) -> Iterator[tuple[Any, FloatArray]]:
    """Cells under a zone with the share of each that lies inside it, some rows at a time."""
    inverse = ~source.transform
    west, south, east, north = shapely.bounds(zone)
    (left, top), (right, bottom) = inverse * (west, north), inverse * (east, south)
    first, last = max(int(np.floor(left)), 0), min(int(np.ceil(right)), source.width)
    start, stop = max(int(np.floor(top)), 0), min(int(np.ceil(bottom)), source.height)
    if first >= last or start >= stop:
        return
    step = max(_MOST_CELLS // (last - first), 1)
    for row in range(start, stop, step):
        window = Window(first, row, last - first, min(step, stop - row))
        cells = np.ma.masked_invalid(source.read(band, window=window, masked=True), copy=False)
        yield cells, weigh_cells(zone, source.window_transform(window), cells.shape)


def weigh_cells(zone: shapely.Geometry, transform: Affine, shape: tuple[int, int]) -> FloatArray:
    """Share of every cell that lies inside an area, exact: whole, none, or what the boundary cuts off.

    Examples
    --------
    >>> weigh_cells(shapely.box(0.5, 0, 2, 1), Affine(1, 0, 0, 0, -1, 1), (1, 3)).tolist()
    [[0.5, 1.0, 0.0]]
    """
    inside = rasterize([zone], out_shape=shape, transform=transform, dtype="uint8")
    weights: FloatArray = inside.astype(np.float64)
    edge = rasterize(
        [shapely.boundary(zone)], out_shape=shape, transform=transform, all_touched=True, dtype="uint8"
    )
    cut = _widen(edge.astype(bool))
    wide, high = transform.a, -transform.e
    for row in np.flatnonzero(cut.any(axis=1)).tolist():
        columns = np.flatnonzero(cut[row])
        top = transform.f - row * high
        left = transform.c + columns * wide
        strip = shapely.intersection(zone, shapely.box(left[0], top - high, left[-1] + wide, top))
        boxes = shapely.box(left, top - high, left + wide, top)
        weights[row, columns] = shapely.area(shapely.intersection(strip, boxes)) / (wide * high)
    return weights


def _widen(mask: BoolArray) -> BoolArray:
    """Mask with the cells beside it: a line along an edge of cells touches those on both sides."""
    wide = np.pad(mask, 1)
    shifts = [
        wide[row : row + mask.shape[0], column : column + mask.shape[1]]
        for row in range(3)
        for column in range(3)
    ]
    return np.asarray(np.logical_or.reduce(shifts))


def _sample(source: Any, points: ObjectArray, band: int) -> _Read:
    """Cell under every point, read block by block."""
    columns, rows = ~source.transform * (shapely.get_x(points), shapely.get_y(points))
    columns, rows = np.floor(columns).astype(np.int64), np.floor(rows).astype(np.int64)
    found = _Read(np.zeros(len(points)), np.zeros(len(points)), np.ones(len(points)))
    inside = (columns >= 0) & (columns < source.width) & (rows >= 0) & (rows < source.height)
    high, wide = source.block_shapes[band - 1]
    blocks = pd.DataFrame({"down": rows // high, "across": columns // wide})[inside]
    for (down, across), part in blocks.groupby(["down", "across"]):
        window = Window(across * wide, down * high, wide, high).intersection(
            Window(0, 0, source.width, source.height)
        )
        cells = np.ma.masked_invalid(source.read(band, window=window, masked=True), copy=False)
        at = part.index.to_numpy()
        y, x = rows[at] - int(down) * high, columns[at] - int(across) * wide
        good = ~np.ma.getmaskarray(cells)[y, x]
        found.total[at[good]] = cells.data[y[good], x[good]]
        found.weight[at[good]] = 1.0
    return found


def _make(found: _Read, asked: RasterSource, zones: gpd.GeoSeries) -> FloatArray:
    """Values as the project asks for them."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: FloatArray = found.total / found.weight
        if asked.take != "sum":
            return mean
        if asked.per == "ha":
            hectares = shapely.area(zones.to_numpy()) / 10_000
            return np.asarray(mean * hectares * np.minimum(found.weight / found.weight_all, 1.0))
    return np.where(found.weight > 0, found.total, np.nan)


def _tell(
    asked: RasterSource, found: _Read, zones: gpd.GeoSeries, values: pd.Series, findings: LayerFindings
) -> None:
    """Say of which places the raster knows nothing, or a part."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = pd.Series(found.weight / found.weight_all, index=zones.index)
    named: dict[str, Any] = {"name": asked.column, "file_of_raster": asked.path}
    bare = (shapely.area(zones.to_numpy()) == 0) & (asked.take != "sample")
    without = values[zones.index].isna().to_numpy()
    for key, rows in (("raster_needs_area", bare), ("raster_without_data", without & ~bare)):
        empty = pd.Series("", index=zones.index[rows], dtype="str")
        findings.remark_each(empty, key, severity="warning", column=asked.column, **named)
    part = share.index[(share < _WHOLE).to_numpy() & values[zones.index].notna().to_numpy()]
    percent = findings.numbers((100 * share[part]).round(1))
    findings.remark_each(percent, "raster_in_part", severity="warning", column=asked.column, **named)


def _say_source(asked: RasterSource, findings: LayerFindings) -> str:
    source = asked.source or Path(asked.path).name
    return findings.texts(f"formulas.raster_{asked.take}", name=asked.column, source=source)
