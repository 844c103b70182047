"""Accounts: what several streams of one plant draw from the same gas, heat, phosphorus or dry matter.

What already runs is taken off the budget beforehand, so that the budget is what matches may still draw. Where a
budget is not known there is no account: nothing is refused for want of a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.allowed import Role
from kansenkaart.arrays import ROUNDING
from kansenkaart.catalogue import Catalogue, LedgerEntry
from kansenkaart.matches.pairs.eligibility import AllSides, Movable

# Drivers of places that budgets are read from; a layer need not know them.
_SEWAGE = ("load_pe60", "capacity_pe60", "sludge_digested_pe60")
_DRIVERS = ("waste_t_y", "gas_m3_y", *_SEWAGE)


@dataclass(frozen=True)
class Entry:
    """One flow that draws from an account.

    Attributes
    ----------
    position
        Among the supplies or demands of the stream.
    most
        What the flow could move per year, its own and what it could make.
    theoretical, used
        What the place has of it per year, and the part it uses itself or delivers already.
    """

    stream: str
    role: Role
    site_id: str
    position: int
    most: float
    theoretical: float
    used: float
    rule: LedgerEntry

    @property
    def coefficient(self) -> float:
        """Account units per unit of the stream."""
        return self.rule.coefficient


@dataclass(frozen=True)
class Account:
    """What a plant has, and what draws from it."""

    ledger: str
    plant: str
    unit: str
    effect: Literal["quantity", "credit"]
    budget: float
    budget_source: str
    entries: tuple[Entry, ...] = field(default=())

    @property
    def binds(self) -> bool:
        """Whether matches could draw more than there is, so that the account must be kept while matching."""
        drawn = sum(entry.coefficient * entry.most for entry in self.entries)
        return self.effect == "quantity" and drawn > self.budget * (1.0 + ROUNDING)


def find_accounts(
    sides: AllSides, movable: Mapping[str, Movable], held: gpd.GeoDataFrame, catalogue: Catalogue
) -> tuple[Account, ...]:
    """Accounts of all plants from which something could be drawn, by ledger and plant.

    Parameters
    ----------
    movable
        What every flow could move.
    held
        Frame ``SITES`` by its id; places with the same ``plant`` share an account.
    """
    held = pd.DataFrame(held).reindex(columns=["kind", "source", "plant", *_DRIVERS])
    own = pd.Series(held.index, index=held.index, dtype=object)
    plants = held["plant"].astype(object).fillna(own).to_dict()
    places: dict[str, list[int]] = {}
    for at, plant in enumerate(plants.values()):
        places.setdefault(str(plant), []).append(at)
    entries: dict[tuple[str, str], list[Entry]] = {}
    for rule in catalogue.ledgers:
        for entry in _entries(rule, sides, movable):
            entries.setdefault((rule.ledger, str(plants[entry.site_id])), []).append(entry)
    found = []
    for (ledger, plant), drawn in sorted(entries.items()):
        if not any(entry.most > 0 for entry in drawn):
            continue
        budget = _BUDGETS[ledger](drawn, held.iloc[places[plant]], catalogue)
        if budget is not None:
            rule = drawn[0].rule
            found.append(Account(ledger, plant, rule.unit, rule.effect, *budget, tuple(drawn)))
    return tuple(found)


def _entries(rule: LedgerEntry, sides: AllSides, movable: Mapping[str, Movable]) -> list[Entry]:
    if rule.stream not in sides:
        return []
    side = sides[rule.stream][0 if rule.role == "supply" else 1]
    flows = side.flows
    rows = np.flatnonzero(flows["kind"].isin(rule.kinds).to_numpy(dtype=bool))
    used = (flows["covered"] + flows["committed"]).to_numpy(dtype=float)
    most = movable[rule.stream][rule.role]
    theoretical = flows["theoretical"].to_numpy(dtype=float)
    return [
        Entry(
            rule.stream,
            rule.role,
            str(flows["site_id"].iloc[n]),
            int(n),
            float(most[n]),
            float(theoretical[n]),
            float(used[n]),
            rule,
        )
        for n in rows
    ]


# Budget per year in the account's unit, and where it comes from; None: not known.
Budget = tuple[float, str] | None


def _gas(drawn: list[Entry], places: pd.DataFrame, catalogue: Catalogue) -> Budget:
    """Gas the greenhouse burns: as stated, else what a boiler needs for the heat nobody brings yet."""
    stated = _total(places, "gas_m3_y")
    if stated is not None:
        return stated, "; ".join(sorted(set(places["source"].astype(str))))
    heat = [entry for entry in drawn if _is_heat(entry, catalogue)]
    if not heat:
        return None
    burnt = sum(entry.coefficient * max(entry.theoretical - entry.used, 0.0) for entry in heat)
    return burnt, heat[0].rule.source


def _heat(drawn: list[Entry], places: pd.DataFrame, catalogue: Catalogue) -> Budget:
    """Heat a plant could give for technical reasons, less what it gives already."""
    price = catalogue.prices["ledger_waste_heat_gj_t"]
    tapped = [
        entry
        for entry in drawn
        if _is_heat(entry, catalogue) and (entry.most > 0 or not _is_sold_out(entry, places, catalogue))
    ]
    # Several places of one plant burn the same waste.
    waste = places["waste_t_y"].max()
    if pd.isna(waste) and not tapped:
        return None
    # What is sold and cannot be drawn stands in the tap's own number already.
    hot = sum(entry.theoretical for entry in tapped)
    burnt = 0.0 if pd.isna(waste) else float(waste) * price.value
    source = price.source if burnt > hot else tapped[0].rule.source if tapped else price.source
    return max(max(hot, burnt) - _running(drawn), 0.0), source


def _is_heat(entry: Entry, catalogue: Catalogue) -> bool:
    return catalogue.streams[entry.stream].is_heat


def _is_sold_out(entry: Entry, places: pd.DataFrame, catalogue: Catalogue) -> bool:
    """Whether the number of a place is what it sells, which says nothing of what it could give."""
    return (entry.stream, str(places.at[entry.site_id, "kind"])) in catalogue.taken


def _sludge(content: str) -> Callable[[list[Entry], pd.DataFrame, Catalogue], Budget]:
    """What comes in with the sewage of the plant: the high end, for a budget is a ceiling."""

    def budget(drawn: list[Entry], places: pd.DataFrame, catalogue: Catalogue) -> Budget:
        load, capacity = (catalogue.prices[f"ledger_{content}_{part}_t_pe"] for part in ("load", "capacity"))
        comes_in, built_for, digested = (
            places[name].to_numpy(dtype=float) * part.high
            for name, part in zip(_SEWAGE, (load, capacity, capacity), strict=True)
        )
        # A plant above its design capacity gets what comes in, not what it was built for.
        most = np.fmax(np.where(np.isnan(comes_in), built_for, comes_in), digested)
        most = most[~np.isnan(most)]
        if not len(most):
            return None
        return max(float(most.sum()) - _running(drawn), 0.0), load.source

    return budget


def _running(drawn: list[Entry]) -> float:
    return sum(entry.coefficient * entry.used for entry in drawn)


def _total(places: pd.DataFrame, name: str) -> float | None:
    known = places[name].dropna()
    return None if known.empty else float(known.sum())


_BUDGETS: dict[str, Callable[[list[Entry], pd.DataFrame, Catalogue], Budget]] = {
    "gas": _gas,
    "heat": _heat,
    "phosphorus": _sludge("phosphorus"),
    "dry_matter": _sludge("dry_matter"),
}
