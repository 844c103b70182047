"""Step 1 on the page: groups of places with what they have and want, and the sectors that stand out, in words."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue import Style, mix
from kansenkaart.maps.columns import Codes
from kansenkaart.tables.clusters import MOST_SECTORS, QUOTIENT_CLASSES, order_sectors
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts

_MOST_SECTORS, _OF_REGION = 12, 3
# A share of 0.8 to 1.25 times that of the country is about the same.
_STANDS_OUT = 1.25


def describe_clusters(frames: Frames, codes: Codes, *, texts: Texts) -> dict[str, list[Any]]:
    """Return ``groups`` and ``sectors`` of the header ``clusters``; of each group its places and streams by number.

    ``sites`` are places in the columns ``s.*``; ``ring`` is its outline, RD New, whole metres.
    """
    per_stream = dict(iter(frames.cluster_streams.groupby("cluster_id")))
    groups = []
    for row in frames.site_clusters.to_dict("records"):
        own = per_stream.get(row["cluster_id"], frames.cluster_streams.iloc[:0])
        known = own[own["stream"].isin(list(codes.streams))]
        theme = texts(f"tables.values.theme.{row['theme']}")
        ring = shapely.get_coordinates(row["geometry"].exterior).round().astype(int)
        groups.append(
            {
                "id": row["cluster_id"],
                "name": row["cluster"],
                "theme": theme[:1].upper() + theme[1:],
                "about": texts("tables.cluster_about", places=row["places"], chances=row["chances"]),
                "partners": row["partners"] if isinstance(row["partners"], str) else "",
                "sites": [codes.sites[site] for site in row["site_ids"].split("|")],
                "ring": ring.tolist(),
                "streams": [
                    {"stream": codes.streams[one["stream"]], **_weigh_stream(one)}
                    for one in known.to_dict("records")
                ],
            }
        )
    return {"groups": groups, "sectors": _say_sectors(frames, texts)}


def _weigh_stream(row: dict[Any, Any]) -> dict[str, Any]:
    """What a group has and wants of a stream, in its unit per year, and which part of its demand it fills itself."""
    amounts = {
        "supply": row["supply"],
        "demand": row["demand"],
        "runs": row["runs_inside"] + row["runs_out"] + row["runs_in"],
    }
    share = row["self_sufficiency"]
    return {
        "amounts": [[name, float(value)] for name, value in amounts.items() if value > 0],
        "itself": float(share) if share > 0 else 0,
    }


def _say_sectors(frames: Frames, texts: Texts) -> list[str]:
    """The sectors of the region, and of its areas those that surely stand out, by the low end of their interval."""
    clusters = frames.clusters
    sure = clusters[clusters["rank"].notna() & (clusters["shrunk_low"] > _STANDS_OUT)]
    first = sure.sort_values(["shrunk_low", "area_code", "sector"], ascending=[False, True, True])
    whole = frames.region_sectors.dropna(subset="rank").sort_values(["rank", "sector"])
    return [
        texts(
            "tables.cluster_sector",
            area=row["area"] if isinstance(row["area"], str) else row["area_code"],
            sector=row["sector_name"] if isinstance(row["sector_name"], str) else row["sector"],
            times=texts.number(row["shrunk"], 2),
            low=texts.number(row["shrunk_low"], 2),
            high=texts.number(row["shrunk_high"], 2),
        )
        for row in [*whole.head(_OF_REGION).to_dict("records"), *first.head(_MOST_SECTORS).to_dict("records")]
    ]


def describe_quotients(
    clusters: pd.DataFrame, municipalities: gpd.GeoDataFrame, style: Style, texts: Texts
) -> dict[str, list[Any]]:
    """Return ``classes`` of the location quotient with their colour, and per sector the class of every municipality.

    Municipalities are those in the region, by code; -1 is not known, or too little to tell. Nothing where the areas of
    `clusters` are none of them.
    """
    codes = find_own(municipalities)["municipality_code"]
    told = clusters[clusters["area_code"].isin(codes)]
    if told.empty:
        return {}
    edges = [low for _, low, _, _ in QUOTIENT_CLASSES]
    sectors = []
    for sector in order_sectors(told)[:MOST_SECTORS]:
        own = told[(told["sector"] == sector) & told["rank"].notna()]
        values = codes.map(own.set_index("area_code")["shrunk"]).to_numpy(dtype=float)
        found = np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right") - 1)
        name = told.loc[told["sector"] == sector, "sector_name"].iloc[0]
        sectors.append({"name": name if isinstance(name, str) else sector, "classes": found.tolist()})
    classes = [
        [texts(f"tables.quotients.{name}"), mix(style.accent, style.paper, tint)]
        for name, _, _, tint in QUOTIENT_CLASSES
    ]
    return {"classes": classes, "quotients": sectors}


def find_own(municipalities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Municipalities in the region, by code: those that a sector colours."""
    own: gpd.GeoDataFrame = municipalities[municipalities["in_region"].to_numpy(dtype=bool)]
    return own.sort_values("municipality_code", kind="stable")
