"""The fewest cells that can be hidden: one mixed integer program in which every move of every reader must exist."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from kansenkaart.editions.rules import CellTable, Levels, Rules


def count_smallest(table: CellTable, rules: Rules) -> int:
    """Return how many cells any safe choice hides at least.

    Written apart from the search, which goes move by move. Columns: of every move of every reader how far each cell
    moves, then which cells are hidden.
    """
    values, levels = table.values, Levels(table, rules)
    count, relations = len(values), table.relations.toarray()
    readers = [(np.array([], dtype=int), levels.anybody)]
    readers += [(known, levels.of_reader(who)) for who, known in levels.find_lone().items()]
    moves = [
        (known, cell, own[cell])
        for known, own in readers
        for cell in np.setdiff1d(np.flatnonzero(own > 0), known).tolist()
    ]
    width = count * (len(moves) + 1)
    rows, ends = [], []
    for number, (_, cell, level) in enumerate(moves):
        part, last = slice(number * count, (number + 1) * count), slice(width - count, width)
        for line in relations:
            rows.append(np.zeros(width))
            rows[-1][part] = line
            ends.append((0.0, 0.0))
        # hidden it moves by its level, shown not at all; others by their value at most, and only where hidden
        rows.append(np.zeros(width))
        rows[-1][part][cell], rows[-1][last][cell] = 1.0, -level
        ends.append((0.0, 0.0))
        for sign in (1.0, -1.0):
            for at in range(count):
                rows.append(np.zeros(width))
                rows[-1][part][at], rows[-1][last][at] = sign, -values[at]
                ends.append((-np.inf, 0.0))
    for at, owner in enumerate(table.parts_of.tolist()):
        if owner >= 0:
            rows.append(np.zeros(width))
            rows[-1][width - count + at], rows[-1][width - count + owner] = 1.0, -1.0
            ends.append((0.0, np.inf))
    low, high = np.zeros(width), np.ones(width)
    for number, (known, _, _) in enumerate(moves):
        part = slice(number * count, (number + 1) * count)
        low[part], high[part] = -values, values
        low[part][known] = high[part][known] = 0.0
    low[width - count :] = levels.anybody > 0
    cost = np.concatenate([np.zeros(width - count), np.ones(count)])
    found = milp(
        cost,
        constraints=LinearConstraint(np.array(rows), *np.array(ends).T) if rows else None,
        bounds=Bounds(low, high),
        integrality=cost,
    )
    assert found.status == 0, found.message
    return round(found.fun)
