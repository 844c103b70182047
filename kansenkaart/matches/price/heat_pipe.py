"""What heat costs on its way: trunk, branch, distribution, stations and what cools off.

The pipe formula is that of PBL's Vesta model; sources per factor stand in ``catalogue/prices.csv``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kansenkaart.arrays import ROUNDING, BoolArray, FloatArray, IntArray, ObjectArray, round_metres
from kansenkaart.catalogue import Catalogue, Pair, Price, Stream
from kansenkaart.matches.pairs.eligibility import Side, Sides
from kansenkaart.matches.price.ways import Way, at_ends
from kansenkaart.matches.transport.reach import find_polygon_pairs


def find_trunks(sides: Sides, pairs: pd.DataFrame, stream: Stream, catalogue: Catalogue) -> pd.DataFrame:
    """Put every heat pair on the trunk it could share.

    Takers that lie within ``trunk_cluster_m`` of each other, directly or through others, are one group. A trunk runs
    from a source to the nearest taker of a group. A taker joins it when it lies nearer to that taker than to the
    source; those that do not (they lie on another side of the source) form a trunk of their own in the same way.
    Takers that are reached via a network share the pipe from the source to it.

    Parameters
    ----------
    sides
        Supply and demand; their geometries are in RD New, metres.
    pairs
        Frame ``PAIRS``.
    stream, catalogue
        The heat, and what its glass asks.

    Returns
    -------
    DataFrame
        Aligned to `pairs`: ``trunk`` (number from 0, by source and nearest taker), ``trunk_root`` (position of that
        taker), ``trunk_m`` and ``trunk_cost_m`` (route and cost length to it), ``branch_m`` (straight x detour from
        it) and ``ha_per_unit``.
    """
    glass = hectares_per_unit(sides[1], stream, catalogue)
    via = pairs[pairs["network"] >= 0]
    own = _own_trunks(sides, pairs[pairs["network"] < 0], catalogue)
    found = own if via.empty else pd.concat([own, _accesses(via, len(own))]).loc[pairs.index]
    return found.assign(ha_per_unit=glass[pairs["d"].to_numpy(dtype=np.int64)])


def _own_trunks(sides: Sides, pairs: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Trunks of the pairs that go by a pipe of their own."""
    s, d = pairs["s"].to_numpy(dtype=np.int64), pairs["d"].to_numpy(dtype=np.int64)
    takers = np.unique(d)
    group = np.zeros(len(sides[1]), dtype=np.int64)
    geometry = sides[1].geometry.to_numpy()
    group[takers] = group_takers(geometry[takers], catalogue.prices["trunk_cluster_m"].value)
    distance = pairs["distance_m"].to_numpy(dtype=float)
    first, branch = _nearest_takers(s, d, distance, group, geometry)
    _, number = np.unique(np.column_stack([s, d[first]]), axis=0, return_inverse=True)
    return pd.DataFrame(
        {
            "trunk": number.ravel().astype(np.int64),
            "trunk_root": d[first],
            "trunk_m": pairs["route_m"].to_numpy(dtype=float)[first],
            "trunk_cost_m": pairs["cost_length_m"].to_numpy(dtype=float)[first],
            "branch_m": branch * catalogue.prices["detour_factor"].value,
        },
        index=pairs.index,
    )


def _accesses(pairs: pd.DataFrame, first: int) -> pd.DataFrame:
    """Pipes from sources to networks, shared by all that go that way: trunks numbered from `first`."""
    _, number = np.unique(pairs[["s", "network", "access_m"]].to_numpy(), axis=0, return_inverse=True)
    return pd.DataFrame(
        {
            "trunk": first + number.ravel().astype(np.int64),
            "trunk_root": pairs["d"],
            "trunk_m": pairs["access_m"],
            "trunk_cost_m": pairs["access_cost_m"],
            "branch_m": pairs["cost_length_m"] - pairs["access_cost_m"],
        },
        index=pairs.index,
    )


def name_trunks(sides: Sides, pairs: pd.DataFrame, networks: Sequence[str] = ()) -> ObjectArray:
    """Name of every pair's heat pipe: ``<supply_id>|<nearest taker>``, or its own taker where it goes alone.

    Of a pair that goes via one of `networks` (ids): ``<supply_id>|<network>`` where it shares the pipe to that, and
    with its taker behind it where it goes alone. Reads ``s, d, network, trunk_root`` and ``along`` (see ``Money``).
    """
    names = np.full(len(pairs), None, dtype=object)
    ends = np.where(pairs["along"], pairs["trunk_root"], pairs["d"])
    supply = sides[0].column("site_id")[pairs["s"].to_numpy()]
    demand = sides[1].column("site_id")[ends]
    names[:] = [f"{giver}|{taker}" for giver, taker in zip(supply, demand, strict=True)]
    number, along = pairs["network"].to_numpy(dtype=np.int64), pairs["along"].to_numpy(dtype=bool)
    for n in np.flatnonzero(number >= 0).tolist():
        names[n] = f"{supply[n]}|{networks[number[n]]}" + ("" if along[n] else f"|{demand[n]}")
    return names


def group_takers(geometry: ObjectArray, within_m: float) -> IntArray:
    """Single linkage: the number of the group of every geometry; neighbours lie at most `within_m` apart."""
    near = find_polygon_pairs(geometry, geometry, within_m)
    joined = coo_array((np.ones(len(near)), (near.supply, near.demand)), shape=(len(geometry),) * 2)
    _, label = connected_components(joined, directed=False)
    return np.asarray(label, dtype=np.int64)


def hectares_per_unit(demand: Side, stream: Stream, catalogue: Catalogue) -> FloatArray:
    """Hectares of glass behind every GJ asked, float64[n]: what the site states, else by the rule of thumb.

    The rule of thumb is the stream's kengetal for glass of an unknown crop; kinds without one have no glass.
    """
    rules = {
        kind: 1.0 / kengetal.value
        for kengetal in catalogue.kengetallen.values()
        if (kengetal.stream, kengetal.role, kengetal.driver) == (stream.id, "demand", "glass_ha")
        and not kengetal.where
        for kind in kengetal.kinds
    }
    thumb = np.array([rules.get(kind, 0.0) for kind in demand.column("kind")], dtype=float)
    glass, asked = (demand.flows[name].to_numpy(dtype=float) for name in ("glass_ha", "theoretical"))
    stated = (glass > 0) & (asked > 0)
    return np.asarray(np.divide(glass, asked, out=thumb, where=stated))


def _nearest_takers(
    s: IntArray, d: IntArray, distance: FloatArray, group: IntArray, geometry: ObjectArray
) -> tuple[IntArray, FloatArray]:
    """Per pair the row whose taker ends its trunk, and the straight distance from there, metres."""
    first, branch = np.empty(len(s), dtype=np.int64), np.zeros(len(s))
    left = np.lexsort((d, distance, group[d], s))
    while len(left):
        starts = np.ones(len(left), dtype=bool)
        starts[1:] = (np.diff(s[left]) != 0) | (np.diff(group[d[left]]) != 0)
        nearest = left[np.maximum.accumulate(np.where(starts, np.arange(len(left)), 0))]
        between = shapely.distance(geometry[d[left]], geometry[d[nearest]])
        between = round_metres(between)
        # A taker that touches the source needs no trunk; it ends its own.
        alone = starts | (distance[left] == 0)
        joins = alone | (between < distance[left])
        rows = left[joins]
        first[rows] = np.where(alone, left, nearest)[joins]
        branch[rows] = np.where(alone, 0.0, between)[joins]
        left = left[~joins]
    return first, branch


_SECONDS_H = 3600.0
_MJ_Y_PER_W = 31.536  # one watt all year long

# A pipe of one's own must be cheaper than this share of the shared one; less is rounding.
_SAME = 1.0 - ROUNDING


@dataclass(frozen=True)
class Sharing:
    """Who goes along in the trunk, how much that trunk carries, and the power it is sized on.

    Attributes
    ----------
    total
        Per pair: GJ per year through the trunk when this pair takes part.
    power_mw
        Per pair: the power of that trunk. It is the sum of what its members need, each in its own busiest month: an
        upper bound, as these need not be the same month.
    along
        Whether the pair takes part; the others lay a pipe of their own.
    """

    total: FloatArray
    power_mw: FloatArray
    along: BoolArray


@dataclass(frozen=True, eq=False)
class Pipes:
    """The heat that is moved over every pair, by a pipe of its own or by a share in a trunk.

    Attributes
    ----------
    rules
        The catalogue's pairs of this heat; ``pairs.rule`` points into it.
    pairs
        Frame ``HEAT_PAIRS``. A trunk is filled with what was sent over its pairs (``quantity``), before anything was
        with what is priced, and never carries more than ``trunk_most``.
    quantity
        GJ per year that is priced, per pair.
    prices
        The catalogue's.
    heat_value
        EUR per GJ of heat that does not cool off, per pair.
    """

    rules: list[Pair]
    pairs: pd.DataFrame
    quantity: FloatArray
    prices: Mapping[str, Price]
    heat_value: FloatArray

    @cached_property
    def sharing(self) -> Sharing:
        """Every trunk sized on all it carries, without those whom a pipe of their own leaves better off."""
        own = self._toll(self._own_at_value)
        along = np.ones(len(self.pairs), dtype=bool)
        while True:
            sharing = self._fill_trunks(along)
            leave = along & (own < _SAME * self._toll(self._shared_way(self._own_at_value, sharing, "value")))
            if not leave.any():
                return sharing
            along &= ~leave

    def ways(self, end: str) -> list[Way]:
        """A pipe of one's own and a share in a trunk; with stations and distribution."""
        own = self._own_at_value if end == "value" else self._own_way(end)
        rule = self.pairs["rule"].to_numpy(dtype=np.int64)
        stations = stations_cost(self.rules, rule, self._power_mw, self.prices, end)
        spread = self._distribution(rule, end)
        return [
            replace(way, pipe=way.pipe + spread, fixed=way.pipe + spread + stations)
            for way in (own, self._shared_way(own, self.sharing, end))
        ]

    def _distribution(self, rule: IntArray, end: str) -> FloatArray:
        """Yearly cost of bringing heat from the pipe's end to the growers a taker stands for, EUR.

        Where a taker has no glass (``ha_per_unit``), or the pair names no such cost, it is 0.
        """
        served_ha = self._column("ha_per_unit") * self.quantity
        each = at_ends(self.rules, rule, "EUR/ha", self.prices, end)
        return np.asarray(each * served_ha * _pipe_share(self.prices))

    @cached_property
    def _own_at_value(self) -> Way:
        return self._own_way("value")

    def _own_way(self, end: str) -> Way:
        return Way(
            fixed=0.0,
            per_m=pipe_cost_eur_m_y(self._power_mw, self.prices, end),
            length_m=self._column("cost_length_m"),
            basis="cost_length_m",
            lost_per_m=_loss_gj_m(self.prices, end),
            lost_length_m=self._column("route_m"),
        )

    def _shared_way(self, own: Way, sharing: Sharing, end: str) -> Way:
        """A share of the trunk by quantity, and from where it ends a branch as wide as a pipe of one's `own`."""
        total = sharing.total
        share = np.divide(self.quantity, total, out=np.zeros(len(total)), where=total > 0)
        loss = _loss_gj_m(self.prices, end)
        return Way(
            fixed=0.0,
            per_m=pipe_cost_eur_m_y(sharing.power_mw, self.prices, end) * share,
            length_m=self._trunk_cost_m,
            basis="cost_length_m",
            pipe=own.per_m * self._branch_m,
            lost=loss * self._branch_m,
            lost_per_m=loss * share,
            lost_length_m=self._trunk_m,
        )

    def _fill_trunks(self, along: BoolArray) -> Sharing:
        """What the trunk carries with `quantity` of this pair and what the others send, and the power for that.

        No more than its source has: what does not fit takes its part of the power along.
        """
        going = np.where(along, self._sent, 0.0)
        wanted = self._with_others(self.quantity, going)
        total = np.minimum(wanted, self._trunk_most)
        power = self._with_others(self._power_mw, base_load_mw(going, self.prices, self._load_hours))
        fits = np.divide(total, wanted, out=np.ones(len(wanted)), where=wanted > 0)
        return Sharing(total, power * fits, along)

    def _with_others(self, own: FloatArray, sent: FloatArray) -> FloatArray:
        """Sum over the trunk of every pair: `own` for the pair itself, `sent` for the others."""
        trunk = self._trunk
        others = np.maximum(np.bincount(trunk, sent)[trunk] - sent, 0.0) if len(trunk) else sent
        return np.asarray(others + own)

    def _toll(self, way: Way) -> FloatArray:
        """What a way takes from a pair: its pipe and the heat that cools off, EUR per year."""
        return np.asarray(way.pipe_cost + self.heat_value * np.minimum(way.heat_lost, self.quantity))

    def _column(self, name: str) -> FloatArray:
        return self.pairs[name].to_numpy(dtype=float)

    @cached_property
    def _power_mw(self) -> FloatArray:
        return base_load_mw(self.quantity, self.prices, self._load_hours)

    @cached_property
    def _load_hours(self) -> FloatArray:
        return self._column("load_hours")

    @cached_property
    def _sent(self) -> FloatArray:
        sent = self._column("quantity")
        return np.where(np.isnan(sent), self.quantity, sent)

    @cached_property
    def _trunk(self) -> IntArray:
        return self.pairs["trunk"].to_numpy(dtype=np.int64)

    @cached_property
    def _trunk_most(self) -> FloatArray:
        return np.maximum(self._column("trunk_most"), self.quantity)

    @cached_property
    def _trunk_m(self) -> FloatArray:
        return self._column("trunk_m")

    @cached_property
    def _trunk_cost_m(self) -> FloatArray:
        return self._column("trunk_cost_m")

    @cached_property
    def _branch_m(self) -> FloatArray:
        return self._column("branch_m")


def pipe_cost_eur_m(power_mw: FloatArray, prices: Mapping[str, Price], end: str) -> FloatArray:
    """Investment per metre of trace (supply and return) for `power_mw`, at the price level of the formula.

    Above the range of the formula several pipes lie side by side. `end` takes the cheap formula (low), the dear
    one (high) or their mean.
    """
    most = prices["pipe_max_mw"].value
    pipes = np.maximum(np.ceil(power_mw / most), 1.0)
    each = np.maximum(power_mw / pipes, 1e-9)
    cost = np.zeros(len(each))
    for name in {"low": ("min",), "value": ("min", "max"), "high": ("max",)}[end]:
        factor, power = prices[f"pipe_k_{name}_a"].value, prices[f"pipe_k_{name}_b"].value
        cost = cost + factor * each**power
    return np.asarray(pipes * cost / (2.0 if end == "value" else 1.0))


def stations_cost(
    rules: list[Pair], rule: IntArray, power_mw: FloatArray, prices: Mapping[str, Price], end: str
) -> FloatArray:
    """Yearly cost of coupling at the source and connection at the taker, EUR; which ones, the pair says."""
    share = prices["annuity"].value + prices["coupling_om_share"].value
    each = at_ends(rules, rule, "EUR/kW", prices, end)
    return np.asarray(each * power_mw * 1000.0 * share * prices["price_level"].value)


def base_load_mw(
    quantity_gj: FloatArray, prices: Mapping[str, Price], load_hours: FloatArray | float = np.nan
) -> FloatArray:
    """Power that carries `quantity_gj` per year at the full-load hours of a base-load pipe, or fewer `load_hours`.

    Where these are not known (NaN) the full-load hours hold.
    """
    hours = np.fmin(load_hours, prices["full_load_hours"].value)
    return np.asarray(quantity_gj * 1000.0 / _SECONDS_H / hours)


def pair_power_mw(pairs: pd.DataFrame, quantity_gj: FloatArray, prices: Mapping[str, Price]) -> FloatArray:
    """Power of every pair, in the hours its months leave (``load_hours``) where those are known and fewer."""
    return base_load_mw(quantity_gj, prices, pairs["load_hours"].to_numpy(dtype=float))


def pipe_cost_eur_m_y(power_mw: FloatArray, prices: Mapping[str, Price], end: str) -> FloatArray:
    """Yearly cost of a metre of trace of this power, EUR: annuity and operation as shares of the investment."""
    ground = getattr(prices["pipe_ground_factor"], end)
    return np.asarray(pipe_cost_eur_m(power_mw, prices, end) * _pipe_share(prices) * ground)


def _pipe_share(prices: Mapping[str, Price]) -> float:
    """EUR per year per EUR invested in pipe at the formula's price level."""
    return (prices["annuity"].value + prices["pipe_om_share"].value) * prices["price_level"].value


def _loss_gj_m(prices: Mapping[str, Price], end: str) -> float:
    """GJ lost per year per metre of pipe: by the metre, never a flat share."""
    return float(getattr(prices["heat_loss_w_m"], end)) * _MJ_Y_PER_W / 1000.0
