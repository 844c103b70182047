"""Key numbers of a municipality, or of several together."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from kansenkaart.tables.matches import pay_now

_HA_PER_KM2 = 100.0
_ENDS = ("supply_municipality_code", "demand_municipality_code")
# In the order in which they are read.
FACTS = ("area", "places", "running", "now", "later", "co2", "net")


def touch(pairs: pd.DataFrame, codes: Collection[str]) -> pd.DataFrame:
    """Return those of `pairs` (chances, links) that begin or end in a municipality of `codes`."""
    supply, demand = (pairs[end].isin(set(codes)) for end in _ENDS)
    return pairs[supply | demand]


def find_facts(tables: Mapping[str, pd.DataFrame], codes: Collection[str]) -> dict[str, float]:
    """Return the key numbers of the municipalities `codes` together.

    Parameters
    ----------
    tables
        ``municipalities, sites, links, matches`` of the GeoPackage.

    Returns
    -------
    dict
        By ``FACTS``: km2, counts (int), and of what pays now tonnes of CO2 avoided and EUR, per year.
    """
    areas, sites = tables["municipalities"], tables["sites"]
    # of the columns that are asked: to copy the others takes a second of a large run
    chances = touch(tables["matches"][[*_ENDS, "chance_class", "co2_avoided_t_y", "net_eur_y"]], codes)
    links = touch(tables["links"][[*_ENDS, "status"]], codes)
    now = pay_now(chances)
    here = areas["municipality_code"].isin(set(codes))
    return {
        "area": float(areas.loc[here, "area_ha"].sum()) / _HA_PER_KM2,
        "places": int(sites["municipality_code"].isin(set(codes)).sum()),
        "running": int((links["status"] == "running").sum()),
        "now": len(now),
        "later": len(chances) - len(now),
        "co2": float(now["co2_avoided_t_y"].dropna().sum()),
        "net": float(now["net_eur_y"].dropna().sum()),
    }
