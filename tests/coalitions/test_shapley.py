"""The fair split equals what brute force finds, and the core what an independent linear program says."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from kansenkaart.coalitions.shapley import check_core, do_the_best, group_matrix, sample_shapley, shapley

GLOVES = np.array([0.0, 0, 0, 0, 0, 1, 1, 1])  # two left gloves, one right
MAJORITY = np.array([0.0, 0, 0, 1, 0, 1, 1, 1])  # any two of three get it all


@st.composite
def games(draw, most=5):
    players = draw(st.integers(2, most))
    worth = draw(st.lists(st.integers(-50, 200), min_size=2**players - 1, max_size=2**players - 1))
    return np.array([0, *worth], dtype=float)


def _by_orders(game):
    """Mean over all orders of what each player adds to those before it."""
    players = len(game).bit_length() - 1
    value = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        here = 0
        for player in order:
            value[player] += game[here | 1 << player] - game[here]
            here |= 1 << player
    return value / len(orders)


@given(games())
def test_the_shapley_value_is_the_mean_over_all_orders(game):
    found = shapley(game)
    assert found == pytest.approx(_by_orders(game), abs=1e-9)
    assert found.sum() == pytest.approx(game[-1], abs=1e-9)


@given(games())
def test_what_a_group_may_do_is_never_less_than_what_a_part_of_it_may(game):
    best = do_the_best(game)
    assert best[0] == max(game[0], 0)
    for group in range(len(game)):
        parts = [part for part in range(len(game)) if part & group == part]
        assert best[group] == max(0.0, *(game[part] for part in parts))


@given(games())
def test_the_core_is_what_a_linear_program_says(game):
    """Feasible: some split gives every group its worth. Ours says how far the Shapley value is from that, and why."""
    split = shapley(game)
    core = check_core(game, split)
    players = len(split)
    members = group_matrix(players)
    wrong = [float(game[group] - split[members[group]].sum()) for group in range(1, len(game) - 1)]
    assert core.excess == pytest.approx(max(0.0, *wrong), abs=1e-6)
    if core.excess > 0:
        assert game[core.group @ (1 << np.arange(players))] - split[core.group].sum() == pytest.approx(
            core.excess
        )
    feasible = linprog(
        np.zeros(players),
        A_ub=-members[1:-1].astype(float),
        b_ub=-game[1:-1],
        A_eq=np.ones((1, players)),
        b_eq=[game[-1]],
        bounds=(None, None),
    )
    if core.excess > 1e-6 and abs(core.lacks) > 1e-6:
        assert feasible.status == 2
    if core.excess == 0 or core.lacks == 0:
        assert feasible.status == 0


def test_with_gloves_the_split_lies_outside_a_core_that_is_not_empty():
    core = check_core(GLOVES, shapley(GLOVES))
    assert core.excess == pytest.approx(1 / 6)
    assert core.group.tolist() in ([True, False, True], [False, True, True])
    assert core.lacks == 0


def test_where_any_two_get_it_all_no_split_satisfies_everybody():
    core = check_core(MAJORITY, shapley(MAJORITY))
    assert core.excess == pytest.approx(1 / 3)
    assert core.lacks == pytest.approx(0.5)


@given(games(most=6))
def test_random_orders_come_as_near_as_they_say(game):
    """Five standard errors: of all cases that are tried one in millions may lie beyond."""
    players = len(game).bit_length() - 1
    sampled = sample_shapley(lambda groups: game[groups @ (1 << np.arange(players))], players, orders=400)
    assert (np.abs(sampled.share - shapley(game)) <= 5 * sampled.error + 1e-9).all()
    assert sampled.share.sum() == pytest.approx(game[-1])


def test_the_same_orders_are_drawn_every_time():
    def worth(groups):
        return groups.sum(axis=1) ** 2.0

    first, second = (sample_shapley(worth, 15) for _ in range(2))
    assert first.share.tolist() == second.share.tolist()
    # all alike: each gets the same
    assert first.share == pytest.approx(np.full(15, 15.0), abs=5 * first.error.max())
