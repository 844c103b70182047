"""Pairs of one stream by the row, and a catalogue with other prices: what the tests of money price."""

from dataclasses import replace

import numpy as np
import pandas as pd

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.changes import work_out
from kansenkaart.matches.pairs.eligibility import stream_pairs
from kansenkaart.tables.pairs import NO_NETWORK

CATALOGUE = load_catalogue()
PRICES = CATALOGUE.prices


def priced(**numbers):
    """The catalogue with other prices, the same at every end."""
    other = {
        name: PRICES[name].model_copy(
            update={**dict.fromkeys(("low", "value", "high"), float(number)), "formula": ""}
        )
        for name, number in numbers.items()
    }
    return replace(CATALOGUE, prices=work_out({**PRICES, **other}))


def pair_of(stream_id, route_m, supply=None, demand=None):
    rules = stream_pairs(CATALOGUE.streams[stream_id], CATALOGUE)
    rule = next(
        n
        for n, one in enumerate(rules)
        if supply in (None, one.supply_kind) and demand in (None, one.demand_kind)
    )
    return rules, rows_of(CATALOGUE.streams[stream_id], distance_m=route_m / 1.25, route_m=route_m, rule=rule)


def rows_of(stream, *, cost_length_m=None, **columns):
    """One pair, as the matching makes it, with what pricing reads; of heat a pipe that nobody shares."""
    cost = columns["route_m"] if cost_length_m is None else cost_length_m
    columns |= {"s": 0, "d": 0, "cost_length_m": cost, "quay": False, "round_m": 0.0, **NO_NETWORK}
    if stream.is_heat:
        columns |= {"trunk": 0, "trunk_root": 0, "trunk_m": columns["route_m"], "trunk_cost_m": cost}
        columns |= {"branch_m": 0.0, "ha_per_unit": 0.0, "trunk_most": 1e12}
        columns |= {"load_hours": np.nan, "quantity": np.nan}
    return pd.DataFrame({name: [value] for name, value in columns.items()})
