"""The recipes of the contributor's page, followed to the letter in a copy of the program."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.docs.copied import PROJECT, build_with

ROOT = Path(__file__).parents[2]
STEP = re.compile(
    r"^`(?P<file>[^`]+)`, (?:at the end|after `(?P<line>[^`]+)`):\n\n```\w+\n(?P<text>.*?)```", re.M | re.S
)
POINTS = """[[layers]]
name = "punten"
path = "punten.gpx"
table = "waypoints"
rename = {{ type = "kind", name = "id", desc = "demand_restwarmte_lt_gj_y" }}
source = "proef"
year = 2025
"""
ROWS = """id,name,kind,x,y,ice_m2,supply_metalen_t_y,demand_metalen_t_y,quay
1,IJsbaan,ice_rink,102000,498000,10000,,,
2,Schroothandel,industry,103500,499500,,500,,yes
3,Staalfabriek,steel,101500,498500,,,500,yes
"""
GPX = """<?xml version="1.0"?>
<gpx version="1.1" creator="proef" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="52.46900" lon="4.61165"><name>bad</name><desc>20000</desc><type>pool</type></wpt>
</gpx>
"""


def _follow(folder: Path, *titles: str) -> None:
    """Do what the recipes say, step by step; a step that names no file or line of today is out of date."""
    page = (ROOT / "docs" / "contributor.md").read_text("utf-8")
    for title in titles:
        part = re.search(rf"^## {title}\n(.*?)(?=^## )", page, re.M | re.S)
        assert part is not None, title
        steps = list(STEP.finditer(part[1]))
        assert steps, title
        for step in steps:
            file = folder / step["file"]
            lines = file.read_text("utf-8").splitlines(keepends=True)
            here = len(lines)
            if step["line"]:
                found = [number for number, line in enumerate(lines, 1) if line.rstrip("\n") == step["line"]]
                assert len(found) == 1, f"{title}: {step['file']} has {len(found)} lines {step['line']!r}"
                (here,) = found
            file.write_text("".join([*lines[:here], step["text"], *lines[here:]]), "utf-8")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the program in which every recipe was followed."""
    folder = tmp_path_factory.mktemp("program")
    for name in ("kansenkaart", "tests/page"):
        shutil.copytree(ROOT / name, folder / name)
    _follow(
        folder,
        "A new kind of place",
        "A new price or kengetal",
        "A new text",
        "A new layer format",
        "A new control on the map",
    )
    return folder


LANGUAGES = ("nl", "en")


@pytest.fixture(scope="module")
def both(program: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[pd.DataFrame, str]]:
    """Return the chances of a region with an ice rink, scrap between two quays and a pool from a GPS, by language."""
    folder = tmp_path_factory.mktemp("regio")
    (folder / "punten.gpx").write_text(GPX, encoding="utf-8")
    projects = {name: (PROJECT + POINTS).format(language=name) for name in LANGUAGES}
    return build_with(program, folder, projects, ROWS)


@pytest.fixture(params=LANGUAGES)
def built(both: dict[str, tuple[pd.DataFrame, str]], request: pytest.FixtureRequest) -> pd.DataFrame:
    """Return its chances in one language, by stream."""
    return both[request.param][0].set_index("stream").assign(language=request.param)


def test_a_kind_of_place_and_a_layer_format_give_a_chance(built):
    """Heat of the rink goes to the pool next door, which a GPS knows."""
    chance = built.loc["restwarmte_lt"]
    assert (chance["supply_id"], chance["demand_id"]) == ("bronnen:1", "punten:bad")
    assert 15_000 < chance["quantity"] <= 20_000
    note = {"nl": "de baan ligt in de zomer stil", "en": "the rink rests in summer"}[chance["language"]]
    assert note in chance["reason"]


def test_a_price_makes_a_stream_worth_money(built):
    assert 0 < built.loc["metalen", "net_eur_y"] < 500 * 120


def test_a_text_is_said_where_it_is_true(built):
    said = {"nl": "het kan ook per schip", "en": "it may go by ship, too"}
    truth = built["reason"].str.contains(said[built["language"].iloc[0]])
    assert truth.to_dict() == {"restwarmte_lt": False, "metalen": True}


def _node(program: Path, *arguments: str) -> str:
    node = Path(sys.executable).parent / "node"
    if not (node.exists() and (ROOT / "node_modules").is_dir()):
        pytest.skip("No node here. Enable: make check, once.")
    if not (program / "node_modules").exists():
        (program / "node_modules").symlink_to(ROOT / "node_modules")
        shutil.copy(ROOT / "package.json", program)
    done = subprocess.run([node, *arguments], cwd=program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_control_is_built_into_the_page_and_narrows_it_down(program):
    _node(program, "kansenkaart/maps/page/build.js")
    assert "kk-paying" in (program / "kansenkaart" / "maps" / "assets" / "page.js").read_text("utf-8")
    assert "pays" in _node(program, "--test", "--test-reporter=spec", "tests/page/filters.test.js")


def test_the_walk_of_one_place_names_files_and_functions_of_today():
    """At most fifteen files, and every function is in the file of its row."""
    page = (ROOT / "docs" / "contributor.md").read_text("utf-8")
    walk = page.split("## The walk of one place")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([^`]+)` \| `(\w+)`", walk, re.M)
    assert 10 < len(rows) <= 15
    for file, function in rows:
        text = (ROOT / "kansenkaart" / file).read_text("utf-8")
        assert re.search(rf"\b(def|function|const) {function}\b", text), (file, function)
