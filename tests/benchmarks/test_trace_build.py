"""What runs for a project of two places and one match stays small enough to read: a project has what it asks for."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

MOST_MODULES = 75

# Each of these is for projects that have it; named so that one that creeps in is found at once.
ASKED_FOR = (
    *("matches/pairs/networks.py", "matches/why/network_words.py", "matches/why/elsewhere.py"),
    *(
        "matches/pairs/friction_paths.py",
        "matches/pairs/road_network.py",
        "matches/program/",
        "matches/long_range/",
    ),
    *(
        "sources/abroad.py",
        "sources/doubles.py",
        "sources/narrow.py",
        "sources/overrides.py",
        "project/own_recipes.py",
    ),
    *("sources/trades.py", "sources/networks.py", "sources/read_decisions.py", "clusters/", "flows/balance/"),
    *("catalogue/words.py", "maps/scenes.py", "exports/geopackage/", "database/"),
)


@pytest.fixture(scope="module")
def traced(pytestconfig) -> tuple[int, list[str]]:
    """Trace a build in a process of its own: what was read and compiled before would not run again."""
    script = pytestconfig.rootpath / "benchmarks" / "trace_build.py"
    told = subprocess.run(
        [sys.executable, str(script), "--names"], capture_output=True, text=True, check=True, timeout=300
    ).stdout
    count = re.match(r"(\d+) modules and \d+ functions", told)
    assert count is not None, told
    return int(count[1]), re.findall(r"^\S+\.py$", told, re.MULTILINE)


def test_two_places_and_one_match_run_few_modules(traced):
    count, names = traced
    assert len(names) == len(set(names)) == count <= MOST_MODULES, names


def test_what_the_project_does_not_have_does_not_run(traced):
    _, names = traced
    assert {"pipeline.py", "sources/sites.py", "matches/matches.py", "maps/workshop_map.py"} <= set(names)
    assert [name for name in names if name.startswith(ASKED_FOR)] == []
