"""How a page of the atlas in QGIS draws its own municipality, ``@atlas_feature``, in full, and the rest quietly.

Without an atlas, on the canvas, nothing is singled out.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.styles.labels import Label
from kansenkaart.exports.styles.layer_styles import find_present
from kansenkaart.exports.styles.qml import Renderer, Rule, quote_value
from kansenkaart.exports.styles.symbols import draw_fill, draw_line, draw_marker, draw_width_key
from kansenkaart.tables.matches import NOT_NOW
from kansenkaart.texts import Texts, cut_text

# The CBS code of the municipality of the page.
CODE = "attribute(@atlas_feature, 'municipality_code')"
HERE = f'"municipality_code" = {CODE}'
OWN = f'{CODE} IN ("supply_municipality_code", "demand_municipality_code")'
NOW = f'"chance_class" <> {quote_value(NOT_NOW)}'
# Chances that a page lists, each with a number.
MOST_CHANCES = 7
# Key of the layer of chances by municipality.
CHANCES = "atlas_chances"
_NO_ATLAS, _IN_ATLAS = "@atlas_feature IS NULL", "@atlas_feature IS NOT NULL"
# As wide as ``draw_width_key`` draws a chance of this share of the largest.
_NOW_MM, _NOW_SHARE, _LATER_MM = 0.9, 0.128, 0.4
_ANY_SCALE = 100_000_000
_NAMES_FROM_SCALE = 75_000
_SPACE = "\u00a0"
# As the legend has room for: five columns on a page, in letters that can be read.
_LEGEND_LETTERS = 26


def draw_own_chances(
    matches: pd.DataFrame, style: SharedStyle, order: Sequence[str], texts: Texts
) -> tuple[Renderer, Label]:
    """Chances of the municipality by stream, wide where they pay now, those that the page lists with their number."""
    own = f"({_NO_ATLAS} OR {HERE})"
    # a legend has no chance to ask
    width = f"if(coalesce({NOW}, true), {_NOW_MM}, {_LATER_MM})"
    rules = [
        Rule(
            cut_text(texts.find(f"streams.{stream}", stream), _LEGEND_LETTERS),
            f'"stream" = {quote_value(stream)} AND {own}',
            (draw_line(style.streams[stream], width_mm=_NOW_MM, width_expression=width),),
        )
        for stream in find_present(matches, "stream", list(order))
    ]
    rules += [
        Rule(texts("atlas.legend_now"), f"{NOW} AND {own}", draw_width_key(style.ink, _NOW_SHARE)),
        Rule(texts("atlas.legend_later"), f"NOT ({NOW}) AND {own}", draw_width_key(style.ink, 0.0)),
    ]
    number = Label(
        f"if({_IN_ATLAS} AND \"number\" <= {MOST_CHANCES}, '{_SPACE}' || \"number\" || '{_SPACE}', NULL)",
        style.ink,
        style.paper,
        _ANY_SCALE,
        size=7,
        tag=True,
        priority=10,
    )
    return Renderer("RuleRenderer", tuple(rules), order='"rank"'), number


def draw_own_links(style: SharedStyle, texts: Texts) -> Renderer:
    """What already runs from or to the municipality."""
    own = f"\"status\" = 'running' AND ({_NO_ATLAS} OR {OWN})"
    return Renderer(
        "RuleRenderer",
        (Rule(texts("atlas.legend_running"), own, (draw_line(style.links["running"], width_mm=0.6),)),),
    )


def draw_own_sites(kinds: Sequence[Rule], style: SharedStyle, texts: Texts) -> Renderer:
    """Places of the municipality by their kind, all others as dots."""
    here = f"({_NO_ATLAS} OR {HERE})"
    rules = tuple(
        Rule(
            cut_text(one.label, _LEGEND_LETTERS),
            f'"kind" = {quote_value(one.condition)} AND {here}',
            one.symbol,
        )
        for one in kinds
    )
    grey = mix(style.ink, style.paper, 0.5)
    dot = draw_marker("circle", grey, style.paper, size_mm=1.4)
    return Renderer("RuleRenderer", (*rules, Rule(texts("tables.project.other_sites"), "ELSE", (dot,))))


def label_own_sites(style: SharedStyle) -> Label:
    """Names of the places of the municipality, as far as there is room."""
    own = f"{_IN_ATLAS} AND {HERE}"
    return Label(
        '"name"', style.ink, style.paper, _NAMES_FROM_SCALE, always=own, beside=True, size=7, priority=7
    )


def draw_own_land(style: SharedStyle, texts: Texts) -> Renderer:
    """The municipality in the colour of land within a dark border; what lies around it paler."""
    pale = mix(style.land, style.paper, 0.5)
    own = draw_fill(style.land, mix(style.ink, style.paper, 0.6), width_mm=0.6)
    around = draw_fill(pale, style.border, width_mm=0.3)
    return Renderer(
        "RuleRenderer",
        (
            Rule(texts("tables.project.around"), f"{_IN_ATLAS} AND NOT ({HERE})", (around,)),
            Rule(texts("tables.project.atlas_own"), f"{_NO_ATLAS} OR {HERE}", (own,)),
        ),
    )
