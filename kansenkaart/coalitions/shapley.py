"""A fair split of what a group is worth together (Shapley value), and whether any part of it would rather go alone.

A game is float64[2**n]: what every group is worth, where bit i of its number says that player i is in it.

L.S. Shapley, "A value for n-person games" (1953); the core: D.B. Gillies, "Solutions to general non-zero-sum games"
(1959).
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from kansenkaart.arrays import BoolArray, FloatArray

# Up to so many players every group is looked at.
MOST_EXACT = 12
_ORDERS, _SEED = 1_000, 1953
# Beyond this a group would gain; less is rounding of the game's total.
_LEAST_EXCESS = 1e-9
# The solver of the linear program is no more exact than this.
_LEAST_LACK = 1e-7


class Sampled(NamedTuple):
    """Shapley value from orders drawn at random, and the standard error of each share."""

    share: FloatArray
    error: FloatArray


class Core(NamedTuple):
    """Whether a split lies in the core, and if not, why.

    Attributes
    ----------
    excess
        What the group that has most to gain by itself would have more than the split gives it; 0 in the core.
    group
        That group, bool[n].
    lacks
        What the whole would have to be worth more for any split to satisfy every group; 0 where one does.
    """

    excess: float
    group: BoolArray
    lacks: float


def shapley(game: FloatArray) -> FloatArray:
    """Return the exact Shapley value of every player.

    Examples
    --------
    Two left gloves and one right: the right one gets most.

    >>> shapley(np.array([0.0, 0, 0, 0, 0, 1, 1, 1])).round(3).tolist()
    [0.167, 0.167, 0.667]
    """
    players = _count_players(game)
    members = group_matrix(players)
    size = members.sum(axis=1)
    weight = np.array(
        [
            factorial(one) * factorial(max(players - one - 1, 0)) / factorial(players)
            for one in range(players + 1)
        ]
    )
    value = np.empty(players)
    for player in range(players):
        without = np.flatnonzero(~members[:, player])
        value[player] = (weight[size[without]] * (game[without | 1 << player] - game[without])).sum()
    return value


def sample_shapley(worth: Callable[[BoolArray], FloatArray], players: int, orders: int = _ORDERS) -> Sampled:
    """Return the Shapley value from random orders in which the players come in, each read forwards and backwards.

    Parameters
    ----------
    worth
        What groups are worth, bool[groups, players] -> float64[groups].
    orders
        How many pairs of orders are drawn; always the same ones.
    """
    drawn = np.random.default_rng(_SEED).permuted(np.tile(np.arange(players), (orders, 1)), axis=1)
    both = np.concatenate([drawn, drawn[:, ::-1]])
    place = np.argsort(both, axis=1)
    steps = place[:, None, :] < np.arange(players + 1)[None, :, None]
    distinct, back = np.unique(steps.reshape(-1, players), axis=0, return_inverse=True)
    gained = np.diff(worth(distinct)[back.ravel()].reshape(len(both), players + 1), axis=1)
    own = np.take_along_axis(gained, place, axis=1)
    pairs = (own[:orders] + own[orders:]) / 2
    return Sampled(pairs.mean(axis=0), pairs.std(axis=0, ddof=1) / np.sqrt(orders))


def check_core(game: FloatArray, split: FloatArray) -> Core:
    """Return whether `split` gives every group at least what it is worth by itself."""
    members = group_matrix(_count_players(game))
    excess = game - members @ split
    excess[[0, -1]] = 0.0
    worst = int(excess.argmax())
    if excess[worst] <= _LEAST_EXCESS * max(abs(float(game[-1])), 1.0):
        return Core(0.0, members[0], 0.0)
    rows = csr_array(-members[1:-1].astype(float))
    least = linprog(np.ones(len(split)), A_ub=rows, b_ub=-game[1:-1], bounds=(None, None), method="highs")
    lacks = float(least.fun) - float(game[-1])
    return Core(
        float(excess[worst]), members[worst], lacks if lacks > _LEAST_LACK * max(abs(game[-1]), 1.0) else 0.0
    )


def group_matrix(players: int) -> BoolArray:
    """Return who is in every group, bool[2**n, n]."""
    return np.asarray((np.arange(1 << players)[:, None] >> np.arange(players)) & 1, dtype=bool)


def do_the_best(game: FloatArray) -> FloatArray:
    """Return the game in which a group may do what any part of it can do, or nothing: none is worth less than 0."""
    best = np.maximum(game, 0.0)
    for player in range(_count_players(game)):
        halves = best.reshape(-1, 2, 1 << player)
        halves[:, 1] = np.maximum(halves[:, 1], halves[:, 0])
    return best


def _count_players(game: FloatArray) -> int:
    return len(game).bit_length() - 1
