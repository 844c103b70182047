"""Why every chance of an invented region is one, as data."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.tables.reasons import Number, Reason, Said, Together

_NUMBERS = (
    "distance_m",
    "quantity",
    "net_eur_y",
    "net_p10_eur_y",
    "net_p90_eur_y",
    "benefit_eur_y",
    "break_even_eur_unit",
    "break_even_dear_eur_unit",
    "pipe_mw",
)


def _reason(row: dict[str, object], names: dict[str, str], free: dict[str, float]) -> Reason:
    """Give a reason with the keys and the numbers of a real run."""
    value = {name: float(str(row[name])) for name in _NUMBERS}
    taker, distance = names[str(row["demand_id"])], Number(value["distance_m"] / 1000.0)
    used, met = (
        Number(100 * value["quantity"] / free[f"{row[f'{role}_id']}|{row['stream']}|{role}"], 2)
        for role in ("supply", "demand")
    )
    chosen = Said("best_partner", {"taker": taker, "distance": distance, "better": 0})
    parts: list[Said | Together] = [Together(chosen, Said("shares", {"used": used, "met": met}))]
    if np.isnan(value["net_eur_y"]):
        return (*parts, Said("no_price_near", {"limit": Number(15.0)}))
    key = {"kansrijk": "pays", "verkennen": "may_pay", "technisch": "does_not_pay"}[str(row["chance_class"])]
    money = {
        "net": value["net_eur_y"],
        "low": value["net_p10_eur_y"],
        "high": value["net_p90_eur_y"],
        "needed": value["break_even_eur_unit"],
        "now": value["benefit_eur_y"] / value["quantity"],
    }
    unit = str(row["unit"])
    parts.append(Said(key, {**{name: Number(number, 2) for name, number in money.items()}, "unit": unit}))
    if not np.isnan(value["pipe_mw"]):
        power, dear = (Number(value[name], 2) for name in ("pipe_mw", "break_even_dear_eur_unit"))
        parts.append(Said("pipe", {"power": power, "dear": dear, "unit": unit}))
    return tuple(parts)


def explain(matches: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, flows: pd.DataFrame) -> dict[str, Reason]:
    names = dict(zip(sites["site_id"], sites["name"], strict=True))
    free = dict(zip(flows["flow_id"], flows["value"], strict=True))
    used = ["match_id", "supply_id", "demand_id", "stream", "chance_class", "unit", *_NUMBERS]
    columns = [matches[name].to_list() for name in used]
    rows = (dict(zip(used, row, strict=True)) for row in zip(*columns, strict=True))
    return {str(row["match_id"]): _reason(row, names, free) for row in rows}
