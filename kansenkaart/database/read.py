"""One table of a database, from its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kansenkaart.database.address import parse_address
from kansenkaart.database.connect import lost_or_refused, open_database

if TYPE_CHECKING:
    from kansenkaart.database.read_table import DatabaseTable


def read_database(text: str, table: str | None) -> DatabaseTable:
    """Read a table or view.

    Parameters
    ----------
    text
        Address as a project file has it: no password, no schema.
    table
        ``schema.table`` as the database writes it, without quotes.

    Raises
    ------
    UsageError
        When the address is wrong, or psycopg is absent.
    DataError
        When the server cannot be reached, the table does not exist or may not be read, or mixes several CRS.
    """
    address = parse_address(text, where="path", shared=True)
    with open_database(address) as connection, lost_or_refused(address, table or "-"):
        # psycopg is optional: nothing that needs it is loaded before it was found
        from kansenkaart.database.read_table import read_table  # noqa: PLC0415 - needs psycopg, which is optional

        return read_table(connection, table, database=address.shown)
