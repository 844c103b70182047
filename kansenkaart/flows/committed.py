"""What already runs, subtracted on both sides: the same tonne is not offered twice."""

from __future__ import annotations

import numpy as np
import pandas as pd


def find_running(links: pd.DataFrame, reference_year: int) -> pd.Series:
    """Tell per link whether its dates let it run in `reference_year`; others are not subtracted."""
    begun, ended = (
        links[name].str.extract(r"(\d{4})", expand=False).astype(float)
        for name in ("from_date", "until_date")
    )
    return (links["status"] == "running") & ~(begun > reference_year) & ~(ended < reference_year)


def find_committed(flows: pd.DataFrame, links: pd.DataFrame, reference_year: int) -> pd.Series:
    """Quantity per flow that running links take, in the stream's unit per year, aligned to `flows`."""
    keys = _quantities(links[find_running(links, reference_year)])
    total = keys.groupby(["site_id", "stream", "role"])["quantity"].sum()
    index = pd.MultiIndex.from_frame(flows[["site_id", "stream", "role"]])
    return pd.Series(total.reindex(index).fillna(0.0).to_numpy(dtype=float), index=flows.index)


def find_homeless(flows: pd.DataFrame, links: pd.DataFrame, reference_year: int) -> pd.DataFrame:
    """Ends of running links whose place has no flow of that stream: there is nothing to subtract from."""
    keys = _quantities(links[find_running(links, reference_year)])
    known = set(map(tuple, flows[["site_id", "stream", "role"]].to_numpy()))
    homeless = [key not in known for key in map(tuple, keys[["site_id", "stream", "role"]].to_numpy())]
    return keys[np.array(homeless, dtype=bool)]


def _quantities(running: pd.DataFrame) -> pd.DataFrame:
    """Return both ends of every link with a quantity: ``site_id, stream, role, quantity, link_id``."""
    running = running[running["quantity"].notna()]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "site_id": running[f"{role}_id"],
                    "stream": running["stream"],
                    "role": role,
                    "quantity": running["quantity"],
                    "link_id": running["link_id"],
                }
            )
            for role in ("supply", "demand")
        ]
    ).dropna(subset=["site_id"])


def find_running_unknown(flows: pd.DataFrame, links: pd.DataFrame, reference_year: int) -> pd.Series:
    """Tell per flow whether a link runs there whose quantity nobody published."""
    unknown = links[find_running(links, reference_year) & links["quantity"].isna()]
    ends = {
        (site, stream, role)
        for role in ("supply", "demand")
        for site, stream in unknown[[f"{role}_id", "stream"]].to_numpy()
    }
    keys = flows[["site_id", "stream", "role"]].to_numpy()
    return pd.Series([tuple(key) in ends for key in keys], index=flows.index, dtype=bool)


def find_unknown_links(links: pd.DataFrame) -> pd.DataFrame:
    """Running links whose quantity nobody published: they cannot be subtracted and must be said."""
    return links[(links["status"] == "running") & links["quantity"].isna()]
