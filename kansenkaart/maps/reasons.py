"""Reasons for the page: what rows have alike stands once as a form; what is a row's own stands beside it, in order."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kansenkaart.maps.block import Block
from kansenkaart.tables.reasons import (
    InBoth,
    Listed,
    Months,
    Named,
    Number,
    Others,
    Reason,
    Said,
    StreamName,
    Together,
    Value,
    tell,
)
from kansenkaart.texts import Texts

# What the page needs besides the sentences themselves, to write months and partners.
_PARTS = ("months", "and_more", "and_last")


def add_reasons(
    block: Block, name: str, reasons: Sequence[Reason], known: Mapping[str, Sequence[str]], texts: Texts
) -> None:
    """Column `name` (the form of every row), headers ``name.forms`` and ``name.own``, and the texts they fill.

    Parameters
    ----------
    reasons
        One per row.
    known
        What the page can write from columns it has, per row, by the name of the value. A value that reads the same
        is left to the page.
    """
    forms = _Forms(texts, known)
    block.add_index(
        name, np.array([forms.add(row, said) for row, said in enumerate(reasons)], dtype=np.int64)
    )
    block.header[f"{name}.forms"] = [json.loads(form) for form in forms.numbers]
    block.header[f"{name}.own"] = forms.own
    said = block.header.setdefault("reasonTexts", {})
    said |= {key: texts.entries[f"reasons.{key}"] for key in (*_PARTS, *forms.keys)}


@dataclass
class _Forms:
    """The forms that were met, each with its number, and the rows' own values one after the other."""

    texts: Texts
    known: Mapping[str, Sequence[str]]
    numbers: dict[str, int] = field(default_factory=dict)
    own: list[Any] = field(default_factory=list)
    keys: dict[str, None] = field(default_factory=dict)

    def add(self, row: int, reason: Reason) -> int:
        own: list[Any] = []
        said = [self._shape(one, "", row, own) for one in reason]
        self.own += own
        form = json.dumps({"own": len(own), "said": said}, separators=(",", ":"))
        return self.numbers.setdefault(form, len(self.numbers))

    def _shape(self, value: Value | Together, name: str, row: int, own: list[Any]) -> Any:
        """What stands in the form: a gap for what is the row's, the words for what the catalogue says."""
        match value:
            case Together(first, second):
                parts = [self._shape(part, "", row, own) for part in (first, second)]
                return {"first": parts[0], "after": parts[1]}
            case Said(key, values):
                self.keys[key] = None
                return {
                    "say": key,
                    "with": {gap: self._shape(given, gap, row, own) for gap, given in values.items()},
                }
            case Listed(parts):
                return {"list": [self._shape(part, "", row, own) for part in parts]}
            case StreamName() | Named() | InBoth():
                return tell(value, self.texts)
        if name in self.known and self.known[name][row] == tell(value, self.texts):
            return {"known": name}
        written, kind = _write_own(value)
        own.append(written)
        return {"own": len(own) - 1, **kind}


def _write_own(value: Number | Months | Others | str | int) -> tuple[Any, dict[str, Any]]:
    """A row's own value as JSON, and how it is told."""
    match value:
        case Number(number, digits):
            return _shorten(number, digits), {"digits": digits}
        case Months(chosen):
            return sum(1 << month for month, on in enumerate(chosen) if on), {"months": len(chosen)}
        case Others(named, more, unit):
            return [[[name, _shorten(quantity, 3)] for name, quantity in named], more], {"others": unit}
    return (value if isinstance(value, str) else int(value)), {}


def _shorten(value: float | None, digits: int) -> float | None:
    """The shortest number that is written alike; none where it is not known."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.{digits - 1}e}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
