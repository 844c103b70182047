"""CSV in two forms: plain for programs, and as a Dutch Excel reads it with a double click."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd

from kansenkaart.exports.content.clean import clean_frame

CsvForm = Literal["plain", "excel-nl"]

# A spreadsheet runs what begins so, also behind blanks and in the wide forms of East Asian keyboards
# (https://owasp.org/www-community/attacks/CSV_Injection).
_FORMULA = r"^[\s\x00-\x20]*[=+\-@|\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]"


def write_csv(path: Path, table: pd.DataFrame, name: str, *, form: CsvForm = "plain") -> None:
    """Write `table` to `path`.

    Parameters
    ----------
    name
        Name of the table in the log line that says what was removed.
    form
        ``plain``: RFC 4180, UTF-8, numbers their shortest exact text; text stays as it is, formulas too.
        ``excel-nl``: semicolon, decimal comma, byte order mark, WAAR and ONWAAR; text that Excel would take for a
        formula gets an apostrophe before it.
    """
    cleaned, _ = clean_frame(table, name)
    if form == "plain":
        cleaned.to_csv(path, index=False, encoding="utf-8", lineterminator="\r\n")
        return
    cells = pd.DataFrame({column: _as_dutch(cleaned[column]) for column in cleaned.columns}, dtype=object)
    cells.columns = _without_formulas(pd.Series(cleaned.columns, dtype="str")).tolist()
    cells.to_csv(path, sep=";", index=False, encoding="utf-8-sig", lineterminator="\r\n")


def _as_dutch(series: pd.Series) -> pd.Series:
    """Cells as text; missing values stay missing."""
    if pd.api.types.is_bool_dtype(series):
        return series.map({True: "WAAR", False: "ONWAAR"})
    if pd.api.types.is_float_dtype(series):
        # repr is the shortest text that reads back as the same number
        texts = [None if value != value else repr(value).replace(".", ",") for value in series.tolist()]
        return pd.Series(texts, index=series.index, dtype=object)
    if pd.api.types.is_numeric_dtype(series):
        return series.astype("str")
    return _without_formulas(series)


def _without_formulas(texts: pd.Series) -> pd.Series:
    return texts.mask(texts.str.contains(_FORMULA, regex=True).fillna(False).astype(bool), "'" + texts)
