"""Places by their address or postcode: a table of one's own, or a service, says where it lies and how well it knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.errors import DataError
from kansenkaart.geo import RD
from kansenkaart.project import Layer, LoadedProject
from kansenkaart.project.layers import AddressTable
from kansenkaart.sources.answers import KEPT, Answer, Question, list_questions, read_answers
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

ACCOUNT, ACCOUNT_SERVICE = "addresses", "locatieserver"
_ANSWER = ["x", "y", "precision", "level", "said"]
_NUMBERS = {"x": "float64", "y": "float64", "precision": "float64"}
# What a table knows as well as this needs no service: as well as a whole postcode.
_NEAR_M = 150.0
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
class FoundAddresses:
    """Where addresses lie: columns ``x, y, precision, level`` by row, only of those that were found."""

    rows: pd.DataFrame

    def points(self) -> gpd.GeoSeries:
        """Point of each, RD New."""
        shapes = shapely.points(self.rows["x"].to_numpy(dtype=float), self.rows["y"].to_numpy(dtype=float))
        return gpd.GeoSeries(shapes, index=self.rows.index, crs=RD)


@dataclass(frozen=True)
class Addresses:
    """Point and precision by address, per way of asking; and the account of their tables.

    Parameters
    ----------
    answers
        What a service said of addresses; None: none is asked.
    unasked
        Filled with the addresses that nobody was asked for yet.
    """

    levels: tuple[pd.DataFrame, ...]
    accounts: tuple[dict[str, object], ...]
    findings: LayerFindings
    answers: Mapping[Question, Answer] | None = None
    unasked: set[Question] = field(default_factory=set)

    def find(self, cells: pd.DataFrame, findings: LayerFindings) -> FoundAddresses:
        """Find the rows of a layer, by the most that is known of each.

        Parameters
        ----------
        cells
            Under our names, only rows without coordinates.
        """
        asked = _read_keys(cells, findings)
        parts: list[pd.DataFrame] = []
        left = pd.Series(True, index=cells.index)
        for (level, names, _), known in zip(_LEVELS, self.levels, strict=bool(self.levels)):
            keys = _join(asked, names)[left].dropna()
            keys = keys[keys.isin(known.index)]
            part = known.loc[keys].set_axis(keys.index, axis="index").assign(level=level)
            parts.append(part)
            left[keys.index] = False
        found = pd.concat(parts) if parts else pd.DataFrame(columns=_ANSWER[:-1])
        if self.answers is not None:
            found = self._ask(cells, asked, found, findings)
        self._tell(cells, found, findings)
        return FoundAddresses(found)

    def _ask(
        self, cells: pd.DataFrame, asked: pd.DataFrame, found: pd.DataFrame, findings: LayerFindings
    ) -> pd.DataFrame:
        """Places by the service, where the table does not know them as well as a postcode does."""
        near = found.index[found["precision"] <= _NEAR_M]
        questions = list_questions(asked.loc[asked.index.difference(near)]).dropna()
        answers = questions.map(lambda one: (self.answers or {}).get(one)).dropna()
        self.unasked.update(questions[questions.index.difference(answers.index)])
        said = pd.DataFrame.from_records([vars(one) for one in answers], index=answers.index, columns=_ANSWER)
        placed = said[said["x"].notna()].drop(columns="said").astype(_NUMBERS)
        kept = found[~found.index.isin(placed.index)].astype(_NUMBERS)
        found = pd.concat([kept, placed])
        lost = questions.index.difference(found.index)
        told = _write_addresses(cells.loc[lost])
        several = said.index[said["level"] == "ambiguous"].intersection(lost)
        findings.reject_each(told[several], "address_ambiguous", may=said.loc[several, "said"])
        findings.reject_each(told[lost.difference(answers.index)], "address_unasked")
        return found

    def place(
        self, geometry: gpd.GeoSeries, frame: pd.DataFrame, cells: pd.DataFrame, findings: LayerFindings
    ) -> tuple[gpd.GeoSeries, pd.DataFrame]:
        """Geometry and rows with the point, placement and precision of rows that have an address and no coordinates."""
        asked = cells.index[geometry.isna() & ~findings.rejects(cells.index)]
        if not len(asked) or not set(ADDRESS_COLUMNS) & set(cells.columns):
            return geometry, frame
        found = self.find(cells.loc[asked], findings)
        placed, rows = geometry.copy(), found.rows.index
        placed.loc[rows] = found.points()
        named = frame["placement"].astype(object)
        named[rows] = "address"
        known = found.rows["precision"].reindex(frame.index)
        return gpd.GeoSeries(placed, crs=RD), frame.assign(
            placement=named.astype("str"), address_precision=known
        )

    def _tell(self, cells: pd.DataFrame, found: pd.DataFrame, findings: LayerFindings) -> None:
        for level, part in found.groupby("level", sort=False):
            findings.remark(
                0, f"placed_by_{level}", severity="note", value=len(part), count=len(part),
                precision=findings.number(float(part["precision"].max())),
            )  # fmt: skip
        lost = cells.index.difference(found.index)
        told = _write_addresses(cells.loc[lost[~findings.rejects(lost)]])
        findings.reject_each(told[told != ""], "address_unknown")


def _write_addresses(cells: pd.DataFrame) -> pd.Series:
    """Address of each row as it stands there."""
    told = pd.Series("", index=cells.index, dtype="str")
    for name in ADDRESS_COLUMNS:
        told = told + " " + read_texts(cells[name]).fillna("") if name in cells else told
    return told.str.split().str.join(" ")


class _TableNames(Names):
    """Column names of a table of addresses."""

    def all(self) -> tuple[str, ...]:
        coordinates = [name for pair in COORDINATE_PAIRS for name in pair]
        return (*ADDRESS_COLUMNS, PRECISION, *coordinates, GEOMETRY_TEXT)


def read_addresses(asked: AddressTable, loaded: LoadedProject, texts: Texts) -> Addresses:
    """Read the table of addresses that a project names, and what a service answered.

    Raises
    ------
    DataError
        When the table cannot be read, or has neither postcodes nor streets.
    """
    nothing = Addresses((), (), LayerFindings(texts, layer=ACCOUNT, file=asked.path or KEPT))
    table = nothing if asked.path is None else _read_table(asked, asked.path, loaded, texts)
    if asked.service is None:
        return table
    answers = read_answers(Path(loaded.folder / KEPT))
    if not answers:
        return replace(table, answers=answers)
    placed = sum(one.x is not None for one in answers.values())
    source = "PDOK Locatieserver" if asked.service == "pdok" else asked.service
    account = open_account(ACCOUNT_SERVICE, KEPT, loaded, source=source, year=asked.year)
    # what the service does not know is left out
    account |= {"rows_read": len(answers), "rows_used": placed, "rows_rejected": 0, "licence": asked.licence}
    account["rows_left_out"] = len(answers) - placed
    return replace(table, answers=answers, accounts=(*table.accounts, account))


def _read_table(asked: AddressTable, file: str, loaded: LoadedProject, texts: Texts) -> Addresses:
    path = Path(loaded.folder / file)
    raw = read_file(path, file=file, table=asked.table, limits=loaded.project.limits)
    findings = LayerFindings(texts, layer=ACCOUNT, file=file)
    findings.repeat(raw.remarks)
    rename = {name: ours for name in raw.frame.columns if (ours := _DUTCH.get(fold_word(name))) is not None}
    layer = Layer(name=ACCOUNT, path=file, crs=asked.crs, rename=_once(rename) | asked.rename)
    cells = rename_columns(raw.frame, layer, _TableNames({}, {}, {}), findings, own=set(asked.rename))
    if "postcode" not in cells and "street" not in cells:
        message = "{file}: the table of addresses has no column postcode or street. Name it in rename."
        raise DataError("address_columns", message, file=file)
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
    account = open_account(ACCOUNT, file, loaded, digest=raw.digest, source=asked.source, year=asked.year)
    account |= {
        "rows_read": len(cells),
        "rows_used": len(good),
        "rows_rejected": len(findings.rejected),
        "licence": asked.licence,
    }
    return Addresses(tuple(_gather(known, names, usual) for _, names, usual in _LEVELS), (account,), findings)


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
