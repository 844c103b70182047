"""A reason as data: keys of sentences with their values, and the one place that turns them into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kansenkaart.texts import Language, Texts

_MOST_DIGITS = 8


class Number(NamedTuple):
    """A number written with at most so many figures; None where it is not known."""

    value: float | None
    digits: int = 3


class Length(NamedTuple):
    """Kilometres as people say them: '260 m', '8,15 km'; never finer than ten metres, unless two must be told apart."""

    km: float | None
    digits: int = 3


class StreamName(NamedTuple):
    """The name of a stream inside a sentence: 'struviet (fosfaat)', but 'CO₂ voor kassen'."""

    stream: str


class Named(NamedTuple):
    """A name as the texts have it, such as that of a driver; `default` where a project brought its own."""

    key: str
    default: str


class Months(NamedTuple):
    """Months in runs, such as 'apr–sep', round the turn of the year: 'nov–feb'; one entry per month."""

    chosen: tuple[bool, ...]


class Others(NamedTuple):
    """Places with a quantity and how many more there are: 'A (120 GJ), B (60 GJ) en 3 andere'."""

    named: tuple[tuple[str, float], ...]
    more: int
    unit: str


class InBoth(NamedTuple):
    """What the catalogue says in both languages."""

    nl: str
    en: str


class Listed(NamedTuple):
    """Texts one after the other, parted by commas."""

    parts: tuple[Said, ...]


class Said(NamedTuple):
    """A sentence: its key under ``reasons`` in the texts, and what fills its gaps."""

    key: str
    values: Mapping[str, Value] = {}


class Together(NamedTuple):
    """Two sentences made one."""

    first: Said
    second: Said


Value = str | int | Number | Length | StreamName | Named | Months | Others | InBoth | Listed | Said
Reason = tuple[Said | Together, ...]


def tell_reason(reason: Iterable[Said | Together], texts: Texts) -> str:
    """Write the sentences of a reason after each other.

    Examples
    --------
    >>> from kansenkaart.texts import load_texts
    >>> tell_reason([Said("cap_certainty"), Said("estimated")], load_texts("en")).count(".")
    2
    """
    return " ".join(tell(said, texts) for said in reason)


def tell(value: Value | Together, texts: Texts) -> str:
    """Write a sentence, or what stands in one.

    Examples
    --------
    >>> from kansenkaart.texts import load_texts
    >>> tell(Months((True, True) + (False,) * 10), load_texts("en"))
    'Jan–Feb'
    >>> tell(Months(tuple(month in (0, 5, 10, 11) for month in range(12))), load_texts("en"))
    'Jun, Nov–Jan'
    """
    match value:
        case Said(key, values):
            return texts(f"reasons.{key}", **{name: tell(given, texts) for name, given in values.items()})
        case Together(first, second):
            after = tell(second, texts)
            return f"{tell(first, texts).removesuffix('.')}; {after[0].lower()}{after[1:]}"
        case Number(number, digits):
            return texts.number(number, digits)
        case Length(km, digits):
            return texts.length(km, digits)
        case StreamName(stream):
            name = texts.find(f"streams.{stream}", stream)
            return name if name[1:2].isupper() else name[:1].lower() + name[1:]
        case Named(key, default):
            return texts.find(key, default)
        case Months(chosen):
            return _name_months(chosen, texts("reasons.months").split())
        case Others():
            return _name_others(value, texts)
        case InBoth():
            return _in_language(value, texts.language)
        case Listed(parts):
            return ", ".join(tell(part, texts) for part in parts)
    return str(value)


def apart(first: float, second: float, *, digits: int = 3) -> tuple[Number, Number]:
    """Two numbers with as many figures as it takes to tell them apart: 25,004 against 25, not 25 and 25."""
    while digits < _MOST_DIGITS and f"{first:.{digits}g}" == f"{second:.{digits}g}":
        digits += 1
    return Number(first, digits), Number(second, digits)


def said_worth(value: float, objective: str, unit: str) -> Said:
    """What one unit is worth by what the run maximises: euros, tonnes of CO2 or rungs of the ladder."""
    return Said(f"worth_{objective}", {"value": Number(value, 2), "unit": unit})


def _in_language(value: InBoth, language: Language) -> str:
    return value.en if language == "en" else value.nl


def _name_months(chosen: tuple[bool, ...], names: list[str]) -> str:
    if all(chosen):
        return f"{names[0]}–{names[-1]}"
    count = len(chosen)
    runs = []
    for begin in (n for n in range(count) if chosen[n] and not chosen[n - 1]):
        length = next(k for k in range(count) if not chosen[(begin + k) % count])
        end = (begin + length - 1) % count
        runs.append(names[begin] if length == 1 else f"{names[begin]}–{names[end]}")
    return ", ".join(runs)


def _name_others(others: Others, texts: Texts) -> str:
    parts = [f"{name} ({texts.number(quantity)} {others.unit})" for name, quantity in others.named]
    if others.more > 0:
        return texts("reasons.and_more", named=", ".join(parts), count=others.more)
    if len(parts) < 2:
        return "".join(parts)
    return texts("reasons.and_last", named=", ".join(parts[:-1]), last=parts[-1])
