"""What a run can add to frames of an invented region: distances that pay, months, chains, shared pipes, routes."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue import load_catalogue
from kansenkaart.tables import (
    ALL_TABLES,
    CHAINS,
    FLOWS,
    MATCH_MONTHS,
    MATCHES,
    MONTH_COLUMNS,
    ROUTES,
    SOLVES,
    TORNADO,
    Frames,
)


def enrich(frames: Frames, *, seed: int = 11) -> Frames:
    """Return `frames` with everything a run can add: distances that pay, months, chains, shared pipes, routes."""
    rng = np.random.default_rng(seed)
    catalogue, matches, flows = load_catalogue(), frames.matches.copy(), frames.flows.copy()
    earned = np.clip(matches["benefit_eur_y"] / matches["cost_eur_y"], 0.0, 40.0)
    never = matches["class_rule"] == "price_never"
    matches["break_even_km"] = np.where(never, 0.0, earned * matches["distance_m"] / 1000.0)
    # A truck costs as much on every kilometre: all its pairs pay equally far.
    pipe = matches["stream"].str.startswith("restwarmte")
    far = matches[~pipe & ~never].groupby("stream")["break_even_km"].median()
    matches["break_even_km"] = matches["break_even_km"].where(pipe | never, matches["stream"].map(far))
    matches.loc[matches["net_eur_y"].isna(), "break_even_km"] = np.nan
    seasonal = {name for name, stream in catalogue.streams.items() if stream.seasonal}
    for name in seasonal:
        stream = catalogue.streams[name]
        for role, profile in (("supply", stream.supply_profile), ("demand", stream.demand_profile)):
            rows = (flows["stream"] == name) & (flows["role"] == role)
            months = np.array(catalogue.profiles[profile].months)
            flows.loc[rows, list(MONTH_COLUMNS)] = flows.loc[rows, "value"].to_numpy()[:, None] * months
    months, overlap = _make_months(matches[matches["stream"].isin(seasonal)], flows)
    matches["overlap"] = matches["match_id"].map(overlap)
    heat = matches["stream"] == "restwarmte_ht"
    first = matches[heat].groupby("supply_id")["demand_id"].transform("first")
    matches.loc[heat, "trunk_id"] = matches.loc[heat, "supply_id"] + "|" + first
    gets = [set(matches.loc[matches["stream"] == name, "demand_id"]) for name in ("restwarmte_ht", "co2")]
    both = matches["demand_id"].isin(gets[0] & gets[1]) & matches["stream"].isin(["restwarmte_ht", "co2"])
    matches["coupled_id"] = matches["demand_id"].where(both).astype("str")
    tornado = _make_tornado(flows)
    names = [*tornado["input_id"], f"{tornado['input_id'].iloc[0]}; {tornado['input_id'].iloc[-1]}", None]
    # Most chances of a stream hang on the same number.
    usual = matches["stream"].map({stream: n for n, stream in enumerate(sorted(set(matches["stream"])))})
    other = rng.integers(len(names), size=len(matches))
    number = np.where(rng.random(len(matches)) < 0.8, usual % len(names), other)
    matches["decided_by"] = pd.Series(np.array(names, dtype=object)[number], index=matches.index, dtype="str")
    matches, chains = _make_chains(matches)
    routes = _make_routes(matches, rng)
    routed = matches["match_id"].map(routes.set_index("match_id")["length_m"])
    matches["route_basis"] = np.where(routed.notna(), "road", "straight")
    matches["route_m"] = routed.fillna(matches["route_m"])
    result = replace(
        frames, flows=FLOWS.conform(flows), matches=MATCHES.conform(matches), match_months=months,
        chains=chains, routes=routes, tornado=tornado, solves=_make_solves(matches),
    )  # fmt: skip
    result.check({table.name: table for table in ALL_TABLES})
    return result


def _make_months(matches: gpd.GeoDataFrame, flows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    """Deliver in every month what both sides have of their year, as far as the match goes."""
    free = flows.set_index("flow_id")[list(MONTH_COLUMNS)]
    sides = [
        free.loc[matches[f"{role}_id"] + "|" + matches["stream"] + f"|{role}"].to_numpy()
        for role in ("supply", "demand")
    ]
    both = np.minimum(*sides)
    total = both.sum(axis=1)
    smaller = np.minimum(*(side.sum(axis=1) for side in sides))
    delivered = both / total[:, None] * matches["quantity"].to_numpy()[:, None]
    frame = pd.DataFrame(
        {
            "match_id": np.repeat(matches["match_id"].to_numpy(), 12),
            "stream": np.repeat(matches["stream"].to_numpy(), 12),
            "month": np.tile(np.arange(1, 13), len(matches)),
            "quantity": delivered.ravel(),
            "from_store": 0.0,
            "unit": np.repeat(matches["unit"].to_numpy(), 12),
        }
    )
    return MATCH_MONTHS.conform(frame), dict(zip(matches["match_id"], total / smaller, strict=True))


def _make_tornado(flows: pd.DataFrame) -> pd.DataFrame:
    """Return a price, a rule of thumb, a yield and a flow."""
    flow = flows["flow_id"].iloc[0]
    rows = [
        ("avoided_heat_glass", "price", 5.0, 9.0, "EUR/GJ"),
        ("kas_warmte_onbekend", "kengetal", 3840.0, 10920.0, "GJ"),
        ("digester|bermgras_maaisel|biogas_groengas", "yield", 54.0, 75.0, "m3/t"),
        (flow, "flow", 100.0, 200.0, flows["unit"].iloc[0]),
    ]
    return TORNADO.conform(
        pd.DataFrame(
            [
                {
                    "stream": "restwarmte_ht", "input_id": name, "input_kind": kind, "low": low,
                    "value": (low + high) / 2, "high": high, "input_unit": unit, "quantity_low": 1.0,
                    "quantity_high": 2.0, "net_low_eur_y": 1.0, "net_high_eur_y": 2.0, "matches_changed": 1, "rank": n,
                }
                for n, (name, kind, low, high, unit) in enumerate(rows, start=1)
            ]
        )
    )  # fmt: skip


def _make_chains(matches: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Make a chain of every digester that takes verge grass and sends off gas."""
    takes, makes = "bermgras_maaisel", "biogas_groengas"
    arrives, leaves = (_rows_of(matches, takes, "demand_id"), _rows_of(matches, makes, "supply_id"))
    quantity, net = matches["quantity"].to_numpy(), matches["net_eur_y"].to_numpy()
    chain, leg = np.full(len(matches), None, dtype=object), matches["leg"].to_numpy(copy=True)
    rows = []
    for place in sorted(arrives.keys() & leaves.keys()):
        name, into, out = f"{place}|{takes}", arrives[place], leaves[place]
        both = np.sort(np.concatenate([into, out]))
        chain[both], leg[into], leg[out] = name, 1, 2
        received = float(quantity[into].sum())
        rows.append(
            {
                "chain_id": name, "processor_id": place, "takes": takes, "makes": makes, "received": received,
                "taken_unit": "t", "yield": 64.0, "made": 64.0 * received, "delivered": 64.0 * received, "kept": 0.0,
                "made_unit": "m3", "net_eur_y": float(np.nansum(net[both])),
                "co2_avoided_t_y": np.nan, "chance_class": "verkennen",
                "path": f"bermen → {place} (bermgras) → groen gas → gasnet", "source": "BVOR", "source_year": 2022,
            }
        )  # fmt: skip
    matches["chain_id"], matches["leg"] = pd.Series(chain, index=matches.index, dtype="str"), leg
    return matches, CHAINS.conform(pd.DataFrame(rows)) if rows else CHAINS.empty()


def _rows_of(matches: gpd.GeoDataFrame, stream: str, side: str) -> dict[str, np.ndarray]:
    """Return the rows of a stream per place on that side."""
    own = np.flatnonzero(matches["stream"] == stream)
    found = pd.Series(own).groupby(matches[side].to_numpy()[own]).indices
    return {str(place): own[at] for place, at in found.items()}


def _make_routes(matches: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Every match but those that go straight: a road with forty bends beside the straight line."""
    known = matches[matches["distance_m"] > 500.0]
    ends = shapely.get_coordinates(known.geometry.to_numpy()).reshape(-1, 2, 2)
    part = np.linspace(0.0, 1.0, 42)[None, :, None]
    lines = ends[:, :1] * (1 - part) + ends[:, 1:] * part
    bends = rng.normal(0.0, 0.02, (len(known), 42, 2)) * known["distance_m"].to_numpy()[:, None, None]
    bends[:, [0, -1]] = 0.0
    geometry = shapely.linestrings(lines + bends)
    return ROUTES.conform(
        gpd.GeoDataFrame(
            {
                "match_id": known["match_id"].to_numpy(),
                "stream": known["stream"].to_numpy(),
                "basis": "road",
                "length_m": shapely.length(geometry),
                "cost_length_m": shapely.length(geometry),
                "snap_m": 0.0,
                "cost_eur": known["cost_eur_y"].to_numpy(),
            },
            geometry=geometry,
            crs="EPSG:28992",
        )
    )


def _make_solves(matches: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    for stream, own in matches.groupby("stream"):
        total = float(own["quantity"].sum())
        rows.append(
            {
                "stream": stream, "unit": own["unit"].iloc[0], "objective": "net_eur", "pairs": len(own), "rounds": 1,
                "value": total, "value_unit": own["unit"].iloc[0], "certified": True, "method": "network simplex",
                "gap": 0.0, "limit_hit": False, "quantity": total,
                "annual_quantity": total * 1.4 if own["overlap"].notna().any() else np.nan,
                "break_even_km": float(own["break_even_km"].median()), "nearest_share": np.nan, "greedy_share": np.nan,
            }
        )  # fmt: skip
    return SOLVES.conform(pd.DataFrame(rows))
