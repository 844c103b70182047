"""The linear part: HiGHS on a scaled program, a bound from its prices, the shortest among equals, no dust."""

from __future__ import annotations

import math
import time
from typing import Any, NamedTuple

import numpy as np

from kansenkaart.errors import KansenkaartError
from kansenkaart.matches.arrays import BoolArray, FloatArray
from kansenkaart.matches.program.rows import ROUNDING, Program

# HiGHS's tolerances are absolute: the largest quantity of a block becomes 2**20, the largest value 2**10.
QUANTITY_BITS = 20
VALUE_BITS = 10
TOLERANCE = 1e-9

# A price this small (on the scale above) is rounding.
_NO_PRICE = 1e-6

# Below this part of what a pair could carry a quantity is rounding.
_DUST = 1e-10

_REPAIRS = 60
_EPS = float(np.finfo(np.float64).eps)
_TINY = float(np.finfo(np.float64).tiny)


class Linear(NamedTuple):
    """A solution of the linear program (None when time ran out), its bound, and whether a limit was hit."""

    x: FloatArray | None
    bound: float
    limit_hit: bool


class Scale(NamedTuple):
    """x = column * y; a row is multiplied by `row`, the objective by `value`; all powers of two."""

    column: FloatArray
    row: FloatArray
    value: float


class _Face(NamedTuple):
    """Columns and rows that stand fixed in every optimum."""

    at: FloatArray
    fixed: BoolArray
    full: BoolArray


def seconds_left(deadline: float) -> float:
    """Time until `deadline` (``time.monotonic``); never below a tenth of a second, HiGHS wants some."""
    return max(deadline - time.monotonic(), 0.1)


def powers(largest: FloatArray, bits: int) -> FloatArray:
    """Powers of two that bring `largest` to about ``2**bits`` when divided by; 1 for zeros."""
    exponent = np.frexp(largest)[1] - bits
    result: FloatArray = np.where(largest > 0, np.ldexp(1.0, exponent), 1.0)
    return result


def block_scale(program: Program) -> Scale:
    """One scale per block, so that a network stays a matrix of ones."""
    largest = np.zeros(int(program.family.max(initial=0)) + 1)
    np.maximum.at(largest, program.family, program.upper)
    return scale_of(program, powers(largest, QUANTITY_BITS)[program.family])


def scale_of(program: Program, column: FloatArray) -> Scale:
    """Rows and objective to go with a scale of the columns."""
    entries = abs(program.matrix).multiply(column[None, :]).tocsr()
    largest = entries.max(axis=1).toarray().ravel() if entries.shape[1] else np.zeros(entries.shape[0])
    value = powers(np.abs(program.value * column).max(initial=0.0, keepdims=True), VALUE_BITS)
    return Scale(column, 1.0 / powers(largest, 0), 1.0 / float(value[0]))


def limits(program: Program) -> FloatArray:
    """Limits of the rows, cut to what the columns together can reach: 1e15 would take all digits."""
    most = program.matrix.maximum(0) @ program.upper
    cut: FloatArray = np.minimum(program.limit, most * (1.0 + ROUNDING))
    return cut


def solve_linear(program: Program, deadline: float) -> Linear:
    """Optimum of the linear program, then the least distance among its optima.

    Raises
    ------
    KansenkaartError
        ``linked_model_failed`` when HiGHS finds that nothing fits, as when kept quantities break the model.
    """
    if not len(program.value):
        return Linear(np.zeros(0), 0.0, False)
    scale, limit = block_scale(program), limits(program)
    cost = program.value * scale.column * scale.value
    found = _highs(program, (scale, limit), cost, deadline)
    if found is None:
        return Linear(None, bound_of(program, np.zeros(len(limit))), True)
    x, price = found
    bound = bound_of(program, price * scale.row / scale.value)
    x = repaired(program, x)
    face = _optimal_face(program, (scale, limit), cost, price)
    other, in_time = _shortest(program, (scale, limit), face, deadline)
    if other is not None:
        other = repaired(program, other)
        best = float(program.value @ x)
        if program.value @ other >= best - ROUNDING * abs(best):
            x = other
    return Linear(x, bound, not in_time)


def bound_of(program: Program, price: FloatArray) -> float:
    """Most that any solution can be worth, given prices of 0 or more for the rows (Lagrange).

    All columns are bounded, so every set of prices proves something; the best set proves the optimum.
    """
    price = np.maximum(price, 0.0)
    rest = program.value - program.matrix.T @ price
    ends = np.where(rest > 0, program.upper, program.lower)
    return math.fsum(limits(program) * price) + math.fsum(rest * ends)


def _highs(
    program: Program, form: tuple[Scale, FloatArray], cost: FloatArray, deadline: float
) -> tuple[FloatArray, FloatArray] | None:
    """Maximise `cost` (scaled); the solution in its own units and the prices (scaled). None: out of time."""
    from scipy.optimize import linprog

    scale, limit = form
    result = linprog(
        -cost,
        A_ub=scaled_matrix(program, scale) if len(limit) else None,
        b_ub=limit * scale.row if len(limit) else None,
        bounds=np.stack([program.lower, program.upper], axis=1) / scale.column[:, None],
        method="highs",
        options=_options(deadline),
    )
    if result.status == 1:
        return None
    if not result.success:
        _fail(result.message)
    price = -result.ineqlin.marginals if len(limit) else np.zeros(0)
    return result.x * scale.column, price


def _options(deadline: float) -> dict[str, float]:
    return {
        "time_limit": seconds_left(deadline),
        "primal_feasibility_tolerance": TOLERANCE,
        "dual_feasibility_tolerance": TOLERANCE,
    }


def _fail(reason: str) -> None:
    raise KansenkaartError(
        "linked_model_failed", "HiGHS found no solution for the linked model: {reason}", reason=reason
    )


def scaled_matrix(program: Program, scale: Scale) -> Any:
    """The rows on their scale, as compressed columns."""
    return program.matrix.multiply(scale.row[:, None]).multiply(scale.column[None, :]).tocsc()


def _optimal_face(
    program: Program, form: tuple[Scale, FloatArray], cost: FloatArray, price: FloatArray
) -> _Face:
    """Complementary slackness: a column with a reduced cost stands at its end, a row with a price is full."""
    rest = cost - scaled_matrix(program, form[0]).T @ price
    at = np.where(rest > 0, program.upper, program.lower)
    fixed = (np.abs(rest) > _NO_PRICE) | (program.lower == program.upper)
    return _Face(at, fixed, price > _NO_PRICE)


def _shortest(
    program: Program, form: tuple[Scale, FloatArray], face: _Face, deadline: float
) -> tuple[FloatArray | None, bool]:
    """Least quantity x distance on the optimal face (None: the face is lost in rounding), and: in time."""
    from scipy.optimize import linprog

    scale, limit = form
    free = np.flatnonzero(~face.fixed)
    if not len(free) or not program.tie[free].any():
        return None, True
    x = np.where(face.fixed, face.at, 0.0)
    matrix = program.matrix[:, free]
    holds = np.diff(matrix.tocsr().indptr) > 0
    left = (limit - program.matrix @ x) * scale.row
    matrix = matrix.multiply(scale.row[:, None]).multiply(scale.column[free][None, :]).tocsr()
    full, open_ = np.flatnonzero(holds & face.full), np.flatnonzero(holds & ~face.full)
    tie = program.tie[free] * scale.column[free]
    result = linprog(
        tie / powers(np.abs(tie).max(keepdims=True), VALUE_BITS),
        A_ub=matrix[open_] if len(open_) else None,
        b_ub=left[open_] if len(open_) else None,
        A_eq=matrix[full] if len(full) else None,
        b_eq=left[full] if len(full) else None,
        bounds=np.stack([program.lower[free], program.upper[free]], axis=1) / scale.column[free][:, None],
        method="highs",
        options=_options(deadline),
    )
    if not result.success:
        return None, result.status != 1
    x[free] = result.x * scale.column[free]
    return x, True


def repaired(program: Program, x: FloatArray) -> FloatArray:
    """Take away what a solver leaves: dust, and the last digits above a limit.

    A row above its limit is scaled down to it; rows that lived on what was taken away follow in the next
    round, so that nothing is delivered that was not received.
    """
    x = np.clip(x, program.lower, program.upper)
    x = np.where(x - program.lower <= _DUST * program.upper, program.lower, x)
    gives, takes = program.matrix.maximum(0).tocsr(), (-program.matrix).maximum(0).tocsr()
    gives.eliminate_zeros()
    floor = gives @ program.lower
    count = np.diff(gives.indptr)
    for _ in range(_REPAIRS):
        out, room = gives @ x, program.limit + takes @ x
        # Whole numbers add up to the same in any order; fractions only with some room.
        close = (gives @ (x % 1.0) > 0) & (count > 2) & (out * (1.0 + count * _EPS) > room)
        over = np.flatnonzero((count > 0) & (out > 0) & ((out > room) | close))
        if not len(over):
            break
        spare, above = room[over] - floor[over], out[over] - floor[over]
        part = np.divide(
            np.clip(spare, 0.0, np.maximum(above, 0.0)), above, out=np.zeros(len(over)), where=above > 0
        )
        part *= 1.0 - np.where(count[over] > 1, 4 * count[over] * _EPS, 0.0)
        shrink = np.ones(len(x))
        rows = gives[over].tocoo()
        np.minimum.at(shrink, rows.col, part[rows.row])
        less = program.lower + (x - program.lower) * shrink
        if np.array_equal(less, x):
            break
        x = less
    return x


def overshoot(program: Program, x: FloatArray) -> float:
    """Largest part by which a row is exceeded, relative to what may pass."""
    gives, takes = program.matrix.maximum(0), (-program.matrix).maximum(0)
    out, room = gives @ x, program.limit + takes @ x
    least = _DUST * (gives @ program.upper)
    over = (out - room) / np.maximum(np.maximum(out, room), np.maximum(least, _TINY))
    return float(max(over.max(initial=0.0), 0.0))
