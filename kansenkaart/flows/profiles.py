"""Which month profile a flow has: what the layer names, else what is known of its kengetal, kind or stream."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kansenkaart.catalogue import Catalogue, Stream

FloatArray = NDArray[np.float64]


def find_profiles(
    sites: gpd.GeoDataFrame, stream: Stream, role: str, *, catalogue: Catalogue, kengetallen: pd.Series
) -> pd.Series:
    """Key of the month profile of one stream and role at every site.

    Parameters
    ----------
    sites
        Frame ``SITES``; a column ``supply_profile`` or ``demand_profile`` goes before everything.
    stream, role
        What is asked.
    kengetallen
        Id of the kengetal that fits a site, indexed like `sites`; a site without one, of which only a measured
        quantity is known, has the profile of the first kengetal of its kind that names one.

    Returns
    -------
    Series
        Indexed like `sites`; the stream's profile where nothing better is known.
    """
    default: str = getattr(stream, f"{role}_profile")
    by_kengetal = {one.id: one.profile or default for one in catalogue.kengetallen.values()}
    found = kengetallen.astype(object).reindex(sites.index).map(by_kengetal)
    found = (
        found.astype(object)
        .fillna(sites["kind"].map(profiles_of_kinds(stream, role, catalogue)))
        .fillna(default)
    )
    column = f"{role}_profile"
    found = sites[column].astype(object).fillna(found) if column in sites else found
    return found.astype("str")


def profiles_of_kinds(stream: Stream, role: str, catalogue: Catalogue) -> dict[str, str]:
    """Profile per kind of place: that of its first kengetal of this stream and role that names one."""
    known: dict[str, str] = {}
    for one in catalogue.kengetallen.values():
        if (one.stream, one.role) == (stream.id, role) and one.profile is not None:
            known = {**dict.fromkeys(one.kinds, one.profile), **known}
    return known


def month_shares(keys: pd.Series, catalogue: Catalogue) -> FloatArray:
    """Shares of the year per month for each of `keys`: shape (n, 12), every row adding up to 1."""
    codes, names = pd.factorize(keys)
    rows = [catalogue.profiles[name].months for name in names]
    shares = np.array(rows, dtype=float).reshape(len(rows), 12)
    # A profile may be rounded: its twelve shares add up to 1 within a thousandth.
    shares /= shares.sum(axis=1, keepdims=True)
    return np.asarray(shares[codes], dtype=np.float64)
