"""QGIS style documents (QML), built as XML: no text is ever pasted into markup.

Written against QGIS 3.22 (``QgsSymbolLayerUtils``, ``QgsVectorLayer::readStyle``); later versions read it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal
from xml.etree import ElementTree as ET

from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.content.column_order import is_id
from kansenkaart.exports.styles.expressions import draw_expressions
from kansenkaart.exports.styles.labels import Label, draw_labeling

# The version of QGIS whose files these are; later ones read them too.
VERSION = "3.22.0"
_ALL_BUT_FIELDS = "Symbology|Labeling|Forms|AttributeTable|Actions|MapTips|Rendering|Temporal"
_HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_CLASSES = {"categorizedSymbol": ("categories", "category"), "graduatedSymbol": ("ranges", "range")}
_KINDS = {"Point": "marker", "LineString": "line", "MultiLineString": "line", "MultiPolygon": "fill"}

# Texts of sentences, which a line of a form would cut off.
_LONG = ("reason", "given_why", "formula", "status_note", "decided_by_name", "partners")
# A spin box of QGIS takes what lies beyond its ends for its ends.
_ANY_NUMBER = {"AllowNull": "true", "Min": "-1e18", "Max": "1e18", "Step": "1", "Style": "SpinBox"}

# Values of Qgis::GeometryType, which QML stores as layerGeometryType.
_GEOMETRY_NUMBERS = {"Point": "0", "LineString": "1", "MultiLineString": "1", "MultiPolygon": "2"}


@dataclass(frozen=True)
class SymbolLayer:
    """One layer of a symbol: its QGIS class, its properties, and properties that follow an expression."""

    kind: str
    properties: Mapping[str, str]
    expressions: Mapping[str, str] = field(default_factory=dict)
    marker: SymbolLayer | None = None


@dataclass(frozen=True)
class Rule:
    """One entry of the legend: label, the condition (or bounds) for it, its symbol and the entries below it."""

    label: str
    condition: str = ""
    symbol: tuple[SymbolLayer, ...] = ()
    rules: tuple[Rule, ...] = ()
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True)
class Renderer:
    """How features are drawn: one symbol, one per value or class of a column (or expression), or by rules.

    With `order`, an expression, the smallest is drawn last, on top.
    """

    kind: Literal["singleSymbol", "categorizedSymbol", "graduatedSymbol", "RuleRenderer"]
    rules: tuple[Rule, ...]
    column: str = ""
    order: str = ""


@dataclass(frozen=True)
class Style:
    """Everything QGIS needs to show a layer: renderer, label, aliases, the meaning of codes, and perhaps a form.

    A layer with `smallest_scale` is drawn only from 1 : `smallest_scale`, zoomed in. `references` gives, in a project,
    per column the relation that leads to the row it names. `order` is that of the attribute table, ids in it are
    hidden; `decimals` says how far numbers are shown. `tip` is an expression: the sentence on the map. Names of other
    layers keep off what is `in_the_way`, whether or not it has names of its own. `period` gives two expressions: from
    when up to when a row holds, for the temporal controller. `actions` is what can be done with a row.
    """

    geometry_type: str | None
    aliases: Mapping[str, str]
    labels: Mapping[str, Mapping[str, str]]
    renderer: Renderer | None = None
    label: Label | None = None
    display: str = ""
    smallest_scale: int | None = None
    form: ET.Element | None = None
    references: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    decimals: Mapping[str, int] = field(default_factory=dict)
    tip: str = ""
    in_the_way: bool = False
    period: tuple[str, str] | None = None
    actions: ET.Element | None = None


def write_qml(style: Style) -> str:
    """Return `style` as a QML document."""
    categories = "Fields|Forms" if style.renderer is None else "Symbology|Labeling|Fields|Forms|MapTips"
    root = draw_style("qgis", style)
    root.attrib |= {"version": VERSION, "styleCategories": categories}
    ET.indent(root, " ")
    return write_document(root)


def write_document(root: ET.Element) -> str:
    """Return `root` as a document of QGIS."""
    return _HEAD + ET.tostring(root, encoding="unicode") + "\n"


def draw_style(tag: str, style: Style) -> ET.Element:
    """Return `style` as an element `tag`: the root of a QML document, or a layer of a project."""
    root = _draw_use(tag, style)
    root.append(_widgets(style))
    root.append(_aliases(style.aliases))
    return root


def draw_look(style: Style) -> ET.Element:
    """Return `style` as one of several of a layer, whose columns keep the names and widgets of the layer's own.

    They are most of a style, and QGIS leaves them where a look says nothing of them; a form, a table or actions that
    a look does not repeat would be gone.
    """
    root = _draw_use("qgis", style)
    root.attrib |= {"version": VERSION, "styleCategories": _ALL_BUT_FIELDS}
    return root


def _draw_labels(style: Style) -> ET.Element:
    lines = style.geometry_type == "LineString"
    return draw_labeling(style.label, lines=lines, in_the_way=style.in_the_way)


def _draw_use(tag: str, style: Style) -> ET.Element:
    """All of a style but what its columns are called and how they are filled in."""
    root = ET.Element(tag)
    if style.renderer is not None and style.geometry_type is not None:
        root.set("labelsEnabled", "1" if style.label is not None or style.in_the_way else "0")
        root.append(_renderer(style.renderer, _KINDS[style.geometry_type]))
    if style.smallest_scale is not None:
        # QGIS calls the widest view "minScale".
        limits = {"minScale": str(style.smallest_scale), "maxScale": "0"}
        root.attrib |= {"hasScaleBasedVisibilityFlag": "1", **limits}
    if style.label is not None or style.in_the_way:
        root.append(_draw_labels(style))
    if style.display:
        ET.SubElement(root, "previewExpression").text = clean(style.display)
        ET.SubElement(root, "mapTip").text = clean(_tip(style.tip or style.display))
    if style.order:
        root.append(_table(style.order))
    if style.form is not None:
        root.extend(style.form)
    if style.period is not None:
        root.append(_temporal(*style.period))
    if style.actions is not None:
        root.append(style.actions)
    if style.geometry_type is not None:
        ET.SubElement(root, "layerGeometryType").text = _GEOMETRY_NUMBERS[style.geometry_type]
    return root


def _temporal(begin: str, end: str) -> ET.Element:
    """A row holds from `begin` until just before `end` (``QgsVectorLayerTemporalProperties``)."""
    root = ET.Element("temporal", enabled="1", mode="4", limitMode="0", accumulate="0", fixedDuration="0")
    root.attrib |= {"startExpression": begin, "endExpression": end}
    return root


def _tip(display: str) -> str:
    """Map tip of expression `display`: QGIS reads tips as HTML, so a name may not bring its own."""
    return f"[% replace(replace({display}, '&', '&amp;'), '<', '&lt;') %]"


def quote_value(text: str) -> str:
    """Return `text` as a string literal of a QGIS expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@cache
def clean(text: str) -> str:
    """Return `text` without what XML forbids; a style repeats its long drawings, which are looked through once."""
    return clean_text(text, xml=True)


def add_options(parent: ET.Element, values: Mapping[str, str]) -> None:
    """Add `values` to `parent` the way QGIS stores a map of texts."""
    holder = ET.SubElement(parent, "Option", type="Map")
    for name, value in values.items():
        ET.SubElement(holder, "Option", name=name, type="QString", value=clean(value))


def _renderer(renderer: Renderer, kind: str) -> ET.Element:
    root = ET.Element("renderer-v2", type=renderer.kind, forceraster="0", symbollevels="0", enableorderby="0")
    symbols: list[tuple[SymbolLayer, ...]] = []
    if renderer.kind == "RuleRenderer":
        tree = ET.SubElement(root, "rules", key="root")
        _rules(tree, renderer.rules, symbols, "rule")
    elif renderer.kind in _CLASSES:
        root.set("attr", renderer.column)
        _classes(root, renderer, symbols)
    else:
        symbols.append(renderer.rules[0].symbol)
    holder = ET.SubElement(root, "symbols")
    for number, symbol in enumerate(symbols):
        holder.append(_symbol(symbol, kind, str(number)))
    if renderer.order:
        root.set("enableorderby", "1")
        ordered = ET.SubElement(root, "orderby")
        ET.SubElement(ordered, "orderByClause", asc="0", nullsFirst="0").text = renderer.order
    return root


def _classes(root: ET.Element, renderer: Renderer, symbols: list[tuple[SymbolLayer, ...]]) -> None:
    """Add one class per rule: a value, or everything between two bounds."""
    holder, one = _CLASSES[renderer.kind]
    if renderer.kind == "graduatedSymbol":
        root.set("graduatedMethod", "GraduatedColor")
    tree = ET.SubElement(root, holder)
    for rule in renderer.rules:
        named = {"render": "true", "label": clean(rule.label), "symbol": str(len(symbols))}
        if rule.bounds is None:
            named["value"] = clean(rule.condition)
        else:
            named["lower"], named["upper"] = (f"{bound:.15f}" for bound in rule.bounds)
        ET.SubElement(tree, one, named)
        symbols.append(rule.symbol)


def _rules(
    parent: ET.Element, rules: Sequence[Rule], symbols: list[tuple[SymbolLayer, ...]], key: str
) -> None:
    """Add the rules with readable keys of their own: QGIS would make random ones."""
    for number, rule in enumerate(rules):
        own = f"{key}_{number}"
        element = ET.SubElement(parent, "rule", key=own, label=clean(rule.label))
        if rule.condition:
            element.set("filter", clean(rule.condition))
        if rule.symbol:
            element.set("symbol", str(len(symbols)))
            symbols.append(rule.symbol)
        _rules(element, rule.rules, symbols, own)


def _symbol(layers: Sequence[SymbolLayer], kind: str, name: str) -> ET.Element:
    root = ET.Element("symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    for number, layer in enumerate(layers):
        element = ET.SubElement(root, "layer", {"class": layer.kind}, enabled="1", locked="0")
        element.set("pass", "0")
        add_options(element, layer.properties)
        if layer.expressions:
            element.append(draw_expressions("data_defined_properties", layer.expressions))
        if layer.marker is not None:
            element.append(_symbol((layer.marker,), "marker", f"@{name}@{number}"))
    return root


def _table(order: Sequence[str]) -> ET.Element:
    """The attribute table: what a person reads first, ids out of sight."""
    root = ET.Element("attributetableconfig", actionWidgetStyle="dropDown", sortExpression="", sortOrder="0")
    holder = ET.SubElement(root, "columns")
    for column in order:
        width = "320" if column in _LONG else "180" if column.endswith("name") else "-1"
        hidden = "1" if is_id(column) else "0"
        ET.SubElement(holder, "column", type="field", name=clean(column), hidden=hidden, width=width)
    return root


def _widget(root: ET.Element, column: str, kind: str, settings: Mapping[str, str]) -> None:
    one = ET.SubElement(root, "field", name=clean(column), configurationFlags="None")
    widget = ET.SubElement(one, "editWidget", type=kind)
    add_options(ET.SubElement(widget, "config"), settings)


def _widgets(style: Style) -> ET.Element:
    root = ET.Element("fieldConfiguration")
    for column in style.aliases:
        if column in _LONG:
            _widget(root, column, "TextEdit", {"IsMultiline": "true", "UseHtml": "false"})
    for column, decimals in style.decimals.items():
        _widget(root, column, "Range", {**_ANY_NUMBER, "Precision": str(decimals)})
    for column, relation in style.references.items():
        one = ET.SubElement(root, "field", name=clean(column), configurationFlags="None")
        widget = ET.SubElement(one, "editWidget", type="RelationReference")
        # without AllowNULL it would show the first row where nothing is named
        settings = {
            "Relation": relation,
            "ReadOnly": "true",
            "AllowNULL": "true",
            "ShowOpenFormButton": "true",
        }
        add_options(ET.SubElement(widget, "config"), settings)
    for column, codes in style.labels.items():
        one = ET.SubElement(root, "field", name=clean(column), configurationFlags="None")
        widget = ET.SubElement(one, "editWidget", type="ValueMap")
        config = ET.SubElement(widget, "config")
        holder = ET.SubElement(config, "Option", type="Map")
        choices = ET.SubElement(holder, "Option", name="map", type="List")
        for code, label in codes.items():
            choice = ET.SubElement(choices, "Option", type="Map")
            ET.SubElement(choice, "Option", name=clean(label), type="QString", value=clean(code))
    return root


def _aliases(aliases: Mapping[str, str]) -> ET.Element:
    root = ET.Element("aliases")
    for number, (column, alias) in enumerate(aliases.items()):
        ET.SubElement(root, "alias", field=clean(column), index=str(number), name=clean(alias))
    return root
