"""The share of a year that supply and demand have in the same month."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kansenkaart.catalogue import load_catalogue
from kansenkaart.matches.price.ways import overlap

PAIRS = arrays(np.float64, (4, 12), elements=st.floats(0, 1e9))


def months(name):
    return np.array([load_catalogue().profiles[name].months])


@pytest.mark.parametrize(
    ("supply", "demand", "low", "high"),
    [
        ("flat", "greenhouse", 0.71, 0.76),
        ("flat", "buildings", 0.715, 0.725),
        ("flat", "flat", 1.0, 1.0),
        ("radiation", "buildings", 0.2, 0.5),
    ],
)
def test_a_year_in_balance_is_not_usable_in_full(supply, demand, low, high):
    """Annual matching of a flat source overstates by a quarter to a third (domain reference, section 5)."""
    assert low <= overlap(months(supply), months(demand))[0] <= high + 1e-12


def test_a_small_source_fits_under_a_large_demand():
    assert overlap(0.01 * months("flat"), months("buildings"))[0] == pytest.approx(1.0)
    assert overlap(months("flat"), 0.01 * months("buildings"))[0] == pytest.approx(1.0)


def test_no_month_in_common_and_nothing_at_all_are_zero():
    half = np.repeat([[1.0, 0.0]], 6, axis=1)
    assert overlap(half, 1.0 - half).tolist() == [0.0]
    assert overlap(np.zeros((1, 12)), half).tolist() == [0.0]


@given(supply=PAIRS, demand=PAIRS)
def test_it_is_a_share_that_both_sides_agree_on(supply, demand):
    share = overlap(supply, demand)
    assert ((share >= 0) & (share <= 1)).all()
    assert np.array_equal(share, overlap(demand, supply))
    assert share == pytest.approx(overlap(supply[:, ::-1], demand[:, ::-1]), rel=1e-12)


@given(supply=PAIRS, demand=PAIRS)
def test_it_is_the_sum_one_would_do_by_hand(supply, demand):
    for one, other, share in zip(supply.tolist(), demand.tolist(), overlap(supply, demand), strict=True):
        smaller = min(sum(one), sum(other))
        by_hand = sum(min(a, b) for a, b in zip(one, other, strict=True)) / smaller if smaller else 0.0
        assert share == pytest.approx(by_hand, rel=1e-9)
