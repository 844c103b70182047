"""Best pair first over all pairs within reach, without storing them: what the long range is held against.

The order is that of ``ship_best_first``: value, then distance, then indices. Of every supply a short list of its best
demands is known; a list that runs out is made again from the demands that still want something.
Kept apart because importing this module loads numba.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

import numpy as np

from kansenkaart.matches.arrays import IntArray
from kansenkaart.matches.long_range.pricing import Field, Floor, Found, price_rows
from kansenkaart.matches.transport.compiled import compiled

# The price of a demand that wants nothing more: no pair beats it.
_OUT_OF_REACH = 2**61


@compiled
def ship_far_best_first(
    field: Field, floor: Floor, found: Found, supply: IntArray, demand: IntArray
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
