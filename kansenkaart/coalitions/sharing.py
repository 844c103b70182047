"""How what coalitions are worth is shared out, what falls when a partner leaves, and whether a part would go alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from kansenkaart.coalitions.games import Undertaking, find_undertakings
from kansenkaart.coalitions.shapley import MOST_EXACT, check_core, group_matrix
from kansenkaart.matches import Chosen
from kansenkaart.matches.arrays import BoolArray, FloatArray, IntArray


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
        What is done together.
    ends
        Members at both ends, int64[chances, 2]; a member belongs to one coalition.
    """
    members, count = int(ends.max()) + 1, int(chances["coalition"].max()) + 1
    weight, coalition = chances["weight"].to_numpy(dtype=float), chances["coalition"].to_numpy()
    entries: list[tuple[IntArray, IntArray, FloatArray]] = []
    in_play = np.zeros(len(chances), dtype=bool)
    falls_eur, falls_share = np.zeros(members), np.zeros(members)
    errors, doubtful = np.zeros(count), set[int]()
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
        split, error = one.split()
        falls_eur[one.players] += whole - one.worth(~np.eye(len(one.players), dtype=bool))
        errors[mine] = np.hypot(errors[mine], error)
        rows = one.rows[done]
        entries.append(
            (
                np.repeat(one.players, len(rows)),
                np.tile(rows, len(one.players)),
                np.repeat(split / whole, len(rows)),
            )
        )
        if not one.is_plain and not one.has_in_core(split):
            doubtful.add(mine)
    cores = [_tell_core(of_coalition[n], doubtful=n in doubtful) for n in range(count)]
    row, column, part = (np.concatenate(each) for each in zip(*entries, strict=True)) if entries else _NONE
    shares = csr_array(coo_array((part, (row, column)), shape=(members, len(chances))))
    return Shares(shares, in_play, falls_eur, falls_share, cores, errors)


_NONE = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


def _tell_core(own: Sequence[Undertaking], *, doubtful: bool) -> tuple[str, IntArray, float]:
    """Whether the split of a coalition lies in the core.

    Splits in the core of every undertaking add up to one in the core of all together; only where one does not, all
    groups of the coalition are looked at.
    """
    nobody = np.empty(0, dtype=np.int64)
    players = np.unique(np.concatenate([one.players for one in own]))
    if not any(one.worth(np.ones((1, len(one.players)), dtype=bool))[0] > 0 for one in own):
        return "no_value", nobody, 0.0
    if not doubtful:
        return "core", nobody, 0.0
    if len(players) > MOST_EXACT:
        return "unchecked", nobody, 0.0
    groups = group_matrix(len(players))
    game, split = np.zeros(len(groups)), np.zeros(len(players))
    for one in own:
        at = np.searchsorted(players, one.players)
        game += one.worth(groups[:, at])
        split[at] += one.split()[0]
    core = check_core(game, split)
    if not core.excess:
        return "core", nobody, 0.0
    return "empty" if core.lacks > 0 else "outside", players[core.group], core.excess
