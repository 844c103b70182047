"""The QGIS project inside the GeoPackage: opened from the Browser panel, ready to read, print and work on.

Written as XML without QGIS. What QGIS (3.22) asks of it stands in ``QgsProject::readProjectFile`` and
``QgsGeoPackageProjectStorage``: a table ``qgis_projects`` with the .qgz as hexadecimal text.
"""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import geopandas as gpd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.qgis.actions import add_actions
from kansenkaart.exports.qgis.atlas import draw_atlas
from kansenkaart.exports.qgis.atlas_layers import add_atlas
from kansenkaart.exports.qgis.crs import add_crs, draw_transforms
from kansenkaart.exports.qgis.forms import add_forms, draw_relations, find_relations
from kansenkaart.exports.qgis.layers import (
    ATLAS,
    BACKGROUND,
    MONTHS,
    Content,
    Group,
    ProjectLayer,
    plan_groups,
)
from kansenkaart.exports.qgis.layout import draw_layout
from kansenkaart.exports.qgis.maplayer import draw_background, draw_layer
from kansenkaart.exports.qgis.metadata import Metadata
from kansenkaart.exports.qgis.paper import A3, PAPERS, Extent, fit_extent
from kansenkaart.exports.qgis.sheet import Sheet
from kansenkaart.exports.qgis.sheet_sources import find_sheet_sources
from kansenkaart.exports.qgis.themes import draw_themes, draw_tree, find_map_themes
from kansenkaart.exports.styles.qml import VERSION, clean, write_document
from kansenkaart.exports.styles.symbols import to_rgba
from kansenkaart.geo import RD_BOUNDS
from kansenkaart.texts import Texts

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)

# As QGIS makes it, three columns in this order, or it could not save there. It is not registered in ``gpkg_contents``,
# where GeoPackage asks for an INTEGER key; QGIS does not register it either.
_TABLE = "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"


def write_project(
    connection: sqlite3.Connection, content: Content, known: Mapping[str, Metadata], *, file: str, date: str
) -> None:
    """Write the project to the GeoPackage behind `connection`.

    Parameters
    ----------
    content
        What it is made from.
    known
        Metadata per table.
    file
        Name the GeoPackage will have: the project finds its layers by it.
    date
        Date it carries, so that the same run gives the same bytes.
    """
    document = draw_project(content, known, file=file, date=date)
    store_project(connection, document, content.texts, date=date)


def store_project(connection: sqlite3.Connection, document: str, texts: Texts, *, date: str) -> None:
    """Store `document`, the text of a .qgs, where QGIS looks for it in the GeoPackage behind `connection`."""
    name = texts("tables.project.name")  # always the same, for it is part of its address in the Browser panel
    about = json.dumps({"last_modified_time": date[:19], "last_modified_user": "kansenkaart"})
    connection.execute(_TABLE)
    connection.execute(
        "INSERT INTO qgis_projects VALUES (?, ?, ?)", (name, about, _pack(document, name).hex())
    )


def _pack(document: str, name: str) -> bytes:
    """Return `document` as the bytes of a .qgz, the same for the same document."""
    entry = zipfile.ZipInfo(f"{name}.qgs", _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(entry, document.encode("utf-8"))
    return buffer.getvalue()


def draw_project(content: Content, known: Mapping[str, Metadata], *, file: str, date: str) -> str:
    """Return the project as the text of a .qgs."""
    groups = add_atlas(plan_groups(content), content)
    relations = find_relations(groups, content)
    groups = add_actions(add_forms(groups, relations, content), content)
    themes = find_map_themes(content)
    extent = find_region(content)
    sources = find_sheet_sources(content, themes)
    sheets = [Sheet(content, groups, file, extent, sources, paper) for paper in PAPERS]
    root = begin_document(content.loaded.project.title, extent, date=date)
    root.append(draw_tree(groups, file))
    root.append(draw_relations(relations))
    root.append(_map_layers(groups, known, file))
    root.append(draw_themes(themes, groups))
    root.append(_about(content, date))
    if len(content.frames["match_months"]):
        root.append(_time(content.loaded.project.reference_year))
    layouts = ET.SubElement(root, "Layouts")
    for theme in (one for one in themes if one.stream not in (MONTHS, ATLAS)):
        # QGIS finds out what every legend shows when it opens the project: a sheet costs some 60 ms
        sizes = [one for one in sheets if one.paper == A3 or theme.stream not in content.theme_streams]
        layouts.extend(draw_layout(theme, one) for one in sizes)
    layouts.extend(draw_atlas(theme, sheets[0]) for theme in themes if theme.stream == ATLAS)
    root.append(_bookmarks(content, extent))
    return write_document(root)


def begin_document(title: str, extent: Extent, *, date: str) -> ET.Element:
    """Return a project without layers: without one of these parts QGIS opens it on nothing, in no coordinates."""
    root = ET.Element(
        "qgis", version=VERSION, projectname=clean(title), saveDateTime=date[:19], saveUser="kansenkaart"
    )
    ET.SubElement(root, "homePath", path="")
    ET.SubElement(root, "title").text = clean(title)
    add_crs(ET.SubElement(root, "projectCrs"))
    root.append(draw_transforms())
    root.append(_properties())
    root.append(_view(extent))
    return root


def find_region(content: Content) -> Extent:
    """Return where the region lies, else the places."""
    areas = gpd.GeoDataFrame(content.frames["municipalities"])
    inside = areas[areas["in_region"].astype(bool)]
    return find_bounds(inside, gpd.GeoDataFrame(content.frames["sites"]))


def find_bounds(*frames: gpd.GeoDataFrame) -> Extent:
    """Return x min, y min, x max, y max in RD New of the first of `frames` with rows (else of the country)."""
    for frame in frames:
        if len(frame):
            x_min, y_min, x_max, y_max = (float(one) for one in frame.total_bounds)
            return x_min, y_min, x_max, y_max
    return RD_BOUNDS


def _map_layers(groups: Sequence[Group], known: Mapping[str, Metadata], file: str) -> ET.Element:
    root = ET.Element("projectlayers")
    for group in groups:
        for layer in group.layers:
            online = layer.table == BACKGROUND
            root.append(
                draw_background(layer) if online else draw_layer(layer, file, _find_known(layer, known))
            )
    return root


def _find_known(layer: ProjectLayer, known: Mapping[str, Metadata]) -> Metadata:
    """What is known of its table; what a query puts on the lines of chances lies where they do."""
    own = known[layer.table]
    spatial = layer.style.geometry_type is not None
    return (
        replace(own, spatial=spatial, extent=known["matches"].extent if spatial else None)
        if layer.query
        else own
    )


def _time(year: int) -> ET.Element:
    """The year of the project for the temporal controller, a month a step (``QgsProjectTimeSettings``)."""
    root = ET.Element(
        "ProjectTimeSettings", timeStepUnit="mon", timeStep="1", frameRate="1", cumulativeTemporalRange="0"
    )
    span = ET.SubElement(root, "TemporalRange")
    for tag, moment in (("start", "01-01T00:00:00"), ("end", "12-31T23:59:59")):
        ET.SubElement(span, tag).text = f"{year}-{moment}Z"
    return root


def _properties() -> ET.Element:
    """Colour of the canvas, metres and hectares-as-km2, paths beside the project, and coordinates in RD New."""
    root = ET.Element("properties")
    red, green, blue, _ = to_rgba(load_style().water).split(",")
    sections: dict[str, dict[str, tuple[str, str]]] = {
        "Gui": {
            "CanvasColorRedPart": ("int", red),
            "CanvasColorGreenPart": ("int", green),
            "CanvasColorBluePart": ("int", blue),
        },
        # without it a project opens with the engine of before 3.12, to which what is in the way is only a cost
        "PAL": {"PlacementEngineVersion": ("int", "1"), "CandidatesPolygonPerCM": ("double", "10")},
        "Measurement": {"DistanceUnits": ("QString", "meters"), "AreaUnits": ("QString", "km2")},
        "Paths": {"Absolute": ("bool", "false")},
        "SpatialRefSys": {"ProjectionsEnabled": ("int", "1")},
    }
    for name, values in sections.items():
        section = ET.SubElement(root, name)
        for key, (kind, value) in values.items():
            ET.SubElement(section, key, type=kind).text = value
    return root


def _about(content: Content, date: str) -> ET.Element:
    root = ET.Element("projectMetadata")
    project = content.loaded.project
    parts = {
        "identifier": "kansenkaart",
        "language": {"nl": "NLD", "en": "ENG"}[content.texts.language],
        "type": "project",
        "title": project.title,
        "abstract": project.question,
    }
    for tag, text in parts.items():
        ET.SubElement(root, tag).text = clean(text)
    ET.SubElement(root, "author").text = "kansenkaart"
    ET.SubElement(root, "creation").text = date[:19]
    return root


def _bookmarks(content: Content, extent: Extent) -> ET.Element:
    root = ET.Element("Bookmarks")
    x_min, y_min, x_max, y_max = fit_extent(extent)
    corners = ((x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max), (x_min, y_min))
    shape = "POLYGON((" + ", ".join(f"{x:.3f} {y:.3f}" for x, y in corners) + "))"
    name = content.texts("tables.project.region")
    add_crs(ET.SubElement(root, "Bookmark", id="kansenkaart_region", name=name, group="", extent=shape))
    return root


def _view(extent: Extent) -> ET.Element:
    """Where the map stands when the project is opened."""
    root = ET.Element("ProjectViewSettings", UseProjectScales="0", rotation="0")
    names = ("xmin", "ymin", "xmax", "ymax")
    bounds = {name: f"{value:.3f}" for name, value in zip(names, fit_extent(extent), strict=True)}
    add_crs(ET.SubElement(root, "DefaultViewExtent", bounds))
    return root
