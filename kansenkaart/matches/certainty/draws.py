"""How sure a chance is: the same allocation for many draws of what nobody knows exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kansenkaart.arrays import DUST, FloatArray, IntArray, draw_normal
from kansenkaart.crew import ALONE, Crew
from kansenkaart.matches.certainty.uncertain import (
    Uncertain,
    made_ends,
    processors_of,
    uncertain_flows,
    uncertain_yields,
)
from kansenkaart.matches.pairs.eligibility import Sides
from kansenkaart.matches.solve.problem import Group, Plan, Problem, Solved
from kansenkaart.matches.solve.solve import run_plans
from kansenkaart.matches.ties.connections import Connections
from kansenkaart.matches.transport.integers import (
    Network,
    find_powers,
    from_integers,
    row_order,
    to_integers,
    useful_capacities,
    whole_capacity,
)
from kansenkaart.matches.transport.reach import Pairs


def can_prepare(group: Group) -> bool:
    """Whether the streams of a group are allocated by themselves and by the network simplex only."""
    lots = any(problem.min_lot > 0 or problem.fixed_eur_y > 0 for problem in group.problems)
    return not group.is_linked and not lots and all(problem.is_plain for problem in group.problems)


@dataclass(frozen=True)
class PreparedTier:
    """The pairs of one tier in the order of the solver.

    Attributes
    ----------
    rows
        Positions of the pairs in the stream, in the solver's order.
    pairs
        The pairs in their own order: sums of floats depend on it.
    network
        The solver's pairs; its capacities are zeros.
    """

    rows: IntArray
    pairs: Pairs
    network: Network

    def allocate(self, supply: FloatArray, demand: FloatArray) -> tuple[IntArray, FloatArray]:
        """Positions in the stream of the pairs that get something, and what; as ``allocate`` gives it."""
        from kansenkaart.matches.transport.simplex import solve_used  # noqa: PLC0415 - loads numba

        give, take = useful_capacities(supply, demand, self.pairs)
        power = find_powers(give, take, 0.0)[0]
        network = self.network._replace(
            supply=whole_capacity(give, power), demand=whole_capacity(take, power)
        )
        used, flow = solve_used(network)
        quantity = from_integers(network, used, flow, power, sides=(supply, demand))
        # In the order of the stream: sums of floats depend on it.
        order = np.argsort(self.rows[used])
        return self.rows[used[order]], quantity[order]


@dataclass(frozen=True)
class PreparedStream:
    """One stream with its tiers prepared; capacities come with every call."""

    problem: Problem
    tiers: tuple[PreparedTier, ...]

    def allocate(self, supply: FloatArray, demand: FloatArray) -> FloatArray:
        """Quantity per pair and period, float64[pairs, P]; the same as ``run_plans`` gives, bit for bit."""
        quantity = np.zeros((len(self.problem.pairs), supply.shape[1]))
        s, d = self.problem.s, self.problem.d
        for month in range(supply.shape[1]):
            have, want = supply[:, month].copy(), demand[:, month].copy()
            for tier in self.tiers:
                used, given = tier.allocate(have, want)
                quantity[used, month] = given
                have = np.maximum(have - np.bincount(s[used], given, len(have)), 0.0)
                want = np.maximum(want - np.bincount(d[used], given, len(want)), 0.0)
        return quantity


def prepare(problem: Problem, plan: Plan) -> PreparedStream:
    """Sort and scale the pairs of every tier once."""
    tiers = (_prepare_tier(problem, plan, np.flatnonzero(plan.tier == tier)) for tier in np.unique(plan.tier))
    return PreparedStream(problem, tuple(tiers))


def _prepare_tier(problem: Problem, plan: Plan, rows: IntArray) -> PreparedTier:
    worth = plan.unit_value[rows]
    worth = np.ones(len(rows)) if np.isnan(worth).any() else worth
    counts = np.bincount(problem.s[rows], minlength=len(problem.supply))
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    pairs = Pairs(indptr, problem.d[rows].astype(np.int32), problem.distance_m[rows])
    nothing = np.zeros(len(problem.supply)), np.zeros(len(problem.demand))
    network = to_integers(*nothing, pairs, worth)[0]
    order = row_order(network, -network.value, network.distance)
    if order is None:
        return PreparedTier(rows, pairs, network)
    ordered = network._replace(
        demand_index=pairs.demand[order], value=network.value[order], distance=network.distance[order]
    )
    return PreparedTier(rows[order], pairs, ordered)


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
        return np.concatenate([each[at].sum(axis=1) for each, at in zip(quantity, self.chosen, strict=True)])

    def drawn(self, number: int) -> Group:
        """The group with the capacities and yields of one draw."""
        normal = self.normal[number]
        problems = tuple(
            problem.with_amounts(
                supply=problem.supply * supply.factors(normal)[:, None],
                demand=problem.demand * demand.factors(normal)[:, None],
            )
            for problem, (supply, demand) in zip(self.group.problems, self.sides, strict=True)
        )
        yields = self.yields.factors(normal)
        conversions = tuple(
            replace(step, yield_=step.yield_ * factor)
            for step, factor in zip(self.group.conversions, yields.tolist(), strict=True)
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
    crew: Crew = ALONE,
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
    crew
        Who works them out.

    Returns
    -------
    tuple of Spread
        One per stream of the group, in its order.
    """
    spreads = tuple(_nothing(len(result.quantity)) for result in solved)
    if not draws or not any((result.quantity > DUST).any() for result in solved):
        return spreads
    work = pose_draws(group, solved, sides, draws=draws, seed=seed, connections=connections)
    every: list[FloatArray] = crew.run(work, draws)
    drawn = np.stack(every)
    first = 0
    for spread, result, chosen in zip(spreads, solved, work.chosen, strict=True):
        _fill(spread, chosen, result.quantity, drawn[:, first : first + len(chosen)])
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
        normal[:, column] = draw_normal(key, seed, draws)
    light = tuple(map(_without_prices, group.problems))
    chosen = tuple(np.flatnonzero(result.quantity > DUST) for result in solved)
    plans = [result.plan for result in solved]
    return DrawWork(replace(group, problems=light), plans, drawn, yields, normal, chosen)


def _without_prices(problem: Problem) -> Problem:
    """The same with only what an allocation reads: it travels to other processes.

    Of a stream with very many pairs the smallest lots are left out: every draw would be a search of a minute.
    """
    light = replace(problem, pairs=problem.pairs[["s", "d", "distance_m", "weight_m", "network"]])
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
