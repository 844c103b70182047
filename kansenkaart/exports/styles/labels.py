"""Names on the map: which are seen from afar, and what they keep off.

QGIS takes no feature into account that a label was not asked for. So a rule without a text of its own
(``drawLabels`` off) says of all others that they are in the way (``QgsPalLayerSettings::registerObstacleFeature``).
A name is never over a symbol: it is left out where there is no room beside it (``PlacementEngineVersion2``, to which
whatever has a factor above ``2 * priority / 10`` is closed). Over a line it may run where there is no other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.styles.expressions import ON_PAPER, draw_expressions

# The one family of the whole project: names, legend and sheet.
FAMILY = "Arial"
# Of every text in print: smaller is not read at arm's length.
LEAST_POINTS = 6.0
# From the edge of its symbol to a name, mm on A3.
BESIDE_MM = "1.2"
# From the middle of a line to its tag: far enough from the symbols at the ends of a short one.
_TAG_MM = "if(length($geometry) / @map_scale * 1000 < 10, 3.2, 0.8)"
_CLOSED, _OPEN = "2", "0.5"


@dataclass(frozen=True)
class Label:
    """A text on each feature, from a scale of 1 : `smallest_scale`; also from afar where `always` holds.

    It stands `beside` the symbol of what it names, at a `distance` (expression, mm), and other names keep off that, or
    over it; a `tag` stands near the middle of its line with a shape around it. The higher its `priority` (0 to 9), the
    sooner it has a place. `colours` is an expression for a colour of its own.
    """

    expression: str
    colour: str
    halo: str
    smallest_scale: int
    always: str = ""
    size: float = 8.0
    beside: bool = False
    distance: str = BESIDE_MM
    tag: bool = False
    bold: bool = False
    priority: int = 3
    colours: str = ""


def draw_labeling(label: Label | None, *, lines: bool = False, in_the_way: bool = False) -> ET.Element:
    """Return ``labeling`` of `label`; without one, or where asked, all features (`lines`?) are in the way of names."""
    root = ET.Element("labeling", type="rule-based")
    rules = ET.SubElement(root, "rules", key="labels")
    if label is None:
        _rule(rules, "in_the_way", {}).append(_obstacles(_OPEN if lines else _CLOSED))
        return root
    near = {"scalemaxdenom": str(label.smallest_scale)}
    if label.always:
        _rule(rules, "always", {"filter": label.always}).append(_settings(label))
        near["filter"] = f"NOT ({label.always})"
    _rule(rules, "near", near).append(_settings(label))
    if in_the_way:
        _rule(rules, "in_the_way", {}).append(_obstacles(_OPEN if lines else _CLOSED))
    if label.beside:
        far = {name: text for name, text in near.items() if name == "filter"}
        far["scalemindenom"] = str(label.smallest_scale)
        _rule(rules, "in_the_way", far).append(_obstacles(_CLOSED))
    return root


def _rule(rules: ET.Element, key: str, limits: Mapping[str, str]) -> ET.Element:
    cleaned = {name: clean_text(text, xml=True) for name, text in limits.items()}
    return ET.SubElement(rules, "rule", {"key": f"labels_{key}", **cleaned})


def _obstacles(factor: str) -> ET.Element:
    settings = ET.Element("settings", calloutType="simple")
    ET.SubElement(settings, "text-style", fieldName="''", isExpression="1")
    ET.SubElement(settings, "rendering", drawLabels="0", obstacle="1", obstacleFactor=factor)
    return settings


def _settings(label: Label) -> ET.Element:
    settings = ET.Element("settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=clean_text(label.expression, xml=True),
        isExpression="1",
        fontFamily=FAMILY,
        fontSize=f"{label.size:g}",
        fontSizeUnit="Point",
        fontWeight="63" if label.bold else "50",
        textColor=label.colour,
        textOpacity="1",
    )
    ET.SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor=label.halo,
        bufferOpacity="0.9",
    )
    if label.tag:
        text.append(_tag(label))
    lines = {"multilineAlign": "3", "autoWrapLength": "22"} if label.beside else {"multilineAlign": "1"}
    ET.SubElement(settings, "text-format", lines)
    settings.append(_placement(label))
    own = {"Size": f"max({LEAST_POINTS:g}, {label.size:g} * {ON_PAPER})"}
    own |= {"Color": label.colours} if label.colours else {}
    distance = _TAG_MM if label.tag else label.distance if label.beside else ""
    own |= {"LabelDistance": f"({distance}) * {ON_PAPER}"} if distance else {}
    settings.append(draw_expressions("dd_properties", own))
    obstacle = "1" if label.beside else "0"
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle=obstacle, obstacleFactor=_CLOSED)
    return settings


def _tag(label: Label) -> ET.Element:
    """An ellipse around a text (``QgsTextBackgroundSettings``)."""
    shape = {
        "shapeDraw": "1",
        "shapeType": "2",
        "shapeSizeType": "0",
        "shapeSizeX": "0.8",
        "shapeSizeY": "0.4",
    }
    edge = {"shapeBorderColor": label.colour, "shapeBorderWidth": "0.2", "shapeBorderWidthUnit": "MM"}
    fill = {"shapeFillColor": label.halo, "shapeOpacity": "1", "shapeSizeUnit": "MM"}
    return ET.Element("background", {**shape, **fill, **edge})


def _placement(label: Label) -> ET.Element:
    """Around a point, or level somewhere inside a polygon (``QgsPalLayerSettings::Placement``)."""
    priority = str(label.priority)
    if label.beside:
        around = {"placement": "6", "distUnits": "MM", "offsetType": "1", "priority": priority}
        return ET.Element(
            "placement", {**around, "predefinedPositionOrder": "R,L,TR,BR,TL,BL,TSR,BSR,TSL,BSL,T,B"}
        )
    if label.tag:
        middle = "line_interpolate_point($geometry, length($geometry) / 2)"
        made = {"geometryGeneratorEnabled": "1", "geometryGeneratorType": "PointGeometry"}
        around = {"placement": "0", "distUnits": "MM", "priority": priority, "geometryGenerator": middle}
        return ET.Element("placement", {**around, **made})
    return ET.Element(
        "placement", placement="4", priority=priority, polygonPlacementFlags="2", fitInPolygonOnly="0"
    )
