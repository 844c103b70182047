"""What must hold for every region: nothing promised twice, nothing lost, nothing decided by chance."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.matches.long_range.column_generation import AffineWorth, allocate_far
from kansenkaart.matches.match import match
from kansenkaart.matches.transport.allocate import allocate
from kansenkaart.matches.transport.reach import find_pairs

REACH_M = 2_000.0

millimetres = st.integers(0, 5_000_000)
quantities = st.one_of(
    st.just(0.0), st.integers(1, 9).map(float), st.floats(1e-6, 1e6), st.decimals(0, 50, places=1).map(float)
)
values = st.sampled_from(
    [None, lambda metres: 1 - 0.9 * metres / REACH_M, np.ones_like, lambda metres: 900 - metres]
)


@st.composite
def layers(draw, role):
    count = draw(st.integers(0, 9))
    x, y = (np.array(draw(st.lists(millimetres, min_size=count, max_size=count))) / 1e3 for _ in range(2))
    names = draw(st.permutations([f"{role}{number}" for number in range(count)]))
    amount = draw(st.lists(quantities, min_size=count, max_size=count))
    frame = {"site_id": pd.Series(names, dtype="str"), "quantity": np.array(amount, dtype=float)}
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y), crs="EPSG:28992")


def shipped(matches, column):
    return matches.groupby(column)["quantity"].sum()


@given(layers("s"), layers("d"), values)
def test_no_supply_or_demand_is_exceeded_in_any_order_of_adding(supply, demand, value):
    matches = match(supply, demand, max_distance_m=REACH_M, value=value).matches
    assert (matches["quantity"] > 0).all()
    for frame, column in ((supply, "supply_id"), (demand, "demand_id")):
        capacity = frame.set_index("site_id")["quantity"]
        for order in (matches, matches.iloc[::-1], matches.sort_values("quantity")):
            sums = shipped(order, column)
            assert (sums <= capacity.loc[sums.index]).all()


@given(layers("s"), layers("d"), values)
def test_delivered_plus_remaining_is_what_was_given(supply, demand, value):
    result = match(supply, demand, max_distance_m=REACH_M, value=value)
    for frame, role in ((supply, "supply"), (demand, "demand")):
        given_ = frame.set_index("site_id")["quantity"].sort_index()
        remaining = result.gaps[result.gaps["role"] == role].set_index("site_id")["remaining"]
        delivered = shipped(result.matches, f"{role}_id").reindex(given_.index, fill_value=0.0)
        assert remaining.index.tolist() == given_.index.tolist()
        assert (remaining >= 0).all()
        np.testing.assert_allclose(delivered + remaining, given_, rtol=1e-9)


@given(layers("s"), layers("d"), values)
def test_the_allocation_is_proven_and_beats_the_simple_ways(supply, demand, value):
    best = match(supply, demand, max_distance_m=REACH_M, value=value)
    assert best.certificate.is_optimal
    for method in ("greedy", "nearest"):
        other = match(supply, demand, max_distance_m=REACH_M, value=value, method=method)
        assert other.objective <= best.objective * (1 + 1e-9)


@given(layers("s"), layers("d"), values, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(supply, demand, value, random):
    def mixed(frame):
        return frame.iloc[random.sample(range(len(frame)), len(frame))]

    for method in ("optimal", "greedy", "nearest"):
        straight = match(supply, demand, max_distance_m=REACH_M, value=value, method=method)
        shuffled = match(mixed(supply), mixed(demand), max_distance_m=REACH_M, value=value, method=method)
        pd.testing.assert_frame_equal(straight.matches, shuffled.matches, check_exact=True)
        pd.testing.assert_frame_equal(straight.gaps, shuffled.gaps, check_exact=True)


@given(layers("s"), layers("d"), values)
def test_moving_everything_by_a_kilometre_changes_nothing(supply, demand, value):
    def moved(frame):
        return frame.set_geometry(frame.translate(1_000.0, 1_000.0))

    here = match(supply, demand, max_distance_m=REACH_M, value=value)
    there = match(moved(supply), moved(demand), max_distance_m=REACH_M, value=value)
    columns = ["supply_id", "demand_id", "quantity", "distance_m"]
    pd.testing.assert_frame_equal(here.matches[columns], there.matches[columns], check_exact=True)
    pd.testing.assert_frame_equal(here.gaps, there.gaps, check_exact=True)


@given(
    millimetres, millimetres, st.integers(1, 400), st.sampled_from([(3, 4), (5, 12), (8, 15), (1, 0), (0, 1)])
)
def test_exactly_at_the_limit_counts_and_a_millimetre_beyond_does_not(x, y, metres, legs):
    here = np.array([[x, y]]) / 1e3
    there = here + np.array([legs]) * metres
    limit = float(np.rint(np.hypot(*legs))) * metres
    assert len(find_pairs(here, there, limit)) == 1
    assert len(find_pairs(here, there, limit - 0.001)) == 0


@st.composite
def places(draw):
    count = draw(st.integers(0, 12))
    return (
        np.array(draw(st.lists(st.tuples(millimetres, millimetres), min_size=count, max_size=count))).reshape(
            -1, 2
        )
        / 1e3
    )


@given(places(), places(), st.integers(0, 8_000_000), st.booleans())
def test_far_and_near_find_and_divide_the_same(supply, demand, reach, with_worth):
    limit = reach / 1e3
    apart = np.hypot(*(demand[None, :, :] - supply[:, None, :]).transpose(2, 0, 1))
    pairs = find_pairs(supply, demand, limit)
    assert len(pairs) == (np.rint(apart * 1e4) <= np.rint(limit * 1e4)).sum()
    have, want = np.arange(1.0, len(supply) + 1), np.arange(len(demand), 0.0, -1)
    classes = np.arange(len(supply)) % 2, np.zeros(len(demand), dtype=np.int64)
    worth = AffineWorth(*classes, np.array([[3.0], [2.0]]), np.array([[0.0], [0.0]])) if with_worth else None
    value = None if worth is None else worth.of(pairs.supply, pairs.demand, pairs.distance_m)
    near = allocate(have, want, pairs, value)
    far = allocate_far(have, want, supply, demand, reach_m=limit, worth=worth)
    assert far.certificate.is_optimal
    assert far.pairs_within_reach == len(pairs)
    assert far.allocation.objective == near.objective
    np.testing.assert_allclose(far.allocation.quantity_distance, near.quantity_distance, rtol=1e-12)
