"""Heat and CO2 to the same greenhouse: worth more together, for only then the boiler can stay off all year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Catalogue
from kansenkaart.matches.pairs.eligibility import Side
from kansenkaart.matches.program.stage import Coupling
from kansenkaart.matches.ties.movable import Room, Sides
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
    sides: Sides, room: Mapping[str, Room], catalogue: Catalogue, *, project: Project
) -> tuple[Pairing, ...]:
    """Greenhouses whose heat depends on their CO2, by heat stream and place.

    Parameters
    ----------
    room
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
            np.isin(warm.column("kind"), _find_kinds(heat, catalogue)) & (room[heat]["demand"] > 0)
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
                    reachable=bool(room[co2]["demand"][second] > 0),
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
        if (objective or "net_eur") != "net_eur" or f"benefit_{stream}" not in catalogue.prices:
            return 0.0
    return catalogue.prices[BONUS].value


def couplings_of(pairings: Iterable[Pairing], block: Mapping[str, int]) -> tuple[Coupling, ...]:
    """Couplings of the linked model for the streams of a group.

    Where CO2 runs already for a share r, heat earns r x bonus by itself and (1 - r) x bonus as far as new CO2 comes;
    and a requirement is met.
    """
    found: list[Coupling] = []
    for one in pairings:
        if not one.ties or not set(one.ties) <= set(block):
            continue
        first, running = (block[one.first[0]], one.first[1]), one.running[1]
        if running > 0:
            found.append(Coupling(first, first, required=False, bonus=one.bonus * running))
        if len(one.ties) > 1:
            second = block[one.second[0]], one.second[1]
            bonus = one.bonus * (1.0 - running)
            found.append(Coupling(first, second, required=one.required, bonus=bonus))
    return tuple(found)


def find_coupled(matches: pd.DataFrame, pairings: Iterable[Pairing]) -> pd.Series:
    """Taker per match of heat or CO2 that gets both, by matches or because one of them runs; missing elsewhere."""
    got = set(zip(matches["stream"], matches["demand_id"], strict=True))
    coupled: set[tuple[str, str]] = set()
    for one in pairings:
        ends = [(stream, one.site_id) for stream, _ in (one.first, one.second)]
        if all(end in got or share > 0 for end, share in zip(ends, one.running, strict=True)):
            coupled |= set(ends)
    keys = zip(matches["stream"], matches["demand_id"], strict=True)
    return pd.Series([key[1] if key in coupled else None for key in keys], index=matches.index, dtype=object)
