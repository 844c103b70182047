"""A small world: places in, everything step 3 found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from kansenkaart.catalogue import Catalogue, OwnNumber, Processor, apply_changes, load_catalogue
from kansenkaart.catalogue.changes import add_processors, at_year
from kansenkaart.flows import estimate_flows
from kansenkaart.matches import find_matches
from kansenkaart.matches.program.solver import Answer, Solver
from kansenkaart.matches.rows.chains import find_chains, find_ledgers, name_chains
from kansenkaart.matches.rows.match_rows import write_rows
from kansenkaart.matches.solve.solution import MatchInputs, Solution, solve_streams
from kansenkaart.matches.why.explain import Explanation, explain_pair
from kansenkaart.matches.why.gaps import find_stream_gaps
from kansenkaart.matches.why.reasons import explain_matches
from kansenkaart.tables import AREAS, DECISIONS, LINKS, Surroundings
from kansenkaart.tables.reasons import tell_reason
from kansenkaart.texts import load_texts
from tests.matches.places import HEAT


@dataclass(frozen=True)
class World:
    """What was put in and what came out."""

    sites: gpd.GeoDataFrame
    catalogue: Catalogue
    solution: Solution
    matches: pd.DataFrame
    plain_co2: pd.Series
    chains: pd.DataFrame
    ledgers: pd.DataFrame

    def moved(self, stream: str, role: str, site: str) -> float:
        """Quantity per year that the matches of a stream move at a place."""
        mine = (self.matches["stream"] == stream) & (self.matches[f"{role}_id"] == site)
        return float(self.matches.loc[mine, "quantity"].sum())

    def flow(self, flow_id: str) -> pd.Series:
        """Completed flow."""
        return self.solution.flows.set_index("flow_id").loc[flow_id]


@pytest.fixture
def cut_off(monkeypatch) -> None:
    """End every search for lots at the first answer, as time would on a larger problem: on every machine the same."""
    solve = Solver.solve

    def at_first(
        self: Solver, deadline: float, *, gap: float | None = None, **settings: int | None
    ) -> Answer:
        if gap is not None:
            self._set("mip_max_improving_sols", 1)
        return solve(self, deadline, gap=gap, **settings)

    monkeypatch.setattr(Solver, "solve", at_first)


@pytest.fixture
def world(make_sites, make_project) -> Callable[..., World]:
    """Return a maker of worlds from rows of places, a project's settings, its own processors and prices with ends."""

    def make(
        *rows: dict[str, object],
        processors: tuple[dict[str, object], ...] = (),
        prices=None,
        year=2025,
        **settings,
    ) -> World:
        own = [
            Processor.model_validate({"low": one["value"], "high": one["value"], **one}) for one in processors
        ]
        known = {
            name: OwnNumber(low=low, value=value, high=high)
            for name, (low, value, high) in (prices or {}).items()
        }
        priced = at_year(load_catalogue(), year)
        catalogue = apply_changes(priced, kengetallen={}, prices=known, streams={})
        catalogue = add_processors(catalogue, own, year=2025)
        # Small numbers are easier to follow: no smallest lots unless a test asks for them.
        method = {"lots": False, **settings.pop("method", {})}
        project, texts = make_project(method=method, **settings), load_texts("nl")
        sites = make_sites(*rows)
        links = LINKS.empty()
        flows = estimate_flows(sites, links, catalogue, project=project, texts=texts).flows
        inputs = MatchInputs(sites, flows, links, gpd.GeoDataFrame())
        solution = solve_streams(inputs, catalogue, project=project)
        parts = [
            write_rows(one.pairs[one.pairs["chosen"].to_numpy(dtype=bool)], one.problem, one.sides)
            for one in solution.streams.values()
        ]
        found = pd.concat(parts, ignore_index=True)
        plain = found["co2_avoided_t_y"].copy()
        found["co2_avoided_t_y"], ledgers = find_ledgers(found, solution.connections)
        found = name_chains(found, solution.connections)
        chains = find_chains(found, solution.connections, sites, catalogue, texts=texts)
        return World(sites, catalogue, solution, found, plain, chains, ledgers)

    return make


@dataclass(frozen=True)
class Told:
    """A solved region with what is said of it."""

    inputs: MatchInputs
    catalogue: Catalogue
    solution: Solution
    gaps: pd.DataFrame
    reasons: dict[str, list[str]]
    language: str

    def gap(self, flow_id: str) -> pd.Series:
        """Return the row of one flow."""
        return self.gaps.set_index("flow_id").loc[flow_id]

    def moved(self, stream: str) -> float:
        """Quantity per year of a stream."""
        return float(self.solution.streams[stream].solved.quantity.sum())

    def explain(self, supply: str, demand: str) -> Explanation:
        """Explain one pair."""
        texts = load_texts(self.language)
        return explain_pair(self.solution, self.inputs, supply, demand, catalogue=self.catalogue, texts=texts)


@pytest.fixture
def region(make_sites, make_project) -> Callable[..., Told]:
    """Return a maker of solved regions; `prices` are fixed, `links` and `decisions` rows of LINKS and DECISIONS,
    `change` alters the flows."""

    def make(
        *rows: dict[str, object],
        prices=None,
        links=None,
        surroundings=None,
        change=None,
        decisions=None,
        **settings,
    ) -> Told:
        fixed = {name: OwnNumber(low=one, value=one, high=one) for name, one in (prices or {}).items()}
        project = make_project(**settings)
        reach = {
            stream: one.model_dump(include={"hard_km", "soft_km"}, exclude_none=True)
            for stream, one in project.stream.items()
        }
        catalogue = apply_changes(load_catalogue(), kengetallen={}, prices=fixed, streams=reach)
        catalogue = add_processors(catalogue, list(project.processors), year=2025)
        texts, sites = load_texts(project.language), make_sites(*rows)
        known = LINKS.empty() if links is None else links
        flows = estimate_flows(sites, known, catalogue, project=project, texts=texts).flows
        flows = flows if change is None else change(flows)
        decided = DECISIONS.empty() if decisions is None else decisions
        inputs = MatchInputs(sites, flows, known, gpd.GeoDataFrame(), surroundings or Surroundings(), decided)
        solution = solve_streams(inputs, catalogue, project=project)
        streams = solution.streams.items()
        gaps = [find_stream_gaps(one, solution, catalogue) for _, one in streams]
        left = pd.concat(gaps, ignore_index=True)
        left["reason"] = [tell_reason(reason, texts) for reason in left["reason"]]
        reasons = {
            stream: [
                tell_reason(reason, texts)
                for reason in explain_matches(
                    one, solution, catalogue, links=known[known["stream"] == stream]
                )
            ]
            for stream, one in streams
        }
        return Told(inputs, catalogue, solution, left, reasons, project.language)

    return make


def _areas() -> gpd.GeoDataFrame:
    row = {
        "municipality_code": "GM0363",
        "municipality": "Amsterdam",
        "province": "Noord-Holland",
        "in_region": True,
    }
    frame = gpd.GeoDataFrame(
        [{**row, "geometry": box(0, 300_000, 300_000, 600_000)}], geometry="geometry", crs=28992
    )
    return AREAS.conform(frame)


@pytest.fixture
def run(make_sites, make_project):
    """Return a finder of matches between rows of places: the flows, and all that is found."""

    def run(*rows, catalogue=None, language="nl", links=None, **settings):
        links = LINKS.empty() if links is None else links
        known = catalogue or load_catalogue()
        # By the year and without smallest lots: small numbers that can be followed by hand.
        method = {"season": False, "lots": False, "coupling": "off", **settings.pop("method", {})}
        project = make_project(**{"streams": [HEAT], "language": language, "method": method, **settings})
        texts = load_texts(language)
        sites = make_sites(*rows)
        flows = estimate_flows(sites, links, known, project=project, texts=texts).flows
        return flows, find_matches(
            MatchInputs(sites, flows, links, _areas()),
            known,
            project=project,
            texts=texts,
        )

    return run
