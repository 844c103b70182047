"""The chances as rows: ids, route, months, line and rank."""

from __future__ import annotations

from collections.abc import Sequence

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
from kansenkaart.project import Project, RankBy
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


def rank_matches(matches: pd.DataFrame, rank_by: Sequence[RankBy]) -> pd.DataFrame:
    """Return `matches` with ``rank`` 1..n and sorted by it.

    Classes come in their order. Inside a class the first of `rank_by` that tells two chances apart decides; two
    figures count, more is not known. Money: what pays before what has no price, and that before what costs money.
    Quantities are compared as a share of what their stream moves. Ties: shorter distance, then ids.
    """
    parts = {name: part for key in rank_by for name, part in _rank_parts(matches, key).items()}
    order = pd.DataFrame(
        {
            "tier": matches["chance_class"].map({name: n for n, name in enumerate(CHANCE_CLASSES)}),
            **parts,
            "distance_m": matches["distance_m"],
            "match_id": matches["match_id"],
        },
        index=matches.index,
    )
    ranked = matches.loc[order.sort_values(list(order.columns)).index].reset_index(drop=True)
    ranked["rank"] = np.arange(1, len(ranked) + 1)
    return ranked


def _rank_parts(matches: pd.DataFrame, key: RankBy) -> dict[str, pd.Series]:
    """Columns to sort by, the least first."""
    if key == "net_eur":
        net = matches["net_eur_y"]
        tier = np.select([net > 0, net.isna()], [0, 1], default=2)
        return {"pays": pd.Series(tier, index=matches.index), "net_eur": -_two_figures(net)}
    if key == "co2":
        return {key: -_two_figures(matches["co2_avoided_t_y"].fillna(0.0))}
    if key == "r_gain":
        return {key: (matches["r_after"] - matches["r_now"]).clip(upper=0)}
    if key == "quantity":
        return {
            key: -_two_figures(matches["quantity"] / matches.groupby("stream")["quantity"].transform("sum"))
        }
    return {key: -_two_figures(matches["robustness"].fillna(1.0))}


def _two_figures(values: pd.Series) -> pd.Series:
    """Rounded to two significant figures; missing stays missing."""
    size = values.abs().where(values != 0.0, 1.0)
    step = 10.0 ** (np.floor(np.log10(size)) - 1.0)
    return pd.Series((values / step).round() * step, index=values.index)
