"""Candidate pairs against brute force, at the rim, and where grids usually break."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from kansenkaart.errors import DataError
from kansenkaart.matches.transport.reach import Pairs, find_pairs, find_polygon_pairs


def brute_force(supply, demand, limit):
    """All distances at once, rounded to 0.1 mm, as a sorted list of (supply, distance, demand)."""
    offset = demand[None, :, :] - supply[:, None, :]
    steps = np.rint(np.hypot(offset[..., 0], offset[..., 1]) * 1e4)
    rows, columns = np.nonzero(steps <= np.rint(np.broadcast_to(limit, len(supply)) * 1e4)[:, None])
    return sorted((int(i), float(steps[i, j] / 1e4), int(j)) for i, j in zip(rows, columns, strict=True))


def listed(pairs: Pairs):
    return [
        (int(i), float(d), int(j))
        for i, d, j in zip(pairs.supply, pairs.distance_m, pairs.demand, strict=True)
    ]


def clustered(count, random, *, side=50_000.0):
    towns = random.uniform(0, side, (5, 2))
    return np.round(towns[random.integers(0, 5, count)] + random.normal(0, 1_500, (count, 2)), 3)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("limit", [0.5, 700.0, 5_000.0, 1e9])
def test_finds_what_brute_force_finds_in_the_stated_order(seed, limit):
    random = np.random.default_rng(seed)
    supply, demand = clustered(40, random), clustered(90, random)
    assert listed(find_pairs(supply, demand, limit)) == brute_force(supply, demand, limit)


@pytest.mark.parametrize("seed", range(4))
def test_a_lattice_full_of_pairs_at_the_rim_gives_what_brute_force_gives(seed):
    random = np.random.default_rng(seed)
    supply, demand = (random.integers(-40, 60, (count, 2)) * 100.0 for count in (60, 400))
    limit = random.choice([0.0, 500.0, 1_300.0, 1_700.0, 2_500.0], 60)
    expected = brute_force(supply, demand, limit)
    assert sum(distance == limit[i] for i, distance, _ in expected) >= 20
    assert listed(find_pairs(supply, demand, limit)) == expected


def test_supplies_all_around_the_demands_find_theirs_only():
    random = np.random.default_rng(8)
    supply, demand = (np.round(random.uniform(-r, r, (n, 2)), 3) for r, n in ((9_000, 400), (1_000, 80)))
    limit = np.where(np.arange(400) % 7 == 0, 3_000.0, 250.0)
    assert listed(find_pairs(supply, demand, limit)) == brute_force(supply, demand, limit)


def test_a_town_where_all_lie_at_one_distance_is_sorted_too():
    around = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    demand = np.round(1_000 * np.column_stack([np.cos(around), np.sin(around)]), 4)
    supply = np.zeros((3, 2))
    assert listed(find_pairs(supply, demand, 1_000.5)) == brute_force(supply, demand, 1_000.5)


def test_agrees_with_a_k_d_tree_on_a_larger_region():
    random = np.random.default_rng(7)
    supply, demand = clustered(500, random), clustered(3_000, random)
    pairs = find_pairs(supply, demand, 2_000.0)
    found = cKDTree(supply).sparse_distance_matrix(cKDTree(demand), 2_000.0, output_type="coo_matrix")
    assert set(zip(pairs.supply, pairs.demand, strict=True)) == set(zip(found.row, found.col, strict=True))
    assert len(pairs) == found.nnz > 5_000


def test_a_limit_per_supply_holds_for_that_supply_only():
    random = np.random.default_rng(3)
    supply, demand = clustered(60, random), clustered(80, random)
    limit = random.uniform(0, 8_000, 60)
    assert listed(find_pairs(supply, demand, limit)) == brute_force(supply, demand, limit)


@pytest.mark.parametrize("shift", [0.0, 1_000.0, 487_321.123])
def test_a_pair_exactly_at_the_limit_counts_and_a_millimetre_beyond_does_not(shift):
    supply = np.array([[0.0, 0.0]]) + shift
    demand = np.array([[3_000.0, 4_000.0], [3_000.0, 4_000.001], [5_000.0, 0.0], [0.0, -5_000.001]]) + shift
    pairs = find_pairs(supply, demand, 5_000.0)
    assert pairs.demand.tolist() == [0, 2]
    assert pairs.distance_m.tolist() == [5_000.0, 5_000.0]


def test_moving_everything_by_a_kilometre_changes_no_distance():
    random = np.random.default_rng(5)
    supply, demand = clustered(300, random) + 1e5, clustered(700, random) + 4e5 - 3e5
    here = find_pairs(supply, demand, 5_000.0)
    there = find_pairs(supply + 1_000.0, demand + 1_000.0, 5_000.0)
    assert len(here) > 5_000
    np.testing.assert_array_equal(here.demand, there.demand)
    np.testing.assert_array_equal(here.distance_m, there.distance_m)


@pytest.mark.parametrize("shift", [1_000.0, 155_000.0, 463_000.0])
def test_distances_halfway_between_two_steps_do_not_depend_on_the_origin(shift):
    x = np.arange(2_000) * 0.1 + 0.00005
    supply, demand = np.zeros((1, 2)), np.column_stack([x, np.zeros(2_000)])
    here, there = find_pairs(supply, demand, 500.0), find_pairs(supply + shift, demand + shift, 500.0)
    np.testing.assert_array_equal(here.distance_m, there.distance_m)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_an_empty_side_gives_no_pairs(n, m):
    pairs = find_pairs(np.zeros((n, 2)), np.zeros((m, 2)), 100.0)
    assert len(pairs) == 0
    assert pairs.indptr.tolist() == [0] * (n + 1)


def test_sites_at_one_place_and_a_limit_of_zero():
    pairs = find_pairs(np.zeros((2, 2)), np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0]]), 0.0)
    assert listed(pairs) == [(0, 0.0, 0), (0, 0.0, 1), (1, 0.0, 0), (1, 0.0, 1)]


def test_one_far_site_and_a_tiny_limit_change_nothing():
    random = np.random.default_rng(2)
    places = random.uniform(0, 1e5, (20_000, 2))
    places[0] = 3e7, -3e7
    near, tiny = find_pairs(places, places, 100.0), find_pairs(places, places, 0.001)
    assert len(near) > 20_000
    assert tiny.demand.tolist() == list(range(20_000))


def test_keep_drops_pairs_and_nothing_else():
    pairs = find_pairs(np.zeros((3, 2)), np.array([[1.0, 0.0], [2.0, 0.0]]), 5.0)
    kept = pairs.keep(np.array([True, False, False, False, True, True]))
    assert listed(kept) == [(0, 1.0, 0), (2, 1.0, 0), (2, 2.0, 1)]


def test_polygons_count_by_their_edges_like_brute_force():
    random = np.random.default_rng(9)
    centres = clustered(60, random, side=9_000.0)
    fields = shapely.box(*(centres[:40] - 150).T, *(centres[:40] + random.uniform(10, 400, (40, 2))).T)
    places = np.concatenate(
        [shapely.points(centres[40:50]), shapely.buffer(shapely.points(centres[50:]), 300)]
    )
    limit = random.uniform(0, 2_500, len(fields))
    steps = np.rint(shapely.distance(fields[:, None], places[None, :]) * 1e4)
    expected = sorted(
        (int(i), steps[i, j] / 1e4, int(j)) for i, j in np.argwhere(steps <= np.rint(limit * 1e4)[:, None])
    )
    assert listed(find_polygon_pairs(fields, places, limit)) == expected
    assert any(distance == 0 for _, distance, _ in expected)


def test_a_polygon_edge_exactly_at_the_limit_counts():
    field = shapely.box(0, 0, 100, 100)
    others = shapely.box([200, 200.001], [0, 0], [300, 300], [100, 100])
    assert find_polygon_pairs([field], others, 100.0).demand.tolist() == [0]
    assert find_polygon_pairs([], others, 100.0).indptr.tolist() == [0]
    assert len(find_polygon_pairs([field], [], 100.0)) == 0


def test_points_given_as_geometries_equal_points_given_as_coordinates():
    random = np.random.default_rng(4)
    supply, demand = clustered(50, random), clustered(60, random)
    by_geometry = find_polygon_pairs(shapely.points(supply), shapely.points(demand), 4_000.0)
    assert listed(by_geometry) == listed(find_pairs(supply, demand, 4_000.0))


def test_impossible_input_is_refused_with_its_place():
    with pytest.raises(DataError, match=r"demand: coordinates of rows 1 are missing"):
        find_pairs([[0, 0]], [[0, 0], [np.nan, 1]], 10.0)
    with pytest.raises(DataError, match=r"max_distance_m is -1.0; allowed: 0 or more"):
        find_pairs([[0, 0], [0, 0]], [[0, 0]], np.array([3.0, -1.0]))
    with pytest.raises(DataError, match="cannot be metres on Earth"):
        find_pairs([[0, 0]], [[1e18, 0]], 10.0)
    with pytest.raises(DataError, match="4 pairs lie within the distance limit; allowed: 3"):
        find_pairs(np.zeros((2, 2)), np.zeros((2, 2)), 10.0, most=3)
    with pytest.raises(DataError, match="allowed: 3"):
        find_polygon_pairs(shapely.points(np.zeros((2, 2))), shapely.points(np.zeros((2, 2))), 10.0, most=3)
