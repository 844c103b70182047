"""The tree of groups and layers, and a map theme per stream beside the overview of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from kansenkaart.exports.qgis.atlas_layers import has_atlas
from kansenkaart.exports.qgis.layers import (
    ATLAS,
    BACKGROUND,
    BALANCE,
    CLUSTERS,
    COALITIONS,
    HUBS,
    MONTHS,
    OVERVIEW,
    Content,
    Group,
    ProjectLayer,
    find_balanced,
)
from kansenkaart.exports.qgis.maplayer import DEFAULT_LOOK, find_source
from kansenkaart.exports.styles.qml import clean


@dataclass(frozen=True)
class MapTheme:
    """What is shown together: `stream` (or ``OVERVIEW``), and what the theme is called."""

    stream: str
    name: str

    def layers(self, groups: Sequence[Group]) -> list[ProjectLayer]:
        """Layers it shows, from top to bottom."""
        return [layer for group in groups for layer in group.layers if self.stream in layer.themes]

    def look(self, layer: ProjectLayer) -> str:
        """Name of the style that `layer` wears in it."""
        return layer.looks[self.stream][0] if self.stream in layer.looks else DEFAULT_LOOK


def find_map_themes(content: Content) -> list[MapTheme]:
    """Return the overview, steps 1, 2 and coalitions where asked, and a theme per stream."""
    apart = [MapTheme(OVERVIEW, content.texts("tables.project.overview"))]
    if "site_clusters" in content.frames or "cluster_areas" in content.frames:
        apart.append(MapTheme(CLUSTERS, content.texts("tables.quotients.theme")))
    if find_balanced(content):
        apart.append(MapTheme(BALANCE, content.texts("tables.project.balance")))
    if "coalitions" in content.frames:
        apart.append(MapTheme(COALITIONS, content.texts("tables.coalitions.title")))
    if "hubs" in content.frames:
        apart.append(MapTheme(HUBS, content.texts("tables.hubs.title")))
    if len(content.frames["match_months"]):
        apart.append(MapTheme(MONTHS, content.texts("tables.project.months")))
    if has_atlas(content):
        apart.append(MapTheme(ATLAS, content.texts("tables.project.atlas")))
    taken = {theme.name for theme in apart}
    for stream in content.theme_streams:
        name = content.theme_name(stream)
        apart.append(MapTheme(stream, f"{name} ({stream})" if name in taken else name))
    return apart


def draw_themes(themes: Sequence[MapTheme], groups: Sequence[Group]) -> ET.Element:
    """Return ``visibility-presets``."""
    root = ET.Element("visibility-presets")
    flags = {"has-expanded-info": "0", "has-checked-group-info": "1"}
    for theme in themes:
        preset = ET.SubElement(root, "visibility-preset", {"name": clean(theme.name), **flags})
        for layer in theme.layers(groups):
            look = clean(theme.look(layer))
            ET.SubElement(preset, "layer", id=layer.id, visible="1", expanded="1", style=look)
        checked = ET.SubElement(preset, "checked-group-nodes")
        for group in groups:
            ET.SubElement(checked, "checked-group-node", id=clean(group.name))
    return root


def draw_tree(groups: Sequence[Group], file: str) -> ET.Element:
    """Return ``layer-tree-group``: every group on, in it the layers of the overview."""
    root = ET.Element("layer-tree-group")
    for group in groups:
        branch = ET.SubElement(
            root,
            "layer-tree-group",
            name=clean(group.name),
            checked=_checked(True),
            expanded=_flag(group.expanded),
        )
        for layer in group.layers:
            branch.append(draw_tree_layer(layer, file, shown=OVERVIEW in layer.themes))
    ET.SubElement(root, "custom-order", enabled="0")
    return root


def draw_tree_layer(layer: ProjectLayer, file: str, *, shown: bool) -> ET.Element:
    """Return ``layer-tree-layer``; its classes are folded where there are many."""
    return ET.Element(
        "layer-tree-layer",
        id=layer.id,
        name=clean(layer.name),
        source=find_source(layer, file),
        providerKey="gdal" if layer.table == BACKGROUND else "ogr",
        checked=_checked(shown),
        expanded=_flag(layer.table == "matches"),
    )


def _checked(on: bool) -> str:
    return "Qt::Checked" if on else "Qt::Unchecked"


def _flag(on: bool) -> str:
    return "1" if on else "0"
