"""Columns that others nearly tell: the page works them out again and reads only by how much that was wrong.

What a number is worked out from is written in the page's header; Python and the page do the same arithmetic, step by
step and without functions that differ between them, so nothing is lost: the codes are those of ``figures``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kansenkaart.maps.block import Block
from kansenkaart.maps.figures import decode_figures, encode_figures, shorten_floats

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Weights = Mapping[int, float]

# Weights are written with this many figures: more than the numbers they help to guess.
_WEIGHT_DIGITS = 9

# Rows further from the line than this many times the usual distance do not count in drawing it.
_FAR = 5.0

# What is left of a sum below this share of its first term is nothing: only the rounding of its terms.
_NOTHING = 1e-4

# The bits of a float32 that ``shorten_floats`` leaves, and those of 'missing'.
_CUT_BITS = 8
_NAN_BITS = 0x7FC000


@dataclass(frozen=True)
class Guess:
    """Sum of weight x columns, divided by a column.

    Attributes
    ----------
    terms
        Per term its weight, one number or one per value of ``by``, and the names of columns that are multiplied.
    by
        Column of whole numbers that says which weight; None when weights are single numbers.
    per
        Column to divide by.
    """

    terms: tuple[tuple[float | Weights, tuple[str, ...]], ...]
    by: str | None = None
    per: str | None = None

    def describe(self) -> dict[str, Any]:
        """What the page reads."""
        terms = [[_describe_weight(weight), *names] for weight, names in self.terms]
        return {"terms": terms, "by": self.by, "per": self.per}


@dataclass
class Guesses:
    """Adds columns of numbers to a block, and remembers them as the page will know them.

    Attributes
    ----------
    known
        Numbers (n,) per column name, as the page reads them.
    """

    block: Block
    known: dict[str, npt.NDArray[Any]] = field(default_factory=dict)

    def add_figures(
        self, name: str, values: FloatArray, guess: Guess | None = None, *, digits: int = 3
    ) -> npt.NDArray[np.int16]:
        """Add numbers of `digits` significant figures; returns their codes."""
        codes = encode_figures(values, digits)
        if guess is None:
            self.block.add(name, codes)
        else:
            guessed = encode_figures(self._work_out(guess), digits)
            with np.errstate(over="ignore"):
                step = (codes - guessed).astype(np.int64)
            self.block.add(name, ((step << 1) ^ (step >> 63)).astype(np.uint16))
            self._write(name, guess)
        self.block.header.setdefault("digits", {})[name] = digits
        self.known[name] = decode_figures(codes, digits)
        return codes

    def add_floats(self, name: str, values: FloatArray, guess: Guess | None = None) -> None:
        """Add numbers that are summed in the page: 16 bits of mantissa."""
        short = shorten_floats(values)
        if guess is None:
            self.block.add(name, short)
        else:
            whole = 1 << 24
            step = (_bits(short) - _bits(self._work_out(guess)) + whole // 2) % whole - whole // 2
            self.block.add_index(name, (step << 1) ^ (step >> 63))
            self._write(name, guess)
        self.known[name] = short.astype(np.float64)

    def add_whole(self, name: str, values: IntArray, guess: Guess) -> None:
        """Add whole numbers (within 2^31)."""
        step = values - np.floor(self._work_out(guess) + 0.5).astype(np.int64)
        self.block.add_index(name, (step << 1) ^ (step >> 63))
        self.block.header.setdefault("whole", []).append(name)
        self._write(name, guess)

    def _write(self, name: str, guess: Guess) -> None:
        self.block.header.setdefault("guesses", {})[name] = guess.describe()

    def _work_out(self, guess: Guess) -> FloatArray:
        total: FloatArray | float = 0.0
        first: FloatArray | None = None
        with np.errstate(all="ignore"):
            for weight, names in guess.terms:
                term = self._weights(weight, guess.by)
                for name in names:
                    term = term * self.known[name]
                total = total + term
                first = np.abs(term) * _NOTHING if first is None else first
            total = np.where(np.abs(total) < first, 0.0, total)
            if guess.per is not None:
                total = total / self.known[guess.per]
        return np.asarray(total)

    def _weights(self, weight: float | Weights, by: str | None) -> Any:
        if not isinstance(weight, Mapping):
            return weight
        assert by is not None
        groups, place = np.unique(self.known[by], return_inverse=True)
        return np.array([weight.get(int(group), np.nan) for group in groups])[place]


def find_ratios(values: FloatArray, base: FloatArray, groups: IntArray) -> dict[int, float]:
    """Usual share of `values` in `base` per group; NaN where nothing is known."""
    share = _divide(values, base)
    return {int(group): _round(_median(share[groups == group])) for group in np.unique(groups)}


def find_lines(
    values: FloatArray, base: FloatArray, along: FloatArray, groups: IntArray
) -> tuple[dict[int, float], dict[int, float]]:
    """Per group `a` and `b` of ``values = base x (a + b x along)``, without the rows that lie far from it."""
    start, slope = {}, {}
    shares = _divide(values, base)
    for group in np.unique(groups).tolist():
        rows = (groups == group) & np.isfinite(shares)
        x, share = along[rows], shares[rows]
        a, b = _line(x, share)
        off = np.abs(share - a - b * x)
        near = off <= _FAR * _median(off)
        start[group], slope[group] = (_round(value) for value in _line(x[near], share[near]))
    return start, slope


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    if not len(x):
        return np.nan, np.nan
    middle = float(np.mean(x)), float(np.mean(y))
    spread = float(np.sum((x - middle[0]) ** 2))
    slope = float(np.sum((x - middle[0]) * (y - middle[1]))) / spread if spread > 0 else 0.0
    return middle[1] - slope * middle[0], slope


def _divide(values: FloatArray, base: FloatArray) -> FloatArray:
    """Share of `values` in `base`; NaN where `base` is 0 or either is not known."""
    known = (base != 0) & np.isfinite(values) & np.isfinite(base)
    share: FloatArray = np.divide(values, base, out=np.full(len(values), np.nan), where=known)
    return share


def _median(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan


def _round(value: float) -> float:
    return float(f"{value:.{_WEIGHT_DIGITS - 1}e}")


def _describe_weight(weight: float | Weights) -> float | dict[str, float | None]:
    if not isinstance(weight, Mapping):
        return weight
    return {str(group): None if np.isnan(one) else one for group, one in weight.items()}


def _bits(values: npt.NDArray[Any]) -> IntArray:
    """Sign, exponent and 15 bits of every number as a float32, rounded half up."""
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    bits = (single.view(np.uint32).astype(np.int64) + (1 << (_CUT_BITS - 1))) >> _CUT_BITS
    return np.where(np.isnan(single), _NAN_BITS, bits)
