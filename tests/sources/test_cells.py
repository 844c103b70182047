"""Numbers and texts as Dutch and English files write them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.sources.cells import find_notation, read_numbers, read_texts


def _read(values: list[object], **settings: object):
    return read_numbers(
        pd.Series(values, dtype=object), elsewhere=settings.pop("elsewhere", set()), **settings
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1234,5", 1234.5),
        ("1234.5", 1234.5),
        ("286.231.000", 286_231_000),
        ("286,231,000", 286_231_000),
        ("118,8000025749", 118.8000025749),
        ("0.535", 0.535),
        ("0,535", 0.535),
        ("1 234 567,8", 1_234_567.8),
        ("1\u00a0234", 1234),
        ("-12", -12),
        ("+3", 3),
        ("1.5e6", 1.5e6),
        (" 7 ", 7),
        (7, 7),
        (4.535, 4.535),
    ],
)
def test_a_number_that_tells_its_own_notation(text, value):
    numbers = _read([text])
    assert numbers.values[0] == pytest.approx(value)
    assert not (numbers.faulty | numbers.unknown | numbers.assumed | numbers.undecided).any()


def test_a_doubtful_number_follows_the_other_values_of_its_column():
    assert _read(["4.535", "1.234,5"]).values.tolist() == [4535, 1234.5]
    assert _read(["4.535", "12.25"]).values.tolist() == [4.535, 12.25]
    assert _read(["4,535", "12,25"]).values.tolist() == [4.535, 12.25]
    assert _read(["4,535", "1,234.5"]).values.tolist() == [4535, 1234.5]


def test_a_doubtful_number_in_a_column_that_proves_nothing_is_read_the_dutch_way_and_said():
    numbers = _read(["4.535", "12"])
    assert numbers.values.tolist() == [4535, 12]
    assert numbers.assumed.tolist() == [True, False]


def test_a_doubtful_number_follows_the_other_columns_and_is_said():
    numbers = _read(["4.535"], elsewhere={"point"})
    assert numbers.values.tolist() == [4.535]
    assert numbers.assumed.all()


def test_a_doubtful_number_in_a_column_with_both_notations_is_not_guessed():
    numbers = _read(["4.535", "1,5", "2.5"])
    assert numbers.undecided.tolist() == [True, False, False]
    assert np.isnan(numbers.values[0])
    assert numbers.values[1:].tolist() == [1.5, 2.5]


def test_degrees_are_decimals_and_rd_is_in_thousands_without_a_remark():
    for text in ("4.637", "4,637"):
        numbers = _read([text], settled="decimals")
        assert numbers.values.tolist() == [4.637]
        assert not numbers.assumed.any()
    assert _read(["121.687"], settled="thousands").values.tolist() == [121_687]


@pytest.mark.parametrize("word", [".", "n.a.", "NB", "onbekend", "-", "#N/A", -99997, "-99999999", -99990.0])
def test_words_and_sentinels_that_mean_unknown(word):
    numbers = _read([word])
    assert np.isnan(numbers.values[0])
    assert numbers.unknown.all()
    assert not numbers.faulty.any()


@pytest.mark.parametrize("word", ["veel", "12 ha", "1.2.3", "1e999", "inf", "12;5", "1,23,4", "ja"])
def test_what_is_no_number_is_faulty(word):
    numbers = _read([word])
    assert np.isnan(numbers.values[0])
    assert numbers.faulty.all()


def test_empty_is_neither_zero_nor_faulty():
    numbers = _read([None, "", "  ", np.nan, 0, "0"])
    assert np.isnan(numbers.values[:4]).all()
    assert numbers.values[4:].tolist() == [0, 0]
    assert not (numbers.unknown | numbers.faulty).any()


@given(st.lists(st.floats(-1e5, 1e9, allow_nan=False), min_size=1), st.sampled_from(["comma", "point"]))
def test_a_formatted_column_comes_back_as_it_was(values, mark):
    values = [*values, 1234.56]
    written = [f"{value:,.2f}" for value in values]
    if mark == "comma":
        written = [text.translate(str.maketrans(",.", ".,")) for text in written]
    expected = [round(float(f"{value:.2f}"), 2) for value in values]
    assert _read(written).values.tolist() == [
        value if value > -99_990 else pytest.approx(np.nan, nan_ok=True) for value in expected
    ]
    assert find_notation(pd.Series(written, dtype=object)) == {mark}


@given(st.lists(st.one_of(st.text(), st.floats(), st.integers(-(10**18), 10**18), st.none(), st.booleans())))
def test_no_cell_whatever_breaks_the_reader(values):
    numbers = _read(values)
    assert len(numbers.values) == len(values)
    assert np.isfinite(numbers.values[~np.isnan(numbers.values)]).all()
    assert not (numbers.faulty & ~np.isnan(numbers.values)).any()


def test_texts_keep_leading_zeros_and_lose_stray_blanks_and_false_decimals():
    texts = read_texts(pd.Series(["GM0363  ", "0363", 3.0, 3.5, True, "", None], dtype=object))
    assert texts.tolist()[:5] == ["GM0363", "0363", "3", "3.5", "true"]
    assert texts.isna().tolist() == [False] * 5 + [True] * 2
