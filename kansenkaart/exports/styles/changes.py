"""Lines of a comparison: what came, went, or became something else."""

from __future__ import annotations

from kansenkaart.catalogue import Style
from kansenkaart.catalogue.models import LineStyle
from kansenkaart.exports.styles.qml import Renderer, Rule
from kansenkaart.exports.styles.symbols import draw_line
from kansenkaart.tables.changes import SORTS
from kansenkaart.texts import Texts

# As page.css has good and bad; what went is dashed, so that colour is not all that tells.
_GONE, _NEW = "#8f2a20", "#24563f"
_WIDE_MM, _THIN_MM = 0.9, 0.5


def draw_changes(style: Style, texts: Texts) -> Renderer:
    """A line per sort of change."""
    looks = {
        "vanished": (LineStyle(colour=_GONE, dash=(4.0, 3.0)), _WIDE_MM),
        "appeared": (LineStyle(colour=_NEW), _WIDE_MM),
        "reclassed": (LineStyle(colour=style.accent), _WIDE_MM),
        "shrunk": (LineStyle(colour=_GONE, dash=(1.0, 3.0)), _THIN_MM),
        "grown": (LineStyle(colour=_NEW), _THIN_MM),
    }
    rules = [
        Rule(texts(f"tables.values.sort.{sort}"), sort, (draw_line(looks[sort][0], width_mm=looks[sort][1]),))
        for sort in SORTS
    ]
    return Renderer("categorizedSymbol", tuple(rules), column="sort")
