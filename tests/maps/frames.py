"""Frames of an invented region in Noord-Holland, any size, checked like those of a real run."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue import load_catalogue
from kansenkaart.project import LoadedProject, Project
from kansenkaart.tables import (
    ALL_TABLES,
    CANDIDATES,
    CHAINS,
    FINDINGS,
    FLOWS,
    GAPS,
    LAYERS,
    LEDGERS,
    LINKS,
    MATCH_MONTHS,
    MATCHES,
    MONTH_COLUMNS,
    MUNICIPALITIES,
    ROUTES,
    SITES,
    SOLVES,
    TORNADO,
    Frames,
)
from kansenkaart.tables.reasons import Named, Number, Said, tell, tell_reason
from kansenkaart.texts import Texts, load_texts
from tests.maps.reasoned import explain

# Stream, kind that supplies, kind that takes, usual quantity, hard distance (km).
_TRADES = (
    ("restwarmte_ht", "waste_to_energy", "greenhouse", 40_000.0, 25.0),
    ("restwarmte_lt", "datacentre", "greenhouse", 9_000.0, 8.0),
    ("co2", "digester", "greenhouse", 2_500.0, 40.0),
    ("struviet_fosfaat", "rwzi", "fertiliser_maker", 60.0, 90.0),
    ("zuiveringsslib", "rwzi", "sludge_dryer", 3_000.0, 90.0),
    ("biogas_groengas", "digester", "gas_grid_point", 400_000.0, 20.0),
    ("effluentwater", "rwzi", "greenhouse", 150_000.0, 15.0),
    ("bermgras_maaisel", "verge_manager", "digester", 900.0, 40.0),
    ("houtchips_snoei", "municipality", "biomass_plant", 1_800.0, 60.0),
    ("gft", "municipality", "composter", 4_200.0, 60.0),
)
_NUMBERS = (
    "distance_m",
    "quantity",
    "net_eur_y",
    "net_p10_eur_y",
    "net_p90_eur_y",
    "benefit_eur_y",
    "break_even_eur_unit",
    "break_even_dear_eur_unit",
    "pipe_mw",
)

_NAMES = ("Zonnedauw", "De Linde", "Meerzicht", "Noordkaap", "’t Veld", "Waterland", "Polderhof", "Zeester")


def make_loaded(**settings: object) -> LoadedProject:
    """Return a project of the invented region with the package's catalogue."""
    base: dict[str, object] = {
        "title": "Kansenkaart proefregio",
        "question": "Wie kan wie helpen met wat er overblijft?",
        "reference_year": 2025,
        "region": {"province": "Noord-Holland"},
        "layers": [{"name": "plek", "path": "plek.csv"}],
        "links": [{"name": "lopend", "path": "lopend.csv"}],
    }
    project = Project.model_validate({**base, **settings})
    return LoadedProject(project, Path("kansenkaart.toml"), load_catalogue())


def make_frames(*, matches: int = 300, sites: int = 200, seed: int = 7, language: str = "nl") -> Frames:
    """Return checked frames with about `matches` chances between `sites` places; same arguments, same frames."""
    rng = np.random.default_rng(seed)
    areas = _read_areas()
    places = _make_sites(areas, sites, rng)
    pairs = _make_matches(places, matches, rng)
    flows, formulas = _make_flows(pairs, rng)
    texts = load_texts("en" if language == "en" else "nl")
    reasons = explain(pairs, places, flows)
    pairs = MATCHES.conform(pairs.assign(reason=[tell_reason(said, texts) for said in reasons.values()]))
    gaps = _make_gaps(flows, pairs, texts)
    reasons |= {flow: (Said(cause),) for flow, cause in zip(gaps["flow_id"], gaps["cause"], strict=True)}
    frames = Frames(
        sites=places,
        links=_make_links(places),
        flows=flows,
        matches=pairs,
        candidates=CANDIDATES.empty(),
        gaps=gaps,
        municipalities=MUNICIPALITIES.conform(areas),
        match_months=MATCH_MONTHS.empty(),
        routes=ROUTES.empty(),
        chains=CHAINS.empty(),
        ledgers=LEDGERS.empty(),
        tornado=TORNADO.empty(),
        solves=SOLVES.empty(),
        layers=LAYERS.conform(
            pd.DataFrame(
                [
                    {
                        "layer": "plek", "file": "plek.csv", "sha256": "0" * 64, "crs": "EPSG:28992",
                        "rows_read": sites, "rows_used": sites, "rows_rejected": 0, "rows_outside": 0,
                        "rows_left_out": 0,
                        "source": "Proefregister", "source_year": 2024,
                    }
                ]
            )
        ),
        findings=FINDINGS.empty(),
        reasons=reasons,
        formulas=formulas,
    )  # fmt: skip
    frames.check({table.name: table for table in ALL_TABLES})
    return frames


def _read_areas() -> gpd.GeoDataFrame:
    path = files("kansenkaart") / "catalogue" / "boundaries" / "gemeenten_2023.geojson"
    rows = []
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        province = feature["properties"]["province"]
        if province == "Noord-Holland" or (
            province in ("Flevoland", "Utrecht") and shape.centroid.x < 160_000
        ):
            rows.append(
                {
                    **feature["properties"],
                    "in_region": province == "Noord-Holland",
                    "area_ha": shape.area / 1e4,
                    "geometry": shape,
                }
            )
    return MUNICIPALITIES.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:28992"))


def _make_sites(areas: gpd.GeoDataFrame, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    kinds = sorted({kind for trade in _TRADES for kind in trade[1:3]})
    area = rng.integers(len(areas), size=count)
    shapes = areas.geometry.to_numpy()[area]
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes))
    points = middle + rng.normal(0, 900, (count, 2))
    kind = np.array(kinds)[np.arange(count) % len(kinds)]
    number = np.arange(count)
    closed = rng.random(count) < 0.03
    return SITES.conform(
        gpd.GeoDataFrame(
            {
                "site_id": [f"plek:{n}" for n in number],
                "name": [f"{_NAMES[n % len(_NAMES)]} {n}" for n in number],
                "kind": kind,
                "layer": "plek",
                "sbi": None,
                "municipality_code": areas["municipality_code"].to_numpy()[area],
                "municipality": areas["municipality"].to_numpy()[area],
                "province": areas["province"].to_numpy()[area],
                "municipality_distance_m": 0.0,
                "in_region": areas["in_region"].to_numpy()[area],
                "status": np.where(closed, "planned", "active"),
                "status_date": np.where(number % 3 == 0, "2019", "2024"),
                "status_note": None,
                "placement": "point",
                "location_precision_m": np.where(number % 5 == 0, 1000.0, 10.0),
                "source": "Proefregister",
                "source_year": 2024,
                "licence": "CC0",
                "confidential": number % 17 == 0,
                "inhabitants": np.where(kind == "municipality", 20_000.0 + number * 100.0, np.nan),
                "geometry": shapely.points(points),
            },
            crs="EPSG:28992",
        )
    )


def _make_matches(sites: gpd.GeoDataFrame, count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    xy = shapely.get_coordinates(sites.geometry.to_numpy())
    kind = sites["kind"].to_numpy()
    parts = []
    for n, (stream, giver, taker, usual, hard_km) in enumerate(_TRADES):
        supply, demand = np.flatnonzero(kind == giver), np.flatnonzero(kind == taker)
        s = rng.choice(supply, size=8 * count // len(_TRADES) + 8)
        d = rng.choice(demand, size=len(s))
        pair = pd.DataFrame({"s": s, "d": d}).drop_duplicates()
        pair["stream"], pair["usual"] = stream, usual
        pair["distance_m"] = np.round(np.hypot(*(xy[pair["s"]] - xy[pair["d"]]).T), 4)
        near = pair[pair["distance_m"] < hard_km * 1000]
        parts.append(near.head(count // len(_TRADES) + (n < count % len(_TRADES))))
    pairs = pd.concat(parts, ignore_index=True).sample(frac=1.0, random_state=3).reset_index(drop=True)
    return _price(pairs, sites, xy, rng)


def _price(
    pairs: pd.DataFrame, sites: gpd.GeoDataFrame, xy: np.ndarray, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    catalogue, size = load_catalogue(), len(pairs)
    ids = sites["site_id"].to_numpy()
    supply, demand = ids[pairs["s"]], ids[pairs["d"]]
    quantity = pairs["usual"].to_numpy() * rng.lognormal(0, 0.9, size)
    benefit = quantity * rng.uniform(3, 9, size)
    cost = quantity * rng.uniform(0.5, 2, size) + pairs["distance_m"].to_numpy() * rng.uniform(2, 9, size)
    spread = rng.uniform(0.2, 0.7, size) * benefit
    net = benefit - cost
    unpriced = (pairs["stream"] == "gft").to_numpy()
    heat = pairs["stream"].str.startswith("restwarmte").to_numpy()
    part = 0.8 * spread
    chance = np.select(
        [unpriced & (pairs["distance_m"] < 15_000), unpriced, net - part > 0, net + part <= 0],
        ["verkennen", "technisch", "kansrijk", "technisch"],
        default="verkennen",
    )
    rule = np.select(
        [unpriced & (chance == "verkennen"), unpriced, chance == "kansrijk", chance == "technisch"],
        ["no_price_near", "no_price_far", "price_good", "price_never"],
        default="price_near",
    )
    money = {
        "cost_eur_y": cost, "benefit_eur_y": benefit, "net_low_eur_y": net - spread, "net_eur_y": net,
        "net_high_eur_y": net + spread, "net_p10_eur_y": net - part, "net_p90_eur_y": net + part,
        "net_p10_eur_unit": (net - part) / quantity, "net_p90_eur_unit": (net + part) / quantity,
        "pays_share": np.clip(0.5 + net / np.maximum(spread, 1e-9), 0, 1), "break_even_eur_unit": cost / quantity,
    }  # fmt: skip
    frame = pd.DataFrame(
        {
            "match_id": pairs["stream"].to_numpy() + "|" + supply + "|" + demand,
            "stream": pairs["stream"],
            "supply_id": supply,
            "demand_id": demand,
            "quantity": quantity,
            "quantity_p10": quantity * 0.8,
            "quantity_p50": quantity,
            "quantity_p90": quantity * 1.15,
            "unit": [catalogue.streams[stream].unit for stream in pairs["stream"]],
            "distance_m": pairs["distance_m"],
            "route_m": pairs["distance_m"] * 1.25,
            "route_basis": "straight",
            **{name: np.where(unpriced, np.nan, values) for name, values in money.items()},
            "break_even_dear_eur_unit": np.where(heat, 1.4 * cost / quantity, np.nan),
            "pipe_mw": np.where(heat, quantity / 20_000.0, np.nan),
            "co2_avoided_t_y": np.where(pairs["stream"] == "gft", np.nan, quantity * 0.05),
            "r_now": 9,
            "r_after": 8,
            "r_possible": 8,
            "scale_level": "regionaal",
            "chance_class": chance,
            "class_rule": rule,
            "leg": 0,
            "robustness": np.round(rng.uniform(0.2, 1.0, size), 3),
            "geometry": shapely.linestrings(np.stack([xy[pairs["s"]], xy[pairs["d"]]], axis=1)),
        }
    )
    order = frame["chance_class"].map({"kansrijk": 0, "verkennen": 1, "technisch": 2})
    frame = frame.assign(order=order).sort_values(["order", "match_id"], kind="stable").reset_index(drop=True)
    frame["rank"] = np.arange(1, size + 1)
    frame["reason"] = "?"
    return MATCHES.conform(gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:28992"))


def _make_flows(matches: gpd.GeoDataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, Said]]:
    sides = [
        matches.groupby(["stream", side], sort=True)["quantity"]
        .sum()
        .reset_index()
        .rename(columns={side: "site_id"})
        for side in ("supply_id", "demand_id")
    ]
    flows = pd.concat(
        [part.assign(role=role) for part, role in zip(sides, ("supply", "demand"), strict=True)],
        ignore_index=True,
    )
    size = len(flows)
    value = flows["quantity"].to_numpy() * np.where(rng.random(size) < 0.4, 1.0, rng.uniform(1.05, 3.0, size))
    covered = np.where(rng.random(size) < 0.3, value * 0.25, 0.0)
    catalogue, texts = load_catalogue(), load_texts()
    units = [catalogue.streams[stream].unit for stream in flows["stream"]]
    known = next(iter(catalogue.kengetallen))
    estimated = rng.random(size) < 0.6
    rule = {
        name: Number(number) for name, number in (("kengetal", 8190.0), ("low", 3840.0), ("high", 10920.0))
    }
    formulas = [
        Said("formula_estimated", {"driver": Number((v + c) / 8190.0, 4), "label": Named("drivers.glass_ha", "ha"),
                                   "value": Number(v + c), "unit": u, **rule})
        if e else Said("formula_measured", {"value": Number(v + c, 4), "unit": u, "year": 2023})
        for v, c, u, e in zip(value, covered, units, estimated, strict=True)
    ]  # fmt: skip
    ids = flows["site_id"] + "|" + flows["stream"] + "|" + flows["role"]
    frame = FLOWS.conform(
        pd.DataFrame(
            {
                "flow_id": ids,
                "site_id": flows["site_id"],
                "stream": flows["stream"],
                "role": flows["role"],
                "unit": units,
                "theoretical": value + covered,
                "covered": covered,
                "committed": 0.0,
                "given_away": 0.0,
                "low": value * 0.7,
                "value": value,
                "high": value * 1.3,
                "basis": np.where(estimated, "estimated", "measured"),
                "kengetal_id": np.where(estimated, known, None),
                "engineering_estimate": estimated & (np.arange(size) % 2 == 0),
                "formula": [tell(formula, texts) for formula in formulas],
                "temperature_c": np.nan,
                "profile": "flat",
                **dict.fromkeys(MONTH_COLUMNS, value / 12.0),
                "source": "Jaarverslag",
                "source_year": 2023,
            }
        )
    )
    return frame, dict(zip(ids, formulas, strict=True))


def _make_gaps(flows: pd.DataFrame, matches: gpd.GeoDataFrame, texts: Texts) -> pd.DataFrame:
    moved = pd.concat(
        [
            matches.assign(
                now=matches["quantity"].where(matches["chance_class"] != "technisch", 0.0)
            ).groupby(["stream", f"{role}_id"])[["quantity", "now"]].sum()
            .rename_axis(["stream", "site_id"]).reset_index().assign(role=role)
            for role in ("supply", "demand")
        ]
    )  # fmt: skip
    gaps = flows[["flow_id", "site_id", "stream", "role", "unit", "value"]].merge(
        moved, on=["stream", "site_id", "role"]
    )
    gaps["delivered"] = np.minimum(gaps["now"], gaps["value"])
    gaps["if_pays"] = np.minimum(gaps["quantity"] - gaps["now"], gaps["value"] - gaps["delivered"])
    remaining = gaps["value"] - gaps["delivered"]
    gaps["remaining"] = np.where(remaining > 1e-9 * gaps["value"], remaining, 0.0)
    gaps["elsewhere"], gaps["elsewhere_eur_unit"], gaps["under_contract"] = 0.0, np.nan, 0.0
    gaps["reachable"] = gaps["value"]
    gaps["cause"] = np.where(gaps["remaining"] > 0, "takers_full", "fully_used")
    gaps["reason"] = [tell(Said(cause), texts) for cause in gaps["cause"]]
    gaps["nearest_id"] = np.where(gaps["remaining"] > 0, flows["site_id"].iloc[0], None)
    gaps["nearest_distance_m"] = np.where(gaps["remaining"] > 0, 4_200.0, np.nan)
    return GAPS.conform(gaps)


def _make_links(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    xy = shapely.get_coordinates(sites.geometry.to_numpy())
    names = sites["name"].to_list()
    rows = [
        {
            "link_id": f"lopend:{n}",
            "stream": ("restwarmte_ht", "struviet_fosfaat", "co2", "restwarmte_ht")[n],
            "supply_id": f"plek:{2 * n}",
            "demand_id": f"plek:{2 * n + 1}",
            "supply_name": names[2 * n],
            "demand_name": names[2 * n + 1],
            "quantity": (158_250.0, 300.0, np.nan, np.nan)[n],
            "unit": ("GJ", "t", "t", "GJ")[n],
            "status": ("running", "running", "planned", "stopped")[n],
            "from_date": ("2019-01-10", "2015", None, "2016")[n],
            "until_date": (None, None, None, "2020-02")[n],
            "reason": ("Leiding van 8,5 km.", None, None, "Stikstof in de duinen.")[n],
            "source": "hvcgroep.nl",
            "source_year": 2019,
            "geometry": shapely.linestrings(xy[[2 * n, 2 * n + 1]]),
        }
        for n in range(4)
    ]
    return LINKS.conform(gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:28992"))
