"""What tables say per area and sector, as matrices: one classification, one level, parts without their totals."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.clusters.codes import at_level, find_level, is_total
from kansenkaart.clusters.leave_out import UNFIT, leave_out
from kansenkaart.clusters.totals import ROUNDING, find_groups, refuse_contrary
from kansenkaart.errors import DataError, Fault
from kansenkaart.tables import Remarks
from kansenkaart.tables.clusters import MEASURES

_KIND = r"^([A-Za-z]*)"
_TOTAL_AREAS = {"nl", "nl00", "nl01", "nederland", "netherlands"}
# In fewer places it may be chance that parts add up.
_LEAST_PLACES = 5
_SHOWN = 5
_CALLED = {
    "level": Fault("clusters_levels", "level"),
    "areas": Fault("clusters_kinds", "kind of areas"),
    "sector": Fault("clusters_sector", "sector"),
    "area": Fault("clusters_area", "area"),
}


@dataclass(frozen=True)
class Counts:
    """Matrices of area by sector; missing is NaN.

    Attributes
    ----------
    areas
        Code -> name.
    sectors
        Codes, in order.
    level
        ``section``, or how many digits.
    measures
        Matrix per measure.
    area_totals, national
        Totals that were stated, per measure: one per area, one per sector.
    set_apart
        Codes of totals that stood among the parts.
    left_out
        Rows that were not asked for, by level or kind of area.
    """

    areas: pd.Series
    sectors: list[str]
    level: str
    measures: dict[str, FloatArray]
    area_totals: dict[str, FloatArray]
    national: dict[str, FloatArray]
    set_apart: list[str]
    left_out: dict[str, int] = field(default_factory=dict)


def read_counts(
    rows: pd.DataFrame, *, file: str, level: str | None = None, kind: str | None = None
) -> Counts:
    """Return the matrices of `rows`.

    Parameters
    ----------
    rows
        ``area_code, area, sector`` and measures of ``MEASURES``; the index holds row numbers.
    level
        The only level to take, where there are several.
    kind
        The only kind of areas to take (letters of their code, such as GM), where there are several.

    Raises
    ------
    DataError
        When levels or kinds of areas are mixed, a total stands among its parts, or a row stands twice.
    """
    total_sector = is_total(rows["sector"])
    total_area = rows["area_code"].str.casefold().isin(_TOTAL_AREAS)
    parts = rows[~total_sector & ~total_area]
    if parts.empty:
        message = (
            "{file} has no row of an area and a sector. Give one for every area and sector of the country."
        )
        raise DataError("clusters_partless", message, file=file)
    levels = parts["sector"].map(find_level)
    kinds = parts["area_code"].str.extract(_KIND)[0]
    left_out = _count_left(levels, level) | _count_left(kinds, kind)
    parts = _keep_one(parts, levels, "level", level, file)
    parts = _keep_one(parts, parts["area_code"].str.extract(_KIND)[0], "areas", kind, file)
    _refuse_twice(parts, file)
    apart = find_groups(parts, file)
    parts = parts[~parts["sector"].isin(apart)]
    sectors = sorted(parts["sector"].unique())
    areas = parts.drop_duplicates("area_code").set_index("area_code")["area"].sort_index()
    present = [name for name in MEASURES if name in rows and rows[name].notna().any()]
    measures = {name: _spread(parts, name, areas.index, sectors) for name in present}
    refuse_contrary(rows[total_sector & ~total_area], "area_code", present, file)
    refuse_contrary(rows[total_area], "sector", present, file)
    counts = Counts(
        areas,
        sectors,
        find_level(sectors[0]),
        measures,
        {name: _stated(rows[total_sector], "area_code", name, areas.index) for name in present},
        {name: _stated(rows[total_area], "sector", name, pd.Index(sectors)) for name in present},
        sorted({*rows["sector"][total_sector], *rows["area_code"][total_area], *apart}),
        left_out,
    )
    _refuse_totals(counts, file)
    return counts


def merge_areas(counts: Counts, codes: set[str], *, code: str, name: str) -> Counts:
    """Return `counts` with the areas of `codes` as one; of a sector that is unknown in some of them the known sum."""
    own = counts.areas.index.isin(codes)
    areas = pd.concat([counts.areas[~own], pd.Series([name], index=[code])])

    def add(values: FloatArray) -> FloatArray:
        known = ~np.isnan(values[own]).all(axis=0)
        summed = np.where(known, np.nansum(values[own], axis=0), np.nan)
        merged: FloatArray = np.concatenate([values[~own], summed[None]])
        return merged

    measures = {name: add(values) for name, values in counts.measures.items()}
    totals = {}
    for measure, stated in counts.area_totals.items():
        known = np.where(np.isnan(stated), np.nansum(counts.measures[measure], axis=1), stated)
        totals[measure] = np.concatenate([stated[~own], known[own].sum(keepdims=True)])
    return replace(counts, areas=areas, measures=measures, area_totals=totals)


def count_places(
    places: pd.DataFrame, *, level: str, remarks: Remarks, classification: str = "SBI 2008"
) -> pd.DataFrame:
    """Return rows of areas and sectors from one row per establishment, its sector taken at `level`.

    Parameters
    ----------
    places
        ``area_code, area, sector``, and measures other than establishments that are added up.
    remarks
        Takes which rows were left out, as their code is too short for the level or means all sectors.
    classification
        Of the codes: divisions stand in other sections in 2025 than in 2008.

    Raises
    ------
    DataError
        When that is so of half of the rows or more.

    Examples
    --------
    >>> from kansenkaart.texts import load_texts
    >>> places = pd.DataFrame({"area_code": ["GM1"] * 3, "area": ["A"] * 3, "sector": ["0111", "0125", "4711"]})
    >>> told = count_places(places, level="section", remarks=Remarks(load_texts("nl")))
    >>> told[["sector", "establishments"]].values.tolist()
    [['A', 2.0], ['G', 1.0]]
    """
    codes, distinct = pd.factorize(places["sector"])
    taken = pd.Series([at_level(str(code), level, classification) for code in distinct], dtype="str")
    sector = pd.Series(taken.array.take(codes, allow_fill=True), index=places.index)
    # no establishment is all sectors together
    unfit = sector.isna() | is_total(places["sector"])
    places = leave_out(places, unfit, replace(UNFIT, values={"level": level}), remarks)
    sector = sector[~unfit.to_numpy(dtype=bool)]
    summed = {name: places[name] for name in MEASURES if name in places and name != "establishments"}
    told = pd.DataFrame({"area_code": places["area_code"], "sector": sector, **summed})
    told["establishments"] = 1.0
    grouped = told.groupby(["area_code", "sector"], sort=True)
    counted = grouped[["establishments"]].sum()
    for name in summed:
        counted[name] = grouped[name].sum(min_count=1)
    # a register has every establishment: a sector that no row has is not there
    key = ["area_code", "sector"]
    every = pd.MultiIndex.from_product([sorted(told[name].dropna().unique()) for name in key], names=key)
    counted = counted.reindex(every, fill_value=0.0).reset_index()
    names = places.drop_duplicates("area_code").set_index("area_code")["area"]
    counted["area"] = counted["area_code"].map(names)
    return counted


def _count_left(sorts: pd.Series, asked: str | None) -> dict[str, int]:
    """Rows of the sorts that were not asked for."""
    left = sorts[sorts != asked] if asked is not None else sorts[:0]
    return {str(one): int(count) for one, count in left.value_counts().sort_index().items()}


def _keep_one(rows: pd.DataFrame, sorts: pd.Series, what: str, asked: str | None, file: str) -> pd.DataFrame:
    """Rows of the one sort that is asked for, or that there is."""
    found = sorted(sorts.dropna().unique())
    if asked is not None and asked in found:
        return rows[sorts == asked]
    if len(found) == 1 and asked is None:
        return rows
    allowed = ", ".join(found) or "-"
    called = _CALLED[what]
    if asked is not None:
        message = "{file}: {called} {asked} is not there. There are: {allowed}."
        raise DataError("clusters_sort", message, file=file, called=called, asked=asked, allowed=allowed)
    first = [str(rows.index[(sorts == one).to_numpy()][0]) for one in found]
    message = (
        "{file} mixes {called}: {allowed} (first in rows {rows}); what is counted in one is counted again in the "
        "other. Choose one: --{what}, or {what} under [clusters].{hint}"
    )
    hint = Fault(
        "clusters_zeros", " A code a digit short may have lost its zero in a spreadsheet (0111 became 111)."
    )
    values = {"what": what, "called": called, "allowed": allowed, "rows": ", ".join(first)}
    raise DataError("clusters_mixed", message, file=file, hint=hint if _is_short(found) else "", **values)


def _is_short(levels: list[str]) -> bool:
    """Whether codes of three digits stand beside longer ones, as those that lost their zero do."""
    return "3" in levels and any(level in levels for level in ("4", "5"))


def _refuse_twice(rows: pd.DataFrame, file: str) -> None:
    twice = rows[rows.duplicated(["area_code", "sector"], keep=False)]
    if len(twice):
        first = twice.iloc[0]
        same = twice[(twice["area_code"] == first["area_code"]) & (twice["sector"] == first["sector"])]
        message = (
            "{file}: {area} with sector {sector} stands in rows {rows}. Keep one year and one row of each; where a row "
            "is one establishment, ask for places."
        )
        listed = ", ".join(str(row) for row in same.index[:_SHOWN])
        raise DataError(
            "clusters_twice", message, file=file, area=first["area_code"], sector=first["sector"], rows=listed
        )


def _spread(rows: pd.DataFrame, name: str, areas: pd.Index, sectors: list[str]) -> FloatArray:
    matrix = np.full((len(areas), len(sectors)), np.nan)
    places = (
        areas.get_indexer(pd.Index(rows["area_code"])),
        pd.Index(sectors).get_indexer(pd.Index(rows["sector"])),
    )
    matrix[places] = rows[name].to_numpy()
    return matrix


def _stated(rows: pd.DataFrame, key: str, name: str, index: pd.Index) -> FloatArray:
    """Totals that a table states, one per area or sector; missing where it does not."""
    stated: FloatArray = rows.drop_duplicates(key).set_index(key)[name].reindex(index).to_numpy(dtype=float)
    return stated


def _refuse_totals(counts: Counts, file: str) -> None:
    """A total that no name gives away: it is what all others add up to, time and again."""
    faults = []
    for name, matrix in counts.measures.items():
        for what, parts, names in (
            (_CALLED["sector"], matrix, counts.sectors),
            (_CALLED["area"], matrix.T, list(counts.areas.index)),
        ):
            place = _find_total(parts)
            if place is not None:
                message = (
                    "{file}: {what} {code} is the sum of all others ({measure}), so everything would count twice. "
                    "Take it out, or call it totaal."
                )
                values = {"file": file, "what": what, "code": names[place], "measure": name}
                faults.append(Fault("clusters_total", message, values))
    if faults:
        raise DataError.of(faults)


def _find_total(parts: FloatArray) -> int | None:
    """Column that is the sum of the others in every row; of three columns or more, and of enough rows."""
    sums = np.nansum(parts, axis=1)
    known = sums > 0
    if parts.shape[1] < 3 or known.sum() < _LEAST_PLACES:
        return None
    off = np.abs(2 * parts[known] - sums[known, None]) / sums[known, None]
    fits = np.where(np.isnan(off), np.inf, off).max(axis=0) <= ROUNDING
    return int(np.flatnonzero(fits)[0]) if fits.any() else None
