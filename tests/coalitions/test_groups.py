"""Which chances form a coalition: connected, of limited size, and the same in whatever order they come."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from kansenkaart.coalitions.communities import find_communities
from kansenkaart.coalitions.groups import NOWHERE, Bonds, find_groups, find_units


def _bonds(ends, unit=None, places=None, towns=None):
    count = len(ends)
    none = np.full((count, 2), NOWHERE)
    return Bonds(
        np.arange(count) if unit is None else np.asarray(unit),
        np.asarray(ends).reshape(-1, 2),
        none if places is None else np.asarray(places),
        none if towns is None else np.asarray(towns),
    )


def _sets(group):
    return {frozenset(np.flatnonzero(group == one)) for one in set(group.tolist()) - {NOWHERE}}


def _partners(ends, group):
    return {
        one: set(np.asarray(ends)[group == one].ravel().tolist()) for one in set(group.tolist()) - {NOWHERE}
    }


pairs = st.lists(st.tuples(st.integers(0, 14), st.integers(15, 29)), min_size=1, max_size=40, unique=True)


@given(pairs, st.integers(3, 12))
def test_a_coalition_has_no_more_partners_than_allowed_and_hangs_together(ends, most):
    group = find_groups(_bonds(ends), least=3, most=most)
    assert len(group) == len(ends)
    for one, partners in _partners(ends, group).items():
        assert 3 <= len(partners) <= most
        rows = [set(ends[row]) for row in np.flatnonzero(group == one)]
        reached = rows.pop()
        while near := next((row for row in rows if row & reached), None):
            rows.remove(near)
            reached |= near
        assert not rows


@given(pairs)
def test_without_a_limit_it_is_who_shares_a_partner(ends):
    group = find_groups(_bonds(ends), least=2, most=100)
    for first, one in enumerate(ends):
        for second, other in enumerate(ends):
            if set(one) & set(other):
                assert group[first] == group[second]


@given(pairs, st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_what_is_done_together_is_never_cut(ends, units):
    unit = np.array(units[: len(ends)])
    group = find_groups(_bonds(ends, unit), least=2, most=3)
    for one in set(units[: len(ends)]):
        assert len(set(group[unit == one].tolist())) == 1


def test_two_tight_groups_with_one_chance_between_are_cut_there():
    """Givers 0-3 and takers 10-13, givers 4-7 and takers 14-17; one chance from the first to the second."""
    first = [(give, take) for give in range(4) for take in range(10, 14)]
    second = [(give, take) for give in range(4, 8) for take in range(14, 18)]
    ends = [*first, *second, (0, 14)]
    found = _partners(ends, find_groups(_bonds(ends), least=3, most=9))
    assert sorted(map(sorted, found.values())) in (
        [[0, 1, 2, 3, 10, 11, 12, 13], [0, 4, 5, 6, 7, 14, 15, 16, 17]],
        [[0, 1, 2, 3, 10, 11, 12, 13, 14], [4, 5, 6, 7, 14, 15, 16, 17]],
    )


def test_of_one_giver_with_many_takers_those_of_one_town_stay_together():
    ends = [(0, taker) for taker in range(1, 13)]
    towns = [(NOWHERE, taker % 3) for taker in range(12)]
    group = find_groups(_bonds(ends, towns=towns), least=3, most=6)
    for found in _sets(group):
        assert len({one % 3 for one in found}) == 1


def test_partners_on_one_business_park_belong_together():
    apart = [(0, 10), (1, 11)]
    assert (find_groups(_bonds(apart), least=3, most=12) == NOWHERE).all()
    joined = find_groups(_bonds(apart, places=[(7, NOWHERE), (7, NOWHERE)]), least=3, most=12)
    assert joined.tolist() == [0, 0]


def test_two_partners_are_a_chance_by_themselves():
    assert find_groups(_bonds([(0, 10)]), least=3, most=12).tolist() == [NOWHERE]


def test_a_pipe_and_a_chain_that_share_a_leg_are_done_together():
    chances = pd.DataFrame({"trunk_id": ["p", "p", None, None], "chain_id": [None, "k", "k", None]})
    assert find_units(chances).tolist() == [0, 0, 0, 1]


@given(pairs)
def test_moving_never_leaves_less_modularity_than_each_alone(ends):
    rows, flat = np.repeat(np.arange(len(ends)), 2), np.asarray(ends).ravel()
    held = csr_array((np.ones(len(flat)), (rows, flat)), shape=(len(ends), 30))
    bonds = np.ones(30)
    label = find_communities(held, bonds, np.ones(30, dtype=bool), 30)
    assert _modularity(ends, label) >= _modularity(ends, np.arange(len(ends))) - 1e-9
    assert label[0] == 0


def _modularity(ends, label):
    """By its definition, over all pairs of chances."""
    size = np.bincount(np.asarray(ends).ravel(), minlength=30)
    tie = np.array(
        [
            [
                sum(1 / (size[bond] - 1) for bond in set(one) & set(other)) if n != m else 0.0
                for m, other in enumerate(ends)
            ]
            for n, one in enumerate(ends)
        ]
    )
    degree, total = tie.sum(axis=1), tie.sum()
    if total == 0:
        return 0.0
    same = label[:, None] == label[None, :]
    return float(((tie - np.outer(degree, degree) / total) * same).sum() / total)


@pytest.mark.parametrize("seed", range(5))
def test_the_numbers_of_partners_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    ends = np.unique(np.column_stack([rng.integers(0, 30, 80), rng.integers(30, 60, 80)]), axis=0)
    other = rng.permutation(60)[ends]
    first, second = (find_groups(_bonds(one), least=2, most=8) for one in (ends, other))
    assert _sets(first) == _sets(second)
