"""The table of a Shapefile read by its bytes: how many records it holds, and how its texts are written."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from kansenkaart.project.input_files import sidecar

_DELETED = ord("*")
# Where the table names its code page: not stated, and "the ANSI page of the machine", which in the Netherlands is 1252.
_CODE_PAGE = 29
_ANSI = (0x00, 0x03, 0x57)


def count_records(path: Path) -> tuple[int, int] | None:
    """Records that the table of the Shapefile `path` says it holds, and how many of those are marked as deleted.

    None: it cannot be followed.
    """
    content = _read_table(path)
    records = _split(content)
    if records is None:
        return None
    (said,) = struct.unpack_from("<I", content, 4)
    return int(said), int((records[:, 0] == _DELETED).sum())


def find_encoding(path: Path) -> str | None:
    """Encoding of the texts of the Shapefile `path` where nothing beside it says so and GDAL would take another.

    GDAL reads a table without a code page as ISO-8859-1, in which the curly quotes, the euro and the dashes of Windows
    are control characters: they would vanish.
    """
    content = _read_table(path)
    records = _split(content)
    if records is None or not (records > 0x7F).any():
        return None
    if _is_utf8(content, records):
        return "utf-8"
    windows = content[_CODE_PAGE] in _ANSI and ((records >= 0x80) & (records < 0xA0)).any()
    return "cp1252" if windows else None


def _is_utf8(content: bytes, records: npt.NDArray[np.uint8]) -> bool:
    """Tell whether texts beyond ASCII are valid UTF-8 in every cell.

    A writer cuts a text at the width of its column, so that the last letter of a full cell may be half.
    """
    start, beyond = 1, False
    for width in _widths(content):
        cells = records[:, start : start + width]
        for cell in cells[(cells > 0x7F).any(axis=1)]:
            try:
                cell.tobytes().decode("utf-8")
            except UnicodeDecodeError as error:
                if error.reason != "unexpected end of data" or error.start < width - 3:
                    return False
            beyond = True
        start += width
    return beyond


def _read_table(path: Path) -> bytes:
    part = sidecar(path, ".dbf")
    return b"" if part is None else part.read_bytes()


def _split(content: bytes) -> npt.NDArray[np.uint8] | None:
    """Bytes per record, the mark of a deleted one first."""
    if len(content) < 32:
        return None
    count, start, width = struct.unpack_from("<IHH", content, 4)
    if width == 0 or start > len(content):
        return None
    count = min(count, (len(content) - start) // width)
    return np.frombuffer(content, dtype=np.uint8, count=count * width, offset=start).reshape(count, width)


def _widths(content: bytes) -> list[int]:
    """Width per column; the list ends with a mark."""
    widths: list[int] = []
    place = 32
    while place < len(content) and content[place] != 0x0D:
        widths.append(content[place + 16])
        place += 32
    return widths
