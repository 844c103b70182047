"""Checks what is foreseen: names that must exist, and scenarios that change nothing or cannot be named."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kansenkaart.catalogue import Catalogue
from kansenkaart.errors import Fault
from kansenkaart.project.checks import unknown_name
from kansenkaart.project.models import Project

# What the command and the tables call the project as it stands, and all together.
BASE = "basis"
ALL = "all"


def check_foreseen(project: Project, catalogue: Catalogue, file: Path) -> list[Fault]:
    """Streams, kinds and layers that do not exist; whether a place exists is known once the layers are read."""
    layers = [layer.name for layer in project.layers]
    named = layers + [layer.name for layer in project.links]
    asked: list[tuple[str, str | None, Iterable[str]]] = []
    for number, one in enumerate(project.growth, start=1):
        key = f"growth[{number}]"
        asked += [
            (f"{key}.stream", one.stream, catalogue.streams),
            (f"{key}.kind", one.kind, catalogue.kinds),
            (f"{key}.layer", one.layer, layers),
            (f"{key}.site", _layer_of(one.site), layers),
        ]
    for part in ("closed", "planned"):
        turns = enumerate(getattr(project, part), start=1)
        asked += [(f"{part}[{number}].id", _layer_of(turn.id), named) for number, turn in turns]
    return [
        unknown_name(file, key, name, allowed) for key, name, allowed in asked if name and name not in allowed
    ]


def _layer_of(given: str | None) -> str | None:
    return given.partition(":")[0] if given else None


def check_scenario(base: Project, laid: Project, name: str, file: Path) -> list[Fault]:
    """A scenario that changes no setting, or has a name that the command needs itself."""
    values = {"file": str(file), "name": name}
    if name in (ALL, BASE):
        message = (
            "{file}: a scenario cannot be called '{name}': the command has that word itself. Give it another."
        )
        return [Fault("project_scenario_name", message, values)]
    if base.model_copy(update={"title": laid.title, "scenarios": {}}) == laid:
        message = (
            "{file}: 'scenarios.{name}' changes nothing: all it says, the project says too. Say what is otherwise, or "
            "leave it out."
        )
        return [Fault("project_scenario_idle", message, values)]
    return []
