"""From flows and eligible pairs to the problem of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.arrays import FloatArray
from kansenkaart.matches.long_range.far_pairs import Far, can_go_far, find_far_pairs
from kansenkaart.matches.pairs.eligibility import (
    Side,
    apply_decisions,
    find_eligible,
    holds_too_many,
    keep_eligible,
    stream_pairs,
    with_confirmed,
)
from kansenkaart.matches.pairs.routes import choose_surroundings, measure_routes
from kansenkaart.matches.price.heat_pipe import find_trunks
from kansenkaart.matches.price.months import expect_load_hours
from kansenkaart.matches.price.ways import find_quays
from kansenkaart.matches.solve.problem import Problem
from kansenkaart.matches.ties.connections import Connections, could_supply
from kansenkaart.project import Project, StreamSettings
from kansenkaart.tables import DECISIONS, HEAT_PAIRS, MONTH_COLUMNS, PAIRS, Surroundings


@dataclass(frozen=True)
class MatchInputs:
    """Frames ``SITES``, ``FLOWS``, ``LINKS`` and ``AREAS``, what routes are found on, and what a room decided.

    ``decisions`` is frame ``DECISIONS``.
    """

    sites: gpd.GeoDataFrame
    flows: pd.DataFrame
    links: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    surroundings: Surroundings = field(default_factory=Surroundings)
    decisions: pd.DataFrame = field(default_factory=DECISIONS.empty)


Sides = tuple[Side, Side]


def pose_problem(
    sides: Sides,
    stream: Stream,
    catalogue: Catalogue,
    *,
    project: Project,
    connections: Connections,
    inputs: MatchInputs,
) -> Problem:
    """The pairs of a stream with their routes and trunks, and what both sides have free per period.

    What a room rejected is no pair; what it confirmed is marked.
    """
    settings = project.stream.get(stream.id, StreamSettings())
    objective = _objective(stream, catalogue, settings)
    monthly = stream.seasonal and project.method.season
    ground = choose_surroundings(stream, project, inputs.surroundings)
    decisions = inputs.decisions[inputs.decisions["stream"] == stream.id]
    far = None
    if not monthly and can_go_far(stream, ground, connections) and holds_too_many(sides, stream):
        far = _find_far(sides, stream, catalogue, objective=objective, project=project, decisions=decisions)
    eligible = (
        find_eligible(*sides, stream, catalogue)
        if far is None
        else keep_eligible(far[0], sides, stream, catalogue)
    )
    eligible, rejected = apply_decisions(eligible, sides, decisions)
    pairs, unreachable = measure_routes(eligible, sides, stream, catalogue, ground)
    pairs["quay"] = find_quays(sides, pairs, stream)
    could = could_supply(sides, stream.id, connections.conversions)
    lot = stream.min_lot if settings.min_lot is None else settings.min_lot
    problem = Problem(
        stream=stream,
        rules=stream_pairs(stream, catalogue),
        pairs=pairs,
        supply=_periods(sides[0], monthly=monthly),
        demand=_periods(sides[1], monthly=monthly),
        could_supply=could,
        objective=objective,
        min_lot=lot if project.method.lots else 0.0,
        fixed_eur_y=settings.fixed_eur_y or 0.0,
        storage_efficiency=settings.storage_efficiency if monthly else None,
        storage_eur_unit=settings.storage_eur_unit,
        tiers=project.method.tiers,
        unreachable=unreachable,
        rejected=rejected,
        far=None if far is None else far[1],
    )
    if stream.is_heat:
        problem = _with_pipes(problem, sides, catalogue)
    (HEAT_PAIRS if stream.is_heat else PAIRS).check(problem.pairs)
    return problem


def _find_far(
    sides: Sides,
    stream: Stream,
    catalogue: Catalogue,
    *,
    objective: str,
    project: Project,
    decisions: pd.DataFrame,
) -> tuple[pd.DataFrame, Far] | None:
    """The best pairs of a stream that has too many to hold, and those that a room confirmed."""
    method = project.method
    found = find_far_pairs(
        sides,
        stream,
        catalogue,
        objective=objective,
        tiers=method.tiers,
        time_limit_s=method.time_limit_s,
    )
    if found is None or decisions.empty:
        return found
    # The bounds are of all pairs, without what the room decided.
    far = replace(found[1], proven=dict.fromkeys(found[1].proven, False), best_first=None)
    return with_confirmed(found[0], sides, decisions, reach_m=stream.hard_km * 1000.0), far


def _with_pipes(problem: Problem, sides: Sides, catalogue: Catalogue) -> Problem:
    """The problem with the trunks its heat could share; nothing was sent through them yet."""
    pairs = problem.pairs.join(find_trunks(sides, problem.pairs, problem.stream, catalogue))
    pairs["trunk_most"] = problem.could_supply[problem.s]
    pairs["load_hours"] = _load_hours(problem)
    pairs["quantity"] = np.nan
    return replace(problem, pairs=pairs)


def _load_hours(problem: Problem) -> FloatArray | float:
    """Hours in which every pair could move its year; what a place makes comes evenly. NaN by the year."""
    if problem.supply.shape[1] == 1:
        return np.nan
    made = np.maximum(problem.could_supply - problem.supply.sum(axis=1), 0.0)
    return expect_load_hours(
        problem.supply + made[:, None] / problem.supply.shape[1],
        problem.demand,
        problem.s,
        problem.d,
        storage_efficiency=problem.storage_efficiency or 0.0,
    )


def _periods(side: Side, *, monthly: bool) -> FloatArray:
    months = side.flows[list(MONTH_COLUMNS)].to_numpy(dtype=float)
    # The year's own number, not the sum of its rounded parts.
    return months if monthly else side.column("value").astype(float)[:, None]


def _objective(stream: Stream, catalogue: Catalogue, settings: StreamSettings) -> str:
    """What is maximised: as the project says, else EUR where benefit and transport have a price."""
    if settings.objective is not None:
        return settings.objective
    return "net_eur" if f"benefit_{stream.id}" in catalogue.prices else "quantity"
