"""The linear part: HiGHS on a scaled program, a bound from its prices, the shortest among equals, no dust."""

from __future__ import annotations

import math
from typing import NamedTuple, NoReturn

import numpy as np

from kansenkaart.arrays import EPSILON, REST, ROUNDING, FloatArray
from kansenkaart.errors import KansenkaartError
from kansenkaart.matches.program.rows import Program
from kansenkaart.matches.program.solver import Form, Solver

# HiGHS's tolerances are absolute: the largest quantity of a block becomes 2**20, the largest value 2**10.
QUANTITY_BITS = 20
VALUE_BITS = 10
# A price this small (on the scale above) is rounding.
_NO_PRICE = 1e-6

# Below this part of what a pair could carry, and of the most that is carried in its stream, a quantity is rounding:
# under a small budget a pair that could carry a great deal carries little, and that little counts.
NOTHING = 1e-10

_REPAIRS = 60
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
    largest = program.matrix.largest_of_rows(column)
    value = powers(np.abs(program.value * column).max(initial=0.0, keepdims=True), VALUE_BITS)
    return Scale(column, 1.0 / powers(largest, 0), 1.0 / float(value[0]))


def limits(program: Program) -> FloatArray:
    """Limits of the rows, cut to what the columns together can reach: 1e15 would take all digits."""
    most = program.matrix.positive.times(program.upper)
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
    scale = block_scale(program)
    form = scaled_form(program, scale, limits(program))
    solver = Solver(form)
    found = solver.solve(deadline)
    if not found.in_time:
        return Linear(None, bound_of(program, np.zeros(program.matrix.rows)), True)
    if found.x is None:
        _fail(found.reason)
    bound = bound_of(program, found.price * scale.row / scale.value)
    other, in_time = _shortest(program, scale, (solver, form, found.price), deadline)
    if other is not None:
        other = repaired(program, other)
        if program.value @ other >= bound - ROUNDING * abs(bound):
            return Linear(other, bound, not in_time)
    x = repaired(program, found.x * scale.column)
    best = float(program.value @ x)
    if other is not None and program.value @ other >= best - ROUNDING * abs(best):
        x = other
    return Linear(x, bound, not in_time)


def bound_of(program: Program, price: FloatArray) -> float:
    """Most that any solution can be worth, given prices of 0 or more for the rows (Lagrange).

    All columns are bounded, so every set of prices proves something; the best set proves the optimum. Where the prices
    pay for a column in full, subtracting leaves last digits: they are no worth, or nothing could be proven to be 0.
    """
    price = np.maximum(price, 0.0)
    matrix = program.matrix
    rest = program.value - matrix.transposed_times(price)
    size = np.abs(program.value) + sum(m.transposed_times(price) for m in (matrix.positive, matrix.negative))
    rest[np.abs(rest) <= REST * size] = 0.0
    ends = np.where(rest > 0, program.upper, program.lower)
    return math.fsum(limits(program) * price) + math.fsum(rest * ends)


def _fail(reason: str) -> NoReturn:
    raise KansenkaartError(
        "linked_model_failed", "HiGHS found no solution for the linked model: {reason}", reason=reason
    )


def scaled_form(program: Program, scale: Scale, limit: FloatArray) -> Form:
    """The program on its scale, as HiGHS minimises it."""
    return Form(
        cost=-program.value * scale.column * scale.value,
        matrix=program.matrix.scaled(scale.row, scale.column),
        most=limit * scale.row,
        lower=program.lower / scale.column,
        upper=program.upper / scale.column,
    )


def _shortest(
    program: Program, scale: Scale, best: tuple[Solver, Form, FloatArray], deadline: float
) -> tuple[FloatArray | None, bool]:
    """Least quantity x distance among the optima (None: they are lost in rounding, or alike), and: in time.

    Complementary slackness says which they are: a column with a reduced cost stands at its end, a row with a price
    is full. The search goes on from the optimum that was found.
    """
    solver, form, price = best
    rest = form.cost + form.matrix.transposed_times(price)
    fixed = (np.abs(rest) > _NO_PRICE) | (form.lower == form.upper)
    tie = np.where(fixed, 0.0, program.tie * scale.column)
    if not tie.any():
        return None, True
    at = np.where(rest < 0, form.upper, form.lower)
    tie /= powers(np.abs(tie).max(keepdims=True), VALUE_BITS)
    solver.ask_on_face(tie, np.flatnonzero(fixed), at[fixed], np.flatnonzero(price > _NO_PRICE))
    found = solver.solve(deadline)
    return None if found.x is None else found.x * scale.column, found.in_time


def repaired(program: Program, x: FloatArray) -> FloatArray:
    """Take away what a solver leaves: dust, and the last digits above a limit.

    A row above its limit is scaled down to it; rows that lived on what was taken away follow in the next
    round, so that nothing is delivered that was not received.
    """
    x = np.clip(x, program.lower, program.upper)
    most = np.zeros(int(program.family.max(initial=0)) + 1)
    np.maximum.at(most, program.family, x)
    dust = NOTHING * np.minimum(program.upper, most[program.family])
    x = np.where(x - program.lower <= dust, program.lower, x)
    gives, takes = program.matrix.positive, program.matrix.negative
    floor, count = gives.times(program.lower), gives.count
    for _ in range(_REPAIRS):
        out, allowed = gives.times(x), program.limit + takes.times(x)
        # Whole numbers add up to the same in any order; fractions only with some to spare.
        close = (out * (1.0 + count * EPSILON) > allowed) & (count > 2)
        if close.any():
            close &= gives.times(x % 1.0) > 0
        over = np.flatnonzero((out > 0) & ((out > allowed) | close))
        if not len(over):
            break
        spare, above = allowed[over] - floor[over], out[over] - floor[over]
        part = np.divide(
            np.clip(spare, 0.0, np.maximum(above, 0.0)), above, out=np.zeros(len(over)), where=above > 0
        )
        part *= 1.0 - np.where(count[over] > 1, 4 * count[over] * EPSILON, 0.0)
        parts = np.ones(len(out))
        parts[over] = part
        shrink = np.ones(len(x))
        np.minimum.at(shrink, gives.column, parts[gives.row])
        less = program.lower + (x - program.lower) * shrink
        if np.array_equal(less, x):
            break
        x = less
    return x


def overshoot(program: Program, x: FloatArray) -> float:
    """Largest part by which a row is exceeded, relative to what may pass."""
    gives, takes = program.matrix.positive, program.matrix.negative
    out, allowed = gives.times(x), program.limit + takes.times(x)
    least = NOTHING * gives.times(program.upper)
    over = (out - allowed) / np.maximum(np.maximum(out, allowed), np.maximum(least, _TINY))
    return float(max(over.max(initial=0.0), 0.0))
