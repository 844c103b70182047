"""Drivers and measured quantities: read, converted to the catalogue's unit, and held against what can be."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.project import Layer
from kansenkaart.sources.cells import BoolArray, Notation, Numbers, Reading, find_notation, read_numbers
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.names import Names
from kansenkaart.units import conversion_factor


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
    return numbers.values


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
