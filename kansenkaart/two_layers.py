"""Two plain layers without a project file: read and matched, ready to be written as one GeoPackage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os.path import realpath
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.arrays import FloatArray
from kansenkaart.errors import DataError, Fault
from kansenkaart.exports import TwoLayers, check_output_file, settle_edits
from kansenkaart.matches import MatchResult, match
from kansenkaart.matches.match import Value
from kansenkaart.sources import PlainLayer, PlainRows, read_plain_layer
from kansenkaart.texts import Texts

Progress = Callable[[str, str], None]

Objective = Literal["quantity", "distance", "value"]

_M_PER_KM = 1_000.0


@dataclass(frozen=True)
class Rules:
    """How two layers are matched.

    Parameters
    ----------
    max_distance_m
        Largest length of the way, metres: straight distance x `detour`; above 0.
    detour
        Length of the way per metre of straight distance; 1 or more.
    method
        ``optimal``, ``greedy`` or ``nearest``, see ``kansenkaart.match``.
    objective
        ``quantity``: most quantity, then least distance. ``distance``: a unit is worth 1 next door and evenly less
        down to 0 at the limit. ``value``: a unit is worth `value` less `cost_per_km` for every km of the way.
    value, cost_per_km
        Money per unit and per unit and km; of the objective ``value`` only.
    same_places
        An id that occurs in both layers is one place, which never supplies itself. Always so when both sides are one
        layer; serial numbers of two layers say nothing about each other.
    """

    max_distance_m: float
    detour: float = 1.0
    method: str = "optimal"
    objective: Objective = "quantity"
    value: float = 0.0
    cost_per_km: float = 0.0
    same_places: bool = False

    @property
    def straight_m(self) -> float:
        """Largest straight distance, metres."""
        return self.max_distance_m / self.detour

    def worth(self) -> Value | None:
        """Worth of a unit as a function of the straight distance in metres; None for most quantity."""
        if self.objective == "quantity":
            return None
        if self.objective == "distance":
            return lambda metres: 1.0 - np.minimum(metres / self.straight_m, 1.0)
        return lambda metres: self.value - self.cost_per_km * self.detour * metres / _M_PER_KM


@dataclass(frozen=True)
class TwoLayerMatch:
    """What two layers gave.

    Parameters
    ----------
    supply, demand
        The layers as they were read.
    layers
        Layers to write.
    result
        The matches by the method asked for, by site number.
    other
        The same by ``greedy``; by ``optimal`` when that was not the method asked for.
    """

    supply: PlainRows
    demand: PlainRows
    layers: TwoLayers
    result: MatchResult
    other: MatchResult


def match_layers(
    supply: PlainLayer, demand: PlainLayer, rules: Rules, *, texts: Texts, progress: Progress
) -> TwoLayerMatch:
    """Match the places of two layers.

    Raises
    ------
    DataError
        When a layer cannot be used, or one layer is both sides with one and the same quantity.
    """
    progress("sources", supply.file)
    givers = read_plain_layer(supply, texts=texts)
    progress("sources", demand.file)
    takers = read_plain_layer(demand, texts=texts)
    same = _is_same_layer(supply, demand)
    if same:
        _check_same_layer(givers, takers, supply)
    elif rules.same_places:
        _check_ids((givers, supply), (takers, demand))
    progress("matches", "")
    numbered = _number(givers.frame, takers.frame, same=same or rules.same_places)

    def solve(method: str) -> MatchResult:
        return match(*numbered, max_distance_m=rules.straight_m, value=rules.worth(), method=method)

    result = solve(rules.method)
    other = solve("greedy" if rules.method == "optimal" else "optimal")
    findings = pd.concat([givers.findings.frame(), takers.findings.frame()], ignore_index=True)
    layers = TwoLayers(
        matches=_name_matches(result.matches, givers.frame, takers.frame, numbered, rules),
        supply=_add_rest(givers.frame, numbered[0], result, "supply"),
        demand=_add_rest(takers.frame, numbered[1], result, "demand"),
        findings=findings,
    )
    return TwoLayerMatch(givers, takers, layers, result, other)


def check_output(path: Path, *sources: PlainLayer, overwrite: bool) -> None:
    """Refuse a place where no result can stand, before the work is done; clear what a killed run left there.

    Raises
    ------
    OutputError
        When `path` is no GeoPackage, has no folder, is one of the `sources`, is being edited elsewhere, or exists
        (without `overwrite`).
    """
    inputs = [one.path for one in sources]
    check_output_file(path, (".gpkg",), inputs=inputs, overwrite=overwrite)
    settle_edits(path)


def _is_same_layer(supply: PlainLayer, demand: PlainLayer) -> bool:
    # Where one side names no layer, the file has but one.
    layers = {one.layer for one in (supply, demand)} - {None}
    return realpath(supply.path) == realpath(demand.path) and len(layers) < 2


def _check_ids(*sides: tuple[PlainRows, PlainLayer]) -> None:
    """Row numbers of two files are no ids that could be the same."""
    faults = [
        Fault(
            "match_same_ids",
            "{file} has no column with ids, so that no place can be known by its id. Name the column with {option}.",
            {"file": asked.file, "option": asked.option("id")},
        )
        for rows, asked in sides
        if "id" not in rows.columns.origin
    ]
    if faults:
        raise DataError.of(faults)


def _check_same_layer(givers: PlainRows, takers: PlainRows, asked: PlainLayer) -> None:
    columns = [rows.columns.origin.get("quantity") for rows in (givers, takers)]
    if columns[0] == columns[1]:
        message = (
            "{file} is both supply and demand, with the same quantity ({column}). Give two layers, or name another "
            "column for each side with --supply-quantity and --demand-quantity."
        )
        raise DataError("match_same_layer", message, file=asked.file, column=columns[0] or "1")


def _number(
    givers: gpd.GeoDataFrame, takers: gpd.GeoDataFrame, *, same: bool
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Both sides with numbers for ids, in the order of the ids; one number only for what is one place."""
    if same:
        known = pd.Index(sorted({*givers["site_id"], *takers["site_id"]}))
        numbers = known.get_indexer(givers["site_id"]), known.get_indexer(takers["site_id"])
    else:
        numbers = np.arange(len(givers)), len(givers) + np.arange(len(takers))
    left, right = (
        gpd.GeoDataFrame({"site_id": number, "quantity": side["quantity"]}, geometry=side.geometry)
        for number, side in zip(numbers, (givers, takers), strict=True)
    )
    return left, right


def _name_matches(
    matches: gpd.GeoDataFrame,
    givers: gpd.GeoDataFrame,
    takers: gpd.GeoDataFrame,
    numbered: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    rules: Rules,
) -> gpd.GeoDataFrame:
    """Matches with ids and names of the files instead of numbers, and the length of the way."""
    named = gpd.GeoDataFrame(geometry=matches.geometry)
    for role, side, numbers in (("supply", givers, numbered[0]), ("demand", takers, numbered[1])):
        rows = pd.Index(numbers["site_id"]).get_indexer(matches[f"{role}_id"])
        named[f"{role}_id"] = side["site_id"].to_numpy()[rows]
        named[f"{role}_name"] = side["name"].to_numpy()[rows]
    named["quantity"] = matches["quantity"]
    named["distance_m"] = matches["distance_m"]
    named["route_m"] = matches["distance_m"] * rules.detour
    worth = rules.worth()
    if rules.objective == "value" and worth is not None:
        named["value"] = named["quantity"] * np.asarray(worth(matches["distance_m"].to_numpy()))
    return gpd.GeoDataFrame(named[[name for name in named.columns if name != "geometry"] + ["geometry"]])


def _add_rest(
    side: gpd.GeoDataFrame, numbers: gpd.GeoDataFrame, result: MatchResult, role: Literal["supply", "demand"]
) -> gpd.GeoDataFrame:
    """Places of one side with what was used, what was not, and with how many others."""
    rest = result.gaps[result.gaps["role"] == role].set_index("site_id")["remaining"]
    partners = result.matches[f"{role}_id"].value_counts()
    left: FloatArray = rest.reindex(numbers["site_id"]).to_numpy(dtype=np.float64)
    told = side[["site_id", "name", "quantity"]].copy()
    told["used"] = side["quantity"].to_numpy() - left
    told["left" if role == "supply" else "unmet"] = left
    told["partners"] = partners.reindex(numbers["site_id"]).fillna(0).to_numpy(dtype=np.int64)
    return gpd.GeoDataFrame(told, geometry=side.geometry)
