"""Municipalities coloured by what one stream leaves there per hectare: classes with round bounds, not read apart.

A colour over an area is read as a density: an absolute amount would make a large municipality look worse off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.styles.qml import Renderer, Rule
from kansenkaart.exports.styles.symbols import draw_fill, draw_unknown
from kansenkaart.project import LoadedProject
from kansenkaart.texts import Texts

# Share of the stream's own colour in the classes, light to dark; the rest is paper.
_TINTS = (0.1, 0.2, 0.33, 0.48)
_NOT_READ, _OUTSIDE = -1.0, -2.0
# What the balance of a region leaves in a municipality: a total beside those of the matching.
UNUSED = "unused"
_BORDER_MM = 0.2
_HA_PER_KM2 = 100.0


@dataclass(frozen=True)
class Theme:
    """What municipalities are coloured by: a stream and which total of it (``short``, ``left`` or ``unused``)."""

    stream: str
    total: str


def find_theme(municipalities: pd.DataFrame, stream: str) -> Theme | None:
    """Return the side of `stream` that more municipalities have something left of; none when nothing is left."""
    counts = {
        total: int((municipalities[f"{stream}_{total}"] > 0).sum())
        for total in ("short", "left")
        if f"{stream}_{total}" in municipalities
    }
    best = max(counts, key=lambda total: counts[total], default=None)
    return Theme(stream, best) if best is not None and counts[best] else None


def draw_choropleth(
    theme: Theme, frame: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts
) -> Renderer:
    """Return the classes of `theme`: nothing read, nothing left, and up to four with round bounds.

    QGIS draws nothing for a NULL, so the expression turns what was not read into a class of its own.
    """
    column = f"{theme.stream}_{theme.total}"
    values, area = frame[column].clip(lower=0.0) / frame["area_ha"], "ha"
    # numbers below one are hard to read aloud
    if not values.max() >= 1.0:
        values, area = values * _HA_PER_KM2, "km²"
    unit = texts("tables.choropleth.unit", unit=loaded.catalogue.streams[theme.stream].unit, area=area)
    inside = frame["in_region"].astype(bool)
    bounds = round_bounds(values[inside & (values > 0)].to_list(), len(_TINTS))
    words = {"total": texts(f"tables.choropleth.{theme.total}"), "unit": unit}
    rules = [
        _draw_not_read(texts(f"tables.choropleth.not_read_{theme.total}"), style),
        _rule(texts("tables.choropleth.nothing", **words), (0.0, 0.0), style.paper, style),
    ]
    for number, (low, high) in enumerate(pairwise(bounds)):
        ends = {"low": texts.number(low), "high": texts.number(high)}
        key = "first" if number == 0 else "other"
        tint = _TINTS[number + len(_TINTS) - (len(bounds) - 1)]
        colour = mix(style.streams[theme.stream].colour, style.paper, tint)
        rules.append(_rule(texts(f"tables.choropleth.{key}", **ends, **words), (low, high), colour, style))
    if not inside.all():
        fill = draw_fill(mix(style.land, style.paper, 0.5), style.land, width_mm=_BORDER_MM)
        rules.append(Rule(texts("tables.project.around"), "", (fill,), bounds=(_OUTSIDE, _OUTSIDE)))
    return Renderer("graduatedSymbol", tuple(rules), _expression(column, area))


def round_bounds(values: list[float], classes: int) -> list[float]:
    """Return at most `classes` + 1 rising bounds around positive `values`, rounded to one digit.

    They are geometric from the smallest tenth up: every class is as many times the one before. Amounts per municipality
    lie so: with as many municipalities in each, the top class would run from little to all. No class is empty.

    Examples
    --------
    >>> round_bounds([12.0, 180.0, 2_300.0, 47_000.0], 4)
    [0.0, 100.0, 800.0, 6000.0, 50000.0]
    """
    if not values:
        return [0.0]
    ordered = sorted(values)
    top, low = _round_up(ordered[-1]), ordered[len(ordered) // 10]
    bounds = [0.0]
    for part in range(1, classes):
        cut = _round(low * (top / low) ** (part / classes))
        if cut < ordered[-1] and any(bounds[-1] < one <= cut for one in ordered):
            bounds.append(cut)
    return [*bounds, top]


def _round(value: float) -> float:
    return float(f"{value:.0e}")


def _round_up(value: float) -> float:
    step = 10.0 ** math.floor(math.log10(value))
    return math.ceil(value / step - 1e-9) * step


def _draw_not_read(label: str, style: SharedStyle) -> Rule:
    return Rule(label, "", draw_unknown(style), bounds=(_NOT_READ, _NOT_READ))


def _rule(label: str, bounds: tuple[float, float], colour: str, style: SharedStyle) -> Rule:
    outline = mix(style.ink, style.paper, 0.25)
    return Rule(label, "", (draw_fill(colour, outline, width_mm=_BORDER_MM),), bounds=bounds)


def _expression(column: str, area: str) -> str:
    """The total per hectare or km2, or a number of its own where it is not known and outside the region."""
    factor = f"{_HA_PER_KM2:g} * " if area == "km²" else ""
    known = f'if("{column}" is null, {_NOT_READ:g}, {factor}max("{column}", 0) / "area_ha")'
    return f'if("in_region", {known}, {_OUTSIDE:g})'


def find_main_stream(streams: pd.Series, order: list[str]) -> str | None:
    """Return the stream with most rows in `streams`, the first of `order` where several have as many."""
    counts = streams.value_counts()
    return max((one for one in order if one in counts), key=lambda one: counts[one], default=None)
