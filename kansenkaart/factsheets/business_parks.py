"""``business-parks``: what lies on each park, who could take it, and where a hub or a circular activity would fit."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.errors import DataError
from kansenkaart.factsheets.factsheet import Layer, Region, Section, Told, bounds_of, tell_table
from kansenkaart.texts import Texts
from kansenkaart.units import write_unit

_KEY = "business-parks"
_TEXTS = "factsheets.business_parks"
_KIND = "business_park"
_HECTARES = ("gross_ha", "net_ha", "free_ha")
_M2_PER_HA, _M_PER_KM = 10_000.0, 1000.0
# Activities that a region would like to place, by the stream they take; those without a number are named too.
_ACTIVITIES = ("textiel", "meubels_grofvuil", "aeea", "betonpuin", "sloophout", "kunststof", "metalen")
_NEEDS = ("land", "access", "category")


def tell(region: Region) -> Told:
    """Return the parks, their flows and partners, which could hold a hub, and the land that activities ask."""
    numbers, texts = region.numbers(_KEY), region.texts
    parks = _find_parks(region)
    flows = _place_flows(parks, region)
    parks = _judge(_count(parks, flows), bounds_of(numbers, "hub_ha")["value"], numbers)
    areas = _add_up(parks, region)
    asked = _ask_land(region, numbers)
    points = parks.set_geometry(parks.geometry.representative_point())
    hubs = points[points["hub"] == "yes"].reset_index(drop=True)
    layers = [Layer("business_parks_areas", areas, "free_per_1000_ha", "area")]
    if parks.geometry.geom_type.isin(("Polygon", "MultiPolygon")).all():
        layers.append(Layer("business_parks_outlines", _as_multi(parks), "free_pct", "area"))
    layers.append(Layer("business_parks_places", points, "free_ha", "circle"))
    if len(hubs):
        layers.append(Layer("business_parks_hubs", hubs, "free_ha", "circle", "ring"))
    sections = (
        _tell_parks(parks, texts),
        _tell_hubs(parks, numbers, texts),
        _tell_flows(parks, flows, region),
        _tell_land(asked, parks, texts),
    )
    free = parks["free_ha"].sum(min_count=1)
    facts = (
        (texts(f"{_TEXTS}.parks"), texts.count(len(parks))),
        (texts(f"{_TEXTS}.free"), f"{texts.number(free)} ha"),
        (texts(f"{_TEXTS}.on_parks"), texts.count(int(parks["places"].sum()))),
        _count_hubs(parks["hub"], texts),
    )
    title, lead = (texts(f"{_TEXTS}.{part}", region=region.name) for part in ("title", "lead"))
    return Told(title, lead, facts, tuple(layers), sections, numbers)


def _count_hubs(hubs: pd.Series, texts: Texts) -> tuple[str, str]:
    """How many parks could hold a hub: with those that are not known a range, never 0 for want of knowledge."""
    fit, unknown = int((hubs == "yes").sum()), int((hubs == "unknown").sum())
    if not unknown:
        return texts(f"{_TEXTS}.hubs"), texts.count(fit)
    told = texts(f"{_TEXTS}.hubs_unknown", unknown=texts.count(unknown))
    return told, f"{texts.count(fit)} – {texts.count(fit + unknown)}"


def _find_parks(region: Region) -> gpd.GeoDataFrame:
    """Parks of the region that are there, with what is known of each; missing is not 0.

    Raises
    ------
    DataError
        When the project has none.
    """
    parks = region.places(_KIND)
    if parks.empty:
        message = "{region} has no place of kind {kinds}. Add a layer of them, such as one of recipe ibis."
        raise DataError("business_parks_nothing", message, region=region.name, kinds=_KIND)
    told = parks[
        [
            "site_id",
            "name",
            "municipality_code",
            "municipality",
            "location_precision_m",
            "source",
            "source_year",
        ]
    ].copy()
    for name in (*_HECTARES, "environmental_category"):
        told[name] = parks[name].astype(float) if name in parks else np.nan
    for name in ("quay", "rail"):
        told[name] = parks[name].astype("str").where(parks[name].notna(), None) if name in parks else None
    told["free_pct"] = 100 * told["free_ha"] / told["net_ha"].fillna(told["gross_ha"])
    return gpd.GeoDataFrame(told, geometry=parks.geometry.to_numpy(), crs=parks.crs)


def _reach_of(parks: gpd.GeoDataFrame) -> pd.Series:
    """How far from its shape a place counts as on the park: a point stands for a disc of its gross hectares."""
    disc = np.sqrt(parks["gross_ha"].fillna(0) * _M2_PER_HA / np.pi)
    points = parks.geometry.geom_type == "Point"
    reach: pd.Series = (disc.where(points, 0.0) + parks["location_precision_m"].where(points, 0.0)).fillna(
        0.0
    )
    return reach


def _place_flows(parks: gpd.GeoDataFrame, region: Region) -> pd.DataFrame:
    """Every flow of a place on a park (``park``: its position; the nearest of several), with how many partners."""
    sites = region.sites
    area = sites["kind"].map(lambda kind: region.loaded.catalogue.kinds[kind].area)
    sites = sites[(sites["status"] == "active") & (sites["kind"] != _KIND) & ~area].reset_index(drop=True)
    reach = _reach_of(parks)
    tree = shapely.STRtree(sites.geometry.to_numpy())
    found = []
    for park, (shape, far) in enumerate(zip(parks.geometry, reach, strict=True)):
        for site in tree.query(shape, predicate="dwithin", distance=float(far)):
            found.append((int(site), park, float(shape.distance(sites.geometry.iloc[site]))))
    near = pd.DataFrame(found, columns=["site", "park", "away"]).sort_values(["site", "away", "park"])
    near = near.drop_duplicates("site")
    on = sites.iloc[near["site"]][["site_id", "name", "kind"]].assign(park=near["park"].to_numpy())
    flows = on.merge(region.flows[["site_id", "stream", "role", "theoretical"]], on="site_id", how="left")
    flows["partners"] = [
        _count_partners(row, region) if isinstance(row["stream"], str) else 0
        for row in flows.to_dict("records")
    ]
    ordered: pd.DataFrame = flows.sort_values(["park", "site_id", "stream", "role"]).reset_index(drop=True)
    return ordered


def _count_partners(flow: dict[str, object], region: Region) -> int:
    """Places on the other side that a rule of the catalogue allows, within the hard distance of the stream."""
    catalogue, sites = region.loaded.catalogue, region.sites
    stream, kind = str(flow["stream"]), flow["kind"]
    other = "demand" if flow["role"] == "supply" else "supply"
    kinds = {
        pair.demand_kind if other == "demand" else pair.supply_kind
        for pair in catalogue.pairs.values()
        if pair.stream == stream and kind == (pair.supply_kind if other == "demand" else pair.demand_kind)
    }
    asks = region.flows[
        (region.flows["stream"] == stream)
        & (region.flows["role"] == other)
        & (region.flows["theoretical"] > 0)
    ]["site_id"]
    near = sites[
        sites["site_id"].isin(asks)
        & sites["kind"].isin(kinds)
        & (sites["status"] == "active")
        & (sites["site_id"] != flow["site_id"])
    ]
    here = sites.loc[sites["site_id"] == flow["site_id"], "geometry"].iloc[0]
    return int((near.geometry.distance(here) <= catalogue.streams[stream].hard_km * _M_PER_KM).sum())


def _count(parks: gpd.GeoDataFrame, flows: pd.DataFrame) -> gpd.GeoDataFrame:
    told = parks.copy()
    told["places"] = told.index.map(flows.groupby("park")["site_id"].nunique()).fillna(0).astype(int)
    chances = flows[flows["partners"] > 0].groupby("park").size()
    told["flows_with_partner"] = told.index.map(chances).fillna(0).astype(int)
    return told


def _judge(parks: gpd.GeoDataFrame, land: float, numbers: pd.DataFrame) -> gpd.GeoDataFrame:
    """Whether a hub would fit: enough free land, a quay or a railway, and the category; unknown is not no."""
    least, told = bounds_of(numbers, "hub_category")["value"], parks.copy()
    access = parks[["quay", "rail"]].eq("yes").any(axis=1), parks[["quay", "rail"]].isna().any(axis=1)
    known = {
        "land": _say(parks["free_ha"] >= land, parks["free_ha"].isna()),
        "access": _say(access[0], access[1] & ~access[0]),
        "category": _say(parks["environmental_category"] >= least, parks["environmental_category"].isna()),
    }
    for name, words in known.items():
        told[f"hub_{name}"] = words
    every = told[[f"hub_{name}" for name in _NEEDS]]
    told["hub"] = np.where(
        every.eq("no").any(axis=1), "no", np.where(every.eq("unknown").any(axis=1), "unknown", "yes")
    )
    geometry = told.pop("geometry")
    return gpd.GeoDataFrame(told, geometry=geometry, crs=parks.crs)


def _say(holds: pd.Series, unknown: pd.Series) -> pd.Series:
    return pd.Series(
        np.where(unknown, "unknown", np.where(holds, "yes", "no")), index=holds.index, dtype="str"
    )


def _add_up(parks: gpd.GeoDataFrame, region: Region) -> gpd.GeoDataFrame:
    """Free hectares per municipality and per 1,000 ha of it; missing where no park says how much is free."""
    told = region.municipalities()
    free = parks.groupby("municipality_code")["free_ha"].sum(min_count=1)
    told["parks"] = (
        told["municipality_code"].map(parks.groupby("municipality_code").size()).fillna(0).astype(int)
    )
    told["free_ha"] = told["municipality_code"].map(free)
    told["free_per_1000_ha"] = 1000 * told["free_ha"] / (told.geometry.area / _M2_PER_HA)
    return told[[*(name for name in told if name != "geometry"), "geometry"]]


def _as_multi(parks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = [shapely.multipolygons(shapely.get_parts(shape)) for shape in parks.geometry]
    return parks.set_geometry(gpd.GeoSeries(shapes, index=parks.index, crs=parks.crs))


def _ask_land(region: Region, numbers: pd.DataFrame) -> pd.DataFrame:
    """What the region supplies of every stream, and the hectares that would take it; missing without a number."""
    here = set(region.sites.loc[region.sites["in_region"], "site_id"])
    flows = region.flows[(region.flows["role"] == "supply") & region.flows["site_id"].isin(here)]
    tonnes = flows.groupby("stream")["theoretical"].sum()
    rows = []
    for stream in _ACTIVITIES:
        each = bounds_of(numbers, f"m2_t_{stream}") if f"m2_t_{stream}" in numbers.index else None
        amount = float(tonnes.get(stream, np.nan))
        ha = {
            bound: amount * each[bound] / _M2_PER_HA if each else np.nan for bound in ("low", "value", "high")
        }
        rows.append({"stream": stream, "t": amount, "m2_t": each["value"] if each else np.nan, **ha})
    return pd.DataFrame(rows)


def _tell_parks(parks: gpd.GeoDataFrame, texts: Texts) -> Section:
    told = _translate(parks, ("quay", "rail"), texts)
    columns = {"name": texts(f"{_TEXTS}.park"), "municipality": texts("factsheets.municipality")} | {
        name: texts(f"columns.business_parks_places.{name}")
        for name in (
            *_HECTARES,
            "quay",
            "rail",
            "environmental_category",
            "places",
            "flows_with_partner",
            "source",
        )
    }
    return tell_table(f"{_TEXTS}.park_list", told, columns, texts)


def _tell_hubs(parks: gpd.GeoDataFrame, numbers: pd.DataFrame, texts: Texts) -> Section:
    names = ("hub", *(f"hub_{one}" for one in _NEEDS))
    shown = (*names, "source")
    said = {
        "land": texts.number(bounds_of(numbers, "hub_ha")["value"]),
        "category": texts.number(bounds_of(numbers, "hub_category")["value"]),
    }
    columns = {"name": texts(f"{_TEXTS}.park")} | {
        name: texts(f"columns.business_parks_places.{name}") for name in shown
    }
    return tell_table(f"{_TEXTS}.hub", _translate(parks, names, texts), columns, texts, **said)


def _translate(parks: gpd.GeoDataFrame, names: tuple[str, ...], texts: Texts) -> pd.DataFrame:
    words = {one: texts(f"{_TEXTS}.{one}") for one in ("yes", "no", "unknown")}
    told = pd.DataFrame(parks)
    for name in names:
        told[name] = told[name].map(words).fillna(words["unknown"])
    return told


def _tell_flows(parks: gpd.GeoDataFrame, flows: pd.DataFrame, region: Region) -> Section:
    texts = region.texts
    known = flows[flows["theoretical"] > 0]
    units = {name: stream.unit for name, stream in region.loaded.catalogue.streams.items()}
    told = pd.DataFrame(
        {
            "park": [str(parks["name"].iloc[one]) for one in known["park"]],
            "name": known["name"].tolist(),
            "stream": [texts(f"streams.{one}") for one in known["stream"]],
            "role": [texts(f"{_TEXTS}.{one}") for one in known["role"]],
            "amount": [
                f"{texts.number(one)} {write_unit(units[stream])}"
                for one, stream in zip(known["theoretical"], known["stream"], strict=True)
            ],
            "partners": known["partners"].tolist(),
        }
    )
    columns = {"park": texts(f"{_TEXTS}.park"), "name": texts(f"{_TEXTS}.place")}
    columns |= {name: texts(f"{_TEXTS}.{name}") for name in ("stream", "role", "amount", "partners")}
    return tell_table(f"{_TEXTS}.flows", told, columns, texts)


def _tell_land(asked: pd.DataFrame, parks: gpd.GeoDataFrame, texts: Texts) -> Section:
    none = texts(f"{_TEXTS}.no_number")
    told = pd.DataFrame(
        {
            "stream": [texts(f"streams.{one}") for one in asked["stream"]],
            "t": asked["t"],
            "m2_t": [texts.number(one) if one == one else none for one in asked["m2_t"]],
            "ha": [
                f"{texts.number(value)} ({texts.number(low)} – {texts.number(high)})"
                if value == value
                else none
                for low, value, high in asked[["low", "value", "high"]].itertuples(index=False)
            ],
        }
    )
    columns = {name: texts(f"{_TEXTS}.{name}") for name in ("stream", "t", "m2_t", "ha")}
    free = texts.number(parks["free_ha"].sum(min_count=1))
    return tell_table(f"{_TEXTS}.land", told, columns, texts, free=free)
