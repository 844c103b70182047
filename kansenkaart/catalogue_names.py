"""Names of streams, kinds of places and drivers: they stand beside what they name, in the files of the catalogue."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

# Files with rows of these tables; a file of a stream may hold kinds and drivers that only it needs.
_TABLES = {"kind": "kinds", "driver": "drivers"}
_SHARED = ("kinds.toml", "drivers.toml")


def read_names(language: str) -> dict[str, str]:
    """Return ``streams.<id>``, ``kinds.<id>`` and ``drivers.<id>`` -> name in `language`.

    A file that is no TOML is passed over: reading the catalogue says what is wrong with it.

    Examples
    --------
    >>> read_names("nl")["streams.gft"]
    'Groente-, fruit- en tuinafval'
    """
    return {key: name[language] for key, name in _find_names() if language in name}


def _find_names() -> Iterator[tuple[str, Mapping[str, str]]]:
    folder = files("kansenkaart") / "catalogue"
    streams = sorted((folder / "streams").iterdir(), key=lambda entry: entry.name)
    for entry in (*streams, *(folder / name for name in _SHARED)):
        try:
            content = parse_toml(entry.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError:
            continue
        if "name" in content:
            yield f"streams.{entry.name.removesuffix('.toml')}", content["name"]
        for table, section in _TABLES.items():
            for row in content.get(table, ()):
                yield f"{section}.{row.get('id')}", row.get("name", {})


@cache
def parse_toml(text: str) -> Mapping[str, Any]:
    """Return what a TOML text says; the same text is parsed once, so the result is only read.

    Raises
    ------
    tomllib.TOMLDecodeError
        When it is no TOML.
    """
    return tomllib.loads(text)
