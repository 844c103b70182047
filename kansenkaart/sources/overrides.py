"""What the user knows better than a source: cells of single places, with why and who, kept apart from the source.

A correction stands in a table of its own, so that it survives a new delivery of the layer; what it replaces is said,
and so is one that fits no row any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.errors import DataError
from kansenkaart.geo import RD, near_rd
from kansenkaart.project import LoadedProject
from kansenkaart.project.layers import OverrideTable
from kansenkaart.sources.cells import Reading, find_notations, read_numbers, read_texts
from kansenkaart.sources.columns import (
    COORDINATE_PAIRS,
    GEOMETRY_TEXT,
    PRECISION,
    TEXT_COLUMNS,
    Names,
    read_column,
)
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.raw import Raw, open_account
from kansenkaart.sources.read import read_asked
from kansenkaart.sources.rows import clean_texts, read_by_eye
from kansenkaart.texts import Texts

ACCOUNT = "overrides"
_NEEDED = ("site", "column", "value", "why", "who")
# The same in Dutch, for whoever keeps the table in a Dutch workbook.
_DUTCH = {
    "plek": "site",
    "kolom": "column",
    "waarde": "value",
    "waarom": "why",
    "wie": "who",
    "stond": "was",
}
_COORDINATES = ("x_rd", "y_rd")


@dataclass(frozen=True)
class Overrides:
    """Corrections by row of their table: ``site, column, value, why, who, was``, all texts."""

    rows: pd.DataFrame
    findings: LayerFindings
    account: dict[str, object]
    fitted: set[int]

    def of_layer(self, layer: str, ids: pd.Series) -> OwnCells:
        """Corrections of the places of `layer`; the index of `ids` holds the row numbers of its file."""
        places = pd.Series(ids.index, index=(layer + ":" + ids).to_numpy())
        places = places[places.index.notna() & ~places.index.duplicated()]
        own = self.rows[self.rows["site"].isin(places.index)]
        self.fitted.update(own.index)
        return OwnCells(own.assign(row=own["site"].map(places).astype("int64")), self.findings)

    def close(self) -> None:
        """Reject what fits no row of any layer, and count."""
        lost = self.rows.loc[~self.rows.index.isin(self.fitted), "site"]
        self.findings.reject_each(lost, "override_without_row", column="site")
        rejected = len(self.findings.rejected)
        used = int(str(self.account["rows_read"])) - rejected
        self.account.update({"rows_used": used, "rows_rejected": rejected})


@dataclass(frozen=True)
class OwnCells:
    """Corrections of one layer; ``row`` is the row of its file."""

    rows: pd.DataFrame
    findings: LayerFindings

    def put_texts(self, cells: pd.DataFrame, names: Names) -> pd.DataFrame:
        """Cells with the corrected words; a corrected number is taken out, so that nobody stumbles over it."""
        changed = cells.copy()
        for name, part in self.rows.groupby("column", sort=False):
            column = str(name)
            own = (
                changed[column].astype(object) if column in changed else pd.Series(None, cells.index, object)
            )
            numeric = column in names.quantities or column in _COORDINATES
            own[part["row"].to_numpy()] = None if numeric else part["value"].to_numpy()
            changed[column] = own
        for column in (*(name for pair in COORDINATE_PAIRS for name in pair), GEOMETRY_TEXT):
            if column in changed and len(self.moved):
                changed[column] = changed[column].astype(object).mask(changed.index.isin(self.moved), None)
        return changed

    def put_numbers(self, quantities: pd.DataFrame, names: Names) -> pd.DataFrame:
        """Quantities, in the catalogue's units, with the corrected ones."""
        changed = quantities.copy()
        numeric = self.rows[self.rows["column"].isin(names.quantities)]
        for name, part in numeric.groupby("column", sort=False):
            if name not in changed:
                changed[str(name)] = np.nan
            changed.loc[part["row"].to_numpy(), str(name)] = part["number"].to_numpy()
        return changed

    def lift(self, raw: Raw) -> Raw:
        """The file without the shapes of places that were moved: what is wrong with those no longer matters."""
        if raw.geometry is None or not len(self.moved):
            return raw
        shapes = raw.geometry.copy()
        shapes.loc[self.moved] = None
        return replace(raw, geometry=shapes)

    def move(self, geometry: gpd.GeoSeries) -> gpd.GeoSeries:
        """Geometry (RD New) with the points of places that were moved."""
        points = self.rows[self.rows["column"].isin(_COORDINATES)].pivot(
            index="row", columns="column", values="number"
        )
        if points.empty:
            return geometry
        points = points.reindex(columns=list(_COORDINATES)).dropna()
        moved = geometry.copy()
        moved.loc[points.index] = shapely.points(points["x_rd"], points["y_rd"])
        return gpd.GeoSeries(moved, crs=RD)

    @property
    def moved(self) -> pd.Index:
        """Rows that get another point."""
        own = self.rows.loc[self.rows["column"].isin(_COORDINATES), "row"]
        rows: pd.Index = pd.Index(own.unique().tolist(), dtype="int64")
        return rows

    def tell(self, cells: pd.DataFrame, findings: LayerFindings) -> pd.Series:
        """Say what is replaced; return per row what its source must say of it."""
        said: dict[int, list[str]] = {}
        for number, one in zip(self.rows.index, self.rows.to_dict("records"), strict=True):
            column, row = str(one["column"]), int(one["row"])
            there = _look(cells, column, row)
            values: dict[str, Any] = {"taken": one["value"], "why": one["why"], "who": one["who"]}
            findings.remark(row, "overridden", severity="repaired", column=column, value=there, **values)
            if not pd.isna(one["was"]) and not _alike(str(one["was"]), there):
                new: dict[str, Any] = {"now": there or "-", "site": one["site"], "name": column}
                self.findings.remark(
                    int(number),
                    "override_source_changed",
                    severity="warning",
                    column="was",
                    value=one["was"],
                    **new,
                )
            told = findings.texts("formulas.overridden", name=column, was=there or "-", **values)
            said.setdefault(row, []).append(told)
        return pd.Series({row: "; ".join(parts) for row, parts in said.items()}, dtype="str")


def _look(cells: pd.DataFrame, column: str, row: int) -> str | None:
    """What the file says of a place, where it has the column."""
    text = read_texts(cells.loc[[row], column]).iloc[0] if column in cells else None
    return None if pd.isna(text) else str(text)


def _alike(was: str, now: str | None) -> bool:
    if now is None:
        return False
    both = pd.Series([was, now], dtype="str")
    numbers = read_numbers(both, elsewhere=set()).values
    return bool(np.isclose(*numbers)) or read_by_eye(both).nunique() == 1


def read_overrides(asked: OverrideTable, loaded: LoadedProject, names: Names, texts: Texts) -> Overrides:
    """Read the table of corrections that a project names.

    Parameters
    ----------
    names
        Columns that mean something.

    Raises
    ------
    DataError
        When the table cannot be read, or lacks a column.
    """
    findings = LayerFindings(texts, layer=ACCOUNT, file=asked.path)
    raw = read_asked(asked, loaded, findings)
    theirs = [str(name) for name in raw.frame]
    ours = {name: _DUTCH.get(name.strip().casefold(), name.strip().casefold()) for name in theirs}
    frame = raw.frame.rename(columns=ours)
    findings.origin = {name: there for there, name in ours.items()}
    missing = [name for name in _NEEDED if name not in frame]
    if missing:
        message = (
            "{file}: overrides lacks column {missing}. Its columns: {allowed}, and was where you want to be "
            "warned."
        )
        raise DataError(
            "override_columns",
            message,
            file=asked.path,
            missing=", ".join(missing),
            allowed=", ".join(_NEEDED),
        )
    account = open_account(ACCOUNT, asked.path, loaded, digest=raw.digest) | {"rows_read": len(frame)}
    return Overrides(_check_rows(frame, names, findings), findings, account, set())


def _check_rows(frame: pd.DataFrame, names: Names, findings: LayerFindings) -> pd.DataFrame:
    """Rows that can be used; the rest is rejected with a reason."""
    rows = pd.DataFrame(
        {name: clean_texts(frame[name], name, findings) for name in _NEEDED}, index=frame.index
    )
    rows["was"] = clean_texts(frame["was"], "was", findings) if "was" in frame else None
    for name in _NEEDED:
        findings.reject_each(rows[name][rows[name].isna()].fillna(""), "override_lacks", column=name)
    known = (*names.quantities, *names.attributes, *(set(TEXT_COLUMNS) - {"id"}), PRECISION, *_COORDINATES)
    strange = rows["column"].notna() & ~rows["column"].isin(known)
    findings.reject_each(
        rows["column"][strange],
        "override_column",
        column="column",
        hint=lambda text: _hint(text, names, findings),
    )
    rows["number"] = _read_numbers(rows, names, findings)
    again = rows.duplicated(["site", "column"]) & rows["site"].notna()
    findings.reject_each(rows["site"][again], "override_twice", column="site", name=rows["column"][again])
    unplaced = _find_unplaced(rows[~findings.rejects(rows.index)])
    findings.reject_each(rows["value"][unplaced], "override_point", column="value")
    return rows[~findings.rejects(rows.index)]


def _hint(text: str, names: Names, findings: LayerFindings) -> str:
    near = ", ".join(names.nearest(text))
    return findings.texts("reasons.looks_like", names=near) if near else ""


def _read_numbers(rows: pd.DataFrame, names: Names, findings: LayerFindings) -> pd.Series:
    """Numbers of the corrections that are one, within what is possible."""
    numbers = pd.Series(np.nan, index=rows.index)
    for column, part in rows[rows["column"].isin([*names.quantities, *_COORDINATES])].groupby("column"):
        settled: Reading | None = "thousands" if column in _COORDINATES else None
        cells = part["value"]
        numbers[part.index] = read_column(
            cells,
            "value",
            findings,
            elsewhere=find_notations(part, ["value"]),
            settled=settled,
        )
        if column not in _COORDINATES and names.quantities[str(column)] != "C":
            findings.reject_each(cells[numbers[part.index] < 0], "negative", column="value")
        if column in names.maxima:
            above = numbers[part.index] > names.maxima[str(column)]
            most = f"{findings.number(names.maxima[str(column)])} {names.quantities[str(column)]}"
            findings.reject_each(cells[above], "above_maximum", column="value", maximum=most)
    return numbers


def _find_unplaced(rows: pd.DataFrame) -> pd.Index:
    """Corrections of half a point, or of one that lies outside the grid of RD New."""
    points = rows[rows["column"].isin(_COORDINATES)]
    if points.empty:
        return points.index
    both = points.pivot(index="site", columns="column", values="number").reindex(columns=list(_COORDINATES))
    fit = both.index[near_rd(both["x_rd"].to_numpy(), both["y_rd"].to_numpy())]
    return points.index[~points["site"].isin(fit)]
