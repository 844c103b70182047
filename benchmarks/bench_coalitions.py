"""Time the coalitions of a country: 50,000 chances, beside networkx on the part that networkx can do.

Processor time of this process, the median of three. The peer cuts the same graph of chances (two are tied where they
share a partner) by greedy modularity, without a limit on partners; it is given a part of the country it can finish.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import median
from time import process_time

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from kansenkaart.catalogue import load_catalogue  # noqa: E402
from kansenkaart.coalitions.coalitions import Found, find_coalitions  # noqa: E402
from kansenkaart.coalitions.groups import find_bonds, find_groups  # noqa: E402
from kansenkaart.geo import RD  # noqa: E402
from kansenkaart.matches import Chosen  # noqa: E402
from kansenkaart.matches.pairs.eligibility import Side, stream_pairs  # noqa: E402
from kansenkaart.matches.price.classes import Stake  # noqa: E402
from kansenkaart.matches.price.economics import avoided_co2, price_pairs  # noqa: E402
from kansenkaart.tables import MATCHES, SITES, TORNADO  # noqa: E402
from kansenkaart.tables.pairs import NO_NETWORK  # noqa: E402
from kansenkaart.texts import load_texts  # noqa: E402

STREAM, MOST = "meubels_grofvuil", 12
SIZES = (5_000, 50_000)
PEER_MOST = 5_000


def make_country(count: int) -> tuple[Found, object]:
    """Chances between random places of the country: every supply with its nearest takers."""
    catalogue, rng = load_catalogue(), np.random.default_rng(1)
    stream = catalogue.streams[STREAM]
    rules = stream_pairs(stream, catalogue)
    places = count // 3
    kinds = rules[0].supply_kind, rules[0].demand_kind
    sides = tuple(_make_side(rng, places, role, kind) for role, kind in zip("sd", kinds, strict=True))
    near = cKDTree(sides[1].xy).query(sides[0].xy, k=4)[1]
    pairs = np.column_stack([np.repeat(np.arange(places), 4), near.ravel()])
    pairs = pairs[np.sort(rng.permutation(len(pairs))[:count])]
    distance = np.hypot(*(sides[0].xy[pairs[:, 0]] - sides[1].xy[pairs[:, 1]]).T)
    frame = pd.DataFrame({"s": pairs[:, 0], "d": pairs[:, 1], "distance_m": distance, "rule": 0})
    frame = frame.assign(
        route_m=1.25 * distance, cost_length_m=1.25 * distance, quay=False, round_m=0.0, **NO_NETWORK
    )
    size = rng.lognormal(4, 1, len(frame))
    stake = Stake(stream, rules, frame, size, sides, (size, size), np.zeros(len(frame)), catalogue)
    matches = _write_matches(stake)
    chosen = Chosen(tuple(matches["match_id"]), stake, 0.0)
    sites = pd.concat([_make_sites(side) for side in sides], ignore_index=True)
    return Found(
        SITES.conform(sites), matches, _make_gaps(sides), TORNADO.empty(), {STREAM: chosen}
    ), catalogue


def _make_side(rng: np.random.Generator, count: int, role: str, kind: str) -> Side:
    xy = np.column_stack([rng.uniform(20_000, 270_000, count), rng.uniform(320_000, 610_000, count)])
    flows = pd.DataFrame(
        {
            "site_id": [f"{role}:{n:06d}" for n in range(count)],
            "flow_id": [f"{role}:{n:06d}|flow" for n in range(count)],
            "kind": kind,
            "low": 80.0,
            "value": 100.0,
            "high": 130.0,
            "theoretical": 100.0,
            "kengetal_id": None,
            "made_from": None,
            "location_precision_m": 0.0,
        }
    )
    return Side(flows, gpd.GeoSeries(shapely.points(xy), crs=RD), xy)


def _make_sites(side: Side) -> gpd.GeoDataFrame:
    ids = side.flows["site_id"]
    town = (side.xy // 12_000).astype(int)
    told = {
        "site_id": ids,
        "name": "Plek " + ids,
        "kind": side.flows["kind"],
        "municipality_code": [f"{x}-{y}" for x, y in town],
        "municipality": [f"Gemeente {x}-{y}" for x, y in town],
        "province": [f"{x // 4}-{y // 4}" for x, y in town],
        "country": "NL",
        "in_region": True,
        "status": "active",
        "placement": "point",
    }
    return gpd.GeoDataFrame(told, geometry=side.geometry.to_numpy(), crs=RD)


def _write_matches(stake: Stake) -> pd.DataFrame:
    money = price_pairs(stake.stream, stake.rules, stake.pairs, stake.size, stake.catalogue)
    ends = [
        side.column("site_id")[stake.pairs[key].to_numpy()]
        for side, key in zip(stake.sides, "sd", strict=True)
    ]
    lacks = np.maximum(-money.net, 0.0)
    told = {
        "match_id": [f"{STREAM}|{one}|{other}" for one, other in zip(*ends, strict=True)],
        "stream": STREAM,
        "supply_id": ends[0],
        "demand_id": ends[1],
        "quantity": stake.size,
        "unit": stake.stream.unit,
        "cost_eur_y": money.cost,
        "benefit_eur_y": money.benefit,
        "net_eur_y": money.net,
        "support_needed_eur_y": lacks,
        "support_given_eur_y": 0.0,
        "pays_with_support": False,
        "co2_avoided_t_y": avoided_co2(stake.stream, stake.rules, stake.pairs, stake.size, stake.catalogue),
        "r_now": stake.stream.r_now,
        "r_after": stake.rules[0].r_after,
        "chance_class": "verkennen",
        "leg": 0,
    }
    return MATCHES.conform(gpd.GeoDataFrame(told, geometry=[None] * len(stake.size), crs=RD))


def _make_gaps(sides: tuple[Side, Side]) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {"site_id": side.flows["site_id"], "stream": STREAM, "role": role, "remaining": 20.0}
            )
            for side, role in zip(sides, ("supply", "demand"), strict=True)
        ],
        ignore_index=True,
    ).assign(if_pays=0.0)


def spend(work: object) -> tuple[float, object]:
    """Median processor time of three, and what came out."""
    times = []
    for _ in range(3):
        begin = process_time()
        found = work()
        times.append(process_time() - begin)
    return median(times), found


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    for count in parser.parse_args().sizes:
        found, catalogue = make_country(count)
        whole, told = spend(
            lambda found=found, catalogue=catalogue: find_coalitions(
                found, catalogue, most_partners=MOST, texts=load_texts("nl")
            )
        )
        sites = found.sites.assign(is_area=False)
        chances = found.matches.sort_values("match_id", ignore_index=True)
        bonds = find_bonds(chances, sites, {STREAM: "consumptiegoederen"})
        cut, _ = spend(lambda bonds=bonds: find_groups(bonds, least=3, most=MOST))
        print(
            f"{count:,} chances: {len(told.coalitions):,} coalitions in {whole:.1f} s, of which the cut {cut:.2f} s"
        )
        if count <= PEER_MOST:
            peer, communities = spend(lambda bonds=bonds: run_networkx(bonds.ends))
            print(
                f"  networkx greedy modularity: {peer:.1f} s ({peer / cut:.0f} times), {communities} groups"
            )


def run_networkx(ends: np.ndarray) -> int:
    """The same graph, cut by the peer."""
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(range(len(ends)))
    by_partner = pd.Series(np.repeat(np.arange(len(ends)), 2)).groupby(ends.ravel()).agg(list)
    for own in by_partner:
        tie = 1.0 / max(len(own) - 1, 1)
        for n, one in enumerate(own):
            for other in own[n + 1 :]:
                known = graph.get_edge_data(one, other, {"weight": 0.0})["weight"]
                graph.add_edge(one, other, weight=known + tie)
    return len(networkx.community.greedy_modularity_communities(graph, weight="weight"))


if __name__ == "__main__":
    main()
