"""What leaves the program beside the map: GeoPackage, tables, quality report and manifest, in a folder of its own."""

from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.folder.folder import check_edition_folder, check_output_folder, open_output_folder
from kansenkaart.exports.folder.manifest import build_manifest, find_manifest_id, write_manifest
from kansenkaart.exports.folder.one_file import check_output_file
from kansenkaart.exports.folder.rerun import find_changes, find_project, read_manifest, refuse_manifest
from kansenkaart.exports.geopackage.area_layers import write_area_layers
from kansenkaart.exports.geopackage.geopackage import settle_edits, write_geopackage
from kansenkaart.exports.geopackage.plain_layers import write_changes, write_clusters
from kansenkaart.exports.geopackage.read_built import read_built
from kansenkaart.exports.geopackage.two_layers import TwoLayers, write_two_layers
from kansenkaart.exports.postgis.postgis import check_postgis, write_postgis
from kansenkaart.exports.qgis.copy import copy_package
from kansenkaart.exports.raster.rasters import write_rasters
from kansenkaart.exports.report.area_sheet import write_area_sheet
from kansenkaart.exports.report.change_sheet import write_change_sheet
from kansenkaart.exports.report.cluster_sheet import write_cluster_sheet
from kansenkaart.exports.report.coalition_sheet import write_coalition_sheet
from kansenkaart.exports.report.hub_sheet import write_hub_sheet
from kansenkaart.exports.report.quality import write_quality
from kansenkaart.exports.sankey.diagram import compose_diagrams
from kansenkaart.exports.sankey.sankey import SANKEY_ENDINGS, draw_png, draw_svg, write_sankey
from kansenkaart.exports.tables.csv_files import write_csv
from kansenkaart.exports.tables.result import RESULT_ENDINGS, write_result
from kansenkaart.exports.tables.tables import write_tables

__all__ = [
    "RESULT_ENDINGS",
    "SANKEY_ENDINGS",
    "TwoLayers",
    "build_manifest",
    "check_edition_folder",
    "check_output_file",
    "check_output_folder",
    "check_postgis",
    "clean_text",
    "compose_diagrams",
    "copy_package",
    "draw_png",
    "draw_svg",
    "find_changes",
    "find_manifest_id",
    "find_project",
    "open_output_folder",
    "read_built",
    "read_manifest",
    "refuse_manifest",
    "settle_edits",
    "write_area_layers",
    "write_area_sheet",
    "write_change_sheet",
    "write_changes",
    "write_cluster_sheet",
    "write_clusters",
    "write_coalition_sheet",
    "write_csv",
    "write_geopackage",
    "write_hub_sheet",
    "write_manifest",
    "write_postgis",
    "write_quality",
    "write_rasters",
    "write_result",
    "write_sankey",
    "write_tables",
    "write_two_layers",
]
