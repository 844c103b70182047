"""Files of ground, roads and background: their shapes, and their rows of ``LAYERS`` beside those of the places."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from kansenkaart.arrays import ObjectArray
from kansenkaart.errors import DataError
from kansenkaart.geo import lie_on_earth, to_rd
from kansenkaart.project import BackgroundLayer, Friction, FrictionLayer, LoadedProject, RoadLayer
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.locate import choose_crs, name_crs, read_crs
from kansenkaart.sources.raw import open_account
from kansenkaart.sources.read import read_file

# No projected CRS has the Netherlands this near its origin: these are degrees.
_DEGREES = 180.0


def describe_file(
    name: str,
    settings: RoadLayer | Friction | FrictionLayer | BackgroundLayer,
    loaded: LoadedProject,
    *,
    crs: CRS | None,
    rows: tuple[int, int],
    digest: str | None = None,
) -> dict[str, object]:
    """Row of ``LAYERS`` for a file of roads, friction or background.

    Parameters
    ----------
    name
        Key of the project file.
    crs
        What the file was read in; None: its own, turned into RD.
    rows
        Rows in the file and rows left out; a raster is one row.
    digest
        Of what was read, when that was no file.
    """
    read, left_out = rows
    account = open_account(
        name, settings.path or "", loaded, digest=digest, source=settings.source, year=settings.year
    )
    account |= {"rows_read": read, "rows_used": read - left_out, "rows_rejected": left_out}
    return account | ({} if crs is None else {"crs": crs.to_string()}) | {"licence": settings.licence}


def read_shapes(
    layer: FrictionLayer | BackgroundLayer, loaded: LoadedProject, name: str, findings: LayerFindings
) -> tuple[ObjectArray, dict[str, object]]:
    """Shapes of a layer in RD New, none missing or empty, and its row of ``LAYERS``.

    Raises
    ------
    DataError, ProjectError
        When the file cannot be read, or its CRS is absent, unknown or cannot be right.
    """
    raw = read_file(
        Path(loaded.folder / layer.path),
        file=layer.path,
        table=layer.table,
        limits=loaded.project.limits,
    )
    given_shapes = np.empty(0, dtype=object) if raw.geometry is None else raw.geometry.to_numpy()
    present = given_shapes[~shapely.is_missing(given_shapes) & ~shapely.is_empty(given_shapes)]
    rows = len(raw.frame)
    if not len(present):
        nothing = describe_file(name, layer, loaded, crs=None, rows=(rows, rows), digest=raw.digest)
        return np.empty(0, dtype=object), nothing
    given = read_crs(layer.crs, name)
    crs = choose_crs(raw, given, layer=name, file=layer.path, findings=findings)
    shapes = to_rd(gpd.GeoDataFrame(geometry=present, crs=crs)).geometry.to_numpy()
    refuse_wrong_crs(present, shapes, crs, layer.path)
    shapes = np.asarray(shapes[lie_on_earth(shapes)], dtype=object)
    account = describe_file(name, layer, loaded, crs=crs, rows=(rows, rows - len(shapes)), digest=raw.digest)
    return shapes, account


def refuse_wrong_crs(given: ObjectArray, moved: ObjectArray, crs: CRS, file: str) -> None:
    """Refuse a layer whose coordinates cannot be in the CRS it says: metres as degrees, or degrees as metres.

    Parameters
    ----------
    given, moved
        Shapes as the file has them, and in RD New; missing and empty ones do not count.
    crs
        What the file was read in.

    Raises
    ------
    DataError
        With the bounds of the coordinates and what to do.
    """
    present = ~shapely.is_missing(given) & ~shapely.is_empty(given)
    if not present.any():
        return
    bounds = shapely.total_bounds(given[present])
    if not np.isfinite(bounds).all():
        return
    arrived = lie_on_earth(moved[present])
    if arrived.any() and (crs.is_geographic or np.abs(bounds).max() > _DEGREES):
        return
    message = (
        "{file}: the coordinates ({bounds}) lie outside the range of {crs}, which the layer says it is in. Save the "
        "file in the CRS that its coordinates really have (RD: EPSG:28992; longitude and latitude: EPSG:4326), or set "
        "crs for the layer when the file itself states none."
    )
    spans = ", ".join(f"{number:.6g}" for number in bounds)
    raise DataError("layer_crs_range", message, file=file, bounds=spans, crs=name_crs(crs))
