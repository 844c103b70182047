"""How a well-known file becomes places: its columns, codes and units, who publishes it, where it is, and its traps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kansenkaart.allowed import Placement
from kansenkaart.outward import publish

# What a reader of the outputs reads, where a user wrote it.
Published = Annotated[str, AfterValidator(publish)]
# A condition on a column: a value, several of which one must hold, or a comparison; see sources/narrow.py.
Condition = str | int | tuple[str | int, ...]
# How a layer behind the map is drawn.
Look = Literal["nature", "park", "network", "limit"]
Protocol = Literal["ogcapi", "wfs", "odata", "atom", "file", "request"]


class Frozen(BaseModel):
    """What a file gives: nobody changes it, an unknown key is refused, and no number is infinite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Fetch(Frozen):
    """Where the file of a recipe comes from."""

    protocol: Protocol = Field(description="How it is served; 'request': nobody may just take it.")
    url: str = Field(min_length=1, description="Service or page.")
    layer: str = Field(
        default="", description="Collection, feature type or table there; of ATOM words of the file's title."
    )
    filter: str = Field(default="", description="Rows that are asked of OData.")
    note: str = Field(default="", description="Dutch: what to choose there.")


class Trap(Frozen):
    """What goes wrong with such a file when nobody says it."""

    nl: Published = Field(min_length=1)
    en: Published = Field(min_length=1)


class Recipe(Frozen):
    """How a well-known file becomes places: its own column names and codes."""

    id: str
    meaning: Published
    meaning_nl: Published
    use: Literal["layers", "links", "roads", "boundary", "clusters", "friction", "background"] = Field(
        default="layers", description="Part of the project file that such a file belongs in."
    )
    look: Look | None = Field(default=None, description="Of a background: how it is drawn.")
    publisher: Published = ""
    licence: Published = ""
    year: int | None = Field(default=None, description="Year of the columns that are described here.")
    described: Published = Field(
        default="",
        description="Published file or description its columns were held against; empty: none was seen.",
    )
    columns: tuple[str, ...] = Field(
        default=(), description="Columns that tell such a file from others; empty: those of rename."
    )
    fetch: tuple[Fetch, ...] = ()
    trap: tuple[Trap, ...] = ()
    kind: str | None = None
    crs: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    rename: Mapping[str, str] = Field(
        default_factory=dict,
        description="Source column -> our column; of several for one of ours the first that is filled counts.",
    )
    values: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    units: Mapping[str, str] = Field(default_factory=dict)
    fill: Mapping[str, str] = Field(default_factory=dict)
    zero_is_unknown: tuple[str, ...] = ()
    where: Mapping[str, Condition] = Field(default_factory=dict, description="Rows that take part.")
    combine: bool = Field(default=False, description="Rows with one id are one place: quantities add up.")
    area: str | None = Field(default=None, description="Driver that is the area of the polygon.")
    factor: Mapping[str, float] = Field(default_factory=dict, description="Our column -> multiplied by.")
    placement: Placement | None = None
    location_precision_m: float | None = Field(default=None, ge=0)
