"""QGIS style documents (QML), built as XML: no text is ever pasted into markup.

Written against QGIS 3.22 (``QgsSymbolLayerUtils``, ``QgsVectorLayer::readStyle``); later versions read it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from xml.etree import ElementTree as ET

from kansenkaart.exports.clean import clean_text

_VERSION = "3.22.0"
_KINDS = {"Point": "marker", "LineString": "line", "MultiPolygon": "fill"}

# Values of Qgis::GeometryType, which QML stores as layerGeometryType.
_GEOMETRY_NUMBERS = {"Point": "0", "LineString": "1", "MultiPolygon": "2"}


@dataclass(frozen=True)
class SymbolLayer:
    """One layer of a symbol: its QGIS class, its properties, and properties that follow an expression."""

    kind: str
    properties: Mapping[str, str]
    expressions: Mapping[str, str] = field(default_factory=dict)
    marker: SymbolLayer | None = None


@dataclass(frozen=True)
class Rule:
    """One entry of the legend: label, the condition for it, its symbol and the entries below it."""

    label: str
    condition: str = ""
    symbol: tuple[SymbolLayer, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Renderer:
    """How features are drawn: one symbol, one per value of a column, or by rules."""

    kind: Literal["singleSymbol", "categorizedSymbol", "RuleRenderer"]
    rules: tuple[Rule, ...]
    column: str = ""


@dataclass(frozen=True)
class Label:
    """A text on each feature, from a scale of 1 : `smallest_scale`."""

    column: str
    colour: str
    halo: str
    smallest_scale: int


@dataclass(frozen=True)
class Style:
    """Everything QGIS needs to show a layer: renderer, label, aliases and the meaning of codes."""

    geometry_type: str | None
    aliases: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    renderer: Renderer | None = None
    label: Label | None = None
    display: str = ""


def write_qml(style: Style) -> str:
    """Return `style` as a QML document."""
    categories = "Fields|Forms" if style.renderer is None else "Symbology|Labeling|Fields|Forms|MapTips"
    root = ET.Element("qgis", version=_VERSION, styleCategories=categories)
    if style.renderer is not None and style.geometry_type is not None:
        root.set("labelsEnabled", "0" if style.label is None else "1")
        root.append(_renderer(style.renderer, _KINDS[style.geometry_type]))
    if style.label is not None:
        root.append(_labeling(style.label))
    root.append(_widgets(style))
    root.append(_aliases(style.aliases))
    if style.display:
        ET.SubElement(root, "previewExpression").text = _clean(style.display)
    if style.geometry_type is not None:
        ET.SubElement(root, "layerGeometryType").text = _GEOMETRY_NUMBERS[style.geometry_type]
    ET.indent(root, " ")
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        + ET.tostring(root, encoding="unicode")
        + "\n"
    )


def quote_value(text: str) -> str:
    """Return `text` as a string literal of a QGIS expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _clean(text: str) -> str:
    return clean_text(text, xml=True)


def _options(parent: ET.Element, values: Mapping[str, str]) -> None:
    holder = ET.SubElement(parent, "Option", type="Map")
    for name, value in values.items():
        ET.SubElement(holder, "Option", name=name, type="QString", value=_clean(value))


def _renderer(renderer: Renderer, kind: str) -> ET.Element:
    root = ET.Element("renderer-v2", type=renderer.kind, forceraster="0", symbollevels="0", enableorderby="0")
    symbols: list[tuple[SymbolLayer, ...]] = []
    if renderer.kind == "RuleRenderer":
        tree = ET.SubElement(root, "rules", key="root")
        _rules(tree, renderer.rules, symbols, "rule")
    elif renderer.kind == "categorizedSymbol":
        root.set("attr", renderer.column)
        tree = ET.SubElement(root, "categories")
        for rule in renderer.rules:
            values = {
                "value": _clean(rule.condition),
                "label": _clean(rule.label),
                "symbol": str(len(symbols)),
            }
            ET.SubElement(tree, "category", {"render": "true", **values})
            symbols.append(rule.symbol)
    else:
        symbols.append(renderer.rules[0].symbol)
    holder = ET.SubElement(root, "symbols")
    for number, symbol in enumerate(symbols):
        holder.append(_symbol(symbol, kind, str(number)))
    return root


def _rules(
    parent: ET.Element, rules: Sequence[Rule], symbols: list[tuple[SymbolLayer, ...]], key: str
) -> None:
    """Add the rules with readable keys of their own: QGIS would make random ones."""
    for number, rule in enumerate(rules):
        own = f"{key}_{number}"
        element = ET.SubElement(parent, "rule", key=own, label=_clean(rule.label))
        if rule.condition:
            element.set("filter", _clean(rule.condition))
        if rule.symbol:
            element.set("symbol", str(len(symbols)))
            symbols.append(rule.symbol)
        _rules(element, rule.rules, symbols, own)


def _symbol(layers: Sequence[SymbolLayer], kind: str, name: str) -> ET.Element:
    root = ET.Element("symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    for number, layer in enumerate(layers):
        element = ET.SubElement(root, "layer", {"class": layer.kind}, enabled="1", locked="0")
        element.set("pass", "0")
        _options(element, layer.properties)
        if layer.expressions:
            element.append(_expressions(layer.expressions))
        if layer.marker is not None:
            element.append(_symbol((layer.marker,), "marker", f"@{name}@{number}"))
    return root


def _expressions(expressions: Mapping[str, str]) -> ET.Element:
    root = ET.Element("data_defined_properties")
    holder = ET.SubElement(root, "Option", type="Map")
    ET.SubElement(holder, "Option", name="name", type="QString", value="")
    properties = ET.SubElement(holder, "Option", name="properties", type="Map")
    for name, expression in expressions.items():
        one = ET.SubElement(properties, "Option", name=name, type="Map")
        ET.SubElement(one, "Option", name="active", type="bool", value="true")
        ET.SubElement(one, "Option", name="expression", type="QString", value=_clean(expression))
        ET.SubElement(one, "Option", name="type", type="int", value="3")
    ET.SubElement(holder, "Option", name="type", type="QString", value="collection")
    return root


def _labeling(label: Label) -> ET.Element:
    root = ET.Element("labeling", type="simple")
    settings = ET.SubElement(root, "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=_clean(label.column),
        isExpression="0",
        fontSize="8",
        fontSizeUnit="Point",
        textColor=label.colour,
        textOpacity="1",
    )
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.7",
        bufferSizeUnits="MM",
        bufferColor=label.halo,
        bufferOpacity="0.8",
    )
    # placement 1 = over the point inside a polygon, see QgsPalLayerSettings::Placement.
    ET.SubElement(settings, "placement", placement="1", priority="3", polygonPlacementFlags="2")
    # QGIS calls the widest view "scaleMax": the largest denominator at which the text is drawn.
    limits = {"scaleVisibility": "1", "scaleMin": "0", "scaleMax": str(label.smallest_scale)}
    ET.SubElement(settings, "rendering", {"drawLabels": "1", "obstacle": "0", **limits})
    return root


def _widgets(style: Style) -> ET.Element:
    root = ET.Element("fieldConfiguration")
    for column, codes in style.labels.items():
        one = ET.SubElement(root, "field", name=_clean(column), configurationFlags="None")
        widget = ET.SubElement(one, "editWidget", type="ValueMap")
        config = ET.SubElement(widget, "config")
        holder = ET.SubElement(config, "Option", type="Map")
        choices = ET.SubElement(holder, "Option", name="map", type="List")
        for code, label in codes.items():
            choice = ET.SubElement(choices, "Option", type="Map")
            ET.SubElement(choice, "Option", name=_clean(label), type="QString", value=_clean(code))
    return root


def _aliases(aliases: Mapping[str, str]) -> ET.Element:
    root = ET.Element("aliases")
    for number, (column, alias) in enumerate(aliases.items()):
        ET.SubElement(root, "alias", field=_clean(column), index=str(number), name=_clean(alias))
    return root
