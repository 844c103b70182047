"""A table on a page of the atlas: rows of a layer about its municipality (``QgsLayoutItemAttributeTable``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from xml.etree import ElementTree as ET

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.exports.qgis.items import add_colour, draw_label
from kansenkaart.exports.qgis.paper import Place
from kansenkaart.exports.qgis.sheet import draw_item
from kansenkaart.exports.styles.labels import FAMILY
from kansenkaart.exports.styles.qml import clean
from kansenkaart.exports.styles.symbols import to_rgba

# QgsLayoutItemRegistry::ItemType
_FRAME_ITEM, _TABLE = "65647", "65649"
_POINTS = 6.5
_HEADING_MM = 4.6
_MARGIN_MM, _GRID_MM = 0.5, 0.1
# Of a line of a wide family, per point.
_LINE_MM = 0.43
# Qt::AlignLeft, Qt::AlignRight
_LEFT, _RIGHT = "1", "2"
_MIDDLE = "128"
_UP, _DOWN = "0", "1"
# QgsLayoutItemAttributeTable::ContentSource
_ROWS, _CHILDREN = "0", "2"
# In an empty table its sentence (QgsLayoutTable::ShowMessage).
_SAY = "2"


class Column(NamedTuple):
    """Heading, the expression of its cells, width in mm, and whether it holds numbers."""

    heading: str
    cell: str
    width: float
    number: bool = False


@dataclass(frozen=True)
class AtlasTable:
    """What a table shows.

    Attributes
    ----------
    layer
        Id of the layer its rows come from; none with a relation.
    heading
        Text over it, in which QGIS fills in what stands between ``[%`` and ``%]``.
    only
        Expression: which rows.
    order
        Expressions it is sorted by; True where the largest comes first.
    most
        Rows at most.
    empty
        What stands there without rows.
    relation
        Id of the relation of a municipality to its rows: QGIS then asks the file for those alone.
    factor
        How large its letters are, beside those on A4.
    """

    key: str
    layer: str
    heading: str
    columns: tuple[Column, ...]
    only: str
    order: tuple[tuple[str, bool], ...]
    most: int
    empty: str
    relation: str = ""
    factor: float = 1.0


def draw_table(table: AtlasTable, place: Place, style: SharedStyle) -> list[ET.Element]:
    """Return the heading, the frame and the rows of `table` in `place`."""
    x, y, width, height = place
    head = _HEADING_MM * table.factor
    heading, points = (x, y, width, head), 8 * table.factor
    title = draw_label(f"{table.key}_title", table.heading, heading, points=points, style=style, bold=True)
    key, rows = f"{{{table.key}_rows}}", (x, y + head, width, height - head)
    frame = draw_item(_FRAME_ITEM, table.key, rows, multiFrame=key, multiFrameTemplateUuid=key)
    frame.attrib |= {"sectionX": "0", "sectionY": "0", "hidePageIfEmpty": "0", "hideBackgroundIfEmpty": "0"}
    frame.attrib |= {"sectionWidth": f"{width:g}", "sectionHeight": f"{rows[3]:g}"}
    return [title, frame, _draw_rows(table, key, style)]


def find_height(table: AtlasTable, lines: int) -> float:
    """Return the height of `table` with all its rows, of so many lines each, under its heading, mm."""
    line = _POINTS * _LINE_MM * table.factor
    air = 2 * _MARGIN_MM + _GRID_MM
    return _HEADING_MM * table.factor + line + air + table.most * (lines * line + air) + _GRID_MM


def _draw_rows(table: AtlasTable, key: str, style: SharedStyle) -> ET.Element:
    shown = {
        "source": _CHILDREN if table.relation else _ROWS,
        "relationId": table.relation,
        "vectorLayer": table.layer,
        "filterFeatures": "true",
        "featureFilter": table.only,
        "maxFeatures": str(table.most),
        "showOnlyVisibleFeatures": "0",
        "filterToAtlasIntersection": "0",
        "showUniqueRowsOnly": "0",
        "emptyTableMode": _SAY,
        "emptyTableMessage": table.empty,
        "showEmptyRows": "0",
    }
    look = {
        "cellMargin": f"{_MARGIN_MM:g}",
        "showGrid": "1",
        "horizontalGrid": "1",
        "verticalGrid": "0",
        "gridStrokeWidth": f"{_GRID_MM:g}",
        "gridColor": to_rgba(style.border),
        "backgroundColor": to_rgba(style.paper),
        "headerHAlignment": "0",
        "headerMode": "0",
        "wrapBehavior": "0",
        "wrapString": "",
        "resizeMode": "0",
        "useConditionalStyling": "0",
    }
    root = ET.Element("LayoutMultiFrame", {"type": _TABLE, "uuid": key, "templateUuid": key, **shown, **look})
    ET.SubElement(root, "childFrame", uuid=f"{{{table.key}}}", templateUuid=f"{{{table.key}}}")
    for tag, weight in (("headerTextFormat", "75"), ("contentTextFormat", "50")):
        ET.SubElement(
            ET.SubElement(root, tag),
            "text-style",
            fontFamily=FAMILY,
            fontSize=f"{_POINTS * table.factor:.2f}",
            fontSizeUnit="Point",
            fontWeight=weight,
            textColor=to_rgba(style.ink),
            textOpacity="1",
        )
    _add_columns(root, "displayColumns", [(one, _UP) for one in table.columns], style)
    sorted_by = [(Column("", cell, 0.0), _DOWN if largest else _UP) for cell, largest in table.order]
    _add_columns(root, "sortColumns", sorted_by, style)
    return root


def _add_columns(
    root: ET.Element, tag: str, columns: Sequence[tuple[Column, str]], style: SharedStyle
) -> None:
    holder = ET.SubElement(root, tag)
    for column, order in columns:
        one = ET.SubElement(
            holder,
            "column",
            heading=clean(column.heading),
            attribute=column.cell,
            width=f"{max(0.0, column.width - 2 * _MARGIN_MM):g}",
            hAlignment=_RIGHT if column.number else _LEFT,
            vAlignment=_MIDDLE,
            sortByRank="0",
            sortOrder=order,
        )
        add_colour(one, "backgroundColor", style.paper)
