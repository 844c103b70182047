"""What coalitions and their partners get in the same joint draws: percentiles of sums, never sums of percentiles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.sparse import csc_array, csr_array

from kansenkaart.arrays import DUST, FloatArray, IntArray, find_ends, run_in_parts
from kansenkaart.catalogue import Catalogue, with_price
from kansenkaart.matches import Chosen
from kansenkaart.matches.price.classes import DRAWS, Moves, Stake, add_moves
from kansenkaart.matches.price.economics import avoided_co2

# Chances whose draws are held at once, by every core: so few that their tables stay near the processor.
_AT_ONCE = 200
# What is drawn for each; money also as if all places were known.
_DRAWN = {"eur": ("eur", "known"), "co2": ("co2",), "quantity": ("quantity",)}


class Measure(NamedTuple):
    """Something that adds up over chances: a weight per row and chance, [rows, chances], and what it is a weight of."""

    weights: csr_array
    of: Literal["eur", "co2", "quantity"]


def draw_ranges(
    chances: pd.DataFrame, chosen: Mapping[str, Chosen], measures: Mapping[str, Measure]
) -> dict[str, FloatArray]:
    """Return per measure the 10th and 90th percentile of every row, float64[rows, 2].

    That a place may lie elsewhere never makes the low end of money better, of a sum as of a chance.

    Parameters
    ----------
    chances
        ``coalition`` (number), ``match_id, stream, co2_avoided_t_y``, ordered by coalition; a row of a measure is about
        chances of one coalition.
    chosen
        Per stream its matches as they are priced.
    """
    found = {name: np.full((one.weights.shape[0], 2), np.nan) for name, one in measures.items()}
    parts = list(_parts(chances["coalition"].to_numpy()))
    by_stream = chances.groupby("stream", sort=True)
    worth = {str(stream): _Worth.of(rows, chosen[str(stream)]) for stream, rows in by_stream}
    asked = chances[["stream"]].assign(nth=by_stream.cumcount())

    # By chance, a part is taken without going through the whole: a country has many parts.
    by_chance = {name: csc_array(one.weights) for name, one in measures.items()}

    def draw(first: int, last: int) -> None:
        for part in parts[first:last]:
            own = {name: _take(one, part) for name, one in by_chance.items()}
            rows = {name: one[0] for name, one in own.items()}
            less = {name: Measure(own[name][1], one.of) for name, one in measures.items()}
            for name, ends in _draw_part(_draw(asked.iloc[part], worth), less).items():
                found[name][rows[name]] = ends

    # What is drawn for one part hangs on nothing of another, so cores do not change it.
    run_in_parts(draw, len(parts), least=1)
    return found


def _take(weights: csc_array, part: slice) -> tuple[IntArray, csr_array]:
    """The rows that chances of `part` add to, and these rows and chances alone."""
    own = weights[:, part]
    rows, at = np.unique(own.indices, return_inverse=True)
    return rows, csr_array(csc_array((own.data, at, own.indptr), shape=(len(rows), own.shape[1])))


def _draw_part(
    drawn: Iterable[tuple[IntArray, Mapping[str, FloatArray]]], measures: Mapping[str, Measure]
) -> dict[str, FloatArray]:
    """The percentiles of every row of `measures`, of chances that are `drawn` some at once."""
    sums: dict[tuple[str, str], FloatArray | float] = defaultdict(float)
    for at, values in drawn:
        for one in values.values():
            one[np.isnan(one)] = 0.0
        for name, measure in measures.items():
            weights = csr_array(measure.weights[:, at])
            for of in _DRAWN[measure.of]:
                sums[name, of] = sums[name, of] + weights @ values[of]
    found = dict[str, FloatArray]()
    for name, measure in measures.items():
        if measure.weights.shape[0]:
            ends = [find_ends(np.asarray(sums[name, of])) for of in _DRAWN[measure.of]]
            found[name] = np.column_stack([np.min([one[:, 0] for one in ends], axis=0), ends[0][:, 1]])
    return found


def _parts(coalition: IntArray) -> Iterator[slice]:
    """Some chances at once, never a part of a coalition."""
    first = 0
    while first < len(coalition):
        last = min(first + _AT_ONCE, len(coalition))
        while last < len(coalition) and coalition[last] == coalition[last - 1]:
            last += 1
        yield slice(first, last)
        first = last


def _draw(
    rows: pd.DataFrame, worth: Mapping[str, _Worth]
) -> Iterator[tuple[IntArray, dict[str, FloatArray]]]:
    """Positions of the chances of each stream, and what they are worth in every draw; reads ``stream, nth``."""
    for stream, at in rows.groupby("stream", sort=True).indices.items():
        chances = np.asarray(at, dtype=np.int64)
        yield chances, worth[str(stream)].draw(rows["nth"].to_numpy()[chances])


def _narrow(stake: Stake, at: IntArray) -> tuple[Stake, IntArray]:
    """The stake with the pairs `at`, and those that share a trunk with them; and where these stand in it."""
    rows = at
    if "trunk" in stake.pairs:
        trunk = stake.pairs["trunk"].to_numpy()
        rows = np.flatnonzero(np.isin(trunk, trunk[at]))
    else:
        rows = np.sort(at)
    less = replace(
        stake,
        pairs=stake.pairs.iloc[rows],
        size=stake.size[rows],
        rooms=(stake.rooms[0][rows], stake.rooms[1][rows]),
        fixed=stake.fixed[rows],
    )
    return less, np.searchsorted(rows, at)


@dataclass(frozen=True)
class _Worth:
    """What the chances of a stream are worth in joint draws, so that they may be added up per draw.

    Draw n is the same for every stream and chance. CO2 per unit follows its own factors; what a smaller quantity does
    to it per unit is left out.

    Attributes
    ----------
    place
        Which pair of the stake every chance is.
    avoided, co2_moves
        CO2 avoided per unit of every pair, and what its uncertain factors do to it.
    scale
        What a shared account of gas leaves of the CO2 of every chance.
    """

    stake: Stake
    place: IntArray
    moves: Moves
    avoided: FloatArray
    co2_moves: list[tuple[str, FloatArray, FloatArray]]
    scale: FloatArray

    @classmethod
    def of(cls, rows: pd.DataFrame, chosen: Chosen) -> Self:
        """Work out what every number does to `rows` of the chances."""
        matches = rows["match_id"].tolist()
        stake, place = _narrow(chosen.stake, np.array([chosen.place[match] for match in matches]))
        told = rows["co2_avoided_t_y"].to_numpy(dtype=float)
        base = avoided_co2(stake.stream, stake.rules, stake.pairs, stake.size, stake.catalogue)[place]
        scale = np.divide(told, base, out=np.ones(len(told)), where=base != 0)
        return cls(stake, place, Moves.of(stake, stake.net_unit()), *_co2_moves(stake), scale)

    def draw(self, rows: IntArray) -> dict[str, FloatArray]:
        """What some chances are worth in every draw, float64[rows, draws].

        Net value (``eur``), the same as if both places were known exactly (``known``), and CO2 avoided, per year, NaN
        where no price or factor is known; and the quantity as a share of what it is priced at.
        """
        at = self.place[rows]
        known, _, placed, size = self.moves.draw(at)
        co2 = np.repeat(self.avoided[at, None], DRAWS, axis=1)
        add_moves(co2, self.co2_moves, at)
        base = self.stake.size[at, None]
        share = np.divide(size, base, out=np.zeros_like(size), where=base > DUST)
        co2 *= size
        co2 *= self.scale[rows, None]
        eur = placed * size
        return {"eur": eur, "known": eur if placed is known else known * size, "co2": co2, "quantity": share}


def _co2_moves(stake: Stake) -> tuple[FloatArray, list[tuple[str, FloatArray, FloatArray]]]:
    """CO2 avoided per unit, and what its uncertain factors do to it at both ends."""

    def per_unit(catalogue: Catalogue) -> FloatArray:
        return stake.per_unit(avoided_co2(stake.stream, stake.rules, stake.pairs, stake.size, catalogue))

    prices, avoided = stake.catalogue.prices, per_unit(stake.catalogue)
    powers = sorted({rule.power for rule in stake.rules if rule.power})
    moves = []
    for name in (f"co2_{stake.stream.id}", "grid_co2_t_gje", "truck_co2_t_tkm", *powers):
        if name in prices and prices[name].low < prices[name].high:
            ends = (
                per_unit(with_price(stake.catalogue, name, end, ranges=False))
                for end in (prices[name].low, prices[name].high)
            )
            low, high = (end - avoided for end in ends)
            moves.append((name, low, high))
    return avoided, moves
