"""Checks that the parts of a catalogue agree: every name exists, every unit and attribute fits."""

from __future__ import annotations

from collections.abc import Iterator

from kansenkaart.catalogue.models import Catalogue, Kengetal, Pair
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
    for kind in kengetal.kinds:
        if kind not in catalogue.kinds:
            yield file, row, "field 'kinds': not in kinds.toml", kind
    for name, value in kengetal.where.items():
        attribute = catalogue.attributes.get(name)
        if attribute is None:
            yield file, row, "field 'where': not in attributes.toml", name
        elif value not in attribute.allowed:
            yield file, row, f"field 'where': '{name}' allows {', '.join(attribute.allowed)}", value


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
