"""Pairs as rows a reader can use: money, class, route, ladder and line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue import Catalogue
from kansenkaart.geo import RD
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.price.classes import class_pairs
from kansenkaart.matches.price.economics import (
    avoided_co2,
    break_even,
    break_even_distance,
    price_pairs,
    with_fixed,
)
from kansenkaart.matches.price.heat_pipe import pair_power_mw
from kansenkaart.matches.price.load_hours import with_load_hours
from kansenkaart.matches.price.season import overlap
from kansenkaart.matches.price.trunks import name_trunks
from kansenkaart.matches.solve.problem import DUST, BoolArray, IntArray, Problem, Solved

# Of every flow the chosen pairs and this many of the best others are kept as candidates.
OTHERS_KEPT = 10

# Pipes turn out dearer than reckoned: what a chance needs is shown for half as much again, too.
DEARER_PIPE = 0.5

Sides = tuple[Side, Side]


def price_solution(problem: Problem, solved: Solved, sides: Sides, catalogue: Catalogue) -> pd.DataFrame:
    """All eligible pairs with money and class: chosen ones at what they got, others at what they could reach.

    Returns
    -------
    DataFrame
        ``problem.pairs`` with ``quantity``, the priced columns of ``MATCHES``, ``chosen`` and ``worth`` (higher is
        better, in the order the run itself used: tier, worth per unit, distance). ``load_hours``, where there are
        months, are those of what was chosen.
    """
    pairs = with_load_hours(problem.pairs, solved.months, solved.quantity > DUST).copy()
    pairs["quantity"] = solved.quantity
    pairs["chosen"] = solved.quantity > DUST
    size = np.where(pairs["chosen"], solved.quantity, problem.reach)
    money = price_pairs(problem.stream, problem.rules, pairs, size, catalogue)
    stored = problem.storage_eur_unit * solved.from_store.sum(axis=1)
    money = with_fixed(money, problem.fixed_eur_y + stored)
    pairs["along"] = money.along
    pairs["cost_eur_y"], pairs["benefit_eur_y"] = money.cost, money.benefit
    for name in ("net_low", "net", "net_high"):
        pairs[f"{name}_eur_y"] = getattr(money, name)
    piped = problem.stream.unit == "GJ"
    pairs["break_even_eur_unit"] = break_even(money, size)
    pairs["break_even_dear_eur_unit"] = break_even(money, size, dearer_pipe=DEARER_PIPE) if piped else np.nan
    pairs["break_even_km"] = break_even_distance(problem.stream, problem.rules, pairs, size, catalogue)
    pairs["pipe_mw"] = pair_power_mw(pairs, size, catalogue.prices) if piped else np.nan
    pairs["co2_avoided_t_y"] = avoided_co2(problem.stream, problem.rules, pairs, size, catalogue)
    pairs["scale_level"] = _scale_levels(sides, problem.s, problem.d)
    pairs[["chance_class", "class_rule"]] = class_pairs(problem.stream, problem.rules, pairs, money)
    pairs["worth"] = _worth(problem, solved)
    return pairs


def keep_best_others(pairs: pd.DataFrame) -> BoolArray:
    """Pairs that were not chosen and are among the ten best of their supply or of their demand."""
    others = pairs[~pairs["chosen"]]
    keep = np.zeros(len(pairs), dtype=bool)
    for side in ("s", "d"):
        best = others.groupby(side)["worth"].rank(method="first", ascending=False) <= OTHERS_KEPT
        keep[others.index[best]] = True
    return keep


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
    confirmed = pairs["confirmed"].to_numpy() if "confirmed" in pairs else np.zeros(len(pairs), dtype=bool)
    frame["decision"] = ["confirmed" if one else None for one in confirmed]
    frame["trunk_id"] = name_trunks(sides, pairs)
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


def _worth(problem: Problem, solved: Solved) -> IntArray:
    per_unit = np.nan_to_num(solved.plan.unit_value, nan=0.0)
    distance = problem.pairs["distance_m"].to_numpy()
    order = np.lexsort((problem.d, distance, -per_unit, solved.plan.tier))
    worth = np.empty(len(order), dtype=np.int64)
    worth[order] = -np.arange(len(order))
    return worth


def _scale_levels(sides: Sides, s: IntArray, d: IntArray) -> np.ndarray:
    """Lokaal inside one municipality, regionaal inside one province, else bovenregionaal."""
    local = sides[0].column("municipality_code")[s] == sides[1].column("municipality_code")[d]
    regional = sides[0].column("province")[s] == sides[1].column("province")[d]
    return np.select([local, regional], ["lokaal", "regionaal"], default="bovenregionaal")
