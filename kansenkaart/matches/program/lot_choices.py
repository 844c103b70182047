"""The pairs that carry nothing or a whole lot: exact by branching, or the best that the time allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from kansenkaart.arrays import ROUNDING, BoolArray, FloatArray, IntArray
from kansenkaart.errors import KansenkaartError
from kansenkaart.matches.program.highs import (
    VALUE_BITS,
    Linear,
    overshoot,
    powers,
    repaired,
    scale_of,
    scaled_form,
    solve_linear,
)
from kansenkaart.matches.program.rows import NO_LOTS, Lots, Program
from kansenkaart.matches.program.solver import Solver

LINEAR, MIXED, HEURISTIC = "linear program", "mixed-integer program", "heuristic"

# A mixed-integer program is proven to this part, as far as HiGHS's tolerances go.
GAP = 1e-7

# The search for the shortest among equals is cut off after so many nodes: the same on every machine.
_TIE_NODES = 200

# Part of the time that is kept for repairing what a search cut off leaves.
_RESERVE = 0.15
_ROUNDS = 50

# Repairing goes on at least this long, also when the time is up: it is what is left.
_GRACE_S = 1.0


class Choice(NamedTuple):
    """Columns, the bound, whether a limit was hit and what gave the quantities."""

    x: FloatArray
    bound: float
    limit_hit: bool
    method: str


def solve_program(program: Program, deadline: float) -> Choice:
    """Solve with the lots; without any it is the linear program."""
    relaxed = solve_linear(_relaxed(program), deadline)
    bound = relaxed.bound - _sunk(program.lots)
    if relaxed.x is None:
        return Choice(_in_proportion(program), bound, True, HEURISTIC)
    if not len(program.lots.most):
        return Choice(relaxed.x, bound, relaxed.limit_hit, LINEAR)
    if not _broken(program, relaxed.x).any() and _near(worth(program, relaxed.x), bound):
        return Choice(relaxed.x, bound, relaxed.limit_hit, LINEAR)
    return _branch(program, relaxed, deadline)


def _in_proportion(program: Program) -> FloatArray:
    """Every pair that is worth something gets its part of what is there: better than nothing, and it fits.

    What breaks a lot, or is worth less than what was kept, is not taken.
    """
    kept = repaired(program, program.lower)
    pairs = program.family < len(program.parts)
    start = np.where(pairs & (program.value > 0), program.upper, program.lower)
    shared = repaired(program, start)
    broken = np.flatnonzero(_broken(program, shared))
    fits = _without(program, shared, broken) if len(broken) else shared
    if fits is None or overshoot(program, fits) > ROUNDING:
        return kept
    return fits if worth(program, fits) > worth(program, kept) else kept


def worth(program: Program, x: FloatArray) -> float:
    """Objective of `x` with its connections."""
    used = program.lots.total(x) > 0
    return float(program.value @ x) - float(program.lots.fixed[used].sum())


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= ROUNDING * max(abs(one), abs(other))


def _sunk(lots: Lots) -> float:
    return float(lots.fixed[lots.kept].sum())


def _relaxed(program: Program) -> Program:
    """Without lots, and a connection paid by the unit: at most what it costs in truth."""
    lots = program.lots
    each = np.divide(lots.fixed, lots.most, out=np.zeros(len(lots.most)), where=~lots.kept & (lots.most > 0))
    value = program.value.copy()
    np.subtract.at(value, lots.column, each[lots.choice])
    return replace(program, value=value, lots=NO_LOTS)


def _broken(program: Program, x: FloatArray) -> BoolArray:
    """Choices that carry less than their lot."""
    lots = program.lots
    quantity = lots.total(x)
    broken: BoolArray = (quantity > 0) & (quantity < lots.least * (1.0 - ROUNDING)) & ~lots.kept
    return broken


def _branch(program: Program, relaxed: Linear, deadline: float) -> Choice:
    end = deadline - _RESERVE * (deadline - time.monotonic())
    most = relaxed.bound - _sunk(program.lots)
    # Mostly lots cost nothing but distance: what is worth as much as without them is the best.
    if not program.lots.fixed.any() and (x := _shortest_choice(program, most, end)) is not None:
        return Choice(x, most, relaxed.limit_hit, MIXED)
    on, dual, proven = _mixed(program, end)
    bound = min(dual, most)
    found: list[tuple[FloatArray, str]] = [(repaired(program, program.lower), HEURISTIC)]
    if on is not None and (x := _with_choice(program, on, deadline)) is not None:
        found.append((x, MIXED))
    if proven and len(found) > 1:
        x = found[-1][0]
        other = _shortest_choice(program, worth(program, x), end)
        if other is not None and program.tie @ other < program.tie @ x:
            x = other
        return Choice(x, bound, relaxed.limit_hit, MIXED)
    assert relaxed.x is not None
    starts = [relaxed.x] if on is None or len(found) > 1 else [relaxed.x, found[0][0]]
    found += [(x, HEURISTIC) for x in (_drop(program, start, deadline) for start in starts) if x is not None]
    # Among equals the proven search speaks first.
    x, method = max(found, key=lambda candidate: (worth(program, candidate[0]), candidate[1] == MIXED))
    return Choice(x, bound, not proven, method)


def _mixed(
    program: Program, deadline: float, *, keep: float | None = None
) -> tuple[BoolArray | None, float, bool]:
    """Choose the connections: (on per choice or None, bound, proven). With `keep`: shortest worth at least that."""
    wide = _with_binaries(program)
    count, pairs = len(program.value), len(program.lots.most)
    scale = scale_of(wide, np.concatenate([_pair_scale(program), np.ones(pairs)]))
    form = scaled_form(wide, scale, wide.limit)
    form = form._replace(whole=np.arange(count + pairs) >= count)
    if keep is not None:
        every = np.arange(count + pairs)
        tie = wide.tie * scale.column
        form = form._replace(
            matrix=form.matrix.with_rows(np.zeros_like(every), every, form.cost, 1),
            most=np.append(form.most, -keep * scale.value),
            cost=tie / powers(tie.max(initial=0.0, keepdims=True), VALUE_BITS),
        )
    found = Solver(form).solve(deadline, gap=GAP, nodes=None if keep is None else _TIE_NODES)
    on = None if found.x is None else (found.x[count:] > 0.5) | program.lots.kept
    return on, -found.bound / scale.value, found.done


def _pair_scale(program: Program) -> FloatArray:
    """Every column between 0 and 1: a binary next to 2**20 would leak."""
    largest, lots = program.upper.copy(), program.lots
    largest[lots.column] = 0.0
    np.maximum.at(largest, lots.column, lots.most[lots.choice])
    return powers(largest, 0)


def _with_binaries(program: Program) -> Program:
    """Year <= most x on, year >= least x on, and the cost of being on."""
    lots = program.lots
    count_on, count = len(lots.most), len(program.value)
    choice, column = lots.choice, lots.column
    ones, every = np.ones(len(choice)), np.arange(count_on)
    least = np.flatnonzero((lots.least > 0) & ~lots.kept)
    rank = np.full(count_on, -1)
    rank[least] = np.arange(len(least))
    mine = rank[choice] >= 0
    rows = np.concatenate([choice, every, count_on + rank[choice[mine]], count_on + rank[least]])
    columns = np.concatenate([column, count + every, column[mine], count + least])
    entries = np.concatenate([ones, -lots.most, -ones[mine], lots.least[least]])
    matrix = program.matrix.wider(count_on).with_rows(rows, columns, entries, count_on + len(least))
    return replace(
        program,
        value=np.concatenate([program.value, -lots.fixed]),
        tie=np.concatenate([program.tie, np.zeros(count_on)]),
        matrix=matrix,
        limit=np.concatenate([program.limit, np.zeros(count_on + len(least))]),
        lower=np.concatenate([program.lower, lots.kept.astype(np.float64)]),
        upper=np.concatenate([program.upper, np.ones(count_on)]),
        family=np.concatenate([program.family, np.full(count_on, program.family.max(initial=0) + 1)]),
    )


def _with_choice(program: Program, on: BoolArray, deadline: float) -> FloatArray | None:
    """Best quantities over the chosen connections, each at least its lot; None when that does not fit."""
    try:
        x = solve_linear(_chosen(program, on, lots_hold=True), deadline).x
    except KansenkaartError:
        # The search works to a millionth: two lots of 5 in 9.999999 pass there, not here.
        return None
    return None if x is None or _broken(program, x).any() else x


def _chosen(program: Program, on: BoolArray, *, lots_hold: bool) -> Program:
    lots = program.lots
    choice, column = lots.choice, lots.column
    lower, upper = program.lower.copy(), program.upper.copy()
    upper[column[~on[choice]]] = lower[column[~on[choice]]]
    linear = replace(program, upper=upper, lots=NO_LOTS)
    if not lots_hold:
        return linear
    holds = on & ~lots.kept & (lots.least > 0)
    # A lot of one column is its lower end, one of several is a row.
    single = (holds & (np.bincount(choice, minlength=len(on)) == 1))[choice]
    at = column[single]
    lower[at] = np.maximum(lower[at], np.minimum(lots.least[choice[single]], upper[at]))
    mine = holds[choice] & ~single
    many, row = np.unique(choice[mine], return_inverse=True)
    return replace(
        linear,
        lower=lower,
        matrix=program.matrix.with_rows(row, column[mine], -np.ones(len(row)), len(many)),
        limit=np.concatenate([program.limit, -lots.least[many]]),
    )


def _shortest_choice(program: Program, least: float, deadline: float) -> FloatArray | None:
    """Worth `least`, with connections over the least distance; None where a short search finds nothing."""
    if not program.tie.any():
        return None
    least -= ROUNDING * abs(least)
    on, _, _ = _mixed(program, deadline, keep=least)
    x = None if on is None else _with_choice(program, on, deadline)
    return x if x is not None and worth(program, x) >= least else None


def drop_by_halves(
    on: BoolArray,
    x: FloatArray,
    judge: Callable[[FloatArray], tuple[IntArray, FloatArray]],
    solve: Callable[[BoolArray], FloatArray | None],
    *,
    most: int,
    until: float,
) -> Iterator[tuple[FloatArray, IntArray]]:
    """Quantities, and again without the worse half of what breaks a lot or does not earn its connection.

    Parameters
    ----------
    on
        Pairs, or choices, to begin with.
    x
        Quantities over those.
    judge
        Those that are bad in some quantities, and what each earns.
    solve
        Best quantities over the pairs that are on; None where time ended it.
    most, until
        Rounds, and the ``time.monotonic`` by which the last must end: none begins that would take longer, judged by
        the one before it.
    """
    on = on.copy()
    for _ in range(most):
        began = time.monotonic()
        bad, earned = judge(x)
        yield x, bad
        if not len(bad):
            return
        on[bad[np.argsort(earned[bad], kind="stable")[: (len(bad) + 1) // 2]]] = False
        again = solve(on)
        now = time.monotonic()
        if again is None or 2 * now - began > until:
            return
        x = again


def _drop(program: Program, x: FloatArray, deadline: float) -> FloatArray | None:
    """Drop the worse half of what breaks a lot or does not earn its connection, and solve again.

    What holds after every round, with the rest at nothing, is a candidate; the best is filled up.
    """
    lots = program.lots
    deadline = max(deadline, time.monotonic() + _GRACE_S)

    def judge(x: FloatArray) -> tuple[IntArray, FloatArray]:
        earned = lots.total(program.value * x)
        loss = (lots.total(x) > 0) & (earned < lots.fixed) & ~lots.kept
        return np.flatnonzero(loss | _broken(program, x)), earned

    def solve(on: BoolArray) -> FloatArray | None:
        some = replace(_chosen(program, on, lots_hold=False), lots=lots)
        return solve_linear(_relaxed(some), deadline).x

    best: FloatArray | None = None
    every = np.ones(len(lots.most), dtype=np.bool_)
    for left, bad in drop_by_halves(every, x, judge, solve, most=_ROUNDS, until=deadline):
        best = _better(program, best, _without(program, left, bad))
    if best is None:
        return None
    return _better(program, best, _with_choice(program, (lots.total(best) > 0) | lots.kept, deadline))


def _without(program: Program, x: FloatArray, bad: IntArray) -> FloatArray | None:
    """`x` with nothing over the `bad` choices and what lived on them; None when that breaks another lot."""
    lots, x = program.lots, x.copy()
    x[lots.column[np.isin(lots.choice, bad)]] = 0.0
    x = repaired(program, x)
    return None if _broken(program, x).any() else x


def _better(program: Program, one: FloatArray | None, other: FloatArray | None) -> FloatArray | None:
    if one is None or other is None:
        return other if one is None else one
    return other if worth(program, other) > worth(program, one) else one
