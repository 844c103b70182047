"""A project of kansenkaart in a renamed GeoPackage: its layers are in the file it stands in, as that is called now."""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
from contextlib import closing
from functools import lru_cache
from html import unescape
from pathlib import Path

from qgis.core import QgsProject

# As kansenkaart writes them, and QGIS when it saves.
_OURS = "<identifier>kansenkaart</identifier>"
_BESIDE = re.compile(r'(?<=\./)[^|/"<>]+(?=\|layername=)')


def lead_to_own_file(path):
    """Return `path` of a layer that QGIS is about to open, in the file of the open project when that was renamed.

    QGIS calls this with every path of every project (``QgsPathResolver.setPathPreprocessor``).
    """
    file, end, layer = path.partition("|")  # QGIS 3.40 gives the file alone
    if not (file.startswith("./") and file.endswith(".gpkg")):
        return path
    project = QgsProject.instance()
    storage = project.projectStorage()
    if storage is None or storage.type() != "geopackage":
        return path
    own = Path(storage.filePath(project.fileName()))
    if file[2:] == own.name or not own.is_file():
        return path
    state = own.stat()
    renamed = file[2:] == _find_old_name(own, state.st_mtime_ns, state.st_size)
    return f"./{own.name}{end}{layer}" if renamed else path


@lru_cache(maxsize=1)
def _find_old_name(file, _changed, _size):
    """Return the one file that the projects of kansenkaart in `file` name; None where they name others besides."""
    named = set()
    try:
        with closing(sqlite3.connect(file.resolve().as_uri() + "?mode=ro", uri=True)) as connection:
            for (content,) in connection.execute("SELECT content FROM qgis_projects"):
                named |= _find_named(content)
    except (sqlite3.Error, zipfile.BadZipFile, ValueError, TypeError):
        return None
    return named.pop() if len(named) == 1 else None


def _find_named(content):
    """Return the files beside it that a project of kansenkaart names; of another's none."""
    text = content.decode() if isinstance(content, bytes) else content
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(text))) as packed:
        documents = [packed.read(name).decode() for name in packed.namelist() if name.endswith(".qgs")]
    ours = [one for one in documents if _OURS in one]
    return {unescape(name) for one in ours for name in _BESIDE.findall(one)}
