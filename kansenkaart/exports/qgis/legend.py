"""The legend of a layout: what its map shows, as large as there is room for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from kansenkaart.exports.qgis.layers import ATLAS, ProjectLayer
from kansenkaart.exports.qgis.paper import Place
from kansenkaart.exports.qgis.sheet import Sheet, add_font, draw_item
from kansenkaart.exports.qgis.themes import MapTheme, draw_tree_layer
from kansenkaart.exports.styles.qml import Rule, add_options, clean

# QgsLayoutItemRegistry::ItemType
_LEGEND_ITEM = "65642"
# What an entry and a heading take at most, mm on A3.
_ROW_MM = 5.2
_HEADING_MM = 9.0


def draw_legend(
    theme: MapTheme, sheet: Sheet, place: Place, *, factor: float, columns: int = 1
) -> ET.Element:
    """Only what the map shows (``legendFilterByMap``), under headings a reader knows; letters `factor` of A3."""
    look = {
        "title": "",
        "map_uuid": "{map}",
        "legendFilterByMap": "1",
        "resizeToContents": "1",
        "columnCount": str(columns),
        "splitLayer": str(int(columns > 1)),
        "equalColumnWidth": "0",
        "symbolWidth": f"{8 * factor:.2f}",
        "symbolHeight": f"{3.5 * factor:.2f}",
        "columnSpace": "3",
        "boxSpace": "1",
        "lineSpacing": "1",
        "fontColor": sheet.style.ink,
        "rasterBorder": "0",
    }
    item = draw_item(_LEGEND_ITEM, "legend", place, **look)
    item.append(_legend_fonts(factor))
    item.append(_legend_tree(theme, sheet))
    return item


def count_height(theme: MapTheme, sheet: Sheet) -> float:
    """Height on A3, mm, if every class of every layer were on the map."""
    styles = [layer.looks.get(theme.stream, ("", layer.style))[1] for layer in theme.layers(sheet.groups)]
    rows = sum(_count_rows(style.renderer.rules) for style in styles if style.renderer is not None)
    return rows * _ROW_MM + len(styles) * _HEADING_MM


def _count_rows(rules: Sequence[Rule]) -> int:
    return sum(1 + _count_rows(rule.rules) for rule in rules)


def _legend_fonts(factor: float) -> ET.Element:
    root = ET.Element("styles")
    looks: Mapping[str, tuple[float, bool, dict[str, float]]] = {
        "title": (11.0, True, {"marginBottom": 2.0}),
        "group": (9.0, True, {"marginTop": 3.5}),
        "subgroup": (9.0, True, {"marginTop": 3.5}),
        "symbol": (8.0, False, {"marginTop": 1.6}),
        "symbolLabel": (8.0, False, {"marginTop": 1.6, "marginLeft": 2.0}),
    }
    for name, (points, bold, margins) in looks.items():
        spaces = {margin: f"{mm * factor:.2f}" for margin, mm in margins.items()}
        style = ET.SubElement(root, "style", {"name": name, "alignment": "1", "indent": "0", **spaces})
        add_font(style, "styleFont", points * factor, bold=bold)
    return root


# Of these the name of the look says what is shown.
_NAMED_BY_LOOK = ("cluster_areas", "municipalities")


def _legend_tree(theme: MapTheme, sheet: Sheet) -> ET.Element:
    """Layers of the theme by table: what it is about first, places under one heading, the land last."""
    root = ET.Element("layer-tree-group")
    layers = theme.layers(sheet.groups)
    for table in (
        "hubs", "coalitions", "site_clusters", "cluster_areas", "matches", "gaps", "links", "sites", "site_areas",
        "overlays", "municipalities",
    ):  # fmt: skip
        for layer in (one for one in layers if one.table == table):
            named = (
                layer.looks.get(theme.stream) if table in _NAMED_BY_LOOK and theme.stream != ATLAS else None
            )
            whole = sheet.content.texts(f"tables.{table}.title") if layer.query else layer.name
            root.append(_legend_layer(layer, sheet, named[0] if named else whole))
    return root


def _legend_layer(layer: ProjectLayer, sheet: Sheet, title: str) -> ET.Element:
    node = draw_tree_layer(layer, sheet.file, shown=True)
    properties = ET.SubElement(node, "customproperties")
    # a zero-width joiner keeps QGIS from reading an expression in a name, and shows nothing
    named = clean(title).replace("[%", "[\u2060%")
    add_options(properties, {"cached_name": named, "legend/title-label": named})
    return node
