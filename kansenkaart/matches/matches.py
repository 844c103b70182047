"""STEP 3: eligible pairs, their price, the best allocation, how sure it is, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.geo import RD
from kansenkaart.matches.classes import class_pairs
from kansenkaart.matches.draws import draw_allocations
from kansenkaart.matches.economics import avoided_co2, base_load_mw, break_even, price_pairs, route_lengths
from kansenkaart.matches.eligibility import Side, find_eligible, read_side, stream_pairs
from kansenkaart.matches.gaps import Book, find_gaps
from kansenkaart.matches.municipal import sum_municipalities
from kansenkaart.matches.ranking import rank_matches
from kansenkaart.matches.reasons import explain_matches
from kansenkaart.matches.tiers import Problem, Solved, solve
from kansenkaart.project import Project
from kansenkaart.tables import CANDIDATES, GAPS, MATCHES, MUNICIPALITIES, SOLVES
from kansenkaart.texts import Texts

# Of every flow the chosen pairs and this many of the best others are kept as candidates.
OTHERS_KEPT = 10

# Pipes turn out dearer than reckoned: what a chance needs is shown for half as much again, too.
DEARER_PIPE = 0.5

_DUST = 1e-9


@dataclass(frozen=True)
class Matched:
    """The checked frames of step 3."""

    matches: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    gaps: pd.DataFrame
    solves: pd.DataFrame
    municipalities: gpd.GeoDataFrame


@dataclass(frozen=True)
class _StreamResult:
    matches: pd.DataFrame
    candidates: pd.DataFrame
    gaps: pd.DataFrame
    solve: dict[str, object]


def find_matches(
    sites: gpd.GeoDataFrame,
    flows: pd.DataFrame,
    links: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    catalogue: Catalogue,
    *,
    project: Project,
    texts: Texts,
    progress: Callable[[str], None] = lambda _: None,
) -> Matched:
    """Match every stream by itself.

    Parameters
    ----------
    sites, flows, links, areas
        Frames ``SITES``, ``FLOWS``, ``LINKS`` and ``AREAS``; RD New, metres.
    catalogue
        Streams, pairs and prices with the project's own numbers applied.
    progress
        Called with the id of every stream that is begun.

    Returns
    -------
    Matched
        Delivered + remaining = value for every flow; ids of both sides are site ids.
    """
    results = []
    for stream_id in pd.unique(flows["stream"]):
        progress(stream_id)
        known = links[links["stream"] == stream_id]
        sides = read_side(flows, sites, stream_id, "supply"), read_side(flows, sites, stream_id, "demand")
        results.append(_match_stream(sides, known, catalogue.streams[stream_id], catalogue, project, texts))
    matches = _bind([result.matches for result in results], MATCHES.empty())
    if len(matches):
        matches = rank_matches(matches, project.weights)
    gaps = GAPS.conform(_bind([result.gaps for result in results], GAPS.empty()))
    solves = SOLVES.conform(pd.DataFrame([result.solve for result in results], columns=SOLVES.names()))
    matched = Matched(
        MATCHES.conform(matches),
        CANDIDATES.conform(_bind([result.candidates for result in results], CANDIDATES.empty())),
        gaps,
        solves,
        MUNICIPALITIES.conform(sum_municipalities(areas, gaps, sites)),
    )
    for table, frame in (
        (MATCHES, matched.matches),
        (CANDIDATES, matched.candidates),
        (GAPS, matched.gaps),
        (SOLVES, matched.solves),
        (MUNICIPALITIES, matched.municipalities),
    ):
        table.check(frame)
    return matched


def _match_stream(
    sides: tuple[Side, Side],
    known: pd.DataFrame,
    stream: Stream,
    catalogue: Catalogue,
    project: Project,
    texts: Texts,
) -> _StreamResult:
    rules = stream_pairs(stream, catalogue)
    pairs = find_eligible(*sides, stream, catalogue)
    pairs["route_m"] = route_lengths(pairs["distance_m"].to_numpy(), catalogue)
    problem = Problem(
        stream,
        rules,
        pairs,
        sides[0].column("value").astype(float),
        sides[1].column("value").astype(float),
        _objective(stream, catalogue, project),
    )
    solved = solve(problem, catalogue)
    priced = _price(problem, solved, catalogue)
    chosen = (priced["quantity"] > _DUST).to_numpy()
    matches = _frame(priced[chosen], sides, stream, catalogue)
    matches["reason"] = explain_matches(priced, sides, stream, catalogue, links=known, texts=texts)
    spread = draw_allocations(
        problem,
        solved.plan,
        np.where(chosen, solved.quantity, 0.0),
        sides,
        draws=project.draws,
        seed=project.seed,
    )
    matches["robustness"] = spread.robustness[chosen]
    for name, values in (
        ("quantity_p10", spread.p10),
        ("quantity_p50", spread.p50),
        ("quantity_p90", spread.p90),
    ):
        matches[name] = values[chosen]
    kept = priced[chosen | _best_others(priced)]
    candidates = _frame(kept, sides, stream, catalogue)
    candidates["chosen"] = (kept["quantity"] > _DUST).to_numpy()
    return _StreamResult(
        matches, candidates, _gaps(priced, sides, stream, catalogue, texts), _solve_row(problem, solved)
    )


def _objective(stream: Stream, catalogue: Catalogue, project: Project) -> str:
    """What is maximised: as the project says, else EUR where benefit and transport have a price."""
    settings = project.stream.get(stream.id)
    if settings is not None and settings.objective is not None:
        return settings.objective
    return "net_eur" if f"benefit_{stream.id}" in catalogue.prices else "quantity"


def _price(problem: Problem, solved: Solved, catalogue: Catalogue) -> pd.DataFrame:
    """All eligible pairs with money and class: chosen ones at what they got, others at what they could reach."""
    pairs = problem.pairs.copy()
    reach = np.minimum(problem.supply[pairs["s"]], problem.demand[pairs["d"]])
    size = np.where(solved.quantity > _DUST, solved.quantity, reach)
    money = price_pairs(problem.stream, problem.rules, pairs, size, catalogue)
    pairs["quantity"] = solved.quantity
    pairs["cost_eur_y"], pairs["benefit_eur_y"] = money.cost, money.benefit
    pairs["net_low_eur_y"], pairs["net_eur_y"], pairs["net_high_eur_y"] = (
        money.net_low,
        money.net,
        money.net_high,
    )
    pairs["break_even_eur_unit"] = break_even(money, size)
    piped = problem.stream.unit == "GJ"
    pairs["break_even_dear_eur_unit"] = break_even(money, size, dearer_pipe=DEARER_PIPE) if piped else np.nan
    pairs["pipe_mw"] = base_load_mw(size, catalogue.prices) if piped else np.nan
    pairs["co2_avoided_t_y"] = avoided_co2(problem.stream, problem.rules, pairs, size, catalogue)
    pairs[["chance_class", "class_rule"]] = class_pairs(problem.stream, problem.rules, pairs, money)
    pairs["worth"] = _worth(pairs, solved)
    return pairs


def _worth(pairs: pd.DataFrame, solved: Solved) -> np.ndarray:
    """Higher is better, in the order the run itself used: tier, worth per unit, distance."""
    per_unit = np.nan_to_num(solved.plan.unit_value, nan=0.0)
    order = np.lexsort((pairs["d"], pairs["distance_m"], -per_unit, solved.plan.tier))
    worth = np.empty(len(pairs), dtype=np.int64)
    worth[order] = -np.arange(len(pairs))
    return worth


def _best_others(pairs: pd.DataFrame) -> np.ndarray:
    """Pairs without a quantity that are among the ten best of their supply or of their demand."""
    others = pairs[pairs["quantity"] <= _DUST]
    keep = np.zeros(len(pairs), dtype=bool)
    for side in ("s", "d"):
        best = others.groupby(side)["worth"].rank(method="first", ascending=False) <= OTHERS_KEPT
        keep[others.index[best]] = True
    return keep


def _frame(
    pairs: pd.DataFrame, sides: tuple[Side, Side], stream: Stream, catalogue: Catalogue
) -> pd.DataFrame:
    """Pairs with ids, unit, ladder, scale level and line, as the frames name them."""
    s, d = pairs["s"].to_numpy(), pairs["d"].to_numpy()
    rules = stream_pairs(stream, catalogue)
    detour = catalogue.prices["detour_factor"].value
    frame: pd.DataFrame = pairs.reset_index(drop=True)
    frame["stream"], frame["unit"] = stream.id, stream.unit
    frame["supply_id"], frame["demand_id"] = sides[0].column("site_id")[s], sides[1].column("site_id")[d]
    frame["match_id"] = (
        stream.id + "|" + frame["supply_id"].astype(str) + "|" + frame["demand_id"].astype(str)
    )
    frame["route_basis"] = f"straight x {detour:g}"
    frame["r_now"] = stream.r_now
    frame["r_after"] = np.array([rule.r_after for rule in rules], dtype=np.int64)[frame["rule"].to_numpy()]
    frame["scale_level"] = _scale_levels(sides[0], sides[1], s, d)
    ends = np.stack([sides[0].xy[s], sides[1].xy[d]], axis=1)
    lines: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=shapely.linestrings(ends), crs=RD)
    return lines


def _scale_levels(supply: Side, demand: Side, s: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Lokaal inside one municipality, regionaal inside one province, else bovenregionaal."""
    local = supply.column("municipality_code")[s] == demand.column("municipality_code")[d]
    regional = supply.column("province")[s] == demand.column("province")[d]
    return np.select([local, regional], ["lokaal", "regionaal"], default="bovenregionaal")


def _gaps(
    pairs: pd.DataFrame, sides: tuple[Side, Side], stream: Stream, catalogue: Catalogue, texts: Texts
) -> pd.DataFrame:
    books = []
    for role, key, own, other in (("supply", "s", *sides), ("demand", "d", *sides[::-1])):
        positions = pairs[key].to_numpy()
        quantity = pairs["quantity"].to_numpy(dtype=float)
        delivered = np.bincount(positions, quantity, len(own)).astype(float)
        partners = other.column("value")[pairs["d" if key == "s" else "s"].to_numpy()].astype(float)
        within_reach = np.bincount(positions, partners, len(own)).astype(float)
        books.append(
            find_gaps(Book(own, other, delivered, within_reach), role, stream, catalogue, texts=texts)
        )
    return pd.concat(books, ignore_index=True)


def _solve_row(problem: Problem, solved: Solved) -> dict[str, object]:
    return {
        "stream": problem.stream.id,
        "unit": problem.stream.unit,
        "objective": problem.objective,
        "pairs": len(problem.pairs),
        "rounds": solved.rounds,
        "value": solved.objective_value,
        "value_unit": solved.objective_unit,
        "certified": solved.certified,
        "quantity": float(solved.quantity.sum()),
        "nearest_share": solved.nearest_share,
        "greedy_share": solved.greedy_share,
    }


def _bind(parts: list[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty
