"""What ties streams together at a place: processors, accounts that several streams draw from, heat with CO2.

Everything here is in names (stream, site) and positions in the sides of a stream; ``link_streams`` turns it into the
arrays of the linked model.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import DUST, FloatArray
from kansenkaart.catalogue import Catalogue, Processor
from kansenkaart.catalogue.changes import find_processors
from kansenkaart.matches.pairs.eligibility import AllSides, Movable, Side, find_movable, free_of
from kansenkaart.matches.program.stage import Conversion, Coupling, Ledger, Term
from kansenkaart.matches.ties.accounts import Account, find_accounts
from kansenkaart.project import Project, StreamSettings

BONUS = "coupling_heat_co2_eur_gj"


@dataclass(frozen=True)
class Pairing:
    """A greenhouse that asks heat and CO2.

    Attributes
    ----------
    first, second
        Heat and CO2: stream and position among its demands.
    required
        Heat only as far as CO2 comes, too.
    bonus
        EUR per GJ of heat that comes with CO2.
    running
        Shares of the heat and of the CO2 demand that are met already (0-1).
    reachable
        Whether a CO2 source lies within reach.
    """

    site_id: str
    first: tuple[str, int]
    second: tuple[str, int]
    required: bool
    bonus: float
    running: tuple[float, float]
    reachable: bool

    @property
    def ties(self) -> tuple[str, ...]:
        """Streams that depend on each other here: where CO2 runs, a requirement is met."""
        if self.required:
            return (self.first[0], self.second[0]) if self.running[1] == 0 else ()
        if self.bonus == 0:
            return ()
        if self.reachable and self.running[1] < 1:
            return (self.first[0], self.second[0])
        return (self.first[0],) if self.running[1] > 0 else ()


def find_pairings(
    sides: AllSides, movable: Mapping[str, Movable], catalogue: Catalogue, *, project: Project
) -> tuple[Pairing, ...]:
    """Greenhouses whose heat depends on their CO2, by heat stream and place.

    Parameters
    ----------
    movable
        What every flow could move.
    project
        ``[method] coupling``: *rewarded* (no reward unless heat and CO2 maximise EUR), *required* or *off*.
    """
    co2 = next((stream for stream in catalogue.coupled("co2") if stream in sides), None)
    if project.method.coupling == "off" or co2 is None:
        return ()
    required = project.method.coupling == "required"
    gas = sides[co2][1]
    place = {str(site): n for n, site in enumerate(gas.column("site_id"))}
    fed = running_share(gas)
    found = []
    for heat in (stream for stream in catalogue.coupled("heat") if stream in sides):
        bonus = 0.0 if required else _bonus((heat, co2), catalogue, project)
        warm = sides[heat][1]
        warmed = running_share(warm)
        for n in np.flatnonzero(
            np.isin(warm.column("kind"), _find_kinds(heat, catalogue)) & (movable[heat]["demand"] > 0)
        ):
            second = place.get(str(warm.column("site_id")[n]))
            if second is None:
                continue
            found.append(
                Pairing(
                    site_id=str(warm.column("site_id")[n]),
                    first=(heat, int(n)),
                    second=(co2, second),
                    required=required,
                    bonus=bonus,
                    running=(float(warmed[n]), float(fed[second])),
                    reachable=bool(movable[co2]["demand"][second] > 0),
                )
            )
    return tuple(found)


def running_share(side: Side) -> np.ndarray:
    """Share of every demand that the place meets itself or already receives (0-1)."""
    met = (side.column("covered") + side.column("committed")).astype(float)
    whole = side.column("theoretical").astype(float)
    share = np.divide(met, whole, out=np.zeros_like(met), where=whole > 0)
    return np.asarray(np.clip(share, 0.0, 1.0))


def _find_kinds(heat: str, catalogue: Catalogue) -> list[str]:
    """Kinds of places where heat replaces gas that CO2 replaces too."""
    gas = (entry for entry in catalogue.ledgers if (entry.ledger, entry.stream) == ("gas", heat))
    return [kind for entry in gas for kind in entry.kinds]


def _bonus(streams: tuple[str, str], catalogue: Catalogue, project: Project) -> float:
    """Nothing where either is matched on something else than EUR: a bonus in EUR cannot be added to that."""
    for stream in streams:
        objective = project.stream.get(stream, StreamSettings()).objective
        if (objective or "net_eur") != "net_eur" or not catalogue.is_priced(stream):
            return 0.0
    return catalogue.prices[BONUS].value


def couplings_of(pairings: Iterable[Pairing], block: Mapping[str, int]) -> tuple[Coupling, ...]:
    """Couplings of the linked model for the streams of a group.

    Where CO2 runs already for a share r, heat earns r x bonus by itself and (1 - r) x bonus as far as new CO2 comes;
    and a requirement is met.
    """
    found: list[Coupling] = []
    for pairing in pairings:
        if not pairing.ties or not set(pairing.ties) <= set(block):
            continue
        first, running = (block[pairing.first[0]], pairing.first[1]), pairing.running[1]
        if running > 0:
            found.append(Coupling(first, first, required=False, bonus=pairing.bonus * running))
        if len(pairing.ties) > 1:
            second = block[pairing.second[0]], pairing.second[1]
            bonus = pairing.bonus * (1.0 - running)
            found.append(Coupling(first, second, required=pairing.required, bonus=bonus))
    return tuple(found)


def find_coupled(matches: pd.DataFrame, pairings: Iterable[Pairing]) -> pd.Series:
    """Taker per match of heat or CO2 that gets both, by matches or because one of them runs; missing elsewhere."""
    got = set(zip(matches["stream"], matches["demand_id"], strict=True))
    coupled: set[tuple[str, str]] = set()
    for pairing in pairings:
        ends = [(stream, pairing.site_id) for stream, _ in (pairing.first, pairing.second)]
        if all(end in got or share > 0 for end, share in zip(ends, pairing.running, strict=True)):
            coupled |= set(ends)
    keys = zip(matches["stream"], matches["demand_id"], strict=True)
    return pd.Series([key[1] if key in coupled else None for key in keys], index=matches.index, dtype=object)


@dataclass(frozen=True)
class Making:
    """A place that makes one stream of another.

    Attributes
    ----------
    demand, supply
        Positions among the demands of `takes` and the supplies of `makes`.
    most_received
        What the place can still take in per year.
    own
        What is free of `makes` before anything came in.
    """

    site_id: str
    takes: str
    demand: int
    makes: str
    supply: int
    processor: Processor
    most_received: float
    own: float = 0.0

    @property
    def yield_(self) -> float:
        """Unit made per unit taken."""
        return self.processor.value


@dataclass(frozen=True)
class Connections:
    """All that ties streams together in a run."""

    conversions: tuple[Making, ...] = ()
    accounts: tuple[Account, ...] = ()
    pairings: tuple[Pairing, ...] = ()

    def makings_in(self, names: Collection[str]) -> tuple[Making, ...]:
        """What makes one of these streams of another of them: in the order of the conversions of their group."""
        return tuple(step for step in self.conversions if step.takes in names and step.makes in names)


def find_connections(
    sides: AllSides,
    catalogue: Catalogue,
    *,
    sites: gpd.GeoDataFrame,
    project: Project,
    carried: Collection[str] = (),
) -> Connections:
    """Everything that makes one stream depend on another.

    Parameters
    ----------
    sides
        Supply and demand of every stream of the run. A flow with nothing free takes part when it is made from
        another (``made_from``).
    sites
        Frame ``SITES`` with its drivers; the optional column ``plant`` says which places share an account.
    project
        ``[method]`` turns chains, ledgers and coupling off.
    carried
        Streams that a network carries.
    """
    held = sites.set_index("site_id")
    conversions = _find_conversions(sides, catalogue, held) if project.method.chains else ()
    movable = {
        stream: find_movable(
            both,
            could_supply(both, stream, conversions),
            catalogue.streams[stream],
            catalogue,
            carried=stream in carried,
        )
        for stream, both in sides.items()
    }
    conversions = tuple(
        making for making in conversions if movable[making.takes]["demand"][making.demand] > 0
    )
    accounts = find_accounts(sides, movable, held, catalogue) if project.method.ledgers else ()
    pairings = find_pairings(sides, movable, catalogue, project=project)
    return Connections(conversions, accounts, pairings)


def could_supply(sides: tuple[Side, Side], stream: str, conversions: Iterable[Making]) -> FloatArray:
    """Per supply of `stream`: what is free per year, with what the place could make of all it may receive."""
    could = free_of(sides[0]).copy()
    for making in conversions:
        if making.makes == stream:
            could[making.supply] += making.yield_ * making.most_received
    return could


def _find_conversions(sides: AllSides, catalogue: Catalogue, held: gpd.GeoDataFrame) -> tuple[Making, ...]:
    """In the order of the catalogue's streams and of the places."""
    # A flow that is made of what comes in says so; a supply with another destination takes no part.
    supplies = {
        stream: {
            str(site): n
            for n, (site, made) in enumerate(both[0].flows[["site_id", "made_from"]].to_numpy())
            if pd.notna(made)
        }
        for stream, both in sides.items()
    }
    # Columns are read once: to make an array of one for every place takes minutes for a country.
    said = {name: held[name].to_numpy(dtype=object) for name in catalogue.attributes if name in held}
    own_free = {stream: free_of(both[0]) for stream, both in sides.items()}
    found = []
    for takes in (stream for stream in catalogue.streams if stream in sides):
        kinds = {processor.kind for processor in catalogue.processors if processor.takes == takes}
        demand = sides[takes][1]
        free = free_of(demand)
        places, own_kinds = demand.column("site_id"), demand.column("kind")
        row = held.index.get_indexer(pd.Index(places))
        for n in np.flatnonzero(np.isin(own_kinds, sorted(kinds)) & (free > DUST)):
            site = str(places[n])
            says = {name: column[row[n]] for name, column in said.items()}
            for processor in find_processors(catalogue, str(own_kinds[n]), says):
                supply = supplies.get(processor.makes, {}).get(site)
                if processor.takes == takes and supply is not None:
                    own = float(own_free[processor.makes][supply])
                    found.append(
                        Making(site, takes, int(n), processor.makes, supply, processor, float(free[n]), own)
                    )
    return tuple(found)


def group_streams(streams: Iterable[str], connections: Connections) -> list[tuple[str, ...]]:
    """Streams that have to be solved together, in the order given; most stand alone.

    A chain ties what is taken to what is made, heat with CO2 the two, and an account that could run out all streams
    that draw from it. An account that only limits the CO2 counted ties nothing.
    """
    order = list(streams)
    above = {stream: stream for stream in order}

    def top(stream: str) -> str:
        while above[stream] != stream:
            stream = above[stream]
        return stream

    for tied in _ties(connections):
        first, *rest = sorted({top(stream) for stream in tied if stream in above}, key=order.index) or [""]
        for other in rest:
            above[other] = first
    groups: dict[str, list[str]] = {}
    for stream in order:
        groups.setdefault(top(stream), []).append(stream)
    return [tuple(group) for group in groups.values()]


def _ties(connections: Connections) -> list[tuple[str, ...]]:
    ties: list[tuple[str, ...]] = [(making.takes, making.makes) for making in connections.conversions]
    ties += [pairing.ties for pairing in connections.pairings]
    ties += [
        tuple(entry.stream for entry in account.entries if entry.most > 0)
        for account in connections.accounts
        if account.binds
    ]
    return ties


class Links(NamedTuple):
    """What links the streams of a group, as the linked model takes it; rewards are in EUR."""

    conversions: tuple[Conversion, ...]
    ledgers: tuple[Ledger, ...]
    couplings: tuple[Coupling, ...]


def link_streams(names: Iterable[str], connections: Connections) -> Links:
    """What links the streams of a group: positions of `names` are those of its problems."""
    block = {name: n for n, name in enumerate(names)}
    return Links(
        conversions=tuple(
            Conversion(block[making.takes], making.demand, block[making.makes], making.supply, making.yield_)
            for making in connections.makings_in(block)
        ),
        ledgers=tuple(
            ledger for account in connections.accounts if account.binds for ledger in _ledger(account, block)
        ),
        couplings=couplings_of(connections.pairings, block),
    )


def _ledger(account: Account, block: Mapping[str, int]) -> list[Ledger]:
    terms = tuple(
        Term(block[entry.stream], entry.role, entry.position, entry.coefficient)
        for entry in account.entries
        if entry.stream in block and entry.most > 0
    )
    return [Ledger(terms, account.budget)] if terms else []
