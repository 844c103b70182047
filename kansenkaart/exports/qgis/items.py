"""What stands on a sheet beside its legend: texts, the map, the north arrow and the scale bar.

QGIS evaluates ``[% %]`` in the texts of a layout: texts from outside go through ``literal``.
"""

from __future__ import annotations

import base64
import math
from xml.etree import ElementTree as ET

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.exports.qgis.paper import Extent, Place
from kansenkaart.exports.qgis.sheet import add_font, draw_item, literal
from kansenkaart.exports.styles.labels import FAMILY, LEAST_POINTS
from kansenkaart.exports.styles.qml import add_options, clean
from kansenkaart.exports.styles.symbols import to_rgba
from kansenkaart.texts import cut_text

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
# Halves of a scale bar that a reader can take in.
_STEPS_KM = (100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05)
_NORTH = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 36"><path d="M14 1 L23 25 L14 20 Z" fill="{ink}"/>
<path d="M14 1 L5 25 L14 20 Z" fill="{paper}" stroke="{ink}" stroke-width="1"/>
<path d="M9.5 35 V27.5 L18.5 35 V27.5" fill="none" stroke="{ink}" stroke-width="2"/></svg>"""


def draw_page(width: float, height: float, style: SharedStyle) -> ET.Element:
    """The paper itself, mm."""
    item = draw_item(_PAGE_ITEM, "page", (0.0, 0.0, width, height), background="true")
    symbol = ET.SubElement(item, "symbol", type="fill", name="", alpha="1")
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "pass": "0"}, enabled="1", locked="0")
    add_options(layer, {"color": to_rgba(style.paper), "style": "solid", "outline_style": "no"})
    return item


def add_colour(parent: ET.Element, tag: str, colour: str) -> None:
    """Add element `tag` with `colour` (#rrggbb) to `parent`."""
    red, green, blue, alpha = to_rgba(colour).split(",")
    ET.SubElement(parent, tag, red=red, green=green, blue=blue, alpha=alpha)


def draw_text(
    name: str, text: str, place: Place, *, points: float, style: SharedStyle, bold: bool = False
) -> ET.Element:
    """A text that is shown as it is, smaller where it would not fit, and cut off where it then does not."""
    fits = max(points, LEAST_POINTS)
    while fits > LEAST_POINTS and len(text) > _count_letters(place, fits):
        fits = max(fits - 0.25, LEAST_POINTS)
    shown = cut_text(text, _count_letters(place, fits))
    return draw_label(name, literal(shown), place, points=fits, bold=bold, style=style)


def _count_letters(place: Place, points: float) -> int:
    """Return how many letters of `points` fit in `place`, of whose lines a word leaves a part of all but one free."""
    _, _, width, height = place
    lines = max(math.floor(height / (points * _LINE_MM)), 1)
    return math.floor((lines - (lines - 1) * 0.08) * width / (points * _LETTER_MM))


def draw_label(
    name: str,
    text: str,
    place: Place,
    *,
    points: float,
    style: SharedStyle,
    bold: bool = False,
    right: bool = False,
) -> ET.Element:
    """A text of our own, in which QGIS fills in what stands between ``[%`` and ``%]``."""
    aligned = {"halign": "2" if right else "1", "valign": "32", "marginX": "0", "marginY": "0"}
    item = draw_item(_LABEL_ITEM, name, place, labelText=text, htmlState="0", **aligned)
    add_font(item, "LabelFont", points, bold=bold)
    add_colour(item, "FontColor", style.ink)
    return item


def draw_map(theme: str, place: Place, extent: Extent, style: SharedStyle) -> ET.Element:
    """The map of a theme, by its name, over `extent`."""
    follow = {"followPreset": "true", "followPresetName": clean(theme), "keepLayerSet": "false"}
    item = draw_item(_MAP_ITEM, "map", place, background="true", drawCanvasItems="false", **follow)
    item.set("frame", "true")
    add_colour(item, "FrameColor", style.border)
    add_colour(item, "BackgroundColor", style.water)
    bounds = zip(("xmin", "ymin", "xmax", "ymax"), extent, strict=True)
    ET.SubElement(item, "Extent", {name: f"{value:.3f}" for name, value in bounds})
    return item


def draw_north(place: Place, style: SharedStyle) -> ET.Element:
    """An arrow to the north of the grid."""
    drawn = _NORTH.format(ink=style.ink, paper=style.paper).encode("utf-8")
    file = "base64:" + base64.b64encode(drawn).decode("ascii")
    look = {"resizeMode": "0", "anchorPoint": "4", "mode": "2", "pictureRotation": "0", "northMode": "0"}
    return draw_item(_PICTURE_ITEM, "north", place, file=file, mapUuid="{map}", **look)


def draw_scale_bar(
    place: Place, mm_per_km: float, *, room_mm: float, factor: float, style: SharedStyle
) -> ET.Element:
    """Of a round number at `mm_per_km`, no half wider than `room_mm`; at another scale QGIS fits it to the width."""
    step = next((one for one in _STEPS_KM if one * mm_per_km <= room_mm), _STEPS_KM[-1])
    width = 2.0 * step * mm_per_km
    item = draw_item(
        _SCALE_BAR_ITEM,
        "scalebar",
        place,
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
        height=f"{2.0 * factor:g}",
        labelBarSpace=f"{1.5 * factor:g}",
        boxContentSpace="1",
        mapUuid="{map}",
        outlineWidth="0.2",
        labelHorizontalPlacement="0",
        labelVerticalPlacement="0",
    )
    ink, size = to_rgba(style.ink), f"{max(8.0 * factor, LEAST_POINTS):g}"
    ET.SubElement(item, "text-style", fontSize=size, fontSizeUnit="Point", fontFamily=FAMILY, textColor=ink)
    add_colour(item, "fillColor", style.ink)
    add_colour(item, "fillColor2", style.paper)
    add_colour(item, "strokeColor", style.ink)
    return item
