"""Layers of a GeoPackage that kansenkaart wrote, for the project of the user."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from qgis.core import QgsProcessingContext, QgsProcessingException, QgsVectorLayer

from .words import say

_SHAPES_FIRST = (
    "SELECT c.table_name, c.identifier, g.table_name IS NULL FROM gpkg_contents c "
    "LEFT JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
    "WHERE c.data_type IN ('features', 'attributes') AND c.table_name != 'layer_styles' ORDER BY c.rowid"
)


def find_layers(path):
    """Return (table, title) of every layer, tables without geometry first: what is loaded later lies on top.

    Raises
    ------
    QgsProcessingException
        When the file is no GeoPackage.
    """
    try:
        with closing(sqlite3.connect(Path(path).resolve().as_uri() + "?mode=ro", uri=True)) as connection:
            rows = connection.execute(_SHAPES_FIRST).fetchall()
    except sqlite3.Error as error:
        raise QgsProcessingException(say("no_geopackage", path=path, error=error)) from error
    return [(table, title) for table, title, plain in rows if plain] + [
        (table, title) for table, title, plain in rows if not plain
    ]


def load_layers(path, context):
    """Open every layer with its own style and give it to the project when the tool is done.

    Returns
    -------
    list of str
        Ids of the layers, in the order they are loaded.
    """
    ids = []
    for number, (table, title) in enumerate(find_layers(path)):
        # The first name becomes the id, and QGIS loads in the order of ids. The style in the file is taken by itself.
        layer = QgsVectorLayer(f"{path}|layername={table}", f"kansenkaart_{number:02d}_{table}", "ogr")
        if not layer.isValid():
            raise QgsProcessingException(say("no_layer", path=path, layer=table))
        layer.setName(title or table)
        context.temporaryLayerStore().addMapLayer(layer)
        details = QgsProcessingContext.LayerDetails(layer.name(), context.project(), table)
        if context.project() is not None:
            context.addLayerToLoadOnCompletion(layer.id(), details)
        ids.append(layer.id())
    return ids
