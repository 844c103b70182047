"""Places by their address or postcode: a table of the user's own says where an address lies, and how well it knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.errors import DataError
from kansenkaart.geo import RD
from kansenkaart.project import Layer, LoadedProject
from kansenkaart.project.layers import AddressTable
from kansenkaart.sources.cells import map_distinct, read_texts
from kansenkaart.sources.columns import (
    ADDRESS_COLUMNS,
    COORDINATE_PAIRS,
    GEOMETRY_TEXT,
    PRECISION,
    Names,
    read_column,
    rename_columns,
)
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.locate import locate_rows, repair_geometry
from kansenkaart.sources.raw import open_account
from kansenkaart.sources.read import read_file
from kansenkaart.sources.rows import read_optional
from kansenkaart.texts import Texts, fold_word

ACCOUNT = "addresses"
_DUTCH = {
    "huisnummer": "house_number",
    "huisletter": "house_addition",
    "toevoeging": "house_addition",
    "huisnummertoevoeging": "house_addition",
    "straat": "street",
    "straatnaam": "street",
    "openbareruimte": "street",
    "plaats": "town",
    "woonplaats": "town",
    "pc4": "postcode",
    "pc6": "postcode",
    "precision_m": PRECISION,
    "nauwkeurigheid_m": PRECISION,
}
_POSTCODE = re.compile(r"(\d{4})\s*([A-Za-z]{2})?")
_NUMBER = re.compile(r"0*(\d+)(.*)")
# By what an address is found, the surest first: what the key holds, and how far the place may lie from the point, m.
_LEVELS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("address", ("pc6", "number", "addition"), 25.0),
    ("address", ("pc6", "number"), 25.0),
    ("address", ("street", "number", "town"), 25.0),
    ("postcode6", ("pc6",), 150.0),
    ("postcode4", ("pc4",), 1_500.0),
)


@dataclass(frozen=True)
class Found:
    """Where addresses lie: columns ``x, y, precision, level`` by row, only of those that were found."""

    rows: pd.DataFrame

    def points(self) -> gpd.GeoSeries:
        """Point of each, RD New."""
        shapes = shapely.points(self.rows["x"].to_numpy(dtype=float), self.rows["y"].to_numpy(dtype=float))
        return gpd.GeoSeries(shapes, index=self.rows.index, crs=RD)


@dataclass(frozen=True)
class Addresses:
    """Point and precision by address, per way of asking; and the account of their table."""

    levels: tuple[pd.DataFrame, ...]
    account: dict[str, object]
    findings: LayerFindings

    def find(self, cells: pd.DataFrame, findings: LayerFindings) -> Found:
        """Find the rows of a layer, by the most that is known of each.

        Parameters
        ----------
        cells
            Under our names, only rows without coordinates.
        """
        asked = _read_keys(cells, findings)
        parts: list[pd.DataFrame] = []
        left = pd.Series(True, index=cells.index)
        for (level, names, _), known in zip(_LEVELS, self.levels, strict=True):
            keys = _join(asked, names)[left].dropna()
            keys = keys[keys.isin(known.index)]
            part = known.loc[keys].set_axis(keys.index, axis="index").assign(level=level)
            parts.append(part)
            left[keys.index] = False
        found = pd.concat(parts)
        self._tell(cells, found, findings)
        return Found(found)

    def _tell(self, cells: pd.DataFrame, found: pd.DataFrame, findings: LayerFindings) -> None:
        for level, part in found.groupby("level", sort=False):
            findings.remark(
                0, f"placed_by_{level}", severity="note", value=len(part), count=len(part),
                precision=findings.number(float(part["precision"].max())),
            )  # fmt: skip
        lost = cells.loc[cells.index.difference(found.index)]
        told = pd.Series("", index=lost.index, dtype="str")
        for name in ADDRESS_COLUMNS:
            told = told + " " + read_texts(lost[name]).fillna("") if name in lost else told
        told = told.str.split().str.join(" ")
        findings.reject_each(told[told != ""], "address_unknown")


class _TableNames(Names):
    """Column names of a table of addresses."""

    def all(self) -> tuple[str, ...]:
        coordinates = [name for pair in COORDINATE_PAIRS for name in pair]
        return (*ADDRESS_COLUMNS, PRECISION, *coordinates, GEOMETRY_TEXT)


def read_addresses(asked: AddressTable, loaded: LoadedProject, texts: Texts) -> Addresses:
    """Read the table of addresses that a project names.

    Raises
    ------
    DataError
        When the table cannot be read, or has neither postcodes nor streets.
    """
    path = Path(loaded.folder / asked.path)
    raw = read_file(path, file=asked.path, table=asked.table, limits=loaded.project.limits)
    findings = LayerFindings(texts, layer=ACCOUNT, file=asked.path)
    findings.repeat(raw.remarks)
    rename = {name: ours for name in raw.frame.columns if (ours := _DUTCH.get(fold_word(name))) is not None}
    layer = Layer(name=ACCOUNT, path=asked.path, crs=asked.crs, rename=_once(rename) | asked.rename)
    cells = rename_columns(raw.frame, layer, _TableNames({}, {}, {}), findings, own=set(asked.rename))
    if "postcode" not in cells and "street" not in cells:
        message = "{file}: the table of addresses has no column postcode or street. Name it in rename."
        raise DataError("address_columns", message, file=asked.path)
    geometry = repair_geometry(locate_rows(raw, cells, layer, findings).geometry, findings)
    keys = _read_keys(cells, findings)
    nothing = keys[["pc4", "street"]].isna().all(axis=1)
    findings.reject_each(keys["pc4"][nothing].fillna(""), "address_empty")
    missing = geometry.isna() & ~findings.rejects(geometry.index)
    findings.reject_each(pd.Series("", index=cells.index)[missing], "geometry_missing")
    good = cells.index[~findings.rejects(cells.index)]
    points = shapely.point_on_surface(geometry[good].to_numpy())
    known = keys.loc[good].assign(x=shapely.get_x(points), y=shapely.get_y(points), precision=np.nan)
    if PRECISION in cells:
        stated = read_column(cells[PRECISION], PRECISION, findings, elsewhere=set())
        known["precision"] = pd.Series(stated, index=cells.index)[good]
    account = open_account(
        ACCOUNT, asked.path, loaded, digest=raw.digest, source=asked.source, year=asked.year
    )
    account |= {
        "rows_read": len(cells),
        "rows_used": len(good),
        "rows_rejected": len(findings.rejected),
        "licence": asked.licence,
    }
    return Addresses(tuple(_gather(known, names, usual) for _, names, usual in _LEVELS), account, findings)


def _once(rename: Mapping[str, str]) -> dict[str, str]:
    """The first column of each meaning."""
    first: dict[str, str] = {}
    for name, ours in rename.items():
        first.setdefault(ours, name)
    return {name: ours for ours, name in first.items()}


def _gather(known: pd.DataFrame, names: tuple[str, ...], usual: float) -> pd.DataFrame:
    """Point per key: the middle of what has it; the place may lie as far from it as the farthest does."""
    keys = _join(known, names)
    rows = known.assign(key=keys).dropna(subset="key")
    middle = rows.groupby("key")[["x", "y"]].mean()
    centre = middle.loc[rows["key"]]
    apart = np.hypot(
        rows["x"].to_numpy() - centre["x"].to_numpy(), rows["y"].to_numpy() - centre["y"].to_numpy()
    )
    reach = (apart + rows["precision"].fillna(_LEVELS[0][2])).groupby(rows["key"]).max()
    # a house that is known to the metre says nothing of its whole postcode
    stated = rows["precision"].notna() & ("number" in names or rows["number"].isna())
    sure = stated.groupby(rows["key"]).all()
    return middle.assign(precision=reach.where(sure, reach.clip(lower=usual)).round())


def _join(keys: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    """Key of the parts `names`; missing where one is, but for an addition, which few have."""
    parts = [keys[name].fillna("") if name == "addition" else keys[name] for name in names]
    joined: pd.Series = parts[0]
    for part in parts[1:]:
        joined = joined + "|" + part
    return joined


def _read_keys(cells: pd.DataFrame, findings: LayerFindings) -> pd.DataFrame:
    """Parts of an address as they are compared: without case, blanks, accents and leading zeros."""
    texts = {name: read_optional(cells, name, findings) for name in ADDRESS_COLUMNS}
    number = texts["house_number"]
    behind = map_distinct(number, lambda text: _cut(_NUMBER, text, 2))
    addition = (behind.fillna("") + texts["house_addition"].fillna("")).map(fold_word).str.replace("_", "")
    return pd.DataFrame(
        {
            "pc4": map_distinct(texts["postcode"], lambda text: _cut(_POSTCODE, text, 1)),
            "pc6": map_distinct(texts["postcode"], _read_whole),
            "number": map_distinct(number, lambda text: _cut(_NUMBER, text, 1)),
            "addition": addition.where(addition != ""),
            "street": map_distinct(texts["street"], lambda text: fold_word(text) or None),
            "town": map_distinct(texts["town"], lambda text: fold_word(text) or None),
        },
        index=cells.index,
    )


def _cut(pattern: re.Pattern[str], text: str, group: int) -> str | None:
    found = pattern.fullmatch(text.strip())
    return found[group] if found is not None else None


def _read_whole(text: str) -> str | None:
    found = _POSTCODE.fullmatch(text.strip())
    return f"{found[1]}{found[2].upper()}" if found is not None and found[2] else None
