"""A table of sectors per area: a row per area and sector, or a column per sector, by its recipe or its own names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.catalogue.sbi import as_2008
from kansenkaart.errors import DataError
from kansenkaart.sources.cells import find_notations, read_published
from kansenkaart.sources.columns import read_column
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.read import read_file
from kansenkaart.sources.region import Boundaries
from kansenkaart.tables import Remarks
from kansenkaart.tables.clusters import MEASURES
from kansenkaart.texts import Texts

# Names a column may have, the first is ours; capitals do not matter.
COLUMNS = {
    "area_code": ("area_code", "gebiedscode", "gm_code", "gemeentecode", "regios", "statcode"),
    "area": ("area", "gebied", "gm_naam", "gemeentenaam", "gemeente", "statnaam"),
    "sector": ("sector", "sbi", "sbi_code", "sbi2008", "sbicode", "bedrijfstakkenbranchessbi2008"),
    "sector_name": ("sector_name", "sectornaam", "sbi_naam"),
    "classification": ("classification", "indeling"),
    "establishments": ("establishments", "vestigingen", "vestigingen_1"),
    "jobs": ("jobs", "banen", "werkzame_personen", "wp"),
    "value_eur": ("value_eur", "toegevoegde_waarde_eur"),
    "materials_t": ("materials_t", "grondstoffen_t"),
    "residuals_t": ("residuals_t", "reststoffen_t"),
}
_TOTAL = "totaal"
_SHEETLESS = (".csv", ".tsv", ".txt")
_MOST_REASONS = 5
_MOST_NAMED = 8
# How headers say that a column counts in thousands or millions, as CBS writes it: (x 1 000), x1000, mln euro.
_TIMES = re.compile(
    r"(?<![a-z0-9])[x×][ _]*1((?:[ ._\u00a0]?000)+)(?![0-9])|(?<![a-z])(mln|miljoen)(?![a-z])"
)
_TITLED = r"^([A-Z](?:-[A-Z])?|\d{2}(?:-\d{2})?|\d{3,5}) +(\D.*)$"


@dataclass(frozen=True)
class SectorRows:
    """What a table says.

    Attributes
    ----------
    rows
        ``area_code, area, sector`` and the measures it has, indexed by row number.
    names, letters
        Code -> name of the sector, and code -> letters of the sections in a group of them.
    classification
        As the recipe or the table says; nothing where neither does.
    scaled
        Columns of the file of which the name says that they count in thousands or millions -> that number.
    """

    rows: pd.DataFrame
    names: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)
    classification: str | None = None
    scaled: Mapping[str, float] = field(default_factory=dict)


@cache
def list_recipes() -> Mapping[str, Mapping[str, Any]]:
    """Recipes of tables of sectors by name."""
    text = (files("kansenkaart") / "sources" / "sector_tables.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_sectors(
    path: Path,
    *,
    columns: Mapping[str, str],
    recipe: str | None,
    sheet: str | None,
    texts: Texts,
    classification: str | None = None,
) -> SectorRows:
    """Read a table of sectors per area.

    Parameters
    ----------
    path
        CSV, xlsx or another file with columns.
    columns
        Our name -> the file's, where its own names do not say it: these must be there.
    recipe
        Name of a recipe that knows the layout; a column of it that is absent gives way to one of our own names.
    classification
        What the sectors are asked in: of a table that mixes both, codes of SBI 2025 are told in SBI 2008.

    Raises
    ------
    DataError
        When the file cannot be read, a column is missing, a number is none, or classifications are mixed.
    """
    _refuse_settings(columns, sheet, path)
    raw = read_file(path, file=path.name, table=sheet)
    findings = LayerFindings(texts, layer="clusters", file=path.name)
    findings.repeat(raw.remarks)
    layout = list_recipes()[recipe] if recipe else {}
    present = [str(name) for name in raw.frame.columns]
    _refuse_absent([(theirs, ours) for ours, theirs in columns.items()], present, path.name)
    plain = {name: layout.get(name) for name in COLUMNS if name != "classification"}
    by_recipe = {name: column for name, column in plain.items() if column in present} | dict(columns)
    origin = {**_find_columns(raw.frame), **by_recipe}
    sectors: Mapping[str, Mapping[str, str]] = layout.get("sectors", {})
    if "wide" in layout and ("sector" not in origin or not sectors.keys().isdisjoint(present)):
        return _read_wide(raw.frame, layout, origin, findings, path.name)
    _refuse_lacking(origin, present, path.name)
    rows = _read_words(raw.frame, origin, classification)
    measures = {name: origin[name] for name in MEASURES if name in origin}
    numbers = _read_numbers(raw.frame, measures, findings)
    factors = {name: find_factor(column) for name, column in measures.items()}
    rows = rows.join(numbers * pd.Series(factors, dtype="float64"))
    _refuse_unread(findings, path.name)
    named = rows.dropna(subset="sector_name").drop_duplicates("sector")
    names, letters = _name_sectors(sectors)
    names |= dict(zip(named["sector"], named["sector_name"], strict=True))
    found = _one_classification(rows, path.name) or layout.get("classification")
    scaled = {column: factors[name] for name, column in measures.items() if factors[name] != 1}
    return SectorRows(rows, names, letters, found, scaled)


def find_factor(header: str) -> float:
    """Return what a column is to be multiplied with, as its name says.

    Examples
    --------
    >>> [find_factor(name) for name in ("banen_x1000", "Banen (x 1 000)", "Waarde (mln euro)", "box1000")]
    [1000.0, 1000.0, 1000000.0, 1.0]
    """
    found = _TIMES.search(header.casefold())
    if found is None:
        return 1.0
    return float("1" + re.sub(r"\D", "", found[1])) if found[1] else 1e6


def _refuse_settings(columns: Mapping[str, str], sheet: str | None, path: Path) -> None:
    """Refuse what would have no effect: a column that nothing reads, a sheet of a file without sheets."""
    unknown = next((name for name in columns if name not in COLUMNS), None)
    if unknown is not None:
        message = "{file}: no column is called '{name}' here. {hint}"
        raise DataError(
            "clusters_ours", message, file=path.name, name=unknown, hint=suggest(unknown, COLUMNS)
        )
    if sheet is not None and path.suffix.lower() in _SHEETLESS:
        message = (
            "{file} has no sheets, so '{sheet}' cannot be one. Leave --sheet (table in a project file) out."
        )
        raise DataError("clusters_sheetless", message, file=path.name, sheet=sheet)


def _read_words(frame: pd.DataFrame, origin: Mapping[str, str], classification: str | None) -> pd.DataFrame:
    """Area and sector of every row, with their names, and the classification of the latter."""
    rows = pd.DataFrame(index=frame.index)
    for name in ("area_code", "area", "sector", "sector_name", "classification"):
        rows[name] = read_published(frame[origin[name]]) if name in origin else None
    rows["area"] = rows["area"].astype("str")
    _split_titles(rows)
    if classification == "SBI 2008":
        _tell_in_2008(rows)
    return rows


def _split_titles(rows: pd.DataFrame) -> None:
    """A sector that stands with its name, as CBS titles it (C Industrie), becomes code and name."""
    parts = rows["sector"].str.extract(_TITLED)
    titled = parts[0].notna()
    rows["sector"] = parts[0].where(titled, rows["sector"])
    rows["sector_name"] = (
        rows["sector_name"].astype("str").where(rows["sector_name"].notna() | ~titled, parts[1])
    )


def _tell_in_2008(rows: pd.DataFrame) -> None:
    """Codes of SBI 2025 as they were in 2008, in a table that has both; of a section nobody can tell."""
    if not (rows["classification"] == "SBI 2008").any():
        return
    known = (rows["classification"] == "SBI 2025") & rows["sector"].str.fullmatch(r"[\d.]+")
    codes = rows["sector"][known].str.replace(".", "", regex=False)
    rows.loc[known, "sector"] = codes.map({code: as_2008(code) for code in codes.unique()})
    rows.loc[known, "classification"] = "SBI 2008"


def _find_columns(frame: pd.DataFrame) -> dict[str, str]:
    folded = {str(name).strip().casefold(): str(name) for name in reversed(frame.columns)}
    found = {
        ours: next((folded[name] for name in names if name in folded), None)
        for ours, names in COLUMNS.items()
    }
    return {ours: name for ours, name in found.items() if name is not None}


def _refuse_absent(asked: list[tuple[str, str]], present: list[str], file: str) -> None:
    """Refuse a table without columns that must be there, each with what it is asked for as."""
    absent = [
        f"'{theirs}' ({ours})" if ours != theirs else f"'{theirs}'"
        for theirs, ours in asked
        if theirs not in present
    ]
    if absent:
        message = (
            "{file}: {count:column|columns} {columns} {count:is|are} not there. Columns there: {present}."
        )
        values: dict[str, Any] = {"columns": ", ".join(absent), "count": len(absent)}
        raise DataError("clusters_column", message, file=file, present=", ".join(present), **values)


def _refuse_lacking(origin: Mapping[str, str], present: list[str], file: str) -> None:
    """Refuse a table of which nothing says which column the area or the sector is."""
    missing = [name for name in ("area_code", "sector") if name not in origin]
    if missing:
        message = (
            "{file} lacks {missing}. Say which column it is: --column {first}=NAME, or rename under [clusters]. "
            "Columns there: {present}."
        )
        values = {"missing": ", ".join(missing), "first": missing[0], "present": ", ".join(present)}
        raise DataError("clusters_columns", message, file=file, **values)


def _name_sectors(sectors: Mapping[str, Mapping[str, str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Code -> name, and code -> letters of the sections, of the sectors that a recipe knows."""
    return (
        {one["code"]: one["name"] for one in sectors.values()},
        {one["code"]: one["letters"] for one in sectors.values()},
    )


def _read_wide(
    frame: pd.DataFrame,
    layout: Mapping[str, Any],
    origin: Mapping[str, str],
    findings: LayerFindings,
    file: str,
) -> SectorRows:
    """A column per sector becomes a row per area and sector; the column with the total becomes that of all."""
    sectors: Mapping[str, Any] = layout["sectors"]
    place = {name: origin.get(name, str(layout[name])) for name in ("area_code", "area")}
    asked = [(column, name) for name, column in place.items()]
    asked += [(column, column) for column in (layout["total"], *sectors)]
    _refuse_absent(asked, [str(name) for name in frame.columns], file)
    codes = {column: one["code"] for column, one in sectors.items()} | {layout["total"]: _TOTAL}
    numbers = _read_numbers(frame, {column: column for column in codes}, findings)
    _refuse_unread(findings, file)
    parts = [
        pd.DataFrame(
            {
                "area_code": read_published(frame[place["area_code"]]),
                "area": read_published(frame[place["area"]]),
                "sector": code,
                layout["wide"]: numbers[column],
            }
        )
        for column, code in codes.items()
    ]
    return SectorRows(pd.concat(parts), *_name_sectors(sectors), layout["classification"])


def _read_numbers(frame: pd.DataFrame, origin: Mapping[str, str], findings: LayerFindings) -> pd.DataFrame:
    cells = pd.DataFrame({ours: frame[theirs] for ours, theirs in origin.items()}, index=frame.index)
    findings.origin = origin
    elsewhere = find_notations(cells, list(origin))
    read = {name: read_column(cells[name], name, findings, elsewhere=elsewhere) for name in origin}
    numbers = pd.DataFrame(read, index=frame.index, dtype="float64")
    for name in numbers:
        findings.reject_each(cells[name][(numbers[name] < 0).to_numpy()], "negative", column=str(name))
    return numbers


def _refuse_unread(findings: LayerFindings, file: str) -> None:
    if len(findings.rejected):
        message = "{file}: {count} {count:row|rows} cannot be read. {reasons}"
        reasons = " ".join(findings.reasons(_MOST_REASONS))
        raise DataError("balance_unread", message, file=file, count=len(findings.rejected), reasons=reasons)


def _one_classification(rows: pd.DataFrame, file: str) -> str | None:
    found = rows["classification"].dropna()
    if found.nunique() > 1:
        message = (
            "{file} mixes classifications: {found} (first in rows {rows}). A sector of one is not that of the other: "
            "give a table for each."
        )
        first = found.drop_duplicates()
        listed = ", ".join(str(row) for row in first.index)
        raise DataError("clusters_classifications", message, file=file, found=", ".join(first), rows=listed)
    return str(found.iloc[0]) if len(found) else None


def follow_areas(
    read: SectorRows, boundaries: Boundaries, *, file: str, texts: Texts
) -> tuple[SectorRows, pd.DataFrame]:
    """Return `read` with municipalities that are no more under the one that took them over, and frame ``FINDINGS``.

    Those that were split keep their code: nobody knows which part went where.
    """
    codes = pd.Series(read.rows["area_code"].unique(), dtype="str")
    gone = {code: one for code in codes if (one := boundaries.find_earlier(code)) is not None}
    now = {code: found for code in gone if (found := boundaries.find_code(code)) is not None}
    remarks = Remarks(texts, layer="clusters", file=file)
    for key, which in (("clusters_merged", sorted(now)), ("clusters_split", sorted(set(gone) - set(now)))):
        if which:
            named = ", ".join(f"{gone[code].name} ({code})" for code in which[:_MOST_NAMED])
            more = ", …" if len(which) > _MOST_NAMED else ""
            remarks.add(
                key, named + more, {"count": len(which)}, severity="note" if which[0] in now else "warning"
            )
    if not now:
        return read, remarks.frame()
    areas = boundaries.areas.set_index("municipality_code")["municipality"]
    moved = read.rows["area_code"].map(now)
    rows = read.rows.assign(
        area_code=moved.fillna(read.rows["area_code"]), area=moved.map(areas).fillna(read.rows["area"])
    )
    return replace(read, rows=rows), remarks.frame()


def add_merged(read: SectorRows, before: SectorRows) -> SectorRows:
    """Return `read` with one row per area and sector, where several came from areas of other codes `before`.

    What is unknown of one part is unknown of the whole. A row that stood twice before is left to be refused.
    """
    key = ["area_code", "sector"]
    rows = read.rows
    if before.rows.duplicated(key).any() or not rows.duplicated(key).any():
        return read
    measures = [name for name in MEASURES if name in rows]
    grouped = rows.groupby(key, sort=False)
    whole = grouped[measures].count().eq(grouped.size(), axis=0)
    summed = grouped[measures].sum().where(whole)
    # the name that the successor had before goes before that of who joined it
    kept = rows.assign(own=rows["area_code"] == before.rows["area_code"].to_numpy())
    kept = (
        kept.sort_values("own", ascending=False, kind="stable").drop_duplicates(key).sort_index(kind="stable")
    )
    index = pd.MultiIndex.from_frame(kept[key])
    for name in measures:
        kept[name] = summed[name].reindex(index).to_numpy()
    return replace(read, rows=kept.drop(columns="own"))
