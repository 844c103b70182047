"""What was solved per stream, how well, and what simpler ways would have given: rows of ``SOLVES``."""

from __future__ import annotations

import numpy as np

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.arrays import DUST
from kansenkaart.matches.price.economics import break_even_distance
from kansenkaart.matches.solve.solution import StreamSolution


def describe_solve(one: StreamSolution, catalogue: Catalogue) -> dict[str, object]:
    """Row of ``SOLVES`` for a stream."""
    problem, solved = one.problem, one.solved
    return {
        "stream": problem.stream.id,
        "unit": problem.stream.unit,
        "objective": problem.objective,
        "pairs": len(problem.pairs) if problem.far is None else problem.far.within_reach,
        "rounds": solved.rounds,
        "value": solved.objective_value,
        "value_unit": solved.objective_unit,
        "certified": solved.certified,
        "method": solved.method,
        "gap": solved.gap,
        "limit_hit": solved.limit_hit,
        "quantity": float(solved.quantity.sum()),
        "annual_quantity": np.nan if solved.annual_quantity is None else solved.annual_quantity,
        "break_even_km": _middle_break_even_km(one, catalogue),
        "nearest_share": solved.nearest_share,
        "greedy_share": solved.greedy_share,
    }


def _middle_break_even_km(one: StreamSolution, catalogue: Catalogue) -> float:
    """Distance up to which a match of middle size pays; of any pair of middle size where nothing matched."""
    problem = one.problem
    if not len(problem.pairs):
        return float("nan")
    chosen = one.pairs["chosen"].to_numpy(dtype=bool)
    size = np.where(chosen, one.solved.quantity, problem.reach)
    counted = np.flatnonzero(chosen if chosen.any() else size > DUST)
    if not len(counted):
        return float("nan")
    ordered = counted[np.argsort(size[counted], kind="stable")]
    middle = ordered[[len(ordered) // 2]]
    pair = one.pairs.iloc[middle]
    distance = break_even_distance(problem.stream, problem.rules, pair, size[middle], catalogue)
    return float(distance[0])
