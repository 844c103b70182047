"""Chains: what places make of what the matches bring, filled in and told as one chance."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.rows.chain_steps import (
    Step,
    find_depths,
    find_steps,
    in_order,
    name_places,
    passed_on,
)
from kansenkaart.matches.rows.chain_words import describe_chain
from kansenkaart.matches.ties.connections import Connections
from kansenkaart.matches.ties.couplings import find_coupled
from kansenkaart.tables import CHAINS
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.texts import Texts


def name_chains(matches: pd.DataFrame, connections: Connections) -> pd.DataFrame:
    """Say per match which chain it is a leg of, and which taker gets heat and CO2 together.

    Parameters
    ----------
    matches
        ``stream, supply_id, demand_id, quantity``.

    Returns
    -------
    DataFrame
        `matches` with ``chain_id`` (missing outside a chain), ``leg`` (1 is the first, 0 outside) and ``coupled_id``.
    """
    steps = passed_on(find_steps(matches, connections))
    depth = find_depths(matches, steps)
    chain = name_places(matches, steps, depth)
    into = {(step.making.takes, step.making.site_id) for step in steps}
    out = {(step.making.makes, step.making.site_id) for step in steps if step.passes_on}
    ids: list[str | None] = []
    legs: list[int] = []
    for stream, supply, demand in matches[["stream", "supply_id", "demand_id"]].to_numpy():
        if (stream, demand) in into:
            ids.append(chain[demand])
            legs.append(depth[demand])
        elif (stream, supply) in out:
            ids.append(chain[supply])
            legs.append(depth[supply] + 1)
        else:
            ids.append(None)
            legs.append(0)
    return matches.assign(
        chain_id=pd.Series(ids, index=matches.index, dtype=object),
        leg=pd.Series(legs, index=matches.index, dtype="int64"),
        coupled_id=find_coupled(matches, connections.pairings),
    )


def find_chains(
    matches: pd.DataFrame,
    connections: Connections,
    sites: gpd.GeoDataFrame,
    catalogue: Catalogue,
    *,
    texts: Texts,
) -> pd.DataFrame:
    """Frame ``CHAINS``: one row per chain, place and product, with received x yield = made = delivered + kept.

    Parameters
    ----------
    matches
        With ``chain_id`` and ``leg``, money, CO2 and class.

    Notes
    -----
    Of a place that also has a part of its own, that part leaves first: a chain counts what would not be there without
    it. A place that nobody takes from is no chain. Legs without a price add nothing to the sum.
    """
    steps = passed_on(find_steps(matches, connections))
    if not steps:
        return CHAINS.empty()
    depth = find_depths(matches, steps)
    chain = name_places(matches, steps, depth)
    legs = matches[matches["chain_id"].notna()].groupby("chain_id")
    worst = matches["chance_class"].map({name: -n for n, name in enumerate(CHANCE_CLASSES)})
    sums = pd.DataFrame(
        {
            "net_eur_y": legs["net_eur_y"].sum(min_count=1),
            "co2_avoided_t_y": legs["co2_avoided_t_y"].sum(min_count=1),
            "chance_class": worst.groupby(matches["chain_id"]).min().map(lambda n: CHANCE_CLASSES[-int(n)]),
        }
    )
    names = sites.set_index("site_id")["name"].astype(str).to_dict()
    ordered = in_order(steps, depth)
    paths = {
        name: describe_chain(
            [step for step in ordered if chain[step.making.site_id] == name],
            matches[matches["chain_id"] == name],
            catalogue,
            names=names,
            texts=texts,
        )
        for name in dict.fromkeys(chain.values())
    }
    rows = [_row(step, chain, catalogue) for step in ordered]
    frame = pd.DataFrame(rows).join(sums, on="chain_id")
    frame["path"] = frame["chain_id"].map(paths)
    return CHAINS.conform(frame.sort_values("chain_id", kind="stable"))


def _row(step: Step, chain: Mapping[str, str], catalogue: Catalogue) -> dict[str, object]:
    one = step.making
    return {
        "chain_id": chain[one.site_id],
        "processor_id": one.site_id,
        "takes": one.takes,
        "makes": one.makes,
        "received": step.received,
        "taken_unit": catalogue.streams[one.takes].unit,
        "yield": one.yield_,
        "made": step.made,
        "delivered": step.delivered,
        "kept": step.made - step.delivered,
        "made_unit": catalogue.streams[one.makes].unit,
        "source": one.processor.source,
        "source_year": one.processor.year,
    }
