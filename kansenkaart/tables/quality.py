"""What was read, repaired and rejected: rows in = rows used + rows rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from kansenkaart.tables.table import Column, Table
from kansenkaart.texts import Texts

SEVERITIES = ("rejected", "repaired", "warning", "note")

LAYERS = Table(
    name="layers",
    meaning="One row per layer of the project: how many rows came in, were used, repaired and rejected.",
    key=("layer",),
    columns=(
        Column("layer", "str", "Name in the project file."),
        Column("file", "str", "Path as the project file gives it; of an absolute path the name.", path=True),
        Column("sha256", "str", "Hash of the file read."),
        Column("crs", "str", "CRS the coordinates were read in."),
        Column("rows_read", "int", "Rows in the file."),
        Column("rows_used", "int", "Rows that became a site or link."),
        Column("rows_rejected", "int", "Rows left out, each with a finding."),
        Column("rows_outside", "int", "Rows beyond the region and its margin: counted, not faulty."),
        Column("source", "str", "Source named in the project file."),
        Column("source_year", "int", "Year named in the project file."),
        Column("licence", "str", "Licence named in the project file.", nullable=True),
    ),
)

FINDINGS = Table(
    name="findings",
    meaning="One row per fault, repair or remark, with the row, the value and what to do.",
    key=("layer", "row", "column", "key", "value"),
    columns=(
        Column("layer", "str", "Layer of the project file."),
        Column("file", "str", "File.", path=True),
        Column("row", "int", "Row number as a spreadsheet counts it (header is 1); 0 for the whole file."),
        Column("column", "str", "Column in the source.", nullable=True),
        Column("value", "str", "The offending value.", nullable=True),
        Column("severity", "str", "What was done.", allowed=SEVERITIES),
        Column("key", "str", "Stable name of the finding."),
        Column("reason", "str", "What is wrong, in the project's language."),
        Column("advice", "str", "What to do, in the project's language."),
    ),
)


@dataclass
class Remarks:
    """Collects what is remarked on a run rather than on the rows of one file.

    Attributes
    ----------
    texts
        Of the project's language; reason and advice come from ``[findings]`` and ``[advice]``.
    layer, file
        What the remarks are about, unless a remark says otherwise.
    """

    texts: Texts
    layer: str = "project"
    file: str = ""
    _rows: list[dict[str, object]] = field(default_factory=list)

    def add(
        self,
        key: str,
        value: str | None,
        values: Mapping[str, object] = MappingProxyType({}),
        *,
        severity: str = "warning",
        layer: str | None = None,
        row: int = 0,
        column: str | None = None,
    ) -> None:
        """Remark `key`; `values`, and `value` itself, fill its texts."""
        filled = {"value": value, **values}
        self._rows.append(
            {
                "layer": layer or self.layer,
                "file": self.file,
                "row": row,
                "column": column,
                "value": value,
                "severity": severity,
                "key": key,
                "reason": self.texts(f"findings.{key}", **filled),
                "advice": self.texts(f"advice.{key}", **filled),
            }
        )

    def frame(self) -> pd.DataFrame:
        """Frame ``FINDINGS`` of all remarks, in the order they were made."""
        return FINDINGS.conform(pd.DataFrame(self._rows)) if self._rows else FINDINGS.empty()
