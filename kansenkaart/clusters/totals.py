"""Totals of a table of sectors: groups beside their parts, totals that stand twice, and totals that do not add up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.clusters.codes import is_group, list_parts
from kansenkaart.errors import DataError
from kansenkaart.tables.clusters import MEASURES

# Parts add up to their total as exactly as CBS rounds: to 5, or to hundreds of jobs.
ROUNDING = 0.005
# Tenths are the finest that tables of this kind give.
_TENTHS = 10
# Above it tenths cannot be told from one another.
_LARGEST = 1e14
_SHOWN = 5


def find_groups(parts: pd.DataFrame, file: str) -> set[str]:
    """Return the groups, such as B-E, that add up sectors beside them; a group without its parts is none of them.

    Parameters
    ----------
    parts
        ``area_code, sector`` and measures, without totals, of one level.

    Raises
    ------
    DataError
        When a group stands with its parts in some areas and alone in others, when parts of it lack, or when two
        groups overlap: then no areas can be held against each other.
    """
    held = {code: found for code in parts["sector"].unique() if (found := list_parts(code)) is not None}
    groups = [code for code in held if is_group(code)]
    inside = {group: [code for code in held if held[code] < held[group]] for group in groups}
    apart = {group for group in groups if inside[group]}
    leaves = [code for code in held if code not in apart]
    for group in sorted(apart):
        _refuse_parts(parts, group, [code for code in leaves if code in inside[group]], held, file)
    for group in sorted(set(groups) - apart):
        across = sorted(code for code in leaves if code != group and held[code] & held[group])
        if across:
            message = "{file}: {group} and {others} overlap: what they share would count twice. Keep others."
            raise DataError("clusters_overlap", message, file=file, group=group, others=", ".join(across))
    return apart


def _refuse_parts(
    rows: pd.DataFrame, group: str, inner: list[str], held: dict[str, frozenset[str]], file: str
) -> None:
    """Refuse a group of which an area does not have the parts, or has other parts than make it up."""
    whole = rows[rows["sector"] == group].drop_duplicates("area_code").set_index("area_code")
    beside = rows[rows["sector"].isin(inner)]
    alone = sorted(set(whole.index) - set(beside["area_code"]))
    if alone:
        message = (
            "{file}: {group} stands beside its parts ({parts}) in one area and without them in {count} "
            "{count:other|others}: {areas}. Areas are held against each other by the same sectors: give the parts "
            "everywhere, or the group alone."
        )
        values = {"count": len(alone), "areas": ", ".join(alone[:_SHOWN]), "parts": ", ".join(inner)}
        raise DataError("clusters_group_alone", message, file=file, group=group, **values)
    if frozenset[str]().union(*(held[code] for code in inner)) == held[group]:
        return
    for name in MEASURES:
        if name not in rows:
            continue
        grouped = beside.groupby("area_code")[name]
        summed = grouped.sum().where(grouped.count() == grouped.size()).reindex(whole.index)
        more = (whole[name] - summed).to_numpy() > ROUNDING * summed.to_numpy() + _find_unit(rows[name])
        if more.any():
            area = whole.index[more][0]
            message = (
                "{file}: {group} of {area} is {whole} ({measure}), its parts {parts} are {summed}: the others lack. "
                "Give all parts, or the group alone."
            )
            values = {"area": area, "whole": f"{whole[name][area]:.12g}", "summed": f"{summed[area]:.12g}"}
            raise DataError(
                "clusters_group_part",
                message,
                file=file,
                group=group,
                parts=", ".join(inner),
                measure=name,
                **values,
            )


def refuse_contrary(totals: pd.DataFrame, key: str, present: list[str], file: str) -> None:
    """Refuse two totals of the same area, or of the same sector in the country, that say something else.

    Parameters
    ----------
    totals
        Rows that state totals.
    key
        ``area_code`` or ``sector``: what each is the total of.

    Raises
    ------
    DataError
        ``clusters_contrary``.
    """
    for name in present:
        differ = totals.dropna(subset=name).groupby(key)[name].nunique() > 1
        if differ.any():
            code = differ.index[differ][0]
            rows = totals[totals[key] == code]
            message = "{file}: the total of {code} ({measure}) stands in rows {rows} with {values}. Keep the true one."
            said = {
                "rows": ", ".join(str(row) for row in rows.index[:_SHOWN]),
                "values": ", ".join(f"{value:g}" for value in rows[name].dropna().unique()[:_SHOWN]),
            }
            raise DataError("clusters_contrary", message, file=file, code=code, measure=name, **said)


def find_apart(stated: FloatArray, parts: FloatArray, *, less_only: bool = False) -> np.ndarray:
    """Return which totals differ from their parts by more than rounding; none of which a part is secret.

    Parameters
    ----------
    stated
        One per row of `parts`; missing is NaN.
    less_only
        Whether parts may be missing, so that only a total below them is wrong.

    Examples
    --------
    >>> find_apart(np.array([101.0, 10.0, 9.0]), np.array([[50.0, 50.0], [50.0, 51.0], [50.0, np.nan]])).tolist()
    [False, True, False]
    """
    summed = parts.sum(axis=1)
    slack = ROUNDING * summed + (parts.shape[1] + 1) * _find_unit(parts) / 2
    found: np.ndarray = summed - stated > slack
    return found if less_only else found | (stated - summed > slack)


def _find_unit(values: FloatArray | pd.Series) -> float:
    """What all values are whole times of: how a publisher rounds them."""
    known = np.asarray(values, dtype=float)
    tenths = np.rint(known[np.abs(known) < _LARGEST] * _TENTHS).astype(np.int64)
    return float(np.gcd.reduce(tenths)) / _TENTHS if tenths.size else 0.0
