"""A linked model reaches the naive optimum, and every constraint of it blocks."""

from __future__ import annotations

import numpy as np
import pytest

from kansenkaart.errors import KansenkaartError
from kansenkaart.matches.program.stage import (
    Conversion,
    Coupling,
    Ledger,
    LinkedModel,
    Term,
)
from tests.matches.naive_model import Naive, best_by_hand, block, check_fits, draw_model, months, run
from tests.tries import drawn


@drawn("first", 60, first=2, step=15)
def test_chains_ledgers_couplings_seasons_and_stores_reach_the_naive_optimum(first):
    for seed in range(first, first + 15):
        model, values = draw_model(seed)
        result = run(model, *values)
        nothing = [np.zeros((len(b.s), b.periods)) for b in model.blocks]
        assert result.objective == pytest.approx(Naive(model, values, nothing).best(), rel=1e-6, abs=1e-6), (
            seed
        )
        assert result.certified, seed
        assert result.gap <= 1e-7, seed
        assert result.bound >= result.objective, seed
        assert not result.limit_hit, seed
        check_fits(model, result)


@drawn("first", 24, first=1, step=8)
def test_lots_and_fixed_costs_reach_the_best_of_every_choice_of_connections(first):
    for seed in range(first, first + 8):
        model, values = draw_model(seed, lots=True)
        result = run(model, *values)
        nothing = [np.zeros((len(b.s), b.periods)) for b in model.blocks]
        best = best_by_hand(model, values, nothing)
        assert result.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert result.certified, seed
        check_fits(model, result)


@drawn("first", 16, first=1, step=4)
def test_rounds_reach_the_best_of_every_choice(first):
    for seed in range(first, first + 4):
        model, values = draw_model(seed, lots=True, rounds=True)
        result = run(model, *values)
        nothing = [np.zeros((len(b.s), b.periods)) for b in model.blocks]
        best = best_by_hand(model, values, nothing)
        assert result.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert result.certified, seed
        check_fits(model, result)


def test_a_round_that_goes_already_takes_more_along_however_little():
    pairs = block([(0, 0), (1, 0)], [10, 2], [50], min_lot=20.0, round=np.array([0, 0]))
    model = LinkedModel((pairs,))
    assert run(model, [1.0, 1.0]).objective == 0.0
    kept = run(model, [1.0, 1.0], at_least=(np.array([[10.0], [0.0]]),))
    assert kept.quantity[0].ravel().tolist() == [10.0, 2.0]


# --- every row blocks: relaxing it is worth something


CHAIN = (block([(0, 0)], [10], [10]), block([(0, 0)], [0], [100]))
TWO_STREAMS = (block([(0, 0)], [10], [10]), block([(0, 0)], [4], [10]))
STORE = {"storage_efficiency": 0.5, "storage_cost": 0.1}

# name: tight model, relaxed model, objective of each (worked out by hand; every unit is worth 1)
RELAXED = {
    "supply": (
        LinkedModel((block([(0, 0)], [3], [9]),)),
        LinkedModel((block([(0, 0)], [5], [9]),)),
        (3.0, 5.0),
    ),
    "demand": (
        LinkedModel((block([(0, 0)], [9], [3]),)),
        LinkedModel((block([(0, 0)], [9], [5]),)),
        (3.0, 5.0),
    ),
    "month": (
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6)),)),
        LinkedModel((block([(0, 0)], months(6, 0), months(3, 3)),)),
        (0.0, 3.0),
    ),
    "store": (
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6)),)),
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6), **STORE),)),
        (0.0, 2.7),
    ),
    "efficiency": (
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6), **STORE),)),
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6), storage_efficiency=0.8),)),
        (2.7, 4.8),
    ),
    "yield": (
        LinkedModel(CHAIN, (Conversion(0, 0, 1, 0, 2.0),)),
        LinkedModel(CHAIN, (Conversion(0, 0, 1, 0, 3.0),)),
        (30.0, 40.0),
    ),
    "ledger": (
        LinkedModel(
            TWO_STREAMS, ledgers=(Ledger((Term(0, "demand", 0, 1.0), Term(1, "demand", 0, 2.0)), 6.0),)
        ),
        LinkedModel(
            TWO_STREAMS, ledgers=(Ledger((Term(0, "demand", 0, 1.0), Term(1, "demand", 0, 2.0)), 14.0),)
        ),
        (6.0, 12.0),
    ),
    "ledger of a supply": (
        LinkedModel(TWO_STREAMS, ledgers=(Ledger((Term(0, "supply", 0, 1.0),), 2.0),)),
        LinkedModel(TWO_STREAMS),
        (6.0, 14.0),
    ),
    "coupling": (
        LinkedModel(TWO_STREAMS, couplings=(Coupling((0, 0), (1, 0), True, 0.0),)),
        LinkedModel(TWO_STREAMS),
        (8.0, 14.0),
    ),
    "bonus": (
        LinkedModel(TWO_STREAMS),
        LinkedModel(TWO_STREAMS, couplings=(Coupling((0, 0), (1, 0), False, 0.5),)),
        (14.0, 16.0),
    ),
    "lot": (
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [5], min_lot=3),)),
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [5], min_lot=2),)),
        (3.0, 5.0),
    ),
    "round": (
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [9], min_lot=5),)),
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [9], min_lot=5, round=np.array([0, 0])),)),
        (0.0, 6.0),
    ),
    "round over the months": (
        LinkedModel((block([(0, 0), (1, 0)], months(2) * 2, months(4), min_lot=4),)),
        LinkedModel((block([(0, 0), (1, 0)], months(2) * 2, months(4), min_lot=4, round=np.array([0, 0])),)),
        (0.0, 4.0),
    ),
    "lot over the months": (
        LinkedModel((block([(0, 0)], months(2, 2), months(2, 2), min_lot=5),)),
        LinkedModel((block([(0, 0)], months(2, 2), months(2, 2), min_lot=4),)),
        (0.0, 4.0),
    ),
    "fixed": (
        LinkedModel((block([(0, 0), (1, 0)], [4, 4], [5], fixed=1.5),)),
        LinkedModel((block([(0, 0), (1, 0)], [4, 4], [5], fixed=0.25),)),
        (2.5, 4.5),
    ),
}


@pytest.mark.parametrize("name", RELAXED)
def test_every_constraint_blocks_and_relaxing_it_raises_the_objective(name):
    tight, relaxed, expected = RELAXED[name]
    found = [run(model) for model in (tight, relaxed)]
    assert [one.objective for one in found] == pytest.approx(expected, abs=1e-9)
    for model, result in zip((tight, relaxed), found, strict=True):
        check_fits(model, result)
        assert result.certified
        assert not result.limit_hit


def test_a_pair_that_is_not_allowed_carries_only_what_it_had():
    model = LinkedModel((block([(0, 0), (0, 1)], [10], [6, 6]),))
    none = np.array([[2.0], [0.0]])
    kept = run(model, [1.0, 1.0], allowed=(np.array([False, True]),), at_least=(none,))
    assert kept.quantity[0].ravel().tolist() == [2.0, 6.0]
    assert kept.objective == 8.0
    free = run(model, [-1.0, 1.0], at_least=(none,))
    assert free.quantity[0].ravel().tolist() == [2.0, 6.0]


def test_a_kept_connection_costs_its_fixed_cost_once_and_may_grow():
    model = LinkedModel((block([(0, 0)], [10], [6], fixed=5.0, min_lot=4.0),))
    result = run(model, [1.0], at_least=(np.array([[4.0]]),))
    assert result.quantity[0].item() == 6.0
    assert result.objective == 1.0


def test_kept_quantities_that_break_the_model_are_refused():
    model = LinkedModel((block([(0, 0), (0, 1)], [10], [9, 9]),))
    with pytest.raises(KansenkaartError, match="no solution"):
        run(model, at_least=(np.array([[9.0], [9.0]]),))


def test_a_leg_that_costs_money_is_taken_when_the_chain_pays():
    model = LinkedModel(CHAIN, (Conversion(0, 0, 1, 0, 2.0),))
    assert run(model, [-1.5], [1.0]).objective == 5.0
    assert run(model, [-2.5], [1.0]).objective == 0.0


def test_a_monthly_input_is_made_month_by_month_and_a_yearly_one_flat():
    monthly = block([(0, 0)], months(6, 6), months(6, 6))
    yearly = block([(0, 0)], [12], [12])
    made = block([(0, 0)], np.zeros((1, 12)), np.full((1, 12), 100.0))
    by_month = run(LinkedModel((monthly, made), (Conversion(0, 0, 1, 0, 0.5),)))
    assert by_month.quantity[1].ravel().tolist() == months(3, 3)[0]
    flat = run(LinkedModel((yearly, made), (Conversion(0, 0, 1, 0, 0.5),)))
    np.testing.assert_allclose(flat.quantity[1].ravel(), 0.5, rtol=1e-9)


def test_what_is_made_of_two_inputs_adds_up():
    made = block([(0, 0)], [1], [100])
    model = LinkedModel(
        (CHAIN[0], CHAIN[0], made), (Conversion(0, 0, 2, 0, 2.0), Conversion(1, 0, 2, 0, 3.0))
    )
    assert run(model).quantity[2].item() == 51.0


def test_a_required_partner_without_supply_gives_nothing_and_no_error():
    first = block([(0, 0)], [10], [10])
    for second in (block([(0, 0)], [0], [10]), block([], [], [10]), block([(0, 0)], [5], [0])):
        result = run(LinkedModel((first, second), couplings=(Coupling((0, 0), (1, 0), True, 0.0),)))
        assert result.quantity[0].item() == 0.0
        assert result.objective == 0.0
        assert result.certified
