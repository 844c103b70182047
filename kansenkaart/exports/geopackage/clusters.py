"""Clusters as a GeoPackage: a polygon per municipality with its strongest sectors, and all rows as a table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import load_catalogue
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.geopackage.geopackage import at_fixed_date, write_aside, write_layer
from kansenkaart.exports.geopackage.schema import write_schema
from kansenkaart.texts import Texts

_YEAR = 2026
_STRONGEST = 3


def write_clusters(path: Path, clusters: pd.DataFrame, areas: gpd.GeoDataFrame, *, texts: Texts) -> None:
    """Write ``cluster_areas`` and ``clusters`` to `path`.

    Parameters
    ----------
    clusters
        Frame ``CLUSTERS``.
    areas
        ``area_code`` and ``geometry`` in RD New; an area without a polygon stands in the table only.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    layers = [
        Layer("cluster_areas", _find_strongest(clusters, areas), "MultiPolygon"),
        Layer("clusters", clusters, None),
    ]
    layers = [Layer(one.name, clean_frame(one.frame, one.name)[0], one.geometry_type) for one in layers]
    catalogue = load_catalogue()
    columns = {one.name: [str(name) for name in one.frame if name != "geometry"] for one in layers}
    with write_aside(path) as aside, at_fixed_date(_YEAR):
        for layer in layers:
            title, meaning = (texts(f"tables.{layer.name}.{what}") for what in ("title", "meaning"))
            write_layer(aside.path, layer, title=title, describe=meaning)
        with closing(sqlite3.connect(aside.path)) as connection, connection:
            write_schema(
                connection,
                {name: find_aliases(name, given, catalogue, texts=texts) for name, given in columns.items()},
                {name: find_labels(name, given, catalogue, texts=texts) for name, given in columns.items()},
            )


def _find_strongest(clusters: pd.DataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """An area a row: its strongest sectors by rank, with their shrunk quotient."""
    ranked = clusters.dropna(subset="rank").sort_values(["area_code", "rank", "sector"])
    ranked = ranked[ranked.groupby("area_code").cumcount() < _STRONGEST]
    place = ranked.groupby("area_code").cumcount() + 1
    named = ranked["sector_name"].fillna(ranked["sector"])
    wide = clusters.drop_duplicates("area_code").set_index("area_code")[
        ["area", "area_total", "area_complete"]
    ]
    for number in range(1, _STRONGEST + 1):
        of_place = (place == number).to_numpy()
        codes = ranked["area_code"][of_place].to_numpy()
        wide[f"sector_{number}"] = pd.Series(named[of_place].to_numpy(), index=codes, dtype="str")
        wide[f"quotient_{number}"] = pd.Series(
            ranked["shrunk"][of_place].to_numpy(), index=codes, dtype="float64"
        )
    joined = areas[["area_code", "geometry"]].merge(wide.reset_index(), on="area_code")
    return gpd.GeoDataFrame(joined[[*(name for name in joined if name != "geometry"), "geometry"]])
