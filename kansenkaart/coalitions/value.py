"""What coalitions and their partners get in the same joint draws: percentiles of sums, never sums of percentiles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from kansenkaart.arrays import DUST, FloatArray, IntArray
from kansenkaart.catalogue import Catalogue, with_price
from kansenkaart.matches import Chosen
from kansenkaart.matches.price.classes import DRAWS, Moves, Stake, add_moves, parts_of
from kansenkaart.matches.price.economics import avoided_co2

# Chances whose draws are held at once: bounds the memory that takes.
_AT_ONCE = 4_000
_ENDS = (10, 90)
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
    for part in _parts(chances["coalition"].to_numpy()):
        own = {name: csr_array(one.weights[:, part]) for name, one in measures.items()}
        rows = {name: np.flatnonzero(np.diff(one.indptr)) for name, one in own.items()}
        sums: dict[tuple[str, str], FloatArray | float] = defaultdict(float)
        for at, values in _draw(chances.iloc[part], chosen):
            drawn = {of: np.nan_to_num(one, copy=False).T for of, one in values.items()}
            for name, one in measures.items():
                weights = csr_array(own[name][rows[name]][:, at])
                for of in _DRAWN[one.of]:
                    sums[name, of] = sums[name, of] + weights @ drawn[of]
        for name, one in measures.items():
            if len(rows[name]):
                ends = [np.percentile(sums[name, of], _ENDS, axis=1) for of in _DRAWN[one.of]]
                found[name][rows[name], 0] = np.min([low for low, _ in ends], axis=0)
                found[name][rows[name], 1] = ends[0][1]
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
    chances: pd.DataFrame, chosen: Mapping[str, Chosen]
) -> Iterator[tuple[IntArray, dict[str, FloatArray]]]:
    """Positions of some chances and what they are worth in every draw."""
    for stream, rows in chances.reset_index(drop=True).groupby("stream", sort=True):
        one = chosen[str(stream)]
        at = np.array([one.place[match] for match in rows["match_id"]], dtype=np.int64)
        stake, own = _narrow(one.stake, at)
        told = rows["co2_avoided_t_y"].to_numpy(dtype=float)
        base = avoided_co2(stake.stream, stake.rules, stake.pairs, stake.size, stake.catalogue)[own]
        # What a shared account of gas leaves of the CO2 holds in every draw.
        scale = np.divide(told, base, out=np.ones(len(told)), where=base != 0)
        place = np.full(len(stake.size), -1, dtype=np.int64)
        place[own] = np.arange(len(own))
        for drawn in _draw_values(stake):
            here = place[drawn.at]
            kept, to = here >= 0, here[here >= 0]
            yield (
                rows.index.to_numpy()[to],
                {
                    "eur": drawn.eur[:, kept],
                    "known": drawn.known[:, kept],
                    "co2": drawn.co2[:, kept] * scale[to],
                    "quantity": drawn.quantity[:, kept],
                },
            )


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


class _Drawn(NamedTuple):
    """What some pairs are worth in every draw, float64[draws, pairs].

    Attributes
    ----------
    at
        Which pairs of the stake.
    quantity
        As a share of the quantity it is priced at.
    eur, known, co2
        Net value in EUR, the same as if both places were known exactly, and CO2 avoided in t, per year; NaN where no
        price or factor is known.
    """

    at: slice
    quantity: FloatArray
    eur: FloatArray
    known: FloatArray
    co2: FloatArray


def _draw_values(stake: Stake) -> Iterator[_Drawn]:
    """Net value, CO2 and quantity of the pairs in the same joint draws, so that they may be added up per draw.

    Draw n is the same for every stream and pair. CO2 per unit follows its own factors; what a smaller quantity does to
    it per unit is left out.
    """
    moves = Moves.of(stake, stake.net_unit())
    avoided, co2_moves = _co2_moves(stake)
    for at in parts_of(len(stake.size)):
        known, _, placed, size = moves.draw(at)
        co2 = np.repeat(avoided[None, at], DRAWS, axis=0)
        add_moves(co2, co2_moves, at)
        share = np.divide(size, stake.size[at], out=np.zeros_like(size), where=stake.size[at] > DUST)
        yield _Drawn(at, share, placed * size, known * size, co2 * size)


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
