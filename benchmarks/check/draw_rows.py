"""A large CSV layer as a register gives it: most rows are good, one in four has something to repair or reject."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from points import draw_points_inside

from kansenkaart.sources.region import load_boundaries

FILE = "register.csv"
PROJECT = f"""
title = "Register"
reference_year = 2025
streams = ["restwarmte_lt"]
[region]
province = "Nederland"
[[layers]]
name = "register"
path = "{FILE}"
kind = "datacentre"
crs = "EPSG:28992"
source = "Register"
year = 2024
rename = {{ vermogen = "it_mw", gemeente = "municipality_code" }}
"""
# Share of the rows with each fault.
FAULTS = {
    "unknown_power": 0.04,
    "no_number": 0.01,
    "negative": 0.01,
    "no_place": 0.01,
    "half_a_place": 0.005,
    "swapped": 0.005,
    "far_away": 0.005,
    "no_name": 0.02,
    "old_code": 0.03,
    "other_municipality": 0.02,
    "unknown_municipality": 0.005,
    "bad_date": 0.01,
    "bad_sbi": 0.01,
    "bad_status": 0.01,
    "control_characters": 0.005,
    "id_twice": 0.01,
    "row_twice": 0.01,
    "same_place": 0.02,
    "bow_tie": 0.01,
    "line": 0.005,
}


def write_project(folder: Path, count: int) -> None:
    """Write a project of one layer of `count` rows."""
    (folder / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    draw_rows(count).to_csv(folder / FILE, sep=";", index=False)


def draw_rows(count: int) -> pd.DataFrame:
    """Draw the rows as texts, with faults in random places; the same ones every time."""
    random = np.random.default_rng(12)
    areas = load_boundaries().areas
    x, y = draw_points_inside(areas, count)
    rows = _good_rows(count, x, y, random)
    for fault, share in FAULTS.items():
        spoil = random.choice(count - 1, int(share * count), replace=False) + 1
        _SPOIL[fault](rows, spoil)
    return rows


def _good_rows(count: int, x: Any, y: Any, random: np.random.Generator) -> pd.DataFrame:
    from kansenkaart.sources.municipality import LabelGrid

    areas = load_boundaries().areas
    code = areas["municipality_code"].to_numpy()[LabelGrid(areas).find_areas(x, y).area]
    number = pd.Series(np.arange(count)).astype("str")
    texts = {
        "id": "R" + number,
        "naam": "Bedrijf " + number,
        "x_rd": pd.Series(np.round(x, 1)).astype("str"),
        "y_rd": pd.Series(np.round(y, 1)).astype("str"),
        "geometry_wkt": "",
        "gemeente": code,
        "vermogen": pd.Series(np.round(random.uniform(0.1, 9.0, count), 2))
        .astype("str")
        .str.replace(".", ","),
        "sbi": "6311",
        "status": "active",
        "status_date": "2024-05-01",
    }
    return pd.DataFrame(texts, dtype=object).rename(columns={"naam": "name"})


def _set(value: str, *columns: str) -> Any:
    def spoil(rows: pd.DataFrame, at: Any) -> None:
        rows.loc[at, list(columns)] = value

    return spoil


def _change(column: str, change: Any) -> Any:
    def spoil(rows: pd.DataFrame, at: Any) -> None:
        rows.loc[at, column] = change(rows.loc[at, column])

    return spoil


def _copy(*columns: str) -> Any:
    """Take `columns` of the row before."""

    def spoil(rows: pd.DataFrame, at: Any) -> None:
        rows.loc[at, list(columns)] = rows.loc[at - 1, list(columns)].to_numpy()

    return spoil


def _swap(rows: pd.DataFrame, at: Any) -> None:
    rows.loc[at, ["x_rd", "y_rd"]] = rows.loc[at, ["y_rd", "x_rd"]].to_numpy()


def _shape(template: str) -> Any:
    """Give the row a geometry around its place instead of coordinates."""

    def spoil(rows: pd.DataFrame, at: Any) -> None:
        places = [(x, y) for x, y in rows.loc[at, ["x_rd", "y_rd"]].to_numpy()]
        rows.loc[at, "geometry_wkt"] = [_fill(template, x, y) for x, y in places]
        rows.loc[at, ["x_rd", "y_rd"]] = ""

    return spoil


def _fill(template: str, x: str, y: str) -> str:
    if not x or not y:
        return ""
    west, south = float(x), float(y)
    return template.format(w=west, s=south, e=west + 40, n=south + 40)


_SPOIL = {
    "unknown_power": _set("onbekend", "vermogen"),
    "no_number": _change("vermogen", lambda cells: "ca. " + cells),
    "negative": _change("vermogen", lambda cells: "-" + cells.str.lstrip("-")),
    "no_place": _set("", "x_rd", "y_rd"),
    "half_a_place": _set("", "y_rd"),
    "swapped": _swap,
    "far_away": _change("x_rd", lambda cells: "9" + cells),
    "no_name": _set("", "name"),
    "old_code": _change("gemeente", lambda cells: cells.str.removeprefix("GM")),
    "other_municipality": _set("GM0363", "gemeente"),
    "unknown_municipality": _set("GM9999", "gemeente"),
    "bad_date": _change("status_date", lambda cells: "voorjaar " + cells),
    "bad_sbi": _set("datacenter", "sbi"),
    "bad_status": _set("open", "status"),
    "control_characters": _change("name", lambda cells: cells + "\x07"),
    "id_twice": _copy("id"),
    "row_twice": lambda rows, at: _copy(*rows.columns)(rows, at),
    "same_place": _copy("x_rd", "y_rd"),
    "bow_tie": _shape("POLYGON (({w} {s}, {e} {n}, {e} {s}, {w} {n}, {w} {s}))"),
    "line": _shape("LINESTRING ({w} {s}, {e} {n})"),
}
