"""How numbers, months and names are written in a sentence about a place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kansenkaart.matches.arrays import BoolArray
from kansenkaart.texts import Texts

_MOST_DIGITS = 8


def apart(first: float, second: float, texts: Texts, *, digits: int = 3) -> tuple[str, str]:
    """Write two numbers with as many figures as it takes to tell them apart: 25,004 against 25, not 25 and 25."""
    while True:
        written = texts.number(first, digits), texts.number(second, digits)
        if written[0] != written[1] or digits >= _MOST_DIGITS:
            return written
        digits += 1


def name_months(chosen: BoolArray, texts: Texts) -> str:
    """Name months in runs, such as 'apr–sep', round the turn of the year: 'nov–feb'.

    Examples
    --------
    >>> from kansenkaart.texts import load_texts
    >>> name_months(np.arange(12) < 2, load_texts("en"))
    'Jan–Feb'
    >>> name_months(np.isin(np.arange(12), [0, 5, 10, 11]), load_texts("en"))
    'Jun, Nov–Jan'
    """
    names = texts("reasons.months").split()
    if chosen.all():
        return f"{names[0]}–{names[-1]}"
    begins = np.flatnonzero(chosen & ~np.roll(chosen, 1))
    runs = []
    for begin in begins:
        length = int(np.argmin(np.roll(chosen, -begin)))
        end = (begin + length - 1) % 12
        runs.append(names[begin] if length == 1 else f"{names[begin]}–{names[end]}")
    return ", ".join(runs)


def name_others(named: Sequence[tuple[str, float]], more: int, unit: str, texts: Texts) -> str:
    """Write 'A (120 GJ), B (60 GJ) en 3 andere'."""
    parts = [f"{name} ({texts.number(quantity)} {unit})" for name, quantity in named]
    if more > 0:
        return texts("reasons.and_more", named=", ".join(parts), count=more)
    if len(parts) < 2:
        return "".join(parts)
    return texts("reasons.and_last", named=", ".join(parts[:-1]), last=parts[-1])


def name_stream(stream: str, texts: Texts) -> str:
    """Name of a stream inside a sentence: 'struviet (fosfaat)', but 'CO₂ voor kassen'."""
    name = texts.find(f"streams.{stream}", stream)
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def write_worth(value: float, objective: str, unit: str, texts: Texts) -> str:
    """Write what one unit is worth by what the run maximises: euros, tonnes of CO2 or rungs of the ladder."""
    return texts(f"reasons.worth_{objective}", value=texts.number(value, 2), unit=unit)
