"""All frames of one run together, which the map and the exports read, and what its steps remark on it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from kansenkaart.tables.area_classes import AREA_CLASSES
from kansenkaart.tables.balances import (
    BALANCE_AREAS,
    BALANCE_ITEMS,
    BALANCE_PROCESSES,
    BALANCE_TESTS,
    BALANCES,
)
from kansenkaart.tables.clusters import CLUSTERS, REGION_SECTORS
from kansenkaart.tables.coalitions import COALITION_FLOWS, COALITION_PARTNERS, COALITIONS
from kansenkaart.tables.crossings import CROSSINGS
from kansenkaart.tables.decisions import COALITION_DECISIONS, DECISIONS
from kansenkaart.tables.hubs import HUB_FLOWS, HUBS
from kansenkaart.tables.ladder import LADDER
from kansenkaart.tables.quality import FINDINGS
from kansenkaart.tables.reasons import Reason, Said
from kansenkaart.tables.site_clusters import AREA_VIEW, CHAIN_VIEW, CLUSTER_STREAMS, SITE_CLUSTERS
from kansenkaart.tables.surroundings import Backdrop
from kansenkaart.tables.table import Table
from kansenkaart.texts import Texts


@dataclass(frozen=True)
class Frames:
    """The checked frames of a run; each is described in ``kansenkaart.tables``.

    ``reasons`` holds the reason of every match and of what is left of every flow, by its id, as data; ``formulas`` the
    sum of every flow. ``background`` is what lies behind the map.
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
    coalition_decisions: pd.DataFrame = field(default_factory=COALITION_DECISIONS.empty)
    clusters: pd.DataFrame = field(default_factory=CLUSTERS.empty)
    region_sectors: pd.DataFrame = field(default_factory=REGION_SECTORS.empty)
    site_clusters: pd.DataFrame = field(default_factory=SITE_CLUSTERS.empty)
    cluster_streams: pd.DataFrame = field(default_factory=CLUSTER_STREAMS.empty)
    area_view: pd.DataFrame = field(default_factory=AREA_VIEW.empty)
    chain_view: pd.DataFrame = field(default_factory=CHAIN_VIEW.empty)
    ladder: pd.DataFrame = field(default_factory=LADDER.empty)
    balances: pd.DataFrame = field(default_factory=BALANCES.empty)
    balance_items: pd.DataFrame = field(default_factory=BALANCE_ITEMS.empty)
    balance_areas: pd.DataFrame = field(default_factory=BALANCE_AREAS.empty)
    balance_processes: pd.DataFrame = field(default_factory=BALANCE_PROCESSES.empty)
    balance_tests: pd.DataFrame = field(default_factory=BALANCE_TESTS.empty)
    coalitions: pd.DataFrame = field(default_factory=COALITIONS.empty)
    coalition_partners: pd.DataFrame = field(default_factory=COALITION_PARTNERS.empty)
    coalition_flows: pd.DataFrame = field(default_factory=COALITION_FLOWS.empty)
    hubs: pd.DataFrame = field(default_factory=HUBS.empty)
    hub_flows: pd.DataFrame = field(default_factory=HUB_FLOWS.empty)
    area_classes: pd.DataFrame = field(default_factory=AREA_CLASSES.empty)
    crossings: pd.DataFrame = field(default_factory=CROSSINGS.empty)
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    formulas: Mapping[str, Said] = field(default_factory=dict)
    background: tuple[Backdrop, ...] = ()

    def by_name(self) -> dict[str, pd.DataFrame]:
        """Every frame by its name."""
        return {name: frame for name, frame in vars(self).items() if isinstance(frame, pd.DataFrame)}

    def check(self, tables: dict[str, Table]) -> None:
        """Check every frame against the table of its name."""
        for name, frame in self.by_name().items():
            tables[name].check(frame)


@dataclass
class Remarks:
    """Collects what is remarked on a run rather than on the rows of one file.

    Attributes
    ----------
    texts
        Of the project's language; reason and advice come from ``[findings]`` and ``[advice]``.
    layer, file
        What the remarks are about, unless a remark says otherwise.
    """

    texts: Texts
    layer: str = "project"
    file: str = ""
    _rows: list[tuple[object, ...]] = field(default_factory=list)

    def add(
        self,
        key: str,
        value: str | None,
        values: Mapping[str, object] = MappingProxyType({}),
        *,
        severity: str = "warning",
        layer: str | None = None,
        row: int = 0,
        column: str | None = None,
    ) -> None:
        """Remark `key`; `values`, and `value` itself, fill its texts."""
        filled = {"value": value, **values}
        # Kept once: a register has a remark on every place, with much the same words.
        said = (sys.intern(self.texts(f"{part}.{key}", **filled)) for part in ("findings", "advice"))
        self._rows.append((layer or self.layer, self.file, row, column, value, severity, key, *said))

    def add_each(
        self, told: pd.Series, layers: pd.Series, key: str, *, severity: str, values: Mapping[str, pd.Series]
    ) -> None:
        """Remark `key` on many at once: `told` is what each is about; each of `values` has one for every one too."""
        filled = {"value": told, **values}
        texts = [
            map(sys.intern, self.texts.fill_each(f"{part}.{key}", told.index, filled).tolist())
            for part in ("findings", "advice")
        ]
        self._rows += [
            (layer, self.file, 0, None, value, severity, key, reason, advice)
            for layer, value, reason, advice in zip(layers.tolist(), told.tolist(), *texts, strict=True)
        ]

    def frame(self) -> pd.DataFrame:
        """Frame ``FINDINGS`` of all remarks, in the order they were made; what is the same twice is said once."""
        if not self._rows:
            return FINDINGS.empty()
        rows = pd.DataFrame(self._rows, columns=FINDINGS.names())
        return FINDINGS.conform(rows.drop_duplicates(list(FINDINGS.key)))
