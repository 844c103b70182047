"""What a pair costs and brings: pipe by megawatt and length, truck by tonne and kilometre, and the CO2 it saves.

Sources per factor stand in ``catalogue/prices.csv``; the pipe formula is that of PBL's Vesta model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.catalogue import Catalogue, Pair, Price, Stream

FloatArray = npt.NDArray[np.float64]

_SECONDS_H = 3600.0
_MJ_Y_PER_W = 31.536  # one watt all year long

# The pessimistic end pairs a low benefit with high costs, the optimistic end the other way round.
ENDS = ("low", "value", "high")
_COST_END = {"low": "high", "value": "value", "high": "low"}


@dataclass(frozen=True)
class Money:
    """EUR per year at the pessimistic end, the value and the optimistic end; NaN where no price is known.

    ``trunk`` is the part of ``cost`` that is heat pipe; zero for other means.
    """

    cost: FloatArray
    trunk: FloatArray
    benefit: FloatArray
    net_low: FloatArray
    net: FloatArray
    net_high: FloatArray


def route_lengths(distance_m: FloatArray, catalogue: Catalogue) -> FloatArray:
    """Straight distance x detour factor, metres."""
    return distance_m * catalogue.prices["detour_factor"].value


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
        ``route_m`` and ``rule`` per pair.
    quantity
        Per pair, in the stream's unit per year.

    Returns
    -------
    Money
        All NaN when the stream has no price or its transport no cost.
    """
    prices = catalogue.prices
    route = pairs["route_m"].to_numpy(dtype=float)
    benefit_price = prices.get(f"benefit_{stream.id}")
    net: dict[str, FloatArray] = {}
    cost: dict[str, FloatArray] = {}
    benefit: dict[str, FloatArray] = {}
    rule = pairs["rule"].to_numpy()
    for end in ENDS:
        cost[end] = _transport_cost(stream, route, quantity, prices, _COST_END[end])
        if stream.unit == "GJ":
            power = base_load_mw(quantity, prices)
            cost[end] = cost[end] + stations_cost(rules, rule, power, prices, _COST_END[end])
        if benefit_price is None:
            benefit[end] = np.full(len(route), np.nan)
        else:
            source = _source_cost(rules, rule, prices, _COST_END[end])
            arriving = _arriving(stream, route, quantity, prices, _COST_END[end])
            benefit[end] = getattr(benefit_price, end) * arriving - source * quantity
        net[end] = benefit[end] - cost[end]
    trunk = np.zeros(len(route))
    if stream.unit == "GJ":
        trunk = heat_pipe_cost(route, base_load_mw(quantity, prices), prices, "value")
    return Money(cost["value"], trunk, benefit["value"], net["low"], net["value"], net["high"])


def prices_read(stream: Stream, rule: Pair, prices: Mapping[str, Price]) -> tuple[Price, ...]:
    """Return every price behind the money of a pair, so that an estimate among them can be told."""
    names = [f"benefit_{stream.id}", *rule.source_cost, *rule.stations, f"pipe_{stream.id}_eur_m"]
    names += [rule.power, "power_price_eur_gje"] if rule.power else []
    names += [stream.truck_price, "handling_eur_t"] if stream.truck_price else []
    names += ["price_level", "full_load_hours", "heat_loss_w_m"] if stream.unit == "GJ" else []
    return tuple(prices[name] for name in names if name in prices)


def break_even(money: Money, quantity: FloatArray, *, dearer_pipe: float = 0.0) -> FloatArray:
    """Benefit per unit before transport from which a pair pays: its transport cost per unit, EUR.

    `dearer_pipe` is the share by which the heat pipe costs more than reckoned.
    """
    cost = money.cost + dearer_pipe * money.trunk
    return np.divide(cost, quantity, out=np.full_like(cost, np.nan), where=quantity > 0)


def avoided_co2(
    stream: Stream, rules: list[Pair], pairs: pd.DataFrame, quantity: FloatArray, catalogue: Catalogue
) -> FloatArray:
    """CO2 avoided per year in t, net of transport and of electricity used; NaN where no factor is known."""
    prices = catalogue.prices
    factor = prices.get(f"co2_{stream.id}")
    if factor is None:
        return np.full(len(pairs), np.nan)
    route = pairs["route_m"].to_numpy(dtype=float)
    power = np.array([_at(prices, rule.power, "value") for rule in rules])[pairs["rule"].to_numpy()]
    avoided = factor.value * _arriving(stream, route, quantity, prices, "value")
    avoided -= power * quantity * prices["grid_co2_t_gje"].value
    truck, pipe = _truck_and_pipe(stream, route, quantity, prices, "value")
    on_the_road = np.where(np.isnan(pipe), ~np.isnan(truck), truck < pipe)
    avoided -= np.where(on_the_road, prices["truck_co2_t_tkm"].value * quantity * route / 1000.0, 0.0)
    return np.asarray(avoided)


def pipe_cost_eur_m(power_mw: FloatArray, prices: Mapping[str, Price], end: str) -> FloatArray:
    """Investment per metre of trace (supply and return) for `power_mw`, at the price level of the formula.

    Above the range of the formula several pipes lie side by side. `end` takes the cheap formula (low), the dear
    one (high) or their mean.
    """
    most = prices["pipe_max_mw"].value
    pipes = np.maximum(np.ceil(power_mw / most), 1.0)
    each = np.maximum(power_mw / pipes, 1e-9)
    low = prices["pipe_k_min_a"].value * each ** prices["pipe_k_min_b"].value
    high = prices["pipe_k_max_a"].value * each ** prices["pipe_k_max_b"].value
    return np.asarray(pipes * {"low": low, "value": (low + high) / 2.0, "high": high}[end])


def heat_pipe_cost(
    route_m: FloatArray, power_mw: FloatArray, prices: Mapping[str, Price], end: str
) -> FloatArray:
    """Yearly cost of a heat pipe sized on base load, EUR: annuity and operation as shares of the investment."""
    share = prices["annuity"].value + prices["pipe_om_share"].value
    return np.asarray(pipe_cost_eur_m(power_mw, prices, end) * route_m * share * prices["price_level"].value)


def stations_cost(
    rules: list[Pair],
    rule: npt.NDArray[np.int64],
    power_mw: FloatArray,
    prices: Mapping[str, Price],
    end: str,
) -> FloatArray:
    """Yearly cost of coupling at the source and connection at the taker, EUR; which ones, the pair says."""
    eur_kw = np.array(
        [sum(getattr(prices[name], end) for name in one.stations) for one in rules], dtype=float
    )
    share = prices["annuity"].value + prices["coupling_om_share"].value
    return np.asarray(eur_kw[rule] * power_mw * 1000.0 * share * prices["price_level"].value)


def base_load_mw(quantity_gj: FloatArray, prices: Mapping[str, Price]) -> FloatArray:
    """Power that carries `quantity_gj` per year at the full-load hours of a base-load pipe."""
    return quantity_gj * 1000.0 / _SECONDS_H / prices["full_load_hours"].value


def _transport_cost(
    stream: Stream, route: FloatArray, quantity: FloatArray, prices: Mapping[str, Price], end: str
) -> FloatArray:
    """Yearly cost of the cheapest means this stream has; NaN where it has none with a price."""
    if stream.mode == "pipe" and stream.unit == "GJ":
        return heat_pipe_cost(route, base_load_mw(quantity, prices), prices, end)
    truck, pipe = _truck_and_pipe(stream, route, quantity, prices, end)
    return np.fmin(truck, pipe)


def _truck_and_pipe(
    stream: Stream, route: FloatArray, quantity: FloatArray, prices: Mapping[str, Price], end: str
) -> tuple[FloatArray, FloatArray]:
    truck = pipe = np.full(len(route), np.nan)
    if stream.truck_price is not None:
        per_unit = getattr(prices[stream.truck_price], end) * route / 1000.0
        truck = (per_unit + getattr(prices["handling_eur_t"], end)) * quantity
    per_metre = prices.get(f"pipe_{stream.id}_eur_m")
    if per_metre is not None:
        share = prices["annuity"].value + prices["pipe_om_share"].value
        pipe = getattr(per_metre, end) * route * share
    return truck, pipe


def _arriving(
    stream: Stream, route: FloatArray, quantity: FloatArray, prices: Mapping[str, Price], end: str
) -> FloatArray:
    """What is left after the pipe's heat loss: by metre of pipe, never a flat share."""
    if stream.unit != "GJ":
        return quantity
    loss = getattr(prices["heat_loss_w_m"], end) * route * _MJ_Y_PER_W / 1000.0
    return np.asarray(np.maximum(quantity - loss, 0.0))


def _source_cost(
    rules: list[Pair], rule: npt.NDArray[np.int64], prices: Mapping[str, Price], end: str
) -> FloatArray:
    """EUR per unit at the source: its own price, and the electricity its heat pump or turbine costs."""
    per_rule = [
        sum(getattr(prices[name], end) for name in one.source_cost)
        + _at(prices, one.power, end) * getattr(prices["power_price_eur_gje"], end)
        for one in rules
    ]
    return np.array(per_rule, dtype=float)[rule]


def _at(prices: Mapping[str, Price], name: str | None, end: str) -> float:
    return 0.0 if name is None else float(getattr(prices[name], end))
