"""A GeoPackage that nothing can run in: views are worked out in a private copy, the user's file is never touched."""

from __future__ import annotations

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from kansenkaart.errors import DataError
from kansenkaart.project import Limits
from kansenkaart.project.input_files import companions
from kansenkaart.reasons import find_reason
from kansenkaart.sources.open_file import guard

# How many steps of SQLite go between two looks at the clock.
_STEPS = 10_000
# What SQLite says when a view runs into a limit.
_BEYOND = {"SQLITE_INTERRUPT": "view_s", "SQLITE_FULL": "unpacked_mb"}
# Virtual tables that hold their rows in the file itself.
_HARMLESS = frozenset(("rtree", "fts3", "fts4", "fts5"))
_MODULE = re.compile(r"\bUSING\s+[\"'`\[]?(\w+)", re.IGNORECASE)
_REGISTERED = "SELECT lower(table_name) FROM gpkg_contents"
# How a journal ends that names a third file: SQLite deletes that file, whatever it is, when it takes the journal back.
_NAMES_ANOTHER = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"


@dataclass(frozen=True)
class _Thing:
    kind: str
    name: str
    sql: str


@contextmanager
def plain_copy(path: Path, file: str, table: str | None, limits: Limits) -> Iterator[Path]:
    """Give a GeoPackage of tables only that is safe to open.

    Parameters
    ----------
    path, file
        The GeoPackage, and its name for errors.
    table
        Layer that is asked for: the one view that is worked out. None: all that are registered as a layer.
    limits
        How long a view may take, and to what it may unfold.

    Yields
    ------
    Path
        The file itself where it holds tables only; else a private copy, in which rows that were not yet written
        (``-wal``) are in place, views are tables and no trigger is left.
    """
    with guard(path, file):
        waits = bool(companions(path)) or _writes_ahead(path)
        if not waits:
            with closing(connect(path, "mode=ro&immutable=1")) as connection:
                things = _list_things(connection, file)
    if not waits and not any(thing.kind == "view" for thing in things):
        yield path
        return
    with TemporaryDirectory(prefix="kansenkaart-") as folder:
        copy = Path(folder) / path.name
        with guard(copy, file):
            for part in (path, *companions(path)):
                shutil.copyfile(part, Path(folder) / part.name)
            _refuse_journal(copy, file)
            with closing(connect(copy, "mode=rw")) as connection:
                _flatten(connection, file, table, limits)
        yield copy


def connect(path: Path, how: str) -> sqlite3.Connection:
    """Open a user's SQLite file as `how` says (``mode=ro``); what its schema calls for is not trusted."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _refuse_journal(copy: Path, file: str) -> None:
    journal = copy.with_name(copy.name + "-journal")
    if journal.exists() and journal.read_bytes().endswith(_NAMES_ANOTHER):
        message = (
            "Beside {file} lies {beside}, what was not written whole, and it names a third file, which would be "
            "deleted. Ask whoever sent it for the GeoPackage alone, saved anew in QGIS."
        )
        raise DataError("geopackage_journal", message, file=file, beside=journal.name)


def _writes_ahead(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(20)[19:] == b"\x02"


def _list_things(connection: sqlite3.Connection, file: str) -> list[_Thing]:
    """Everything the file defines; refuses what stands in the way of reading it safely."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    things = [_Thing(*row) for row in rows]
    for thing in things:
        module = _MODULE.search(thing.sql) if thing.sql.upper().startswith("CREATE VIRTUAL") else None
        odd = module is not None and module[1].lower() not in _HARMLESS
        if odd or (thing.kind == "view" and thing.name.lower().startswith("gpkg_")):
            message = (
                "{file} holds '{table}', which GeoPackage does not know: {what}. Export the layer in QGIS to a new "
                "GeoPackage."
            )
            raise DataError("geopackage_odd", message, file=file, table=thing.name, what=thing.sql[:120])
    return things


def _flatten(connection: sqlite3.Connection, file: str, table: str | None, limits: Limits) -> None:
    """Put what waits in place, leave triggers out and make tables of the views that are layers."""
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA legacy_alter_table = ON")
    things = _list_things(connection, file)
    for thing in things:
        if thing.kind == "trigger":
            connection.execute(f"DROP TRIGGER {_quoted(thing.name)}")
    views = [thing.name for thing in things if thing.kind == "view"]
    layers = {name for (name,) in connection.execute(_REGISTERED)}
    if any(thing.name == table for thing in things):
        layers = {str(table).lower()}
    asked = [name for name in views if name.lower() in layers]
    deadline = time.monotonic() + limits.view_s
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    ((size,), (pages,)) = (connection.execute(f"PRAGMA page_{what}").fetchone() for what in ("size", "count"))
    connection.execute(f"PRAGMA max_page_count = {pages + max(int(limits.unpacked_mb * 1e6 / size), 1)}")
    for view in asked:
        try:
            _work_out(connection, view)
        except sqlite3.Error as error:
            raise _no_end(file, view, limits, error) from error
    for view in views:
        if view not in asked:
            connection.execute(f"DROP VIEW {_quoted(view)}")


def _work_out(connection: sqlite3.Connection, view: str) -> None:
    """Make a table of a view, with the types of its columns."""
    name, fresh = _quoted(view), _quoted(f"{view} kansenkaart")
    columns = [(str(row[1]), str(row[2])) for row in connection.execute(f"PRAGMA table_info({name})")]
    written = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns)
    connection.execute(f"CREATE TABLE {fresh} ({written})")
    connection.execute(f"INSERT INTO {fresh} SELECT * FROM {name}")
    connection.execute(f"DROP VIEW {name}")
    connection.execute(f"ALTER TABLE {fresh} RENAME TO {name}")


def _no_end(file: str, view: str, limits: Limits, error: sqlite3.Error) -> DataError:
    key = _BEYOND.get(error.sqlite_errorname)
    if key is None:
        message = (
            "{file}: view '{table}' cannot be worked out: {error}. Export it in QGIS as a layer of its own."
        )
        return DataError("geopackage_view", message, file=file, table=view, error=find_reason(error))
    message = (
        "{file}: view '{table}' goes beyond limits.{key} = {allowed}. Export it in QGIS as a layer of its own, repair "
        "it, or set a higher {key} under [limits] in the project file."
    )
    allowed = f"{getattr(limits, key):g}"
    return DataError("geopackage_endless", message, file=file, table=view, key=key, allowed=allowed)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
