"""How goods go: truck by tonne and km, alone or in a round, ship from quay to quay, pipe by the metre; its hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, round_metres
from kansenkaart.catalogue import Catalogue, Pair, Price, Stream
from kansenkaart.matches.pairs.eligibility import Side

# One number for all pairs, or one per pair.
Numbers = FloatArray | float


@dataclass(frozen=True)
class Way:
    """One way to move what every pair moves: yearly cost, heat lost and CO2, each a straight line in its length.

    Attributes
    ----------
    fixed, per_m
        EUR per year at length 0, and per metre; NaN where this way is not open to the pair.
    length_m
        Metres the cost counts.
    basis
        Column of the pairs with that length; empty: the straight distance x detour.
    times
        What ``fixed``, ``per_m`` and ``co2_per_m`` are multiplied by: the quantity where they are per unit.
    pipe
        Part of ``fixed`` that is heat pipe; ``per_m`` then is pipe altogether.
    lost, lost_per_m, lost_length_m
        The same for heat that cools off, GJ per year.
    co2_per_m
        t CO2 per year per metre of ``length_m``.
    """

    fixed: Numbers
    per_m: Numbers
    length_m: Numbers
    basis: str
    times: Numbers = 1.0
    pipe: Numbers = 0.0
    lost: Numbers = 0.0
    lost_per_m: Numbers = 0.0
    lost_length_m: Numbers = 0.0
    co2_per_m: Numbers = 0.0

    @property
    def cost(self) -> FloatArray:
        """EUR per year."""
        return np.asarray(self.times * (self.fixed + self.per_m * self.length_m))

    @property
    def pipe_cost(self) -> FloatArray:
        """Part of the cost that is heat pipe, EUR per year."""
        return np.asarray(self.pipe + self.per_m * self.length_m)

    @property
    def heat_lost(self) -> FloatArray:
        """GJ per year; a single 0 for what does not cool."""
        return np.asarray(self.lost + self.lost_per_m * self.lost_length_m)

    @property
    def co2(self) -> FloatArray:
        """CO2 that the truck or ship puts out, t per year."""
        return np.asarray(self.times * (self.co2_per_m * self.length_m))


def goods_ways(
    stream: Stream,
    rules: list[Pair],
    pairs: pd.DataFrame,
    quantity: FloatArray,
    prices: Mapping[str, Price],
    end: str,
) -> list[Way]:
    """Every way the stream has a price for: truck, ship between two quays, pipe; NaN throughout where none.

    To and from a network there is only the pipe.
    """
    ways = []
    if stream.truck_price is not None:
        rate, handling = (getattr(prices[name], end) for name in (stream.truck_price, "handling_eur_t"))
        co2 = prices["truck_co2_t_tkm"].value / 1000.0
        apart = pairs["network"].to_numpy() < 0
        route = np.where(apart, pairs["route_m"].to_numpy(dtype=float), np.nan)
        route = route + _out_of_the_way(stream, pairs, quantity)
        ways.append(Way(handling, rate / 1000.0, route, "route_m", quantity, co2_per_m=co2))
    if stream.mode == "truck/ship":
        ways.append(_ship(stream, pairs, quantity, prices, end))
    if has_pipe(stream, prices):
        spread = at_ends(rules, pairs["rule"].to_numpy(dtype=np.int64), "EUR/t", prices, end)
        length = pairs["cost_length_m"].to_numpy(dtype=float)
        each_m = _pipe_eur_m(stream, quantity, prices, end)
        ways.append(Way(spread * quantity, each_m, length, "cost_length_m"))
    return ways or [Way(np.full(len(pairs), np.nan), 0.0, 0.0, "")]


def _out_of_the_way(stream: Stream, pairs: pd.DataFrame, quantity: FloatArray) -> FloatArray:
    """Metres per unit that a truck drives for a pair of less than a full load, from the heart of its round and back.

    It calls once for every load that the round may keep, however little waits there. Together the pairs of a round pay
    for driving from its heart to each of them and back: no round trip past them all is longer.
    """
    part = (quantity > 0) & (quantity < stream.lot)
    times = np.divide(stream.lot, quantity, out=np.zeros(len(quantity)), where=part)
    return np.asarray(pairs["round_m"].to_numpy(dtype=float) * times)


def has_pipe(stream: Stream, prices: Mapping[str, Price]) -> bool:
    """Whether it is known what a pipe for these goods costs."""
    return f"pipe_{stream.id}_k_a" in prices


def by_rule(rules: list[Pair], rule: IntArray, tell: Callable[[Pair], float]) -> FloatArray:
    """What `tell` says of the rule of every pair; of rules that no pair goes by it is not asked."""
    each = np.full(len(rules), np.nan)
    used = np.unique(rule)
    each[used] = [tell(rules[number]) for number in used.tolist()]
    return np.asarray(each[rule])


def at_ends(
    rules: list[Pair], rule: IntArray, unit: str, prices: Mapping[str, Price], end: str
) -> FloatArray:
    """Sum per pair of the prices in `unit` of what a pipe needs at its ends."""

    def tell(one: Pair) -> float:
        return float(sum(getattr(prices[name], end) for name in one.stations if prices[name].unit == unit))

    return by_rule(rules, rule, tell)


def _pipe_eur_m(stream: Stream, quantity: FloatArray, prices: Mapping[str, Price], end: str) -> FloatArray:
    """EUR per year per metre of a pipe for `quantity` a year: a wider one is dearer, less than in proportion."""
    factor, power = (prices[f"pipe_{stream.id}_k_{part}"] for part in ("a", "b"))
    share = prices["annuity"].value + prices["pipe_om_share"].value
    ground = getattr(prices["pipe_ground_factor"], end)
    carried = np.maximum(quantity / 1000.0, 0.0) ** power.value
    return np.asarray(getattr(factor, end) * carried * share * ground)


def find_stretch(pairs: pd.DataFrame, basis: str, prices: Mapping[str, Price]) -> Numbers:
    """Metres of the column `basis` per metre straight; the detour factor where there is none or 0 m straight."""
    detour = prices["detour_factor"].value
    if not basis:
        return detour
    straight = pairs["distance_m"].to_numpy(dtype=float)
    length = pairs[basis].to_numpy(dtype=float)
    return np.asarray(np.divide(length, straight, out=np.full(len(pairs), detour), where=straight > 0))


def cheapest(costs: list[FloatArray]) -> IntArray:
    """Position of the least of `costs` for every pair; the first of equals, 0 where none is known."""
    best = np.zeros(len(costs[0]), dtype=np.int64)
    least = costs[0]
    for number, cost in enumerate(costs[1:], start=1):
        better = (cost < least) | (np.isnan(least) & ~np.isnan(cost))
        best = np.where(better, number, best)
        least = np.where(better, cost, least)
    return best


def pick(values: list[FloatArray], choice: IntArray) -> FloatArray:
    """Of every pair the value at its `choice`."""
    picked = values[0]
    for number, value in enumerate(values[1:], start=1):
        picked = np.where(choice == number, value, picked)
    return picked


def find_quays(sides: tuple[Side, Side], pairs: pd.DataFrame, stream: Stream) -> BoolArray:
    """Which pairs have a quay at both ends, because their sites say so; none of a stream that never sails."""
    if stream.mode != "truck/ship":
        return np.zeros(len(pairs), dtype=bool)
    at_water = [
        side.flows["quay"].eq("yes").fillna(False).to_numpy(dtype=bool)[pairs[key].to_numpy()]
        for side, key in zip(sides, ("s", "d"), strict=True)
    ]
    return np.asarray(at_water[0] & at_water[1])


def _ship(
    stream: Stream, pairs: pd.DataFrame, quantity: FloatArray, prices: Mapping[str, Price], end: str
) -> Way:
    """Straight x detour: there is no network of waterways to follow."""
    rate, handling = (getattr(prices[name], end) for name in ("ship_eur_tkm", "ship_handling_eur_t"))
    length = pairs["distance_m"].to_numpy(dtype=float) * prices["detour_factor"].value
    length = length + _out_of_the_way(stream, pairs, quantity)
    length = np.where(pairs["quay"].to_numpy(dtype=bool), length, np.nan)
    co2 = prices["ship_co2_t_tkm"].value / 1000.0
    return Way(handling, rate / 1000.0, length, "", quantity, co2_per_m=co2)


# Hours per month of a common year.
MONTH_HOURS = 24.0 * np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def load_hours(months: Iterable[FloatArray]) -> FloatArray:
    """Year's quantity over the power that carries the busiest month, h per year.

    Parameters
    ----------
    months
        Twelve arrays, January first, with what every pair moves in that month; 0 or more, any unit.

    Returns
    -------
    FloatArray
        All 8,760 hours where nothing is moved: then no month asks for power.
    """
    year, peak = np.zeros(()), np.zeros(())
    # Month after month: all months of millions of pairs at once would fill the memory.
    for quantity, hours in zip(months, MONTH_HOURS, strict=True):
        year, peak = year + quantity, np.maximum(peak, quantity / hours)
    everything = np.full(year.shape, MONTH_HOURS.sum())
    return np.asarray(np.divide(year, peak, out=everything, where=peak > 0))


def expect_load_hours(
    supply: FloatArray, demand: FloatArray, s: IntArray, d: IntArray, *, storage_efficiency: float = 0.0
) -> FloatArray:
    """Hours before anything is allocated: both sides have eyes for each other only.

    Parameters
    ----------
    supply, demand
        float64[n, 12], float64[m, 12]: free per month.
    s, d
        Positions of both ends of every pair.
    storage_efficiency
        Above 0 what the taker still lacks comes out of a store, in proportion to what it lacks per month.
    """

    def direct(month: int) -> FloatArray:
        return np.asarray(np.minimum(supply[s, month], demand[d, month]))

    months = range(len(MONTH_HOURS))
    if storage_efficiency <= 0:
        return load_hours(direct(month) for month in months)
    moved = sum((direct(month) for month in months), start=np.zeros(len(s)))
    lacking = demand.sum(axis=1)[d] - moved
    stored = storage_efficiency * (supply.sum(axis=1)[s] - moved)
    share = np.divide(np.minimum(stored, lacking), lacking, out=np.zeros(len(s)), where=lacking > 0)
    return load_hours((1.0 - share) * direct(month) + share * demand[d, month] for month in months)


def with_load_hours(stream: Stream, pairs: pd.DataFrame, months: FloatArray, used: BoolArray) -> pd.DataFrame:
    """Heat pairs with, where `used`, the hours of the months they got, float64[pairs, 12]; the others as expected.

    Pairs of goods, and what was matched by the year, are returned as they are.
    """
    if not stream.is_heat or months.shape[1] == 1:
        return pairs
    return pairs.assign(load_hours=np.where(used, load_hours(months.T), pairs["load_hours"]))


def overlap(supply: FloatArray, demand: FloatArray) -> FloatArray:
    """Share of the smaller yearly total that both sides have in the same month.

    Parameters
    ----------
    supply, demand
        Shape (k, 12): quantity per month of both ends of k pairs, 0 or more, in one unit.

    Returns
    -------
    array
        Shape (k,), 0 to 1: 1 where the smaller side fits in the months of the other, 0 where no month is shared and
        where a side has nothing.

    Notes
    -----
    ``sum(min(supply, demand)) / min(sum(supply), sum(demand))``, the monthly form of the usable share in the
    project's domain reference, section 5.

    Examples
    --------
    >>> overlap(np.array([[6.0, 6.0]]), np.array([[9.0, 3.0]])).tolist()
    [0.75]
    """
    shared = np.minimum(supply, demand).sum(axis=1)
    smaller = np.minimum(supply.sum(axis=1), demand.sum(axis=1))
    # Summing in another order may leave a last bit above 1.
    share = np.divide(shared, smaller, out=np.zeros_like(smaller), where=smaller > 0)
    return np.asarray(np.minimum(share, 1.0), dtype=np.float64)


def find_rounds(supply: Side, pairs: pd.DataFrame, stream: Stream, catalogue: Catalogue) -> pd.DataFrame:
    """Put every supply in a round.

    The largest supply that is in no round yet is the heart of the next one, and those in no round within
    ``round_reach_m`` of it join. A stream without a smallest lot, or that no truck moves, has no rounds: every supply
    is its own heart.

    Returns
    -------
    DataFrame
        Aligned to `pairs`: ``round`` (position of the supply at the heart) and ``round_m`` (straight x detour from
        there; a truck that calls drives it there and back, as it does the way to the taker).
    """
    s = pairs["s"].to_numpy(dtype=np.int64)
    heart = np.arange(len(supply))
    if stream.lot > 0 and stream.truck_price is not None:
        givers = np.unique(s)
        order = givers[np.argsort(-supply.column("value").astype(float)[givers], kind="stable")]
        heart[order] = order[_lead(supply.xy[order], catalogue.prices["round_reach_m"].value)]
    apart = np.hypot(*(supply.xy - supply.xy[heart]).T) * catalogue.prices["detour_factor"].value
    return pd.DataFrame({"round": heart[s], "round_m": round_metres(apart)[s]}, index=pairs.index)


def _lead(xy: FloatArray, reach_m: float) -> IntArray:
    """Per point, the first of all points that took it along: one that is not taken itself takes what lies near."""
    lead = np.full(len(xy), -1, dtype=np.int64)
    near = cKDTree(xy) if len(xy) else None
    for point in range(len(xy)):
        if lead[point] < 0 and near is not None:
            found = np.asarray(near.query_ball_point(xy[point], reach_m), dtype=np.int64)
            lead[found[lead[found] < 0]] = point
    return lead


def number_rounds(pairs: pd.DataFrame, takers: int) -> IntArray | None:
    """Number every round to a taker, below the number of pairs; None where each is one pair."""
    where = pairs["round"].to_numpy(dtype=np.int64) * takers + pairs["d"].to_numpy(dtype=np.int64)
    known, number = np.unique(where, return_inverse=True)
    return None if len(known) == len(where) else np.asarray(number, dtype=np.int64)
