"""What must hold for all streams that hang together: nothing made of nothing, nothing decided by the order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from kansenkaart.matches.program.stage import (
    Block,
    Conversion,
    Coupling,
    Ledger,
    LinkedModel,
    Stage,
    Term,
    solve_stage,
)

amounts = st.one_of(st.just(0.0), st.integers(1, 9).map(float), st.floats(1e-3, 1e6))
rates = st.sampled_from([0.0, 0.1, 0.5, 1.0, 7.0])


@st.composite
def sides(draw, count, periods):
    return np.array(draw(st.lists(amounts, min_size=count * periods, max_size=count * periods))).reshape(
        count, periods
    )


@st.composite
def blocks(draw):
    periods = draw(st.sampled_from([1, 12]))
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    ends = draw(
        st.lists(st.sampled_from([(i, j) for i in range(n) for j in range(m)]), unique=True, max_size=6)
    )
    distance = draw(st.lists(st.integers(0, 5_000).map(float), min_size=len(ends), max_size=len(ends)))
    efficiency = draw(st.sampled_from([None, 0.0, 0.6, 1.0])) if periods == 12 else None
    s, d = (np.array([end[k] for end in ends], dtype=np.int64) for k in (0, 1))
    have, want = draw(sides(n, periods)), draw(sides(m, periods))
    return Block(s, d, np.array(distance), have, want, storage_efficiency=efficiency, storage_cost=0.01)


@st.composite
def cases(draw):
    parts = (draw(blocks()), draw(blocks()))

    def place(number, side):
        return draw(st.integers(0, len(getattr(parts[number], side)) - 1))

    chain = Conversion(0, place(0, "demand"), 1, place(1, "supply"), draw(rates))
    terms = (Term(0, "demand", place(0, "demand"), draw(rates)), Term(1, "supply", place(1, "supply"), 1.0))
    pair = Coupling((0, place(0, "demand")), (1, place(1, "demand")), draw(st.booleans()), 0.5)
    model = LinkedModel(parts, (chain,), (Ledger(terms, draw(amounts)),), (pair,))
    worth = st.integers(-3, 9).map(float)
    values = [np.array(draw(st.lists(worth, min_size=len(b.s), max_size=len(b.s)))) for b in parts]
    return model, values


def solve(model, values):
    everything = tuple(np.ones(len(b.s), dtype=bool) for b in model.blocks)
    nothing = tuple(np.zeros((len(b.s), b.periods)) for b in model.blocks)
    return solve_stage(model, Stage(tuple(values), everything, nothing), time_limit_s=60.0)


def per_place(positions, quantity, count):
    return np.array([quantity[positions == place].sum(axis=0) for place in range(count)]).reshape(count, -1)


def tolerance(model):
    return 1e-9 * max(1.0, *(b.demand.max(initial=0) for b in model.blocks))


def small_beside_a_large_store():
    """One supplier that gives a little of its own beside a great deal from its store, and a block without chances."""
    have, want = np.zeros((1, 12)), np.zeros((1, 12))
    have[0, 5], have[0, 6], want[0, 6] = 524_288.0, 1e-3, 524_289.0
    first, none = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    stored = Block(first, first, np.zeros(1), have, want, storage_efficiency=1.0, storage_cost=0.01)
    empty = Block(none, none, np.zeros(0), np.zeros((1, 1)), np.zeros((1, 1)), storage_cost=0.01)
    return LinkedModel((stored, empty), (), (), ()), [np.ones(1), np.zeros(0)]


@example(small_beside_a_large_store())
@given(cases())
def test_no_demand_gets_and_no_supply_gives_more_than_there_is(case):
    model, values = case
    result = solve(model, values)
    received = [per_place(b.d, q, len(b.demand)) for b, q in zip(model.blocks, result.quantity, strict=True)]
    for number, (part, q, out) in enumerate(
        zip(model.blocks, result.quantity, result.from_store, strict=True)
    ):
        assert ((q >= 0) & (out >= 0) & (out <= q)).all()
        assert (received[number] <= part.demand).all()
        have = part.supply.copy()
        for chain in model.conversions:
            if chain.made_block == number:
                taken = received[chain.taken_block][chain.demand]
                same = len(taken) == part.periods
                have[chain.supply] += chain.yield_ * (taken if same else taken.sum() / part.periods)
        # What is not from store is a difference: it is no surer than the last digit of the two it is taken from.
        unsure = per_place(part.s, np.spacing(q) + np.spacing(out), len(part.supply))
        direct = per_place(part.s, q - out, len(part.supply))
        assert (direct <= have * (1 + 1e-9) + unsure).all()
        stored = (part.storage_efficiency or 0.0) * np.maximum(have - direct, 0).sum(axis=1)
        given_out = per_place(part.s, out, len(part.supply)).sum(axis=1)
        assert (given_out <= stored + 1e-9 * have.sum(axis=1)).all()


def reward_for_what_cannot_be(have, want):
    """A reward for what a place gets beside something else, where nothing of that is wanted: all is worth 0."""
    first, none = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    given_ = Block(first, first, np.zeros(1), np.array([[have]]), np.array([[want]]), storage_cost=0.01)
    empty = Block(none, none, np.zeros(0), np.zeros((1, 1)), np.zeros((1, 1)), storage_cost=0.01)
    reward = Coupling((0, 0), (1, 0), required=False, bonus=0.5)
    return LinkedModel((given_, empty), (), (), (reward,)), [np.zeros(1), np.zeros(0)]


def worth_that_no_budget_allows():
    """What is made of a stream is worth much, but the budget of that stream is nothing: all is worth 0."""
    have, want = np.zeros((1, 12)), np.zeros((1, 12))
    have[0, 11], want[0, 8:12] = 1.0, 1.0
    first = np.zeros(1, dtype=np.int64)
    taken = Block(first, first, np.zeros(1), have, want, storage_efficiency=0.0, storage_cost=0.01)
    made = Block(first, first, np.zeros(1), np.zeros((1, 1)), np.ones((1, 1)), storage_cost=0.01)
    budget = Ledger((Term(0, "demand", 0, 7.0), Term(1, "supply", 0, 1.0)), 0.0)
    reward = Coupling((0, 0), (1, 0), required=False, bonus=0.5)
    return LinkedModel((taken, made), (Conversion(0, 0, 1, 0, 0.1),), (budget,), (reward,)), [
        np.zeros(1),
        np.ones(1),
    ]


def budget_far_below_what_could_be():
    """A budget of 2 where a month could carry a hundred thousand: the last bit of it counts."""
    have, want = np.zeros((2, 12)), np.zeros((1, 12))
    have[1, 7], have[1, 8], have[1, 11] = 0.99999, 99_991.0, 9.0
    want[0, 7], want[0, 8], want[0, 11] = 1.0, 100_000.0, 1.0
    first, none = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64)
    empty = Block(none, none, np.zeros(0), np.zeros((1, 1)), np.zeros((1, 1)), storage_cost=0.01)
    given_ = Block(first + 1, first, np.zeros(1), have, want, storage_efficiency=0.0, storage_cost=0.01)
    budget = Ledger((Term(1, "supply", 1, 1.0),), 2.0)
    return LinkedModel((empty, given_), (), (budget,), ()), [np.zeros(0), np.ones(1)]


@example(reward_for_what_cannot_be(0.5, 237_855.0))
@example(reward_for_what_cannot_be(0.001, 488_282.0))
@example(budget_far_below_what_could_be())
@example(worth_that_no_budget_allows())
@given(cases())
def test_budgets_and_required_couplings_hold_and_the_optimum_is_proven(case):
    model, values = case
    result = solve(model, values)
    assert result.certified
    assert 0 <= result.gap <= 1e-7
    year = [q.sum(axis=1) for q in result.quantity]
    for ledger in model.ledgers:
        ends = [getattr(model.blocks[t.block], t.side[0]) == t.position for t in ledger.terms]
        used = sum(t.coefficient * year[t.block][e].sum() for t, e in zip(ledger.terms, ends, strict=True))
        assert used <= ledger.budget * (1 + 1e-9)
    for pair in model.couplings:
        if pair.required:
            got, want = zip(
                *(
                    (year[b][model.blocks[b].d == j].sum(), model.blocks[b].demand[j].sum())
                    for b, j in (pair.first, pair.second)
                ),
                strict=True,
            )
            assert got[0] * want[1] <= got[1] * want[0] * (1 + 1e-9)


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_pairs_changes_nothing(case, random):
    model, values = case
    orders = [np.array(random.sample(range(len(b.s)), len(b.s)), dtype=np.int64) for b in model.blocks]
    mixed = tuple(
        replace(b, s=b.s[o], d=b.d[o], distance_m=b.distance_m[o])
        for b, o in zip(model.blocks, orders, strict=True)
    )
    straight = solve(model, values)
    other = solve(replace(model, blocks=mixed), [v[o] for v, o in zip(values, orders, strict=True)])
    for one, two, order in zip(straight.quantity, other.quantity, orders, strict=True):
        np.testing.assert_array_equal(one[order], two)


@given(cases(), st.sampled_from(["supply", "demand", "yield", "budget"]))
def test_more_of_anything_is_never_worth_less(case, what):
    model, values = case
    # A share of a demand shrinks when the demand grows: couplings and larger demands do not go together.
    model = replace(model, couplings=() if what == "demand" else model.couplings)
    if what in ("supply", "demand"):
        more = tuple(replace(b, **{what: getattr(b, what) * 2 + 1}) for b in model.blocks)
        larger = replace(model, blocks=more)
    elif what == "yield":
        larger = replace(
            model, conversions=tuple(replace(c, yield_=c.yield_ * 2 + 1) for c in model.conversions)
        )
    else:
        larger = replace(model, ledgers=tuple(replace(x, budget=x.budget * 2 + 1) for x in model.ledgers))
    small, large = solve(model, values).objective, solve(larger, values).objective
    assert large >= small - 1e-7 * abs(small)


@given(cases())
def test_what_an_earlier_tier_gave_is_kept_by_the_next(case):
    model, values = case
    first = solve(model, values)
    everything = tuple(np.ones(len(b.s), dtype=bool) for b in model.blocks)
    count = tuple(np.ones(len(b.s)) for b in model.blocks)
    second = solve_stage(model, Stage(count, everything, first.quantity), time_limit_s=60.0)
    for before, after in zip(first.quantity, second.quantity, strict=True):
        assert (after >= before * (1 - 1e-9)).all()
    nothing = solve_stage(
        model,
        Stage(count, tuple(np.zeros_like(a) for a in everything), first.quantity),
        time_limit_s=60.0,
    )
    for before, after in zip(first.quantity, nothing.quantity, strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=tolerance(model) * 1e-3)
