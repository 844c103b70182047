"""``phosphate``: phosphorus per municipality and along its chain - waste water, sludge, land, greenhouses, industry."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.exports import compose_diagrams, draw_svg
from kansenkaart.factsheets.factsheet import Layer, Region, Section, Told, bounds_of, read_table, tell_table
from kansenkaart.flows.balance import SD_PER_RANGE, balance_flows, frame_given
from kansenkaart.texts import Texts

_KEY = "phosphate"
# What comes free, then what is asked, in the order of the table.
_SUPPLY = ("influent", "effluent", "sludge", "struvite")
_DEMAND = ("farmland", "greenhouses", "industry")
_MEASURES = (*_SUPPLY, *_DEMAND)


def tell(region: Region) -> Told:
    """Return phosphorus per municipality and along its chain, in tonnes of P per year."""
    numbers, texts = region.numbers(_KEY), region.texts
    plants = _find_plants(region, numbers)
    areas = _add_up(region, plants, numbers)
    totals = {name: float(areas[name].sum()) for name in _MEASURES}
    facts = tuple(
        (texts(f"factsheets.{_KEY}.{name}"), f"{texts.number(totals[name])} t P") for name in _MEASURES
    )
    observed = (
        read_table("p_load_cbs_7477").set_index("province")["p_t"].get(region.loaded.project.region.province)
    )
    sections = (
        _tell_areas(areas, texts),
        _tell_chain(region, totals, observed, numbers),
        _tell_plants(plants, region),
    )
    layers = (
        Layer("phosphate_areas", areas, "asked", "area"),
        Layer("phosphate_plants", plants, "influent", "circle"),
    )
    title, lead = (texts(f"factsheets.{_KEY}.{part}", region=region.name) for part in ("title", "lead"))
    return Told(title, lead, facts, layers, sections, numbers)


def _find_plants(region: Region, numbers: pd.DataFrame) -> gpd.GeoDataFrame:
    """The waste-water plants with what passes them, from their capacity."""
    plants = region.plants()
    made = region.made("struviet_fosfaat")
    told = plants[
        ["site_id", "name", "municipality_code", "municipality", "capacity_pe60", "source", "geometry"]
    ].copy()
    influent = plants["capacity_pe60"].to_numpy(dtype=float) / 1000
    for bound, ending in (("value", ""), ("low", "_low"), ("high", "_high")):
        told[f"influent{ending}"] = influent * bounds_of(numbers, "influent_kg_pe60")[bound]
    for name in ("effluent", "sludge"):
        told[name] = told["influent"] * bounds_of(numbers, f"{name}_share")["value"]
    told["struvite"] = told["site_id"].map(made).fillna(0.0) * bounds_of(numbers, "p_of_struvite")["value"]
    return told.sort_values(["influent", "site_id"], ascending=[False, True]).reset_index(drop=True)


def _add_up(region: Region, plants: gpd.GeoDataFrame, numbers: pd.DataFrame) -> gpd.GeoDataFrame:
    """Every municipality of the region with what comes free in it and what is asked there."""
    told = region.municipalities()
    by_area = plants.groupby("municipality_code")[list(_SUPPLY)].sum()
    land = read_table("farmland").set_index("municipality_code")["farmland_ha"]
    glass = region.places("greenhouse", "greenhouse_area")
    hectares = (
        glass.groupby("municipality_code")["glass_ha"].sum()
        if "glass_ha" in glass
        else pd.Series(dtype=float)
    )
    makers = region.places("fertiliser_maker")["site_id"]
    asked = region.flows[(region.flows["stream"] == "struviet_fosfaat") & (region.flows["role"] == "demand")]
    asked = asked[asked["site_id"].isin(makers)].merge(
        region.sites[["site_id", "municipality_code"]], on="site_id"
    )
    struvite = asked.groupby("municipality_code")["theoretical"].sum()
    codes = told["municipality_code"]
    for name in _SUPPLY:
        told[name] = codes.map(by_area[name]).fillna(0.0)
    p_of_p2o5 = bounds_of(numbers, "p_of_p2o5")["value"] / 1000
    told["farmland"] = codes.map(land) * bounds_of(numbers, "farmland_kg_p2o5_ha")["value"] * p_of_p2o5
    told["greenhouses"] = (
        codes.map(hectares).fillna(0.0) * bounds_of(numbers, "glass_kg_p2o5_ha")["value"] * p_of_p2o5
    )
    told["industry"] = codes.map(struvite).fillna(0.0) * bounds_of(numbers, "p_of_struvite")["value"]
    told["asked"] = told[list(_DEMAND)].sum(axis=1, skipna=False)
    ordered = told[[name for name in told if name != "geometry"] + ["geometry"]]
    return ordered.sort_values(["asked", "municipality_code"], ascending=[False, True]).reset_index(drop=True)


def _tell_areas(areas: gpd.GeoDataFrame, texts: Texts) -> Section:
    told = areas[["municipality", *_MEASURES]]
    total = pd.DataFrame(
        [
            {
                "municipality": texts("factsheets.total"),
                **{name: float(areas[name].sum()) for name in _MEASURES},
            }
        ]
    )
    columns = {
        "municipality": texts("factsheets.municipality"),
        **{name: texts(f"factsheets.{_KEY}.{name}") for name in _MEASURES},
    }
    section = tell_table(f"factsheets.{_KEY}.areas", pd.concat([told, total]), columns, texts)
    unknown = sorted(areas.loc[areas["farmland"].isna(), "municipality"])
    if not unknown:
        return section
    said = texts(f"factsheets.{_KEY}.farmland_unknown", count=len(unknown), names=", ".join(unknown))
    return replace(section, text=f"{section.text} {said}")


def _tell_plants(plants: gpd.GeoDataFrame, region: Region) -> Section:
    texts = region.texts
    told = plants.assign(
        capacity=[texts.number(one, 4) for one in plants["capacity_pe60"]],
        range=[
            f"{texts.number(low)} – {texts.number(high)}"
            for low, high in plants[["influent_low", "influent_high"]].itertuples(index=False)
        ],
    )
    columns = {
        "name": texts("factsheets.plant"),
        **{name: texts(f"factsheets.{name}") for name in ("municipality", "capacity")},
        "influent": texts(f"factsheets.{_KEY}.influent"),
        "range": texts("factsheets.range"),
        "struvite": texts(f"factsheets.{_KEY}.struvite"),
    }
    told_of = tell_table(f"factsheets.{_KEY}.plants", pd.DataFrame(told), columns, texts)
    return replace(told_of, text=told_of.text + region.tell_left_out())


def _tell_chain(
    region: Region, totals: dict[str, float], observed: float | None, numbers: pd.DataFrame
) -> Section:
    """The chain as a balance that closes: the total of CBS is held against what follows from the capacities."""
    texts = region.texts
    found = balance_flows(_chain_rows(region, totals, observed, numbers), file=_KEY, texts=texts)
    frames = found.by_name()
    verdict = str(found.tests["verdict"].iloc[0])
    diagrams = compose_diagrams(frames["balances"], frames["balance_processes"])
    svg = draw_svg(diagrams, {(region.name, "P"): verdict}, texts=texts)
    manure = (
        bounds_of(numbers, "manure_nl_kt_p2o5")["value"] * bounds_of(numbers, "p_of_p2o5")["value"] * 1000
    )
    values = {"verdict": texts(f"tables.values.verdict.{verdict}"), "manure": texts.number(manure)}
    flow = found.balances.set_index(["entry", "flow"])["reconciled"]
    values["closed"] = texts.number(flow["flow", texts(f"factsheets.{_KEY}.flow_influent")], 4)
    key = "chain_text" if observed is not None else "chain_text_alone"
    text = texts(f"factsheets.{_KEY}.{key}", observed=texts.number(observed, 4), **values)
    return Section(texts(f"factsheets.{_KEY}.chain_title"), text, drawing=svg)


def _chain_rows(
    region: Region, totals: dict[str, float], observed: float | None, numbers: pd.DataFrame
) -> pd.DataFrame:
    texts = region.texts
    sewer, plant, sludge = (
        texts(f"factsheets.{_KEY}.process_{name}") for name in ("sewer", "plant", "sludge")
    )
    influent = bounds_of(numbers, "influent_kg_pe60")
    sd = (influent["high"] - influent["low"]) / influent["value"] * SD_PER_RANGE * totals["influent"]
    stated = region.loaded.catalogue.prices["spread_measured"]
    stated_sd = (stated.high - stated.low) * SD_PER_RANGE

    def row(
        flow: str, ends: tuple[str | None, str | None], value: float = np.nan, sd: float = np.nan
    ) -> dict[str, object]:
        named = {
            "flow": texts(f"factsheets.{_KEY}.flow_{flow}"),
            "from_process": ends[0],
            "to_process": ends[1],
        }
        return {"entry": "flow", "unit": "t", **named, "value": value, "sd": sd}

    def share(flow: str) -> dict[str, object]:
        bound = bounds_of(numbers, f"{flow}_share")
        named = {"entry": "transfer", "unit": "-", "flow": texts(f"factsheets.{_KEY}.flow_{flow}")}
        return {**named, "value": bound["value"], "sd": (bound["high"] - bound["low"]) * SD_PER_RANGE}

    rows = [
        row("estimated", (None, sewer), totals["influent"], sd),
        row("influent", (sewer, plant), *(() if observed is None else (observed, stated_sd * observed))),
        row("effluent", (plant, None)),
        row("sludge", (plant, sludge)),
        share("effluent"),
        share("sludge"),
        row("struvite", (sludge, None), totals["struvite"], stated_sd * totals["struvite"]),
        row("rest", (sludge, None)),
    ]
    told = frame_given({"region": region.name, "layer": "P", **given} for given in rows)
    return told.set_axis(range(1, len(told) + 1))
