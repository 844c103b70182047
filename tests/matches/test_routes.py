"""Routes over roads: against a search written here, known detours, and rules that always hold."""

from __future__ import annotations

import doctest
import heapq
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.matches.pairs import routes as module
from kansenkaart.matches.pairs.routes import PlacePairs, find_routes, trace_routes
from tests.matches.route_lines import DETOUR, friction_of, pairs_of, roads_of, routes

# --- nothing given


def test_without_roads_or_friction_it_is_straight_times_detour():
    found = routes([(0, 0)], [(3_000, 4_000)])
    assert (found.route_m[0], found.cost_length_m[0]) == (6_250.0, 6_250.0)
    assert (found.basis[0], found.snap_m[0], found.reachable[0]) == ("straight", 0.0, True)


def test_roads_and_friction_together_are_refused():
    with pytest.raises(ValueError, match="not both"):
        routes([(0, 0)], [(1, 1)], roads=roads_of([(0, 0), (1, 1)]), friction=friction_of([[1.0]]))


# --- roads


def test_a_route_is_the_road_plus_the_straight_parts_to_it():
    found = routes([(0, 30)], [(4_000, 3_040)], roads=roads_of([(0, 0), (4_000, 0), (4_000, 3_000)]))
    assert found.route_m[0] == pytest.approx(30 + 4_000 + 3_000 + 40)
    assert found.cost_length_m[0] == found.route_m[0]
    assert (found.basis[0], found.snap_m[0]) == ("road", pytest.approx(70))


def test_places_meet_the_road_at_its_nearest_point_not_at_a_vertex():
    found = routes([(2_000, 100)], [(7_000, -50)], roads=roads_of([(0, 0), (10_000, 0)]))
    assert found.route_m[0] == pytest.approx(100 + 5_000 + 50)


def test_lines_that_cross_without_a_shared_vertex_are_a_bridge():
    over = [(-1_000, 0), (1_000, 0)], [(0, -1_000), (0, 1_000)]
    found = routes([(-900, 0)], [(0, 900)], roads=roads_of(*over))
    assert not found.reachable[0]
    assert np.isnan(found.route_m[0])
    assert np.isnan(found.cost_length_m[0])
    joined = roads_of([(-1_000, 0), (0, 0), (1_000, 0)], [(0, -1_000), (0, 0), (0, 1_000)])
    assert routes([(-900, 0)], [(0, 900)], roads=joined).route_m[0] == pytest.approx(1_800)


def test_roads_run_both_ways():
    """A network knows no direction: one-way traffic is not looked at, and both ways are equally long."""
    network = roads_of([(0, 0), (1_000, 0), (1_000, 1_000), (0, 1_000)])
    there = routes([(0, 10)], [(0, 990)], roads=network, reach_m=1e5)
    back = routes([(0, 990)], [(0, 10)], roads=network, reach_m=1e5)
    # nearer to each other than the way round, so the straight parts decide whether the road is used
    assert there.route_m[0] == back.route_m[0] == pytest.approx(3_020)


def test_a_place_far_from_the_road_keeps_straight_times_detour():
    network = roads_of([(0, 0), (20_000, 0)], snap_m=500)
    found = routes([(0, 501), (0, 500)], [(10_000, 0)], roads=network)
    assert found.basis.tolist() == ["straight", "road"]
    assert found.route_m[0] == pytest.approx(math.hypot(10_000, 501) * DETOUR, abs=1e-3)
    assert found.snap_m.tolist() == [0.0, 500.0]
    assert found.reachable.all()


def test_two_places_nearer_to_each_other_than_to_the_road_keep_straight_times_detour():
    network = roads_of([(0, 0), (20_000, 0)])
    found = routes([(0, 900)], [(100, 900), (9_000, 900)], roads=network)
    assert found.basis.tolist() == ["straight", "road"]
    assert found.route_m[0] == pytest.approx(125)


def test_a_way_beyond_the_cut_off_is_no_way():
    long_way = roads_of([(0, 0), (-14_000, 0), (-14_000, 1_000), (0, 1_000)])
    assert routes([(0, 0)], [(0, 1_000)], roads=long_way, reach_m=10_000).route_m[0] == pytest.approx(29_000)
    assert not routes([(0, 0)], [(0, 1_000)], roads=long_way, reach_m=9_600).reachable[0]


def test_a_network_elsewhere_connects_nobody():
    found = routes([(0, 0)], [(5_000, 0)], roads=roads_of([(900_000, 0), (901_000, 0)]))
    assert (found.basis[0], found.route_m[0]) == ("straight", 6_250.0)


def test_several_places_on_one_edge_and_on_one_point():
    network = roads_of([(0, 0), (10_000, 0)])
    found = routes([(1_000, 0), (1_000, 0), (0, 0)], [(4_000, 0), (1_000, 0), (10_000, 0)], roads=network)
    assert found.route_m.reshape(3, 3).tolist() == [
        [3_000, 0, 9_000],
        [3_000, 0, 9_000],
        [4_000, 1_000, 10_000],
    ]


def _oracle_road(network, supply, demand):
    """Length over the road by a search written apart: places join the ends of their nearest edge."""
    near: dict[int, dict[int, float]] = {i: {} for i in range(len(network.xy))}
    here_s, here_d = -1, -2

    def join(a, b, length):
        near.setdefault(a, {})[b] = min(length, near.get(a, {}).get(b, math.inf))
        near.setdefault(b, {})[a] = min(length, near.get(b, {}).get(a, math.inf))

    for a, b in network.ends.tolist():
        join(a, b, math.dist(network.xy[a], network.xy[b]))
    met = {}
    for name, place in ((here_s, supply), (here_d, demand)):
        best = (math.inf, 0, 0.0)
        for number, (a, b) in enumerate(network.ends.tolist()):
            (ax, ay), (bx, by) = network.xy[a], network.xy[b]
            square = (bx - ax) ** 2 + (by - ay) ** 2
            share = max(0.0, min(1.0, ((place[0] - ax) * (bx - ax) + (place[1] - ay) * (by - ay)) / square))
            off = math.dist(place, (ax + share * (bx - ax), ay + share * (by - ay)))
            best = min(best, (off, number, share))
        met[name] = best
        a, b = network.ends[best[1]].tolist()
        join(name, a, best[2] * math.dist(network.xy[a], network.xy[b]))
        join(name, b, (1 - best[2]) * math.dist(network.xy[a], network.xy[b]))
    if met[here_s][1] == met[here_d][1]:
        a, b = network.ends[met[here_s][1]].tolist()
        join(here_s, here_d, abs(met[here_s][2] - met[here_d][2]) * math.dist(network.xy[a], network.xy[b]))
    best_to, heap = {}, [(0.0, here_s)]
    while heap:
        length, here = heapq.heappop(heap)
        if here in best_to:
            continue
        best_to[here] = length
        for there, step in near[here].items():
            heapq.heappush(heap, (length + step, there))
    return best_to.get(here_d, math.inf), met[here_s][0] + met[here_d][0]


@given(seed=st.integers(0, 2**32 - 1))
def test_lengths_are_those_of_a_search_written_apart(seed):
    random = np.random.default_rng(seed)
    places = [tuple(place) for place in random.integers(0, 10_000, (random.integers(4, 14), 2)).tolist()]
    lines = [tuple(random.permutation(len(places))[:3]) for _ in range(random.integers(2, 9))]
    lines = [[places[i] for i in line] for line in lines]
    if all(len(set(line)) < 2 for line in lines):
        return
    network = roads_of(*lines, snap_m=1e6)
    supply = random.uniform(0, 10_000, (3, 2))
    demand = random.uniform(0, 10_000, (5, 2))
    found = routes(supply, demand, roads=network, reach_m=1e6)
    given_pairs = pairs_of(supply, demand)
    for k, (s, d) in enumerate(zip(given_pairs[2], given_pairs[3], strict=True)):
        road, snap = _oracle_road(network, tuple(supply[s]), tuple(demand[d]))
        if snap >= given_pairs[4][k] * DETOUR:
            assert found.basis[k] == "straight"
        elif math.isinf(road):
            assert not found.reachable[k]
        else:
            assert found.route_m[k] == pytest.approx(road + snap, abs=1e-3)
            assert found.route_m[k] >= given_pairs[4][k]


def _grid_of_roads(random, size=12, spacing=500):
    lines = []
    for i, j in itertools.product(range(size), repeat=2):
        for a, b in ((i + 1, j), (i, j + 1)):
            if a < size and b < size and random.random() < 0.8:
                lines.append([(i * spacing, j * spacing), (a * spacing, b * spacing)])
    return lines


def test_the_order_of_roads_pairs_and_sides_has_no_influence():
    random = np.random.default_rng(7)
    lines = _grid_of_roads(random)
    supply, demand = random.uniform(0, 5_500, (6, 2)), random.uniform(0, 5_500, (40, 2))
    found = routes(supply, demand, roads=roads_of(*lines)).route_m.reshape(6, 40)
    turned = routes(demand, supply, roads=roads_of(*lines[::-1])).route_m.reshape(40, 6)
    np.testing.assert_allclose(found, turned.T, atol=1.1e-4)
    one = routes(supply[2:3], demand[5:6], roads=roads_of(*lines))
    assert one.route_m[0] == pytest.approx(found[2, 5], abs=1.1e-4)


def test_a_drawn_road_route_is_as_long_as_it_says_and_joins_its_places():
    random = np.random.default_rng(3)
    network = roads_of(*_grid_of_roads(random))
    supply, demand = random.uniform(0, 5_500, (5, 2)), random.uniform(0, 5_500, (9, 2))
    given_pairs = pairs_of(supply, demand)
    found = routes(supply, demand, roads=network)
    lines = trace_routes(given_pairs, roads=network, detour=DETOUR, reach_m=100_000.0)
    assert (found.basis == "road").sum() > 30
    for k, line in enumerate(lines):
        if not found.reachable[k]:
            assert line is None
            continue
        assert line.is_valid
        assert line.coords[0] == pytest.approx(supply[given_pairs.s[k]])
        assert line.coords[-1] == pytest.approx(demand[given_pairs.d[k]])
        factor = DETOUR if found.basis[k] == "straight" else 1.0
        assert line.length * factor == pytest.approx(found.route_m[k], abs=1e-3)


def test_a_second_look_finds_ways_far_longer_than_straight():
    """The first sweep stops early; a partner behind a long way round must still be found."""
    across = roads_of([(0, 0), (0, 30_000), (1_000, 30_000), (1_000, 0)])
    assert routes([(0, 0)], [(1_000, 0)], roads=across).route_m[0] == pytest.approx(61_000)


def test_the_example_of_find_routes_is_what_it_says():
    found = doctest.DocTestFinder().find(find_routes, "find_routes", globs=vars(module))
    outcome = doctest.DocTestRunner().run(found[0])
    assert (outcome.failed, outcome.attempted) == (0, 4)


def test_no_pairs_give_no_routes():
    nothing = PlacePairs(*(np.empty((0, 2)),) * 2, *(np.empty(0, dtype=int),) * 2, np.empty(0))
    for over in ({}, {"roads": roads_of([(0, 0), (1, 1)])}, {"friction": friction_of([[1.0]])}):
        assert len(find_routes(nothing, detour=DETOUR, **over).route_m) == 0
        assert len(trace_routes(nothing, detour=DETOUR, **over)) == 0
