"""Collection rounds: several small suppliers that lie near each other fill one truck to one taker."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.arrays import FloatArray, IntArray, round_metres
from kansenkaart.matches.pairs.eligibility import Side


def find_rounds(supply: Side, pairs: pd.DataFrame, stream: Stream, catalogue: Catalogue) -> pd.DataFrame:
    """Put every supply in a round.

    The largest supply that is in no round yet is the heart of the next one, and those in no round within
    ``round_reach_m`` of it join. A stream without a smallest lot, or that no truck moves, has no rounds: every supply
    is its own heart.

    Returns
    -------
    DataFrame
        Aligned to `pairs`: ``round`` (position of the supply at the heart) and ``round_m`` (straight x detour from
        there; a truck that calls drives it there and back, as it does the way to the taker).
    """
    s = pairs["s"].to_numpy(dtype=np.int64)
    heart = np.arange(len(supply))
    if stream.lot > 0 and stream.truck_price is not None:
        givers = np.unique(s)
        order = givers[np.argsort(-supply.column("value").astype(float)[givers], kind="stable")]
        heart[order] = order[_lead(supply.xy[order], catalogue.prices["round_reach_m"].value)]
    apart = np.hypot(*(supply.xy - supply.xy[heart]).T) * catalogue.prices["detour_factor"].value
    return pd.DataFrame({"round": heart[s], "round_m": round_metres(apart)[s]}, index=pairs.index)


def _lead(xy: FloatArray, reach_m: float) -> IntArray:
    """Per point, the first of all points that took it along: one that is not taken itself takes what lies near."""
    lead = np.full(len(xy), -1, dtype=np.int64)
    near = cKDTree(xy) if len(xy) else None
    for point in range(len(xy)):
        if lead[point] < 0 and near is not None:
            found = np.asarray(near.query_ball_point(xy[point], reach_m), dtype=np.int64)
            lead[found[lead[found] < 0]] = point
    return lead


def number_rounds(pairs: pd.DataFrame, takers: int) -> IntArray | None:
    """Number every round to a taker, below the number of pairs; None where each is one pair."""
    where = pairs["round"].to_numpy(dtype=np.int64) * takers + pairs["d"].to_numpy(dtype=np.int64)
    known, number = np.unique(where, return_inverse=True)
    return None if len(known) == len(where) else np.asarray(number, dtype=np.int64)
