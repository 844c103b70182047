"""RD New the way QGIS writes it, and how to go from it to other systems: without these it asks, or takes degrees."""

from __future__ import annotations

from functools import cache
from xml.etree import ElementTree as ET

from pyproj import CRS

from kansenkaart.geo import RD

# What QGIS (``srs.db``) knows it by; PROJ string as PROJ itself no longer gives it without a warning.
_KNOWN = {
    "proj4": "+proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 "
    "+y_0=463000 +ellps=bessel +units=m +no_defs",
    "srsid": "2517",
    "projectionacronym": "sterea",
    "ellipsoidacronym": "EPSG:7004",
}

_FROM_RD = (
    "+proj=pipeline +step +inv +proj=sterea +lat_0=52.1561605555556 +lon_0=5.38763888888889 +k=0.9999079 "
    "+x_0=155000 +y_0=463000 +ellps=bessel +step +proj=push +v_3 +step +proj=cart +ellps=bessel +step +proj=helmert "
)
_TO_WGS84 = (
    "+x=565.4171 +y=50.3319 +z=465.5524 +rx=0.398957388243134 +ry=-0.343987817378283 +rz=1.87740163998045 "
    "+s=4.0725 +convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 "
)
# Amersfoort to WGS 84 (4), 1 m, and to ETRS89 (8), 0.25 m: the best that need no grid on the reader's computer. Where
# a project names none, QGIS asks which to take, or remarks that a better one is not there.
_OPERATIONS = {
    "EPSG:4326": _FROM_RD + _TO_WGS84 + "+step +proj=unitconvert +xy_in=rad +xy_out=deg",
    "EPSG:3857": _FROM_RD + _TO_WGS84 + "+step +proj=webmerc +lat_0=0 +lon_0=0 +x_0=0 +y_0=0 +ellps=WGS84",
    "EPSG:4258": _FROM_RD + "+x=565.7381 +y=50.4018 +z=465.2904 +rx=0.395025981036064 +ry=-0.330772431242031 "
    "+rz=1.87607329462821 +s=4.07244 +convention=coordinate_frame +step +inv +proj=cart +ellps=GRS80 "
    "+step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg",
}


def add_crs(parent: ET.Element) -> None:
    """Add ``spatialrefsys`` of RD New to `parent`."""
    wkt, description = _describe()
    root = ET.SubElement(parent, "spatialrefsys", nativeFormat="Wkt")
    parts = {
        "wkt": wkt,
        "srid": RD.removeprefix("EPSG:"),
        "authid": RD,
        "description": description,
        "geographicflag": "false",
        **_KNOWN,
    }
    for tag, text in parts.items():
        ET.SubElement(root, tag).text = text


def draw_transforms() -> ET.Element:
    """Return ``transformContext``: how to go to degrees, to web tiles and to ETRS89."""
    root = ET.Element("transformContext")
    for other, operation in _OPERATIONS.items():
        ET.SubElement(root, "srcDest", source=RD, dest=other, coordinateOp=operation, allowFallback="1")
    return root


@cache
def _describe() -> tuple[str, str]:
    known = CRS.from_user_input(RD)
    return known.to_wkt(), known.name
