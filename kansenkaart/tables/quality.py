"""What was read, repaired and rejected: rows in = rows used + rows rejected."""

from __future__ import annotations

from kansenkaart.tables.table import Column, Table

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
        Column(
            "rows_left_out",
            "int",
            "Rows that `where` leaves out, or that were added to another row of the same place.",
        ),
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
