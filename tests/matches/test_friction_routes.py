"""Routes over friction: against a search written here, known detours, and rules that always hold."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.matches.pairs.routes import trace_routes
from tests.matches.route_lines import DETOUR, friction_of, pairs_of, routes

# 1 / cos 22.5 degrees: the worst of eight directions against the straight line
EIGHT = 1.0824


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
