"""Checks that the parts of a catalogue agree: every name exists, every unit and attribute fits."""

from __future__ import annotations

from collections.abc import Iterator

from kansenkaart.catalogue.models import Catalogue, Kengetal, LedgerEntry, Pair, Processor
from kansenkaart.catalogue.processors import find_circle, processor_key
from kansenkaart.units import UNITS

# Accounts of which the budget is known how to find: see matches/linking/accounts.py.
LEDGERS = ("gas", "heat", "phosphorus", "dry_matter")

# File, row, what is wrong, value.
Fault = tuple[str, str, str, object]


def check_references(catalogue: Catalogue) -> Iterator[Fault]:
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
    for kind in catalogue.kinds.values():
        for stream in kind.sold_out:
            if stream not in catalogue.streams:
                yield "kinds.toml", kind.id, "field 'sold_out': unknown stream", stream
    for recipe in catalogue.recipes.values():
        if recipe.kind is not None and recipe.kind not in catalogue.kinds:
            yield f"recipes/{recipe.id}.toml", recipe.id, "field 'kind': unknown kind", recipe.kind


def _check_streams(catalogue: Catalogue) -> Iterator[Fault]:
    for stream in catalogue.streams.values():
        if stream.unit not in UNITS:
            yield (
                "streams.toml",
                stream.id,
                f"field 'unit': unknown, allowed are {', '.join(UNITS)}",
                stream.unit,
            )
        for field in ("supply_profile", "demand_profile"):
            if getattr(stream, field) not in catalogue.profiles:
                yield (
                    "streams.toml",
                    stream.id,
                    f"field '{field}': not in profiles.csv",
                    getattr(stream, field),
                )
        if stream.soft_km > stream.hard_km:
            yield "streams.toml", stream.id, "field 'soft_km': lies beyond hard_km", stream.soft_km
        if stream.truck_price is not None and stream.truck_price not in catalogue.prices:
            yield "streams.toml", stream.id, "field 'truck_price': not in prices.csv", stream.truck_price


def _check_kengetal(kengetal: Kengetal, catalogue: Catalogue) -> Iterator[Fault]:
    file, row = "kengetallen.csv", kengetal.id
    stream = catalogue.streams.get(kengetal.stream)
    if stream is None:
        yield file, row, "field 'stream': not in streams.toml", kengetal.stream
    elif kengetal.unit != stream.unit:
        yield file, row, f"field 'unit': must be '{stream.unit}', that of the stream", kengetal.unit
    if kengetal.driver not in catalogue.drivers:
        yield file, row, "field 'driver': not in drivers.toml", kengetal.driver
    if kengetal.profile is not None and kengetal.profile not in catalogue.profiles:
        yield file, row, "field 'profile': not in profiles.csv", kengetal.profile
    for kind in kengetal.kinds:
        if kind not in catalogue.kinds:
            yield file, row, "field 'kinds': not in kinds.toml", kind
    yield from _check_where(kengetal, file, row, catalogue)


def _check_where(one: Kengetal | Processor, file: str, row: str, catalogue: Catalogue) -> Iterator[Fault]:
    for name, value in one.where.items():
        attribute = catalogue.attributes.get(name)
        if attribute is None:
            yield file, row, "field 'where': not in attributes.toml", name
        elif value not in attribute.allowed:
            yield file, row, f"field 'where': '{name}' allows {', '.join(attribute.allowed)}", value


def _check_processors(catalogue: Catalogue) -> Iterator[Fault]:
    file = "processors.csv"
    for one in catalogue.processors:
        row = f"{one.kind}: {one.takes} -> {one.makes}"
        if one.kind not in catalogue.kinds:
            yield file, row, "field 'kind': not in kinds.toml", one.kind
        for field in ("takes", "makes"):
            if getattr(one, field) not in catalogue.streams:
                yield file, row, f"field '{field}': not in streams.toml", getattr(one, field)
        yield from _check_where(one, file, row, catalogue)
        if sum(processor_key(other) == processor_key(one) for other in catalogue.processors) > 1:
            yield file, row, "stands twice", one.kind
    circle = find_circle(catalogue.processors)
    if circle is not None:
        yield (
            file,
            circle[0],
            "streams are made of each other in a circle; leave one out",
            " -> ".join(circle),
        )


def _check_ledgers(catalogue: Catalogue) -> Iterator[Fault]:
    file = "ledgers.csv"
    first: dict[str, LedgerEntry] = {}
    for entry in catalogue.ledgers:
        row = f"{entry.ledger}: {entry.stream}"
        if entry.ledger not in LEDGERS:
            yield file, row, f"field 'ledger': unknown, allowed are {', '.join(LEDGERS)}", entry.ledger
        if entry.stream not in catalogue.streams:
            yield file, row, "field 'stream': not in streams.toml", entry.stream
        for kind in entry.kinds:
            if kind not in catalogue.kinds:
                yield file, row, "field 'kinds': not in kinds.toml", kind
        same = first.setdefault(entry.ledger, entry)
        for field in ("unit", "effect"):
            if getattr(entry, field) != getattr(same, field):
                yield (
                    file,
                    row,
                    f"field '{field}': one account has one, '{getattr(same, field)}'",
                    getattr(entry, field),
                )


def _check_pair(pair: Pair, catalogue: Catalogue) -> Iterator[Fault]:
    file, row = "pairs.csv", f"{pair.stream}: {pair.supply_kind} -> {pair.demand_kind}"
    if pair.stream not in catalogue.streams:
        yield file, row, "field 'stream': not in streams.toml", pair.stream
    for field, kind in (("supply_kind", pair.supply_kind), ("demand_kind", pair.demand_kind)):
        if kind not in catalogue.kinds:
            yield file, row, f"field '{field}': not in kinds.toml", kind
    power = (pair.power,) if pair.power else ()
    for field, names in (("source_cost", pair.source_cost), ("power", power), ("stations", pair.stations)):
        for name in names:
            if name not in catalogue.prices:
                yield file, row, f"field '{field}': not in prices.csv", name
