"""A block of the page: gzipped, as base 64 in a script that never runs. The data is a header and typed arrays."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import deflate
import numpy as np
import numpy.typing as npt

_TYPES = {
    "uint8": "Uint8Array",
    "uint16": "Uint16Array",
    "uint32": "Uint32Array",
    "int16": "Int16Array",
    "int32": "Int32Array",
    "float32": "Float32Array",
}

# Level of compression; the page unpacks it as fast as any other.
_HARDEST = 12


def pack(data: bytes) -> str:
    """Return `data` gzipped, in base 64; the same bytes give the same text."""
    # libdeflate looks for the shortest way to write it, a twelfth less than zlib; no name, time or system.
    return base64.b64encode(bytes(deflate.gzip_compress(data, _HARDEST))).decode("ascii")


@dataclass
class Block:
    """What the page reads: a JSON header, and columns as typed arrays.

    Every array is stored byte plane by byte plane: neighbours then look alike and gzip finds them.
    """

    header: dict[str, Any] = field(default_factory=dict)
    _arrays: dict[str, tuple[str, int]] = field(default_factory=dict)
    _bytes: list[bytes] = field(default_factory=list)

    def add(self, name: str, values: npt.NDArray[Any]) -> None:
        """Add a column; its dtype must be one the page knows."""
        little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
        self._arrays[name] = (_TYPES[values.dtype.name], len(values))
        planes = little.view(np.uint8).reshape(len(values), values.dtype.itemsize).T
        self._bytes.append(planes.tobytes())

    def add_index(self, name: str, values: npt.NDArray[np.int64]) -> None:
        """Add whole numbers from 0 in the smallest type that holds them."""
        largest = int(values.max()) if len(values) else 0
        dtype = np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.uint32
        self.add(name, values.astype(dtype))

    def add_distinct(self, name: str, values: npt.NDArray[Any]) -> None:
        """Add a column of which many rows are alike: every value once, in order, and which one each row has."""
        distinct, place = np.unique(values, return_inverse=True)
        self.add(f"{name}.values", distinct)
        self.add_index(name, place.astype(np.int64))

    def encode(self) -> str:
        """The whole block in base 64; the same content gives the same text."""
        header = json.dumps(
            {**self.header, "arrays": self._arrays}, separators=(",", ":"), ensure_ascii=True
        ).encode("ascii")
        return pack(len(header).to_bytes(4, "little") + header + b"".join(self._bytes))


@dataclass
class Strings:
    """Texts that return often, each kept once; number 0 is 'nothing'."""

    texts: list[str | None] = field(default_factory=lambda: [None])
    _known: dict[str, int] = field(default_factory=dict)

    def index(self, text: object) -> int:
        """Number of `text`; a missing value is 0."""
        if not isinstance(text, str):
            return 0
        if text not in self._known:
            self._known[text] = len(self.texts)
            self.texts.append(text)
        return self._known[text]
