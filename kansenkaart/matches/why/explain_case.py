"""What is known of one stream between two places, looked up once, and how a line about it is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kansenkaart.matches.arrays import DUST
from kansenkaart.matches.solve.solution import StreamSolution
from kansenkaart.matches.why.gap_book import Book
from kansenkaart.matches.why.leftover import HOLDS, Leftover
from kansenkaart.matches.why.pair_rules import RULES, PairRules
from kansenkaart.texts import Texts


@dataclass(frozen=True)
class Case:
    """One stream between two places.

    Attributes
    ----------
    one, left
        The stream and what its run left over.
    books
        The accounts of both sides.
    s, d
        Positions of the two flows.
    pair
        Position of the pair among all that could exist; -1 where the rules exclude it.
    rules
        The rules of this one pair.
    links
        What is known of deliveries of this stream by the supply or to the demand.
    """

    one: StreamSolution
    left: Leftover
    books: tuple[Book, Book]
    s: int
    d: int
    pair: int
    rules: PairRules
    links: pd.DataFrame

    @property
    def unit(self) -> str:
        """Unit of the stream."""
        return self.one.problem.stream.unit

    @property
    def names(self) -> tuple[str, str]:
        """Names of supply and demand."""
        sides = self.one.sides
        return str(sides[0].column("name")[self.s]), str(sides[1].column("name")[self.d])

    @property
    def values(self) -> tuple[float, float]:
        """What both ends have free per year."""
        sides = self.one.sides
        return float(sides[0].column("value")[self.s]), float(sides[1].column("value")[self.d])

    @property
    def between(self) -> pd.DataFrame:
        """What is known of deliveries between these two."""
        sides = self.one.sides
        ends = sides[0].column("site_id")[self.s], sides[1].column("site_id")[self.d]
        between = (self.links["supply_id"] == ends[0]) & (self.links["demand_id"] == ends[1])
        found: pd.DataFrame = self.links[between]
        return found

    @property
    def broken(self) -> str:
        """Key of the first rule that is broken, or empty."""
        return next((name for name in RULES if self.rules.broken[name][0]), "")

    @property
    def row(self) -> pd.Series:
        """The priced pair; only for a pair that could exist."""
        return self.one.pairs.iloc[self.pair]

    @property
    def quantity(self) -> float:
        """What the run moves between the two per year."""
        got = float(self.one.solved.quantity[self.pair]) if self.pair >= 0 else 0.0
        return got if got > DUST else 0.0

    @property
    def hold(self) -> str:
        """What keeps the pair from carrying more though both ends have something left, or empty."""
        hold = int(self.left.hold[self.pair]) if self.pair >= 0 else -1
        return HOLDS[hold] if hold >= 0 else ""

    @property
    def size(self) -> float:
        """The quantity the pair was priced at: what it got, else what it could reach."""
        return self.quantity or float(self.one.problem.reach[self.pair])


def find_pair(one: StreamSolution, s: int, d: int) -> int:
    """Position of a pair among those that could exist, or -1."""
    found = np.flatnonzero((one.problem.s == s) & (one.problem.d == d))
    return int(found[0]) if len(found) else -1


def line(texts: Texts, rule: str, said: str, *, holds: bool | None = None) -> str:
    """Write 'Afstand, houdt tegen: …': which rule, whether it holds where it can fail, and its numbers."""
    name = texts(f"reasons.line_{rule}")
    if holds is None:
        return f"{name}: {said}"
    return f"{name}, {texts('reasons.line_good' if holds else 'reasons.line_stops')}: {said}"
