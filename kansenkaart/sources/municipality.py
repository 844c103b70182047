"""Municipality of every row: the code the source gives, the place on the map, and whether the two agree."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.geo import FloatArray
from kansenkaart.sources.boundaries import Boundaries, normalise_code
from kansenkaart.sources.cells import map_distinct
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.place import FARTHEST_M, IntArray, LabelGrid
from kansenkaart.sources.rows import read_optional

# The boundaries are simplified: a place this near to the municipality its source names is taken to lie there.
_TOLERANCE_M = 1_000.0


def read_codes(cells: pd.DataFrame, boundaries: Boundaries, findings: LayerFindings) -> pd.Series:
    """Municipality code per row as the source gives it, in the division of 2023; missing where unknown."""
    texts = read_optional(cells, "municipality_code", findings)
    names = read_optional(cells, "municipality", findings).where(texts.isna())
    found, written = map_distinct(texts, boundaries.find_code), map_distinct(texts, normalise_code)
    by_name = map_distinct(names, boundaries.find_by_name)

    def hint(text: str) -> str:
        near = ", ".join(boundaries.nearest(text))
        return findings.texts("reasons.looks_like", names=near) if near else ""

    for column, given, code in (("code", texts, found), ("name", names, by_name)):
        findings.remark_each(
            given[given.notna() & code.isna()],
            f"municipality_{column}_unknown",
            severity="warning",
            column="municipality_code" if column == "code" else "municipality",
            hint=hint,
        )
    for key, changed, into in (
        ("code_normalised", written != texts, written),
        ("code_merged", found != written, found),
    ):
        rows = found.notna() & changed
        findings.remark_each(
            texts[rows], key, severity="repaired", column="municipality_code", code=into[rows]
        )
    return found.fillna(by_name)


def centre_in_municipality(
    geometry: gpd.GeoSeries, codes: pd.Series, boundaries: Boundaries
) -> gpd.GeoSeries:
    """Fill missing `geometry` with a point inside the municipality of `codes`."""
    areas = boundaries.areas.set_index("municipality_code").geometry
    result = geometry.copy()
    wanted = geometry.isna() & codes.notna()
    if wanted.any():
        result.loc[wanted] = shapely.point_on_surface(areas.loc[codes[wanted]].to_numpy())
    return result


def municipal_precision(codes: pd.Series, boundaries: Boundaries) -> pd.Series:
    """How far a place may lie from the middle of its municipality: the radius of an equal circle, to 100 m."""
    area = boundaries.areas.set_index("municipality_code").geometry.area
    radius = (codes.map(area).astype("float64") / np.pi) ** 0.5
    return (radius / 100).round() * 100


def place_rows(
    geometry: gpd.GeoSeries,
    codes: pd.Series,
    precision: pd.Series,
    *,
    grid: LabelGrid,
    boundaries: Boundaries,
    findings: LayerFindings,
) -> pd.DataFrame:
    """Municipality of every row.

    Parameters
    ----------
    geometry
        RD New, none missing.
    codes
        What the source says, or missing.
    precision
        How far the place may lie from its geometry, metres.

    Returns
    -------
    DataFrame
        ``municipality_code, municipality, province, municipality_distance_m``. A row farther than 10 km from every
        municipality is rejected.
    """
    points = geometry.to_numpy().copy()
    areal = shapely.get_type_id(points) != 0
    points[areal] = shapely.point_on_surface(points[areal])
    placed = grid.find_areas(shapely.get_x(points), shapely.get_y(points))
    area, distance = placed.area, placed.distance_m
    known = boundaries.areas
    position = pd.Series(np.arange(len(known)), index=known["municipality_code"])
    given = codes.map(position).astype("float64").to_numpy()
    other = np.flatnonzero(~np.isnan(given) & (given != area))
    stated = given[other].astype("int64")
    gap = shapely.distance(known.geometry.to_numpy()[stated], points[other])
    near = gap <= np.maximum(_TOLERANCE_M, precision.to_numpy(dtype=float)[other])
    area[other[near]], distance[other[near]] = stated[near], gap[near]
    away = other[~near]
    _remark_others(geometry.index[away], known, stated[~near], area[away], gap[~near], findings)
    lost = np.flatnonzero(distance > FARTHEST_M)
    places = [f"{point.x:.0f}, {point.y:.0f}" for point in points[lost]]
    findings.reject_each(
        pd.Series(places, index=geometry.index[lost], dtype="str"),
        "outside_country",
        distance=_kilometres(distance[lost], 0),
    )
    columns = ["municipality_code", "municipality", "province"]
    frame = known[columns].iloc[area].set_axis(geometry.index, axis="index")
    return pd.DataFrame(frame).assign(municipality_distance_m=np.round(distance, 1))


def _remark_others(
    rows: pd.Index,
    areas: gpd.GeoDataFrame,
    stated: IntArray,
    found: IntArray,
    gap: FloatArray,
    findings: LayerFindings,
) -> None:
    findings.remark_each(
        areas["municipality_code"].iloc[stated].set_axis(rows),
        "municipality_disagrees",
        severity="warning",
        column="municipality_code",
        stated=areas["municipality"].iloc[stated],
        found=areas["municipality"].iloc[found],
        distance=_kilometres(gap, 1),
    )


def _kilometres(metres: FloatArray, decimals: int) -> pd.Series:
    return pd.Series([f"{metre / 1000:.{decimals}f}" for metre in metres.tolist()], dtype="str")
