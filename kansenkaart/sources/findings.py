"""Every fault, repair and remark on a layer, with its row, its value and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from kansenkaart.tables import FINDINGS
from kansenkaart.texts import Texts

Severity = Literal["rejected", "repaired", "warning", "note"]

# A remark on more rows than this is summed up: the report stays readable, and nothing is lost in silence.
# Rejected rows are never summed up.
_MOST_PER_KEY = 1_000
_LONGEST_SHOWN = 120
_DIGITS = 6
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Remark:
    """Something to say about a file that only its reader can see."""

    row: int
    key: str
    severity: Severity
    value: str = ""
    values: dict[str, Any] = field(default_factory=dict)


class LayerFindings:
    """Collects what is said about one layer, and which of its rows are left out.

    Parameters
    ----------
    texts
        Texts of the project's language; reason and advice come from ``[findings]`` and ``[advice]``.
    layer, file
        Name and path as the project file gives them.
    """

    def __init__(self, texts: Texts, *, layer: str, file: str) -> None:
        self.rejected: set[int] = set()
        self.origin: Mapping[str, str] = {}
        self._texts = texts
        self._layer = layer
        self._file = file
        self._rows: dict[tuple[int, str | None, str, str | None], dict[str, object]] = {}
        self._counts: dict[tuple[str, str | None], int] = {}

    def reject(
        self, row: int, key: str, *, column: str | None = None, value: object = None, **values: object
    ) -> None:
        """Leave `row` out, and say why."""
        self.rejected.add(row)
        self.remark(row, key, severity="rejected", column=column, value=value, **values)

    def repeat(self, remarks: Iterable[Remark]) -> None:
        """Take over what the reader of the file saw."""
        for one in remarks:
            if one.severity == "rejected":
                self.rejected.add(one.row)
            self.remark(one.row, one.key, severity=one.severity, value=one.value, **one.values)

    def reject_each(self, cells: pd.Series, key: str, *, column: str | None = None, **values: object) -> None:
        """Leave out every row of `cells`: its index holds the row numbers, its values what stood there."""
        for row, value in cells.items():
            self.reject(_row_number(row), key, column=column, value=value, **values)

    def remark_each(
        self, cells: pd.Series, key: str, *, severity: Severity, column: str | None = None, **values: object
    ) -> None:
        """Remark on every row of `cells` without leaving it out."""
        for row, value in cells.items():
            self.remark(_row_number(row), key, severity=severity, column=column, value=value, **values)

    def remark(
        self,
        row: int,
        key: str,
        *,
        severity: Severity,
        column: str | None = None,
        value: object = None,
        **values: object,
    ) -> None:
        """Remark on one row; row 0 is the whole file.

        `column` is our name of the column; the report names it as the file does.
        """
        named = self.origin.get(column, column) if column is not None else None
        shown = show(value)
        identity = (row, named, key, shown)
        if identity in self._rows:
            return
        group = (key, named)
        self._counts[group] = self._counts.get(group, 0) + 1
        if severity != "rejected" and self._counts[group] > _MOST_PER_KEY:
            return
        known = {
            "layer": self._layer,
            "file": self._file,
            "row": row,
            "column": named or "",
            "value": shown or "",
        }
        self._rows[identity] = {
            "layer": self._layer,
            "file": self._file,
            "row": row,
            "column": named,
            "value": shown,
            "severity": severity,
            "key": key,
            "reason": self._texts(f"findings.{key}", **{**known, **values}),
            "advice": self._texts(f"advice.{key}", **{**known, **values}),
        }

    def number(self, value: float) -> str:
        """Write `value` the way the project's language does, exact enough to be found in the file."""
        return self._texts.number(value, _DIGITS)

    def reasons(self, most: int) -> list[str]:
        """Return the first `most` reasons for which rows were left out, as ``row n: reason``."""
        rows = [row for row in self._rows.values() if row["severity"] == "rejected"]
        return [f"{self._file} {row['row']}: {row['reason']}" for row in rows[:most]]

    def frame(self) -> pd.DataFrame:
        """Frame ``FINDINGS`` of this layer, by row and then in the order the remarks were made."""
        for (key, column), count in list(self._counts.items()):
            if count > _MOST_PER_KEY and not self._is_rejection(key):
                kept, self._counts[key, column] = count - _MOST_PER_KEY, 0
                self.remark(0, "and_more", severity="note", value=f"{key} {column or ''} {kept}", count=kept)
        if not self._rows:
            return FINDINGS.empty()
        frame = FINDINGS.conform(pd.DataFrame(list(self._rows.values())))
        return frame.sort_values("row", kind="stable", ignore_index=True)

    def _is_rejection(self, key: str) -> bool:
        return any(row["key"] == key and row["severity"] == "rejected" for row in self._rows.values())


def show(value: object) -> str | None:
    """Return `value` as a short text without control characters; nothing when there is nothing."""
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return None
    text = f"{value:.12g}" if isinstance(value, float) else _CONTROL.sub(" ", str(value)).strip()
    if not text:
        return None
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"


def _row_number(label: object) -> int:
    return int(str(label))
