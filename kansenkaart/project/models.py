"""The project file ``kansenkaart.toml`` as one frozen model; an unknown key is refused, not ignored."""

from __future__ import annotations

from math import isclose
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from kansenkaart.catalogue import Condition, OwnMarket, OwnNumber, Processor, Published
from kansenkaart.project.scenes import Scene
from kansenkaart.tables.clusters import MEASURES
from kansenkaart.texts import Language

# Strict: true is no 1, and "3" between quotes is no number.
Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Criterion = Literal["establishments", "jobs", "value_eur", "materials_t", "residuals_t"]

RankBy = Literal["net_eur", "co2", "r_gain", "quantity", "certainty"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Region(_Frozen):
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


class Layer(_Frozen):
    """A file with places."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$", description="Short name; the first part of every site id.")
    path: str = Field(
        description="File, relative to the project file; or a database: postgresql://user@host/database."
    )
    table: str | None = Field(
        None, description="Layer of a GeoPackage, sheet of a workbook, or schema.table of a database."
    )
    recipe: str | None = Field(
        None,
        description="A known file: see 'kansenkaart catalogue recipes'; or a recipe of your own, such as 'lisa.toml'.",
    )
    kind: str | None = Field(None, description="Kind of every row; leave out when a column 'kind' says so.")
    crs: str | None = Field(None, description="CRS of the coordinates where the file does not say.")
    delimiter: str | None = Field(None, description="Of a CSV; found by itself when left out.")
    encoding: str | None = Field(None, description="Of a CSV; utf-8, then cp1252 when left out.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Our column -> its code -> ours."
    )
    units: dict[str, str] = Field(default_factory=dict, description="Our column -> unit it is written in.")
    fill: dict[str, str] = Field(
        default_factory=dict,
        description="Our column -> what every row has where it says nothing, such as { upgrade = 'none' }.",
    )
    zero_is_unknown: tuple[str, ...] = Field((), description="Columns in which 0 means: nobody knows.")
    where: dict[str, Condition] = Field(
        default_factory=dict,
        description="Rows that take part, by a column of the file: 'kas', ['kas', '10*'], '!x', '>= 5', 'latest'.",
    )
    combine: Flag | None = Field(
        None, description="Rows with one id are one place, and their quantities add up."
    )
    area: str | None = Field(None, description="Driver that is the area of the polygon, such as 'glass_ha'.")
    factor: dict[str, Annotated[Number, Field(gt=0)]] = Field(
        default_factory=dict, description="Our column -> what it is multiplied by."
    )
    location_precision_m: Number | None = Field(
        None, ge=0, description="How far a place may lie from its point."
    )
    placement: Literal["point", "polygon", "address", "municipality"] | None = Field(
        None,
        description="What the coordinates are; 'municipality' places a row in the middle of its municipality.",
    )
    expect: dict[str, Number] = Field(
        default_factory=dict,
        description="What the file must add up to by its publisher: { rows = 337, capacity_pe60 = 21_800_000 }.",
    )
    expect_within: Number = Field(0.02, ge=0, description="Deviation that is no matter: 0.02 is two percent.")
    doubles: Literal["once", "both"] = Field(
        "once",
        description="A place that an earlier layer has too is counted once; both: this layer's rows count beside it.",
    )
    source: Published | None = Field(None, description="Who publishes it; a column 'source' goes before.")
    year: Whole | None = Field(
        None, ge=1990, le=2100, description="Year of the figures; a column goes before."
    )
    licence: Published | None = Field(None, description="Licence of the layer.")


class LinkLayer(_Frozen):
    """A table with what already runs, is planned or stopped."""

    name: str = Field(pattern=r"^[a-z0-9_-]+$", description="Short name; the first part of every link id.")
    path: str = Field(
        description="CSV or xlsx, relative to the project file; or a database: postgresql://user@host/database."
    )
    table: str | None = Field(None, description="Sheet of a workbook, or schema.table of a database.")
    delimiter: str | None = Field(None, description="Of a CSV; found by itself when left out.")
    encoding: str | None = Field(None, description="Of a CSV; utf-8, then cp1252 when left out.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Our column -> its code -> ours."
    )
    source: Published | None = Field(None, description="Who publishes it; a column 'source' goes before.")
    year: Whole | None = Field(
        None, ge=1990, le=2100, description="Year of the source; a column goes before."
    )


class OverrideTable(_Frozen):
    """What is known better than a source says, of single places."""

    path: str = Field(
        min_length=1,
        description="CSV or workbook with columns site, column, value, why, who; was, to be warned of a change.",
    )
    table: str | None = Field(None, description="Sheet of a workbook with several.")


class ControlTotal(_Frozen):
    """A published total that the estimated flows of some places must add up to."""

    stream: str = Field(description="Stream of the catalogue.")
    role: Literal["supply", "demand"] = Field(description="Which side the total is about.")
    quantity: Number = Field(gt=0, description="Per year in the stream's unit.")
    municipalities: tuple[str, ...] = Field((), description="CBS codes it holds for; empty is the region.")
    kinds: tuple[str, ...] = Field((), description="Kinds it holds for; empty is all.")
    source: Published = Field(description="Who published the total.")
    year: Whole = Field(ge=1990, le=2100, description="Year of the total.")


class StreamSettings(_Frozen):
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


class Method(_Frozen):
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


class OwnProfile(_Frozen):
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


class _Sourced(_Frozen):
    source: Published | None = Field(None, description="Who publishes it.")
    year: Whole | None = Field(None, ge=1990, le=2100, description="Year it holds for.")
    licence: Published | None = Field(None, description="Licence of the file.")


class RoadLayer(_Sourced):
    """Lines along which trucks drive."""

    path: str = Field(description="Line layer, relative to the project file; or a database (see layers).")
    table: str | None = Field(None, description="Layer of a GeoPackage, or schema.table of a database.")
    crs: str | None = Field(None, description="CRS where the file does not say.")
    snap_m: Number = Field(1000.0, gt=0, description="A place farther from a road keeps straight x detour.")
    streams: tuple[str, ...] = Field(
        (), description="Streams that follow roads; empty: all that go by truck."
    )


class NetworkLayer(_Sourced):
    """Lines of networks that lie there already and can carry more."""

    name: str = Field(
        pattern=r"^[a-z0-9_-]+$", description="Short name; the first part of every network's id."
    )
    path: str = Field(description="Line layer, relative to the project file; or a database (see layers).")
    table: str | None = Field(None, description="Layer of a GeoPackage, or schema.table of a database.")
    crs: str | None = Field(None, description="CRS where the file does not say.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    title: Published | None = Field(None, description="What it is called; a column 'name' goes before.")
    stream: str | None = Field(None, description="What it carries; a column 'stream' goes before.")
    spare: Number | None = Field(
        None,
        ge=0,
        description="What it can still carry per year, in the unit of the stream; a column 'spare' goes before.",
    )
    toll_eur_unit: Number | None = Field(
        None, ge=0, description="EUR for every unit carried; a column 'toll_eur_unit' goes before."
    )
    temperature_c: Number | None = Field(
        None, description="What heat is kept at, C; a column 'temperature_c' goes before."
    )


class FrictionLayer(_Sourced):
    """What a pipe must cross."""

    path: str = Field(
        description="Line or polygon layer, relative to the project file; or a database (see layers)."
    )
    table: str | None = Field(None, description="Layer of a GeoPackage, or schema.table of a database.")
    crs: str | None = Field(None, description="CRS where the file does not say.")
    kind: str = Field(
        pattern=r"^[a-z0-9_]+$", description="water, rail, motorway, nature or a name of your own."
    )
    factor: Number | None = Field(
        None, gt=0, description="Times as dear as the open field; default: the catalogue's for the kind."
    )
    buffer_m: Number = Field(0.0, ge=0, description="Widen lines and areas by this much.")


class Friction(_Sourced):
    """What a metre of pipe costs where, as a multiple of the open field."""

    path: str | None = Field(None, description="GeoTIFF with the multiple per cell; no data is impassable.")
    cell_m: Number = Field(100.0, gt=0, le=1000, description="Size of a cell when layers are burnt in.")
    layers: tuple[FrictionLayer, ...] = Field((), description="Layers burnt in, the dearest counts.")
    streams: tuple[str, ...] = Field((), description="Streams that follow it; empty: all that go by pipe.")

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        if (self.path is None) == (not self.layers):
            raise PydanticCustomError("friction_choice", "give either path (a GeoTIFF) or layers")
        return self


class Workshop(_Frozen):
    """What a room brought home."""

    decisions: str | None = Field(
        None,
        min_length=1,
        description="GeoPackage that 'kansenkaart workshop merge' wrote, relative to the project file.",
    )


class ClusterTable(_Frozen):
    """Which sectors are strong where: a table of sectors per area, for the whole country."""

    path: str = Field(min_length=1, description="CSV or workbook, relative to the project file.")
    table: str | None = Field(None, description="Sheet of a workbook with several.")
    recipe: Literal["cbs_85039ned", "cbs_83582ned"] | None = Field(None, description="Layout that is known.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    counted: Literal["establishments", "jobs"] | None = Field(
        None, description="What the location quotient counts; default: jobs where they are known."
    )
    classification: Literal["SBI 2008", "SBI 2025"] | None = Field(
        None, description="Classification of the sectors, where the file does not say."
    )
    level: Literal["section", "2", "3", "4", "5"] | None = Field(
        None, description="The only level to take, where the table has several."
    )
    areas: str | None = Field(
        None, description="The only areas to take, by the letters of their code (GM, CR, PV)."
    )
    places: Flag = Field(False, description="A row is one establishment: they are counted, at this level.")
    weights: dict[Criterion, Number] = Field(
        default_factory=dict, description="Weight per criterion, 0 or more; 1 where it is not given."
    )
    pseudo: Number | None = Field(
        None, ge=0, description="Weight of the country's shares; default: 500 jobs or 100 establishments."
    )
    least: Number | None = Field(
        None, ge=0, description="Least count to be ranked; default: 250 jobs or 10 establishments."
    )

    @model_validator(mode="after")
    def _check_weights(self) -> Self:
        weights = self.weigh().values()
        if min(weights) < 0 or not any(weights):
            raise PydanticCustomError("cluster_weights", "give no weight below 0, and one at least above 0")
        return self

    def weigh(self) -> dict[str, float]:
        """Weight of every criterion."""
        given: dict[str, float] = {str(name): weight for name, weight in self.weights.items()}
        return dict.fromkeys(MEASURES, 1.0) | given


class Rasters(_Frozen):
    """Where unmatched supply and demand lie close together, as a density per km2."""

    write: Flag = Field(True, description="Write rasters/*.tif, per stream what is left and what is short.")
    cell_m: Number | None = Field(
        None,
        ge=100,
        le=10_000,
        description="Side of a cell. Default: 100, 250, 500 or 1000 by size of the area.",
    )
    radius_km: Number = Field(
        5.0, ge=1, le=50, description="How far around a place its quantity is spread (quartic kernel)."
    )


class Limits(_Frozen):
    """How far a file may unfold: what is a few kilobytes on disk can fill a computer, or never end."""

    file_mb: Number = Field(
        4000.0, gt=0, description="A CSV, workbook or JSON file, which are read whole, MB."
    )
    unpacked_mb: Number = Field(
        1000.0, gt=0, description="What a workbook, or a view of a GeoPackage, may unpack to, MB."
    )
    cells: Whole = Field(
        20_000_000, gt=0, description="Cells that a workbook or Parquet file may have, blank ones included."
    )
    line_mb: Number = Field(10.0, gt=0, description="Longest line of a CSV, MB.")
    view_s: Number = Field(60.0, gt=0, description="How long a view of a GeoPackage may take, seconds.")


class Exports(_Frozen):
    """How the tables are written."""

    csv: Literal["plain", "excel-nl"] = Field(
        "plain",
        description="plain: comma, decimal point, UTF-8 (RFC 4180). excel-nl: semicolon, decimal comma and a byte "
        "order mark, so that a Dutch Excel opens it with a double click; formulas are made text.",
    )


class Project(_Frozen):
    """A whole project file."""

    title: Published = Field(min_length=1, description="Title on the map.")
    question: Published = Field("", description="The question the map answers, one sentence under the title.")
    language: Language = Field("nl", description="Language of everything a build writes: nl or en.")
    region: Region = Field(description="Which area the map is about.")
    layers: tuple[Layer, ...] = Field(min_length=1, description="[[layers]]: files with places.")
    links: tuple[LinkLayer, ...] = Field((), description="[[links]]: what runs, is planned or stopped.")
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
        default_factory=dict, description="[prices.<id>] own prices and factors."
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
    rank_by: tuple[RankBy, ...] = Field(
        ("net_eur", "co2", "r_gain", "quantity"),
        min_length=1,
        description="What orders the chances of a class: the first that tells two apart decides, in two figures.",
    )
    workshop: Workshop = Field(Workshop(), description="Decisions of a room, which the build respects.")
    clusters: ClusterTable | None = Field(None, description="Which sectors are strong where: step 1.")
    scenes: tuple[Scene, ...] = Field((), description="[[scenes]]: steps of the presentation, in order.")
    exports: Exports = Field(Exports(), description="How the tables are written.")
    rasters: Rasters = Field(Rasters(), description="Densities of what is left and what is short.")
    limits: Limits = Field(Limits(), description="How far a file may unfold.")
    include_planned: Flag = Field(False, description="Let planned sites take part.")
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
