"""Checks of ``[[scenes]]`` that need the catalogue and the municipalities."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from kansenkaart.allowed import suggest
from kansenkaart.catalogue import Catalogue
from kansenkaart.errors import Problem
from kansenkaart.project.models import Project
from kansenkaart.project.scenes import WHOLE_REGION, Scene, split_id, split_pair
from kansenkaart.project.written import shown


def check_scenes(project: Project, catalogue: Catalogue, file: Path) -> list[Problem]:
    """Streams and municipalities that do not exist, and highlighted chances that cannot be meant.

    Whether a match is in the run is known after the run only: that becomes a remark in the quality report.
    """
    streams = project.streams or tuple(catalogue.streams)
    return [
        problem
        for number, scene in enumerate(project.scenes, start=1)
        for problem in (
            *_check_streams(scene, f"scenes[{number}]", str(file), streams),
            *_check_only(scene, f"scenes[{number}].only", str(file), streams, tuple(catalogue.kinds)),
            *_check_view(scene, f"scenes[{number}]", str(file)),
            *_check_highlight(scene, f"scenes[{number}]", str(file), streams),
        )
    ]


def _check_streams(scene: Scene, key: str, file: str, streams: tuple[str, ...]) -> Iterator[Problem]:
    for stream in scene.streams:
        if stream not in streams:
            yield _unknown_stream(file, f"{key}.streams", stream, streams)


def _check_only(
    scene: Scene, key: str, file: str, streams: tuple[str, ...], kinds: tuple[str, ...]
) -> Iterator[Problem]:
    only = scene.only
    if only.stream is not None and only.stream not in streams:
        yield _unknown_stream(file, f"{key}.stream", only.stream, streams)
    message = "{file}: '{key}' = {value} is no kind of place. {hint} Give a kind of the catalogue."
    for name, kind in (("from_kind", only.from_kind), ("to_kind", only.to_kind)):
        if kind is not None and kind not in kinds:
            values = {"key": f"{key}.{name}", "value": shown(kind), "hint": suggest(kind, sorted(kinds))}
            yield Problem("project_scene_kind", message, {"file": file, **values})
    message = "{file}: '{key}' = {value} is no municipality of 2023. {hint} Give the name of one."
    towns = {"from_municipality": only.from_municipality, "to_municipality": only.to_municipality}
    for name, town in towns.items():
        if town is not None and not _is_municipality(town):
            values = {"key": f"{key}.{name}", "value": shown(town), "hint": _suggest_municipality(town)}
            yield Problem("project_scene_town", message, {"file": file, **values})


def _check_view(scene: Scene, key: str, file: str) -> Iterator[Problem]:
    if scene.view == WHOLE_REGION or _is_municipality(scene.view):
        return
    message = (
        "{file}: '{key}' = {value} is no municipality of 2023. {hint} "
        'Give its name, "region", or latitude, longitude and zoom.'
    )
    values = {"file": file, "key": f"{key}.view", "value": shown(scene.view)}
    yield Problem("project_scene_place", message, {**values, "hint": _suggest_municipality(scene.view)})


def _check_highlight(scene: Scene, key: str, file: str, streams: tuple[str, ...]) -> Iterator[Problem]:
    for place, text in enumerate(scene.highlight, start=1):
        here = f"{key}.highlight[{place}]"
        parts = split_id(text)
        if parts is None:
            if split_pair(text) is None:
                message = (
                    "{file}: '{key}' = {value} is no chance. Give the id of a match (stream|supply|demand, see "
                    "tables/matches.csv), or both names with an arrow between them: 'supply -> demand'."
                )
                yield Problem(
                    "project_scene_match", message, {"file": file, "key": here, "value": shown(text)}
                )
        elif parts[0] not in streams:
            yield _unknown_stream(file, here, parts[0], streams)
        elif scene.streams and parts[0] not in scene.streams:
            message = (
                "{file}: '{key}' = {value} is a chance of a stream that the scene leaves out. "
                "Add {stream} to '{scene}.streams', or leave the chance out."
            )
            values = {"file": file, "key": here, "value": shown(text), "stream": parts[0], "scene": key}
            yield Problem("project_scene_hidden", message, values)


def _unknown_stream(file: str, key: str, stream: str, streams: Iterable[str]) -> Problem:
    message = "{file}: '{key}' names {value}, which is no stream of this project. {hint}"
    values = {"file": file, "key": key, "value": shown(stream), "hint": suggest(stream, sorted(streams))}
    return Problem("project_scene_stream", message, values)


def _is_municipality(text: str) -> bool:
    return text.strip().casefold() in {name.casefold() for name in municipality_names()}


def _suggest_municipality(text: str) -> Problem:
    names = {name.casefold(): name for name in municipality_names()}
    near = [names[name] for name in get_close_matches(text.casefold(), names, n=3)]
    return suggest(text, municipality_names(), near=near)


@cache
def municipality_names() -> tuple[str, ...]:
    """Names of the municipalities of 2023, as the package's boundaries write them."""
    path = files("kansenkaart") / "catalogue" / "boundaries" / "gemeenten_2023.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return tuple(sorted(str(feature["properties"]["municipality"]) for feature in features))
