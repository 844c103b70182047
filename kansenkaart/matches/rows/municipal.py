"""Totals per municipality and stream: supply, demand, delivered, overschot and tekort."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

_SUMS = ("supply", "demand", "delivered", "overschot", "tekort")


def sum_municipalities(
    areas: gpd.GeoDataFrame, gaps: pd.DataFrame, sites: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return `areas` with five columns per stream that has flows, in the stream's unit per year.

    ``<stream>_supply`` and ``_demand`` are free quantities of places inside the municipality, ``_delivered`` what
    arrives there, ``_overschot`` and ``_tekort`` what is left. Zero where a stream has no flow.
    """
    result = areas.copy()
    code = sites.set_index("site_id")["municipality_code"]
    parts = gaps.assign(municipality_code=code.loc[gaps["site_id"]].to_numpy())
    supply, demand = parts[parts["role"] == "supply"], parts[parts["role"] == "demand"]
    for stream in gaps["stream"].unique():
        sums = {
            "supply": _sum(supply, stream, "value"),
            "demand": _sum(demand, stream, "value"),
            "delivered": _sum(demand, stream, "delivered"),
            "overschot": _sum(supply, stream, "remaining"),
            "tekort": _sum(demand, stream, "remaining"),
        }
        for name in _SUMS:
            result[f"{stream}_{name}"] = sums[name].reindex(areas["municipality_code"]).fillna(0.0).to_numpy()
    return result


def _sum(parts: pd.DataFrame, stream: str, column: str) -> pd.Series:
    return parts[parts["stream"] == stream].groupby("municipality_code")[column].sum()
