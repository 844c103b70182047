"""How sure a chance is: the same allocation for many draws of what nobody knows exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from zlib import crc32

import numpy as np

from kansenkaart.matches.arrays import DUST, FloatArray, IntArray
from kansenkaart.matches.certainty.prepared import PreparedStream, can_prepare, prepare
from kansenkaart.matches.certainty.scheduler import run_all
from kansenkaart.matches.certainty.uncertain import (
    Sides,
    Uncertain,
    made_ends,
    processors_of,
    uncertain_flows,
    uncertain_yields,
)
from kansenkaart.matches.solve.problem import Group, Plan, Problem, Solved
from kansenkaart.matches.solve.solve import run_plans
from kansenkaart.matches.ties.connections import Connections

# A match stands in a draw when it keeps at least this share of its quantity.
STANDS = 0.5

# With more pairs than this draws leave out smallest lots and fixed costs.
_MOST_WITH_LOTS = 200_000

# Matches whose percentiles are taken at once: bounds the memory that takes.
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Spread:
    """Per pair: the share of draws in which it keeps at least half its quantity, and P10-P50-P90.

    NaN where the base run gave nothing.
    """

    robustness: FloatArray
    p10: FloatArray
    p50: FloatArray
    p90: FloatArray


@dataclass(frozen=True)
class DrawWork:
    """Everything a draw needs, wherever it runs.

    Attributes
    ----------
    sides
        Per stream what is drawn at its supply and at its demand; the same order as the flows.
    yields
        What is drawn of the conversions.
    normal
        float64[draws, keys].
    chosen
        Per stream the pairs that got something in the base run.
    """

    group: Group
    plans: list[Plan]
    sides: tuple[tuple[Uncertain, Uncertain], ...]
    yields: Uncertain
    normal: FloatArray
    chosen: tuple[IntArray, ...]

    @property
    def in_threads(self) -> bool:
        """The network simplex runs outside Python; HiGHS does not let go."""
        return can_prepare(self.group)

    @cached_property
    def prepared(self) -> tuple[PreparedStream, ...]:
        """The streams of the group prepared for many draws."""
        return tuple(map(prepare, self.group.problems, self.plans))

    def run(self, first: int, out: int) -> list[FloatArray]:
        """Yearly quantity of the chosen pairs, stream after stream, for the draws from `first` up to `out`."""
        return [self._draw(number) for number in range(first, out)]

    def _draw(self, number: int) -> FloatArray:
        group = self.drawn(number)
        if self.in_threads:
            quantity = [
                ready.allocate(problem.supply, problem.demand)
                for ready, problem in zip(self.prepared, group.problems, strict=True)
            ]
        else:
            quantity = list(run_plans(group, self.plans, certify=False).quantity)
        return np.concatenate([one[at].sum(axis=1) for one, at in zip(quantity, self.chosen, strict=True)])

    def drawn(self, number: int) -> Group:
        """The group with the capacities and yields of one draw."""
        normal = self.normal[number]
        problems = tuple(
            replace(
                problem,
                supply=problem.supply * supply.factors(normal)[:, None],
                demand=problem.demand * demand.factors(normal)[:, None],
            )
            for problem, (supply, demand) in zip(self.group.problems, self.sides, strict=True)
        )
        yields = self.yields.factors(normal)
        conversions = tuple(
            replace(one, yield_=one.yield_ * factor)
            for one, factor in zip(self.group.conversions, yields.tolist(), strict=True)
        )
        return replace(self.group, problems=problems, conversions=conversions)


def draw_group(
    group: Group,
    solved: tuple[Solved, ...],
    sides: tuple[Sides, ...],
    *,
    draws: int,
    seed: int,
    connections: Connections,
    scheduler: str | None = None,
) -> tuple[Spread, ...]:
    """Allocate a group `draws` times with the base run's pairs, tiers and unit values.

    Flows that share a kengetal move together, in all their months; so do yields of one processor; measured flows move
    by themselves. Numbers are lognormal to each side of the value, with P10 at low and P90 at high. The draw of a
    number depends on the seed and on its own key only, so other sites and other streams change nothing, and neither
    does where the draws run. Budgets of ledgers stay as they are.

    Parameters
    ----------
    group, solved, sides
        Streams that were solved together, what they got, and their flows with low, value and high.
    draws
        How often; 0 is off.
    connections
        Says how sure the yields are of what links the streams of the group.
    scheduler
        Address of a Dask scheduler; None: all cores of this machine.

    Returns
    -------
    tuple of Spread
        One per stream of the group, in its order.
    """
    spreads = tuple(_nothing(len(one.quantity)) for one in solved)
    if not draws or not any((one.quantity > DUST).any() for one in solved):
        return spreads
    work = pose_draws(group, solved, sides, draws=draws, seed=seed, connections=connections)
    every: list[FloatArray] = run_all(work, draws, scheduler=scheduler)
    drawn = np.stack(every)
    first = 0
    for spread, one, chosen in zip(spreads, solved, work.chosen, strict=True):
        _fill(spread, chosen, one.quantity, drawn[:, first : first + len(chosen)])
        first += len(chosen)
    return spreads


def pose_draws(
    group: Group,
    solved: tuple[Solved, ...],
    sides: tuple[Sides, ...],
    *,
    draws: int,
    seed: int,
    connections: Connections,
) -> DrawWork:
    """What has to be done for `draws` draws of a group; see ``draw_group``."""
    keys: dict[str, int] = {}
    drawn = tuple(
        (uncertain_flows(supply, made, keys), uncertain_flows(demand, None, keys))
        for (supply, demand), made in zip(sides, made_ends(group, solved, connections), strict=True)
    )
    yields = uncertain_yields(processors_of(group, connections), keys)
    normal = np.empty((draws, len(keys)))
    for key, column in keys.items():
        normal[:, column] = np.random.default_rng([seed, crc32(key.encode())]).standard_normal(draws)
    light = tuple(map(_without_prices, group.problems))
    chosen = tuple(np.flatnonzero(one.quantity > DUST) for one in solved)
    plans = [one.plan for one in solved]
    return DrawWork(replace(group, problems=light), plans, drawn, yields, normal, chosen)


def _without_prices(problem: Problem) -> Problem:
    """The same with only what an allocation reads: it travels to other processes.

    Of a stream with very many pairs the smallest lots are left out: every draw would be a search of a minute.
    """
    light = replace(problem, pairs=problem.pairs[["s", "d", "distance_m"]])
    if len(light.pairs) > _MOST_WITH_LOTS:
        light = replace(light, min_lot=0.0, fixed_eur_y=0.0)
    return light


def _nothing(count: int) -> Spread:
    return Spread(*(np.full(count, np.nan) for _ in range(4)))


def _fill(spread: Spread, chosen: IntArray, base: FloatArray, drawn: FloatArray) -> None:
    for first in range(0, len(chosen), _AT_ONCE):
        at = chosen[first : first + _AT_ONCE]
        part = drawn[:, first : first + len(at)]
        spread.robustness[at] = (part >= STANDS * base[at]).mean(axis=0)
        spread.p10[at], spread.p50[at], spread.p90[at] = np.percentile(part, (10, 50, 90), axis=0)
