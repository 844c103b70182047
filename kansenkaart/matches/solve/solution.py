"""Every stream of a run posed, linked and solved: what the frames of step 3, and `explain`, are read from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, BoolArray, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.pairs.eligibility import Sides, read_side
from kansenkaart.matches.price.classes import Stake, class_pairs, draw_pairs
from kansenkaart.matches.price.economics import (
    Money,
    avoided_co2,
    break_even,
    break_even_distance,
    find_support,
    price_pairs,
    price_range,
    with_fixed,
)
from kansenkaart.matches.price.heat_pipe import pair_power_mw
from kansenkaart.matches.price.ways import with_load_hours
from kansenkaart.matches.solve.problem import Group, MatchInputs, Problem, Solved, pose_problem
from kansenkaart.matches.solve.solve import plan_pairs, solve_group
from kansenkaart.matches.ties.connections import (
    Connections,
    Making,
    find_connections,
    group_streams,
    link_streams,
)
from kansenkaart.project import Project
from kansenkaart.tables import MONTH_COLUMNS, PRICED_PAIRS
from kansenkaart.tables.pairs import OWN

# Pipes turn out dearer than reckoned: what a chance needs is shown for half as much again, too.
DEARER_PIPE = 0.5

# Of every flow the chosen pairs and this many of the best others are kept as candidates.
OTHERS_KEPT = 10

__all__ = ["MatchInputs", "Sides", "Solution", "StreamSolution", "solve_streams"]


@dataclass(frozen=True)
class StreamSolution:
    """One stream: its two sides, its problem, what it got, and all its pairs with their price."""

    sides: Sides
    problem: Problem
    solved: Solved
    pairs: pd.DataFrame


@dataclass(frozen=True)
class Solution:
    """Every stream by id, in the catalogue's order, and what was solved together.

    ``flows`` is the frame with what processors made filled in.
    """

    streams: dict[str, StreamSolution]
    groups: tuple[tuple[tuple[str, ...], Group], ...]
    connections: Connections
    flows: pd.DataFrame


def solve_streams(
    inputs: MatchInputs,
    catalogue: Catalogue,
    *,
    project: Project,
    progress: Callable[[str], None] = lambda _: None,
) -> Solution:
    """Pose every stream, solve together what hangs together, and price all pairs.

    Parameters
    ----------
    inputs
        Frames of steps 1 and 2; RD New, metres.
    catalogue
        Streams, pairs, prices and what links streams, with the project's own numbers applied.
    progress
        Called with the id of every stream that is begun.
    """
    streams = [str(stream) for stream in pd.unique(inputs.flows["stream"])]
    sides = {stream: _read_sides(inputs, inputs.flows, stream) for stream in streams}
    connections = find_connections(
        sides,
        catalogue,
        sites=inputs.sites,
        project=project,
        carried={network.stream for network in inputs.surroundings.networks},
    )
    groups: list[tuple[tuple[str, ...], Group]] = []
    solved: dict[str, tuple[Problem, Solved]] = {}
    for names in group_streams(streams, connections):
        problems = []
        for stream in names:
            progress(stream)
            problems.append(
                pose_problem(
                    sides[stream],
                    catalogue.streams[stream],
                    catalogue,
                    project=project,
                    connections=connections,
                    inputs=inputs,
                )
            )
        links = link_streams(names, connections)
        carried = (account for n, problem in enumerate(problems) for account in problem.accounts(n))
        links = links._replace(ledgers=(*links.ledgers, *carried))
        group = Group(tuple(problems), **links._asdict(), time_limit_s=project.method.time_limit_s)
        groups.append((names, group))
        solved |= dict(zip(names, zip(problems, solve_group(group, catalogue), strict=True), strict=True))
    flows = inputs.flows.copy()
    for names, group in groups:
        _complete_flows(flows, group, [solved[name][1] for name in names], connections.makings_in(names))
        if group.conversions:
            sides |= {name: _read_sides(inputs, flows, name) for name in names}
    found = {}
    for stream in streams:
        (problem, result), ends = solved[stream], sides[stream]
        found[stream] = StreamSolution(ends, problem, result, _price_pairs(problem, result, ends, catalogue))
    return Solution(found, tuple(groups), connections, flows)


def _read_sides(inputs: MatchInputs, flows: pd.DataFrame, stream: str) -> Sides:
    return read_side(flows, inputs.sites, stream, "supply"), read_side(flows, inputs.sites, stream, "demand")


def _complete_flows(
    flows: pd.DataFrame, group: Group, solved: Sequence[Solved], makings: Sequence[Making]
) -> None:
    """Fill in what places made of what they received, in place: value = own part + yield x received.

    Parameters
    ----------
    flows
        Frame ``FLOWS``. Made flows get low, value, high and months: what a month brings is made in that month where
        both streams are matched by month, else every month makes a twelfth, as in the linked model.
    makings
        What is made of what, in the order of the group's conversions.
    """
    row = pd.Series(flows.index, index=flows["flow_id"])
    brought = group.brought({n: result.months for n, result in enumerate(solved)})
    for (step, quantity), making in zip(brought, makings, strict=True):
        months = quantity.sum(axis=0)
        received = float(months.sum())
        at = row[f"{making.site_id}|{making.makes}|supply"]
        for end in ("low", "value", "high"):
            # Where a delivery of unknown size runs, nothing may be left: the low end says so.
            if end != "low" or not flows.at[at, "running_unknown"]:
                flows.at[at, end] += getattr(making.processor, end) * received
        by_month = len(months) == len(MONTH_COLUMNS) == group.problems[step.made_block].supply.shape[1]
        made = making.yield_ * (months if by_month else np.full(len(MONTH_COLUMNS), received / 12.0))
        flows.loc[at, list(MONTH_COLUMNS)] += made


def _price_pairs(problem: Problem, solved: Solved, sides: Sides, catalogue: Catalogue) -> pd.DataFrame:
    """All eligible pairs with money and class: chosen ones at what they got, others at what they could reach.

    Returns
    -------
    DataFrame
        Frame ``PRICED_PAIRS``; ``load_hours``, where there are months, are those of what was chosen.
    """
    pairs = with_load_hours(problem.stream, problem.pairs, solved.months, solved.quantity > DUST).copy()
    pairs["quantity"] = solved.quantity
    pairs["chosen"] = solved.quantity > DUST
    size = np.where(pairs["chosen"], solved.quantity, problem.reach)
    money = price_pairs(problem.stream, problem.rules, pairs, size, catalogue)
    stored = problem.storage_eur_unit * solved.from_store.sum(axis=1)
    money = with_fixed(money, problem.fixed_eur_y + stored)
    pairs["along"] = money.along
    pairs["own_cost_eur_y"] = _own_costs(problem, pairs, size, catalogue)
    pairs["cost_eur_y"], pairs["benefit_eur_y"] = money.cost, money.benefit
    for name in ("net_low", "net", "net_high"):
        pairs[f"{name}_eur_y"] = getattr(money, name)
    piped = problem.stream.is_heat
    pairs["break_even_eur_unit"] = break_even(money, size)
    pairs["break_even_dear_eur_unit"] = break_even(money, size, dearer_pipe=DEARER_PIPE) if piped else np.nan
    pairs["price_from_eur_unit"], pairs["price_to_eur_unit"] = price_range(money, size)
    _add_support(pairs, problem, money, size, catalogue)
    pairs["break_even_km"] = break_even_distance(problem.stream, problem.rules, pairs, size, catalogue)
    pairs["pipe_mw"] = pair_power_mw(pairs, size, catalogue.prices) if piped else np.nan
    pairs["co2_avoided_t_y"] = avoided_co2(problem.stream, problem.rules, pairs, size, catalogue)
    pairs["scale_level"] = _scale_levels(sides, problem.s, problem.d)
    pairs["worth"] = _worth(problem, solved)
    pairs["kept"] = pairs["chosen"] | _best_others(pairs)
    kept = np.flatnonzero(pairs["kept"].to_numpy(dtype=bool))
    classed = _class_rows(problem, solved, sides, pairs, kept, catalogue=catalogue)
    pairs = pairs.join(classed)
    PRICED_PAIRS.check(pairs)
    return pairs


def _own_costs(problem: Problem, pairs: pd.DataFrame, size: FloatArray, catalogue: Catalogue) -> FloatArray:
    """What every pair that goes via a network would take with a pipe of its own, at the same size; NaN for others.

    Of heat a pipe all of its own: who would share a trunk nobody knows.
    """
    cost = np.full(len(pairs), np.nan)
    if not problem.networks:
        return cost
    keys = pd.MultiIndex.from_frame(pairs[["s", "d", "network"]])
    via = np.flatnonzero(problem.network != OWN)
    own = keys.get_indexer(
        pd.MultiIndex.from_arrays([problem.s[via], problem.d[via], np.full(len(via), OWN)])
    )
    via, own = via[own >= 0], own[own >= 0]
    there = pairs.iloc[own]
    if problem.stream.is_heat:
        hours = pairs["load_hours"].to_numpy()[via]
        there = there.assign(trunk=np.arange(len(own)), quantity=np.nan, load_hours=hours)
    cost[via] = price_pairs(problem.stream, problem.rules, there, size[via], catalogue).cost
    return cost


def name_ways(problem: Problem, sides: Sides, pairs: pd.DataFrame) -> list[str]:
    """Match id of every row of pairs: stream, both places, and the network where it goes via one."""
    ends = [
        side.column("site_id")[pairs[key].to_numpy()] for side, key in zip(sides, ("s", "d"), strict=True)
    ]
    via = ["", *(f"|{network.id}" for network in problem.networks)]
    return [
        f"{problem.stream.id}|{supply}|{demand}{via[number + 1]}"
        for supply, demand, number in zip(*ends, pairs["network"], strict=True)
    ]


def price_given(
    stream: str, inputs: MatchInputs, catalogue: Catalogue, *, project: Project
) -> StreamSolution | None:
    """The pairs of supplies that another has altogether, as if contracts were reopened; None where there are none.

    By the year; a taker asks what it asks now and what runs to it. Nothing is allocated.
    """
    flows = inputs.flows[inputs.flows["stream"] == stream].copy()
    supply = flows["role"] == "supply"
    gone = flows["given_away"].where(supply & (flows["value"] <= 0.0) & flows["made_from"].isna(), 0.0)
    if not (gone > DUST).any():
        return None
    # What a place may still make of what it is brought is not another's.
    kept = ~supply | (gone > DUST)
    flows, supply, gone = flows[kept].copy(), supply[kept], gone[kept]
    reopened = gone.where(supply, flows["value"] + flows["committed"])
    for end in ("low", "value", "high"):
        flows[end] = reopened
    flows["running_unknown"] = False
    sides = _read_sides(inputs, flows, stream)
    yearly = project.model_copy(update={"method": project.method.model_copy(update={"season": False})})
    problem = pose_problem(
        sides,
        catalogue.streams[stream],
        catalogue,
        project=yearly,
        connections=Connections(),
        inputs=inputs,
    )
    nothing = np.zeros(len(problem.pairs))
    solved = Solved(
        quantity=nothing,
        months=nothing[:, None],
        from_store=nothing[:, None],
        plan=plan_pairs(problem, problem.reach, catalogue),
        rounds=0,
        certified=False,
        gap=0.0,
        limit_hit=False,
        method="",
        objective_value=0.0,
        objective_unit="",
        nearest_share=None,
        greedy_share=None,
        annual_quantity=None,
    )
    pairs = _price_pairs(problem, solved, sides, catalogue)
    best = pairs.groupby("s")["worth"].rank(method="first", ascending=False) <= OTHERS_KEPT
    return StreamSolution(sides, problem, solved, pairs.assign(kept=best))


def price_one(result: StreamSolution, pair: int, catalogue: Catalogue) -> pd.Series:
    """A priced pair with its class, also where the pair was not kept."""
    row = result.pairs.iloc[pair]
    if row["kept"]:
        return row
    rows = np.flatnonzero(result.pairs["chosen"].to_numpy(dtype=bool))
    rows = np.sort(np.append(rows, pair))
    classed = _class_rows(
        result.problem, result.solved, result.sides, result.pairs, rows, catalogue=catalogue
    )
    told = row.copy()
    told[classed.columns] = classed.loc[result.pairs.index[pair]]
    return told


def _class_rows(
    problem: Problem,
    solved: Solved,
    sides: Sides,
    pairs: pd.DataFrame,
    rows: IntArray,
    *,
    catalogue: Catalogue,
) -> pd.DataFrame:
    """``DRAWN``, class and rule of some pairs, all that carry something among them."""
    stake = pose_stake(StreamSolution(sides, problem, solved, pairs), rows, catalogue)
    drawn = draw_pairs(stake)
    classes = class_pairs(problem.stream, problem.rules, stake.pairs.assign(**drawn))
    return drawn.join(classes)


def pose_stake(result: StreamSolution, rows: IntArray, catalogue: Catalogue) -> Stake:
    """Some pairs of a stream as draws read them, all that carry something among them."""
    problem, solved = result.problem, result.solved
    chosen = solved.quantity > DUST
    left = (
        np.maximum(problem.could_supply - np.bincount(problem.s, solved.quantity, len(problem.supply)), 0.0),
        np.maximum(
            problem.demand.sum(axis=1) - np.bincount(problem.d, solved.quantity, len(problem.demand)), 0.0
        ),
    )
    whole = problem.could_supply, problem.demand.sum(axis=1)
    rooms = [
        np.where(chosen, free[at] + solved.quantity, all_of[at])
        for free, all_of, at in zip(left, whole, (problem.s, problem.d), strict=True)
    ]
    return Stake(
        stream=problem.stream,
        rules=problem.rules,
        pairs=result.pairs.iloc[rows],
        size=np.where(chosen, solved.quantity, problem.reach)[rows],
        sides=result.sides,
        rooms=(rooms[0][rows], rooms[1][rows]),
        fixed=(problem.fixed_eur_y + problem.storage_eur_unit * solved.from_store.sum(axis=1))[rows],
        catalogue=catalogue,
    )


def _best_others(pairs: pd.DataFrame) -> BoolArray:
    """Pairs that were not chosen and are among the best of their supply or of their demand."""
    others = pairs[~pairs["chosen"]]
    keep = np.zeros(len(pairs), dtype=bool)
    for side in ("s", "d"):
        best = others.groupby(side)["worth"].rank(method="first", ascending=False) <= OTHERS_KEPT
        keep[others.index[best]] = True
    return keep


def _add_support(
    pairs: pd.DataFrame, problem: Problem, money: Money, size: FloatArray, catalogue: Catalogue
) -> None:
    """Fill in what lacks and what instruments give, in place."""
    found = find_support(problem.stream, problem.rules, pairs, money, size, catalogue)
    pairs["support_needed_eur_y"], pairs["support_given_eur_y"] = found.needed, found.given
    each = np.divide(found.needed, size, out=np.full(len(pairs), np.nan), where=size > 0)
    pairs["support_needed_eur_unit"] = each
    pairs["support_from"] = pd.Series(found.instruments, index=pairs.index, dtype="str").mask(
        found.instruments == ""
    )
    pairs["pays_with_support"] = found.pays


def _worth(problem: Problem, solved: Solved) -> IntArray:
    per_unit = np.nan_to_num(solved.plan.unit_value, nan=0.0)
    distance = problem.pairs["distance_m"].to_numpy()
    order = np.lexsort((problem.d, distance, -per_unit, solved.plan.tier))
    worth = np.empty(len(order), dtype=np.int64)
    worth[order] = -np.arange(len(order))
    return worth


def _scale_levels(sides: Sides, s: IntArray, d: IntArray) -> np.ndarray:
    """Lokaal inside one municipality, regionaal inside one province, else bovenregionaal."""
    codes = sides[0].column("municipality_code")[s]
    # places abroad have no municipality, and none in common
    local = (codes == sides[1].column("municipality_code")[d]) & pd.notna(codes)
    regional = sides[0].column("province")[s] == sides[1].column("province")[d]
    return np.select([local, regional], ["lokaal", "regionaal"], default="bovenregionaal")
