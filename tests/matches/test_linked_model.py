"""Linked streams against a model written out naively, every row of it, lots, time and bad input."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from kansenkaart.errors import DataError, KansenkaartError
from kansenkaart.matches.program import stage as linked_model
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

LIMIT_S = 60.0


def block(pairs, supply, demand, distance=None, **settings):
    s, d = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    away = np.ones(len(pairs)) if distance is None else np.array(distance, dtype=float)
    shape = [np.array(side, dtype=float) for side in (supply, demand)]
    shape = [side if side.ndim == 2 else side[:, None] for side in shape]
    return Block(s, d, away, *shape, **settings)


def stage(model, *value, allowed=None, at_least=None):
    worth = [np.array(v, dtype=float) for v in value] or [np.ones(len(b.s)) for b in model.blocks]
    return Stage(
        tuple(worth),
        tuple(np.ones(len(b.s), dtype=bool) for b in model.blocks) if allowed is None else allowed,
        tuple(np.zeros((len(b.s), b.periods)) for b in model.blocks) if at_least is None else at_least,
    )


def run(model, *value, limit_s=LIMIT_S, **settings):
    return solve_stage(model, stage(model, *value, **settings), time_limit_s=limit_s)


def one(pairs, supply, demand, value, distance=None, **settings):
    return run(LinkedModel((block(pairs, supply, demand, distance, **settings),)), value)


# --- the naive model: one column for what leaves directly, one for what leaves a store, dense, loop by loop


class Naive:
    def __init__(self, model, values, at_least, chosen=None):
        self.model, self.names = model, {}
        for b, part in enumerate(model.blocks):
            for k, p in itertools.product(range(len(part.s)), range(part.periods)):
                self.names["direct", b, k, p] = len(self.names)
                if part.storage_efficiency is not None:
                    self.names["out", b, k, p] = len(self.names)
            if part.storage_efficiency is not None:
                for i, p in itertools.product(range(len(part.supply)), range(12)):
                    self.names["in", b, i, p] = len(self.names)
        for c, pair in enumerate(model.couplings):
            if not pair.required:
                self.names["z", c] = len(self.names)
        self.units = [max(part.supply.max(initial=0.0), 1.0) for part in model.blocks]
        self.cost = np.zeros(len(self.names))
        self.rows, self.ends, self.constant = [], [], 0.0
        self.sites(values, at_least)
        self.links()
        if chosen is not None:
            self.lots(chosen)

    def row(self, entries, end):
        line = np.zeros(len(self.names))
        for column, entry in entries:
            line[column] += entry
        self.rows.append(line)
        self.ends.append(end)

    def carried(self, b, k, p=None):
        periods = range(self.model.blocks[b].periods) if p is None else [p]
        kinds = ["direct", "out"] if self.model.blocks[b].storage_efficiency is not None else ["direct"]
        return [self.names[kind, b, k, q] for kind in kinds for q in periods]

    def at(self, b, side, place, p=None):
        ends = self.model.blocks[b].s if side == "supply" else self.model.blocks[b].d
        return [c for k in range(len(ends)) if ends[k] == place for c in self.carried(b, k, p)]

    def sites(self, values, at_least):
        for b, part in enumerate(self.model.blocks):
            store = part.storage_efficiency is not None
            for k, p in itertools.product(range(len(part.s)), range(part.periods)):
                for column in self.carried(b, k, p):
                    self.cost[column] = values[b][k]
                if store:
                    self.cost[self.names["out", b, k, p]] -= part.storage_cost
                self.row([(c, -1.0) for c in self.carried(b, k, p)], -at_least[b][k, p])
            for i, p in itertools.product(range(len(part.supply)), range(part.periods)):
                leaves = [(self.names["direct", b, k, p], 1.0) for k in range(len(part.s)) if part.s[k] == i]
                leaves += [(self.names["in", b, i, p], 1.0)] if store else []
                self.row(leaves + self.gets(b, i, p), part.supply[i, p])
            for j, p in itertools.product(range(len(part.demand)), range(part.periods)):
                self.row([(c, 1.0) for c in self.at(b, "demand", j, p)], part.demand[j, p])
            for i in range(len(part.supply)) if store else []:
                leaves = [
                    (self.names["out", b, k, p], 1.0)
                    for k, p in itertools.product(range(len(part.s)), range(12))
                    if part.s[k] == i
                ]
                enters = [(self.names["in", b, i, p], -part.storage_efficiency) for p in range(12)]
                self.row(leaves + enters, 0.0)

    def gets(self, b, i, p):
        entries = []
        for c in self.model.conversions:
            if (c.made_block, c.supply) == (b, i):
                here, there = self.model.blocks[b].periods, self.model.blocks[c.taken_block].periods
                when = p if here == there == 12 else None
                share = 1 / 12 if here == 12 and there == 1 else 1.0
                taken = self.at(c.taken_block, "demand", c.demand, when)
                entries += [(column, -c.yield_ * share) for column in taken]
        return entries

    def links(self):
        for ledger in self.model.ledgers:
            entries = [
                (column, term.coefficient)
                for term in ledger.terms
                for column in self.at(term.block, term.side, term.position)
            ]
            self.row(entries, ledger.budget)
        for number, pair in enumerate(self.model.couplings):
            shares = []
            for b, j in (pair.first, pair.second):
                year = self.model.blocks[b].demand[j].sum()
                shares.append([(c, 1.0 / year) for c in self.at(b, "demand", j)] if year > 0 else [])
            if pair.required:
                self.row(shares[0] + [(c, -e) for c, e in shares[1]], 0.0)
                continue
            z = self.names["z", number]
            size = self.model.blocks[pair.first[0]].demand[pair.first[1]].sum()
            self.cost[z] = pair.bonus * size
            for share in shares:
                self.row([(z, 1.0), *((c, -e) for c, e in share)], 0.0)

    def lots(self, chosen):
        for (b, k), on in chosen.items():
            columns, part = self.carried(b, k), self.model.blocks[b]
            if on:
                self.constant -= part.fixed
                fellows = np.flatnonzero(part.rounds == part.rounds[k])
                self.row([(c, -1.0) for one in fellows for c in self.carried(b, one)], -part.min_lot)
            else:
                self.row([(c, 1.0) for c in columns], 0.0)

    def best(self):
        if not self.names:
            return 0.0
        # Every block in the unit of its own size, or both solvers can stop far from the optimum.
        units = np.array([1.0 if name[0] == "z" else self.units[name[1]] for name in self.names])
        rows, ends, cost = np.array(self.rows) * units, np.array(self.ends), self.cost * units
        holds = rows.any(axis=1)
        scale = np.abs(rows[holds]).max(axis=1)
        form = {"A_ub": rows[holds] / scale[:, None], "b_ub": ends[holds] / scale}
        size = max(np.abs(cost).max(), 1e-300)
        # Two solvers: now and then one of them stops short of the optimum, or with an error.
        found = [linprog(-cost / size, **form, method=name) for name in ("highs-ipm", "highs-ds")]
        if any(one.status == 2 for one in found):
            return -np.inf
        assert any(one.success for one in found), found
        return max(-one.fun for one in found if one.success) * size + self.constant


def best_by_hand(model, values, at_least):
    """Optimum over every choice of connections."""
    lots = [
        (b, k)
        for b, part in enumerate(model.blocks)
        for k in range(len(part.s))
        if part.min_lot > 0 or part.fixed > 0
    ]
    choices = itertools.product([False, True], repeat=len(lots))
    return max(
        Naive(model, values, at_least, dict(zip(lots, chosen, strict=True))).best() for chosen in choices
    )


def draw_block(random, periods, **settings):
    n, m = random.integers(1, 5, 2)
    present = np.argwhere(random.random((n, m)) < 0.7)
    sides = [np.floor(random.lognormal(2, 1, (count, periods))) for count in (n, m)]
    distance = np.round(random.uniform(0, 5_000, len(present)), 1)
    return block([tuple(p) for p in present], *sides, distance, **settings)


def keep_pairs(part, rounds):
    """Two pairs of a block, or those to its busiest taker as one round: every choice is tried."""
    if not rounds or not len(part.s):
        return replace(part, s=part.s[:2], d=part.d[:2], distance_m=part.distance_m[:2])
    mine = np.flatnonzero(part.d == np.bincount(part.d).argmax())[:3]
    number = np.zeros(len(mine), dtype=np.int64)
    return replace(part, s=part.s[mine], d=part.d[mine], distance_m=part.distance_m[mine], round=number)


def draw_model(seed, lots=False, rounds=False):
    """Three streams in a chain with a ledger and both couplings; units of 1, 1e3 and 1e6."""
    random = np.random.default_rng(seed)
    kinds = random.choice([1, 12], 3)
    blocks = []
    for size, periods in zip((1.0, 1e3, 1e6), kinds, strict=True):
        store = {}
        if periods == 12 and random.random() < 0.5:
            store = {"storage_efficiency": float(random.uniform(0.4, 1)), "storage_cost": 0.1 / size}
        if lots and random.random() < 0.8:
            store = {"min_lot": size * float(random.integers(2, 9)), "fixed": float(random.integers(0, 9))}
        part = draw_block(random, int(periods), **store)
        blocks.append(replace(part, supply=part.supply * size, demand=part.demand * size))
    if lots:
        blocks = [keep_pairs(part, rounds) for part in blocks]
    conversions = [
        Conversion(
            a, int(random.integers(len(blocks[a].demand))), b, int(random.integers(len(blocks[b].supply))), r
        )
        for a, b, r in ((0, 1, 700.0), (1, 2, 300.0), (0, 1, 10.0))
    ]
    places = [int(random.integers(len(b.demand))) for b in blocks]
    terms = tuple(Term(b, "demand", places[b], 1 / size) for b, size in ((0, 1.0), (2, 1e6)))
    ledger = Ledger((*terms, Term(1, "supply", 0, 1e-3)), float(random.integers(0, 30)))
    couplings = (
        Coupling((0, places[0]), (1, 0), bool(random.integers(2)), 0.5),
        Coupling((2, places[2]), (1, places[1]), bool(random.integers(2)), 0.7e-6),
    )
    values = [
        random.uniform(-0.3, 1, len(b.s)).round(2) / size
        for b, size in zip(blocks, (1, 1e3, 1e6), strict=True)
    ]
    return LinkedModel(tuple(blocks), tuple(conversions), (ledger,), couplings), values


def check_fits(model, result):
    """Nothing above what is there, conservation at every processor, stores, ledgers and couplings."""
    got = [
        np.array([q[b.d == j].sum(axis=0) for j in range(len(b.demand))]).reshape(b.demand.shape)
        for b, q in zip(model.blocks, result.quantity, strict=True)
    ]
    for number, (part, q, stored) in enumerate(
        zip(model.blocks, result.quantity, result.from_store, strict=True)
    ):
        assert (q >= 0).all()
        assert (stored >= 0).all()
        assert (stored <= q).all()
        assert (got[number] <= part.demand).all()
        have = part.supply.copy()
        for c in model.conversions:
            if c.made_block == number:
                taken = got[c.taken_block][c.demand]
                have[c.supply] += c.yield_ * (
                    taken if len(taken) == part.periods else taken.sum() / part.periods
                )
        for i in range(len(part.supply)):
            direct = (q - stored)[part.s == i].sum(axis=0)
            room = 1.0 if np.array_equal(have, part.supply) and not stored.any() else 1 + 1e-9
            assert (direct <= have[i] * room).all()
            left = np.maximum(have[i] - direct, 0).sum()
            out = stored[part.s == i].sum()
            assert out <= (part.storage_efficiency or 0.0) * left * (1 + 1e-9) + 1e-9 * have[i].sum()
        year = np.array([q[part.rounds == number].sum() for number in np.unique(part.rounds)])
        assert ((year == 0) | (year >= part.min_lot * (1 - 1e-9))).all()
    for ledger in model.ledgers:
        used = 0.0
        for term in ledger.terms:
            part = model.blocks[term.block]
            ends = part.s if term.side == "supply" else part.d
            used += term.coefficient * result.quantity[term.block][ends == term.position].sum()
        assert used <= ledger.budget * (1 + 1e-9)
    for pair in model.couplings:
        if pair.required:
            first, second = (
                got[b][j].sum() / max(model.blocks[b].demand[j].sum(), 1e-300)
                for b, j in (pair.first, pair.second)
            )
            assert first <= second * (1 + 1e-9)


@pytest.mark.parametrize("first", range(0, 60, 15))
def test_chains_ledgers_couplings_seasons_and_stores_reach_the_naive_optimum(first):
    for seed in range(first, first + 15):
        model, values = draw_model(seed)
        result = run(model, *values)
        nothing = [np.zeros((len(b.s), b.periods)) for b in model.blocks]
        assert result.objective == pytest.approx(Naive(model, values, nothing).best(), rel=1e-6, abs=1e-6), (
            seed
        )
        assert result.certified, seed
        assert result.gap <= 1e-7, seed
        assert result.bound >= result.objective, seed
        assert not result.limit_hit, seed
        check_fits(model, result)


@pytest.mark.parametrize("first", range(0, 24, 8))
def test_lots_and_fixed_costs_reach_the_best_of_every_choice_of_connections(first):
    for seed in range(first, first + 8):
        model, values = draw_model(seed, lots=True)
        result = run(model, *values)
        nothing = [np.zeros((len(b.s), b.periods)) for b in model.blocks]
        best = best_by_hand(model, values, nothing)
        assert result.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert result.certified, seed
        check_fits(model, result)


@pytest.mark.parametrize("first", range(0, 16, 4))
def test_rounds_reach_the_best_of_every_choice(first):
    for seed in range(first, first + 4):
        model, values = draw_model(seed, lots=True, rounds=True)
        result = run(model, *values)
        nothing = [np.zeros((len(b.s), b.periods)) for b in model.blocks]
        best = best_by_hand(model, values, nothing)
        assert result.objective == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert result.certified, seed
        check_fits(model, result)


def test_a_round_that_goes_already_takes_more_along_however_little():
    pairs = block([(0, 0), (1, 0)], [10, 2], [50], min_lot=20.0, round=np.array([0, 0]))
    model = LinkedModel((pairs,))
    assert run(model, [1.0, 1.0]).objective == 0.0
    kept = run(model, [1.0, 1.0], at_least=(np.array([[10.0], [0.0]]),))
    assert kept.quantity[0].ravel().tolist() == [10.0, 2.0]


# --- every row blocks: relaxing it is worth something


def months(*winter):
    """Quantity per month: the numbers given for January on, then nothing."""
    return [[*winter, *([0.0] * (12 - len(winter)))]]


CHAIN = (block([(0, 0)], [10], [10]), block([(0, 0)], [0], [100]))
TWO_STREAMS = (block([(0, 0)], [10], [10]), block([(0, 0)], [4], [10]))
STORE = {"storage_efficiency": 0.5, "storage_cost": 0.1}

# name: tight model, relaxed model, objective of each (worked out by hand; every unit is worth 1)
RELAXED = {
    "supply": (
        LinkedModel((block([(0, 0)], [3], [9]),)),
        LinkedModel((block([(0, 0)], [5], [9]),)),
        (3.0, 5.0),
    ),
    "demand": (
        LinkedModel((block([(0, 0)], [9], [3]),)),
        LinkedModel((block([(0, 0)], [9], [5]),)),
        (3.0, 5.0),
    ),
    "month": (
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6)),)),
        LinkedModel((block([(0, 0)], months(6, 0), months(3, 3)),)),
        (0.0, 3.0),
    ),
    "store": (
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6)),)),
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6), **STORE),)),
        (0.0, 2.7),
    ),
    "efficiency": (
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6), **STORE),)),
        LinkedModel((block([(0, 0)], months(6, 0), months(0, 6), storage_efficiency=0.8),)),
        (2.7, 4.8),
    ),
    "yield": (
        LinkedModel(CHAIN, (Conversion(0, 0, 1, 0, 2.0),)),
        LinkedModel(CHAIN, (Conversion(0, 0, 1, 0, 3.0),)),
        (30.0, 40.0),
    ),
    "ledger": (
        LinkedModel(
            TWO_STREAMS, ledgers=(Ledger((Term(0, "demand", 0, 1.0), Term(1, "demand", 0, 2.0)), 6.0),)
        ),
        LinkedModel(
            TWO_STREAMS, ledgers=(Ledger((Term(0, "demand", 0, 1.0), Term(1, "demand", 0, 2.0)), 14.0),)
        ),
        (6.0, 12.0),
    ),
    "ledger of a supply": (
        LinkedModel(TWO_STREAMS, ledgers=(Ledger((Term(0, "supply", 0, 1.0),), 2.0),)),
        LinkedModel(TWO_STREAMS),
        (6.0, 14.0),
    ),
    "coupling": (
        LinkedModel(TWO_STREAMS, couplings=(Coupling((0, 0), (1, 0), True, 0.0),)),
        LinkedModel(TWO_STREAMS),
        (8.0, 14.0),
    ),
    "bonus": (
        LinkedModel(TWO_STREAMS),
        LinkedModel(TWO_STREAMS, couplings=(Coupling((0, 0), (1, 0), False, 0.5),)),
        (14.0, 16.0),
    ),
    "lot": (
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [5], min_lot=3),)),
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [5], min_lot=2),)),
        (3.0, 5.0),
    ),
    "round": (
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [9], min_lot=5),)),
        LinkedModel((block([(0, 0), (1, 0)], [3, 3], [9], min_lot=5, round=np.array([0, 0])),)),
        (0.0, 6.0),
    ),
    "round over the months": (
        LinkedModel((block([(0, 0), (1, 0)], months(2) * 2, months(4), min_lot=4),)),
        LinkedModel((block([(0, 0), (1, 0)], months(2) * 2, months(4), min_lot=4, round=np.array([0, 0])),)),
        (0.0, 4.0),
    ),
    "lot over the months": (
        LinkedModel((block([(0, 0)], months(2, 2), months(2, 2), min_lot=5),)),
        LinkedModel((block([(0, 0)], months(2, 2), months(2, 2), min_lot=4),)),
        (0.0, 4.0),
    ),
    "fixed": (
        LinkedModel((block([(0, 0), (1, 0)], [4, 4], [5], fixed=1.5),)),
        LinkedModel((block([(0, 0), (1, 0)], [4, 4], [5], fixed=0.25),)),
        (2.5, 4.5),
    ),
}


@pytest.mark.parametrize("name", RELAXED)
def test_every_constraint_blocks_and_relaxing_it_raises_the_objective(name):
    tight, relaxed, expected = RELAXED[name]
    found = [run(model) for model in (tight, relaxed)]
    assert [one.objective for one in found] == pytest.approx(expected, abs=1e-9)
    for model, result in zip((tight, relaxed), found, strict=True):
        check_fits(model, result)
        assert result.certified
        assert not result.limit_hit


def test_a_pair_that_is_not_allowed_carries_only_what_it_had():
    model = LinkedModel((block([(0, 0), (0, 1)], [10], [6, 6]),))
    none = np.array([[2.0], [0.0]])
    kept = run(model, [1.0, 1.0], allowed=(np.array([False, True]),), at_least=(none,))
    assert kept.quantity[0].ravel().tolist() == [2.0, 6.0]
    assert kept.objective == 8.0
    free = run(model, [-1.0, 1.0], at_least=(none,))
    assert free.quantity[0].ravel().tolist() == [2.0, 6.0]


def test_a_kept_connection_costs_its_fixed_cost_once_and_may_grow():
    model = LinkedModel((block([(0, 0)], [10], [6], fixed=5.0, min_lot=4.0),))
    result = run(model, [1.0], at_least=(np.array([[4.0]]),))
    assert result.quantity[0].item() == 6.0
    assert result.objective == 1.0


def test_kept_quantities_that_break_the_model_are_refused():
    model = LinkedModel((block([(0, 0), (0, 1)], [10], [9, 9]),))
    with pytest.raises(KansenkaartError, match="no solution"):
        run(model, at_least=(np.array([[9.0], [9.0]]),))


def test_a_leg_that_costs_money_is_taken_when_the_chain_pays():
    model = LinkedModel(CHAIN, (Conversion(0, 0, 1, 0, 2.0),))
    assert run(model, [-1.5], [1.0]).objective == 5.0
    assert run(model, [-2.5], [1.0]).objective == 0.0


def test_a_monthly_input_is_made_month_by_month_and_a_yearly_one_flat():
    monthly = block([(0, 0)], months(6, 6), months(6, 6))
    yearly = block([(0, 0)], [12], [12])
    made = block([(0, 0)], np.zeros((1, 12)), np.full((1, 12), 100.0))
    by_month = run(LinkedModel((monthly, made), (Conversion(0, 0, 1, 0, 0.5),)))
    assert by_month.quantity[1].ravel().tolist() == months(3, 3)[0]
    flat = run(LinkedModel((yearly, made), (Conversion(0, 0, 1, 0, 0.5),)))
    np.testing.assert_allclose(flat.quantity[1].ravel(), 0.5, rtol=1e-9)


def test_what_is_made_of_two_inputs_adds_up():
    made = block([(0, 0)], [1], [100])
    model = LinkedModel(
        (CHAIN[0], CHAIN[0], made), (Conversion(0, 0, 2, 0, 2.0), Conversion(1, 0, 2, 0, 3.0))
    )
    assert run(model).quantity[2].item() == 51.0


def test_a_required_partner_without_supply_gives_nothing_and_no_error():
    first = block([(0, 0)], [10], [10])
    for second in (block([(0, 0)], [0], [10]), block([], [], [10]), block([(0, 0)], [5], [0])):
        result = run(LinkedModel((first, second), couplings=(Coupling((0, 0), (1, 0), True, 0.0),)))
        assert result.quantity[0].item() == 0.0
        assert result.objective == 0.0
        assert result.certified


# --- ties, order, sizes


@pytest.mark.parametrize("straight", [True, False])
def test_among_equals_the_shortest_is_taken(straight):
    distance = [1, 9, 9, 1] if straight else [9, 1, 1, 9]
    result = one([(0, 0), (0, 1), (1, 0), (1, 1)], [5, 5], [5, 5], np.ones(4), distance)
    assert result.quantity[0].ravel().tolist() == [5.0 * (away == 1) for away in distance]


def test_among_equal_connections_the_shortest_is_taken():
    pairs = [(0, 0), (1, 0), (2, 0)]
    result = one(pairs, [4, 4, 4], [6], np.ones(3), [30, 10, 20], min_lot=3)
    assert result.quantity[0].ravel().tolist() == [0.0, 3.0, 3.0]
    assert result.objective == 6.0


def test_the_shortest_never_costs_value():
    result = one([(0, 0), (0, 1)], [5], [5, 5], [1.001, 1.0], [5_000, 1])
    assert result.quantity[0].ravel().tolist() == [5.0, 0.0]


@pytest.mark.parametrize("lots", [False, True])
def test_the_order_of_the_pairs_changes_nothing(lots):
    for seed in range(8):
        model, values = draw_model(seed, lots)
        random = np.random.default_rng(seed)
        orders = [random.permutation(len(b.s)) for b in model.blocks]
        mixed = replace(
            model,
            blocks=tuple(
                replace(b, s=b.s[o], d=b.d[o], distance_m=b.distance_m[o])
                for b, o in zip(model.blocks, orders, strict=True)
            ),
        )
        straight = run(model, *values)
        other = run(mixed, *(v[o] for v, o in zip(values, orders, strict=True)))
        for q, r, o in zip(straight.quantity, other.quantity, orders, strict=True):
            np.testing.assert_array_equal(q[o], r)


def test_the_order_of_pairs_that_are_equal_in_everything_changes_nothing():
    pairs = list(itertools.product(range(4), range(5)))
    supply, demand = [3, 4, 5, 6], [4, 4, 4, 4, 4]
    straight = one(pairs, supply, demand, np.ones(20)).quantity[0]
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(20)
        mixed = one([pairs[k] for k in order], supply, demand, np.ones(20)).quantity[0]
        np.testing.assert_array_equal(straight[order], mixed)


def test_units_of_very_different_size_stand_side_by_side():
    water = block([(0, 0), (1, 0)], [1e7, 3e7], [2.5e7], [10, 20])
    struvite = block([(0, 0), (0, 1)], [0], [7.0, 2.0])
    model = LinkedModel((water, struvite), (Conversion(0, 0, 1, 0, 4e-7),))
    result = run(model, [-1e-6, -1e-6], [300.0, 200.0])
    # 9 t need 2.25e7 m3; the dearest cubic metre still pays.
    assert result.objective == pytest.approx(7 * 300 + 2 * 200 - 22.5)
    assert result.quantity[1].ravel().tolist() == pytest.approx([7.0, 2.0], rel=1e-9)
    assert result.quantity[0].sum() == pytest.approx(2.25e7)
    check_fits(model, result)


def test_an_absurd_supply_does_not_take_the_digits_of_the_others():
    result = one([(0, 0), (1, 1), (0, 1)], [1e15, 0.003], [7.1, 0.004], [1.0, 3.0, 2.0])
    np.testing.assert_allclose(result.quantity[0].ravel(), [7.1, 0.003, 0.001], rtol=1e-9)


@pytest.mark.parametrize(
    ("supply", "demand", "objective"),
    [([0, 0], [5, 5], 0.0), ([5, 5], [0, 0], 0.0), ([5, 5], [5, 5], 10.0), ([5, 9], [1, 1], 2.0)],
)
def test_equal_values_zero_capacities_and_balanced_sides(supply, demand, objective):
    for settings in ({}, {"min_lot": 0.5}):
        result = one([(0, 0), (0, 1), (1, 0), (1, 1)], supply, demand, np.ones(4), np.ones(4), **settings)
        assert result.objective == objective
        assert (result.certified, result.gap) == (True, 0.0)


@pytest.mark.parametrize(
    "model", [LinkedModel(()), LinkedModel((block([], [], []),)), LinkedModel((block([], [3], [4]),))]
)
def test_nothing_to_allocate_is_an_empty_answer(model):
    result = run(model)
    assert result.objective == 0.0
    assert result.certified
    assert [q.shape for q in result.quantity] == [(0, 1)] * len(model.blocks)


def test_two_lots_that_do_not_quite_fit_are_not_both_taken():
    result = one([(0, 0), (0, 1)], [9.999999], [8, 8], np.ones(2), min_lot=5)
    assert result.objective == 8.0
    fits = one([(0, 0), (0, 1)], [10], [5, 5], np.ones(2), min_lot=5)
    assert fits.quantity[0].ravel().tolist() == [5.0, 5.0]


def test_months_that_add_up_to_a_lot_but_for_rounding_make_it():
    twelfth = np.full((1, 12), 7 / 12)
    assert twelfth.sum(axis=1)[0] < 7.0
    assert one([(0, 0)], twelfth, twelfth, [1.0], min_lot=7.0).objective == pytest.approx(7.0)


# --- time, size, bad input


def hard(n=40, m=60):
    """Connections that cost much, everything within reach of everything."""
    random = np.random.default_rng(7)
    pairs = list(itertools.product(range(n), range(m)))
    side = [random.lognormal(2, 0.6, count) for count in (n, m)]
    part = block(pairs, *side, np.ones(len(pairs)), min_lot=2.0, fixed=3.0)
    return LinkedModel((part,)), random.uniform(1, 2, len(pairs))


def test_a_search_that_is_cut_off_keeps_the_best_so_far_and_says_so(cut_off):
    model, value = hard()
    result = run(model, value)
    assert result.limit_hit
    assert not result.certified
    assert 1e-6 < result.gap < 0.5
    assert 0 < result.objective < result.bound
    assert result.method in ("mixed-integer program", "heuristic")
    check_fits(model, result)


def test_a_search_that_finds_nothing_falls_back_on_dropping_what_breaks_a_lot(monkeypatch):
    from kansenkaart.matches.program import lot_choices as linked_lots

    monkeypatch.setattr(linked_lots, "_mixed", lambda *_, **__: (None, np.inf, False))
    model, value = hard(8, 9)
    result = run(model, value)
    assert (result.method, result.limit_hit) == ("heuristic", True)
    assert 0 < result.objective <= result.bound
    assert result.gap == pytest.approx((result.bound - result.objective) / result.bound)
    check_fits(model, result)


def test_a_linear_program_out_of_time_shares_in_proportion_and_keeps_what_was_kept(monkeypatch):
    from kansenkaart.matches.program.solver import Answer, Solver

    cut_off = Answer(None, np.zeros(0), -np.inf, done=False, in_time=False, reason="Time limit reached")
    monkeypatch.setattr(Solver, "solve", lambda *_, **__: cut_off)
    model = LinkedModel((block([(0, 0), (0, 1)], [10], [6, 6]),))
    result = run(model, at_least=(np.array([[2.0], [0.0]]),))
    assert result.quantity[0].sum() == pytest.approx(10.0)
    assert result.quantity[0][0, 0] >= 2.0
    assert (result.limit_hit, result.certified, result.method) == (True, False, "heuristic")
    assert result.bound >= 10.0
    for seed in range(20):
        model, values = draw_model(seed, lots=seed % 2 == 0)
        result = run(model, *values)
        assert result.objective <= result.bound
        check_fits(model, result)


def test_a_model_that_is_too_large_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(linked_model, "LARGEST_MODEL", 3)
    with pytest.raises(DataError, match="hard_km") as error:
        one([(0, 0), (0, 1)], [9], [8, 8], np.ones(2), min_lot=5)
    assert error.value.faults[0].key == "model_too_large"
    assert error.value.faults[0].values["columns"] == 4
    assert one([(0, 0), (0, 1)], [9], [8, 8], np.ones(2)).objective == 9.0


def test_a_ring_of_processors_is_refused_by_name():
    part = block([(0, 0)], [1], [9])
    ring = (Conversion(0, 0, 1, 0, 1.0), Conversion(1, 0, 0, 0, 1.0))
    with pytest.raises(DataError, match="own input") as error:
        run(LinkedModel((part, part), ring))
    assert error.value.faults[0].key == "chain_cyclic"
    assert error.value.faults[0].values["conversions"] == [0, 1]
    with pytest.raises(DataError, match="own input"):
        run(LinkedModel((part,), (Conversion(0, 0, 0, 0, 0.5),)))


def test_a_way_back_without_a_pair_is_no_ring():
    there, back = block([(0, 0)], [1], [9]), block([(0, 1)], [0], [9, 9])
    chains = (Conversion(0, 0, 1, 0, 1.0), Conversion(1, 0, 0, 0, 1.0))
    assert run(LinkedModel((there, back), chains)).objective == 2.0


GOOD = block([(0, 0)], [1], [1])
WRONG = {
    "supply": replace(GOOD, supply=np.array([[np.nan]])),
    "demand": replace(GOOD, demand=np.array([[-1.0]])),
    "positions": replace(GOOD, s=np.array([1])),
    "distance": replace(GOOD, distance_m=np.array([-1.0])),
    "min_lot": replace(GOOD, min_lot=-1.0),
    "fixed": replace(GOOD, fixed=np.inf),
    "12 periods": replace(GOOD, storage_efficiency=0.5),
    "storage_efficiency": block([(0, 0)], months(1), months(1), storage_efficiency=1.5),
    "sites, 12": replace(GOOD, supply=np.ones((1, 3))),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_block_that_cannot_be_is_refused(name):
    with pytest.raises(DataError, match=name) as error:
        run(LinkedModel((WRONG[name],)))
    assert error.value.faults[0].key == "linked_model_wrong"


@pytest.mark.parametrize(
    ("links", "what"),
    [
        ({"conversions": (Conversion(0, 5, 0, 0, 1.0),)}, "conversion 0"),
        ({"conversions": (Conversion(0, 0, 1, 0, 1.0),)}, "conversion 0"),
        ({"conversions": (Conversion(0, 0, 0, 0, -1.0),)}, "yield"),
        ({"ledgers": (Ledger((Term(0, "supply", 9, 1.0),), 1.0),)}, "ledger 0"),
        ({"ledgers": (Ledger((), -1.0),)}, "budget"),
        ({"couplings": (Coupling((0, 0), (0, 9), True, 0.0),)}, "coupling 0"),
        ({"couplings": (Coupling((0, 0), (0, 0), False, np.nan),)}, "bonus"),
    ],
)
def test_a_link_that_cannot_be_is_refused(links, what):
    with pytest.raises(DataError, match=what):
        run(LinkedModel((GOOD,), **links))


def test_values_and_limits_must_be_numbers():
    with pytest.raises(DataError, match="value"):
        run(LinkedModel((GOOD,)), [np.nan])
    with pytest.raises(DataError, match="time_limit_s"):
        run(LinkedModel((GOOD,)), limit_s=0.0)
