"""Numbers of the project's own, in the place of the catalogue's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from pydantic import Field

from kansenkaart.catalogue.models import Catalogue, Price, Range, Stream
from kansenkaart.catalogue.recipe import Published

PROJECT_FILE = "projectbestand"


class OwnNumber(Range):
    """A number of the project's own, with where it comes from."""

    low: float = Field(ge=0, description="Low end, read as P10.")
    source: Published = Field(PROJECT_FILE, description="Where the number comes from.")
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
    source: Published = Field(PROJECT_FILE, description="Where price and distance come from.")
    year: int | None = Field(
        None, ge=1990, le=2100, description="Year of the price; default: reference_year."
    )


def find_open_benefits(catalogue: Catalogue) -> dict[str, Stream]:
    """Return the streams of which nobody knows what a unit is worth, by the id of the price that a project may give."""
    return {
        f"benefit_{name}": one for name, one in catalogue.streams.items() if not catalogue.is_priced(name)
    }


def add_benefits(catalogue: Catalogue, prices: Mapping[str, OwnNumber]) -> Catalogue:
    """Return `catalogue` with what a unit is worth of streams that had no price: all their pairs are priced with it.

    Parameters
    ----------
    prices
        By id, each with its year; ids of the catalogue's own prices are left alone.
    """
    own = {stream.id: name for name, stream in find_open_benefits(catalogue).items() if name in prices}
    if not own:
        return catalogue
    made = {
        name: Price(
            **prices[name].model_dump(),
            id=name,
            unit=f"EUR/{catalogue.streams[stream].unit}",
            evidence="unverified" if prices[name].source == PROJECT_FILE else "sourced",
        )
        for stream, name in own.items()
    }
    priced = {
        name: catalogue.streams[name].model_copy(update={"no_price": "", "no_price_en": ""}) for name in own
    }
    pairs = {
        key: pair.model_copy(update={"benefit": own[pair.stream]}) if pair.stream in own else pair
        for key, pair in catalogue.pairs.items()
    }
    return replace(
        catalogue, prices={**catalogue.prices, **made}, streams={**catalogue.streams, **priced}, pairs=pairs
    )
