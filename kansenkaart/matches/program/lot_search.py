"""The best rounds of one group of sites, by relaxations that shut and hold some: each a network, solved exactly."""

from __future__ import annotations

import heapq
import math
import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kansenkaart.arrays import EPSILON, ROUNDING, BoolArray, FloatArray, IntArray
from kansenkaart.matches.transport.allocate import allocate
from kansenkaart.matches.transport.reach import Pairs

# Relaxations before a search is left to HiGHS: mostly three to fifty find the optimum.
_MOST_TRIES = 500


class Task(NamedTuple):
    """One group of sites: capacities, pairs (rows in order), and what they are worth."""

    supply: FloatArray
    demand: FloatArray
    pairs: Pairs
    worth: FloatArray
    round: IntArray
    min_lot: float
    fixed: float

    def keep(self, chosen: BoolArray) -> Task:
        """The same sites with the chosen pairs only."""
        return self._replace(
            pairs=self.pairs.keep(chosen), worth=self.worth[chosen], round=self.round[chosen]
        )

    def together(self, amount: FloatArray) -> FloatArray:
        """Per pair the sum of `amount` over its round; over itself where it needs no lot."""
        bound = self.round >= 0
        total = np.bincount(self.round[bound], amount[bound], len(amount) + 1)[self.round]
        return np.where(bound, total, amount)

    def small(self, amount: FloatArray) -> BoolArray:
        """Which pairs carry something in a round that carries less than a lot."""
        total = self.together(amount)
        return np.asarray((self.round >= 0) & (total > 0) & (total < self.min_lot * (1.0 - ROUNDING)))

    def could(self, most: FloatArray, wanted: FloatArray) -> BoolArray:
        """Which pairs could be part of a lot with at most so much per pair, and so much `wanted` at every demand."""
        total = np.minimum(self.together(most), wanted[self.pairs.demand])
        return np.asarray((most > 0) & ((self.round < 0) | (total >= self.min_lot)))

    @property
    def most(self) -> FloatArray:
        """Most that every pair can carry."""
        return np.minimum(self.supply[self.pairs.supply], self.demand[self.pairs.demand])

    def gain(self, quantity: FloatArray) -> float:
        """Value less connections."""
        return math.fsum(self.worth * quantity) - self.fixed * int((quantity > 0).sum())


class _Try(NamedTuple):
    """A relaxation where `shut` pairs carry nothing and the rounds `held` a lot or more; whether it is the best."""

    quantity: FloatArray
    proven: bool
    shut: BoolArray
    held: tuple[int, ...]


def search(task: Task, until: float) -> FloatArray | None:
    """The optimum, the shortest of equals, by relaxations that shut and hold rounds; None where that takes long.

    The best that waits goes next. The first that breaks no lot is the optimum: no other can hold anything better.
    """
    tries = [_try(task, np.zeros(len(task.pairs), dtype=np.bool_), ())]
    waiting: list[tuple[int, float, int, _Try]] = []
    count, unit = 0, 0.0
    while task.fixed == 0 and count < _MOST_TRIES and time.monotonic() < until:
        for this in filter(None, tries):
            if not this.proven:
                return None
            value, length = (math.fsum(each * this.quantity) for each in (task.worth, task.pairs.distance_m))
            unit, count = unit or ROUNDING * value, count + 1
            heapq.heappush(waiting, (-round(value / unit), length, count, this))
        best = heapq.heappop(waiting)[-1]
        small = task.small(best.quantity)
        if not small.any():
            return best.quantity
        number = int(task.round[np.argmax(np.where(small, task.together(best.quantity), 0.0))])
        tries = [
            _try(task, best.shut | (task.round == number), best.held),
            _try(task, best.shut, (*best.held, number)),
        ]
    return None


def _try(task: Task, shut: BoolArray, held: tuple[int, ...]) -> _Try | None:
    """Solve a relaxation; None where its lots do not fit.

    A lot that is held is a demand by itself: only its round reaches it, for more than all else together can be worth.
    """
    n, m = len(task.supply), len(task.demand)
    rounds = [np.flatnonzero(task.round == number) for number in held]
    pair = np.concatenate([np.flatnonzero(~shut), *rounds])
    column = [task.pairs.demand[~shut], *(np.full(len(mine), m + k) for k, mine in enumerate(rounds))]
    supply = task.pairs.supply[pair]
    order = np.argsort(supply, kind="stable")
    pair, demand = pair[order], np.concatenate(column)[order].astype(np.int32)
    indptr = np.searchsorted(supply[order], np.arange(n + 1))
    lot = np.full(len(held), task.min_lot)
    takers = np.array([task.pairs.demand[mine[0]] for mine in rounds], dtype=np.int64)
    worth = task.worth[pair] + (demand >= m) * 2.0 * (n + m) * np.abs(task.worth).max()
    found = allocate(
        task.supply,
        np.concatenate([left_by(task.demand, takers, lot), lot]),
        Pairs(indptr, demand, task.pairs.distance_m[pair]),
        worth,
    )
    proven = found.certificate is not None and found.certificate.is_optimal
    short = np.bincount(demand, found.quantity, m + len(lot))[m:] < lot * (1.0 - ROUNDING)
    if (np.bincount(takers, lot, m) > task.demand).any() or (proven and short.any()):
        return None
    quantity = np.bincount(pair, found.quantity, len(shut)).astype(np.float64, copy=False)
    return _Try(quantity, proven, shut, held)


def left_by(capacity: FloatArray, site: npt.NDArray[np.integer], lot: FloatArray) -> FloatArray:
    """What the lots leave; fractions lose their last digits, so that adding up cannot pass the capacity."""
    count = np.bincount(site, minlength=len(capacity))
    left = capacity - np.bincount(site, lot, len(capacity))
    loss = np.where(
        (capacity % 1 == 0) & (left % 1 == 0) | (count == 0), 0.0, 4 * EPSILON * (count + 1) * capacity
    )
    result: FloatArray = np.maximum(left - loss, 0.0)
    return result
