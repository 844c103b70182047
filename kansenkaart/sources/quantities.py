"""Drivers and measured quantities: read, converted to the catalogue's unit, and held against what can be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.catalogue.models import Catalogue
from kansenkaart.project import Layer
from kansenkaart.sources.cells import BoolArray, Notation, Numbers, Reading, find_notation, read_numbers
from kansenkaart.sources.columns import Names
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.units import column_suffix, conversion_factor

# Beyond this a float no longer counts whole units, and squares and sums of the method may become infinite.
_LARGEST = 1e15


def read_quantities(cells: pd.DataFrame, layer: Layer, names: Names, findings: LayerFindings) -> pd.DataFrame:
    """Read every quantity column of `cells`.

    Parameters
    ----------
    cells
        Under our names, cells as the file has them; the index holds row numbers.
    layer
        With its recipe applied: units and what zero means.

    Returns
    -------
    DataFrame
        float64 columns in the catalogue's unit, NaN where unknown. A negative, impossible or unreadable quantity
        rejects its row.
    """
    columns = [name for name in names.quantities if name in cells]
    elsewhere = find_notations(cells, columns)
    read: dict[str, np.ndarray] = {}
    for name in columns:
        values = read_column(cells[name], name, findings, elsewhere=elsewhere)
        if name in layer.zero_is_unknown:
            findings.remark_each(cells[name][values == 0], "zero_unknown", severity="repaired", column=name)
            values = np.where(values == 0, np.nan, values)
        if name in layer.units:
            values = values * conversion_factor(layer.units[name], names.quantities[name])
        read[name] = _check_limits(values, cells[name], name, names, findings)
    return pd.DataFrame(read, index=cells.index, dtype="float64")


def find_notations(cells: pd.DataFrame, columns: list[str]) -> set[Notation]:
    """Decimal marks that `columns` together prove."""
    found: set[Notation] = set()
    for name in columns:
        found |= find_notation(cells[name])
    return found


def read_column(
    cells: pd.Series,
    name: str,
    findings: LayerFindings,
    *,
    elsewhere: set[Notation],
    settled: Reading | None = None,
) -> np.ndarray:
    """Read one column of numbers and say what was remarkable about it; returns float64, NaN where unknown."""
    numbers = read_numbers(cells, elsewhere=elsewhere, settled=settled)
    findings.reject_each(cells[numbers.faulty], "not_a_number", column=name)
    findings.reject_each(cells[numbers.undecided & ~numbers.faulty], "number_ambiguous", column=name)
    findings.remark_each(cells[numbers.unknown], "unknown_value", severity="repaired", column=name)
    _remark_assumed(cells, numbers, name, findings)
    large = np.abs(numbers.values) > _LARGEST
    findings.reject_each(cells[large], "number_large", column=name)
    return np.where(large, np.nan, numbers.values)


def _remark_assumed(cells: pd.Series, numbers: Numbers, name: str, findings: LayerFindings) -> None:
    if not numbers.assumed.any():
        return
    place = int(np.flatnonzero(numbers.assumed)[0])
    findings.remark(
        int(cells.index[place]),
        "number_notation_assumed",
        severity="warning",
        column=name,
        value=cells.iloc[place],
        read=findings.ungrouped(float(numbers.values[place])),
        count=int(numbers.assumed.sum()),
    )


def _check_limits(
    values: np.ndarray, cells: pd.Series, name: str, names: Names, findings: LayerFindings
) -> np.ndarray:
    unit = names.quantities[name]
    wrong: BoolArray = (values < 0) & (unit != "C")
    findings.reject_each(cells[wrong], "negative", column=name)
    if name in names.maxima:
        above = values > names.maxima[name]
        limit = f"{findings.number(names.maxima[name])} {unit}"
        findings.reject_each(cells[above], "above_maximum", column=name, maximum=limit)
        wrong |= above
    return np.where(wrong, np.nan, values)


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
    own = _column(rows, "load_pe60").fillna(_column(rows, "capacity_pe60"))
    # Sludge brought from other plants brings its phosphorus along.
    people = pd.concat([own, _column(rows, "sludge_digested_pe60")], axis=1).max(axis=1)
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
