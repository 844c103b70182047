"""Who is called in beside a build: nobody for a small one, from the start where many layers are drawn."""

from importlib import import_module

import pandas as pd
import pytest

from kansenkaart.cli.commands import build
from kansenkaart.cli.main import run
from kansenkaart.crew import Crew
from kansenkaart.tables import Frames
from tests.small_project import LAYER, ROWS, TOML, write_project

_MORE = '[[layers]]\nname = "{name}"\npath = "{name}.csv"\nsource = "proef"\nyear = 2024\n'


def _many_layers(folder, draws):
    names = ("c", "d", "e", "f")
    toml = TOML.replace("draws = 0", f"draws = {draws}") + "".join(_MORE.format(name=name) for name in names)
    write_project(folder, toml)
    for number, name in enumerate(names):
        rows = ROWS.replace("110000", f"{110_100 + number}").replace("112000", f"{112_100 + number}")
        (folder / f"{name}.csv").write_text(LAYER + rows, encoding="utf-8")
    return folder


@pytest.fixture
def called(monkeypatch):
    """What was loaded beside the run, by whom was called in; nobody really is."""
    found = []
    monkeypatch.setattr(Crew, "call_in", lambda _crew, *modules: found.append(modules))
    return found


@pytest.mark.usefixtures("little_written")
def test_many_layers_without_draws_are_built_alone(tmp_path, called):
    assert run(["build", str(_many_layers(tmp_path / "project", 0)), "-q"]) == 0
    assert called == []


@pytest.mark.usefixtures("little_written")
def test_a_small_project_is_built_alone(tmp_path, called):
    project = write_project(tmp_path / "project", TOML.replace("draws = 0", "draws = 3"))
    assert run(["build", str(project), "-q"]) == 0
    assert called == []


def _held(monkeypatch, project):
    """How the sites of a build hold their text."""
    found = []
    check = Frames.check

    def look(frames, tables):
        found.append(frames.sites["name"].dtype.storage)
        check(frames, tables)

    monkeypatch.setattr(Frames, "check", look)
    assert run(["build", str(project), "-q", "--overwrite"]) == 0
    return found[0]


@pytest.mark.usefixtures("little_written")
def test_small_layers_hold_text_as_python_does_and_large_ones_as_arrow(tmp_path, monkeypatch):
    project = write_project(tmp_path / "project", TOML)
    with pd.option_context("mode.string_storage", "auto"):
        assert _held(monkeypatch, project) == "python"
        monkeypatch.setattr(build, "_SMALL_BYTES", 10)
        assert _held(monkeypatch, project) == "pyarrow"
        # who calls a build in a program of his own keeps his
        assert pd.get_option("mode.string_storage") == "auto"


def test_many_layers_with_draws_are_helped_from_the_start_and_help_changes_no_byte(tmp_path, request):
    """With a process beside it, and with one that was called and never came."""
    project = _many_layers(tmp_path / "project", 3)
    assert run(["build", str(project), "-q", "-o", str(tmp_path / "helped")]) == 0
    called = request.getfixturevalue("called")
    assert run(["build", str(project), "-q", "-o", str(tmp_path / "alone")]) == 0
    assert called
    for modules in called:  # a wrong name would leave the process down, in silence
        assert {"kansenkaart.pipeline", "highspy"} <= {import_module(name).__name__ for name in modules}
    written = [
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in (tmp_path / "helped", tmp_path / "alone")
    ]
    assert set(written[0]) == set(written[1])
    differ = [str(name) for name in written[0] if written[0][name] != written[1][name]]
    assert differ == ["manifest.json"]  # it holds the timings
