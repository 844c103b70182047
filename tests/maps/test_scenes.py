"""Scenes in the numbers of a run: which chances are pointed at, where the map looks, and what is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from kansenkaart.maps.scenes import Run, describe_scenes, find_matches_of, find_scene_remarks, name_scenes
from kansenkaart.project import LoadedProject, Scene
from kansenkaart.tables import FINDINGS, Frames
from tests.maps.frames import make_loaded

Described = Callable[..., list[dict[str, object]]]


@pytest.fixture
def load() -> Callable[..., LoadedProject]:
    """Return a maker of projects with scenes."""
    return lambda *scenes, **settings: make_loaded(scenes=list(scenes), **settings)


@pytest.fixture
def describe(frames: Frames, load: Callable[..., LoadedProject]) -> Described:
    """Return what the page gets of scenes."""

    def run(*scenes: dict[str, object]) -> list[dict[str, object]]:
        return describe_scenes(frames, load(*scenes))

    return run


@pytest.fixture
def ranked(frames: Frames) -> pd.DataFrame:
    """Return the chances as the page numbers them, with names."""
    names = frames.sites.set_index("site_id")["name"]
    matches = frames.matches.sort_values("rank").reset_index(drop=True)
    return matches.assign(supply=matches["supply_id"].map(names), demand=matches["demand_id"].map(names))


def test_a_chance_is_pointed_at_by_id_and_by_names(describe: Described, ranked: pd.DataFrame) -> None:
    one, other = ranked.iloc[4], ranked.iloc[9]
    (scene,) = describe(
        {"title": "A", "highlight": [f" {other.supply.upper()}  ->  {other.demand}", one.match_id]}
    )
    same = ranked.index[(ranked["supply"] == other.supply) & (ranked["demand"] == other.demand)]
    assert scene["highlight"] == sorted({4, *same})


def test_two_names_mean_every_stream_of_the_scene_between_them(frames: Frames, ranked: pd.DataFrame) -> None:
    one = ranked.iloc[0]
    matches = pd.concat([ranked, ranked.iloc[[0]].assign(stream="compost", match_id="compost|x|y")])
    run = Run(matches, frames.sites, frames.municipalities, frames.site_clusters)
    text = f"{one.supply} → {one.demand}"
    assert find_matches_of(text, Scene(title="A"), run) == [0, len(ranked)]
    assert find_matches_of(text, Scene(title="A", streams=("compost",)), run) == [len(ranked)]
    assert find_matches_of(one.match_id, Scene(title="A", streams=("compost",)), run) == []


def test_a_name_that_holds_an_arrow_or_a_bar_points_by_id(frames: Frames, ranked: pd.DataFrame) -> None:
    sites = frames.sites.assign(name="A -> B")
    run = Run(ranked, sites, frames.municipalities, frames.site_clusters)
    assert find_matches_of(ranked["match_id"][3], Scene(title="A"), run) == [3]


def test_a_municipality_is_looked_at_whole(describe: Described, frames: Frames) -> None:
    (scene,) = describe({"title": "A", "view": " haarlemmermeer"})
    shapes = frames.municipalities
    bounds = shapes[shapes["municipality"] == "Haarlemmermeer"].total_bounds
    assert scene["bounds"] == pytest.approx(list(bounds), abs=0.1)
    (region, point) = describe({"title": "A"}, {"title": "B", "latitude": 52.4, "longitude": 4.9, "zoom": 11})
    assert (region["bounds"], region["position"]) == (None, None)
    assert (point["bounds"], point["position"]) == (None, [52.4, 4.9, 11.0])


def test_what_is_not_in_the_run_is_a_remark_and_the_rest_is_shown(
    frames: Frames, load: Callable[..., LoadedProject], describe: Described, ranked: pd.DataFrame
) -> None:
    good = ranked["match_id"][0]
    scenes = (
        {"title": "A", "highlight": [good, "gft|weg:1|weg:2", "Niemand -> Nergens"]},
        {"title": "B {0}", "view": "Maastricht"},
    )
    found = find_scene_remarks(frames, loaded=load(*scenes))
    FINDINGS.check(found)
    assert found["column"].tolist() == ["scenes[1].highlight[2]", "scenes[1].highlight[3]", "scenes[2].view"]
    assert found["value"].tolist() == ["gft|weg:1|weg:2", "Niemand -> Nergens", "Maastricht"]
    assert found["severity"].unique().tolist() == ["warning"]
    assert "‘B {0}’" in found["reason"][2]
    shown = describe(*scenes)
    assert [scene["highlight"] for scene in shown] == [[0], []]
    assert shown[1]["bounds"] is None


def test_a_project_without_scenes_has_no_remarks(frames: Frames, load: Callable[..., LoadedProject]) -> None:
    found = find_scene_remarks(frames, loaded=load())
    FINDINGS.check(found)
    assert found.empty


def test_remarks_are_in_the_language_of_the_project(
    frames: Frames, load: Callable[..., LoadedProject]
) -> None:
    project = load({"title": "A", "highlight": ["x -> y"]}, language="en")
    found = find_scene_remarks(frames, loaded=project)
    assert "is not on this map" in found["reason"][0]


def test_names_for_the_address_are_plain_and_never_twice() -> None:
    titles = ("Één twee!", "een  twee", "een-twee-2", "start", "Stroom gft", "→", "x" * 500, "\u202e<b>")
    names = name_scenes(tuple(Scene(title=title) for title in titles))
    assert names[:5] == ["een-twee", "een-twee-2", "een-twee-2-2", "scene-start", "scene-stroom-gft"]
    assert len(set(names)) == len(names)
    assert all(name and len(name) < 80 and name.replace("-", "").isalnum() for name in names)


def test_the_example_points_only_at_what_is_there(noord_holland: object) -> None:
    frames, loaded = noord_holland.frames, noord_holland.loaded
    assert not frames.findings["key"].str.startswith("scene_").any()
    run = Run(frames.matches.sort_values("rank"), frames.sites, frames.municipalities, frames.site_clusters)
    pointed = {
        text: find_matches_of(text, scene, run) for scene in loaded.project.scenes for text in scene.highlight
    }
    assert pointed
    assert all(pointed.values())


def test_what_is_let_through_is_named_as_in_an_address(
    frames: Frames, describe: Described, load: Callable[..., LoadedProject], ranked: pd.DataFrame
) -> None:
    sites = frames.sites.set_index("site_id")
    giver, taker = sites.loc[ranked["supply_id"][0]], sites.loc[ranked["demand_id"][0]]
    only = {
        "from_municipality": f" {giver['municipality'].upper()} ", "to_kind": taker["kind"],
        "stream": ranked["stream"][0], "pays": False,
    }  # fmt: skip
    (scene,) = describe({"title": "A", "only": only, "search": "zon", "drawn": 100})
    assert (scene["search"], scene["drawn"]) == ("zon", 100)
    assert scene["only"] == {
        "van": giver["municipality"], "naar_soort": taker["kind"], "langs": ranked["stream"][0], "loont_niet": "1"
    }  # fmt: skip
    absent = {"title": "B", "only": {"to_municipality": "Vaals", "from_kind": "sawmill", "stream": "compost"}}
    (scene,) = describe(absent)
    assert scene["only"] == {}
    remarks = find_scene_remarks(frames, loaded=load(absent, {"title": "A", "only": only}))
    assert sorted(remarks["column"]) == [
        f"scenes[1].only.{key}" for key in ("from_kind", "stream", "to_municipality")
    ]
    assert set(remarks["key"]) == {"scene_only_absent"}


def test_a_cluster_is_let_through_by_name_and_by_number(noord_holland: object) -> None:
    frames, loaded = noord_holland.frames, noord_holland.loaded
    first = frames.site_clusters.iloc[0]
    for said in (first["cluster"].upper(), first["cluster_id"]):
        scene = Scene(title="A", tab="clusters", only={"cluster": said})
        project = loaded.project.model_copy(update={"scenes": (scene,)})
        (told,) = describe_scenes(frames, replace(loaded, project=project))
        assert told["only"] == {"cluster": first["cluster_id"]}
        assert told["tab"] == "clusters"
    project = loaded.project.model_copy(
        update={"scenes": (Scene(title="A", only={"cluster": "Vaals: kas"}),)}
    )
    found = find_scene_remarks(frames, loaded=replace(loaded, project=project))
    assert found["value"].tolist() == ["Vaals: kas"]
