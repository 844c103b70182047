"""What holds of every balance: it closes, nothing becomes less sure, order changes nothing, an error shows itself."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.flows.balanced import balance
from tests.tries import SOME


@st.composite
def networks(draw):
    """A network in which every process has a way in and a way out, with flows that close, and their spreads."""
    processes = draw(st.integers(2, 5))
    paths = draw(
        st.lists(
            st.lists(st.integers(0, processes - 1), min_size=1, max_size=4, unique=True),
            min_size=2,
            max_size=6,
        )
    )
    flows = {}
    for path in paths:
        amount = draw(st.integers(1, 500))
        stops = ["", *(f"p{stop}" for stop in path), ""]
        for begin, end in pairwise(stops):
            flows[begin, end] = flows.get((begin, end), 0) + amount
    rows = []
    for number, ((begin, end), amount) in enumerate(flows.items()):
        row = {"flow": f"f{number}", "ends": f"{begin} > {end}"}
        if draw(st.integers(0, 3)):
            row |= {"value": amount * draw(st.floats(0.8, 1.2)), "sd_pct": draw(st.integers(1, 40))}
        rows.append(row)
    return rows


@SOME
@given(networks())
def test_it_closes_and_nothing_becomes_less_sure(rows):
    found = balance(*(dict(row) for row in rows))
    told = found.balances
    processes = {name for one in ("from_process", "to_process") for name in told[one].dropna()}
    for process in processes:
        enters, leaves = told[told["to_process"] == process], told[told["from_process"] == process]
        both = [*enters["reconciled"], *leaves["reconciled"]]
        if not np.isnan(both).any():
            total = enters["reconciled"].sum() - leaves["reconciled"].sum()
            assert abs(total) <= 1e-9 * max(1.0, np.abs(both).sum())
    given_rows = told[told["value"].notna()]
    assert (given_rows["reconciled_sd"] <= given_rows["sd"] * (1 + 1e-9)).all()
    assert (told["reconciled"].notna() == (told["state"] != "unknowable")).all()


@SOME
@given(networks(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows, random):
    one = balance(*(dict(row) for row in rows)).balances.set_index("flow")
    shuffled = list(rows)
    random.shuffle(shuffled)
    other = balance(*(dict(row) for row in shuffled)).balances.set_index("flow").loc[one.index]
    assert one["state"].tolist() == other["state"].tolist()
    for name in ("reconciled", "reconciled_sd"):
        np.testing.assert_allclose(one[name], other[name], rtol=1e-6, atol=1e-6)


@SOME
@given(networks(), st.data())
def test_one_value_that_is_far_off_shows_itself_and_is_among_those_named(rows, data):
    """All fit but one, by fifty of its standard deviations: where anything checks it, it is named."""
    fitting = balance(*(dict(row) for row in rows))
    exact = fitting.balances.set_index("flow")["reconciled"]
    known = [row for row in rows if "value" in row and exact[row["flow"]] > 0]
    assume(known)
    fitted = [{**row, "value": exact[row["flow"]]} if row in known else dict(row) for row in rows]
    assume(all(row.get("value", 1) > 0 for row in fitted))
    wrong = data.draw(st.sampled_from([row["flow"] for row in known]))
    before = balance(*(dict(row) for row in fitted))
    checked = before.balances.set_index("flow").loc[wrong]
    assume(checked["state"] == "checked" and before.tests["chi_square"].iloc[0] < 1e-6)
    assume(checked["reconciled_sd"] < 0.99 * checked["sd"])
    for row in fitted:
        if row["flow"] == wrong:
            # Its own standard deviation stays: a part of a value that is wrong would be wrong with it.
            row["sd"] = row["value"] * row.pop("sd_pct") / 100
            row["value"] += 50 * row["sd"]
    found = balance(*(dict(row) for row in fitted))
    (test,) = found.tests.to_dict("records")
    assert test["chi_square"] > 1
    assert test["verdict"] == "contradictory"
    assert f"{wrong} (goods" in test["candidates"]
    assert np.isnan(test["p_without"]) or test["p_without"] > 0.99


@SOME
@given(networks())
def test_what_closes_is_left_alone_when_it_is_given_back(rows):
    first = balance(*(dict(row) for row in rows))
    closed = first.balances.set_index("flow")["reconciled"]
    assume((closed.dropna() >= 0).all())
    again = balance(*({**row, "value": closed[row["flow"]]} if "value" in row else dict(row) for row in rows))
    np.testing.assert_allclose(
        again.balances["reconciled"], first.balances["reconciled"], rtol=1e-6, atol=1e-6
    )
    assert again.tests["chi_square"].iloc[0] == pytest.approx(0, abs=1e-6)
