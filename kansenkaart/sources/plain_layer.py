"""One plain layer of places with a quantity, read without a project file."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from kansenkaart.errors import DataError, KansenkaartError
from kansenkaart.project import Layer
from kansenkaart.sources.cells import find_notations
from kansenkaart.sources.columns import read_column
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.locate import locate_rows, repair_geometry
from kansenkaart.sources.plain_columns import PlainColumns, PlainLayer, choose_columns
from kansenkaart.sources.raw import Raw
from kansenkaart.sources.read import read_file
from kansenkaart.sources.remarks import reject_duplicates
from kansenkaart.sources.rows import clean_texts
from kansenkaart.texts import Texts

_SHOWN_REASONS = 3


@dataclass(frozen=True)
class PlainRows:
    """What became of the rows of a plain layer.

    Parameters
    ----------
    frame
        ``site_id, name, quantity`` and a valid point or polygon in RD New per usable row; sorted by site_id.
    columns
        Which columns were read, and which of them were guessed.
    rows_read
        Rows of the file.
    findings
        What was rejected, repaired or remarked.
    """

    frame: gpd.GeoDataFrame
    columns: PlainColumns
    rows_read: int
    findings: LayerFindings


def read_plain_layer(asked: PlainLayer, *, texts: Texts) -> PlainRows:
    """Read the places of one layer.

    Raises
    ------
    DataError
        When the layer as a whole cannot be used: file, layer, column or CRS absent, or no row that can be used.
    """
    file = asked.file
    findings = LayerFindings(texts, layer=texts(f"cli.match_{asked.role}"), file=file)
    raw = _open(asked, file)
    findings.repeat(raw.remarks)
    columns = choose_columns(raw, asked)
    findings.origin = columns.origin
    cells = pd.DataFrame(
        {ours: raw.frame[column] for ours, column in columns.origin.items()}, index=raw.frame.index
    )
    frame = pd.DataFrame({"site_id": _read_ids(cells, findings)})
    frame["name"] = clean_texts(cells["name"], "name", findings) if "name" in cells else frame["site_id"]
    frame["name"] = frame["name"].fillna(frame["site_id"])
    frame["quantity"] = _read_quantities(cells, columns.each, findings)
    geometry = _place(raw, cells, asked, findings)
    reject_duplicates(frame["site_id"], cells.assign(geometry=geometry.to_wkb()), findings)
    good = frame.index[~findings.rejects(frame.index)]
    if good.empty:
        raise _nothing(file, len(frame), findings)
    kept = gpd.GeoDataFrame(frame.loc[good], geometry=geometry[good])
    return PlainRows(kept.sort_values("site_id", ignore_index=True), columns, len(frame), findings)


def _open(asked: PlainLayer, file: str) -> Raw:
    try:
        return read_file(asked.path, file=file, table=asked.layer, limits=asked.limits)
    except DataError as error:
        fault = error.faults[0]
        if fault.key in ("file_beyond", "geopackage_endless"):
            message = (
                "{file} goes beyond {key} = {allowed}. Is this the right file? If so, run again with "
                "--limit {key}=MORE."
            )
            raise DataError("match_layer_beyond", message, **fault.values) from None
        values = {**fault.values, "option": asked.option("layer")}
        if fault.key == "table_needed":
            message = "{file}: say with {option} which layer you mean. There are: {allowed}."
            raise DataError("match_layer_needed", message, **values) from None
        if fault.key == "table_missing":
            message = "{file}: layer '{table}' does not exist. Allowed for {option}: {allowed}."
            raise DataError("match_layer_table", message, **values) from None
        raise


def _read_ids(cells: pd.DataFrame, findings: LayerFindings) -> pd.Series:
    if "id" not in cells:
        return pd.Series(cells.index.astype(str), index=cells.index, dtype="str")
    ids = clean_texts(cells["id"], "id", findings)
    findings.reject_each(cells["id"][ids.isna()], "id_missing", column="id")
    return ids


def _read_quantities(cells: pd.DataFrame, each: float, findings: LayerFindings) -> np.ndarray:
    """Quantity per row; one that is no finite number of 0 or more rejects its row."""
    if "quantity" not in cells:
        return np.full(len(cells), each)
    given = cells["quantity"]
    values = read_column(given, "quantity", findings, elsewhere=find_notations(cells, ["quantity"]))
    empty = np.isnan(values) & ~findings.rejects(given.index)
    findings.reject_each(given[empty], "match_quantity_empty", column="quantity")
    findings.reject_each(given[values < 0], "negative", column="quantity")
    return values


def _place(raw: Raw, cells: pd.DataFrame, asked: PlainLayer, findings: LayerFindings) -> gpd.GeoSeries:
    layer = Layer(name=asked.role, path=asked.file, crs=asked.crs)
    try:
        geometry = locate_rows(raw, cells, layer, findings).geometry
    except DataError as error:
        raise _crs_fault(error, asked) from None
    shapes = repair_geometry(geometry, findings)
    missing = shapes.isna() & ~findings.rejects(shapes.index)
    findings.reject_each(pd.Series("", index=shapes.index)[missing], "match_no_place")
    return shapes


def _crs_fault(error: DataError, asked: PlainLayer) -> KansenkaartError:
    """Say a fault of a CRS with the option that mends it, instead of the key of a project file."""
    values = {"file": asked.file, "option": asked.option("crs"), "crs": asked.crs}
    if error.faults[0].key == "crs_missing":
        message = (
            "{file}: the coordinates have no CRS. Say which one with {option}, such as {option} EPSG:28992."
        )
        return DataError("match_layer_crs_missing", message, **values)
    if error.faults[0].key == "layer_crs":
        message = "{option} {crs} is not known. Use an EPSG code such as EPSG:28992 or EPSG:4326."
        return DataError("match_layer_crs", message, **values)
    return error


def _nothing(file: str, rows: int, findings: LayerFindings) -> DataError:
    if not rows:
        return DataError("match_layer_empty", "{file} has no rows. Give a layer with places.", file=file)
    message = (
        "{file}: none of the {count} rows can be used. {reasons} Correct the file; see 'kansenkaart match "
        "--help'."
    )
    reasons = " ".join(findings.reasons(_SHOWN_REASONS))
    return DataError("match_layer_useless", message, file=file, count=rows, reasons=reasons)
