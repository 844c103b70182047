"""Linked models in a few words, and the naive model they are held against: one column for every way, loop by loop."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

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


def months(*winter):
    """Quantity per month: the numbers given for January on, then nothing."""
    return [[*winter, *([0.0] * (12 - len(winter)))]]
