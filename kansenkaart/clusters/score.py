"""The score by five criteria: percentile ranks within an area, weighted; and how far it hangs on the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.arrays import FloatArray, IntArray

DRAWS = 1_000
# The highest of an area: ten, or half of fewer than twenty sectors; of eight all are among the ten highest.
TOP = 10
# Of the Dirichlet draws: a weight of 0.2 then varies by half of itself.
_CONCENTRATION = 15.0


@dataclass(frozen=True)
class Scores:
    """Area by sector; `percentiles` by criterion."""

    percentiles: Mapping[str, FloatArray]
    score: FloatArray
    coverage: FloatArray
    stability: FloatArray


def find_scores(criteria: Mapping[str, FloatArray], weights: Mapping[str, float]) -> Scores:
    """Score sectors within every area.

    Parameters
    ----------
    criteria
        Per criterion area by sector; missing is NaN.
    weights
        Weight per criterion, above 0; those of `criteria` that are not given are 0.

    Returns
    -------
    Scores
        A criterion that is missing leaves the others with their weights; ``coverage`` says how much of all weights that
        is. ``stability`` is missing where fewer than two criteria are known: no weights change an order then.
    """
    percentiles = {name: _rank(values) for name, values in criteria.items()}
    used = [name for name, weight in weights.items() if weight > 0]
    shape = next(iter(criteria.values())).shape
    stack = np.stack([percentiles.get(name, np.full(shape, np.nan)) for name in used], axis=-1)
    weight = np.array([weights[name] for name in used]) / sum(weights[name] for name in used)
    known = ~np.isnan(stack)
    coverage = known @ weight
    total = np.where(known, stack, 0.0) @ weight
    score = 100 * total / np.where(coverage > 0, coverage, np.nan)
    draws = np.random.default_rng(1).dirichlet(_CONCENTRATION * weight, DRAWS)
    scored = known.any(axis=2).sum(axis=1)
    most = np.clip(scored // 2, 1, TOP)
    stability = _count_top(stack.astype(np.float32), draws.astype(np.float32), most) / DRAWS
    weighed = (known.any(axis=1).sum(axis=1) > 1) & (scored > 1)
    return Scores(
        percentiles, score, coverage, np.where(np.isnan(score) | ~weighed[:, None], np.nan, stability)
    )


def _rank(values: FloatArray) -> FloatArray:
    """Percentile rank in the row, from 0 to 1; equal values share the middle of their places."""
    frame = pd.DataFrame(values)
    counts = frame.notna().sum(axis=1).to_numpy()[:, None]
    ranked = (frame.rank(axis=1).to_numpy() - 0.5) / np.maximum(counts, 1)
    found: FloatArray = ranked
    return found


def _count_top(stack: npt.NDArray[np.float32], draws: npt.NDArray[np.float32], most: IntArray) -> FloatArray:
    """How often every sector is among the `most` highest of its area."""
    areas, sectors, criteria = stack.shape
    counts = np.zeros((areas, sectors))
    for area in range(areas):  # one at a time: all of a country would not fit the memory
        total, weight = np.zeros((2, len(draws), sectors), dtype=np.float32)
        for criterion in range(criteria):
            known = ~np.isnan(stack[area, :, criterion])
            drawn = draws[:, criterion, None]
            total[:, known] += drawn * stack[area, known, criterion]
            weight[:, known] += drawn
        scores = np.divide(total, weight, out=np.full_like(total, -1.0), where=weight > 0)
        place = sectors - most[area]
        least = np.partition(scores, place, axis=1)[:, place, None]
        counts[area] = (scores >= np.maximum(least, np.float32(0.0))).sum(axis=0)
    return counts
