"""What a pair costs and brings per year, how far it pays, its CO2, and what public money gives where it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from kansenkaart.arrays import BoolArray, FloatArray, IntArray, ObjectArray
from kansenkaart.catalogue import Catalogue, Pair, Price, Stream
from kansenkaart.catalogue.changes import leaves
from kansenkaart.catalogue.legend import BETWEEN
from kansenkaart.matches.price.heat_pipe import Pipes, pair_power_mw, stations_cost
from kansenkaart.matches.price.ways import Way, by_rule, cheapest, find_stretch, goods_ways, pick

# The pessimistic end pairs a low benefit with high costs, the optimistic end the other way round.
_COST_END = {"low": "high", "value": "value", "high": "low"}


@dataclass(frozen=True, eq=False)
class Money:
    """EUR per year at the pessimistic end, the value and the optimistic end; NaN where no price is known.

    Each is worked out when it is asked for: a plan asks for no pessimistic end. ``fixed`` is a cost per connection and
    year that is the same at every end.
    """

    job: _Job
    fixed: float | FloatArray = 0.0

    @cached_property
    def cost(self) -> FloatArray:
        """What it really takes: pipe, stations, electricity, capture; what the one pays the other divides ``net``."""
        return self._at_value[0] + self.fixed

    @property
    def benefit(self) -> FloatArray:
        """What the taker avoids or would pay."""
        return self._at_value[1]

    @cached_property
    def trunk(self) -> FloatArray:
        """The part of ``cost`` that is heat pipe; zero for other means."""
        job = self.job
        return job.pick([way.pipe_cost for way in job.at_value]) if job.is_heat else np.zeros(len(job.pairs))

    @property
    def along(self) -> BoolArray:
        """Which pairs share a trunk rather than lay a pipe of their own."""
        return self.job.along

    @cached_property
    def net_low(self) -> FloatArray:
        """At the pessimistic end."""
        return self._net(self.job.money("low"))

    @cached_property
    def net(self) -> FloatArray:
        """At the value."""
        return self._net(self._at_value)

    @cached_property
    def net_high(self) -> FloatArray:
        """At the optimistic end."""
        return self._net(self.job.money("high"))

    @cached_property
    def _at_value(self) -> tuple[FloatArray, FloatArray]:
        return self.job.money("value")

    def _net(self, spent_and_gained: tuple[FloatArray, FloatArray]) -> FloatArray:
        spent, gained = spent_and_gained
        return gained - spent - self.fixed


def price_pairs(
    stream: Stream, rules: list[Pair], pairs: pd.DataFrame, quantity: FloatArray, catalogue: Catalogue
) -> Money:
    """Cost, benefit and net value per year of moving `quantity` over each pair.

    Parameters
    ----------
    stream
        Decides the means of transport.
    rules
        The catalogue's pairs of this stream; ``pairs.rule`` points into it.
    pairs
        Frame ``PAIRS``, of heat ``HEAT_PAIRS``.
    quantity
        Per pair, in the stream's unit per year.

    Returns
    -------
    Money
        All NaN when the stream has no price or its transport no cost. The means is the cheapest at the value, and
        the same at both ends.
    """
    return Money(_Job(stream, rules, pairs, quantity, catalogue.prices))


def with_fixed(money: Money, fixed_eur_y: float | FloatArray) -> Money:
    """Return `money` with a cost per connection and year (one for all, or per pair) that is the same at every end."""
    return replace(money, fixed=money.fixed + fixed_eur_y) if np.any(fixed_eur_y) else money


def prices_read(stream: Stream, rule: Pair, prices: Mapping[str, Price]) -> tuple[Price, ...]:
    """Return every price behind the money of a pair, so that an estimate among them can be told.

    Of one that follows from others those others are returned.
    """
    names = [*rule.source_cost, *rule.stations]
    names += [f"pipe_{stream.id}_k_a", "pipe_ground_factor"] if "pipe" in stream.mode else []
    names += [rule.benefit] if rule.benefit else []
    names += [rule.power, rule.power_price] if rule.power else []
    names += [stream.truck_price, "handling_eur_t"] if stream.truck_price else []
    names += ["ship_eur_tkm", "ship_handling_eur_t"] if stream.mode == "truck/ship" else []
    names += ["price_level", "full_load_hours", "heat_loss_w_m"] if stream.is_heat else []
    read = (leaf for name in names if name in prices for leaf in leaves(name, prices))
    return tuple(prices[name] for name in dict.fromkeys(read))


def break_even(money: Money, quantity: FloatArray, *, dearer_pipe: float = 0.0) -> FloatArray:
    """Price per unit from which a pair pays: all it costs per unit, EUR.

    `dearer_pipe` is the share by which the heat pipe costs more than reckoned.
    """
    cost = money.cost + dearer_pipe * money.trunk
    return np.divide(cost, quantity, out=np.full_like(cost, np.nan), where=quantity > 0)


def price_range(money: Money, quantity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest price per unit at which both gain, EUR; NaN where nothing is left to divide.

    Below the first the costs are not paid, above the second the taker is better off as he is.
    """
    lowest = break_even(money, quantity)
    highest = np.divide(money.benefit, quantity, out=np.full_like(lowest, np.nan), where=quantity > 0)
    both = money.net > 0
    return np.where(both, lowest, np.nan), np.where(both, highest, np.nan)


def break_even_distance(
    stream: Stream, rules: list[Pair], pairs: pd.DataFrame, quantity: FloatArray, catalogue: Catalogue
) -> FloatArray:
    """Straight distance up to which each pair pays at this size, km.

    The route stays as many times the straight distance as it is now. For a pair that shares a trunk the source moves:
    the trunk grows or shrinks, its other takers and the branch stay.

    Returns
    -------
    FloatArray
        Furthest distance over the means the pair may use; 0 where it does not pay next door either; NaN without a
        price, without a quantity, via a network (that lies where it lies), or where it pays at any distance.
    """
    job = _Job(stream, rules, pairs, quantity, catalogue.prices)
    straight = pairs["distance_m"].to_numpy(dtype=float)
    furthest = np.full(len(pairs), np.nan)
    for way in job.ways("value"):
        furthest = np.fmax(furthest, job.reach_m(way, straight))
    known = (quantity > 0) & np.isfinite(furthest) & (pairs["network"] < 0).to_numpy()
    return np.where(known, furthest / 1000.0, np.nan)


def avoided_co2(
    stream: Stream, rules: list[Pair], pairs: pd.DataFrame, quantity: FloatArray, catalogue: Catalogue
) -> FloatArray:
    """CO2 avoided per year in t, net of transport and of electricity used; NaN where no factor is known.

    Goods go the way that is cheapest, as in ``price_pairs``.
    """
    prices = catalogue.prices
    factor = prices.get(f"co2_{stream.id}")
    if factor is None:
        return np.full(len(pairs), np.nan)
    job = _Job(stream, rules, pairs, quantity, catalogue.prices)
    ways = job.ways("value")
    arriving = job.arriving(job.heat_lost(ways))
    power = by_rule(rules, job.rule, lambda one: _at(prices, one.power, "value"))
    grid = power * prices["grid_co2_t_gje"].value * quantity
    return np.asarray(factor.value * arriving - grid - job.pick([way.co2 for way in ways]))


def rungs_gained(stream: Stream, rules: list[Pair], pairs: pd.DataFrame) -> FloatArray:
    """Rungs of the R-ladder won by each pair; 0 where it stays, falls, or the stream is used in a cascade."""
    if stream.cascade:
        return np.zeros(len(pairs))
    gained = np.array([max(stream.r_now - rule.r_after, 0) for rule in rules], dtype=float)
    return np.asarray(gained[pairs["rule"].to_numpy(dtype=np.int64)])


@dataclass(frozen=True)
class _Job:
    """What is moved over every pair of a stream, and by which way."""

    stream: Stream
    rules: list[Pair]
    pairs: pd.DataFrame
    quantity: FloatArray
    prices: Mapping[str, Price]

    @cached_property
    def pipes(self) -> Pipes | None:
        """Of heat the pipes it goes by; None for goods."""
        if not self.stream.is_heat:
            return None
        return Pipes(self.rules, self.pairs, self.quantity, self.prices, np.nan_to_num(self.worth))

    @property
    def is_heat(self) -> bool:
        return self.stream.is_heat

    @cached_property
    def rule(self) -> IntArray:
        return self.pairs["rule"].to_numpy(dtype=np.int64)

    @property
    def along(self) -> BoolArray:
        return np.zeros(len(self.pairs), dtype=bool) if self.pipes is None else self.pipes.sharing.along

    @cached_property
    def choice(self) -> IntArray:
        """Which of the ways every pair goes, decided at the value."""
        if self.is_heat:
            return self.along.astype(np.int64)
        return cheapest([way.cost for way in self.at_value])

    def pick(self, values: list[FloatArray]) -> FloatArray:
        """What holds for the way every pair goes, of one array per way."""
        return values[0] if len(values) == 1 else pick(values, self.choice)

    def ways(self, end: str) -> list[Way]:
        if self.pipes is None:
            return goods_ways(self.stream, self.rules, self.pairs, self.quantity, self.prices, end)
        return self.pipes.ways(end)

    @cached_property
    def at_value(self) -> list[Way]:
        """The ways at the value, of which the cheapest is chosen."""
        return self.ways("value")

    def money(self, end: str) -> tuple[FloatArray, FloatArray]:
        """Cost and benefit per year at an end."""
        ways = self.at_value if end == "value" else self.ways(_COST_END[end])
        cost = self.pick([way.cost for way in ways]) + self.unit_cost(_COST_END[end]) * self.quantity
        return cost, self.benefit(self.heat_lost(ways), end)

    def heat_lost(self, ways: list[Way]) -> FloatArray:
        """GJ per year that cool off; a single 0 for goods."""
        return self.pick([way.heat_lost for way in ways]) if self.is_heat else np.zeros(())

    def arriving(self, heat_lost: FloatArray) -> FloatArray:
        """What is left after the pipe's heat loss."""
        return np.maximum(self.quantity - heat_lost, 0.0) if self.is_heat else self.quantity

    def unit_cost(self, end: str) -> FloatArray:
        """EUR per unit at the source and for what a network asks, per pair."""
        toll = self.pairs["toll_eur_unit"].to_numpy(dtype=float)
        return np.asarray(_source_cost(self.rules, self.rule, self.prices, end) + toll)

    @cached_property
    def worth(self) -> FloatArray:
        """EUR per unit that arrives, per pair; NaN where it has no price."""
        return self.price("value")

    def price(self, end: str) -> FloatArray:
        """The same at an end."""

        def tell(one: Pair) -> float:
            return np.nan if one.benefit is None else float(getattr(self.prices[one.benefit], end))

        return by_rule(self.rules, self.rule, tell)

    def benefit(self, heat_lost: FloatArray, end: str) -> FloatArray:
        """What arrives x its price; NaN without a price."""
        price = self.worth if end == "value" else self.price(end)
        return np.asarray(price * self.arriving(heat_lost))

    def reach_m(self, way: Way, straight: FloatArray) -> FloatArray:
        """Straight distance at which this way leaves nothing; 0 where it leaves nothing at length 0 either."""
        price = self.worth
        # Past the metre where all heat is lost a pair brings nothing: up to there everything is a straight line.
        net = (price - self.unit_cost("value")) * self.quantity - price * way.heat_lost - way.cost
        stretch = find_stretch(self.pairs, way.basis, self.prices)
        each_m = way.times * way.per_m * stretch
        if self.is_heat:
            each_m = each_m + price * way.lost_per_m * find_stretch(self.pairs, "route_m", self.prices)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = straight + net / each_m
        nearest = straight - way.length_m / stretch
        return np.asarray(np.where(reach < nearest, 0.0, np.maximum(reach, 0.0)))


def _source_cost(rules: list[Pair], rule: IntArray, prices: Mapping[str, Price], end: str) -> FloatArray:
    """EUR per unit at the source per pair: capture or heat pump, and the electricity these or a turbine cost."""

    def tell(one: Pair) -> float:
        power = _at(prices, one.power, end) * getattr(prices[one.power_price], end)
        return float(sum(getattr(prices[name], end) for name in one.source_cost) + power)

    return by_rule(rules, rule, tell)


def _at(prices: Mapping[str, Price], name: str | None, end: str) -> float:
    return 0.0 if name is None or name not in prices else float(getattr(prices[name], end))


@dataclass(frozen=True)
class Support:
    """Per pair, at the value; NaN where no price is known.

    Attributes
    ----------
    needed
        EUR per year that lacks; 0 where the pair pays.
    given
        EUR per year that instruments give at most; 0 where nothing lacks.
    instruments
        Ids of those that give it, in the order they are taken; empty where none does.
    pays
        Whether it pays with them and not without.
    """

    needed: FloatArray
    given: FloatArray
    instruments: ObjectArray
    pays: BoolArray


def find_support(
    stream: Stream,
    rules: list[Pair],
    pairs: pd.DataFrame,
    money: Money,
    quantity: FloatArray,
    catalogue: Catalogue,
) -> Support:
    """What lacks, and what the instruments of the catalogue give.

    A share of an investment counts over what those before it left, as a yearly burden saved (``annuity``). What is paid
    per t CO2 avoided fills what still lacks, up to its most, and of heat up to its most per MW. What a plant itself
    invests is no cost of a chance, so a share of that (``part = "plant"``) is not counted, nor what cannot be told.
    """
    needed = np.where(np.isnan(money.net), np.nan, np.maximum(-money.net, 0.0))
    network, stations = _investments(stream, rules, pairs, money, quantity, catalogue)
    avoided = np.nan_to_num(avoided_co2(stream, rules, pairs, quantity, catalogue))
    annuity = catalogue.prices["annuity"].value
    rule = pairs["rule"].to_numpy(dtype=np.int64)
    given = np.where(np.isnan(needed), np.nan, 0.0)
    names = np.full(len(pairs), "", dtype=object)
    for one in catalogue.instruments:
        meant = np.array([one.is_for(each) for each in rules], dtype=bool)[rule] & (needed > 0)
        if one.part == "co2":
            paid = one.value * np.maximum(avoided, 0.0)
            if one.most_eur_mw_y is not None and stream.is_heat:
                paid = np.minimum(paid, one.most_eur_mw_y * pair_power_mw(pairs, quantity, catalogue.prices))
            most = given + paid
            counts = meant & (needed > given) & (most > given)
            given = np.where(counts, np.minimum(most, needed), given)
        else:
            part = network + (stations if one.part == "all" else 0.0)
            counts = (
                meant
                & (one.part in ("network", "all"))
                & (part > 0)
                & (needed >= one.least_gap * annuity * part)
            )
            amount = np.where(counts, np.minimum(one.value * part, one.most_eur or np.inf), 0.0)
            given = given + annuity * amount
            share = np.divide(amount, part, out=np.zeros(len(pairs)), where=part > 0)
            network = network * (1.0 - share)
            stations = stations * (1.0 - share) if one.part == "all" else stations
        names[counts] = [f"{name}{BETWEEN if name else ''}{one.id}" for name in names[counts]]
    return Support(needed, given, names, (needed > 0) & (given >= needed))


def _investments(
    stream: Stream,
    rules: list[Pair],
    pairs: pd.DataFrame,
    money: Money,
    quantity: FloatArray,
    catalogue: Catalogue,
) -> tuple[FloatArray, FloatArray]:
    """EUR once in pipes and in stations; 0 for goods, whose trucks are hired."""
    if not stream.is_heat:
        return np.zeros(len(pairs)), np.zeros(len(pairs))
    prices = catalogue.prices
    annuity = prices["annuity"].value
    network = money.trunk / (annuity + prices["pipe_om_share"].value)
    power = pair_power_mw(pairs, quantity, prices)
    yearly = stations_cost(rules, pairs["rule"].to_numpy(dtype=np.int64), power, prices, "value")
    return network, yearly / (annuity + prices["coupling_om_share"].value)
