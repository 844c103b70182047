"""What already runs, subtracted on both sides: the same tonne is not offered twice."""

from __future__ import annotations

import pandas as pd


def find_committed(flows: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Quantity per flow that running links take, in the stream's unit per year, aligned to `flows`."""
    running = links[(links["status"] == "running") & links["quantity"].notna()]
    keys = pd.concat(
        [
            pd.DataFrame(
                {
                    "site_id": running[f"{role}_id"],
                    "stream": running["stream"],
                    "role": role,
                    "quantity": running["quantity"],
                }
            )
            for role in ("supply", "demand")
        ]
    ).dropna(subset=["site_id"])
    total = keys.groupby(["site_id", "stream", "role"])["quantity"].sum()
    index = pd.MultiIndex.from_frame(flows[["site_id", "stream", "role"]])
    return pd.Series(total.reindex(index).fillna(0.0).to_numpy(dtype=float), index=flows.index)


def find_unknown_links(links: pd.DataFrame) -> pd.DataFrame:
    """Running links whose quantity nobody published: they cannot be subtracted and must be said."""
    return links[(links["status"] == "running") & links["quantity"].isna()]
