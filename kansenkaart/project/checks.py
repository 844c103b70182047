"""Checks that need more than the project file itself: names of the catalogue, files on disk, profiles and scenes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from math import fsum
from numbers import Real
from pathlib import Path
from typing import Any

from kansenkaart.allowed import suggest
from kansenkaart.catalogue import Catalogue, Profile
from kansenkaart.catalogue.changes import add_processors, find_price_ids, processor_key
from kansenkaart.catalogue.load import LAST_KNOWN_YEAR
from kansenkaart.catalogue.rows import find_circle
from kansenkaart.catalogue.workshop import WORKSHOP_KIND
from kansenkaart.database import find_fault
from kansenkaart.errors import Fault
from kansenkaart.outward import is_database
from kansenkaart.project.fault_words import WORDS
from kansenkaart.project.input_files import is_folder, is_there
from kansenkaart.project.models import Project
from kansenkaart.project.own_recipes import is_own_recipe
from kansenkaart.project.scenes import WHOLE_REGION, Scene, split_id, split_pair
from kansenkaart.project.written import shown


def check_names(project: Project, catalogue: Catalogue, file: Path) -> list[Fault]:
    """Names that must exist in the catalogue, and names that must not stand twice."""
    asked: list[tuple[str, str, Iterable[str]]] = []
    asked += [("streams", stream, catalogue.streams) for stream in project.streams]
    known = project.streams or tuple(catalogue.streams)
    if project.balances is not None:
        asked += [("balances.streams", stream, known) for stream in project.balances.streams]
    asked += [("rasters.streams", stream, known) for stream in project.rasters.streams]
    asked += [(f"stream.{stream}", stream, catalogue.streams) for stream in project.stream]
    asked += [(f"kengetallen.{name}", name, catalogue.kengetallen) for name in project.kengetallen]
    asked += [(f"prices.{name}", name, find_price_ids(catalogue, project.prices)) for name in project.prices]
    for part in ("roads", "friction"):
        layer = getattr(project, part)
        asked += [(f"{part}.streams", stream, catalogue.streams) for stream in layer.streams] if layer else []
    for number, one in enumerate(project.networks, start=1):
        asked += [(f"networks[{number}].stream", one.stream, catalogue.streams)] if one.stream else []
    for number, total in enumerate(project.control_totals, start=1):
        asked.append((f"control_totals[{number}].stream", total.stream, catalogue.streams))
        asked += [(f"control_totals[{number}].kinds", kind, catalogue.kinds) for kind in total.kinds]
    for name, hub in project.hubs.items():
        asked.append((f"hubs.{name}.stream", hub.stream, known))
        takers = [one.demand_kind for one in catalogue.pairs.values() if one.stream == hub.stream]
        asked += [(f"hubs.{name}.kind", hub.kind, takers)] if takers else []
        asked += [(f"hubs.{name}.on", kind, catalogue.kinds) for kind in hub.on]
    for number, layer in enumerate(project.layers, start=1):
        if layer.kind is not None:
            asked.append((f"layers[{number}].kind", layer.kind, catalogue.kinds))
        if layer.recipe is not None and not is_own_recipe(layer.recipe):
            asked.append((f"layers[{number}].recipe", layer.recipe, catalogue.recipes))
    faults = [unknown_name(file, key, name, allowed) for key, name, allowed in asked if name not in allowed]
    names = [layer.name for layer in project.layers] + [layer.name for layer in project.links]
    names += [layer.name for layer in project.networks]
    # The firms that a room added stand in a layer of their own.
    names += [WORKSHOP_KIND] if project.workshop.decisions is not None else []
    names += ["overrides"] if project.overrides is not None else []
    names += ["addresses"] if project.addresses is not None else []
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = (
            "{file}: two layers are called '{name}'. Give each its own name: it is the start of every id."
        )
        faults.append(Fault("project_double_layer", message, {"file": str(file), "name": name}))
    return faults


def unknown_name(file: Path, key: str, name: str, allowed: Iterable[str]) -> Fault:
    """The fault of a name that does not exist."""
    message = "{file}: '{key}' names '{name}', which does not exist. {hint} See 'kansenkaart catalogue'."
    values = {"file": str(file), "key": key, "name": name, "hint": suggest(name, sorted(allowed))}
    return Fault("project_unknown_name", message, values)


def check_processors(project: Project, catalogue: Catalogue, file: Path) -> list[Fault]:
    """Own processors: names of the catalogue, none twice, and no streams that are made of each other."""
    faults: list[Fault] = []
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
        faults += [unknown_name(file, *each) for each in asked if each[1] not in each[2]]
        if processor_key(one) in [processor_key(other) for other in project.processors[: number - 1]]:
            message = (
                "{file}: '{key}' makes {makes} of {takes} at {kind}, which stands there already. Keep one."
            )
            values = {"file": str(file), "key": key, "kind": one.kind, "takes": one.takes, "makes": one.makes}
            faults.append(Fault("project_double_processor", message, values))
    together = add_processors(catalogue, project.processors, year=project.reference_year)
    circle = find_circle(together.processors)
    if circle is not None:
        message = "{file}: the processors go round in a circle: {circle}. Leave one of these steps out."
        values = {"file": str(file), "circle": " -> ".join(circle)}
        faults.append(Fault("project_processor_circle", message, values))
    return faults


def surrounding_files(project: Project) -> list[tuple[str, str]]:
    """Key and path of every file that routes are found on, or that lies behind the map."""
    files = [
        (f"networks[{number}].path", layer.path) for number, layer in enumerate(project.networks, start=1)
    ]
    files += [
        (f"background[{number}].path", layer.path) for number, layer in enumerate(project.background, start=1)
    ]
    files += [("roads.path", project.roads.path)] if project.roads is not None else []
    if project.friction is None:
        return files
    if project.friction.path is not None:
        files.append(("friction.path", project.friction.path))
    layers = enumerate(project.friction.layers, start=1)
    return files + [(f"friction.layers[{number}].path", layer.path) for number, layer in layers]


# Divided by, or a size or a length that cannot be nothing.
_ABOVE_ZERO = (
    *("full_load_hours", "pipe_max_mw", "detour_factor", "annuity"),
    *("boiler_heat_gj_m3", "chp_heat_gj_m3", "gas_plant_kwh_m3", "base_load_share"),
    *("grower_ha", "glass_gas_m3_ha", "network_gas_m3", "building_gas_m3", "industry_gas_m3"),
)


def check_prices(project: Project, file: Path) -> list[Fault]:
    """Own prices that must be above 0."""
    key, message = WORDS["greater_than"]
    return [
        Fault(
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


def price_year(project: Project, catalogue: Catalogue) -> int:
    """Year whose prices hold: the one asked for, else that of the map as far as its prices are known."""
    if project.price_year is not None:
        return project.price_year
    return min(max(project.reference_year, min(catalogue.yearly)), LAST_KNOWN_YEAR)


def check_price_year(project: Project, catalogue: Catalogue, file: Path) -> list[Fault]:
    """A year of which no prices are known."""
    if project.price_year is None or project.price_year in catalogue.yearly:
        return []
    message = (
        "{file}: 'price_year' = {value}: no prices are known of that year. Allowed: {least} to {most}. Leave it out "
        "for the last year of which prices are known, {known}."
    )
    values = {
        "file": str(file),
        "value": shown(project.price_year),
        "least": min(catalogue.yearly),
        "most": max(catalogue.yearly),
        "known": LAST_KNOWN_YEAR,
    }
    return [Fault("project_price_year", message, values)]


def named_files(project: Project) -> list[tuple[str, str]]:
    """Key and path of every file that the project names."""
    paths = [(f"layers[{number}].path", layer.path) for number, layer in enumerate(project.layers, start=1)]
    paths += [(f"links[{number}].path", layer.path) for number, layer in enumerate(project.links, start=1)]
    recipes = [
        (n, layer.recipe) for n, layer in enumerate(project.layers, start=1) if layer.recipe is not None
    ]
    paths += [(f"layers[{number}].recipe", recipe) for number, recipe in recipes if is_own_recipe(recipe)]
    paths += [
        (f"layers[{number}].rasters[{n}].path", raster.path)
        for number, layer in enumerate(project.layers, start=1)
        for n, raster in enumerate(layer.rasters, start=1)
    ]
    if project.region.boundary is not None:
        paths.append(("region.boundary", project.region.boundary))
    paths += surrounding_files(project)
    if project.workshop.decisions is not None:
        paths.append(("workshop.decisions", project.workshop.decisions))
    if project.clusters is not None and project.clusters.path is not None:
        paths.append(("clusters.path", project.clusters.path))
    if project.addresses is not None and project.addresses.path is not None:
        paths.append(("addresses.path", project.addresses.path))
    if project.overrides is not None:
        paths.append(("overrides.path", project.overrides.path))
    if project.balances is not None and project.balances.path is not None:
        paths.append(("balances.path", project.balances.path))
    return paths


def check_files(project: Project, file: Path) -> list[Fault]:
    """Files that the project names and that are not there, or are folders."""
    named = [(key, path) for key, path in named_files(project) if not is_database(path)]
    there = {path: file.parent / path for _, path in named}
    return [_no_file(file, key, path) for key, path in named if not _may_be_read(there[path])]


def _may_be_read(path: Path) -> bool:
    """Whether it is a file, or a geodatabase: a folder of which the reader says what is wrong."""
    return is_there(path) or (path.suffix.lower() == ".gdb" and is_folder(path))


def _no_file(file: Path, key: str, path: str) -> Fault:
    values = {"file": str(file), "key": key, "path": path}
    if is_folder(file.parent / path):
        message = (
            "{file}: '{key}' names {path}, which is a folder; allowed: a file, or a geodatabase (.gdb). Name a file in "
            "it."
        )
        return Fault("layer_folder", message, values)
    message = "{file}: '{key}' names {path}, which does not exist below {folder}. Mind spelling and capitals."
    return Fault("layer_missing", message, {**values, "folder": str(file.absolute().parent)})


# What is read as rows may stand in a database; a raster, an outline and what a room decided are files.
_FROM_DATABASE = ("layers[", "links[", "networks[", "background[", "roads.", "friction.layers[")


def check_databases(project: Project, file: Path) -> list[Fault]:
    """Addresses of databases that are wrong, hold a password or stand where a file is asked."""
    faults: list[Fault] = []
    for key, path in named_files(project):
        if not is_database(path):
            continue
        if not key.startswith(_FROM_DATABASE) or ".rasters[" in key:
            message = "{file}: '{key}' names a database; only a file can be used here."
            faults.append(Fault("database_not_here", message, {"file": str(file), "key": key}))
            continue
        fault = find_fault(path, where=f"{file}: '{key}'", shared=True)
        faults += [] if fault is None else [fault]
    return faults


def check_scenes(project: Project, catalogue: Catalogue, file: Path) -> list[Fault]:
    """Streams and municipalities that do not exist, and highlighted chances that cannot be meant.

    Whether a match is in the run is known after the run only: that becomes a remark in the quality report.
    """
    streams = project.streams or tuple(catalogue.streams)
    return [
        fault
        for number, scene in enumerate(project.scenes, start=1)
        for fault in (
            *_check_streams(scene, f"scenes[{number}]", str(file), streams),
            *_check_only(scene, f"scenes[{number}].only", str(file), streams, tuple(catalogue.kinds)),
            *_check_view(scene, f"scenes[{number}]", str(file)),
            *_check_highlight(scene, f"scenes[{number}]", str(file), streams),
        )
    ]


def _check_streams(scene: Scene, key: str, file: str, streams: tuple[str, ...]) -> Iterator[Fault]:
    for stream in scene.streams:
        if stream not in streams:
            yield _unknown_stream(file, f"{key}.streams", stream, streams)


def _check_only(
    scene: Scene, key: str, file: str, streams: tuple[str, ...], kinds: tuple[str, ...]
) -> Iterator[Fault]:
    only = scene.only
    if only.stream is not None and only.stream not in streams:
        yield _unknown_stream(file, f"{key}.stream", only.stream, streams)
    message = "{file}: '{key}' = {value} is no kind of place. {hint} Give a kind of the catalogue."
    for name, kind in (("from_kind", only.from_kind), ("to_kind", only.to_kind)):
        if kind is not None and kind not in kinds:
            values = {"key": f"{key}.{name}", "value": shown(kind), "hint": suggest(kind, sorted(kinds))}
            yield Fault("project_scene_kind", message, {"file": file, **values})
    message = "{file}: '{key}' = {value} is no municipality of 2023. {hint} Give the name of one."
    towns = {"from_municipality": only.from_municipality, "to_municipality": only.to_municipality}
    for name, town in towns.items():
        if town is not None and not _is_municipality(town):
            values = {"key": f"{key}.{name}", "value": shown(town), "hint": _suggest_municipality(town)}
            yield Fault("project_scene_town", message, {"file": file, **values})


def _check_view(scene: Scene, key: str, file: str) -> Iterator[Fault]:
    if scene.view == WHOLE_REGION or _is_municipality(scene.view):
        return
    message = (
        "{file}: '{key}' = {value} is no municipality of 2023. {hint} "
        'Give its name, "region", or latitude, longitude and zoom.'
    )
    values = {"file": file, "key": f"{key}.view", "value": shown(scene.view)}
    yield Fault("project_scene_place", message, {**values, "hint": _suggest_municipality(scene.view)})


def _check_highlight(scene: Scene, key: str, file: str, streams: tuple[str, ...]) -> Iterator[Fault]:
    for place, text in enumerate(scene.highlight, start=1):
        here = f"{key}.highlight[{place}]"
        parts = split_id(text)
        if parts is None:
            if split_pair(text) is None:
                message = (
                    "{file}: '{key}' = {value} is no chance. Give the id of a match (stream|supply|demand, see "
                    "tables/matches.csv), or both names with an arrow between them: 'supply -> demand'."
                )
                yield Fault("project_scene_match", message, {"file": file, "key": here, "value": shown(text)})
        elif parts[0] not in streams:
            yield _unknown_stream(file, here, parts[0], streams)
        elif scene.streams and parts[0] not in scene.streams:
            message = (
                "{file}: '{key}' = {value} is a chance of a stream that the scene leaves out. "
                "Add {stream} to '{scene}.streams', or leave the chance out."
            )
            values = {"file": file, "key": here, "value": shown(text), "stream": parts[0], "scene": key}
            yield Fault("project_scene_hidden", message, values)


def _unknown_stream(file: str, key: str, stream: str, streams: Iterable[str]) -> Fault:
    message = "{file}: '{key}' names {value}, which is no stream of this project. {hint}"
    values = {"file": file, "key": key, "value": shown(stream), "hint": suggest(stream, sorted(streams))}
    return Fault("project_scene_stream", message, values)


def _is_municipality(text: str) -> bool:
    return text.strip().casefold() in {name.casefold() for name in municipality_names()}


def _suggest_municipality(text: str) -> Fault:
    names = {name.casefold(): name for name in municipality_names()}
    near = [names[name] for name in get_close_matches(text.casefold(), names, n=3)]
    return suggest(text, municipality_names(), near=near)


@cache
def municipality_names() -> tuple[str, ...]:
    """Names of the municipalities of 2023, as the package's boundaries write them."""
    path = files("kansenkaart") / "catalogue" / "boundaries" / "gemeenten_2023.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return tuple(sorted(str(feature["properties"]["municipality"]) for feature in features))


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


def explain_profile(found: Mapping[str, Any], file: str) -> Fault | None:
    """Tell a fault of the model in the months of a profile; None for any other fault."""
    where = found["loc"]
    if where[:1] != ("profiles",) or not _in_months(found):
        return None
    values: dict[str, object] = {"file": file, "key": f"profiles.{where[1]}.months"}
    if len(where) > 3:
        message = (
            "{file}: '{key}' = {value} is not allowed: a share of the year is a number, 0 or more; "
            "the twelve add up to 1."
        )
        place = {"key": f"{values['key']}[{where[3] + 1}]", "value": shown(found["input"])}
        return Fault("project_profile_share", message, {**values, **place})
    months = found["input"]["months"] if len(where) == 2 else found["input"]
    message = (
        "{file}: '{key}' = {value} is not allowed: give twelve shares of the year, January to December, each "
        "0 or more and together 1 (now {count} numbers, together {total})."
    )
    return Fault("project_profile", message, {**values, "value": shown(months), **_count(months)})


def _in_months(found: Mapping[str, Any]) -> bool:
    """Whether the months themselves are wrong: their sum (told of the whole profile), their count or one of them."""
    where = found["loc"]
    if found["type"] in ("missing", "extra_forbidden"):
        return False
    of_the_whole = len(where) == 2 and found["type"] == "value_error"
    return of_the_whole or (len(where) > 2 and where[2] == "months")


def _count(months: object) -> dict[str, object]:
    numbers = [one for one in months if isinstance(one, Real)] if isinstance(months, list | tuple) else []
    return {"count": len(numbers), "total": f"{fsum(float(one) for one in numbers):g}"}
