"""Every stream of a run posed, linked and solved: what the frames of step 3, and `explain`, are read from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.pairs.eligibility import Side, read_side
from kansenkaart.matches.rows.chains import complete_flows
from kansenkaart.matches.rows.priced import price_solution
from kansenkaart.matches.solve.match_inputs import MatchInputs
from kansenkaart.matches.solve.pose import pose_problem
from kansenkaart.matches.solve.problem import Group, Problem, Solved
from kansenkaart.matches.solve.solve import solve_group
from kansenkaart.matches.ties.connections import Connections, find_connections, group_streams, link_group
from kansenkaart.project import Project

Sides = tuple[Side, Side]

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
    connections = find_connections(sides, catalogue, sites=inputs.sites, project=project)
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
        group = link_group(
            names, Group(tuple(problems), time_limit_s=project.method.time_limit_s), connections
        )
        groups.append((names, group))
        solved |= dict(zip(names, zip(problems, solve_group(group, catalogue), strict=True), strict=True))
    flows = complete_flows(inputs.flows, solved, connections)
    found = {}
    for stream in streams:
        problem, result = solved[stream]
        ends = _read_sides(inputs, flows, stream)
        found[stream] = StreamSolution(
            ends, problem, result, price_solution(problem, result, ends, catalogue)
        )
    return Solution(found, tuple(groups), connections, flows)


def _read_sides(inputs: MatchInputs, flows: pd.DataFrame, stream: str) -> Sides:
    return read_side(flows, inputs.sites, stream, "supply"), read_side(flows, inputs.sites, stream, "demand")
