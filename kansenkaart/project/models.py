"""The project file ``kansenkaart.toml`` as one frozen model; an unknown key is refused, not ignored."""

from __future__ import annotations

from math import isclose
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kansenkaart.catalogue import OwnMarket, OwnNumber, Processor, Published
from kansenkaart.catalogue.recipe import Frozen
from kansenkaart.project.foreseen import Growth, Turn
from kansenkaart.project.layers import (
    AddressTable,
    BackgroundLayer,
    ClusterTable,
    CoalitionTable,
    Flag,
    Friction,
    HubTable,
    Layer,
    Limits,
    LinkLayer,
    NetworkLayer,
    Number,
    OverrideTable,
    RoadLayer,
    Whole,
)
from kansenkaart.project.scenes import Scene
from kansenkaart.texts import Language

RankBy = Literal["net_eur", "co2", "r_gain", "quantity", "certainty"]


class Region(Frozen):
    """Which municipalities the map is about, and how far beyond the border partners are read."""

    province: str | None = Field(
        None, description="Name of a province, e.g. 'Noord-Holland', or 'Nederland'."
    )
    municipalities: tuple[str, ...] = Field(
        (), description="CBS codes or names, e.g. ['GM0363', 'Den Haag']."
    )
    boundary: str | None = Field(None, description="Own layer with the region's outline (any CRS).")
    margin_km: Number | None = Field(
        None,
        ge=0,
        description="Rand: partners this far beyond the border count. Default: largest reach, at most 50.",
    )

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        chosen = [self.province is not None, bool(self.municipalities), self.boundary is not None]
        if sum(chosen) != 1:
            raise PydanticCustomError(
                "region_choice", "give exactly one of province, municipalities and boundary"
            )
        return self


class ControlTotal(Frozen):
    """A published total that the estimated flows of some places must add up to."""

    stream: str = Field(description="Stream of the catalogue.")
    role: Literal["supply", "demand"] = Field(description="Which side the total is about.")
    quantity: Number = Field(gt=0, description="Per year in the stream's unit.")
    municipalities: tuple[str, ...] = Field((), description="CBS codes it holds for; empty is the region.")
    kinds: tuple[str, ...] = Field((), description="Kinds it holds for; empty is all.")
    source: Published = Field(description="Who published the total.")
    year: Whole = Field(ge=1990, le=2100, description="Year of the total.")


class StreamSettings(Frozen):
    """What this project wants otherwise for one stream."""

    hard_km: Number | None = Field(None, gt=0, description="No match beyond this.")
    soft_km: Number | None = Field(None, gt=0, description="Where no price is known: doubtful from here.")
    objective: Literal["net_eur", "quantity", "co2", "r_gain"] | None = Field(
        None, description="What is maximised. Default: net_eur where a price exists, else quantity."
    )
    min_lot: Number | None = Field(None, ge=0, description="The load that is worth a drive; 0 is off.")
    storage_months: Number | None = Field(
        None, gt=0, le=120, description="How long a supplier may keep it until a load is full."
    )
    fixed_eur_y: Number | None = Field(
        None, ge=0, description="Fixed cost of every connection, EUR per year."
    )
    storage_efficiency: Number | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of a seasonal store's heat that comes out again; left out is no store.",
    )
    storage_eur_unit: Number = Field(0.0, ge=0, description="Cost of a unit out of the store, EUR.")
    sold_elsewhere: Flag = Field(
        True, description="Say what of the rest a market outside the region takes, where one is known."
    )
    elsewhere: OwnMarket | None = Field(None, description="A market outside the region that you know.")

    @model_validator(mode="after")
    def _store(self) -> Self:
        if self.storage_eur_unit and self.storage_efficiency is None:
            raise PydanticCustomError(
                "store_cost", "storage_eur_unit has no effect without storage_efficiency"
            )
        return self


class Method(Frozen):
    """How far step 3 goes; each can be turned off to see what it does."""

    season: Flag = Field(True, description="Match month by month what cannot be kept, such as heat.")
    chains: Flag = Field(True, description="Let places pass on what they make of what they receive.")
    ledgers: Flag = Field(True, description="One gas, heat, phosphorus and dry-matter account per plant.")
    tiers: Flag = Field(True, description="Pairs that pay go before pairs that do not.")
    lots: Flag = Field(True, description="No connection below the smallest lot of its stream.")
    coupling: Literal["rewarded", "required", "off"] = Field(
        "rewarded",
        description="Heat and CO2 to the same greenhouse: worth more together, only together, or apart.",
    )
    time_limit_s: Number = Field(60.0, gt=0, le=86_400, description="Longest search per group of streams.")


class OwnProfile(Frozen):
    """How a flow is spread over the year."""

    months: tuple[Number, ...] = Field(
        min_length=12, max_length=12, description="Share of the year per month, January first; together 1."
    )
    source: Published = Field("projectbestand", description="Where the profile comes from.")
    year: Whole | None = Field(
        None, ge=1990, le=2100, description="Year of the profile; default: reference_year."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(share < 0 for share in self.months) or not isclose(sum(self.months), 1.0, abs_tol=1e-3):
            raise ValueError(f"the twelve shares must be 0 or more and add up to 1, not {sum(self.months):g}")
        return self


class Workshop(Frozen):
    """What a room brought home."""

    decisions: str | None = Field(
        None,
        min_length=1,
        description="GeoPackage that 'kansenkaart workshop merge' wrote, relative to the project file.",
    )


class Programme(Frozen):
    """Tables of the programme, which ``kansenkaart programme`` reads; a build does not."""

    actions: str | None = Field(
        None,
        min_length=1,
        description="What is done, by whom and when: CSV or workbook beside the project file.",
    )
    results: str | None = Field(
        None, min_length=1, description="What chances and coalitions delivered per year."
    )
    targets: str | None = Field(None, min_length=1, description="What must be less, against a baseline.")


class BalanceSettings(Frozen):
    """The balance of every stream: what the region makes, brings in, treats, uses, sends out and leaves unused."""

    path: str | None = Field(
        None, min_length=1, description="Observed quantities, CSV or workbook, relative to the project file."
    )
    streams: tuple[str, ...] = Field(
        (), description="Streams to balance; empty is every stream of the project."
    )
    png: Flag = Field(
        False, description="Write every diagram as PNG too; needs the package resvg-py (kansenkaart[png])."
    )


class Rasters(Frozen):
    """Where unmatched supply and demand lie close together, as a density per km2."""

    write: Flag = Field(True, description="Write rasters/*.tif, per stream what is left and what is short.")
    cell_m: Number | None = Field(
        None,
        ge=100,
        le=10_000,
        description="Side of a cell. Default: 100, 250, 500 or 1000 by size of the area.",
    )
    radius_km: Number | None = Field(
        None,
        ge=1,
        le=50,
        description="How far around a place its quantity is spread (quartic kernel, over land only). Default: a tenth "
        "of the furthest that the stream goes (hard_km), 2 to 20 km.",
    )
    streams: tuple[str, ...] = Field(
        (),
        description="Streams to write rasters of; empty is every stream that goes by road or water only. What goes "
        "through a pipe, such as heat, is at a few places, not spread over an area.",
    )


class Editions(Frozen):
    """When a total of a public edition is secret; keep these numbers to yourself."""

    minimum_places: Whole = Field(
        3, ge=3, le=100, description="Fewer confidential places than this make a total secret."
    )
    dominance_percent: Number = Field(
        10.0,
        gt=0,
        le=100,
        description="A total is secret where one contributor could tell another within this percentage from it.",
    )
    public_names: tuple[str, ...] = Field(
        (),
        description="Names of confidential places that may be read all the same, where the text of a public place or "
        "link has them.",
    )


class Exports(Frozen):
    """How the tables are written."""

    csv: Literal["plain", "excel-nl"] = Field(
        "plain",
        description="plain: comma, decimal point, UTF-8 (RFC 4180). excel-nl: heads and codes in words, rounded "
        "numbers, semicolon, decimal comma and a byte order mark, so that a Dutch Excel opens it with a double click; "
        "formulas are made text.",
    )


class Scenario(Frozen):
    """What would be otherwise: the project's own keys, of which it gives only those that differ."""

    title: Published = Field("", max_length=60, description="What the map calls it; default: its name.")
    about: Published = Field("", max_length=400, description="What it supposes, and where that comes from.")
    reference_year: Whole | None = Field(None, ge=1990, le=2100, description="As in the project.")
    price_year: Whole | None = Field(None, description="As in the project.")
    prices: dict[str, OwnNumber] = Field(default_factory=dict, description="Beside the project's own.")
    kengetallen: dict[str, OwnNumber] = Field(default_factory=dict, description="Beside the project's own.")
    growth: tuple[Growth, ...] = Field((), description="[[scenarios.<name>.growth]]: what grows or shrinks.")
    closed: tuple[Turn, ...] = Field((), description="[[scenarios.<name>.closed]]: what closes or ends.")
    planned: tuple[Turn, ...] = Field((), description="[[scenarios.<name>.planned]]: what opens or begins.")
    layers: tuple[Layer, ...] = Field(
        (), description="Layers beside the project's; one of the same name says what is otherwise there."
    )
    links: tuple[LinkLayer, ...] = Field((), description="As layers.")
    networks: tuple[NetworkLayer, ...] = Field((), description="As layers.")
    processors: tuple[Processor, ...] = Field((), description="Beside the project's own.")
    stream: dict[str, StreamSettings] = Field(default_factory=dict, description="As in the project.")
    method: Method | None = Field(None, description="As in the project.")
    existing: Literal["respect", "reopen"] | None = Field(None, description="As in the project.")
    include_planned: Flag | None = Field(None, description="As in the project.")
    ground: Literal["field", "urban"] | None = Field(None, description="As in the project.")


class Project(Frozen):
    """A whole project file."""

    title: Published = Field(min_length=1, description="Title on the map.")
    question: Published = Field("", description="The question the map answers, one sentence under the title.")
    language: Language = Field("nl", description="Language of everything a build writes: nl or en.")
    region: Region = Field(description="Which area the map is about.")
    layers: tuple[Layer, ...] = Field(min_length=1, description="[[layers]]: files with places.")
    links: tuple[LinkLayer, ...] = Field((), description="[[links]]: what runs, is planned or stopped.")
    addresses: AddressTable | None = Field(
        None, description="Where addresses lie: places rows of layers that have no coordinates."
    )
    overrides: OverrideTable | None = Field(
        None, description="Own values of single places, which survive a new delivery of a layer."
    )
    control_totals: tuple[ControlTotal, ...] = Field((), description="[[control_totals]]: published totals.")
    streams: tuple[str, ...] = Field(
        (), description="Streams to match; empty is every stream of the catalogue."
    )
    stream: dict[str, StreamSettings] = Field(default_factory=dict, description="[stream.<id>] settings.")
    kengetallen: dict[str, OwnNumber] = Field(
        default_factory=dict, description="[kengetallen.<id>] own numbers."
    )
    prices: dict[str, OwnNumber] = Field(
        default_factory=dict,
        description="[prices.<id>] own prices and factors; benefit_<stream> also of a stream that has none.",
    )
    profiles: dict[str, OwnProfile] = Field(
        default_factory=dict, description="[profiles.<id>] own month profiles, or changes to known ones."
    )
    processors: tuple[Processor, ...] = Field(
        (), description="[[processors]]: what places make of what they receive, beside the catalogue's."
    )
    method: Method = Field(Method(), description="How far the matching goes.")
    roads: RoadLayer | None = Field(None, description="Road network for streams that go by truck.")
    networks: tuple[NetworkLayer, ...] = Field(
        (), description="[[networks]]: networks that lie there already and can carry more."
    )
    friction: Friction | None = Field(None, description="Friction of the land for streams that go by pipe.")
    background: tuple[BackgroundLayer, ...] = Field(
        (),
        max_length=6,
        description="[[background]]: own lines and areas behind the chances on the map, at most six.",
    )
    rank_by: tuple[RankBy, ...] = Field(
        ("net_eur", "co2", "r_gain", "quantity"),
        min_length=1,
        description="What orders the chances of a class: the first that tells two apart decides, in two figures.",
    )
    programme: Programme = Field(
        Programme(), description="Actions, results and targets of the programme, for its yearly report."
    )
    workshop: Workshop = Field(Workshop(), description="Decisions of a room, which the build respects.")
    clusters: ClusterTable | None = Field(None, description="Which clusters count: step 1.")
    balances: BalanceSettings | None = Field(None, description="What flows through the region: step 2.")
    coalitions: CoalitionTable | None = Field(
        None, description="Who could do it together, and what that is worth to each: step 3."
    )
    hubs: dict[Published, HubTable] = Field(
        default_factory=dict, description="[hubs.<name>]: where a processor that is missing would stand best."
    )
    scenes: tuple[Scene, ...] = Field((), description="[[scenes]]: steps of the presentation, in order.")
    exports: Exports = Field(Exports(), description="How the tables are written.")
    editions: Editions = Field(Editions(), description="When a total of a public edition is secret.")
    rasters: Rasters = Field(Rasters(), description="Densities of what is left and what is short.")
    limits: Limits = Field(Limits(), description="How far a file may unfold.")
    include_planned: Flag = Field(False, description="Let planned sites take part.")
    growth: tuple[Growth, ...] = Field((), description="[[growth]]: what grows or shrinks; see scenarios.")
    closed: tuple[Turn, ...] = Field((), description="[[closed]]: what closes or ends; see scenarios.")
    planned: tuple[Turn, ...] = Field((), description="[[planned]]: what opens or begins; see scenarios.")
    scenarios: dict[Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")], Scenario] = Field(
        default_factory=dict,
        description="[scenarios.<name>]: what would be otherwise, laid over the project.",
    )
    existing: Literal["respect", "reopen"] = Field(
        "respect",
        description="What runs already keeps its partner (respect), or is offered again, as when its contract ends.",
    )
    stale_after_years: Whole = Field(
        3, ge=0, le=200, description="A status older than this gets 'controleren'."
    )
    reference_year: Whole = Field(
        ge=1990, le=2100, description="Year the map speaks of; statuses are judged against it."
    )
    ground: Literal["field", "urban"] = Field(
        "field",
        description="What pipes are laid in: urban takes the price 'pipe_urban_factor', what a trunk through a town "
        "cost against the open field.",
    )
    price_year: Whole | None = Field(
        None,
        description="Year of prices, taxes and levies, 2023-2030. Default: reference_year, at most 2025: later prices "
        "are expected, not known.",
    )
    draws: Whole = Field(200, ge=0, le=10_000, description="Draws for the certainty of a chance; 0 is off.")
    seed: Whole = Field(2018, ge=0, lt=2**32, description="Seed of the draws: same seed, same map.")
    online_background: Flag = Field(False, description="Offer the PDOK background, after a click.")
