"""Frame ``clusters`` of matrices: quotients, ranks and scores of every sector in every area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.clusters.codes import list_parts
from kansenkaart.clusters.counts import Counts
from kansenkaart.clusters.quotient import find_quotients
from kansenkaart.clusters.score import find_scores
from kansenkaart.clusters.totals import find_apart
from kansenkaart.errors import DataError
from kansenkaart.tables import CLUSTERS, REGION_SECTORS, Remarks
from kansenkaart.tables.clusters import MEASURES
from kansenkaart.texts import Texts

# Jobs or establishments that the country's shares weigh, and how many make a sector worth ranking: estimates, both
# can be set.
PSEUDO = {"jobs": 500.0, "establishments": 100.0}
LEAST = {"jobs": 250.0, "establishments": 10.0}
WEIGHTS: Mapping[str, float] = dict.fromkeys(MEASURES, 1.0)

# SBI 2008: sewerage, waste, remediation; civil works; landscape service. The handbook: they surface on no criterion.
ALWAYS_INCLUDE = ("37", "38", "39", "42", "813")
_ALWAYS_SECTIONS = ("E", "F")
_MOST_NAMED = 8


@dataclass(frozen=True)
class Asked:
    """How clusters are looked for.

    Attributes
    ----------
    counted
        Measure that the location quotient counts.
    classification
        Classification of the codes.
    weights
        Weight per criterion.
    pseudo, least
        Weight of the country's shares, and least count to be ranked; None: by what is counted.
    sectors
        Code -> name, and code -> letters of the sections in a group of them.
    """

    counted: str
    classification: str
    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    pseudo: float | None = None
    least: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Clusters:
    """Frames ``CLUSTERS``, ``FINDINGS`` and, where a region was asked for, ``REGION_SECTORS``."""

    clusters: pd.DataFrame
    findings: pd.DataFrame
    region: pd.DataFrame = field(default_factory=REGION_SECTORS.empty)


def find_clusters(counts: Counts, asked: Asked, *, file: str, texts: Texts) -> Clusters:
    """Return the frame of every area and sector of `counts`.

    Raises
    ------
    DataError
        When the table has nothing of what is to be counted.
    """
    if asked.counted not in counts.measures:
        message = "{file} has no {counted}. There is: {allowed}. Choose with counted."
        allowed = ", ".join(counts.measures) or "-"
        raise DataError("clusters_uncounted", message, file=file, counted=asked.counted, allowed=allowed)
    weighed = [name for name in counts.measures if asked.weights.get(name, 0.0) > 0]
    if not weighed:
        message = (
            "{file} has only criteria whose weight is 0: {known}. Give one a weight above 0, or add another."
        )
        raise DataError("clusters_unweighed", message, file=file, known=", ".join(counts.measures))
    remarks = Remarks(texts, layer="clusters", file=file)
    matrix = counts.measures[asked.counted]
    totals, complete = _total_areas(counts, asked.counted, remarks)
    national = _total_country(counts, asked.counted)
    pseudo = PSEUDO[asked.counted] if asked.pseudo is None else asked.pseudo
    country = max(float(totals.sum()), float(national.sum()))
    size = _find_size(counts, asked.counted)
    quotients = find_quotients(matrix, totals, national, total=country, pseudo=pseudo, size=size)
    least = LEAST[asked.counted] if asked.least is None else asked.least
    large = np.nan_to_num(matrix) >= least
    scores = find_scores(counts.measures, asked.weights)
    _remark_use(counts, weighed, remarks)
    wide = {
        "count": matrix,
        "location_quotient": quotients.plain,
        "shrunk": quotients.shrunk,
        "shrunk_low": quotients.low,
        "shrunk_high": quotients.high,
        "large_enough": large,
        "rank": _rank(np.where(large, quotients.shrunk, np.nan)),
        "score": scores.score,
        "coverage": scores.coverage,
        "stability": scores.stability,
        **{f"pct_{name}": values for name, values in scores.percentiles.items()},
    }
    frame = pd.DataFrame({name: values.ravel() for name, values in wide.items()})
    many, kinds = len(counts.areas), len(counts.sectors)
    frame["area_total"] = np.repeat(totals, kinds)
    frame["area_complete"] = np.repeat(complete, kinds)
    frame["national"] = np.tile(national, many)
    frame["area_code"] = pd.Series(counts.areas.index.astype("str")).repeat(kinds).to_numpy()
    frame["area"] = counts.areas.astype("str").repeat(kinds).to_numpy()
    for name, values in _of_sectors(counts, asked).items():
        frame[name] = pd.concat([values] * many, ignore_index=True)
    frame["classification"], frame["level"], frame["counted"] = (
        asked.classification,
        counts.level,
        asked.counted,
    )
    clusters = CLUSTERS.conform(frame)
    CLUSTERS.check(clusters)
    return Clusters(clusters, remarks.frame())


def _remark_use(counts: Counts, weighed: list[str], remarks: Remarks) -> None:
    """What of the table was used otherwise than a reader may think, or not at all."""
    if len(weighed) == 1:
        remarks.add("clusters_one_criterion", weighed[0], severity="note")
    if counts.set_apart:
        remarks.add("clusters_set_apart", ", ".join(counts.set_apart), severity="note")
    if counts.left_out:
        left = ", ".join(f"{sort or '-'}: {count}" for sort, count in counts.left_out.items())
        remarks.add("clusters_left_out", left, {"count": sum(counts.left_out.values())})


def _total_areas(counts: Counts, counted: str, remarks: Remarks) -> tuple[FloatArray, np.ndarray]:
    """Total per area: as stated, else of the sectors that are known; and whether that is all of it."""
    matrix, stated = counts.measures[counted], counts.area_totals[counted]
    summed = np.nansum(matrix, axis=1)
    # a total that is less than its parts was rounded, or is of another year
    totals = np.where(np.isnan(stated), summed, np.maximum(stated, summed))
    complete = ~np.isnan(stated) | ~np.isnan(matrix).any(axis=1)
    apart = find_apart(stated, matrix)
    found = (("clusters_apart", apart), ("clusters_incomplete", ~complete), ("clusters_nothing", totals == 0))
    for key, mask in found:
        names = [str(name) for name in counts.areas[mask].fillna(counts.areas.index[mask].to_series())]
        if names:
            remarks.add(key, _list_first(names), {"count": len(names)})
    _remark_national(counts, counted, remarks)
    return totals, complete


def _remark_national(counts: Counts, counted: str, remarks: Remarks) -> None:
    """Tell where the country is less than its areas, which cannot be, and where and how much it is more."""
    stated, known = counts.national[counted], np.nan_to_num(counts.measures[counted]).T
    less = find_apart(stated, known, less_only=True)
    if less.any():
        remarks.add(
            "clusters_apart_country", _list_first([counts.sectors[place] for place in np.flatnonzero(less)])
        )
    more = find_apart(stated, known) & ~less
    if more.any():
        apart = stated - known.sum(axis=1)
        told = [
            f"{counts.sectors[place]} {remarks.texts.number(float(apart[place]), 3)} "
            f"({remarks.texts.number(float(apart[place] / stated[place] * 100), 2)} %)"
            for place in np.flatnonzero(more)
        ]
        remarks.add("clusters_country_more", _list_first(told), {"count": len(told)}, severity="note")


def _list_first(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")


def _total_country(counts: Counts, counted: str) -> FloatArray:
    """The country per sector, with the areas in it: as stated, else the sum of all areas."""
    stated, summed = counts.national[counted], np.nansum(counts.measures[counted], axis=0)
    found: FloatArray = np.where(np.isnan(stated), summed, np.maximum(stated, summed))
    return found


def _find_size(counts: Counts, counted: str) -> FloatArray | float:
    """Jobs of a firm per sector, where both are known in the country; else 1."""
    if counted != "jobs" or "establishments" not in counts.measures:
        return 1.0
    jobs, firms = _total_country(counts, "jobs"), _total_country(counts, "establishments")
    found: FloatArray = np.maximum(jobs / np.where(firms > 0, firms, np.inf), 1.0)
    return found


def _rank(values: FloatArray) -> FloatArray:
    """Place in the row by the logarithm, the highest first; equal values share the best place."""
    logs = np.log(np.where(values > 0, values, np.nan))
    ranked: FloatArray = pd.DataFrame(logs).rank(axis=1, ascending=False, method="min").to_numpy()
    return ranked


def _of_sectors(counts: Counts, asked: Asked) -> dict[str, pd.Series]:
    codes = pd.Series(counts.sectors, dtype="str")
    always = [_is_always(code, asked.letters.get(code, code)) for code in counts.sectors]
    return {
        "sector": codes,
        "sector_name": codes.map(dict(asked.names)).astype("str"),
        "always_include": pd.Series(always, dtype=bool),
    }


def _is_always(code: str, letters: str) -> bool:
    """Whether a sector lies within one that is always included, or is a section that holds one."""
    if code.isdigit():
        return code.startswith(ALWAYS_INCLUDE)
    held = list_parts(letters) or letters
    if any(one[:1].isdigit() for one in held):
        return any(one in ALWAYS_INCLUDE for one in held)
    return any(letter in held for letter in _ALWAYS_SECTIONS)
