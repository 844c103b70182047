"""Print where the time of the country build goes, and how its two heavy parts compare with what others would use.

Each part runs in a process of its own, so that peak memory is that part's alone. Seconds depend on the machine;
trust the ratios: a part and its peer run one after the other on the same data.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(Path(__file__).parent / "matching"))
POINTS = 2_000_000
SUPPLIES, DEMANDS, SIDE_M, REACH_M = 600, 3_000, 45_000.0, 5_000.0

Row = tuple[str, float, str]


def main() -> None:
    """Run one part when asked for it, else all parts in children."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=list(PARTS), help="only this part, as JSON")
    part = parser.parse_args().part
    if part is None:
        for name, (title, _) in PARTS.items():
            print_part(title, run_child(name))
        return
    with redirect_stdout(sys.stderr):  # nothing but the result on standard output
        rows = PARTS[part][1]()
    print(json.dumps({"rows": rows, "peak_mib": peak_mib()}))


def run_child(part: str) -> dict[str, Any]:
    command = [sys.executable, __file__, part]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    return dict(json.loads(done.stdout))


def print_part(title: str, result: dict[str, Any]) -> None:
    print(f"\n{title}")
    for what, seconds, note in result["rows"]:
        print(f"  {what:<48}{seconds:>9.2f} s  {note}".rstrip())
    print(f"  {'peak memory':<48}{result['peak_mib']:>9.0f} MiB")


def peak_mib() -> float:
    """Return the largest resident size of this process so far; macOS counts in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


def time_build() -> list[Row]:
    """Build and write the whole country; steps as the manifest has them."""
    begin = time.perf_counter()
    import kansenkaart

    warm_up()
    rows: list[Row] = [("start: imports and machine code", time.perf_counter() - begin, "")]
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = kansenkaart.build(ROOT / "data" / "nederland")
        out = kansenkaart.write_outputs(result, Path(folder) / "uit")
        steps = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["timings"]
    total = time.perf_counter() - begin
    order = [*result.timings, *(step for step in steps if step not in result.timings)]
    rows += [(step, steps[step], f"{steps[step] / total:4.0%}") for step in order]
    frames = result.frames
    note = f"{len(frames.sites)} places, {len(frames.flows)} flows, {len(frames.matches)} chances"
    return [*rows, ("all steps", total, note)]


def warm_up() -> None:
    """Load, or compile on the first run ever, the machine code of the matching."""
    import kansenkaart

    supply, demand = draw_layers(10, 10)
    kansenkaart.match(supply, demand, max_distance_m=REACH_M)


def time_municipalities() -> list[Row]:
    """Find the municipality of random points by the label grid of the sources and by a spatial join."""
    import geopandas as gpd
    import numpy as np
    from points import draw_points_inside

    from kansenkaart.sources.boundaries import load_boundaries
    from kansenkaart.sources.place import LabelGrid

    areas = load_boundaries().areas
    x, y = draw_points_inside(areas, POINTS)
    own, own_s = timed(lambda: LabelGrid(areas).find_areas(x, y).area)
    points, points_s = timed(lambda: gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=areas.crs))
    joined, join_s = timed(lambda: points.sjoin(areas[["geometry"]], predicate="within"))
    same = np.mean(own[joined.index] == joined["index_right"])
    return [
        ("kansenkaart: label grid, made and asked", own_s, ""),
        ("geopandas: points from coordinates", points_s, ""),
        ("geopandas: sjoin within", join_s, f"{join_s / own_s:.1f} x as long; {same:.3%} the same answer"),
    ]


def time_match() -> list[Row]:
    """Divide one clustered region by ``kansenkaart.match`` and by a general linear program."""
    import numpy as np

    import kansenkaart

    def worth(distance_m: Any) -> Any:
        return 1.0 - 0.9 * np.asarray(distance_m) / REACH_M

    warm_up()
    supply, demand = draw_layers(SUPPLIES, DEMANDS)
    own, own_s = timed(lambda: kansenkaart.match(supply, demand, max_distance_m=REACH_M, value=worth))
    (best, pairs), peer_s = timed(lambda: solve_by_scipy(supply, demand, worth))
    gap = abs(own.objective - best) / best
    return [
        (
            "kansenkaart.match: pairs, optimum, proof, lines",
            own_s,
            f"{pairs} pairs, {len(supply)} x {len(demand)}",
        ),
        (
            "scipy: k-d tree, linprog (HiGHS)",
            peer_s,
            f"{peer_s / own_s:.0f} x as long; optima differ by {gap:.0e}",
        ),
    ]


def draw_layers(supplies: int, demands: int) -> tuple[Any, ...]:
    """Draw two layers around the same towns."""
    import geopandas as gpd
    from instances import clustered_region

    supply_xy, demand_xy, supply, demand = clustered_region(supplies, demands, SIDE_M)
    return tuple(
        gpd.GeoDataFrame(
            {"site_id": [f"{role}{number}" for number in range(len(xy))], "quantity": quantity},
            geometry=gpd.points_from_xy(*xy.T),
            crs="EPSG:28992",
        )
        for role, xy, quantity in (("supply", supply_xy, supply), ("demand", demand_xy, demand))
    )


def solve_by_scipy(supply: Any, demand: Any, worth: Callable[[Any], Any]) -> tuple[float, int]:
    """Solve the same program with what scipy has; return the optimum and the number of pairs."""
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array
    from scipy.spatial import cKDTree

    trees = [cKDTree(side.geometry.get_coordinates().to_numpy()) for side in (supply, demand)]
    near = trees[0].sparse_distance_matrix(trees[1], REACH_M, output_type="ndarray")
    near = near[near["v"] > 0]
    columns = np.tile(np.arange(len(near)), 2)
    rows = np.concatenate([near["i"], len(supply) + near["j"]])
    limits = np.concatenate([supply["quantity"], demand["quantity"]])
    matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(limits), len(near)))
    result = linprog(-worth(near["v"]), A_ub=matrix, b_ub=limits, method="highs")
    return -float(result.fun), len(near)


PARTS: dict[str, tuple[str, Callable[[], list[Row]]]] = {
    "build": ("Build of data/nederland", time_build),
    "municipalities": (f"Municipality of {POINTS:,} points", time_municipalities),
    "match": ("Allocation", time_match),
}

if __name__ == "__main__":
    main()
