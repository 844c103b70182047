"""``[[scenes]]`` of the project file: what a facilitator shows, one step after the other."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from kansenkaart.allowed import ChanceClass
from kansenkaart.catalogue import Published

# The steps of the map's own sliders: a scene asks for what a hand on the map can ask for.
DISTANCES_KM = (0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500)
SHARE_STEP = 5
DRAWN = (12, 50, 100, 300, 1000, 3000)

WHOLE_REGION = "region"

# Between the two names of a highlighted pair.
ARROWS = ("->", "→")


class Only(BaseModel):
    """What a scene lets through, as a choice in the flow diagram does; a key that is not given lets all through."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    from_municipality: str | None = Field(None, min_length=1, description="Where the supply lies.")
    from_kind: str | None = Field(None, description="Kind of place that supplies.")
    stream: str | None = Field(None, description="Only this stream; the legend keeps the others.")
    to_municipality: str | None = Field(None, min_length=1, description="Where the demand lies.")
    to_kind: str | None = Field(None, description="Kind of place that takes.")
    cluster: str | None = Field(None, description="Name or number of a cluster of places of step 1.")
    pays: bool | None = Field(
        None, strict=True, description="false: only chances that do not pay now; true: only the others."
    )


class Scene(BaseModel):
    """One step of a presentation: what the map shows, and what the room reads beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: Published = Field(min_length=1, description="What the room reads first.")
    text: Published = Field("", description="The story beside the map; an empty line begins a new paragraph.")
    streams: tuple[str, ...] = Field((), description="Streams that are on; empty is all.")
    classes: tuple[ChanceClass, ...] = Field((), description="Classes that are on; empty is all.")
    max_km: float | None = Field(
        None,
        strict=True,
        description="Chances up to this distance; a step of the map's slider (0.5, 1, 2 ... 500).",
    )
    leave_out_smallest: int = Field(
        0,
        strict=True,
        ge=0,
        le=95,
        description="Percentage of every stream's chances left out, the smallest first; in steps of 5.",
    )
    search: str = Field(
        "", max_length=80, description="Words as in the map's search: a place, municipality or stream."
    )
    drawn: int = Field(
        300,
        strict=True,
        description="Chances drawn at most, the best first: 12, 50, 100, 300, 1000 or 3000 as on the map.",
    )
    only: Only = Field(
        Only(),
        description="What the flow diagram lets through: { from_municipality, from_kind, stream, to_municipality, "
        "to_kind, pays }.",
    )
    view: str = Field(
        WHOLE_REGION, min_length=1, description="'region', or the name of the municipality to look at."
    )
    latitude: float | None = Field(
        None, strict=True, ge=-85, le=85, description="Middle of the map in degrees, instead of view."
    )
    longitude: float | None = Field(
        None, strict=True, ge=-180, le=180, description="Middle of the map in degrees, instead of view."
    )
    zoom: float | None = Field(
        None, strict=True, ge=6, le=17, description="With latitude and longitude: 8 is a province, 13 a town."
    )
    highlight: tuple[str, ...] = Field(
        (),
        description="Chances drawn above all others, also when a limit leaves them out: the id of a match "
        "(stream|supply|demand), or 'name of the supply -> name of the demand'.",
    )
    tab: Literal["clusters", "streams", "chances", "gaps"] = Field(
        "streams",
        description="Beside the text: the clusters, the streams, the best chances too, or overschot and tekort.",
    )
    side: Literal["supply", "demand", "both"] = Field(
        "supply", description="With tab = 'gaps': what is left (supply), what is short (demand), or both."
    )

    @field_validator("max_km")
    @classmethod
    def _step(cls, value: float | None) -> float | None:
        if value is not None and value not in DISTANCES_KM:
            raise PydanticCustomError("scene_km", "not a step of the slider")
        return value

    @field_validator("drawn")
    @classmethod
    def _choice(cls, value: int) -> int:
        if value not in DRAWN:
            raise PydanticCustomError("scene_drawn", "not a choice of the map")
        return value

    @field_validator("leave_out_smallest")
    @classmethod
    def _fives(cls, value: int) -> int:
        if value % SHARE_STEP:
            raise PydanticCustomError("scene_share", "not a step of the slider")
        return value

    @model_validator(mode="after")
    def _one_view(self) -> Self:
        given = [value is not None for value in (self.latitude, self.longitude, self.zoom)]
        if any(given) and not all(given):
            raise PydanticCustomError("scene_position", "latitude, longitude and zoom belong together")
        if all(given) and self.view != WHOLE_REGION:
            raise PydanticCustomError("scene_view", "give view, or latitude, longitude and zoom")
        if self.side != "supply" and self.tab != "gaps":
            raise PydanticCustomError("scene_side", "side has no effect without tab = 'gaps'")
        return self


def split_pair(text: str) -> tuple[str, str] | None:
    """Return both names of 'supply -> demand'; None when `text` is no such pair.

    Examples
    --------
    >>> split_pair("rwzi West -> Agriport A7")
    ('rwzi West', 'Agriport A7')
    >>> split_pair("gft|a:1|b:2")
    """
    for arrow in ARROWS:
        supply, found, demand = text.partition(arrow)
        if found and supply.strip() and demand.strip():
            return supply.strip(), demand.strip()
    return None


def split_id(text: str) -> tuple[str, str, str] | None:
    """Return stream, supply and demand of the id of a match; None when `text` is no such id."""
    parts = text.split("|")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None
