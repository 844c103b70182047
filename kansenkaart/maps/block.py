"""The data of the page: a JSON header and columns as typed arrays, rounded to what is seen, gzipped, in plain signs.

Of reasons what rows have alike stands once as a form; what is a row's own stands beside it, in order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import deflate
import numpy as np
import numpy.typing as npt

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.tables.reasons import (
    InBoth,
    Length,
    Listed,
    Months,
    Named,
    Number,
    Others,
    Reason,
    Said,
    StreamName,
    Together,
    Value,
    tell,
)
from kansenkaart.texts import Texts

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

# Bits in two signs.
_BITS = 13

# Printable signs, with '|' for '<': nothing in a block can end the script it stands in.
_SIGNS = np.array([ord("|") if chr(sign) == "<" else sign for sign in range(33, 124)], dtype=np.uint8)


# Smaller than this is nothing on a map; larger than this does not fit the page's numbers.
_SMALLEST_EXPONENT = -12
_LARGEST_EXPONENT = 37

# Written out, because a power worked out may differ in its last bit between machines.
_POWERS = np.array([float(f"1e{exponent}") for exponent in range(60)])

# Bits of the mantissa that are kept where numbers are summed in the page: one part in 65,536.
_KEPT_BITS = 16


def pack(data: bytes) -> str:
    """Return `data` gzipped, in signs that may stand in a script; the same bytes give the same text."""
    # libdeflate looks for the shortest way to write it, a twelfth less than zlib; no name, time or system.
    packed = bytes(deflate.gzip_compress(data, _HARDEST))
    if -len(packed) * 8 % _BITS >= 8:
        # A whole byte would be left over at the end, and read: an empty file name takes it.
        packed = packed[:3] + b"\x08" + packed[4:10] + b"\0" + packed[10:]
    return _write_signs(packed)


def _write_signs(data: bytes) -> str:
    """Thirteen bits in two of 91 signs: a twelfth less than six in each, as base 64 has them; see unpack.js."""
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8))
    groups = np.append(bits, np.zeros(-len(bits) % _BITS, dtype=np.uint8)).reshape(-1, _BITS)
    numbers = groups @ (1 << np.arange(_BITS)[::-1]).astype(np.uint16)
    pairs = np.stack([numbers // len(_SIGNS), numbers % len(_SIGNS)], axis=1)
    return _SIGNS[pairs].tobytes().decode("ascii")


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

    def add_index(self, name: str, values: IntArray) -> None:
        """Add whole numbers from 0 in the smallest type that holds them."""
        largest = int(values.max()) if len(values) else 0
        dtype = np.uint8 if largest < 1 << 8 else np.uint16 if largest < 1 << 16 else np.uint32
        self.add(name, values.astype(dtype))

    def add_distinct(self, name: str, values: npt.NDArray[Any]) -> None:
        """Add a column of which many rows are alike: every value once, in order, and which one each row has."""
        distinct, place = np.unique(values, return_inverse=True)
        self.add(f"{name}.values", distinct)
        self.add_index(name, place.astype(np.int64))

    def extend(self, other: Block) -> None:
        """Add all that `other` holds, which stays as it is."""
        self.header |= other.header
        self._arrays |= other._arrays
        self._bytes += other._bytes

    def beside(self, base: Block) -> Block:
        """What a page that has `base` needs besides: keys and columns that differ, and the names of what it keeps."""
        keys = {key: value for key, value in self.header.items() if base.header.get(key) != value}
        columns = dict(zip(self._arrays, self._bytes, strict=True))
        known = dict(zip(base._arrays, base._bytes, strict=True))
        same = {
            name: kind
            for name, kind in self._arrays.items()
            if base._arrays.get(name) == kind and known[name] == columns[name]
        }
        own = {name: kind for name, kind in self._arrays.items() if name not in same}
        kept = {"kept": [*same], "dropped": [key for key in base.header if key not in self.header]}
        return Block(keys | kept, own, [columns[name] for name in own])

    def encode(self) -> str:
        """The whole block, packed; the same content gives the same text."""
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


def round_figures(values: FloatArray, digits: int = 3) -> npt.NDArray[np.float32]:
    """Round to `digits` significant figures: more would be seen by nobody and cost room; what is no number is NaN."""
    size = np.abs(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
    exponent = _exponents(size)
    rounded = _scale(np.rint(_scale(size, digits - 1 - exponent)), exponent - digits + 1)
    rounded = np.where(exponent < _SMALLEST_EXPONENT, 0.0, np.minimum(rounded, _POWERS[_LARGEST_EXPONENT]))
    signed = np.where(values < 0, -rounded, rounded)
    return np.where(np.isfinite(values), signed, np.nan).astype(np.float32)


def _exponents(size: FloatArray) -> IntArray:
    """Power of ten at or below every size; the logarithm only helps, as it differs between machines."""
    known = np.where(size > 0, size, 1.0)
    exponent = np.clip(np.floor(np.log10(known)), _SMALLEST_EXPONENT - 3, _LARGEST_EXPONENT).astype(np.int64)
    one = np.ones_like(known)
    exponent += _scale(one, exponent + 1) <= known
    return np.asarray(exponent - (_scale(one, exponent) > known))


def _scale(values: FloatArray, exponent: IntArray) -> FloatArray:
    """`values` times ten to the power `exponent`, by one multiplication or division."""
    power = _POWERS[np.abs(exponent)]
    return np.asarray(np.where(exponent < 0, values / power, values * power))


def shorten_floats(values: FloatArray) -> npt.NDArray[np.float32]:
    """Round to 16 bits of mantissa: sums keep their figures, and the rest compresses away."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.rint(mantissa * 2.0**_KEPT_BITS) / 2.0**_KEPT_BITS, exponent).astype(np.float32)


def add_lines(block: Block, name: str, lines: list[FloatArray], grid_m: float) -> None:
    """Columns ``name`` (steps) and ``name.n`` (points per line); a line of a single cell is left out.

    Parameters
    ----------
    lines
        Coordinates (points, 2), RD metres.
    grid_m
        Size of the grid, metres.
    """
    counts: list[int] = []
    steps: list[IntArray] = []
    last = np.zeros((1, 2), dtype=np.int64)
    for line in lines:
        grid = to_grid(line, grid_m)
        if len(grid) < 2:
            continue
        counts.append(len(grid))
        steps.append(np.diff(np.concatenate([last, grid]), axis=0))
        last = grid[-1:]
    flat = np.concatenate(steps).ravel() if steps else np.empty(0, dtype=np.int64)
    block.add_index(f"{name}.n", np.array(counts, dtype=np.int64))
    block.add(name, to_varint((flat << 1) ^ (flat >> 63)))


def to_grid(line: FloatArray, grid_m: float) -> IntArray:
    """Cells that a line of RD metres passes, none twice in a row."""
    grid = np.rint(line / grid_m).astype(np.int64)
    moved = np.concatenate([[True], (np.diff(grid, axis=0) != 0).any(axis=1)])
    return np.asarray(grid[moved])


def to_varint(values: IntArray) -> npt.NDArray[np.uint8]:
    """Seven bits a byte, the eighth says that more follow."""
    out = bytearray()
    for value in values.tolist():
        rest = value
        while rest >= 0x80:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return np.frombuffer(bytes(out), dtype=np.uint8)


# What the page needs besides the sentences themselves, to write months and partners.
_PARTS = ("months", "and_more", "and_last")


def add_reasons(
    block: Block, name: str, reasons: Sequence[Reason], known: Mapping[str, Sequence[str]], texts: Texts
) -> None:
    """Column `name` (the form of every row), headers ``name.forms`` and ``name.own``, and the texts they fill.

    Parameters
    ----------
    reasons
        One per row.
    known
        What the page can write from columns it has, per row, by the name of the value. A value that reads the same
        is left to the page.
    """
    forms = _Forms(texts, known)
    block.add_index(
        name, np.array([forms.add(row, said) for row, said in enumerate(reasons)], dtype=np.int64)
    )
    block.header[f"{name}.forms"] = [json.loads(form) for form in forms.numbers]
    block.header[f"{name}.own"] = forms.own
    said = block.header.setdefault("reasonTexts", {})
    said |= {key: texts.entries[f"reasons.{key}"] for key in (*_PARTS, *forms.keys)}


@dataclass
class _Forms:
    """The forms that were met, each with its number, and the rows' own values one after the other."""

    texts: Texts
    known: Mapping[str, Sequence[str]]
    numbers: dict[str, int] = field(default_factory=dict)
    own: list[Any] = field(default_factory=list)
    keys: dict[str, None] = field(default_factory=dict)

    def add(self, row: int, reason: Reason) -> int:
        own: list[Any] = []
        said = [self._shape(one, "", row, own) for one in reason]
        self.own += own
        form = json.dumps({"own": len(own), "said": said}, separators=(",", ":"))
        return self.numbers.setdefault(form, len(self.numbers))

    def _shape(self, value: Value | Together, name: str, row: int, own: list[Any]) -> Any:
        """What stands in the form: a gap for what is the row's, the words for what the catalogue says."""
        match value:
            case Together(first, second):
                parts = [self._shape(part, "", row, own) for part in (first, second)]
                return {"first": parts[0], "after": parts[1]}
            case Said(key, values):
                self.keys[key] = None
                return {
                    "say": key,
                    "with": {gap: self._shape(given, gap, row, own) for gap, given in values.items()},
                }
            case Listed(parts):
                return {"list": [self._shape(part, "", row, own) for part in parts]}
            case StreamName() | Named() | InBoth():
                return tell(value, self.texts)
        if name in self.known and self.known[name][row] == tell(value, self.texts):
            return {"known": name}
        if isinstance(value, Length):
            value = tell(value, self.texts)
        written, kind = _write_own(value)
        own.append(written)
        return {"own": len(own) - 1, **kind}


def _write_own(value: Number | Months | Others | str | int) -> tuple[Any, dict[str, Any]]:
    """A row's own value as JSON, and how it is told."""
    match value:
        case Number(number, digits):
            return _shorten(number, digits), {"digits": digits}
        case Months(chosen):
            return sum(1 << month for month, on in enumerate(chosen) if on), {"months": len(chosen)}
        case Others(named, more, unit):
            return [[[name, _shorten(quantity, 3)] for name, quantity in named], more], {"others": unit}
    return (value if isinstance(value, str) else int(value)), {}


def _shorten(value: float | None, digits: int) -> float | None:
    """The shortest number that is written alike; none where it is not known."""
    if value is None or not math.isfinite(value):
        return None
    short = float(f"{value:.{digits - 1}e}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short
