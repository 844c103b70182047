"""The shape of what is known: streams, kinds of places, kengetallen, pairs, prices and style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from kansenkaart.allowed import ChanceClass, Evidence, Ledger, Role, ScaleLevel, Theme
from kansenkaart.catalogue.recipe import Frozen, Published, Recipe


def _in_both(*fields: str) -> Any:
    """A remark that users read stands in both languages, or in none."""

    def check(row: Any) -> Any:
        for field in fields:
            if bool(getattr(row, field)) != bool(getattr(row, f"{field}_en")):
                raise ValueError(f"{field} and {field}_en go together")
        return row

    return model_validator(mode="after")(check)


class Range(Frozen):
    """A number with its low and high end; low and high are read as P10 and P90."""

    low: float = Field(description="Low end, read as P10.")
    value: float = Field(description="The value used.")
    high: float = Field(description="High end, read as P90.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"low <= value <= high does not hold: {self.low}, {self.value}, {self.high}")
        return self


class Market(Range):
    """A market outside the region: what a unit brings there, in EUR, and how far it is along the road."""

    place: str = Field(min_length=1)
    place_en: str = Field(min_length=1)
    distance_km: float = Field(gt=0)
    source: str
    year: int
    evidence: Evidence
    note: str = ""
    note_en: str = ""

    _in_both_languages = _in_both("note")


class Number(Range):
    """A number with its source."""

    id: str
    unit: str
    source: str
    year: int
    evidence: Evidence
    note: str = ""


class Names(Frozen):
    """What a stream, kind or driver is called: the texts read it, so it must be whole."""

    id: str
    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)


class LineStyle(Frozen):
    """How a stream's line is drawn."""

    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    dash: tuple[float, ...] = ()


# Units that stand otherwise in the name of a column.
_IN_COLUMN = {"p.e. (60 g BZV)": "pe60", "v.e.": "ve", "i.e.": "ie", "-": ""}


class Stream(Frozen):
    """A material or energy stream and the rules that decide who may supply whom."""

    id: str
    number: str = Field(description="Number in the handbook's order, S01-S28.")
    unit: str
    theme: Theme = Field(
        default="overig",
        description="Theme of Nederland circulair in 2050; energy, CO2 and water have their own.",
    )
    mode: Literal["pipe", "truck", "truck/ship", "pipe/truck"]
    soft_km: float = Field(gt=0, description="Distance from which a chance becomes doubtful.")
    hard_km: float = Field(gt=0, description="Distance beyond which there is no match.")
    scale_level: ScaleLevel
    r_now: int = Field(ge=0, le=9, description="Rung where the stream usually goes now (Potting 2017).")
    cascade: bool = Field(
        description="Energy, CO2 and water: used in a cascade, outside the ladder's objective."
    )
    truck_price: str | None = Field(
        default=None, description="Price id of the truck rate, EUR per unit and km."
    )
    temperature_rule: bool = False
    must_match: str
    lap_sector_plans: tuple[str, ...] = ()
    lap_version: str = "LAP3"
    eural: tuple[str, ...] = ()
    legal_flag: str = ""
    legal_flag_en: str = ""
    no_price: str = Field(default="", description="Why nobody knows what a unit is worth.")
    no_price_en: str = ""
    seasonal: bool = Field(
        default=False, description="Cannot be kept: supply and demand must meet in the same month."
    )
    supply_profile: str = Field(description="Month profile of its supply, where no kengetal says otherwise.")
    demand_profile: str = Field(description="Month profile of its demand, where no kengetal says otherwise.")
    min_lot: float = Field(default=0, ge=0, description="The load that is worth a drive; 0 is off.")
    storage_months: float = Field(
        default=12, gt=0, le=120, description="How long a supplier may keep it until a load is full."
    )
    coupling: Literal["heat", "co2"] | None = Field(
        default=None, description="What it is to a greenhouse that wants heat and CO2 together."
    )
    phosphorus_t_t: float | None = Field(
        default=None, gt=0, description="t P per t, of what is won from sewage: no more than comes in."
    )
    elsewhere: Market | None = Field(
        default=None, description="Market outside the region, for what nobody in it takes."
    )
    style: LineStyle
    source: str

    _in_both_languages = _in_both("legal_flag", "no_price")

    @property
    def is_heat(self) -> bool:
        """Whether it is heat: counted in GJ, moved through pipes that cool off and that takers can share."""
        return self.unit == "GJ"

    def column(self, role: str, *, origin: str = "", bound: str = "") -> str:
        """Name of the column in which a layer states a quantity of it.

        Examples
        --------
        >>> from kansenkaart.catalogue import load_catalogue
        >>> load_catalogue().streams["restwarmte_ht"].column("demand", origin="covered", bound="low")
        'covered_demand_restwarmte_ht_low_gj_y'
        """
        unit = _IN_COLUMN.get(self.unit, self.unit.lower().replace(" ", "_"))
        return "_".join(part for part in (origin, role, self.id, bound, unit, "y") if part)

    @property
    def lot(self) -> float:
        """Quantity per year from which a load is full before it has been kept too long."""
        return self.min_lot * 12.0 / self.storage_months

    def no_price_in(self, language: str) -> str:
        """Why no price is known, in `language`."""
        return self.no_price_en if language == "en" else self.no_price

    def legal_flag_in(self, language: str) -> str:
        """What the law asks attention for, in `language`."""
        return self.legal_flag_en if language == "en" else self.legal_flag


class Kind(Frozen):
    """A kind of place and the glyph that draws it."""

    id: str
    glyph: str
    area: bool = Field(default=False, description="Stands for a group of firms or a municipality.")
    shown_only: bool = Field(
        default=False, description="Shows how it is done: no stream is asked of it, and none is missed."
    )
    treats: bool = Field(
        default=False, description="Treats what others discard: a delivery of goods there is treatment."
    )


class Taken(Frozen):
    """What a kind of place gives is with another already, though nobody need have published with whom.

    Nothing of it is free, unless the layer says what is.
    """

    stream: str
    kind: str
    way: Literal["contract", "sold"] = Field(
        description="contract: it comes up again at the next tender; sold: a place of this kind has a taker."
    )
    source: str
    year: int
    evidence: Evidence
    note: str = Field(min_length=1, description="Why, as a sentence.")
    note_en: str = Field(min_length=1)


class Driver(Frozen):
    """A quantity a GIS layer can know about a place, from which a kengetal makes a flow."""

    id: str
    unit: str
    meaning: str
    meaning_nl: str
    maximum: float | None = Field(default=None, description="Above this a unit was mistaken.")


class Attribute(Frozen):
    """A property of a place that decides which kengetal applies, with its allowed values."""

    id: str
    allowed: tuple[str, ...]
    meaning: str
    meaning_nl: str


class Kengetal(Number):
    """Quantity per year per unit of a driver, for the kinds of places it applies to."""

    stream: str
    role: Role
    kinds: tuple[str, ...]
    driver: str
    denominator: str = Field(description="Per what, in words: 1 p.e. of 60 g BOD, 1 ha in production.")
    where: Mapping[str, str] = Field(default_factory=dict, description="Attributes the place must have.")
    temperature_c: float | None = None
    profile: str | None = Field(default=None, description="Month profile, when not that of the stream.")
    less_delivered: bool = Field(
        default=False,
        description="What the whole plant could give: what its other places deliver comes off.",
    )
    once_built: tuple[str, ...] = Field(
        default=(),
        description="Kinds that have nothing of it until somebody builds what takes it: capture, tap, heat pump. There "
        "it is potential, no production of today.",
    )

    @model_validator(mode="after")
    def _built_at_its_kinds(self) -> Self:
        if strange := set(self.once_built) - set(self.kinds):
            raise ValueError(f"once_built names kinds that are not in kinds: {', '.join(sorted(strange))}")
        return self


class Profile(Frozen):
    """Share of the year that falls in every month."""

    id: str
    months: tuple[float, ...] = Field(min_length=12, max_length=12, description="January first; together 1.")
    source: str
    year: int
    evidence: Evidence
    note: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(share < 0 for share in self.months) or abs(sum(self.months) - 1.0) > 1e-3:
            raise ValueError(f"the twelve shares must be 0 or more and add up to 1, not {sum(self.months):g}")
        return self


class Processor(Range):
    """What a kind of place makes of what it receives: a yield, in units made per unit taken."""

    kind: str = Field(description="Kind of place.")
    where: Mapping[str, str] = Field(default_factory=dict, description="Attributes the place must have.")
    takes: str = Field(description="Stream it takes in.")
    makes: str = Field(description="Stream it makes of it.")
    low: float = Field(ge=0, description="Low end of the yield, read as P10.")
    source: Published = "projectbestand"
    year: int | None = Field(default=None, ge=1900, le=2100)
    evidence: Evidence = "unverified"
    note: Published = ""


class LedgerEntry(Frozen):
    """What a unit of a stream draws from the account of a plant."""

    ledger: Ledger = Field(description="Account.")
    kinds: tuple[str, ...] = Field(description="Kinds of places that share it.")
    stream: str
    role: Role
    effect: Literal["quantity", "credit"] = Field(
        description="quantity: matches stay within the budget; credit: only the CO2 counted does."
    )
    coefficient: float = Field(ge=0, description="Ledger units per unit of the stream.")
    unit: str = Field(description="Unit of the ledger.")
    source: str
    year: int
    evidence: Evidence
    note: str = ""


class Price(Number):
    """An economic or CO2 factor; one of ``yearly.csv`` holds for its ``year``."""

    formula: str = Field(
        default="", description="What it follows from; empty where it is a number of its own."
    )


class Formula(Frozen):
    """A price that follows from other prices."""

    id: str
    formula: str = Field(min_length=1, description="Ids of prices, numbers, + - * / and brackets.")
    unit: str
    note: str = ""


class Instrument(Frozen):
    """What a public instrument gives: a share of an investment, an amount per t CO2, or what is not known."""

    id: str
    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)
    part: Literal["network", "all", "co2", "plant", "none"] = Field(
        description="What it pays by: pipes, stations too, t CO2 avoided, a plant of its own, or nothing to tell."
    )
    low: float = Field(default=0, ge=0)
    value: float = Field(default=0, ge=0, description="Share of that investment, or EUR per t CO2 at most.")
    high: float = Field(default=0, ge=0)
    streams: tuple[str, ...] = Field(default=(), description="Streams it is for; empty is all.")
    givers: tuple[str, ...] = Field(default=(), description="Kinds that supply; empty is all.")
    takers: tuple[str, ...] = Field(default=(), description="Kinds that take; empty is all.")
    least_gap: float = Field(default=0, ge=0, le=1, description="Share of the costs that must lack.")
    most_eur: float | None = Field(default=None, gt=0, description="No more than this per project.")
    most_eur_mw_y: float | None = Field(default=None, gt=0, description="No more a year per MW of heat.")
    year: int
    evidence: Evidence
    source: str
    note: str = ""
    note_en: str = ""

    _in_both_languages = _in_both("note")

    @model_validator(mode="after")
    def _share_is_a_part(self) -> Self:
        if self.part != "co2" and max(self.low, self.value, self.high) > 1:
            raise ValueError("a share of an investment is at most 1")
        return self

    def is_for(self, pair: Pair) -> bool:
        """Whether it is for such a pair."""
        return all(
            not allowed or kind in allowed
            for allowed, kind in (
                (self.streams, pair.stream),
                (self.givers, pair.supply_kind),
                (self.takers, pair.demand_kind),
            )
        )


class Pair(Frozen):
    """Kinds of places between which a stream may go, and where that lands on the R-ladder."""

    stream: str
    supply_kind: str
    demand_kind: str
    supply_crop: str | None = Field(
        default=None,
        description="What the supplier must grow, as ``crop`` says, or where that is unknown; None: whatever.",
    )
    r_after: int = Field(ge=0, le=9)
    benefit: str | None = Field(
        default=None, description="Price id: what the taker avoids or pays per unit, EUR."
    )
    source_cost: tuple[str, ...] = Field(default=(), description="Prices in EUR/unit at the source.")
    power: str | None = Field(default=None, description="Price id: GJ electricity per unit moved.")
    power_price: str = Field(
        default="power_bought_eur_gje", description="Price id: EUR per GJ of that electricity."
    )
    stations: tuple[str, ...] = Field(
        default=(), description="Prices in EUR/kW, EUR/ha or EUR/t at the ends of a pipe."
    )
    best_class: ChanceClass = Field(description="No better class than this, whatever the price says.")
    note: str = ""
    note_en: str = ""
    source: str

    _in_both_languages = _in_both("note")

    def takes_crop(self, crop: object) -> bool:
        """Whether a place where `crop` grows may supply it; so it may where nobody says what grows.

        Examples
        --------
        >>> ends = {"stream": "s", "supply_kind": "greenhouse", "demand_kind": "paper_mill", "r_after": 8}
        >>> pair = Pair(**ends, supply_crop="vegetables", best_class="verkennen", source="")
        >>> [pair.takes_crop(crop) for crop in ("vegetables", "flowers", None)]
        [True, False, True]
        """
        return self.supply_crop in (None, crop) or not isinstance(crop, str)

    def note_in(self, language: str) -> str:
        """What must be known of such a pair, in `language`."""
        return self.note_en if language == "en" else self.note


def find_best_rungs(pairs: Iterable[Pair]) -> dict[tuple[str, str], int]:
    """Highest rung of the R-ladder (the lowest number) that `pairs` bring a stream of a kind of place to.

    Examples
    --------
    >>> find_best_rungs([])
    {}
    """
    best: dict[tuple[str, str], int] = {}
    for pair in pairs:
        key = (pair.stream, pair.supply_kind)
        best[key] = min(best.get(key, pair.r_after), pair.r_after)
    return best


@dataclass(frozen=True)
class Catalogue:
    """Everything that is known, by id."""

    streams: Mapping[str, Stream]
    kinds: Mapping[str, Kind]
    drivers: Mapping[str, Driver]
    attributes: Mapping[str, Attribute]
    kengetallen: Mapping[str, Kengetal]
    prices: Mapping[str, Price]
    yearly: Mapping[int, Mapping[str, Price]]
    pairs: Mapping[tuple[str, str, str], Pair]
    recipes: Mapping[str, Recipe]
    profiles: Mapping[str, Profile]
    processors: tuple[Processor, ...]
    ledgers: tuple[LedgerEntry, ...]
    instruments: tuple[Instrument, ...]
    taken: Mapping[tuple[str, str], Taken]

    def is_priced(self, stream: str) -> bool:
        """Whether it is known what a unit of `stream` brings."""
        return any(pair.benefit is not None for pair in self.pairs.values() if pair.stream == stream)

    def coupled(self, part: Literal["heat", "co2"]) -> tuple[str, ...]:
        """Streams that are `part` of what a greenhouse wants together."""
        return tuple(stream.id for stream in self.streams.values() if stream.coupling == part)
