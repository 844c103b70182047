"""A short run of ``make fuzz``, which tries thousands, and that the harness sees a fault when there is one."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.few_outputs import writing_only


@pytest.fixture(scope="module")
def harness() -> ModuleType:
    """Return the harness: tests are no package, so it is loaded by its path."""
    spec = importlib.util.spec_from_file_location("fuzz_harness", Path(__file__).with_name("harness.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _make(harness: ModuleType, folder: Path) -> None:
    # of what a build writes only the GeoPackage and the manifest are ever damaged
    with writing_only("geopackage"):
        harness.make_world(folder)


@pytest.fixture(scope="module")
def world(harness: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sound project, built."""
    folder = tmp_path_factory.mktemp("proef")
    _make(harness, folder)
    return folder


def test_a_number_is_the_same_input_everywhere(harness: ModuleType, world: Path, tmp_path: Path) -> None:
    _make(harness, tmp_path)

    files = [path.relative_to(world) for path in sorted(world.rglob("*")) if path.is_file()]
    assert [
        str(file) for file in files if (world / file).read_bytes() != (tmp_path / file).read_bytes()
    ] == []
    names = ["a.gpkg", "a.xlsx", "a.parquet", "a.fgb", "kosten.tif", "kansenkaart.toml", "t.json"]
    for number in range(60):
        first, second = (harness.make_input(one, names, random.Random(number)) for one in (world, tmp_path))
        assert first == second


@pytest.mark.parametrize(("commands", "count"), [(False, 80), (True, 4)])
def test_damaged_input_is_read_or_refused_and_never_more(
    harness: ModuleType, world: Path, *, commands: bool, count: int
) -> None:
    tried, faults, answers = harness.run_all(1, count, world, commands=commands)

    assert (tried, faults) == (count, [])
    assert answers.total() == count


def test_a_sound_file_of_every_reader_is_read(harness: ModuleType, world: Path) -> None:
    desk = harness.Desk(world)

    answers = {name: harness.read_one(desk, name) for name in desk.readers}

    assert {name for name, answer in answers.items() if answer != "read and counted"} == {"uit/manifest.json"}
    assert answers["uit/manifest.json"] == "read"


def test_a_lost_row_is_seen(harness: ModuleType, world: Path) -> None:
    desk = harness.Desk(world)
    rows = {"rows_read": 3, "rows_used": 3, "rows_rejected": 0, "rows_outside": 0}
    told = type(desk.readers["a.csv"]())(3, (rows,))
    desk.readers["a.csv"] = lambda: told
    with pytest.raises(AssertionError, match="another hand counts 4, the program says 3"):
        harness.read_one(desk, "a.csv")
    rows["rows_used"] = 1
    with pytest.raises(AssertionError, match="do not add up"):
        harness.read_one(desk, "a.csv")


def test_a_changed_shape_or_cost_is_seen(harness: ModuleType, world: Path) -> None:
    desk = harness.Desk(world)
    for name in ("grens.geojson", "kosten.tif"):
        told = desk.readers[name]()
        desk.readers[name] = lambda told=told: told._replace(count=told.count * 1.001)
        with pytest.raises(AssertionError, match="another hand counts"):
            harness.read_one(desk, name)


@pytest.mark.usefixtures("harness")
def test_a_wrong_end_of_a_command_is_seen(tmp_path: Path) -> None:
    harness = sys.modules["whole_commands"]
    with pytest.raises(AssertionError, match="exit code 3"):
        harness.judge(tmp_path, set(), {}, "", (3, "stuk"))
    (tmp_path / "m.gpkg").write_bytes(b"half")
    with pytest.raises(AssertionError, match="the output changed"):
        harness.judge(tmp_path, set(), {}, "m.gpkg", (1, ""))
    (tmp_path / "m.deel.gpkg").write_bytes(b"half")
    with pytest.raises(AssertionError, match="left behind"):
        harness.judge(tmp_path, set(), {}, "m.gpkg", (0, ""))
    (tmp_path / "uit").mkdir()
    (tmp_path / "uit" / "manifest.json").write_text('{"outputs": {"tables/x.csv": {"sha256": "0"}}}')
    with pytest.raises(AssertionError, match="does not fit its manifest"):
        harness.judge(tmp_path, {"m.gpkg", "m.deel.gpkg"}, {}, "uit", (0, ""))
