"""The small run with hostile texts, for all that writes or shows it: exports, PostGIS, QGIS."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from kansenkaart.project import LoadedProject
from tests.exports.hostile import PROJECT
from tests.exports.small_frames import make_frames
from tests.exports.small_run import Run, load, make_empty_run, make_run


@pytest.fixture(scope="session")
def _packed() -> bytes:
    return pickle.dumps(make_frames())


@pytest.fixture
def run(tmp_path: Path, _packed: bytes) -> Run:
    """A run with 24 places, of which some are polygons and some carry hostile names."""
    return Run(pickle.loads(_packed), load(tmp_path / "invoer"))


@pytest.fixture(scope="session")
def shared_run(tmp_path_factory: pytest.TempPathFactory, _packed: bytes) -> Run:
    """The same run, made once, for tests that change nothing in it."""
    return Run(pickle.loads(_packed), load(tmp_path_factory.mktemp("gedeeld") / "invoer"))


@pytest.fixture(scope="session")
def fresh_run() -> Callable[[Path], Run]:
    """Makes what ``run`` is, for a fixture that outlives a test."""
    return make_run


@pytest.fixture
def empty_run(tmp_path: Path) -> Run:
    """A run in which nothing was found."""
    return make_empty_run(tmp_path)


@pytest.fixture
def load_text() -> Callable[[Path, str], LoadedProject]:
    """Loads a project from its text, written in a folder."""
    return load


@pytest.fixture
def project_text() -> str:
    """The project file of ``run``."""
    return PROJECT
