"""One layer of the project: every row of its file becomes a site, lies outside, or is rejected with a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property

import geopandas as gpd
import pandas as pd

from kansenkaart.geo import RD
from kansenkaart.project import Layer, LoadedProject
from kansenkaart.project.withheld import HIDDEN
from kansenkaart.sources.abroad import read_countries
from kansenkaart.sources.addresses import Addresses
from kansenkaart.sources.columns import (
    PRECISION,
    QUANTITY,
    Names,
    apply_recipe,
    check_settings,
    fill_cells,
    list_names,
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
    read_precision,
)
from kansenkaart.sources.narrow import add_up, find_first_rows, keep_rows, take
from kansenkaart.sources.overrides import Overrides, OwnCells
from kansenkaart.sources.raster_values import fill_in
from kansenkaart.sources.raw import Raw, open_account
from kansenkaart.sources.read import read_asked
from kansenkaart.sources.region import Boundaries, ReadRegion
from kansenkaart.sources.remarks import (
    add_areas,
    check_areas,
    check_plausible,
    check_totals,
    reject_duplicates,
    reject_unplaced,
    remark_layer,
    remark_settings,
    remark_sites,
)
from kansenkaart.sources.rows import describe_rows, read_ids, settle_placement
from kansenkaart.sources.stated import read_stated
from kansenkaart.texts import Texts


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


def read_places(asked: Layer, known: Known) -> LayerRows:
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
    raw = read_asked(layer, known.loaded, findings)
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
    if known.loaded.withheld is not None:
        raw, entry = _leave_out(raw, entry, layer, known, own)
        if raw.frame.empty:
            entry |= {"rows_used": 0, "rows_rejected": 0}
            return LayerRows(_no_rows(), _no_rows().set_index("site_id"), entry, findings, (), ())
    cells = _name_cells(raw, layer, known, findings, own)
    rows, entry["crs"] = _read_rows(raw, cells, layer, known, findings)
    return _split(rows, entry, layer, known, findings)


def _name_cells(
    raw: Raw, layer: Layer, known: Known, findings: LayerFindings, own: frozenset[str]
) -> pd.DataFrame:
    """The rows under our names."""
    cells = rename_columns(raw.frame, layer, known.names, findings, own=set(own))
    return fill_cells(translate_values(cells, layer), layer)


def _leave_out(
    raw: Raw, entry: dict[str, object], layer: Layer, known: Known, own: frozenset[str]
) -> tuple[Raw, dict[str, object]]:
    """The rows that an edition may know, and an account that tells of no others; a hash would tell of all."""
    from kansenkaart.sources.leave_out import leave_out  # noqa: PLC0415 - only an edition leaves out

    withheld = known.loaded.withheld
    if withheld is None:
        return raw, entry
    unsaid = LayerFindings(known.texts, layer=layer.name, file=layer.path)
    kept = leave_out(raw, _name_cells(raw, layer, known, unsaid, own), layer, withheld, known.texts)
    if len(kept.frame) == len(raw.frame):
        return raw, entry
    return kept, entry | {"rows_read": len(kept.frame), "sha256": HIDDEN}


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


@dataclass(frozen=True)
class _Corrected:
    """A row per place, with what the user knows better.

    Parameters
    ----------
    own
        What that is; None where the project has no corrections.
    told
        What the source of a corrected row must say, by row.
    quantities, delivered
        With the corrections and without; None where nobody asks for the latter.
    """

    raw: Raw
    cells: pd.DataFrame
    ids: pd.Series
    own: OwnCells | None
    told: pd.Series
    quantities: pd.DataFrame
    delivered: pd.DataFrame | None


def _correct_rows(
    raw: Raw, cells: pd.DataFrame, layer: Layer, known: Known, findings: LayerFindings
) -> _Corrected:
    """Make rows of one place one where the layer asks so, and put in what the user corrected."""

    def read(said: LayerFindings) -> pd.DataFrame:
        return _read_amounts(cells, layer, known, said)

    ids = read_ids(cells, layer, findings)
    quantities = None
    if layer.combine:
        each = read(findings)
        first = find_first_rows(ids, findings)
        quantities = add_up(each, ids, first, findings)
        raw, cells, ids = take(raw, first), cells[first], ids[first]
    if known.overrides is None:
        quantities = read(findings) if quantities is None else quantities
        return _Corrected(raw, cells, ids, None, pd.Series(dtype="str"), quantities, None)
    own, delivered = known.overrides.of_layer(layer.name, ids), None
    if layer.expect:
        # what is wrong with these is told of the rows that count
        unsaid = LayerFindings(known.texts, layer=layer.name, file=layer.path)
        delivered = read(unsaid) if quantities is None else quantities
    told = own.tell(cells, findings)
    raw, cells = own.lift(raw), own.put_texts(cells, known.names)
    quantities = read(findings) if quantities is None else quantities
    return _Corrected(raw, cells, ids, own, told, own.put_numbers(quantities, known.names), delivered)


def _read_amounts(cells: pd.DataFrame, layer: Layer, known: Known, findings: LayerFindings) -> pd.DataFrame:
    """Quantities by column, and those that rows state of a stream they name."""
    columns = read_quantities(cells, layer, known.names, findings)
    if QUANTITY not in cells or not {"stream", "eural"} & set(cells):
        return columns
    return columns.combine_first(read_stated(cells, layer, known.loaded.catalogue, findings))


def _read_rows(
    raw: Raw, cells: pd.DataFrame, layer: Layer, known: Known, findings: LayerFindings
) -> tuple[_Rows, str]:
    rows = _correct_rows(raw, cells, layer, known, findings)
    cells = rows.cells
    frame, words = describe_rows(cells, rows.ids, rows.told, layer, known.loaded, findings)
    codes = read_codes(cells, known.boundaries, findings)
    located = locate_rows(rows.raw, cells, layer, findings)
    geometry = repair_geometry(located.geometry, findings)
    geometry = geometry if rows.own is None else rows.own.move(geometry)
    if known.addresses is not None:
        geometry, frame = known.addresses.place(geometry, frame, cells, findings)
    measured = _add_areas(rows, geometry, frame["kind"], layer, known)
    quantities = measured.quantities
    check_areas(quantities, geometry, known.names, findings)
    central = frame["placement"] == "municipality"
    centred = centre_in_municipality(geometry, codes.where(central), known.boundaries)
    accounts: tuple[dict[str, object], ...] = ()
    if layer.rasters:
        zones = find_zones(geometry, codes.where(central), known.boundaries)
        filled = fill_in(quantities, zones, layer, known.loaded, names=known.names, findings=findings)
        quantities, accounts = filled.quantities, filled.accounts
        frame["source"] = frame["source"] + filled.told
    check_plausible(quantities, known.loaded.catalogue, findings)
    frame["placement"] = settle_placement(frame["placement"], centred)
    frame[PRECISION] = read_precision(cells, frame, layer, findings)
    reject_unplaced(centred, cells, central, findings)
    reject_duplicates(rows.ids, cells.assign(geometry=centred.to_wkb()), findings)
    nowhere = pd.Series(None, index=cells.index, dtype="str")
    countries = read_countries(cells, findings) if "country" in cells else nowhere
    stated = pd.DataFrame({"code": codes, "country": countries})
    delivered = quantities
    if measured.delivered is not None:
        filled_in = quantities.where(rows.quantities.reindex_like(quantities).isna())
        delivered = measured.delivered.combine_first(filled_in)
    return _Rows(frame, centred, stated, quantities, delivered, words, accounts), located.crs


def _add_areas(
    rows: _Corrected, geometry: gpd.GeoSeries, kinds: pd.Series, layer: Layer, known: Known
) -> _Corrected:
    """The rows with the areas of their polygons, where the layer asks so."""
    if layer.area is None:
        return rows

    def add(amounts: pd.DataFrame) -> pd.DataFrame:
        return add_areas(amounts, geometry, kinds, layer, known.loaded.catalogue)

    delivered = None if rows.delivered is None else add(rows.delivered)
    return replace(rows, quantities=add(rows.quantities), delivered=delivered)


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
    kinds = known.loaded.catalogue.kinds
    asked = ~frame["kind"].map(lambda kind: kinds[kind].shown_only).to_numpy(dtype=bool)
    remark_layer(entry, layer, rows.quantities, findings, asked=bool(asked.any() or not len(asked)))
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
