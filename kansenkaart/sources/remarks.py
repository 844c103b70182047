"""What a reader must know about a layer and its places, beyond the faults of single cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from kansenkaart.database import is_database
from kansenkaart.project import Layer, LinkLayer, Project
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.open_file import CSV, PARQUET


def remark_settings(asked: Layer | LinkLayer, findings: LayerFindings) -> None:
    """Remark on settings of the project file that do nothing for this type of file."""
    extension = "postgresql" if is_database(asked.path) else Path(asked.path).suffix.lower()
    works = {
        "table": extension not in (*CSV, *PARQUET),
        "delimiter": extension in CSV,
        "encoding": extension in (*CSV, ".shp"),
    }
    for name, effective in works.items():
        if getattr(asked, name) is not None and not effective:
            findings.remark(0, "setting_without_effect", severity="note", value=name, extension=extension)


def remark_layer(
    entry: Mapping[str, object], layer: Layer, quantities: pd.DataFrame, findings: LayerFindings
) -> None:
    """Remark on a layer as a whole: rows outside, nothing to count with, no source or year."""
    if entry["rows_outside"]:
        findings.remark(
            0, "rows_outside", severity="note", value=entry["rows_outside"], count=entry["rows_outside"]
        )
    if not quantities.notna().any(axis=None):
        findings.remark(
            0, "layer_without_driver", severity="warning", value=", ".join(quantities.columns) or layer.path
        )
    if layer.source is None and "source" not in findings.origin:
        findings.remark(0, "source_missing", severity="warning", value=entry["source"])
    if layer.year is None and "source_year" not in findings.origin:
        findings.remark(0, "year_missing", severity="warning", value=entry["source_year"])


def remark_sites(sites: gpd.GeoDataFrame, project: Project, findings: LayerFindings) -> None:
    """Remark on places of a layer; the index of `sites` holds row numbers."""
    _remark_stale(sites, project, findings)
    _remark_same_point(sites, findings)


def _remark_stale(sites: gpd.GeoDataFrame, project: Project, findings: LayerFindings) -> None:
    """A place may have closed since: name each old status date, and old figures without a date once."""
    oldest = project.reference_year - project.stale_after_years
    open_sites = sites[sites["status"] != "closed"]
    dated = open_sites[open_sites["status_date"].notna()]
    years = dated["status_date"].str.slice(0, 4).astype("int64")
    findings.remark_each(
        dated["status_date"][years < oldest], "status_stale", severity="note", column="status_date"
    )
    undated = open_sites[open_sites["status_date"].isna() & (open_sites["source_year"] < oldest)]
    if len(undated):
        year = int(undated["source_year"].min())
        findings.remark(
            0, "status_stale_layer", severity="note", column="status_date", value=year, count=len(undated)
        )


def _remark_same_point(sites: gpd.GeoDataFrame, findings: LayerFindings) -> None:
    """Two places on one point: a predecessor, a copied address, or a head office."""
    points = sites[(sites.geom_type == "Point") & (sites["placement"] != "municipality")]
    place = pd.DataFrame(shapely.get_coordinates(points.geometry.to_numpy()), index=points.index)
    shared = place[place.duplicated(keep=False)]
    row = pd.Series(shared.index, index=shared.index)
    first = row.groupby([shared[0], shared[1]]).transform("first")
    later = row.index[row != first]
    findings.remark_each(
        points["name"][later],
        "same_coordinates",
        severity="warning",
        other=points["name"][first[later]],
        first=first[later],
    )
