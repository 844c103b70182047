"""What every factsheet has in common: what it is told of a region, what it tells, and the numbers it reckons with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.resources import files
from typing import Any, Literal, cast

import geopandas as gpd
import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.errors import DataError, UsageError
from kansenkaart.project import LoadedProject
from kansenkaart.sources import Sources
from kansenkaart.texts import Texts

Mark = Literal["ink", "grey", "pale", "ring"]
FACTSHEETS = ("phosphate", "rwzi-2030", "craft-centres", "business-parks")
# Bases of a quantity that is there: not what a permit allows, a rule of thumb gives or a room thought of.
_MADE = ("measured", "derived", "lma", "made")


@dataclass(frozen=True)
class Region:
    """What a project knows of its region: its layers, frame ``FLOWS``, and numbers of the user's own by their id."""

    sources: Sources
    flows: pd.DataFrame
    loaded: LoadedProject
    texts: Texts
    own: Mapping[str, float] = field(default_factory=dict)

    @property
    def sites(self) -> gpd.GeoDataFrame:
        """Frame ``SITES``."""
        return self.sources.sites

    @property
    def name(self) -> str:
        """What the region is called."""
        return self.loaded.project.region.province or self.loaded.project.title

    def numbers(self, factsheet: str) -> pd.DataFrame:
        """Return the numbers of `factsheet`, those of the user's own in the place of the ones that come with it.

        Raises
        ------
        UsageError
            When `factsheet` has no number of that name.
        """
        numbers = read_numbers(factsheet)
        for name, value in self.own.items():
            if name not in numbers.index:
                message = "{factsheet} has no number {name}. {hint}"
                hint = suggest(name, sorted(str(one) for one in numbers.index))
                raise UsageError("factsheet_number", message, factsheet=factsheet, name=name, hint=hint)
            numbers.loc[name, ["low", "value", "high"]] = value
            numbers.loc[name, ["source", "evidence"]] = [self.texts("factsheets.own_source"), "own"]
            numbers.loc[name, "year"] = self.loaded.project.reference_year
        return numbers

    def municipalities(self) -> gpd.GeoDataFrame:
        """The municipalities of the region: ``municipality_code, municipality, geometry``."""
        areas = self.sources.areas
        own: gpd.GeoDataFrame = areas[areas["in_region"]]
        return own[["municipality_code", "municipality", "geometry"]].reset_index(drop=True)

    def places(self, *kinds: str) -> gpd.GeoDataFrame:
        """Places in the region of these kinds that run."""
        sites = self.sites
        found: gpd.GeoDataFrame = sites[
            sites["in_region"] & sites["kind"].isin(kinds) & (sites["status"] == "active")
        ]
        return found.reset_index(drop=True)

    def plants(self) -> gpd.GeoDataFrame:
        """Waste-water plants in the region that run and have a capacity, at a point.

        Raises
        ------
        DataError
            When none has.
        """
        places = self.places("rwzi")
        known = places["capacity_pe60"].notna() if "capacity_pe60" in places else places["in_region"] & False
        if not known.any():
            message = (
                "No waste-water plant of {region} has a capacity (capacity_pe60). Add a layer that has it, such as one "
                "of recipe uwwtd."
            )
            raise DataError("plants_without_capacity", message, region=self.name)
        plants = places[known]
        return plants.set_geometry(plants.geometry.representative_point())

    def made(self, stream: str) -> pd.Series:
        """What places make of `stream` now, by id: what a layer says of it, else what running deliveries take.

        A place that delivers nobody knows how much makes an unknown quantity; what is reckoned or allowed is not made.
        """
        flows, links = self.flows, self.sources.links
        given = flows[(flows["stream"] == stream) & (flows["role"] == "supply") & (flows["theoretical"] > 0)]
        stated = given[given["basis"].isin(_MADE)].set_index("site_id")["theoretical"]
        running = links[(links["stream"] == stream) & (links["status"] == "running")]
        delivered = running.groupby("supply_id")["quantity"].sum(min_count=1)
        return stated.combine_first(delivered)

    def tell_left_out(self) -> str:
        """Name the plants that have no capacity and so do not count; nothing where all have one."""
        lost = self.places("rwzi").loc[lambda places: places["capacity_pe60"].isna(), "name"]
        if lost.empty:
            return ""
        return " " + self.texts("factsheets.left_out", count=len(lost), names=", ".join(sorted(lost)))


@dataclass(frozen=True)
class Layer:
    """A layer of the package and of the map.

    Attributes
    ----------
    key
        Table of the package; texts ``factsheets.<key>`` and ``columns.<key>`` belong to it.
    draw
        Column that colours the areas or sizes the places: per hectare or inhabitant, where it colours; missing is
        not 0.
    shape
        Areas, or places as circles.
    mark
        Look of the circles: ``ring`` for what is proposed, beside what is there.
    breaks
        Bounds of the classes of areas; empty: quantiles, rounded.
    """

    key: str
    frame: gpd.GeoDataFrame
    draw: str
    shape: Literal["area", "circle"]
    mark: Mark = "ink"
    breaks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page: a table, or a drawing (SVG), under a heading and a sentence."""

    title: str
    text: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    drawing: str = ""


@dataclass(frozen=True)
class Told:
    """The answer: layers from ground to top, sections in the order of reading, and what it was made of."""

    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    layers: tuple[Layer, ...]
    sections: tuple[Section, ...]
    numbers: pd.DataFrame


def tell_factsheet(name: str, region: Region) -> Told:
    """Return the answer of factsheet `name`, one of ``FACTSHEETS``, for `region`.

    Raises
    ------
    DataError
        When the project has nothing that the factsheet can reckon with; the message says what to add.
    """
    module = import_module(f"kansenkaart.factsheets.{name.replace('-', '_')}")
    tell = cast(Callable[[Region], Told], module.tell)
    return tell(region)


def tell_table(
    key: str, frame: pd.DataFrame, columns: Mapping[str, str], texts: Texts, **said: object
) -> Section:
    """Return `frame` as a section: ``<key>_title`` and ``<key>_text`` over it, `columns` with their heads.

    What counts whole things is written in full, what was reckoned in three figures.
    """
    rows = tuple(
        tuple(_write(value, texts) for value in row)
        for row in frame[list(columns)].itertuples(index=False, name=None)
    )
    title, text = (texts(f"{key}_{part}", **said) for part in ("title", "text"))
    return Section(title, text, tuple(columns.values()), rows)


def _write(value: object, texts: Texts) -> str:
    if isinstance(value, float):
        return texts.number(value)
    if isinstance(value, int):
        return texts.count(value)
    return str(value) if isinstance(value, str) else "–"


def read_table(name: str) -> pd.DataFrame:
    """Return table `name` of the package."""
    with (files("kansenkaart") / "factsheets" / "tables" / f"{name}.csv").open(encoding="utf-8") as stream:
        return pd.read_csv(stream)


def read_numbers(factsheet: str) -> pd.DataFrame:
    """Return the numbers of `factsheet` by id: low, value, high, unit, source, year, evidence."""
    table = read_table("numbers")
    own: pd.DataFrame = table[table["factsheet"] == factsheet].set_index("id")
    return own


def bounds_of(numbers: pd.DataFrame, name: str) -> Mapping[str, float]:
    """Return low, value and high of number `name`."""
    row: Any = numbers.loc[name]
    return {bound: float(row[bound]) for bound in ("low", "value", "high")}
