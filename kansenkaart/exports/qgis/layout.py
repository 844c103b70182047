"""Print layouts per theme, on A4, A3 and A0: title, map, legend, scale, north arrow, sources and version.

The sheet lies or stands, whichever draws the region larger. What is on it is as large as the paper asks; symbols on the
map keep their size, so that a larger sheet has room for more.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from kansenkaart import __version__
from kansenkaart.exports.qgis.atlas_table import draw_table
from kansenkaart.exports.qgis.items import (
    draw_label,
    draw_map,
    draw_north,
    draw_page,
    draw_scale_bar,
    draw_text,
)
from kansenkaart.exports.qgis.legend import count_height, draw_legend
from kansenkaart.exports.qgis.paper import fit_extent
from kansenkaart.exports.qgis.sheet import Sheet, literal
from kansenkaart.exports.qgis.sheet_list import measure_list, plan_list
from kansenkaart.exports.qgis.themes import MapTheme
from kansenkaart.exports.styles.qml import clean

# How small beside what its paper asks a legend may be for a list of chances under it.
_LEAST_LEGEND = 0.75


def draw_layout(theme: MapTheme, sheet: Sheet) -> ET.Element:
    """Return ``Layout`` of `theme`."""
    texts, page, style = sheet.content.texts, sheet.page, sheet.style
    held = texts(f"tables.project.{page.held}")
    name = texts("tables.project.layout", theme=theme.name, paper=page.paper.name, held=held)
    root = ET.Element("Layout", name=clean(name), units="mm", printResolution="300", worldFileMap="")
    ET.SubElement(root, "PageCollection").append(draw_page(page.width, page.height, style))
    project = sheet.content.loaded.project
    question = f" – {project.question}" if project.question else ""
    head, under = page.across(8.0, 11.0), page.across(19.5, 7.0)
    root.append(draw_text("title", project.title, head, points=page.size(22), bold=True, style=style))
    root.append(draw_text("subtitle", theme.name + question, under, points=page.size(12), style=style))
    extent = fit_extent(sheet.extent, page)
    root.append(draw_map(theme.name, page.map, extent, style))
    room = page.height - page.size(28.0 + 50.0)
    least = _LEAST_LEGEND * page.paper.factor * count_height(theme, sheet)
    listed = plan_list(theme, sheet, room - least - page.size(4.0))
    taken = measure_list(listed) + page.size(4.0) if listed else 0.0
    root.append(_legend(theme, sheet, room - taken))
    north = page.beside(-47.0, 14.0, 18.0, x=page.column / page.paper.factor - 14.0)
    root.append(draw_north(north, style))
    bar, mm_per_km = page.beside(-42.0, 64.0, 10.0, x=1.0), page.map[2] / (extent[2] - extent[0]) * 1000.0
    factor = page.paper.factor
    root.append(draw_scale_bar(bar, mm_per_km, room_mm=page.size(28.0), factor=factor, style=style))
    scale, said = page.beside(-28.0, 82.0, 5.0, x=2.0), texts("tables.project.scale", paper=page.paper.name)
    root.append(draw_label("scale", said, scale, points=page.size(8), style=style))
    root.append(
        draw_text("sources", sheet.sources[theme.stream], page.under, points=page.size(7), style=style)
    )
    place = page.beside(-21.0, 82.0, 15.0, x=2.0)
    root.append(draw_label("made", tell_made(sheet), place, points=page.size(8), style=style))
    if listed:
        height = measure_list(listed)
        left, bottom, _, _ = page.beside(-50.0, 0.0, 0.0)
        root.extend(draw_table(listed, (left, bottom - height, page.column, height), style))
    return root


def _legend(theme: MapTheme, sheet: Sheet, room: float) -> ET.Element:
    """Beside the map, as large as there is `room` (mm) for if every class of every layer were on it."""
    page = sheet.page
    left, top, _, _ = page.beside(28.0, 0.0, 0.0)
    factor = min(page.paper.factor, room / count_height(theme, sheet))
    return draw_legend(theme, sheet, (left, top, page.column, room), factor=factor)


def tell_made(sheet: Sheet) -> str:
    """Return what says of what year the sheet is, what made it, and when it was printed."""
    project, texts = sheet.content.loaded.project, sheet.content.texts
    made = texts("tables.project.made", year=project.reference_year, version=__version__)
    return f"{literal(made)}\n{texts('tables.project.printed')}"
