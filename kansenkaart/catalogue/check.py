"""Checks that the parts of a catalogue agree: every name exists, every unit and attribute fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kansenkaart.catalogue.changes import find_circle, processor_key
from kansenkaart.catalogue.models import Catalogue, Kengetal, LedgerEntry, Pair, Processor
from kansenkaart.catalogue.rows import stream_file
from kansenkaart.units import UNITS

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
    yield from _check_instruments(catalogue)
    for recipe in catalogue.recipes.values():
        if recipe.kind is not None and recipe.kind not in catalogue.kinds:
            yield f"recipes/{recipe.id}.toml", recipe.id, "field 'kind': unknown kind", recipe.kind


def _check_streams(catalogue: Catalogue) -> Iterator[Fault]:
    for stream in catalogue.streams.values():
        if stream.unit not in UNITS:
            yield (
                stream_file(stream.id),
                stream.id,
                f"field 'unit': unknown, allowed are {', '.join(UNITS)}",
                stream.unit,
            )
        for field in ("supply_profile", "demand_profile"):
            if getattr(stream, field) not in catalogue.profiles:
                yield (
                    stream_file(stream.id),
                    stream.id,
                    f"field '{field}': not in profiles.csv",
                    getattr(stream, field),
                )
        if not stream.no_price and not catalogue.is_priced(stream.id):
            what = "field 'no_price': must say why nobody knows what a unit is worth"
            yield stream_file(stream.id), stream.id, what, stream.no_price
        if stream.soft_km > stream.hard_km:
            yield stream_file(stream.id), stream.id, "field 'soft_km': lies beyond hard_km", stream.soft_km
        if stream.truck_price is not None and stream.truck_price not in catalogue.prices:
            yield stream_file(stream.id), stream.id, "field 'truck_price': not a price", stream.truck_price


def _check_kengetal(kengetal: Kengetal, catalogue: Catalogue) -> Iterator[Fault]:
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


def _check_where(one: Kengetal | Processor, file: str, row: str, catalogue: Catalogue) -> Iterator[Fault]:
    for name, value in one.where.items():
        attribute = catalogue.attributes.get(name)
        if attribute is None:
            yield file, row, "field 'where': not in attributes.toml", name
        elif value not in attribute.allowed:
            yield file, row, f"field 'where': '{name}' allows {', '.join(attribute.allowed)}", value


def _check_processors(catalogue: Catalogue) -> Iterator[Fault]:
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


def _check_ledgers(catalogue: Catalogue) -> Iterator[Fault]:
    first: dict[str, LedgerEntry] = {}
    for entry in catalogue.ledgers:
        file, row = stream_file(entry.stream), f"{entry.ledger}: {entry.stream}"
        for kind in entry.kinds:
            if kind not in catalogue.kinds:
                yield file, row, "field 'kinds': not a kind", kind
        same = first.setdefault(entry.ledger, entry)
        for field in ("unit", "effect"):
            if getattr(entry, field) != getattr(same, field):
                yield (
                    file,
                    row,
                    f"field '{field}': one account has one, '{getattr(same, field)}'",
                    getattr(entry, field),
                )


def _check_instruments(catalogue: Catalogue) -> Iterator[Fault]:
    for one in catalogue.instruments:
        known: tuple[tuple[str, tuple[str, ...], Mapping[str, object]], ...] = (
            ("streams", one.streams, catalogue.streams),
            ("givers", one.givers, catalogue.kinds),
            ("takers", one.takers, catalogue.kinds),
        )
        for field, names, allowed in known:
            for name in names:
                if name not in allowed:
                    yield "support.toml", one.id, f"field '{field}': does not exist", name


def _check_pair(pair: Pair, catalogue: Catalogue) -> Iterator[Fault]:
    file, row = stream_file(pair.stream), f"{pair.stream}: {pair.supply_kind} -> {pair.demand_kind}"
    for field, kind in (("supply_kind", pair.supply_kind), ("demand_kind", pair.demand_kind)):
        if kind not in catalogue.kinds:
            yield file, row, f"field '{field}': not a kind", kind
    power = (pair.power,) if pair.power else ()
    benefit = (pair.benefit,) if pair.benefit else ()
    for field, names in (
        ("benefit", benefit),
        ("source_cost", pair.source_cost),
        ("power", power),
        ("power_price", (pair.power_price,)),
        ("stations", pair.stations),
    ):
        for name in names:
            if name not in catalogue.prices:
                yield file, row, f"field '{field}': not a price", name
    if pair.benefit is None and catalogue.is_priced(pair.stream):
        yield file, row, "field 'benefit': missing, and other pairs of the stream have one", pair.benefit
