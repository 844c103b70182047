"""Column generation against the allocation over all pairs: the same optimum, proven over pairs never stored."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from kansenkaart.errors import DataError
from kansenkaart.matches.long_range import column_generation as long_range
from kansenkaart.matches.long_range.column_generation import AffineWorth, allocate_far
from kansenkaart.matches.transport.allocate import allocate
from kansenkaart.matches.transport.reach import find_pairs
from tests.tries import drawn

SHAPES = [
    "plain",
    "ties",
    "zeros",
    "one place",
    "excess",
    "single",
    "rising",
    "forbidden",
    "no worth",
    "beyond",
]


def draw_region(seed, *, on_a_line):
    """A small region. On a line all distances are whole metres, so objectives are equal exactly or not at all."""
    random = np.random.default_rng(seed)
    shape = SHAPES[seed % len(SHAPES)]
    n, m = int(random.integers(1, 14)), int(random.integers(1, 30))
    if shape == "single":
        n, m = (1, m) if seed % 20 < 10 else (n, 1)
    here, there = random.uniform(0, 9_000, (n, 2)), random.uniform(0, 9_000, (m, 2))
    if on_a_line:
        here, there = (np.round(side) * [1.0, 0.0] for side in (here, there))
    if shape == "one place":
        here[:], there[:] = 5.0, 5.0
    if shape == "ties":
        here, there = np.round(here, -3), np.round(there, -3)
    supply, demand = random.integers(1, 20, n).astype(float), random.integers(1, 9, m).astype(float)
    if shape == "zeros":
        supply, demand = supply * random.integers(0, 2, n), demand * random.integers(0, 2, m)
    if shape == "excess":
        supply *= 50
    fixed = random.integers(1, 60, (2, 3)).astype(float)
    per_m = (
        random.integers(-2, 8, (2, 3)) / 1024 if shape == "rising" else random.integers(0, 8, (2, 3)) / 1024
    )
    if shape == "forbidden":
        fixed[random.random((2, 3)) < 0.5] = np.nan
    worth = AffineWorth(random.integers(0, 2, n), random.integers(0, 3, m), fixed, per_m)
    reach = 700.0 if shape == "beyond" else float(random.integers(2_000, 12_000))
    return supply, demand, here, there, reach, None if shape == "no worth" else worth


def solve_at_once(supply, demand, here, there, reach, worth):
    pairs = find_pairs(here, there, reach)
    if worth is None:
        return allocate(supply, demand, pairs)
    value = worth.of(pairs.supply, pairs.demand, pairs.distance_m)
    kept = pairs.keep(~np.isnan(value))
    return allocate(supply, demand, kept, value[~np.isnan(value)])


def solve_far(supply, demand, here, there, reach, worth, **limits):
    return allocate_far(supply, demand, here, there, reach_m=reach, worth=worth, **limits)


def in_units(proof):
    """Objective and distance in the units given, without rounding: both scales are powers of two."""
    value = Fraction(proof.primal) / Fraction(proof.quantity_scale) / Fraction(proof.value_scale)
    return value, Fraction(proof.tie_primal) / Fraction(proof.quantity_scale)


@pytest.mark.parametrize("start", [1, 3, 64])
@drawn("first", 400, first=1, step=100)
def test_it_reaches_the_same_integers_as_all_pairs_at_once(first, start, monkeypatch):
    monkeypatch.setattr(long_range, "_START", start)
    monkeypatch.setattr(long_range, "_JOIN", 2)
    for seed in range(first, first + 100):
        region = draw_region(seed, on_a_line=True)
        far, whole = solve_far(*region), solve_at_once(*region)
        assert far.certificate.is_optimal, seed
        assert (far.limit_hit, far.gap) == (False, 0.0), seed
        assert far.certificate.pairs == far.pairs_within_reach == len(find_pairs(*region[2:4], region[4])), (
            seed
        )
        assert in_units(far.certificate) == in_units(whole.certificate), seed


@drawn("first", 200, first=1, step=100)
def test_with_any_distances_it_reaches_the_optimum_too(first, monkeypatch):
    monkeypatch.setattr(long_range, "_START", 2)
    monkeypatch.setattr(long_range, "_JOIN", 1)
    for seed in range(first, first + 100):
        region = draw_region(seed, on_a_line=False)
        far, whole = solve_far(*region), solve_at_once(*region)
        assert far.certificate.is_optimal, seed
        assert far.pairs_within_reach == len(find_pairs(*region[2:4], region[4])), seed
        assert far.allocation.objective == pytest.approx(whole.objective, rel=1e-12), seed
        if region[5] is None:
            assert far.allocation.quantity_distance == pytest.approx(whole.quantity_distance, rel=1e-12), seed


def clustered(random, count):
    towns = random.uniform(0, 60_000, (8, 2))
    return towns[random.integers(0, 8, count)] + random.normal(0, 2_000, (count, 2))


@pytest.mark.parametrize("with_worth", [True, False])
def test_a_region_keeps_a_small_part_of_its_pairs(with_worth):
    random = np.random.default_rng(3)
    here, there = clustered(random, 150), clustered(random, 900)
    supply, demand = random.lognormal(3, 1, 150), random.lognormal(1, 1, 900)
    classes = np.zeros(150, np.int64), np.zeros(900, np.int64)
    worth = AffineWorth(*classes, np.array([[1.0]]), np.array([[0.9 / 40_000]])) if with_worth else None
    far = solve_far(supply, demand, here, there, 40_000.0, worth)
    whole = solve_at_once(supply, demand, here, there, 40_000.0, worth)
    assert far.certificate.is_optimal
    assert far.rounds > 1
    assert len(far.pairs) < far.pairs_within_reach / 3
    assert far.allocation.objective == pytest.approx(whole.objective, rel=1e-12)
    assert far.allocation.quantity_distance == pytest.approx(whole.quantity_distance, rel=1e-9)
    delivered = np.bincount(far.pairs.supply, far.quantity, 150)
    assert (delivered <= supply).all()
    assert (np.bincount(far.pairs.demand, far.quantity, 900) <= demand).all()


def test_out_of_time_it_gives_the_best_so_far_with_a_gap_that_holds(monkeypatch):
    monkeypatch.setattr(long_range, "_START", 1)
    random = np.random.default_rng(5)
    here, there = clustered(random, 60), clustered(random, 200)
    supply, demand = random.lognormal(3, 1, 60), random.lognormal(2, 1, 200)
    worth = AffineWorth(
        np.zeros(60, np.int64), np.zeros(200, np.int64), np.ones((1, 1)), np.full((1, 1), 1e-5)
    )
    stopped = solve_far(supply, demand, here, there, 50_000.0, worth, time_limit_s=0.0)
    best = solve_far(supply, demand, here, there, 50_000.0, worth)
    assert stopped.limit_hit
    assert stopped.rounds == 1
    assert not stopped.certificate.is_optimal
    assert stopped.certificate.is_feasible
    assert 0 < stopped.gap < 1
    assert stopped.allocation.objective < best.allocation.objective
    assert best.allocation.objective <= stopped.allocation.objective / (1 - stopped.gap) * (1 + 1e-12)


@pytest.mark.parametrize(("y", "count"), [(4_000.0, 1), (4_000.001, 0)])
def test_a_pair_exactly_at_the_reach_counts_and_a_millimetre_beyond_does_not(y, count):
    far = allocate_far([2.0], [3.0], [[0.0, 0.0]], [[3_000.0, y]], reach_m=5_000.0)
    assert far.pairs_within_reach == count
    assert far.quantity.sum() == 2.0 * count


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_leaves_everything(n, m):
    far = allocate_far(np.ones(n), np.ones(m), np.zeros((n, 2)), np.zeros((m, 2)), reach_m=10.0)
    assert far.pairs_within_reach == 0
    assert far.allocation.supply_left.tolist() == [1.0] * n


def test_impossible_input_is_refused():
    def ask(supply=(1.0,), fixed=1.0, classes=(0,)):
        worth = AffineWorth(np.array(classes), np.array([0]), np.array([[fixed]]), np.array([[0.0]]))
        return allocate_far(list(supply), [1.0], [[0, 0]], [[1, 0]], reach_m=5.0, worth=worth)

    assert ask().quantity.tolist() == [1.0]
    assert ask(fixed=np.nan).quantity.sum() == 0.0
    for supply in ([np.nan], [np.inf], [-1.0]):
        with pytest.raises(DataError, match="finite quantities of 0 or more"):
            ask(supply=supply)
    for fault in ({"fixed": np.inf}, {"classes": (1,)}, {"classes": (0, 0)}, {"classes": (-1,)}):
        with pytest.raises(DataError, match="one class per site"):
            ask(**fault)
    assert ask(supply=[1e15]).quantity.tolist() == [1.0]
