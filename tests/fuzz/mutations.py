"""What is done to a file: bits turned, ends cut off, pieces moved or doubled, other words, hostile bytes."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

HOSTILE = (
    b'"',
    b"\x00",
    b"\xff\xfe",
    b"\n",
    b"1e999",
    b"-1",
    b"9" * 40,
    b"\x1b[2J",
    b"NaN",
    b"'",
    b"{",
    b"]]",
    b";",
)
TOKEN = re.compile(rb"-?[0-9]+(\.[0-9]+)?|[A-Za-z_]{2,}")
WORDS = (
    b"0",
    b"-1",
    b"1e308",
    b"1e999",
    b"NaN",
    b"null",
    b"true",
    b"[]",
    b"99999999",
    b"1,5",
    "\u00e9\u200b".encode(),
    b"",
    b"b",
)


def _flip(data: bytes, at: int, _to: int, chance: random.Random) -> bytes:
    at = min(at, len(data) - 1)
    return data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :] if data else data


def _swap(data: bytes, at: int, _to: int, chance: random.Random) -> bytes:
    """Another word or number in the place of one, half the time of the same length: the form of the file stays."""
    found = TOKEN.search(data, at) or TOKEN.search(data)
    if found is None:
        return data
    word = chance.choice(WORDS)
    if chance.random() < 0.5:
        word = word.ljust(len(found[0]), b"0")[: len(found[0])]
    return data[: found.start()] + word + data[found.end() :]


MUTATIONS: tuple[Callable[[bytes, int, int, random.Random], bytes], ...] = (
    _flip,
    _swap,
    _swap,
    _swap,
    lambda data, at, _to, _chance: data[:at],
    lambda data, at, _to, chance: data[:at] + chance.choice(HOSTILE) + data[at:],
    lambda data, at, to, _chance: data[:at] + data[to:],
    lambda data, at, to, _chance: data[:to] + data[at : min(to, at + 4_000)] + data[to:],
    lambda data, at, to, chance: data[:at] + chance.randbytes(min(to - at, 16)) + data[min(to, at + 16) :],
)


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Damage `data` in one to four ways; of a zip, half the time one of its members."""
    if data[:2] == b"PK" and chance.random() < 0.5:
        return _mutate_member(data, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        at, to = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
        data = chance.choice(MUTATIONS)(data, at, to, chance)
    return data


def _mutate_member(data: bytes, chance: random.Random) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as fresh:
        names = source.namelist()
        chosen = chance.choice(names)
        for name in names:
            fresh.writestr(
                source.getinfo(name),
                mutate(source.read(name), chance) if name == chosen else source.read(name),
            )
    return target.getvalue()
