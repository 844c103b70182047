"""The uncertain numbers that a chance can fall by, in words a reader knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np

from kansenkaart.catalogue import Catalogue, Kengetal
from kansenkaart.maps.block import Block
from kansenkaart.project import LoadedProject
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts

# Between the ids of a match in MATCHES.decided_by; an id of a place may hold it too.
_BETWEEN = "; "


def add_deciding(block: Block, frames: Frames, loaded: LoadedProject, texts: Texts) -> None:
    """Column ``m.decided``: place in header ``decided``, lists of places in header ``inputs``; 0 is none.

    ``inputs`` holds per number its name in words, its low and high end and its unit.
    """
    ids = frames.matches.sort_values("rank", kind="stable")["decided_by"]
    inputs = {str(row["input_id"]): row for row in frames.tornado.to_dict("records")[::-1]}
    split = {text: split_ids(str(text), inputs.keys()) for text in ids.dropna().unique()}
    used = sorted({name for names in split.values() for name in names})
    sets = {text: number for number, text in enumerate(split, start=1)}
    block.add_index("m.decided", np.array([sets.get(text, 0) for text in ids], dtype=np.int64))
    block.header["decided"] = [[], *([used.index(name) for name in names] for names in split.values())]
    places = dict(zip(frames.sites["site_id"], frames.sites["name"], strict=True))
    block.header["inputs"] = [
        _describe(name, inputs.get(name) or {}, loaded.catalogue, places, texts) for name in used
    ]


def split_ids(text: str, known: Set[str]) -> list[str]:
    """The ids in `text`; an id that holds the separator itself stays whole when it is `known`.

    Examples
    --------
    >>> split_ids("a; b; c", {"a", "b; c"})
    ['a', 'b; c']
    """
    parts, found = text.split(_BETWEEN), []
    while parts:
        ends = (end for end in range(len(parts), 0, -1) if _BETWEEN.join(parts[:end]) in known)
        end = next(ends, 1)
        found.append(_BETWEEN.join(parts[:end]))
        parts = parts[end:]
    return found


def _describe(
    name: str, row: Mapping[Any, Any], catalogue: Catalogue, places: Mapping[str, str], texts: Texts
) -> dict[str, Any]:
    return {
        "name": _name(name, row.get("input_kind"), catalogue, places, texts),
        "low": row.get("low"),
        "high": row.get("high"),
        "unit": row.get("input_unit"),
    }


def _name(name: str, kind: str | None, catalogue: Catalogue, places: Mapping[str, str], texts: Texts) -> str:
    if name in catalogue.kengetallen:
        return _kengetal(catalogue.kengetallen[name], texts)
    if kind == "flow":
        site, stream, role = name.rsplit("|", 2)
        return texts(f"map.input_{role}", place=places.get(site, site), stream=_stream(stream, texts))
    if kind == "yield":
        _, takes, makes = name.rsplit("|", 2)
        return texts("map.input_yield", takes=_stream(takes, texts), makes=_stream(makes, texts))
    return _price(name, list(catalogue.streams), texts)


def _price(name: str, streams: Sequence[str], texts: Texts) -> str:
    """What a price is called; of a stream's own prices the stream is named."""
    for start in ("benefit", "co2"):
        stream = name.removeprefix(f"{start}_")
        if stream != name and stream in streams:
            return texts(f"map.input_{start}", stream=_stream(stream, texts))
    return texts.find(f"map.input_price_{name}", name.replace("_", " "))


def _kengetal(one: Kengetal, texts: Texts) -> str:
    """The rule of thumb by what it says and of whom: two that count the same thing differ in whom."""
    where = [texts.find(f"tables.values.{key}.{value}", value) for key, value in one.where.items()]
    driver = texts.find(f"drivers.{one.driver}", one.driver)
    of = ", ".join([*(texts.find(f"kinds.{kind}", kind) for kind in one.kinds[:1]), *where])
    return texts(f"map.input_rule_{one.role}", stream=_stream(one.stream, texts), driver=driver, of=of)


def _stream(stream: str, texts: Texts) -> str:
    """Name of a stream inside a sentence; CO₂ keeps its capitals."""
    name = texts.find(f"streams.{stream}", stream)
    return name[0].lower() + name[1:] if name[1:2].islower() else name
