"""Areas with their sectors: the three strongest by name, and a column with the location quotient of each."""

from __future__ import annotations

import re

import geopandas as gpd
import pandas as pd

from kansenkaart.tables.clusters import MOST_SECTORS, order_sectors

QUOTIENT = "lq_"
_STRONGEST = 3


def find_cluster_areas(clusters: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return an area a row: its strongest sectors by rank, and per sector the shrunk quotient where it is ranked.

    Parameters
    ----------
    clusters
        Frame ``CLUSTERS``.
    areas
        ``area_code`` and ``geometry``; of an area that is not in it there is no row.
    """
    ranked = clusters.dropna(subset="rank").sort_values(["area_code", "rank", "sector"])
    strongest = ranked[ranked.groupby("area_code").cumcount() < _STRONGEST]
    place = strongest.groupby("area_code").cumcount() + 1
    named = strongest["sector_name"].fillna(strongest["sector"])
    wide = clusters.drop_duplicates("area_code").set_index("area_code")[
        ["area", "area_total", "area_complete"]
    ]
    for number in range(1, _STRONGEST + 1):
        of_place = (place == number).to_numpy()
        codes = strongest["area_code"][of_place].to_numpy()
        wide[f"sector_{number}"] = pd.Series(named[of_place].to_numpy(), index=codes, dtype="str")
        wide[f"quotient_{number}"] = pd.Series(
            strongest["shrunk"][of_place].to_numpy(), index=codes, dtype="float64"
        )
    quotients = ranked.pivot(index="area_code", columns="sector", values="shrunk")
    chosen = order_sectors(clusters)[:MOST_SECTORS]
    own = quotients.reindex(columns=chosen).rename(columns=quotient_column)
    joined = areas[["area_code", "geometry"]].merge(wide.join(own).reset_index(), on="area_code")
    return gpd.GeoDataFrame(joined[[*(name for name in joined if name != "geometry"), "geometry"]])


def quotient_column(sector: str) -> str:
    """Return the name of the column with the quotient of `sector`.

    Examples
    --------
    >>> quotient_column("G+I")
    'lq_G_I'
    """
    return QUOTIENT + re.sub(r"[^0-9A-Za-z]", "_", sector)
