"""Step 0: layers of a project read, repaired and placed; what was dropped or changed is told."""

from kansenkaart.sources.region import check_province
from kansenkaart.sources.sources import Sources, read_sources

__all__ = ["Sources", "check_province", "read_sources"]
