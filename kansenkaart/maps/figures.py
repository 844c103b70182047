"""Numbers as the map shows them: a few significant figures, and totals that stay true."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Smaller than this is nothing on a map; larger than this does not fit the page's numbers.
_SMALLEST_EXPONENT = -12
_LARGEST_EXPONENT = 37

# Written out, because a power worked out may differ in its last bit between machines.
_POWERS = np.array([float(f"1e{exponent}") for exponent in range(60)])

# Bits of the mantissa that are kept where numbers are summed in the page: one part in 65,536.
_KEPT_BITS = 16


def round_figures(values: FloatArray, digits: int = 3) -> npt.NDArray[np.float32]:
    """Round to `digits` significant figures: more would be seen by nobody and cost room; what is no number is NaN."""
    size = np.abs(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
    exponent = _exponents(size)
    rounded = _scale(np.rint(_scale(size, digits - 1 - exponent)), exponent - digits + 1)
    rounded = np.where(exponent < _SMALLEST_EXPONENT, 0.0, np.minimum(rounded, _POWERS[_LARGEST_EXPONENT]))
    signed = np.where(values < 0, -rounded, rounded)
    return np.where(np.isfinite(values), signed, np.nan).astype(np.float32)


def _exponents(size: FloatArray) -> npt.NDArray[np.int64]:
    """Power of ten at or below every size; the logarithm only helps, as it differs between machines."""
    known = np.where(size > 0, size, 1.0)
    exponent = np.clip(np.floor(np.log10(known)), _SMALLEST_EXPONENT - 3, _LARGEST_EXPONENT).astype(np.int64)
    one = np.ones_like(known)
    exponent += _scale(one, exponent + 1) <= known
    return np.asarray(exponent - (_scale(one, exponent) > known))


def _scale(values: FloatArray, exponent: npt.NDArray[np.int64]) -> FloatArray:
    """`values` times ten to the power `exponent`, by one multiplication or division."""
    power = _POWERS[np.abs(exponent)]
    return np.asarray(np.where(exponent < 0, values / power, values * power))


def shorten_floats(values: FloatArray) -> npt.NDArray[np.float32]:
    """Round to 16 bits of mantissa: sums keep their figures, and the rest compresses away."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.rint(mantissa * 2.0**_KEPT_BITS) / 2.0**_KEPT_BITS, exponent).astype(np.float32)
