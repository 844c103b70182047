"""Line layers of networks that lie there already: what they carry, how much more they can, and where they run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kansenkaart.catalogue.models import Catalogue, Stream
from kansenkaart.geo import lie_on_earth
from kansenkaart.project import Layer, LoadedProject, NetworkLayer
from kansenkaart.sources.cells import find_notations
from kansenkaart.sources.columns import GEOMETRY_TEXT, Names, check_settings, read_column, rename_columns
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.links import read_amounts, rename_year
from kansenkaart.sources.locate import locate_rows
from kansenkaart.sources.raw import open_account
from kansenkaart.sources.read import read_asked
from kansenkaart.sources.read_roads import LINES, join_lines
from kansenkaart.sources.region import ReadRegion
from kansenkaart.sources.remarks import remark_settings
from kansenkaart.sources.rows import Choice, clean_ids, read_choice, read_optional, read_years
from kansenkaart.tables import PipeNetwork, Roads
from kansenkaart.texts import Texts

_NUMBERS = ("toll_eur_unit", "temperature_c")
_COLUMNS = ("id", "name", "stream", "spare", "unit", *_NUMBERS, "source", "source_year", GEOMETRY_TEXT)
# What all rows of one network must say alike.
_OF_NETWORK = ("stream", "spare", *_NUMBERS)

# Lines that come this near to each other are joined: drawn lines seldom end exactly on one another.
_JOIN_M = 1.0


@dataclass(frozen=True)
class ReadNetworks:
    """The networks of one layer, its row of ``LAYERS``, and what was said."""

    networks: tuple[PipeNetwork, ...]
    layer: dict[str, object]
    findings: LayerFindings


class _NetworkNames(Names):
    """Column names of a layer with networks."""

    def all(self) -> tuple[str, ...]:
        return _COLUMNS


def read_networks(
    asked: NetworkLayer, loaded: LoadedProject, region: ReadRegion, texts: Texts
) -> ReadNetworks:
    """Read one layer of networks.

    Rows with one id are one network, with one amount that they can carry together; without a column ``id`` the whole
    layer is one. Parts of it that do not touch are not joined: a way enters and leaves on the same part.

    Parameters
    ----------
    asked
        Layer as the project file has it; what it says itself holds for rows that do not say it.
    region
        A line beyond the region and its margin is counted and left out.

    Raises
    ------
    DataError, ProjectError
        When the layer as a whole cannot be used.
    """
    names = _NetworkNames({}, {}, {})
    layer = Layer(name=asked.name, path=asked.path, table=asked.table, crs=asked.crs, rename=asked.rename)
    check_settings(layer, names, own=asked.rename)
    findings = LayerFindings(texts, layer=asked.name, file=asked.path)
    remark_settings(layer, findings)
    raw = read_asked(asked, loaded, findings)
    layer = layer.model_copy(update={"rename": rename_year(layer.rename, raw.frame)})
    cells = rename_columns(raw.frame, layer, names, findings, own=set(asked.rename))
    frame = _read_rows(cells, asked, loaded, findings)
    located = locate_rows(raw, cells, layer, findings)
    frame["geometry"] = _take_lines(located.geometry, findings)
    _reject_different(frame, findings)
    good = frame[~findings.rejects(frame.index)]
    near = region.reaches(good["geometry"].to_numpy())
    used = good[near]
    entry = open_account(
        asked.name, asked.path, loaded, digest=raw.digest, source=asked.source, year=asked.year
    )
    entry |= {
        "crs": located.crs,
        "rows_read": len(frame),
        "rows_used": len(used),
        "rows_rejected": len(findings.rejected),
        "rows_outside": len(good) - len(used),
        "licence": asked.licence,
    }
    if len(good) > len(used):
        count = len(good) - len(used)
        findings.remark(0, "rows_outside", severity="note", value=count, count=count)
    return ReadNetworks(_join(used, findings), entry, findings)


def _read_rows(
    cells: pd.DataFrame, asked: NetworkLayer, loaded: LoadedProject, findings: LayerFindings
) -> pd.DataFrame:
    """What every row says, or else the project file, in the unit of its stream."""
    catalogue = loaded.catalogue
    ids = pd.Series(asked.name, index=cells.index, dtype="str")
    if "id" in cells:
        own = clean_ids(cells["id"], "id", findings)
        findings.reject_each(cells["id"][own.isna()], "id_missing", column="id")
        ids = asked.name + ":" + own
    stream = _read_streams(cells, asked, catalogue, findings)
    frame = pd.DataFrame({"id": ids, "stream": stream})
    frame["name"] = read_optional(cells, "name", findings).fillna(asked.title or "").replace("", None)
    frame["name"] = frame["name"].fillna(ids)
    unit = stream.map({name: one.unit for name, one in catalogue.streams.items()}).astype("str")
    frame["spare"] = read_amounts(cells, "spare", unit, findings).fillna(asked.spare)
    for name in _NUMBERS:
        frame[name] = _read_number(cells, name, findings)
        frame[name] = frame[name].fillna(getattr(asked, name))
    frame["source"] = read_optional(cells, "source", findings).fillna(asked.source or Path(asked.path).name)
    frame["source_year"] = read_years(
        cells, findings, default=asked.year or loaded.project.reference_year
    ).astype("int64")
    _check_rows(frame, catalogue, loaded, findings)
    return frame


def _read_streams(
    cells: pd.DataFrame, asked: NetworkLayer, catalogue: Catalogue, findings: LayerFindings
) -> pd.Series:
    piped = tuple(name for name, stream in catalogue.streams.items() if _is_piped(stream))
    if "stream" not in cells:
        stream = pd.Series(asked.stream, index=cells.index, dtype="str")
    else:
        known = tuple(catalogue.streams)
        stream = read_choice(
            cells["stream"], Choice("stream", known, default=asked.stream, needed=True), findings
        )
    left = ~findings.rejects(stream.index)
    missing = stream[stream.isna() & left].fillna("")
    findings.reject_each(missing, "network_no_stream", column="stream", allowed=", ".join(piped))
    trucked = stream[stream.notna() & ~stream.isin(piped)]
    findings.reject_each(trucked, "network_not_piped", column="stream", allowed=", ".join(piped))
    return stream


def _is_piped(stream: Stream) -> bool:
    return "pipe" in stream.mode


def _read_number(cells: pd.DataFrame, name: str, findings: LayerFindings) -> pd.Series:
    if name not in cells:
        return pd.Series(np.nan, index=cells.index)
    read = read_column(cells[name], name, findings, elsewhere=find_notations(cells, [name]))
    return pd.Series(read, index=cells.index)


def _check_rows(
    frame: pd.DataFrame, catalogue: Catalogue, loaded: LoadedProject, findings: LayerFindings
) -> None:
    """Reject rows that do not say enough to go by; say what was assumed or has no effect."""
    left = ~findings.rejects(frame.index)
    unknown = frame["spare"].isna() & left
    findings.reject_each(frame["id"][unknown], "network_no_spare", column="spare")
    findings.reject_each(
        frame["toll_eur_unit"][frame["toll_eur_unit"] < 0].astype(str), "negative", column="toll_eur_unit"
    )
    warm = frame["stream"].isin([name for name, one in catalogue.streams.items() if one.temperature_rule])
    cold = warm & frame["temperature_c"].isna() & left
    findings.reject_each(frame["id"][cold], "network_no_temperature", column="temperature_c")
    free = frame["toll_eur_unit"].isna() & ~findings.rejects(frame.index)
    findings.remark_each(frame["id"][free], "network_no_toll", severity="warning", column="toll_eur_unit")
    frame["toll_eur_unit"] = frame["toll_eur_unit"].fillna(0.0)
    matched = loaded.project.streams or tuple(catalogue.streams)
    idle = frame["stream"][~frame["stream"].isin(matched) & ~findings.rejects(frame.index)]
    findings.remark_each(idle, "network_idle", severity="warning", column="stream")


def _take_lines(shapes: gpd.GeoSeries, findings: LayerFindings) -> np.ndarray:
    """The line or lines of every row, flat; rows without one are rejected."""
    values = shapes.to_numpy()
    left = ~findings.rejects(shapes.index)
    absent = shapely.is_missing(values) & left
    findings.reject_each(pd.Series("", index=shapes.index)[absent], "network_no_geometry")
    kinds = pd.Series(shapes.geom_type, index=shapes.index, dtype="str")
    other = ~np.isin(shapely.get_type_id(values), LINES) & ~shapely.is_missing(values)
    findings.reject_each(kinds[other], "network_not_a_line")
    lines = values.copy()
    lines[other] = None
    lines = np.asarray(shapely.force_2d(lines), dtype=object)
    lost = ~lie_on_earth(lines) & ~shapely.is_missing(lines)
    findings.reject_each(pd.Series("", index=shapes.index)[lost], "geometry_corner")
    short = ~lost & ~shapely.is_missing(lines) & ~(shapely.length(lines) > 0)
    findings.reject_each(pd.Series("", index=shapes.index)[short], "network_no_geometry")
    return lines


def _reject_different(frame: pd.DataFrame, findings: LayerFindings) -> None:
    """Keep the rows of a network that say the same as its first one."""
    good = frame[~findings.rejects(frame.index)]
    row = pd.Series(good.index, index=good.index).groupby(good["id"]).transform("first")
    for name in _OF_NETWORK:
        first = good[name].groupby(good["id"]).transform("first")
        same = (good[name] == first) | (good[name].isna() & first.isna())
        wrong = good.index[~same & ~findings.rejects(good.index)]
        findings.reject_each(
            good.loc[wrong, name].astype(str),
            "network_differs",
            column=name,
            id=good.loc[wrong, "id"],
            first=row[wrong],
        )


def _join(rows: pd.DataFrame, findings: LayerFindings) -> tuple[PipeNetwork, ...]:
    """The networks by id, each with its lines joined where they touch or cross."""
    networks = []
    for name, mine in rows.sort_values("id", kind="stable").groupby("id", sort=True):
        pieces = _pieces(mine["geometry"].to_numpy())
        one = mine.iloc[0]
        networks.append(
            PipeNetwork(
                id=str(name),
                name=str(one["name"]),
                stream=str(one["stream"]),
                spare=float(one["spare"]),
                toll_eur_unit=float(one["toll_eur_unit"]),
                temperature_c=float(one["temperature_c"]),
                source=str(one["source"]),
                source_year=int(one["source_year"]),
                pieces=pieces,
            )
        )
        length = sum(float(piece.length_m.sum()) for piece in pieces) / 1000.0
        told = pd.Series([str(name)], index=mine.index[:1])
        named, shown = str(one["name"]), findings.number(round(length, 1))
        findings.remark_each(told, "network_read", severity="note", name=named, rows=len(mine), length=shown)
        if len(pieces) > 1:
            findings.remark_each(
                told, "network_in_pieces", severity="warning", name=named, pieces=len(pieces)
            )
    return tuple(networks)


def _pieces(lines: np.ndarray) -> tuple[Roads, ...]:
    """Lines as vertices and edges, piece by piece, the longest first."""
    noded = shapely.union_all(shapely.get_parts(lines), grid_size=_JOIN_M)
    xy, ends, _ = join_lines(shapely.get_parts(noded))
    if not len(ends):
        return ()
    size = len(xy)
    count, label = connected_components(
        coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size)), directed=False
    )
    pieces = []
    for piece in range(count):
        used, within = np.unique(ends[label[ends[:, 0]] == piece], return_inverse=True)
        if len(used):
            pieces.append(Roads(xy[used], within.reshape(-1, 2).astype(np.int64), np.inf))
    return tuple(sorted(pieces, key=lambda piece: -float(piece.length_m.sum())))
