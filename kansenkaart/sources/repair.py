"""Geometry made fit: valid, flat, a point or a polygon; every repair is said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.geo import RD, lie_on_earth
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
    _reject_corners(shapes, findings)
    _repair_collections(shapes, findings)
    _repair_polygons(shapes, findings)
    kind = shapely.get_type_id(shapes.to_numpy())
    lines = shapes[np.isin(kind, _LINES)]
    middles = gpd.GeoSeries([_middle(line) for line in lines], index=lines.index, crs=RD)
    findings.remark_each(_where(middles), "line_to_point", severity="repaired")
    points = shapes[kind == _MULTIPOINT]
    several = shapely.get_num_geometries(points.to_numpy()) > 1
    centres = gpd.GeoSeries(shapely.centroid(points.to_numpy()), index=points.index, crs=RD)
    findings.remark_each(_where(centres[several]), "points_to_middle", severity="repaired")
    shapes.loc[lines.index], shapes.loc[points.index] = middles, centres
    return gpd.GeoSeries(shapes, crs=RD)


def _reject_corners(shapes: gpd.GeoSeries, findings: LayerFindings) -> None:
    lost = ~lie_on_earth(shapes.to_numpy())
    findings.reject_each(pd.Series("", index=shapes.index)[lost], "geometry_corner")
    shapes.loc[lost] = None


def _repair_polygons(shapes: gpd.GeoSeries, findings: LayerFindings) -> None:
    values = shapes.to_numpy()
    polygonal = np.isin(shapely.get_type_id(values), _POLYGONS)
    broken = polygonal & ~shapely.is_valid(values)
    reasons = pd.Series(shapely.is_valid_reason(values[broken]), index=shapes.index[broken], dtype="str")
    fixed = np.array([_polygons_of(shape) for shape in shapely.make_valid(values[broken])], dtype=object)
    lost = shapely.is_empty(fixed)
    findings.reject_each(reasons[lost], "geometry_invalid")
    findings.remark_each(reasons[~lost], "geometry_repaired", severity="repaired")
    fixed[lost] = None
    shapes.loc[broken] = fixed
    flat = polygonal & ~broken & (shapely.area(values) == 0)
    findings.reject_each(pd.Series("", index=shapes.index)[flat], "geometry_invalid")
    shapes.loc[flat] = None


def _repair_collections(shapes: gpd.GeoSeries, findings: LayerFindings) -> None:
    collections = shapes[shapely.get_type_id(shapes.to_numpy()) == _COLLECTION]
    polygons = np.array([_polygons_of(shape) for shape in collections], dtype=object)
    lost = shapely.is_empty(polygons)
    written = pd.Series([shape.wkt for shape in collections], index=collections.index, dtype="str")
    findings.reject_each(written[lost], "geometry_collection")
    findings.remark_each(
        pd.Series("", index=collections.index)[~lost], "collection_to_polygon", severity="repaired"
    )
    polygons[lost] = None
    shapes.loc[collections.index] = polygons


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


def _where(points: gpd.GeoSeries) -> pd.Series:
    return pd.Series([f"{point.x:.0f}, {point.y:.0f}" for point in points], index=points.index, dtype="str")
