"""Which chances differ between two runs: the key of a chance is its stream, who supplies and who takes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.tables.changes import SORTS
from kansenkaart.tables.matches import CHANCE_CLASSES

KEY = ["stream", "supply_id", "demand_id"]
_KEPT = ("unit", "supply_name", "demand_name", "quantity", "chance_class", "net_eur_y", "geometry")
# A chance that grew or shrank by less than this share of what it was did not change.
LEAST_SHARE = 0.01
# Part of a change of quantity that an input must bring about to make it, and at most the same part beyond it.
NEAR_SHARE = 0.10


def list_chances(matches: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Return one row per chance, by ``KEY``: what is compared of it.

    Parameters
    ----------
    matches
        Frame ``MATCHES``, or those columns of it. A pair that goes both along a network and beside it is one chance.
    sites
        Frame ``SITES``, of which the names are taken.
    """
    names = sites.set_index("site_id")["name"]
    told = pd.DataFrame(
        {name: matches[name] for name in (*KEY, "unit", "quantity", "chance_class", "net_eur_y")}
    )
    told["supply_name"] = matches["supply_id"].map(names).astype("str")
    told["demand_name"] = matches["demand_id"].map(names).astype("str")
    told["geometry"] = matches["geometry"].to_numpy() if "geometry" in matches else None
    if told.duplicated(KEY).any():
        told = _add_up(told)
    return told[[*KEY, *_KEPT]]


def _add_up(told: pd.DataFrame) -> pd.DataFrame:
    """Several rows of one pair as one: quantities and money together, the best class."""
    best = told.assign(place=told["chance_class"].map({one: n for n, one in enumerate(CHANCE_CLASSES)}))
    first = best.sort_values("place", kind="stable").drop_duplicates(KEY).set_index(KEY)
    sums = told.groupby(KEY)[["quantity", "net_eur_y"]].sum(min_count=1)
    first[["quantity", "net_eur_y"]] = sums.reindex(first.index)
    return first.reset_index()


def find_changes(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the chances that differ, and how many moved by less than ``LEAST_SHARE`` only.

    Parameters
    ----------
    before, after
        As ``list_chances`` gives them.

    Returns
    -------
    DataFrame
        ``sort``, ``KEY``, ``unit``, names, ``quantity_*``, ``class_*``, ``net_*_eur_y``, ``geometry``; the sorts in
        their order, then by stream and the size of the change.
    int
        How many are left out as too small.
    """
    both = before.merge(after, on=KEY, how="outer", suffixes=("_before", "_after"), sort=False)
    was, now = (both[f"quantity_{end}"].to_numpy(dtype=float) for end in ("before", "after"))
    absent, gone = np.isnan(was), np.isnan(now)
    classed = (both["chance_class_before"] != both["chance_class_after"]).to_numpy(dtype=bool)
    moved = np.abs(now - was)
    much = moved > LEAST_SHARE * was
    sort = np.select([gone, absent, classed, much & (now < was), much], SORTS, default="")
    size = np.where(absent | gone, np.fmax(was, now), moved)
    told = pd.DataFrame(
        {
            "sort": sort,
            **{name: both[name] for name in KEY},
            **{
                name: both[f"{name}_after"].where(~gone, both[f"{name}_before"])
                for name in ("unit", "supply_name", "demand_name")
            },
            "quantity_before": was,
            "quantity_after": now,
            "class_before": both["chance_class_before"],
            "class_after": both["chance_class_after"],
            "net_before_eur_y": both["net_eur_y_before"],
            "net_after_eur_y": both["net_eur_y_after"],
            "geometry": both["geometry_after"].where(~gone, both["geometry_before"]),
        }
    )
    chosen = told[sort != ""].assign(
        order=pd.Categorical(sort[sort != ""], SORTS).codes, size=-size[sort != ""]
    )
    ordered = chosen.sort_values(["order", "stream", "size", "supply_id", "demand_id"], ignore_index=True)
    little = int(((sort == "") & (moved > 1e-9 * np.fmax(was, 1e-9))).sum())
    return ordered.drop(columns=["order", "size"]), little


def makes(changes: pd.DataFrame, run: pd.DataFrame) -> np.ndarray:
    """Return per row of `changes` whether it happened in `run` (as ``list_chances`` gives it), too.

    A chance appeared or vanished when it is there or not, changed class when it has the class of B, and grew or shrank
    when its quantity went at least 90 and at most 110 % of the way.
    """
    found = changes[[*KEY]].merge(run[[*KEY, "quantity", "chance_class"]], on=KEY, how="left")
    quantity = found["quantity"].to_numpy(dtype=float)
    there, sort = ~np.isnan(quantity), changes["sort"].to_numpy()
    same = (found["chance_class"].to_numpy() == changes["class_after"].to_numpy()) & there
    was, now = (changes[f"quantity_{end}"].to_numpy(dtype=float) for end in ("before", "after"))
    near = np.abs(quantity - now) <= NEAR_SHARE * np.abs(now - was)
    checks = {"vanished": ~there, "appeared": there, "reclassed": same, "shrunk": near, "grown": near}
    return np.select([sort == name for name in SORTS], [checks[name] for name in SORTS], default=False)
