"""Streams that hang together, allocated in one model: chains, shared budgets, couplings, seasons and lots.

A linear program, or a mixed-integer one where a pair carries nothing or a lot, solved by HiGHS.
The proof is our own: prices of the rows give a bound over all columns that no allocation can pass.
"""

from __future__ import annotations

import time

import numpy as np

from kansenkaart.arrays import REST, ROUNDING, FloatArray
from kansenkaart.errors import DataError
from kansenkaart.matches.program.highs import overshoot
from kansenkaart.matches.program.lot_choices import LINEAR, Choice, solve_program
from kansenkaart.matches.program.model import (
    Block,
    Conversion,
    Coupling,
    Ledger,
    LinkedModel,
    Stage,
    StageResult,
    Term,
    add_up,
    check_model,
    made,
)
from kansenkaart.matches.program.rows import Program, build_program, count_columns

__all__ = [
    "LARGEST_MODEL",
    "Block",
    "Conversion",
    "Coupling",
    "Ledger",
    "LinkedModel",
    "Stage",
    "StageResult",
    "Term",
    "solve_stage",
]

LARGEST_MODEL = 150_000

_PROVEN = {LINEAR: 1e-7}
_PROVEN_MIXED = 1e-6


def solve_stage(
    model: LinkedModel, stage: Stage, *, time_limit_s: float, checked: bool = False
) -> StageResult:
    """Allocate all streams of a model at once, for one tier.

    Maximises value x quantity - storage - connections + coupling bonuses; among equals the least
    quantity x distance; then the same input gives the same answer, in whatever order its pairs stand. With
    lots or fixed costs the shortest is sought among equally good sets of connections as far as a short
    search goes. A search that the time limit ends is not the same on every machine.

    Parameters
    ----------
    model, stage
        See the classes. At most ``LARGEST_MODEL`` columns (usable pairs x periods, stores, lots).
    time_limit_s
        Seconds for everything together; a running step of HiGHS may take somewhat longer to stop.
    checked
        A model like this one, with other quantities, was found sound before: a draw need not look again.

    Raises
    ------
    DataError
        ``linked_model_wrong`` (shapes, numbers, positions), ``chain_cyclic``, ``model_too_large``.
    KansenkaartError
        ``linked_model_failed`` when the kept quantities themselves break the model.

    Notes
    -----
    Quantities hold every limit exactly, what a processor makes to 1e-9; a lot may miss its last digit
    (1e-9). Ledgers count what is delivered, not what a store loses.
    """
    deadline = time.monotonic() + time_limit_s
    if not checked:
        check_model(model, stage, time_limit_s)
    program = build_program(model, stage)
    _refuse_too_large(count_columns(program))
    return _result(model, stage, program, solve_program(program, deadline))


def _refuse_too_large(columns: int) -> None:
    if columns > LARGEST_MODEL:
        raise DataError(
            "model_too_large",
            "The streams that hang together make a model of {columns} columns; allowed: {allowed}. Lower "
            "hard_km of the largest stream, set season = false, or switch off the ledgers, couplings or "
            "processors that tie the streams together.",
            columns=columns,
            allowed=LARGEST_MODEL,
        )


def _result(model: LinkedModel, stage: Stage, program: Program, choice: Choice) -> StageResult:
    quantity = [np.zeros((len(block.s), block.periods)) for block in model.blocks]
    for part, given in zip(program.parts, quantity, strict=True):
        given[part.pair] = choice.x[part.first : part.out].reshape(len(part.pair), part.periods)
    from_store = _from_store(model, quantity)
    objective = _objective(model, stage, quantity, from_store)
    bound = max(choice.bound, objective)
    # A bound of nothing but rounding is zero: compare with what all columns together could be worth.
    size = max(abs(bound), abs(objective), ROUNDING * float(np.abs(program.value) @ program.upper))
    gap = (bound - objective) / size if size > 0 else 0.0
    proven = gap <= _PROVEN.get(choice.method, _PROVEN_MIXED)
    return StageResult(
        quantity=tuple(quantity),
        from_store=tuple(from_store),
        objective=objective,
        bound=bound,
        gap=gap,
        certified=proven and overshoot(program, choice.x) <= ROUNDING,
        limit_hit=choice.limit_hit,
        method=choice.method,
    )


def _from_store(model: LinkedModel, quantity: list[FloatArray]) -> list[FloatArray]:
    """What a supply delivers above what it has in that month came out of its store."""
    received = [add_up(b.d, q, len(b.demand)) for b, q in zip(model.blocks, quantity, strict=True)]
    parts = []
    for number, block in enumerate(model.blocks):
        part = np.zeros_like(quantity[number])
        if block.storage_efficiency is not None:
            sold = add_up(block.s, quantity[number], len(block.supply))
            above = np.maximum(sold - block.supply - made(model, number, received), 0.0)
            above[above <= REST * sold] = 0.0
            share = np.divide(above, sold, out=np.zeros_like(sold), where=sold > 0)
            part = quantity[number] * share[block.s]
        parts.append(part)
    return parts


def _objective(
    model: LinkedModel, stage: Stage, quantity: list[FloatArray], from_store: list[FloatArray]
) -> float:
    total = 0.0
    for block, value, given, stored in zip(model.blocks, stage.value, quantity, from_store, strict=True):
        connections = int(given.any(axis=1).sum())
        total += float(value @ given.sum(axis=1)) - block.storage_cost * float(stored.sum())
        total -= block.fixed * connections
    for pair in model.couplings:
        if not pair.required:
            size = float(model.blocks[pair.first[0]].demand[pair.first[1]].sum())
            shares = [_share(model, quantity, end) for end in (pair.first, pair.second)]
            total += pair.bonus * size * min(shares)
    return total


def _share(model: LinkedModel, quantity: list[FloatArray], end: tuple[int, int]) -> float:
    block, wanted = model.blocks[end[0]], float(model.blocks[end[0]].demand[end[1]].sum())
    return float(quantity[end[0]][block.d == end[1]].sum()) / wanted if wanted > 0 else 0.0
