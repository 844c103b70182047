"""How good a chance is: kansrijk, verkennen or technisch, from joint draws of prices, quantities and places.

A pair is given; nothing is solved again. What its net value does with every uncertain number at its low and at its high
end is worked out once, and the draws add these up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd
from scipy.special import ndtri

from kansenkaart.arrays import DUST, Z90, BoolArray, FloatArray, IntArray, ObjectArray, draw_normal, find_ends
from kansenkaart.catalogue import Catalogue, Pair, Stream, with_price
from kansenkaart.matches.pairs.eligibility import Side, ends_of, keys_of
from kansenkaart.matches.price.economics import price_pairs, prices_read
from kansenkaart.matches.price.ways import find_stretch
from kansenkaart.tables.matches import SCALE_LEVELS

# A chance is good when it pays in this share of the draws, and does not pay now when it fails in this share.
PROMISE = 0.9

# A chance that stands in fewer draws than this is never called good.
LEAST_CERTAINTY = 0.5

_STRENGTH = {"technisch": 0, "verkennen": 1, "kansrijk": 2}

# Fixed, so that a class does not hang on how often, or from where, a project draws the matching.
DRAWS, _SEED = 500, 1990

# What a number takes in the draws, from low to high.
_VALUES = ndtri((np.arange(DRAWS) + 0.5) / DRAWS) / Z90

# Pairs drawn at once: bounds the memory that takes.
_AT_ONCE = 2_000

# Below a hundredth of its value a quantity is as good as nothing; keeps the logarithm finite where low is 0.
_FLOOR = 0.01

# What the draws say of a pair; missing without a price.
DRAWN = (
    *("net_p10_eur_y", "net_p90_eur_y", "net_p10_eur_unit", "net_p90_eur_unit", "pays_share"),
    *("known_p10_eur_unit", "beyond_share", "place_eur_unit"),
)


@dataclass(frozen=True)
class Stake:
    """Pairs of one stream, each at the size it is priced at.

    Attributes
    ----------
    pairs
        Frame ``PAIRS``, of heat ``HEAT_PAIRS`` with every pair that sends something through a trunk.
    size
        float64[pairs]: unit per year.
    rooms
        What a pair could have of its supply and of its demand next to what others take, per year.
    fixed
        EUR per connection and year that no draw moves.
    """

    stream: Stream
    rules: list[Pair]
    pairs: pd.DataFrame
    size: FloatArray
    sides: tuple[Side, Side]
    rooms: tuple[FloatArray, FloatArray]
    fixed: FloatArray
    catalogue: Catalogue

    def net_unit(self) -> FloatArray:
        """EUR per unit moved; NaN where nothing is."""
        net = price_pairs(self.stream, self.rules, self.pairs, self.size, self.catalogue).net
        return self.per_unit(net - self.fixed)

    def per_unit(self, eur_y: FloatArray) -> FloatArray:
        """The same per unit moved."""
        known = self.size > DUST
        return np.asarray(np.divide(eur_y, self.size, out=np.full(len(eur_y), np.nan), where=known))


def draw_pairs(stake: Stake) -> pd.DataFrame:
    """What joint draws say of the net value of every pair, at the quantity it has.

    Returns
    -------
    DataFrame
        ``DRAWN``, aligned to the pairs: 10th and 90th percentile of the net value per year and per unit, the share of
        draws in which it pays, the 10th percentile if both places were known exactly, the share in which the places
        lie beyond the hard distance, and what the places may add to the cost (90th percentile).
    """
    net = stake.net_unit()
    drawn = pd.DataFrame(np.nan, index=stake.pairs.index, columns=list(DRAWN))
    if np.isnan(net).all():
        return drawn
    moves = Moves.of(stake, net)
    places, found = moves.places, np.empty((len(net), len(DRAWN)))
    for at in (slice(first, first + _AT_ONCE) for first in range(0, len(net), _AT_ONCE)):
        known, further, placed, size = moves.draw(at)
        limit = stake.stream.hard_km * 1000.0 - places.limited_m[at]
        found[at, :2], found[at, 2:4] = find_ends(placed * size), find_ends(placed)
        found[at, 4] = (placed > 0).mean(axis=1)
        found[at, 5] = find_ends(known)[:, 0]
        # That a place may lie elsewhere never makes the promise stronger.
        found[at, 0] = np.minimum(found[at, 0], find_ends(known * size)[:, 0])
        found[at, 2] = np.minimum(found[at, 2], found[at, 5])
        found[at, 6] = (further > limit[:, None]).mean(axis=1)
        found[at, 7] = -places.unit_m[at] * find_ends(further)[:, 1]
    found[np.isnan(net)] = np.nan
    drawn[list(DRAWN)] = found
    return drawn


def add_moves(
    values: FloatArray, moves: list[tuple[str, FloatArray, FloatArray]], at: slice | IntArray
) -> None:
    """Add to `values`, float64[pairs, draws], what every number does in each draw."""
    for key, low, high in moves:
        z = _draw(key)
        move = np.where(z < 0, low[at, None], high[at, None])
        move *= np.abs(z)
        values += move


@dataclass(frozen=True)
class Moves:
    """All that moves the net value per unit of the pairs of a stake."""

    stake: Stake
    net: FloatArray
    prices: list[tuple[str, FloatArray, FloatArray]]
    sizes: _SizeMoves
    places: _PlaceMoves

    @classmethod
    def of(cls, stake: Stake, net: FloatArray) -> Moves:
        """Work out what every number does; `net` is the net value per unit."""
        moved = _price_moves(stake, net)
        return cls(stake, net, moved, _SizeMoves.of(stake, net), _PlaceMoves.of(stake, net))

    def draw(self, at: slice | IntArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Net per unit as if places were known, metres further apart, net per unit, and quantity of every draw."""
        known = np.repeat(self.net[at, None], DRAWS, axis=1)
        add_moves(known, self.prices, at)
        factor, move = self.sizes.draw(at)
        known += move
        further = self.places.draw(at)
        # Of many pairs both places are known: then the two are one.
        unsure = bool((self.places.off_m[at] > 0).any())
        placed = known + self.places.unit_m[at, None] * further if unsure else known
        return known, further, placed, factor * self.stake.size[at, None]


@lru_cache(maxsize=4096)
def _draw(key: str) -> FloatArray:
    """Draws that belong to `key`, in which low and high lie at -1 and 1: P10 and P90, exactly, of these very draws."""
    return np.asarray(_draw_all((key,))[0])


def _draw_all(keys: Iterable[str]) -> FloatArray:
    """The draws of many keys, float64[keys, draws]: numpy sorts all of them in a third of the time of one by one."""
    drawn = np.array([draw_normal(key, _SEED, DRAWS) for key in keys])
    values = np.empty_like(drawn)
    # No two of 500 normal draws are equal, so there is no order of equals to keep.
    np.put_along_axis(values, np.argsort(drawn, axis=1), _VALUES[None], axis=1)
    return values


def _price_moves(stake: Stake, net: FloatArray) -> list[tuple[str, FloatArray, FloatArray]]:
    """What every uncertain price does to the net value per unit at its low and at its high end.

    What the ends move besides prices (the cheap and the dear formula of a pipe) is one number more.
    """
    prices = stake.catalogue.prices
    used = np.unique(stake.pairs["rule"].to_numpy(dtype=np.int64))
    read = {price.id: price for n in used for price in prices_read(stake.stream, stake.rules[n], prices)}
    moves, exact = [], stake.catalogue
    for name, price in read.items():
        if price.low < price.high:
            low, high = (
                replace(stake, catalogue=with_price(stake.catalogue, name, end, ranges=False)).net_unit()
                - net
                for end in (price.low, price.high)
            )
            moves.append((name, low, high))
            exact = with_price(exact, name, price.value)
    rest = price_pairs(stake.stream, stake.rules, stake.pairs, stake.size, exact)
    low, high = (stake.per_unit(end - rest.net) for end in (rest.net_low, rest.net_high))
    if (np.abs([low, high]) > 0).any():
        moves.append((f"{stake.stream.id}|pipe", low, high))
    return moves


@dataclass(frozen=True)
class _SizeMoves:
    """What a smaller or larger quantity does to the net value per unit: a pipe for less is dearer per unit.

    Attributes
    ----------
    low, high
        float64[pairs]: the move where supply and demand both lie at that end; zeros where the size does not matter.
    """

    stake: Stake
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, stake: Stake, net: FloatArray) -> _SizeMoves:
        moved = cls(stake, np.zeros(len(net)), np.zeros(len(net)))
        low, high = (replace(stake, size=stake.size * factor).net_unit() - net for factor in moved._ends)
        return replace(moved, low=np.nan_to_num(low), high=np.nan_to_num(high))

    def draw(self, at: slice | IntArray) -> tuple[FloatArray, FloatArray]:
        """Quantity as a share of what it is, and the move of the net value per unit: float64[pairs, draws]."""
        rooms = [
            np.maximum(np.maximum(room[at], self.stake.size[at]), DUST)[:, None] for room in self.stake.rooms
        ]
        ways = [room * self._factors(role, at) for role, room in enumerate(rooms)]
        factor = np.minimum(*ways) / np.minimum(*rooms)
        drawn = np.log(factor)
        less = drawn < 0
        low, high = (np.log(end[at]) for end in self._ends)
        # Where a quantity is certain nothing moves, whichever way.
        share = drawn / np.where(less, *(np.where(end != 0, end, np.inf)[:, None] for end in (low, high)))
        return factor, share * np.where(less, self.low[at, None], self.high[at, None])

    @cached_property
    def _ends(self) -> tuple[FloatArray, FloatArray]:
        """The quantity with both flows at their low, and at their high end, as a share of what it is."""
        rooms = [np.maximum(np.maximum(room, self.stake.size), DUST) for room in self.stake.rooms]
        flows = [_positions(self.stake.pairs, role) for role in (0, 1)]
        low, high = (
            np.minimum(
                *(
                    room * ends[end][flow]
                    for room, ends, flow in zip(rooms, self._flow_ends, flows, strict=True)
                )
            )
            / np.minimum(*rooms)
            for end in (0, 1)
        )
        return low, high

    @cached_property
    def _flow_ends(self) -> list[tuple[FloatArray, FloatArray]]:
        """Per role low and high of every flow as a share of its value."""
        return [(np.maximum(low, _FLOOR), high) for low, high in map(ends_of, self.stake.sides)]

    @cached_property
    def _keys(self) -> list[ObjectArray]:
        """Per role what every flow hangs on."""
        return [np.array(keys_of(side), dtype=object) for side in self.stake.sides]

    def _factors(self, role: int, at: slice | IntArray) -> FloatArray:
        """What the flow of every pair is in each draw, as a share of its value, float64[pairs, draws]."""
        flows, of_pair = np.unique(_positions(self.stake.pairs, role)[at], return_inverse=True)
        of_flow, keys = pd.factorize(self._keys[role][flows])
        z = _draw_all(keys)[of_flow]
        low, high = (np.log(end[flows])[:, None] for end in self._flow_ends[role])
        return np.asarray(np.exp(np.abs(z) * np.where(z < 0, low, high))[of_pair])


@dataclass(frozen=True)
class _PlaceMoves:
    """What it does when both places lie elsewhere, as far as nobody knows better.

    Attributes
    ----------
    off_m, unit_m
        float64[pairs]: metres that both places may be off together, and EUR per unit for every metre further apart.
    """

    stake: Stake
    distance_m: FloatArray
    off_m: FloatArray
    unit_m: FloatArray

    @classmethod
    def of(cls, stake: Stake, net: FloatArray) -> _PlaceMoves:
        distance = stake.pairs["distance_m"].to_numpy(dtype=float)
        off = sum(
            (_precision(stake.sides[n])[_positions(stake.pairs, n)] for n in (0, 1)), np.zeros(len(net))
        )
        step = np.where(off > 0, off, 1.0)
        there = replace(stake, pairs=_move_apart(stake, step)).net_unit()
        return cls(stake, distance, off, np.where(off > 0, (there - net) / step, 0.0))

    @property
    def limited_m(self) -> FloatArray:
        """What the hard distance is held against: metres between the places, or of the pipes to a network."""
        pairs, detour = self.stake.pairs, self.stake.catalogue.prices["detour_factor"].value
        laid = np.minimum(pairs["route_m"].to_numpy(dtype=float) / detour, self.distance_m)
        return np.where(pairs["network"].to_numpy() < 0, self.distance_m, laid)

    def draw(self, at: slice | IntArray) -> FloatArray:
        """Metres that the two lie further apart, float64[pairs, draws]."""
        s, d = (_positions(self.stake.pairs, role)[at] for role in (0, 1))
        further, unsure = np.zeros((len(s), DRAWS)), np.flatnonzero(self.off_m[at] > 0)
        if len(unsure) == 0:
            return further
        s, d = s[unsure], d[unsure]
        apart = self.stake.sides[1].xy[d] - self.stake.sides[0].xy[s]
        length = np.hypot(apart[:, 0], apart[:, 1])
        # From edge to edge, in the direction of the middles.
        scale = np.divide(self.distance_m[at][unsure], length, out=np.zeros_like(length), where=length > 0)
        east, north = (apart * scale[:, None]).T[..., None]
        gone = [_displace(side, flow) for side, flow in zip(self.stake.sides, (s, d), strict=True)]
        there = np.hypot(east + gone[1][0] - gone[0][0], north + gone[1][1] - gone[0][1])
        further[unsure] = there - np.hypot(east, north)
        return further


def _displace(side: Side, flow: IntArray) -> tuple[FloatArray, FloatArray]:
    """Metres east and north of where a place is said to lie: anywhere within its precision, float64[pairs, draws]."""
    places, which = np.unique(flow, return_inverse=True)
    sites, radius = side.column("site_id"), _precision(side)
    moved = np.zeros((2, len(places), DRAWS))
    for n in np.flatnonzero(radius[places] > 0):
        both = Z90 * np.stack([_draw(f"{sites[places[n]]}|{axis}") for axis in ("east", "north")])
        length = np.hypot(*both)
        # The length of such a draw tells which share of all draws lies nearer: so the disc fills evenly.
        share = np.sqrt(-np.expm1(-0.5 * length**2)) / length
        moved[:, n] = radius[places[n]] * share * both
    return moved[0][which], moved[1][which]


def _precision(side: Side) -> FloatArray:
    return side.column("location_precision_m").astype(float)


def _positions(pairs: pd.DataFrame, role: int) -> IntArray:
    return pairs["sd"[role]].to_numpy(dtype=np.int64)


def _move_apart(stake: Stake, metres: FloatArray) -> pd.DataFrame:
    """The pairs with their ends so many metres further apart, the route in proportion."""
    pairs, prices = stake.pairs, stake.catalogue.prices
    longer = {"distance_m": pairs["distance_m"] + metres}
    for name, of in (("route_m", "route_m"), ("cost_length_m", "cost_length_m"), ("trunk_m", "route_m"),
                     ("trunk_cost_m", "cost_length_m")):  # fmt: skip
        if name in pairs:
            longer[name] = pairs[name] + metres * find_stretch(pairs, of, prices)
    return pairs.assign(**longer)


def class_pairs(stream: Stream, rules: list[Pair], pairs: pd.DataFrame) -> pd.DataFrame:
    """Class of every pair and the key of the rule that decided.

    Parameters
    ----------
    stream, rules
        Distances, ladder and caps of the catalogue.
    pairs
        ``distance_m, rule, scale_level, temperature_unknown, running_unknown, cost_eur_y, net_high_eur_y`` and
        ``DRAWN``.

    Returns
    -------
    DataFrame
        ``chance_class`` and ``class_rule``, aligned to `pairs`. *Kansrijk*: pays in nine of ten draws. *Technisch*: in
        nine of ten it does not. Without a price the soft distance decides and *kansrijk* is not given.
    """
    near = (pairs["distance_m"] <= stream.soft_km * 1000.0).to_numpy()
    p90, p10, known = (
        pairs[f"{name}_eur_unit"].to_numpy(dtype=float) for name in ("net_p90", "net_p10", "known_p10")
    )
    priced = ~np.isnan(p10)
    good, never = priced & (known > 0), priced & ~(p90 > 0)
    strength = np.select([good, never, ~priced & ~near], [2, 0, 0], default=1)
    high = (pairs["net_high_eur_y"] + pairs["cost_eur_y"]).to_numpy(dtype=float)
    worthless = never & ~(high > 0)
    reason = np.select(
        [good, worthless, never, ~priced & near, ~priced],
        ["price_good", "price_worthless", "price_never", "no_price_near", "no_price_far"],
        default="price_near",
    ).astype(object)
    rule = pairs["rule"].to_numpy()
    best = np.array([_STRENGTH[rule.best_class] for rule in rules], dtype=np.int64)[rule]
    lower = np.array([rule.r_after > stream.r_now and not stream.cascade for rule in rules])[rule]
    caps: list[tuple[str, BoolArray, IntArray | int]] = [
        ("cap_pair", best < 2, best),
        ("cap_ladder", lower, 1),
        ("cap_scale", _above_scale(stream, pairs["scale_level"], near), 1),
        ("cap_precision", ~(p10 > 0) | (pairs["beyond_share"].to_numpy(dtype=float) > 1.0 - PROMISE), 1),
        ("cap_running", pairs["running_unknown"].to_numpy(dtype=bool), 1),
        ("cap_temperature", pairs["temperature_unknown"].to_numpy(dtype=bool), 1),
    ]
    for key, where, most in caps:
        capped = where & (strength > most)
        strength = np.where(capped, most, strength)
        reason[capped] = key
    names = np.array(["technisch", "verkennen", "kansrijk"], dtype=object)
    return pd.DataFrame({"chance_class": names[strength], "class_rule": reason}, index=pairs.index)


def cap_certainty(matches: pd.DataFrame) -> pd.DataFrame:
    """Class and rule after the draws: what falls in more than half of them is never good.

    Parameters
    ----------
    matches
        ``chance_class, class_rule`` and ``robustness``, missing where nothing was drawn.
    """
    unsure = (matches["chance_class"] == "kansrijk") & (matches["robustness"] < LEAST_CERTAINTY)
    return pd.DataFrame(
        {
            "chance_class": matches["chance_class"].mask(unsure, "verkennen"),
            "class_rule": matches["class_rule"].mask(unsure, "cap_certainty"),
        },
        index=matches.index,
    )


def _above_scale(stream: Stream, scale: pd.Series, near: BoolArray) -> BoolArray:
    """Which pairs span more than the stream's own scale.

    A border says little about what is dealt with next door: a pair within the soft distance is never above its
    stream's scale, wherever the border runs.
    """
    larger = SCALE_LEVELS[SCALE_LEVELS.index(stream.scale_level) + 1 :]
    above = np.array([name in larger for name in scale.tolist()], dtype=np.bool_)
    return np.asarray(above & ~near)
