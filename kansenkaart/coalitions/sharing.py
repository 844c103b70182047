"""How what coalitions are worth is shared out, what falls when a partner leaves, and whether a part would go alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from kansenkaart.arrays import BoolArray, FloatArray, IntArray
from kansenkaart.coalitions.games import Undertaking, find_undertakings
from kansenkaart.coalitions.shapley import MOST_EXACT, check_core, group_matrix
from kansenkaart.matches import Chosen


@dataclass(frozen=True)
class Shares:
    """Who gets what of which chance.

    Attributes
    ----------
    shares
        [members, chances]: part of the net value of a chance in play; a column adds up to 1, or to 0 where it is not.
    in_play
        bool[chances]: done when all take part.
    falls_eur, falls_share
        float64[members]: net value, and share of what the coalition moves, lost when a member leaves.
    cores
        Per coalition: key of ``SPLITS``, who would have more apart, and how much more.
    errors
        float64[coalitions]: largest standard error of a share.
    """

    shares: csr_array
    in_play: BoolArray
    falls_eur: FloatArray
    falls_share: FloatArray
    cores: list[tuple[str, IntArray, float]]
    errors: FloatArray


def share_out(
    chances: pd.DataFrame,
    unit: IntArray,
    ends: IntArray,
    chosen: Mapping[str, Chosen],
) -> Shares:
    """Return the Shapley shares of all coalitions.

    Parameters
    ----------
    chances
        Rows of ``MATCHES`` with ``coalition`` (number from 0) and ``weight`` (share of what the coalition moves).
    unit
        What is done together. A chance by itself is between two: each gets half, and neither can do without the other.
    ends
        Members at both ends, int64[chances, 2]; a member belongs to one coalition.
    """
    weight, coalition = chances["weight"].to_numpy(dtype=float), chances["coalition"].to_numpy()
    net = chances["net_eur_y"].fillna(0.0).to_numpy(dtype=float)
    members, count = int(ends.max()) + 1, int(coalition.max()) + 1
    alone = np.bincount(unit)[unit] == 1
    halved = np.flatnonzero(alone & (net > 0))
    in_play = alone & (net > 0)
    falls_share = _add_up(ends[alone], weight[alone], members)
    falls_eur = _add_up(ends[halved], net[halved], members)
    entries = [(ends[halved].ravel(), np.repeat(halved, 2), np.full(2 * len(halved), 0.5))]
    errors, doubtful, has_value = np.zeros(count), set[int](), set(coalition[halved].tolist())
    of_coalition: dict[int, list[Undertaking]] = {}
    for one in find_undertakings(chances, unit, ends, chosen):
        mine = int(coalition[one.rows[0]])
        of_coalition.setdefault(mine, []).append(one)
        done, everyone = one.in_play(), np.ones((1, len(one.players)), dtype=bool)
        in_play[one.rows] = done
        falls_share[one.players] += one.falls(weight[one.rows])
        whole = float(one.worth(everyone)[0])
        if whole <= 0 or not done.any():
            continue
        has_value.add(mine)
        split, error = one.split()
        lost = whole - one.worth(~np.eye(len(one.players), dtype=bool))
        # Who only brings loss is left out, so nothing is lost without him.
        falls_eur[one.players] += np.maximum(lost, 0.0)
        errors[mine] = np.hypot(errors[mine], error)
        rows = one.rows[done]
        entries.append(
            (
                np.repeat(one.players, len(rows)),
                np.tile(rows, len(one.players)),
                np.repeat(split / whole, len(rows)),
            )
        )
        if not one.has_in_core(split):
            doubtful.add(mine)
    cores = [("core" if n in has_value else "no_value", _NOBODY, 0.0) for n in range(count)]
    for n in sorted(doubtful):
        own = halved[coalition[halved] == n]
        cores[n] = _tell_core(of_coalition[n], ends[own], net[own], np.unique(ends[coalition == n]))
    row, column, part = (np.concatenate(each) for each in zip(*entries, strict=True))
    shares = csr_array(coo_array((part, (row, column)), shape=(members, len(chances))))
    return Shares(shares, in_play, falls_eur, falls_share, cores, errors)


_NOBODY = np.empty(0, dtype=np.int64)


def _add_up(ends: IntArray, values: FloatArray, members: int) -> FloatArray:
    """The sum per member over the chances of which it is an end."""
    return np.asarray(np.bincount(ends.ravel(), np.repeat(values, 2), members), dtype=np.float64)


def _tell_core(
    together: Sequence[Undertaking], ends: IntArray, net: FloatArray, players: IntArray
) -> tuple[str, IntArray, float]:
    """Whether the split of a coalition lies in the core, all of its groups looked at.

    Splits in the core of every undertaking add up to one in the core of all together, and half of a chance between two
    is in its core: only where an undertaking's split is not, this is asked.

    Parameters
    ----------
    together
        What several chances do together.
    ends, net
        Of the chances that are done by themselves and pay.
    """
    if len(players) > MOST_EXACT:
        return "unchecked", _NOBODY, 0.0
    groups = group_matrix(len(players))
    at = np.searchsorted(players, ends)
    game = (groups[:, at[:, 0]] & groups[:, at[:, 1]]) @ net
    split = _add_up(at, net / 2, len(players))
    for one in together:
        at = np.searchsorted(players, one.players)
        game += one.worth(groups[:, at])
        split[at] += one.split()[0]
    core = check_core(game, split)
    if not core.excess:
        return "core", _NOBODY, 0.0
    return "empty" if core.lacks > 0 else "outside", players[core.group], core.excess
