"""Geometry made fit: valid, flat, a point or a polygon; every repair is said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.geo import RD
from kansenkaart.sources.findings import LayerFindings

_POINT, _LINES, _POLYGONS = 0, (1, 2, 5), (3, 6)
_MULTIPOINT, _COLLECTION = 4, 7


def repair_geometry(geometry: gpd.GeoSeries, findings: LayerFindings) -> gpd.GeoSeries:
    """Return `geometry` (RD New) as points and valid polygons.

    An invalid polygon is made valid and keeps all its parts; a line becomes the point halfway; several points become
    their middle. What has no area left is rejected and becomes missing.
    """
    shapes = geometry.copy()
    present = shapes.notna()
    shapes.loc[present] = shapely.force_2d(shapes[present].to_numpy())
    _repair_collections(shapes, findings)
    _repair_polygons(shapes, findings)
    kind = shapely.get_type_id(shapes.to_numpy())
    for row in shapes.index[np.isin(kind, _LINES)]:
        shapes.loc[row] = _middle(shapes.loc[row])
        findings.remark(int(row), "line_to_point", severity="repaired", value=_where(shapes.loc[row]))
    for row in shapes.index[kind == _MULTIPOINT]:
        several = len(shapes.loc[row].geoms) > 1
        shapes.loc[row] = shapes.loc[row].centroid
        if several:
            findings.remark(int(row), "points_to_middle", severity="repaired", value=_where(shapes.loc[row]))
    return gpd.GeoSeries(shapes, crs=RD)


def _repair_polygons(shapes: gpd.GeoSeries, findings: LayerFindings) -> None:
    values = shapes.to_numpy()
    polygonal = np.isin(shapely.get_type_id(values), _POLYGONS)
    broken = polygonal & ~shapely.is_valid(values)
    for row in shapes.index[broken]:
        reason = str(shapely.is_valid_reason(shapes.loc[row]))
        fixed = _polygons_of(shapely.make_valid(shapes.loc[row]))
        if fixed.is_empty:
            findings.reject(int(row), "geometry_invalid", value=reason)
            shapes.loc[row] = None
        else:
            findings.remark(int(row), "geometry_repaired", severity="repaired", value=reason)
            shapes.loc[row] = fixed
    flat = polygonal & ~broken & (shapely.area(values) == 0)
    findings.reject_each(pd.Series("", index=shapes.index)[flat], "geometry_invalid")
    shapes.loc[flat] = None


def _repair_collections(shapes: gpd.GeoSeries, findings: LayerFindings) -> None:
    for row in shapes.index[shapely.get_type_id(shapes.to_numpy()) == _COLLECTION]:
        polygons = _polygons_of(shapes.loc[row])
        if polygons.is_empty:
            findings.reject(int(row), "geometry_collection", value=shapes.loc[row].wkt)
            shapes.loc[row] = None
        else:
            findings.remark(int(row), "collection_to_polygon", severity="repaired")
            shapes.loc[row] = polygons


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [
        part for part in shapely.get_parts(_flatten(shape)) if part.geom_type == "Polygon" and part.area > 0
    ]
    if len(parts) == 1:
        return parts[0]
    return shapely.union_all(parts) if parts else shapely.Polygon()


def _flatten(shape: shapely.Geometry) -> list[shapely.Geometry]:
    parts = list(shapely.get_parts(shape))
    if shape.geom_type != "GeometryCollection":
        return parts
    return [leaf for part in parts for leaf in _flatten(part)]


def _middle(line: shapely.Geometry) -> shapely.Point:
    """Point halfway the longest part: it lies on the line, a centroid need not."""
    parts = shapely.get_parts(line)
    return shapely.line_interpolate_point(parts[int(np.argmax(shapely.length(parts)))], 0.5, normalized=True)


def _where(point: shapely.Point) -> str:
    return f"{point.x:.0f}, {point.y:.0f}"
