"""What is foreseen: what grows, and which places and deliveries open or close in which year."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kansenkaart.allowed import Role
from kansenkaart.catalogue import Published
from kansenkaart.catalogue.models import Range
from kansenkaart.catalogue.recipe import Frozen
from kansenkaart.project.layers import Number, Whole


class Growth(Range):
    """How much more, or less, there is of some flows than the layers say; of several that fit, the factors multiply."""

    stream: str | None = Field(None, description="Only this stream.")
    role: Role | None = Field(None, description="Only supply, or only demand.")
    kind: str | None = Field(None, description="Only places of this kind.")
    layer: str | None = Field(None, description="Only places of this layer.")
    site: str | None = Field(None, description="Only this place, by its id <layer>:<id in the layer>.")
    low: Number = Field(ge=0, le=100, description="Low end of the factor, read as P10.")
    value: Number = Field(ge=0, le=100, description="What quantities are multiplied by; 1 is no growth.")
    high: Number = Field(ge=0, le=100, description="High end of the factor, read as P90.")
    source: Published = Field(min_length=1, description="Who expects it, or whose assumption it is.")
    year: Whole | None = Field(None, ge=1990, le=2100, description="Year of that source.")

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not any((self.stream, self.kind, self.layer, self.site)):
            raise PydanticCustomError("growth_of", "give stream, kind, layer or site")
        return self


class Turn(Frozen):
    """A place or a delivery that opens or closes."""

    id: str = Field(
        min_length=1,
        description="A place or delivery <layer>:<id in the layer>, or all of a layer by its name.",
    )
    year: Whole | None = Field(
        None, ge=1990, le=2100, description="Holds from this reference_year on; left out: in every year."
    )
    source: Published = Field(min_length=1, description="Who says so, or whose assumption it is.")
