"""A scenario lies over the project: its tables take what they leave out from the project's own, then take their place.

Both are tables as TOML has them, not yet checked: what does not look like one is left for the model to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kansenkaart.errors import Fault

Raw = Mapping[str, Any]

# Said of the scenario, not of the region.
_OF_THE_SCENARIO = ("title", "about")
# Tables with a table of their own for every name.
_BY_ID = ("prices", "kengetallen", "stream")
# Lists of tables that have a name; the rest of the lists are added to.
_BY_NAME = ("layers", "links", "networks")
_ADDED = ("growth", "closed", "planned", "processors")

_FIRST = re.compile(r"\w+(?:\[\d+\])?")


def fill_scenarios(raw: Raw) -> dict[str, Any]:
    """Return a project in which every table of a scenario has the keys that it leaves to the project's own."""
    scenarios = raw.get("scenarios")
    if not isinstance(scenarios, Mapping):
        return dict(raw)
    return {**raw, "scenarios": {name: _fill(one, raw) for name, one in scenarios.items()}}


def _fill(scenario: Any, raw: Raw) -> Any:
    if not isinstance(scenario, Mapping):
        return scenario
    filled = dict(scenario)
    if "method" in filled:
        filled["method"] = _over(raw.get("method"), filled["method"])
    for part in _BY_ID:
        own, base = filled.get(part), raw.get(part)
        if isinstance(own, Mapping) and isinstance(base, Mapping):
            filled[part] = {name: _over(base.get(name), table) for name, table in own.items()}
    for part in _BY_NAME:
        if isinstance(filled.get(part), list | tuple):
            named = _by_name(raw.get(part))
            filled[part] = [_over(named.get(_name(table)), table) for table in filled[part]]
    return filled


def _over(base: Any, own: Any) -> Any:
    return {**base, **own} if isinstance(base, Mapping) and isinstance(own, Mapping) else own


def _name(table: Any) -> str | None:
    name = table.get("name") if isinstance(table, Mapping) else None
    return name if isinstance(name, str) else None


def _by_name(tables: Any) -> dict[str | None, Any]:
    listed = tables if isinstance(tables, list | tuple) else []
    return {name: table for table in listed if (name := _name(table)) is not None}


@dataclass(frozen=True)
class Overlay:
    """A project as a scenario has it.

    Attributes
    ----------
    raw
        The project without scenarios.
    origins
        First part of a key in it, such as ``prices`` or ``networks[3]`` -> where the scenario says it.
    """

    name: str
    raw: dict[str, Any]
    origins: Mapping[str, str]

    def place(self, fault: Fault) -> Fault:
        """A fault of the whole, told of the key in the scenario that causes it, where one key does."""
        key = str(fault.values.get("key", ""))
        first = _FIRST.match(key)
        if first and first[0] in self.origins:
            told = {"key": self.origins[first[0]] + key[first.end() :]}
        else:
            told = {"file": f"{fault.values.get('file', '')}, scenarios.{self.name}"}
        return replace(fault, values={**fault.values, **told})


def lay_over(raw: Raw, name: str) -> Overlay:
    """Lay scenario `name` of a filled project over it; the result is a project without scenarios.

    A value takes the place of the project's, a table by name or id too; ``growth``, ``closed``, ``planned`` and
    ``processors`` are added.
    """
    scenario: Raw = raw["scenarios"][name]
    merged = {key: value for key, value in raw.items() if key != "scenarios"}
    origins: dict[str, str] = {}
    for key, own in scenario.items():
        if key in _OF_THE_SCENARIO:
            continue
        where = f"scenarios.{name}.{key}"
        origins[key] = where
        if key in _BY_ID:
            merged[key] = {**merged.get(key, {}), **own}
        elif key in _BY_NAME + _ADDED:
            merged[key], places = _join(merged.get(key, ()), own, by_name=key in _BY_NAME)
            origins |= {
                f"{key}[{place + 1}]": f"{where}[{number}]" for number, place in enumerate(places, start=1)
            }
        else:
            merged[key] = own
    merged["title"] = f"{merged['title']} – {scenario.get('title') or name}"
    return Overlay(name, merged, origins)


def _join(base: Any, own: Any, *, by_name: bool) -> tuple[list[Any], list[int]]:
    """The tables of both, and the place in it of each of `own`."""
    joined = list(base)
    places: list[int] = []
    known = {_name(table): place for place, table in enumerate(joined)} if by_name else {}
    for table in own:
        place = known.get(_name(table), len(joined))
        joined[place : place + 1] = [table]
        places.append(place)
    return joined, places
