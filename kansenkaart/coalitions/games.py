"""What any group of partners is worth: the chances that its members can do without the others.

What is done together is one undertaking, and a coalition is worth what its undertakings are worth: so is every share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, BoolArray, FloatArray, IntArray
from kansenkaart.coalitions.shapley import (
    MOST_EXACT,
    check_core,
    do_the_best,
    group_matrix,
    sample_shapley,
    shapley,
)
from kansenkaart.matches import Chosen
from kansenkaart.matches.price.classes import Stake
from kansenkaart.matches.price.economics import price_pairs


@dataclass(frozen=True)
class Trunk:
    """A heat pipe: rows of an undertaking that go along in it, and those of others that do in any case.

    Attributes
    ----------
    rows
        Positions in the undertaking.
    own, others
        Positions in the stake.
    """

    stake: Stake
    rows: IntArray
    own: IntArray
    others: IntArray

    def net(self, going: BoolArray) -> FloatArray:
        """Net value of every row for who goes along, bool[cases, rows] -> float64[cases, rows]: fewer pay more each."""
        cases, back = np.unique(going, axis=0, return_inverse=True)
        case, row = np.nonzero(cases)
        at = np.concatenate([self.own[row], np.tile(self.others, len(cases))])
        number = np.concatenate([case, np.repeat(np.arange(len(cases)), len(self.others))])
        pairs = self.stake.pairs.iloc[at].assign(trunk=number)
        size = self.stake.size[at]
        money = price_pairs(self.stake.stream, self.stake.rules, pairs, size, self.stake.catalogue)
        net = np.zeros(cases.shape)
        net[case, row] = (money.net - self.stake.fixed[at])[: len(case)]
        return net[back.ravel()]


@dataclass(frozen=True)
class Undertaking:
    """Chances that are done together, and by whom.

    Attributes
    ----------
    rows
        Positions of its chances.
    players
        Its partners, by number; ``ends`` are positions in them, int64[rows, 2].
    net
        Net value in EUR per year of every chance; 0 where no price is known.
    quantity
        What each moves per year.
    brings
        Per chance the chances that bring what it passes on, of a chain.
    lots
        Per round its chances and the least that is worth a drive.
    """

    rows: IntArray
    players: IntArray
    ends: IntArray
    net: FloatArray
    quantity: FloatArray
    brings: Mapping[int, IntArray] = field(default_factory=dict)
    lots: tuple[tuple[IntArray, float], ...] = ()
    trunks: tuple[Trunk, ...] = ()

    @cached_property
    def game(self) -> FloatArray:
        """What every group of its players is worth, float64[2**n]; of few players."""
        return do_the_best(self._add(group_matrix(len(self.players))))

    def worth(self, groups: BoolArray) -> FloatArray:
        """What some groups are worth, bool[groups, players]."""
        if len(self.players) <= MOST_EXACT:
            return np.asarray(self.game[groups @ (1 << np.arange(len(self.players)))])
        return np.maximum(self._add(groups), 0.0)

    def split(self) -> tuple[FloatArray, float]:
        """The Shapley value of its players, and the largest standard error of a share; 0 where it is exact."""
        if len(self.players) <= MOST_EXACT:
            return shapley(self.game), 0.0
        sampled = sample_shapley(self.worth, len(self.players))
        whole = float(self.worth(np.ones((1, len(self.players)), dtype=bool))[0])
        # Every order adds up to the whole; rounding is taken out.
        off = whole - float(sampled.share.sum())
        return sampled.share + off / len(sampled.share), float(sampled.error.max())

    def in_play(self) -> BoolArray:
        """Which of its chances are done by all players together: those of the group that is worth most."""
        everyone = np.ones((1, len(self.players)), dtype=bool)
        if len(self.players) > MOST_EXACT:
            return np.asarray(self._done(everyone)[0] & bool(self._add(everyone)[0] > 0))
        groups = group_matrix(len(self.players))[::-1]
        sums = self._add(groups)
        best = int(np.argmax(sums >= sums.max() - DUST))
        return np.asarray(self._done(groups[best : best + 1])[0] & bool(sums[best] > 0))

    def has_in_core(self, split: FloatArray) -> bool:
        """Whether every group of its players gets at least what it is worth; False where there are too many to ask."""
        if len(self.players) > MOST_EXACT:
            return False
        return not check_core(self.game, split).excess

    def falls(self, weight: FloatArray) -> FloatArray:
        """What of the weight of its chances is lost when each of its players leaves."""
        left = self._part(self._done(~np.eye(len(self.players), dtype=bool)))
        return np.asarray(weight.sum() - left @ weight)

    def _done(self, groups: BoolArray) -> BoolArray:
        """Which chances a group can do: both ends are in it, and a round still fills its load."""
        done = groups[:, self.ends[:, 0]] & groups[:, self.ends[:, 1]]
        for rows, lot in self.lots:
            full = (done[:, rows] * self.quantity[rows]).sum(axis=1) >= lot - DUST
            done[:, rows] &= full[:, None]
        return done

    def _add(self, groups: BoolArray) -> FloatArray:
        """The net value of all that every group can do."""
        done = self._done(groups)
        net = np.broadcast_to(self.net, done.shape).copy()
        for trunk in self.trunks:
            net[:, trunk.rows] = trunk.net(done[:, trunk.rows])
        return np.asarray((self._part(done) * net).sum(axis=1))

    def _part(self, done: BoolArray) -> FloatArray:
        """How much of every chance is done: of what is made of what comes in, as much as comes in."""
        part = done.astype(float)
        for row, sources in self.brings.items():
            whole = self.quantity[sources].sum()
            part[:, row] *= (part[:, sources] * self.quantity[sources]).sum(axis=1) / max(whole, DUST)
        return part


def find_undertakings(
    chances: pd.DataFrame, unit: IntArray, ends: IntArray, stakes: Mapping[str, Chosen]
) -> Iterator[Undertaking]:
    """Yield what several chances do together.

    Parameters
    ----------
    chances
        Rows of frame ``MATCHES``.
    unit
        Which undertaking every chance is part of.
    ends
        The partners at both ends by number, int64[chances, 2].
    stakes
        Per stream its matches as they are priced.
    """
    net = chances["net_eur_y"].fillna(0.0).to_numpy(dtype=float)
    quantity = chances["quantity"].to_numpy(dtype=float)
    several = np.flatnonzero(np.bincount(unit)[unit] > 1)
    order = several[np.argsort(unit[several], kind="stable")]
    for rows in np.split(order, np.flatnonzero(np.diff(unit[order])) + 1) if len(order) else ():
        players, at = np.unique(ends[rows], return_inverse=True)
        own = chances.iloc[rows].reset_index(drop=True)
        yield Undertaking(
            *(rows, players, at.reshape(-1, 2), net[rows], quantity[rows]),
            brings=dict(_find_sources(own)),
            lots=tuple(_find_lots(own, stakes)),
            trunks=tuple(_find_trunks(own, stakes)),
        )


def _find_sources(own: pd.DataFrame) -> Iterator[tuple[int, IntArray]]:
    """Per later leg of a chain the rows that bring what it passes on, earlier legs first."""
    for row in own[own["leg"] > 1].sort_values("leg", kind="stable").index:
        chain = own["chain_id"] == own.at[row, "chain_id"]
        before = chain & (own["demand_id"] == own.at[row, "supply_id"]) & (own["leg"] < own.at[row, "leg"])
        if before.any():
            yield int(row), np.flatnonzero(before)


def _find_lots(own: pd.DataFrame, stakes: Mapping[str, Chosen]) -> Iterator[tuple[IntArray, float]]:
    for _, rows in own.dropna(subset="round_id").groupby("round_id"):
        yield rows.index.to_numpy(), stakes[str(rows["stream"].iloc[0])].least


def _find_trunks(own: pd.DataFrame, stakes: Mapping[str, Chosen]) -> Iterator[Trunk]:
    for _, rows in own.dropna(subset="trunk_id").groupby("trunk_id"):
        chosen = stakes[str(rows["stream"].iloc[0])]
        at = np.array([chosen.place[match] for match in rows["match_id"]], dtype=np.int64)
        trunk = chosen.stake.pairs["trunk"].to_numpy()
        others = np.setdiff1d(np.flatnonzero(trunk == trunk[at[0]]), at)
        yield Trunk(chosen.stake, rows.index.to_numpy(), at, others)
