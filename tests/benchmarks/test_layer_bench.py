"""The benchmarks of reading a large layer run, at a size at which no time means anything."""

from __future__ import annotations

import importlib
import sys

import pytest


@pytest.fixture(scope="module")
def load(request):
    paths = [str(request.config.rootpath / "benchmarks" / name) for name in ("", "check", "matching")]
    sys.path[:0] = paths
    try:
        yield importlib.import_module
    finally:
        for path in paths:
            sys.path.remove(path)


def test_both_place_most_rows_and_ours_says_what_became_of_the_others(load, tmp_path):
    bench = load("bench_check").BENCH
    bench.draw(tmp_path, 2_000)
    ours, peer = (bench.parts[name].read(tmp_path) for name in ("ours", "peer"))
    assert 1_500 < ours["used"] < 2_000
    assert ours["findings"] > 2_000 - ours["used"]
    assert 1_500 < peer["used"] < 2_000


def test_ours_and_geopandas_come_to_the_same_tonnes(load, tmp_path):
    bench = load("bench_businesses").BENCH
    bench.draw(tmp_path, 2_000)
    found = {name: part.read(tmp_path) for name, part in bench.parts.items()}
    assert {one["used"] for one in found.values()} == {2_000}
    assert len({one["flows"] for one in found.values()}) == 1
    for one in found.values():
        assert one["tonnes"] == pytest.approx(found["ours csv"]["tonnes"])


@pytest.mark.parametrize(
    ("name", "ours", "peer"),
    [("bench_check", "ours", "peer"), ("bench_businesses", "ours csv", "peer csv")],
)
def test_a_missed_bar_and_a_stopped_part_are_said(load, name, ours, peer):
    bench, large = load(name).BENCH, load("layer_bench").BAR_ROWS
    slow = {"wall_s": bench.bar_s + 1, "cpu_s": 60.0, "mib": 3_000.0, "used": 1, bench.counted: 1}
    good = {**slow, "wall_s": bench.bar_s - 1}
    assert bench.row_of(ours, large, slow, {}).held == "NO"
    assert bench.row_of(ours, large, good, {}).held == "yes"
    assert bench.row_of(ours, large, {**good, "mib": 5_000.0}, {}).held == "NO"
    assert bench.row_of(peer, large, {**slow, "cpu_s": 90.0}, slow).times == "1.50"
    assert bench.row_of(peer, large, slow, slow).held == ""
    assert bench.row_of(ours, large, {"stopped": "stopped at 9 s"}, {}).held == "NO"
    told = bench.as_markdown([bench.row_of(ours, large, slow, {})])
    assert f"2,000,000 rows under {bench.bar_s:g} s" in told


def test_a_part_runs_in_a_process_of_its_own(load, tmp_path):
    bench, run_child = load("bench_check").BENCH, load("children").run_child
    run_child(bench.script, 500, "--part", "draw", tmp_path, limit_s=60)
    assert run_child(bench.script, 500, "--part", "ours", tmp_path, limit_s=60)["used"] > 300
