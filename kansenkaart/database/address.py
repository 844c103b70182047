"""Where a database is: ``postgresql://user@host:port/database``, taken apart here and never shown as it was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from kansenkaart.errors import Fault, UsageError
from kansenkaart.outward import is_database

FORM = "postgresql://user@host:5432/database"
DEFAULT_SCHEMA = "kansenkaart"

# Of libpq (https://www.postgresql.org/docs/15/libpq-connect.html); ``password`` is not among them: URLs get shared.
_OPTIONS = (
    *("connect_timeout", "gssencmode", "host", "service"),
    *("sslcert", "sslkey", "sslmode", "sslrootcert", "target_session_attrs"),
)
_SCHEMA = "schema"

# PostgreSQL cuts longer names without a word.
_LONGEST_NAME = 63
_RESERVED = re.compile(r"pg_.*|information_schema|public", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """A database and how to reach it.

    Attributes
    ----------
    settings
        Parameters of libpq; may hold the password, so never shown.
    schema
        Schema to write to.
    shown
        The address as it may be shown: host, port and database.
    """

    settings: Mapping[str, str] = field(repr=False)
    schema: str
    shown: str


def parse_address(text: str, *, where: str, shared: bool = False) -> Address:
    """Take an address apart.

    Parameters
    ----------
    text
        ``postgresql://user@host:port/database?sslmode=require``; to write also ``schema=name``.
    where
        The option, or file and key, that holds it: what errors name instead of the address.
    shared
        It stands in a file that is passed on: then it may hold no password, and no schema.

    Raises
    ------
    UsageError
        ``database_address``, ``database_option``, ``database_password`` or ``database_schema``; none shows `text`.
    """
    fault = find_fault(text, where=where, shared=shared)
    if fault is not None:
        raise UsageError(fault.key, fault.message, **fault.values)
    parts = urlsplit(text.strip())
    options = dict(parse_qsl(parts.query))
    schema = options.pop(_SCHEMA, DEFAULT_SCHEMA)
    stated = {
        "host": unquote(parts.hostname or ""),
        "port": str(parts.port or ""),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "dbname": unquote(parts.path[1:]),
    }
    settings = {**options, **{name: value for name, value in stated.items() if value}}
    return Address(settings, schema, _show(settings))


def find_fault(text: str, *, where: str, shared: bool = False) -> Fault | None:
    """Return what is wrong with an address; see ``parse_address``."""
    values: dict[str, object] = {"where": where, "form": FORM}
    if not _is_whole(text):
        message = (
            "{where} is no address of a database. Write it as {form}; put %40 for @, %3A for : and %2F for /."
        )
        return Fault("database_address", message, values)
    parts = urlsplit(text.strip())
    options = parse_qsl(parts.query, keep_blank_values=True)
    if shared and (parts.password or any(name == "password" for name, _ in options)):
        message = (
            "{where} holds a password, and files are passed on. Take it out; put it in the environment variable "
            "PGPASSWORD or in the file .pgpass of your home folder."
        )
        return Fault("database_password", message, values)
    allowed = _OPTIONS if shared else (*_OPTIONS, _SCHEMA)
    for name, value in options:
        if name == _SCHEMA and not shared and not _is_schema(value):
            message = (
                "{where}: schema '{schema}' cannot be used. Choose a name of your own of at most {most} bytes, such as "
                "'kansenkaart'; not public, information_schema or pg_..."
            )
            return Fault("database_schema", message, values | {"schema": value, "most": _LONGEST_NAME})
        if name not in allowed:
            # what does not look like a name may be a piece of a password
            plain = name if re.fullmatch(r"[a-z_]{1,30}", name) else "?"
            message = "{where}: unknown option '{option}' in the address. Allowed: {allowed}."
            return Fault(
                "database_option", message, values | {"option": plain, "allowed": ", ".join(sorted(allowed))}
            )
    return None


def _is_whole(text: str) -> bool:
    """Whether `text` can be taken apart without doubt, and names a database."""
    if not is_database(text) or not text.strip().isprintable():
        return False
    try:
        parts = urlsplit(text.strip())
        sound = parts.port is None or parts.port > 0
    except ValueError:
        return False
    named = "/" not in parts.path[1:] and (len(parts.path) > 1 or "service=" in parts.query)
    return sound and named and not parts.fragment and "@" not in parts.path + parts.query


def _is_schema(name: str) -> bool:
    size = len(name.encode("utf-8", errors="replace"))
    return 0 < size <= _LONGEST_NAME and name.isprintable() and _RESERVED.fullmatch(name) is None


def _show(settings: Mapping[str, str]) -> str:
    port = f":{settings['port']}" if "port" in settings else ""
    return (
        f"postgresql://{settings.get('host', '')}{port}/{settings.get('dbname', settings.get('service', ''))}"
    )
