"""Frames of an invented region with a hostile text wherever a name or a remark may stand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from kansenkaart.tables import (
    Frames,
)
from kansenkaart.tables.reasons import Said, Together

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


def poison(frames: Frames, text: str) -> Frames:
    """Return `frames` with `text` in every column that a stranger could have filled in."""
    sites, links, matches = frames.sites.copy(), frames.links.copy(), frames.matches.copy()
    flows, gaps = frames.flows.copy(), frames.gaps.copy()
    municipalities, layers = frames.municipalities.copy(), frames.layers.copy()
    for frame, columns in (
        (sites, ("name", "municipality", "status_note", "status_date", "source", "licence", "sbi")),
        (links, ("supply_name", "demand_name", "reason", "source", "from_date", "until_date")),
        (matches, ("reason", "class_rule", "route_basis")),
        (flows, ("formula", "source", "kengetal_id")),
        (gaps, ("reason",)),
        (municipalities, ("municipality", "province")),
        (layers, ("source", "file")),
    ):
        for column in columns:
            frame[column] = pd.Series([text] * len(frame), index=frame.index, dtype="str")
    new_ids = {old: f"{old}{text}" for old in sites["site_id"]}
    sites["site_id"] = sites["site_id"].map(new_ids)
    for frame, columns in (
        (flows, ("site_id",)),
        (gaps, ("site_id", "nearest_id")),
        (matches, ("supply_id", "demand_id")),
        (links, ("supply_id", "demand_id")),
    ):
        for column in columns:
            frame[column] = frame[column].map(new_ids).astype("str")
    return replace(
        frames, sites=sites, links=links, matches=matches, flows=flows, gaps=gaps,
        municipalities=municipalities, layers=layers,
        reasons={name: tuple(_poison_said(said, text) for said in reason) for name, reason in frames.reasons.items()},
        formulas={name: _poison_said(said, text) for name, said in frames.formulas.items()},
    )  # fmt: skip


def _poison_said(said: Said | Together, text: str) -> Said | Together:
    if isinstance(said, Together):
        return Together(_poison_said(said.first, text), _poison_said(said.second, text))
    return Said(
        said.key, {name: text if isinstance(value, str) else value for name, value in said.values.items()}
    )
