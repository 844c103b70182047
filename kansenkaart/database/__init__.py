"""PostgreSQL with PostGIS: addresses, connections and reading a table; a password never leaves this package."""

from kansenkaart.database.address import Address, find_fault, parse_address
from kansenkaart.database.connect import load_driver, lost_or_refused, open_database, say_error

__all__ = [
    "Address",
    "find_fault",
    "load_driver",
    "lost_or_refused",
    "open_database",
    "parse_address",
    "say_error",
]
