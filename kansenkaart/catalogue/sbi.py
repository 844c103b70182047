"""What a business is by its SBI 2008 code: the kind of place and the sector that its rules of thumb go by.

Codes and their meaning are those of CBS (Standaard Bedrijfsindeling 2008, CC BY 4.0); which kind and sector they count
as is this project's choice. Codes of which one stands for places of many kinds (waste treatment, power, data) lead
nowhere: better nothing than a wrong kind.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
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
    """Return what the longest beginning of `code` that is known stands for.

    Examples
    --------
    >>> find_trade("1071").sector, find_trade("10131").sector, find_trade("3821")
    ('food', 'slaughterhouse', None)
    """
    return find_longest(code, load_trades())


def find_longest(code: str, known: Mapping[str, _Value]) -> _Value | None:
    """Return what is known of the longest beginning of `code`."""
    found = (known[code[:end]] for end in range(len(code), 1, -1) if code[:end] in known)
    return next(found, None)


@cache
def load_trades() -> Mapping[str, Trade]:
    """Read the table that comes with the package, by code."""
    text = (files("kansenkaart.catalogue") / "sbi.csv").read_text(encoding="utf-8")
    return {row["code"]: Trade(**row) for row in csv.DictReader(text.splitlines())}
