"""Smallest quantities and costs per connection for one stream: against every choice, and within its time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

from kansenkaart.errors import DataError
from kansenkaart.matches.program import lots
from kansenkaart.matches.program.lots import Lots, allocate_with_lots
from kansenkaart.matches.transport.allocate import allocate
from kansenkaart.matches.transport.reach import Pairs, find_pairs
from tests.tries import drawn


def make_pairs(ends, distance=None):
    """Pairs from sorted (supply, demand)."""
    s, d = (np.array([end[k] for end in ends], dtype=np.int64) for k in (0, 1))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(s))]).astype(np.int64)
    return Pairs(
        indptr, d.astype(np.int32), np.ones(len(ends)) if distance is None else np.array(distance, float)
    )


def run(supply, demand, pairs, value, *, min_lot=0.0, fixed=0.0, limit_s=60.0, rounds=None):
    sides = np.array(supply, dtype=float), np.array(demand, dtype=float)
    worth = None if value is None else np.array(value, dtype=float)
    numbers = None if rounds is None else np.array(rounds)
    return allocate_with_lots(sides, pairs, worth, Lots(min_lot, fixed, numbers), time_limit_s=limit_s)


def best_by_hand(supply, demand, pairs, value, min_lot, fixed, rounds=None):
    """Every set of connections, each a small dense linear program; a round with one of them reaches its lot."""
    rounds = np.arange(len(pairs)) if rounds is None else np.array(rounds)
    rows = np.zeros((len(supply) + len(demand), len(pairs)))
    rows[pairs.supply, np.arange(len(pairs))] = 1
    rows[len(supply) + pairs.demand, np.arange(len(pairs))] = 1
    best = 0.0
    for on in itertools.product([0.0, 1.0], repeat=len(pairs)):
        ends = np.stack([np.zeros(len(on)), np.array(on) * 1e6], axis=1)
        goes = np.array(
            [rounds == number for number in np.unique(rounds[(rounds >= 0) & (np.array(on) > 0)])]
        )
        found = linprog(
            -value,
            A_ub=np.vstack([rows, *(-goes[:, None, :].astype(float) if len(goes) else [])]),
            b_ub=np.concatenate([supply, demand, np.full(len(goes), -min_lot)]),
            bounds=ends,
            method="highs-ds",
        )
        if found.status == 0:
            best = max(best, -found.fun - fixed * sum(on))
    return best


def check_fits(supply, demand, pairs, result, min_lot, rounds=None):
    q = result.quantity
    assert (q >= 0).all()
    numbers = np.arange(len(q)) if rounds is None else rounds
    lots = np.array([q[numbers == number].sum() for number in np.unique(numbers) if number >= 0])
    assert ((lots == 0) | (lots >= min_lot * (1 - 1e-9))).all()
    assert (np.bincount(pairs.supply, q, len(supply)) <= supply).all()
    assert (np.bincount(pairs.demand, q, len(demand)) <= demand).all()
    assert result.bound >= result.objective
    assert result.gap == pytest.approx((result.bound - result.objective) / max(result.bound, 1e-300))


def draw(seed, n=3, m=3, density=0.8):
    random = np.random.default_rng(seed)
    present = random.random((n, m)) < density
    present[-1, -1] = True
    rows, columns = np.nonzero(present)
    indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
    pairs = Pairs(indptr, columns.astype(np.int32), random.integers(1, 50, len(rows)).astype(float))
    supply, demand = (random.lognormal(2, 0.8, count).round(int(seed % 3)) for count in (n, m))
    return supply, demand, pairs, random.uniform(0.2, 2, len(rows))


@drawn("seed", 24, first=9)
def test_the_best_of_every_choice_of_connections_is_found_and_proven(seed):
    supply, demand, pairs, value = draw(seed, density=0.6)
    min_lot, fixed = [(4.0, 0.0), (0.0, 3.0), (4.0, 2.0)][seed % 3]
    result = run(supply, demand, pairs, value, min_lot=min_lot, fixed=fixed)
    best = best_by_hand(supply, demand, pairs, value, min_lot, fixed)
    assert result.objective == pytest.approx(best, rel=1e-6)
    assert result.certified
    assert not result.limit_hit
    check_fits(supply, demand, pairs, result, min_lot)


def test_the_drawn_cases_do_need_branching():
    methods = set()
    for seed in range(24):
        min_lot, fixed = [(4.0, 0.0), (0.0, 3.0), (4.0, 2.0)][seed % 3]
        methods.add(run(*draw(seed, density=0.6), min_lot=min_lot, fixed=fixed).method)
    assert methods == {"network simplex", "mixed-integer program"}


@drawn("seed", 6, first=3)
def test_without_lots_and_costs_it_is_the_network_simplex(seed):
    supply, demand, pairs, value = draw(seed, 6, 8)
    result = run(supply, demand, pairs, value)
    plain = allocate(supply, demand, pairs, value)
    assert result.quantity.tolist() == plain.quantity.tolist()
    assert (result.method, result.gap, result.certified) == ("network simplex", 0.0, True)


def test_a_lot_moves_a_remainder_to_one_partner():
    pairs = make_pairs([(0, 0), (1, 0)])
    result = run([3, 4], [5], pairs, [2, 1], min_lot=2)
    assert result.quantity.tolist() == [3.0, 2.0]
    result = run([3, 4], [5], pairs, [2, 1], min_lot=2.5)
    assert result.quantity.tolist() == [2.5, 2.5]
    result = run([3, 4], [5], pairs, [2, 1], min_lot=2.75)
    assert result.quantity.tolist() == [3.0, 0.0]


def test_a_connection_that_does_not_earn_its_cost_is_not_made():
    pairs = make_pairs([(0, 0), (1, 0)])
    assert run([4, 4], [5], pairs, [1, 1], fixed=0.75).objective == 3.5
    result = run([4, 4], [5], pairs, [1, 1], fixed=1.25)
    assert (result.objective, np.count_nonzero(result.quantity)) == (2.75, 1)
    assert run([4, 4], [5], pairs, [1, 1], fixed=5).quantity.tolist() == [0.0, 0.0]


def draw_rounds(seed, pairs):
    """Suppliers 0 and 1 drive together, and now and then with 2; some taker needs no lot, for its truck goes anyway."""
    random = np.random.default_rng(1000 + seed)
    lead = np.array([0, 0, 0 if random.random() < 0.5 else 2])[pairs.supply]
    free = (pairs.demand == random.integers(3)) & (random.random() < 0.3)
    _, number = np.unique(lead * 3 + pairs.demand, return_inverse=True)
    return np.where(free, -1, number)


ROUNDS = [(9.0, 0.0), (14.0, 0.0), (9.0, 2.0)]


@drawn("seed", 30, first=9)
def test_the_best_of_every_choice_of_rounds_is_found_and_proven(seed):
    supply, demand, pairs, value = draw(seed, density=0.75)
    rounds, (min_lot, fixed) = draw_rounds(seed, pairs), ROUNDS[seed % 3]
    result = run(supply, demand, pairs, value, min_lot=min_lot, fixed=fixed, rounds=rounds)
    best = best_by_hand(supply, demand, pairs, value, min_lot, fixed, rounds)
    assert result.objective == pytest.approx(best, rel=1e-6)
    assert result.certified
    check_fits(supply, demand, pairs, result, min_lot, rounds)
    alone = run(supply, demand, pairs, value, min_lot=min_lot, fixed=fixed)
    assert result.objective >= alone.objective * (1 - 1e-6)


def test_the_drawn_rounds_do_need_each_other_and_branching():
    gained, methods = 0, set()
    for seed in range(30):
        supply, demand, pairs, value = draw(seed, density=0.75)
        settings = dict(zip(("min_lot", "fixed"), ROUNDS[seed % 3], strict=True))
        found = run(supply, demand, pairs, value, rounds=draw_rounds(seed, pairs), **settings)
        gained += found.objective > run(supply, demand, pairs, value, **settings).objective * 1.01
        methods.add(found.method)
    assert gained > 10
    assert methods == {"network simplex", "mixed-integer program"}


def test_neighbours_reach_a_lot_together_and_each_keeps_its_part():
    pairs = make_pairs([(0, 0), (1, 0), (2, 0)])
    apart = run([9, 9, 9], [100], pairs, [1, 1, 1], min_lot=25)
    assert apart.quantity.tolist() == [0.0, 0.0, 0.0]
    together = run([9, 9, 9], [100], pairs, [1, 1, 1], min_lot=25, rounds=[0, 0, 0])
    assert together.quantity.tolist() == [9.0, 9.0, 9.0]
    assert run([9, 9, 9], [24], pairs, [1, 1, 1], min_lot=25, rounds=[0, 0, 0]).objective == 0.0
    assert run([9, 9, 9], [100], pairs, [1, 1, 1], min_lot=25, rounds=[0, 0, -1]).quantity.tolist() == [
        0,
        0,
        9,
    ]


def test_a_neighbour_that_costs_money_comes_along_where_the_lot_of_others_hangs_on_it():
    pairs = make_pairs([(0, 0), (1, 0)])
    result = run([20, 20], [100], pairs, [3, -1], min_lot=25, rounds=[0, 0])
    assert result.quantity == pytest.approx([20.0, 5.0])
    assert result.objective == pytest.approx(55.0)
    assert run([20, 20], [100], pairs, [3, -13], min_lot=25, rounds=[0, 0]).objective == 0.0


def test_dropping_keeps_rounds_whole_and_never_beats_the_proven_optimum(monkeypatch):
    found, best = 0.0, 0.0
    for seed in range(30):
        supply, demand, pairs, value = draw(seed, density=0.75)
        rounds, (min_lot, fixed) = draw_rounds(seed, pairs), ROUNDS[seed % 3]
        exact = run(supply, demand, pairs, value, min_lot=min_lot, fixed=fixed, rounds=rounds)
        with monkeypatch.context() as patch:
            patch.setattr(lots, "LARGEST_PART", 0)
            dropped = run(supply, demand, pairs, value, min_lot=min_lot, fixed=fixed, rounds=rounds)
        assert dropped.objective <= exact.objective * (1 + 1e-6) + 1e-9
        assert exact.objective <= dropped.bound * (1 + 1e-6) + 1e-9
        check_fits(supply, demand, pairs, dropped, min_lot, rounds)
        found, best = found + dropped.objective, best + exact.objective
    assert found > 0.8 * best


def test_without_values_most_quantity_comes_first_and_then_the_shortest():
    pairs = make_pairs([(0, 0), (1, 0), (2, 0)], [30, 10, 20])
    result = run([4, 4, 4], [6], pairs, None, min_lot=3)
    assert result.quantity.tolist() == [0.0, 3.0, 3.0]
    assert (result.objective, result.method) == (6.0, "mixed-integer program")


def test_a_group_where_nothing_breaks_keeps_the_quantities_of_the_network_simplex():
    pairs = make_pairs([(0, 0), (0, 1), (1, 2), (2, 2)])
    result = run([9, 3, 4], [5, 4, 5], pairs, [1, 1, 2, 1], min_lot=2.5)
    assert result.quantity.tolist() == [5.0, 4.0, 2.5, 2.5]
    assert result.method == "mixed-integer program"


@pytest.mark.parametrize(("name", "value"), [("min_lot", -1.0), ("fixed", np.nan), ("value", np.nan)])
def test_settings_that_are_no_quantity_are_refused(name, value):
    pairs = make_pairs([(0, 0)])
    given = {name: value} if name != "value" else {}
    with pytest.raises(DataError, match=name) as error:
        run([1], [1], pairs, [value if name == "value" else 1.0], **given)
    assert error.value.faults[0].key == "lot_wrong"


def test_nothing_to_allocate_is_an_empty_answer():
    empty = Pairs(np.zeros(3, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))
    for pairs, supply in ((empty, [1.0, 2.0]), (make_pairs([(0, 0), (1, 0)]), [0.0, 0.0])):
        result = run(supply, [3.0], pairs, None, min_lot=1, fixed=1)
        assert result.quantity.tolist() == [0.0] * len(pairs)
        assert (result.objective, result.gap, result.certified) == (0.0, 0.0, True)


def region(seed=5, n=60, m=150):
    random = np.random.default_rng(seed)
    pairs = find_pairs(random.uniform(0, 2e4, (n, 2)), random.uniform(0, 2e4, (m, 2)), 5_000.0)
    return random.lognormal(2, 1, n), random.lognormal(1, 1, m), pairs, 1 - 0.9 * pairs.distance_m / 5_000.0


def test_a_part_that_is_too_large_is_mended_by_dropping_and_says_how_far_it_can_be_off(monkeypatch):
    monkeypatch.setattr(lots, "LARGEST_PART", 10)
    for fixed in (0.0, 0.5):
        supply, demand, pairs, value = region()
        result = run(supply, demand, pairs, value, min_lot=1.5, fixed=fixed)
        assert (result.method, result.limit_hit) == ("heuristic", False)
        assert 0 < result.gap < 0.15
        assert not result.certified
        check_fits(supply, demand, pairs, result, 1.5)


def test_dropping_never_beats_the_proven_optimum_and_stays_within_its_bound(monkeypatch):
    for seed in range(12):
        supply, demand, pairs, value = draw(seed, 4, 4)
        exact = run(supply, demand, pairs, value, min_lot=4.0, fixed=1.0)
        with monkeypatch.context() as patch:
            patch.setattr(lots, "LARGEST_PART", 0)
            dropped = run(supply, demand, pairs, value, min_lot=4.0, fixed=1.0)
        assert dropped.objective <= exact.objective * (1 + 1e-6) + 1e-9
        assert exact.objective <= dropped.bound * (1 + 1e-6) + 1e-9
        check_fits(supply, demand, pairs, dropped, 4.0)


def test_a_search_that_is_cut_off_is_said(cut_off):
    supply, demand, pairs, value = region(n=50, m=130)
    result = run(supply, demand, pairs, value, min_lot=2.0, fixed=0.8)
    assert result.limit_hit
    assert not result.certified
    assert 1e-6 < result.gap < 0.3
    assert result.method in ("mixed-integer program", "heuristic")
    check_fits(supply, demand, pairs, result, 2.0)


def test_the_time_is_shared_by_the_parts_and_none_is_left_without_an_answer():
    """Twenty groups of sites out of sight of each other, no time at all: every group still gets its best try."""
    random = np.random.default_rng(3)
    ends = [(2 * g + a, g) for g in range(20) for a in range(2)]
    supply, demand = random.uniform(3, 5, 40), random.uniform(6, 7, 20)
    pairs = make_pairs(ends)
    result = run(supply, demand, pairs, np.ones(40), min_lot=3, limit_s=0.0)
    assert result.limit_hit
    assert (np.bincount(pairs.demand, result.quantity) > 0).all()
    check_fits(supply, demand, pairs, result, 3)
    exact = run(supply, demand, pairs, np.ones(40), min_lot=3)
    assert exact.certified
    assert exact.objective >= result.objective


def test_of_very_many_pairs_only_those_near_the_prices_are_looked_at_and_the_bound_still_holds(monkeypatch):
    monkeypatch.setattr(lots, "LARGEST_PART", 10)
    supply, demand, pairs, value = region()
    every = run(supply, demand, pairs, value, min_lot=1.5)
    monkeypatch.setattr(lots, "_MOST_DROPPED_FROM", len(pairs) // 3)
    for worth in (value, None):
        result = run(supply, demand, pairs, worth, min_lot=1.5)
        assert result.method == "heuristic"
        assert 0 < result.gap < 0.15
        check_fits(supply, demand, pairs, result, 1.5)
    assert run(supply, demand, pairs, value, min_lot=1.5).bound == pytest.approx(every.bound)
