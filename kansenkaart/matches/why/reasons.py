"""Why this partner, in at most five sentences, read from what the run decided; what matters most comes first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.arrays import IntArray
from kansenkaart.matches.price.economics import prices_read
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.why.leftover import Leftover, find_leftover
from kansenkaart.matches.why.reason_words import Row, Words
from kansenkaart.tables.reasons import Reason, Said, Together

# A reader takes in no more.
MOST_SENTENCES = 5


def explain_matches(
    one: StreamSolution,
    solution: Solution,
    catalogue: Catalogue,
    *,
    links: pd.DataFrame,
) -> list[Reason]:
    """One reason per chosen pair, in the order of the rows that were chosen.

    Parameters
    ----------
    one, solution
        The stream, and the run it is part of: chains, couplings and accounts tie it to other streams.
    links
        Frame ``LINKS`` of this stream: what already runs between two places is said.
    """
    chosen = one.pairs[one.pairs["chosen"]]
    better, asking = rank_partners(one, find_leftover(one, solution))
    words = Words(one, solution)
    known = dict(zip(zip(links["supply_id"], links["demand_id"], strict=True), links["status"], strict=True))
    guessed = [
        any(price.evidence == "estimate" for price in prices_read(one.problem.stream, rule, catalogue.prices))
        for rule in one.problem.rules
    ]
    reasons = []
    for pair, priced in zip(chosen.index, chosen.to_dict("records"), strict=True):
        row: Row = {str(name): value for name, value in priced.items()}
        row |= {"pair": int(pair), "better": int(better[pair]), "asking": int(asking[pair])}
        row |= {"guessed": guessed[int(row["rule"])], "known": known.get(words.ids(row), "")}
        reasons.append(_join(_tell(words, row)))
    return reasons


def rank_partners(one: StreamSolution, left: Leftover) -> tuple[IntArray, IntArray]:
    """Per pair how many partners were worth more to its supply, in the order the run used, and how many still ask."""
    s = one.problem.s
    order = np.lexsort((-one.pairs["worth"].to_numpy(), s))
    first = np.searchsorted(s[order], s[order])
    asks = left.demand.sum(axis=1)[one.problem.d[order]] > 0
    before = np.concatenate([[0], np.cumsum(asks)])
    better, asking = np.empty(len(order), dtype=np.int64), np.empty(len(order), dtype=np.int64)
    better[order] = np.arange(len(order)) - first
    asking[order] = before[:-1] - before[first]
    return better, asking


def _tell(words: Words, row: Row) -> Iterator[tuple[int, Said | Together | None]]:
    """(number of sentences, what they say) in order of weight; what is not true of the pair is left out."""
    priced = not np.isnan(row["net_eur_y"])
    yield 1, words.decided(row)
    yield 1, words.known(row)
    yield 1, words.choice(row)
    yield 2 if priced else 1, words.money(row)
    yield 1, words.caution(row)
    yield 1, words.note(row)
    yield 1, words.chain(row)
    yield 1, words.coupled(row)
    yield 1, words.season(row)
    yield 1, words.limit()
    yield 1, words.trunk(row)
    yield 1, words.store(row)
    yield 1, words.route(row)
    yield 1, words.break_even(row)
    yield 1, words.lot()
    yield 1, words.dearer(row)
    yield 1, words.guessed(row)


def _join(parts: Iterator[tuple[int, Said | Together | None]]) -> Reason:
    """The first sentences that fit."""
    chosen: list[Said | Together] = []
    left = MOST_SENTENCES
    for count, said in parts:
        if said is not None and count <= left:
            chosen.append(said)
            left -= count
    return tuple(chosen)
