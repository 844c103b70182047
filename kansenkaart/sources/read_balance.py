"""The rows of a balance, from a workbook or a CSV: columns by their Dutch or English names, numbers either way."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kansenkaart.errors import DataError
from kansenkaart.outward import tell
from kansenkaart.sources.cells import find_notations, read_published
from kansenkaart.sources.columns import read_column
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.read import read_file
from kansenkaart.tables.balances import GIVEN_NUMBERS
from kansenkaart.texts import Texts

# Names a column may have, the first is ours; capitals do not matter.
COLUMNS = {
    "region": ("region", "regio", "gebied"),
    "layer": ("layer", "laag", "stof"),
    "entry": ("entry", "soort"),
    "flow": ("flow", "stroom", "naam"),
    "from_process": ("from_process", "from", "van"),
    "to_process": ("to_process", "to", "naar"),
    "unit": ("unit", "eenheid"),
    "basis": ("basis",),
    "value": ("value", "waarde", "hoeveelheid"),
    "sd": ("sd", "standaardafwijking", "standard deviation"),
    "sd_pct": ("sd_pct", "sd (%)", "standaardafwijking (%)"),
    "low": ("low", "ondergrens"),
    "high": ("high", "bovengrens"),
    "kengetal": ("kengetal", "vuistregel"),
    "source": ("source", "bron"),
    "source_year": ("source_year", "source year", "bronjaar", "year", "jaar"),
}
_NEEDED = ("unit", "value")
_WORDS = {
    "entry": {
        **dict.fromkeys(("flow", "stroom"), "flow"),
        **dict.fromkeys(("stock", "change of stock", "voorraad", "voorraadverandering"), "stock"),
        **dict.fromkeys(("transfer", "transfer coefficient", "verdeling", "verdeelsleutel"), "transfer"),
        **dict.fromkeys(("content", "gehalte"), "content"),
    },
    "basis": {
        **dict.fromkeys(("measured", "measured or stated", "gemeten", "gemeten of opgegeven"), "measured"),
        **dict.fromkeys(("estimated", "geschat"), "estimated"),
        **dict.fromkeys(("unknown", "onbekend"), "unknown"),
    },
}
_DEFAULTS = {"layer": "goederen", "entry": "flow"}
_MOST_REASONS = 10


def read_balance(path: Path, *, sheet: str | None = None, texts: Texts) -> pd.DataFrame:
    """Return what `path` says of a balance, a row per flow: the columns of ``COLUMNS``, indexed by row number.

    Parameters
    ----------
    path
        xlsx or CSV; what ``kansenkaart balance`` wrote can be read again.
    sheet
        Sheet of a workbook with several.

    Raises
    ------
    DataError
        When the file cannot be read, a column is missing, or a cell is no number or no word that means anything.
    """
    raw = read_file(path, file=path.name, table=sheet)
    findings = LayerFindings(texts, layer="balance", file=path.name)
    findings.repeat(raw.remarks)
    origin = _find_columns(raw.frame)
    missing = [name for name in _NEEDED if name not in origin]
    if missing or not {"flow", "from_process", "to_process"} & set(origin):
        lacking = ", ".join(missing) or "from, to"
        message = (
            "{file} lacks {missing}. A balance has the columns flow, from, to, unit, value and sd, and may have "
            "{allowed}. Columns there: {present}."
        )
        present = ", ".join(str(name) for name in raw.frame.columns)
        raise DataError(
            "balance_columns",
            message,
            file=path.name,
            missing=lacking,
            allowed=", ".join(COLUMNS),
            present=present,
        )
    findings.origin = origin
    cells = pd.DataFrame({ours: raw.frame[theirs] for ours, theirs in origin.items()}, index=raw.frame.index)
    elsewhere = find_notations(cells, [name for name in GIVEN_NUMBERS if name in cells])
    read = {
        name: read_column(cells[name], name, findings, elsewhere=elsewhere)
        if name in GIVEN_NUMBERS
        else _read_words(cells[name], name, findings)
        for name in origin
    }
    frame = pd.DataFrame(read, index=cells.index).reindex(columns=list(COLUMNS))
    if len(findings.rejected):
        reasons = " ".join(findings.reasons(_MOST_REASONS))
        message = "{file}: {count} {count:row|rows} cannot be read. {reasons}"
        raise DataError(
            "balance_unread", message, file=path.name, count=len(findings.rejected), reasons=reasons
        )
    if frame.empty:
        message = "{file} has no rows. A balance has a row per flow."
        raise DataError("balance_empty", message, file=path.name)
    for name in frame.columns:
        frame[name] = frame[name].astype("float64" if name in GIVEN_NUMBERS else "str")
    for name, default in {**_DEFAULTS, "region": path.stem}.items():
        frame[name] = frame[name].fillna(default)
    return frame


def _find_columns(frame: pd.DataFrame) -> dict[str, str]:
    """Our name -> the file's, of the columns that mean something."""
    folded = {str(name).strip().casefold(): str(name) for name in reversed(frame.columns)}
    found = {}
    for ours, names in COLUMNS.items():
        there = next((folded[name] for name in names if name in folded), None)
        if there is not None:
            found[ours] = there
    return found


def _read_words(cells: pd.Series, name: str, findings: LayerFindings) -> pd.Series:
    words = read_published(cells)
    if name not in _WORDS:
        return words
    known = _WORDS[name]
    meant = words.str.casefold().map(known).astype("str")
    wrong = words[words.notna() & meant.isna()]
    findings.reject_each(wrong, "balance_word", column=name, allowed=tell(", ".join(known)))
    return meant
