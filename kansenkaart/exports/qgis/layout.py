"""Print layouts, one per theme: A3 with title, map, legend, scale, north arrow, sources and version.

The sheet lies or stands, whichever draws the region larger.

QGIS evaluates ``[% %]`` in the texts of a layout: texts from outside go through ``literal``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from xml.etree import ElementTree as ET

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.exports.qgis.layers import Content, Group, ProjectLayer
from kansenkaart.exports.qgis.themes import MapTheme, draw_tree_layer
from kansenkaart.exports.styles.qml import add_options, clean
from kansenkaart.exports.styles.symbols import to_rgba

Extent = tuple[float, float, float, float]

Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Page:
    """A sheet and its items in mm, each as x, y, width, height; `name` is that of the way it is held."""

    name: str
    width: float
    height: float
    column: float

    @property
    def map(self) -> Place:
        """The map: all that the column of the legend and the texts under it leave."""
        return 10.0, 29.0, self.width - self.column - 27.0, self.height - 53.0

    def beside(self, y: float, width: float, height: float, *, x: float = 0.0) -> Place:
        """A place in the column of the legend, `y` from the top or, where negative, from the bottom."""
        return self.width - self.column - 12.0 + x, y if y > 0 else self.height + y, width, height

    def across(self, y: float, height: float) -> Place:
        """A place over the whole width."""
        return 10.0, y, self.width - 20.0, height


_LYING = Page("landscape", 420.0, 297.0, 105.0)
_STANDING = Page("portrait", 297.0, 420.0, 84.0)

# QgsLayoutItemRegistry::ItemType
_MAP_ITEM, _PICTURE_ITEM, _LABEL_ITEM, _LEGEND_ITEM, _SCALE_BAR_ITEM = (
    "65639",
    "65640",
    "65641",
    "65642",
    "65646",
)
_PAGE_ITEM = "65638"
_FAMILY = "Arial"
_NORTH = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 36"><path d="M14 1 L23 25 L14 20 Z" fill="{ink}"/>
<path d="M14 1 L5 25 L14 20 Z" fill="{paper}" stroke="{ink}" stroke-width="1"/>
<path d="M9.5 35 V27.5 L18.5 35 V27.5" fill="none" stroke="{ink}" stroke-width="2"/></svg>"""


@dataclass(frozen=True)
class Sheet:
    """What every layout of the project shares."""

    content: Content
    groups: Sequence[Group]
    file: str
    extent: Extent
    sources: str

    @property
    def page(self) -> Page:
        """The page on which the region is drawn largest, lying where that is the same."""
        x_min, y_min, x_max, y_max = self.extent
        wide, high = max(x_max - x_min, 1.0), max(y_max - y_min, 1.0)
        return max(_LYING, _STANDING, key=lambda page: min(page.map[2] / wide, page.map[3] / high))

    @property
    def style(self) -> SharedStyle:
        """The one style definition."""
        return self.content.shared


def literal(text: str) -> str:
    """Return `text` such that a layout shows it as it is, also where it holds ``[% %]``."""
    return clean(text).replace("[%", "[% char(91) %]%")


def fit_extent(extent: Extent, page: Page = _LYING) -> Extent:
    """Return the smallest extent of the shape of the map on `page` around `extent`, with some air."""
    x_min, y_min, x_max, y_max = extent
    shape = page.map[2] / page.map[3]
    height = 1.04 * max(y_max - y_min, (x_max - x_min) / shape, 1_000.0)
    width = height * shape
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def draw_layout(theme: MapTheme, sheet: Sheet) -> ET.Element:
    """Return ``Layout`` of `theme`."""
    texts = sheet.content.texts
    page = sheet.page
    name = texts("tables.project.layout", theme=theme.name, held=texts(f"tables.project.{page.name}"))
    root = ET.Element("Layout", name=clean(name), units="mm", printResolution="300", worldFileMap="")
    ET.SubElement(root, "PageCollection").append(_page(page, sheet.style))
    project = sheet.content.loaded.project
    question = f" – {project.question}" if project.question else ""
    root.append(_text("title", project.title, page.across(8.0, 11.0), size=22, bold=True, sheet=sheet))
    root.append(_text("subtitle", theme.name + question, page.across(19.5, 7.0), size=12, sheet=sheet))
    root.append(_map(theme, sheet))
    root.append(_legend(theme, sheet))
    root.append(_north(sheet))
    root.append(_scale_bar(sheet))
    scale = page.beside(-29.0, 88.0, 5.0, x=2.0)
    root.append(_expression("scale", texts("tables.project.scale"), scale, sheet=sheet))
    sources = (10.0, page.height - 21.0, page.map[2], 15.0)
    root.append(_text("sources", sheet.sources, sources, size=7, sheet=sheet))
    made = literal(_made(sheet))
    printed = f"{made}\n{texts('tables.project.printed')}"
    root.append(_expression("made", printed, page.beside(-21.0, page.column, 15.0, x=2.0), sheet=sheet))
    return root


def _made(sheet: Sheet) -> str:
    project = sheet.content.loaded.project
    return sheet.content.texts(
        "tables.project.made", year=project.reference_year, version=version("kansenkaart")
    )


def _item(kind: str, name: str, place: tuple[float, ...], **attributes: str) -> ET.Element:
    """An item of a layout; its uuid is its name, so that the same run gives the same bytes."""
    x, y, width, height = place
    at = f"{x:g},{y:g},mm"
    shared = {"position": at, "positionOnPage": at, "size": f"{width:g},{height:g},mm", "visibility": "1"}
    named = {"type": kind, "id": name, "uuid": f"{{{name}}}", "templateUuid": f"{{{name}}}", "opacity": "1"}
    shape = {"frame": "false", "background": "false", "referencePoint": "0", "outlineWidthM": "0.2,mm"}
    return ET.Element("LayoutItem", {**named, **shared, **shape, **attributes})


def _page(page: Page, style: SharedStyle) -> ET.Element:
    item = _item(_PAGE_ITEM, "page", (0.0, 0.0, page.width, page.height), background="true")
    symbol = ET.SubElement(item, "symbol", type="fill", name="", alpha="1")
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "pass": "0"}, enabled="1", locked="0")
    add_options(layer, {"color": to_rgba(style.paper), "style": "solid", "outline_style": "no"})
    return item


def _colour(parent: ET.Element, tag: str, colour: str) -> None:
    red, green, blue, alpha = to_rgba(colour).split(",")
    ET.SubElement(parent, tag, red=red, green=green, blue=blue, alpha=alpha)


def _font(parent: ET.Element, tag: str, size: float, *, bold: bool = False) -> None:
    """QFont::toString; QGIS 3.22 keeps fonts of labels and legends so, later versions read it too."""
    weight = "75" if bold else "50"
    description = f"{_FAMILY},{size:g},-1,5,{weight},0,0,0,0,0"
    ET.SubElement(parent, tag, description=description, style="Bold" if bold else "")


def _text(
    name: str, text: str, place: tuple[float, ...], *, size: float, bold: bool = False, sheet: Sheet
) -> ET.Element:
    """A text that is shown as it is."""
    return _label(name, literal(text), place, size=size, bold=bold, colour=sheet.style.ink)


def _expression(name: str, text: str, place: tuple[float, ...], *, sheet: Sheet) -> ET.Element:
    """A text of our own in which QGIS fills in what stands between ``[%`` and ``%]``."""
    return _label(name, text, place, size=8, bold=False, colour=sheet.style.ink)


def _label(
    name: str, text: str, place: tuple[float, ...], *, size: float, bold: bool, colour: str
) -> ET.Element:
    aligned = {"halign": "1", "valign": "32", "marginX": "0", "marginY": "0"}
    item = _item(_LABEL_ITEM, name, place, labelText=text, htmlState="0", **aligned)
    _font(item, "LabelFont", size, bold=bold)
    _colour(item, "FontColor", colour)
    return item


def _map(theme: MapTheme, sheet: Sheet) -> ET.Element:
    follow = {"followPreset": "true", "followPresetName": clean(theme.name), "keepLayerSet": "false"}
    item = _item(_MAP_ITEM, "map", sheet.page.map, background="true", drawCanvasItems="false", **follow)
    item.set("frame", "true")
    _colour(item, "FrameColor", sheet.style.border)
    _colour(item, "BackgroundColor", sheet.style.water)
    names = ("xmin", "ymin", "xmax", "ymax")
    bounds = zip(names, fit_extent(sheet.extent, sheet.page), strict=True)
    ET.SubElement(item, "Extent", {name: f"{value:.3f}" for name, value in bounds})
    return item


def _north(sheet: Sheet) -> ET.Element:
    drawn = _NORTH.format(ink=sheet.style.ink, paper=sheet.style.paper).encode("utf-8")
    file = "base64:" + base64.b64encode(drawn).decode("ascii")
    look = {"resizeMode": "0", "anchorPoint": "4", "mode": "2", "pictureRotation": "0", "northMode": "0"}
    page = sheet.page
    place = page.beside(-45.0, 14.0, 18.0, x=page.column - 14.0)
    return _item(_PICTURE_ITEM, "north", place, file=file, mapUuid="{map}", **look)


def _scale_bar(sheet: Sheet) -> ET.Element:
    page = sheet.page
    x_min, _, x_max, _ = fit_extent(sheet.extent, page)
    km_per_mm = (x_max - x_min) / 1000 / page.map[2]
    step = next(
        one for one in (100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.1, 0.0) if one <= 28 * km_per_mm
    )
    item = _item(
        _SCALE_BAR_ITEM,
        "scalebar",
        page.beside(-42.0, 80.0, 10.0, x=1.0),
        style="Single Box",
        unitType="km",
        unitLabel="km",
        numMapUnitsPerScaleBarUnit="1",
        numUnitsPerSegment=f"{step or 0.05:g}",
        numSegments="2",
        numSegmentsLeft="0",
        segmentSizeMode="0",
        height="2",
        labelBarSpace="1.5",
        boxContentSpace="1",
        mapUuid="{map}",
        outlineWidth="0.2",
        labelHorizontalPlacement="0",
        labelVerticalPlacement="0",
    )
    ink = to_rgba(sheet.style.ink)
    ET.SubElement(item, "text-style", fontSize="8", fontSizeUnit="Point", fontFamily=_FAMILY, textColor=ink)
    _colour(item, "fillColor", sheet.style.ink)
    _colour(item, "fillColor2", sheet.style.paper)
    _colour(item, "strokeColor", sheet.style.ink)
    return item


def _legend(theme: MapTheme, sheet: Sheet) -> ET.Element:
    """Only what the map shows (``legendFilterByMap``), under headings a reader knows."""
    look = {
        "title": "",
        "map_uuid": "{map}",
        "legendFilterByMap": "1",
        "resizeToContents": "1",
        "columnCount": "1",
        "splitLayer": "0",
        "equalColumnWidth": "0",
        "symbolWidth": "8",
        "symbolHeight": "3.5",
        "columnSpace": "3",
        "boxSpace": "1",
        "lineSpacing": "1",
        "fontColor": sheet.style.ink,
        "rasterBorder": "0",
    }
    item = _item(_LEGEND_ITEM, "legend", sheet.page.beside(28.0, sheet.page.column, 200.0), **look)
    item.append(_legend_fonts(8))
    item.append(_legend_tree(theme, sheet))
    return item


def _legend_fonts(size: float) -> ET.Element:
    root = ET.Element("styles")
    looks: Mapping[str, tuple[float, bool, dict[str, str]]] = {
        "title": (size + 3, True, {"marginBottom": "2"}),
        "group": (size + 1, True, {"marginTop": "3.5"}),
        "subgroup": (size + 1, True, {"marginTop": "3.5"}),
        "symbol": (size, False, {"marginTop": "1.6"}),
        "symbolLabel": (size, False, {"marginTop": "1.6", "marginLeft": "2"}),
    }
    for name, (points, bold, margins) in looks.items():
        style = ET.SubElement(root, "style", {"name": name, "alignment": "1", "indent": "0", **margins})
        _font(style, "styleFont", points, bold=bold)
    return root


# Of these the name of the look says what is shown.
_NAMED_BY_LOOK = ("cluster_areas", "municipalities")


def _legend_tree(theme: MapTheme, sheet: Sheet) -> ET.Element:
    """Layers of the theme by table: what it is about first, places under one heading, the land last."""
    root = ET.Element("layer-tree-group")
    layers = theme.layers(sheet.groups)
    for table in (
        "hubs", "coalitions", "site_clusters", "cluster_areas", "matches", "gaps", "links", "sites", "municipalities"
    ):  # fmt: skip
        for layer in (one for one in layers if one.table == table):
            named = layer.looks.get(theme.stream) if table in _NAMED_BY_LOOK else None
            root.append(_legend_layer(layer, sheet, named[0] if named else layer.name))
    return root


def _legend_layer(layer: ProjectLayer, sheet: Sheet, title: str) -> ET.Element:
    node = draw_tree_layer(layer, sheet.file, shown=True)
    properties = ET.SubElement(node, "customproperties")
    # a zero-width joiner keeps QGIS from reading an expression in a name, and shows nothing
    named = clean(title).replace("[%", "[\u2060%")
    add_options(properties, {"cached_name": named, "legend/title-label": named})
    return node
