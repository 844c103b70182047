"""How sure a chance is: the same allocation for many draws of what nobody knows exactly."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from kansenkaart.matches.eligibility import Side
from kansenkaart.matches.tiers import Plan, Problem, run_plan

FloatArray = npt.NDArray[np.float64]

# Low and high are read as P10 and P90: this many standard deviations from the middle of a normal curve.
_Z90 = 1.2815515655446004

# Below a hundredth of its value a quantity is as good as nothing; keeps the logarithm finite where low is 0.
_FLOOR = 0.01


@dataclass(frozen=True)
class Spread:
    """Per pair: the share of draws in which it keeps at least half its quantity, and P10-P50-P90."""

    robustness: FloatArray
    p10: FloatArray
    p50: FloatArray
    p90: FloatArray


def draw_allocations(
    problem: Problem, plan: Plan, quantity: FloatArray, sides: tuple[Side, Side], *, draws: int, seed: int
) -> Spread:
    """Allocate `draws` times with the base run's pairs, tiers and unit values.

    Flows that share a kengetal move together; measured flows move by themselves. Quantities are lognormal to each
    side of the value, with P10 at low and P90 at high. The draw of a flow depends on the seed and on its own key
    only, so other sites and other streams change nothing.
    """
    chosen = np.flatnonzero(quantity > 0)
    drawn = np.zeros((draws, len(chosen)))
    factors = [_factors(side, draws, seed) for side in sides]
    for number in range(draws):
        sample = Problem(
            problem.stream,
            problem.rules,
            problem.pairs,
            problem.supply * factors[0][number],
            problem.demand * factors[1][number],
            problem.objective,
        )
        drawn[number] = run_plan(sample, plan, certify=False)[0][chosen]
    spread = Spread(*(np.full(len(quantity), np.nan) for _ in range(4)))
    if draws and len(chosen):
        spread.robustness[chosen] = (drawn >= quantity[chosen] / 2.0).mean(axis=0)
        for percent, into in ((10, spread.p10), (50, spread.p50), (90, spread.p90)):
            into[chosen] = np.percentile(drawn, percent, axis=0)
    return spread


def _factors(side: Side, draws: int, seed: int) -> FloatArray:
    """Factor on the value per draw and flow; 1 where low = value = high."""
    value = side.column("value").astype(float)
    safe = np.where(value > 0, value, 1.0)
    low = np.maximum(side.column("low").astype(float) / safe, _FLOOR)
    high = np.maximum(side.column("high").astype(float) / safe, 1.0)
    keys = [
        kengetal if isinstance(kengetal, str) else flow
        for kengetal, flow in zip(side.column("kengetal_id"), side.column("flow_id"), strict=True)
    ]
    normal = {key: _normal(key, draws, seed) for key in set(keys)}
    if not keys:
        return np.ones((draws, 0))
    z = np.column_stack([normal[key] for key in keys])
    return np.asarray(np.where(z < 0, low ** (-z / _Z90), high ** (z / _Z90)))


def _normal(key: str, draws: int, seed: int) -> FloatArray:
    return np.random.default_rng([seed, crc32(key.encode())]).standard_normal(draws)
