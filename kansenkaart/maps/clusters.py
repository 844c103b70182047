"""Step 1 on the page: groups of places with what they have and want, and the sectors that stand out, in words."""

from __future__ import annotations

from typing import Any

import shapely

from kansenkaart.maps.columns import Codes
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
