"""The scenes of a project on the page: what each shows, and what it points at that the run does not hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from kansenkaart.project import LoadedProject, Scene
from kansenkaart.project.scenes import WHOLE_REGION, split_pair
from kansenkaart.tables import Remarks
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import load_texts

# Names that the page gives to the scenes it makes itself.
START = "start"
OF_STREAM = "stroom-"

# Keys of a scene's choice in the flow diagram, and their names in the page's address; see through.js.
_ONLY = {
    "from_municipality": "van",
    "from_kind": "van_soort",
    "stream": "langs",
    "to_municipality": "naar",
    "to_kind": "naar_soort",
    "pays": "loont_niet",
    "cluster": "cluster",
}


@dataclass(frozen=True)
class Run:
    """What of a run a scene speaks of: the frames ``MATCHES, SITES, MUNICIPALITIES`` and ``SITE_CLUSTERS``."""

    matches: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    municipalities: gpd.GeoDataFrame
    clusters: pd.DataFrame


def describe_scenes(frames: Frames, loaded: LoadedProject) -> list[dict[str, Any]]:
    """The project's own scenes as the page reads them, chances by their place in the columns ``m.*``."""
    run = Run(
        frames.matches.sort_values("rank", kind="stable"),
        frames.sites,
        frames.municipalities,
        frames.site_clusters,
    )
    names = name_scenes(loaded.project.scenes)
    return [
        {"name": name, **_describe(scene, run)}
        for name, scene in zip(names, loaded.project.scenes, strict=True)
    ]


def find_scene_remarks(frames: Frames, *, loaded: LoadedProject) -> pd.DataFrame:
    """Frame ``FINDINGS``: what scenes point at and the run does not hold; such a scene is shown without it."""
    texts, run = (
        load_texts(loaded.project.language),
        Run(frames.matches, frames.sites, frames.municipalities, frames.site_clusters),
    )
    remarks = Remarks(texts, layer="scenes", file=loaded.path.name)
    for number, scene in enumerate(loaded.project.scenes, start=1):
        for key, name, value in _absent(scene, run):
            told = {"number": number, "title": scene.title}
            remarks.add(name, value, told, column=f"scenes[{number}].{key}")
    return remarks.frame()


def name_scenes(scenes: tuple[Scene, ...]) -> list[str]:
    """Return a name for the address of every scene: its title in plain letters, none twice.

    Examples
    --------
    >>> name_scenes((Scene(title="Warmte & CO₂"), Scene(title="warmte, co2!"), Scene(title="→")))
    ['warmte-co2', 'warmte-co2-2', 'scene']
    """
    names: list[str] = []
    for scene in scenes:
        plain = unicodedata.normalize("NFKD", scene.title).casefold()
        name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", plain)).strip("-")[:60] or "scene"
        name = f"scene-{name}" if name == START or name.startswith(OF_STREAM) else name
        others = (f"{name}-{count}" for count in range(2, len(scenes) + 2))
        names.append(next(one for one in (name, *others) if one not in names))
    return names


def find_matches_of(text: str, scene: Scene, run: Run) -> list[int]:
    """Places in `run.matches` of the chances that a line of ``highlight`` means.

    Parameters
    ----------
    text
        Id of a match, or 'name of the supply -> name of the demand'; capitals and double spaces make no difference.
    scene
        Of two named places only the streams of the scene count.
    run
        Its matches in the order of the page, the best first.
    """
    matches = run.matches
    hit = (matches["match_id"] == text).to_numpy(dtype=bool)
    pair = split_pair(text)
    if not hit.any() and pair is not None:
        names = run.sites.set_index("site_id")["name"].map(_fold)
        hit = (matches["supply_id"].map(names) == _fold(pair[0])).to_numpy(dtype=bool)
        hit = hit & (matches["demand_id"].map(names) == _fold(pair[1])).to_numpy(dtype=bool)
    if scene.streams:
        hit = hit & matches["stream"].isin(scene.streams).to_numpy(dtype=bool)
    return [int(place) for place in hit.nonzero()[0]]


def _describe(scene: Scene, run: Run) -> dict[str, Any]:
    found = {place for text in scene.highlight for place in find_matches_of(text, scene, run)}
    return {
        "title": scene.title,
        "text": scene.text,
        "streams": list(scene.streams),
        "classes": list(scene.classes),
        "km": scene.max_km,
        "smallest": scene.leave_out_smallest,
        "search": scene.search,
        "drawn": scene.drawn,
        "only": {name: value for name, _, value in _find_only(scene, run) if value is not None},
        "position": None if scene.zoom is None else [scene.latitude, scene.longitude, scene.zoom],
        "bounds": _find_bounds(scene.view, run.municipalities),
        "highlight": sorted(found),
        "tab": scene.tab,
        "side": scene.side,
    }


def _absent(scene: Scene, run: Run) -> Iterator[tuple[str, str, str]]:
    """Yield (key, name of the finding, what is not there)."""
    for place, text in enumerate(scene.highlight, start=1):
        if not find_matches_of(text, scene, run):
            yield f"highlight[{place}]", "scene_match_absent", text
    for _, key, value in _find_only(scene, run):
        if value is None:
            yield f"only.{key}", "scene_only_absent", str(getattr(scene.only, key))
    if scene.view != WHOLE_REGION and _find_bounds(scene.view, run.municipalities) is None:
        yield "view", "scene_place_absent", scene.view


def _find_only(scene: Scene, run: Run) -> Iterator[tuple[str, str, str | None]]:
    """Yield (name in the page's address, key of the scene, value as the page knows it) of what is asked for.

    The value is None when no place or chance of the run has it.
    """
    only, sites = scene.only, run.sites
    towns = {_fold(town): str(town) for town in sites["municipality"].dropna()}
    kinds, streams = set(sites["kind"]), set(run.matches["stream"])
    for key, name in _ONLY.items():
        value = getattr(only, key)
        if value is None:
            continue
        if key.endswith("municipality"):
            yield name, key, towns.get(_fold(value))
        elif key.endswith("kind"):
            yield name, key, value if value in kinds else None
        elif key == "cluster":
            named = dict(zip(run.clusters["cluster"].map(_fold), run.clusters["cluster_id"], strict=True))
            ids = set(run.clusters["cluster_id"])
            yield name, key, named.get(_fold(value), value if value in ids else None)
        elif key == "stream":
            yield name, key, value if value in streams else None
        else:
            yield name, key, "0" if value else "1"


def _find_bounds(view: str, municipalities: gpd.GeoDataFrame) -> list[float] | None:
    """West, south, east and north of a municipality in RD metres; None for the region, or when it is not there."""
    if view == WHOLE_REGION:
        return None
    own = municipalities[municipalities["municipality"].map(_fold) == _fold(view)]
    return [float(value) for value in own.total_bounds.round(1)] if len(own) else None


def _fold(text: object) -> str:
    return " ".join(str(text).split()).casefold()
