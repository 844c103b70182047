"""A value the way a project file writes it, short enough to stand in one line of a fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time

from kansenkaart.outward import is_database

_LONGEST = 160
_LONGEST_TEXT = 80


def shown(value: object) -> str:
    """Return `value` as TOML: a long text is cut, a long table shows its names, a long list that there is one.

    Examples
    --------
    >>> shown({"low": 1, "high": [True, "a"]})
    '{low = 1, high = [true, "a"]}'
    >>> shown({"months": [0] * 200})
    '{months}'
    """
    try:
        whole = _write(value)
    except RecursionError:  # lists in lists in lists
        whole = " " * (_LONGEST + 1)
    if len(whole) <= _LONGEST:
        return whole
    if isinstance(value, Mapping):
        names = "{" + ", ".join(write_key(str(name)) for name in value) + "}"
        return names if len(names) <= _LONGEST else "{…}"
    return "[…]" if isinstance(value, list | tuple) else whole[:_LONGEST_TEXT] + "…"


def _write(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # an address of a database may hold a password
            value = "postgresql://…" if is_database(value) else value
            text = value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + "…"
            return quote(text)
        case int():
            # Python does not write a number of thousands of digits out
            return str(value) if value.bit_length() < 256 else f"{value:#x}"[:_LONGEST_TEXT] + "…"
        case Mapping():
            return (
                "{"
                + ", ".join(f"{write_key(str(name))} = {_write(one)}" for name, one in value.items())
                + "}"
            )
        case list() | tuple():
            return "[" + ", ".join(_write(one) for one in value) + "]"
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def quote(text: str) -> str:
    r"""Return a text as TOML, which allows one sign less than JSON as it stands.

    Examples
    --------
    >>> print(quote('3" pijp\x7f'))
    "3\" pijp\u007f"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_key(name: str) -> str:
    """Return the name of a key, between quotes where it must be."""
    return name if name.isascii() and name.replace("-", "_").isidentifier() else quote(name)
