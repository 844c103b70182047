"""What leaves the program beside the map: GeoPackage, tables, quality report and manifest, in a folder of its own."""

from kansenkaart.exports.folder import open_output_folder
from kansenkaart.exports.geopackage import write_geopackage
from kansenkaart.exports.manifest import build_manifest, find_manifest_id, write_manifest
from kansenkaart.exports.quality import write_quality
from kansenkaart.exports.rerun import find_changes, find_project, read_manifest
from kansenkaart.exports.tables import write_tables

__all__ = [
    "build_manifest",
    "find_changes",
    "find_manifest_id",
    "find_project",
    "open_output_folder",
    "read_manifest",
    "write_geopackage",
    "write_manifest",
    "write_quality",
    "write_tables",
]
