"""STEP 1: which sectors are strong where - location quotients with their intervals, and scores by five criteria."""

from kansenkaart.clusters.clusters import Asked, Clusters, find_clusters

__all__ = ["Asked", "Clusters", "find_clusters"]
