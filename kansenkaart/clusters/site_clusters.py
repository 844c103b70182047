"""Groups of places of one theme that lie near each other, each with what it has, wants, gets by itself and from whom.

Within a theme no two places of a group lie farther apart than `across_m`: complete linkage, which makes round groups
where a chain of near neighbours would run on across the province. It is done apart for every part of the graph of
places within reach, outside which it could join nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.clusters.sides import count_sides
from kansenkaart.geo import RD
from kansenkaart.tables import CLUSTER_STREAMS, SITE_CLUSTERS
from kansenkaart.tables.matches import pay_now
from kansenkaart.texts import Texts

# Two rows nearer than this are one address: a plant that stands in several layers is one place.
_SAME_PLACE_M = 100.0
_OUTLINE_M = 800.0
_PARTNERS = 3
# A name tells what leads the stream of which the group has most, and what leads a next one of which it has this part.
_NAMED, _SECOND = 2, 0.1
# Linkage compares all pairs: of more places than this in one part of the graph the country is first cut in squares.
_MOST_LINKED = 4_000


@dataclass(frozen=True)
class Found:
    """What step 2 and 3 found of the places: frames ``SITES, FLOWS, MATCHES, GAPS, LINKS``."""

    sites: gpd.GeoDataFrame
    flows: pd.DataFrame
    matches: pd.DataFrame
    gaps: pd.DataFrame
    links: pd.DataFrame


@dataclass(frozen=True)
class Near:
    """What is near: metres between the two farthest places of a group, and how many places make one."""

    across_m: float
    least_places: int


def find_site_clusters(
    found: Found, themes: Mapping[str, str], near: Near, *, texts: Texts
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return frames ``SITE_CLUSTERS`` and ``CLUSTER_STREAMS``.

    Parameters
    ----------
    themes
        Theme per stream; a stream that is not in it has none and forms no groups.
    """
    parts = _weigh(found.flows, themes)
    rows, streams = [], []
    for theme in dict.fromkeys(themes.values()):
        own = parts[parts["theme"] == theme]
        member = _group(found.sites, own.groupby("site_id", sort=True)["weight"].sum(), near)
        named = _describe(own, member, found.sites, texts)
        if not named:
            continue
        groups = member["group"].map({row["group"]: row["cluster_id"] for row in named})
        of_theme = _within(found, [stream for stream, one in themes.items() if one == theme])
        sides = count_sides(groups, of_theme.gaps, of_theme.matches, of_theme.links)
        streams.append(sides.rename(columns={"group": "cluster_id"}))
        rows += [row | _sum_chances(row["cluster_id"], groups, of_theme) for row in named]
    if not rows:
        return SITE_CLUSTERS.empty(), CLUSTER_STREAMS.empty()
    clusters = SITE_CLUSTERS.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=RD))
    return clusters, _add_shares(pd.concat(streams, ignore_index=True), clusters)


def _weigh(flows: pd.DataFrame, themes: Mapping[str, str]) -> pd.DataFrame:
    """Per flow its `part` of the stream on that side, and its `weight` in the theme, every stream and side as much."""
    known = flows.assign(theme=flows["stream"].map(dict(themes))).dropna(subset="theme")
    total = known.groupby(["stream", "role"])["theoretical"].transform("sum")
    part = (known["theoretical"] / total.where(total > 0)).fillna(0.0)
    sides = known.drop_duplicates(["stream", "role"]).groupby("theme").size()
    columns = ["theme", "stream", "role", "site_id", "part"]
    return known.assign(part=part)[columns].assign(weight=part / known["theme"].map(sides))


def _group(sites: gpd.GeoDataFrame, weights: pd.Series, near: Near) -> pd.DataFrame:
    """Members of groups by site_id: ``group, spot, weight, x, y``; what stands for a municipality lies nowhere."""
    known = sites[sites["placement"] != "municipality"].set_index("site_id")
    chosen = known[known.index.isin(weights.index)].sort_index()
    points = chosen.geometry.representative_point()
    member = pd.DataFrame(
        {"x": points.x, "y": points.y, "in_region": chosen["in_region"]}, index=chosen.index
    )
    member["weight"] = weights.reindex(member.index)
    member["group"] = link_places(member[["x", "y"]].to_numpy(dtype=float), near.across_m)
    squares = (member[["x", "y"]] / _SAME_PLACE_M).round()
    member["spot"] = squares.groupby(["x", "y"]).ngroup()
    spots = member[["spot", "group"]].drop_duplicates()
    counts, inside = spots.groupby("group").size(), member.groupby("group")["in_region"].any()
    kept = counts.index[(counts >= near.least_places) & inside]
    return member[member["group"].isin(kept)]


def link_places(points: FloatArray, across_m: float) -> IntArray:
    """Return the group of every point, so that no two of a group lie farther apart than `across_m`.

    Examples
    --------
    >>> link_places(np.array([[0.0, 0.0], [90.0, 0.0], [180.0, 0.0], [900.0, 0.0]]), 100.0).tolist()
    [0, 0, 1, 2]
    """
    if len(points) < 2:
        return np.zeros(len(points), dtype=np.int64)
    pairs = cKDTree(points).query_pairs(across_m, output_type="ndarray")
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points),) * 2)
    _, parts = connected_components(graph, directed=False)
    found = np.zeros(len(points), dtype=np.int64)
    order = np.argsort(parts, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(parts[order])) + 1):
        found[rows] = found.max() + 1 + _link(points[rows], across_m)
    # numbered by the first place of each
    _, first, back = np.unique(found, return_index=True, return_inverse=True)
    numbered: IntArray = np.argsort(np.argsort(first))[back].astype(np.int64)
    return numbered


def _link(points: FloatArray, across_m: float) -> IntArray:
    if len(points) == 1:
        return np.zeros(1, dtype=np.int64)
    if len(points) > _MOST_LINKED:
        squares = np.floor(points / (across_m / np.sqrt(2)))
        return np.asarray(np.unique(squares, axis=0, return_inverse=True)[1], dtype=np.int64).ravel()
    return np.asarray(fcluster(linkage(points, "complete"), across_m, "distance"), dtype=np.int64)


def _describe(
    parts: pd.DataFrame, member: pd.DataFrame, sites: gpd.GeoDataFrame, texts: Texts
) -> list[dict[str, object]]:
    """A row per group, the one with most of the theme first; named after where it weighs most and what leads there."""
    about = sites.set_index("site_id")[["kind", "municipality_code", "municipality"]]
    known = member.join(about)
    shares = known.groupby("group")["weight"].sum()
    rows: list[dict[str, object]] = []
    taken: dict[str, int] = {}
    for number, group in enumerate(shares.sort_values(ascending=False, kind="stable").index, start=1):
        own = known[known["group"] == group]
        kinds, code = _leading(parts, own), _heaviest(own, "municipality_code")
        towns = own.loc[own["municipality_code"] == code, "municipality"]
        town = str(towns.iloc[0]) if len(towns) else texts("tables.not_on_map")
        words = texts("tables.and").join(texts.find(f"kinds.{kind}", kind) for kind in kinds)
        name, theme = texts("tables.cluster_name", place=town, kinds=words), parts["theme"].iloc[0]
        taken[name] = taken.get(name, 0) + 1
        points = shapely.multipoints(own[["x", "y"]].to_numpy(dtype=float))
        outline = shapely.buffer(shapely.convex_hull(points), _OUTLINE_M, quad_segs=4)
        rows.append(
            {
                "group": group,
                "cluster_id": f"{theme}-{number}",
                "cluster": name if taken[name] == 1 else f"{name} {taken[name]}",
                "theme": theme,
                "kind": kinds[0],
                "municipality_code": code,
                "municipality": town if len(towns) else None,
                "places": len(own),
                "site_ids": "|".join(own.index),
                "across_m": float(pdist(own[["x", "y"]].to_numpy(dtype=float)).max()),
                "share": float(shares[group]),
                "geometry": shapely.set_precision(outline, 1.0),
            }
        )
    return rows


def _leading(parts: pd.DataFrame, own: pd.DataFrame) -> list[str]:
    """The kinds of the addresses that have most of the streams in which a group is strongest, then of their other side.

    An address goes by the kind that weighs most there: a gas grid takes in what the plant beside it makes.
    """
    known = parts.assign(spot=parts["site_id"].map(own["spot"])).dropna(subset="spot")
    at_spots = known.groupby(["stream", "role", "spot"], as_index=False)["part"].sum()
    by_side = at_spots.groupby(["stream", "role"])["part"]
    sides = at_spots.loc[by_side.idxmax()].assign(part=by_side.sum().to_numpy())
    sides = sides.sort_values("part", ascending=False, kind="stable")
    other = sides["stream"].duplicated()
    named = list[str]()
    for side in pd.concat([sides[~other], sides[other]]).to_dict("records"):
        kind = _heaviest(own[own["spot"] == side["spot"]], "kind")
        if kind not in named and (not named or side["part"] >= _SECOND):
            named.append(str(kind))
    return named[:_NAMED]


def _heaviest(own: pd.DataFrame, column: str) -> str | None:
    """What weighs most; of equals what occurs most, then by the alphabet."""
    known = own.dropna(subset=column).groupby(column, sort=True)["weight"].agg(["sum", "size"])
    ordered = known.sort_values(["sum", "size"], ascending=False, kind="stable")
    return str(ordered.index[0]) if len(ordered) else None


def _within(found: Found, streams: list[str]) -> Found:
    frames = (found.flows, found.matches, found.gaps, found.links)
    flows, matches, gaps, links = (frame[frame["stream"].isin(streams)] for frame in frames)
    return Found(found.sites, flows, matches, gaps, links)


def _sum_chances(cluster: object, groups: pd.Series, found: Found) -> dict[str, object]:
    """Chances of a group, and the names of the outside partners that move most with it."""
    matches = found.matches
    supplies = (matches["supply_id"].map(groups) == cluster).to_numpy()
    takes = (matches["demand_id"].map(groups) == cluster).to_numpy()
    touching = supplies | takes
    part = matches["quantity"] / matches.groupby("stream")["quantity"].transform("sum")
    other = matches["demand_id"].where(supplies, matches["supply_id"])
    moved = part[supplies ^ takes].groupby(other[supplies ^ takes]).sum()
    first = moved.sort_values(ascending=False, kind="stable").index[:_PARTNERS]
    names = found.sites.set_index("site_id")["name"]
    return {
        "chances": int(touching.sum()),
        "chances_inside": int((supplies & takes).sum()),
        "co2_avoided_t_y": float(pay_now(matches[touching])["co2_avoided_t_y"].sum()),
        "partners": "; ".join(str(names[one]) for one in first) or None,
    }


def _add_shares(sides: pd.DataFrame, clusters: gpd.GeoDataFrame) -> pd.DataFrame:
    """Frame ``CLUSTER_STREAMS``: with the sums of both sides, and how far each group helps itself."""
    supply = sides["inside"] + sides["outgoing"] + sides["left_supply"]
    demand = sides["inside"] + sides["incoming"] + sides["left_demand"]
    names = clusters.set_index("cluster_id")["cluster"]
    return CLUSTER_STREAMS.conform(
        sides.assign(
            supply=supply,
            demand=demand,
            cluster=sides["cluster_id"].map(names),
            self_sufficiency=sides["inside"] / demand.where(demand > 0),
        )
    )
