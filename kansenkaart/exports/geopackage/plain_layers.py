"""A GeoPackage of plain layers and tables, made without the rest of a build: clusters of a table, balances, changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue import load_catalogue, load_style
from kansenkaart.exports.content.cluster_areas import find_cluster_areas
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.geopackage.geopackage import clean_layer, write_styled
from kansenkaart.exports.styles.changes import draw_changes
from kansenkaart.exports.styles.qml import Renderer, Style
from kansenkaart.exports.styles.quotients import draw_quotients
from kansenkaart.texts import Texts

# Such tables tell no year: the files carry this one, so that the same run gives the same bytes.
_YEAR = 2026


def write_clusters(path: Path, clusters: pd.DataFrame, areas: gpd.GeoDataFrame, *, texts: Texts) -> None:
    """Write ``cluster_areas``, a polygon per area with its strongest sectors, and ``clusters`` to `path`.

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
    coloured = find_cluster_areas(clusters, areas)
    drawn = draw_quotients(coloured, clusters, load_style(), texts)
    frames = {"cluster_areas": coloured, "clusters": clusters}
    write_plain_layers(path, frames, texts=texts, renderers={"cluster_areas": drawn})


def write_changes(path: Path, frames: Mapping[str, pd.DataFrame], *, texts: Texts) -> None:
    """Write ``changes``, a line per chance that changed, and the tables of its causes to `path`.

    Parameters
    ----------
    frames
        ``changes``, ``changed_inputs`` and ``changed_rows``.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    drawn = {"changes": draw_changes(load_style(), texts)}
    write_plain_layers(path, frames, texts=texts, renderers=drawn, shape="LineString")


def write_plain_layers(
    path: Path,
    frames: Mapping[str, pd.DataFrame],
    *,
    texts: Texts,
    renderers: Mapping[str, Renderer | None] | None = None,
    shape: str = "MultiPolygon",
) -> None:
    """Write `frames` by name to `path`, with what their columns and codes mean; older files as in ``write_aside``.

    Parameters
    ----------
    frames
        Those with a geometry are of one `shape`, in RD New.
    renderers
        How a layer is drawn, by name; the others as QGIS does by itself.
    shape
        OGC type of geometry.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    catalogue, drawn = load_catalogue(), renderers or {}
    layers, styles = [], {}
    for name, frame in frames.items():
        layer = clean_layer(Layer(name, frame, shape if isinstance(frame, gpd.GeoDataFrame) else None))
        columns = [str(column) for column in layer.frame if column != "geometry"]
        aliases = find_aliases(name, columns, catalogue, texts=texts)
        labels = find_labels(name, columns, catalogue, texts=texts)
        styles[name] = Style(layer.geometry_type, aliases, labels, drawn.get(name))
        layers.append(layer)
    said = {name: (texts(f"tables.{name}.title"), texts(f"tables.{name}.meaning")) for name in frames}
    with write_styled(path, layers, styles, said, year=_YEAR):
        pass
