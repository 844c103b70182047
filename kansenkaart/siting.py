"""Where something new serves best: p-median, set cover and facility location over given places, exact by HiGHS."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from kansenkaart.arrays import ROUNDING, FloatArray, IntArray
from kansenkaart.errors import DataError
from kansenkaart.matches.program.solver import Form, Solver, make_matrix

# After this the best that was found counts, and its gap is told.
_SECONDS = 90.0
_WHOLE = 0.5
# Of the subgradients: rounds at most, the first step, and rounds without a better bound before it is halved.
_ROUNDS, _STEP, _PATIENCE = 400, 2.0, 15
# A home's price starts at what its fourth nearest place asks.
_NEAR = 3


class Chosen(NamedTuple):
    """Places that were chosen, by position, and how far at most they are from the best there is (0.01 is 1 %).

    Attributes
    ----------
    served
        float64[n, places]: the part of every home that goes to each of them; of a cover nothing is said.
    """

    places: IntArray
    gap: float
    served: FloatArray


def choose_median(people: FloatArray, minutes: FloatArray, now: FloatArray, count: int) -> Chosen:
    """Choose the `count` places that take most minutes off all people together (p-median).

    Parameters
    ----------
    people
        float64[n]; per home.
    minutes
        float64[n, m]; from every home to every place that may be chosen.
    now
        float64[n]; to the nearest place there is, or what counts for who has none.
    count
        At most this many; fewer where more take nothing off.
    """
    kept = _narrow(people, minutes, now, count)
    gain = people[:, None] * np.maximum(now[:, None] - minutes[:, kept], 0.0)
    chosen = choose_sites(gain, people, count)
    return chosen._replace(places=kept[chosen.places])


def choose_sites(
    gain: FloatArray, size: FloatArray, count: int, *, capacity: float = np.inf, fixed: float = 0.0
) -> Chosen:
    """Choose at most `count` places that gain most: facility location, of places that may have a limit and a cost.

    Parameters
    ----------
    gain
        float64[n, m]; of a home that goes wholly to a place. Where it is not above 0 none goes there.
    size
        float64[n]; what a home brings.
    capacity
        What a place can take.
    fixed
        What a place costs, whatever comes.
    """
    home, place = np.nonzero(gain > 0)
    homes, places = gain.shape
    links = np.arange(len(home))
    # a home goes to a place that is chosen, and to one alone; columns: places, then homes that go to a place
    row = np.concatenate([links, links, len(links) + home, np.full(places, len(links) + homes)])
    column = np.concatenate([places + links, place, places + links, np.arange(places)])
    entry = np.concatenate([np.ones(len(links)), -np.ones(len(links)), np.ones(len(links) + places)])
    most = np.concatenate([np.zeros(len(links)), np.ones(homes), [float(count)]])
    if np.isfinite(capacity):
        # what comes to a place fits in it
        first = len(most)
        row = np.concatenate([row, first + place, first + np.arange(places)])
        column = np.concatenate([column, places + links, np.arange(places)])
        entry = np.concatenate([entry, size[home] / capacity, -np.ones(places)])
        most = np.concatenate([most, np.zeros(places)])
    shape = (len(most), places + len(links))
    cost = np.concatenate([np.full(places, fixed), -gain[home, place]])
    at, gap, x = _solve(cost, (row, column), entry, most, shape, places)
    served = np.zeros(gain.shape)
    served[home, place] = x[places:]
    return Chosen(at, gap, served[:, at])


def _narrow(people: FloatArray, minutes: FloatArray, now: FloatArray, count: int) -> IntArray:
    """Places that the best choice may hold: no other can, whatever stands beside it.

    Each home is given a price for being served (Lagrange multipliers, moved by subgradients); places are then worth
    what they save on those prices, which bounds every choice from below. A place whose best company stays above the
    best choice seen is out. Of 460 postcodes a handful is left, and HiGHS is done in no time.
    """
    none, cost = people * now, people[:, None] * np.minimum(minutes, now[:, None])
    price = np.sort(np.column_stack([cost, none]), axis=1)[:, min(_NEAR, cost.shape[1])]
    best, bound = float(none.sum()), -np.inf
    step, stale, kept = _STEP, 0, np.arange(minutes.shape[1])
    for _ in range(_ROUNDS):
        saved = np.minimum(cost - price[:, None], 0.0).sum(axis=0)
        first = np.argsort(saved, kind="stable")[:count]
        value = float(price.sum() + saved[first].sum())
        best = min(best, float(np.minimum(none, cost[:, first].min(axis=1, initial=np.inf)).sum()))
        if value > bound:
            bound, stale = value, 0
        else:
            stale += 1
        if stale == _PATIENCE:
            step, stale = step / 2, 0
        kept = kept[(value + saved - saved[first[-1]])[kept] <= best * (1 + ROUNDING)]
        unserved = 1.0 - (cost[:, first] < price[:, None]).sum(axis=1)
        if len(kept) <= count or not unserved.any():
            break
        price = np.clip(price + step * (best - value) / (unserved @ unserved) * unserved, 0.0, none)
    return kept


def choose_cover(within: np.ndarray) -> Chosen:
    """Choose the fewest places so that every home has one of them within reach (set cover).

    Parameters
    ----------
    within
        bool[n, m]; homes that have a place within reach. Every home has one.
    """
    home, place = np.nonzero(within)
    homes, places = within.shape
    at, gap, _ = _solve(
        np.ones(places), (home, place), -np.ones(len(home)), -np.ones(homes), (homes, places), places
    )
    return Chosen(at, gap, np.zeros((homes, len(at))))


def _solve(
    cost: FloatArray,
    at: tuple[IntArray, IntArray],
    entry: FloatArray,
    most: FloatArray,
    size: tuple[int, int],
    places: int,
) -> tuple[IntArray, float, FloatArray]:
    """Least cost, with whole numbers for the first `places` columns: which of them are 1, the gap, and all columns."""
    whole = np.arange(size[1]) < places
    form = Form(cost, make_matrix(at, entry, size), most, np.zeros(size[1]), np.ones(size[1]), whole)
    answer = Solver(form).solve(time.monotonic() + _SECONDS, gap=0.0)
    if answer.x is None:
        message = (
            "No best places were found within {seconds} s. Take a smaller region, fewer minutes (--set) or fewer "
            "places."
        )
        raise DataError("next_places_none", message, seconds=f"{_SECONDS:g}")
    found = float(cost @ answer.x)
    gap = 0.0 if answer.done else abs(found - answer.bound) / max(abs(found), 1.0)
    return np.flatnonzero(answer.x[:places] > _WHOLE), gap, answer.x
