"""What leaves the program beside the map: GeoPackage, tables, quality report and manifest, in a folder of its own."""

from kansenkaart.exports.clean import clean_text
from kansenkaart.exports.folder import open_output_folder
from kansenkaart.exports.geopackage import write_geopackage
from kansenkaart.exports.manifest import build_manifest, find_manifest_id, write_manifest
from kansenkaart.exports.postgis import check_postgis, write_postgis
from kansenkaart.exports.quality import write_quality
from kansenkaart.exports.rasters import write_rasters
from kansenkaart.exports.rerun import find_changes, find_project, read_manifest
from kansenkaart.exports.tables import write_tables
from kansenkaart.exports.two_layers import TwoLayers, write_two_layers

__all__ = [
    "TwoLayers",
    "build_manifest",
    "check_postgis",
    "clean_text",
    "find_changes",
    "find_manifest_id",
    "find_project",
    "open_output_folder",
    "read_manifest",
    "write_geopackage",
    "write_manifest",
    "write_postgis",
    "write_quality",
    "write_rasters",
    "write_tables",
    "write_two_layers",
]
