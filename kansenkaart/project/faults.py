"""Faults of a project file in words: which key, its value, what is allowed and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from kansenkaart.errors import Fault
from kansenkaart.project.fault_words import OTHER, SAME, WORDS
from kansenkaart.project.models import Project
from kansenkaart.project.written import shown

_BOUNDS = ("gt", "ge", "lt", "le", "min_length")


def explain_fault(found: Mapping[str, Any], file: str) -> Fault:
    """Tell one fault of the model so that it names file, key, value, and what is allowed."""
    where = [part for part in found["loc"] if part != "[key]"]
    key = _key_path(where)
    given: Any = found.get("input")
    if found["type"] == "extra_forbidden":
        return _unknown_key(where, key, file)
    if found["type"] == "missing":
        message = "{file}: key '{key}' is missing. Add it; 'kansenkaart new' shows an example."
        return Fault("project_missing_key", message, {"file": file, "key": key})
    kind = _kind_of(found, where)
    name, message = WORDS.get(kind, OTHER)
    values: dict[str, object] = {"file": file, "key": key, "value": shown(given)}
    values |= _allowed(found.get("ctx", {}))
    if kind == "model_type":
        values["allowed"] = ", ".join(sorted(_keys(where)))
    elif kind == "store_cost":
        values["value"] = shown(given["storage_eur_unit"])
    elif kind == "range_order":
        values |= {part: shown(given[part]) for part in ("low", "value", "high")}
    return Fault(name, message, values)


def is_echo(found: Mapping[str, Any]) -> bool:
    """Whether a fault only repeats another: an item that is wrong leaves a list too short, which is not a fault too."""
    given = found.get("input")
    return (
        found["type"] == "too_short"
        and isinstance(given, list | tuple)
        and len(given) >= found["ctx"]["min_length"]
    )


def _unknown_key(where: list[Any], key: str, file: str) -> Fault:
    allowed = sorted(_keys(where[:-1]))
    near = get_close_matches(str(where[-1]), allowed, n=1)
    values = {"file": file, "key": key, "allowed": ", ".join(allowed)}
    message = "{file}: unknown key '{key}'. Allowed here: {allowed}."
    if not near:
        return Fault("project_unknown_key", message, values)
    return Fault("project_unknown_key_hint", message + " Did you mean '{hint}'?", {**values, "hint": near[0]})


def _kind_of(found: Mapping[str, Any], where: list[Any]) -> str:
    """Name of the fault in ``WORDS``."""
    kind, given = str(found["type"]), found.get("input")
    if kind == "value_error" and isinstance(given, Mapping) and {"low", "value", "high"} <= set(given):
        return "range_order"
    if kind == "tuple_type" and any(_models(_annotation(where))):
        return "tables_type"
    return SAME.get(kind, kind)


def _allowed(context: Mapping[str, Any]) -> dict[str, object]:
    """What a fault of pydantic says is allowed, without its English."""
    allowed: dict[str, object] = {}
    for name in _BOUNDS:
        if name in context:
            allowed["bound"] = f"{context[name]:.12g}"
    if "expected" in context:
        choices = re.findall(r"'([^']*)'", str(context["expected"]))
        allowed["allowed"] = ", ".join(shown(choice) for choice in choices)
    if "pattern" in context:
        characters = str(context["pattern"]).strip("^$+").strip("[]")
        allowed["allowed"] = " ".join(re.findall(r"\w-\w|.", characters))
    return allowed


def _key_path(where: list[Any]) -> str:
    path = ""
    for part in where:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _keys(where: list[Any]) -> set[str]:
    """Keys that the table at `where` may hold."""
    return {name for model in _models(_annotation(where)) for name in model.model_fields}


def _annotation(where: list[Any]) -> Any:
    """Type of what stands at `where`: a field of a model, or an item of a list or of a table with free names."""
    here: Any = Project
    for part in where:
        model = next(_models(here), None)
        if isinstance(part, int) or get_origin(here) is dict:
            here = get_args(here)[-1] if get_origin(here) is dict else get_args(here)[0]
        elif model is not None and part in model.model_fields:
            here = model.model_fields[part].annotation
    return here


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models within a type, such as ``tuple[Layer, ...]`` or ``Friction | None``."""
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
