"""CSV in two forms: plain for programs, and for a person with a Dutch Excel, who opens it with a double click."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.texts import Texts

CsvForm = Literal["plain", "excel-nl"]

# A spreadsheet runs what begins so, also behind blanks and in the wide forms of East Asian keyboards
# (https://owasp.org/www-community/attacks/CSV_Injection).
_WHOLE_FROM = 100.0
_DIGITS = 3
_FORMULA = r"^[\s\x00-\x20]*[=+\-@|\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]"


def write_csv(path: Path, table: pd.DataFrame, name: str, *, form: CsvForm = "plain") -> None:
    """Write `table` to `path`.

    Parameters
    ----------
    name
        Name of the table in the log line that says what was removed.
    form
        ``plain``: RFC 4180, UTF-8, numbers their shortest exact text; text stays as it is, formulas too.
        ``excel-nl``: semicolon, decimal comma, byte order mark, WAAR and ONWAAR; from 100 whole numbers, below that
        two decimals or three figures; text that Excel would take for a formula gets an apostrophe before it.
    """
    cleaned, _ = clean_frame(table, name)
    if form == "plain":
        cleaned.to_csv(path, index=False, encoding="utf-8", lineterminator="\r\n")
        return
    cells = pd.DataFrame(
        {place: _as_dutch(cleaned.iloc[:, place]) for place in range(len(cleaned.columns))}, dtype=object
    )
    cells.columns = _without_formulas(pd.Series(cleaned.columns, dtype="str")).tolist()
    cells.to_csv(path, sep=";", index=False, encoding="utf-8-sig", lineterminator="\r\n")


def in_words(table: pd.DataFrame, name: str, catalogue: Catalogue, *, texts: Texts) -> pd.DataFrame:
    """Return `table` as a person reads it: its heads as in the workbook, with units, and codes in words."""
    labels = find_labels(name, table.columns, catalogue, texts=texts)
    told = table.copy()
    for column, words in labels.items():
        told[column] = table[column].astype("str").map(lambda code, words=words: words.get(code, code))
    return told.rename(columns=find_aliases(name, table.columns, catalogue, texts=texts))


def _as_dutch(series: pd.Series) -> pd.Series:
    """Cells as text; missing values stay missing."""
    if pd.api.types.is_bool_dtype(series):
        return series.map({True: "WAAR", False: "ONWAAR"})
    if pd.api.types.is_float_dtype(series):
        texts = [None if value != value else _round(value) for value in series.tolist()]
        return pd.Series(texts, index=series.index, dtype=object)
    if pd.api.types.is_numeric_dtype(series):
        return series.astype("str")
    return _without_formulas(series)


def _round(value: float) -> str:
    """As the workbook shows it; what is very small keeps three figures."""
    if not math.isfinite(value):
        return repr(value)
    if value == 0 or abs(value) >= _WHOLE_FROM:
        return f"{value:.0f}"
    decimals = max(2, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".").replace(".", ",")


def _without_formulas(texts: pd.Series) -> pd.Series:
    return texts.mask(texts.str.contains(_FORMULA, regex=True).fillna(False).astype(bool), "'" + texts)
