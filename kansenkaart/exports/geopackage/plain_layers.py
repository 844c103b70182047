"""A GeoPackage of plain layers and tables: their names, what their columns and codes mean, and no styles."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
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

# Such tables tell no year: the files carry this one, so that the same run gives the same bytes.
_YEAR = 2026


def write_plain_layers(path: Path, frames: Mapping[str, pd.DataFrame], *, texts: Texts) -> None:
    """Write `frames` by name to `path`; those with a geometry are polygons in RD New.

    Raises
    ------
    OutputError
        When the file cannot be written.
    """
    layers = [
        Layer(
            name, clean_frame(frame, name)[0], "MultiPolygon" if isinstance(frame, gpd.GeoDataFrame) else None
        )
        for name, frame in frames.items()
    ]
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
