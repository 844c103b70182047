"""Reads the catalogue from its data files and applies a project's own numbers to it.

A new stream, kengetal, price or pair is a row in a file here, never code. A catalogue that contradicts itself (a
kengetal in another unit than its stream, a pair with an unknown price) is refused with every fault at once.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import StringIO
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kansenkaart.catalogue.check import check_references
from kansenkaart.catalogue.models import (
    Attribute,
    Catalogue,
    Driver,
    Kengetal,
    Kind,
    LedgerEntry,
    Number,
    OwnNumber,
    Pair,
    Price,
    Processor,
    Profile,
    Recipe,
    Stream,
)
from kansenkaart.errors import DataError, Problem, ProjectError

Model = TypeVar("Model", bound=BaseModel)
NumberModel = TypeVar("NumberModel", bound=Number)

# Fields of the CSV files that hold several values, separated by a semicolon.
_LISTS = ("kinds", "source_cost", "stations")
_PROJECT_FILE = "projectbestand"


@dataclass
class _Faults:
    """Every fault found while reading, so that one run shows them all."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, file: str, row: str, what: str, value: object) -> None:
        message = "{file}, {row}: {what} (value: {value}). Mend the file, or install kansenkaart again."
        values = {"file": file, "row": row, "what": what, "value": value}
        self.problems.append(Problem("catalogue_broken", message, values))


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
        Holds ``streams.toml, kinds.toml, drivers.toml, attributes.toml, kengetallen.csv, prices.csv, pairs.csv,
        profiles.csv, processors.csv, ledgers.csv`` and ``recipes/*.toml``.

    Returns
    -------
    Catalogue
        In the order of the files: of kengetallen that fit a place equally well the first one counts.

    Raises
    ------
    DataError
        Every fault at once, each with file, row, field and value.
    """
    faults = _Faults()
    catalogue = Catalogue(
        streams=_by_id(_read_toml(folder, "streams.toml", "stream", Stream, faults), "streams.toml", faults),
        kinds=_by_id(_read_toml(folder, "kinds.toml", "kind", Kind, faults), "kinds.toml", faults),
        drivers=_by_id(_read_toml(folder, "drivers.toml", "driver", Driver, faults), "drivers.toml", faults),
        attributes=_by_id(
            _read_toml(folder, "attributes.toml", "attribute", Attribute, faults), "attributes.toml", faults
        ),
        kengetallen=_by_id(_read_csv(folder, "kengetallen.csv", Kengetal, faults), "kengetallen.csv", faults),
        prices=_by_id(_read_csv(folder, "prices.csv", Price, faults), "prices.csv", faults),
        pairs=_read_pairs(folder, faults),
        recipes=_by_id(_read_recipes(folder, faults), "recipes", faults),
        profiles=_by_id(_read_csv(folder, "profiles.csv", Profile, faults), "profiles.csv", faults),
        processors=tuple(_read_csv(folder, "processors.csv", Processor, faults)),
        ledgers=tuple(_read_csv(folder, "ledgers.csv", LedgerEntry, faults)),
    )
    catalogue = _with_profiles(catalogue, {})
    if not faults.problems:
        for file, row, what, value in check_references(catalogue):
            faults.add(file, row, what, value)
    if faults.problems:
        raise DataError.of(faults.problems)
    return catalogue


def apply_changes(
    catalogue: Catalogue,
    *,
    kengetallen: Mapping[str, OwnNumber],
    prices: Mapping[str, OwnNumber],
    streams: Mapping[str, Mapping[str, float]],
    profiles: Mapping[str, Profile] | None = None,
) -> Catalogue:
    """Return a copy of `catalogue` with a project's own numbers.

    Parameters
    ----------
    kengetallen, prices
        Own low, value and high by id, in the unit of the catalogue; their source becomes the project file.
    streams
        Own ``hard_km`` and ``soft_km`` by stream. A hard distance below the catalogue's soft one takes it along.
    profiles
        Own month profiles by id: new ones, which a layer may then name, or instead of the catalogue's.

    Raises
    ------
    ProjectError
        When an id is not in the catalogue, or a soft distance lies beyond the hard one.
    """
    problems = [
        _unknown(table, name, allowed)
        for table, changes, allowed in (
            ("kengetallen", kengetallen, catalogue.kengetallen),
            ("prices", prices, catalogue.prices),
            ("stream", streams, catalogue.streams),
        )
        for name in changes
        if name not in allowed
    ]
    known = [(catalogue.streams[name], reach) for name, reach in streams.items() if name in catalogue.streams]
    problems += [_crossed(stream, reach) for stream, reach in known if _is_crossed(stream, reach)]
    if problems:
        raise ProjectError.of(problems)
    changed = replace(
        catalogue,
        streams=_changed(catalogue.streams, streams, _with_reach),
        kengetallen=_changed(catalogue.kengetallen, kengetallen, _with_number),
        prices=_changed(catalogue.prices, prices, _with_number),
    )
    return _with_profiles(changed, profiles or {})


# Attributes that name a profile; what they allow is not in attributes.toml, for a project may add profiles.
_PROFILE_ATTRIBUTES = ("supply_profile", "demand_profile")


def _with_profiles(catalogue: Catalogue, own: Mapping[str, Profile]) -> Catalogue:
    profiles = {**catalogue.profiles, **own}
    attributes = {
        name: attribute.model_copy(update={"allowed": tuple(profiles)})
        if name in _PROFILE_ATTRIBUTES
        else attribute
        for name, attribute in catalogue.attributes.items()
    }
    return replace(catalogue, profiles=profiles, attributes=attributes)


Change = TypeVar("Change")


def _changed(
    rows: Mapping[str, Model], changes: Mapping[str, Change], apply: Callable[[Model, Change], Model]
) -> dict[str, Model]:
    return {name: apply(row, changes[name]) if name in changes else row for name, row in rows.items()}


def _with_number(row: NumberModel, own: OwnNumber) -> NumberModel:
    """`row` with the project's number; what the catalogue says stays readable in the note."""
    return row.model_copy(
        update={
            "low": own.low,
            "value": own.value,
            "high": own.high,
            "source": own.source,
            "year": own.year if own.year is not None else row.year,
            "evidence": "unverified" if own.source == _PROJECT_FILE else "sourced",
            "note": f"catalogus: {row.low:g}; {row.value:g}; {row.high:g} ({row.source})",
        }
    )


def _with_reach(stream: Stream, reach: Mapping[str, float]) -> Stream:
    hard = reach.get("hard_km", stream.hard_km)
    soft = reach.get("soft_km", min(stream.soft_km, hard))
    source = f"{stream.source}; afstand: {_PROJECT_FILE}" if reach else stream.source
    return Stream.model_validate({**stream.model_dump(), "hard_km": hard, "soft_km": soft, "source": source})


def _is_crossed(stream: Stream, reach: Mapping[str, float]) -> bool:
    return "soft_km" in reach and reach["soft_km"] > reach.get("hard_km", stream.hard_km)


def _crossed(stream: Stream, reach: Mapping[str, float]) -> Problem:
    message = (
        "stream.{stream}: soft_km = {soft} lies beyond hard_km = {hard}. Lower soft_km or raise hard_km."
    )
    hard = reach.get("hard_km", stream.hard_km)
    values: dict[str, object] = {"stream": stream.id, "soft": reach["soft_km"], "hard": hard}
    return Problem("project_distances_crossed", message, values)


def _unknown(table: str, name: str, allowed: Iterable[str]) -> Problem:
    message = "{table}: the catalogue has no '{name}'. Allowed: {allowed}."
    values: dict[str, object] = {"table": table, "name": name, "allowed": ", ".join(allowed)}
    return Problem("catalogue_unknown_name", message, values)


def _read_text(folder: Traversable, name: str, faults: _Faults) -> str | None:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.add(name, "file", "cannot be read", error)
        return None


def _read_toml(
    folder: Traversable, name: str, table: str, model: type[Model], faults: _Faults
) -> list[Model]:
    """Rows of ``[[table]]`` in a TOML file."""
    content = _parse_toml(folder, name, faults)
    for key in content.keys() - {table}:
        faults.add(name, key, f"unknown table, allowed is [[{table}]]", key)
    rows = content.get(table, [])
    return list(_validate(enumerate(rows, start=1), name, model, faults))


def _parse_toml(folder: Traversable, name: str, faults: _Faults) -> dict[str, Any]:
    text = _read_text(folder, name, faults)
    try:
        return tomllib.loads(text) if text else {}
    except tomllib.TOMLDecodeError as error:
        faults.add(name, "file", "is not valid TOML", error)
        return {}


def _read_csv(folder: Traversable, name: str, model: type[Model], faults: _Faults) -> list[Model]:
    """Rows of a CSV file; row numbers count the header as 1, as a spreadsheet does."""
    text = _read_text(folder, name, faults) or ""
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    return list(_validate(((n, _split(row)) for n, row in enumerate(reader, start=2)), name, model, faults))


def _split(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """Empty cells left to the model's defaults, lists and conditions taken apart."""
    full: dict[str, Any] = {str(key): value for key, value in row.items() if value not in (None, "")}
    for key in _LISTS:
        if key in full:
            full[key] = tuple(full[key].split(";"))
    months = [full.pop(f"m{month:02d}") for month in range(1, 13) if f"m{month:02d}" in full]
    if months:
        full["months"] = months
    if "where" in full:
        conditions = (part.partition("=") for part in full["where"].split(";"))
        full["where"] = {name: value for name, _, value in conditions}
    return full


def _validate(
    rows: Iterable[tuple[int, Mapping[str, Any]]], file: str, model: type[Model], faults: _Faults
) -> Iterator[Model]:
    for number, row in rows:
        try:
            yield model.model_validate(row)
        except ValidationError as error:
            for fault in error.errors():
                where = ".".join(str(part) for part in fault["loc"]) or "row"
                name = row.get("id", row.get("stream", "?"))
                faults.add(
                    file, f"row {number} ({name})", f"field '{where}': {fault['msg']}", fault.get("input")
                )


def _by_id(rows: Sequence[Any], file: str, faults: _Faults) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        if row.id in found:
            faults.add(file, row.id, "id stands twice", row.id)
        found[row.id] = row
    return found


def _read_pairs(folder: Traversable, faults: _Faults) -> dict[tuple[str, str, str], Pair]:
    found: dict[tuple[str, str, str], Pair] = {}
    for pair in _read_csv(folder, "pairs.csv", Pair, faults):
        key = (pair.stream, pair.supply_kind, pair.demand_kind)
        if key in found:
            faults.add("pairs.csv", " -> ".join(key), "pair stands twice", key)
        found[key] = pair
    return found


def _read_recipes(folder: Traversable, faults: _Faults) -> list[Recipe]:
    """One recipe per file; its id is the file's name."""
    recipe_folder = folder / "recipes"
    entries = recipe_folder.iterdir() if recipe_folder.is_dir() else iter(())
    names = sorted(entry.name for entry in entries if entry.name.endswith(".toml"))
    recipes: list[Recipe] = []
    for name in names:
        content = {"id": name.removesuffix(".toml"), **_parse_toml(recipe_folder, name, faults)}
        recipes += _validate([(1, content)], f"recipes/{name}", Recipe, faults)
    return recipes
