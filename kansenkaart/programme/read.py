"""The tables of a programme, read: every row is used or rejected with its reason."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kansenkaart.errors import DataError
from kansenkaart.project import LoadedProject
from kansenkaart.sources.cells import read_texts
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.read import read_file
from kansenkaart.sources.rows import read_dates
from kansenkaart.tables import FINDINGS
from kansenkaart.tables.programme import ACTIONS, LESS, MEASURES, RESULTS, STATUSES, TARGETS
from kansenkaart.tables.table import Table
from kansenkaart.texts import Texts

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_MOST_PERCENT = 100.0
_TABLES = {"actions": ACTIONS, "results": RESULTS, "targets": TARGETS}


@dataclass(frozen=True)
class Read:
    """Frames ``ACTIONS, RESULTS, TARGETS`` of ``tables.programme``, and ``FINDINGS`` on their rows."""

    actions: pd.DataFrame
    results: pd.DataFrame
    targets: pd.DataFrame
    findings: pd.DataFrame


def read_programme(loaded: LoadedProject, known: Set[str], *, texts: Texts) -> Read:
    """Read the tables that ``[programme]`` names; one that it does not name is empty.

    Parameters
    ----------
    known
        Ids of the chances and coalitions of the map.

    Raises
    ------
    DataError
        ``programme_columns`` when a table lacks a column it must have; or it cannot be read.
    """
    frames, said = dict[str, pd.DataFrame](), list[pd.DataFrame]()
    for name, table in _TABLES.items():
        file = getattr(loaded.project.programme, name)
        if file is None:
            frames[name] = table.empty()
            continue
        findings = LayerFindings(texts, layer=f"programme.{name}", file=file)
        frames[name] = _read_table(loaded.folder / file, file, table, known, findings)
        said.append(findings.frame())
    told = pd.concat(said, ignore_index=True) if said else FINDINGS.empty()
    return Read(**frames, findings=told)


def _read_table(
    path: Path, file: str, table: Table, known: Set[str], findings: LayerFindings
) -> pd.DataFrame:
    cells = read_file(path, file=file).frame
    missing = [one.name for one in table.columns if one.name not in cells and not one.nullable]
    if missing:
        message = "{file} lacks the columns {missing}. Add them; 'kansenkaart programme --template' writes an example."
        raise DataError("programme_columns", message, file=file, missing=", ".join(missing))
    rows = pd.DataFrame(index=cells.index)
    for column in table.columns:
        given = (
            cells[column.name] if column.name in cells else pd.Series(None, index=cells.index, dtype=object)
        )
        texts = read_texts(given)
        rows[column.name] = texts if column.dtype == "str" else pd.to_numeric(texts, errors="coerce")
        _judge(rows[column.name], texts, column.name, findings, nullable=column.nullable)
    if "due" in rows:
        rows["due"] = read_dates(cells["due"], "due", findings) if "due" in cells else None
    if "about" in rows:
        _reject(rows["about"], ~rows["about"].isin(list(known)), "programme_unknown", "about", findings)
    if "target" in rows:
        _reject(rows["id"], _are_unclear(rows), "programme_target", "target", findings)
    twice = rows.duplicated(list(table.key))
    _reject(rows[table.key[0]], twice, "programme_twice", table.key[0], findings)
    good = rows[~findings.rejects(rows.index)]
    read = table.conform(good.reset_index(drop=True))
    table.check(read)
    return read


def _are_unclear(targets: pd.DataFrame) -> pd.Series:
    """Targets that say in no way, or in two, how much is wanted."""
    parts = targets[["baseline", "less_percent"]].notna()
    is_sum = targets["target"].notna()
    return (
        (parts.all(axis=1) == is_sum)
        | (is_sum & parts.any(axis=1))
        | (~is_sum & ~targets["measure"].isin(LESS))
    )


def _judge(
    values: pd.Series, texts: pd.Series, column: str, findings: LayerFindings, *, nullable: bool
) -> None:
    """Reject what is empty and may not be, is no number, or is beyond what is allowed there."""
    if not nullable:
        _reject(texts.fillna(""), texts.isna(), "programme_empty", column, findings)
    allowed = {"status": STATUSES, "measure": MEASURES}.get(column)
    if allowed is not None:
        _reject(texts, ~texts.isin(allowed), "value_not_allowed", column, findings, ", ".join(allowed))
    if not pd.api.types.is_numeric_dtype(values):
        return
    low, high = (_FIRST_YEAR, _LAST_YEAR) if column.endswith("year") else (0.0, float("inf"))
    high = _MOST_PERCENT if column == "less_percent" else high
    odd = texts.notna() & ~(values.between(low, high) & (values < float("inf")))
    if column.endswith("year"):
        odd |= texts.notna() & (values % 1 != 0)
    _reject(texts, odd, "programme_number", column, findings, f"{low:g} – {high:g}")


def _reject(
    shown: pd.Series, wrong: pd.Series, key: str, column: str, findings: LayerFindings, allowed: str = ""
) -> None:
    """Reject rows for their first reason."""
    cells = shown[wrong.to_numpy(dtype=bool) & ~findings.rejects(shown.index)]
    findings.reject_each(cells.fillna(""), key, column=column, allowed=allowed)
