"""What ties a flow to other streams: the accounts it draws from, and the shares that must keep step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kansenkaart.matches.arrays import FloatArray
from kansenkaart.matches.solve.problem import Group
from kansenkaart.matches.solve.solution import Solution, StreamSolution

# An account this near its budget is spent: what lies between is the solver's rounding.
_SPENT = 1.0 - 1e-6


@dataclass(frozen=True)
class Drawn:
    """How far an account of a plant (gas, heat, phosphorus or dry matter) is used: `drawn` of `budget`, in `unit`."""

    name: str
    unit: str
    budget: float
    drawn: float

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be drawn from it."""
        return self.drawn >= self.budget * _SPENT


@dataclass(frozen=True)
class Share:
    """How far a taker's stream and the one it goes together with are met: shares of what is asked, 0 to 1."""

    other: str
    own: float
    met: float
    required: bool

    @property
    def binds(self) -> bool:
        """Whether more of this stream may only come with more of the other."""
        return self.required and self.own >= self.met - (1.0 - _SPENT)


def group_of(stream: str, solution: Solution) -> tuple[tuple[str, ...], Group]:
    """Names and group that a stream was solved in."""
    return next((names, group) for names, group in solution.groups if stream in names)


def find_drawn(one: StreamSolution, solution: Solution) -> dict[tuple[str, int], list[Drawn]]:
    """(role, position in that side) -> the accounts its flow draws from, as far as they could run out."""
    found: dict[tuple[str, int], list[Drawn]] = {}
    moved = _Moved(solution)
    for account in solution.connections.accounts:
        if not account.binds:
            continue
        total = sum(
            entry.coefficient * moved.at(entry.stream, entry.role, entry.position)
            for entry in account.entries
            if entry.most > 0
        )
        drawn = Drawn(account.ledger, account.unit, account.budget, total)
        for entry in account.entries:
            if entry.stream == one.problem.stream.id and entry.coefficient > 0:
                found.setdefault((entry.role, entry.position), []).append(drawn)
    return found


def find_shares(one: StreamSolution, solution: Solution) -> dict[int, Share]:
    """Position in the demand side -> the stream that must, or preferably does, come along."""
    names, group = group_of(one.problem.stream.id, solution)
    block = names.index(one.problem.stream.id)
    found: dict[int, Share] = {}
    moved = _Moved(solution)
    for pair in group.couplings:
        for own, other, required in (
            (pair.first, pair.second, pair.required),
            (pair.second, pair.first, False),
        ):
            if own[0] == block and other[0] != block:
                shares = [moved.share(names[end[0]], end[1]) for end in (own, other)]
                found[own[1]] = Share(names[other[0]], shares[0], shares[1], required)
    return found


class _Moved:
    """What every flow gave or got per year, summed once per stream and side."""

    def __init__(self, solution: Solution) -> None:
        self._solution = solution
        self._totals: dict[tuple[str, str], FloatArray] = {}

    def at(self, stream: str, role: str, position: int) -> float:
        """Quantity per year of one flow."""
        if (stream, role) not in self._totals:
            one = self._solution.streams[stream]
            ends = one.problem.s if role == "supply" else one.problem.d
            length = len(one.sides[0 if role == "supply" else 1])
            self._totals[stream, role] = np.bincount(ends, one.solved.quantity, length).astype(float)
        return float(self._totals[stream, role][position])

    def share(self, stream: str, position: int) -> float:
        """Part of what a taker asks that it gets."""
        asked = float(self._solution.streams[stream].problem.demand[position].sum())
        return self.at(stream, "demand", position) / asked if asked > 0 else 0.0
