"""Areas coloured by the location quotient of one sector: paler where it is weak, darker where it is strong."""

from __future__ import annotations

import math

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.exports.content.cluster_areas import QUOTIENT, order_sectors, quotient_column
from kansenkaart.exports.styles.qml import Renderer, Rule
from kansenkaart.exports.styles.symbols import draw_fill, mix
from kansenkaart.texts import Texts

# Bounds as ratios around 1: as far from as much again as to as much less.
_CLASSES = (
    ("less", 0.0, 0.8),
    ("same", 0.8, 1.25),
    ("more", 1.25, 2.0),
    ("much", 2.0, 4.0),
    ("most", 4.0, math.inf),
)
_NO_ROW = -1.0
_TINTS = {"less": 0.05, "same": 0.2, "more": 0.45, "much": 0.72, "most": 1.0}
_HIGHEST = 1e9
_BORDER_MM = 0.2


def draw_quotients(
    frame: pd.DataFrame,
    clusters: pd.DataFrame,
    style: SharedStyle,
    texts: Texts,
    *,
    sector: str | None = None,
) -> Renderer | None:
    """Return the classes of `sector`, or of the sector that stands out most; none for a table without areas."""
    known = [one for one in order_sectors(clusters) if quotient_column(one) in frame]
    if not isinstance(frame, gpd.GeoDataFrame) or not known:
        return None
    column = quotient_column(sector or known[0])
    land = draw_fill(style.land, style.border, width_mm=_BORDER_MM)
    rules = [Rule(texts("tables.quotients.unknown"), "", (land,), bounds=(_NO_ROW, _NO_ROW))]
    for name, low, high in _CLASSES:
        fill = draw_fill(mix(style.accent, style.paper, _TINTS[name]), style.border, width_mm=_BORDER_MM)
        rules.append(Rule(texts(f"tables.quotients.{name}"), "", (fill,), bounds=(low, min(high, _HIGHEST))))
    return Renderer("graduatedSymbol", tuple(rules), f'coalesce("{column}", {_NO_ROW:g})')


def name_sectors(clusters: pd.DataFrame, columns: list[str]) -> dict[str, str]:
    """Sectors that have a column in `columns`, with their name, the one that stands out most first."""
    names = clusters.drop_duplicates("sector").set_index("sector")["sector_name"]
    wanted = {name for name in columns if name.startswith(QUOTIENT)}
    told = {one: names[one] for one in order_sectors(clusters) if quotient_column(one) in wanted}
    return {code: name if isinstance(name, str) else code for code, name in told.items()}
