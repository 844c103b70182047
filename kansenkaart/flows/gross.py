"""The theoretical quantity of one stream and role at every site: measured wins, else driver x kengetal, calibrated.

Estimates are scaled to a published total where the project gives one: one national figure is wrong by a factor two in
a region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import BoolArray
from kansenkaart.catalogue import Catalogue, Kengetal, Stream
from kansenkaart.flows.season import find_profiles
from kansenkaart.project import ControlTotal, Growth
from kansenkaart.tables.reasons import Named, Number, Said, Value
from kansenkaart.texts import Texts

# Column names that layers may carry beside drivers; see docs/gis-reference.md.
_SPREAD_OF_BASIS = {
    "measured": "spread_measured",
    "derived": "spread_derived",
    "permit": "spread_permit",
    "lma": "spread_lma",
    "workshop": "spread_workshop",
}


def estimate_gross(
    sites: gpd.GeoDataFrame, stream: Stream, role: str, *, catalogue: Catalogue, texts: Texts
) -> pd.DataFrame:
    """Theoretical quantity per site for one stream and role.

    Parameters
    ----------
    sites
        Frame ``SITES`` with its drivers.
    stream, role
        What is asked.

    Returns
    -------
    DataFrame
        Indexed like `sites`, only the rows that have this flow: ``theoretical, low, high, basis, kengetal_id,
        engineering_estimate, formula, temperature_c, profile, source, source_year, zero_unknown`` in the stream's
        unit per year; a formula is still data.
    """
    estimated = _estimate_by_kengetal(sites, stream, role, catalogue=catalogue, texts=texts)
    measured = _read_measured(sites, stream, role, catalogue=catalogue)
    if estimated.empty and measured.empty:  # as most streams of a small project are
        return _no_rows()
    doubtful = measured.index[measured["theoretical"] == 0].intersection(
        estimated.index[estimated["theoretical"] > 0]
    )
    measured = measured.drop(index=doubtful)
    both = pd.concat([measured, estimated.drop(index=measured.index, errors="ignore")])
    gross: pd.DataFrame = both.loc[sites.index.intersection(both.index)]
    gross["zero_unknown"] = gross.index.isin(doubtful)
    places = sites.loc[gross.index]
    gross["temperature_c"] = _temperatures(places, stream, role, catalogue)
    gross["profile"] = find_profiles(
        places, stream, role, catalogue=catalogue, kengetallen=estimated["kengetal_id"]
    )
    return gross


def _read_measured(
    sites: gpd.GeoDataFrame, stream: Stream, role: str, *, catalogue: Catalogue
) -> pd.DataFrame:
    column = stream.column(role)
    if column not in sites:
        return _no_rows()
    rows = sites[sites[column].notna()]
    basis = rows["basis"].fillna("measured") if "basis" in rows else pd.Series("measured", index=rows.index)
    value = rows[column].to_numpy(dtype=float)
    spread = [catalogue.prices[_SPREAD_OF_BASIS[kind]] for kind in basis]
    low, high = (
        _bound(
            rows,
            stream.column(role, bound=bound),
            value * [getattr(kind, bound) for kind in spread],
        )
        for bound in ("low", "high")
    )
    return pd.DataFrame(
        {
            "theoretical": value,
            "low": np.minimum(low, value),
            "high": np.maximum(high, value),
            "basis": basis,
            "kengetal_id": None,
            "engineering_estimate": False,
            "formula": _share(
                lambda number, year: Said(
                    "formula_measured",
                    {"value": Number(float(number), 4), "unit": stream.unit, "year": int(year)},
                ),
                zip(value.tolist(), rows["source_year"].tolist(), strict=True),
            ),
            "source": rows["source"],
            "source_year": rows["source_year"],
        },
        index=rows.index,
    )


def _bound(rows: pd.DataFrame, column: str, default: np.ndarray) -> np.ndarray:
    if column not in rows:
        return np.asarray(default, dtype=float)
    return rows[column].fillna(pd.Series(default, index=rows.index)).to_numpy(dtype=float)


def _estimate_by_kengetal(
    sites: gpd.GeoDataFrame, stream: Stream, role: str, *, catalogue: Catalogue, texts: Texts
) -> pd.DataFrame:
    """First kengetal in order of the catalogue wins, the one that asks most of the place before the rest."""
    fitting = [
        one
        for one in catalogue.kengetallen.values()
        if one.stream == stream.id and one.role == role and one.driver in sites
    ]
    fitting.sort(key=lambda one: -len(one.where))
    parts: list[pd.DataFrame] = []
    taken = pd.Series(False, index=sites.index)
    for kengetal in fitting:
        rows = ~taken & _applies(sites, kengetal)
        if rows.any():
            taken |= rows
            # not the whole width of a register
            read = sites.loc[rows, [kengetal.driver, "source", "source_year"]]
            parts.append(_multiply(read, stream, kengetal, catalogue=catalogue, texts=texts))
    return pd.concat(parts) if parts else _no_rows()


def _applies(sites: gpd.GeoDataFrame, kengetal: Kengetal) -> pd.Series:
    fits = sites["kind"].isin(kengetal.kinds) & sites[kengetal.driver].notna()
    for attribute, value in kengetal.where.items():
        fits &= (sites[attribute] == value).fillna(False) if attribute in sites else False
    return pd.Series(fits, index=sites.index).astype(bool)


def _multiply(
    rows: pd.DataFrame, stream: Stream, kengetal: Kengetal, *, catalogue: Catalogue, texts: Texts
) -> pd.DataFrame:
    driver = rows[kengetal.driver].to_numpy(dtype=float)
    rule: dict[str, Value] = {
        "label": Named(f"drivers.{kengetal.driver}", catalogue.drivers[kengetal.driver].unit),
        "kengetal": Number(kengetal.value),
        "low": Number(kengetal.low),
        "high": Number(kengetal.high),
    }
    return pd.DataFrame(
        {
            "theoretical": driver * kengetal.value,
            "low": driver * kengetal.low,
            "high": driver * kengetal.high,
            "basis": "estimated",
            "kengetal_id": kengetal.id,
            "engineering_estimate": kengetal.evidence == "estimate",
            "formula": _share(
                lambda number: Said(
                    "formula_estimated",
                    {
                        "driver": Number(number, 4),
                        "value": Number(number * kengetal.value),
                        "unit": stream.unit,
                        **rule,
                    },
                ),
                zip(driver.tolist(), strict=True),
            ),
            "source": rows["source"].astype(str) + f"; {texts('formulas.rule_of_thumb')}: {kengetal.source}",
            "source_year": rows["source_year"],
        },
        index=rows.index,
    )


def _share(say: Callable[..., Said], rows: Iterable[tuple[float, ...]]) -> list[Said]:
    """What `say` makes of every row; rows that are alike share one: registers repeat the same few numbers."""
    made = cache(say)
    return [made(*row) for row in rows]


def _temperatures(sites: gpd.GeoDataFrame, stream: Stream, role: str, catalogue: Catalogue) -> np.ndarray:
    """Temperature the site states, else what the catalogue knows of its kind for this stream and role."""
    known: Mapping[str, float] = {}
    for kengetal in catalogue.kengetallen.values():
        if (kengetal.stream, kengetal.role) == (stream.id, role) and kengetal.temperature_c is not None:
            known = {**dict.fromkeys(kengetal.kinds, kengetal.temperature_c), **known}
    of_kind = sites["kind"].map(known).astype(float)
    column = f"{role}_temperature_c"
    known_c = sites[column].fillna(of_kind) if column in sites else of_kind
    return np.asarray(known_c, dtype=float)


@cache
def _no_rows() -> pd.DataFrame:
    """One for all: nobody changes it."""
    numbers = {name: pd.Series([], dtype=float) for name in ("theoretical", "low", "high")}
    words = {name: pd.Series([], dtype=object) for name in ("basis", "kengetal_id", "formula", "source")}
    return pd.DataFrame(
        {
            **numbers,
            **words,
            "engineering_estimate": pd.Series([], dtype=bool),
            "source_year": pd.Series([], dtype="Int64"),
        }
    )


def calibrate_flows(
    flows: pd.DataFrame, sites: gpd.GeoDataFrame, totals: tuple[ControlTotal, ...]
) -> tuple[pd.DataFrame, list[ControlTotal]]:
    """Scale the estimated flows so that measured + estimated equals each published total.

    Parameters
    ----------
    flows
        Gross flows with ``site_id, stream, role, theoretical, low, high, basis, formula, source``.
    sites
        Frame ``SITES``.
    totals
        What the flows of an area must add up to, in the stream's unit per year.

    Returns
    -------
    tuple
        The scaled flows (the factor stands in ``formula``), and the totals that could not be met because nothing
        is estimated there or the measured flows exceed them already.
    """
    if not totals:
        return flows, []
    flows = flows.copy()
    place = sites.set_index("site_id")
    unmet: list[ControlTotal] = []
    for total in totals:
        rows = (
            (flows["stream"] == total.stream) & (flows["role"] == total.role) & _inside(flows, place, total)
        )
        estimated = rows & (flows["basis"] == "estimated")
        present = float(flows.loc[estimated, "theoretical"].sum())
        wanted = total.quantity - float(flows.loc[rows & ~estimated, "theoretical"].sum())
        if present <= 0 or wanted <= 0:
            unmet.append(total)
            continue
        factor = wanted / present
        flows.loc[estimated, ["theoretical", "low", "high"]] *= factor
        flows.loc[estimated, "formula"] = pd.Series(
            [
                Said(
                    "formula_calibrated",
                    {
                        "formula": formula,
                        "factor": Number(factor),
                        "value": Number(quantity),
                        "unit": unit,
                        "source": total.source,
                        "year": total.year,
                    },
                )
                for formula, quantity, unit in flows.loc[
                    estimated, ["formula", "theoretical", "unit"]
                ].itertuples(index=False)
            ],
            index=flows.index[estimated],
            dtype=object,
        )
        flows.loc[estimated, "source"] = flows.loc[estimated, "source"] + f"; {total.source}"
    return flows, unmet


def grow_flows(
    flows: pd.DataFrame, sites: gpd.GeoDataFrame, growth: tuple[Growth, ...]
) -> tuple[pd.DataFrame, list[Growth]]:
    """Multiply flows by the growth that the project foresees; of several that fit one, the factors multiply.

    Parameters
    ----------
    flows
        Gross flows with ``site_id, stream, role, unit, theoretical, low, high, free, formula, source``.
    sites
        Frame ``SITES``.

    Returns
    -------
    tuple
        The flows (the factor stands in ``formula``; what a layer states as free grows along), and the growth that fits
        no flow.
    """
    if not growth:
        return flows, []
    flows = flows.copy()
    place = sites.set_index("site_id")[["kind", "layer"]].loc[flows["site_id"]]
    idle: list[Growth] = []
    for one in growth:
        rows = _fits(flows, place, one)
        if not rows.any():
            idle.append(one)
            continue
        for name, factor in (
            ("theoretical", one.value),
            ("free", one.value),
            ("low", one.low),
            ("high", one.high),
        ):
            flows.loc[rows, name] *= factor
        grown = flows.loc[rows, ["formula", "theoretical", "unit"]].itertuples(index=False)
        values: dict[str, Value] = {
            "factor": Number(one.value),
            "low": Number(one.low),
            "high": Number(one.high),
        }
        said = [
            Said(
                "formula_grown",
                {"formula": formula, "value": Number(quantity), "unit": unit, "source": _who(one), **values},
            )
            for formula, quantity, unit in grown
        ]
        flows.loc[rows, "formula"] = pd.Series(said, index=flows.index[rows], dtype=object)
        flows.loc[rows, "source"] = flows.loc[rows, "source"] + f"; {_who(one)}"
    return flows, idle


def _who(growth: Growth) -> str:
    return growth.source if growth.year is None else f"{growth.source} ({growth.year})"


def _fits(flows: pd.DataFrame, place: pd.DataFrame, growth: Growth) -> BoolArray:
    rows = np.ones(len(flows), dtype=bool)
    for wanted, column in (
        (growth.stream, flows["stream"]),
        (growth.role, flows["role"]),
        (growth.site, flows["site_id"]),
        (growth.kind, place["kind"]),
        (growth.layer, place["layer"]),
    ):
        rows &= np.ones(len(flows), dtype=bool) if wanted is None else (column == wanted).to_numpy(dtype=bool)
    return rows


def _inside(flows: pd.DataFrame, place: gpd.GeoDataFrame, total: ControlTotal) -> pd.Series:
    at = place.loc[flows["site_id"]]
    # A published total counts what runs: a planned or suspended place has no share in it.
    runs = at["status"] == "active"
    inside = at["municipality_code"].isin(total.municipalities) if total.municipalities else at["in_region"]
    if total.kinds:
        inside = inside & at["kind"].isin(total.kinds)
    return pd.Series((inside & runs).to_numpy(dtype=bool), index=flows.index)
