"""Hubs: where a processor that is missing would stand best, from whom it takes what is left, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, FloatArray
from kansenkaart.catalogue import Catalogue, Pair
from kansenkaart.coalitions.missing import find_spots
from kansenkaart.geo import RD
from kansenkaart.project import HubTable
from kansenkaart.siting import Chosen, choose_median, choose_sites
from kansenkaart.tables import HUB_FLOWS, HUBS, Remarks

_ENDS = ("low", "value", "high")
# A cheap end pairs low costs with a high benefit.
_OPPOSITE = {"low": "high", "value": "value", "high": "low"}
_M_PER_KM = 1000.0


@dataclass(frozen=True)
class Left:
    """What matching left: frames ``SITES, FLOWS`` and ``GAPS``."""

    sites: gpd.GeoDataFrame
    flows: pd.DataFrame
    gaps: pd.DataFrame


@dataclass(frozen=True)
class Hubs:
    """Frames ``HUBS`` and ``HUB_FLOWS``."""

    hubs: gpd.GeoDataFrame
    hub_flows: pd.DataFrame


@dataclass(frozen=True)
class _Case:
    """One kind of hub: who has something left, where it may stand, and what a unit costs and brings.

    Attributes
    ----------
    givers
        By site id: ``x, y``, ``left`` and its ends as a share of it (``low, high``).
    km
        float64[givers, spots]: the drive; infinite beyond the hard distance of the stream.
    worth
        Per end float64[givers]: what the taker avoids less what the source costs, EUR per unit; NaN without a price.
    """

    name: str
    asked: HubTable
    givers: pd.DataFrame
    spots: pd.DataFrame
    km: FloatArray
    worth: Mapping[str, FloatArray]
    rates: Mapping[str, tuple[float, float]]

    @property
    def left(self) -> FloatArray:
        """What every giver has left per year."""
        return self.givers["left"].to_numpy(dtype=float)

    @property
    def by_money(self) -> bool:
        """Whether price and fixed cost are known, so that only what pays is built."""
        return self.asked.cost_eur_y is not None and not np.isnan(self.worth["value"]).any()

    def drive(self, end: str) -> FloatArray:
        """EUR per unit for loading and driving, float64[givers, spots]."""
        handling, per_km = self.rates[end]
        return handling + per_km * self.km

    def choose(self) -> Chosen:
        """The best places: of most net value; without a price as much as fits, with the least driving."""
        asked, drive = self.asked, self.drive("value")
        fixed = asked.cost_eur_y.value if asked.cost_eur_y is not None and self.by_money else 0.0
        reached = np.isfinite(drive)
        if self.by_money:
            gain = np.where(reached, self.worth["value"][:, None] - drive, 0.0)
        else:
            # To be served outweighs any drive, also where others must go elsewhere for it.
            most = (asked.most + 1) * float(drive[reached].max(initial=1.0))
            if asked.capacity is None:
                return choose_median(
                    self.left, np.where(reached, drive, most), np.full(len(drive), most), asked.most
                )
            gain = np.where(reached, most - drive, 0.0)
        capacity = np.inf if asked.capacity is None else asked.capacity
        return choose_sites(self.left[:, None] * gain, self.left, asked.most, capacity=capacity, fixed=fixed)


def find_hubs(left: Left, asked: Mapping[str, HubTable], catalogue: Catalogue, *, remarks: Remarks) -> Hubs:
    """Return where every hub that a project asks for stands best, and what it takes and makes.

    It takes what suppliers of the region have left: not what goes by chances that only lack money, nor what a market
    outside the region takes. Where the price of the stream and the cost of a hub are known, what nets most counts, and
    what does not pay is not built; else as much as fits is taken, with the least driving.

    Parameters
    ----------
    remarks
        Told of a hub for which nothing is left, or that has no place to stand.
    """
    hubs, flows = [], []
    for name, one in asked.items():
        case = _read_case(name, one, left, catalogue)
        reason = _find_reason(case)
        if reason is None and case is not None:
            chosen = case.choose()
            reason = None if len(chosen.places) else "hub_does_not_pay"
            for row, own in _write(case, chosen, left.sites, catalogue):
                hubs.append(row)
                flows.append(own)
        if reason is not None:
            remarks.add(reason, name, {"stream": one.stream, "kind": one.kind, "on": ", ".join(one.on)})
    if not hubs:
        return Hubs(HUBS.empty(), HUB_FLOWS.empty())
    frame = gpd.GeoDataFrame(pd.DataFrame(hubs), geometry="geometry", crs=RD)
    return Hubs(HUBS.conform(frame), HUB_FLOWS.conform(pd.concat(flows, ignore_index=True)))


def _find_reason(case: _Case | None) -> str | None:
    """Key of why there is no such hub; None where there may be."""
    if case is None:
        return "hub_no_truck"
    if not len(case.spots):
        return "hub_nowhere"
    return None if np.isfinite(case.km).any() else "hub_nothing_left"


def _read_case(name: str, asked: HubTable, left: Left, catalogue: Catalogue) -> _Case | None:
    """What is to be decided; None of a stream that does not go by truck."""
    stream, prices = catalogue.streams[asked.stream], catalogue.prices
    if stream.truck_price is None:
        return None
    rules = {
        one.supply_kind: one
        for one in catalogue.pairs.values()
        if (one.stream, one.demand_kind) == (asked.stream, asked.kind)
    }
    givers = _find_givers(left, asked.stream, rules)
    kinds = asked.on or [one for one, kind in catalogue.kinds.items() if not (kind.area or kind.shown_only)]
    spots = find_spots(left.sites, kinds).sort_index()
    apart = givers[["x", "y"]].to_numpy(dtype=float)[:, None] - spots.to_numpy(dtype=float)[None]
    straight = np.hypot(apart[..., 0], apart[..., 1]) / _M_PER_KM
    km = np.where(straight <= stream.hard_km, straight * prices["detour_factor"].value, np.inf)
    worth = {}
    for end in _ENDS:
        cost = _OPPOSITE[end]
        each = {
            kind: float("nan")
            if rule.benefit is None
            else getattr(prices[rule.benefit], end)
            - sum(getattr(prices[one], cost) for one in rule.source_cost)
            for kind, rule in rules.items()
        }
        worth[end] = givers["kind"].map(each).to_numpy(dtype=float)
    rates = {
        end: (getattr(prices["handling_eur_t"], end), getattr(prices[stream.truck_price], end))
        for end in _ENDS
    }
    return _Case(name, asked, givers, spots, km, worth, rates)


def _find_givers(left: Left, stream: str, rules: Mapping[str, Pair]) -> pd.DataFrame:
    """Places of the region that have something left, by id: ``x, y, kind, name, left, low, high``."""
    gaps = left.gaps[(left.gaps["stream"] == stream) & (left.gaps["role"] == "supply")].set_index("site_id")
    free = (gaps["remaining"] - gaps["if_pays"] - gaps["elsewhere"]).rename("left")
    sites = left.sites[left.sites["in_region"] & left.sites["kind"].isin(rules)].set_index("site_id")
    if "crop" in sites:
        grown = zip(sites["kind"], sites["crop"], strict=True)
        sites = sites[[rules[kind].takes_crop(crop) for kind, crop in grown]]
    points = sites.geometry.representative_point()
    flows = left.flows.set_index("flow_id").loc[gaps["flow_id"]].set_axis(gaps.index)
    ends = flows[["low", "high"]].div(flows["value"].where(flows["value"] > DUST), axis=0).fillna(1.0)
    told = pd.DataFrame({"x": points.x, "y": points.y, "kind": sites["kind"], "name": sites["name"]})
    told = told.join(free, how="inner").join(ends)
    return told[told["left"] > DUST].sort_index()


def _write(
    case: _Case, chosen: Chosen, sites: gpd.GeoDataFrame, catalogue: Catalogue
) -> list[tuple[dict[str, object], pd.DataFrame]]:
    """A row of ``HUBS`` and its rows of ``HUB_FLOWS`` per hub, what takes most first."""
    taken = case.left[:, None] * chosen.served
    # A place to which nothing comes, beside one at the same spot, is no hub.
    comes = taken.sum(axis=0)
    order = [at for at in np.argsort(-comes.round(6), kind="stable").tolist() if comes[at] > DUST]
    places = sites.set_index("site_id")
    told = []
    for number, at in enumerate(order, start=1):
        spot = str(case.spots.index[chosen.places[at]])
        rows = np.flatnonzero(taken[:, at] > DUST)
        flows = _write_flows(case, rows, taken[rows, at], int(chosen.places[at]), catalogue)
        flows["name"] = flows["name"].fillna(str(places.at[spot, "name"]))
        flows["site_id"] = flows["site_id"].fillna(spot)
        row = {
            "hub_id": f"{case.name}-{number}",
            "hub": case.name,
            "stream": case.asked.stream,
            "kind": case.asked.kind,
            "site_id": spot,
            "name": places.at[spot, "name"],
            "municipality": places.at[spot, "municipality"],
            "spots": len(case.spots),
            "unit": catalogue.streams[case.asked.stream].unit,
            "left_out": max(float(case.left.sum() - taken.sum()), 0.0),
            "judged_by": "money" if case.by_money else "distance",
            "gap": chosen.gap,
            "geometry": places.geometry.loc[[spot]].representative_point().iloc[0],
            **_count(case, rows, taken[rows, at], int(chosen.places[at])),
        }
        told.append((row, flows.assign(hub_id=row["hub_id"])))
    return told


def _write_flows(
    case: _Case, rows: np.ndarray, taken: FloatArray, spot: int, catalogue: Catalogue
) -> pd.DataFrame:
    """Who brings what, most first, and what is made of it; site and name are missing where the hub itself is meant."""
    own = case.givers.iloc[rows]
    unit = catalogue.streams[case.asked.stream].unit
    comes = pd.DataFrame(
        {
            "way": "takes",
            "site_id": own.index,
            "name": own["name"].to_numpy(),
            "stream": case.asked.stream,
            "quantity_low": own["low"].to_numpy() * taken,
            "quantity": taken,
            "quantity_high": own["high"].to_numpy() * taken,
            "unit": unit,
            "km": case.km[rows, spot],
        }
    ).sort_values(["quantity", "site_id"], ascending=[False, True])
    whole = {name: float(comes[name].sum()) for name in ("quantity_low", "quantity", "quantity_high")}
    makes = {
        one.makes: one
        for one in reversed(catalogue.processors)
        if (one.kind, one.takes) == (case.asked.kind, case.asked.stream)
    }
    goes = [
        {
            "way": "returns",
            "site_id": None,
            "name": None,
            "stream": stream,
            "quantity_low": one.low * whole["quantity_low"],
            "quantity": one.value * whole["quantity"],
            "quantity_high": one.high * whole["quantity_high"],
            "unit": catalogue.streams[stream].unit,
            "km": np.nan,
        }
        for stream, one in sorted(makes.items())
    ]
    return pd.concat([comes, pd.DataFrame(goes)], ignore_index=True) if goes else comes.reset_index(drop=True)


def _count(case: _Case, rows: np.ndarray, taken: FloatArray, spot: int) -> dict[str, object]:
    """What a hub takes, costs and brings; of money the low end is the worst of all its parts."""
    own, fixed, whole = case.givers.iloc[rows], case.asked.cost_eur_y, float(taken.sum())
    limit = np.inf if case.asked.capacity is None else case.asked.capacity
    amount = {
        "low": float(own["low"] @ taken),
        "value": whole,
        "high": min(float(own["high"] @ taken), max(limit, whole)),
    }
    drive = {end: float(case.drive(end)[rows, spot] @ taken) / whole for end in _ENDS}
    km = float(case.km[rows, spot] @ taken)
    told: dict[str, object] = {"givers": len(rows), "unit_km_y": km, "mean_km": km / whole}
    for end, name in zip(_ENDS, ("_low", "", "_high"), strict=True):
        told[f"quantity{name}"] = amount[end]
        told[f"transport_eur_unit{name}"] = drive[end]
        told[f"fixed_eur_y{name}"] = np.nan if fixed is None else getattr(fixed, end)
        # What a unit leaves at this end, and at the other end of the break-even size.
        margin = {one: float(case.worth[one][rows] @ taken) / whole - drive[_OPPOSITE[one]] for one in _ENDS}
        costs = np.nan if fixed is None else float(getattr(fixed, _OPPOSITE[end]))
        told[f"net_eur_y{name}"] = margin[end] * amount[end] - costs
        best = margin[_OPPOSITE[end]]
        told[f"break_even{name}"] = np.nan if fixed is None or not best > 0 else getattr(fixed, end) / best
    return told
