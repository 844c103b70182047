"""What already runs, subtracted on both sides: the same tonne is not offered twice."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kansenkaart.catalogue import Catalogue
from kansenkaart.flows.season import find_profiles, month_shares

_OTHER = {"supply": "demand", "demand": "supply"}


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


def find_committed_months(
    flows: pd.DataFrame,
    links: pd.DataFrame,
    sites: gpd.GeoDataFrame,
    *,
    catalogue: Catalogue,
    year: int,
) -> NDArray[np.float64]:
    """Quantity per flow and month that running links take.

    Parameters
    ----------
    flows
        With ``profile``.
    links, sites
        Frames ``LINKS`` and ``SITES``, closed places included.
    year
        Links whose dates cover this year run.

    Returns
    -------
    array
        Shape (n, 12), aligned to `flows`. A delivery has the months of the other end: a source gives when its taker
        asks, a taker receives when its source runs. That is the profile of the other end's flow; where it has none,
        that of its kind; where the place itself is unknown, that of the stream.
    """
    ends = _quantities(links[find_running(links, year)]).reset_index(drop=True)
    keys = ["site_id", "stream", "role"]
    place = pd.Series(range(len(flows)), index=pd.MultiIndex.from_frame(flows[keys]), dtype="int64")
    at = place.reindex(pd.MultiIndex.from_frame(ends[keys])).to_numpy(dtype=float)
    ends, at = ends[~np.isnan(at)], at[~np.isnan(at)].astype(int)
    months = np.zeros((len(flows), 12))
    shares = month_shares(_profiles_across(ends, flows, sites, catalogue), catalogue)
    np.add.at(months, at, ends["quantity"].to_numpy(dtype=float)[:, None] * shares)
    return months


def _profiles_across(
    ends: pd.DataFrame, flows: pd.DataFrame, sites: gpd.GeoDataFrame, catalogue: Catalogue
) -> pd.Series:
    """Profile of the other end of each delivery."""
    across = ends[["other_id", "stream"]].assign(role=ends["role"].map(_OTHER))
    flow_keys = map(tuple, flows[["site_id", "stream", "role"]].to_numpy())
    known = dict(zip(flow_keys, flows["profile"], strict=True))
    keys = [tuple(key) for key in across.to_numpy()]
    unknown = across.loc[[key not in known for key in keys], ["stream", "role"]].drop_duplicates()
    place = sites[sites["site_id"].isin(across["other_id"])].set_index("site_id")
    none = pd.Series([], dtype=object)
    for stream_id, role in unknown.itertuples(index=False):
        stream = catalogue.streams[stream_id]
        of_place = find_profiles(place, stream, role, catalogue=catalogue, kengetallen=none)
        known = {**{(site, stream_id, role): profile for site, profile in of_place.items()}, **known}
    defaults = [getattr(catalogue.streams[stream], f"{role}_profile") for _, stream, role in keys]
    found = [known.get(key, default) for key, default in zip(keys, defaults, strict=True)]
    return pd.Series(found, index=ends.index, dtype="str")


def find_homeless(flows: pd.DataFrame, links: pd.DataFrame, reference_year: int) -> pd.DataFrame:
    """Ends of running links whose place has no flow of that stream: there is nothing to subtract from."""
    keys = _quantities(links[find_running(links, reference_year)])
    known = set(map(tuple, flows[["site_id", "stream", "role"]].to_numpy()))
    homeless = [key not in known for key in map(tuple, keys[["site_id", "stream", "role"]].to_numpy())]
    return keys[np.array(homeless, dtype=bool)]


def _quantities(running: pd.DataFrame) -> pd.DataFrame:
    """Return both ends of every link with a quantity: ``site_id, other_id, stream, role, quantity, link_id``."""
    running = running[running["quantity"].notna()]
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "site_id": running[f"{role}_id"],
                    "other_id": running[f"{_OTHER[role]}_id"],
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
