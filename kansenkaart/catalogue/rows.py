"""Rows of the catalogue's files, checked one by one; every fault is kept, so that one run shows them all."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from io import StringIO
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kansenkaart.catalogue.models import Names
from kansenkaart.errors import Problem
from kansenkaart.texts import parse_toml

Model = TypeVar("Model", bound=BaseModel)


STREAMS = "streams"


@dataclass
class Faults:
    """Every fault found while reading."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, file: str, row: str, what: str, value: object) -> None:
        """Keep a fault: file, row, what is wrong and what is allowed, and the value."""
        message = "{file}, {row}: {what} (value: {value}). Mend the file, or install kansenkaart again."
        values = {"file": file, "row": row, "what": what, "value": value}
        self.problems.append(Problem("catalogue_broken", message, values))


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
