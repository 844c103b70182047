"""All frames of one run together: what the map and the exports read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from kansenkaart.tables.decisions import DECISIONS
from kansenkaart.tables.reasons import Reason, Said
from kansenkaart.tables.table import Table


@dataclass(frozen=True)
class Frames:
    """The checked frames of a run; each is described in ``kansenkaart.tables``.

    ``reasons`` holds the reason of every match and of what is left of every flow, by its id, as data; ``formulas`` the
    sum of every flow.
    """

    sites: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    flows: pd.DataFrame
    matches: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    gaps: pd.DataFrame
    municipalities: gpd.GeoDataFrame
    match_months: pd.DataFrame
    routes: gpd.GeoDataFrame
    chains: pd.DataFrame
    ledgers: pd.DataFrame
    tornado: pd.DataFrame
    solves: pd.DataFrame
    layers: pd.DataFrame
    findings: pd.DataFrame
    decisions: pd.DataFrame = field(default_factory=DECISIONS.empty)
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    formulas: Mapping[str, Said] = field(default_factory=dict)

    def by_name(self) -> dict[str, pd.DataFrame]:
        """Every frame by its name."""
        return {name: frame for name, frame in vars(self).items() if isinstance(frame, pd.DataFrame)}

    def check(self, tables: dict[str, Table]) -> None:
        """Check every frame against the table of its name."""
        for name, frame in self.by_name().items():
            tables[name].check(frame)
