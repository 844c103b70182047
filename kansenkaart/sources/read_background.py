"""Own layers behind the map: lines and areas of the region and its margin, no finer than a map needs."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from kansenkaart.arrays import ObjectArray
from kansenkaart.errors import DataError
from kansenkaart.project import BackgroundLayer, LoadedProject
from kansenkaart.sources.cost_raster import extent
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.ground_files import read_shapes
from kansenkaart.sources.region import ReadRegion
from kansenkaart.tables import Backdrop
from kansenkaart.texts import Texts

# What a layer may add to a map: these points pack to some 40 kB.
MOST_POINTS = 15_000
# Metres that a line may be off; the last is two pixels on a map of the country.
_STEPS_M = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0)

_LINE, _AREA = 1, 3


@dataclass(frozen=True)
class ReadBackground:
    """The layer, what is said about its file, and its row of ``LAYERS``."""

    backdrop: Backdrop
    findings: LayerFindings
    account: dict[str, object]


def read_background(
    layer: BackgroundLayer, number: int, loaded: LoadedProject, region: ReadRegion, texts: Texts
) -> ReadBackground:
    """Read a layer that lies behind the map.

    Parameters
    ----------
    number
        Its place in the project file, from 1.
    region
        Only what lies within the region and its margin is kept.

    Raises
    ------
    DataError, ProjectError
        When the file cannot be read, holds no line or area (or no area that could be crossed), has no CRS or one that
        cannot be right, or is too fine to be drawn even when it is simplified to 320 m.
    """
    name = f"background[{number}]"
    findings = LayerFindings(texts, layer=name, file=layer.path)
    shapes, account = read_shapes(layer, loaded, name, findings)
    parts = _take_parts(shapes)
    if not len(parts):
        message = (
            "{file}: no row holds a line or an area (rows: {rows}), so nothing can be drawn behind the map. Export "
            "the layer with its lines or areas; points are places: give them as [[layers]]."
        )
        raise DataError("background_no_shapes", message, file=layer.path, rows=account["rows_read"])
    if layer.flag and not (shapely.get_type_id(parts) == _AREA).any():
        message = (
            "{file}: no row holds an area (rows: {rows}), so no chance can go through it. Leave out flag, or give the "
            "layer with areas; widen lines in QGIS (Buffer)."
        )
        raise DataError("background_no_areas", message, file=layer.path, rows=account["rows_read"])
    broken = int((~shapely.is_valid(parts)).sum())
    if broken:
        findings.remark(0, "background_mended", severity="note", value=layer.path, count=broken)
        parts = _take_parts(shapely.make_valid(parts))
    inside = _take_parts(shapely.clip_by_rect(parts, *extent(region)))
    if not len(inside):
        findings.remark(0, "background_outside", severity="warning", value=layer.path)
    drawn = _simplify(inside, layer.path, findings)
    areas = _take_areas(parts, region) if layer.flag else None
    return ReadBackground(Backdrop(layer.title, layer.look, drawn, areas), findings, account)


def draw_parks(parks: gpd.GeoSeries, region: ReadRegion, texts: Texts) -> Backdrop | None:
    """Business parks that lie in a layer as areas, quietly behind the map; None where none does.

    Parameters
    ----------
    parks
        Their shapes; they are places as well, with their card.
    """
    areas = _take_parts(np.asarray(parks.to_numpy(), dtype=object))
    shapes = _take_parts(shapely.clip_by_rect(areas, *extent(region)))
    if not len(shapes):
        return None
    drawings = (_draw(shapes, step) for step in _STEPS_M)
    drawn = next((one for one in drawings if _count_points(one) <= MOST_POINTS), None)
    name = texts("columns.business_parks_areas.parks")
    return None if drawn is None else Backdrop(name, "park", drawn, None)


def _take_areas(parts: ObjectArray, region: ReadRegion) -> ObjectArray:
    """Polygons that reach into the region and its margin, whole and as fine as they came."""
    areas = parts[shapely.get_type_id(parts) == _AREA]
    return np.asarray(areas[shapely.intersects(areas, shapely.box(*extent(region)))], dtype=object)


def _take_parts(shapes: ObjectArray) -> ObjectArray:
    """Lines and polygons of what may be collections; no points, nothing empty."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    kinds = shapely.get_type_id(parts)
    parts = (
        np.where(kinds == shapely.GeometryType.LINEARRING, shapely.boundary(parts), parts)
        if len(parts)
        else parts
    )
    return np.asarray(parts[np.isin(kinds, (_LINE, _AREA)) & ~shapely.is_empty(parts)], dtype=object)


def _simplify(parts: ObjectArray, file: str, findings: LayerFindings) -> ObjectArray:
    """The finest drawing with at most ``MOST_POINTS``; says so when that is coarser than a map near by shows."""
    for step in _STEPS_M:
        drawn = _draw(parts, step)
        if _count_points(drawn) <= MOST_POINTS:
            if step > _STEPS_M[0]:
                findings.remark(0, "background_simplified", severity="note", value=file, metres=f"{step:.0f}")
            return drawn
    message = (
        "{file}: {points} points are left when it is drawn to {metres} m; allowed: at most {most}. Leave out what the "
        "map does not need, or merge what lies side by side."
    )
    values = {"points": _count_points(drawn), "metres": f"{_STEPS_M[-1]:.0f}", "most": MOST_POINTS}
    raise DataError("background_large", message, file=file, **values)


def _draw(parts: ObjectArray, step_m: float) -> ObjectArray:
    drawn = shapely.simplify(parts, step_m)
    return np.asarray(drawn[~shapely.is_empty(drawn)], dtype=object)


def _count_points(parts: ObjectArray) -> int:
    return int(shapely.get_num_coordinates(parts).sum())
