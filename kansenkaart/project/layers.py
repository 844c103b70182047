"""The files that a project file names: places, what runs already, roads, networks, ground and sectors."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from kansenkaart.allowed import Placement
from kansenkaart.catalogue import Condition, OwnNumber, Published
from kansenkaart.catalogue.recipe import Frozen, Look
from kansenkaart.tables.clusters import MEASURES

# Strict: true is no 1, and "3" between quotes is no number.
Number = Annotated[float, Strict()]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Criterion = Literal["establishments", "jobs", "value_eur", "materials_t", "residuals_t"]


class RasterSource(Frozen):
    """A raster that says how much of something there is at the places of a layer."""

    path: str = Field(min_length=1, description="GeoTIFF, relative to the project file.")
    column: str = Field(description="Driver or quantity that it becomes; a row that states it goes before.")
    take: Literal["sum", "mean", "sample"] = Field(
        description="sum or mean of the cells under an area, cut cells by their share; or the cell at a point."
    )
    per: Literal["cell", "ha"] = Field("cell", description="What a cell's number is about, for a sum.")
    radius_m: Number | None = Field(None, gt=0, description="Take a circle this wide around every place.")
    unit: str | None = Field(None, description="Unit the cells are in; default: that of the column.")
    band: Whole = Field(1, ge=1, description="Band of the raster.")
    crs: str | None = Field(None, description="CRS where the file does not say.")
    source: Published | None = Field(None, description="Who publishes it.")
    year: Whole | None = Field(None, ge=1990, le=2100, description="Year it holds for.")
    licence: Published | None = Field(None, description="Licence of the file.")


class Layer(Frozen):
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
    header_row: Whole | None = Field(
        None, ge=1, description="Row of a CSV or sheet that names the columns; found by itself when left out."
    )
    override_crs: Flag = Field(
        False, description="crs goes before what the file states: for a file that states the wrong one."
    )
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
    placement: Placement | None = Field(
        None,
        description="What the coordinates are; 'municipality' places a row in the middle of its municipality.",
    )
    rasters: tuple[RasterSource, ...] = Field(
        (), description="[[layers.rasters]]: quantities out of rasters, for the area or point of every row."
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


class LinkLayer(Frozen):
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
    unit: str | None = Field(
        None, description="Unit of 'quantity', per year; a column 'unit' goes before. Default: the stream's."
    )
    source: Published | None = Field(None, description="Who publishes it; a column 'source' goes before.")
    year: Whole | None = Field(
        None, ge=1990, le=2100, description="Year of the source; a column goes before."
    )


# https://github.com/PDOK/locatieserver: the public service of PDOK.
LOCATIESERVER = "https://api.pdok.nl/bzk/locatieserver/search/v3_1"


class AddressTable(Frozen):
    """Where addresses and postcodes lie."""

    path: str | None = Field(
        None,
        min_length=1,
        description="Table with postcode, house_number, house_addition, street, town and coordinates.",
    )
    service: Published | None = Field(
        None,
        pattern=r"^(pdok|https?://\S+)$",
        description="Locatieserver that 'kansenkaart download' asks for addresses: pdok, or its address.",
    )
    table: str | None = Field(None, description="Sheet of a workbook or layer of a GeoPackage with several.")
    crs: str | None = Field(None, description="CRS of the coordinates where the file does not say.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    source: Published | None = Field(None, description="Who publishes it.")
    year: Whole | None = Field(None, ge=1990, le=2100, description="Year it holds for.")
    licence: Published | None = Field(None, description="Licence of the file.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.path is None and self.service is None:
            raise PydanticCustomError("addresses_way", "give path (a table), service (pdok), or both")
        return self

    @property
    def endpoint(self) -> str | None:
        """Address of the service; None: none is asked."""
        return LOCATIESERVER if self.service == "pdok" else self.service


class OverrideTable(Frozen):
    """What is known better than a source says, of single places."""

    path: str = Field(
        min_length=1,
        description="CSV or workbook with columns site, column, value, why, who; was, to be warned of a change.",
    )
    table: str | None = Field(None, description="Sheet of a workbook with several.")


class _Sourced(Frozen):
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


class BackgroundLayer(_Sourced):
    """Lines or areas that lie quietly behind the chances: parks, nature, networks, where the grid is full."""

    title: Published = Field(min_length=1, max_length=60, description="What the legend calls it.")
    path: str = Field(
        description="Line or polygon layer, relative to the project file; or a database (see layers)."
    )
    table: str | None = Field(None, description="Layer of a GeoPackage, or schema.table of a database.")
    crs: str | None = Field(None, description="CRS where the file does not say.")
    look: Look = Field(
        description="nature (soft green), park (soft purple), network (a thin line) or limit (hatched)."
    )
    flag: Flag = Field(
        False,
        description="Each chance that goes through its areas says so (column crosses); they stand in QGIS, too.",
    )


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


class ClusterTable(Frozen):
    """Which clusters count: groups of places near each other, and of a table which sectors are strong where."""

    path: str | None = Field(
        None,
        min_length=1,
        description="Table of sectors per area for the whole country: CSV or workbook, relative to the project file.",
    )
    across_km: Number = Field(
        10.0, gt=0, le=100, description="Two places of a group lie no farther apart than this."
    )
    least_places: Whole = Field(3, ge=2, le=100, description="As many places make a group.")
    table: str | None = Field(None, description="Sheet of a workbook with several.")
    recipe: Literal["cbs_85039ned", "cbs_83582ned"] | None = Field(None, description="Layout that is known.")
    rename: dict[str, str] = Field(default_factory=dict, description="Column in the file -> our name.")
    values: dict[Literal["sector"], dict[str, str]] = Field(
        default_factory=dict, description="sector -> a code as the file writes it -> the code that it is."
    )
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


class CoalitionTable(Frozen):
    """How chances become coalitions: those that share partners, a pipe, a round, a chain or a business park."""

    most_partners: Whole = Field(
        12, ge=3, le=100, description="A larger group is cut, but never within what is done together."
    )


class HubTable(Frozen):
    """A processor that is missing: what it would take, and where it may stand."""

    stream: str = Field(description="Stream it takes: what is left of it in the region.")
    kind: str = Field(
        description="Kind of place it would be; the catalogue says who may bring and what it makes."
    )
    on: tuple[str, ...] = Field(
        (),
        description="Kinds of places on which it may stand, such as business_park; empty: on any place of the region "
        "that is no whole municipality or group.",
    )
    most: Whole = Field(1, ge=1, le=20, description="At most this many.")
    capacity: Number | None = Field(
        None,
        gt=0,
        description="What one of them can take per year, in the stream's unit; empty: all that comes.",
    )
    cost_eur_y: OwnNumber | None = Field(
        None,
        description="What one costs per year whatever comes in: capital, people, ground. Without it, or without a "
        "price of the stream, the least driving decides and no break-even size is told.",
    )


class Limits(Frozen):
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
