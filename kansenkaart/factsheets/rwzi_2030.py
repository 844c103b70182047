"""``rwzi-2030``: what every waste-water plant gives as nutrient, energy and water factory, and the sludge it treats."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import pandas as pd

from kansenkaart.factsheets.factsheet import Layer, Region, Section, Told, bounds_of, tell_table
from kansenkaart.units import write_unit

_KEY = "rwzi-2030"
_TEXTS = "factsheets.rwzi_2030"
# The three factories of "Op weg naar de RWZI van 2030" (STOWA, 2010), each with the stream it makes.
_FACTORIES = {"nutrient": "struviet_fosfaat", "energy": "biogas_groengas", "water": "effluentwater"}
_M_PER_KM = 1000.0


@dataclass(frozen=True)
class _Takers:
    """Places that could take a stream of a waste-water plant, and how far it may go."""

    places: gpd.GeoDataFrame
    reach_m: float


def tell(region: Region) -> Told:
    """Return state and potential of every plant, who could take it, and how much sludge comes from others."""
    numbers, texts = region.numbers(_KEY), region.texts
    plants = _find_plants(region, numbers)
    running = [int((plants[f"{factory}_state"] == "running").sum()) for factory in _FACTORIES]
    within = [int((plants[f"{factory}_state"] == "within_reach").sum()) for factory in _FACTORIES]
    facts = (
        (texts(f"{_TEXTS}.plants"), texts.count(len(plants))),
        *(
            (texts(f"{_TEXTS}.{factory}_title"), texts(f"{_TEXTS}.fact", running=now, within=could))
            for factory, now, could in zip(_FACTORIES, running, within, strict=True)
        ),
        (texts(f"{_TEXTS}.importers"), texts.count(int((plants["sludge_import_pe60"] > 0).sum()))),
    )
    layers = (
        Layer("rwzi_2030_areas", _add_up(region, plants), "sludge", "area"),
        Layer("rwzi_2030_plants", plants, "capacity_pe60", "circle"),
    )
    sections = (*(_tell_factory(one, plants, region) for one in _FACTORIES), _tell_sludge(plants, region))
    title, lead = (texts(f"{_TEXTS}.{part}", region=region.name) for part in ("title", "lead"))
    return Told(title, lead, facts, layers, sections, numbers)


def _find_plants(region: Region, numbers: pd.DataFrame) -> gpd.GeoDataFrame:
    plants = region.plants()
    told = plants[
        ["site_id", "name", "municipality_code", "municipality", "capacity_pe60", "geometry"]
    ].copy()
    for driver in ("load_pe60", "sludge_digested_pe60"):
        told[driver] = plants[driver].astype(float) if driver in plants else float("nan")
    per_pe = bounds_of(numbers, "sludge_t_pe60")["value"]
    stated = _flows_of(region, "zuiveringsslib")["theoretical"]
    told["sludge"] = told["site_id"].map(stated).fillna(told["load_pe60"] * per_pe)
    told["sludge_import_pe60"] = (told["sludge_digested_pe60"] - told["load_pe60"]).clip(lower=0.0)
    for factory, stream in _FACTORIES.items():
        told = _add_factory(told, factory, stream, region)
    names = [name for name in told if name != "geometry"]
    ordered: gpd.GeoDataFrame = told[[*names, "geometry"]]
    return ordered.sort_values(["capacity_pe60", "site_id"], ascending=[False, True]).reset_index(drop=True)


def _flows_of(region: Region, stream: str) -> pd.DataFrame:
    flows = region.flows[(region.flows["stream"] == stream) & (region.flows["role"] == "supply")]
    found: pd.DataFrame = flows.set_index("site_id")
    return found


def _add_factory(plants: gpd.GeoDataFrame, factory: str, stream: str, region: Region) -> gpd.GeoDataFrame:
    """State, potential, what runs, and who could take it: how many within reach and the nearest."""
    flows, takers = _flows_of(region, stream), _find_takers(region, stream)
    made = region.made(stream)
    told = plants.copy()
    told[f"{factory}_potential"] = told["site_id"].map(flows["theoretical"])
    told[f"{factory}_running"] = told["site_id"].map(made)
    told[f"{factory}_takers"] = 0
    told[f"{factory}_nearest"] = pd.Series(None, index=told.index, dtype="str")
    told[f"{factory}_nearest_km"] = float("nan")
    for row, point in zip(told.index, told.geometry, strict=True):
        away = takers.places.geometry.distance(point)
        if len(away):
            nearest = away.idxmin()
            told.loc[row, f"{factory}_takers"] = int((away <= takers.reach_m).sum())
            told.loc[row, f"{factory}_nearest"] = str(takers.places.loc[nearest, "name"])
            told.loc[row, f"{factory}_nearest_km"] = float(away[nearest]) / _M_PER_KM
    told[f"{factory}_state"] = [
        _judge(known=pd.notna(potential) and potential > 0, runs=site in made.index, takers=takers_)
        for site, potential, takers_ in told[
            ["site_id", f"{factory}_potential", f"{factory}_takers"]
        ].itertuples(index=False)
    ]
    return told


def _judge(*, known: bool, runs: bool, takers: int) -> str:
    if runs:
        return "running"
    if not known:
        return "unknown"
    return "within_reach" if takers else "no_taker"


def _find_takers(region: Region, stream: str) -> _Takers:
    """Places that ask for `stream` and may be served by a waste-water plant, planned ones left out."""
    catalogue = region.loaded.catalogue
    pairs = [one for one in catalogue.pairs.values() if one.stream == stream and one.supply_kind == "rwzi"]
    kinds = {one.demand_kind for one in pairs}
    flows = region.flows[(region.flows["stream"] == stream) & (region.flows["role"] == "demand")]
    asked = flows.loc[flows["theoretical"] > 0, "site_id"]
    sites = region.sites
    places = sites[sites["site_id"].isin(asked) & sites["kind"].isin(kinds) & (sites["status"] == "active")]
    return _Takers(places.reset_index(drop=True), catalogue.streams[stream].hard_km * _M_PER_KM)


def _add_up(region: Region, plants: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    told = region.municipalities()
    by_area = plants.groupby("municipality_code")[["sludge", "capacity_pe60"]].sum()
    for name in by_area:
        told[name] = told["municipality_code"].map(by_area[name]).fillna(0.0)
    return told[["municipality_code", "municipality", "sludge", "capacity_pe60", "geometry"]]


def _tell_factory(factory: str, plants: gpd.GeoDataFrame, region: Region) -> Section:
    texts, stream = region.texts, region.loaded.catalogue.streams[_FACTORIES[factory]]
    named = {"unit": write_unit(stream.unit), "reach": texts.number(stream.hard_km)}
    near = plants[[f"{factory}_nearest", f"{factory}_nearest_km"]].itertuples(index=False)
    told = plants.assign(
        state=[texts(f"{_TEXTS}.state_{one}") for one in plants[f"{factory}_state"]],
        nearest=[_tell_nearest(name, km, region) for name, km in near],
    )
    columns = {
        "name": texts("factsheets.plant"),
        "municipality": texts("factsheets.municipality"),
        "state": texts(f"{_TEXTS}.state"),
        **{
            f"{factory}_{one}": texts(f"{_TEXTS}.{one}", **named)
            for one in ("potential", "running", "takers")
        },
        "nearest": texts(f"{_TEXTS}.nearest"),
    }
    return tell_table(f"{_TEXTS}.{factory}", pd.DataFrame(told), columns, texts, **named)


def _tell_nearest(name: object, km: float, region: Region) -> str:
    return f"{name} ({region.texts.number(km, 2)} km)" if isinstance(name, str) else "–"


def _tell_sludge(plants: gpd.GeoDataFrame, region: Region) -> Section:
    texts = region.texts
    names = ("load_pe60", "sludge_digested_pe60", "sludge_import_pe60", "sludge")
    columns = {
        "name": texts("factsheets.plant"),
        "municipality": texts("factsheets.municipality"),
        **{one: texts(f"{_TEXTS}.{one}") for one in names},
    }
    told = tell_table(f"{_TEXTS}.sludge", pd.DataFrame(plants), columns, texts)
    return replace(told, text=told.text + region.tell_left_out())
