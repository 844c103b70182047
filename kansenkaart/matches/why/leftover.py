"""What is left at both ends of every pair, and what keeps a pair from using it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kansenkaart.arrays import SOLVED, BoolArray, FloatArray, IntArray
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.solve.problem import Group
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.tables import MONTH_COLUMNS

# An account this near its budget is spent: what lies between is the solver's rounding.
_SPENT = 1.0 - 1e-6

# Above this share of the year nobody needs to hear of the season.
NEARLY_ALL = 0.995


@dataclass(frozen=True)
class AccountUse:
    """How far an account of a plant (gas, heat, phosphorus or dry matter) is used: `drawn` of `budget`, in `unit`."""

    name: str
    unit: str
    budget: float
    drawn: float

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be drawn from it."""
        return self.drawn >= self.budget * _SPENT


def find_carried(result: StreamSolution) -> list[AccountUse]:
    """How far what every network of the stream can carry is used."""
    problem = result.problem
    return [
        AccountUse(
            network.name,
            problem.stream.unit,
            network.spare,
            float(result.solved.quantity[problem.network == n].sum()),
        )
        for n, network in enumerate(problem.networks)
    ]


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


def find_drawn(result: StreamSolution, solution: Solution) -> dict[tuple[str, int], list[AccountUse]]:
    """(role, position in that side) -> the accounts its flow draws from, as far as they could run out."""
    found: dict[tuple[str, int], list[AccountUse]] = {}
    moved = _Moved(solution)
    for account in solution.connections.accounts:
        if not account.binds:
            continue
        total = sum(
            entry.coefficient * moved.at(entry.stream, entry.role, entry.position)
            for entry in account.entries
            if entry.most > 0
        )
        drawn = AccountUse(account.ledger, account.unit, account.budget, total)
        for entry in account.entries:
            if entry.stream == result.problem.stream.id and entry.coefficient > 0:
                found.setdefault((entry.role, entry.position), []).append(drawn)
    return found


def find_shares(result: StreamSolution, solution: Solution) -> dict[int, Share]:
    """Position in the demand side -> the stream that must, or preferably does, come along."""
    names, group = group_of(result.problem.stream.id, solution)
    block = names.index(result.problem.stream.id)
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
            result = self._solution.streams[stream]
            ends = result.problem.s if role == "supply" else result.problem.d
            length = len(result.sides[0 if role == "supply" else 1])
            self._totals[stream, role] = np.bincount(ends, result.solved.quantity, length).astype(float)
        return float(self._totals[stream, role][position])

    def share(self, stream: str, position: int) -> float:
        """Part of what a taker asks that it gets."""
        asked = float(self._solution.streams[stream].problem.demand[position].sum())
        return self.at(stream, "demand", position) / asked if asked > 0 else 0.0


# Why a pair with something left at both ends carries no more, in the order in which the rules are told.
HOLDS = (
    *("network_full", "ledger_full", "coupling_unmet", "below_min_lot", "below_break_even", "season"),
    "search_ended",
)


@dataclass(frozen=True)
class Leftover:
    """What the run of one stream left over.

    Attributes
    ----------
    supply, demand
        float64[n, P], float64[m, P]: left per period.
    year, together
        Per pair: what both ends have left over the year, and in the same months; rounding is 0.
    could
        What all pairs of its round to the same taker could yet carry together.
    hold
        Per pair the position in ``HOLDS`` of what keeps it back; -1 where an end has nothing left.
    drawn
        (role, position) -> the accounts a flow draws from.
    shares
        Position of a demand -> the stream that comes along, or must.
    """

    supply: FloatArray
    demand: FloatArray
    year: FloatArray
    together: FloatArray
    could: FloatArray
    hold: IntArray
    drawn: dict[tuple[str, int], list[AccountUse]]
    shares: dict[int, Share]

    def spent(self, s: int, d: int) -> Iterator[tuple[str, AccountUse]]:
        """Role and account of every end of a pair whose account is spent."""
        for role, position in (("supply", s), ("demand", d)):
            for account in self.drawn.get((role, position), []):
                if account.is_full:
                    yield role, account


def find_leftover(result: StreamSolution, solution: Solution) -> Leftover:
    """Left over per end and per pair, and what keeps a pair from using it.

    A pair is held back by: its network that is full, an account that is spent, its share of a coupling, the smallest
    lot, a fixed cost that the rest does not earn back, months that do not meet, or a search that was cut short.
    """
    months, ends = result.solved.months, (result.problem.s, result.problem.d)
    left = [_left(side, at, months) for side, at in zip(result.sides, ends, strict=True)]
    left[0] = _without_stored(left[0], result)
    year, together = _left_over_pairs(result, left, ends)
    drawn, shares = find_drawn(result, solution), find_shares(result, solution)
    bound = [position for position, share in shares.items() if share.binds]
    could = np.minimum(result.problem.per_lot(together), left[1].sum(axis=1)[ends[1]])
    full = np.array([*(account.is_full for account in find_carried(result)), False])
    holds = {
        "network_full": full[result.problem.network],
        "ledger_full": _at_full(drawn, ends),
        "coupling_unmet": np.isin(ends[1], bound),
        **_held_by_price(result, together, could),
        "season": together <= 0,
        "search_ended": np.ones(len(year), dtype=bool),
    }
    hold = np.select([holds[name] for name in HOLDS], range(len(HOLDS)), default=-1)
    return Leftover(left[0], left[1], year, together, could, np.where(year > 0, hold, -1), drawn, shares)


def periods_of(side: Side, count: int) -> FloatArray:
    """Free quantity of a side per period: the year, or its months."""
    if count == 1:
        return side.column("value").astype(float)[:, None]
    return np.asarray(side.flows[list(MONTH_COLUMNS)].to_numpy(dtype=float))


def _left(side: Side, at: IntArray, months: FloatArray) -> FloatArray:
    """What a side has left per period; less than rounding is nothing."""
    have = periods_of(side, months.shape[1])
    used = np.column_stack([np.bincount(at, months[:, p], len(side)) for p in range(months.shape[1])])
    left = np.maximum(have - used, 0.0)
    return np.where(left > SOLVED * have.sum(axis=1, keepdims=True), left, 0.0)


def _without_stored(left: FloatArray, result: StreamSolution) -> FloatArray:
    """`left` of the supplies less what went into their stores: that is no longer there to give."""
    efficiency = result.problem.storage_efficiency
    if efficiency is None:
        return left
    stored = np.bincount(result.problem.s, result.solved.from_store.sum(axis=1), len(left)) / efficiency
    total = left.sum(axis=1)
    kept = np.maximum(total - stored, 0.0)
    kept = np.where(kept > SOLVED * (total + stored), kept, 0.0)
    share = np.divide(kept, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(left * share[:, None])


def _left_over_pairs(
    result: StreamSolution, left: list[FloatArray], ends: tuple[IntArray, IntArray]
) -> tuple[FloatArray, FloatArray]:
    """What every pair has left at both ends: over the year, and in the same months."""
    values = [side.column("value").astype(float)[at] for side, at in zip(result.sides, ends, strict=True)]
    least = SOLVED * np.minimum(*values)
    totals = [part.sum(axis=1) for part in left]
    year = np.minimum(totals[0][ends[0]], totals[1][ends[1]])
    year = np.where(year > least, year, 0.0)
    together = np.zeros(len(year))
    rows = np.flatnonzero(year)
    for month in range(left[0].shape[1]):
        together[rows] += np.minimum(left[0][ends[0][rows], month], left[1][ends[1][rows], month])
    return year, np.where(together > least, together, 0.0)


def _at_full(drawn: dict[tuple[str, int], list[AccountUse]], ends: tuple[IntArray, IntArray]) -> BoolArray:
    """Pairs with an end whose account is spent."""
    full = [end for end, many in drawn.items() if any(account.is_full for account in many)]
    held = [
        np.isin(at, [position for role, position in full if role == name])
        for name, at in zip(("supply", "demand"), ends, strict=True)
    ]
    return np.asarray(held[0] | held[1])


def _held_by_price(result: StreamSolution, together: FloatArray, could: FloatArray) -> dict[str, BoolArray]:
    """Pairs of which the round has less left than a lot, or the rest does not earn back the cost of a connection."""
    problem = result.problem
    unused = result.solved.quantity <= 0
    worth = result.solved.plan.unit_value
    earned = np.where(np.isnan(worth), np.inf, np.nan_to_num(worth) * together)
    fixed = problem.fixed_eur_y if problem.objective == "net_eur" else 0.0
    some = unused & (together > 0)
    return {
        "below_min_lot": some & (could < problem.min_lot) & (problem.per_lot(result.solved.quantity) <= 0),
        "below_break_even": some & (fixed > 0) & (earned <= fixed),
    }


def rank_partners(result: StreamSolution, left: Leftover) -> tuple[IntArray, IntArray]:
    """Per pair how many partners were worth more to its supply, in the order the run used, and how many still ask."""
    s, d = result.problem.s, result.problem.d
    order = np.lexsort((-result.pairs["worth"].to_numpy(), s))
    # The ways to one taker are one partner, as good as the best of them.
    _, at, back = np.unique(np.column_stack([s, d])[order], axis=0, return_index=True, return_inverse=True)
    best = at[back.ravel()]
    counts = best == np.arange(len(order))
    first = np.searchsorted(s[order], s[order])
    asks = counts & (left.demand.sum(axis=1)[d[order]] > 0)
    sums = [np.concatenate([[0], np.cumsum(of)]) for of in (counts, asks)]
    better, asking = np.empty(len(order), dtype=np.int64), np.empty(len(order), dtype=np.int64)
    for told, before in zip((better, asking), sums, strict=True):
        told[order] = before[best] - before[first]
    return better, asking
