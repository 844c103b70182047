"""One side of a stream as an account: what every flow gave or got, its best pair, and the cause that binds it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kansenkaart.arrays import DUST, SOLVED, BoolArray, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.solve.problem import CONFIRMED, Problem
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.matches.why.leftover import HOLDS, Leftover
from kansenkaart.matches.why.pair_rules import RULES, PairRules, check_pairs, find_almost
from kansenkaart.tables.matches import NOT_NOW

# Names that a sentence has room for.
NAMED = 2


@dataclass(frozen=True)
class Book:
    """One side of a stream; arrays have one entry per flow of that side.

    Attributes
    ----------
    result, leftover
        The stream, and what its run left over.
    role
        ``supply`` or ``demand``.
    moved, within_reach
        Quantity per year over all chosen pairs; and what all eligible partners have together.
    almost, rules
        The nearest almost-partner (-1 for nobody) and the rules that pair breaks.
    best
        Position of the pair that comes nearest to carrying more: what is left in the same months goes first, then over
        the year, then a partner that others filled, each by worth. -1 without a pair.
    worth, price
        What a unit over that pair is worth, and one more unit at its partner; NaN where the two cannot be compared.
    deliveries
        What both sides gave and got, supply first.
    """

    result: StreamSolution
    leftover: Leftover
    role: str
    moved: FloatArray
    within_reach: FloatArray
    almost: IntArray
    rules: PairRules
    best: IntArray
    worth: FloatArray
    price: FloatArray
    deliveries: tuple[Deliveries, Deliveries]

    @property
    def own(self) -> Side:
        """The side the book is about."""
        return self.result.sides[0 if self.role == "supply" else 1]

    @property
    def other(self) -> Side:
        """The side across."""
        return self.result.sides[1 if self.role == "supply" else 0]

    @cached_property
    def across(self) -> IntArray:
        """Position across of every pair."""
        return self.result.problem.d if self.role == "supply" else self.result.problem.s

    @cached_property
    def here(self) -> IntArray:
        """Position on this side of every pair."""
        return self.result.problem.s if self.role == "supply" else self.result.problem.d

    @cached_property
    def idle_pair(self) -> IntArray:
        """Per flow the pair that carries most of what does not pay now; -1 where all that moves pays."""
        moved = self.result.solved.quantity
        idle = np.flatnonzero(self._idle & (moved > DUST))
        largest = np.full(len(self.own), -1, dtype=np.int64)
        ordered = idle[np.argsort(moved[idle], kind="stable")]
        largest[self.here[ordered]] = ordered
        return largest

    @cached_property
    def idle(self) -> FloatArray:
        """What moves over pairs that do not pay now."""
        moved = np.where(self._idle, self.result.solved.quantity, 0.0)
        return np.minimum(np.bincount(self.here, moved, len(self.own)), self.moved)

    @property
    def _idle(self) -> BoolArray:
        return (self.result.pairs["chance_class"] == NOT_NOW).to_numpy(dtype=bool)

    @property
    def unit(self) -> str:
        """Unit of the stream."""
        return self.result.problem.stream.unit

    @property
    def left(self) -> FloatArray:
        """What this side has left per period."""
        return self.leftover.supply if self.role == "supply" else self.leftover.demand

    @property
    def left_across(self) -> FloatArray:
        """What the side across has left per period."""
        return self.leftover.demand if self.role == "supply" else self.leftover.supply

    @cached_property
    def rejected(self) -> dict[int, tuple[int, float]]:
        """Flow -> the partner that a room rejected though both have something left, the most first, and its distance.

        What both have left is held against each other over the year: the rejection is what keeps it.
        """
        pairs = self.result.problem.rejected
        if pairs.empty:
            return {}
        here, across = ("s", "d") if self.role == "supply" else ("d", "s")
        own, other = self.left.sum(axis=1), self.left_across.sum(axis=1)
        more = np.minimum(own[pairs[here].to_numpy()], other[pairs[across].to_numpy()])
        ranked = pairs.assign(more=more).sort_values(
            ["more", "distance_m", across], ascending=[False, True, True]
        )
        found: dict[int, tuple[int, float]] = {}
        for flow, partner, metres in ranked.loc[ranked["more"] > 0, [here, across, "distance_m"]].to_numpy():
            found.setdefault(int(flow), (int(partner), float(metres)))
        return found

    @cached_property
    def names(self) -> tuple[list[str], list[str]]:
        """Names of the places of this side and across; looked up once, for a side may be long."""
        return self.own.column("name").tolist(), self.other.column("name").tolist()

    @cached_property
    def distance_km(self) -> FloatArray:
        """Straight distance of every pair."""
        return self.result.pairs["distance_m"].to_numpy(dtype=float) / 1000.0

    def name_across(self, position: int) -> str:
        """Name of a place across."""
        return str(self.names[1][position])

    def dealings(self, position: int, *, besides: int) -> tuple[list[tuple[str, float]], int]:
        """With whom a flow of this side deals, but one across (-1: all): the largest, and how many more there are."""
        own = self.deliveries[0 if self.role == "supply" else 1]
        every = own.at(position, int(own.count[position]))
        others = [dealing for dealing in every if dealing[0] != besides]
        named = [(self.name_across(across), quantity) for across, quantity in others[:NAMED]]
        return named, len(others) - len(named)

    def fellows_of(self, pair: int) -> list[tuple[str, float]]:
        """What the other supplies of a pair's round to the same taker could still give, the most first."""
        problem, together = self.result.problem, self.leftover.together
        mine = np.flatnonzero((problem.lot_of == problem.lot_of[pair]) & (together > 0))
        mine = mine[mine != pair]
        names = self.result.sides[0].column("name")[problem.s[mine]]
        order = np.argsort(-together[mine], kind="stable")
        return [(str(names[n]), float(together[mine[n]])) for n in order]

    def others_at(self, pair: int) -> tuple[list[tuple[str, float]], int]:
        """Who else the partner of a pair deals with: the largest by name and quantity, and how many more there are."""
        position, partner = int(self.here[pair]), int(self.across[pair])
        dealings, names = self.deliveries[1 if self.role == "supply" else 0], self.names[0]
        others = [dealing for dealing in dealings.at(partner, NAMED + 1) if dealing[0] != position][:NAMED]
        itself = position in [dealing[0] for dealing in dealings.at(partner, int(dealings.count[partner]))]
        more = int(dealings.count[partner]) - itself - len(others)
        return [(str(names[end]), quantity) for end, quantity in others], more


class Deliveries:
    """The chosen pairs of one side, by flow and largest first."""

    def __init__(self, at: IntArray, across: IntArray, quantity: FloatArray, length: int) -> None:
        used = np.flatnonzero(quantity > DUST)
        order = used[np.lexsort((across[used], -quantity[used], at[used]))]
        self._across, self._quantity = across[order], quantity[order]
        self._start = np.searchsorted(at[order], np.arange(length + 1))
        self.count = np.diff(self._start)

    def at(self, position: int, most: int) -> list[tuple[int, float]]:
        """(position across, quantity) of at most `most` things a flow gives or gets."""
        first = int(self._start[position])
        rows = slice(first, min(first + most, int(self._start[position + 1])))
        return list(zip(self._across[rows].tolist(), self._quantity[rows].tolist(), strict=True))


def open_books(result: StreamSolution, leftover: Leftover, catalogue: Catalogue) -> tuple[Book, Book]:
    """The books of both sides of a stream."""
    quantity = _by_partner(result.problem, result.solved.quantity)
    ends = (result.problem.s, result.problem.d)
    lengths = (len(result.sides[0]), len(result.sides[1]))
    deliveries = (
        Deliveries(ends[0], ends[1], quantity, lengths[0]),
        Deliveries(ends[1], ends[0], quantity, lengths[1]),
    )
    books = []
    for n, role in enumerate(("supply", "demand")):
        own, other = result.sides[n], result.sides[1 - n]
        partners = other.column("value").astype(float)[ends[1 - n]]
        once = result.problem.once
        almost = find_almost(own, other, role, result.problem.stream, catalogue)
        best = _best_pairs(result, leftover, n, deliveries[1 - n])
        books.append(
            Book(
                result,
                leftover,
                role,
                np.minimum(np.bincount(ends[n], quantity, lengths[n]), own.column("value").astype(float)),
                np.bincount(ends[n][once], partners[once], lengths[n]).astype(float),
                almost,
                _rules_of(result, role, almost, catalogue),
                best,
                *_compare(result, n, best),
                deliveries,
            )
        )
    return books[0], books[1]


def _by_partner(problem: Problem, quantity: FloatArray) -> FloatArray:
    """Quantity per pair with all that two places deal on the first way that carries something."""
    if not problem.networks:
        return quantity
    used = np.flatnonzero(quantity > DUST)
    _, first, place = np.unique(
        np.column_stack([problem.s[used], problem.d[used]]), axis=0, return_index=True, return_inverse=True
    )
    summed = np.zeros(len(quantity))
    summed[used[first]] = np.bincount(place.ravel(), quantity[used])
    return summed


def _rules_of(result: StreamSolution, role: str, almost: IntArray, catalogue: Catalogue) -> PairRules:
    """Rules of every flow with its almost-partner; what stands where there is nobody means nothing."""
    if not len(result.sides[0]) or not len(result.sides[1]):
        almost = almost[:0]
    at, across = np.arange(len(almost)), np.maximum(almost, 0)
    s, d = (at, across) if role == "supply" else (across, at)
    return check_pairs(result.sides, s, d, result.problem.stream, catalogue, rejected=result.problem.rejected)


def _best_pairs(result: StreamSolution, leftover: Leftover, side: int, across: Deliveries) -> IntArray:
    """Per flow the pair that comes nearest to carrying more; -1 without a pair."""
    ends = (result.problem.s, result.problem.d)
    worth = result.pairs["worth"].to_numpy()
    has = result.sides[1 - side].column("value").astype(float)[ends[1 - side]] > 0
    # A partner filled by others says more than one that this flow filled itself.
    others = across.count[ends[1 - side]] - (result.solved.quantity > DUST) > 0
    rank = np.select([leftover.together > 0, leftover.year > 0, others, has], range(4), default=4)
    order = np.lexsort((-worth, rank, ends[side]))
    flows, first = np.unique(ends[side][order], return_index=True)
    best = np.full(len(result.sides[side]), -1, dtype=np.int64)
    best[flows] = order[first]
    return best


def _compare(result: StreamSolution, side: int, best: IntArray) -> tuple[FloatArray, FloatArray]:
    """What a unit over the best pair is worth, and the price of one more at its partner.

    Prices are those of the first tier of a stream by itself; beyond it, and for linked streams, they say nothing.
    """
    solved, across = result.solved, (result.problem.d, result.problem.s)[side]
    if not len(across) or solved.method != "network simplex":
        return np.full(len(best), np.nan), np.full(len(best), np.nan)
    pair = np.maximum(best, 0)
    known = (best >= 0) & np.isin(pair, solved.plan.first)
    worth = np.where(known, solved.plan.unit_value[pair], np.nan)
    price = (solved.demand_price, solved.supply_price)[side][across[pair]]
    return worth, np.where(np.isnan(worth), np.nan, price)


# A price this much above another is higher, not rounding.
_HIGHER = 1.0 + 1e-6


def find_causes(book: Book) -> np.ndarray:
    """Key of the cause of every flow of a side."""
    value = book.own.column("value").astype(float)
    used = value - book.moved <= SOLVED * value
    nothing = value <= 0
    paired = book.best >= 0
    unpaid = book.idle > DUST
    rejected = np.isin(np.arange(len(value)), list(book.rejected))
    return np.select(
        [nothing, used & unpaid, used, rejected, paired, book.almost >= 0],
        [
            _why_nothing(book),
            "below_break_even",
            "fully_used",
            "rejected",
            _why_no_more(book),
            _why_no_pair(book),
        ],
        default=_why_nobody(book),
    ).astype(object)


def find_contracts(book: Book, catalogue: Catalogue) -> BoolArray:
    """Takers whose intake runs under contracts of a size that nobody published: what they lack cannot be told.

    Either a delivery to the taker is known and its size is not, or all that is known of the stream is under contract
    with nobody knows whom: then those that treat it have it, as what they make of it says too.
    """
    if book.role == "supply":
        return np.zeros(len(book.own), dtype=bool)
    supply, stream = book.other.flows, book.result.problem.stream.id
    held = [catalogue.taken.get((stream, kind)) for kind in book.other.column("kind")]
    contract = np.array([one is not None and one.way == "contract" for one in held], dtype=bool)
    given = bool((supply["given_away"].to_numpy(dtype=float)[contract] > 0).any())
    runs = given and not (supply["value"] > 0).any()
    known = book.own.flows["running_unknown"].to_numpy(dtype=bool)
    return np.asarray(known | (runs & (book.own.column("status").astype(str) == "active")))


def _why_nothing(book: Book) -> np.ndarray:
    """Why a flow has nothing free: received nothing, committed, covered, out of use, or sold."""
    flows = book.own.flows
    committed, covered = flows["committed"].to_numpy(dtype=float), flows["covered"].to_numpy(dtype=float)
    used = committed + covered
    spent = (used > 0) & (used >= flows["theoretical"].to_numpy(dtype=float) * (1 - 1e-3))
    status = book.own.column("status").astype(str)
    idle = np.isin(status, ["planned", "suspended"])
    made = flows["made_from"].notna().to_numpy() & (used <= 0) & ~idle
    return np.select(
        [made, spent & (committed >= covered), spent, idle],
        ["not_made", "all_committed", "all_covered", np.char.add("status_", status)],
        default="nothing_free",
    )


def _why_no_more(book: Book) -> np.ndarray:
    """Why a flow that has partners within reach keeps something: what holds back the pair that comes nearest."""
    pair = np.maximum(book.best, 0)
    if not len(book.result.pairs):
        return np.full(len(book.own), "", dtype=object)
    hold = book.leftover.hold[pair]
    full = "takers_full" if book.role == "supply" else "suppliers_empty"
    partner = book.other.column("value").astype(float)[book.across[pair]]
    found = np.select(
        [hold == n for n in range(len(HOLDS))]
        + [book.left.sum(axis=1) <= 0, partner <= 0, find_outbid(book)],
        [*HOLDS, "store_loss", "not_made", "outbid"],
        default=full,
    ).astype(object)
    searched = book.result.solved.limit_hit or not book.result.solved.certified
    return np.asarray(np.where((found == "search_ended") & (not searched), "room_unused", found))


def find_outbid(book: Book) -> BoolArray:
    """Flows whose best partner goes to others that bring more: by tier, or by the price of one more unit there."""
    higher = book.price > book.worth * _HIGHER
    return np.asarray((book.best >= 0) & (higher | (_worst_tier_across(book) < _tier(book))))


def _tier(book: Book) -> IntArray:
    tier = book.result.solved.plan.tier
    return tier[np.maximum(book.best, 0)] if len(tier) else np.zeros(len(book.best), dtype=np.int64)


def _worst_tier_across(book: Book) -> IntArray:
    """Worst tier that the partner of the best pair deals in: all of it goes before a pair of a worse one."""
    tier = book.result.solved.plan.tier
    worst = np.full(len(book.other), np.iinfo(np.int64).max)
    used = book.result.solved.quantity > DUST
    nothing = CONFIRMED - 1
    dealt = np.full(len(book.other), nothing)
    np.maximum.at(dealt, book.across[used], tier[used])
    worst[dealt > nothing] = dealt[dealt > nothing]
    pair = np.maximum(book.best, 0)
    return worst[book.across[pair]] if len(tier) else np.zeros(len(pair), dtype=np.int64)


def _why_no_pair(book: Book) -> np.ndarray:
    """The first rule that the nearest almost-partner breaks; without one only a route is missing."""
    rules = book.rules
    if not len(rules.distance_m):
        return np.full(len(book.own), "", dtype=object)
    return np.select([rules.broken[name] for name in RULES], RULES, default="unreachable")


def _why_nobody(book: Book) -> str:
    if book.role == "demand":
        return "nobody_offers_more" if len(book.other) else "nobody_offers"
    if len(book.other):
        return "nobody_asks_more"
    return "nobody_asks" if book.result.problem.stream.mode == "pipe" else "nobody_needs"
