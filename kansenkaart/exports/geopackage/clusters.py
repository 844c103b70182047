"""Clusters as a GeoPackage: a polygon per municipality with its strongest sectors, and all rows as a table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import load_catalogue, load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.content.cluster_areas import find_cluster_areas
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.geopackage.geopackage import at_fixed_date, fixed_date, write_aside, write_layer
from kansenkaart.exports.geopackage.schema import write_schema
from kansenkaart.exports.styles.layer_styles import write_styles
from kansenkaart.exports.styles.qml import Style
from kansenkaart.exports.styles.quotients import draw_quotients
from kansenkaart.texts import Texts

_YEAR = 2026


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
        Layer("cluster_areas", find_cluster_areas(clusters, areas), "MultiPolygon"),
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
            styles = {
                layer.name: Style(
                    layer.geometry_type,
                    find_aliases(layer.name, columns[layer.name], catalogue, texts=texts),
                    find_labels(layer.name, columns[layer.name], catalogue, texts=texts),
                    draw_quotients(layer.frame, clusters, load_style(), texts),
                )
                for layer in layers
            }
            write_styles(connection, styles, fixed_date(_YEAR))
            write_schema(
                connection,
                {name: style.aliases for name, style in styles.items()},
                {name: style.labels for name, style in styles.items()},
            )
