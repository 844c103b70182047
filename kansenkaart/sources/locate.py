"""Where rows lie: coordinates and CRS of each layer to RD New, and geometry made fit; every repair is said."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from kansenkaart.arrays import BoolArray
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.geo import RD, WGS84, flatten, in_rd_bounds, is_rd, lie_on_earth, near_rd, reaches_rd, to_rd
from kansenkaart.project import Layer
from kansenkaart.sources.cells import find_notations, read_texts
from kansenkaart.sources.columns import COORDINATE_PAIRS, GEOMETRY_TEXT, read_column
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.raw import Raw
from kansenkaart.sources.shape_kinds import parse_shapes

# Degrees of the Netherlands, generously.
_LON, _LAT = (2.5, 8.0), (50.0, 54.5)

# 52° 22' 30,5" N or NB, with or without seconds; O is oost, Z is zuid.
_DEGREES = (
    r"^(?P<degrees>\d{1,3})\s*°\s*(?:(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*['’′]\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:[\"”″]|['’′]{2})\s*)?(?P<side>[NSZEOW])[BL]?$"
)

_POINT, _LINES, _POLYGONS = 0, (1, 2, 5), (3, 6)
_MULTIPOINT, _COLLECTION = 4, 7


@dataclass(frozen=True)
class Located:
    """Geometry per row in RD New (missing where a row has none), and the CRS it was read in."""

    geometry: gpd.GeoSeries
    crs: str


def locate_rows(raw: Raw, cells: pd.DataFrame, layer: Layer, findings: LayerFindings) -> Located:
    """Find the geometry of every row.

    Parameters
    ----------
    raw
        The file: its geometry goes before coordinate columns.
    cells
        Columns under our names.
    layer
        With its recipe applied; `crs` holds where the file does not say.

    Returns
    -------
    Located
        Rows whose coordinates cannot be right are rejected and have no geometry.

    Raises
    ------
    DataError, ProjectError
        When a CRS is needed and absent, or is none.
    """
    given = read_crs(layer.crs, layer.name)
    geometry = gpd.GeoSeries([None] * len(cells), index=cells.index, crs=RD)
    tried = pd.Series(False, index=cells.index)
    crs_names: list[str] = []
    for points, crs in _list_sources(raw, cells, layer, given, findings):
        # a row whose first coordinates are refused is not placed by its second ones
        wanted = _present(points) & ~tried
        if not wanted.any():
            continue
        tried |= wanted
        geometry.loc[wanted] = _to_rd_checked(points[wanted], crs, findings)
        crs_names.append(name_crs(crs))
    return Located(geometry, ", ".join(dict.fromkeys(crs_names)) or RD)


def read_crs(text: str | None, layer: str) -> CRS | None:
    """Turn the project file's `crs` into a CRS; raises ``ProjectError`` when it is none, or has no way to RD New."""
    if text is None:
        return None
    try:
        crs = CRS.from_user_input(text)
    except CRSError:
        crs = None
    if crs is None or not reaches_rd(crs):
        message = (
            "Layer '{layer}': crs = '{crs}' is not known. Use an EPSG code such as EPSG:28992 or EPSG:4326."
        )
        raise ProjectError("layer_crs", message, layer=layer, crs=text)
    return crs


def name_crs(crs: CRS) -> str:
    """Short name of `crs`: its EPSG code where it has one."""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code is not None else str(crs.name)


def choose_crs(
    raw: Raw, given: CRS | None, *, layer: str, file: str, findings: LayerFindings | None = None
) -> CRS:
    """CRS of a file's geometry: what the file states, else what the project file says.

    Raises
    ------
    DataError
        When neither says, or the file's own has no way to RD New.
    """
    if given is not None and (raw.crs is None or raw.assumed_crs):
        return given
    if raw.crs is None:
        message = "{file}: the coordinates of layer '{layer}' have no CRS. Set crs = \"EPSG:28992\" (or what it is)."
        raise DataError("crs_missing", message, file=file, layer=layer)
    if not reaches_rd(raw.crs):
        message = "{file}: layer '{layer}' is in '{crs}', which has no way to RD New. Save it in EPSG:28992."
        raise DataError("crs_unreachable", message, file=file, layer=layer, crs=name_crs(raw.crs))
    if findings is not None:
        _remark_contradiction(given, raw.crs, findings)
    return raw.crs


def _remark_contradiction(given: CRS | None, stated: CRS, findings: LayerFindings) -> None:
    """Say that the project file names another CRS than the file, by its own word or by the names of its columns."""
    if given is None or (is_rd(given) and is_rd(stated)):
        return
    if not given.equals(stated, ignore_axis_order=True):  # WGS 84 has two names, by order of its axes
        findings.remark(0, "crs_ignored", severity="warning", value=name_crs(given), stated=name_crs(stated))


def _list_sources(
    raw: Raw, cells: pd.DataFrame, layer: Layer, given: CRS | None, findings: LayerFindings
) -> list[tuple[gpd.GeoSeries, CRS]]:
    """Geometry per source of coordinates that the file has, the surest first."""
    sources: list[tuple[gpd.GeoSeries, CRS]] = []
    if raw.geometry is not None and _present(raw.geometry).any():
        stated = replace(raw, crs=None) if layer.override_crs and given is not None else raw
        if stated.crs is not raw.crs and raw.crs is not None:
            findings.remark(
                0, "crs_overridden", severity="repaired", value=name_crs(raw.crs), given=layer.crs
            )
        crs = choose_crs(stated, given, layer=layer.name, file=layer.path, findings=findings)
        sources.append((raw.geometry.set_crs(crs, allow_override=True), crs))
    if GEOMETRY_TEXT in cells:
        sources += _read_geometry_texts(cells[GEOMETRY_TEXT], given, layer, findings)
    for x, y in COORDINATE_PAIRS:
        if x in cells and y in cells:
            crs = _crs_of_pair(x, given, layer)
            if raw.geometry is None:
                _remark_contradiction(given, crs, findings)
            sources.append((_read_points(cells, x, y, findings), crs))
    return sources


def _present(shapes: gpd.GeoSeries) -> pd.Series:
    """Tell per row whether there is a geometry; an empty one is one (geopandas warns about the difference)."""
    return pd.Series(~shapely.is_missing(shapes.to_numpy()), index=shapes.index)


def _crs_of_pair(x: str, given: CRS | None, layer: Layer) -> CRS:
    if x == "x_rd":
        return CRS.from_user_input(RD)
    if x == "lon":
        return given if given is not None and given.is_geographic else CRS.from_user_input(WGS84)
    return choose_crs(Raw(pd.DataFrame()), given, layer=layer.name, file=layer.path)


def _read_points(cells: pd.DataFrame, x: str, y: str, findings: LayerFindings) -> gpd.GeoSeries:
    if x == "lon":
        cells = cells.assign(**{name: from_degrees(cells[name]) for name in (x, y)})
    elsewhere = find_notations(cells, [x, y])
    settled = {"lon": "decimals", "x_rd": "thousands"}
    reading = settled.get(x)
    east, north = (
        read_column(cells[name], name, findings, elsewhere=elsewhere, settled=reading)  # type: ignore[arg-type]
        for name in (x, y)
    )
    for name, missing, other in ((x, east, north), (y, north, east)):
        half = cells.index[np.isnan(missing) & ~np.isnan(other)]
        findings.reject_each(pd.Series("", index=half), "coordinate_half", column=name)
    known = ~np.isnan(east) & ~np.isnan(north)
    points = np.full(len(cells), None, dtype=object)
    points[known] = shapely.points(east[known], north[known])
    return gpd.GeoSeries(points, index=cells.index)


def from_degrees(cells: pd.Series) -> pd.Series:
    """Degrees, minutes and seconds (52°22'30"N) as degrees; what is written otherwise stays."""
    if pd.api.types.is_numeric_dtype(cells):
        return cells
    parts = read_texts(cells).str.upper().str.extract(_DEGREES)
    written = parts["degrees"].notna()
    if not written.any():
        return cells
    numbers = parts[["degrees", "minutes", "seconds"]].apply(
        lambda part: pd.to_numeric(part.str.replace(",", "."), errors="coerce")
    )
    total = numbers["degrees"] + numbers["minutes"].fillna(0) / 60 + numbers["seconds"].fillna(0) / 3600
    signed = total.where(~parts["side"].isin(["W", "Z", "S"]), -total)
    return cells.astype(object).where(~written, signed.map("{:.9f}".format))


def _read_geometry_texts(
    cells: pd.Series, given: CRS | None, layer: Layer, findings: LayerFindings
) -> list[tuple[gpd.GeoSeries, CRS]]:
    """Shapes as text; rows of one SRID together, for a file may mix them."""
    texts = read_texts(cells)
    shapes = parse_shapes(texts)
    geometry, srid = shapes.geometry, shapes.srid
    findings.reject_each(shapes.kind[shapes.kind.notna()], "shape_kind", column=GEOMETRY_TEXT)
    unread = texts.notna() & ~_present(geometry) & shapes.kind.isna()
    findings.reject_each(cells[unread], "wkt_unreadable", column=GEOMETRY_TEXT)
    sources: list[tuple[gpd.GeoSeries, CRS]] = []
    for code in sorted(set(srid.dropna())):
        crs = _find_srid(code)
        if crs is None:
            findings.reject_each(cells[srid == code], "srid_unknown", column=GEOMETRY_TEXT, srid=code)
            continue
        sources.append((geometry.where(srid == code), crs))
    unstated = geometry.where(srid.isna())
    if _present(unstated).any():
        sources.append((unstated, choose_crs(Raw(pd.DataFrame()), given, layer=layer.name, file=layer.path)))
    return sources


def _find_srid(code: str) -> CRS | None:
    try:
        crs = CRS.from_epsg(int(code))
    except (CRSError, ValueError):  # ValueError: more digits than an int may have
        return None
    return crs if reaches_rd(crs) else None


def _to_rd_checked(shapes: gpd.GeoSeries, crs: CRS, findings: LayerFindings) -> gpd.GeoSeries:
    """Bring `shapes` to RD New; those that cannot lie there are rejected and become missing."""
    empty = shapes.is_empty
    findings.reject_each(pd.Series("", index=shapes.index)[empty.to_numpy()], "geometry_empty")
    bounds = shapes.bounds.to_numpy()
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    wrong = empty.to_numpy(dtype=bool, copy=True)
    checks = _check_degrees(x, y) if crs.is_geographic else _check_metres(x, y, rd=is_rd(crs))
    for key, mask in checks.items():
        mask = mask & ~wrong
        findings.reject_each(show_points(shapes.index[mask], x[mask], y[mask]), key)
        wrong |= mask
    result = gpd.GeoSeries([None] * len(shapes), index=shapes.index, crs=RD)
    moved = to_rd(gpd.GeoDataFrame(geometry=shapes[~wrong].set_crs(crs, allow_override=True))).geometry
    ends = moved.bounds.to_numpy()
    inside = near_rd((ends[:, 0] + ends[:, 2]) / 2, (ends[:, 1] + ends[:, 3]) / 2)
    away = show_points(moved.index[~inside], x[~wrong][~inside], y[~wrong][~inside])
    findings.reject_each(away, "outside_netherlands")
    result.loc[moved.index[inside]] = moved[inside]
    return result


def _check_degrees(x: np.ndarray, y: np.ndarray) -> dict[str, BoolArray]:
    swapped = (x >= _LAT[0]) & (x <= _LAT[1]) & (y >= _LON[0]) & (y <= _LON[1])
    metres = (np.abs(x) > 360) | (np.abs(y) > 90)
    return {
        "coordinates_zero": (x == 0) & (y == 0),
        "coordinates_swapped_degrees": swapped,
        "metres_as_degrees": metres,
    }


def _check_metres(x: np.ndarray, y: np.ndarray, *, rd: bool) -> dict[str, BoolArray]:
    checks: dict[str, BoolArray] = {"coordinates_zero": (x == 0) & (y == 0)}
    if rd:
        checks["coordinates_swapped"] = in_rd_bounds(y, x) & ~in_rd_bounds(x, y)
        checks["degrees_as_metres"] = (np.abs(x) <= 180) & (np.abs(y) <= 180)
    return checks


def show_points(rows: pd.Index, x: np.ndarray, y: np.ndarray) -> pd.Series:
    """Write coordinates as a report shows them."""
    places = [f"{east:.10g}, {north:.10g}" for east, north in zip(x.tolist(), y.tolist(), strict=True)]
    return pd.Series(places, index=rows, dtype="str")


def repair_geometry(geometry: gpd.GeoSeries, findings: LayerFindings) -> gpd.GeoSeries:
    """Return `geometry` (RD New) as points and valid polygons.

    An invalid polygon is made valid and keeps all its parts; a line becomes the point halfway; several points become
    their middle. What has no area left is rejected and becomes missing.
    """
    shapes = geometry.copy()
    present = shapes.notna()
    shapes.loc[present] = flatten(shapes[present].to_numpy())
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
