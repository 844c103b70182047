"""A table or view of PostGIS as a frame: the same rows, whatever order the server keeps them in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from psycopg import sql
from pyproj import CRS

from kansenkaart.allowed import refuse_table
from kansenkaart.errors import DataError

if TYPE_CHECKING:
    from kansenkaart.database.connect import Session

_SHOWN = 8

_TABLES = """
SELECT n.nspname || '.' || c.relname, n.nspname, c.relname, c.oid
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_t%' AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1, 2
"""

# A domain counts as the type it is made of.
_COLUMNS = """
SELECT a.attname, CASE WHEN t.typtype = 'd' THEN b.typname ELSE t.typname END
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

_POSTGIS = """
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'postgis'
"""

_SHAPES = ("geometry", "geography")
_NUMBERS = ("float4", "float8", "numeric")
_TEXT = sql.SQL("{}::text")
_CASTS = {
    **dict.fromkeys(("bool", "int2", "int4", "int8"), sql.SQL("{}")),
    **dict.fromkeys(_NUMBERS, sql.SQL("{}::float8")),
    # dates are read from text, as in every other format; 'infinity' is no date: missing
    **dict.fromkeys(("date", "timestamp", "timestamptz"), sql.SQL("to_char({}, 'YYYY-MM-DD')")),
}


@dataclass(frozen=True)
class DatabaseTable:
    """What stood in a table.

    Attributes
    ----------
    frame
        Its columns, missing values as pandas has them; a ``GeoDataFrame`` in the table's own CRS when it has shapes.
    digest
        SHA-256 over names and rows: the same as long as the table holds the same.
    shapes
        EWKB per row, also of kinds that the frame cannot hold (TIN); nothing when the table has no shapes.
    """

    frame: pd.DataFrame
    digest: str
    shapes: list[bytes | None] | None


def read_table(connection: Session, table: str | None, *, database: str) -> DatabaseTable:
    """Read a table or view.

    Parameters
    ----------
    connection
        Open, with nothing done in it yet.
    table
        ``schema.table`` as the database writes it, without quotes.
    database
        What errors call the database.

    Raises
    ------
    DataError
        ``table_missing``, ``table_needed``, ``database_crs``, ``database_rows``: the table does not exist, must be
        chosen, mixes several CRS, or gives another number of rows than the server counts.
    """
    connection.read_only = True
    # what is read and what is counted is the table of one moment
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    schema, name, oid = _find_table(connection, table, database)
    columns = [(str(column), str(kind)) for column, kind in connection.execute(_COLUMNS, (oid,))]
    rows = _fetch(connection, schema, name, columns)
    shapes = [column for column, kind in columns if kind in _SHAPES]
    plain = _frame(columns, rows)
    stored = plain[shapes[0]].tolist() if shapes else None
    frame = _with_shapes(connection, plain, shapes, f"{database} {table}")
    return DatabaseTable(frame, _digest(columns, rows), stored)


def _find_table(connection: Session, table: str | None, database: str) -> tuple[str, str, int]:
    """Schema, name and number of a table that is known as ``schema.table``."""
    known = connection.execute(_TABLES).fetchall()
    for full, schema, name, oid in known:
        if full == table:
            return schema, name, oid
    names = [row[0] for row in known]
    # without a schema the table of that name is the nearest
    near = [full for full, _, name, _ in known if name == table] or get_close_matches(
        table or "", names, _SHOWN
    )
    shown = near or names
    raise refuse_table(table, shown[:_SHOWN] + ["…"] * (len(shown) > _SHOWN), database)


def _fetch(
    connection: Session, schema: str, name: str, columns: list[tuple[str, str]]
) -> list[tuple[Any, ...]]:
    """All rows, in an order that follows from what they hold."""
    if not columns:
        return []
    found = connection.execute(_POSTGIS).fetchone()
    asked = [_ask(column, kind, found[0] if found else "public") for column, kind in columns]
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        sql.SQL(", ").join(asked),
        sql.Identifier(schema, name),
        sql.SQL(", ").join(sql.Literal(place) for place in range(1, len(columns) + 1)),
    )
    rows = connection.execute(query).fetchall()
    _check_count(connection, sql.Identifier(schema, name), f"{schema}.{name}", len(rows))
    return rows


def _check_count(connection: Session, table: sql.Identifier, name: str, read: int) -> None:
    """Raise ``DataError`` when the server counts other rows than were read: a view may give what it likes."""
    counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()
    declared = counted[0] if counted else 0
    if declared != read:
        message = (
            "{table}: the database counts {declared} rows and gave {read}. A view that gives other rows each time, or "
            "a foreign table that changes, cannot be a layer: make a table of it."
        )
        raise DataError("database_rows", message, table=name, declared=declared, read=read)


def _ask(column: str, kind: str, postgis: str) -> sql.Composable:
    """How a column is asked for: numbers, truth values and shapes as they are, all else as text."""
    name = sql.Identifier(column)
    if kind in _SHAPES:
        # arcs as lines: shapely knows no arcs
        return sql.SQL("{}({}({}::{}))").format(
            sql.Identifier(postgis, "st_asewkb"),
            sql.Identifier(postgis, "st_curvetoline"),
            name,
            sql.Identifier(postgis, "geometry"),
        )
    return _CASTS.get(kind, _TEXT).format(name)


def _frame(columns: list[tuple[str, str]], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Columns with the types that the readers of files give; shapes stay EWKB."""
    data = {}
    for place, (name, kind) in enumerate(columns):
        values = pd.Series([row[place] for row in rows], dtype=object)
        whole = bool(values.notna().all())
        if kind.startswith("int") and kind in _CASTS:
            values = values.astype("int64" if whole else "float64")
        elif kind in _NUMBERS:
            values = values.astype("float64")
        elif kind == "bool":
            values = values.astype("bool") if whole else values
        elif kind not in _SHAPES:
            values = values.astype("str")
        data[name] = values
    return pd.DataFrame(data, index=pd.RangeIndex(len(rows)))


def _with_shapes(connection: Session, frame: pd.DataFrame, shapes: list[str], table: str) -> pd.DataFrame:
    """`frame` with its first column of shapes as geometry, in the CRS that the shapes state."""
    if not shapes:
        return frame
    with np.errstate(invalid="ignore"):  # a corner that is no number is rejected with the others
        drawn = shapely.from_wkb(frame[shapes[0]].to_numpy(), on_invalid="ignore")
    numbers = sorted(set(shapely.get_srid(drawn[~shapely.is_missing(drawn)]).tolist()))
    if len(numbers) > 1:
        message = "{table}: column {column} mixes the CRS {crs}. Bring all shapes into one (ST_Transform)."
        values = {"table": table, "column": shapes[0], "crs": ", ".join(map(str, numbers))}
        raise DataError("database_crs", message, **values)
    crs = _find_crs(connection, numbers[0]) if numbers and numbers[0] else None
    geometry = gpd.GeoSeries(shapely.set_srid(drawn, 0), index=frame.index, crs=crs)
    drawn_frame: pd.DataFrame = gpd.GeoDataFrame(frame.drop(columns=shapes), geometry=geometry)
    return drawn_frame


def _find_crs(connection: Session, number: int) -> CRS | None:
    """CRS of a number in the database's own list; nothing when it is not there."""
    found = connection.execute(_POSTGIS).fetchone()
    listed = sql.Identifier(found[0] if found else "public", "spatial_ref_sys")
    query = sql.SQL("SELECT auth_name, auth_srid, srtext FROM {} WHERE srid = {}")
    row = connection.execute(query.format(listed, sql.Literal(number))).fetchone()
    if row is None:
        return None
    return CRS.from_epsg(row[1]) if row[0] == "EPSG" else CRS.from_wkt(row[2])


def _digest(columns: list[tuple[str, str]], rows: list[tuple[Any, ...]]) -> str:
    digest = hashlib.sha256(repr(columns).encode())
    for row in rows:
        digest.update(repr(row).encode("utf-8", errors="surrogatepass"))
    return digest.hexdigest()
