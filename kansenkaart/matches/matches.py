"""STEP 3: eligible pairs, their price, the best allocation, how sure it is, and why - as checked frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.crew import ALONE, Crew
from kansenkaart.matches.certainty.draws import Spread, draw_group
from kansenkaart.matches.certainty.swings import (
    StreamSwings,
    deciding_inputs,
    find_swings,
    find_tornado,
    remark_tornado,
)
from kansenkaart.matches.price.classes import Stake, cap_certainty
from kansenkaart.matches.rows.chains import find_carried, find_chains, find_ledgers, name_chains
from kansenkaart.matches.rows.match_rows import (
    describe_solve,
    name_takers,
    rank_matches,
    reach_of,
    remark_solves,
    spread_months,
    sum_municipalities,
    trace_matches,
    write_candidates,
    write_rows,
)
from kansenkaart.matches.solve.solution import (
    MatchInputs,
    Solution,
    StreamSolution,
    name_ways,
    pose_stake,
    price_given,
    solve_streams,
)
from kansenkaart.matches.why.gaps import find_stream_gaps
from kansenkaart.matches.why.pair_rules import remark_decisions
from kansenkaart.matches.why.reasons import explain_matches
from kansenkaart.project import Project
from kansenkaart.tables import (
    CANDIDATES,
    CHAINS,
    FINDINGS,
    FLOWS,
    GAPS,
    LEDGERS,
    MATCH_MONTHS,
    MATCHES,
    MUNICIPALITIES,
    ROUTES,
    SOLVES,
    TORNADO,
    Table,
)
from kansenkaart.tables.reasons import Reason, Said, tell, tell_reason
from kansenkaart.texts import Texts


@dataclass(frozen=True)
class Chosen:
    """The matches of a stream as they are priced: ids in the order of the stake, and the least worth a drive."""

    match_ids: tuple[str, ...]
    stake: Stake
    least: float

    @cached_property
    def place(self) -> dict[str, int]:
        """Position of every match."""
        return {match: place for place, match in enumerate(self.match_ids)}


@dataclass(frozen=True)
class Matched:
    """The checked frames of step 3; ``flows`` is step 2's with what processors made filled in.

    ``reasons`` holds the reason of every match and flow, by its id, as data; the frames hold it in words. ``chosen``
    holds per stream what its matches are priced from, where the project asks for coalitions.
    """

    matches: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    gaps: pd.DataFrame
    flows: pd.DataFrame
    match_months: pd.DataFrame
    routes: gpd.GeoDataFrame
    chains: pd.DataFrame
    ledgers: pd.DataFrame
    tornado: pd.DataFrame
    solves: pd.DataFrame
    municipalities: gpd.GeoDataFrame
    findings: pd.DataFrame
    reasons: Mapping[str, Reason]
    chosen: Mapping[str, Chosen]


_TABLES: dict[str, Table] = {
    "matches": MATCHES,
    "candidates": CANDIDATES,
    "gaps": GAPS,
    "flows": FLOWS,
    "match_months": MATCH_MONTHS,
    "routes": ROUTES,
    "chains": CHAINS,
    "ledgers": LEDGERS,
    "tornado": TORNADO,
    "solves": SOLVES,
    "municipalities": MUNICIPALITIES,
    "findings": FINDINGS,
}


def find_matches(
    inputs: MatchInputs,
    catalogue: Catalogue,
    *,
    project: Project,
    texts: Texts,
    progress: Callable[[str], None] = lambda _: None,
    crew: Crew = ALONE,
) -> Matched:
    """Match all streams; those that hang together in one model.

    Parameters
    ----------
    inputs
        Frames ``SITES``, ``FLOWS``, ``LINKS`` and ``AREAS``, and what routes are found on; RD New, metres.
    catalogue
        Streams, pairs and prices with the project's own numbers applied.
    progress
        Called with the id of every stream that is begun.
    crew
        Who works out the draws.

    Returns
    -------
    Matched
        Delivered + remaining = value for every flow; ids of both sides are site ids.
    """
    solution = solve_streams(inputs, catalogue, project=project, progress=progress)
    spread = _draw(solution, project, crew)
    swings = find_swings(solution, catalogue, project=project, crew=crew)
    told = _Told(solution, inputs, catalogue, project, spread)
    written, kept, missed = _write_all(told, crew)
    matches, ledgers = _rank_chances(_bind(written, MATCHES), solution, swings, project)
    gaps = _bind(missed, GAPS)
    reasons = _take_reasons(matches, "match_id", texts) | _take_reasons(gaps, "flow_id", texts)
    candidates = _bind(kept, CANDIDATES)
    candidates["given_why"] = [said and tell(said, texts) for said in candidates["given_why"].tolist()]
    frames = {
        "matches": matches,
        "candidates": candidates,
        "gaps": gaps,
        "flows": solution.flows,
        **_tell_streams(told, ledgers),
        "chains": find_chains(matches, solution.connections, inputs.sites, catalogue, texts=texts),
        "tornado": find_tornado(swings),
        "municipalities": sum_municipalities(inputs.areas, gaps, inputs.sites),
        "findings": _bind(
            [
                remark_solves(solution, texts=texts),
                remark_tornado(swings, texts=texts),
                remark_decisions(solution, inputs, catalogue, texts=texts),
            ],
            FINDINGS,
        ),
    }
    asked = solution.streams if project.coalitions else {}
    chosen = {name: _choose(result, catalogue) for name, result in asked.items()}
    return Matched(**_checked(frames), reasons=reasons, chosen=chosen)


def _choose(result: StreamSolution, catalogue: Catalogue) -> Chosen:
    """The matches of a stream as they are priced."""
    rows = np.flatnonzero(result.pairs["chosen"].to_numpy(dtype=bool))
    names = name_ways(result.problem, result.sides, result.pairs.iloc[rows])
    return Chosen(tuple(names), pose_stake(result, rows, catalogue), result.problem.min_lot)


def _rank_chances(
    matches: pd.DataFrame, solution: Solution, swings: Mapping[str, StreamSwings], project: Project
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The matches of all streams, ranked, with what decides each; and what they draw from ledgers."""
    matches["decided_by"] = matches["match_id"].map(deciding_inputs(swings))
    matches["co2_avoided_t_y"], ledgers = find_ledgers(matches, solution.connections)
    matches = name_chains(matches, solution.connections)
    if not len(matches):
        return matches, ledgers
    reach_m = reach_of(one.problem.stream for one in solution.streams.values())
    return rank_matches(matches, project.rank_by, reach_m), ledgers


def _checked(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    conformed = {name: _TABLES[name].conform(frame) for name, frame in frames.items()}
    for name, frame in conformed.items():
        _TABLES[name].check(frame)
    return conformed


def _take_reasons(frame: pd.DataFrame, key: str, texts: Texts) -> dict[str, Reason]:
    """The reasons of a frame by id; the frame keeps them in words."""
    taken = dict(zip(frame[key], frame["reason"], strict=True))
    frame["reason"] = frame["reason"].map(lambda reason: tell_reason(reason, texts))
    return taken


def _draw(solution: Solution, project: Project, crew: Crew) -> dict[str, Spread]:
    """How sure every match of every stream is."""
    found: dict[str, Spread] = {}
    for names, group in solution.groups:
        spreads = draw_group(
            group,
            tuple(solution.streams[name].solved for name in names),
            tuple(solution.streams[name].sides for name in names),
            draws=project.draws,
            seed=project.seed,
            connections=solution.connections,
            crew=crew,
        )
        found |= dict(zip(names, spreads, strict=True))
    return found


@dataclass(frozen=True)
class _Told:
    """The rows of matches, candidates and gaps as work that can be divided: three frames per stream, in that order."""

    solution: Solution
    inputs: MatchInputs
    catalogue: Catalogue
    project: Project
    spread: Mapping[str, Spread]

    @property
    def in_threads(self) -> bool:
        """All of it is Python's own."""
        return False

    def run(self, first: int, out: int) -> list[pd.DataFrame]:
        """The frames from `first` up to `out`."""
        streams = list(self.solution.streams)
        kinds = self._write_matches, self._write_candidates, self._find_gaps
        return [kinds[number % len(kinds)](streams[number // len(kinds)]) for number in range(first, out)]

    def _write_matches(self, stream: str) -> pd.DataFrame:
        result, spread = self.solution.streams[stream], self.spread[stream]
        chosen = result.pairs["chosen"].to_numpy(dtype=bool)
        rows = write_rows(result.pairs[chosen], result.problem, result.sides)
        known = self.inputs.links[self.inputs.links["stream"] == stream]
        rows["robustness"] = spread.robustness[chosen]
        rows[["chance_class", "class_rule"]] = capped = cap_certainty(rows)
        reopened = self.project.existing == "reopen"
        reasons = explain_matches(result, self.solution, self.catalogue, links=known, reopened=reopened)
        fallen = (capped["class_rule"] == "cap_certainty").tolist()
        rows["reason"] = pd.Series(
            [
                (*said, Said("cap_certainty")) if fell else said
                for said, fell in zip(reasons, fallen, strict=True)
            ],
            index=rows.index,
            dtype=object,
        )
        for percent in ("p10", "p50", "p90"):
            rows[f"quantity_{percent}"] = getattr(spread, percent)[chosen]
        return rows

    def _write_candidates(self, stream: str) -> pd.DataFrame:
        """The pairs that were kept, and those of supplies that another has now."""
        rows = write_candidates(self.solution.streams[stream])
        given = price_given(stream, self.inputs, self.catalogue, project=self.project)
        if given is None:
            return rows
        links = self.inputs.links[self.inputs.links["stream"] == stream]
        kinds = dict(zip(self.inputs.sites["site_id"], self.inputs.sites["kind"], strict=True))
        more = name_takers(write_candidates(given).assign(given=True), links, kinds, self.catalogue)
        return pd.concat([rows, more[~more["match_id"].isin(rows["match_id"])]], ignore_index=True)

    def _find_gaps(self, stream: str) -> pd.DataFrame:
        return find_stream_gaps(self.solution.streams[stream], self.solution, self.catalogue)


def _tell_streams(told: _Told, ledgers: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What is told of one stream after the other; `ledgers` is what their matches draw together."""
    streams, catalogue, project = told.solution.streams.values(), told.catalogue, told.project
    solves = [describe_solve(result, catalogue) for result in streams]
    ways = [trace_matches(result, told.inputs.surroundings, catalogue, project=project) for result in streams]
    return {
        "match_months": _bind([spread_months(result) for result in streams], MATCH_MONTHS),
        "routes": _bind(ways, ROUTES),
        "ledgers": _bind([ledgers, *(find_carried(result) for result in streams)], LEDGERS),
        "solves": pd.DataFrame(solves, columns=SOLVES.names()),
    }


def _write_all(told: _Told, crew: Crew) -> tuple[list[pd.DataFrame], list[pd.DataFrame], list[pd.DataFrame]]:
    """Per stream its matches, its candidates and its gaps."""
    frames = crew.share(told, 3 * len(told.solution.streams))
    return frames[0::3], frames[1::3], frames[2::3]


def _bind(parts: list[pd.DataFrame], table: Table) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else table.empty()
