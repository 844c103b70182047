"""Everything that is packed in a file, opened: what a search of its bytes alone would pass over."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress

import rasterio

from tests.maps.signs import read_signs

# A block of a map.
_BLOCK = re.compile(rb'<script type="application/octet-stream"[^>]*>([^<]+)</script>')
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
# QGIS keeps a project in a GeoPackage as a zip in hexadecimal.
_HEX = re.compile(rb"504b0304(?:[0-9a-f]{2})+")
_LATER = {b"H4sI": gzip.decompress, b"eJ": zlib.decompress, b"eN": zlib.decompress, b"UEsD": bytes}


def unpack(content: bytes) -> Iterator[bytes]:
    """Yield `content` and, however deep, all that is packed in it.

    Members of a zip and their comments, rows of a SQLite file and their blobs, tags and metadata of a TIFF, gzip, and
    what stands in base 64, in hexadecimal or in the blocks of a map.
    """
    yield content
    for inner in _open(content):
        yield from unpack(inner)


def _open(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK\x03\x04"):
        yield from _members(content)
    elif content.startswith(b"SQLite format 3\0"):
        yield from _rows(content)
    elif content.startswith((b"II*\0", b"MM\0*")):
        yield from _tags(content)
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    else:
        yield from _letters(content)


def _members(content: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        yield packed.comment
        for member in packed.infolist():
            yield member.filename.encode() + b"\n" + member.comment + b"\n" + member.extra
            yield packed.read(member)


def _rows(content: bytes) -> Iterator[bytes]:
    with closing(sqlite3.connect(":memory:")) as base:
        base.deserialize(content)
        base.text_factory = bytes
        tables = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in tables:
            with suppress(sqlite3.OperationalError):  # a virtual table; its rows lie in others
                for row in base.execute(f'SELECT * FROM "{name.decode()}"'):
                    yield b"\n".join(str(one).encode() for one in row if not isinstance(one, bytes))
                    yield from (one for one in row if isinstance(one, bytes))


def _tags(content: bytes) -> Iterator[bytes]:
    with rasterio.MemoryFile(content) as file, file.open() as source:
        domains = [None, *source.tag_namespaces()]
        for band in range(source.count + 1):
            yield repr([source.tags(band, ns=domain) for domain in domains]).encode()
        yield repr([source.profile, source.descriptions, source.units]).encode()


def _letters(content: bytes) -> Iterator[bytes]:
    for found in _HEX.finditer(content):
        yield bytes.fromhex(found[0].decode())
    for found in _BLOCK.finditer(content):
        yield gzip.decompress(read_signs(found[1].decode("ascii")))
    for found in _BASE64.finditer(content):
        for head, decompress in _LATER.items():
            if found[0].startswith(head):
                with suppress(binascii.Error, OSError, EOFError, zlib.error):
                    yield decompress(base64.b64decode(found[0]))
