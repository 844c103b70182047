"""The list beside the map of a sheet: the best chances of its theme, by the number that stands on their line."""

from __future__ import annotations

import math
from dataclasses import replace

from kansenkaart.exports.qgis.atlas_table import AtlasTable, Column, find_height
from kansenkaart.exports.qgis.atlas_words import cut, tell_amount
from kansenkaart.exports.qgis.layers import OVERVIEW
from kansenkaart.exports.qgis.sheet import Sheet
from kansenkaart.exports.qgis.themes import MapTheme
from kansenkaart.exports.styles.overview import BEST, find_best, find_best_of, tell_best_of
from kansenkaart.exports.styles.own import NOW
from kansenkaart.exports.styles.qml import quote_value

# Letters beside those of the atlas on A3, and at least, so that they can be read.
_FACTOR, _LEAST = 1.1, 0.93
_NUMBER_MM, _AMOUNT_MM = 7.0, 20.0
# Of a letter of a wide family, at the size of the atlas.
_LETTER_MM = 1.35
# From and to stand under each other.
_LINES = 2


def plan_list(theme: MapTheme, sheet: Sheet, room: float) -> AtlasTable | None:
    """Return the table of the chances with a number on the map of `theme`, as many as `room` (mm) has place for."""
    matches, texts = sheet.content.frames["matches"], sheet.content.texts
    if theme.stream == OVERVIEW:
        listed, only = find_best(matches), BEST
    else:
        listed = find_best_of(matches, theme.stream)
        only = tell_best_of(listed, theme.stream)
    factor = max(_FACTOR * sheet.paper.factor, _LEAST)
    names_mm = sheet.page.column - (_NUMBER_MM + _AMOUNT_MM) * factor
    letters = math.floor(names_mm / (_LETTER_MM * factor))
    giver, taker = cut('"supply_name"', letters), cut('"demand_name"', letters - 2)
    pair = f"{giver} || '\\n→ ' || {taker}"
    chance = f'if({NOW}, represent_value("chance_class"), {quote_value(texts("tables.project.not_now"))})'
    columns = (
        Column(texts("atlas.number"), 'to_string("rank")', _NUMBER_MM * factor),
        Column(texts("atlas.pair"), pair, names_mm),
        Column(
            texts("atlas.quantity"),
            f"{tell_amount('quantity', texts)} || '\\n' || {chance}",
            _AMOUNT_MM * factor,
            True,
        ),
    )
    if listed.empty:
        return None
    layer = next(one.id for one in theme.layers(sheet.groups) if one.table == "matches")
    table = AtlasTable(
        "chances",
        layer,
        texts("atlas.chances"),
        columns,
        only,
        (('"rank"', False),),
        len(listed),
        texts("atlas.chances_none"),
        factor=factor,
    )
    bare, one = (measure_list(replace(table, most=rows)) for rows in (0, 1))
    most = min(len(listed), math.floor((room - bare) / (one - bare)))
    title = texts("atlas.part", title=table.heading, shown=most, count=len(listed))
    heading = table.heading if most == len(listed) else title
    return replace(table, most=most, heading=heading) if most > 0 else None


def measure_list(table: AtlasTable) -> float:
    """Return the height of `table` with its heading, mm."""
    return find_height(table, _LINES)
