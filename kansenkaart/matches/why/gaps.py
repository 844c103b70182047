"""What is left of every supply and demand, and the cause that binds, from the run's own rules and prices."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.arrays import DUST, SOLVED, BoolArray, IntArray
from kansenkaart.matches.solve.problem import CONFIRMED
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.why.gap_book import Book, open_books
from kansenkaart.matches.why.gap_words import Gap, tell_gap
from kansenkaart.matches.why.leftover import HOLDS, find_leftover
from kansenkaart.matches.why.pair_rules import RULES

# A price this much above another is higher, not rounding.
_HIGHER = 1.0 + 1e-6


def find_stream_gaps(result: StreamSolution, solution: Solution, catalogue: Catalogue) -> pd.DataFrame:
    """Frame ``GAPS`` of a stream: per flow what was delivered, what is left, and why; ``reason`` as data.

    The cause is that of the pair that comes nearest to carrying more; where a flow has no pair, the first rule that
    its nearest almost-partner breaks.

    Parameters
    ----------
    result, solution
        The stream, and the run it is part of: accounts and couplings tie it to other streams.
    """
    books = open_books(result, find_leftover(result, solution), catalogue)
    return pd.concat([_side_gaps(book) for book in books], ignore_index=True)


def _side_gaps(book: Book) -> pd.DataFrame:
    flows, stream = book.own.flows, book.result.problem.stream
    value = flows["value"].to_numpy(dtype=float)
    remaining = value - book.delivered
    causes, unpaid = find_causes(book), find_unpaid(book)
    ids = np.array([*book.other.column("site_id"), None], dtype=object)
    distance = np.full(len(value), np.nan)
    distance[: len(book.rules.distance_m)] = book.rules.distance_m
    return pd.DataFrame(
        {
            "flow_id": flows["flow_id"],
            "site_id": flows["site_id"],
            "stream": stream.id,
            "role": book.role,
            "unit": stream.unit,
            "value": value,
            "reachable": np.minimum(value, book.within_reach),
            "delivered": book.delivered,
            "remaining": np.where(remaining > DUST * np.maximum(value, 1.0), remaining, 0.0),
            "cause": causes,
            "reason": [
                tell_gap(Gap(book, n, str(cause)), unpaid=bool(unpaid[n])) for n, cause in enumerate(causes)
            ],
            "nearest_id": ids[book.almost],
            "nearest_distance_m": np.where(book.almost >= 0, distance, np.nan),
        }
    )


def find_causes(book: Book) -> np.ndarray:
    """Key of the cause of every flow of a side."""
    value = book.own.column("value").astype(float)
    used = value - book.delivered <= SOLVED * value
    nothing = value <= 0
    paired = book.best >= 0
    unpaid = find_unpaid(book)
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


def find_unpaid(book: Book) -> BoolArray:
    """Flows of which all that moves does not pay, even at the optimistic end."""
    pairs = book.result.pairs
    ends = book.result.problem.s if book.role == "supply" else book.result.problem.d
    unpaid = (pairs["net_high_eur_y"] <= 0).to_numpy(dtype=bool)
    moved = book.result.solved.quantity
    in_vain = np.bincount(ends[unpaid], moved[unpaid], len(book.own))
    return np.asarray((in_vain > 0) & (in_vain >= book.delivered * (1.0 - SOLVED)))


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
