"""Checks that need more than the project file itself: names of the catalogue, and files on disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kansenkaart.allowed import suggest
from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.processors import add_processors, find_circle, processor_key
from kansenkaart.catalogue.workshop import WORKSHOP_KIND
from kansenkaart.database import find_fault, is_database
from kansenkaart.errors import Problem
from kansenkaart.project.fault_words import WORDS
from kansenkaart.project.input_files import is_folder, is_there
from kansenkaart.project.models import Project
from kansenkaart.project.written import shown


def check_names(project: Project, catalogue: Catalogue, file: Path) -> list[Problem]:
    """Names that must exist in the catalogue, and names that must not stand twice."""
    asked: list[tuple[str, str, Iterable[str]]] = []
    asked += [("streams", stream, catalogue.streams) for stream in project.streams]
    asked += [(f"stream.{stream}", stream, catalogue.streams) for stream in project.stream]
    asked += [(f"kengetallen.{name}", name, catalogue.kengetallen) for name in project.kengetallen]
    asked += [(f"prices.{name}", name, catalogue.prices) for name in project.prices]
    for part in ("roads", "friction"):
        layer = getattr(project, part)
        asked += [(f"{part}.streams", stream, catalogue.streams) for stream in layer.streams] if layer else []
    for number, total in enumerate(project.control_totals, start=1):
        asked.append((f"control_totals[{number}].stream", total.stream, catalogue.streams))
        asked += [(f"control_totals[{number}].kinds", kind, catalogue.kinds) for kind in total.kinds]
    for number, layer in enumerate(project.layers, start=1):
        if layer.kind is not None:
            asked.append((f"layers[{number}].kind", layer.kind, catalogue.kinds))
        if layer.recipe is not None:
            asked.append((f"layers[{number}].recipe", layer.recipe, catalogue.recipes))
    problems = [
        _unknown_name(file, key, name, allowed) for key, name, allowed in asked if name not in allowed
    ]
    names = [layer.name for layer in project.layers] + [layer.name for layer in project.links]
    # The firms that a room added stand in a layer of their own.
    names += [WORKSHOP_KIND] if project.workshop.decisions is not None else []
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = (
            "{file}: two layers are called '{name}'. Give each its own name: it is the start of every id."
        )
        problems.append(Problem("project_double_layer", message, {"file": str(file), "name": name}))
    return problems


def _unknown_name(file: Path, key: str, name: str, allowed: Iterable[str]) -> Problem:
    message = "{file}: '{key}' names '{name}', which does not exist. {hint} See 'kansenkaart catalogue'."
    values = {"file": str(file), "key": key, "name": name, "hint": suggest(name, sorted(allowed))}
    return Problem("project_unknown_name", message, values)


def check_processors(project: Project, catalogue: Catalogue, file: Path) -> list[Problem]:
    """Own processors: names of the catalogue, none twice, and no streams that are made of each other."""
    problems: list[Problem] = []
    for number, one in enumerate(project.processors, start=1):
        key = f"processors[{number}]"
        asked: list[tuple[str, str, Iterable[str]]] = [
            (f"{key}.kind", one.kind, catalogue.kinds),
            (f"{key}.takes", one.takes, catalogue.streams),
            (f"{key}.makes", one.makes, catalogue.streams),
        ]
        for name, value in one.where.items():
            known = catalogue.attributes.get(name)
            asked.append((f"{key}.where", name, catalogue.attributes))
            asked += [(f"{key}.where.{name}", value, known.allowed)] if known is not None else []
        problems += [_unknown_name(file, *each) for each in asked if each[1] not in each[2]]
        if processor_key(one) in [processor_key(other) for other in project.processors[: number - 1]]:
            message = (
                "{file}: '{key}' makes {makes} of {takes} at {kind}, which stands there already. Keep one."
            )
            values = {"file": str(file), "key": key, "kind": one.kind, "takes": one.takes, "makes": one.makes}
            problems.append(Problem("project_double_processor", message, values))
    together = add_processors(catalogue, project.processors, year=project.reference_year)
    circle = find_circle(together.processors)
    if circle is not None:
        message = "{file}: the processors go round in a circle: {circle}. Leave one of these steps out."
        values = {"file": str(file), "circle": " -> ".join(circle)}
        problems.append(Problem("project_processor_circle", message, values))
    return problems


def surrounding_files(project: Project) -> list[tuple[str, str]]:
    """Key and path of every file that routes are found on."""
    files = [("roads.path", project.roads.path)] if project.roads is not None else []
    if project.friction is None:
        return files
    if project.friction.path is not None:
        files.append(("friction.path", project.friction.path))
    layers = enumerate(project.friction.layers, start=1)
    return files + [(f"friction.layers[{number}].path", layer.path) for number, layer in layers]


# Divided by, or a size or a length that cannot be nothing.
_ABOVE_ZERO = ("full_load_hours", "pipe_max_mw", "detour_factor", "annuity")


def check_prices(project: Project, file: Path) -> list[Problem]:
    """Own prices that must be above 0."""
    key, message = WORDS["greater_than"]
    return [
        Problem(
            key,
            message,
            {
                "file": str(file),
                "key": f"prices.{name}.low",
                "value": shown(project.prices[name].low),
                "bound": "0",
            },
        )
        for name in _ABOVE_ZERO
        if name in project.prices and project.prices[name].low <= 0
    ]


def _named_files(project: Project) -> list[tuple[str, str]]:
    """Key and path of every file that the project names."""
    paths = [(f"layers[{number}].path", layer.path) for number, layer in enumerate(project.layers, start=1)]
    paths += [(f"links[{number}].path", layer.path) for number, layer in enumerate(project.links, start=1)]
    if project.region.boundary is not None:
        paths.append(("region.boundary", project.region.boundary))
    paths += surrounding_files(project)
    if project.workshop.decisions is not None:
        paths.append(("workshop.decisions", project.workshop.decisions))
    return paths


def check_files(project: Project, file: Path) -> list[Problem]:
    """Files that the project names and that are not there, or are folders."""
    named = [(key, path) for key, path in _named_files(project) if not is_database(path)]
    return [_no_file(file, key, path) for key, path in named if not is_there(file.parent / path)]


def _no_file(file: Path, key: str, path: str) -> Problem:
    values = {"file": str(file), "key": key, "path": path}
    if is_folder(file.parent / path):
        message = (
            "{file}: '{key}' names {path}, which is a folder; allowed: a file. Name a file in it; save a geodatabase "
            "(.gdb) as a GeoPackage in QGIS."
        )
        return Problem("layer_folder", message, values)
    message = "{file}: '{key}' names {path}, which does not exist below {folder}. Mind spelling and capitals."
    return Problem("layer_missing", message, {**values, "folder": str(file.absolute().parent)})


# What is read as rows may stand in a database; a raster, an outline and what a room decided are files.
_FROM_DATABASE = ("layers[", "links[", "roads.", "friction.layers[")


def check_databases(project: Project, file: Path) -> list[Problem]:
    """Addresses of databases that are wrong, hold a password or stand where a file is asked."""
    problems: list[Problem] = []
    for key, path in _named_files(project):
        if not is_database(path):
            continue
        if not key.startswith(_FROM_DATABASE):
            message = "{file}: '{key}' names a database; only a file can be used here."
            problems.append(Problem("database_not_here", message, {"file": str(file), "key": key}))
            continue
        fault = find_fault(path, where=f"{file}: '{key}'", shared=True)
        problems += [] if fault is None else [fault]
    return problems
