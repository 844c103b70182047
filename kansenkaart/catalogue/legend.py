"""What outputs say of the catalogue: how all looks, what an uncertain number is called, who must be at the table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Set
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kansenkaart.catalogue.load import load_catalogue
from kansenkaart.catalogue.models import Catalogue, Kengetal, LineStyle, Stream
from kansenkaart.catalogue.recipe import Frozen
from kansenkaart.tables.reasons import InBoth
from kansenkaart.texts import Texts

if TYPE_CHECKING:
    import pandas as pd


class ClassStyle(Frozen):
    """How sure a chance looks: strength of the colour and whether the line is filled."""

    opacity: float = Field(ge=0, le=1)
    outline_only: bool = False
    width_factor: float = Field(gt=0)


class Glyph(Frozen):
    """The drawing of a kind of place: an SVG path in a box of -1 to 1."""

    path: str


class Style(Frozen):
    """The one style definition: the map, the legend and QGIS read the same."""

    streams: Mapping[str, LineStyle]
    classes: Mapping[str, ClassStyle]
    kinds: Mapping[str, str]
    glyphs: Mapping[str, Glyph]
    links: Mapping[str, LineStyle]
    land: str
    water: str
    border: str
    ink: str
    paper: str
    accent: str


@cache
def load_style() -> Style:
    """Return the style of ``style.toml``, with the lines of the streams and the glyphs of the kinds; read once.

    Raises
    ------
    pydantic.ValidationError
        When a colour or key in the file is wrong; the message names it.
    """
    text = (files("kansenkaart.catalogue") / "style.toml").read_text(encoding="utf-8")
    catalogue = load_catalogue()
    lines = {stream.id: stream.style for stream in catalogue.streams.values()}
    glyphs = {kind.id: kind.glyph for kind in catalogue.kinds.values()}
    return Style.model_validate({**tomllib.loads(text), "streams": lines, "kinds": glyphs})


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
    if kind == "flow":
        site, stream, role = name.rsplit("|", 2)
        return texts(f"map.input_{role}", place=places.get(site, site), stream=name_stream(stream, texts))
    if kind == "yield":
        _, takes, makes = name.rsplit("|", 2)
        return texts("map.input_yield", takes=name_stream(takes, texts), makes=name_stream(makes, texts))
    return name_number(name, catalogue, texts)


def name_number(name: str, catalogue: Catalogue, texts: Texts) -> str:
    """What a kengetal or a price is called."""
    known = catalogue.kengetallen.get(name)
    return name_price(name, catalogue, texts) if known is None else _kengetal(known, texts)


def name_price(name: str, catalogue: Catalogue, texts: Texts) -> str:
    """What a price is called; of a stream's own prices the stream is named."""
    for start in ("benefit", "co2"):
        stream = name.removeprefix(f"{start}_")
        if stream != name and stream in catalogue.streams:
            return texts(f"map.input_{start}", stream=name_stream(stream, texts))
    return texts.find(f"map.input_price_{name}", name.replace("_", " "))


def _kengetal(one: Kengetal, texts: Texts) -> str:
    """The rule of thumb by what it says and of whom: two that count the same thing differ in whom."""
    where = [texts.find(f"tables.values.{key}.{value}", value) for key, value in one.where.items()]
    of = ", ".join([*(texts.find(f"kinds.{kind}", kind) for kind in one.kinds[:1]), *where])
    driver = texts.find(f"drivers.{one.driver}", one.driver)
    return texts(f"map.input_rule_{one.role}", stream=name_stream(one.stream, texts), driver=driver, of=of)


def name_stream(stream: str, texts: Texts) -> str:
    """Name of a stream inside a sentence; CO₂ keeps its capitals."""
    name = texts.find(f"streams.{stream}", stream)
    return name[0].lower() + name[1:] if name[1:2].islower() else name


class Party(BaseModel):
    """A party, and when it must be there: one rule that holds is enough."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    named: Literal["municipality", "province"] | None = Field(
        None, description="Column of the places that says which one it is; None: only its role is known."
    )
    always: bool = False
    crossing: bool = Field(False, description="When the two places lie in different municipalities.")
    kinds: tuple[str, ...] = Field((), description="When such a place gives or takes.")
    streams: tuple[str, ...] = Field((), description="When it is about such a stream.")
    eural: bool = Field(False, description="When the stream is on the Eural list of waste.")
    mode: Literal["pipe", "truck", "ship"] | None = Field(None, description="When it can travel this way.")
    evidence: Literal["derived", "estimate"] = Field(
        description="derived: the rule rests on the source; estimate: our own reading, without one."
    )
    source: str = Field(
        "", description="What the rule rests on, as the card names it; empty for an estimate."
    )

    @model_validator(mode="after")
    def _source_of_evidence(self) -> Self:
        if bool(self.source) != (self.evidence == "derived"):
            raise ValueError(f"party {self.id}: a source and evidence = 'derived' go together")
        return self

    def concerns(self, stream: Stream) -> bool:
        """Tell whether `stream` alone calls for this party.

        Examples
        --------
        >>> from kansenkaart.catalogue import load_catalogue
        >>> [party.id for party in load_parties() if party.concerns(load_catalogue().streams["co2"])]
        ['co2_network', 'carrier']
        """
        waste = self.eural and bool(stream.eural)
        travels = self.mode is not None and self.mode in stream.mode.split("/")
        return stream.id in self.streams or waste or travels


@cache
def load_parties() -> tuple[Party, ...]:
    """Return the parties of ``parties.toml`` in the order of the file; read once.

    Raises
    ------
    pydantic.ValidationError
        When a key or value in the file is wrong; the message names it.
    """
    text = (files("kansenkaart.catalogue") / "parties.toml").read_text(encoding="utf-8")
    return tuple(Party.model_validate(row) for row in tomllib.loads(text)["party"])


def mix(colour: str, paper: str, share: float) -> str:
    """Return `share` of `colour` over `paper`, as #rrggbb."""
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(paper[1:]), strict=True)
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in pairs)


def name_instruments(ids: Iterable[str], catalogue: Catalogue) -> InBoth:
    """The names of instruments in a row: 'SWiG en EIA'."""
    known = {one.id: one for one in catalogue.instruments}
    found = [known[name] for name in ids]
    return InBoth(_in_a_row([one.nl for one in found], "en"), _in_a_row([one.en for one in found], "and"))


def split_instruments(ids: object) -> list[str]:
    """Ids of ``support_from``; none where it is missing."""
    return ids.split(BETWEEN) if isinstance(ids, str) and ids else []


def _in_a_row(names: list[str], word: str) -> str:
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
