"""Step 0: layers of a project read, repaired and placed; what was dropped or changed is told."""

from kansenkaart.sources.sources import Sources, read_sources

__all__ = ["Sources", "read_sources"]
