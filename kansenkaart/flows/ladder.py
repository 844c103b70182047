"""Where each supply stands on the R-ladder, and how far it could rise: anywhere, against within reach.

Provinces count what could rise if every kind of processing stood next door (PCER). Beside it stands what the chances of
this run raise: partners within reach, with capacity that is still free.
"""

from __future__ import annotations

import pandas as pd

from kansenkaart.catalogue import Catalogue, find_best_rungs
from kansenkaart.catalogue.waste import load_ladder
from kansenkaart.tables import LADDER

# Landfill and destruction, below every rung.
_BELOW = 10
_ENERGY = 9
# A chance that does not pay is no way up.
_WAYS = ("kansrijk", "verkennen")
# A share smaller than this is a rounding.
_LEAST = 1e-9


def find_ladder(
    sites: pd.DataFrame, flows: pd.DataFrame, matches: pd.DataFrame, catalogue: Catalogue
) -> pd.DataFrame:
    """Frame ``LADDER`` of what is free in the region.

    Parameters
    ----------
    sites
        Frame ``SITES``; what reported treatments told stands in ``energy_supply_...`` and ``lost_supply_...``.
    flows, matches
        Of the run.
    """
    place = sites.set_index("site_id")
    climbing = [name for name, stream in catalogue.streams.items() if not stream.cascade]
    own = flows[(flows["role"] == "supply") & flows["stream"].isin(climbing) & (flows["value"] > 0)]
    own = own[own["site_id"].map(place["in_region"]).eq(True)]
    if own.empty:
        return LADDER.empty()
    told = own[["flow_id", "site_id", "stream", "unit", "value"]].reset_index(drop=True)
    for name in ("name", "municipality", "kind"):
        told[name] = told["site_id"].map(place[name])
    best = find_best_rungs(catalogue.pairs.values())
    told["r_possible"] = pd.MultiIndex.from_frame(told[["stream", "kind"]]).map(best)
    rows = pd.concat(
        [_split(part, place, catalogue) for _, part in told.groupby("stream", sort=False)], ignore_index=True
    )
    rows = _add_reach(rows, matches)
    rises = rows["r_possible"] < rows["rank"]
    rows["possible"] = rows["quantity"].where(rises, 0.0)
    pbl = {rung: one.pbl for rung, one in load_ladder().items()}
    for name in ("now", "possible", "reached"):
        rows[f"pbl_{name}"] = rows[f"r_{name}"].map(pbl)
    return LADDER.conform(rows.sort_values(["stream", "site_id", "rank"], kind="stable"))


def _split(flows: pd.DataFrame, place: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Rows per rung of now: of the treatments that were reported, else what is usual for the stream."""
    stream = catalogue.streams[str(flows["stream"].iloc[0])]
    names = {name: stream.column("supply", origin=name) for name in ("energy", "lost", "free")}
    at = {
        name: flows["site_id"].map(place[column]) if column in place else pd.Series(float("nan"), flows.index)
        for name, column in names.items()
    }
    reported = at["energy"].notna() & (at["free"] > 0)
    energy, lost = (
        (at[name].fillna(0.0) / at["free"].where(reported, 1.0)).clip(upper=1.0)
        for name in ("energy", "lost")
    )
    shares = {
        ("usual", stream.r_now): (~reported).astype(float),
        ("treatment", _ENERGY): energy.where(reported, 0.0),
        ("below", _BELOW): lost.where(reported, 0.0),
        ("unknown", None): (1.0 - energy - lost).clip(lower=0.0).where(reported, 0.0),
    }
    parts = []
    for (basis, rank), share in shares.items():
        held = share[share > _LEAST]
        part = flows.loc[held.index].assign(
            now_basis=basis, rank=float("nan") if rank is None else float(rank)
        )
        if len(part):
            parts.append(part.assign(quantity=part["value"] * held, share=held))
    told = pd.concat(parts, ignore_index=True)
    return told.assign(r_now=told["rank"].where(told["rank"] < _BELOW))


def _add_reach(rows: pd.DataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """What the chances raise; a supply on several rungs gives each taker its part of each."""
    ways = matches[matches["chance_class"].isin(_WAYS)]
    moved = ways.assign(
        flow_id=ways["supply_id"] + "|" + ways["stream"] + "|supply", r_reached=ways["r_after"].astype(float)
    )[["flow_id", "r_reached", "quantity"]].rename(columns={"quantity": "moved"})
    both = rows[["flow_id", "now_basis", "rank", "share"]].merge(pd.DataFrame(moved), on="flow_id")
    both = both[both["r_reached"] < both["rank"]]
    both["within_reach"] = both["moved"] * both["share"]
    summed = both.groupby(["flow_id", "now_basis"]).agg({"within_reach": "sum", "r_reached": "min"})
    joined = rows.join(summed, on=["flow_id", "now_basis"])
    return joined.assign(within_reach=joined["within_reach"].fillna(0.0).clip(upper=joined["quantity"]))
