"""Coordinate systems the way QGIS writes them: without every part, it asks the user or takes degrees."""

from __future__ import annotations

from functools import cache
from xml.etree import ElementTree as ET

from pyproj import CRS

WEB_MERCATOR = "EPSG:3857"

# What QGIS (``srs.db``) knows each by; PROJ strings as PROJ itself no longer gives them without a warning.
_KNOWN = {
    "EPSG:28992": {
        "proj4": "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 "
        "+y_0=463000 +ellps=bessel +units=m +no_defs",
        "srsid": "2517",
        "projectionacronym": "sterea",
        "ellipsoidacronym": "EPSG:7004",
    },
    WEB_MERCATOR: {
        "proj4": "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m "
        "+nadgrids=@null +wktext +no_defs",
        "srsid": "3857",
        "projectionacronym": "merc",
        "ellipsoidacronym": "EPSG:7030",
    },
}


def add_crs(parent: ET.Element, crs: str) -> None:
    """Add ``spatialrefsys`` of `crs` (RD New or web mercator) to `parent`."""
    wkt, description = _describe(crs)
    root = ET.SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    parts = {
        "wkt": wkt,
        "srid": crs.removeprefix("EPSG:"),
        "authid": crs,
        "description": description,
        "geographicflag": "false",
        **_KNOWN[crs],
    }
    for tag, text in parts.items():
        ET.SubElement(root, tag).text = text


@cache
def _describe(crs: str) -> tuple[str, str]:
    known = CRS.from_user_input(crs)
    return known.to_wkt(), known.name
