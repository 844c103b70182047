"""What a JSON file says of itself beside its features: its CRS, how many there are, how many there should be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from kansenkaart.errors import DataError
from kansenkaart.sources.findings import Remark

_MEMBERS = ("features", "geometry", "properties", "coordinates", "attributes", "crs")
_SHOWN = 120
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
        When it is no whole JSON.
    """
    text = content.decode("utf-8-sig", errors="replace")
    try:
        # each feature shrinks to its id as soon as it is parsed: memory stays that of the text
        root = json.loads(text, object_pairs_hook=lambda pairs: _shrink(pairs, file))
    except (json.JSONDecodeError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            return Members(_count_lines(text))
        message = "{file} is no whole JSON: {error}. Download or save it anew."
        raise DataError("json_broken", message, file=file, error=str(error)) from None
    if not isinstance(root, dict):
        return Members(1)
    features = root.get("features")
    listed = features if isinstance(features, list) else None
    ids = listed if listed and all(type(one) is int for one in listed) else None
    crs = _named_crs(root.get("crs"), file)
    stated = crs is not None or "spatialReference" in root or "coordRefSys" in root
    count = 1 if root.get("type") == "Feature" else None if listed is None else len(listed)
    return Members(count, crs, stated, ids, tuple(_judge_part(root, count or 0)))


def _shrink(pairs: list[tuple[str, Any]], file: str) -> Any:
    """Leave the id of a feature; a file may also be one feature, and then say its CRS.

    Two features that ran into each other are one object with a member twice, of which a reader takes one.
    """
    one = dict(pairs)
    if len(one) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next((name for name in _MEMBERS if names.count(name) > 1), None)
        if twice is not None:
            message = "{file}: an object has the member '{key}' twice ({value}): a part is missing. Download it anew."
            value = str(one.get("properties") or one.get("id") or "")[:_SHOWN]
            raise DataError("json_twice", message, file=file, key=twice, value=value)
    return one.get("id", "") if one.get("type") == "Feature" and "crs" not in one else one


def _count_lines(text: str) -> int:
    """Count a file of one feature per line, each perhaps behind a record separator."""
    return sum(1 for line in text.split("\n") if line.strip("\x1e \t\r"))


def _named_crs(crs: object, file: str) -> CRS | None:
    """The CRS that a file names; one that cannot be known without asking somewhere is refused, not passed over."""
    properties = _mapping(_mapping(crs).get("properties"))
    name, code = str(properties.get("name", "")), properties.get("code")
    if type(code) is int:
        name = f"EPSG:{code}"
    if not name:
        return None
    try:
        if _CRS_NAME.fullmatch(name):
            return CRS.from_user_input(name)
    except CRSError:
        pass
    message = (
        "{file} names the CRS '{crs}', which is not known. Save it in EPSG:28992, or without the member 'crs' in "
        "WGS 84."
    )
    raise DataError("crs_name_unknown", message, file=file, crs=name[:_SHOWN])


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
