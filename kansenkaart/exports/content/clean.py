"""Text from outside, made safe to store: what a file format cannot hold is removed and counted."""

from __future__ import annotations

import logging
import re
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_LOG = logging.getLogger(__name__)

# A C string ends at NUL (SQLite through GDAL would cut the text there); half a surrogate pair is no UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

# What XML 1.0 has no place for, on top of that (https://www.w3.org/TR/xml/#charsets).
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# The same as Arrow searches it, in whole columns at once; half a surrogate pair cannot stand in its UTF-8 at all.
_IN_ARROW = {_UNSTORABLE: r"\x00", _NO_XML: r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{FFFE}\x{FFFF}]"}


def clean_text(text: str, *, xml: bool = False) -> str:
    """Return `text` without the characters that cannot be stored (or, with `xml`, that XML forbids)."""
    return (_NO_XML if xml else _UNSTORABLE).sub("", text)


def clean_frame(frame: pd.DataFrame, name: str, *, xml: bool = False) -> tuple[pd.DataFrame, int]:
    """Return a copy of `frame` whose texts can be stored, and how many characters were removed.

    Parameters
    ----------
    frame
        Any frame; text columns keep their missing values, columns of Python objects become text.
    name
        Name in the log line that says what was removed.
    xml
        Also remove the control characters that XML (and so xlsx) forbids.
    """
    texts = [
        name
        for name, dtype in frame.dtypes.items()
        if isinstance(dtype, pd.StringDtype) or pd.api.types.is_object_dtype(dtype)
    ]
    if frame.empty:
        objects = [column for column in texts if frame[column].dtype != "str"]
        return frame.astype(dict.fromkeys(objects, "str")) if objects else frame.copy(), 0
    cleaned = frame.copy()
    removed = 0
    for column in texts:
        given = frame[column]
        series, count = _clean_column(given, _NO_XML if xml else _UNSTORABLE)
        if series is not given:
            cleaned[column] = series
        removed += count
    if removed:
        _LOG.warning(
            "%s: removed %d characters that cannot be stored (NUL, control characters)", name, removed
        )
    return cleaned, removed


def _clean_column(series: pd.Series, unwanted: re.Pattern[str]) -> tuple[pd.Series, int]:
    texts, held = _in_one_piece(series if series.dtype == "str" else series.astype("str"))
    # Most columns hold neither what cannot be stored nor an empty text: one look at all of it tells.
    if not _holds(held, f"^$|{_IN_ARROW[unwanted]}"):
        return texts, 0
    # Nothing in a text is nothing known: text columns hold missing values, never "".
    texts, held = _in_one_piece(texts.replace("", None))
    if not _holds(held, _IN_ARROW[unwanted]):
        return texts, 0
    known = texts.dropna()
    parts = known.map(lambda text: unwanted.sub("", text)).replace("", None)
    return parts.reindex(texts.index).astype("str"), sum(len(unwanted.findall(text)) for text in known)


def _holds(texts: pa.Array | pa.ChunkedArray, pattern: str) -> bool:
    """Whether any of the texts holds what Arrow finds with `pattern`."""
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())


def _in_one_piece(texts: pd.Series) -> tuple[pd.Series, pa.Array | pa.ChunkedArray]:
    """The same texts, however many tables they were put together from; and as Arrow has them.

    GDAL writes piece by piece, each in a transaction that the file counts: the same content would give other bytes.
    """
    held = pa.array(texts)
    if not isinstance(held, pa.ChunkedArray) or held.num_chunks <= 1:
        return texts, held
    whole = held.combine_chunks()
    dtype: Any = texts.dtype
    return pd.Series(dtype.__from_arrow__(whole), index=texts.index, name=texts.name), whole
