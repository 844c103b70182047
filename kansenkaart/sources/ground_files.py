"""The account of the files that routes are found on: rows of ``LAYERS`` beside those of the places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from kansenkaart.errors import DataError
from kansenkaart.geo import lie_on_earth
from kansenkaart.project import Friction, FrictionLayer, LoadedProject, RoadLayer
from kansenkaart.sources.locate import name_crs
from kansenkaart.sources.raw import open_account

# No projected CRS has the Netherlands this near its origin: these are degrees.
_DEGREES = 180.0


def describe_file(
    name: str,
    settings: RoadLayer | Friction | FrictionLayer,
    loaded: LoadedProject,
    *,
    crs: CRS | None,
    rows: tuple[int, int],
    digest: str | None = None,
) -> dict[str, object]:
    """Row of ``LAYERS`` for a file of roads or friction.

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


def refuse_wrong_crs(
    given: npt.NDArray[np.object_], moved: npt.NDArray[np.object_], crs: CRS, file: str
) -> None:
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
