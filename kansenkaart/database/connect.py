"""Opening a database, and telling what went wrong with it in words that name no password."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from kansenkaart.database.address import Address
from kansenkaart.errors import DataError, Fault, KansenkaartError, OutputError, UsageError
from kansenkaart.reasons import name_reason

if TYPE_CHECKING:
    from psycopg import Connection, Error

    Session: TypeAlias = Connection[tuple[Any, ...]]

# Seconds before a server counts as unreachable, and before a silent line counts as broken.
_SETTINGS = {
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
_REASONS = {
    "reason_password": re.compile(
        "password|authentication|pg_hba|role .* does not exist|wachtwoord", re.IGNORECASE
    ),
    "reason_database": re.compile("database .* does not exist", re.IGNORECASE),
    "reason_server": re.compile(
        "refused|resolve|translate|not known|time-?out|timed out|unreachable|is the server"
    ),
}
_CONNECTION_STATES = ("08", "57P")


def load_driver(address: Address) -> Any:
    """Return psycopg; raise ``UsageError`` (``database_not_installed``) when it is not there."""
    try:
        return import_module("psycopg")
    except ImportError:
        message = "{database} asks for the package psycopg; install kansenkaart[postgis]."
        raise UsageError("database_not_installed", message, database=address.shown) from None


@contextmanager
def open_database(address: Address) -> Iterator[Session]:
    """Give a connection with one transaction: kept when the block ends well, undone when it does not.

    Raises
    ------
    UsageError
        ``database_not_installed``.
    DataError
        ``database_unreachable``: no server, wrong name or password; the server's own message comes last.
    """
    driver = load_driver(address)
    try:
        connection = driver.connect(**{**_SETTINGS, **address.settings}, application_name="kansenkaart")
    except driver.Error as error:
        message = (
            "{database} cannot be opened: {error}. Check host, port, database and user; a password is taken from "
            "PGPASSWORD or .pgpass."
        )
        raise DataError(
            "database_unreachable", message, database=address.shown, error=_find_reason(error)
        ) from None
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()  # what was not kept, the server undoes


@contextmanager
def lost_or_refused(address: Address, doing: str) -> Iterator[None]:
    """Turn what the server answers while `doing` (a table, a schema) into a clear error.

    Raises
    ------
    OutputError
        ``database_lost``, ``database_rights``, ``database_busy``, ``database_in_use`` or ``database_refused``.
    """
    driver = load_driver(address)
    try:
        yield
    except driver.Error as error:
        raise explain(error, address, doing) from None


def explain(error: Error, address: Address, doing: str) -> KansenkaartError:
    """Return what `error` of the driver means to a user."""
    values: dict[str, object] = {"database": address.shown, "what": doing, "error": say_error(error)}
    state = error.sqlstate or ""
    lost = not state and isinstance(error, load_driver(address).OperationalError)
    if lost or state.startswith(_CONNECTION_STATES):
        message = (
            "The connection with {database} was lost at {what}: {error}. Nothing was changed. See whether the server "
            "runs, and try again."
        )
        return OutputError("database_lost", message, **values)
    if state == "42501":
        message = (
            "{database}: no rights for {what}: {error}. Nothing was changed. Ask the administrator for them, or use "
            "another user."
        )
        return OutputError("database_rights", message, **values)
    if state == "55P03":
        message = (
            "{database}: {what} is held by someone else (an open transaction, an edit session in QGIS). Nothing was "
            "changed. Let them end it, and try again."
        )
        return OutputError("database_busy", message, **values)
    if state == "2BP01":
        message = (
            "{database}: something in the database hangs on {what}: {error}. Nothing was changed. Remove it (a view of "
            "your own), or choose another schema."
        )
        return OutputError("database_in_use", message, **values)
    message = "{database} refuses {what}: {error}. Nothing was changed."
    return OutputError("database_refused", message, **values)


def _find_reason(error: Error) -> Fault:
    """Why there is no connection: libpq tells it in words only, in the language of the server."""
    said = say_error(error)
    key = next((key for key, words in _REASONS.items() if words.search(said)), "reason_library")
    return name_reason(key, detail=said)


def say_error(error: Error) -> str:
    """The words of the server or of libpq on one line, without the full stop that our sentence has."""
    told = error.diag.message_primary or str(error)
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
    return " ".join(f"{told}{detail}".split()).rstrip(".")
