"""What a business is by its SBI code (2008 or 2025): the kind of place and the sector that its rules of thumb go by.

Codes and their meaning are those of CBS (Standaard Bedrijfsindeling 2008, CC BY 4.0); which kind and sector they count
as is this project's choice. SBI 2025 follows NACE Rev. 2.1 (Delegated Regulation (EU) 2023/137): ``sbi_2025.csv`` says
which code of 2008 its divisions and the classes that moved come from. Where a code of 2025 is that of 2008 it means the
same as far as kinds go, so that a file need not say which it uses: ``sbi.csv`` was held against the structure of SBI
2025 that CBS published (version 2026, "sbi2025-structuur-versie-2026-code-zonder-puntjes-nl-en-en.xlsx", as
mago-assistant/magento2-kvk re-publishes it), and every code there means the same, but for laundries, which share a code
with dry-cleaners. What a class of 2025 below a division was in 2008 is known for those rows alone: CBS's own table of
changes was not to be had.
Codes of which one stands for places of many kinds (waste treatment, scrap, power, data, fuel, rental, facilities) lead
nowhere: better nothing than a wrong kind. So does a shorter code of which the longer ones differ: 17 may be a maker of
paper or of boxes, 467 a dealer in steel or in scrap.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TypeVar

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Trade:
    """What an SBI code stands for; an empty sector: the kind says enough."""

    code: str
    kind: str
    sector: str
    meaning: str


def find_trade(code: str) -> Trade | None:
    """Return what the longest beginning of `code` that is known stands for; of a short one, what all under it share.

    Examples
    --------
    >>> find_trade("1071").sector, find_trade("10131").sector, find_trade("3821")
    ('food', 'slaughterhouse', None)
    >>> find_trade("467").kind, find_trade("10").kind, find_trade("10").sector
    ('', 'industry', '')
    """
    found = find_longest(as_2008(code), load_trades())
    if found is None:
        return None
    under = [found, *_list_under(code)]
    return replace(
        found,
        kind=found.kind if len({one.kind for one in under}) == 1 else "",
        sector=found.sector if len({(one.kind, one.sector) for one in under}) == 1 else "",
    )


def _list_under(code: str) -> list[Trade]:
    """What longer codes that begin with `code` stand for, in either year."""
    moved = [one for longer, one in load_crosswalk().items() if longer.startswith(code) and longer != code]
    of_2025 = [find_longest(one.sbi2008, load_trades()) for one in moved]
    own = as_2008(code)
    of_2008 = [trade for longer, trade in load_trades().items() if longer.startswith(own) and longer != own]
    return of_2008 + [Trade(code, "", "", "") if trade is None else trade for trade in of_2025]


def as_2008(code: str) -> str:
    """Return what `code` of SBI 2025 was in SBI 2008; what did not move is the same.

    Examples
    --------
    >>> as_2008("96100"), as_2008("2011")
    ('96011', '2011')
    """
    moved = find_moved(code)
    return code if moved is None else moved.sbi2008 + code[len(moved.sbi2025) :]


@dataclass(frozen=True)
class Moved:
    """A beginning of codes of SBI 2025 and what it was in SBI 2008, with the section in both."""

    sbi2025: str
    sbi2008: str
    section2025: str
    section2008: str
    meaning: str


def find_moved(code: str) -> Moved | None:
    """Return what `code` of SBI 2025 was in SBI 2008, where it was another code that means nothing else there.

    Examples
    --------
    >>> find_trade("96100").sector, find_moved("96100").sbi2008, find_moved("1071")
    ('laundry', '96011', None)
    """
    found = find_longest(code, load_crosswalk())
    return found if found is not None and found.sbi2008 != found.sbi2025 else None


@cache
def load_crosswalk() -> Mapping[str, Moved]:
    """Read the crosswalk of SBI 2025 to 2008, by the code of 2025."""
    return {row["sbi2025"]: Moved(**row) for row in _read("sbi_2025.csv")}


def find_longest(code: str, known: Mapping[str, _Value]) -> _Value | None:
    """Return what is known of the longest beginning of `code`."""
    found = (known[code[:end]] for end in range(len(code), 1, -1) if code[:end] in known)
    return next(found, None)


@cache
def load_trades() -> Mapping[str, Trade]:
    """Read the table that comes with the package, by code."""
    return {row["code"]: Trade(**row) for row in _read("sbi.csv")}


def _read(file: str) -> list[dict[str, str]]:
    text = (files("kansenkaart.catalogue") / file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
