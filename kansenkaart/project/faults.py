"""Faults of a project file in words: which key, its value, what is allowed and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from kansenkaart.errors import Problem
from kansenkaart.project.models import TABLES, Project

_LONGEST_SHOWN = 80


def explain_fault(fault: Mapping[str, Any], file: str) -> Problem:
    """Turn one fault of the model into a problem that names file and key."""
    where = [part for part in fault["loc"] if part != "[key]"]
    key = _key_path(where)
    if fault["type"] == "extra_forbidden":
        allowed = sorted(_allowed_keys(where[:-1]))
        near = get_close_matches(str(where[-1]), allowed, n=1)
        hint = near[0] if near else ""
        message = "{file}: unknown key '{key}'. Allowed here: {allowed}."
        if hint:
            message += " Did you mean '{hint}'?"
        name = "project_unknown_key_hint" if hint else "project_unknown_key"
        return Problem(name, message, {"file": file, "key": key, "allowed": ", ".join(allowed), "hint": hint})
    if fault["type"] == "missing":
        message = "{file}: key '{key}' is missing. Add it; 'kansenkaart new' shows an example."
        return Problem("project_missing_key", message, {"file": file, "key": key})
    message = "{file}: '{key}' = {value} is not allowed: {what}."
    values = {
        "file": file,
        "key": key,
        "value": shown(fault.get("input")),
        "what": _plain(str(fault["msg"])),
    }
    return Problem("project_value", message, values)


def _key_path(where: list[Any]) -> str:
    path = ""
    for part in where:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _allowed_keys(where: list[Any]) -> set[str]:
    model: Any = Project
    for part in where:
        if isinstance(part, int) or not hasattr(model, "model_fields") or part not in model.model_fields:
            continue
        model = TABLES.get(str(part), model)
    return set(model.model_fields)


def _plain(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def shown(value: object) -> str:
    """Return `value` as Python writes it, cut off where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, or lists in lists in lists
        text = type(value).__name__
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
