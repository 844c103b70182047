"""Print layouts per theme, on A4, A3 and A0: title, map, legend, scale, north arrow, sources and version.

The sheet lies or stands, whichever draws the region larger. What is on it is as large as the paper asks; symbols on the
map keep their size, so that a larger sheet has room for more.

QGIS evaluates ``[% %]`` in the texts of a layout: texts from outside go through ``literal``.
"""

from __future__ import annotations

import base64
import math
from importlib.metadata import version
from xml.etree import ElementTree as ET

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.exports.qgis.legend import draw_legend
from kansenkaart.exports.qgis.paper import Page, fit_extent
from kansenkaart.exports.qgis.sheet import Sheet, add_font, draw_item, literal
from kansenkaart.exports.qgis.themes import MapTheme
from kansenkaart.exports.styles.labels import FAMILY
from kansenkaart.exports.styles.qml import add_options, clean
from kansenkaart.exports.styles.symbols import to_rgba

# QgsLayoutItemRegistry::ItemType
_MAP_ITEM, _PICTURE_ITEM, _LABEL_ITEM, _SCALE_BAR_ITEM = (
    "65639",
    "65640",
    "65641",
    "65646",
)
_PAGE_ITEM = "65638"
# Of a letter and a line, per point; a wide family, so that every other fits too.
_LETTER_MM = 0.235
_LINE_MM = 0.43
_SMALLEST_POINTS = 4.0
# Halves of a scale bar that a reader can take in.
_STEPS_KM = (100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05)
_NORTH = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 36"><path d="M14 1 L23 25 L14 20 Z" fill="{ink}"/>
<path d="M14 1 L5 25 L14 20 Z" fill="{paper}" stroke="{ink}" stroke-width="1"/>
<path d="M9.5 35 V27.5 L18.5 35 V27.5" fill="none" stroke="{ink}" stroke-width="2"/></svg>"""


def draw_layout(theme: MapTheme, sheet: Sheet) -> ET.Element:
    """Return ``Layout`` of `theme`."""
    texts, page = sheet.content.texts, sheet.page
    held = texts(f"tables.project.{page.held}")
    name = texts("tables.project.layout", theme=theme.name, paper=page.paper.name, held=held)
    root = ET.Element("Layout", name=clean(name), units="mm", printResolution="300", worldFileMap="")
    ET.SubElement(root, "PageCollection").append(_page(page, sheet.style))
    project = sheet.content.loaded.project
    question = f" – {project.question}" if project.question else ""
    root.append(_text("title", project.title, page.across(8.0, 11.0), size=22, bold=True, sheet=sheet))
    root.append(_text("subtitle", theme.name + question, page.across(19.5, 7.0), size=12, sheet=sheet))
    root.append(_map(theme, sheet))
    root.append(draw_legend(theme, sheet))
    root.append(_north(sheet))
    root.append(_scale_bar(sheet))
    scale = page.beside(-28.0, 82.0, 5.0, x=2.0)
    said = texts("tables.project.scale", paper=page.paper.name)
    root.append(_expression("scale", said, scale, sheet=sheet))
    left, _, width, _ = page.map
    sources = left, page.height - page.size(21.0), width, page.size(15.0)
    root.append(_text("sources", sheet.sources[theme.stream], sources, size=7, sheet=sheet))
    made = literal(_made(sheet))
    printed = f"{made}\n{texts('tables.project.printed')}"
    place = page.beside(-21.0, 82.0, 15.0, x=2.0)
    root.append(_expression("made", printed, place, sheet=sheet))
    return root


def _made(sheet: Sheet) -> str:
    project = sheet.content.loaded.project
    return sheet.content.texts(
        "tables.project.made", year=project.reference_year, version=version("kansenkaart")
    )


def _page(page: Page, style: SharedStyle) -> ET.Element:
    item = draw_item(_PAGE_ITEM, "page", (0.0, 0.0, page.width, page.height), background="true")
    symbol = ET.SubElement(item, "symbol", type="fill", name="", alpha="1")
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "pass": "0"}, enabled="1", locked="0")
    add_options(layer, {"color": to_rgba(style.paper), "style": "solid", "outline_style": "no"})
    return item


def _colour(parent: ET.Element, tag: str, colour: str) -> None:
    red, green, blue, alpha = to_rgba(colour).split(",")
    ET.SubElement(parent, tag, red=red, green=green, blue=blue, alpha=alpha)


def _text(
    name: str, text: str, place: tuple[float, ...], *, size: float, bold: bool = False, sheet: Sheet
) -> ET.Element:
    """A text that is shown as it is, smaller where it would not fit."""
    points = _fit(text, place, sheet.page.size(size))
    return _label(name, literal(text), place, size=points, bold=bold, colour=sheet.style.ink)


def _fit(text: str, place: tuple[float, ...], points: float) -> float:
    """Return the largest size of at most `points` at which `text` fits in `place`, or the smallest that can be read."""
    _, _, width, height = place
    while points > _SMALLEST_POINTS:
        lines = max(math.floor(height / (points * _LINE_MM)), 1)
        if len(text) * points * _LETTER_MM <= lines * width - (lines - 1) * 0.08 * width:
            break
        points -= 0.25
    return points


def _expression(name: str, text: str, place: tuple[float, ...], *, sheet: Sheet) -> ET.Element:
    """A text of our own in which QGIS fills in what stands between ``[%`` and ``%]``."""
    return _label(name, text, place, size=sheet.page.size(8), bold=False, colour=sheet.style.ink)


def _label(
    name: str, text: str, place: tuple[float, ...], *, size: float, bold: bool, colour: str
) -> ET.Element:
    aligned = {"halign": "1", "valign": "32", "marginX": "0", "marginY": "0"}
    item = draw_item(_LABEL_ITEM, name, place, labelText=text, htmlState="0", **aligned)
    add_font(item, "LabelFont", size, bold=bold)
    _colour(item, "FontColor", colour)
    return item


def _map(theme: MapTheme, sheet: Sheet) -> ET.Element:
    follow = {"followPreset": "true", "followPresetName": clean(theme.name), "keepLayerSet": "false"}
    item = draw_item(_MAP_ITEM, "map", sheet.page.map, background="true", drawCanvasItems="false", **follow)
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
    place = page.beside(-47.0, 14.0, 18.0, x=page.column / page.paper.factor - 14.0)
    return draw_item(_PICTURE_ITEM, "north", place, file=file, mapUuid="{map}", **look)


def _scale_bar(sheet: Sheet) -> ET.Element:
    """Of a round number where the map stands; at another scale (a page of an atlas) QGIS fits it to the width."""
    page = sheet.page
    x_min, _, x_max, _ = fit_extent(sheet.extent, page)
    mm_per_km = page.map[2] / (x_max - x_min) * 1000.0
    step = next((one for one in _STEPS_KM if one * mm_per_km <= page.size(28.0)), _STEPS_KM[-1])
    width = 2.0 * step * mm_per_km
    item = draw_item(
        _SCALE_BAR_ITEM,
        "scalebar",
        page.beside(-42.0, 64.0, 10.0, x=1.0),
        style="Single Box",
        unitType="km",
        unitLabel="km",
        numMapUnitsPerScaleBarUnit="1",
        numUnitsPerSegment=f"{step:g}",
        numSegments="2",
        numSegmentsLeft="0",
        segmentSizeMode="1",
        minBarWidth=f"{0.51 * width:.3f}",
        maxBarWidth=f"{1.001 * width:.3f}",
        height=f"{page.size(2.0):g}",
        labelBarSpace=f"{page.size(1.5):g}",
        boxContentSpace="1",
        mapUuid="{map}",
        outlineWidth="0.2",
        labelHorizontalPlacement="0",
        labelVerticalPlacement="0",
    )
    ink = to_rgba(sheet.style.ink)
    size = f"{page.size(8.0):g}"
    ET.SubElement(item, "text-style", fontSize=size, fontSizeUnit="Point", fontFamily=FAMILY, textColor=ink)
    _colour(item, "fillColor", sheet.style.ink)
    _colour(item, "fillColor2", sheet.style.paper)
    _colour(item, "strokeColor", sheet.style.ink)
    return item
