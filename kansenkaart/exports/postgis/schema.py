"""The schema that a run is written to: whether it is ours, and how a new run takes the place of the old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.errors import LockNotAvailable

from kansenkaart import __version__
from kansenkaart.database import Address
from kansenkaart.errors import OutputError

if TYPE_CHECKING:
    from kansenkaart.database.connect import Session

RUN = "kansenkaart_run"
STYLES = "layer_styles"
# A view over two of the tables.
MONTHS = "months_map"

# Behind the name of a table that is still being written.
ASIDE = "__nieuw"

_SHOWN = 5

# How long to try to get all tables at once from those who read them, and how long between.
_PATIENCE_S = 10.0
_PAUSE_S = 0.05

_POSTGIS = """
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'postgis'
"""

# Everything in a schema that holds or shows rows; a sequence of a column goes with its table.
_RELATIONS = """
SELECT c.relname, pg_has_role(c.relowner, 'USAGE'),
  EXISTS (SELECT FROM pg_catalog.pg_attribute a
          WHERE a.attrelid = c.oid AND a.attname = 'tables' AND a.atttypid = 'text[]'::regtype)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND (c.relkind IN ('r', 'v', 'm', 'f', 'p') OR c.relkind = 'S' AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
ORDER BY 1
"""

_READERS = """
SELECT c.relname, CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) g
WHERE n.nspname = %s AND g.privilege_type = 'SELECT' AND g.grantee <> c.relowner
ORDER BY 1, 2
"""

_INDEXES = (
    "SELECT indexname::text FROM pg_catalog.pg_indexes WHERE schemaname = %s AND tablename = %s ORDER BY 1"
)

_RUN_TABLE = """
CREATE TABLE IF NOT EXISTS {} (
  manifest_id text PRIMARY KEY, title text, reference_year integer, version text, tables text[] NOT NULL
)
"""


@dataclass(frozen=True)
class Target:
    """The schema to write to.

    Attributes
    ----------
    schema
        Its name.
    postgis
        Schema that PostGIS itself is in.
    old
        Tables of our earlier run that stand there.
    address
        Database, to name in errors.
    """

    schema: str
    postgis: str
    old: tuple[str, ...]
    address: Address

    def name(self, table: str) -> sql.Identifier:
        """Full name of a table of the schema, quoted."""
        return sql.Identifier(self.schema, table)


def open_target(connection: Session, address: Address) -> Target:
    """Look at the schema, make it when it is not there, and keep other runs out until the transaction ends.

    Raises
    ------
    OutputError
        ``postgis_taken``, ``postgis_missing``, ``postgis_no_schema``, ``postgis_foreign`` or ``postgis_not_owner``.
    """
    values = {"database": address.shown, "schema": address.schema}
    lock = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    if not _ask(connection, lock, f"kansenkaart:{address.schema}"):
        message = (
            "Another run writes to schema '{schema}' of {database}. Wait for it and try again; "
            "nothing was changed."
        )
        raise OutputError("postgis_taken", message, **values)
    postgis = _ask(connection, _POSTGIS)
    if postgis is None:
        message = (
            "{database} has no PostGIS. Let its administrator run: CREATE EXTENSION postgis; and try again."
        )
        raise OutputError("postgis_missing", message, **values)
    if not _ask(
        connection, "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = %s", address.schema
    ):
        _make_schema(connection, address, values)
    return Target(address.schema, postgis, _find_old(connection, address.schema, values), address)


def _ask(connection: Session, query: Any, *values: object) -> Any:
    """The one value that a query gives; nothing when it gives no row."""
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]


def _make_schema(connection: Session, address: Address, values: Mapping[str, object]) -> None:
    if not _ask(connection, "SELECT has_database_privilege(current_database(), 'CREATE')"):
        user = _ask(connection, "SELECT current_user::text")
        message = (
            "{database} has no schema '{schema}', and user '{user}' may not make one. Let the administrator run: "
            'CREATE SCHEMA "{schema}" AUTHORIZATION "{user}";'
        )
        raise OutputError("postgis_no_schema", message, **values, user=user)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(address.schema)))


def _find_old(connection: Session, schema: str, values: Mapping[str, object]) -> tuple[str, ...]:
    """Tables of our earlier run; refuses a schema in which anything else stands."""
    present = {name: (owned, lists) for name, owned, lists in connection.execute(_RELATIONS, (schema,))}
    ours: set[str] = set()
    if RUN in present and present[RUN][1]:
        _refuse_not_owned([name for name, (owned, _) in present.items() if not owned], values)
        listed = sql.SQL("SELECT unnest(tables) FROM {}").format(sql.Identifier(schema, RUN))
        ours = {RUN, STYLES} | {str(name) for (name,) in connection.execute(listed)}
    strangers = sorted(present.keys() - ours)
    if strangers:
        message = (
            "Schema '{schema}' of {database} holds tables that are not of kansenkaart: {tables}. "
            "Nothing was changed. Choose another schema: ...?schema=NAME."
        )
        raise OutputError("postgis_foreign", message, **values, tables=_list(strangers))
    return tuple(sorted(present.keys() - {RUN, STYLES}))


def _refuse_not_owned(tables: Sequence[str], values: Mapping[str, object]) -> None:
    """Only the owner of a table may replace it."""
    if not tables:
        return
    message = (
        "Tables in schema '{schema}' of {database} belong to another user: {tables}. Nothing was changed. "
        "Write as that user, or choose another schema: ...?schema=NAME."
    )
    raise OutputError("postgis_not_owner", message, **values, tables=_list(tables))


def _list(names: Sequence[str]) -> str:
    more = f" (+ {len(names) - _SHOWN})" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def find_readers(connection: Session, target: Target) -> list[tuple[str, str | None]]:
    """Return who may read which table or view; nobody's name where everybody may."""
    return [(table, role) for table, role in connection.execute(_READERS, (target.schema,))]


def replace_tables(connection: Session, target: Target, tables: Sequence[str]) -> None:
    """Let the tables written aside take the place of the old ones; our own view over those goes."""
    if target.old:
        _hold(connection, sql.SQL(", ").join(map(target.name, target.old)))
        # never CASCADE: what hangs on a table is someone's own work
        if MONTHS in target.old:
            connection.execute(sql.SQL("DROP VIEW {}").format(target.name(MONTHS)))
        old = sql.SQL(", ").join(target.name(name) for name in target.old if name != MONTHS)
        connection.execute(sql.SQL("DROP TABLE {}").format(old))
    for table in tables:
        rename = sql.SQL("ALTER TABLE {} RENAME TO {}")
        connection.execute(rename.format(target.name(table + ASIDE), sql.Identifier(table)))
        for (name,) in connection.execute(_INDEXES, (target.schema, table)).fetchall():
            own = sql.Identifier(name.replace(ASIDE, ""))
            connection.execute(sql.SQL("ALTER INDEX {} RENAME TO {}").format(target.name(name), own))


def let_read(
    connection: Session, target: Target, readers: Sequence[tuple[str, str | None]], names: Sequence[str]
) -> None:
    """Who could read a table or view of the earlier run can read that of this one."""
    for table, role in readers:
        if table in names:
            who = sql.SQL("PUBLIC") if role is None else sql.Identifier(role)
            connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(target.name(table), who))


def _hold(connection: Session, tables: sql.Composed) -> None:
    """Keep all readers out at once, or nobody: who waits for one table while holding another, deadlocks with them."""
    lock = sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(tables)
    give_up = monotonic() + _PATIENCE_S
    while True:
        try:
            with connection.transaction():  # a savepoint: what was locked half is let go
                connection.execute(lock)
            return
        except LockNotAvailable:
            if monotonic() > give_up:
                raise
        sleep(_PAUSE_S)


def write_run(connection: Session, target: Target, run: Mapping[str, object], tables: Sequence[str]) -> None:
    """Say in ``kansenkaart_run`` which run the schema holds, and which tables are ours."""
    table = target.name(RUN)
    connection.execute(sql.SQL(_RUN_TABLE).format(table))
    connection.execute(sql.SQL("DELETE FROM {}").format(table))
    values = [run["manifest_id"], run["title"], run["reference_year"], __version__, list(tables)]
    row = sql.SQL(", ").join(map(sql.Literal, values))
    connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(table, row))
