"""The exact allocation against a general solver, its proof, and the simpler ways beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from kansenkaart.errors import DataError
from kansenkaart.matches.transport.allocate import allocate
from kansenkaart.matches.transport.integers import Network, Shipment, certify
from kansenkaart.matches.transport.reach import Pairs, find_pairs
from kansenkaart.matches.transport.simplex import improve, solve
from tests.tries import drawn

SHAPES = ["ties", "zeros", "all equal", "single", "balanced", "excess", "wide", "dense", "negative"]


def draw_instance(seed):
    """A small instance that is degenerate in the way its seed says."""
    random = np.random.default_rng(seed)
    shape = SHAPES[seed % len(SHAPES)]
    n, m = int(random.integers(1, 9)), int(random.integers(1, 9))
    if shape == "single":
        n, m = (1, m) if seed % 2 else (n, 1)
    density = 1.0 if shape in ("dense", "all equal") else random.uniform(0.2, 0.9)
    present = random.random((n, m)) < density
    supply, demand = random.integers(1, 12, n), random.integers(1, 12, m)
    if shape == "zeros":
        supply, demand = supply * random.integers(0, 2, n), demand * random.integers(0, 2, m)
    elif shape in ("all equal", "balanced"):
        supply, demand = np.full(n, 4 * m), np.full(m, 4 * n)
    elif shape == "excess":
        supply = supply * 10
    elif shape == "wide":
        supply, demand = supply * 10 ** random.integers(0, 7, n), demand * 10 ** random.integers(0, 7, m)
    rows, columns = np.nonzero(present)
    distance = random.integers(0, 4 if shape == "ties" else 50, len(rows)).astype(float)
    value = random.integers(1, 4, len(rows)).astype(float)
    if shape == "all equal":
        value[:], distance[:] = 2.0, 7.0
    elif shape == "negative":
        value -= 2.0
    indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
    return (
        supply.astype(float),
        demand.astype(float),
        Pairs(indptr, columns.astype(np.int32), distance),
        value,
    )


def optimum_by_scipy(supply, demand, pairs, value):
    if not len(pairs):
        return 0.0
    matrix = np.zeros((len(supply) + len(demand), len(pairs)))
    matrix[pairs.supply, np.arange(len(pairs))] = 1
    matrix[len(supply) + pairs.demand, np.arange(len(pairs))] = 1
    found = linprog(-value, A_ub=matrix, b_ub=np.concatenate([supply, demand]), method="highs")
    assert found.success
    return float(-found.fun)


@drawn("first", 540, first=2, step=60)
def test_degenerate_instances_reach_the_optimum_of_a_general_solver(first):
    for seed in range(first, first + 60):
        supply, demand, pairs, value = draw_instance(seed)
        result = allocate(supply, demand, pairs, value)
        assert result.objective == np.rint(optimum_by_scipy(supply, demand, pairs, value)), seed
        assert result.certificate.is_optimal, seed
        # Among all that reach that value, which pairs of less do not, none has less quantity x distance.
        big = (min(len(supply), len(demand)) + 1) * 51.0
        both = np.rint(optimum_by_scipy(supply, demand, pairs, big * value - pairs.distance_m))
        assert big * result.objective - result.quantity_distance == both, seed
        for method in ("greedy", "nearest"):
            assert allocate(supply, demand, pairs, value, method=method).objective <= result.objective, seed


@drawn("first", 180, first=1, step=60)
def test_without_values_most_quantity_comes_first_and_then_the_least_distance(first):
    for seed in range(first, first + 60):
        supply, demand, pairs, _ = draw_instance(seed)
        result = allocate(supply, demand, pairs)
        assert result.objective == np.rint(optimum_by_scipy(supply, demand, pairs, np.ones(len(pairs)))), seed
        big = (min(len(supply), len(demand)) + 1) * 51.0
        both = np.rint(optimum_by_scipy(supply, demand, pairs, big - pairs.distance_m))
        assert big * result.objective - result.quantity_distance == both, seed
        assert result.certificate.is_optimal, seed


@drawn("seed", 5, first=2)
def test_fractional_data_on_a_region_is_proven_and_agrees_with_scipy(seed):
    random = np.random.default_rng(seed)
    pairs = find_pairs(random.uniform(0, 2e4, (60, 2)), random.uniform(0, 2e4, (150, 2)), 5_000.0)
    supply, demand = random.lognormal(2, 1, 60), random.lognormal(1, 1, 150)
    value = 1 - 0.9 * pairs.distance_m / 5_000.0
    result = allocate(supply, demand, pairs, value)
    assert result.certificate.is_optimal
    assert result.certificate.pairs == len(pairs) > 1_000
    assert result.objective == pytest.approx(optimum_by_scipy(supply, demand, pairs, value), rel=1e-7)
    delivered = np.bincount(pairs.supply, result.quantity, 60)
    np.testing.assert_allclose(delivered + result.supply_left, supply, rtol=1e-9)
    assert (delivered <= supply).all()
    assert (np.bincount(pairs.demand, result.quantity, 150) <= demand).all()


def test_a_kernel_that_runs_as_plain_python_gives_the_same_answer():
    supply, demand, pairs, value = draw_instance(2)
    result = allocate(supply, demand, pairs, value)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_allocation as t\n"
        "i = t.draw_instance(2); print(t.allocate(*i).quantity.tolist())"
    )
    done = run_python(code, str(Path(__file__).parent), NUMBA_DISABLE_JIT="1")
    assert done == str(result.quantity.tolist())


def small_problem():
    network = Network(
        np.array([0, 2, 4]),
        np.array([0, 1, 0, 1], dtype=np.int32),
        np.array([9, 5, 8, 1]),
        np.array([10, 20, 10, 20]),
        np.array([6, 6]),
        np.array([8, 8]),
    )
    return network, Shipment(*solve(network))


def test_the_certificate_holds_and_says_what_was_shipped():
    proof = certify(*small_problem(), 1.0, 1.0)
    assert proof.is_optimal
    assert proof.primal == proof.dual == 6 * 8 + 2 * 9 + 4 * 5
    assert proof.overshoot == 0


@pytest.mark.parametrize(
    ("part", "index", "change", "fault"),
    [
        ("flow", 0, -1, "primal"),
        ("flow", 3, 1, "overshoot"),
        ("flow", 3, -1, "overshoot"),
        ("price", 0, -1, "violation"),
        ("price", 3, -1, "price"),
        ("tie_price", 0, -1, "tie"),
    ],
)
def test_a_tampered_allocation_fails_the_certificate(part, index, change, fault):
    network, shipment = small_problem()
    tampered = getattr(shipment, part).copy()
    tampered[index] += change
    proof = certify(network, shipment._replace(**{part: tampered}), 1.0, 1.0)
    assert not proof.is_optimal
    shown = {
        "primal": proof.primal != proof.dual,
        "overshoot": proof.overshoot == 1,
        "violation": proof.max_violation == 1,
        "price": proof.wrong_prices == 1 and proof.primal != proof.dual,
        "tie": proof.tie_primal != proof.tie_dual,
    }
    assert shown[fault]


@pytest.mark.parametrize(
    ("price", "tie_price", "fault"),
    [
        ((-1, 10), (0, 0), "wrong_prices"),
        ((0, 9), (-1, 0), "wrong_prices"),
        ((4, 4), (0, 0), "max_violation"),
        ((4, 5), (-4, 0), "max_tie_violation"),
        ((4, 5), (0, 0), None),
    ],
)
def test_prices_are_checked_where_nothing_can_flow_too(price, tie_price, fault):
    empty = Network(*(np.array(part) for part in ([0, 1], [0], [9], [3], [0], [0])))
    proof = certify(empty, Shipment(np.array([0]), np.array(price), np.array(tie_price)), 1.0, 1.0)
    assert (proof.primal, proof.tie_primal) == (proof.dual, proof.tie_dual) == (0, 0)
    assert proof.is_optimal == (fault is None)
    assert fault is None or getattr(proof, fault) == 1


def test_the_objective_of_the_proof_is_exact_beyond_any_machine_integer():
    many = 300_000
    pairs = Network(
        np.arange(many + 1),
        np.arange(many, dtype=np.int32),
        np.full(many, 2**52 - 1),
        np.full(many, 3),
        np.full(many, 2**52 - 3),
        np.full(many, 2**52 - 3),
    )
    prices = np.concatenate([np.full(many, 2**52 - 1), np.zeros(many, dtype=np.int64)])
    tie = np.concatenate([np.full(many, -3), np.zeros(many, dtype=np.int64)])
    proof = certify(pairs, Shipment(pairs.supply, prices, tie), 1.0, 1.0)
    assert proof.primal == proof.dual == many * (2**52 - 1) * (2**52 - 3)
    assert proof.tie_primal == proof.tie_dual == -3 * many * (2**52 - 3)
    assert proof.is_optimal


def test_an_optimum_with_pairs_added_is_improved_from_where_it_stood():
    for seed in range(120):
        supply, demand, pairs, value = draw_instance(seed)
        keep = np.random.default_rng(seed).random(len(pairs)) < 0.5
        few = allocate(supply, demand, pairs.keep(keep), value[keep])
        rows = pairs.supply
        order = np.lexsort((pairs.demand, pairs.distance_m, -value, rows))
        flow = np.zeros(len(pairs), dtype=np.int64)
        flow[np.flatnonzero(keep)] = few.quantity
        whole = (np.maximum(value, 0), pairs.distance_m, supply, demand)
        value_, distance, have, want = (np.rint(part).astype(np.int64) for part in whole)
        network = Network(pairs.indptr, pairs.demand[order], value_[order], distance[order], have, want)
        shipped, _, _ = improve(network, flow[order])
        best = allocate(supply, demand, pairs, value)
        assert shipped @ network.value == best.objective, seed
        assert shipped @ network.distance == best.quantity_distance, seed


def test_an_allocation_that_is_only_good_fails_the_certificate():
    network, shipment = small_problem()
    greedy = shipment._replace(flow=np.array([6, 0, 2, 4]))
    proof = certify(network, greedy, 1.0, 1.0)
    assert proof.is_feasible
    assert proof.primal < proof.dual
    assert not proof.is_optimal


def test_greedy_and_nearest_do_what_they_say_and_show_their_gap():
    pairs = find_pairs([[0.0, 0.0], [3.0, 0.0]], [[1.0, 0.0], [9.0, 0.0]], 7.0)
    supply, demand = [10.0, 10.0], [10.0, 10.0]
    assert (pairs.supply.tolist(), pairs.demand.tolist()) == ([0, 1, 1], [0, 0, 1])
    best = allocate(supply, demand, pairs)
    greedy = allocate([10.0, 4.0], demand, pairs, [4.0, 5.0, 3.0], method="greedy")
    nearest = allocate(supply, demand, pairs, method="nearest")
    assert best.quantity.tolist() == [10.0, 0.0, 10.0]
    assert (best.objective, best.quantity_distance) == (20.0, 70.0)
    assert greedy.quantity.tolist() == [6.0, 4.0, 0.0]
    assert greedy.objective == 44.0 < allocate([10.0, 4.0], demand, pairs, [4.0, 5.0, 3.0]).objective == 52.0
    assert nearest.quantity.tolist() == [10.0, 0.0, 0.0]
    assert nearest.certificate is None


def test_nearest_ignores_the_order_of_pairs_within_a_row():
    pairs = Pairs(np.array([0, 2, 4]), np.array([1, 0, 1, 0], dtype=np.int32), np.array([5.0, 2.0, 3.0, 3.0]))
    result = allocate([2.0, 2.0], [3.0, 3.0], pairs, method="nearest")
    assert result.quantity.tolist() == [0.0, 2.0, 0.0, 1.0]


def test_ties_go_to_the_shorter_distance_and_then_to_the_lower_index():
    def ship(distance):
        pairs = Pairs(np.array([0, 3]), np.arange(3, dtype=np.int32), np.array(distance))
        return allocate([5.0], [5.0, 5.0, 5.0], pairs, [2.0, 2.0, 2.0]).quantity.tolist()

    assert ship([3.0, 1.0, 2.0]) == [0.0, 5.0, 0.0]
    assert ship([1.0, 1.0, 1.0]) == [5.0, 0.0, 0.0]


@pytest.mark.parametrize("method", ["optimal", "greedy", "nearest"])
def test_the_order_of_pairs_within_a_row_changes_nothing(method):
    random = np.random.default_rng(0)
    pairs = find_pairs(random.uniform(0, 1e4, (30, 2)), random.uniform(0, 1e4, (40, 2)), 4_000.0)
    value = np.round(1 - 0.9 * pairs.distance_m / 4_000.0, 1)
    supply, demand = random.integers(1, 9, 30), random.integers(1, 9, 40)
    order = np.lexsort((random.random(len(pairs)), pairs.supply))
    mixed = Pairs(pairs.indptr, pairs.demand[order], pairs.distance_m[order])
    straight = allocate(supply, demand, pairs, value, method=method)
    shuffled = allocate(supply, demand, mixed, value[order], method=method)
    np.testing.assert_array_equal(shuffled.quantity, straight.quantity[order])


def test_decimals_come_back_as_they_were_given():
    pairs = find_pairs([[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0]], 10.0)
    result = allocate([0.1, 0.2], [1.0], pairs)
    assert result.quantity.tolist() == [0.1, 0.2]
    assert result.supply_left.tolist() == [0.0, 0.0]
    exact = allocate([0.1, 0.2], [0.3], pairs)
    assert exact.quantity.sum() <= 0.3
    assert exact.quantity.sum() == pytest.approx(0.3, rel=1e-12)
    assert allocate([0.7], [0.7], find_pairs([[0, 0]], [[1, 0]], 5)).quantity.tolist() == [0.7]


@pytest.mark.parametrize("scale", [1e-280, 1e-12, 1.0, 1e15, 1e300])
def test_any_unit_gives_the_same_shares(scale):
    pairs = find_pairs([[0.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [2.0, 0.0]], 10.0)
    result = allocate(np.array([3.0, 4.0]) * scale, np.array([5.0, 1.0]) * scale, pairs, np.full(4, 2.0))
    assert result.certificate.is_optimal
    assert result.objective / scale == pytest.approx(12.0)


def test_prices_say_what_one_more_unit_is_worth():
    pairs = find_pairs([[0.0, 0.0]], [[1.0, 0.0], [2.0, 0.0]], 10.0)
    result = allocate([5.0], [3.0, 9.0], pairs, [4.0, 1.5])
    assert result.supply_price.tolist() == [1.5]
    assert result.demand_price.tolist() == [2.5, 0.0]


def test_a_demand_of_zero_gets_a_price_and_nothing_else():
    pairs = find_pairs([[0.0, 0.0]], [[1.0, 0.0], [2.0, 0.0]], 10.0)
    result = allocate([5.0], [0.0, 3.0], pairs, [4.0, 1.5])
    assert result.quantity.tolist() == [0.0, 3.0]
    assert result.demand_price.tolist() == [4.0, 1.5]
    assert result.certificate.is_optimal


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 2), (2, 0), (2, 2)])
@pytest.mark.parametrize("method", ["optimal", "greedy", "nearest"])
def test_without_pairs_everything_stays(n, m, method):
    nothing = Pairs(np.zeros(n + 1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0))
    result = allocate(np.full(n, 2.0), np.full(m, 3.0), nothing, method=method)
    assert (result.supply_left.tolist(), result.demand_left.tolist()) == ([2.0] * n, [3.0] * m)
    assert result.certificate is None or result.certificate.is_optimal


@pytest.mark.parametrize(
    ("supply", "value", "method", "message"),
    [
        ([np.nan], [1.0], "optimal", r"supply must be .* wrong at \[0\]"),
        ([-1.0], [1.0], "optimal", "finite quantities of 0 or more"),
        ([np.inf], [1.0], "optimal", r"supply must be .* wrong at \[0\]"),
        ([[1.0]], [1.0], "optimal", r"got shape \(1, 1\)"),
        ([1.0], [np.inf], "optimal", "1 not finite"),
        ([1.0], [1.0, 2.0], "optimal", r"one finite number per pair \(1\)"),
        ([1.0], [1.0], "best", "method is 'best'; allowed: optimal, greedy, nearest"),
    ],
)
def test_impossible_input_is_refused(supply, value, method, message):
    with pytest.raises(DataError, match=message):
        allocate(supply, [1.0], find_pairs([[0, 0]], [[1, 0]], 5.0), value, method=method)


@pytest.mark.parametrize("distance", [-1.0, np.nan, 1e18])
def test_an_impossible_distance_is_refused(distance):
    pairs = Pairs(np.array([0, 1]), np.zeros(1, dtype=np.int32), np.array([distance]))
    with pytest.raises(DataError, match="distance that is negative, missing or beyond"):
        allocate([1.0], [1.0], pairs)


def run_python(code, *arguments, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_numba_is_imported_only_when_something_is_solved():
    code = (
        "import sys, kansenkaart.matches.transport.allocate, kansenkaart.matches.match; "
        "print('numba' in sys.modules)"
    )
    assert run_python(code) == "False"


def test_where_numba_cannot_be_imported_the_same_comes_out():
    code = """
import sys
sys.modules["numba"] = None
from kansenkaart.matches.long_range.column_generation import allocate_far
from kansenkaart.matches.transport.allocate import allocate
from kansenkaart.matches.transport.reach import find_pairs
from tests.tries import drawn
pairs = find_pairs([[0, 0], [3, 0]], [[1, 0], [9, 0]], 7.0)
best = allocate([10.0, 10.0], [10.0, 10.0], pairs)
greedy = allocate([10.0, 10.0], [10.0, 10.0], pairs, [4.0, 5.0, 3.0], method="greedy")
far = allocate_far([10.0, 10.0], [10.0, 10.0], [[0, 0], [3, 0]], [[1, 0], [9, 0]], reach_m=7.0)
for found in (best, greedy, far):
    print(found.quantity.tolist(), getattr(found.certificate, "is_optimal", None))
"""
    assert run_python(code).splitlines() == [
        "[10.0, 0.0, 10.0] True",
        "[0.0, 10.0, 0.0] None",
        "[10.0, 0.0, 10.0] True",
    ]


@pytest.mark.parametrize("huge", [1e15, 1e18, 1e21, 1e24])
def test_one_absurd_quantity_takes_nothing_from_the_others(huge):
    pairs = find_pairs([[0, 0], [10, 0]], [[0, 5], [10, 5]], 100.0)
    result = allocate([huge, 50_000.0], [60_000.0, 90_000.0], pairs)
    assert result.objective == pytest.approx(150_000.0)
    assert result.supply_left[0] == pytest.approx(huge)
    assert result.certificate is not None
    assert result.certificate.is_optimal
