"""Time candidate search and exact allocation on clustered regions, beside the simple ways and a general solver."""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt

from kansenkaart.matches.allocation import allocate
from kansenkaart.matches.candidates import find_pairs
from kansenkaart.matches.linear_program import MAX_PAIRS

SIZES = {"demo": (50, 200, 20e3), "province": (2_000, 10_000, 75e3), "country": (20_000, 100_000, 260e3)}
REACH_M = 5_000.0

FloatArray = npt.NDArray[np.float64]


def clustered_region(
    n: int, m: int, side_m: float, seed: int = 1
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Draw points around towns, log-normal capacities and supply that is 80 % of demand."""
    random = np.random.default_rng(seed)
    towns = random.uniform(0, side_m, (max(4, m // 250), 2))
    weight = random.lognormal(0, 0.6, len(towns))

    def draw(count: int) -> FloatArray:
        town = random.choice(len(towns), count, p=weight / weight.sum())
        return towns[town] + random.normal(0, 2_000, (count, 2))

    supply, demand = random.lognormal(3, 1, n), random.lognormal(2, 1, m)
    supply *= 0.8 * demand.sum() / supply.sum()
    return draw(n), draw(m), supply, demand


def time_size(name: str, objective: str, method: str) -> None:
    """Print one line: how long it took, what it reached and whether that is proven."""
    supply_xy, demand_xy, supply, demand = clustered_region(*SIZES[name])
    start = time.perf_counter()
    pairs = find_pairs(supply_xy, demand_xy, REACH_M)
    found = time.perf_counter()
    if method == "linprog" and len(pairs) > MAX_PAIRS:
        print(
            f"{name:10} {objective:9} {method:8} {len(pairs):>9} pairs  too many for it (at most {MAX_PAIRS})"
        )
        return
    value = None if objective == "quantity" else 1.0 - 0.9 * pairs.distance_m / REACH_M
    result = allocate(supply, demand, pairs, value, method=method)
    done = time.perf_counter()
    proof = "-" if result.certificate is None else str(result.certificate.is_optimal)
    print(
        f"{name:10} {objective:9} {method:8} {len(pairs):>9} pairs  find {found - start:6.2f} s  "
        f"allocate {done - found:6.2f} s  objective {result.objective:.6g}  optimal {proof}"
    )


def main() -> None:
    """Time the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "sizes", nargs="*", metavar="SIZE", help=f"{', '.join(SIZES)}; default: demo province"
    )
    sizes = parser.parse_args().sizes or ["demo", "province"]
    if unknown := [name for name in sizes if name not in SIZES]:
        parser.error(f"unknown size {', '.join(unknown)}; choose from {', '.join(SIZES)}")
    time_size("demo", "value", "optimal")  # the first call compiles
    for name in sizes:
        for objective in ("value", "quantity"):
            for method in ("optimal", "greedy", "nearest", "linprog"):
                time_size(name, objective, method)


if __name__ == "__main__":
    main()
