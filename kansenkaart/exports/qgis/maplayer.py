"""One layer of the project as XML: where its rows stand, what is known of it, and its whole style.

QGIS does not look in ``layer_styles`` for a layer of a project: the style is repeated here.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from kansenkaart.exports.qgis.crs import add_crs
from kansenkaart.exports.qgis.layers import BACKGROUND, ProjectLayer
from kansenkaart.exports.qgis.metadata import Metadata, draw_metadata
from kansenkaart.exports.styles.qml import clean, draw_look, draw_style

DEFAULT_LOOK = "default"

_GEOMETRIES = {"Point": "Point", "LineString": "Line", "MultiPolygon": "Polygon", None: "No geometry"}

# Kadaster's own tiles in RD New, CC BY 4.0. By GDAL, which asks nothing of the network until the layer is turned on
# (a WMTS layer would read its capabilities whenever the project opens) and needs no other system of coordinates.
_TILES = "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:28992/${z}/${x}/${y}.png"
_BACKGROUND_SOURCE = (
    f'<GDAL_WMS><Service name="TMS"><ServerUrl>{_TILES}</ServerUrl></Service><DataWindow>'
    "<UpperLeftX>-285401.92</UpperLeftX><UpperLeftY>903401.92</UpperLeftY>"
    "<LowerRightX>595401.92</LowerRightX><LowerRightY>22598.08</LowerRightY>"
    "<TileLevel>14</TileLevel><TileCountX>1</TileCountX><TileCountY>1</TileCountY><YOrigin>top</YOrigin></DataWindow>"
    "<Projection>EPSG:28992</Projection><BlockSizeX>256</BlockSizeX><BlockSizeY>256</BlockSizeY>"
    "<BandsCount>3</BandsCount></GDAL_WMS>"
)


def find_source(layer: ProjectLayer, file: str) -> str:
    """Data source of `layer` in the GeoPackage called `file`; the project finds it beside itself."""
    if layer.table == BACKGROUND:
        return _BACKGROUND_SOURCE
    subset = f"|subset={layer.subset}" if layer.subset else ""
    return clean(f"./{file}|layername={layer.table}{subset}")


def draw_layer(layer: ProjectLayer, file: str, known: Metadata) -> ET.Element:
    """Return ``maplayer`` of a layer of the GeoPackage."""
    root = draw_style("maplayer", layer.style)
    root.attrib |= {
        "type": "vector",
        "geometry": _GEOMETRIES[layer.style.geometry_type],
        "wkbType": layer.style.geometry_type or "NoGeometry",
        "styleCategories": "AllStyleCategories",
        "refreshOnNotifyEnabled": "0",
        "autoRefreshEnabled": "0",
        "simplifyDrawingHints": "1",
        # the next build replaces the file: what is edited here would be lost
        "readOnly": "1",
    }
    _add(root, "id", layer.id)
    _add(root, "datasource", find_source(layer, file))
    _add(root, "layername", clean(layer.name))
    _add_srs(root, spatial=known.spatial)
    root.append(draw_metadata("resourceMetadata", known))
    ET.SubElement(root, "provider", encoding="UTF-8").text = "ogr"
    root.append(_looks(layer))
    _add_extent(root, known)
    return root


def draw_background(layer: ProjectLayer) -> ET.Element:
    """Return ``maplayer`` of the online background."""
    root = ET.Element("maplayer", type="raster", styleCategories="AllStyleCategories", autoRefreshEnabled="0")
    _add(root, "id", layer.id)
    _add(root, "datasource", _BACKGROUND_SOURCE)
    _add(root, "layername", clean(layer.name))
    _add_srs(root, spatial=True)
    metadata = ET.SubElement(root, "resourceMetadata")
    _add(metadata, "rights", "BRT-A, Kadaster, PDOK")
    _add(metadata, "license", "CC BY 4.0")
    _add(root, "provider", "gdal")
    root.append(_looks(layer))
    pipe = ET.SubElement(root, "pipe")
    bands = {"redBand": "1", "greenBand": "2", "blueBand": "3", "alphaBand": "-1"}
    ET.SubElement(pipe, "rasterrenderer", {"type": "multibandcolor", "opacity": "1", **bands})
    _add(root, "blendMode", "0")
    return root


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = text


def _add_srs(root: ET.Element, *, spatial: bool) -> None:
    srs = ET.SubElement(root, "srs")
    if spatial:
        add_crs(srs)
    else:
        _add(ET.SubElement(srs, "spatialrefsys"), "authid", "")


def _add_extent(root: ET.Element, known: Metadata) -> None:
    if known.extent is not None:
        extent = ET.SubElement(root, "extent")
        for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), known.extent, strict=True):
            _add(extent, tag, repr(value))


def _looks(layer: ProjectLayer) -> ET.Element:
    """The named styles of a layer; the one in use holds nothing, for it is the layer's own."""
    root = ET.Element("map-layer-style-manager", current=DEFAULT_LOOK)
    ET.SubElement(root, "map-layer-style", name=DEFAULT_LOOK)
    for name, style in layer.looks.values():
        root_look = ET.SubElement(root, "map-layer-style", name=clean(name))
        root_look.append(draw_look(style))
    return root
