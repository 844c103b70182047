"""The benchmark of checking runs, at a size at which no time means anything."""

from __future__ import annotations

import importlib
import sys

import pytest


@pytest.fixture(scope="module")
def bench(request):
    paths = [str(request.config.rootpath / "benchmarks" / name) for name in ("", "check", "matching")]
    sys.path[:0] = paths
    try:
        yield importlib.import_module("bench_check")
    finally:
        for path in paths:
            sys.path.remove(path)


def test_both_place_most_rows_and_ours_says_what_became_of_the_others(bench, tmp_path):
    bench.draw(tmp_path, 2_000)
    ours, peer = (bench.time_part(bench.PARTS[name][1], tmp_path) for name in ("ours", "peer"))
    assert 1_500 < ours["used"] < 2_000
    assert ours["findings"] > 2_000 - ours["used"]
    assert 1_500 < peer["used"] < 2_000


def test_a_missed_bar_and_a_stopped_part_are_said(bench):
    slow = {"wall_s": 61.0, "cpu_s": 60.0, "mib": 3_000.0, "used": 1, "findings": 1}
    large = bench.BAR_ROWS
    assert bench.row_of("ours", large, slow, slow).held == "NO"
    assert bench.row_of("ours", large, {**slow, "wall_s": 59.0}, slow).held == "yes"
    assert bench.row_of("ours", large, {**slow, "wall_s": 59.0, "mib": 5_000.0}, slow).held == "NO"
    assert bench.row_of("peer", large, {**slow, "cpu_s": 90.0}, slow).times == "1.50"
    assert bench.row_of("ours", large, {"stopped": "stopped at 9 s"}, slow).held == "NO"
