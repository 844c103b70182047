"""One stream between two places: its rules as lines, and the outcome as a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.solve.solution import Solution, StreamSolution
from kansenkaart.matches.why.explain_case import Case, find_pair
from kansenkaart.matches.why.explain_chance import tell_chance, tell_outcome
from kansenkaart.matches.why.explain_rules import tell_rules
from kansenkaart.matches.why.gap_book import open_books
from kansenkaart.matches.why.gap_words import Gap, tell_gap
from kansenkaart.matches.why.gaps import find_causes
from kansenkaart.matches.why.leftover import find_leftover
from kansenkaart.matches.why.pair_rules import check_pairs
from kansenkaart.tables.reasons import tell_reason
from kansenkaart.texts import Texts


def explain_stream(
    one: StreamSolution,
    solution: Solution,
    ends: tuple[int, int],
    *,
    links: pd.DataFrame,
    catalogue: Catalogue,
    texts: Texts,
) -> tuple[tuple[str, ...], str]:
    """Lines and outcome for one supply and one demand of a stream.

    Parameters
    ----------
    ends
        Positions of both flows in their sides.
    links
        Frame ``LINKS``.
    """
    case = _open(one, solution, ends, links, catalogue)
    lines = list(tell_rules(case, texts))
    if case.pair >= 0:
        lines += tell_chance(case, texts)
    return tuple(lines), tell_outcome(case, _why_nothing(case, texts), texts)


def _open(
    one: StreamSolution, solution: Solution, ends: tuple[int, int], links: pd.DataFrame, catalogue: Catalogue
) -> Case:
    left = find_leftover(one, solution)
    s, d = ends
    rules = check_pairs(
        one.sides,
        np.array([s]),
        np.array([d]),
        one.problem.stream,
        catalogue,
        rejected=one.problem.rejected,
    )
    ids = [str(side.column("site_id")[at]) for side, at in zip(one.sides, ends, strict=True)]
    known = links[
        (links["stream"] == one.problem.stream.id)
        & ((links["supply_id"] == ids[0]) | (links["demand_id"] == ids[1]))
    ]
    return Case(one, left, open_books(one, left, catalogue), s, d, find_pair(one, s, d), rules, known)


def _why_nothing(case: Case, texts: Texts) -> str:
    """Why an end has nothing free, in the words of the gaps; empty where both have."""
    said = []
    for book, at, value, name in zip(case.books, (case.s, case.d), case.values, case.names, strict=True):
        if value <= 0:
            cause = str(find_causes(book)[at])
            said.append(f"{name}: {tell_reason(tell_gap(Gap(book, at, cause), unpaid=False), texts)}")
    return " ".join(said)
