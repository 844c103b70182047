"""The chances as rows: ids, route, months, line and rank."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue import Catalogue
from kansenkaart.geo import RD
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.pairs.routes import PlacePairs, choose_surroundings, trace_routes
from kansenkaart.matches.price.heat_pipe import name_trunks
from kansenkaart.matches.price.months import overlap
from kansenkaart.matches.solve.problem import Problem
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.project import Project, Weights
from kansenkaart.tables import Surroundings
from kansenkaart.tables.matches import CHANCE_CLASSES

Sides = tuple[Side, Side]


def write_rows(pairs: pd.DataFrame, problem: Problem, sides: Sides, *, drawn: bool = True) -> pd.DataFrame:
    """Pairs with ids, unit, ladder, trunk and, when `drawn`, their line; rows in the order given."""
    s, d = pairs["s"].to_numpy(), pairs["d"].to_numpy()
    stream = problem.stream
    frame: pd.DataFrame = pairs.reset_index(drop=True)
    frame["stream"], frame["unit"] = stream.id, stream.unit
    frame["supply_id"], frame["demand_id"] = sides[0].column("site_id")[s], sides[1].column("site_id")[d]
    frame["match_id"] = (
        stream.id + "|" + frame["supply_id"].astype(str) + "|" + frame["demand_id"].astype(str)
    )
    frame["decision"] = ["confirmed" if decided else None for decided in pairs["confirmed"]]
    frame["trunk_id"] = name_trunks(sides, pairs) if stream.is_heat else None
    frame["overlap"] = (
        overlap(problem.supply[s], problem.demand[d]) if problem.supply.shape[1] > 1 else np.nan
    )
    frame["r_now"] = stream.r_now
    rungs = np.array([rule.r_after for rule in problem.rules], dtype=np.int64)
    frame["r_after"] = rungs[frame["rule"].to_numpy()] if len(frame) else np.empty(0, dtype=np.int64)
    if not drawn:
        return frame
    lines = shapely.linestrings(np.stack([sides[0].xy[s], sides[1].xy[d]], axis=1))
    drawn_frame: pd.DataFrame = gpd.GeoDataFrame(frame, geometry=lines, crs=RD)
    return drawn_frame


def spread_months(result: StreamSolution) -> pd.DataFrame:
    """One row per match and month; nothing for a stream that was matched by the year."""
    months = result.solved.months
    if months.shape[1] == 1:
        return pd.DataFrame()
    chosen = np.flatnonzero(result.pairs["chosen"].to_numpy(dtype=bool))
    rows = write_rows(result.pairs.iloc[chosen], result.problem, result.sides, drawn=False)
    count = months.shape[1]
    return pd.DataFrame(
        {
            "match_id": np.repeat(rows["match_id"].to_numpy(), count),
            "stream": result.problem.stream.id,
            "month": np.tile(np.arange(1, count + 1), len(chosen)),
            "quantity": months[chosen].ravel(),
            "from_store": result.solved.from_store[chosen].ravel(),
            "unit": result.problem.stream.unit,
        }
    )


def trace_matches(
    result: StreamSolution, known: Surroundings, catalogue: Catalogue, *, project: Project
) -> pd.DataFrame:
    """One row with its line per match that does not go straight."""
    basis = result.pairs["route_basis"].to_numpy() if len(result.pairs) else np.empty(0, dtype=object)
    rows = np.flatnonzero(result.pairs["chosen"].to_numpy(dtype=bool) & (basis != "straight"))
    if not len(rows):
        return pd.DataFrame()
    pairs = result.pairs.iloc[rows]
    chosen = choose_surroundings(result.problem.stream, project, known)
    lines = trace_routes(
        PlacePairs(
            result.sides[0].xy,
            result.sides[1].xy,
            pairs["s"].to_numpy(),
            pairs["d"].to_numpy(),
            pairs["distance_m"].to_numpy(dtype=float),
        ),
        roads=chosen.roads,
        friction=chosen.friction,
        detour=catalogue.prices["detour_factor"].value,
        reach_m=result.problem.stream.hard_km * 1000.0,
    )
    written = write_rows(pairs, result.problem, result.sides, drawn=False)
    frame: pd.DataFrame = gpd.GeoDataFrame(
        {
            "match_id": written["match_id"],
            "stream": written["stream"],
            "basis": written["route_basis"],
            "length_m": written["route_m"],
            "cost_length_m": written["cost_length_m"],
            "snap_m": written["snap_m"],
            "cost_eur": written["cost_eur_y"],
        },
        geometry=lines,
        crs=RD,
    )
    return frame


_CERTAINTY = {"kansrijk": 1.0, "verkennen": 0.5, "technisch": 0.0}


def rank_matches(matches: pd.DataFrame, weights: Weights) -> pd.DataFrame:
    """Return `matches` with ``rank`` 1..n and sorted by it.

    Classes come in their order; inside a class the weighted mean of percentile ranks decides. Quantities of
    different streams are compared within their own stream only. Ties: shorter distance, then ids.
    """
    score = sum(
        share * part
        for share, part in (
            (weights.net_eur, _percentile(matches["net_eur_y"])),
            (weights.co2, _percentile(matches["co2_avoided_t_y"])),
            (weights.quantity, matches.groupby("stream")["quantity"].rank(pct=True)),
            (weights.certainty, _certainty(matches)),
            (weights.r_gain, ((matches["r_now"] - matches["r_after"]) / 9.0).astype(float)),
        )
    )
    order = pd.DataFrame(
        {
            "tier": matches["chance_class"].map({name: n for n, name in enumerate(CHANCE_CLASSES)}),
            "score": -np.round(np.asarray(score, dtype=float), 12),
            "distance_m": matches["distance_m"],
            "match_id": matches["match_id"],
        },
        index=matches.index,
    ).sort_values(["tier", "score", "distance_m", "match_id"])
    ranked = matches.loc[order.index].reset_index(drop=True)
    ranked["rank"] = np.arange(1, len(ranked) + 1)
    return ranked


def _percentile(values: pd.Series) -> pd.Series:
    """Percentile rank; what nobody knows counts as the lowest."""
    return values.rank(pct=True).fillna(0.0)


def _certainty(matches: pd.DataFrame) -> pd.Series:
    return matches["chance_class"].map(_CERTAINTY) * matches["robustness"].fillna(1.0)
