"""Own month profiles of a project: as the catalogue has them, and what is wrong with them in words."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum
from numbers import Real
from typing import Any

from kansenkaart.catalogue import Profile
from kansenkaart.errors import Problem
from kansenkaart.project.models import Project
from kansenkaart.project.written import shown


def own_profiles(project: Project) -> dict[str, Profile]:
    """Return ``[profiles.<id>]`` of the project file as profiles of the catalogue."""
    return {
        name: Profile(
            id=name,
            months=own.months,
            source=own.source,
            year=own.year if own.year is not None else project.reference_year,
            # As for own numbers: whoever names no source says nobody can check it.
            evidence="sourced" if "source" in own.model_fields_set else "unverified",
        )
        for name, own in project.profiles.items()
    }


def explain_profile(fault: Mapping[str, Any], file: str) -> Problem | None:
    """Turn a fault of the model in the months of a profile into a problem; None for any other fault."""
    where = fault["loc"]
    if where[:1] != ("profiles",) or not _in_months(fault):
        return None
    values: dict[str, object] = {"file": file, "key": f"profiles.{where[1]}.months"}
    if len(where) > 3:
        message = (
            "{file}: '{key}' = {value} is not allowed: a share of the year is a number, 0 or more; "
            "the twelve add up to 1."
        )
        place = {"key": f"{values['key']}[{where[3] + 1}]", "value": shown(fault["input"])}
        return Problem("project_profile_share", message, {**values, **place})
    months = fault["input"]["months"] if len(where) == 2 else fault["input"]
    message = (
        "{file}: '{key}' = {value} is not allowed: give twelve shares of the year, January to December, each "
        "0 or more and together 1 (now {count} numbers, together {total})."
    )
    return Problem("project_profile", message, {**values, "value": shown(months), **_count(months)})


def _in_months(fault: Mapping[str, Any]) -> bool:
    """Whether the months themselves are wrong: their sum (told of the whole profile), their count or one of them."""
    where = fault["loc"]
    if fault["type"] in ("missing", "extra_forbidden"):
        return False
    of_the_whole = len(where) == 2 and fault["type"] == "value_error"
    return of_the_whole or (len(where) > 2 and where[2] == "months")


def _count(months: object) -> dict[str, object]:
    numbers = [one for one in months if isinstance(one, Real)] if isinstance(months, list | tuple) else []
    return {"count": len(numbers), "total": f"{fsum(float(one) for one in numbers):g}"}
