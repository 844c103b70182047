"""What a file says of itself beside its features: a JSON its CRS, that and a GML how many there are and should be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError

from kansenkaart.errors import DataError
from kansenkaart.reasons import find_reason
from kansenkaart.sources.findings import Remark
from kansenkaart.sources.raw import FIRST_ROW
from kansenkaart.strict_json import TwiceError, parse_json

_SHOWN = 120
_RECORD = re.compile(r"[^\s\x1e][^\n]*")
# What tells a layer: the type of the whole, or a member that holds its shapes.
_LAYERS = ("FeatureCollection", "Feature", "Topology")
_GEOMETRIES = (
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
)  # fmt: skip
_SHAPES = ("features", "coordinates", "geometries")
# The box around a feature of a GML, and what features stand in.
_CORNERS = ("lowerCorner", "upperCorner")
_MEMBERS = ("}member", "}featureMember", "}featureMembers")
_GML = "{http://www.opengis.net/gml"
# What a CRS may be named by; another name would have to be looked up somewhere.
_CRS_NAME = re.compile(
    r"(urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/|EPSG:|OGC:)[\w.:/-]+", re.IGNORECASE
)


@dataclass(frozen=True)
class Members:
    """The members of a GeoJSON or ESRI JSON file.

    Parameters
    ----------
    count
        Features that the file lists; None where it lists none.
    crs
        CRS that it names, wherever the member stands.
    states_crs
        The file says its CRS, in whatever way.
    ids
        Whole numbers that its features bear as ``id``, one each; GDAL takes these for row numbers.
    remarks
        Where it says itself that it is a part of more.
    """

    count: int | None = None
    crs: CRS | None = None
    states_crs: bool = False
    ids: list[int] | None = None
    remarks: tuple[Remark, ...] = ()


def read_members(content: bytes, *, file: str) -> Members:
    """Read what `content` says beside its features; it is parsed whole, by another parser than the reader's.

    Raises
    ------
    DataError
        When it is no whole JSON, or an object in it names a key twice.
    """
    text = content.decode("utf-8-sig", errors="replace")
    walk = _Walk()
    try:
        root = parse_json(text, walk.shrink)
    except (ValueError, RecursionError) as error:
        if not isinstance(error, json.JSONDecodeError) or error.msg != "Extra data":
            raise walk.fault(error, file) from None
        return _read_sequence(text, file)
    if not isinstance(root, dict):
        return Members(1)
    _refuse_no_layer(root, text, file)
    features = root.get("features")
    listed = features if isinstance(features, list) else None
    ids = listed if listed and all(type(one) is int for one in listed) else None
    crs = _named_crs(root.get("crs"), file)
    referred = [_referred_crs(one, file) for one in walk.referred]
    if len(set(referred)) > 1:
        message = "{file} mixes the CRS {crs}. Save it in one, such as EPSG:28992."
        raise DataError("crs_mixed", message, file=file, crs=", ".join(one.to_string() for one in referred))
    crs = crs or next(iter(referred), None)
    stated = crs is not None or bool(referred) or "spatialReference" in root
    count = 1 if root.get("type") == "Feature" else None if listed is None else len(listed)
    return Members(count, crs, stated, ids, tuple(_judge_part(root, count or 0)))


def _refuse_no_layer(root: Mapping[str, Any], text: str, file: str) -> None:
    """Refuse what a server answers in place of a layer: GDAL would say that it does not know the format.

    So is a feature in the place of ``type``: GDAL would read that one, and none of the features that follow.
    """
    kind = root.get("type")
    if kind in _LAYERS or ((kind is None or kind in _GEOMETRIES) and any(name in root for name in _SHAPES)):
        return
    message = (
        "{file} is JSON, but no layer: it holds no features. It says: {found}. Often a server answers so to a wrong "
        "question. Download the layer anew, as GeoJSON."
    )
    raise DataError("json_no_layer", message, file=file, found=" ".join(text.split())[:_SHOWN])


@dataclass
class _Walk:
    """What the parser has passed: the features that it has closed, and the CRS that JSON-FG refers to."""

    features: int = 0
    referred: list[Any] = field(default_factory=list)

    def shrink(self, one: dict[str, Any]) -> Any:
        """Leave the id of a feature, as soon as it is parsed: memory stays that of the text.

        A file may also be one feature, and then say its CRS.
        """
        reference = one.get("coordRefSys") if "type" in one else None
        if reference is not None and reference not in self.referred:
            self.referred.append(reference)
        if one.get("type") != "Feature":
            self.features += "attributes" in one
            return one
        self.features += 1
        return one if "crs" in one else one.get("id", "")

    def fault(self, error: Exception, file: str) -> DataError:
        """What is wrong with the JSON, with the row where that is known."""
        reason = find_reason(error)
        if not isinstance(error, TwiceError):
            message = "{file} is no whole JSON: {error}. Download or save it anew."
            return DataError("json_broken", message, file=file, error=reason)
        row = self.features + FIRST_ROW
        message = (
            "{file}, near row {row}: {error}. A reader keeps one of the two, so that a value or a whole row would be "
            "lost. Take one out, or download it anew."
        )
        return DataError("json_twice", message, file=file, row=row, error=reason)


def _read_sequence(text: str, file: str) -> Members:
    """Read a file of one feature per line, or each behind a record separator."""
    walk, count = _Walk(), 0
    for record in _RECORD.finditer(text):
        count += 1
        try:
            parse_json(record[0], walk.shrink)
        except json.JSONDecodeError as error:
            placed = json.JSONDecodeError(error.msg, text, record.start() + error.pos)
            raise walk.fault(placed, file) from None
        except (ValueError, RecursionError) as error:
            raise walk.fault(error, file) from None
    return Members(count)


def _named_crs(crs: object, file: str) -> CRS | None:
    """The CRS that a file names; one that cannot be known without asking somewhere is refused, not passed over."""
    properties = _mapping(_mapping(crs).get("properties"))
    name, code = str(properties.get("name", "")), properties.get("code")
    if type(code) is int:
        name = f"EPSG:{code}"
    return _find_crs(name, file) if name else None


def _referred_crs(referred: object, file: str) -> CRS:
    """The CRS of JSON-FG: a code, an address or a list of these, which is looked up here and asked nowhere."""
    parts = referred if isinstance(referred, list) else [referred]
    found = [_find_crs(str(_mapping(part).get("href", part)).strip("[]"), file) for part in parts]
    # behind the first stand heights, which say nothing on a map
    return found[0] if found else _find_crs("", file)


def _find_crs(name: str, file: str) -> CRS:
    try:
        if _CRS_NAME.fullmatch(name):
            return CRS.from_user_input(name)
    except CRSError:
        pass
    message = (
        "{file} names the CRS '{crs}', which is not known. Save it in EPSG:28992, or in WGS 84 without the "
        "member 'crs' or 'coordRefSys'."
    )
    raise DataError("crs_name_unknown", message, file=file, crs=name[:_SHOWN])


def drop_envelope(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Rows of a GML without the box around each shape, which GDAL reads as two columns; an own column stays."""
    if not set(_CORNERS) <= set(frame.columns):
        return frame
    with path.open("rb") as stream:
        tags = (element.tag for _, element in ET.iterparse(stream, events=("start",)))
        inside = dropwhile(lambda tag: not tag.endswith(_MEMBERS), tags)
        corner = next((tag for tag in inside if tag.endswith(_CORNERS)), "")
    return frame.drop(columns=list(_CORNERS)) if corner.startswith(_GML) else frame


def judge_gml(path: Path) -> list[Remark]:
    """What tells that a GML is a part: a WFS says on its collection how many there are, and how many it gave."""
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    count = sum(
        int(pyogrio.read_info(path, layer=one, force_feature_count=True)["features"]) for one in layers
    )
    with path.open("rb") as stream:
        _, root = next(ET.iterparse(stream, events=("start",)))
    said: dict[str, Any] = {name: int(text) for name, text in root.attrib.items() if text.isdecimal()}
    said.setdefault("numberReturned", said.get("numberOfFeatures"))  # as WFS 1.1 calls it
    return _judge_part(said | {"links": [{"rel": "next"}] if "next" in root.attrib else []}, count)


def _judge_part(root: Mapping[str, Any], count: int) -> list[Remark]:
    """What tells that a download was cut by its server."""
    whole = max(
        (root[name] for name in ("numberMatched", "totalFeatures") if type(root.get(name)) is int), default=0
    )
    if whole > count:
        return [Remark(0, "download_part", "warning", f"{count} / {whole}", {"count": count, "whole": whole})]
    links = (
        [_mapping(link).get("rel") for link in root["links"]] if isinstance(root.get("links"), list) else []
    )
    limited = root.get("exceededTransferLimit") or _mapping(root.get("properties")).get(
        "exceededTransferLimit"
    )
    if limited is True or "next" in links:
        return [Remark(0, "download_cut", "warning", str(count), {"count": count})]
    returned = root.get("numberReturned")
    if type(returned) is int and returned != count:
        return [
            Remark(
                0, "download_part", "warning", f"{count} / {returned}", {"count": count, "whole": returned}
            )
        ]
    return []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
