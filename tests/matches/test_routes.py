"""Routes over roads and over friction: against a search written here, known detours, and rules that always hold."""

from __future__ import annotations

import doctest
import heapq
import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.matches.pairs import routes as module
from kansenkaart.matches.pairs.routes import PlacePairs, Routes, find_routes, trace_routes
from kansenkaart.tables.surroundings import Friction, Roads

DETOUR = 1.25
# 1 / cos 22.5 degrees: the worst of eight directions against the straight line
EIGHT = 1.0824


def roads_of(*lines, snap_m=1_000.0):
    """Network of lines, each a list of (x, y)."""
    vertices = sorted({place for line in lines for place in line})
    number = {place: i for i, place in enumerate(vertices)}
    ends = {
        tuple(sorted((number[a], number[b]))) for line in lines for a, b in itertools.pairwise(line) if a != b
    }
    return Roads(np.array(vertices, dtype=float), np.array(sorted(ends)), snap_m)


def friction_of(rows, cell_m=100.0):
    """Friction with its lower left corner at the origin; None is impassable."""
    factor = np.array([[np.nan if cell is None else cell for cell in row] for row in rows], dtype=np.float32)
    return Friction(factor, (cell_m, 0.0, 0.0, 0.0, -cell_m, cell_m * len(rows)))


def routes(supply, demand, *, reach_m=100_000.0, **over) -> Routes:
    """Routes of every supply to every demand."""
    return find_routes(pairs_of(supply, demand), detour=DETOUR, reach_m=reach_m, **over)


def pairs_of(supply, demand):
    supply, demand = np.array(supply, dtype=float), np.array(demand, dtype=float)
    s, d = np.divmod(np.arange(len(supply) * len(demand)), len(demand))
    step = supply[s] - demand[d]
    return PlacePairs(supply, demand, s, d, np.round(np.hypot(step[:, 0], step[:, 1]), 4))


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


# --- friction


def test_open_field_is_the_straight_distance():
    supply, demand = [(150, 250)], [(2_960, 1_910)]
    found = routes(supply, demand, friction=friction_of(np.ones((40, 40))))
    straight = math.dist(supply[0], demand[0])
    assert found.route_m[0] == found.cost_length_m[0] == pytest.approx(straight, abs=1e-3)
    assert (found.basis[0], found.snap_m[0]) == ("friction", 0.0)


@given(seed=st.integers(0, 2**32 - 1))
def test_ways_in_eight_directions_stay_within_their_bound(seed):
    """A dear cell halfway shuts out the straight line: the way is at most 8.24 % and four half diagonals longer,
    and two diagonals round that cell."""
    random = np.random.default_rng(seed)
    supply, demand = random.uniform(0, 5_000, (1, 2)), random.uniform(0, 5_000, (1, 2))
    rows = np.ones((50, 50))
    middle = (supply[0] + demand[0]) / 2
    rows[49 - int(middle[1] // 100), int(middle[0] // 100)] = 50.0
    found = routes(supply, demand, friction=friction_of(rows))
    straight = math.dist(supply[0], demand[0])
    assert straight - 1e-3 <= found.route_m[0]
    if straight > 600:
        assert found.route_m[0] <= straight * EIGHT + 4 * 100 * math.sqrt(2)


def test_a_wall_costs_the_way_round_through_its_gap():
    """Wall in column 5, gap in the lowest row: down to the gap and up again, ten rows and five columns each."""
    rows = np.ones((11, 11))
    rows[:10, 5] = np.nan
    found = routes([(50, 1_050)], [(1_050, 1_050)], friction=friction_of(rows))
    assert found.route_m[0] == pytest.approx(2 * (5 * math.sqrt(2) + 5) * 100, abs=1e-3)
    assert found.cost_length_m[0] == found.route_m[0]


def test_a_closed_wall_makes_a_partner_unreachable():
    rows = np.ones((11, 11))
    rows[:, 5] = np.nan
    found = routes([(50, 50)], [(350, 950), (1_050, 50)], friction=friction_of(rows))
    assert found.reachable.tolist() == [True, False]
    assert np.isnan(found.route_m[1])
    lines = trace_routes(
        pairs_of([(50, 50)], [(350, 950), (1_050, 50)]),
        friction=friction_of(rows),
        detour=DETOUR,
        reach_m=1e5,
    )
    assert lines[0] is not None
    assert lines[1] is None


def test_a_wall_of_cells_that_touch_at_their_corners_has_no_holes():
    rows = np.ones((12, 12))
    np.fill_diagonal(rows, np.nan)
    assert not routes([(50, 50)], [(1_150, 1_150)], friction=friction_of(rows)).reachable[0]


def test_a_dear_band_costs_the_same_along_the_axes_and_across():
    """A canal of factor 11: crossed straight on it costs its width ten times more, crossed at an angle not less."""
    upright = np.ones((31, 31))
    upright[:, 15] = 11.0
    found = routes([(50, 1_550)], [(3_050, 1_550)], friction=friction_of(upright))
    assert found.cost_length_m[0] == pytest.approx(3_000 + 10 * 100, rel=1e-6)
    assert found.route_m[0] == pytest.approx(3_000, rel=1e-6)
    sloped = np.ones((30, 30))
    np.fill_diagonal(sloped, 11.0)
    found = routes([(50, 50)], [(2_950, 2_950)], friction=friction_of(sloped))
    # a canal of cells that touch at their corners is 71 m wide
    assert found.cost_length_m[0] == pytest.approx(2_900 * math.sqrt(2) + 10 * 100 / math.sqrt(2), rel=1e-6)


def test_a_way_round_is_taken_when_it_is_cheaper():
    rows = np.ones((21, 21))
    rows[5:, 10] = 30.0
    found = routes([(550, 1_050)], [(1_550, 1_050)], friction=friction_of(rows))
    assert found.route_m[0] > 1_300
    assert found.cost_length_m[0] == pytest.approx(found.route_m[0])
    cheap = np.where(rows > 1, 1.5, 1.0)
    straight_on = routes([(550, 1_050)], [(1_550, 1_050)], friction=friction_of(cheap))
    assert straight_on.route_m[0] == pytest.approx(1_000, abs=1e-3)
    assert straight_on.cost_length_m[0] == pytest.approx(1_050, abs=1e-3)


def test_the_legs_to_the_middle_of_a_cell_cost_what_their_cell_costs():
    rows = np.ones((1, 9))
    rows[0, 0], rows[0, 8] = 3.0, 5.0
    found = routes([(10, 50)], [(880, 50)], friction=friction_of(rows))
    between = (3 + 1) / 2 + 6 + (1 + 5) / 2
    assert found.cost_length_m[0] == pytest.approx(40 * 3 + between * 100 + 30 * 5, abs=1e-3)
    assert found.route_m[0] == pytest.approx(40 + 800 + 30, abs=1e-3)


def test_the_factor_of_the_whole_field_multiplies_cost_and_not_length():
    found = routes([(150, 250)], [(2_960, 1_910)], friction=friction_of(np.full((40, 40), 2.5)))
    assert found.cost_length_m[0] == pytest.approx(2.5 * found.route_m[0], abs=1e-3)


def test_a_place_outside_the_raster_keeps_straight_times_detour():
    found = routes([(-10, 500), (10, 500)], [(900, 500)], friction=friction_of(np.ones((10, 10))))
    assert found.basis.tolist() == ["straight", "friction"]
    assert found.route_m[0] == pytest.approx(910 * DETOUR)


def test_a_place_on_an_impassable_cell_starts_from_the_nearest_passable_one():
    rows = np.ones((20, 20))
    rows[:, :3] = np.nan
    found = routes([(250, 1_050)], [(1_950, 1_050)], friction=friction_of(rows))
    assert found.route_m[0] == pytest.approx(1_700, abs=1e-3)
    assert found.snap_m[0] == pytest.approx(100)
    enclosed = np.ones((20, 20))
    enclosed[:, :14] = np.nan
    found = routes([(250, 1_050)], [(1_950, 1_050)], friction=friction_of(enclosed))
    assert not found.reachable[0]
    assert found.basis[0] == "friction"


def test_a_way_that_costs_more_than_the_cut_off_is_no_way():
    over = friction_of(np.full((12, 12), 11.0))
    assert not routes([(50, 50)], [(1_050, 50)], friction=over, reach_m=1_000.0).reachable[0]
    assert routes([(50, 50)], [(1_050, 50)], friction=over, reach_m=1_200.0).reachable[0]


def _oracle_friction(factor, start, end):
    """Cost in cells between the middles of two cells, by relaxing every step until nothing changes."""
    rows, columns = factor.shape
    cost = np.full(factor.shape, np.inf)
    cost[start] = 0.0
    changed = True
    while changed:
        changed = False
        for r, c, dr, dc in itertools.product(range(rows), range(columns), (-1, 0, 1), (-1, 0, 1)):
            i, j = r + dr, c + dc
            if (dr, dc) == (0, 0) or not (0 <= i < rows and 0 <= j < columns) or np.isinf(cost[i, j]):
                continue
            step = (factor[r, c] + factor[i, j]) / 2
            if dr and dc:
                beside = [cell for cell in (factor[r, j], factor[i, c]) if not np.isnan(cell)]
                step = math.sqrt(2) * max(step, step / 2 + min(beside) / 2) if beside else np.nan
            if cost[i, j] + step < cost[r, c] - 1e-12:  # never true where a factor is missing
                cost[r, c] = cost[i, j] + step
                changed = True
    return cost[end]


@given(seed=st.integers(0, 2**32 - 1))
def test_costs_are_those_of_a_search_written_apart(seed):
    random = np.random.default_rng(seed)
    factor = random.choice([1.0, 1.0, 3.0, 10.0, np.nan], (8, 9))
    cells = np.argwhere(~np.isnan(factor))
    if len(cells) < 3:
        return
    start, *ends = [tuple(cell) for cell in cells[random.permutation(len(cells))[:4]].tolist()]
    middle = [((c + 0.5) * 100, (8 - r - 0.5) * 100) for r, c in (start, *ends)]
    found = routes(middle[:1], middle[1:], friction=friction_of(factor), reach_m=1e6)
    for k, end in enumerate(ends):
        expected = _oracle_friction(factor, start, end) * 100
        straight = math.dist(middle[0], middle[k + 1])
        if math.isinf(expected):
            assert not found.reachable[k]
        elif found.cost_length_m[k] != pytest.approx(expected, abs=1e-3):
            # the straight line over one factor is the only way that may be cheaper
            assert found.cost_length_m[k] < expected
            assert found.route_m[k] == pytest.approx(straight, abs=1e-3)
            assert found.cost_length_m[k] / straight == pytest.approx(factor[start])
        assert not found.reachable[k] or found.route_m[k] >= straight - 1e-3


def test_a_drawn_pipe_is_as_long_as_it_says_and_stays_off_impassable_ground():
    random = np.random.default_rng(11)
    factor = random.choice([1.0, 1.0, 1.0, 5.0, np.nan], (60, 60))
    over = friction_of(factor)
    cells = np.argwhere(~np.isnan(factor))
    places = np.column_stack([(cells[:, 1] + 0.3) * 100, (60 - cells[:, 0] - 0.6) * 100])
    supply, demand = places[:: len(places) // 4][:4], places[7 :: len(places) // 9][:9]
    given_pairs = pairs_of(supply, demand)
    found = routes(supply, demand, friction=over)
    lines = trace_routes(given_pairs, friction=over, detour=DETOUR, reach_m=100_000.0)
    assert found.reachable.sum() > 20
    for k in np.flatnonzero(found.reachable):
        assert lines[k].length == pytest.approx(found.route_m[k], abs=1e-3)
        assert lines[k].coords[0] == pytest.approx(supply[given_pairs.s[k]])
        assert lines[k].coords[-1] == pytest.approx(demand[given_pairs.d[k]])
        inner = over.to_cells(shapely.get_coordinates(lines[k])).astype(int)
        assert not np.isnan(factor[inner[:, 0], inner[:, 1]]).any()


def test_the_order_of_pairs_and_sides_has_no_influence_on_friction():
    random = np.random.default_rng(5)
    over = friction_of(random.choice([1.0, 2.0, 7.0], (40, 40)))
    supply, demand = random.uniform(0, 4_000, (3, 2)), random.uniform(0, 4_000, (12, 2))
    found = routes(supply, demand, friction=over).cost_length_m.reshape(3, 12)
    turned = routes(demand[::-1], supply, friction=over).cost_length_m.reshape(12, 3)[::-1]
    np.testing.assert_allclose(found, turned.T, atol=1.1e-4)
    assert routes(supply[1:2], demand[4:5], friction=over).cost_length_m[0] == pytest.approx(
        found[1, 4], abs=1.1e-4
    )


def test_the_example_of_find_routes_is_what_it_says():
    found = doctest.DocTestFinder().find(find_routes, "find_routes", globs=vars(module))
    outcome = doctest.DocTestRunner().run(found[0])
    assert (outcome.failed, outcome.attempted) == (0, 4)


def test_no_pairs_give_no_routes():
    nothing = PlacePairs(*(np.empty((0, 2)),) * 2, *(np.empty(0, dtype=int),) * 2, np.empty(0))
    for over in ({}, {"roads": roads_of([(0, 0), (1, 1)])}, {"friction": friction_of([[1.0]])}):
        assert len(find_routes(nothing, detour=DETOUR, **over).route_m) == 0
        assert len(trace_routes(nothing, detour=DETOUR, **over)) == 0
