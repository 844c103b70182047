"""Municipality of every row: the code the source gives, the place on the map, and whether the two agree."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.sources.boundaries import Boundaries, normalise_code
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.place import FARTHEST_M, LabelGrid
from kansenkaart.sources.rows import read_optional

# The boundaries are simplified: a place this near to the municipality its source names is taken to lie there.
_TOLERANCE_M = 1_000.0


def read_codes(cells: pd.DataFrame, boundaries: Boundaries, findings: LayerFindings) -> pd.Series:
    """Municipality code per row as the source gives it, in the division of 2023; missing where unknown."""
    texts = read_optional(cells, "municipality_code", findings)
    found = {
        int(str(row)): _read_code(text, int(str(row)), boundaries, findings)
        for row, text in texts.dropna().items()
    }
    names = read_optional(cells, "municipality", findings)
    for row, name in names[texts.isna()].dropna().items():
        code = boundaries.find_by_name(name)
        found[int(str(row))] = code
        if code is None:
            near = ", ".join(boundaries.nearest(name)) or "-"
            findings.remark(
                int(str(row)),
                "municipality_name_unknown",
                severity="warning",
                column="municipality",
                value=name,
                allowed=near,
            )
    return pd.Series([found.get(row) for row in cells.index], index=cells.index, dtype="str")


def _read_code(text: str, row: int, boundaries: Boundaries, findings: LayerFindings) -> str | None:
    code, written = boundaries.find_code(text), normalise_code(text)
    if code is None:
        near = ", ".join(boundaries.nearest(text)) or "-"
        findings.remark(
            row,
            "municipality_code_unknown",
            severity="warning",
            column="municipality_code",
            value=text,
            allowed=near,
        )
        return None
    if written != text:
        findings.remark(
            row, "code_normalised", severity="repaired", column="municipality_code", value=text, code=written
        )
    if code != written:
        findings.remark(
            row, "code_merged", severity="repaired", column="municipality_code", value=text, code=code
        )
    return code


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
    for place in np.flatnonzero(~np.isnan(given) & (given != area)).tolist():
        stated = int(given[place])
        gap = float(shapely.distance(known.geometry.iloc[stated], points[place]))
        if gap <= max(_TOLERANCE_M, float(precision.iloc[place])):
            area[place], distance[place] = stated, gap
        else:
            _remark_other(int(geometry.index[place]), known, stated, int(area[place]), gap, findings)
    for place in np.flatnonzero(distance > FARTHEST_M).tolist():
        value, gone = f"{points[place].x:.0f}, {points[place].y:.0f}", f"{distance[place] / 1000:.0f}"
        findings.reject(int(geometry.index[place]), "outside_country", value=value, distance=gone)
    columns = ["municipality_code", "municipality", "province"]
    frame = known[columns].iloc[area].set_axis(geometry.index, axis="index")
    return pd.DataFrame(frame).assign(municipality_distance_m=np.round(distance, 1))


def _remark_other(
    row: int, areas: gpd.GeoDataFrame, stated: int, found: int, gap: float, findings: LayerFindings
) -> None:
    findings.remark(
        row,
        "municipality_disagrees",
        severity="warning",
        column="municipality_code",
        value=areas["municipality_code"].iloc[stated],
        stated=areas["municipality"].iloc[stated],
        found=areas["municipality"].iloc[found],
        distance=f"{gap / 1000:.1f}",
    )
