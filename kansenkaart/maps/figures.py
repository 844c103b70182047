"""Numbers as the map shows them: a few significant figures in two bytes, and totals that stay true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int16]

# Code of a missing number; the smallest power of ten that is not written as zero.
MISSING = -32768
_SMALLEST_EXPONENT = -12
_LARGEST_CODE = 32767
_LARGEST_EXPONENT = 300

# Written out, because a power worked out may differ in its last bit from the same one in a browser.
_POWERS = np.array([float(f"1e{exponent}") for exponent in range(_LARGEST_EXPONENT + 9)])

# Bits of the mantissa that are kept where numbers are summed in the page: one part in 65,536.
_KEPT_BITS = 16


def encode_figures(values: FloatArray, digits: int = 3) -> Codes:
    """Write numbers with `digits` (2 or 3) significant figures as signed codes; NaN becomes ``MISSING``.

    A code is sign x (1 + decade x mantissas per decade + mantissa): ordered, and half the size of a float32 whose
    other figures nobody would see.
    """
    lowest = 10 ** (digits - 1)
    per_decade = 9 * lowest
    size = np.abs(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
    exponent = _exponents(size)
    mantissa = np.rint(_scale(size, digits - 1 - exponent)).astype(np.int64)
    over = mantissa >= 10 * lowest
    exponent, mantissa = exponent + over, np.where(over, lowest, mantissa)
    code = 1 + (exponent - _SMALLEST_EXPONENT) * per_decade + mantissa - lowest
    code = np.where((size == 0) | (exponent < _SMALLEST_EXPONENT), 0, np.minimum(code, _LARGEST_CODE))
    code = np.where(values < 0, -code, code)
    return np.where(np.isfinite(values), code, MISSING).astype(np.int16)


def decode_figures(codes: Codes, digits: int = 3) -> FloatArray:
    """Turn codes back into numbers: what the page shows."""
    lowest = 10 ** (digits - 1)
    per_decade = 9 * lowest
    place = np.where((codes == MISSING) | (codes == 0), 0, np.abs(codes.astype(np.int64)) - 1)
    exponent = place // per_decade + _SMALLEST_EXPONENT - digits + 1
    size = _scale((place % per_decade + lowest).astype(float), exponent)
    value = np.where(codes == 0, 0.0, np.sign(codes.astype(np.int64)) * size)
    return np.where(codes == MISSING, np.nan, value)


def _exponents(size: FloatArray) -> npt.NDArray[np.int64]:
    """Power of ten at or below every size; the logarithm only helps, as it differs between machines."""
    known = np.where(size > 0, size, 1.0)
    exponent = np.clip(np.floor(np.log10(known)), _SMALLEST_EXPONENT - 3, _LARGEST_EXPONENT).astype(np.int64)
    one = np.ones_like(known)
    exponent += _scale(one, exponent + 1) <= known
    return np.asarray(exponent - (_scale(one, exponent) > known))


def _scale(values: FloatArray, exponent: npt.NDArray[np.int64]) -> FloatArray:
    """`values` times ten to the power `exponent`, by one multiplication or division, as the page does it."""
    power = _POWERS[np.abs(exponent)]
    with np.errstate(over="ignore"):
        return np.asarray(np.where(exponent < 0, values / power, values * power))


def shorten_floats(values: FloatArray) -> npt.NDArray[np.float32]:
    """Round to 16 bits of mantissa: sums keep their figures, and the rest compresses away."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.rint(mantissa * 2.0**_KEPT_BITS) / 2.0**_KEPT_BITS, exponent).astype(np.float32)
