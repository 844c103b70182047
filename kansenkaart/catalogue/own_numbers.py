"""Numbers of the project's own, in the place of the catalogue's."""

from __future__ import annotations

from typing import Self

from pydantic import Field

from kansenkaart.catalogue.models import Range
from kansenkaart.catalogue.recipe import Published


class OwnNumber(Range):
    """A number of the project's own, with where it comes from."""

    low: float = Field(ge=0, description="Low end, read as P10.")
    source: Published = Field("projectbestand", description="Where the number comes from.")
    year: int | None = Field(
        None, ge=1990, le=2100, description="Year of the number; default: reference_year."
    )

    def dated(self, year: int) -> Self:
        """Return the number with `year` where it states none."""
        return self if self.year is not None else self.model_copy(update={"year": year})


class OwnMarket(Range):
    """A market outside the region that the project knows: what it pays, and how far it is."""

    place: Published = Field(min_length=1, description="Where it is, in the language of the project.")
    distance_km: float = Field(gt=0, le=20_000, description="Along the road from the region, one way.")
    source: Published = Field("projectbestand", description="Where price and distance come from.")
    year: int | None = Field(
        None, ge=1990, le=2100, description="Year of the price; default: reference_year."
    )
