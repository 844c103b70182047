"""What a reader must know about a layer and its places, beyond the faults of single cells, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.arrays import BoolArray
from kansenkaart.catalogue.models import Catalogue
from kansenkaart.outward import is_database
from kansenkaart.project import Layer, LinkLayer, Project
from kansenkaart.sources.columns import PRECISION, ROWS, Names
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.open_file import CSV, PARQUET
from kansenkaart.sources.rows import read_by_eye
from kansenkaart.tables.sites import HOME

# Lower heating value of residual waste, GJ/t (Dutch plants: 9.5-10.5).
_WASTE_GJ_T = 10.0
# Polygons are drawn by other hands than areas are counted by; a forgotten unit is off by a hundred or more.
_MOST_OF_POLYGON = 3.0
# More than half of the fuel as residual heat means that fuel use was published as if it were heat.
_HEAT_SHARE = 0.5
# Influent P per person-equivalent and year, kg (CBS 7477: about 1.7 g a day).
_P_KG_PE = 0.62
# A place known less well than this is put where its address or area has its middle.
_NEAR_M = 100.0
_GJ_PER_MW_YEAR = 8_760 * 3.6
# Drivers that state a heat output, or the electricity that becomes heat, MW: nothing gives more heat than these.
_HEAT_POWER = ("it_mw", "heat_mw")


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
    entry: Mapping[str, object],
    layer: Layer,
    quantities: pd.DataFrame,
    findings: LayerFindings,
    *,
    asked: bool = True,
) -> None:
    """Remark on a layer as a whole: rows outside, nothing to count with (where that is `asked`), no source or year."""
    if entry["rows_outside"]:
        findings.remark(
            0, "rows_outside", severity="note", value=entry["rows_outside"], count=entry["rows_outside"]
        )
    if asked and not quantities.notna().any(axis=None):
        findings.remark(
            0, "layer_without_driver", severity="warning", value=", ".join(quantities.columns) or layer.path
        )
    if layer.source is None and "source" not in findings.origin:
        findings.remark(0, "source_missing", severity="warning", value=entry["source"])
    if layer.year is None and "source_year" not in findings.origin:
        findings.remark(0, "year_missing", severity="warning", value=entry["source_year"])


def check_totals(layer: Layer, rows: pd.DataFrame, findings: LayerFindings) -> None:
    """Hold the count of rows and the sums of columns against what the publisher says they are.

    Parameters
    ----------
    rows
        Quantities, in the catalogue's units, of the rows that were not rejected, those outside the region included;
        as they were delivered: what the user corrected is no part of what the publisher added up.
    """
    for name, wanted in layer.expect.items():
        found = float(len(rows)) if name == ROWS else float(_column(rows, name).sum())
        apart = abs(found - wanted) / abs(wanted) if wanted else float(found != 0)
        met = apart <= layer.expect_within
        findings.remark(
            0,
            "total_met" if met else "total_apart",
            severity="note" if met else "warning",
            column=None if name == ROWS else name,
            value=findings.number(found),
            name=name,
            wanted=findings.number(wanted),
            percent=findings.number(round(100 * apart, 2)),
            within=findings.number(100 * layer.expect_within),
            rejected=len(findings.rejected),
        )


def remark_sites(sites: gpd.GeoDataFrame, project: Project, findings: LayerFindings) -> None:
    """Remark on places of a layer; the index of `sites` holds row numbers."""
    _remark_stale(sites, project, findings)
    _remark_same_point(sites, findings)
    _remark_abroad(sites, findings)


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
    """Two places on one point: a predecessor, a copied address, or a head office.

    What is known no nearer than its postcode or municipality shares its point with all others there.
    """
    points = sites[(sites.geom_type == "Point") & (sites[PRECISION] <= _NEAR_M)]
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


def _remark_abroad(sites: gpd.GeoDataFrame, findings: LayerFindings) -> None:
    regions = sites["province"][sites["country"] != HOME].sort_values()
    if len(regions):
        counts = regions.value_counts(sort=False)
        told = ", ".join(f"{region} {count}" for region, count in counts.items())
        findings.remark(
            0, "places_abroad", severity="note", value=len(regions), count=len(regions), regions=told
        )


def check_plausible(rows: pd.DataFrame, catalogue: Catalogue, findings: LayerFindings) -> None:
    """Reject rows of `rows` that break a physical limit, warn about what is odd but real.

    Parameters
    ----------
    rows
        Quantities in the catalogue's units; the index holds row numbers.
    """
    heat = _sum_supply(
        rows, [stream.id for stream in catalogue.streams.values() if stream.temperature_rule], catalogue
    )
    fuel = _column(rows, "fuel_gj_y").fillna(_column(rows, "waste_t_y") * _WASTE_GJ_T)
    _reject(heat > _HEAT_SHARE * fuel, heat, fuel * _HEAT_SHARE, "heat_above_fuel", findings)
    power = pd.concat([_column(rows, name) for name in _HEAT_POWER], axis=1).max(axis=1)
    _reject(heat > power * _GJ_PER_MW_YEAR, heat, power * _GJ_PER_MW_YEAR, "load_factor_above_one", findings)
    own = _column(rows, "load_pe60").fillna(_column(rows, "capacity_pe60"))
    # Sludge brought from other plants brings its phosphorus along.
    people = pd.concat([own, _column(rows, "sludge_digested_pe60")], axis=1).max(axis=1)
    for stream in catalogue.streams.values():
        if stream.phosphorus_t_t is not None:
            won = _sum_supply(rows, [stream.id], catalogue)
            most = 0.001 * _P_KG_PE * people / stream.phosphorus_t_t
            _reject(won > most, won, most, "struvite_above_influent", findings)
    load, capacity = _column(rows, "load_pe60"), _column(rows, "capacity_pe60")
    odd = load > capacity
    findings.remark_each(
        load[odd],
        "load_above_capacity",
        severity="warning",
        shown=findings.numbers(load[odd]),
        limit=findings.numbers(capacity[odd]),
    )


def add_areas(
    rows: pd.DataFrame, shapes: gpd.GeoSeries, kinds: pd.Series, layer: Layer, catalogue: Catalogue
) -> pd.DataFrame:
    """Return quantities with the area of each polygon as ``layer.area``, where no column says it already.

    Parameters
    ----------
    rows
        Quantities in the catalogue's units; the index holds row numbers.
    shapes
        Geometry in RD New, with the same index.
    kinds
        Kind per row: an area says something of those alone that a rule of thumb multiplies it for.
    """
    name = str(layer.area)
    counted = {kind for one in catalogue.kengetallen.values() if one.driver == name for kind in one.kinds}
    measured = _measure(rows, shapes) * layer.factor.get(name, 1.0)
    measured = measured.where((measured > 0) & kinds.isin(counted))
    stated = rows[name].fillna(measured) if name in rows else measured
    return rows.assign(**{name: stated})


def check_areas(rows: pd.DataFrame, shapes: gpd.GeoSeries, names: Names, findings: LayerFindings) -> None:
    """Reject rows that state more hectares than their own polygon measures: the unit was forgotten.

    Parameters
    ----------
    rows
        Quantities in the catalogue's units; the index holds row numbers.
    shapes
        Geometry in RD New, with the same index.
    """
    measured = _measure(rows, shapes)
    for name in rows.columns:
        if names.quantities[name] == "ha":
            wrong = (measured > 0) & (rows[name] > _MOST_OF_POLYGON * measured)
            findings.reject_each(
                rows[name][wrong],
                "area_above_polygon",
                column=name,
                name=name,
                shown=findings.numbers(rows[name][wrong]),
                limit=findings.numbers(measured[wrong]),
            )


def _measure(rows: pd.DataFrame, shapes: gpd.GeoSeries) -> pd.Series:
    """Hectares of each polygon."""
    return pd.Series(shapes.area.to_numpy() / 10_000, index=rows.index)


def _column(rows: pd.DataFrame, name: str) -> pd.Series:
    if name in rows:
        return rows[name]
    return pd.Series(np.nan, index=rows.index)


def _sum_supply(rows: pd.DataFrame, streams: list[str], catalogue: Catalogue) -> pd.Series:
    names = [catalogue.streams[stream].column("supply") for stream in streams]
    present = [name for name in names if name in rows]
    if not present:
        return pd.Series(np.nan, index=rows.index)
    return rows[present].sum(axis=1, min_count=1)


def _reject(wrong: pd.Series, value: pd.Series, limit: pd.Series, key: str, findings: LayerFindings) -> None:
    findings.reject_each(
        value[wrong], key, shown=findings.numbers(value[wrong]), limit=findings.numbers(limit[wrong])
    )


def remark_alike(ids: pd.Series, findings: LayerFindings) -> None:
    """Remark on every id that reads like an earlier one of the layer and is written otherwise: probably one place."""
    written = ids.dropna().drop_duplicates()
    row = pd.Series(written.index, index=written.index)
    first = row.groupby(read_by_eye(written)).transform("first")
    later = row.index[row != first]
    findings.remark_each(
        written[later],
        "id_alike",
        severity="warning",
        column="id",
        other=written[first[later]],
        first=first[later],
    )


def reject_duplicates(ids: pd.Series, cells: pd.DataFrame, findings: LayerFindings) -> None:
    """Keep the first row of every id: a later one is rejected, whether it says the same or something else."""
    remark_alike(ids, findings)
    left = ids[ids.notna() & ~findings.rejects(ids.index)]
    later = left[left.duplicated()]
    once = left[~left.duplicated()]
    first = later.map(pd.Series(once.index, index=once.to_numpy()))
    same = np.ones(len(later), dtype=bool)
    for name in cells.columns:
        same &= _equal(cells[name][later.index], cells[name][first])
    for key, mask in (("duplicate_row", same), ("duplicate_id", ~same)):
        findings.reject_each(later[mask], key, column="id", first=first[mask])


def _equal(cells: pd.Series, others: pd.Series) -> BoolArray:
    """Tell per place whether the same is written in both."""
    pairs = zip(cells.tolist(), others.tolist(), strict=True)
    return np.array([str(cell) == str(other) for cell, other in pairs], dtype=bool)


def reject_unplaced(
    geometry: gpd.GeoSeries, cells: pd.DataFrame, central: pd.Series, findings: LayerFindings
) -> None:
    """Reject rows without a place; of those that are put in the middle of their municipality, without that."""
    rows = geometry.index[geometry.isna() & ~findings.rejects(geometry.index)]
    nothing = pd.Series("", index=cells.index)
    needed = cells.get("municipality_code", nothing)[rows[central[rows]]]
    findings.reject_each(needed, "municipality_needed", column="municipality_code")
    findings.reject_each(nothing[rows[~central[rows]]], "geometry_missing")
