"""What all items of a print layout share: the sheet they are for, their frame, and texts as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.exports.qgis.layers import Content, Group
from kansenkaart.exports.qgis.paper import A3, Extent, Page, Paper
from kansenkaart.exports.styles.labels import FAMILY, LEAST_POINTS
from kansenkaart.exports.styles.qml import clean


@dataclass(frozen=True)
class Sheet:
    """What every layout of the project shares; `sources` by stream, or theme, is what stands under its map."""

    content: Content
    groups: Sequence[Group]
    file: str
    extent: Extent
    sources: Mapping[str, str]
    paper: Paper = A3

    @property
    def page(self) -> Page:
        """The page on which the region is drawn largest, lying where that is the same."""
        x_min, y_min, x_max, y_max = self.extent
        wide, high = max(x_max - x_min, 1.0), max(y_max - y_min, 1.0)
        pages = Page(self.paper, "landscape"), Page(self.paper, "portrait")
        return max(pages, key=lambda page: min(page.map[2] / wide, page.map[3] / high))

    @property
    def style(self) -> SharedStyle:
        """The one style definition."""
        return self.content.shared


def literal(text: str) -> str:
    """Return `text` such that a layout shows it as it is, also where it holds ``[% %]``."""
    return clean(text).replace("[%", "[% char(91) %]%")


def draw_item(kind: str, name: str, place: tuple[float, ...], **attributes: str) -> ET.Element:
    """An item of a layout; its uuid is its name, so that the same run gives the same bytes."""
    x, y, width, height = place
    at = f"{x:g},{y:g},mm"
    shared = {"position": at, "positionOnPage": at, "size": f"{width:g},{height:g},mm", "visibility": "1"}
    named = {"type": kind, "id": name, "uuid": f"{{{name}}}", "templateUuid": f"{{{name}}}", "opacity": "1"}
    shape = {"frame": "false", "background": "false", "referencePoint": "0", "outlineWidthM": "0.2,mm"}
    return ET.Element("LayoutItem", {**named, **shared, **shape, **attributes})


def add_font(parent: ET.Element, tag: str, size: float, *, bold: bool = False) -> None:
    """QFont::toString, of `size` or the least that is read; QGIS 3.22 keeps fonts so, later versions read it too."""
    weight = "75" if bold else "50"
    description = f"{FAMILY},{max(size, LEAST_POINTS):g},-1,5,{weight},0,0,0,0,0"
    ET.SubElement(parent, tag, description=description, style="Bold" if bold else "")
