"""Every fault, repair and remark on a layer, with its row, its value and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from kansenkaart.arrays import BoolArray, IntArray
from kansenkaart.outward import cut_path, hide_private, tell
from kansenkaart.sources.cells import hide_each, map_distinct
from kansenkaart.tables import FINDINGS
from kansenkaart.texts import Texts

Severity = Literal["rejected", "repaired", "warning", "note"]

# A remark on more rows than this is summed up: the report stays readable, and nothing is lost in silence.
# Rejected rows are never summed up.
_MOST_PER_KEY = 1_000
_LONGEST_SHOWN = 120
_DIGITS = 6
_CONTROL = r"[\x00-\x1f\x7f]+"
_CONTROL_SIGNS = re.compile(_CONTROL)


@dataclass(frozen=True)
class Remark:
    """Something to say about a file that only its reader can see."""

    row: int
    key: str
    severity: Severity
    value: str = ""
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Batch:
    """One remark on many rows; `frame` holds ``row`` and ``value``, and a column for each value that differs by row."""

    key: str
    column: str | None
    severity: Severity
    frame: pd.DataFrame
    same: Mapping[str, object]


class LayerFindings:
    """Collects what is said about one layer, and which of its rows are left out.

    Remarks are kept as whole columns, and their texts are made at the end, for those rows alone that are shown: the
    time stays proportional to the rows, however many of them are wrong.

    Parameters
    ----------
    texts
        Texts of the project's language; reason and advice come from ``[findings]`` and ``[advice]``.
    layer, file
        Name and path as the project file gives them.
    """

    def __init__(self, texts: Texts, *, layer: str, file: str) -> None:
        self.origin: Mapping[str, str] = {}
        self.texts = texts
        self._layer = layer
        self._file = cut_path(file)
        self._batches: list[_Batch] = []
        self._rejected: list[IntArray] = []

    @property
    def rejected(self) -> pd.Index:
        """Numbers of the rows that are left out, each once."""
        if len(self._rejected) != 1:
            self._rejected = [np.unique(np.concatenate([np.empty(0, dtype=np.int64), *self._rejected]))]
        return pd.Index(self._rejected[0])

    def rejects(self, rows: pd.Index) -> BoolArray:
        """Tell which of `rows` are left out."""
        return np.asarray(rows.isin(self.rejected), dtype=bool)

    def reject(
        self, row: int, key: str, *, column: str | None = None, value: object = None, **values: object
    ) -> None:
        """Leave `row` out, and say why."""
        self.remark(row, key, severity="rejected", column=column, value=value, **values)

    def repeat(self, remarks: Iterable[Remark]) -> None:
        """Take over what the reader of the file saw."""
        several: dict[tuple[str, Severity, tuple[str, ...]], list[Remark]] = {}
        for one in remarks:
            several.setdefault((one.key, one.severity, tuple(one.values)), []).append(one)
        for (key, severity, names), ones in several.items():
            cells = pd.Series(
                [tell(one.value) for one in ones], index=[one.row for one in ones], dtype=object
            )
            values: dict[str, Any] = {
                name: pd.Series([tell(one.values[name]) for one in ones], dtype=object) for name in names
            }
            self.remark_each(cells, key, severity=severity, **values)

    def reject_each(
        self, cells: pd.Series, key: str, /, *, column: str | None = None, **values: object
    ) -> None:
        """Leave out every row of `cells`; see `remark_each`."""
        self.remark_each(cells, key, severity="rejected", column=column, **values)

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
        """Remark on one row; row 0 is the whole file."""
        cells = pd.Series([tell(value)], index=[row], dtype=object)
        told = {name: tell(one) for name, one in values.items()}
        self.remark_each(cells, key, severity=severity, column=column, **told)

    def remark_each(
        self,
        cells: pd.Series,
        key: str,
        /,
        *,
        severity: Severity,
        column: str | None = None,
        **values: object,
    ) -> None:
        """Remark on every row of `cells`.

        Parameters
        ----------
        cells
            Its index holds the row numbers, its values what stood there.
        column
            Our name of the column; the report names it as the file does.
        values
            What the texts are filled with: one for all rows, a series with one for each of `cells` in its order, or a
            function that works it out of the shown value, asked only for the rows that are shown.
        """
        if not len(cells):
            return
        rows = cells.index.to_numpy(dtype=np.int64)
        if severity == "rejected":
            self._rejected.append(np.unique(rows))
        frame = pd.DataFrame({"row": rows, "value": _show_each(cells).to_numpy()})
        frame["value"] = frame["value"].astype("str")
        each = {name: one for name, one in values.items() if isinstance(one, pd.Series)}
        for name, one in each.items():
            frame[f"={name}"] = one.to_numpy()
        same = {name: one for name, one in values.items() if name not in each}
        named = self.origin.get(column, column) if column is not None else None
        self._batches.append(_Batch(key, named, severity, frame, same))

    def remark_codes(
        self, codes: pd.Series, name: str, became: Mapping[str, pd.Series], meaning: Callable[[str], str]
    ) -> None:
        """Say of every code of a classification, once, what it counts as, or that nobody knows it.

        Parameters
        ----------
        codes
            By row, missing where there is none.
        name
            Column of the codes; ``<name>_known`` and ``<name>_unknown`` are the texts.
        became
            What each row is by its code; a code is known where the first of these is.
        meaning
            What a code is called by those who keep it.
        """
        counts = codes.value_counts()
        first = codes[codes.notna() & ~codes.duplicated()]
        known = next(iter(became.values()))[first.index].notna()
        told: tuple[tuple[str, Severity, pd.Series], ...] = (
            ("known", "note", first[known]),
            ("unknown", "warning", first[~known]),
        )
        for ending, severity, several in told:
            values: dict[str, Any] = {one: rows[several.index].fillna("-") for one, rows in became.items()}
            values |= {"count": several.map(counts), "meaning": meaning}
            self.remark_each(several, f"{name}_{ending}", severity=severity, column=name, **values)

    def number(self, value: float) -> str:
        """Write `value` the way the project's language does, exact enough to be found in the file."""
        return self.texts.number(value, _DIGITS)

    def ungrouped(self, value: float) -> str:
        """Write `value` without marks for thousands: for a reader who must see how a mark was taken."""
        return self.texts.ungrouped(value)

    def numbers(self, values: pd.Series) -> pd.Series:
        """Write every one of `values` so."""
        return pd.Series([self.number(value) for value in values.tolist()], index=values.index, dtype="str")

    def reasons(self, most: int) -> list[str]:
        """Return the first `most` different reasons for which rows were left out, each with its row and advice."""
        said = self.frame()
        first = said[said["severity"] == "rejected"].drop_duplicates(["key", "column"]).head(most)
        return [
            f"{self._file} {row}: {reason} {advice}"
            for row, reason, advice in first[["row", "reason", "advice"]].itertuples(index=False)
        ]

    def frame(self) -> pd.DataFrame:
        """Frame ``FINDINGS`` of this layer, by row and then in the order the remarks were made."""
        said = self._said()
        return said.sort_values("row", kind="stable", ignore_index=True) if len(said) else said

    def _said(self) -> pd.DataFrame:
        """All findings in the order the remarks were made, each once, and a sum of those that are not shown."""
        if not self._batches:
            return FINDINGS.empty()
        kept, more = _keep(self._batches)
        batches = [
            _Batch(one.key, one.column, one.severity, one.frame[mask], one.same)
            for one, mask in zip(self._batches, kept, strict=True)
        ]
        for (key, column), count in more.items():
            frame = pd.DataFrame({"row": [0], "value": [f"{key} {column or ''} {count}"]})
            batches.append(_Batch("and_more", None, "note", frame, {"count": count}))
        parts = [self._fill(batch) for batch in batches if len(batch.frame)]
        return FINDINGS.conform(pd.concat(parts, ignore_index=True))

    def _fill(self, batch: _Batch) -> pd.DataFrame:
        """Findings of one batch, with reason and advice."""
        frame = batch.frame[["row", "value"]].reset_index(drop=True)
        shown = frame["value"].fillna("")
        values: dict[str, object] = {
            "layer": self._layer,
            "file": self._file,
            "row": frame["row"],
            "column": batch.column or "",
            "value": shown,
        }
        values |= {
            name: map_distinct(shown, one) if callable(one) else one for name, one in batch.same.items()
        }
        for name in batch.frame.columns[2:]:
            values[name[1:]] = batch.frame[name].reset_index(drop=True)
        return frame.assign(
            layer=self._layer,
            file=self._file,
            column=pd.Series(batch.column, index=frame.index, dtype="str"),
            severity=batch.severity,
            key=batch.key,
            reason=self.texts.fill_each(f"findings.{batch.key}", frame.index, values),
            advice=self.texts.fill_each(f"advice.{batch.key}", frame.index, values),
        )


def _keep(batches: list[_Batch]) -> tuple[list[BoolArray], dict[tuple[str, str | None], int]]:
    """Rows per batch that are shown (the first of equals, so many of a kind), and how many more a kind has."""
    kinds = list(dict.fromkeys((one.key, one.column) for one in batches))
    rejecting = {(one.key, one.column) for one in batches if one.severity == "rejected"}
    sizes = [len(one.frame) for one in batches]
    joined = pd.concat([one.frame[["row", "value"]] for one in batches], ignore_index=True)
    joined["kind"] = np.repeat([kinds.index((one.key, one.column)) for one in batches], sizes)
    once = joined[~joined.duplicated()]
    number = once.groupby("kind").cumcount()
    summed = once["kind"].isin([place for place, kind in enumerate(kinds) if kind not in rejecting])
    beyond = once[summed & (number >= _MOST_PER_KEY)]
    counts = beyond["kind"].value_counts()
    keep = np.zeros(len(joined), dtype=bool)
    keep[once.index.difference(beyond.index)] = True
    more = {kind: int(counts[place]) for place, kind in enumerate(kinds) if place in counts}
    return np.split(keep, np.cumsum(sizes)[:-1]), more


def _show_each(cells: pd.Series) -> pd.Series:
    """`show` of every cell."""
    if not isinstance(cells.dtype, pd.StringDtype):
        return pd.Series([show(cell) for cell in cells.tolist()], index=cells.index, dtype="str")
    texts = cells.str.replace(_CONTROL, " ", regex=True).str.strip()
    texts = hide_each(texts)
    long = texts.str.len() > _LONGEST_SHOWN
    texts = texts.mask(long.fillna(False), texts.str.slice(0, _LONGEST_SHOWN) + "…")
    return texts.mask(texts == "")


def show(value: object) -> str | None:
    """Return `value` as a short text without control characters; nothing when there is nothing."""
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return None
    text = (
        f"{value:.12g}"
        if isinstance(value, float)
        else hide_private(_CONTROL_SIGNS.sub(" ", str(value)).strip())
    )
    if not text:
        return None
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
