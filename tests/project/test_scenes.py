"""Scenes of the project file: what cannot be shown is told by key and value, in the user's language."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kansenkaart.cli.screen import translate
from kansenkaart.errors import ProjectError
from kansenkaart.project import LoadedProject, load_project
from kansenkaart.project.checks import municipality_names
from kansenkaart.project.scenes import DISTANCES_KM, DRAWN, SHARE_STEP
from kansenkaart.texts import load_texts

Load = Callable[..., LoadedProject]

HEAD = """
title = "Proef"
reference_year = 2025
streams = ["restwarmte_ht", "co2", "gft"]
[region]
province = "Noord-Holland"
[[layers]]
name = "a"
path = "a.csv"
[[scenes]]
"""


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Return a loader of a project with one scene of these lines."""

    def run(*lines: str, head: str = HEAD) -> LoadedProject:
        (tmp_path / "a.csv").write_text("id\n", encoding="utf-8")
        (tmp_path / "kansenkaart.toml").write_text(head + "\n".join(lines), encoding="utf-8")
        return load_project(tmp_path)

    return run


def told(load: Load, *lines: str) -> list[str]:
    """Return what is wrong, in Dutch."""
    with pytest.raises(ProjectError) as caught:
        load('title = "Zo"', *lines)
    return [translate(problem, load_texts("nl")) for problem in caught.value.faults]


def test_a_scene_holds_what_is_written_and_is_quiet_about_the_rest(load: Load) -> None:
    (scene,) = load(
        'title = "Warmte"', 'text = "Eerst dit.\\n\\nDan dat."', 'streams = ["co2"]', "max_km = 7.5",
        "leave_out_smallest = 40", 'view = "haarlemmermeer"', 'highlight = ["co2|a:1|a:2", "A → B", "A -> B"]',
        'classes = ["kansrijk"]', 'tab = "gaps"', 'side = "demand"',
    ).project.scenes  # fmt: skip
    assert (scene.title, scene.streams, scene.max_km, scene.side) == ("Warmte", ("co2",), 7.5, "demand")
    (plain,) = load('title = "Kaal"').project.scenes
    assert (plain.view, plain.zoom, plain.max_km, plain.highlight, plain.tab) == (
        "region",
        None,
        None,
        (),
        "streams",
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('streams = ["restwarmte"]', ["'scenes[1].streams' noemt \"restwarmte\"", "restwarmte_ht"]),
        ('streams = ["struviet_fosfaat"]', ["'scenes[1].streams'", "geen stroom van dit project"]),
        ('classes = ["zeker"]', ["'scenes[1].classes[1]' = \"zeker\"", '"verkennen"']),
        ("max_km = 8", ["'scenes[1].max_km' = 8 mag niet", "7.5, 10"]),
        ("max_km = -1", ["'scenes[1].max_km' = -1 mag niet"]),
        ('max_km = "8"', ["geef een getal, zonder aanhalingstekens"]),
        ("leave_out_smallest = 12", ["'scenes[1].leave_out_smallest' = 12 mag niet", "0, 5, 10"]),
        ("leave_out_smallest = 100", ["geef een getal van 95 of minder"]),
        ('view = "Harlem"', ["'scenes[1].view' = \"Harlem\" is geen gemeente", "Haarlem"]),
        ("zoom = 9", ["geef latitude, longitude en zoom alle drie"]),
        ("latitude = 52\nlongitude = 5\nzoom = 99", ["'scenes[1].zoom' = 99", "17 of minder"]),
        ('latitude = 52\nlongitude = 5\nzoom = 9\nview = "Haarlem"', ["geef óf view, óf latitude"]),
        ('side = "demand"', ['side doet niets zonder tab = "gaps"']),
        ('highlight = ["co2"]', ["'scenes[1].highlight[1]' = \"co2\" is geen kans", "aanbod -> vraag"]),
        ('highlight = ["co2|a:1"]', ["is geen kans"]),
        ('highlight = ["-> B"]', ["is geen kans"]),
        ('highlight = ["slib|a:1|a:2"]', ["'scenes[1].highlight[1]' noemt \"slib\""]),
        (
            'streams = ["gft"]\nhighlight = ["co2|a:1|a:2"]',
            ["die deze scène weglaat", "Voeg co2 toe aan 'scenes[1].streams'"],
        ),
        ('tab = "kansen"', ['kies een van: "clusters", "streams", "chances", "gaps"']),
        ("drawn = 250", ["'scenes[1].drawn' = 250", "12, 50, 100, 300, 1000 of 3000"]),
        ("search = 5", ["'scenes[1].search' = 5"]),
        ('only = { van = "Haarlem" }', ["'scenes[1].only.van'"]),
        ('only = { pays = "nee" }', ["'scenes[1].only.pays' = \"nee\""]),
        ('only = { stream = "slib" }', ["'scenes[1].only.stream' noemt \"slib\""]),
        (
            'only = { to_kind = "kas" }',
            ["'scenes[1].only.to_kind' = \"kas\" is geen soort plek", "Toegestaan: arable_area, "],
        ),
        ('only = { to_kind = "grenhouse" }', ["Het lijkt op: greenhouse, "]),
        ('only = { from_municipality = "Xxxx" }', ["Toegestaan: 's-Gravenhage, "]),
        ('only = { from_municipality = "Harlem" }', ["'scenes[1].only.from_municipality'", "Haarlem"]),
        ('tekst = "x"', ["onbekende sleutel 'scenes[1].tekst'", "'text'"]),
    ],
)
def test_what_cannot_be_shown_is_told(load: Load, line: str, words: list[str]) -> None:
    problems = told(load, line)
    assert len(problems) == 1
    assert "kansenkaart.toml" in problems[0]
    for word in words:
        assert word in problems[0]


def test_every_fault_of_every_scene_is_told_at_once(load: Load) -> None:
    problems = told(
        load, 'view = "Nergens"', "[[scenes]]", 'title = "B"', 'streams = ["x"]', 'highlight = ["y"]'
    )
    assert [re.search(r"'(scenes\S+)'", line)[1] for line in problems] == [
        "scenes[1].view",
        "scenes[2].streams",
        "scenes[2].highlight[1]",
    ]


def test_without_a_title_there_is_no_scene(load: Load) -> None:
    with pytest.raises(ProjectError, match=r"scenes\[1\]\.title"):
        load('text = "x"')


def test_the_sliders_of_the_map_have_these_steps(root: Path) -> None:
    page = root / "kansenkaart" / "maps" / "page"
    drawn = re.search(r"DRAWN = \[(.*)\]", (page / "state" / "filters.js").read_text("utf-8"))
    assert tuple(int(one) for one in drawn[1].split(",")) == DRAWN
    steps = re.search(
        r"DISTANCES_KM = \[(.*), Infinity\]", (page / "state" / "filters.js").read_text("utf-8")
    )
    assert tuple(float(one) for one in steps[1].split(",")) == DISTANCES_KM
    assert f"smallest: place * {SHARE_STEP} " in (page / "panel" / "controls.js").read_text("utf-8")


def test_municipalities_are_those_of_the_boundaries() -> None:
    assert {"Haarlemmermeer", "Bergen (NH.)", "'s-Gravenhage"} <= set(municipality_names())
    assert len(municipality_names()) == 342


def test_the_example_tells_its_story(root: Path) -> None:
    scenes = load_project(root / "data" / "noord-holland").project.scenes
    assert 4 <= len(scenes) <= 9
    # Clusters first, then flows, then chances.
    assert scenes[0].tab == "clusters"
    assert all(scene.text for scene in scenes)
    told = {stream for scene in scenes for stream in scene.streams}
    # The three examples of the handbook's Kassen en Zaden.
    assert {"struviet_fosfaat", "meststof_fosfaat"} <= told
    assert any({"restwarmte_ht", "co2"} <= set(scene.streams) and "AEB" in scene.text for scene in scenes)
    fibre = {"tuinbouwreststroom", "bermgras_maaisel", "textielvezel"}
    assert any(fibre <= set(scene.streams) and "bietenpulp" in scene.text for scene in scenes)
