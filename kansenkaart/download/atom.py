"""ATOM as PDOK publishes it: a feed of data sets, each with a feed of its files, of which one is fetched.

The form is that of the technical guidance for INSPIRE download services, and of https://github.com/PDOK/atom-generator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.parsers import expat

from kansenkaart.download.client import Client
from kansenkaart.download.pages import LayerRequest, same_host
from kansenkaart.errors import DataError

_ATOM = "{http://www.w3.org/2005/Atom}"
_FEED = "application/atom+xml"
# Where an entry says what it leads to; what else it links (metadata, a map service) is no file.
_LEADS = frozenset(("alternate", "section", "enclosure"))
# Files by what their type or address says, the best to read first.
_KINDS = (("geopackage", "gpkg"), ("gml", "x-gmz"), ("shape", "shp"))
_RD = "28992"
# Feeds that one address may lead to: a service has a handful of data sets.
_MOST_FEEDS = 100
_SHOWN = 8


@dataclass(frozen=True)
class _Link:
    """Something an entry leads to; `words`: all that the feed says of it and of what it belongs to."""

    url: str
    type: str
    title: str
    words: str

    @property
    def rank(self) -> tuple[int, bool]:
        """How well it reads: a smaller one better."""
        said = f"{self.url} {self.type}".casefold()
        kind = next((number for number, marks in enumerate(_KINDS) if any(one in said for one in marks)), 9)
        return kind, _RD not in self.words


def find_file(asked: LayerRequest, client: Client) -> str:
    """Return the address of the one file that is meant.

    Parameters
    ----------
    asked
        Its layer: words that the feeds say of the file or of its data set, all of them; of what has several forms
        GeoPackage goes before GML, and RD New before another CRS.

    Raises
    ------
    DataError
        When it is no feed, no file fits the words, or several do.
    """
    wanted = asked.layer.casefold().split()
    files = [one for one in _list_files(asked.url, wanted, client) if _fits(one, wanted)]
    best = min((one.rank for one in files), default=None)
    fit = {one.url: one for one in files if one.rank == best}
    if len(fit) == 1:
        return next(iter(fit))
    if fit:
        titles = "; ".join(
            f"{one.title} ({one.url.rsplit('/', 1)[-1]})" for one in list(fit.values())[:_SHOWN]
        )
        message = (
            "{url} has {count} files that fit '{layer}': {titles}. Say which by words of its title, as layer."
        )
        raise DataError(
            "download_several", message, url=asked.url, count=len(fit), layer=asked.layer, titles=titles
        )
    message = "{url} gives no {layer}: {said}. Is the layer still called so?"
    raise DataError("download_no_layer", message, url=asked.url, layer=asked.layer or "-", said="0")


def _fits(link: _Link, wanted: list[str]) -> bool:
    return all(word in link.words for word in wanted)


def _list_files(url: str, wanted: list[str], client: Client) -> list[_Link]:
    """All files that a feed leads to: of its data sets those that fit, where some do."""
    files: list[_Link] = []
    seen: set[str] = set()
    feeds = [_Link(url, _FEED, "", "")]
    while feeds:
        feed = feeds.pop(0)
        if feed.url in seen:
            continue
        seen.add(feed.url)
        if len(seen) > _MOST_FEEDS:
            message = "{url} leads to more than {most} feeds. Give the feed of the data set itself."
            raise DataError("download_endless_feeds", message, url=url, most=_MOST_FEEDS)
        links = list(_read_feed(feed, client))
        files += [one for one in links if not one.type.startswith(_FEED)]
        further = [one for one in links if one.type.startswith(_FEED)]
        feeds += [one for one in further if _fits(one, wanted)] or further
    return files


def _read_feed(feed: _Link, client: Client) -> Iterator[_Link]:
    root = _parse(*client.ask_bytes(feed.url), feed.url)
    for entry in root.iter(f"{_ATOM}entry"):
        title = (entry.findtext(f"{_ATOM}title") or "").strip()
        links = entry.findall(f"{_ATOM}link")
        terms = [one.get(name, "") for one in entry.iter(f"{_ATOM}category") for name in ("term", "label")]
        told = [feed.words, title, entry.findtext(f"{_ATOM}id") or ""]
        for link in links:
            if link.get("rel", "alternate") in _LEADS and link.get("href"):
                target = same_host(link.get("href", ""), feed.url)
                kind = link.get("type", "")
                # in which CRS a data set is to be had says nothing of one of its files
                own = [] if kind.startswith(_FEED) else terms
                words = " ".join((*told, *own, target, link.get("title", ""))).casefold()
                yield _Link(target, kind, link.get("title", "") or title, words)
    for link in root.findall(f"{_ATOM}link[@rel='next']"):
        yield _Link(same_host(link.get("href", ""), feed.url), _FEED, "", feed.words)


def _parse(content: bytes, kind: str, url: str) -> ET.Element:
    """The feed; one that declares entities is none: they unfold without end, or fetch what stands elsewhere."""

    def refuse(*_: object) -> None:
        raise expat.ExpatError("DOCTYPE")

    checked = expat.ParserCreate()
    checked.StartDoctypeDeclHandler = refuse
    try:
        checked.Parse(content, True)
        root = ET.fromstring(content)
    except (expat.ExpatError, ET.ParseError, ValueError, LookupError):
        root = ET.Element("none")
    if root.tag != f"{_ATOM}feed":
        shown = content[:120].decode("utf-8", "replace").strip()
        message = "{url} did not give a feed (ATOM) but {kind}: '{shown}'. Is it the address of the feed?"
        raise DataError("download_feed", message, url=url, kind=kind, shown=shown)
    return root
