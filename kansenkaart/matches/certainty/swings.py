"""The run again with one uncertain number at its low and at its high end, for every number that may matter."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.arrays import DUST, BoolArray, FloatArray
from kansenkaart.matches.certainty.draws import STANDS
from kansenkaart.matches.certainty.prepared import can_prepare
from kansenkaart.matches.certainty.scheduler import run_all
from kansenkaart.matches.certainty.uncertain_inputs import (
    End,
    Ends,
    Input,
    find_ends,
    find_inputs,
    with_flows,
    with_price,
    with_yield,
)
from kansenkaart.matches.price.classes import class_pairs
from kansenkaart.matches.price.economics import Money, price_pairs
from kansenkaart.matches.price.load_hours import with_load_hours
from kansenkaart.matches.solve.problem import Group, Problem
from kansenkaart.matches.solve.solution import Solution
from kansenkaart.matches.solve.solve import allocate_group
from kansenkaart.matches.ties.connections import Making
from kansenkaart.tables.matches import CHANCE_CLASSES

# Numbers tried per stream, by the size of what has to be solved again for every one of them (pairs x periods, and
# linked streams count for more: a linear program takes that much longer).
MOST_INPUTS = ((200_000, 25), (1_000_000, 10), (20_000_000, 3))
_LINKED_WEIGHT = 20

_STRENGTH = {name: -n for n, name in enumerate(CHANCE_CLASSES)}


@dataclass(frozen=True)
class AtEnd:
    """A stream with one number at an end; arrays have one entry per match of the base run.

    ``lost`` is the share of its quantity a match loses, ``worse`` the classes it falls.
    """

    quantity: float
    net: float
    lost: FloatArray
    worse: FloatArray

    @property
    def changed(self) -> BoolArray:
        """Matches that change class, halve or vanish."""
        return np.asarray((self.lost > 1.0 - STANDS) | (self.worse != 0))

    @property
    def fallen(self) -> BoolArray:
        """Matches that halve, vanish or get a lower class."""
        return np.asarray((self.lost > 1.0 - STANDS) | (self.worse > 0))


@dataclass(frozen=True)
class Swing:
    """One number and what its ends do to a stream."""

    input: Input
    low: AtEnd
    high: AtEnd

    @property
    def changed(self) -> int:
        """Matches that change at one of the ends."""
        return int((self.low.changed | self.high.changed).sum())

    @property
    def span(self) -> float:
        """How far the ends lie apart: net value, or quantity where there is no price."""
        ends = (self.low.net, self.high.net)
        known = not np.isnan(ends).any()
        return abs(ends[1] - ends[0]) if known else abs(self.high.quantity - self.low.quantity)


@dataclass(frozen=True)
class StreamSwings:
    """The numbers of one stream, the most deciding first, and those that were not tried."""

    match_id: pd.Series
    swings: tuple[Swing, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class SwingWork:
    """Runs of one group; number 2n is the low end of input n, 2n + 1 its high end. ``base`` are the priced pairs."""

    group: Group
    ends: tuple[Ends, ...]
    makings: tuple[Making, ...]
    base: tuple[pd.DataFrame, ...]
    inputs: tuple[Input, ...]
    catalogue: Catalogue

    @property
    def in_threads(self) -> bool:
        """As for draws."""
        return can_prepare(self.group)

    def run(self, first: int, out: int) -> list[tuple[AtEnd, ...]]:
        """Per run what became of every stream of the group."""
        return [self._at_end(self.inputs[n // 2], "high" if n % 2 else "low") for n in range(first, out)]

    def _at_end(self, one: Input, end: End) -> tuple[AtEnd, ...]:
        group, catalogue = self.group, self.catalogue
        if one.kind == "price":
            catalogue = with_price(catalogue, one.id, getattr(one, end))
        elif one.kind == "yield":
            group = with_yield(group, self.makings, one.id, getattr(one, end))
        else:
            group = with_flows(group, self.ends, one.id, end)
        _, outcome, _ = allocate_group(group, catalogue)
        return tuple(
            _compare(problem, base, months, catalogue)
            for problem, base, months in zip(group.problems, self.base, outcome.quantity, strict=True)
        )


def swing_inputs(
    solution: Solution, catalogue: Catalogue, *, scheduler: str | None = None
) -> dict[str, StreamSwings]:
    """Solve every group again with one number at its low and at its high end, plans made anew.

    Nothing is read, posed or routed again. A number at an end is taken as known exactly. Budgets of ledgers stay.

    Parameters
    ----------
    solution
        The base run.
    scheduler
        Address of a Dask scheduler; None: all cores of this machine.

    Returns
    -------
    dict
        Per stream with matches. How many numbers are tried depends on the size of the group (``MOST_INPUTS``).
    """
    found: dict[str, StreamSwings] = {}
    for names, group in solution.groups:
        chosen = {name: _chosen(solution, name) for name in names}
        if any(len(rows) for rows in chosen.values()):
            found |= _swing_group(solution, names, group, catalogue, scheduler)
    return {stream: found[stream] for stream in solution.streams if stream in found}


def _swing_group(
    solution: Solution, names: tuple[str, ...], group: Group, catalogue: Catalogue, scheduler: str | None
) -> dict[str, StreamSwings]:
    ends = find_ends(solution, names, group)
    most = _most_inputs(group)
    per_stream = {
        name: find_inputs(solution.streams[name], known, solution, catalogue)
        for name, known in zip(names, ends, strict=True)
        if len(_chosen(solution, name))
    }
    tried = {one.id: one for inputs in per_stream.values() for one in inputs[:most]}
    work = SwingWork(
        group,
        ends,
        tuple(one for one in solution.connections.conversions if one.takes in names and one.makes in names),
        tuple(solution.streams[name].pairs for name in names),
        tuple(tried.values()),
        catalogue,
    )
    runs = run_all(work, 2 * len(tried), scheduler=scheduler)
    at = {one: n for n, one in enumerate(tried)}
    found = {}
    for name, inputs in per_stream.items():
        n = names.index(name)
        swings = [Swing(one, runs[2 * at[one.id]][n], runs[2 * at[one.id] + 1][n]) for one in inputs[:most]]
        swings.sort(key=lambda swing: (-swing.changed, -swing.span, swing.input.id))
        left = tuple(one.id for one in inputs[most:])
        found[name] = StreamSwings(_match_ids(solution, name), tuple(swings), left)
    return found


def _most_inputs(group: Group) -> int:
    size = sum(len(problem.pairs) * problem.supply.shape[1] for problem in group.problems)
    size *= 1 if can_prepare(group) else _LINKED_WEIGHT
    return next((most for limit, most in MOST_INPUTS if size <= limit), 0)


def _chosen(solution: Solution, stream: str) -> pd.DataFrame:
    pairs = solution.streams[stream].pairs
    return pairs[pairs["chosen"].to_numpy(dtype=bool)]


def _match_ids(solution: Solution, stream: str) -> pd.Series:
    one, rows = solution.streams[stream], _chosen(solution, stream)
    supply = one.sides[0].column("site_id")[rows["s"].to_numpy()].astype(str)
    demand = one.sides[1].column("site_id")[rows["d"].to_numpy()].astype(str)
    return pd.Series([f"{stream}|{s}|{d}" for s, d in zip(supply, demand, strict=True)], dtype=object)


def _compare(problem: Problem, base: pd.DataFrame, months: FloatArray, catalogue: Catalogue) -> AtEnd:
    """What became of the matches of the base run, whose priced pairs are `base`; `months` float64[pairs, P]."""
    quantity = months.sum(axis=1)
    used, at = quantity > DUST, np.flatnonzero(base["chosen"].to_numpy(dtype=bool))
    # As the base run prices: what trunks carry, and when, is what the allocation sends.
    pairs = with_load_hours(base.assign(quantity=quantity), months, used)
    size = np.where(used, quantity, problem.reach)
    money = price_pairs(problem.stream, problem.rules, pairs, size, catalogue)
    of_matches = Money(**{one.name: getattr(money, one.name)[at] for one in fields(Money)})
    classes = class_pairs(problem.stream, problem.rules, pairs.iloc[at], of_matches)["chance_class"]
    worse = base["chance_class"].iloc[at].map(_STRENGTH).to_numpy() - classes.map(_STRENGTH).to_numpy()
    before = base["quantity"].to_numpy(dtype=float)[at]
    return AtEnd(
        quantity=float(quantity.sum()),
        net=float("nan") if np.isnan(money.net).any() else float(money.net[used].sum()),
        lost=1.0 - np.minimum(quantity[at] / before, 1.0),
        worse=np.where(used[at], worse, 0).astype(float),
    )
