"""What the project says opens or closes: places and deliveries get another status from its year on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.arrays import BoolArray
from kansenkaart.errors import DataError, Fault
from kansenkaart.project import LoadedProject
from kansenkaart.project.foreseen import Turn
from kansenkaart.tables import Remarks
from kansenkaart.texts import Texts

Way = Literal["closed", "planned"]

_NEW_STATUS: dict[Way, tuple[str, str]] = {"closed": ("closed", "stopped"), "planned": ("active", "running")}


@dataclass(frozen=True)
class Turned:
    """Frames ``SITES`` and ``LINKS`` as they are in the reference year, and frame ``FINDINGS`` of what was remarked."""

    sites: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    findings: pd.DataFrame


def turn_places(
    sites: gpd.GeoDataFrame, links: gpd.GeoDataFrame, loaded: LoadedProject, texts: Texts
) -> Turned:
    """Open and close what ``planned`` and ``closed`` of the project say; a place that closes ends its deliveries.

    Raises
    ------
    DataError
        When one of them, or ``growth``, names a place or delivery that is not among those that were read.
    """
    project = loaded.project
    if faults := [*_find_unknown(sites, links, loaded)]:
        raise DataError.of(faults)
    turned = Turned(sites.copy(), links.copy(), pd.DataFrame())
    remarks = Remarks(texts, file=loaded.path.name)
    ways: tuple[Way, ...] = ("closed", "planned")
    for way in ways:
        for turn in getattr(project, way):
            if turn.year is not None and turn.year > project.reference_year:
                values = {"year": turn.year, "reference_year": project.reference_year}
                remarks.add("turn_later", turn.id, values, severity="note")
            elif not _turn(turned, turn, way):
                remarks.add(f"turn_{way}_already", turn.id)
    return Turned(turned.sites, turned.links, remarks.frame())


def _find_unknown(sites: gpd.GeoDataFrame, links: gpd.GeoDataFrame, loaded: LoadedProject) -> Iterator[Fault]:
    project = loaded.project
    places = [*sites["site_id"], *sites["layer"].unique()]
    deliveries = [*links["link_id"], *(layer.name for layer in project.links)]
    asked = [("growth.site", one.site, places) for one in project.growth if one.site is not None]
    asked += [("closed.id", turn.id, places + deliveries) for turn in project.closed]
    asked += [("planned.id", turn.id, places + deliveries) for turn in project.planned]
    message = (
        "{file}: '{key}' names '{name}', which is not among the places and deliveries that were read. {hint} An id is "
        "<layer>:<id in the layer>; a place outside the region and its margin is not read."
    )
    file = f"{loaded.path}, scenarios.{loaded.scenario}" if loaded.scenario else str(loaded.path)
    for key, name, known in asked:
        if name not in known:
            values: dict[str, object] = {"file": file, "key": key, "name": name, "hint": suggest(name, known)}
            yield Fault("turn_unknown", message, values)


def _turn(turned: Turned, turn: Turn, way: Way) -> bool:
    """Give all that `turn` names its new status; whether anything has another than before."""
    sites, links = turned.sites, turned.links
    of_sites = ((sites["site_id"] == turn.id) | (sites["layer"] == turn.id)).to_numpy(dtype=bool)
    of_links = ((links["link_id"] == turn.id) | links["link_id"].str.startswith(f"{turn.id}:")).to_numpy(
        dtype=bool
    )
    if way == "closed":
        of_sites = of_sites & (sites["status"] != "closed").to_numpy(dtype=bool)
        ended = set(sites.loc[of_sites, "site_id"])
        at_ends = links["supply_id"].isin(ended) | links["demand_id"].isin(ended)
        of_links = of_links | at_ends.to_numpy(dtype=bool)
        of_links = of_links & (links["status"] != "stopped").to_numpy(dtype=bool)
    else:
        of_sites = of_sites & (sites["status"] == "planned").to_numpy(dtype=bool)
        of_links = of_links & (links["status"] == "planned").to_numpy(dtype=bool)
    dates = {"closed": "until_date", "planned": "from_date"}
    _set(sites, of_sites, turn, (_NEW_STATUS[way][0], "status_note", "status_date"))
    _set(links, of_links, turn, (_NEW_STATUS[way][1], "reason", dates[way]))
    return bool(of_sites.any() or of_links.any())


def _set(frame: gpd.GeoDataFrame, rows: BoolArray, turn: Turn, becomes: tuple[str, str, str]) -> None:
    status, note, date = becomes
    frame.loc[rows, "status"] = status
    frame.loc[rows, note] = turn.source
    if turn.year is not None:
        frame.loc[rows, date] = str(turn.year)
