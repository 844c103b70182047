"""Municipality of every row: the code the source gives, the place on the map, and whether the two agree.

A label grid answers for most places, a polygon test for the cells on a border.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.project import Layer
from kansenkaart.sources.abroad import NOWHERE, find_regions, load_regions
from kansenkaart.sources.cells import map_distinct
from kansenkaart.sources.columns import PRECISION, read_column
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.region import Boundaries, normalise_code
from kansenkaart.sources.rows import read_optional
from kansenkaart.tables.sites import HOME

# Side of a cell, metres. An odd shift keeps cell edges off the rounded coordinates of the boundaries, so that no
# border runs exactly along an edge.
_CELL_M = 1_000.0
_SHIFT_M = 3.737
# Points beyond this from every municipality do not lie in the country (the generalised coast is off by 1-2 km,
# harbours and dams reach further).
FARTHEST_M = 10_000.0


# How far a place may lie from its point when nobody says, metres.
_PRECISION_POINT_M = 100.0


@dataclass(frozen=True)
class Placed:
    """Municipality per point.

    Parameters
    ----------
    area
        Position in the areas; the nearest one for a point outside all.
    distance_m
        0 inside, else the distance to that nearest one.
    """

    area: IntArray
    distance_m: FloatArray


class LabelGrid:
    """A 1 km grid over `areas` that knows per cell which area fills it whole.

    Parameters
    ----------
    areas
        Polygons in RD New, in a fixed order; a point on a shared border belongs to the first.
    """

    def __init__(self, areas: gpd.GeoDataFrame) -> None:
        self._shapes = areas.geometry.to_numpy()
        west, south, east, north = areas.total_bounds
        self._west, self._north = west - _CELL_M + _SHIFT_M, north + _CELL_M + _SHIFT_M
        shape = (int((self._north - south) // _CELL_M) + 2, int((east - self._west) // _CELL_M) + 2)
        transform = Affine(_CELL_M, 0.0, self._west, 0.0, -_CELL_M, self._north)
        numbered = [(area, number) for number, area in enumerate(self._shapes)]
        labels = rasterize(numbered, out_shape=shape, transform=transform, fill=-1, dtype="int32")
        borders = [(shapely.boundary(area), 1) for area in self._shapes]
        border = rasterize(borders, out_shape=shape, transform=transform, all_touched=True, dtype="uint8")
        self._labels = np.where(border == 1, _ON_BORDER, labels)

    def find_areas(self, x: FloatArray, y: FloatArray) -> Placed:
        """Find the area of every point.

        Parameters
        ----------
        x, y
            RD metres, finite, shape (n,).
        """
        area = self._label(x, y)
        unsure = np.flatnonzero(area == _ON_BORDER)
        area[unsure] = self._test(x[unsure], y[unsure])
        distance = np.zeros(len(x))
        outside = np.flatnonzero(area < 0)
        if len(outside):
            area[outside], distance[outside] = self._nearest(x[outside], y[outside])
        return Placed(area, distance)

    def _label(self, x: FloatArray, y: FloatArray) -> IntArray:
        column = np.floor((x - self._west) / _CELL_M).astype(np.int64)
        row = np.floor((self._north - y) / _CELL_M).astype(np.int64)
        rows, columns = self._labels.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        area = np.full(len(x), _NOWHERE, dtype=np.int64)
        area[inside] = self._labels[row[inside], column[inside]]
        return area

    def _test(self, x: FloatArray, y: FloatArray) -> IntArray:
        """Test points against the polygons whose west-east extent holds them; the first area wins."""
        order = np.argsort(x, kind="stable")
        sorted_x, sorted_y = x[order], y[order]
        found = np.full(len(x), _NOWHERE, dtype=np.int64)
        for number, (shape, (west, south, east, north)) in enumerate(
            zip(self._shapes, shapely.bounds(self._shapes), strict=True)
        ):
            first, last = np.searchsorted(sorted_x, west, "left"), np.searchsorted(sorted_x, east, "right")
            near = np.arange(first, last)
            near = near[(sorted_y[near] >= south) & (sorted_y[near] <= north) & (found[near] == _NOWHERE)]
            if len(near):
                shapely.prepare(shape)
                found[near[shapely.intersects_xy(shape, sorted_x[near], sorted_y[near])]] = number
        area = np.empty_like(found)
        area[order] = found
        return area

    def _nearest(self, x: FloatArray, y: FloatArray) -> tuple[IntArray, FloatArray]:
        tree = shapely.STRtree(self._shapes)
        (point, area), distance = tree.query_nearest(
            shapely.points(x, y), return_distance=True, all_matches=True
        )
        # equally near areas: the first one, whatever order the tree has
        order = np.lexsort((area, point))
        _, first = np.unique(point[order], return_index=True)
        return area[order][first], distance[order][first]


_NOWHERE, _ON_BORDER = -1, -2


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
        shown = "municipality_code" if column == "code" else "municipality"
        strange = given[given.notna() & code.isna()]
        split = strange.map(lambda text: boundaries.find_earlier(text) is not None).astype(bool)
        _remark_split(strange[split], shown, boundaries, findings)
        findings.remark_each(
            strange[~split], f"municipality_{column}_unknown", severity="warning", column=shown, hint=hint
        )
    gone = names[by_name.notna() & names.map(boundaries.find_earlier, na_action="ignore").notna()]
    findings.remark_each(
        gone, "code_merged", severity="repaired", column="municipality", code=by_name[gone.index]
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


def _remark_split(texts: pd.Series, column: str, boundaries: Boundaries, findings: LayerFindings) -> None:
    """Name, once for each, the municipalities that took over one that was split: only a place tells which it is."""
    counts = texts.value_counts()
    first = texts[~texts.duplicated()]
    became = [one for text in first if (one := boundaries.find_earlier(text)) is not None]
    findings.remark_each(
        first,
        "municipality_split",
        severity="warning",
        column=column,
        name=pd.Series([one.name for one in became]),
        year=pd.Series([one.year for one in became]),
        others=pd.Series([boundaries.name_each(one.successors) for one in became]),
        count=first.map(counts),
    )


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


def find_zones(geometry: gpd.GeoSeries, codes: pd.Series, boundaries: Boundaries) -> gpd.GeoSeries:
    """What a row is about: its own geometry, else the whole municipality of `codes`."""
    areas = boundaries.areas.set_index("municipality_code").geometry
    result = geometry.copy()
    wanted = geometry.isna() & codes.notna()
    result.loc[wanted] = areas.loc[codes[wanted]].to_numpy()
    return gpd.GeoSeries(result, crs=geometry.crs)


def municipal_precision(codes: pd.Series, boundaries: Boundaries) -> pd.Series:
    """How far a place may lie from the middle of its municipality: the radius of an equal circle, to 100 m."""
    area = boundaries.areas.set_index("municipality_code").geometry.area
    radius = (codes.map(area).astype("float64") / np.pi) ** 0.5
    return (radius / 100).round() * 100


def place_rows(
    geometry: gpd.GeoSeries,
    stated: pd.DataFrame,
    *,
    grid: LabelGrid,
    boundaries: Boundaries,
    findings: LayerFindings,
) -> pd.DataFrame:
    """Municipality of every row, or the region and country of one beyond the border.

    Parameters
    ----------
    geometry
        RD New, none missing.
    stated
        By row: what the source says of ``code`` and ``country``, or missing; and ``precision``: how far the place
        may lie from its geometry, metres.

    Returns
    -------
    DataFrame
        ``municipality_code, municipality, province, country, nuts, municipality_distance_m``. A row farther than
        10 km from every municipality and not in a country beside them is rejected.
    """
    points = geometry.to_numpy().copy()
    areal = shapely.get_type_id(points) != 0
    points[areal] = shapely.point_on_surface(points[areal])
    placed = grid.find_areas(shapely.get_x(points), shapely.get_y(points))
    area, distance = placed.area, placed.distance_m
    known = boundaries.areas
    position = pd.Series(np.arange(len(known)), index=known["municipality_code"])
    given = stated["code"].map(position).astype("float64").to_numpy()
    other = np.flatnonzero(~np.isnan(given) & (given != area))
    named = given[other].astype("int64")
    gap = shapely.distance(known.geometry.to_numpy()[named], points[other])
    near = gap <= np.maximum(_TOLERANCE_M, stated["precision"].to_numpy(dtype=float)[other])
    area[other[near]], distance[other[near]] = named[near], gap[near]
    away = other[~near]
    _remark_others(geometry.index[away], known, named[~near], area[away], gap[~near], findings)
    # a municipality that the source names, and that is near, says the country too
    sure = (given == area) & (distance <= np.maximum(_TOLERANCE_M, stated["precision"].to_numpy(dtype=float)))
    countries = stated["country"].fillna(pd.Series(HOME, index=geometry.index[sure], dtype="str"))
    doubtful = (distance > 0).any() or countries.notna().any()
    abroad = find_regions(points, distance, countries, findings) if doubtful else np.full_like(area, NOWHERE)
    lost = np.flatnonzero((distance > FARTHEST_M) & (abroad == NOWHERE))
    places = [f"{point.x:.0f}, {point.y:.0f}" for point in points[lost]]
    findings.reject_each(
        pd.Series(places, index=geometry.index[lost], dtype="str"),
        "outside_country",
        distance=_kilometres(distance[lost], 0),
    )
    columns = ["municipality_code", "municipality", "province"]
    frame = known[columns].iloc[area].set_axis(geometry.index, axis="index").assign(country=HOME, nuts=None)
    frame = _name_abroad(pd.DataFrame(frame), abroad, findings)
    return frame.assign(municipality_distance_m=np.round(distance, 1))


def _name_abroad(frame: pd.DataFrame, abroad: IntArray, findings: LayerFindings) -> pd.DataFrame:
    """Name region and country of the rows beyond the border."""
    rows = np.flatnonzero(abroad != NOWHERE)
    if not len(rows):
        return frame
    regions = load_regions().iloc[abroad[rows]].set_axis(frame.index[rows], axis="index")
    names = regions["country"].map(lambda code: findings.texts(f"tables.values.country.{code}"))
    # a region that says its country itself, to be told from a Dutch one of that name
    bare = regions["region"].str.replace(r" \(.*\)$", "", regex=True)
    changed = frame.astype({"nuts": object, "municipality_code": object})
    changed.loc[regions.index, "municipality_code"] = None
    changed.loc[regions.index, "municipality"] = bare + " (" + names + ")"
    changed.loc[regions.index, "province"] = regions["region"]
    changed.loc[regions.index, "country"] = regions["country"]
    changed.loc[regions.index, "nuts"] = regions["nuts"]
    return changed


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


def read_precision(
    cells: pd.DataFrame, frame: pd.DataFrame, layer: Layer, findings: LayerFindings
) -> pd.Series:
    """Metres as stated per row, by the table of addresses or per layer, else by placement.

    A municipality's is filled in later.
    """
    placement = frame["placement"]
    stated = pd.Series(np.nan, index=cells.index)
    if PRECISION in cells:
        stated = pd.Series(
            read_column(cells[PRECISION], PRECISION, findings, elsewhere=set()), index=cells.index
        )
        findings.reject_each(cells[PRECISION][stated < 0], "negative", column=PRECISION)
    if "address_precision" in frame:
        stated = stated.fillna(frame["address_precision"])
    if layer.location_precision_m is not None:
        stated = stated.fillna(layer.location_precision_m)
    usual = {"point": _PRECISION_POINT_M, "address": _PRECISION_POINT_M, "polygon": 0.0}
    return stated.fillna(placement.map(usual).astype("float64"))
