"""A stream is one file: its rules, names and line, and the numbers, pairs and places that only it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from itertools import product
from typing import Any

from kansenkaart.catalogue.models import (
    Driver,
    Kengetal,
    Kind,
    LedgerEntry,
    Pair,
    Price,
    Processor,
    Stream,
)
from kansenkaart.catalogue.rows import STREAMS, Faults, list_toml, read_toml, take_names, validate

_TABLES = ("kengetal", "price", "pair", "processor", "ledger", "kind", "driver")


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
    kinds: list[Kind] = field(default_factory=list)
    drivers: list[Driver] = field(default_factory=list)


def read_stream_files(folder: Traversable, faults: Faults) -> list[StreamFile]:
    """Read ``streams/*.toml``; the id of a stream is its file's name.

    Returns
    -------
    list of StreamFile
        By number of the stream.
    """
    files = [found for name in list_toml(folder, STREAMS) for found in _read(folder, name, faults)]
    if not files:
        faults.add(STREAMS, "folder", "holds no stream", STREAMS)
    return sorted(files, key=lambda one: one.stream.number)


def _read(folder: Traversable, name: str, faults: Faults) -> Iterator[StreamFile]:
    content = read_toml(folder, name, faults)
    if not content:
        return
    tables = {table: content.pop(table, []) for table in _TABLES}
    stream = name.removeprefix(f"{STREAMS}/").removesuffix(".toml")
    rules = take_names([{**content, "id": stream}], name, faults)
    own: Mapping[str, Any] = {"stream": stream}
    unit = {"unit": content.get("unit")}
    for found in validate(rules, name, Stream, faults):
        yield StreamFile(
            file=name,
            stream=found,
            kengetallen=list(
                validate(({**unit, **row, **own} for row in tables["kengetal"]), name, Kengetal, faults)
            ),
            prices=list(validate(tables["price"], name, Price, faults)),
            pairs=list(validate(_spread(tables["pair"], own), name, Pair, faults)),
            processors=list(
                validate(({**row, "takes": stream} for row in tables["processor"]), name, Processor, faults)
            ),
            ledgers=list(validate(({**row, **own} for row in tables["ledger"]), name, LedgerEntry, faults)),
            kinds=list(validate(take_names(tables["kind"], name, faults), name, Kind, faults)),
            drivers=list(validate(take_names(tables["driver"], name, faults), name, Driver, faults)),
        )


def _spread(rows: list[dict[str, Any]], own: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A pair per kind that gives and kind that takes: a row of the file holds for all of both."""
    for row in rows:
        rest = {key: value for key, value in row.items() if key not in ("supply_kinds", "demand_kinds")}
        for giver, taker in product(row.get("supply_kinds", [None]), row.get("demand_kinds", [None])):
            yield {**rest, **own, "supply_kind": giver, "demand_kind": taker}
