"""Which chances go through areas of the user's own: protected nature, drinking water, a full grid. A flag, no class."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.tables import CROSSINGS, Backdrop


def find_crossings(
    matches: gpd.GeoDataFrame, routes: gpd.GeoDataFrame, layers: Sequence[Backdrop]
) -> pd.DataFrame:
    """Return frame ``CROSSINGS``, in the order of the matches and then of the layers.

    Parameters
    ----------
    matches, routes
        Frames of one run, RD New: a match goes along its route where it has one, else along its straight line.
    layers
        Those without areas are crossed by nothing.
    """
    ways = matches.set_index("match_id").geometry.copy()
    known = routes.set_index("match_id").geometry
    ways.loc[known.index] = known
    tree = shapely.STRtree(ways.to_numpy())
    found = [
        (int(row), number, layer.name)
        for number, layer in enumerate(layers)
        if layer.areas is not None
        for row in np.unique(tree.query(layer.areas, predicate="intersects")[1])
    ]
    told = [(ways.index[row], name) for row, _, name in sorted(found)]
    rows = pd.DataFrame(told, columns=CROSSINGS.names()).drop_duplicates(ignore_index=True)
    return CROSSINGS.conform(rows)
