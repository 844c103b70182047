"""The benchmark of the map runs, at a size at which no time means anything."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

MADE = ("file, MB", "time to make, s", "ready: drawn after opening, ms")
DONE = ("stream off or on to painted, median, ms", "pan to painted, median, ms", "click to match, median, ms")
OURS_ALONE = (
    "distance slider to painted, median, ms",
    "distance slider, own time, median, ms",
    "another price, own time, median, ms",
)
# What a developer's own machine may lack: `make bench-map` installs it.
PEERS = ("matplotlib", "mapclassify", "xstatic.pkg.jquery")


def _run(root: Path, *arguments: str) -> dict[str, list[str]]:
    """Return the cells per row: what, ours, folium, ratio, explore, ratio."""
    done = subprocess.run(
        [sys.executable, str(root / "benchmarks" / "bench_map.py"), *arguments],
        check=True, capture_output=True, text=True, timeout=1_500,
    )  # fmt: skip
    rows = [line.split("  ") for line in done.stdout.splitlines() if line.startswith("200: ")]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    return {row[0].removeprefix("200: "): row[1:] for row in cells}


def _number(cell: str) -> float:
    return float(cell.replace(",", ""))


def _has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def test_every_number_of_ours_is_measured(root: Path) -> None:
    rows = _run(root, "200", "--repeats", "1", "--wall", "600")
    for what in (*MADE, *DONE, *OURS_ALONE):
        assert _number(rows[what][0]) > 0, what
    if not all(map(_has, PEERS)):
        pytest.skip("the peers are not installed: make bench-map")
    for what in (*MADE, *DONE):
        ours, folium, ratio, explore, _ = map(_number, rows[what])
        assert folium > 0, what
        assert explore > 0, what
        assert ratio == pytest.approx(folium / ours, rel=0.06, abs=0.06), what
    for what in OURS_ALONE:
        assert rows[what][1:] == ["cannot", "-", "cannot", "-"], what


def test_a_peer_that_takes_too_long_is_stopped_and_says_so(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    bench = importlib.import_module("bench_map")
    stopped = bench.run(200, str(tmp_path), 2, "folium_geojson", limit_s=0.01)
    row = bench.row_of(200, {"made_s": 2.0}, [stopped, stopped], MADE[1], lambda one: one["made_s"])
    assert row[1:6] == ("2", "stopped at 0.01 s", "-", "stopped at 0.01 s", "-")
