"""The last look at what was written: no text of a row that was left out stands in any file, however it is packed.

Everything is made from frames that do not know such rows; this is a second lock, for a fault in the first. It looks
for words in a row, whatever case and signs between them: ``De Vries B.V.`` is found in ``de_vries-b.v.``.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from kansenkaart.errors import OutputError
from kansenkaart.project.withheld import Withheld

# Shorter texts and numbers stand everywhere by chance.
_LEAST_LETTERS, _LEAST_DIGITS = 4, 8
_WORD = re.compile(r"\w+")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")
# A block of the map: thirteen bits in two of 91 signs, '|' for '<' (kansenkaart.maps.block).
_BLOCK = re.compile(rb">([!-;=-|]{64,})<")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){64,}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_DEEPEST = 5
# As many as one mends at once: every build of an edition is a whole one.
_SHOWN = 40
_FIRST_SIGN, _SIGNS, _BITS = 33, 91, 13
_OF_PROGRAM = (".toml", ".csv", ".js", ".css")


def refuse_leaks(folder: Path, withheld: Withheld) -> None:
    """Look through all files below `folder`.

    Raises
    ------
    OutputError
        When a text of a row that was left out, and of no other, stands in one of them.
    """
    secrets, found = _Secrets(withheld), dict[str, str]()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        for content in unfold(path.read_bytes()):
            for words in secrets.find_all(content):
                found.setdefault(" ".join(words), path.relative_to(folder).as_posix())
    if found:
        message = (
            "The files would hold what stands in rows of confidential places ({count}): {values}. Nothing was "
            "written. Does a text of a public place, of a link or of the project file name them? Change that text, "
            "make that place confidential too, or name what may be read in [editions] public_names."
        )
        shown = [f"'{words}' ({file})" for words, file in list(found.items())[:_SHOWN]]
        raise OutputError("edition_leak", message, count=len(found), values=", ".join(shown))


class _Secrets:
    """What may be nowhere, by its first word."""

    def __init__(self, withheld: Withheld) -> None:
        told = {_words(text) for text in withheld.secrets} - {_words(text) for text in withheld.known}
        told -= {_words(text) for text in withheld.public_names}
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for words in sorted(words for words in told if _is_telling(words)):
            self._by_first.setdefault(words[0], []).append(words)
        for text in _read_program():
            self._drop(self.find_all(text))
        # what a public row says among other words is no secret, unless it names a place
        names = {_words(name) for name in withheld.names}
        for text in withheld.known:
            self._drop(words for words in self.find_all(text) if words not in names)

    def _drop(self, known: Iterator[tuple[str, ...]]) -> None:
        for words in set(known):
            self._by_first[words[0]].remove(words)

    def find_all(self, content: str) -> Iterator[tuple[str, ...]]:
        """Those that stand in `content`, as often as they do."""
        words = _words(content)
        for place, word in enumerate(words):
            for secret in self._by_first.get(word, ()):
                if words[place : place + len(secret)] == secret:
                    yield secret


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold().replace("_", " ")))


def _is_telling(words: tuple[str, ...]) -> bool:
    """Long enough to be no chance."""
    text = "".join(words)
    return len(text) >= (_LEAST_DIGITS if text.isdigit() else _LEAST_LETTERS)


def _read_program() -> Iterator[str]:
    """The texts, data and scripts of this program: what stands there is no secret."""
    folders: list[Traversable] = [files("kansenkaart")]
    while folders:
        for entry in folders.pop().iterdir():
            if entry.is_dir():
                folders.append(entry)
            elif entry.name.endswith(_OF_PROGRAM):
                yield entry.read_bytes().decode("utf-8", errors="replace")


def unfold(content: bytes, depth: int = 0) -> Iterator[str]:
    """Yield the texts in `content`: as it stands, unescaped, and of everything packed in it."""
    text = content.decode("utf-8", errors="replace")
    yield text
    if "&" in text:
        yield html.unescape(text)
    if "\\u" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if depth < _DEEPEST:
        try:
            for packed in _unpack(content):
                yield from unfold(packed, depth + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, sqlite3.DatabaseError):
            # What a database keeps in pieces begins like a file, and is none; its whole value is read there.
            if not depth:
                raise


def _unpack(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                yield entry.filename.encode()
                yield archive.read(entry)
    elif content.startswith(b"SQLite format 3\x00"):
        yield from _read_sqlite(content)
    elif content.startswith(b"\x1f\x8b"):
        yield zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(content)
    else:
        yield from _inflate(content)
    for found in _BLOCK.finditer(content):
        yield _read_signs(found[1])
    for form, decode in ((_BASE64, base64.b64decode), (_HEX, binascii.unhexlify)):
        for found in form.finditer(content):
            try:
                yield decode(found[0])
            except (binascii.Error, ValueError):
                continue


def _read_signs(signs: bytes) -> bytes:
    values = np.frombuffer(signs.replace(b"|", b"<"), dtype=np.uint8).astype(np.int64) - _FIRST_SIGN
    values = values[: len(values) // 2 * 2]
    numbers = values[::2] * _SIGNS + values[1::2]
    bits = (numbers[:, None] >> np.arange(_BITS)[::-1]) & 1
    return bytes(np.packbits(bits.astype(np.uint8).ravel()))


def _inflate(content: bytes) -> Iterator[bytes]:
    """What deflate packed, with or without its heading."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        try:
            yield zlib.decompress(content, bits)
        except zlib.error:
            continue


def _read_sqlite(content: bytes) -> Iterator[bytes]:
    """Every value of every table, whole: in the file a long one lies in pieces."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(content)
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            quoted = name.replace('"', '""')
            for row in database.execute(f'select * from "{quoted}"'):
                for value in row:
                    if isinstance(value, bytes):
                        yield value
                yield "\n".join(str(value) for value in row if isinstance(value, str)).encode()
