"""What the README says can be done as it stands there: every command, the Python lines, the links."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest

from kansenkaart.cli.main import run
from tests.small_project import LAYER, ROWS, TOML

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
INLINE = re.findall(r"`((?:make|kansenkaart)\b[^`]*)`", README)
# `make test` would run this test again; `pip install .` has a test of its own (test_install.py).
ELSEWHERE = {"make test", "pip install ."}
PARTS = ("kansenkaart", "data", "docs", "README.md", "LICENSE", "Makefile", "pyproject.toml")


def _commands():
    lines = [line for language, block in BLOCKS if not language for line in block.splitlines()]
    commands = [line.split("#")[0].strip() for line in lines]
    return [command for command in commands if command and command not in ELSEWHERE]


@pytest.fixture(scope="module")
def clone(request, tmp_path_factory):
    """Return a copy of the project whose environment is the one that runs the tests; its example is a small region."""
    folder = tmp_path_factory.mktemp("clone") / "kansenkaart"
    folder.mkdir()
    for part in PARTS:
        source = request.config.rootpath / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__", "uit*"))
        else:
            shutil.copy(source, folder / part)
    example = folder / "data" / "noord-holland"
    (example / "kansenkaart.toml").write_text(TOML, encoding="utf-8")
    (example / "a.csv").write_text(LAYER + ROWS, encoding="utf-8")
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    return folder


def _run(command, folder):
    words = shlex.split(command)
    if words[0] == "make":
        # the environment is there already: making it is what CI does from a clean clone
        words += ["-o", ".venv/bin/python", "-o", ".venv/bin/.runtime"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return subprocess.run(
        words, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=300
    )


def test_the_commands_of_the_readme_are_found():
    assert {"make demo", "kansenkaart build data/noord-holland"} <= set(_commands())


@pytest.mark.parametrize("command", _commands())
def test_every_command_of_the_readme_works(command, clone):
    if command.startswith("make") and shutil.which("make") is None:
        pytest.skip("no make: apt-get install make")
    done = _run(command, clone)
    assert done.returncode == 0, done.stdout + done.stderr
    named = re.findall(r"\S*kansenkaart\.html", done.stdout)
    assert bool(named) == ("build" in command or "demo" in command)
    for file in named:
        assert (clone / file).stat().st_size > 100_000


def test_a_region_of_your_own_goes_from_new_to_a_map(tmp_path, monkeypatch, capsys):
    assert {"kansenkaart check mijn-regio", "kansenkaart build mijn-regio"} <= set(INLINE)
    assert "kansenkaart new mijn-regio --province Utrecht" in _commands()
    monkeypatch.chdir(tmp_path)
    assert run(["new", "mijn-regio", "--province", "Utrecht"]) == 0
    layers = tmp_path / "mijn-regio" / "layers"
    rows = {
        "aanbod": {"name": "Bron", "kind": "industry", "supply_restwarmte_ht_gj_y": "200000"},
        "vraag": {"name": "Kas", "kind": "greenhouse", "glass_ha": "12"},
    }
    for name, row in rows.items():
        file = layers / f"{name}.csv"
        full = {"id": "a", "x_rd": "136000", "y_rd": "455000", "status": "active", **row}
        columns = file.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert set(full) <= set(columns)
        with file.open("a", encoding="utf-8") as layer:
            layer.write(",".join(full.get(column, "") for column in columns) + "\n")
    for command in (["check", "mijn-regio", "-v"], ["build", "mijn-regio"]):
        assert run(command) == 0
        # the empty layers promise what they ask
        assert "kolommen zijn niet gebruikt" not in capsys.readouterr().out
    assert (tmp_path / "mijn-regio" / "uit" / "kansenkaart.html").exists()


def test_make_alone_lists_the_rest(clone):
    if shutil.which("make") is None:
        pytest.skip("no make: apt-get install make")
    done = subprocess.run(["make"], cwd=clone, capture_output=True, text=True, check=True)
    for target in ("demo", "test", "check", "docs", "bench"):
        assert f"make {target} " in done.stdout


def test_the_python_lines_run_and_give_what_they_name():
    [block] = [block for language, block in BLOCKS if language == "python"]

    def layer(site_id, quantity, x):
        columns = {"site_id": [site_id], "quantity": [quantity]}
        return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy([x], [480_000]), crs="EPSG:28992")

    names = {"supply": layer("bron", 10.0, 110_000), "demand": layer("kas", 4.0, 119_999)}
    exec(compile(block, "README.md", "exec"), names)
    result = names["result"]
    assert result.matches["quantity"].tolist() == [4.0]
    assert result.gaps["remaining"].tolist() == [6.0, 0.0]
    assert result.certificate.is_optimal


def test_every_link_of_the_readme_points_at_something(root):
    links = re.findall(r"\]\(([^)#]+)", README)
    assert links
    missing = [link for link in links if "://" not in link and not (root / link).exists()]
    assert not missing
