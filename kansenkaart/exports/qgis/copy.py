"""A GeoPackage under another name, with its QGIS project made to find the layers there."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from kansenkaart.errors import DataError, OutputError
from kansenkaart.safe_write import refuse_unwritable, replace_file

# How a project names a layer of a file beside it, in attributes and in texts.
_BESIDE = re.compile(r'(?<=\./)[^|/"<>]+(?=\|layername=)')
_QUOTE = {'"': "&quot;"}
_UNQUOTE = {"&quot;": '"'}


def copy_package(source: Path, target: Path) -> None:
    """Write `source` to `target`; its projects name `target` as the file their layers stand in.

    QGIS has no word for "the file this project is in": a project finds its layers by the file's name, so a file copied
    by hand shows what lies beside it under the old name, or nothing.

    Raises
    ------
    DataError
        When `source` is no GeoPackage with a QGIS project.
    OutputError
        When `target` cannot be written, or has a name that QGIS cannot read.
    """
    if "|" in target.name:
        message = "{file} has a | in its name, where QGIS ends the name of a file. Choose another name."
        raise OutputError("copy_name", message, file=target.name)
    with refuse_unwritable(target.name), replace_file(target) as aside:
        try:
            _copy_tables(source, aside.path)
            with closing(sqlite3.connect(aside.path)) as connection, connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                _name_projects(connection, source.name, target.name)
        except (sqlite3.Error, ValueError, zipfile.BadZipFile) as error:
            message = (
                "{file} holds no QGIS project ({error}). Name the GeoPackage that 'kansenkaart build' wrote."
            )
            raise DataError("copy_no_project", message, file=str(source), error=str(error)) from error


def _copy_tables(source: Path, target: Path) -> None:
    """By SQLite: what QGIS has not yet written into the file itself comes along."""
    address = f"{source.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")


def _name_projects(connection: sqlite3.Connection, old: str, new: str) -> None:
    projects = connection.execute("SELECT name, content FROM qgis_projects ORDER BY name").fetchall()
    if not projects:
        raise ValueError("table qgis_projects is empty")
    for name, content in projects:
        text = content.decode() if isinstance(content, bytes) else str(content)
        packed = _rename_layers(bytes.fromhex(text), old, new)
        connection.execute("UPDATE qgis_projects SET content = ? WHERE name = ?", (packed.hex(), name))


def _rename_layers(packed: bytes, old: str, new: str) -> bytes:
    """The .qgz with every layer of its own file in the file `new`; what else it names stays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as before, zipfile.ZipFile(buffer, "w") as after:
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename.endswith(".qgs"):
                content = _rename(content.decode("utf-8"), old, new).encode("utf-8")
            after.writestr(entry, content)
    return buffer.getvalue()


def _rename(document: str, old: str, new: str) -> str:
    """As it was built a project names one file only, whatever that is called by now."""
    named = {unescape(one, _UNQUOTE) for one in _BESIDE.findall(document)}
    own = named if len(named) == 1 else {old}
    return _BESIDE.sub(
        lambda found: escape(new, _QUOTE) if unescape(found[0], _UNQUOTE) in own else found[0], document
    )
