"""Physical limits of a row as a whole: more heat than fuel, more phosphorus than people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.units import column_suffix

# Lower heating value of residual waste, GJ/t (Dutch plants: 9.5-10.5).
_WASTE_GJ_T = 10.0
# More than half of the fuel as residual heat means that fuel use was published as if it were heat.
_HEAT_SHARE = 0.5
# Influent P per person-equivalent and year, kg (CBS 7477: about 1.7 g a day).
_P_KG_PE = 0.62
_GJ_PER_MW_YEAR = 8_760 * 3.6
# Drivers that state a heat output, or the electricity that becomes heat, MW: nothing gives more heat than these.
_HEAT_POWER = ("it_mw", "heat_mw")


def check_plausible(rows: pd.DataFrame, catalogue: Catalogue, findings: LayerFindings) -> None:
    """Reject rows of `rows` that break a physical limit, warn about what is odd but real.

    Parameters
    ----------
    rows
        Quantities in the catalogue's units; the index holds row numbers.
    """
    heat = _sum_supply(
        rows, [stream.id for stream in catalogue.streams.values() if stream.temperature_rule], catalogue
    )
    fuel = _column(rows, "fuel_gj_y").fillna(_column(rows, "waste_t_y") * _WASTE_GJ_T)
    _reject(heat > _HEAT_SHARE * fuel, heat, fuel * _HEAT_SHARE, "heat_above_fuel", findings)
    power = pd.concat([_column(rows, name) for name in _HEAT_POWER], axis=1).max(axis=1)
    _reject(heat > power * _GJ_PER_MW_YEAR, heat, power * _GJ_PER_MW_YEAR, "load_factor_above_one", findings)
    people = _column(rows, "load_pe60").fillna(_column(rows, "capacity_pe60"))
    for stream in catalogue.streams.values():
        if stream.phosphorus_t_t is not None:
            won = _sum_supply(rows, [stream.id], catalogue)
            most = 0.001 * _P_KG_PE * people / stream.phosphorus_t_t
            _reject(won > most, won, most, "struvite_above_influent", findings)
    load, capacity = _column(rows, "load_pe60"), _column(rows, "capacity_pe60")
    odd = load > capacity
    findings.remark_each(
        load[odd],
        "load_above_capacity",
        severity="warning",
        shown=findings.numbers(load[odd]),
        limit=findings.numbers(capacity[odd]),
    )


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    if name in rows:
        return rows[name]
    return pd.Series(np.nan, index=rows.index)


def _sum_supply(rows: pd.DataFrame, streams: list[str], catalogue: Catalogue) -> pd.Series:
    names = [f"supply_{stream}_{column_suffix(catalogue.streams[stream].unit)}_y" for stream in streams]
    present = [name for name in names if name in rows]
    if not present:
        return pd.Series(np.nan, index=rows.index)
    return rows[present].sum(axis=1, min_count=1)


def _reject(wrong: pd.Series, value: pd.Series, limit: pd.Series, key: str, findings: LayerFindings) -> None:
    findings.reject_each(
        value[wrong], key, shown=findings.numbers(value[wrong]), limit=findings.numbers(limit[wrong])
    )
