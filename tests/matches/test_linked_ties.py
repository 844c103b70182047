"""Equal pairs, their order and sizes in a linked model: what may not matter does not."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from kansenkaart.matches.program.stage import (
    Conversion,
    LinkedModel,
)
from tests.matches.naive_model import block, check_fits, draw_model, one, run

# --- ties, order, sizes


@pytest.mark.parametrize("straight", [True, False])
def test_among_equals_the_shortest_is_taken(straight):
    distance = [1, 9, 9, 1] if straight else [9, 1, 1, 9]
    result = one([(0, 0), (0, 1), (1, 0), (1, 1)], [5, 5], [5, 5], np.ones(4), distance)
    assert result.quantity[0].ravel().tolist() == [5.0 * (away == 1) for away in distance]


def test_among_equal_connections_the_shortest_is_taken():
    pairs = [(0, 0), (1, 0), (2, 0)]
    result = one(pairs, [4, 4, 4], [6], np.ones(3), [30, 10, 20], min_lot=3)
    assert result.quantity[0].ravel().tolist() == [0.0, 3.0, 3.0]
    assert result.objective == 6.0


def test_the_shortest_never_costs_value():
    result = one([(0, 0), (0, 1)], [5], [5, 5], [1.001, 1.0], [5_000, 1])
    assert result.quantity[0].ravel().tolist() == [5.0, 0.0]


@pytest.mark.parametrize("lots", [False, True])
def test_the_order_of_the_pairs_changes_nothing(lots):
    for seed in range(8):
        model, values = draw_model(seed, lots)
        random = np.random.default_rng(seed)
        orders = [random.permutation(len(b.s)) for b in model.blocks]
        mixed = replace(
            model,
            blocks=tuple(
                replace(b, s=b.s[o], d=b.d[o], distance_m=b.distance_m[o])
                for b, o in zip(model.blocks, orders, strict=True)
            ),
        )
        straight = run(model, *values)
        other = run(mixed, *(v[o] for v, o in zip(values, orders, strict=True)))
        for q, r, o in zip(straight.quantity, other.quantity, orders, strict=True):
            np.testing.assert_array_equal(q[o], r)


def test_the_order_of_pairs_that_are_equal_in_everything_changes_nothing():
    pairs = list(itertools.product(range(4), range(5)))
    supply, demand = [3, 4, 5, 6], [4, 4, 4, 4, 4]
    straight = one(pairs, supply, demand, np.ones(20)).quantity[0]
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(20)
        mixed = one([pairs[k] for k in order], supply, demand, np.ones(20)).quantity[0]
        np.testing.assert_array_equal(straight[order], mixed)


def test_units_of_very_different_size_stand_side_by_side():
    water = block([(0, 0), (1, 0)], [1e7, 3e7], [2.5e7], [10, 20])
    struvite = block([(0, 0), (0, 1)], [0], [7.0, 2.0])
    model = LinkedModel((water, struvite), (Conversion(0, 0, 1, 0, 4e-7),))
    result = run(model, [-1e-6, -1e-6], [300.0, 200.0])
    # 9 t need 2.25e7 m3; the dearest cubic metre still pays.
    assert result.objective == pytest.approx(7 * 300 + 2 * 200 - 22.5)
    assert result.quantity[1].ravel().tolist() == pytest.approx([7.0, 2.0], rel=1e-9)
    assert result.quantity[0].sum() == pytest.approx(2.25e7)
    check_fits(model, result)


def test_an_absurd_supply_does_not_take_the_digits_of_the_others():
    result = one([(0, 0), (1, 1), (0, 1)], [1e15, 0.003], [7.1, 0.004], [1.0, 3.0, 2.0])
    np.testing.assert_allclose(result.quantity[0].ravel(), [7.1, 0.003, 0.001], rtol=1e-9)


@pytest.mark.parametrize(
    ("supply", "demand", "objective"),
    [([0, 0], [5, 5], 0.0), ([5, 5], [0, 0], 0.0), ([5, 5], [5, 5], 10.0), ([5, 9], [1, 1], 2.0)],
)
def test_equal_values_zero_capacities_and_balanced_sides(supply, demand, objective):
    for settings in ({}, {"min_lot": 0.5}):
        result = one([(0, 0), (0, 1), (1, 0), (1, 1)], supply, demand, np.ones(4), np.ones(4), **settings)
        assert result.objective == objective
        assert (result.certified, result.gap) == (True, 0.0)


@pytest.mark.parametrize(
    "model", [LinkedModel(()), LinkedModel((block([], [], []),)), LinkedModel((block([], [3], [4]),))]
)
def test_nothing_to_allocate_is_an_empty_answer(model):
    result = run(model)
    assert result.objective == 0.0
    assert result.certified
    assert [q.shape for q in result.quantity] == [(0, 1)] * len(model.blocks)


def test_two_lots_that_do_not_quite_fit_are_not_both_taken():
    result = one([(0, 0), (0, 1)], [9.999999], [8, 8], np.ones(2), min_lot=5)
    assert result.objective == 8.0
    fits = one([(0, 0), (0, 1)], [10], [5, 5], np.ones(2), min_lot=5)
    assert fits.quantity[0].ravel().tolist() == [5.0, 5.0]


def test_months_that_add_up_to_a_lot_but_for_rounding_make_it():
    twelfth = np.full((1, 12), 7 / 12)
    assert twelfth.sum(axis=1)[0] < 7.0
    assert one([(0, 0)], twelfth, twelfth, [1.0], min_lot=7.0).objective == pytest.approx(7.0)
