"""Damage to the parts of a Shapefile that leaves their form: counts, lengths, kinds and records."""

from __future__ import annotations

import random
import struct

_COUNTS = (0, 1, 2, 3, 5, 9, 255, 2**31 - 1)


def damage_shapefile(data: bytes, chance: random.Random) -> bytes:
    """Change one or two numbers or records of a .shp, .shx or .dbf."""
    for _ in range(chance.choice((1, 1, 2))):
        data = (_damage_shapes if data.startswith(b"\x00\x00\x27\x0a") else _damage_table)(
            bytearray(data), chance
        )
    return data


def _damage_shapes(data: bytearray, chance: random.Random) -> bytes:
    """Of a .shp or .shx: 100 bytes of header, then records."""
    step = 8 if (len(data) - 100) % 28 else chance.choice((8, 28))
    at = 100 + step * chance.randrange(max((len(data) - 100) // step, 1))
    way = chance.randrange(6)
    if way == 0:
        struct.pack_into(
            ">i", data, 24, chance.choice((*_COUNTS, (len(data) - step) // 2, (len(data) + step) // 2))
        )
    elif way == 1:
        struct.pack_into("<i", data, 32, chance.choice((0, 1, 3, 5, 8, 11, 31, 99)))
    elif way == 2:
        struct.pack_into(">i", data, min(at + chance.choice((0, 4)), len(data) - 4), chance.choice(_COUNTS))
    elif way == 3:
        del data[at : at + step]
        struct.pack_into(">i", data, 24, len(data) // 2)
    elif way == 4:
        data[at:at] = data[at : at + step]
        struct.pack_into(">i", data, 24, len(data) // 2)
    else:
        number = chance.choice((0.0, 1e308, float("nan"), float("inf"), 480_000.0, 5.0))
        struct.pack_into("<d", data, min(at + chance.choice((0, 8, 12, 20)), len(data) - 8), number)
    return bytes(data)


def _damage_table(data: bytearray, chance: random.Random) -> bytes:
    """Of a .dbf: a header with its fields, then records of one width."""
    count, head, width = struct.unpack_from("<IHH", data, 4)
    at = head + width * chance.randrange(max(count, 1))
    field = 32 + 32 * chance.randrange(max((head - 33) // 32, 1))
    way = chance.randrange(8)
    if way == 0:
        struct.pack_into("<I", data, 4, chance.choice((*_COUNTS, count - 1 if count else 0, count + 1)))
    elif way == 1 and at < len(data):
        data[at] = ord(chance.choice("* *?\0"))
    elif way == 2:
        del data[at : at + width]
        struct.pack_into("<I", data, 4, max(count - 1, 0))
    elif way == 3:
        data[at:at] = data[at : at + width]
        struct.pack_into("<I", data, 4, min(count + 1, 2**32 - 1))
    elif way == 4 and field + 12 <= len(data):
        data[field + 11] = ord(chance.choice("CNFDLMIB@+OX\0"))
    elif way == 5 and field + 18 <= len(data):
        data[field + 16 + chance.randrange(2)] = chance.choice((0, 1, 8, 40, 255))
    elif way == 6:
        struct.pack_into("<H", data, chance.choice((8, 10)), chance.choice((0, 1, 32, 33, head, width, 999)))
    elif at < len(data):
        cell = chance.choice((b"NaN", b"1,5", b"***", b"\xff\xfe", b"\0\0", b"-1e999", b"zz", b"'"))
        start = min(at + 1 + chance.randrange(max(width - 1, 1)), len(data) - len(cell))
        data[start : start + len(cell)] = cell
    return bytes(data)
