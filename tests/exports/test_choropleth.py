"""Classes of the municipalities: round, rising, and every value in one of them."""

from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue, load_style
from kansenkaart.exports.styles.choropleth import Theme, find_main_stream, find_theme, mix, round_bounds

POSITIVE = st.floats(1e-6, 1e12, allow_nan=False)


@given(st.lists(POSITIVE, min_size=1, max_size=60), st.integers(1, 6))
def test_bounds_rise_are_round_and_hold_every_value(values, classes):
    bounds = round_bounds(values, classes)
    assert bounds == sorted(set(bounds))
    assert bounds[0] == 0
    assert len(bounds) <= classes + 1
    assert bounds[-1] >= max(values) * (1 - 1e-12)
    assert all(float(f"{bound:.0e}") == pytest.approx(bound) for bound in bounds)
    assert round_bounds(values[::-1], classes) == bounds


def test_the_top_class_does_not_run_from_little_to_all():
    # shortage of heat per hectare in a province: many small, a few large
    values = [3.0, 5.0, 8.0, 12.0, 18.0, 25.0, 30.0, 40.0, 52.0, 60.0, 90.0, 160.0, 300.0, 690.0]
    bounds = round_bounds(values, 4)
    assert len(bounds) == 5
    assert bounds[-1] / bounds[-2] < 5
    assert all(any(low < one <= high for one in values) for low, high in pairwise(bounds))


@pytest.mark.parametrize(
    ("short", "left", "total"),
    [([1, 1, 0], [0, 0, 9], "short"), ([1, 0, 0], [2, 2, 0], "left"), ([1, 0, 0], [0, 2, 0], "short")],
)
def test_the_side_that_more_municipalities_have_is_shown(short, left, total):
    frame = pd.DataFrame({"co2_short": short, "co2_left": left})
    assert find_theme(frame, "co2") == Theme("co2", total)


def test_nothing_left_or_nothing_known_is_no_theme():
    assert find_theme(pd.DataFrame({"co2_short": [0.0], "co2_left": [None]}), "co2") is None
    assert find_theme(pd.DataFrame({"gft_short": [1.0]}), "co2") is None


def test_the_stream_with_most_rows_is_the_main_one_and_the_catalogue_breaks_ties():
    order = list(load_catalogue().streams)
    first, second = order[0], order[1]
    assert find_main_stream(pd.Series([second, first, second]), order) == second
    assert find_main_stream(pd.Series([second, first]), order) == first
    assert find_main_stream(pd.Series([], dtype="str"), order) is None


def test_a_tint_lies_between_paper_and_the_colour():
    colour = load_style().streams["co2"].colour
    assert mix(colour, "#ffffff", 1.0) == colour
    assert mix(colour, "#ffffff", 0.0) == "#ffffff"
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
