"""Rows of the catalogue's files, checked one by one and then against each other; one run shows every fault."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from io import StringIO
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kansenkaart.catalogue.changes import processor_key
from kansenkaart.catalogue.models import Catalogue, Kengetal, LedgerEntry, Names, Pair, Processor
from kansenkaart.errors import Fault
from kansenkaart.texts import parse_toml
from kansenkaart.units import UNITS

Model = TypeVar("Model", bound=BaseModel)


STREAMS = "streams"


@dataclass
class Faults:
    """Every fault found while reading."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, row: str, what: str, value: object) -> None:
        """Keep a fault: file, row, what is wrong and what is allowed, and the value."""
        message = "{file}, {row}: {what} (value: {value}). Mend the file, or install kansenkaart again."
        values = {"file": file, "row": row, "what": what, "value": value}
        self.found.append(Fault("catalogue_broken", message, values))


def stream_file(stream: str) -> str:
    """Name of the file of `stream` in the catalogue's folder."""
    return f"{STREAMS}/{stream}.toml"


def list_toml(folder: Traversable, name: str) -> list[str]:
    """Names of the TOML files in folder `name` of `folder`, sorted."""
    inner = folder / name
    entries = inner.iterdir() if inner.is_dir() else iter(())
    return sorted(f"{name}/{entry.name}" for entry in entries if entry.name.endswith(".toml"))


def read_toml(folder: Traversable, name: str, faults: Faults) -> dict[str, Any]:
    """Content of a TOML file; nothing when it cannot be read."""
    text = _read_text(folder, name, faults)
    try:
        return dict(parse_toml(text)) if text else {}
    except tomllib.TOMLDecodeError as error:
        faults.add(name, "file", "is not valid TOML", error)
        return {}


def read_table(folder: Traversable, name: str, table: str, model: type[Model], faults: Faults) -> list[Model]:
    """Rows of ``[[table]]`` in a TOML file that holds nothing else; each has its name in both languages."""
    content = read_toml(folder, name, faults)
    for key in content.keys() - {table}:
        faults.add(name, key, f"unknown table, allowed is [[{table}]]", key)
    return list(validate(take_names(content.get(table, ()), name, faults), name, model, faults))


def take_names(rows: Iterable[Mapping[str, Any]], file: str, faults: Faults) -> list[dict[str, Any]]:
    """`rows` without their names, which the texts read, once these are whole."""
    names = [{"id": row.get("id"), **_as_table(row.get("name", {}))} for row in rows]
    list(validate(names, file, Names, faults))
    return [{key: value for key, value in row.items() if key != "name"} for row in rows]


def _as_table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {"name": value}


def read_csv(folder: Traversable, name: str, model: type[Model], faults: Faults) -> list[Model]:
    """Rows of a CSV file; empty cells are left to the model's defaults. Row numbers count the header as 1."""
    reader = csv.DictReader(StringIO(_read_text(folder, name, faults) or "", newline=""), strict=True)
    return list(validate((_fold_months(row) for row in reader), name, model, faults, first=2))


def _fold_months(row: Mapping[str | None, Any]) -> dict[str, Any]:
    full: dict[str, Any] = {str(key): value for key, value in row.items() if value not in (None, "")}
    months = [full.pop(f"m{month:02d}") for month in range(1, 13) if f"m{month:02d}" in full]
    return {**full, "months": months} if months else full


def _read_text(folder: Traversable, name: str, faults: Faults) -> str | None:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.add(name, "file", "cannot be read", error)
        return None


def validate(
    rows: Iterable[Mapping[str, Any]], file: str, model: type[Model], faults: Faults, *, first: int = 1
) -> Iterator[Model]:
    """Yield the rows that fit `model`; the faults of the others name their number, counted from `first`."""
    for number, row in enumerate(rows, start=first):
        try:
            yield model.model_validate(row)
        except ValidationError as error:
            for fault in error.errors():
                where = ".".join(str(part) for part in fault["loc"]) or "row"
                what = f"field '{where}': {fault['msg']}"
                faults.add(file, f"row {number} ({_name(row, model)})", what, fault.get("input"))


def _name(row: Mapping[str, Any], model: type[BaseModel]) -> str:
    return f"{model.__name__.lower()} {row.get('id', row.get('stream', '?'))}"


def by_id(rows: Sequence[Any], file: str, faults: Faults) -> dict[str, Any]:
    """Return `rows` by their id; one that stands twice is a fault of its stream's file, or of `file`."""
    found: dict[str, Any] = {}
    for row in rows:
        if row.id in found:
            own = stream_file(row.stream) if hasattr(row, "stream") else file
            faults.add(own, row.id, "id stands twice", row.id)
        found[row.id] = row
    return found


# File, row, what is wrong, value.
Contradiction = tuple[str, str, str, object]


def check_references(catalogue: Catalogue) -> Iterator[Contradiction]:
    """Find what contradicts itself in `catalogue`.

    Yields
    ------
    tuple
        File, row, what is wrong and what is allowed, and the value.
    """
    yield from _check_streams(catalogue)
    for kengetal in catalogue.kengetallen.values():
        yield from _check_kengetal(kengetal, catalogue)
    for pair in catalogue.pairs.values():
        yield from _check_pair(pair, catalogue)
    yield from _check_processors(catalogue)
    yield from _check_ledgers(catalogue)
    for taken in catalogue.taken.values():
        if taken.kind not in catalogue.kinds:
            yield stream_file(taken.stream), f"taken: {taken.kind}", "field 'kinds': not a kind", taken.kind
    yield from _check_instruments(catalogue)
    for recipe in catalogue.recipes.values():
        if recipe.kind is not None and recipe.kind not in catalogue.kinds:
            yield f"recipes/{recipe.id}.toml", recipe.id, "field 'kind': unknown kind", recipe.kind


def _check_streams(catalogue: Catalogue) -> Iterator[Contradiction]:
    for stream in catalogue.streams.values():
        if stream.unit not in UNITS:
            yield (
                stream_file(stream.id),
                stream.id,
                f"field 'unit': unknown, allowed are {', '.join(UNITS)}",
                stream.unit,
            )
        for key in ("supply_profile", "demand_profile"):
            if getattr(stream, key) not in catalogue.profiles:
                yield (
                    stream_file(stream.id),
                    stream.id,
                    f"field '{key}': not in profiles.csv",
                    getattr(stream, key),
                )
        if not stream.no_price and not catalogue.is_priced(stream.id):
            what = "field 'no_price': must say why nobody knows what a unit is worth"
            yield stream_file(stream.id), stream.id, what, stream.no_price
        if stream.soft_km > stream.hard_km:
            yield stream_file(stream.id), stream.id, "field 'soft_km': lies beyond hard_km", stream.soft_km
        if stream.truck_price is not None and stream.truck_price not in catalogue.prices:
            yield stream_file(stream.id), stream.id, "field 'truck_price': not a price", stream.truck_price


def _check_kengetal(kengetal: Kengetal, catalogue: Catalogue) -> Iterator[Contradiction]:
    file, row = stream_file(kengetal.stream), kengetal.id
    stream = catalogue.streams[kengetal.stream]
    if kengetal.unit != stream.unit:
        yield file, row, f"field 'unit': must be '{stream.unit}', that of the stream", kengetal.unit
    if kengetal.driver not in catalogue.drivers:
        yield file, row, "field 'driver': not a driver", kengetal.driver
    if kengetal.profile is not None and kengetal.profile not in catalogue.profiles:
        yield file, row, "field 'profile': not in profiles.csv", kengetal.profile
    for kind in kengetal.kinds:
        if kind not in catalogue.kinds:
            yield file, row, "field 'kinds': not a kind", kind
    yield from _check_where(kengetal, file, row, catalogue)


def _check_where(
    one: Kengetal | Processor, file: str, row: str, catalogue: Catalogue
) -> Iterator[Contradiction]:
    for name, value in one.where.items():
        attribute = catalogue.attributes.get(name)
        if attribute is None:
            yield file, row, "field 'where': not in attributes.toml", name
        elif value not in attribute.allowed:
            yield file, row, f"field 'where': '{name}' allows {', '.join(attribute.allowed)}", value


def _check_processors(catalogue: Catalogue) -> Iterator[Contradiction]:
    for one in catalogue.processors:
        file = stream_file(one.takes)
        row = f"{one.kind}: {one.takes} -> {one.makes}"
        if one.kind not in catalogue.kinds:
            yield file, row, "field 'kind': not a kind", one.kind
        if one.makes not in catalogue.streams:
            yield file, row, "field 'makes': not a stream", one.makes
        yield from _check_where(one, file, row, catalogue)
        if sum(processor_key(other) == processor_key(one) for other in catalogue.processors) > 1:
            yield file, row, "stands twice", one.kind
    circle = find_circle(catalogue.processors)
    if circle is not None:
        yield (
            stream_file(circle[0]),
            circle[0],
            "streams are made of each other in a circle; leave one out",
            " -> ".join(circle),
        )


def _check_ledgers(catalogue: Catalogue) -> Iterator[Contradiction]:
    first: dict[str, LedgerEntry] = {}
    for entry in catalogue.ledgers:
        file, row = stream_file(entry.stream), f"{entry.ledger}: {entry.stream}"
        for kind in entry.kinds:
            if kind not in catalogue.kinds:
                yield file, row, "field 'kinds': not a kind", kind
        same = first.setdefault(entry.ledger, entry)
        for key in ("unit", "effect"):
            if getattr(entry, key) != getattr(same, key):
                yield (
                    file,
                    row,
                    f"field '{key}': one account has one, '{getattr(same, key)}'",
                    getattr(entry, key),
                )


def _check_instruments(catalogue: Catalogue) -> Iterator[Contradiction]:
    for one in catalogue.instruments:
        known: tuple[tuple[str, tuple[str, ...], Mapping[str, object]], ...] = (
            ("streams", one.streams, catalogue.streams),
            ("givers", one.givers, catalogue.kinds),
            ("takers", one.takers, catalogue.kinds),
        )
        for key, names, allowed in known:
            for name in names:
                if name not in allowed:
                    yield "support.toml", one.id, f"field '{key}': does not exist", name


def _check_pair(pair: Pair, catalogue: Catalogue) -> Iterator[Contradiction]:
    file, row = stream_file(pair.stream), f"{pair.stream}: {pair.supply_kind} -> {pair.demand_kind}"
    for key, kind in (("supply_kind", pair.supply_kind), ("demand_kind", pair.demand_kind)):
        if kind not in catalogue.kinds:
            yield file, row, f"field '{key}': not a kind", kind
    if pair.supply_crop not in (None, *catalogue.attributes["crop"].allowed):
        yield file, row, "field 'supply_crop': not a value of attribute 'crop'", pair.supply_crop
    power = (pair.power,) if pair.power else ()
    benefit = (pair.benefit,) if pair.benefit else ()
    for key, names in (
        ("benefit", benefit),
        ("source_cost", pair.source_cost),
        ("power", power),
        ("power_price", (pair.power_price,)),
        ("stations", pair.stations),
    ):
        for name in names:
            if name not in catalogue.prices:
                yield file, row, f"field '{key}': not a price", name
    if pair.benefit is None and catalogue.is_priced(pair.stream):
        yield file, row, "field 'benefit': missing, and other pairs of the stream have one", pair.benefit


def find_circle(processors: Iterable[Processor]) -> tuple[str, ...] | None:
    """Find streams that are made of each other all the way round, first and last the same; None: there is no circle.

    Examples
    --------
    >>> def step(takes, makes):
    ...     return Processor(kind="digester", takes=takes, makes=makes, low=1, value=1, high=1)
    >>> find_circle([step("gft", "compost"), step("compost", "mest"), step("mest", "gft")])
    ('gft', 'compost', 'mest', 'gft')
    >>> find_circle([step("gft", "compost"), step("gft", "mest"), step("mest", "compost")])
    """
    made_of: dict[str, list[str]] = {}
    for one in processors:
        made_of.setdefault(one.takes, []).append(one.makes)
    clear: set[str] = set()
    for stream in made_of:
        circle = _walk(stream, made_of, (), clear)
        if circle is not None:
            return circle
    return None


def _walk(
    stream: str, made_of: Mapping[str, list[str]], way: tuple[str, ...], clear: set[str]
) -> tuple[str, ...] | None:
    if stream in way:
        return (*way[way.index(stream) :], stream)
    if stream in clear:
        return None
    for made in made_of.get(stream, ()):
        circle = _walk(made, made_of, (*way, stream), clear)
        if circle is not None:
            return circle
    clear.add(stream)
    return None
