"""The way of every match whose route was found over roads or ground: rows of ``ROUTES``."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.geo import RD
from kansenkaart.matches.pairs.follow import choose_surroundings
from kansenkaart.matches.pairs.routes import PlacePairs, trace_routes
from kansenkaart.matches.rows.priced import write_rows
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.project import Project
from kansenkaart.tables import Surroundings


def trace_matches(
    one: StreamSolution, known: Surroundings, catalogue: Catalogue, *, project: Project
) -> pd.DataFrame:
    """One row with its line per match that does not go straight."""
    basis = one.pairs["route_basis"].to_numpy() if len(one.pairs) else np.empty(0, dtype=object)
    rows = np.flatnonzero(one.pairs["chosen"].to_numpy(dtype=bool) & (basis != "straight"))
    if not len(rows):
        return pd.DataFrame()
    pairs = one.pairs.iloc[rows]
    chosen = choose_surroundings(one.problem.stream, project, known)
    lines = trace_routes(
        PlacePairs(
            one.sides[0].xy,
            one.sides[1].xy,
            pairs["s"].to_numpy(),
            pairs["d"].to_numpy(),
            pairs["distance_m"].to_numpy(dtype=float),
        ),
        roads=chosen.roads,
        friction=chosen.friction,
        detour=catalogue.prices["detour_factor"].value,
        reach_m=one.problem.stream.hard_km * 1000.0,
    )
    written = write_rows(pairs, one.problem, one.sides, drawn=False)
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
