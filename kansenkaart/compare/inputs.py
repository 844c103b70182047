"""The inputs of a project, one by one: which of them differ between two projects, and a project with some swapped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kansenkaart.database.read import read_database
from kansenkaart.outward import is_database
from kansenkaart.project import LoadedProject, Project, complete_project, parse_project
from kansenkaart.project.input_files import hash_input
from kansenkaart.project.own_recipes import is_own_recipe
from kansenkaart.sources.answers import KEPT

# What only says how chances are shown, grouped or written: no chance comes or goes with it.
SHOWN = (
    *("title", "question", "language", "scenes", "exports", "rasters", "background", "online_background"),
    *("clusters", "balances", "coalitions", "hubs", "rank_by", "programme", "scenarios"),
)
# Fields that hold several inputs: a list of what has a name, or a table by key.
LISTS = ("layers", "links", "networks")
_TABLES = ("stream", "kengetallen", "prices", "profiles", "method")
_PATHS = ("path", "boundary", "decisions")
# Tables by the words of a user: a column may be called 'path' there.
_OPAQUE = ("rename", "values", "where")

Digest = Callable[[str, str | None], str | None]


@dataclass(frozen=True)
class Input:
    """One input of a project.

    Parameters
    ----------
    value
        As in the project model; of a file the path from the root.
    told
        The same with the SHA-256 of every file in the place of its path: equal when nothing of it differs.
    """

    value: Any
    told: Any

    @property
    def digest(self) -> str:
        """What tells this input from another."""
        return json.dumps(self.told, sort_keys=True, default=str)


def take_apart(loaded: LoadedProject) -> dict[str, Input]:
    """Return the inputs of `loaded` by name (``layers.rwzi``, ``prices.co2_price``, ``reference_year``), in order.

    Every file that is named is read whole for its hash, every table of a database too.

    Raises
    ------
    DataError
        When a database cannot be read.
    """
    # what stands there as it would be without it, differs from nothing
    settings = loaded.project.model_dump(exclude=set(SHOWN), exclude_defaults=True)
    read: dict[tuple[str, str | None], str] = {}

    def digest(path: str, table: str | None) -> str:
        key = path, table
        if key not in read:
            database = is_database(path)
            read[key] = read_database(path, table).digest if database else hash_input(loaded.folder / path)
        return read[key]

    found = list_inputs(settings, digest, folder=loaded.folder)
    answers = loaded.folder / KEPT
    if loaded.project.addresses is not None and answers.is_file():
        told = {**found["addresses"].told, "answers": hash_input(answers)}
        found["addresses"] = replace(found["addresses"], told=told)
    return found


def list_inputs(
    settings: Mapping[str, Any], digest: Digest, *, folder: Path | None = None
) -> dict[str, Input]:
    """Return the inputs by name of `settings`, as a project or a manifest has them.

    Parameters
    ----------
    digest
        Hash of a file, by its path and the table in it.
    folder
        What paths are relative to; None: they stay as they are.
    """
    known = {name: value for name, value in settings.items() if name not in SHOWN}
    anchored = known if folder is None else _with_files(known, lambda path, _: _anchor(path, folder))
    told = dict(_split(_with_files(known, digest)))
    return {name: Input(value, told[name]) for name, value in _split(anchored)}


def find_differing(before: Mapping[str, Input], after: Mapping[str, Input]) -> list[str]:
    """Names of the inputs that differ by content, in the order of the project file."""
    fields = {field: place for place, field in enumerate(Project.model_fields)}
    names = sorted(
        dict.fromkeys([*before, *after]), key=lambda name: fields.get(name.split(".")[0], len(fields))
    )
    return [
        name
        for name in names
        if name not in before or name not in after or before[name].digest != after[name].digest
    ]


@dataclass(frozen=True)
class Pair:
    """Two projects with their inputs; `after` decides the language."""

    before: LoadedProject
    after: LoadedProject
    old: Mapping[str, Input]
    new: Mapping[str, Input]

    @classmethod
    def of(cls, before: LoadedProject, after: LoadedProject) -> Pair:
        """Take both apart."""
        return cls(before, after, take_apart(before), take_apart(after))

    @property
    def differing(self) -> list[str]:
        """Names of the inputs that differ."""
        return find_differing(self.old, self.new)

    def swapped(self, names: frozenset[str]) -> LoadedProject:
        """The first project with the inputs `names` as they are in the second.

        Raises
        ------
        ProjectError
            When these inputs do not go together.
        """
        whole = names >= set(self.differing)
        order = [*self.new, *self.old] if whole else [*self.old, *self.new]
        chosen = {name: (self.new if name in names else self.old).get(name) for name in dict.fromkeys(order)}
        raw = _join({name: one.value for name, one in chosen.items() if one is not None})
        home = self.after if whole or "addresses" in names else self.before
        raw |= {"title": self.after.project.title, "language": self.after.project.language}
        return complete_project(parse_project(raw, str(home.path)), home.path)


def _anchor(path: str, folder: Path) -> str:
    return path if is_database(path) else str(folder.absolute() / path)


def _with_files(value: Any, change: Callable[[str, str | None], Any]) -> Any:
    """`value` with `change(path, table)` for every path of a file in it."""
    if isinstance(value, Mapping):
        table = value.get("table")
        return {
            key: change(one, table)
            if _names_file(key, one)
            else one
            if key in _OPAQUE
            else _with_files(one, change)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_with_files(one, change) for one in value]
    return value


def _names_file(key: str, value: Any) -> bool:
    return isinstance(value, str) and (key in _PATHS or (key == "recipe" and is_own_recipe(value)))


def _split(settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for field, value in settings.items():
        if field in LISTS:
            yield from ((f"{field}.{one['name']}", one) for one in value)
        elif field in _TABLES:
            yield from ((f"{field}.{key}", one) for key, one in value.items())
        else:
            yield field, value


def _join(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of which these are the inputs."""
    settings: dict[str, Any] = {field: [] for field in LISTS} | {field: {} for field in _TABLES}
    for name, value in inputs.items():
        field, _, key = name.partition(".")
        if field in LISTS:
            settings[field].append(value)
        elif field in _TABLES:
            settings[field][key] = value
        else:
            settings[field] = value
    return settings
