"""One layer of the project: every row of its file becomes a site, lies outside, or is rejected with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.geo import RD
from kansenkaart.project import Layer, LoadedProject
from kansenkaart.sources.abroad import read_countries
from kansenkaart.sources.addresses import Addresses
from kansenkaart.sources.columns import (
    ADDRESS_COLUMNS,
    PRECISION,
    QUANTITY,
    Names,
    apply_recipe,
    check_settings,
    fill_cells,
    list_names,
    read_column,
    read_quantities,
    rename_columns,
    translate_values,
)
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.locate import locate_rows, read_crs, repair_geometry
from kansenkaart.sources.municipality import (
    LabelGrid,
    centre_in_municipality,
    find_zones,
    municipal_precision,
    place_rows,
    read_codes,
)
from kansenkaart.sources.narrow import add_up, find_first_rows, keep_rows, take
from kansenkaart.sources.overrides import Overrides
from kansenkaart.sources.raster_values import fill_in
from kansenkaart.sources.raw import Raw, open_account
from kansenkaart.sources.read import read_file
from kansenkaart.sources.region import Boundaries, ReadRegion
from kansenkaart.sources.remarks import (
    add_areas,
    check_areas,
    check_plausible,
    check_totals,
    remark_layer,
    remark_settings,
    remark_sites,
)
from kansenkaart.sources.rows import (
    clean_texts,
    read_confidential,
    read_ids,
    read_kinds,
    read_optional,
    read_placement,
    read_sbi,
    read_status,
    read_words,
    read_years,
    reject_duplicates,
)
from kansenkaart.sources.stated import read_stated
from kansenkaart.sources.trades import find_trades
from kansenkaart.texts import Texts

# How far a place may lie from its point when nobody says, metres.
_PRECISION_POINT_M = 100.0


@dataclass(frozen=True)
class Known:
    """What every layer is read against."""

    loaded: LoadedProject
    boundaries: Boundaries
    region: ReadRegion
    texts: Texts
    overrides: Overrides | None = None
    addresses: Addresses | None = None

    @cached_property
    def names(self) -> Names:
        """Column names that mean something."""
        return list_names(self.loaded.catalogue)

    @property
    def grid(self) -> LabelGrid:
        """Label grid of the municipalities."""
        return _grid_of(self.boundaries)


@cache
def _grid_of(boundaries: Boundaries) -> LabelGrid:
    return LabelGrid(boundaries.areas)


@dataclass(frozen=True)
class LayerRows:
    """What became of the rows of one layer.

    Parameters
    ----------
    frame
        Rows within the region or its margin: the columns of ``SITES`` and the quantities and attributes of the file.
    outside
        Name and geometry (RD New) of the rows beyond the margin, by site id.
    layer
        Row of ``LAYERS``.
    findings
        What was said about it.
    quantities, words
        Names of the quantity and text columns in `frame` beyond those of ``SITES``.
    rasters
        Rows of ``LAYERS`` of the rasters that quantities came from.
    """

    frame: gpd.GeoDataFrame
    outside: gpd.GeoDataFrame
    layer: dict[str, object]
    findings: LayerFindings
    quantities: tuple[str, ...]
    words: tuple[str, ...]
    rasters: tuple[dict[str, object], ...] = ()


def read_layer(asked: Layer, known: Known) -> LayerRows:
    """Read one layer.

    Parameters
    ----------
    asked
        Layer as the project file has it.

    Raises
    ------
    DataError, ProjectError
        When the layer as a whole cannot be used.
    """
    layer = apply_recipe(asked, known.loaded.catalogue)
    check_settings(layer, known.names, own=asked.rename)
    read_crs(layer.crs, layer.name)
    findings = LayerFindings(known.texts, layer=layer.name, file=layer.path)
    remark_settings(asked, findings)
    path = Path(known.loaded.folder / layer.path)
    raw = read_file(
        path,
        file=layer.path,
        table=layer.table,
        encoding=layer.encoding,
        delimiter=layer.delimiter,
        header_row=layer.header_row,
        limits=known.loaded.project.limits,
    )
    findings.repeat(raw.remarks)
    return take_rows(raw, layer, known, findings, own=frozenset((*asked.rename, *asked.where)))


def take_rows(
    raw: Raw, layer: Layer, known: Known, findings: LayerFindings, *, own: frozenset[str] = frozenset()
) -> LayerRows:
    """Make places of what stood in a file.

    Parameters
    ----------
    raw
        The file under its own column names.
    layer
        With its recipe applied.
    findings
        Gets what is said; rows that it rejected before become no place.
    own
        Columns that the project file itself names: these must be in the file.

    Raises
    ------
    DataError, ProjectError
        When the layer as a whole cannot be used.
    """
    entry = _describe(layer, raw, known)
    if raw.frame.empty and (raw.geometry is None or raw.geometry.empty):
        findings.remark(0, "layer_empty", severity="warning", value=layer.path)
        entry |= {"rows_used": 0, "rows_rejected": 0}
        return LayerRows(_no_rows(), _no_rows().set_index("site_id"), entry, findings, (), ())
    raw = keep_rows(raw, layer, findings, own=own) if layer.where else raw
    cells = rename_columns(raw.frame, layer, known.names, findings, own=set(own))
    cells = fill_cells(translate_values(cells, layer), layer)
    rows, entry["crs"] = _read_rows(raw, cells, layer, known, findings)
    return _split(rows, entry, layer, known, findings)


def _no_rows() -> gpd.GeoDataFrame:
    columns = {name: pd.Series([], dtype="str") for name in ("site_id", "name")}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=RD))


def _describe(layer: Layer, raw: Raw, known: Known) -> dict[str, object]:
    account = open_account(
        layer.name, layer.path, known.loaded, digest=raw.digest, source=layer.source, year=layer.year
    )
    return account | {"rows_read": len(raw.frame), "licence": layer.licence}


@dataclass(frozen=True)
class _Rows:
    """Rows of a file under our names, not yet filtered; the index holds row numbers.

    Parameters
    ----------
    stated
        Municipality and country as the rows say them.
    quantities, delivered
        With what the user corrected, and as they would be without.
    """

    frame: pd.DataFrame
    geometry: gpd.GeoSeries
    stated: pd.DataFrame
    quantities: pd.DataFrame
    delivered: pd.DataFrame
    words: pd.DataFrame
    rasters: tuple[dict[str, object], ...]


def _read_rows(
    raw: Raw, cells: pd.DataFrame, layer: Layer, known: Known, findings: LayerFindings
) -> tuple[_Rows, str]:
    catalogue = known.loaded.catalogue
    ids = read_ids(cells, layer, findings)
    quantities = None
    if layer.combine:
        each = _read_amounts(cells, layer, known, findings)
        first = find_first_rows(ids, findings)
        quantities = add_up(each, ids, first, findings)
        raw, cells, ids = take(raw, first), cells[first], ids[first]
    own = None if known.overrides is None else known.overrides.of_layer(layer.name, ids)
    told, delivered = pd.Series(dtype="str"), None
    if own is not None:
        if layer.expect:
            delivered = _read_delivered(cells, layer, known) if quantities is None else quantities
        told = own.tell(cells, findings)
        raw, cells = own.lift(raw), own.put_texts(cells, known.names)
    if quantities is None:
        quantities = _read_amounts(cells, layer, known, findings)
    corrected = quantities if own is None else own.put_numbers(quantities, known.names)
    quantities = corrected
    frame, words = _describe_rows(cells, ids, told, layer, known, findings)
    codes = read_codes(cells, known.boundaries, findings)
    located = locate_rows(raw, cells, layer, findings)
    geometry = repair_geometry(located.geometry, findings)
    geometry = geometry if own is None else own.move(geometry)
    if known.addresses is not None:
        geometry, frame = _place_by_address(geometry, frame, cells, known.addresses, findings)
    if layer.area is not None:
        quantities = add_areas(quantities, geometry, frame["kind"], layer, catalogue)
        if delivered is not None:
            delivered = add_areas(delivered, geometry, frame["kind"], layer, catalogue)
    check_areas(quantities, geometry, known.names, findings)
    central = frame["placement"] == "municipality"
    centred = centre_in_municipality(geometry, codes.where(central), known.boundaries)
    accounts: tuple[dict[str, object], ...] = ()
    if layer.rasters:
        zones = find_zones(geometry, codes.where(central), known.boundaries)
        filled = fill_in(quantities, zones, layer, known.loaded, names=known.names, findings=findings)
        quantities, accounts = filled.quantities, filled.accounts
        frame["source"] = frame["source"] + filled.told
    if delivered is not None:
        filled_in = quantities.where(corrected.reindex_like(quantities).isna())
        delivered = delivered.combine_first(filled_in)
    check_plausible(quantities, catalogue, findings)
    frame["placement"] = _settle_placement(frame["placement"], centred)
    frame[PRECISION] = _read_precision(cells, frame, layer, findings)
    _reject_unplaced(centred, cells, central, findings)
    reject_duplicates(ids, cells.assign(geometry=centred.to_wkb()), findings)
    nowhere = pd.Series(None, index=cells.index, dtype="str")
    countries = read_countries(cells, findings) if "country" in cells else nowhere
    stated = pd.DataFrame({"code": codes, "country": countries})
    delivered = quantities if delivered is None else delivered
    return _Rows(frame, centred, stated, quantities, delivered, words, accounts), located.crs


def _describe_rows(
    cells: pd.DataFrame,
    ids: pd.Series,
    told: pd.Series,
    layer: Layer,
    known: Known,
    findings: LayerFindings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each row is and who says so, and the words it has beyond that; `told` is added to its source."""
    sbi = read_sbi(cells, findings)
    unknown = pd.DataFrame(index=sbi.index, columns=["kind", "sector"], dtype=object)
    trades = find_trades(sbi, layer, findings) if sbi.notna().any() else unknown
    kinds = read_kinds(cells, layer, trades["kind"], known.loaded.catalogue, findings)
    words = read_words(cells, known.loaded.catalogue, findings)
    if trades["sector"].notna().any():
        sector = trades["sector"].where(kinds == trades["kind"])
        words["sector"] = words["sector"].fillna(sector) if "sector" in words else sector
    frame = pd.DataFrame(
        {
            "site_id": layer.name + ":" + ids,
            "name": _read_names(cells, ids, findings),
            "kind": kinds,
            "layer": layer.name,
            "sbi": sbi,
            **read_status(cells, findings),
            "placement": read_placement(cells, layer, findings),
            "source": _read_source(cells, layer, told, findings),
            "source_year": read_years(
                cells, findings, default=layer.year or known.loaded.project.reference_year
            ),
            "licence": _read_licence(cells, layer, findings),
            "confidential": read_confidential(cells, findings),
        }
    )
    return frame, words


def _read_amounts(cells: pd.DataFrame, layer: Layer, known: Known, findings: LayerFindings) -> pd.DataFrame:
    """Quantities by column, and those that rows state of a stream they name."""
    columns = read_quantities(cells, layer, known.names, findings)
    if QUANTITY not in cells or not {"stream", "eural"} & set(cells):
        return columns
    return columns.combine_first(read_stated(cells, layer, known.loaded.catalogue, findings))


def _read_delivered(cells: pd.DataFrame, layer: Layer, known: Known) -> pd.DataFrame:
    """Quantities as the publisher delivered them; what is wrong with them is told of the rows that count."""
    unsaid = LayerFindings(known.texts, layer=layer.name, file=layer.path)
    return _read_amounts(cells, layer, known, unsaid)


def _read_names(cells: pd.DataFrame, ids: pd.Series, findings: LayerFindings) -> pd.Series:
    if "name" not in cells:
        findings.remark(0, "name_column_missing", severity="note")
        return ids
    names = clean_texts(cells["name"], "name", findings)
    findings.remark_each(ids[names.isna() & ids.notna()], "name_missing", severity="note", column="name")
    return names.fillna(ids)


def _read_source(cells: pd.DataFrame, layer: Layer, told: pd.Series, findings: LayerFindings) -> pd.Series:
    """Source per row; one that was corrected says what, why and by whom."""
    source = read_optional(cells, "source", findings).fillna(layer.source or Path(layer.path).name)
    source[told.index] = source[told.index] + "; " + told
    return source


def _read_licence(cells: pd.DataFrame, layer: Layer, findings: LayerFindings) -> pd.Series:
    own = read_optional(cells, "licence", findings)
    return own if layer.licence is None else own.fillna(layer.licence)


def _settle_placement(stated: pd.Series, geometry: gpd.GeoSeries) -> pd.Series:
    """What was stated, unless the geometry shows otherwise: an area is a polygon, a point is none."""
    areal = geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    by_shape = pd.Series(np.where(areal, "polygon", "point"), index=stated.index, dtype="str")
    contradicts = (stated == "polygon") & ~areal | stated.isin(["point", "address"]) & areal
    return stated.mask(contradicts).fillna(by_shape)


def _place_by_address(
    geometry: gpd.GeoSeries,
    frame: pd.DataFrame,
    cells: pd.DataFrame,
    addresses: Addresses,
    findings: LayerFindings,
) -> tuple[gpd.GeoSeries, pd.DataFrame]:
    """Geometry and rows with the point, placement and precision of rows that have an address and no coordinates."""
    asked = cells.index[geometry.isna() & ~findings.rejects(cells.index)]
    if not len(asked) or not set(ADDRESS_COLUMNS) & set(cells.columns):
        return geometry, frame
    found = addresses.find(cells.loc[asked], findings)
    placed, rows = geometry.copy(), found.rows.index
    placed.loc[rows] = found.points()
    named = frame["placement"].astype(object)
    named[rows] = "address"
    known = found.rows["precision"].reindex(frame.index)
    return gpd.GeoSeries(placed, crs=RD), frame.assign(placement=named.astype("str"), address_precision=known)


def _read_precision(
    cells: pd.DataFrame, frame: pd.DataFrame, layer: Layer, findings: LayerFindings
) -> pd.Series:
    """Metres as stated per row, by the table of addresses or per layer, else by placement.

    A municipality's is filled in later.
    """
    placement = frame["placement"]
    stated = pd.Series(np.nan, index=cells.index)
    if PRECISION in cells:
        stated = pd.Series(
            read_column(cells[PRECISION], PRECISION, findings, elsewhere=set()), index=cells.index
        )
        findings.reject_each(cells[PRECISION][stated < 0], "negative", column=PRECISION)
    if "address_precision" in frame:
        stated = stated.fillna(frame["address_precision"])
    if layer.location_precision_m is not None:
        stated = stated.fillna(layer.location_precision_m)
    usual = {"point": _PRECISION_POINT_M, "address": _PRECISION_POINT_M, "polygon": 0.0}
    return stated.fillna(placement.map(usual).astype("float64"))


def _reject_unplaced(
    geometry: gpd.GeoSeries, cells: pd.DataFrame, central: pd.Series, findings: LayerFindings
) -> None:
    rows = geometry.index[geometry.isna() & ~findings.rejects(geometry.index)]
    nothing = pd.Series("", index=cells.index)
    needed = cells.get("municipality_code", nothing)[rows[central[rows]]]
    findings.reject_each(needed, "municipality_needed", column="municipality_code")
    findings.reject_each(nothing[rows[~central[rows]]], "geometry_missing")


def _split(
    rows: _Rows, entry: dict[str, object], layer: Layer, known: Known, findings: LayerFindings
) -> LayerRows:
    """Drop what was rejected, place the rest, and set apart what lies beyond the region and its margin."""
    good = rows.frame.index[~findings.rejects(rows.frame.index)]
    placed = place_rows(
        rows.geometry[good],
        rows.stated.loc[good].assign(precision=rows.frame.loc[good, PRECISION].fillna(0.0)),
        grid=known.grid,
        boundaries=known.boundaries,
        findings=findings,
    )
    good = good[~findings.rejects(good)]
    frame = rows.frame.loc[good].join(placed)
    frame[PRECISION] = frame[PRECISION].fillna(
        municipal_precision(frame["municipality_code"], known.boundaries)
    )
    shapes = rows.geometry[good].to_numpy()
    frame["in_region"] = known.region.holds(shapes, frame["municipality_code"])
    near = known.region.reaches(shapes) | frame["in_region"].to_numpy(dtype=bool)
    frame = gpd.GeoDataFrame(
        frame.join(rows.quantities).join(rows.words), geometry=gpd.GeoSeries(shapes, index=good, crs=RD)
    )
    used, outside = frame[near], frame[~near]
    entry |= {
        "rows_used": len(used),
        "rows_rejected": len(findings.rejected),
        "rows_outside": len(outside),
        "rows_left_out": int(str(entry["rows_read"])) - len(rows.frame),
    }
    remark_layer(entry, layer, rows.quantities, findings)
    check_totals(layer, rows.delivered.loc[good], findings)
    remark_sites(used, known.loaded.project, findings)
    return LayerRows(
        used,
        outside.set_index("site_id")[["name", "geometry"]],
        entry,
        findings,
        tuple(rows.quantities.columns),
        tuple(rows.words.columns),
        rows.rasters,
    )
