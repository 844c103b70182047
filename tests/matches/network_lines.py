"""Existing networks for pipes: pieces of line, what they carry, and the ways over them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kansenkaart.matches.rows.match_rows import write_rows
from kansenkaart.tables import PipeNetwork, Roads, Surroundings
from tests.matches.places import HEAT, X, Y

APART = {"season": False, "ledgers": False, "coupling": "off"}


SETTINGS = {"streams": [HEAT], "method": APART}


def piece(*points) -> Roads:
    """A line through points in metres from the first place."""
    xy = np.array([(X + x, Y + y) for x, y in points], dtype=float)
    return Roads(xy, np.column_stack([np.arange(len(xy) - 1), np.arange(1, len(xy))]), np.inf)


def network(*points, name="net:a", spare=1e9, toll=0.5, warm=75.0, stream=HEAT, pieces=None) -> PipeNetwork:
    lines = (piece(*points),) if pieces is None else pieces
    return PipeNetwork(name, f"Net {name[-1]}", stream, spare, toll, warm, "proef", 2024, lines)


def with_networks(*networks, **more) -> Surroundings:
    return Surroundings(networks=networks, **more)


# Along the line of the places, 100 m north of it, from 200 m to 5 km east.
ALONG = ((200, 100), (5000, 100))


def ways(told, stream=HEAT) -> pd.DataFrame:
    """Rows of pairs with ids, by match id."""
    one = told.solution.streams[stream]
    return write_rows(one.pairs, one.problem, one.sides).set_index("match_id")


def carried(told, stream=HEAT) -> dict[str, float]:
    rows = ways(told, stream)
    return rows.loc[rows["quantity"] > 0, "quantity"].to_dict()
