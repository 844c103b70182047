"""OUT: the workshop map, one HTML file that is also a ``folium.Map``."""

from kansenkaart.maps.compose import draw_map
from kansenkaart.maps.scenes import find_scene_remarks
from kansenkaart.maps.workshop_map import WorkshopMap

__all__ = ["WorkshopMap", "draw_map", "find_scene_remarks"]
