"""What step 3 reads."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from kansenkaart.tables import DECISIONS, Surroundings


@dataclass(frozen=True)
class MatchInputs:
    """Frames ``SITES``, ``FLOWS``, ``LINKS`` and ``AREAS``, what routes are found on, and what a room decided.

    ``decisions`` is frame ``DECISIONS``.
    """

    sites: gpd.GeoDataFrame
    flows: pd.DataFrame
    links: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    surroundings: Surroundings = field(default_factory=Surroundings)
    decisions: pd.DataFrame = field(default_factory=DECISIONS.empty)
