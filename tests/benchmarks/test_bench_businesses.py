"""The benchmark of businesses runs, and both count the same, at a size at which no time means anything."""

from __future__ import annotations

import importlib
import sys

import pytest


@pytest.fixture(scope="module")
def bench(request):
    paths = [str(request.config.rootpath / "benchmarks" / name) for name in ("", "matching")]
    sys.path[:0] = paths
    try:
        yield importlib.import_module("bench_businesses")
    finally:
        for path in paths:
            sys.path.remove(path)


def test_ours_and_geopandas_come_to_the_same_tonnes(bench, tmp_path):
    bench.draw(tmp_path, 2_000)
    found = {name: part[1](tmp_path) for name, part in bench.PARTS.items()}
    assert {one["used"] for one in found.values()} == {2_000}
    assert len({one["flows"] for one in found.values()}) == 1
    for one in found.values():
        assert one["tonnes"] == pytest.approx(found["ours csv"]["tonnes"])


def test_a_missed_bar_and_a_stopped_part_are_said(bench):
    slow = {"wall_s": 91.0, "cpu_s": 60.0, "mib": 3_000.0, "used": 1, "flows": 1}
    large = bench.BAR_ROWS
    assert bench.row_of("ours csv", large, slow, slow).held == "NO"
    assert bench.row_of("ours csv", large, {**slow, "wall_s": 89.0}, slow).held == "yes"
    assert bench.row_of("peer csv", large, {**slow, "cpu_s": 30.0}, slow).times == "0.50"
    assert bench.row_of("ours csv", large, {"stopped": "stopped at 9 s"}, slow).held == "NO"
    assert "2,000,000 rows under 90 s" in bench.as_markdown([bench.row_of("ours csv", large, slow, slow)])
