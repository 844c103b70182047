"""The benchmark of the exports runs, at a size at which no time means anything."""

from __future__ import annotations

import importlib
import sys

import pyogrio
import pytest


@pytest.fixture(scope="module")
def bench(request):
    root = request.config.rootpath
    sys.path.insert(0, str(root / "benchmarks"))
    try:
        yield importlib.import_module("bench_exports")
    finally:
        sys.path.remove(str(root / "benchmarks"))


@pytest.fixture(scope="module")
def folder(bench, tmp_path_factory):
    place = tmp_path_factory.mktemp("bench")
    counts = bench.make_region(place, 60)
    assert counts["candidates"] == int(2.5 * counts["matches"]) > 0
    return place


def test_ours_and_the_peer_write_the_same_rows(bench, folder):
    for name in ("gpkg_whole", "gpkg_whole_peer", "xlsx"):
        result = bench.time_part(bench.PARTS[name], folder)
        assert min(result.values()) > 0
    ours, peer = (next(folder.glob(f"*/{name}.gpkg")) for name in ("kansenkaart", "peer"))
    for layer in ("matches", "candidates", "match_months", "sites"):
        rows = {pyogrio.read_info(path, layer=layer)["features"] for path in (ours, peer)}
        assert len(rows) == 1
        assert rows.pop() > 0


def test_a_missed_bar_and_a_stopped_part_are_said(bench):
    part = bench.Part("x", None, bar_s=5.0)
    slow = {"wall_s": 3.0, "cpu_s": 6.0, "bytes": 1_000_000}
    assert bench.row_of(part, slow, None).held == "NO"
    assert bench.row_of(part, {**slow, "wall_s": 9.0, "cpu_s": 3.0}, None).held == "yes"
    assert bench.row_of(part, {"stopped": "stopped at 9 s"}, None)[1::4] == ("stopped at 9 s", "< 5 s CPU")
    assert bench.row_of(bench.Part("y", None, "x"), {**slow, "cpu_s": 12.0}, slow).times == "2.0"
