"""Opening a vector file with the drivers of its kind alone: nothing that it refers to is opened or fetched."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

import geopandas as gpd
import pyogrio
from pyogrio._ogr import _register_drivers

from kansenkaart.errors import DataError
from kansenkaart.project import Limits
from kansenkaart.sources.open_file import check_file, guard
from kansenkaart.sources.open_geopackage import plain_copy
from kansenkaart.sources.raw import DEFAULT, check_count, declared_rows

_JSON = frozenset(("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG"))
_DRIVERS: dict[str, frozenset[str]] = {
    ".gpkg": frozenset(("GPKG",)),
    ".geojson": _JSON,
    ".json": _JSON,
    ".fgb": frozenset(("FlatGeobuf",)),
    ".shp": frozenset(("ESRI Shapefile",)),
}
GIS = tuple(_DRIVERS)

# Every driver that this GDAL has; a raster one that it may have without saying so opens no vector file.
_ALL = frozenset(pyogrio.list_drivers()) | {"VRT", "GTI"}
_CLOSED = RLock()

# GDAL has no switch that turns /vsicurl/ and its kin off: no address ends in this.
NO_NETWORK = {"CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".kansenkaart-never"}

# A member `crs`, however its letters are written.
_CRS = re.compile(rb'(?i)"(?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)"\s*:\s*(?=\{)')
_CRS_KINDS = ("name", "epsg", "ogc")
_LONGEST_CRS = 1 << 16
_SHOWN = 120


@contextmanager
def open_gis(path: Path, file: str, table: str | None = None, limits: Limits = DEFAULT) -> Iterator[str]:
    """Give the path that pyogrio may read while this lasts, with only the drivers of its kind.

    Parameters
    ----------
    path
        File that ``check_file`` let through.
    file
        Its name, for errors.
    table
        Layer that is asked for; None: any.
    limits
        How far a view may unfold.

    Yields
    ------
    str
        The file, or a private copy without what could run on reading it.

    Raises
    ------
    DataError
        When the file cannot be read, or refers to something outside itself.
    """
    kind = path.suffix.lower()
    if _DRIVERS[kind] is _JSON:
        with guard(path, file):
            _refuse_linked_crs(path, file)
    copy = plain_copy(path, file, table, limits) if kind == ".gpkg" else nullcontext(path)
    with copy as opened, _only(_DRIVERS[kind]), guard(opened, file):
        # pyogrio takes "http://..." and "x.zip!..." for addresses, an absolute path never
        yield str(opened.absolute())


def read_layer(path: Path, file: str, table: str) -> gpd.GeoDataFrame:
    """Read one layer of a GIS file as it stands: of a file in a form that the program itself writes.

    Raises
    ------
    DataError
        When it cannot be read, or not whole.
    """
    check_file(path, file)
    with open_gis(path, file, table) as opened:
        frame = pyogrio.read_dataframe(opened, layer=table)
        check_count(declared_rows(Path(opened), table), len(frame), file=file)
    return frame


@contextmanager
def _only(drivers: frozenset[str]) -> Iterator[None]:
    """Close every driver of pyogrio's GDAL but `drivers`: it knows no allowed drivers per file."""
    closed = {"GDAL_SKIP": ",".join(sorted(_ALL - drivers)), **NO_NETWORK}
    with _CLOSED:
        before = {name: pyogrio.get_gdal_config_option(name) for name in closed}
        pyogrio.set_gdal_config_options(closed)
        _register_drivers()
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options(before)
            _register_drivers()


def _refuse_linked_crs(path: Path, file: str) -> None:
    """Refuse a CRS that is given as a link, on the whole or on one shape: GDAL fetches it."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for found in _CRS.finditer(content):
            text = content[found.end() : found.end() + _LONGEST_CRS].decode("utf-8", errors="replace")
            try:
                value: Any = json.JSONDecoder().raw_decode(text)[0]
            except (ValueError, RecursionError):
                value = {}
            kinds = [str(one).casefold() for name, one in value.items() if name.casefold() == "type"]
            if not kinds or any(kind not in _CRS_KINDS for kind in kinds):
                message = (
                    "{file} does not name its CRS but refers to it: {crs}. A link is never followed. Save the file "
                    "with a named CRS, or as GeoPackage."
                )
                raise DataError("file_crs_link", message, file=file, crs=text[:_SHOWN].split("}")[0])
