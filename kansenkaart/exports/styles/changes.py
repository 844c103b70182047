"""Lines of a comparison, of two projects or of scenarios: what came, went, or became something else."""

from __future__ import annotations

from collections.abc import Mapping

from kansenkaart.catalogue import Style
from kansenkaart.catalogue.models import LineStyle
from kansenkaart.exports.styles.qml import Renderer, Rule
from kansenkaart.exports.styles.symbols import draw_line
from kansenkaart.tables.changes import SORTS
from kansenkaart.texts import Texts

# As page.css has good and bad; what went is dashed, so that colour is not all that tells.
_GONE, _NEW = "#8f2a20", "#24563f"
_WIDE_MM, _THIN_MM, _HAIR_MM = 0.9, 0.5, 0.3


def draw_changes(style: Style, texts: Texts) -> Renderer:
    """A line per sort of change."""
    looks = {
        "vanished": (LineStyle(colour=_GONE, dash=(4.0, 3.0)), _WIDE_MM),
        "appeared": (LineStyle(colour=_NEW), _WIDE_MM),
        "reclassed": (LineStyle(colour=style.accent), _WIDE_MM),
        "shrunk": (LineStyle(colour=_GONE, dash=(1.0, 3.0)), _THIN_MM),
        "grown": (LineStyle(colour=_NEW), _THIN_MM),
    }
    return _draw("sort", {sort: looks[sort] for sort in SORTS}, texts)


def draw_scenario_changes(style: Style, texts: Texts) -> Renderer:
    """A line per thing that a scenario does to a chance; what stays as it is lies thin and grey."""
    stays = (LineStyle(colour=style.links["running"].colour), _HAIR_MM)
    looks = {
        "new": (LineStyle(colour=_NEW), _WIDE_MM),
        "surer": (LineStyle(colour=style.accent), _WIDE_MM),
        "less_sure": (LineStyle(colour=_GONE, dash=(1.0, 3.0)), _WIDE_MM),
        "same": stays,
        "now": stays,
    }
    return _draw("change", looks, texts)


def _draw(column: str, looks: Mapping[str, tuple[LineStyle, float]], texts: Texts) -> Renderer:
    """A category per code of `column`, as its colour, dash and width in mm."""
    rules = [
        Rule(texts(f"tables.values.{column}.{code}"), code, (draw_line(line, width_mm=width),))
        for code, (line, width) in looks.items()
    ]
    return Renderer("categorizedSymbol", tuple(rules), column=column)
