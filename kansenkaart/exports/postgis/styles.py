"""The table ``layer_styles`` in which QGIS looks for default styles.

QGIS (``QgsPostgresProviderMetadata::loadStyle``, seen in 3.22) asks for ``layer_styles`` without a schema: it finds the
one on the search path, as a rule that in ``public``. The styles therefore stand in the schema itself and, where rights
allow, in ``public`` too. Styles that others saved there are kept, and stay the default where they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from psycopg import sql

from kansenkaart import __version__
from kansenkaart.errors import Fault
from kansenkaart.exports.postgis.schema import STYLES, Target
from kansenkaart.exports.styles.qml import Style, write_qml

if TYPE_CHECKING:
    from kansenkaart.database.connect import Session

_MADE_BY = "kansenkaart"

# As QGIS itself makes it (QgsPostgresProviderMetadata::saveStyle).
_TABLE = """
CREATE TABLE IF NOT EXISTS {} (
  id SERIAL PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar, f_table_name varchar,
  f_geometry_column varchar, styleName text, styleQML xml, styleSLD xml, useAsDefault boolean, description text,
  owner varchar(63) DEFAULT CURRENT_USER, ui xml, update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar
)
"""

_FORGET = """
DELETE FROM {} WHERE f_table_catalog = current_database() AND f_table_schema = {} AND stylename = f_table_name
  AND split_part(description, ' ', 1) = {}
"""

# No type: QGIS 3.14 and later then take it for any geometry, and earlier ones have no such column.
_ADD = """
INSERT INTO {table} (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, stylename, styleqml,
  useasdefault, description)
SELECT current_database(), {schema}::text, {layer}::text, {geometry}::text, {layer}::text,
  XMLPARSE(DOCUMENT {qml}::text),
  NOT EXISTS (SELECT FROM {table} WHERE f_table_catalog = current_database() AND f_table_schema = {schema}::text
              AND f_table_name = {layer}::text AND useasdefault), {made}::text
"""

_PUBLIC = """
SELECT CASE WHEN to_regclass('public.layer_styles') IS NULL THEN
    CASE WHEN has_schema_privilege(to_regnamespace('public'), 'CREATE') THEN 'make' END
  WHEN has_table_privilege('public.layer_styles', 'SELECT') AND has_table_privilege('public.layer_styles', 'INSERT')
    AND has_table_privilege('public.layer_styles', 'DELETE') THEN 'use' END, current_user::text
"""

_ONE_MAKES = "SELECT pg_advisory_xact_lock(hashtextextended('kansenkaart: public.layer_styles', 0))"


def write_style_rows(connection: Session, target: Target, styles: Mapping[str, Style]) -> list[Fault]:
    """Write the styles; returns what keeps QGIS from finding them by itself, if anything.

    Parameters
    ----------
    styles
        Per layer.
    """
    own = target.name(STYLES)
    connection.execute(sql.SQL(_TABLE).format(own))
    _fill(connection, own, target.schema, styles)
    what, user = _look_at_public(connection)
    if what == "make":  # one at a time: in a table that two make at once, PostgreSQL lets one fail
        connection.execute(_ONE_MAKES)
        what, user = _look_at_public(connection)
    if what is None:
        message = (
            "{database}: user '{user}' may not write public.layer_styles, where QGIS looks for styles; they stand in "
            "{schema}.layer_styles only. Let the administrator give the rights SELECT, INSERT and DELETE on "
            "public.layer_styles, or put '{schema}' in the search_path of those who read."
        )
        values = {"database": target.address.shown, "user": user, "schema": target.schema}
        return [Fault("postgis_styles_apart", message, values)]
    shared = sql.Identifier("public", STYLES)
    if what == "make":
        connection.execute(sql.SQL(_TABLE).format(shared))
        connection.execute(sql.SQL("GRANT SELECT ON {} TO PUBLIC").format(shared))
    _fill(connection, shared, target.schema, styles)
    return []


def _look_at_public(connection: Session) -> tuple[str | None, str]:
    """Whether the shared table can be used or must be made (nothing: neither), and who we are."""
    row = connection.execute(_PUBLIC).fetchone()
    assert row is not None
    return row[0], row[1]


def _fill(
    connection: Session,
    table: sql.Identifier,
    schema: str,
    styles: Mapping[str, Style],
) -> None:
    # literals, quoted by psycopg: a parameter would take a % in the name of the schema for one of its own
    forget = sql.SQL(_FORGET).format(table, sql.Literal(schema), sql.Literal(_MADE_BY))
    connection.execute(forget)
    for name, style in styles.items():
        values = {
            "schema": schema,
            "layer": name,
            # QGIS asks for IS NULL where a table has no geometry
            "geometry": None if style.geometry_type is None else "geom",
            "qml": write_qml(style),
            "made": f"{_MADE_BY} {__version__}",
        }
        literals = {key: sql.Literal(value) for key, value in values.items()}
        connection.execute(sql.SQL(_ADD).format(table=table, **literals))
