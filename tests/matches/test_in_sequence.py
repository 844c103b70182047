"""Linked streams that are too large to solve at once: nothing is exceeded, and the outcome says how it came about."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.catalogue import load_catalogue
from kansenkaart.matches.program import stage as model
from kansenkaart.matches.program.stage import Conversion, Coupling, Ledger, Term
from kansenkaart.matches.solve.linked import run_in_sequence, run_linked
from kansenkaart.matches.solve.problem import Group, Plan, Problem

STREAMS = load_catalogue().streams
NEAR = 1e-9


def problem(stream, supply, demand, could=None):
    """Return a problem with every pair of its sides, one kilometre apart."""
    n, m = len(supply), len(demand)
    pairs = pd.DataFrame(
        {
            "s": np.repeat(np.arange(n), m),
            "d": np.tile(np.arange(m), n),
            "distance_m": np.full(n * m, 1000.0),
            "weight_m": np.full(n * m, 1000.0),
            "network": -1,
        }
    )
    own = np.asarray(supply, dtype=float)
    return Problem(
        STREAMS[stream],
        [],
        pairs,
        own[:, None],
        np.asarray(demand, dtype=float)[:, None],
        own if could is None else np.asarray(could, dtype=float),
        "quantity",
    )


def plans(group):
    return [
        Plan(np.zeros(len(one.pairs), dtype=np.int64), np.full(len(one.pairs), np.nan))
        for one in group.problems
    ]


def at(one, quantity, side, position):
    ends = one.s if side == "supply" else one.d
    return float(quantity[ends == position].sum())


amounts = st.lists(st.floats(0.0, 100.0), min_size=1, max_size=4)


@given(gft=amounts, intake=amounts, fields=amounts, part=st.floats(0.0, 2.0), budget=st.floats(0.0, 200.0))
def test_nothing_is_exceeded(gft, intake, fields, part, budget):
    feed = problem("gft", gft, intake)
    product = problem("compost", [0.0] * len(intake), fields, could=[part * one for one in intake])
    conversions = tuple(Conversion(0, n, 1, n, part) for n in range(len(intake)))
    ledger = Ledger((Term(0, "supply", 0, 1.0), Term(1, "demand", 0, 2.0)), budget)
    group = Group((feed, product), conversions, (ledger,))
    outcome = run_in_sequence(group, plans(group))
    first, second = outcome.quantity
    for one, quantity in ((feed, first), (product, second)):
        for position, most in enumerate(one.demand[:, 0]):
            assert at(one, quantity, "demand", position) <= most * (1 + NEAR) + NEAR
    for position in range(len(intake)):
        received = at(feed, first, "demand", position)
        assert at(product, second, "supply", position) <= part * received * (1 + NEAR) + NEAR
    drawn = at(feed, first, "supply", 0) + 2.0 * at(product, second, "demand", 0)
    assert drawn <= budget * (1 + NEAR) + NEAR
    assert (outcome.method, outcome.certified, outcome.limit_hit) == ("in sequence", False, True)
    assert np.isnan(outcome.gap)


def test_no_connection_below_the_smallest_lot():
    months = problem("restwarmte_ht", [40.0, 5.0], [45.0])
    twelve = replace(
        months,
        supply=np.repeat(months.supply / 12, 12, axis=1),
        demand=np.repeat(months.demand / 12, 12, axis=1),
        min_lot=10.0,
    )
    group = Group((twelve,))
    assert run_in_sequence(group, plans(group)).quantity[0].sum(axis=1).tolist() == [pytest.approx(40.0), 0.0]


@pytest.mark.parametrize("co2", [0.0, 30.0, 100.0])
def test_heat_that_needs_co2_keeps_step_with_it(co2):
    heat, gas = problem("restwarmte_ht", [80.0], [50.0]), problem("co2", [co2], [100.0])
    group = Group((heat, gas), couplings=(Coupling((0, 0), (1, 0), True, 0.0),))
    outcome = run_in_sequence(group, plans(group))
    assert outcome.quantity[0].sum() == pytest.approx(50.0 * co2 / 100.0)


def test_a_model_that_is_too_large_goes_stream_after_stream(monkeypatch):
    feed, product = problem("gft", [40.0], [60.0]), problem("compost", [0.0], [90.0], could=[30.0])
    group = Group((feed, product), (Conversion(0, 0, 1, 0, 0.5),))
    whole = run_linked(group, plans(group))
    assert whole.method == "linear program"
    monkeypatch.setattr(model, "LARGEST_MODEL", 1)
    apart = run_linked(group, plans(group))
    assert apart.method == "in sequence"
    for one, other in zip(whole.quantity, apart.quantity, strict=True):
        assert one.sum() == pytest.approx(other.sum())
