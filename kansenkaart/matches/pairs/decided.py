"""What a room decided about the pairs of a stream: what it rejected goes, what it confirmed is marked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.matches.arrays import BoolArray, IntArray, round_metres
from kansenkaart.matches.pairs.eligibility import Side

Sides = tuple[Side, Side]


def find_ends(decisions: pd.DataFrame, sides: Sides) -> tuple[IntArray, IntArray]:
    """Positions in both sides of the places of every decision, -1 where a place has no such flow."""
    supply, demand = (pd.Index(side.column("site_id").astype(str)) for side in sides)
    return (
        supply.get_indexer(pd.Index(decisions["supply_id"].astype(str))),
        demand.get_indexer(pd.Index(decisions["demand_id"].astype(str))),
    )


def apply_decisions(
    pairs: pd.DataFrame, sides: Sides, decisions: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take the rejected pairs out and mark the confirmed ones.

    Parameters
    ----------
    pairs
        Eligible pairs with ``s, d`` (positions in the sides) and ``distance_m``.
    decisions
        Rows of ``DECISIONS`` of this stream.

    Returns
    -------
    tuple of DataFrame
        The pairs that are left, in their order, with ``confirmed`` where any is; and those that were rejected.
    """
    if decisions.empty:
        return pairs, pairs.iloc[:0]
    rejected = _are_among(pairs, sides, decisions[decisions["decision"] == "rejected"])
    confirmed = _are_among(pairs, sides, decisions[decisions["decision"] == "confirmed"])
    gone = pairs.loc[rejected, ["s", "d", "distance_m"]].reset_index(drop=True)
    if confirmed.any():
        pairs = pairs.assign(confirmed=confirmed)
    return pairs[~rejected].reset_index(drop=True), gone


def with_confirmed(
    pairs: pd.DataFrame, sides: Sides, decisions: pd.DataFrame, *, reach_m: float
) -> pd.DataFrame:
    """Add the confirmed pairs within reach to the best ones of a stream of points that has too many to hold.

    Parameters
    ----------
    pairs
        ``s, d, distance_m``.
    reach_m
        Largest straight distance, metres.
    """
    s, d = find_ends(decisions[decisions["decision"] == "confirmed"], sides)
    known = (s >= 0) & (d >= 0)
    s, d = s[known], d[known]
    apart = round_metres(np.hypot(*(sides[0].xy[s] - sides[1].xy[d]).T))
    more = pd.DataFrame({"s": s, "d": d, "distance_m": apart})
    once = pd.concat([pairs, more[apart <= reach_m]], ignore_index=True).drop_duplicates(["s", "d"])
    ordered: pd.DataFrame = once.sort_values(["s", "distance_m", "d"]).reset_index(drop=True)
    return ordered


def _are_among(pairs: pd.DataFrame, sides: Sides, decisions: pd.DataFrame) -> BoolArray:
    s, d = find_ends(decisions, sides)
    known = (s >= 0) & (d >= 0)
    width = max(len(sides[1]), 1)
    wanted = s[known] * width + d[known]
    return np.isin(pairs["s"].to_numpy(dtype=np.int64) * width + pairs["d"].to_numpy(dtype=np.int64), wanted)
