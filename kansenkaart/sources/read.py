"""One door for every file format: what stands in the file, never what it means, nor anything that it refers to."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pyogrio.raw
from pyarrow import parquet
from pyogrio._ogr import _register_drivers
from pyproj import CRS

from kansenkaart.allowed import refuse_table
from kansenkaart.database.read import read_database
from kansenkaart.errors import DataError
from kansenkaart.geo import flatten
from kansenkaart.outward import is_database
from kansenkaart.project import Layer, Limits, LinkLayer, LoadedProject
from kansenkaart.project.input_files import is_folder, sidecar
from kansenkaart.project.layers import NetworkLayer, OverrideTable
from kansenkaart.reasons import name_reason
from kansenkaart.sources.findings import LayerFindings, Remark
from kansenkaart.sources.nesting import refuse_nested
from kansenkaart.sources.open_file import (
    CSV,
    JSON,
    PARQUET,
    WORKBOOK,
    alone,
    check_file,
    guard,
    refuse_type,
    unreadable,
)
from kansenkaart.sources.open_geopackage import plain_copy
from kansenkaart.sources.raw import (
    DEFAULT,
    FIRST_ROW,
    Raw,
    check_count,
    check_lines,
    declared_rows,
    refuse_large,
)
from kansenkaart.sources.read_csv import read_csv
from kansenkaart.sources.read_dbf import find_encoding
from kansenkaart.sources.read_members import Members, drop_envelope, judge_gml, read_members
from kansenkaart.sources.read_shx import check_index, check_sidecars
from kansenkaart.sources.read_workbook import OPENPYXL, check_order, read_workbook
from kansenkaart.sources.shape_kinds import name_unread

_JSON = frozenset(("GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG"))
_DRIVERS: dict[str, frozenset[str]] = {
    ".gpkg": frozenset(("GPKG",)),
    ".geojson": _JSON,
    ".json": _JSON,
    ".fgb": frozenset(("FlatGeobuf",)),
    ".shp": frozenset(("ESRI Shapefile",)),
    ".gdb": frozenset(("OpenFileGDB",)),
    ".gml": frozenset(("GML",)),
    ".kml": frozenset(("LIBKML",)),
}
GIS = tuple(_DRIVERS)
_XML = (".gml", ".kml")

# Every driver that this GDAL has; a raster one that it may have without saying so opens no vector file.
_ALL = frozenset(pyogrio.list_drivers()) | {"VRT", "GTI"}
_CLOSED = RLock()

# GDAL has no switch that turns /vsicurl/ and its kin off: no address ends in this.
NO_NETWORK = {"CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".kansenkaart-never", "GML_DOWNLOAD_SCHEMA": "NO"}

# A member `crs`, however its letters are written.
_CRS = re.compile(rb'(?i)"(?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)"\s*:\s*(?=\{)')
_CRS_KINDS = ("name", "epsg", "ogc")
_LONGEST_CRS = 1 << 16
_SHOWN = 120

# Parts of a project file that name a file with rows.
Asked = Layer | LinkLayer | NetworkLayer | OverrideTable
EXTENSIONS = (*GIS, *PARQUET, *CSV, *WORKBOOK)
# Formats that number their rows: the number may be the id.
_KEYED = (".gpkg", ".gdb")

# srs_id 0 and -1 of a GeoPackage: "not known", said with the name of a CRS.
_NOT_STATED = ("Undefined geographic SRS", "Undefined Cartesian SRS")


def read_file(
    path: Path,
    *,
    file: str,
    table: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    limits: Limits = DEFAULT,
) -> Raw:
    """Read the rows of `path`, whatever its format.

    Parameters
    ----------
    path
        File; its extension tells the format.
    file
        Path as the project file gives it, for errors. The address of a database (``postgresql://...``) goes before
        `path`.
    table
        Layer of a GeoPackage, sheet of a workbook or ``schema.table`` of a database.
    encoding, delimiter
        Of a CSV; `encoding` also of a Shapefile without ``.cpg``.
    header_row
        Row of a CSV or sheet that names the columns; None: it is found.
    limits
        How far the file may unfold.

    Returns
    -------
    Raw
        Columns and geometry; nothing stays open.

    Raises
    ------
    DataError
        When the file is absent, unreadable, of another format or beyond the limits, or the table does not exist; the
        message names what is allowed.
    """
    if is_database(file):
        read = read_database(file, table)
        raw = _from_frame(read.frame)
        return replace(raw, digest=read.digest, remarks=tuple(name_unread(raw, lambda: read.shapes)))
    extension = path.suffix.lower()
    if extension not in EXTENSIONS and not is_folder(path):  # the door says what is wrong with a folder
        raise refuse_type(path, file, EXTENSIONS)
    check_file(path, file)
    raw = Raw(pd.DataFrame())
    if path.stat().st_size > 0:
        how = _How(file, table, encoding, delimiter, header_row, limits)
        raw = _read_whole(path, how)
    if raw.geometry is None and raw.frame.columns.empty:
        message = "{file} is empty: no header and no row. Put it there anew, or take it out of the project."
        raise DataError("file_empty", message, file=file)
    return raw


def read_asked(asked: Asked, loaded: LoadedProject, findings: LayerFindings) -> Raw:
    """Read the file that a part of the project file names, as it says, and repeat what its reader said.

    Raises
    ------
    DataError
        As ``read_file``.
    """
    how = {name: getattr(asked, name, None) for name in ("encoding", "delimiter", "header_row")}
    limits = loaded.project.limits
    raw = read_file(
        Path(loaded.folder / asked.path), file=asked.path, table=asked.table, limits=limits, **how
    )
    findings.repeat(raw.remarks)
    return raw


@dataclass(frozen=True)
class _How:
    """How a file is asked for."""

    file: str
    table: str | None
    encoding: str | None
    delimiter: str | None
    header_row: int | None
    limits: Limits


def _read_whole(path: Path, how: _How) -> Raw:
    """Read a file that is there and holds something, by the reader of its kind."""
    extension, file, limits = path.suffix.lower(), how.file, how.limits
    if extension in (*CSV, *WORKBOOK, *JSON):
        refuse_large("file_mb", path.stat().st_size, limits, file)
    if extension not in (*CSV, *WORKBOOK, *PARQUET):
        with open_gis(path, file, how.table, limits) as opened:
            return _read_gis(Path(opened), path, how)
    with guard(path, file):
        if extension in PARQUET:
            refuse_nested(path, file)
            raw = _from_frame(_read_parquet(path, file, limits))
            check_count(declared_rows(path, ""), len(raw.frame), file=file)
            return raw
        content = path.read_bytes()
        if extension in CSV:
            check_lines(content, limits, file)
            mark = how.delimiter or ("\t" if extension == ".tsv" else None)
            return read_csv(
                content, file=file, encoding=how.encoding, delimiter=mark, header_row=how.header_row
            )
        raw = read_workbook(
            content, extension, file=file, sheet=how.table, header_row=how.header_row, limits=limits
        )
        if extension in OPENPYXL:
            check_order(content, file=file)
        return raw


def _read_gis(opened: Path, path: Path, how: _How) -> Raw:
    """Read a layer of `opened`, which stands for `path`."""
    extension, file, encoding = path.suffix.lower(), how.file, how.encoding
    if extension == ".shp":
        check_sidecars(path, file)
        check_index(path, file)
    unstated = extension == ".shp" and encoding is None and sidecar(path, ".cpg") is None
    guessed = find_encoding(path) if unstated else None
    members = read_members(path.read_bytes(), file=file) if extension in JSON else Members()
    chosen = _choose_layer(opened, file=file, table=how.table)
    if chosen is None:
        return Raw(pd.DataFrame())
    frame = _read_layer(opened, chosen, encoding=guessed or encoding)
    frame = drop_envelope(frame, opened) if extension == ".gml" else frame
    declared = members.count if extension in JSON else declared_rows(opened, chosen)
    check_count(declared, len(frame), file=file)
    if members.ids is not None and "id" not in frame:
        frame["id"] = members.ids
    raw = _from_frame(frame, assumed_crs=extension in JSON and not members.states_crs)
    parts = judge_gml(opened) if extension == ".gml" else members.remarks
    said = [*parts, *name_unread(raw, lambda: _read_stored(opened, chosen))]
    if guessed:
        said.append(Remark(0, "encoding_found", "repaired", guessed, {"encoding": guessed}))
    return replace(raw, crs=members.crs or raw.crs, remarks=tuple(said))


def _choose_layer(opened: Path, *, file: str, table: str | None) -> str | None:
    """Layer that is asked for, or the only one; None for a GeoPackage without any."""
    layers = pyogrio.list_layers(opened)
    names = [str(name) for name, _ in layers]
    spatial = [str(name) for name, kind in layers if kind is not None]
    chosen = table
    if chosen is None:
        choice = spatial or names
        chosen = choice[0] if len(choice) == 1 else None
    if not names:
        if opened.suffix.lower() == ".gpkg":
            return None
        raise unreadable(file, name_reason("reason_no_layer"))
    if chosen is None or chosen not in names:
        raise refuse_table(table, names, file)
    return chosen


def _read_layer(opened: Path, layer: str, *, encoding: str | None) -> pd.DataFrame:
    """Rows of a layer; the primary key of a GeoPackage is a column like any other: it may be the id."""
    keyed = opened.suffix.lower() in _KEYED
    settings = {"encoding": encoding} if encoding is not None and opened.suffix.lower() == ".shp" else {}
    frame: pd.DataFrame = pyogrio.read_dataframe(
        opened, layer=layer, on_invalid="ignore", fid_as_index=keyed, **settings
    )
    key = str(pyogrio.read_info(opened, layer=layer)["fid_column"]) if keyed else ""
    if key and key not in frame:
        frame[key] = frame.index
    return frame


def _read_stored(opened: Path, layer: str) -> Sequence[bytes | None] | None:
    """WKB of every row of a layer."""
    stored: Sequence[bytes | None] | None = pyogrio.raw.read(opened, layer=layer, columns=[])[2]
    return stored


def _read_parquet(path: Path, file: str, limits: Limits) -> Any:
    with path.open("rb") as stream:
        about = parquet.read_metadata(stream)
        refuse_large("cells", about.num_rows * about.num_columns, limits, file)
        stream.seek(0)
        try:
            return gpd.read_parquet(stream)
        except ValueError:
            # no geo metadata: a plain table
            stream.seek(0)
            return pd.read_parquet(stream)


def _from_frame(frame: pd.DataFrame, *, assumed_crs: bool = False) -> Raw:
    rows = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(frame))
    frame = frame.set_axis(rows, axis="index").rename(columns=str)
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return Raw(pd.DataFrame(frame))
    # heights say nothing on a map, and a ring whose ends differ in height alone breaks every step after this
    flat = flatten(frame.geometry.to_numpy())
    geometry = gpd.GeoSeries(flat, index=frame.index, crs=frame.crs)
    others = [name for name in frame.columns if isinstance(frame[name], gpd.GeoSeries)]
    crs = None if geometry.crs is None else CRS.from_user_input(geometry.crs)
    if crs is not None and crs.name.startswith(_NOT_STATED):
        crs = None
    return Raw(pd.DataFrame(frame.drop(columns=others)), geometry, crs, assumed_crs)


def read_layer(path: Path, file: str, table: str) -> gpd.GeoDataFrame:
    """Read one layer of a GIS file as it stands: of a file in a form that the program itself writes.

    Raises
    ------
    DataError
        When it cannot be read, or not whole.
    """
    check_file(path, file)
    with open_gis(path, file, table) as opened:
        frame = pyogrio.read_dataframe(opened, layer=table)
        check_count(declared_rows(Path(opened), table), len(frame), file=file)
    return frame


def list_tables(path: Path, file: str) -> list[str]:
    """Return the names of the layers of a GIS file.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    check_file(path, file)
    with open_gis(path, file) as opened:
        return [str(name) for name, _ in pyogrio.list_layers(opened)]


@contextmanager
def open_gis(path: Path, file: str, table: str | None = None, limits: Limits = DEFAULT) -> Iterator[str]:
    """Give the path that pyogrio may read while this lasts, with only the drivers of its kind.

    Parameters
    ----------
    path
        File that ``check_file`` let through.
    file
        Its name, for errors.
    table
        Layer that is asked for; None: any.
    limits
        How far a view may unfold.

    Yields
    ------
    str
        The file, or a private copy without what could run on reading it.

    Raises
    ------
    DataError
        When the file cannot be read, or refers to something outside itself.
    """
    kind = path.suffix.lower()
    if _DRIVERS[kind] is _JSON:
        with guard(path, file):
            _refuse_linked_crs(path, file)
    if kind in _XML:
        refuse_large("file_mb", path.stat().st_size, limits, file)
    copy = (
        plain_copy(path, file, table, limits)
        if kind == ".gpkg"
        else alone(path)
        if kind in _XML
        else nullcontext(path)
    )
    with copy as opened, _only(_DRIVERS[kind]), guard(opened, file):
        # pyogrio takes "http://..." and "x.zip!..." for addresses, an absolute path never
        yield str(opened.absolute())


@contextmanager
def _only(drivers: frozenset[str]) -> Iterator[None]:
    """Close every driver of pyogrio's GDAL but `drivers`: it knows no allowed drivers per file."""
    closed = {"GDAL_SKIP": ",".join(sorted(_ALL - drivers)), **NO_NETWORK}
    with _CLOSED:
        before = {name: pyogrio.get_gdal_config_option(name) for name in closed}
        pyogrio.set_gdal_config_options(closed)
        _register_drivers()
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options(before)
            _register_drivers()


def _refuse_linked_crs(path: Path, file: str) -> None:
    """Refuse a CRS that is given as a link, on the whole or on one shape: GDAL fetches it."""
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for found in _CRS.finditer(content):
            text = content[found.end() : found.end() + _LONGEST_CRS].decode("utf-8", errors="replace")
            try:
                value: Any = json.JSONDecoder().raw_decode(text)[0]
            except (ValueError, RecursionError):
                value = {}
            kinds = [str(one).casefold() for name, one in value.items() if name.casefold() == "type"]
            if not kinds or any(kind not in _CRS_KINDS for kind in kinds):
                message = (
                    "{file} does not name its CRS but refers to it: {crs}. A link is never followed. Save the file "
                    "with a named CRS, or as GeoPackage."
                )
                raise DataError("file_crs_link", message, file=file, crs=text[:_SHOWN].split("}")[0])
