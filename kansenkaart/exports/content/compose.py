"""The frames as they are published: with the names of the places beside their ids, and one geometry type a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from kansenkaart.catalogue.legend import split_ids
from kansenkaart.exports.content.cluster_areas import find_cluster_areas
from kansenkaart.exports.content.inputs import add_deciding_names, add_input_names
from kansenkaart.exports.content.provenance import find_provenance
from kansenkaart.exports.content.totals import list_totals, sum_region
from kansenkaart.geo import RD
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Backdrop, Frames
from kansenkaart.tables.sites import CONTACT
from kansenkaart.texts import Texts

# Frames in the order in which a reader meets them.
TABLES = (
    "matches",
    "sites",
    "flows",
    "gaps",
    "links",
    "municipalities",
    "chains",
    "match_months",
    "routes",
    "ledgers",
    "tornado",
    "candidates",
    "solves",
    "layers",
    "findings",
    "provenance",
)

# Step 1, published where a project asks for it: a reader meets it first.
STEP_ONE = ("site_clusters", "cluster_streams", "region_sectors", "clusters", "area_view", "chain_view")

# Step 2 as a balance, published where a project asks for it.
STEP_TWO = ("ladder", "balance_items", "balance_areas", "balances", "balance_processes", "balance_tests")

# Step 3 by coalition, published where a project asks for it.
STEP_THREE = ("coalitions", "coalition_partners", "coalition_flows", "hubs", "hub_flows")

_TOWN = ("municipality", "municipality_code")
_AREA_TYPES = ("Polygon", "MultiPolygon")
_AREA_COLUMNS = (
    "site_id",
    "name",
    "kind",
    "layer",
    "municipality",
    "country",
    "in_region",
    "status",
    "source",
    "source_year",
)


@dataclass(frozen=True)
class Layer:
    """One layer of the GeoPackage.

    Attributes
    ----------
    name
        Name of the table.
    frame
        Rows with, when `geometry_type` is given, a column ``geometry`` in RD New.
    geometry_type
        The one OGC type of its geometries; ``None`` for a table without geometry.
    """

    name: str
    frame: pd.DataFrame
    geometry_type: str | None


def compose_tables(frames: Frames, loaded: LoadedProject, *, texts: Texts) -> dict[str, pd.DataFrame]:
    """Return every published table by name, with the names of places added behind the frame's own columns."""
    names = frames.sites.set_index("site_id")["name"]
    pair = {"supply_name": "supply_id", "demand_name": "demand_id"}
    towns = frames.sites.set_index("site_id")[list(_TOWN)]
    named = {
        "matches": add_deciding_names(
            _add_towns(_add_names(frames.matches, names, pair), towns), frames, loaded.catalogue, texts=texts
        ),
        "candidates": _add_towns(_add_names(frames.candidates, names, pair), towns),
        "links": _add_towns(frames.links, towns),
        "flows": _add_towns(_add_names(frames.flows, names, {"site_name": "site_id"}), towns),
        "gaps": _add_towns(_add_names(_add_offers(frames), names, {"site_name": "site_id"}), towns),
        "match_months": _add_ends(frames.match_months, frames.matches, names),
        "routes": _add_ends(frames.routes, frames.matches, names),
        "tornado": add_input_names(frames, loaded.catalogue, texts=texts),
        "chains": _add_names(frames.chains, names, {"processor_name": "processor_id"}),
        "municipalities": _add_balances(frames, loaded, texts),
        "provenance": find_provenance(frames, loaded, texts=texts),
    }
    if len(frames.coalitions):
        named["matches"] = _add_coalitions(named["matches"], frames.coalitions)
    flagged = [layer for layer in frames.background if layer.areas is not None]
    if flagged:
        named["matches"] = _add_crossings(named["matches"], frames.crossings)
        named["overlays"] = _list_overlays(flagged)
    named["totals"] = list_totals(named["municipalities"], loaded.catalogue)
    named["region_totals"] = sum_region(named["totals"])
    asked = [name for name in (*STEP_ONE, *STEP_TWO, *STEP_THREE) if len(getattr(frames, name))]
    return {
        name: named[name] if name in named else getattr(frames, name)
        for name in (*asked, *TABLES, *(["overlays"] if flagged else []), "totals", "region_totals")
    }


def compose_layers(tables: dict[str, pd.DataFrame]) -> list[Layer]:
    """Return the layers of the GeoPackage, made from `tables` of ``compose_tables``, from ground to top."""
    return [*_compose_ground(tables), *_compose_places(tables)]


def _compose_ground(tables: dict[str, pd.DataFrame]) -> list[Layer]:
    """Municipalities, and where the project asks for them their sectors, the outlines of groups, and balances."""
    layers = [Layer("municipalities", tables["municipalities"], "MultiPolygon")]
    if "clusters" in tables:
        areas = gpd.GeoDataFrame(tables["municipalities"])[["municipality_code", "geometry"]]
        named = gpd.GeoDataFrame(areas).rename(columns={"municipality_code": "area_code"})
        coloured = find_cluster_areas(tables["clusters"], named)
        layers += [Layer("cluster_areas", coloured, "MultiPolygon")] if len(coloured) else []
    if "overlays" in tables:
        layers.append(Layer("overlays", tables["overlays"], "MultiPolygon"))
    if "site_clusters" in tables:
        layers.append(Layer("site_clusters", tables["site_clusters"], "MultiPolygon"))
    if "coalitions" in tables:
        layers.append(Layer("coalitions", tables["coalitions"], "MultiPolygon"))
    asked = (*STEP_ONE[1:], *STEP_TWO, *(name for name in STEP_THREE[1:] if name != "hubs"))
    return [*layers, *(Layer(name, tables[name], None) for name in asked if name in tables)]


def _compose_places(tables: dict[str, pd.DataFrame]) -> list[Layer]:
    sites = gpd.GeoDataFrame(tables["sites"])
    points = sites.set_geometry(sites.geometry.representative_point())
    return [
        Layer("site_areas", _areas(sites), "MultiPolygon"),
        Layer("candidates", tables["candidates"], "LineString"),
        Layer("links", tables["links"], "LineString"),
        Layer("routes", tables["routes"], "LineString"),
        Layer("matches", tables["matches"], "LineString"),
        *([Layer("hubs", tables["hubs"], "Point")] if "hubs" in tables else []),
        Layer("gaps", _at_sites(tables["gaps"], points), "Point"),
        Layer("sites", points, "Point"),
        Layer("flows", tables["flows"], None),
        *(Layer(name, tables[name], None) for name in ("match_months", "chains", "ledgers", "tornado")),
        Layer("provenance", tables["provenance"], None),
    ]


def _add_balances(frames: Frames, loaded: LoadedProject, texts: Texts) -> gpd.GeoDataFrame:
    """Municipalities with what the balance of the region says of each: columns <stream>_production and _unused."""
    areas = frames.balance_areas.dropna(subset="area_code")
    if areas.empty:
        return frames.municipalities
    wide = areas.pivot(index="area_code", columns="layer", values=["production", "loss"])
    told = {
        f"{stream}_{name}": wide[column, label]
        for stream in loaded.catalogue.streams
        for name, column in (("production", "production"), ("unused", "loss"))
        if (label := texts.find(f"streams.{stream}", stream)) in wide["production"]
    }
    joined = frames.municipalities.drop(columns="geometry").join(pd.DataFrame(told), on="municipality_code")
    return gpd.GeoDataFrame(joined, geometry=frames.municipalities.geometry)


def _add_offers(frames: Frames) -> pd.DataFrame:
    """Gaps as an offer or a question: what is left with the range of its flow, and the role to ask for."""
    told = frames.gaps.copy()
    flows = frames.flows.set_index("flow_id").reindex(told["flow_id"]).set_axis(told.index)
    for end in ("low", "high"):
        share = (flows[end] / flows["value"]).where(flows["value"] > 0, 1.0)
        told[f"remaining_{end}"] = told["remaining"] * share
    if CONTACT in frames.sites:
        told[CONTACT] = told["site_id"].map(frames.sites.set_index("site_id")[CONTACT]).astype("str")
    return told


def _add_coalitions(matches: pd.DataFrame, coalitions: pd.DataFrame) -> pd.DataFrame:
    """The name of the coalition that a match is part of; missing where it is of none."""
    known = set(matches["match_id"])
    named = coalitions[["coalition", "match_ids"]].itertuples(index=False)
    of = {match: name for name, ids in named for match in split_ids(ids, known)}
    return matches.assign(coalition=matches["match_id"].map(of).astype("str"))


def _add_crossings(matches: pd.DataFrame, crossings: pd.DataFrame) -> pd.DataFrame:
    """The own layers that a match goes through; missing where it goes through none."""
    told = crossings.groupby("match_id", sort=False)["overlay"].agg("; ".join)
    return matches.assign(crosses=matches["match_id"].map(told).astype("str"))


def _list_overlays(layers: Sequence[Backdrop]) -> gpd.GeoDataFrame:
    """Every area that chances were held against, by its layer."""
    rows = [
        (layer.name, layer.look, area)
        for layer in layers
        for area in (() if layer.areas is None else layer.areas)
    ]
    frame = pd.DataFrame(rows, columns=["overlay", "look", "geometry"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs=RD)


def _add_names(frame: pd.DataFrame, names: pd.Series, columns: dict[str, str]) -> pd.DataFrame:
    named = frame.copy()
    for column, key in columns.items():
        named[column] = frame[key].map(names).astype("str")
    return named


def _add_towns(frame: pd.DataFrame, towns: pd.DataFrame) -> pd.DataFrame:
    """Name and code of the municipality of every place that a row names."""
    told = frame.copy()
    for side in ("supply_", "demand_", ""):
        key = frame.get(f"{side}id" if side else "site_id")
        if key is not None:
            for column in _TOWN:
                told[side + column] = key.map(towns[column]).astype("str")
    return told


def _add_ends(frame: pd.DataFrame, matches: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Who supplies and who takes in the match that a row belongs to."""
    named = frame.copy()
    rows = pd.Index(matches["match_id"]).get_indexer(pd.Index(frame["match_id"]))
    for column, key in (("supply_name", "supply_id"), ("demand_name", "demand_id")):
        ends = matches[key].map(names).astype("str").array
        named[column] = pd.Series(ends.take(rows, allow_fill=True), index=frame.index)
    return named


def _areas(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    known = sites[sites.geom_type.isin(_AREA_TYPES)]
    return known[[*_AREA_COLUMNS, "geometry"]].reset_index(drop=True)


def _at_sites(gaps: pd.DataFrame, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Gaps on the point of their site, so that they can be drawn."""
    place = points.set_index("site_id").geometry.reindex(gaps["site_id"])
    return gpd.GeoDataFrame(gaps.copy(), geometry=gpd.GeoSeries(place.to_numpy(), index=gaps.index, crs=RD))
