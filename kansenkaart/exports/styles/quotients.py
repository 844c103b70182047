"""Areas coloured by the location quotient of one sector: paler where it is weak, darker where it is strong."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.content.cluster_areas import QUOTIENT, quotient_column
from kansenkaart.exports.styles.qml import Renderer, Rule
from kansenkaart.exports.styles.symbols import draw_fill, draw_unknown
from kansenkaart.tables.clusters import QUOTIENT_CLASSES, order_sectors
from kansenkaart.texts import Texts

_NO_ROW = -1.0
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
    rules = [Rule(texts("tables.quotients.unknown"), "", draw_unknown(style), bounds=(_NO_ROW, _NO_ROW))]
    for name, low, high, tint in QUOTIENT_CLASSES:
        fill = draw_fill(mix(style.accent, style.paper, tint), style.border, width_mm=_BORDER_MM)
        rules.append(Rule(texts(f"tables.quotients.{name}"), "", (fill,), bounds=(low, min(high, _HIGHEST))))
    return Renderer("graduatedSymbol", tuple(rules), f'coalesce("{column}", {_NO_ROW:g})')


def name_sectors(clusters: pd.DataFrame, columns: list[str]) -> dict[str, str]:
    """Sectors that have a column in `columns`, with their name, the one that stands out most first."""
    names = clusters.drop_duplicates("sector").set_index("sector")["sector_name"]
    wanted = {name for name in columns if name.startswith(QUOTIENT)}
    told = {one: names[one] for one in order_sectors(clusters) if quotient_column(one) in wanted}
    return {code: name if isinstance(name, str) else code for code, name in told.items()}
