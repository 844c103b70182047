"""How ``decisions.gpkg`` looks in QGIS: what was decided in colour, words for every column, a list of decisions."""

from __future__ import annotations

from collections.abc import Mapping

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue import load_catalogue, load_style
from kansenkaart.catalogue.models import LineStyle
from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.styles.labels import Label
from kansenkaart.exports.styles.qml import Renderer, Rule, Style
from kansenkaart.exports.styles.symbols import draw_line, draw_marker
from kansenkaart.tables.decisions import (
    ADDED_LAYER,
    COALITIONS_LAYER,
    COMMENTS_LAYER,
    DECISIONS_LAYER,
    GROUP_OUTCOMES,
    OUTCOMES,
)
from kansenkaart.tables.flows import ROLES
from kansenkaart.texts import Texts

_NAMES_FROM_SCALE = 100_000
_LINE_MM = 1.0
_MARKER_MM = 4.0
_DISPLAY = {
    DECISIONS_LAYER: '"supply_name" || \' → \' || "demand_name"',
    COMMENTS_LAYER: '"comment"',
    ADDED_LAYER: '"name"',
    COALITIONS_LAYER: 'coalesce("name", "coalition")',
}


def draw_looks(layers: list[Layer], texts: Texts) -> dict[str, Style]:
    """Return the style of every layer of ``decisions.gpkg`` by name."""
    shared = load_style()
    renderers = {
        DECISIONS_LAYER: _draw_decisions(OUTCOMES, shared, texts),
        COALITIONS_LAYER: _draw_decisions(GROUP_OUTCOMES, shared, texts),
        COMMENTS_LAYER: _draw_place("triangle", COMMENTS_LAYER, shared, texts),
        ADDED_LAYER: _draw_place("star", ADDED_LAYER, shared, texts),
    }
    named = texts.section("columns.workshop")
    looks = {}
    for layer in layers:
        columns = [str(name) for name in layer.frame.columns if name != "geometry"]
        codes = {name: found for name, found in _codes(texts).items() if name in columns}
        looks[layer.name] = Style(
            layer.geometry_type,
            {name: named.get(name, name) for name in columns},
            codes,
            renderers.get(layer.name),
            _label(shared) if layer.name == ADDED_LAYER else None,
            _DISPLAY.get(layer.name, '"table"'),
        )
    return looks


def _codes(texts: Texts) -> Mapping[str, Mapping[str, str]]:
    """Codes of columns and what a reader sees; in QGIS they become a list to choose from."""
    return {
        "stream": {name: texts.find(f"streams.{name}", name) for name in load_catalogue().streams},
        "decision": {name: texts(f"tables.values.decision.{name}") for name in OUTCOMES},
        "role": {name: texts(f"tables.values.role.{name}") for name in ROLES},
    }


def _draw_decisions(outcomes: tuple[str, ...], style: SharedStyle, texts: Texts) -> Renderer:
    """Full where tables agree, dashed where they do not; grey where nothing is decided."""
    looks = {
        "confirmed": LineStyle(colour=style.accent),
        "rejected": style.links["stopped"],
        "conflict": LineStyle(colour=style.ink, dash=(6, 4)),
        "open": style.links["running"],
    }
    rules = [
        Rule(texts(f"tables.values.decision.{name}"), name, (draw_line(looks[name], width_mm=_LINE_MM),))
        for name in outcomes
    ]
    return Renderer("categorizedSymbol", tuple(rules), "decision")


def _draw_place(shape: str, layer: str, style: SharedStyle, texts: Texts) -> Renderer:
    marker = draw_marker(shape, style.accent, style.paper, size_mm=_MARKER_MM)
    return Renderer("singleSymbol", (Rule(texts(f"tables.workshop_{layer}.title"), "", (marker,)),))


def _label(style: SharedStyle) -> Label:
    return Label('"name"', style.ink, style.paper, _NAMES_FROM_SCALE, beside=True, bold=True, priority=7)
