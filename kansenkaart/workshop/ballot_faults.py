"""Faults of a ballot in words: which key, its value, what is allowed and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from kansenkaart.errors import Fault
from kansenkaart.project.written import shown

_NOT = "{file}: '{key}' = {value} is not allowed: "
_DO = " Save the ballot from the map again, or leave this file out."

# Kind of fault as pydantic or our own types name it -> key of the Dutch text and its English.
WORDS: dict[str, tuple[str, str]] = {
    "string_type": ("ballot_text", _NOT + "it must be a text." + _DO),
    "string_too_long": (
        "ballot_long",
        _NOT + "a text has at most {bound} {bound:character|characters}." + _DO,
    ),
    "string_too_short": ("ballot_empty", _NOT + "it must not be empty." + _DO),
    "blank": ("ballot_empty", _NOT + "it must not be empty." + _DO),
    "string_pattern_mismatch": (
        "ballot_id",
        _NOT + "an id has 1 to 64 letters, digits and hyphens." + _DO,
    ),
    "bool_type": ("ballot_yes_no", _NOT + "it must be true or false." + _DO),
    "int_type": ("ballot_whole", _NOT + "it must be a whole number." + _DO),
    "float_type": ("ballot_number", _NOT + "it must be a number." + _DO),
    "finite_number": ("ballot_finite", _NOT + "it must be a finite number, no NaN and no infinity." + _DO),
    "greater_than_equal": ("ballot_least", _NOT + "it must be {bound} or more." + _DO),
    "less_than_equal": ("ballot_most", _NOT + "it must be {bound} or less." + _DO),
    "literal_error": ("ballot_choice", _NOT + "choose one of: {allowed}." + _DO),
    "day": ("ballot_day", _NOT + "it must be a day such as 2027-01-31, or null." + _DO),
    "moment": ("ballot_moment", _NOT + "it must be a moment such as 2026-11-21T14:00:00Z." + _DO),
    "tuple_type": ("ballot_list", _NOT + "it must be a list." + _DO),
    "too_long": ("ballot_many", "{file}: '{key}' has more rows than allowed: at most {bound}." + _DO),
    "model_type": ("ballot_table", _NOT + "it must be an object with these keys: {allowed}." + _DO),
    "missing": ("ballot_missing", "{file}: '{key}' is missing." + _DO),
    "extra_forbidden": ("ballot_unknown", "{file}: unknown key '{key}'. Allowed: {allowed}." + _DO),
}
OTHER = ("ballot_other", _NOT + "it is not as a ballot has it." + _DO)

_BOUNDS = ("ge", "le", "max_length", "min_length")


def explain_fault(found: Mapping[str, Any], file: str, model: type[BaseModel]) -> Fault:
    """Tell one fault of pydantic so that it names file, key, value and what is allowed."""
    where = list(found["loc"])
    key, message = WORDS.get(str(found["type"]), OTHER)
    context = found.get("ctx", {})
    values: dict[str, object] = {"file": file, "key": _path(where), "value": shown(found.get("input"))}
    bound = next((context[name] for name in _BOUNDS if name in context), None)
    if bound is not None:
        values["bound"] = f"{bound:.12g}"
    if "expected" in context:
        values["allowed"] = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    if found["type"] == "model_type":
        values["allowed"] = ", ".join(_keys(where, model))
    if found["type"] == "extra_forbidden":
        values["allowed"] = ", ".join(_keys(where[:-1], model))
    return Fault(key, message, values)


def _path(where: list[Any]) -> str:
    path = ""
    for part in where:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _keys(where: list[Any], model: type[BaseModel]) -> list[str]:
    """Keys that the object at `where` has."""
    here: type[BaseModel] = model
    for part in where:
        field = here.model_fields.get(part) if isinstance(part, str) else None
        if field is not None:
            here = next(_models(field.annotation), here)
    return [field.alias or name for name, field in here.model_fields.items()]


def _models(annotation: Any) -> Any:
    """Models within a type such as ``tuple[Doubt, ...]``."""
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
