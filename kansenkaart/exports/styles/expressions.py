"""Properties of a symbol or label that follow an expression."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from kansenkaart.exports.content.clean import clean_text

# How much larger than on A3 what is drawn has to be on the paper of a layout; 1 where there is none.
ON_PAPER = "clamp(0.8, coalesce(sqrt(@layout_pagewidth * @layout_pageheight / (297 * 420)), 1), 2.2)"


def draw_expressions(tag: str, expressions: Mapping[str, str]) -> ET.Element:
    """Return ``tag`` with an expression per property (``QgsPropertyCollection``)."""
    root = ET.Element(tag)
    holder = ET.SubElement(root, "Option", type="Map")
    ET.SubElement(holder, "Option", name="name", type="QString", value="")
    properties = ET.SubElement(holder, "Option", name="properties", type="Map")
    for name, expression in expressions.items():
        one = ET.SubElement(properties, "Option", name=name, type="Map")
        cleaned = clean_text(expression, xml=True)
        ET.SubElement(one, "Option", name="active", type="bool", value="true")
        ET.SubElement(one, "Option", name="expression", type="QString", value=cleaned)
        ET.SubElement(one, "Option", name="type", type="int", value="3")
    ET.SubElement(holder, "Option", name="type", type="QString", value="collection")
    return root
