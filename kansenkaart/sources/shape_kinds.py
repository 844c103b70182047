"""Shapes written as WKT or hexadecimal (E)WKB, and the kinds of shape that are not used: named, never "no place"."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.sources.findings import Remark
from kansenkaart.sources.nesting import is_too_deep
from kansenkaart.sources.raw import Raw

_EWKT = re.compile(r"^\s*SRID\s*=\s*(\d+)\s*;\s*", re.IGNORECASE)
_HEX = re.compile(r"0[01](?:[0-9A-F]{2}){8,}", re.IGNORECASE)
_KINDS = {
    8: "CIRCULARSTRING",
    9: "COMPOUNDCURVE",
    10: "CURVEPOLYGON",
    11: "MULTICURVE",
    12: "MULTISURFACE",
    13: "CURVE",
    14: "SURFACE",
    15: "POLYHEDRALSURFACE",
    16: "TIN",
    17: "TRIANGLE",
}
_KIND = re.compile(rf"\b({'|'.join(_KINDS.values())})\b", re.IGNORECASE)
# Raised by shapely for what it knows and does not hold, and for what it cannot read.
_UNREAD = (NotImplementedError, shapely.errors.ShapelyError)


@dataclass(frozen=True)
class Shapes:
    """What a column of shapes as text holds; all of one length, missing where there is none.

    Parameters
    ----------
    geometry
        Shapes that can be used.
    srid
        SRID that a text states itself.
    kind
        Kind of a shape that is not used.
    """

    geometry: gpd.GeoSeries
    srid: pd.Series
    kind: pd.Series


def parse_shapes(texts: pd.Series) -> Shapes:
    """Read WKT, EWKT and hexadecimal (E)WKB; a file may mix them."""
    coded = texts.str.fullmatch(_HEX).fillna(False).astype(bool)
    plain = texts.mask(coded)
    srid = plain.str.extract(_EWKT, expand=False).astype(object)
    plain = plain.str.replace(_EWKT, "", regex=True)
    kind = plain.str.extract(_KIND, expand=False).str.upper().astype(object)
    plain = plain.mask(kind.notna() | plain.map(is_too_deep, na_action="ignore").eq(True)).astype(object)
    with np.errstate(invalid="ignore"):  # a corner that is no number is rejected with the others
        shapes = shapely.from_wkt(plain.where(plain.notna(), None).to_numpy(), on_invalid="ignore")
    geometry = gpd.GeoSeries(shapes, index=texts.index)
    for row in texts.index[coded]:
        geometry.loc[row], srid.loc[row], kind.loc[row] = _read_coded(texts[row])
    return Shapes(geometry, srid, kind)


def name_unread(raw: Raw, read_stored: Callable[[], Sequence[bytes | None] | None]) -> list[Remark]:
    """Reject every row of `raw` that has a shape where it came from, but none that can be used; its kind is named.

    Parameters
    ----------
    read_stored
        Gives the WKB of every row; asked only where a shape is missing.
    """
    if raw.geometry is None:
        return []
    missing = np.flatnonzero(shapely.is_missing(raw.geometry.to_numpy()))
    if not len(missing):
        return []
    stored = read_stored()
    return [
        Remark(
            int(raw.frame.index[place]),
            "shape_kind",
            "rejected",
            _kind_of(content) or _reason(content),
        )
        for place in missing.tolist()
        if stored is not None and (content := stored[place]) is not None
    ]


def _read_coded(text: str) -> tuple[shapely.Geometry | None, str | None, str | None]:
    content = bytes.fromhex(text)
    kind = _kind_of(content)
    try:
        shape = None if kind or is_too_deep(content) else shapely.from_wkb(content)
    except _UNREAD:
        shape = None
    srid = int(shapely.get_srid(shape))
    return shape, str(srid) if srid > 0 else None, kind


def _kind_of(content: bytes) -> str | None:
    """Kind that WKB begins with, where it is one that is not used."""
    code = struct.unpack_from("<I" if content[0] else ">I", content, 1)[0]
    return _KINDS.get((code & 0x0FFFFFFF) % 1000)


def _reason(content: bytes) -> str:
    try:
        shapely.from_wkb(content)
    except _UNREAD as error:
        return str(error)
    return "?"
