"""STEP 1: which sectors are strong where, and which places of a theme lie together; both with how sure that is."""

from kansenkaart.clusters.clusters import Asked, Clusters, find_clusters
from kansenkaart.clusters.sides import find_area_view, find_areas, find_chain_view
from kansenkaart.clusters.site_clusters import Found, Near, find_site_clusters

__all__ = [
    "Asked",
    "Clusters",
    "Found",
    "Near",
    "find_area_view",
    "find_areas",
    "find_chain_view",
    "find_clusters",
    "find_site_clusters",
]
