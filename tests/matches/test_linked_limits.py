"""What a linked model does out of time, when it is too large, and with input that cannot be."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from kansenkaart.errors import DataError
from kansenkaart.matches.program import stage as linked_model
from kansenkaart.matches.program.stage import (
    Conversion,
    Coupling,
    Ledger,
    LinkedModel,
    Term,
)
from tests.matches.naive_model import block, check_fits, draw_model, months, one, run

# --- time, size, bad input


def hard(n=40, m=60):
    """Connections that cost much, everything within reach of everything."""
    random = np.random.default_rng(7)
    pairs = list(itertools.product(range(n), range(m)))
    side = [random.lognormal(2, 0.6, count) for count in (n, m)]
    part = block(pairs, *side, np.ones(len(pairs)), min_lot=2.0, fixed=3.0)
    return LinkedModel((part,)), random.uniform(1, 2, len(pairs))


def test_a_search_that_is_cut_off_keeps_the_best_so_far_and_says_so(cut_off):
    model, value = hard()
    result = run(model, value)
    assert result.limit_hit
    assert not result.certified
    assert 1e-6 < result.gap < 0.5
    assert 0 < result.objective < result.bound
    assert result.method in ("mixed-integer program", "heuristic")
    check_fits(model, result)


def test_a_search_that_finds_nothing_falls_back_on_dropping_what_breaks_a_lot(monkeypatch):
    from kansenkaart.matches.program import lot_choices as linked_lots

    monkeypatch.setattr(linked_lots, "_mixed", lambda *_, **__: (None, np.inf, False))
    model, value = hard(8, 9)
    result = run(model, value)
    assert (result.method, result.limit_hit) == ("heuristic", True)
    assert 0 < result.objective <= result.bound
    assert result.gap == pytest.approx((result.bound - result.objective) / result.bound)
    check_fits(model, result)


def test_a_linear_program_out_of_time_shares_in_proportion_and_keeps_what_was_kept(monkeypatch):
    from kansenkaart.matches.program.solver import Answer, Solver

    cut_off = Answer(None, np.zeros(0), -np.inf, done=False, in_time=False, reason="Time limit reached")
    monkeypatch.setattr(Solver, "solve", lambda *_, **__: cut_off)
    model = LinkedModel((block([(0, 0), (0, 1)], [10], [6, 6]),))
    result = run(model, at_least=(np.array([[2.0], [0.0]]),))
    assert result.quantity[0].sum() == pytest.approx(10.0)
    assert result.quantity[0][0, 0] >= 2.0
    assert (result.limit_hit, result.certified, result.method) == (True, False, "heuristic")
    assert result.bound >= 10.0
    for seed in range(20):
        model, values = draw_model(seed, lots=seed % 2 == 0)
        result = run(model, *values)
        assert result.objective <= result.bound
        check_fits(model, result)


def test_a_model_that_is_too_large_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(linked_model, "LARGEST_MODEL", 3)
    with pytest.raises(DataError, match="hard_km") as error:
        one([(0, 0), (0, 1)], [9], [8, 8], np.ones(2), min_lot=5)
    assert error.value.faults[0].key == "model_too_large"
    assert error.value.faults[0].values["columns"] == 4
    assert one([(0, 0), (0, 1)], [9], [8, 8], np.ones(2)).objective == 9.0


def test_a_ring_of_processors_is_refused_by_name():
    part = block([(0, 0)], [1], [9])
    ring = (Conversion(0, 0, 1, 0, 1.0), Conversion(1, 0, 0, 0, 1.0))
    with pytest.raises(DataError, match="own input") as error:
        run(LinkedModel((part, part), ring))
    assert error.value.faults[0].key == "chain_cyclic"
    assert error.value.faults[0].values["conversions"] == [0, 1]
    with pytest.raises(DataError, match="own input"):
        run(LinkedModel((part,), (Conversion(0, 0, 0, 0, 0.5),)))


def test_a_way_back_without_a_pair_is_no_ring():
    there, back = block([(0, 0)], [1], [9]), block([(0, 1)], [0], [9, 9])
    chains = (Conversion(0, 0, 1, 0, 1.0), Conversion(1, 0, 0, 0, 1.0))
    assert run(LinkedModel((there, back), chains)).objective == 2.0


GOOD = block([(0, 0)], [1], [1])
WRONG = {
    "supply": replace(GOOD, supply=np.array([[np.nan]])),
    "demand": replace(GOOD, demand=np.array([[-1.0]])),
    "positions": replace(GOOD, s=np.array([1])),
    "distance": replace(GOOD, distance_m=np.array([-1.0])),
    "min_lot": replace(GOOD, min_lot=-1.0),
    "fixed": replace(GOOD, fixed=np.inf),
    "12 periods": replace(GOOD, storage_efficiency=0.5),
    "storage_efficiency": block([(0, 0)], months(1), months(1), storage_efficiency=1.5),
    "sites, 12": replace(GOOD, supply=np.ones((1, 3))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_block_that_cannot_be_is_refused(name):
    with pytest.raises(DataError, match=name) as error:
        run(LinkedModel((WRONG[name],)))
    assert error.value.faults[0].key == "linked_model_wrong"


@pytest.mark.parametrize(
    ("links", "what"),
    [
        ({"conversions": (Conversion(0, 5, 0, 0, 1.0),)}, "conversion 0"),
        ({"conversions": (Conversion(0, 0, 1, 0, 1.0),)}, "conversion 0"),
        ({"conversions": (Conversion(0, 0, 0, 0, -1.0),)}, "yield"),
        ({"ledgers": (Ledger((Term(0, "supply", 9, 1.0),), 1.0),)}, "ledger 0"),
        ({"ledgers": (Ledger((), -1.0),)}, "budget"),
        ({"couplings": (Coupling((0, 0), (0, 9), True, 0.0),)}, "coupling 0"),
        ({"couplings": (Coupling((0, 0), (0, 0), False, np.nan),)}, "bonus"),
    ],
)
def test_a_link_that_cannot_be_is_refused(links, what):
    with pytest.raises(DataError, match=what):
        run(LinkedModel((GOOD,), **links))


def test_values_and_limits_must_be_numbers():
    with pytest.raises(DataError, match="value"):
        run(LinkedModel((GOOD,)), [np.nan])
    with pytest.raises(DataError, match="time_limit_s"):
        run(LinkedModel((GOOD,)), limit_s=0.0)
