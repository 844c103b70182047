"""The run again with one uncertain number at its low and at its high end, for every number that may matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, BoolArray, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue, with_price
from kansenkaart.catalogue.legend import BETWEEN
from kansenkaart.crew import ALONE, Crew
from kansenkaart.matches.certainty.draws import STANDS, can_prepare
from kansenkaart.matches.certainty.uncertain import (
    End,
    Ends,
    Input,
    find_ends,
    find_inputs,
    with_flows,
    with_yield,
)
from kansenkaart.matches.price.classes import DRAWN, class_pairs
from kansenkaart.matches.price.economics import price_pairs
from kansenkaart.matches.price.ways import with_load_hours
from kansenkaart.matches.solve.problem import Group, Problem
from kansenkaart.matches.solve.solution import Solution, name_ways
from kansenkaart.matches.solve.solve import allocate_group
from kansenkaart.matches.ties.connections import Making
from kansenkaart.project import Project
from kansenkaart.tables import TORNADO, Remarks
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.texts import Texts

# Numbers tried per stream, by the size of what has to be solved again for every one of them (pairs x periods, and
# linked streams count for more: a linear program takes that much longer).
MOST_INPUTS = ((200_000, 25), (1_000_000, 10), (20_000_000, 3))
_LINKED_WEIGHT = 20

# Beside ``DRAWN``.
_CLASSED_BY = (
    "distance_m",
    "rule",
    "scale_level",
    "temperature_unknown",
    "running_unknown",
    "quantity",
    "net_eur_y",
)

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


class _Base(NamedTuple):
    """The matches of the base run.

    Attributes
    ----------
    at
        Their positions among the pairs.
    rows
        What a class depends on, of each.
    quantity, strength
        What each carries, and how good its class is.
    """

    at: IntArray
    rows: pd.DataFrame
    quantity: FloatArray
    strength: IntArray

    @classmethod
    def of(cls, pairs: pd.DataFrame) -> _Base:
        at = np.flatnonzero(pairs["chosen"].to_numpy(dtype=bool))
        rows = pairs.iloc[at]
        quantity, strength = rows["quantity"].to_numpy(dtype=float), _strengths(rows["chance_class"])
        return cls(at, rows[[*_CLASSED_BY, *DRAWN]], quantity, strength)


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

    @cached_property
    def matched(self) -> tuple[_Base, ...]:
        """The matches of every stream in the base run."""
        return tuple(map(_Base.of, self.base))

    def run(self, first: int, out: int) -> list[tuple[AtEnd, ...]]:
        """Per run what became of every stream of the group."""
        return [self._at_end(self.inputs[n // 2], "high" if n % 2 else "low") for n in range(first, out)]

    def _at_end(self, number: Input, end: End) -> tuple[AtEnd, ...]:
        group, catalogue = self.group, self.catalogue
        if number.kind == "price":
            catalogue = with_price(catalogue, number.id, getattr(number, end))
        elif number.kind == "yield":
            group = with_yield(group, self.makings, number.id, getattr(number, end))
        else:
            group = with_flows(group, self.ends, number.id, end)
        _, outcome, _ = allocate_group(group, catalogue, certify=False)
        return tuple(
            _compare(problem, base, matched, months, catalogue)
            for problem, base, matched, months in zip(
                group.problems, self.base, self.matched, outcome.quantity, strict=True
            )
        )


def swing_inputs(solution: Solution, catalogue: Catalogue, *, crew: Crew) -> dict[str, StreamSwings]:
    """Solve every group again with one number at its low and at its high end, plans made anew.

    Nothing is read, posed or routed again. A number at an end is taken as known exactly. Budgets of ledgers stay.

    Parameters
    ----------
    solution
        The base run.
    crew
        Who works them out.

    Returns
    -------
    dict
        Per stream with matches. How many numbers are tried depends on the size of the group (``MOST_INPUTS``).
    """
    found: dict[str, StreamSwings] = {}
    for names, group in solution.groups:
        chosen = {name: _chosen(solution, name) for name in names}
        if any(len(rows) for rows in chosen.values()):
            found |= _swing_group(solution, names, group, catalogue, crew)
    return {stream: found[stream] for stream in solution.streams if stream in found}


def _swing_group(
    solution: Solution, names: tuple[str, ...], group: Group, catalogue: Catalogue, crew: Crew
) -> dict[str, StreamSwings]:
    ends = find_ends(solution, names, group)
    most = _most_inputs(group)
    per_stream = {
        name: find_inputs(solution.streams[name], known, solution, catalogue)
        for name, known in zip(names, ends, strict=True)
        if len(_chosen(solution, name))
    }
    tried = {number.id: number for inputs in per_stream.values() for number in inputs[:most]}
    work = SwingWork(
        group,
        ends,
        solution.connections.makings_in(names),
        tuple(solution.streams[name].pairs for name in names),
        tuple(tried.values()),
        catalogue,
    )
    runs = crew.run(work, 2 * len(tried))
    at = {number_id: n for n, number_id in enumerate(tried)}
    found = {}
    for name, inputs in per_stream.items():
        n = names.index(name)
        swings = [
            Swing(number, runs[2 * at[number.id]][n], runs[2 * at[number.id] + 1][n])
            for number in inputs[:most]
        ]
        swings.sort(key=lambda swing: (-swing.changed, -swing.span, swing.input.id))
        left = tuple(number.id for number in inputs[most:])
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
    result, rows = solution.streams[stream], _chosen(solution, stream)
    return pd.Series(name_ways(result.problem, result.sides, rows), dtype=object)


def _strengths(classes: pd.Series) -> IntArray:
    return np.array([_STRENGTH[name] for name in classes.tolist()], dtype=np.int64)


def _compare(
    problem: Problem, base: pd.DataFrame, matched: _Base, months: FloatArray, catalogue: Catalogue
) -> AtEnd:
    """What became of the matches of the base run, whose priced pairs are `base`; `months` float64[pairs, P]."""
    quantity, at = months.sum(axis=1), matched.at
    used = quantity > DUST
    # As the base run prices: what trunks carry, and when, is what the allocation sends.
    pairs = with_load_hours(problem.stream, base.assign(quantity=quantity), months, used)
    size = np.where(used, quantity, problem.reach)
    money = price_pairs(problem.stream, problem.rules, pairs, size, catalogue)
    drawn = _draws_at_end(matched.rows, money.net[at], size[at])
    now = matched.rows.assign(cost_eur_y=money.cost[at], net_high_eur_y=money.net_high[at], **drawn)
    classes = class_pairs(problem.stream, problem.rules, now)["chance_class"]
    worse = matched.strength - _strengths(classes)
    return AtEnd(
        quantity=float(quantity.sum()),
        net=float("nan") if np.isnan(money.net).any() else float(money.net[used].sum()),
        lost=1.0 - np.minimum(quantity[at] / matched.quantity, 1.0),
        worse=np.where(used[at], worse, 0).astype(float),
    )


# Numbers named per match.
MOST_DECIDING = 2

# Numbers named in a finding.
_NAMED = 10


def find_swings(
    solution: Solution, catalogue: Catalogue, *, project: Project, crew: Crew = ALONE
) -> dict[str, StreamSwings]:
    """What every uncertain number does to its streams; nothing when the project draws nothing (``draws = 0``)."""
    return swing_inputs(solution, catalogue, crew=crew) if project.draws else {}


def find_tornado(swings: Mapping[str, StreamSwings]) -> pd.DataFrame:
    """Frame ``TORNADO``: within a stream by matches that change, then by how far the ends lie apart."""
    rows = [
        _row(stream, swing, rank)
        for stream, found in swings.items()
        for rank, swing in enumerate(found.swings, start=1)
    ]
    return TORNADO.conform(pd.DataFrame(rows)) if rows else TORNADO.empty()


def deciding_inputs(swings: Mapping[str, StreamSwings]) -> pd.Series:
    """Per match id the numbers whose low or high end makes it halve, vanish or fall a class, worst first.

    At most ``MOST_DECIDING`` ids joined by "; "; missing where no number does.
    """
    found: dict[str, str | None] = {}
    for tried in swings.values():
        for n, match_id in enumerate(tried.match_id):
            deciding = [
                (-_harm(swing, n), rank, swing.input.id)
                for rank, swing in enumerate(tried.swings)
                if swing.low.fallen[n] or swing.high.fallen[n]
            ]
            found[match_id] = BETWEEN.join(name for *_, name in sorted(deciding)[:MOST_DECIDING]) or None
    return pd.Series(found, dtype=object, name="decided_by")


def remark_tornado(swings: Mapping[str, StreamSwings], *, texts: Texts) -> pd.DataFrame:
    """Frame ``FINDINGS``: streams that are too large to try all their numbers, and which were left out."""
    remarks = Remarks(texts)
    for stream, found in swings.items():
        if not found.left_out:
            continue
        names = list(found.left_out[:_NAMED]) + (["..."] if len(found.left_out) > _NAMED else [])
        name = texts.find(f"streams.{stream}", stream)
        tried, count = texts.number(len(found.swings)), texts.number(len(found.left_out))
        told = {"stream": name, "tried": tried, "count": count, "names": ", ".join(names)}
        remarks.add("tornado_limited", name, told, severity="note")
    return remarks.frame()


def _row(stream: str, swing: Swing, rank: int) -> dict[str, object]:
    number = swing.input
    return {
        "stream": stream,
        "input_id": number.id,
        "input_kind": number.kind,
        "low": number.low,
        "value": number.value,
        "high": number.high,
        "input_unit": number.unit,
        "quantity_low": swing.low.quantity,
        "quantity_high": swing.high.quantity,
        "net_low_eur_y": swing.low.net,
        "net_high_eur_y": swing.high.net,
        "matches_changed": swing.changed,
        "rank": rank,
    }


def _harm(swing: Swing, n: int) -> float:
    """Share of its quantity and classes that a match loses at the worse end."""
    return max(float(end.lost[n] + max(end.worse[n], 0.0)) for end in (swing.low, swing.high))


def _draws_at_end(base: pd.DataFrame, net: FloatArray, size: FloatArray) -> dict[str, FloatArray]:
    """What the draws say of matches when one number lies at an end and is known exactly there.

    Parameters
    ----------
    base
        The matches of the base run: ``quantity, net_eur_y`` and ``DRAWN``.
    net, size
        Net value and quantity per year with the number at its end.

    Returns
    -------
    dict
        ``DRAWN``, of which what is per unit was moved.

    Notes
    -----
    Independent numbers add up by squares: what the number itself did is taken out of the spread.
    """
    quantity = base["quantity"].to_numpy(dtype=float)
    before = base["net_eur_y"].to_numpy(dtype=float)
    own = np.divide(net, size, out=np.full(len(net), np.nan), where=size > DUST) - before / quantity
    unit = before / quantity + own
    drawn = {name: base[name].to_numpy(dtype=float) for name in DRAWN}
    for name, side in (("net_p10_eur_unit", -1.0), ("net_p90_eur_unit", 1.0), ("known_p10_eur_unit", -1.0)):
        spread = drawn[name] - before / quantity
        drawn[name] = unit + side * np.sqrt(np.maximum(spread**2 - own**2, 0.0))
    return drawn
