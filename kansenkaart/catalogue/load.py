"""Reads the catalogue from its data files.

A new stream is a file here, a new kengetal, price or pair a few lines in it, never code. A catalogue that contradicts
itself (a kengetal in another unit than its stream, a pair with an unknown price) is refused with every fault at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain, product
from typing import Any, get_args

from kansenkaart.allowed import Ledger
from kansenkaart.catalogue.changes import check_formulas, make_prices, with_profiles
from kansenkaart.catalogue.models import (
    Attribute,
    Catalogue,
    Driver,
    Formula,
    Instrument,
    Kengetal,
    Kind,
    LedgerEntry,
    Pair,
    Price,
    Processor,
    Profile,
    Stream,
    Taken,
)
from kansenkaart.catalogue.recipe import Recipe
from kansenkaart.catalogue.rows import (
    STREAMS,
    Faults,
    by_id,
    check_references,
    list_toml,
    read_csv,
    read_table,
    read_toml,
    take_names,
    validate,
)
from kansenkaart.errors import DataError

_TABLES = ("kengetal", "price", "pair", "processor", "ledger", "taken", "kind", "driver")


@dataclass(frozen=True)
class StreamFile:
    """What the file of one stream holds."""

    file: str
    stream: Stream
    kengetallen: list[Kengetal] = field(default_factory=list)
    prices: list[Price] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    processors: list[Processor] = field(default_factory=list)
    ledgers: list[LedgerEntry] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)


def read_stream_files(folder: Traversable, faults: Faults) -> list[StreamFile]:
    """Read ``streams/*.toml``; the id of a stream is its file's name.

    Returns
    -------
    list of StreamFile
        By number of the stream.
    """
    files = [found for name in list_toml(folder, STREAMS) for found in _read_stream(folder, name, faults)]
    if not files:
        faults.add(STREAMS, "folder", "holds no stream", STREAMS)
    return sorted(files, key=lambda one: one.stream.number)


def _read_stream(folder: Traversable, name: str, faults: Faults) -> Iterator[StreamFile]:
    content = read_toml(folder, name, faults)
    if not content:
        return
    tables = {table: content.pop(table, []) for table in _TABLES}
    stream = name.removeprefix(f"{STREAMS}/").removesuffix(".toml")
    rules = take_names([{**content, "id": stream}], name, faults)
    own: Mapping[str, Any] = {"stream": stream}
    unit = {"unit": content.get("unit")}
    worth = f"benefit_{stream}"
    # What a unit is worth to every taker, unless a pair names what its own taker avoids.
    usual = {"benefit": worth} if any(row.get("id") == worth for row in tables["price"]) else {}
    for found in validate(rules, name, Stream, faults):
        yield StreamFile(
            file=name,
            stream=found,
            kengetallen=list(
                validate(({**unit, **row, **own} for row in tables["kengetal"]), name, Kengetal, faults)
            ),
            prices=list(validate(tables["price"], name, Price, faults)),
            pairs=list(
                validate(_spread(({**usual, **row} for row in tables["pair"]), own), name, Pair, faults)
            ),
            processors=list(
                validate(({**row, "takes": stream} for row in tables["processor"]), name, Processor, faults)
            ),
            ledgers=list(validate(({**row, **own} for row in tables["ledger"]), name, LedgerEntry, faults)),
            taken=list(validate(_spread_taken(tables["taken"], own), name, Taken, faults)),
            kinds=list(validate(take_names(tables["kind"], name, faults), name, Kind, faults)),
            drivers=list(validate(take_names(tables["driver"], name, faults), name, Driver, faults)),
        )


def _spread(rows: Iterable[dict[str, Any]], own: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A pair per kind that gives and kind that takes: a row of the file holds for all of both."""
    for row in rows:
        rest = {key: value for key, value in row.items() if key not in ("supply_kinds", "demand_kinds")}
        for giver, taker in product(row.get("supply_kinds", [None]), row.get("demand_kinds", [None])):
            yield {**rest, **own, "supply_kind": giver, "demand_kind": taker}


def _spread_taken(rows: Iterable[dict[str, Any]], own: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A row per kind: a row of the file holds for all of them."""
    for row in rows:
        rest = {key: value for key, value in row.items() if key != "kinds"}
        for kind in row.get("kinds", [None]):
            yield {**rest, **own, "kind": kind}


# The last year whose taxes are set and whose prices are known; later ones are expected.
LAST_KNOWN_YEAR = 2025

_RECIPES = "recipes"
_LEDGERS = get_args(Ledger)


@cache
def load_catalogue() -> Catalogue:
    """Return the catalogue that comes with the package; read once.

    Raises
    ------
    DataError
        When a file is missing or a row is wrong; see `read_catalogue`.
    """
    return read_catalogue(files("kansenkaart.catalogue"))


def read_catalogue(folder: Traversable) -> Catalogue:
    """Read a catalogue from `folder`.

    Parameters
    ----------
    folder
        Holds ``streams/*.toml``, what several streams share in ``kinds.toml, drivers.toml, attributes.toml, prices.csv,
        yearly.csv, formulas.csv, support.toml, profiles.csv``, and ``recipes/*.toml``.

    Returns
    -------
    Catalogue
        Streams by number, what is theirs in the order of their file: of kengetallen that fit a place equally well the
        first one counts.

    Raises
    ------
    DataError
        Every fault at once, each with file, row, field and value.
    """
    faults = Faults()
    catalogue = with_profiles(_read(folder, faults), {})
    if not faults.found:
        for file, row, what, value in check_references(catalogue):
            faults.add(file, row, what, value)
    if faults.found:
        raise DataError.of(faults.found)
    return catalogue


def _read(folder: Traversable, faults: Faults) -> Catalogue:
    own = read_stream_files(folder, faults)
    kinds = read_table(folder, "kinds.toml", "kind", Kind, faults)
    drivers = read_table(folder, "drivers.toml", "driver", Driver, faults)
    attributes = validate(
        read_toml(folder, "attributes.toml", faults).get("attribute", ()),
        "attributes.toml", Attribute, faults,
    )  # fmt: skip
    yearly = _read_yearly(folder, faults)
    instruments = validate(
        read_toml(folder, "support.toml", faults).get("instrument", ()), "support.toml", Instrument, faults
    )
    ledgers = sorted(_of_all(own, "ledgers"), key=lambda entry: _LEDGERS.index(entry.ledger))
    return Catalogue(
        streams={one.stream.id: one.stream for one in own},
        kinds=by_id([*kinds, *_of_all(own, "kinds")], "kinds.toml", faults),
        drivers=by_id([*drivers, *_of_all(own, "drivers")], "drivers.toml", faults),
        attributes=by_id(list(attributes), "attributes.toml", faults),
        kengetallen=by_id(_of_all(own, "kengetallen"), STREAMS, faults),
        prices=_read_prices([*_of_all(own, "prices")], yearly, folder, faults),
        yearly=yearly,
        pairs=_index(own, "pairs", lambda row: (row.stream, row.supply_kind, row.demand_kind), faults),
        recipes=by_id(_read_recipes(folder, faults), _RECIPES, faults),
        profiles=by_id(read_csv(folder, "profiles.csv", Profile, faults), "profiles.csv", faults),
        processors=tuple(_of_all(own, "processors")),
        ledgers=tuple(ledgers),
        instruments=tuple(instruments),
        taken=_index(own, "taken", lambda row: (row.stream, row.kind), faults),
    )


def _read_yearly(folder: Traversable, faults: Faults) -> dict[int, dict[str, Price]]:
    """Year -> the prices that hold for it; every year has the same."""
    rows: dict[int, list[Price]] = {}
    for price in read_csv(folder, "yearly.csv", Price, faults):
        rows.setdefault(price.year, []).append(price)
    yearly = {year: by_id(prices, "yearly.csv", faults) for year, prices in sorted(rows.items())}
    for name in dict.fromkeys(name for prices in yearly.values() for name in prices):
        for year, prices in yearly.items():
            if name not in prices:
                faults.add("yearly.csv", name, "has no row for a year that others have", year)
    if LAST_KNOWN_YEAR not in yearly:
        faults.add("yearly.csv", "file", "has no rows for the last known year", LAST_KNOWN_YEAR)
    return yearly


def _read_prices(
    own: list[Price], yearly: Mapping[int, Mapping[str, Price]], folder: Traversable, faults: Faults
) -> dict[str, Price]:
    """Every price, those of a year as they are in the last known one, and what follows from them."""
    plain = [*read_csv(folder, "prices.csv", Price, faults), *own, *yearly.get(LAST_KNOWN_YEAR, {}).values()]
    prices = by_id(plain, "prices.csv", faults)
    formulas = by_id(read_csv(folder, "formulas.csv", Formula, faults), "formulas.csv", faults)
    known = {**prices, **formulas}
    wrong = [*check_formulas(formulas, known)]
    for row, what, value in wrong:
        faults.add("formulas.csv", row, what, value)
    return prices if wrong else make_prices(formulas.values(), prices, year=LAST_KNOWN_YEAR)


def _of_all(own: list[StreamFile], part: str) -> list[Any]:
    return list(chain.from_iterable(getattr(one, part) for one in own))


def _index(
    own: list[StreamFile], part: str, name: Callable[[Any], tuple[str, ...]], faults: Faults
) -> dict[Any, Any]:
    """Rows of the streams' files by what they are for; of each there is one."""
    found: dict[tuple[str, ...], Any] = {}
    for one in own:
        for row in getattr(one, part):
            key = name(row)
            if key in found:
                faults.add(one.file, " -> ".join(key), f"{part.removesuffix('s')} stands twice", key)
            found[key] = row
    return found


def _read_recipes(folder: Traversable, faults: Faults) -> list[Recipe]:
    """One recipe per file; its id is the file's name."""
    recipes: list[Recipe] = []
    for name in list_toml(folder, _RECIPES):
        content = read_toml(folder, name, faults)
        known = {"id": name.removeprefix(f"{_RECIPES}/").removesuffix(".toml"), **content}
        recipes += validate([known], name, Recipe, faults)
    return recipes
