"""What an uncertain number of a run is called: a rule of thumb, a price, a yield, what a place gives or takes."""

from __future__ import annotations

from collections.abc import Mapping, Set

import pandas as pd

from kansenkaart.catalogue.models import Catalogue, Kengetal
from kansenkaart.texts import Texts

# Between ids that share a cell, such as MATCHES.decided_by; an id of a place may hold it too.
BETWEEN = "; "


def name_inputs(
    tornado: pd.DataFrame, sites: pd.DataFrame, catalogue: Catalogue, texts: Texts
) -> dict[str, str]:
    """Return id -> name in words of every number of frame ``TORNADO``; `sites` is frame ``SITES``."""
    places = dict(zip(sites["site_id"], sites["name"], strict=True))
    kinds = dict(zip(tornado["input_id"], tornado["input_kind"], strict=True))
    return {name: _name(name, kind, catalogue, places, texts) for name, kind in kinds.items()}


def split_ids(text: str, known: Set[str]) -> list[str]:
    """Return the ids in `text`; an id that holds the separator itself stays whole when it is `known`.

    Examples
    --------
    >>> split_ids("a; b; c", {"a", "b; c"})
    ['a', 'b; c']
    """
    parts, found = text.split(BETWEEN), []
    while parts:
        ends = (end for end in range(len(parts), 0, -1) if BETWEEN.join(parts[:end]) in known)
        end = next(ends, 1)
        found.append(BETWEEN.join(parts[:end]))
        parts = parts[end:]
    return found


def _name(name: str, kind: str, catalogue: Catalogue, places: Mapping[str, str], texts: Texts) -> str:
    if name in catalogue.kengetallen:
        return _kengetal(catalogue.kengetallen[name], texts)
    if kind == "flow":
        site, stream, role = name.rsplit("|", 2)
        return texts(f"map.input_{role}", place=places.get(site, site), stream=_stream(stream, texts))
    if kind == "yield":
        _, takes, makes = name.rsplit("|", 2)
        return texts("map.input_yield", takes=_stream(takes, texts), makes=_stream(makes, texts))
    return name_price(name, catalogue, texts)


def name_price(name: str, catalogue: Catalogue, texts: Texts) -> str:
    """What a price is called; of a stream's own prices the stream is named."""
    for start in ("benefit", "co2"):
        stream = name.removeprefix(f"{start}_")
        if stream != name and stream in catalogue.streams:
            return texts(f"map.input_{start}", stream=_stream(stream, texts))
    return texts.find(f"map.input_price_{name}", name.replace("_", " "))


def _kengetal(one: Kengetal, texts: Texts) -> str:
    """The rule of thumb by what it says and of whom: two that count the same thing differ in whom."""
    where = [texts.find(f"tables.values.{key}.{value}", value) for key, value in one.where.items()]
    of = ", ".join([*(texts.find(f"kinds.{kind}", kind) for kind in one.kinds[:1]), *where])
    driver = texts.find(f"drivers.{one.driver}", one.driver)
    return texts(f"map.input_rule_{one.role}", stream=_stream(one.stream, texts), driver=driver, of=of)


def _stream(stream: str, texts: Texts) -> str:
    """Name of a stream inside a sentence; CO₂ keeps its capitals."""
    name = texts.find(f"streams.{stream}", stream)
    return name[0].lower() + name[1:] if name[1:2].islower() else name
