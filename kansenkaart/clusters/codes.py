"""Codes of sectors: which there are, how they are written, at which level they stand, and what a group holds."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

import pandas as pd

from kansenkaart.catalogue.sbi import find_longest, load_crosswalk

TOTAL_SECTORS = {"totaal", "total", "t001081", "a-u", "a t/m u", "alle economische activiteiten", "00", "tt"}
# Sections that publishers put together, such as B-E, G+I, OPQ or, in CBS's A10, FZ for F alone.
_LETTERS = re.compile(r"([A-V])(?:[-+]?([A-V]))*Z?")
_DIVISIONS = re.compile(r"(\d\d)-(\d\d)")
_SECTION_RANGE = re.compile(r"([A-V])-([A-V])")


def tidy_sectors(codes: pd.Series) -> tuple[pd.Series, int]:
    """Return `codes` in one spelling, and of how many rows a lost zero came back.

    A single digit, alone or before a dot, can only have been a division whose zero a spreadsheet took.

    Examples
    --------
    >>> told, mended = tidy_sectors(pd.Series(["1.11", "2", "b-e", "47.11", "Totaal"]))
    >>> told.tolist(), mended
    (['0111', '02', 'B-E', '4711', 'Totaal'], 2)
    """
    plain = codes.str.strip()
    short = plain.str.fullmatch(r"[1-9](?:\.\d*)*").fillna(False).astype(bool)
    plain = plain.where(~short, "0" + plain)
    # the total of all is a word or 00, never a class of its own such as 00.00
    letters = plain.str.upper()
    upper = letters.str.fullmatch(_LETTERS.pattern).fillna(False).astype(bool)
    plain = letters.where(upper & ~is_total(plain), plain)
    return plain.str.replace(".", "", regex=False), int(short.sum())


def is_total(codes: pd.Series) -> pd.Series:
    """Whether codes mean all sectors together."""
    return codes.str.casefold().isin(TOTAL_SECTORS)


def find_unknown(sectors: pd.Series, classification: str, known: Collection[str]) -> pd.Series:
    """Whether `classification` does not have a sector; `known` are codes of a recipe. What is missing is not asked."""
    distinct = pd.Series(sectors.dropna().unique(), dtype="str")
    strange = distinct[~is_total(distinct) & ~distinct.isin(list(known))]
    return sectors.isin([code for code in strange if not _is_known(str(code), classification)])


def _is_known(code: str, classification: str) -> bool:
    sections = _load_sections(classification)
    if code.isdigit():
        return 2 <= len(code) <= 5 and code[:2] in sections
    held = list_parts(code)
    if held is not None:
        return bool(held) and held <= ({*sections.values()} | {*sections})
    letters = re.sub(r"[-+]|Z$", "", code)
    # OPQ and GI are sections in their order; a word is not
    ascending = list(letters) == sorted({*letters})
    return bool(_LETTERS.fullmatch(code)) and ascending and {*letters} <= {*sections.values()}


@cache
def _load_sections(classification: str) -> dict[str, str]:
    """Division -> its section."""
    moved = load_crosswalk()
    if classification != "SBI 2008":
        return {code: one.section2025 for code, one in moved.items() if len(code) == 2}
    # trade in cars is a division of 2008 only
    return {"45": "G"} | {one.sbi2008: one.section2008 for one in moved.values() if len(one.sbi2008) == 2}


def list_parts(code: str) -> frozenset[str] | None:
    """Return the sections, or divisions, that a section, a division or a range of them holds; else None.

    Examples
    --------
    >>> sorted(list_parts("B-E")), sorted(list_parts("10-12")), sorted(list_parts("0111")), list_parts("G+I")
    (['B', 'C', 'D', 'E'], ['10', '11', '12'], ['01'], None)
    """
    if code.isdigit():
        return frozenset({code[:2]})
    if re.fullmatch("[A-V]", code):
        return frozenset({code})
    if found := _SECTION_RANGE.fullmatch(code):
        return frozenset(chr(one) for one in range(ord(found[1]), ord(found[2]) + 1))
    if found := _DIVISIONS.fullmatch(code):
        return frozenset(f"{one:02d}" for one in range(int(found[1]), int(found[2]) + 1))
    return None


def is_group(code: str) -> bool:
    """Whether a code is a range, such as B-E or 10-12, that may add up what stands beside it."""
    return bool(_SECTION_RANGE.fullmatch(code) or _DIVISIONS.fullmatch(code))


def find_level(code: str) -> str:
    """Return the level of a code: ``section`` for letters, else how many digits.

    Examples
    --------
    >>> find_level("A"), find_level("BF"), find_level("0111"), find_level("10-12")
    ('section', 'section', '4', '2')
    """
    if _DIVISIONS.fullmatch(code):
        return "2"
    return str(len(code)) if code.isdigit() else "section"


def at_level(code: str, level: str, classification: str) -> str | None:
    """Return the code that `code` falls under at `level`; None where it is too short, or no code."""
    plain = re.sub(r"[^0-9A-Za-z]", "", code)
    if level != "section":
        return plain[: int(level)] if plain.isdigit() and len(plain) >= int(level) else None
    if not plain[:2].isdigit():
        return plain or None
    sections = (
        _load_sections(classification)
        if classification == "SBI 2008"
        else {code: one.section2025 for code, one in load_crosswalk().items()}
    )
    return find_longest(plain, sections)
