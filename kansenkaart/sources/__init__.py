"""Step 0: layers of a project read, repaired and placed; what was dropped or changed is told."""

from kansenkaart.sources.plain_columns import PlainLayer
from kansenkaart.sources.plain_layer import PlainRows, read_plain_layer
from kansenkaart.sources.read_balance import read_balance
from kansenkaart.sources.read_sectors import SectorRows, add_merged, follow_areas, read_sectors
from kansenkaart.sources.region import check_province, load_boundaries
from kansenkaart.sources.sources import Sources, read_sources

__all__ = [
    "PlainLayer",
    "PlainRows",
    "SectorRows",
    "Sources",
    "add_merged",
    "check_province",
    "follow_areas",
    "load_boundaries",
    "read_balance",
    "read_plain_layer",
    "read_sectors",
    "read_sources",
]
