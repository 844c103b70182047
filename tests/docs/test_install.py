"""What a user installs is whole: built, installed without the tools of the tests, run far from the repository."""

import os
import re
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.small_project import write_project

NO_INDEX = ("No matching distribution found for hatchling", "Could not find a version that satisfies")
# The tools of the tests, of which the installed package must not need one.
TOOLS = ("pytest", "hypothesis", "nbclient", "psutil", "playwright")


@pytest.fixture(scope="module")
def wheel(request, tmp_path_factory):
    """Return a wheel of a copy of the project; skipped where pip reaches no index for the build tool."""
    source = tmp_path_factory.mktemp("source") / "kansenkaart"
    root = request.config.rootpath
    shutil.copytree(
        root / "kansenkaart", source / "kansenkaart", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--retries", "1", "-w", "dist", "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=300)
    if done.returncode and any(reason in done.stderr for reason in NO_INDEX):
        pytest.skip("pip reaches no package index, and building a wheel needs hatchling from there")
    assert done.returncode == 0, done.stderr
    return next((source / "dist").glob("kansenkaart-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Return the folder with the commands of a fresh environment: the wheel and what it says it needs."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    _link_needs(packages)
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "-q"]
    subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True, timeout=300)
    return folder / "bin"


def _link_needs(packages):
    """Link what kansenkaart declares to need, and what that needs, from the environment of the tests."""
    here = Path(site.getsitepackages()[0])
    for name in _list_needs("kansenkaart") - {"kansenkaart"}:
        tops = {file.parts[0] for file in distribution(name).files or () if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            if (here / top).exists() and not (packages / top).exists():
                (packages / top).symlink_to(here / top)


def _list_needs(name):
    todo, found = [name], set()
    while todo:
        one = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if one in found:
            continue
        try:
            requires = distribution(one).requires or []
        except ModuleNotFoundError:  # needed on another platform only
            continue
        found.add(one)
        todo += [re.match(r"[\w.-]+", need)[0] for need in requires if "extra ==" not in need]
    return found


def _run(installed, *arguments, folder):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment["COLUMNS"] = "200"  # a table as wide as this is not cut within a name
    # Compiling all for one small region takes half a minute; tests/matches/test_machine_code.py does.
    environment["NUMBA_DISABLE_JIT"] = "1"
    return subprocess.run(
        [str(installed / arguments[0]), *arguments[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel, root):
    sources = root / "kansenkaart" / "maps" / "page"  # of the page's bundle: for developers
    package = {
        file.relative_to(root).as_posix()
        for file in (root / "kansenkaart").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and sources not in file.parents
    }
    assert "kansenkaart/maps/assets/page.js" in package
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == package
    assert "kansenkaart/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_installed_package_is_the_wheel_without_the_tools_of_the_tests(installed, tmp_path, root):
    script = (
        "import importlib.util as u, kansenkaart; print(kansenkaart.__file__); "
        f"print([name for name in {TOOLS!r} if u.find_spec(name)])"
    )
    file, tools = _run(installed, "python", "-c", script, folder=tmp_path).stdout.splitlines()
    assert Path(file).is_relative_to(installed.parent)
    assert tools == "[]"


def test_the_installed_command_says_its_version_and_its_catalogue(installed, tmp_path):
    said = _run(installed, "kansenkaart", "--version", folder=tmp_path)
    assert said.stdout.split()[-1] == distribution("kansenkaart").version
    shown = _run(installed, "kansenkaart", "catalogue", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "restwarmte_ht" in shown.stdout


def test_the_installed_command_makes_and_builds_anywhere(installed, tmp_path):
    assert _run(installed, "kansenkaart", "new", "één regio", folder=tmp_path).returncode == 0
    assert (tmp_path / "één regio" / "layers" / "aanbod.csv").exists()
    write_project(tmp_path / "data" / "proef")
    out = tmp_path / "kaarten van Súdwest-Fryslân" / "één uit"
    done = _run(installed, "kansenkaart", "build", "data/proef", "-q", "-o", str(out), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("kansenkaart.html", "kansenkaart.gpkg", "kansenkaart.xlsx", "quality.html", "manifest.json"):
        assert (out / name).stat().st_size > 0
