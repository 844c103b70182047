"""Pairs as rows a reader can use: money, class, route, ladder and line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.geo import RD
from kansenkaart.matches.arrays import BoolArray
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.price.season import overlap
from kansenkaart.matches.price.trunks import name_trunks
from kansenkaart.matches.solve.problem import Problem

# Of every flow the chosen pairs and this many of the best others are kept as candidates.
OTHERS_KEPT = 10

Sides = tuple[Side, Side]


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
