"""Print where the time of both example builds goes, what draws and the start take, and how two heavy parts compare.

Each part runs in a process of its own, so that peak memory is that part's alone; of a build the better of two counts,
since the first may compile machine code. Seconds depend on the machine and on what else it does: beside the wall clock
stands the processor time of all its processes, and a part and its peer run one after the other on the same data.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
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
RESULTS = Path(__file__).parent / "RESULTS-build.md"
sys.path.insert(0, str(Path(__file__).parent / "matching"))
POINTS = 2_000_000
SUPPLIES, DEMANDS, SIDE_M, REACH_M = 600, 3_000, 45_000.0, 5_000.0
STARTS = 5

Row = tuple[str, float, str]


def main() -> None:
    """Run one part when asked for it, else all parts in children."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=list(PARTS), help="only this part, as JSON")
    parser.add_argument("--write", action="store_true", help=f"also write {RESULTS.name} beside this file")
    asked = parser.parse_args()
    if asked.part is None:
        told = [tell(title, run_child(name)) for name, (title, _) in PARTS.items()]
        if asked.write:
            RESULTS.write_text(as_page(told), encoding="utf-8")
        return
    with redirect_stdout(sys.stderr):  # nothing but the result on standard output
        rows = PARTS[asked.part][1]()
    print(json.dumps({"rows": rows, "peak_mib": peak_mib()}))


def run_child(part: str) -> dict[str, Any]:
    command = [sys.executable, __file__, part]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    return dict(json.loads(done.stdout))


def tell(title: str, result: dict[str, Any]) -> str:
    """Print the lines of a part, and return them."""
    lines = [title]
    lines += [f"  {what:<48}{seconds:>9.2f} s  {note}".rstrip() for what, seconds, note in result["rows"]]
    lines.append(f"  {'peak memory':<48}{result['peak_mib']:>9.0f} MiB")
    text = "\n".join(lines)
    print(f"\n{text}", flush=True)
    return text


def as_page(told: list[str]) -> str:
    load = f"load {os.getloadavg()[2]:.1f} in the last 15 minutes"
    machine = f"{os.cpu_count()} cores, {load}, {platform.system()}, Python {platform.python_version()}"
    made = f"Made by `make bench ARGS=--write`. {machine}. Trust processor time and ratios."
    return (
        "\n\n".join(["# Where the time of a build goes", made, *(f"```\n{part}\n```" for part in told)])
        + "\n"
    )


def peak_mib() -> float:
    """Return the largest resident size of this process or one it ran; macOS counts in bytes, Linux in KiB."""
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    begin = time.perf_counter()
    result = call()
    return result, time.perf_counter() - begin


def run_program(*arguments: str) -> tuple[float, float]:
    """Wall clock and processor seconds of the command line with these arguments."""

    def spent() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = spent()
    command = [sys.executable, "-m", "kansenkaart", *arguments]
    # As for who installed it: what was compiled once is kept.
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    _, wall = timed(
        lambda: subprocess.run(
            command, cwd=ROOT, check=True, stdout=sys.stderr, stderr=subprocess.PIPE, env=settings
        )
    )
    return wall, spent() - before


def time_start() -> list[Row]:
    """Ask for the version."""
    run_program("--version")
    wall, processor = min(run_program("--version") for _ in range(STARTS))
    return [("kansenkaart --version", wall, f"bar 0.3 s; processor {processor:.2f} s")]


def time_build(region: str, bar: str, *options: str) -> list[Row]:
    """Build and write an example region as its users do; steps as the manifest has them."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["build", f"data/{region}", "-o", folder, "--overwrite", *options]
        runs = []
        for _ in range(2):
            took = run_program(*arguments)
            manifest = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
            runs.append((took, manifest["timings"]))
    (wall, processor), steps = min(runs, key=lambda run: run[0])
    rows: list[Row] = [(step, seconds, "") for step, seconds in steps.items()]
    return [*rows, ("all, with the start of the program", wall, f"{bar}; processor {processor:.2f} s")]


def time_draws() -> list[Row]:
    """A thousand draws of one stream at province size, beside the bar of the matching."""
    import ours

    begin = time.process_time()
    found = ours.draws("province")
    note = (
        f"bar 15 s; {found['pairs']} pairs; processor {time.process_time() - begin:.1f} s with what is posed"
    )
    return [("1,000 draws", found["seconds"], note)]


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

    from kansenkaart.sources.municipality import LabelGrid
    from kansenkaart.sources.region import load_boundaries

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
    "start": ("Start of the program", time_start),
    "noord-holland": ("Build of data/noord-holland", lambda: time_build("noord-holland", "bar 8 s")),
    "thousand": (
        "Build of data/noord-holland with 1,000 draws",
        lambda: time_build("noord-holland", "no bar", "--draws", "1000"),
    ),
    "nederland": ("Build of data/nederland", lambda: time_build("nederland", "bar 6 s")),
    "draws": ("Draws at province size, 2,000 x 10,000 places", time_draws),
    "municipalities": (f"Municipality of {POINTS:,} points", time_municipalities),
    "match": ("Allocation", time_match),
}

if __name__ == "__main__":
    main()
