"""One layer as a table: typed columns, keys, indexes, rows by COPY, and comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import shapely
from psycopg import sql

from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.geopackage.geopackage import one_type
from kansenkaart.exports.postgis.schema import ASIDE, Target
from kansenkaart.geo import RD
from kansenkaart.tables import ALL_TABLES

if TYPE_CHECKING:
    from kansenkaart.database.connect import Session

_SRID = int(RD.removeprefix("EPSG:"))
_KEYS = {
    **{table.name: table.key for table in ALL_TABLES},
    "site_areas": ("site_id",),
    "provenance": ("provenance_id",),
}
# What is joined and filtered on: ids of places, flows and chances, codes of municipalities, the month.
_JOINS = ("_id", "_code", "month")
_SHAPES = {name: sql.SQL(name) for name in ("Point", "LineString", "MultiPolygon")}


def write_table(connection: Session, target: Target, layer: Layer) -> None:
    """Write a layer aside, as ``<name>__nieuw``.

    Parameters
    ----------
    layer
        Texts cleaned; shapes in RD New. Rows get ``fid`` 1, 2, 3, ... as in the GeoPackage.
    """
    table = target.name(layer.name + ASIDE)
    columns = [str(name) for name in layer.frame.columns if name != "geometry"]
    typed: list[sql.Composable] = [sql.SQL("fid integer")]
    typed += [sql.SQL("{} {}").format(sql.Identifier(name), _type(layer.frame[name])) for name in columns]
    if layer.geometry_type is not None:
        geometry = sql.Identifier(target.postgis, "geometry")
        kind = sql.SQL("geom {}({}, {})")
        typed.append(kind.format(geometry, _SHAPES[layer.geometry_type], sql.Literal(_SRID)))
    typed += _keys(layer)
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join(typed)))
    names = ["fid", *columns] + ([] if layer.geometry_type is None else ["geom"])
    _copy(connection, table, names, layer)
    if layer.geometry_type is not None:
        index = sql.Identifier(f"{layer.name}{ASIDE}_geom_idx")
        connection.execute(sql.SQL("CREATE INDEX {} ON {} USING gist (geom)").format(index, table))
    for column in (one for one in columns if one.endswith(_JOINS)):
        index = sql.Identifier(f"{layer.name}{ASIDE}_{column}_idx")
        connection.execute(sql.SQL("CREATE INDEX {} ON {} ({})").format(index, table, sql.Identifier(column)))
    connection.execute(sql.SQL("ANALYZE {}").format(table))


def _type(values: pd.Series) -> sql.SQL:
    if pd.api.types.is_bool_dtype(values):
        return sql.SQL("boolean")
    if pd.api.types.is_integer_dtype(values):
        return sql.SQL("bigint")
    return sql.SQL("double precision" if pd.api.types.is_float_dtype(values) else "text")


def _keys(layer: Layer) -> list[sql.Composed]:
    """Primary key ``fid`` (QGIS wants one number), and the stable ids unique."""
    name = layer.name + ASIDE
    parts = [sql.SQL("CONSTRAINT {} PRIMARY KEY (fid)").format(sql.Identifier(f"{name}_pkey"))]
    if layer.name in _KEYS:
        ids = sql.SQL(", ").join(map(sql.Identifier, _KEYS[layer.name]))
        parts.append(sql.SQL("CONSTRAINT {} UNIQUE ({})").format(sql.Identifier(f"{name}_key"), ids))
    return parts


def _copy(connection: Session, table: sql.Identifier, names: list[str], layer: Layer) -> None:
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        table, sql.SQL(", ").join(sql.Identifier(name) for name in names)
    )
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in _rows(layer):
            copy.write_row(row)


def _rows(layer: Layer) -> Iterator[tuple[object, ...]]:
    """Rows as Python values: missing is None, a shape is EWKB in hex."""
    frame = one_type(layer)
    columns: list[Any] = [range(1, len(frame) + 1)]
    for name in frame.columns:
        if name != "geometry":
            values = frame[name].astype(object)
            columns.append(values.where(frame[name].notna(), None))
    if layer.geometry_type is not None:
        shapes = shapely.set_srid(gpd.GeoDataFrame(frame).geometry.to_numpy(), _SRID)
        columns.append(shapely.to_wkb(shapes, hex=True, include_srid=True))
    return zip(*columns, strict=True)


def write_comments(
    connection: Session, target: Target, table: str, about: str, columns: Mapping[str, str]
) -> None:
    """Say in the database what a table and its columns hold, with units."""
    # a comment takes no parameter: psycopg quotes the text
    comment = sql.SQL("COMMENT ON TABLE {} IS {}").format(target.name(table), sql.Literal(about))
    connection.execute(comment)
    for name, meaning in columns.items():
        column = sql.Identifier(target.schema, table, name)
        connection.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(column, sql.Literal(meaning)))
