"""Reads the text of a project file; where it is no TOML, says on which line and what stands there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kansenkaart.errors import Fault, ProjectError
from kansenkaart.project.input_files import read_small
from kansenkaart.project.written import shown
from kansenkaart.reasons import UnfitError, find_reason

# Python tells where a fault is only in words.
_PLACE = re.compile(r"at line (\d+), column (\d+)")
# No project needs half as many; what reads the project follows every level on the stack.
_DEEPEST = 32
_MOST_MB = 20
_OF_BACKSLASH = ("Unescaped", "Invalid hex value", "Escaped character")


def read_toml(file: Path) -> dict[str, Any]:
    """Read `file`; raises ``ProjectError`` when it is absent, no text or no TOML."""
    try:
        text = read_small(file, _MOST_MB).decode("utf-8").removeprefix("\ufeff")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        message = (
            "{file} does not exist. Make one with 'kansenkaart new FOLDER', or name another folder or file."
        )
        raise ProjectError("project_missing", message, file=str(file)) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = "{file}: line {line} is not text in UTF-8. Save the file as UTF-8."
        raise ProjectError("project_not_utf8", message, file=str(file), line=line) from None
    except (OSError, UnfitError) as error:
        raise _unreadable(file, find_reason(error)) from None
    try:
        read = tomllib.loads(text)
        _refuse_nested(read)
    except (ValueError, RecursionError) as error:  # also a number or a nesting beyond what Python reads
        raise _no_toml(error, text, str(file)) from None
    path = next((path for path in _paths(read) if any(ord(letter) < ord(" ") for letter in path)), None)
    if path is not None:
        # \t and \n of C:\temp\nieuw.gpkg are a tab and a new line: no fault of TOML, and no file either
        lines = text.split("\n")
        line = next((number for number, one in enumerate(lines, start=1) if "\\" in one and "path" in one), 1)
        raise _backslash(str(file), line, shown(lines[line - 1].strip()))
    return read


def _unreadable(file: Path, reason: Fault) -> ProjectError:
    message = "{file} cannot be opened: {error}. Is it a file, and may you read it?"
    return ProjectError("project_unreadable", message, file=str(file), error=reason)


def _no_toml(error: Exception, text: str, file: str) -> ProjectError:
    lines = text.rstrip("\n").split("\n")
    place = _PLACE.search(str(error))
    if place is None and "end of document" not in str(error):
        message = (
            "{file} holds a number of thousands of digits, or brackets too deep in each other. Take it out."
        )
        return ProjectError("project_toml_beyond", message, file=file)
    line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
    there = shown(lines[min(line, len(lines)) - 1].strip())
    values: dict[str, object] = {"file": file, "line": line, "column": column, "text": there}
    if "\\" in there and str(error).startswith(_OF_BACKSLASH):
        return _backslash(file, line, there)
    if str(error).startswith("Cannot"):
        message = (
            "{file}, line {line}: {text} gives a key or table that stands in the file already. Keep one."
        )
        return ProjectError("project_toml_twice", message, **values)
    message = (
        "{file}, line {line}, character {column}: {text} is no TOML. Text stands between quotes, a list between [ and "
        "], a number has a point before its decimals."
    )
    return ProjectError("project_toml", message, **values)


def _refuse_nested(read: dict[str, Any]) -> None:
    level: list[Any] = [read]
    for _ in range(_DEEPEST):
        inner = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
        level = [one for one in inner if isinstance(one, dict | list)]
    if level:
        raise RecursionError


def _paths(value: object) -> Iterator[str]:
    """Every text under a key `path`, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("path"), str):
            yield value["path"]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _paths(one)


def _backslash(file: str, line: int, text: str) -> ProjectError:
    message = (
        "{file}, line {line}: {text} holds a backslash, and between double quotes that means something else. Write a "
        "path with / instead, or put it between single quotes."
    )
    return ProjectError("project_toml_backslash", message, file=file, line=line, text=text)
