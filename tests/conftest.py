"""What every test shares: the repository, no network, and which outside programs are there."""

from __future__ import annotations

import gc
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import hypothesis
import pandas as pd
import pytest
from hypothesis.internal.conjecture import providers
from playwright.sync_api import Browser, sync_playwright
from shapely.geometry import Point

from kansenkaart.__main__ import SELDOM
from kansenkaart.cli.main import run
from kansenkaart.pipeline import Result, Solved, build, solve, write_outputs
from kansenkaart.project import LoadedProject, Project, load_project
from kansenkaart.tables import SITES
from tests.few_outputs import choose_outputs
from tests.small_project import write_project

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "data" / "noord-holland"
SHARED = ROOT.parent / "shared"

# As the command does: frames hold few rings of objects, and looking for them takes a tenth of the time.
gc.set_threshold(*SELDOM)

pytest_plugins = ["tests.kept", "tests.skipped", "tests.maps.drawn", "tests.exports.runs"]

# The headless shell is Chromium without a window: the same engine for half the work. Else the browser itself.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
_SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What moves is at its end when a test looks: the compositor need not draw it on its way there.
    "--disable-threaded-animation",
)

# No test is a test of speed: those stand in benchmarks/.
# Every run tries the same examples; `make test-long` tries many more, others every time.
_LENIENT = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture]
hypothesis.settings.register_profile(
    "short", deadline=None, derandomize=True, max_examples=18, suppress_health_check=_LENIENT
)
hypothesis.settings.register_profile(
    "long", deadline=None, max_examples=1_000, suppress_health_check=_LENIENT, print_blob=True
)
hypothesis.settings.load_profile("short")


@pytest.fixture(autouse=True, scope="session")
def _same_examples() -> None:
    """Keep the constants of our own modules out of the examples: which are loaded depends on the tests run before."""
    if hypothesis.settings().derandomize:
        providers.is_local_module_file = lambda _file: False


@pytest.fixture(autouse=True, scope="session")
def _no_waiting_for_the_disk() -> Iterator[None]:
    """No test pulls the plug: what is written need not have reached the disk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _file: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def _text_as_the_command_holds_it() -> Iterator[None]:
    """Hold the text of small tables as the command does, a sixth faster; by night as pandas does by itself."""
    storage = "python" if hypothesis.settings().derandomize else "auto"
    with pd.option_context("mode.string_storage", storage):
        yield


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else address
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture
def root() -> Path:
    """Return the repository's folder."""
    return ROOT


@pytest.fixture
def shared() -> Path:
    """Return the folder of real open data beside the repository; the test is skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("the folder with real open data is not beside the project")
    return SHARED


@pytest.fixture
def make_sites() -> Callable[..., gpd.GeoDataFrame]:
    """Return a maker of ``SITES`` frames from short rows: id, kind, x, y and whatever else matters."""

    def make(*rows: dict[str, object]) -> gpd.GeoDataFrame:
        full = [
            {
                "name": row["site_id"],
                "layer": str(row["site_id"]).split(":")[0],
                "sbi": None,
                "municipality_code": "GM0363",
                "municipality": "Amsterdam",
                "province": "Noord-Holland",
                "municipality_distance_m": 0.0,
                "in_region": True,
                "status": "active",
                "status_date": None,
                "status_note": None,
                "placement": "point",
                "location_precision_m": 10.0,
                "source": "test",
                "source_year": 2024,
                "licence": None,
                "confidential": False,
                "geometry": Point(float(str(row["x"])), float(str(row["y"]))),
                **{key: value for key, value in row.items() if key not in ("x", "y")},
            }
            for row in rows
        ]
        frame = gpd.GeoDataFrame(full, geometry="geometry", crs="EPSG:28992") if full else SITES.empty()
        return SITES.conform(frame)

    return make


@pytest.fixture
def make_project() -> Callable[..., Project]:
    """Return a maker of project models with sensible defaults."""

    def make(**settings: object) -> Project:
        base: dict[str, object] = {
            "title": "Proef",
            "reference_year": 2025,
            "region": {"province": "Noord-Holland"},
            "layers": [{"name": "a", "path": "a.csv"}],
            "draws": 0,
        }
        return Project.model_validate({**base, **settings})

    return make


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that rewrites golden files; look at the difference before committing it."""
    parser.addoption("--fix", action="store_true", help="rewrite the golden outputs")


@pytest.fixture(scope="session")
def example() -> LoadedProject:
    """Return the project of the example region."""
    return load_project(EXAMPLE)


@pytest.fixture(scope="session")
def noord_holland(example: LoadedProject, once: Callable[..., Any]) -> Result:
    """Return the example region as it is built."""
    with pd.option_context(
        "mode.string_storage", "auto"
    ):  # as in Python: the command does so for large layers
        result: Result = once("noord-holland", lambda _folder: build(example))
    return result


@pytest.fixture(scope="session")
def noord_holland_outputs(noord_holland: Result, once: Callable[..., Any]) -> Path:
    """Return the folder with everything a build of the example region writes."""
    path: Path = once("noord-holland outputs", lambda folder: write_outputs(noord_holland, folder / "uit"))
    return path


@pytest.fixture(scope="session")
def small_built(once: Callable[..., Any]) -> Path:
    """Return the smallest project with, in ``uit``, what a build of it wrote; not to be changed."""

    def make(folder: Path) -> Path:
        project = write_project(folder / "proef")
        assert run(["build", str(project), "-q"]) == 0
        return project

    path: Path = once("small project", make)
    return path


@pytest.fixture
def built_project(small_built: Path, tmp_path: Path) -> Path:
    """Return a copy of it, for one test to spoil."""
    return Path(shutil.copytree(small_built, tmp_path / "proef"))


@pytest.fixture
def write_only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what lets the builds of a test write these of their outputs only, where the others are not looked at."""
    return partial(choose_outputs, monkeypatch)


@pytest.fixture
def little_written(write_only: Callable[..., None]) -> None:
    """Let a build write its findings and its manifest only: for tests of what a command says, takes or refuses."""
    write_only("quality")


@pytest.fixture(scope="session")
def solved(example: LoadedProject, once: Callable[..., Any]) -> Solved:
    """Return the example region as far as ``explain`` looks into it."""
    result: Solved = once("solved", lambda _folder: solve(example))
    return result


@pytest.fixture(scope="session")
def copy_example() -> Callable[[Path], Path]:
    """Return a copier of the project of the example region to a folder, without draws, to change it there."""

    def copy(folder: Path) -> Path:
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("uit*"), dirs_exist_ok=True)
        toml = folder / "kansenkaart.toml"
        toml.write_text(f"draws = 0\n{toml.read_text('utf-8')}", encoding="utf-8")
        return folder

    return copy


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return one Chromium for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_SWITCHES))
        yield started
        started.close()
