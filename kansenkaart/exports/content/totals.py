"""Totals of municipalities as a long table to join on, and those of the region: a stream a row."""

from __future__ import annotations

import pandas as pd

from kansenkaart.catalogue import Catalogue

# What a total is called in the columns of ``municipalities``, in the order in which it is read.
MEASURES = (
    *("supply", "given", "given_if_pays", "left"),
    *("demand", "received", "received_if_pays", "short", "contract"),
    *("production", "unused"),
)
_AREA = ["municipality_code", "municipality", "in_region"]


def list_totals(municipalities: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Return a row per municipality, stream and measure that is known.

    Parameters
    ----------
    municipalities
        As published: ``<stream>_<measure>``, missing where nothing was read.

    Returns
    -------
    DataFrame
        ``municipality_code, municipality, in_region, stream, measure, value, unit``.
    """
    columns = [*_AREA, "stream", "measure", "value", "unit"]
    told = [
        (stream.id, measure, stream.unit)
        for stream in catalogue.streams.values()
        for measure in MEASURES
        if f"{stream.id}_{measure}" in municipalities
    ]
    if not told:
        return pd.DataFrame(columns=columns)
    wide = pd.DataFrame(municipalities)  # without looking for a geometry at every column
    long = pd.concat([wide[_AREA]] * len(told), ignore_index=True)
    each = pd.DataFrame(told, columns=["stream", "measure", "unit"])
    long = long.join(each.loc[each.index.repeat(len(wide))].reset_index(drop=True))
    long["value"] = pd.concat([wide[f"{stream}_{measure}"] for stream, measure, _ in told], ignore_index=True)
    return (
        long.dropna(subset="value")[columns].sort_values("municipality", kind="stable").reset_index(drop=True)
    )


def sum_region(totals: pd.DataFrame) -> pd.DataFrame:
    """Return what all municipalities of the region have together, of `totals`: a row per stream, a column a measure."""
    own = totals[totals["in_region"].astype(bool)]
    wide = own.pivot_table(
        index=["stream", "unit"], columns="measure", values="value", aggfunc="sum", sort=False
    )
    return wide.reindex(columns=[one for one in MEASURES if one in wide]).reset_index()
