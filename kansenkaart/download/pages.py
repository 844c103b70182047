"""Services that give a layer or table in pages: OGC API Features, WFS 2.0 and OData v4; each says how much there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from kansenkaart.catalogue.recipe import Protocol
from kansenkaart.download.client import join_url, refuse_way
from kansenkaart.errors import DataError

# What services give at most at once.
PAGE = 1_000
_RD = "EPSG:28992"
_URN = "urn:ogc:def:crs:EPSG::28992"


# West, south, east, north.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class LayerRequest:
    """What is asked of a service.

    Parameters
    ----------
    url, layer
        Of the service, and the collection, feature type or table; of ATOM words of the file's title.
    lonlat, rd
        Area in degrees and in RD New.
    filter
        Of OData.
    """

    protocol: Protocol
    url: str
    layer: str
    lonlat: Box
    rd: Box
    filter: str = ""


@dataclass(frozen=True)
class LayerPart:
    """A part of a layer.

    Parameters
    ----------
    rows
        Features of GeoJSON, or rows of a table.
    next
        Address of the next part; None: this is the last.
    whole
        Rows that there are in all, where the service says so.
    cut
        The service says that it left out rows and gives no next part.
    """

    rows: list[dict[str, Any]]
    next: str | None
    whole: int | None
    cut: bool


def first_url(asked: LayerRequest) -> str:
    """Address of the first page."""
    base = asked.url.rstrip("/")
    if asked.protocol == "ogcapi":
        box = ",".join(f"{one:.6f}" for one in asked.lonlat)
        return f"{base}/collections/{asked.layer}/items?" + urlencode(
            {"f": "json", "limit": PAGE, "bbox": box}
        )
    if asked.protocol == "wfs":
        return _wfs_url(asked, 0)
    query = {"$count": "true"} | ({"$filter": asked.filter} if asked.filter else {})
    return f"{base}/{asked.layer}/Observations?" + urlencode(query)


def read_page(asked: LayerRequest, answer: Mapping[str, Any], url: str, before: int) -> LayerPart:
    """Read an answer.

    Parameters
    ----------
    url
        Where it came from.
    before
        Rows that came before it.

    Raises
    ------
    DataError
        When it is no page of a layer, or the next one lies at another host.
    """
    rows = answer.get("value" if asked.protocol == "odata" else "features")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        said = str(
            answer.get("description") or answer.get("error") or answer.get("exceptions") or sorted(answer)
        )
        message = "{url} gives no {layer}: {said}. Is the layer still called so?"
        raise DataError("download_no_layer", message, url=url, layer=asked.layer, said=said[:200])
    if asked.protocol == "odata":
        found, whole = answer.get("@odata.nextLink"), answer.get("@odata.count")
    else:
        whole = answer.get("numberMatched")
        found = next((one.get("href") for one in answer.get("links", ()) if one.get("rel") == "next"), None)
    whole = whole if type(whole) is int and whole >= 0 else None
    if asked.protocol == "wfs" and found is None and rows and (whole is None or before + len(rows) < whole):
        found = _wfs_url(asked, before + len(rows)) if whole is not None or len(rows) >= PAGE else None
    cut = bool(answer.get("exceededTransferLimit")) and found is None
    return LayerPart(rows, None if found is None or not rows else same_host(found, url), whole, cut)


def hits_url(asked: LayerRequest) -> str:
    """Address at which a WFS says how many there are: its pages often do not."""
    return _wfs(asked, {"resultType": "hits"})


def _wfs_url(asked: LayerRequest, start: int) -> str:
    page = {"outputFormat": "application/json", "srsName": _RD, "count": PAGE, "startIndex": start}
    return _wfs(asked, page)


def _wfs(asked: LayerRequest, more: Mapping[str, object]) -> str:
    box = ",".join(f"{one:.2f}" for one in asked.rd)
    query = {"service": "WFS", "version": "2.0.0", "request": "GetFeature", "typeNames": asked.layer}
    query |= {"bbox": f"{box},{_URN}"}
    return asked.url + ("&" if "?" in asked.url else "?") + urlencode({**query, **more})


def same_host(found: str, url: str) -> str:
    """The next address, made whole; one at another host is not followed, and the line stays as closed as it was."""
    whole, here = urlsplit(join_url(url, found)), urlsplit(url)
    if whole.netloc != here.netloc:
        raise refuse_way(url, whole.geturl())
    return whole._replace(scheme=here.scheme).geturl()


def list_ids(rows: list[dict[str, Any]]) -> Iterator[object]:
    """Ids of features and rows, where they have one."""
    return (row.get("id", row.get("Id")) for row in rows)
