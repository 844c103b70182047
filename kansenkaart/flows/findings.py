"""Remarks made while estimating, in the shape of the quality report."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from kansenkaart.tables import FINDINGS
from kansenkaart.texts import Texts


class Findings:
    """Collects remarks; a place is named by its id and name, for it no longer has a row number."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self._rows: list[dict[str, object]] = []

    def add(self, key: str, *, layer: str = "project", value: str | None = None, **values: object) -> None:
        """Remark on the run as a whole."""
        self._append(
            key,
            layer,
            value or self.texts.find(f"findings.{key}", key, **values)[:80],
            "warning",
            None,
            values,
        )

    def add_site(
        self, site: pd.Series, key: str, *, severity: str, column: str | None = None, **values: object
    ) -> None:
        """Remark on one place; `site` is a row of ``SITES`` indexed by its id."""
        self._append(key, str(site["layer"]), f"{site.name} {site['name']}", severity, column, values)

    def add_sites(self, sites: gpd.GeoDataFrame, key: str, *, severity: str, **values: pd.Series) -> None:
        """Remark on each of `sites`, with its own of each of `values`."""
        for number, (_, site) in enumerate(sites.set_index("site_id").iterrows()):
            own = {name: series.iloc[number] for name, series in values.items()}
            self.add_site(site, key, severity=severity, **own)

    def frame(self) -> pd.DataFrame:
        """Frame ``FINDINGS`` of all remarks, in the order they were made."""
        if not self._rows:
            return FINDINGS.empty()
        return FINDINGS.conform(pd.DataFrame(self._rows))

    def _append(
        self, key: str, layer: str, value: str, severity: str, column: str | None, values: dict[str, object]
    ) -> None:
        self._rows.append(
            {
                "layer": layer,
                "file": "",
                "row": 0,
                "column": column,
                "value": value,
                "severity": severity,
                "key": key,
                "reason": self.texts(f"findings.{key}", value=value, **values),
                "advice": self.texts(f"advice.{key}", value=value, **values),
            }
        )
