"""A linked model as one sparse linear program, built from arrays.

Columns: quantity per usable pair and period; per supply with a store what goes in and comes out per month;
one per rewarded coupling. Rows (all `at most`): supply, demand, store, ledger, coupling. Minimum lots and
fixed costs are kept apart: the linear program does without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kansenkaart.arrays import ROUNDING, BoolArray, FloatArray, IntArray, members
from kansenkaart.matches.program.model import MONTHS, Block, LinkedModel, Stage, add_up, made
from kansenkaart.matches.program.solver import Matrix, make_matrix


class Part(NamedTuple):
    """A block's usable pairs in a fixed order, and where its columns stand.

    Pair ``k`` in period ``p`` is column ``first + k * periods + p``; store ``i`` of `stores` (positions of
    supplies) gives out at ``out + i * 12 + p`` and takes in at ``into + i * 12 + p``, at most `held`.
    """

    pair: IntArray
    s: IntArray
    d: IntArray
    periods: int
    lower: FloatArray
    upper: FloatArray
    most: FloatArray
    first: int
    stores: IntArray
    held: FloatArray

    @property
    def size(self) -> int:
        """Number of columns."""
        return int(self.upper.size + self.held.size)

    @property
    def out(self) -> int:
        """First column of what comes out of the stores."""
        return int(self.first + self.upper.size)

    @property
    def into(self) -> int:
        """First column of what goes into them."""
        return int(self.out + self.held.size // 2)


class Lots(NamedTuple):
    """Choices between nothing and a lot: which columns add up to each, most and least per year, fixed cost.

    `choice` and `column` go together, one entry per column of a choice; a column may count for two: for the lot of
    its round and for the connection of its pair. What `kept` choices carry stands: their lot and their cost too.
    """

    choice: IntArray
    column: IntArray
    most: FloatArray
    least: FloatArray
    fixed: FloatArray
    kept: BoolArray

    def total(self, amount: FloatArray) -> FloatArray:
        """Sum of `amount`, one number per column of the program, of every choice."""
        total = np.bincount(self.choice, amount[self.column], len(self.most))
        # Without choices numpy counts in integers.
        return total.astype(np.float64, copy=False)


_NO_INDEX = np.zeros(0, dtype=np.int64)
NO_LOTS = Lots(_NO_INDEX, _NO_INDEX, np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.bool_))


@dataclass(frozen=True)
class Program:
    """Maximise ``value @ x`` with ``matrix @ x <= limit`` and ``lower <= x <= upper``; then least ``tie @ x``.

    `family` names the block of a column (couplings: one more), for scaling.
    """

    parts: tuple[Part, ...]
    value: FloatArray
    tie: FloatArray
    matrix: Matrix
    limit: FloatArray
    lower: FloatArray
    upper: FloatArray
    family: IntArray
    lots: Lots


def count_columns(program: Program) -> int:
    """Columns with the binaries of the lots."""
    return len(program.value) + len(program.lots.most)


def build_program(model: LinkedModel, stage: Stage) -> Program:
    """Lay out columns and rows of a checked model."""
    parts, first = [], 0
    for number, (have, upper) in enumerate(_reach(model, stage)):
        part = _part(model.blocks[number], stage, number, (have, upper), first)
        parts.append(part)
        first += part.size
    rewarded = [pair for pair in model.couplings if not pair.required and pair.bonus > 0]
    rows = _Rows()
    for number, part in enumerate(parts):
        _add_supply_rows(rows, model, number, parts)
        block = model.blocks[number]
        columns, month = _columns(part)
        rows.add(np.repeat(part.d, part.periods) * part.periods + month, columns, 1.0, block.demand.ravel())
        _add_store_rows(rows, block, part)
    _add_ledger_rows(rows, model, parts)
    _add_coupling_rows(rows, model, parts, first)
    matrix, limit = rows.matrix(first + len(rewarded))
    value, tie = _costs(model, stage, parts)
    bonus = [pair.bonus * float(model.blocks[pair.first[0]].demand[pair.first[1]].sum()) for pair in rewarded]
    none = np.zeros(len(rewarded))
    return Program(
        parts=tuple(parts),
        value=np.concatenate([*value, bonus]),
        tie=np.concatenate([*tie, none]),
        matrix=matrix,
        limit=limit,
        lower=np.concatenate(
            [*(a for part in parts for a in (part.lower.ravel(), np.zeros(part.held.size))), none]
        ),
        upper=np.concatenate([*(a for part in parts for a in (part.upper.ravel(), part.held)), none + 1.0]),
        family=np.repeat(np.arange(len(parts) + 1), [*(part.size for part in parts), len(rewarded)]),
        lots=_lots(model, parts),
    )


def _reach(model: LinkedModel, stage: Stage) -> list[tuple[FloatArray, FloatArray]]:
    """Most that every supply can have and every pair can carry, along all chains."""
    have = [block.supply for block in model.blocks]
    # Chains have no rings: as many rounds as there are links is enough.
    for _ in range(len(model.conversions) + 1):
        upper = [_upper(block, stage, number, have[number]) for number, block in enumerate(model.blocks)]
        received = [
            np.minimum(block.demand, add_up(block.d, most, len(block.demand)))
            for block, most in zip(model.blocks, upper, strict=True)
        ]
        more = [block.supply + made(model, number, received) for number, block in enumerate(model.blocks)]
        if all(np.array_equal(old, new) for old, new in zip(have, more, strict=True)):
            break
        have = more
    return list(zip(have, upper, strict=True))


def _upper(block: Block, stage: Stage, number: int, have: FloatArray) -> FloatArray:
    kept = stage.at_least[number]
    stored = block.storage_efficiency is not None
    give = np.broadcast_to(have.sum(axis=1, keepdims=True), have.shape) if stored else have
    most = np.minimum(give[block.s], block.demand[block.d])
    upper: FloatArray = np.maximum(np.where(stage.allowed[number][:, None], most, kept), kept)
    return upper


def _part(block: Block, stage: Stage, number: int, reach: tuple[FloatArray, FloatArray], first: int) -> Part:
    have, upper = reach
    kept = stage.at_least[number]
    most = np.minimum(upper.sum(axis=1), have.sum(axis=1)[block.s])
    most = np.maximum(most, kept.sum(axis=1))
    index = np.flatnonzero(kept.any(axis=1) | (upper.any(axis=1) & _can_go(block, most, kept)))
    # A fixed order of the columns: the order in which the pairs were given decides nothing.
    order = np.lexsort((stage.value[number][index], block.distance_m[index], block.d[index], block.s[index]))
    index = index[order]
    stores = np.unique(block.s[index]) if block.storage_efficiency is not None else index[:0]
    return Part(
        pair=index,
        s=block.s[index].astype(np.int64),
        d=block.d[index].astype(np.int64),
        periods=block.periods,
        lower=kept[index],
        upper=upper[index],
        most=most[index],
        first=first,
        stores=stores.astype(np.int64),
        held=_held(block, stores, have, (block.s[index], upper[index])),
    )


def _can_go(block: Block, most: FloatArray, kept: FloatArray) -> BoolArray:
    """Which pairs need no lot, or are of a round that goes already or could reach one."""
    number, free = block.rounds, block.rounds < 0
    each = np.column_stack([most, kept.sum(axis=1)])[~free]
    could, goes = add_up(number[~free], each, len(block.s))[number].T
    reached = np.minimum(could, block.demand.sum(axis=1)[block.d]) >= block.min_lot * (1.0 - ROUNDING)
    return np.asarray(free | (goes > 0) | reached)


def _columns(part: Part) -> tuple[IntArray, IntArray]:
    """Columns of the pairs, and the period of each."""
    count = part.upper.size
    return part.first + np.arange(count), np.tile(np.arange(part.periods), len(part.pair))


def _held(block: Block, stores: IntArray, have: FloatArray, pairs: tuple[IntArray, FloatArray]) -> FloatArray:
    """Most that may come out of and go into every store per month, out first."""
    efficiency = block.storage_efficiency
    if efficiency is None or not len(stores):
        return np.zeros(0)
    sold = add_up(*pairs, len(block.supply))[stores].sum(axis=1, keepdims=True)
    needed = np.minimum(have[stores], sold / efficiency if efficiency > 0 else 0.0)
    return np.concatenate([np.repeat(sold.ravel(), MONTHS), needed.ravel()])


class _Rows:
    """Rows in the making: entries as arrays, all `at most`."""

    def __init__(self) -> None:
        self.row: list[IntArray] = []
        self.column: list[IntArray] = []
        self.entry: list[FloatArray] = []
        self.limit: list[FloatArray] = []
        self.count = 0

    def put(self, row: IntArray, column: IntArray, entry: FloatArray | float) -> None:
        """Entries of the rows that `close` will end."""
        self.row.append(self.count + row)
        self.column.append(column)
        self.entry.append(np.broadcast_to(np.asarray(entry, dtype=np.float64), column.shape))

    def close(self, limit: FloatArray) -> None:
        self.limit.append(limit)
        self.count += len(limit)

    def add(self, row: IntArray, column: IntArray, entry: FloatArray | float, limit: FloatArray) -> None:
        self.put(row, column, entry)
        self.close(limit)

    def matrix(self, columns: int) -> tuple[Matrix, FloatArray]:
        """The rows that hold something, and their limits."""
        none = np.zeros(0, dtype=np.int64)
        row, column = np.concatenate([none, *self.row]), np.concatenate([none, *self.column])
        holds = np.bincount(row, minlength=self.count) > 0
        place = (np.cumsum(holds) - 1)[row], column
        entry = np.concatenate([np.zeros(0), *self.entry])
        limit = np.concatenate([np.zeros(0), *self.limit])[holds]
        return make_matrix(place, entry, (len(limit), columns)), limit


def _add_supply_rows(rows: _Rows, model: LinkedModel, number: int, parts: list[Part]) -> None:
    """Out - from store + into store - made <= own, per supply and period."""
    block, part = model.blocks[number], parts[number]
    columns, month = _columns(part)
    rows.put(np.repeat(part.s, part.periods) * part.periods + month, columns, 1.0)
    for taken in range(len(model.blocks)):
        _put_made(rows, model, (taken, number), parts[taken])
    if len(part.stores):
        row = (part.stores[:, None] * MONTHS + np.arange(MONTHS)).ravel()
        rows.put(row, part.out + np.arange(len(row)), -1.0)
        rows.put(row, part.into + np.arange(len(row)), 1.0)
    rows.close(block.supply.ravel())


def _put_made(rows: _Rows, model: LinkedModel, way: tuple[int, int], taken: Part) -> None:
    """What processors make of `taken` in the supply rows of the made block."""
    chains = [c for c in model.conversions if (c.taken_block, c.made_block) == way]
    if not chains:
        return
    supply = np.array([c.supply for c in chains], dtype=np.int64)
    rate = np.array([c.yield_ for c in chains])
    which, column, month = year_columns(taken, "demand", np.array([c.demand for c in chains], dtype=np.int64))
    periods = model.blocks[way[1]].periods
    if periods == 1:
        rows.put(supply[which], column, -rate[which])
    elif taken.periods == periods:
        rows.put(supply[which] * periods + month, column, -rate[which])
    else:
        row = supply[which][:, None] * periods + np.arange(periods)
        rows.put(row.ravel(), np.repeat(column, periods), np.repeat(-rate[which] / periods, periods))


def year_columns(part: Part, side: str, positions: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """All columns of the pairs at `positions`: (which position, column, period)."""
    which, pair = members({"supply": part.s, "demand": part.d, "pair": part.pair}[side], positions)
    month = np.tile(np.arange(part.periods), len(pair))
    which, pair = np.repeat(which, part.periods), np.repeat(pair, part.periods)
    return which, part.first + pair * part.periods + month, month


def _add_store_rows(rows: _Rows, block: Block, part: Part) -> None:
    if block.storage_efficiency is None:
        return
    store = np.repeat(np.arange(len(part.stores)), MONTHS)
    rows.put(store, part.out + np.arange(len(store)), 1.0)
    rows.add(store, part.into + np.arange(len(store)), -block.storage_efficiency, np.zeros(len(part.stores)))


def _add_ledger_rows(rows: _Rows, model: LinkedModel, parts: list[Part]) -> None:
    terms = [(k, term) for k, ledger in enumerate(model.ledgers) for term in ledger.terms]
    for number, part in enumerate(parts):
        for side in ("supply", "demand", "pair"):
            mine = [(k, term) for k, term in terms if (term.block, term.side) == (number, side)]
            if not mine:
                continue
            place = np.array([term.position for _, term in mine], dtype=np.int64)
            which, column, _ = year_columns(part, side, place)
            ledger = np.array([k for k, _ in mine], dtype=np.int64)
            rate = np.array([term.coefficient for _, term in mine])
            rows.put(ledger[which], column, rate[which])
    rows.close(np.array([ledger.budget for ledger in model.ledgers], dtype=np.float64))


def _add_coupling_rows(rows: _Rows, model: LinkedModel, parts: list[Part], first: int) -> None:
    """Required: share of the first <= share of the second. Rewarded: z <= either share."""
    below: list[tuple[int, tuple[int, int], float]] = []
    above: list[tuple[int, int]] = []
    count = 0
    for pair in model.couplings:
        if pair.required:
            below += [(count, pair.first, 1.0), (count, pair.second, -1.0)]
            count += 1
        elif pair.bonus > 0:
            below += [(count, pair.first, -1.0), (count + 1, pair.second, -1.0)]
            above += [(count, first), (count + 1, first)]
            count, first = count + 2, first + 1
    for number, part in enumerate(parts):
        year = model.blocks[number].demand.sum(axis=1)
        mine = [entry for entry in below if entry[1][0] == number and year[entry[1][1]] > 0]
        if not mine:
            continue
        place = np.array([entry[1][1] for entry in mine], dtype=np.int64)
        sign = np.array([entry[2] for entry in mine])
        which, column, _ = year_columns(part, "demand", place)
        row = np.array([entry[0] for entry in mine], dtype=np.int64)
        rows.put(row[which], column, sign[which] / year[place[which]])
    if above:
        rows.put(np.array([r for r, _ in above]), np.array([c for _, c in above]), 1.0)
    rows.close(np.zeros(count))


def _costs(model: LinkedModel, stage: Stage, parts: list[Part]) -> tuple[list[FloatArray], list[FloatArray]]:
    value, tie = [], []
    for number, part in enumerate(parts):
        block, held = model.blocks[number], MONTHS * len(part.stores)
        store = [np.full(held, -block.storage_cost), np.zeros(held)]
        value += [np.repeat(stage.value[number][part.pair], part.periods), *store]
        tie += [np.repeat(block.distance_m[part.pair], part.periods), np.zeros(2 * held)]
    return value, tie


def _lots(model: LinkedModel, parts: list[Part]) -> Lots:
    """The choices of all blocks, numbered on."""
    if all(block.min_lot == 0 and block.fixed == 0 for block in model.blocks):  # as most models of draws
        return NO_LOTS
    every = [NO_LOTS]
    for block, part in zip(model.blocks, parts, strict=True):
        every += [_round_lots(block, part), _pair_lots(block, part)]
    first = np.cumsum([0, *(len(one.most) for one in every)])
    numbered = [one._replace(choice=one.choice + first[n]) for n, one in enumerate(every)]
    return Lots(*(np.concatenate(column) for column in zip(*numbered, strict=True)))


def _shared(block: Block, part: Part) -> BoolArray:
    """Which usable pairs reach their lot with others."""
    number = block.rounds[part.pair]
    count = np.bincount(np.maximum(number, 0), number >= 0, len(block.s) + 1)
    return np.asarray((number >= 0) & (count[number] > 1))


def _round_lots(block: Block, part: Part) -> Lots:
    """One choice per round of several pairs: nothing, or together a lot."""
    shared = np.flatnonzero(_shared(block, part))
    if block.min_lot == 0 or not len(shared):
        return NO_LOTS
    numbers, member = np.unique(block.rounds[part.pair[shared]], return_inverse=True)
    asked = np.zeros(len(numbers))
    asked[member] = block.demand.sum(axis=1)[part.d[shared]]
    most = np.minimum(np.bincount(member, part.most[shared]), asked)
    return Lots(
        np.repeat(member, part.periods),
        _columns(part)[0].reshape(-1, part.periods)[shared].ravel(),
        most,
        np.minimum(block.min_lot, most),
        np.zeros(len(numbers)),
        np.asarray(np.bincount(member, part.lower[shared].any(axis=1)) > 0),
    )


def _pair_lots(block: Block, part: Part) -> Lots:
    """One choice per pair: its connection, and its lot where it is a round by itself."""
    together = _shared(block, part) | (block.rounds[part.pair] < 0)
    least = np.where(together, 0.0, np.minimum(block.min_lot, part.most))
    chosen = np.flatnonzero((least > 0) | (block.fixed > 0))
    return Lots(
        np.repeat(np.arange(len(chosen)), part.periods),
        _columns(part)[0].reshape(-1, part.periods)[chosen].ravel(),
        part.most[chosen],
        least[chosen],
        np.full(len(chosen), block.fixed),
        np.asarray(part.lower[chosen].any(axis=1)),
    )
