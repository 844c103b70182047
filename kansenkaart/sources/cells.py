"""What a cell means: texts without stray blanks, and numbers as Dutch and English files write them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kansenkaart.arrays import BoolArray, FloatArray
from kansenkaart.outward import MAY_HIDE, hide_private

Notation = Literal["comma", "point"]
Reading = Literal["decimals", "thousands"]

# CBS writes '.' for secret or unknown; the others come from spreadsheets and exports.
UNKNOWN_WORDS = frozenset(
    (
        *("", ".", "-", "–", "?", "n.a.", "n.a", "na", "n/a", "#n/a", "#n/b", "nb", "n.b.", "nvt", "n.v.t."),
        *("onbekend", "unknown", "geheim", "null", "none", "nan", "<na>"),
    )
)
# CBS -99997 (secret), -99999999 (unknown) and their like.
SENTINEL = -99_990.0

_INTEGER = r"[+-]?\d+"
_DUTCH = r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}"
_ENGLISH = r"[+-]?\d{1,3}(?:,\d{3})+\.\d+|[+-]?\d{1,3}(?:,\d{3}){2,}"
_ONE_COMMA = r"[+-]?\d*,\d+"
_ONE_POINT = r"[+-]?(?:\d+\.\d*|\.\d+)"
_EXPONENT = r"[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}"
# Thousands or decimals: three digits behind one mark, and no leading zero before it.
_EITHER_COMMA = r"[+-]?[1-9]\d{0,2},\d{3}"
_EITHER_POINT = r"[+-]?[1-9]\d{0,2}\.\d{3}"
# What Python writes, with no group of three behind the point: one meaning in any notation, and exact as a float.
_PLAIN = r"-?\d{1,9}(?:\.(?:\d{1,2}|\d{4,6}))?"
_BLANKS = re.compile(r"(?<=\d)[\s\u00a0\u202f'](?=\d{3}(?!\d))")
# Every kind of blank that _BLANKS takes, as Arrow searches it.
_MAY_GROUP = r"[\s\x0b\x1c-\x1f\x{85}\p{Z}']"

# Control characters, and marks that turn a line round; a cell may hold lines. As Python and Arrow both search it.
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f" + "\x80-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"


@dataclass(frozen=True)
class Numbers:
    """A column of numbers and what was remarkable about its cells, all of one length."""

    values: FloatArray
    unknown: BoolArray
    faulty: BoolArray
    undecided: BoolArray
    assumed: BoolArray


def read_texts(cells: pd.Series) -> pd.Series:
    """Return `cells` as texts without blanks around them; an empty one is missing.

    A whole number keeps no ``.0`` (a code 3 that a spreadsheet made 3.0), a date becomes ISO.
    """
    if pd.api.types.is_string_dtype(cells) and not cells.isna().all():
        texts = cells.astype("str").str.strip()
    else:
        texts = pd.Series([_as_text(cell) for cell in cells.tolist()], index=cells.index, dtype="str")
    return texts.mask(texts == "")


def map_distinct(texts: pd.Series, read: Callable[[str], object]) -> pd.Series:
    """Return what `read` makes of every text, asked once for texts that are equal; missing stays missing."""
    codes, distinct = pd.factorize(texts)
    made = pd.Series([read(text) for text in distinct.tolist()], dtype="str").array
    return pd.Series(made.take(codes, allow_fill=True), index=texts.index, dtype="str")


def hide_each(texts: pd.Series) -> pd.Series:
    """Texts as they may be published: see ``outward.hide_private``; few texts hold a sign that makes them doubtful."""
    doubtful = texts.str.contains(MAY_HIDE, regex=True).fillna(False).to_numpy(dtype=bool)
    if not doubtful.any():
        return texts
    hidden = texts.copy()
    hidden[doubtful] = map_distinct(texts[doubtful], hide_private)
    return hidden


def read_published(cells: pd.Series) -> pd.Series:
    """Texts of cells that a reader of the outputs reads."""
    texts = hide_each(read_texts(cells))
    if texts.str.contains(CONTROL, regex=True).any():
        texts = texts.str.replace(CONTROL, "", regex=True)
    texts = texts.str.strip()
    return texts.mask(texts == "")


def _as_text(cell: object) -> str | None:
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    return str(cell).strip()


def find_notation(cells: pd.Series) -> set[Notation]:
    """Tell which decimal marks `cells` prove to use; a value like 4.535 proves nothing."""
    return _prove(_number_texts(read_texts(cells[_are_texts(cells)]))[0])


def find_notations(cells: pd.DataFrame, columns: list[str]) -> set[Notation]:
    """Decimal marks that `columns` together prove."""
    found: set[Notation] = set()
    for name in columns:
        found |= find_notation(cells[name])
    return found


def _are_texts(cells: pd.Series) -> BoolArray:
    if pd.api.types.is_string_dtype(cells):
        return np.ones(len(cells), dtype=bool)
    return np.array([isinstance(cell, str) for cell in cells.tolist()], dtype=bool)


def _are_plain(texts: pa.Array) -> bool:
    """Whether all cells are plain numbers or missing, as in nearly every column of a large register."""
    return bool((_matches(texts, _PLAIN) | np.asarray(texts.is_null())).all())


def _prove(texts: pa.Array) -> set[Notation]:
    found: set[Notation] = set()
    if _are_plain(texts):
        return {"point"} if pc.any(pc.match_substring(texts, ".")).as_py() else found
    if (_matches(texts, _DUTCH) | (_matches(texts, _ONE_COMMA) & ~_matches(texts, _EITHER_COMMA))).any():
        found.add("comma")
    if (
        _matches(texts, f"{_ENGLISH}|{_EXPONENT}")
        | (_matches(texts, _ONE_POINT) & ~_matches(texts, _EITHER_POINT))
    ).any():
        found.add("point")
    return found


def read_numbers(cells: pd.Series, *, elsewhere: set[Notation], settled: Reading | None = None) -> Numbers:
    """Read a column of numbers.

    Parameters
    ----------
    cells
        Numbers, or texts that hold numbers.
    elsewhere
        Decimal marks proven by the other columns of the file, used when this column proves nothing.
    settled
        How 4.535 and 4,535 must be read in this column (degrees are never in the thousands, RD metres always).

    Returns
    -------
    Numbers
        ``values`` (NaN where nothing is known), ``unknown`` (a word or sentinel that means unknown), ``faulty`` (no
        number, or infinite), ``undecided`` (4.535 in a column that uses both decimal marks) and ``assumed`` (4.535
        read as the other columns do, else the Dutch way, because this column does not tell).
    """
    none = np.zeros(len(cells), dtype=bool)
    if pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells):
        values = cells.to_numpy(dtype=np.float64, copy=True)
        return _finish(values, np.isnan(values), undecided=none, assumed=none)
    typed = none
    if not isinstance(cells.dtype, pd.StringDtype):
        typed = np.array([isinstance(cell, float) for cell in cells.tolist()], dtype=bool)
    texts, unknown = _number_texts(read_texts(cells))
    if _are_plain(texts):
        values = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False).copy()
        numbers = _finish(values, np.asarray(texts.is_null()), undecided=none, assumed=none)
        return replace(numbers, unknown=numbers.unknown | unknown)
    proven = _prove(texts.filter(pa.array(_are_texts(cells))))
    mark = _choose(proven, elsewhere)
    comma = _matches(texts, _EITHER_COMMA) & ~typed
    point = _matches(texts, _EITHER_POINT) & ~typed
    thousands = _thousands(comma, point, mark=mark, settled=settled)
    plain = _to_plain_sure(texts)
    plain = _put(plain, (comma | point) & thousands, pc.replace_substring_regex(texts, r"[.,]", ""))
    plain = _put(plain, (comma | point) & ~thousands, pc.replace_substring(texts, ",", "."))
    written = pd.Series(plain.to_pylist(), dtype=object)
    values = pd.to_numeric(written, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    open_question = (comma | point) & (settled is None)
    numbers = _finish(
        values,
        np.asarray(texts.is_null()),
        undecided=open_question & (len(proven) > 1),
        assumed=open_question & (not proven),
    )
    return replace(numbers, unknown=numbers.unknown | unknown)


def _thousands(comma: BoolArray, point: BoolArray, *, mark: Notation, settled: Reading | None) -> BoolArray:
    """Tell per cell whether its one mark groups thousands."""
    if settled is not None:
        return np.full(len(comma), settled == "thousands")
    return point if mark == "comma" else comma


def _choose(proven: set[Notation], elsewhere: set[Notation]) -> Notation:
    for found in (proven, elsewhere):
        if len(found) == 1:
            return next(iter(found))
    return "comma"


def _finish(values: FloatArray, empty: BoolArray, *, undecided: BoolArray, assumed: BoolArray) -> Numbers:
    """Set apart what is no number, what is infinite and the sentinels that mean unknown."""
    faulty = (np.isnan(values) & ~empty) | np.isinf(values)
    unknown = (values <= SENTINEL) & ~faulty
    values[faulty | unknown | undecided] = np.nan
    return Numbers(values, unknown, faulty, undecided, assumed)


def _number_texts(read: pd.Series) -> tuple[pa.Array, BoolArray]:
    """Texts without grouping blanks, missing where a word means unknown; and which those are."""
    texts = pa.array(read)
    unknown = np.asarray(pc.is_in(pc.utf8_lower(texts), pa.array(sorted(UNKNOWN_WORDS), texts.type)))
    texts = pc.if_else(pa.array(unknown), None, texts)
    # the look-around of _BLANKS is slow, and few cells group with blanks
    grouped = np.asarray(pc.match_substring_regex(texts, _MAY_GROUP).fill_null(False))
    if grouped.any():
        joined = [None if text is None else _BLANKS.sub("", text) for text in texts.to_pylist()]
        texts = _put(texts, grouped, pa.array(joined, texts.type))
    return texts, unknown


def _put(texts: pa.Array, where: BoolArray, others: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(where), others, texts)


def _matches(texts: pa.Array, pattern: str) -> BoolArray:
    return np.asarray(pc.match_substring_regex(texts, f"^({pattern})$").fill_null(False))


def _to_plain_sure(texts: pa.Array) -> pa.Array:
    """Numbers whose own form tells the notation, as Python writes them; anything else becomes missing."""
    dutch = _matches(texts, f"{_DUTCH}|{_ONE_COMMA}")
    english = _matches(texts, f"{_ENGLISH}|{_ONE_POINT}|{_EXPONENT}|{_INTEGER}")
    from_dutch = pc.replace_substring(pc.replace_substring(texts, ".", ""), ",", ".")
    without_commas = pc.replace_substring(texts, ",", "")
    return _put(pc.if_else(pa.array(english), without_commas, None), dutch, from_dutch)
