"""What kansenkaart does, through the functions that ``kansenkaart build`` calls."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from instances import LONG_REACH_M, REACH_M, SIZES, Region, clustered_region, region, worth_of
from measure import now_mib, peak_mib, timed

Result = dict[str, Any]

DRAWS = 1_000


def warm_up() -> None:
    """Load the machine code, or compile it on the first run ever: no part is charged for it."""
    from kansenkaart.matches.transport.allocate import allocate
    from kansenkaart.matches.transport.reach import find_pairs

    one = region("demo")
    pairs = find_pairs(one.supply_xy, one.demand_xy, REACH_M)
    for method in ("optimal", "greedy", "nearest"):
        allocate(one.supply, one.demand, pairs, worth_of(pairs.distance_m), method=method)


def pairs(size: str) -> Result:
    """All pairs within reach, sorted, into CSR arrays."""
    from kansenkaart.matches.transport.reach import find_pairs

    warm_up()
    one = region(size)
    found, seconds = timed(lambda: find_pairs(one.supply_xy, one.demand_xy, REACH_M), 15)
    return {"seconds": seconds, "pairs": len(found), "objective": len(found), "rim": True}


def allocation(size: str) -> Result:
    """Exact allocation with certificate, from pairs and worth to quantities."""
    from kansenkaart.matches.transport.allocate import allocate
    from kansenkaart.matches.transport.reach import find_pairs

    warm_up()
    one = region(size)
    found = find_pairs(one.supply_xy, one.demand_xy, REACH_M)
    worth = worth_of(found.distance_m)
    before = now_mib()
    times = {"province": 15, "country": 3}.get(size, 1)
    result, seconds = timed(lambda: allocate(one.supply, one.demand, found, worth), times)
    proof = result.certificate
    return {
        "seconds": seconds,
        "pairs": len(found),
        "objective": int(result.objective),
        "extra_mib": peak_mib() - before,
        "certified": proof.is_optimal,
    }


def long_range(size: str) -> Result:
    """Exact allocation over pairs that are never all in memory, and best pair first over the same."""
    from kansenkaart.matches.long_range.column_generation import AffineWorth, allocate_far, best_first_far

    def solve(how: Any, one: Region, reach_m: float) -> Any:
        classes = np.zeros(len(one.supply), np.int64), np.zeros(len(one.demand), np.int64)
        worth = AffineWorth(*classes, np.array([[1.0]]), np.array([[0.9 / reach_m]]))
        return how(one.supply, one.demand, one.supply_xy, one.demand_xy, reach_m=reach_m, worth=worth)

    limited = partial(allocate_far, time_limit_s=500)
    for how in (limited, best_first_far):
        solve(how, region("demo"), 15_000.0)
    one = region(size)
    result, seconds = timed(lambda: solve(limited, one, LONG_REACH_M))
    best_first, best_first_s = timed(lambda: solve(best_first_far, one, LONG_REACH_M))
    return {
        "best_first_share": best_first / result.allocation.objective,
        "best_first_s": best_first_s,
        "seconds": seconds,
        "pairs": result.pairs_within_reach,
        "kept": len(result.pairs),
        "rounds": result.rounds,
        "certified": result.certificate.is_optimal,
    }


def growth(size: str) -> Result:
    """Slope of log(seconds) on log(pairs), pairs and allocation together, at one density up to `size`."""
    from kansenkaart.matches.transport.allocate import allocate
    from kansenkaart.matches.transport.reach import find_pairs

    warm_up()
    points = []
    for share in (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0):
        n, m, side = SIZES[size]
        here, there, supply, demand = clustered_region(int(n * share), int(m * share), side * share**0.5)
        found, find_s = timed(lambda here=here, there=there: find_pairs(here, there, REACH_M), 3)
        worth = worth_of(found.distance_m)
        _, solve_s = timed(lambda s=supply, d=demand, f=found, w=worth: allocate(s, d, f, w), 2)
        points.append((len(found), find_s + solve_s))
    count, seconds = np.log(np.array(points)).T
    return {"seconds": points[-1][1], "exponent": float(np.polyfit(count, seconds, 1)[0]), "points": points}


def gaps(size: str) -> Result:
    """What greedy and nearest keep of the optimum."""
    from kansenkaart.matches.transport.allocate import allocate
    from kansenkaart.matches.transport.reach import find_pairs

    one = region(size)
    found = find_pairs(one.supply_xy, one.demand_xy, REACH_M)
    worth = worth_of(found.distance_m)
    reached = {
        method: allocate(one.supply, one.demand, found, worth, method=method).objective
        for method in ("optimal", "greedy", "nearest")
    }
    return {name: 1.0 - value / reached["optimal"] for name, value in reached.items() if name != "optimal"}


def draws(size: str) -> Result:
    """A thousand draws of all quantities (P10 at 70 %, P90 at 140 %), each flow by itself."""
    from kansenkaart.crew import Crew
    from kansenkaart.matches.certainty.draws import DrawWork
    from kansenkaart.matches.certainty.uncertain import Uncertain

    warm_up()
    group, plan, chosen = pose_group(size)
    n, m = len(group.problems[0].supply), len(group.problems[0].demand)
    sides = tuple(
        Uncertain(np.arange(first, first + count), np.full(count, 0.7), np.full(count, 1.4))
        for first, count in ((0, n), (n, m))
    )
    sure = Uncertain(np.empty(0, np.int64), np.empty(0), np.empty(0))
    normal = np.random.default_rng(0).standard_normal((DRAWS, n + m))
    work = DrawWork(group, [plan], (sides,), sure, normal, (chosen,))
    drawn, seconds = timed(lambda: Crew().run(work, DRAWS))
    return {"seconds": seconds, "pairs": len(group.problems[0].pairs), "draws": len(drawn)}


def pose_group(size: str) -> tuple[Any, Any, Any]:
    """One stream with its plan, as step 3 hands it to the draws, and the pairs that get something."""
    import pandas as pd

    from kansenkaart.catalogue import load_catalogue
    from kansenkaart.matches.solve.problem import Group, Plan, Problem
    from kansenkaart.matches.transport.allocate import allocate
    from kansenkaart.matches.transport.reach import find_pairs
    from kansenkaart.tables.pairs import NO_NETWORK

    one = region(size)
    found = find_pairs(one.supply_xy, one.demand_xy, REACH_M)
    worth = worth_of(found.distance_m)
    frame = pd.DataFrame(
        {
            "s": found.supply,
            "d": found.demand.astype(np.int64),
            "distance_m": found.distance_m,
            "confirmed": False,
        }
    ).assign(**NO_NETWORK, weight_m=found.distance_m)
    stream = load_catalogue().streams["compost"]
    sides = one.supply[:, None], one.demand[:, None]
    problem = Problem(stream, [], frame, *sides, one.supply, "net_eur")
    base = allocate(one.supply, one.demand, found, worth)
    return Group((problem,)), Plan(np.zeros(len(found), np.int64), worth), np.flatnonzero(base.quantity)


def municipalities(count: str) -> Result:
    """Municipality of random points, by the label grid that the sources use."""
    from points import draw_points_inside

    from kansenkaart.sources.municipality import LabelGrid
    from kansenkaart.sources.region import load_boundaries

    areas = load_boundaries().areas
    x, y = draw_points_inside(areas, int(count))
    own, seconds = timed(lambda: LabelGrid(areas).find_areas(x, y).area, 2)
    return {"seconds": seconds, "areas": len(areas), "objective": int(own.sum())}
