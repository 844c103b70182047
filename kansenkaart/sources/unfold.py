"""How far a file may unfold: what is small on disk and huge in memory is refused before it is read."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from kansenkaart.errors import DataError
from kansenkaart.project import Limits

DEFAULT = Limits()

_MB = 1_000_000


def refuse_large(what: str, size: float, limits: Limits, file: str) -> None:
    """Raise ``DataError`` when `size` is beyond the limit called `what`; sizes of ``*_mb`` are in bytes.

    Raises
    ------
    DataError
        ``file_beyond`` with the size, what is allowed and the key that sets it.
    """
    allowed = float(getattr(limits, what))
    given = size / _MB if what.endswith("_mb") else size
    if given <= allowed:
        return
    message = (
        "{file} is beyond limits.{key}: {size}; allowed: {allowed}. Is this the right file? If so, set a higher {key} "
        "under [limits] in the project file, or split the file."
    )
    values = {"key": what, "size": f"{given:.12g}", "allowed": f"{allowed:.12g}"}
    raise DataError("file_beyond", message, file=file, **values)


@dataclass
class Count:
    """Cells of one file that were read so far; more than `limits` allow is a ``DataError``."""

    limits: Limits
    file: str
    cells: int = 0

    def add(self, cells: int) -> None:
        """Count a row."""
        self.cells += cells
        refuse_large("cells", self.cells, self.limits, self.file)


def check_zip(content: bytes, limits: Limits, file: str) -> None:
    """Refuse a workbook whose parts say that they unpack to too much; a part never unpacks to more than it says."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        refuse_large("unpacked_mb", sum(part.file_size for part in parts.infolist()), limits, file)


def check_lines(content: bytes, limits: Limits, file: str) -> None:
    """Refuse a CSV with a line that is longer than allowed, with its number."""
    most = int(limits.line_mb * _MB)
    start = 0
    while len(content) - start > most:
        end = max(content.rfind(mark, start, start + most + 1) for mark in (b"\n", b"\r"))
        if end < 0:
            line = len(content[:start].splitlines()) + 1
            rest = [place for mark in (b"\n", b"\r") if (place := content.find(mark, start)) >= 0]
            refuse_large("line_mb", min(rest, default=len(content)) - start, limits, f"{file}, line {line}")
        start = end + 1
