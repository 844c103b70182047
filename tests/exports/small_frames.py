"""The frames of a small run with hostile texts, checked."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from shapely import LineString, Point, box

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.legend import BETWEEN
from kansenkaart.clusters import (
    Asked,
    Found,
    Near,
    find_area_view,
    find_areas,
    find_chain_view,
    find_clusters,
    find_site_clusters,
)
from kansenkaart.clusters.counts import read_counts
from kansenkaart.flows.balance.regional import Known
from kansenkaart.flows.ladder import find_ladder
from kansenkaart.geo import RD
from kansenkaart.project import LoadedProject, parse_project
from kansenkaart.regional_balances import balance_region
from kansenkaart.tables import (
    COALITION_FLOWS,
    COALITION_PARTNERS,
    COALITIONS,
    HUB_FLOWS,
    HUBS,
    MONTH_COLUMNS,
    Frames,
)
from kansenkaart.tables.reasons import Number, Said
from kansenkaart.texts import load_texts
from tests.exports.hostile import EVIL, PROJECT, TABLES
from tests.exports.small_found import chains, ledgers, match_months, routes, solves, tornado

_KINDS = ("rwzi", "greenhouse", "waste_to_energy", "datacentre", "industry", "municipality")


def make_frames() -> Frames:
    """Frames that pass every check, in RD New around Amsterdam and the Kop van Noord-Holland."""
    sites = _sites()
    flows = _flows(sites)
    matches = _pairs(sites, flows)
    frames = Frames(
        sites=sites,
        links=_links(sites),
        flows=flows,
        matches=TABLES["matches"].conform(matches),
        candidates=TABLES["candidates"].conform(matches.assign(chosen=matches["rank"] % 2 == 1, given=False)),
        gaps=_gaps(flows),
        municipalities=_municipalities(),
        match_months=match_months(matches),
        routes=routes(matches),
        chains=chains(sites),
        ledgers=ledgers(sites),
        tornado=tornado(),
        solves=solves(),
        layers=_layers(),
        findings=_findings(),
        reasons={one: (Said("takers_full"),) for one in (*matches["match_id"], *flows["flow_id"])},
        formulas={flow: _measured(unit) for flow, unit in zip(flows["flow_id"], flows["unit"], strict=True)},
    )
    frames = _with_step_three(_with_step_two(_with_step_one(frames)))
    frames.check(TABLES)
    return frames


def _with_step_one(frames: Frames) -> Frames:
    """As ``find_step_one`` adds it: groups of places, both views, and two sectors of two municipalities."""
    texts = load_texts("nl")
    ends = (frames.gaps, frames.matches, frames.links)
    found = Found(frames.sites, frames.flows, frames.matches, frames.gaps, frames.links)
    groups, streams = find_site_clusters(
        found, {"restwarmte_ht": "energie_water"}, Near(5_000.0, 2), texts=texts
    )
    areas = find_areas(frames.sites, "elders")
    counted = pd.DataFrame(
        [("GM0363", "A", 100.0), ("GM0363", "J", 900.0), ("GM1911", "A", 300.0), ("GM1911", "J", 200.0)],
        columns=["area_code", "sector", "jobs"],
    ).assign(area=EVIL[6])
    asked = Asked("jobs", "SBI 2008", least=0.0, names={"A": EVIL[0], "J": EVIL[4]})
    sectors = find_clusters(read_counts(counted, file="t.csv"), asked, file="t.csv", texts=texts)
    return replace(
        frames,
        clusters=sectors.clusters,
        region_sectors=sectors.clusters.iloc[:2].assign(area_code="REGION"),
        site_clusters=groups,
        cluster_streams=streams,
        area_view=find_area_view(areas, *ends),
        chain_view=find_chain_view(areas, *ends),
    )


def _with_step_two(frames: Frames) -> Frames:
    """As a build adds it: every stream balanced, and where each supply stands on the R-ladder."""
    project = parse_project(tomllib.loads(f"{PROJECT}\n[balances]\n"), "kansenkaart.toml")
    loaded = LoadedProject(project, Path("kansenkaart.toml"), load_catalogue())
    known = Known(frames.sites, frames.flows, frames.links)
    found = balance_region(known, frames.gaps, frames.municipalities, loaded)
    assert found is not None
    # Heat has no ladder: as if what is supplied were green waste.
    supplies = frames.flows.assign(stream="gft")
    ladder = find_ladder(frames.sites, supplies, frames.matches, loaded.catalogue)
    return replace(frames, ladder=ladder, **{**vars(found), "findings": frames.findings})


def _with_step_three(frames: Frames) -> Frames:
    """One coalition of two chances and one hub, with hostile names."""
    pairs, names = frames.matches.head(2), frames.sites.set_index("site_id")["name"]
    ids = list(dict.fromkeys([*pairs["supply_id"], *pairs["demand_id"]]))
    one = {"coalition_id": f"restwarmte_ht@{ids[0]}", "coalition": EVIL[4] + EVIL[5]}
    whole = one | _coalition(ids, pairs["match_id"])
    partner = {"kind": "rwzi", "municipality": EVIL[6], "chances": 1, "falls_share": 0.5, "falls_eur_y": 1e4}
    fair = {"fair_eur_y_p10": -1e3, "fair_eur_y": 2e4, "fair_eur_y_p90": 4e4, "payment_eur_y": -3e3}
    rows = [
        {
            **one,
            **partner,
            **fair,
            "site_id": site,
            "name": names[site],
            "fetches": EVIL[4],
            "material_t_y": 0.0,
        }
        for site in ids
    ]
    flows = [
        {**one, "site_id": site, "name": names[site], "stream": "restwarmte_ht", "role": role}
        | {"quantity": 1e3, "unit": "GJ", "left": 5.0}
        for site, role in zip(ids, ("supply", "demand"), strict=False)
    ]
    return replace(
        _with_hub(frames, ids[0]),
        coalitions=COALITIONS.conform(gpd.GeoDataFrame([whole], geometry="geometry", crs=RD)),
        coalition_partners=COALITION_PARTNERS.conform(pd.DataFrame(rows)),
        coalition_flows=COALITION_FLOWS.conform(pd.DataFrame(flows)),
    )


def _coalition(ids: list[str], chances: pd.Series) -> dict[str, object]:
    """What a coalition of these places and chances is, but for its name."""
    return {
        **{"net_eur_y_p10": -5e3, "net_eur_y": 4e4, "net_eur_y_p90": 9e4},
        "stream": "restwarmte_ht",
        "streams": "restwarmte_ht",
        "heart_id": ids[0],
        "municipality": EVIL[6],
        "partners": max(len(ids), 3),
        "chances": 2,
        "kansrijk": 1,
        "with_support": 0,
        "match_ids": BETWEEN.join(chances),
        "scale_level": "regionaal",
        "balance": 0.5,
        "complementary": 0.25,
        "largest_id": ids[0],
        "largest_share": 0.75,
        "priced": 2,
        "unpriced": "betonpuin",
        "jobs": 1_250.0,
        "jobs_known": 2,
        "material_t_y": 0.0,
        "support_needed_eur_y": 0.0,
        "support_given_eur_y": 0.0,
        "split": "outside",
        "split_error_eur_y": 12.5,
        "core_group": BETWEEN.join(ids[:2]),
        "core_excess_eur_y": 2_500.0,
        "missing_stream": "restwarmte_ht",
        "missing_role": "demand",
        "missing_kinds": EVIL[9],
        "missing_quantity": 1e5,
        "missing_unit": "GJ",
        "fits_at": EVIL[0],
        "fits_km": 2.5,
        "form": "decision",
        "form_rule": "pipe",
        "next_step": EVIL[7],
        "stage": "confirmed",
        "score_support": 4.0,
        "scored_by": 2,
        "geometry": box(105_000, 485_000, 120_000, 500_000),
    }


def _with_hub(frames: Frames, site: str) -> Frames:
    """A hub at `site`, and what it takes from it."""
    hub = {
        **{"hub_id": EVIL[4], "hub": EVIL[4] + EVIL[5], "stream": "restwarmte_ht", "kind": "industry"},
        **{
            "site_id": site,
            "name": frames.sites.set_index("site_id")["name"][site],
            "spots": 3,
            "givers": 1,
            "unit": "GJ",
        },
        **{"quantity_low": 8.0, "quantity": 9.0, "quantity_high": 12.0, "left_out": 1.0, "mean_km": 2.0},
        **{"unit_km_y": 18.0, "transport_eur_unit_low": 1.0, "transport_eur_unit": 2.0},
        **{"transport_eur_unit_high": 3.0, "judged_by": "money", "gap": 0.01, "net_eur_y": 5.0},
        **{"net_eur_y_low": -2.0, "net_eur_y_high": 9.0, "break_even": 4.0, "break_even_low": 3.0},
        "geometry": frames.sites.geometry.representative_point().iloc[0],
    }
    comes = {name: hub[name] for name in ("hub_id", "site_id", "name", "stream", "unit")}
    comes |= {"way": "takes", "quantity_low": 8.0, "quantity": 9.0, "quantity_high": 12.0, "km": 2.0}
    return replace(
        frames,
        hubs=HUBS.conform(gpd.GeoDataFrame([hub], geometry="geometry", crs=RD)),
        hub_flows=HUB_FLOWS.conform(pd.DataFrame([comes])),
    )


def _measured(unit: str) -> Said:
    return Said("formula_measured", {"value": Number(100.0, 4), "unit": unit, "year": 2023})


def _sites() -> gpd.GeoDataFrame:
    rows = []
    for number in range(24):
        x, y = 105_000.0 + 2_310.5 * (number % 8), 485_000.25 + 9_000.0 * (number // 8)
        rows.append(
            {
                "site_id": f"bedrijven:{number:03d}",
                "name": EVIL[number] if number < len(EVIL) else f"Plek {number}",
                "kind": _KINDS[number % len(_KINDS)],
                "layer": "bedrijven",
                "sbi": "37000" if number % 3 else None,
                "municipality_code": "GM0363" if number % 2 else "GM1911",
                "municipality": "Amsterdam" if number % 2 else "Hollands Kroon",
                "province": "Noord-Holland",
                "municipality_distance_m": 0.0 if number % 5 else None,
                "in_region": number % 7 != 0,
                "status": "planned" if number == 3 else "active",
                "status_date": None,
                "status_note": None,
                "placement": "polygon" if number % 4 == 1 else "point",
                "location_precision_m": 25.0,
                "source": "Provincie" if number % 2 else 'Waterschap "HHNK"',
                "source_year": 2023,
                "licence": "CC0" if number % 2 else None,
                "confidential": False,
                "glass_ha": 1.1 * number if number % 6 == 1 else None,
                "geometry": box(x, y, x + 200, y + 120) if number % 4 == 1 else Point(x, y),
            }
        )
    rows[5]["geometry"] = shapely.MultiPolygon([rows[5]["geometry"], box(116_600, 485_000, 116_700, 485_100)])
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs=RD)
    frame["glass_ha"] = frame["glass_ha"].astype("float64")
    return TABLES["sites"].conform(frame)


def _flows(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    for number, site in enumerate(sites["site_id"]):
        stream, role = ("restwarmte_ht", "co2")[number % 2], ("supply", "demand")[number // 2 % 2]
        value = 1234.5678901234567 * (number + 1)
        rows.append(
            {
                "flow_id": f"{site}|{stream}|{role}",
                "site_id": site,
                "stream": stream,
                "role": role,
                "unit": "GJ" if stream == "restwarmte_ht" else "t",
                "theoretical": value * 1.2,
                "covered": 0.0,
                "committed": value * 0.2,
                "given_away": 0.0,
                "low": value * 0.8,
                "value": value,
                "high": value * 1.1,
                "basis": "estimated" if number % 2 else "measured",
                "kengetal_id": "avi_warmte_geleverd" if number % 2 else None,
                "engineering_estimate": bool(number % 3 == 0),
                "formula": EVIL[number % len(EVIL)],
                "temperature_c": 70.0 if number % 2 else None,
                "profile": "flat",
                **dict.fromkeys(MONTH_COLUMNS, value / 12.0),
                "source": "RVO",
                "source_year": 2022,
            }
        )
    return TABLES["flows"].conform(pd.DataFrame(rows))


def _pairs(sites: gpd.GeoDataFrame, flows: pd.DataFrame) -> gpd.GeoDataFrame:
    points = sites.geometry.representative_point()
    place = dict(zip(sites["site_id"], points, strict=True))
    rows: list[dict[str, object]] = []
    for stream in ("restwarmte_ht", "co2"):
        part = flows[flows["stream"] == stream]
        supply = part.loc[part["role"] == "supply", "site_id"]
        demand = part.loc[part["role"] == "demand", "site_id"]
        for source, taker in zip(supply, demand, strict=False):
            rank = len(rows) + 1
            rows.append(
                {
                    "match_id": f"{stream}|{source}|{taker}",
                    "stream": stream,
                    "supply_id": source,
                    "demand_id": taker,
                    "quantity": 100_000.1 / rank,
                    "quantity_p10": 10.5 if rank % 2 else None,
                    "unit": "GJ" if stream == "restwarmte_ht" else "t",
                    "distance_m": place[source].distance(place[taker]),
                    "route_m": 1.3 * place[source].distance(place[taker]),
                    "route_basis": "straight",
                    "net_eur_y": 12_345.678 * rank if rank % 3 else None,
                    "r_now": 9,
                    "r_after": 8,
                    "r_possible": 8,
                    "scale_level": "regionaal",
                    "leg": 0,
                    "chance_class": ("kansrijk", "verkennen", "technisch")[rank % 3],
                    "class_rule": "price_near",
                    "robustness": 0.87 if rank % 2 else None,
                    "rank": rank,
                    "reason": EVIL[rank % len(EVIL)],
                    "geometry": LineString([place[source], place[taker]]),
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=RD)


def _gaps(flows: pd.DataFrame) -> pd.DataFrame:
    gaps = flows[["flow_id", "site_id", "stream", "role", "unit", "value"]].copy()
    gaps["reachable"] = gaps["value"]
    gaps["delivered"] = gaps["value"] * 0.25
    gaps["remaining"] = gaps["value"] * 0.75
    gaps["if_pays"] = gaps["value"] * 0.5
    gaps["elsewhere"], gaps["elsewhere_eur_unit"], gaps["under_contract"] = 0.0, float("nan"), 0.0
    gaps["cause"], gaps["reason"] = "takers_full", "De afnemers binnen bereik zijn al voorzien."
    return TABLES["gaps"].conform(gaps)


def _links(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ends = sites.geometry.representative_point()
    rows = [
        {
            "link_id": f"lopend:{number}",
            "stream": "restwarmte_ht",
            "supply_id": sites["site_id"][number] if number != 2 else None,
            "demand_id": sites["site_id"][number + 3],
            "supply_name": EVIL[number],
            "demand_name": "Alton",
            "quantity": 100.0 if number else None,
            "unit": "GJ",
            "status": status,
            "source": "HVC",
            "source_year": 2019,
            "geometry": None if number == 2 else LineString([ends[number], ends[number + 3]]),
        }
        for number, status in enumerate(("running", "planned", "stopped"))
    ]
    return TABLES["links"].conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=RD))


def _municipalities() -> gpd.GeoDataFrame:
    rows = [
        {
            "municipality_code": code,
            "municipality": name,
            "province": "Noord-Holland",
            "in_region": True,
            "restwarmte_ht_supply": 1.5,
            "restwarmte_ht_short": 3_000_000.0 if code == "GM0363" else None,
            "area_ha": shape.area / 1e4,
            "geometry": shape,
        }
        for code, name, shape in (
            ("GM0363", "Amsterdam", box(100_000, 475_000, 125_000, 500_000)),
            ("GM1911", "Hollands Kroon", box(100_000, 500_000, 125_000, 525_000)),
        )
    ]
    return TABLES["municipalities"].conform(gpd.GeoDataFrame(rows, geometry="geometry", crs=RD))


def _layers() -> pd.DataFrame:
    rows = [
        ("bedrijven", "bedrijven.csv", "ab" * 32, RD, 1030, 1000, 20, 10, 0, "Provincie", 2023, "CC0"),
        ("lopend", "lopend & co.csv", "cd" * 32, RD, 3, 3, 0, 0, 0, "HVC", 2019, None),
    ]
    return TABLES["layers"].conform(pd.DataFrame(rows, columns=TABLES["layers"].names()))


def _findings() -> pd.DataFrame:
    severities = ("note", "rejected", "repaired", "warning")
    rows = [
        (
            "bedrijven",
            "bedrijven.csv",
            number + 2,
            "glass_ha" if number % 2 else None,
            EVIL[number % len(EVIL)],
            severities[number % 4],
            "value_unit",
            "180 ha glas, maar warmte 0,0: dat betekent onbekend.",
            "Is het echt nul? Zet dan free_demand_restwarmte_ht_gj_y op 0.",
        )
        for number in range(14)
    ]
    rows.append(
        (
            "project",
            "",
            0,
            None,
            None,
            "warning",
            "control_total_unmet",
            "Totaal niet gehaald.",
            "Kijk het na.",
        )
    )
    return TABLES["findings"].conform(pd.DataFrame(rows, columns=TABLES["findings"].names()))
