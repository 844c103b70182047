"""How one stream looks by itself: its chances, what is left of it, and a quiet land under it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.styles.labels import BESIDE_MM, Label
from kansenkaart.exports.styles.qml import Renderer, Rule, quote_value
from kansenkaart.exports.styles.symbols import (
    GLYPH_MM,
    draw_fill,
    draw_marker,
    draw_size_key,
    draw_width_key,
)
from kansenkaart.texts import Texts

_SMALLEST_MM = 1.2
_LARGEST_MM = 9.0
_SOME_LEFT = '"remaining" > 0'
_NAMES_FROM_SCALE = 75_000
_MUNICIPALITIES_FROM_SCALE = 1_500_000


def draw_stream_gaps(
    role: str, largest: float, unit: str, colour: str, *, style: SharedStyle, texts: Texts
) -> tuple[Rule, ...]:
    """Circles with the area of what is left of a side: filled where it is over, hollow where it is missing.

    Parameters
    ----------
    largest
        What is left at most of the stream at one place, of either side: its circle is the largest.
    unit, colour
        Of the stream.

    Returns
    -------
    tuple
        The circles, and what a legend says of their size.
    """
    fill, edge = (colour, style.paper) if role == "supply" else (style.paper, colour)
    circle = draw_marker("circle", fill, edge, size_mm=3, size_expression=_size(largest))
    keys = [
        Rule(
            texts("tables.project.key_size", quantity=texts.number(one), unit=unit),
            _SOME_LEFT,
            draw_size_key(fill, edge, max(_SMALLEST_MM, _LARGEST_MM * (one / largest) ** 0.5)),
        )
        for one in find_keys(largest)
    ]
    return (Rule(texts(f"tables.gap_legend.{role}"), _SOME_LEFT, (circle,)), *keys)


def draw_width_keys(largest: float, unit: str, style: SharedStyle, texts: Texts) -> tuple[Rule, ...]:
    """What a legend says of the width of the chances of a stream, of which the `largest` is widest."""
    return tuple(
        Rule(
            texts("tables.project.key_width", quantity=texts.number(one), unit=unit),
            "",
            draw_width_key(style.ink, one / largest),
        )
        for one in find_keys(largest)
    )


def find_keys(largest: float) -> list[float]:
    """Return two quantities of one figure that a legend shows: the first below `largest`, and a tenth of it.

    Examples
    --------
    >>> find_keys(48_213.0), find_keys(0.0)
    ([40000.0, 4000.0], [])
    """
    if largest <= 0:
        return []
    step = 10.0 ** math.floor(math.log10(largest))
    most = math.floor(largest / step) * step
    return [most, most / 10]


def _size(largest: float) -> str:
    """Diameter in mm: the eye reads area, so the root; nothing left is not drawn."""
    share = f'sqrt("remaining" / {largest!r})'
    return f"max({_SMALLEST_MM:g}, {_LARGEST_MM:g} * {share})"


def draw_land(style: SharedStyle, texts: Texts) -> Renderer:
    """The region in the colour of land, what lies around it paler."""
    looks = {
        "region": ('"in_region"', style.land, style.border),
        "around": ('NOT "in_region"', mix(style.land, style.paper, 0.5), style.land),
    }
    rules = [
        Rule(texts(f"tables.project.{name}"), condition, (draw_fill(fill, edge, width_mm=0.4),))
        for name, (condition, fill, edge) in looks.items()
    ]
    return Renderer("RuleRenderer", tuple(rules))


def label_land(style: SharedStyle) -> Label:
    """Names of the region's municipalities, in a grey that stays behind the names of places."""
    return Label(
        """if("in_region", "municipality", '')""",
        mix(style.ink, style.paper, 0.78),
        style.paper,
        _MUNICIPALITIES_FROM_SCALE,
        size=7,
    )


def label_sites(best: pd.DataFrame, style: SharedStyle, left: pd.DataFrame | None = None) -> Label:
    """Names of places: all when zoomed in, those at the ends of the chances `best` from afar too.

    Where `left` (rows of ``gaps`` of one stream) is drawn as circles, those names stand beside them.
    """
    ends = sorted({*best["supply_id"], *best["demand_id"]})
    named = ", ".join(quote_value(one) for one in ends)
    always = f'"site_id" IN ({named})' if named else ""
    return Label(
        '"name"',
        style.ink,
        style.paper,
        _NAMES_FROM_SCALE,
        always=always,
        beside=True,
        distance=BESIDE_MM if left is None else _clear_circles(left, ends),
        bold=True,
        priority=7,
    )


def _clear_circles(left: pd.DataFrame, ends: Sequence[str]) -> str:
    """Expression: how far from the drawing of a place its name is clear of the circle of what it has left, mm."""
    amounts = left[left["site_id"].isin(ends)].groupby("site_id")["remaining"].max()
    largest = float(left["remaining"].max())
    beyond = (_LARGEST_MM * (amounts / largest) ** 0.5 - GLYPH_MM) / 2 if largest > 0 else amounts
    pairs = ", ".join(f"{quote_value(str(site))}, {one:.2f}" for site, one in beyond.items() if one > 0)
    return f'{BESIDE_MM} + coalesce(map_get(map({pairs}), "site_id"), 0)' if pairs else BESIDE_MM
