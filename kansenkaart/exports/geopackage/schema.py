"""The schema extension of GeoPackage: what columns and codes mean, for software that reads no QGIS style."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

# GeoPackage 1.3, annex F.9 (http://www.geopackage.org/spec130/#extension_schema), table definitions C.8 and C.9.
# A file of tables alone has no extensions yet (definition C.5).
_TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name)
);
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value)
);
INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema',
   'read-write');
"""

_COLUMN = (
    "INSERT INTO gpkg_data_columns (table_name, column_name, title, constraint_name) VALUES (?, ?, ?, ?)"
)
_CODE = (
    "INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description) "
    "VALUES (?, 'enum', ?, ?)"
)


def write_schema(
    connection: sqlite3.Connection,
    aliases: Mapping[str, Mapping[str, str]],
    labels: Mapping[str, Mapping[str, Mapping[str, str]]],
) -> None:
    """Write what columns are called and what their codes mean.

    Parameters
    ----------
    connection
        An open GeoPackage without these tables.
    aliases
        Per layer and column what a reader sees.
    labels
        Per layer and enumerated column its codes and what a reader sees for each.
    """
    for statement in _TABLES.split(";\n"):
        connection.execute(statement)
    for layer, columns in aliases.items():
        for column, alias in columns.items():
            codes = labels[layer].get(column, {})
            name = f"{layer}_{column}" if codes else None
            connection.execute(_COLUMN, (layer, column, alias, name))
            connection.executemany(_CODE, [(name, code, label) for code, label in codes.items()])
