"""Which processors were at work in a run, what supplies what, and which of them make one chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from kansenkaart.matches.arrays import DUST
from kansenkaart.matches.ties.connections import Connections, Making

# From here on what is kept is rounding of the solver.
_WHOLE = 1.0 - 1e-9


@dataclass(frozen=True)
class Step:
    """A processor at work: what came in, what was made of it and what of that went out."""

    making: Making
    received: float
    made: float
    delivered: float

    @property
    def passes_on(self) -> bool:
        """Whether anything made here left the place."""
        return self.delivered > DUST


def find_steps(matches: pd.DataFrame, connections: Connections) -> list[Step]:
    """Every processor that received something."""
    into = matches.groupby(["stream", "demand_id"])["quantity"].sum().to_dict()
    out = matches.groupby(["stream", "supply_id"])["quantity"].sum().to_dict()
    made_of: dict[tuple[str, str], float] = {}
    for one in connections.conversions:
        key = one.makes, one.site_id
        made_of[key] = made_of.get(key, 0.0) + one.yield_ * into.get((one.takes, one.site_id), 0.0)
    steps = []
    for one in connections.conversions:
        received = float(into.get((one.takes, one.site_id), 0.0))
        if received <= DUST:
            continue
        made, whole = one.yield_ * received, made_of[one.makes, one.site_id]
        # What is made of several streams leaves in proportion.
        left = max(float(out.get((one.makes, one.site_id), 0.0)) - one.own, 0.0)
        share = min(left / whole, 1.0) if whole > 0 else 0.0
        steps.append(Step(one, received, made, made * (1.0 if share > _WHOLE else share)))
    return steps


def passed_on(steps: list[Step]) -> list[Step]:
    """Steps of the places from which something made went out; their co-products come along."""
    places = {step.making.site_id for step in steps if step.passes_on}
    return [step for step in steps if step.making.site_id in places]


def find_links(matches: pd.DataFrame, steps: Iterable[Step]) -> list[tuple[str, str]]:
    """Pairs of processors of which the first supplies the second with what it made."""
    out = {(step.making.makes, step.making.site_id) for step in steps if step.passes_on}
    into = {(step.making.takes, step.making.site_id) for step in steps}
    return [
        (str(supply), str(demand))
        for stream, supply, demand in matches[["stream", "supply_id", "demand_id"]].to_numpy()
        if (stream, supply) in out and (stream, demand) in into
    ]


def find_depths(matches: pd.DataFrame, steps: list[Step]) -> dict[str, int]:
    """Leg that brings a place its input: 1, or one more than what supplies it; processors make no circle."""
    links = find_links(matches, steps)
    depth = {step.making.site_id: 1 for step in steps}
    for _ in depth:
        deeper = {
            place: max([1, *(depth[first] + 1 for first, second in links if second == place)])
            for place in depth
        }
        if deeper == depth:
            break
        depth = deeper
    return depth


def name_places(matches: pd.DataFrame, steps: list[Step], depth: dict[str, int]) -> dict[str, str]:
    """Chain per place: places that supply each other share one, named after the first."""
    above = {place: place for place in depth}

    def top(place: str) -> str:
        while above[place] != place:
            place = above[place]
        return place

    rank = sorted(depth, key=lambda place: (depth[place], place))
    for first, second in find_links(matches, steps):
        one, other = sorted((top(first), top(second)), key=rank.index)
        above[other] = one
    takes: dict[str, str] = {}
    for step in steps:
        takes.setdefault(step.making.site_id, step.making.takes)
    return {place: f"{top(place)}|{takes[top(place)]}" for place in depth}


def in_order(steps: Iterable[Step], depth: Mapping[str, int]) -> list[Step]:
    """Steps by the leg that feeds them, then by place."""
    return sorted(steps, key=lambda step: (depth[step.making.site_id], step.making.site_id))
