"""What the matching found in the small run: months, routes, chains, ledgers, the tornado and the solves."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from tests.exports.hostile import EVIL, TABLES


def match_months(matches: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = [
        {
            "match_id": match_id,
            "stream": stream,
            "month": month,
            "quantity": quantity / 12.0,
            "from_store": 0.0,
            "unit": unit,
        }
        for match_id, stream, quantity, unit in matches[["match_id", "stream", "quantity", "unit"]].to_numpy()
        for month in range(1, 13)
    ]
    return TABLES["match_months"].conform(pd.DataFrame(rows))


def routes(matches: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    first = matches.iloc[:2]
    rows = first[["match_id", "stream", "geometry"]].assign(
        basis=["road", "friction"], length_m=1234.5, cost_length_m=2000.25, snap_m=12.5, cost_eur=99.9
    )
    return TABLES["routes"].conform(rows)


def chains(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    row = {
        "chain_id": f"{sites['site_id'][0]}|restwarmte_ht",
        "processor_id": sites["site_id"][0],
        "takes": "restwarmte_ht",
        "makes": "co2",
        "received": 100.0,
        "taken_unit": "GJ",
        "yield": 0.4,
        "made": 40.0,
        "delivered": 30.0,
        "kept": 10.0,
        "made_unit": "t",
        "chance_class": "verkennen",
        "path": EVIL[1],
        "source": EVIL[2],
        "source_year": 2020,
    }
    return TABLES["chains"].conform(pd.DataFrame([row]))


def ledgers(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    row = {
        "ledger": "gas",
        "plant": sites["site_id"][1],
        "stream": "co2",
        "role": "demand",
        "unit": "m3",
        "coefficient": 550.0,
        "quantity": 10.0,
        "drawn": 5500.0,
        "budget": 6000.0,
        "effect": "credit",
        "source": EVIL[3],
        "source_year": 2021,
    }
    return TABLES["ledgers"].conform(pd.DataFrame([row]))


def tornado() -> pd.DataFrame:
    row = {
        "stream": "co2",
        "input_id": "kas_co2",
        "input_kind": "kengetal",
        "low": 120.0,
        "value": 340.0,
        "high": 367.0,
        "input_unit": "t",
        "quantity_low": 10.0,
        "quantity_high": 20.0,
        "matches_changed": 1,
        "rank": 1,
    }
    return TABLES["tornado"].conform(pd.DataFrame([row]))


def solves() -> pd.DataFrame:
    heat = {
        "stream": "restwarmte_ht",
        "unit": "GJ",
        "objective": "net_eur",
        "pairs": 144,
        "rounds": 2,
        "value": 1_234_567.8,
        "value_unit": "EUR",
        "certified": True,
        "method": "network simplex",
        "gap": 0.0,
        "limit_hit": False,
        "annual_quantity": 80_000.25,
        "quantity": 61_111.5,
        "nearest_share": 0.62,
        "greedy_share": 0.914,
    }
    gas = {
        **heat,
        "stream": "co2",
        "unit": "t",
        "objective": "quantity",
        "value_unit": "t",
        "certified": False,
        "annual_quantity": None,
    }
    return TABLES["solves"].conform(pd.DataFrame([heat, {**gas, "nearest_share": None}]))
