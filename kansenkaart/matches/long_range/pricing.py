"""All pairs within reach priced with the duals, without storing them: machine code for the long range.

Demands stand in blocks of neighbours of one class. A block is skipped when the best its nearest corner and its
lowest price could give does not beat what is already found: that bound holds in integers, so nothing is missed.
Kept apart because importing this module loads numba.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from kansenkaart.arrays import SLACK_M, STEPS_PER_METRE, FloatArray, IndexArray, IntArray, compiled
from kansenkaart.matches.transport.cell_grid import steps_between
from kansenkaart.matches.transport.integers import Network

# Demands per block at most: measured best between 32 and 128.
_BLOCK = 64


class Field(NamedTuple):
    """All sites of a long-range network; demands sorted by block.

    ``box`` holds west, south, east, north of every block, ``start`` where its demands start (one more at the end).
    ``fixed`` and ``per_m`` are the worth of a unit per (supply class, demand class): fixed - per_m x distance,
    NaN where the two may not meet; beyond ``reach`` (steps) they may not either. ``apart`` is the one demand a supply
    may not meet, -1 for none. ``scale`` makes integers of worth.
    """

    supply_x: FloatArray
    supply_y: FloatArray
    supply_class: IntArray
    limit: IntArray
    demand_x: FloatArray
    demand_y: FloatArray
    demand_at: IntArray
    box: FloatArray
    start: IntArray
    block_class: IntArray
    fixed: FloatArray
    per_m: FloatArray
    reach: IntArray
    apart: IntArray
    scale: float


class Floor(NamedTuple):
    """Lowest price per block, in value and (among those) in distance, and the prices of the sorted demands."""

    price: IntArray
    tie_price: IntArray
    block_price: IntArray
    block_tie: IntArray


class BestPairs(NamedTuple):
    """Per supply the pairs that beat the prices most, best first: how many, then demand, steps, value, gain, tie."""

    kept: IntArray
    demand: IndexArray
    steps: IntArray
    value: IntArray
    gain: IntArray
    tie: IntArray


def cut_blocks(xy: FloatArray, of_class: IntArray, at: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Halve the demands of a class along their longer side until a block holds few; order, starts and classes."""
    waiting = [at[of_class[at] == one] for one in np.unique(of_class[at])[::-1]]
    done: list[IntArray] = []
    while waiting:
        part = waiting.pop()
        if len(part) <= _BLOCK:
            done.append(part)
            continue
        axis = int(np.argmax(np.ptp(xy[part], axis=0)))
        half = len(part) // 2
        order = np.argpartition(xy[part, axis], half)
        waiting += [part[order[half:]], part[order[:half]]]
    start = np.concatenate([[0], np.cumsum([len(part) for part in done])]).astype(np.int64)
    order = np.concatenate(done) if done else np.empty(0, dtype=np.int64)
    return order, start, of_class[order[start[:-1]]]


@compiled
def worth_of(fixed: float, per_m: float, steps: int, scale: float) -> int:
    """Worth of a unit over a distance, in integers; 0 for what is negative. Rises or falls with distance only."""
    return int(np.rint(max(fixed - per_m * (steps / float(STEPS_PER_METRE)), 0.0) * scale))


@compiled
def lowest_prices(field: Field, price: IntArray, tie_price: IntArray) -> Floor:
    """Bring the prices of the demands in block order and find every block's lowest."""
    blocks = len(field.block_class)
    sorted_price, sorted_tie = price[field.demand_at], tie_price[field.demand_at]
    low, low_tie = np.zeros(blocks, dtype=np.int64), np.zeros(blocks, dtype=np.int64)
    for block in range(blocks):
        first = field.start[block]
        low[block], low_tie[block] = sorted_price[first], sorted_tie[first]
        for k in range(first + 1, field.start[block + 1]):
            one, tie = sorted_price[k], sorted_tie[k]
            if one < low[block] or (one == low[block] and tie < low_tie[block]):
                low[block], low_tie[block] = one, tie
    return Floor(sorted_price, sorted_tie, low, low_tie)


@compiled
def price_rows(
    first: int, last: int, field: Field, floor: Floor, prices: tuple[IntArray, IntArray], found: BestPairs
) -> None:
    """Find for some supplies the pairs that beat the prices most; prices are those of the supplies."""
    most = found.demand.shape[1]
    for i in range(first, last):
        found.kept[i] = 0
        # Pairs have to beat this: nothing at first, then the last of a full list.
        least, least_tie = np.int64(0), np.int64(0)
        x, y, apart = field.supply_x[i], field.supply_y[i], field.apart[i]
        price, tie_price = prices[0][i], prices[1][i]
        if field.limit[i] < 0:
            continue
        for block in range(len(field.block_class)):
            fixed = field.fixed[field.supply_class[i], field.block_class[block]]
            per_m = field.per_m[field.supply_class[i], field.block_class[block]]
            limit = min(field.limit[i], field.reach[field.supply_class[i], field.block_class[block]])
            nearest = _steps_to_box(field.box[block], x, y)
            if np.isnan(fixed) or nearest > limit:
                continue
            best = worth_of(fixed, per_m, nearest if per_m >= 0 else limit, field.scale)
            gain = best - price - floor.block_price[block]
            tie = -nearest - tie_price - floor.block_tie[block]
            if gain < least or (gain == least and tie <= least_tie):
                continue
            for k in range(field.start[block], field.start[block + 1]):
                steps = np.int64(steps_between(field.demand_x[k] - x, field.demand_y[k] - y))
                value = worth_of(fixed, per_m, steps, field.scale)
                gain = value - price - floor.price[k]
                if gain < least or steps > limit or field.demand_at[k] == apart:
                    continue
                tie = -steps - tie_price - floor.tie_price[k]
                if gain > least or tie > least_tie:
                    _keep(found, i, most, field.demand_at[k], (steps, value, gain, tie))
                    if found.kept[i] == most:
                        least, least_tie = found.gain[i, most - 1], found.tie[i, most - 1]


@compiled
def _steps_to_box(box: FloatArray, x: float, y: float) -> int:
    """Lower bound of the distance from a point to anything in a box, in steps."""
    across, along = max(box[0] - x, x - box[2], 0.0), max(box[1] - y, y - box[3], 0.0)
    metres = np.sqrt(across * across + along * along)
    return max(int((metres - SLACK_M - 1e-12 * metres) * STEPS_PER_METRE), 0)


@compiled
def _keep(found: BestPairs, i: int, most: int, demand: int, pair: tuple[int, int, int, int]) -> None:
    """Put a pair in the list of row `i`, best first; ties in all go to the lower index."""
    steps, value, gain, tie = pair
    at = min(found.kept[i], most - 1)
    found.kept[i] = at + 1
    while at > 0:
        other, other_tie = found.gain[i, at - 1], found.tie[i, at - 1]
        if other > gain or (other == gain and other_tie > tie):
            break
        if other == gain and other_tie == tie and found.demand[i, at - 1] < demand:
            break
        found.demand[i, at], found.steps[i, at] = found.demand[i, at - 1], found.steps[i, at - 1]
        found.value[i, at], found.gain[i, at] = found.value[i, at - 1], other
        found.tie[i, at] = other_tie
        at -= 1
    found.demand[i, at], found.steps[i, at], found.value[i, at] = demand, steps, value
    found.gain[i, at], found.tie[i, at] = gain, tie


@compiled
def merge_rows(
    network: Network, flow: IntArray, found: BestPairs
) -> tuple[IntArray, IndexArray, IntArray, IntArray, IntArray]:
    """Add the pairs found to the rows they belong to: by value (falling), distance, index.

    Returns
    -------
    indptr, demand, value, distance, flow
        The rows, with no flow on what is new.
    """
    indptr, column, old_value, old_steps, _, _ = network
    n, total = len(indptr) - 1, len(column) + found.kept.sum()
    start, demand = np.zeros(n + 1, dtype=np.int64), np.empty(total, dtype=np.int32)
    value, steps = np.empty(total, dtype=np.int64), np.empty(total, dtype=np.int64)
    shipped = np.zeros(total, dtype=np.int64)
    at = 0
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            demand[at], value[at], steps[at], shipped[at] = column[k], old_value[k], old_steps[k], flow[k]
            at += 1
        for new in range(found.kept[i]):
            into = at
            one, worth, far = found.demand[i, new], found.value[i, new], found.steps[i, new]
            while into > start[i] and _comes_before(
                (worth, far, one), (value[into - 1], steps[into - 1], demand[into - 1])
            ):
                demand[into], value[into] = demand[into - 1], value[into - 1]
                steps[into], shipped[into] = steps[into - 1], shipped[into - 1]
                into -= 1
            demand[into], value[into], steps[into], shipped[into] = one, worth, far, 0
            at += 1
        start[i + 1] = at
    return start, demand, value, steps, shipped


@compiled
def _comes_before(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    if one[0] != other[0]:
        return one[0] > other[0]
    return one[1] < other[1] or (one[1] == other[1] and one[2] < other[2])


# The price of a demand that wants nothing more: no pair beats it.
_OUT_OF_REACH = 2**61


@compiled
def ship_far_best_first(
    field: Field, floor: Floor, found: BestPairs, supply: IntArray, demand: IntArray
) -> float:
    """Return the worth of what best pair first ships, in the integers of the field.

    Parameters
    ----------
    field
        All sites.
    floor
        Zero prices of all demands; written over.
    found
        The best pairs of every supply at zero prices; written over.
    supply, demand
        int64[n], int64[m]: capacities.
    """
    n, most = len(supply), found.demand.shape[1]
    left, wanted, at = supply.copy(), demand.copy(), np.zeros(n, dtype=np.int64)
    free = np.zeros(n, dtype=np.int64)
    place, block_of = _places(field, len(demand))
    heap = [(-found.value[i, 0], found.steps[i, 0], i) for i in range(n) if found.kept[i] > 0]
    heapify(heap)
    total = 0.0
    while len(heap) > 0:
        i = heappop(heap)[2]
        j = found.demand[i, at[i]]
        amount = min(left[i], wanted[j])
        total += float(found.value[i, at[i]]) * float(amount)
        left[i] -= amount
        wanted[j] -= amount
        if wanted[j] == 0:
            _close(field, floor, place[j], block_of[place[j]])
        while at[i] < found.kept[i] and wanted[found.demand[i, at[i]]] == 0:
            at[i] += 1
        if left[i] > 0 and at[i] == most:
            price_rows(i, i + 1, field, floor, (free, free), found)
            at[i] = 0
        if left[i] > 0 and at[i] < found.kept[i]:
            heappush(heap, (-found.value[i, at[i]], found.steps[i, at[i]], i))
    return total


@compiled
def _places(field: Field, m: int) -> tuple[IntArray, IntArray]:
    """Place of every demand in block order, and the block of every place."""
    place, block_of = np.zeros(m, dtype=np.int64), np.zeros(len(field.demand_at), dtype=np.int64)
    for block in range(len(field.block_class)):
        for k in range(field.start[block], field.start[block + 1]):
            place[field.demand_at[k]] = k
            block_of[k] = block
    return place, block_of


@compiled
def _close(field: Field, floor: Floor, place: int, block: int) -> None:
    """Price a demand out of reach, and its block when it was the last one there."""
    floor.price[place] = _OUT_OF_REACH
    floor.block_price[block] = floor.price[field.start[block] : field.start[block + 1]].min()
