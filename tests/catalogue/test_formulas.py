"""Prices that follow from others: arithmetic is Python's own, ends add as squares, and a change reaches all it must."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kansenkaart.catalogue import OwnNumber, apply_changes, load_catalogue, with_price
from kansenkaart.catalogue.changes import leaves, read_names, tax_gas, tax_saved, work_out
from kansenkaart.catalogue.models import Price

NAMES = ("a", "b", "c", "d")
MADE = ("p", "q", "r")
# As the law has them: up to 170,000, a million, ten million, and beyond.
BANDS = (170_000, 1_000_000, 10_000_000)

values = st.floats(0.25, 40.0)
rates = st.tuples(*[st.floats(0.0, 1.0)] * 4)


def price(name: str, ends: tuple[float, float, float], formula: str = "") -> Price:
    low, value, high = sorted(ends)
    return Price(
        id=name,
        low=low,
        value=value,
        high=high,
        unit="EUR/t",
        source="proef",
        year=2024,
        evidence="derived" if formula else "sourced",
        formula=formula,
    )


@st.composite
def formulas(draw, names: tuple[str, ...], depth: int = 3) -> str:
    """Arithmetic with brackets, numbers and names; divided by what is never 0."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.one_of(st.sampled_from(names), st.integers(1, 9).map(str), st.just("0.125")))
    sign = draw(st.sampled_from("+-*/"))
    left, right = draw(formulas(names, depth - 1)), draw(formulas(names, depth - 1))
    if sign == "/":
        right = draw(st.sampled_from([*names, "4"]))
    return f"({left} {sign} {right})"


@st.composite
def chains(draw) -> dict[str, Price]:
    """Four prices, and three that follow from them and from each other."""
    known = {name: price(name, draw(st.tuples(values, values, values))) for name in NAMES}
    made: dict[str, Price] = {}
    for n, name in enumerate(MADE):
        # divided only by what cannot become 0: the given prices
        text = draw(formulas(NAMES))
        if n and draw(st.booleans()):
            text = f"{text} {draw(st.sampled_from('+-*'))} {draw(st.sampled_from(MADE[:n]))}"
        made[name] = price(name, (0.0, 0.0, 0.0), text)
    # those that follow may stand before what they follow from
    return {**made, **known} if draw(st.booleans()) else {**known, **made}


def by_python(prices: dict[str, Price], given: dict[str, float]) -> dict[str, float]:
    """What Python makes of the formulas, one after the other."""
    found = dict(given)
    for name in MADE:
        found[name] = float(eval(prices[name].formula, {"__builtins__": {}}, found))
    return found


@given(prices=chains())
def test_values_are_those_of_python_and_ends_are_squares_that_add(prices):
    worked = work_out(prices)
    middle = {name: prices[name].value for name in NAMES}
    expected = by_python(prices, middle)
    assume(all(math.isfinite(value) and abs(value) < 1e9 for value in expected.values()))
    for name in MADE:
        assert worked[name].value == pytest.approx(expected[name], rel=1e-12, abs=1e-9)
        steps = [
            [by_python(prices, {**middle, leaf: end})[name] - expected[name] for end in (one.low, one.high)]
            for leaf, one in ((leaf, prices[leaf]) for leaf in NAMES)
        ]
        down = math.sqrt(sum(min(0.0, *pair) ** 2 for pair in steps))
        up = math.sqrt(sum(max(0.0, *pair) ** 2 for pair in steps))
        scale = max(abs(expected[name]), 1.0)
        assert worked[name].value - worked[name].low == pytest.approx(down, rel=1e-6, abs=1e-9 * scale)
        assert worked[name].high - worked[name].value == pytest.approx(up, rel=1e-6, abs=1e-9 * scale)
    for name in NAMES:
        assert worked[name] == prices[name]


@given(prices=chains(), changed=st.sampled_from(NAMES), ends=st.tuples(values, values, values))
def test_after_a_change_only_what_follows_is_reckoned_again_and_all_of_it(prices, changed, ends):
    worked = work_out(prices)
    other = {**worked, changed: price(changed, ends)}
    part, whole = work_out(other, changed), work_out(other)
    for name in MADE:
        for end in ("low", "value", "high"):
            before, after = getattr(part[name], end), getattr(whole[name], end)
            assert before == pytest.approx(after, rel=1e-9, abs=1e-9)
        if changed not in leaves(name, prices):
            assert part[name] == worked[name]


@given(prices=chains())
def test_what_a_price_follows_from_is_what_can_move_it(prices):
    middle = {name: prices[name].value for name in NAMES}
    expected = by_python(prices, middle)
    for name in MADE:
        moving = {
            leaf
            for leaf in NAMES
            for factor in (1.37, 0.61)
            if by_python(prices, {**middle, leaf: middle[leaf] * factor})[name] != expected[name]
        }
        assert moving <= set(leaves(name, prices))
        assert set(read_names(prices[name].formula)) <= {*NAMES, *MADE}


@given(use=st.floats(0.0, 40_000_000.0), rates=rates)
def test_the_tax_on_gas_is_that_of_every_cubic_metre_in_its_band(use, rates):
    """Band by band as the bill has it, and as an area under the rate."""
    ends = (0.0, *map(float, BANDS), math.inf)
    bill = sum(
        rate * (min(use, end) - start)
        for start, end, rate in zip(ends, ends[1:], rates, strict=False)
        if use > start
    )
    assert tax_gas(use, *rates) == pytest.approx(bill, rel=1e-12, abs=1e-6)
    more = tax_gas(use + 1.0, *rates) - tax_gas(use, *rates)
    assert min(rates) - 1e-6 <= more <= max(rates) + 1e-6


@given(use=st.floats(1_000.0, 40_000_000.0), share=st.floats(0.01, 1.0), rates=rates)
def test_what_is_saved_is_what_is_no_longer_paid(use, share, rates):
    saved = tax_saved(use, share, *rates) * use * share
    assert saved == pytest.approx(tax_gas(use, *rates) - tax_gas(use * (1.0 - share), *rates), abs=1e-5)
    everything = tax_saved(use, 1.0, *rates)
    assert everything * use == pytest.approx(tax_gas(use, *rates), rel=1e-9, abs=1e-6)


def test_every_price_of_the_catalogue_is_what_its_formula_says_in_every_year():
    catalogue = load_catalogue()
    functions = {"tax_gas": tax_gas, "tax_saved": tax_saved, "__builtins__": {}}
    made = {name: one for name, one in catalogue.prices.items() if one.formula}
    assert len(made) > 10
    held = {name: one.value for name, one in catalogue.prices.items()}
    for name, one in made.items():
        assert one.value == pytest.approx(float(eval(one.formula, functions, held)), rel=1e-12), name
        assert one.low <= one.value <= one.high, name


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_a_price_known_exactly_and_one_of_the_project_reach_the_same_prices(factor):
    """By the door of the draws and by the door of the project file: what follows is the same."""
    catalogue = load_catalogue()
    given = [name for name, one in catalogue.prices.items() if not one.formula]
    followed = [
        name
        for name in given
        if any(
            name in leaves(other, catalogue.prices) for other, one in catalogue.prices.items() if one.formula
        )
    ]
    assert len(followed) > 10
    for name in followed:
        value = catalogue.prices[name].value * factor
        exact = with_price(catalogue, name, value)
        own = apply_changes(
            catalogue,
            kengetallen={},
            prices={name: OwnNumber(low=value, value=value, high=value)},
            streams={},
        )
        for other, one in catalogue.prices.items():
            if one.formula:
                mine, theirs = exact.prices[other], own.prices[other]
                assert mine.value == pytest.approx(theirs.value, rel=1e-12), (name, other)
                assert mine.low == pytest.approx(theirs.low, rel=1e-9, abs=1e-12), (name, other)
                assert mine.high == pytest.approx(theirs.high, rel=1e-9, abs=1e-12), (name, other)
