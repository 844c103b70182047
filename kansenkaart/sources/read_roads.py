"""A line layer as a road network: vertices that lines share are joints, lines that only cross are not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.errors import DataError
from kansenkaart.geo import lie_on_earth, to_rd
from kansenkaart.project import LoadedProject, RoadLayer
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.ground_files import describe_file, refuse_wrong_crs
from kansenkaart.sources.locate import choose_crs, read_crs
from kansenkaart.sources.read import read_file
from kansenkaart.sources.region import ReadRegion
from kansenkaart.tables.surroundings import Roads
from kansenkaart.texts import Texts

LAYER = "roads"

# Vertices closer than this are one: files round their coordinates, reprojection moves them by micrometres.
_STEP_M = 0.01
LINES = (1, 2, 5)
# Below this share of the length in one piece the layer is said to fall apart.
_ONE_PIECE = 0.95


@dataclass(frozen=True)
class ReadRoads:
    """The network, the piece of every edge (int64, 0 is the longest), what is said, and its row of ``LAYERS``."""

    roads: Roads
    piece: IntArray
    findings: LayerFindings
    account: dict[str, object]


class _Skipped(NamedTuple):
    empty: int
    other: int
    broken: int


def read_roads(settings: RoadLayer, loaded: LoadedProject, region: ReadRegion, texts: Texts) -> ReadRoads:
    """Read the road layer of a project; one-way traffic and attributes are not looked at.

    Parameters
    ----------
    settings
        ``[roads]`` of the project file.
    region
        At least one line must lie within the region or its margin.

    Returns
    -------
    ReadRoads
        Sorted by coordinates: the order of the rows has no influence.

    Raises
    ------
    DataError, ProjectError
        When the file cannot be read, holds no line, lies elsewhere, or its CRS is absent, unknown or cannot be right.
    """
    findings = LayerFindings(texts, layer=LAYER, file=settings.path)
    raw = read_file(
        Path(loaded.folder / settings.path),
        file=settings.path,
        table=settings.table,
        limits=loaded.project.limits,
    )
    if raw.geometry is None:
        raise _no_lines(settings.path)
    given = read_crs(settings.crs, LAYER)
    crs = choose_crs(raw, given, layer=LAYER, file=settings.path, findings=findings)
    shapes = to_rd(gpd.GeoDataFrame(geometry=raw.geometry.set_crs(crs, allow_override=True))).geometry
    refuse_wrong_crs(raw.geometry.to_numpy(), shapes.to_numpy(), crs, settings.path)
    lines, skipped = _take_lines(shapes.to_numpy())
    xy, ends, repeated = join_lines(lines)
    if not len(ends):
        raise _no_lines(settings.path)
    roads = Roads(xy, ends, settings.snap_m)
    _check_reach(roads, region, settings.path)
    _remark_skipped(skipped, repeated, findings)
    rows = (len(raw.frame), sum(skipped[:2]))
    account = describe_file(LAYER, settings, loaded, crs=crs, rows=rows, digest=raw.digest)
    return ReadRoads(roads, _remark_network(roads, findings), findings, account)


def judge_sites(read: ReadRoads, sites: gpd.GeoDataFrame) -> None:
    """Say how well the places of the project meet the road, and which do not.

    Parameters
    ----------
    sites
        Frame ``SITES``; polygons are taken at a point inside them, as the routes do.
    """
    if not len(sites):
        return
    middle = shapely.point_on_surface(sites.geometry.to_numpy())
    found = read.roads.snap(shapely.get_coordinates(middle))
    near = found.distance_m <= read.roads.snap_m
    number = read.findings.number
    for site, distance in zip(sites["site_id"][~near], found.distance_m[~near], strict=True):
        shown = {"distance": number(round(float(distance))), "limit": number(read.roads.snap_m)}
        read.findings.remark(0, "site_not_connected", severity="warning", value=site, **shown)
    for site in sites["site_id"][near & (read.piece[found.edge] > 0)]:
        read.findings.remark(0, "site_on_loose_road", severity="warning", value=site)
    read.findings.remark(
        0,
        "roads_snapped",
        severity="note",
        connected=int(near.sum()),
        count=len(sites),
        farthest=number(round(float(found.distance_m[near].max(initial=0.0)))),
    )


def _no_lines(file: str) -> DataError:
    message = "{file}: the road layer holds no line. Use a layer with lines, such as the NWB or roads of OpenStreetMap."
    return DataError("roads_no_lines", message, file=file)


def _take_lines(shapes: np.ndarray) -> tuple[np.ndarray, _Skipped]:
    """Single flat lines, and how many rows were something else."""
    kind = shapely.get_type_id(shapes)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    wanted = np.isin(kind, LINES) & ~empty
    lines = shapely.get_parts(shapely.force_2d(shapes[wanted]))
    finite = lie_on_earth(lines)
    other = int((~wanted & ~empty).sum())
    return lines[finite], _Skipped(int(empty.sum()), other, int((~finite).sum()))


def join_lines(lines: np.ndarray) -> tuple[FloatArray, IntArray, int]:
    """Vertices and edges of `lines`, each once, and how many edges were repeated or had no length."""
    if not len(lines):
        return np.empty((0, 2)), np.empty((0, 2), dtype=np.int64), 0
    places, line = shapely.get_coordinates(lines, return_index=True)
    steps = np.rint(places / _STEP_M).astype(np.int64)
    vertices, vertex = np.unique(steps, axis=0, return_inverse=True)
    vertex = vertex.reshape(-1)
    joined = line[1:] == line[:-1]
    pairs = np.sort(np.column_stack([vertex[:-1][joined], vertex[1:][joined]]), axis=1)
    ends = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return vertices * _STEP_M, ends.astype(np.int64), len(pairs) - len(ends)


def _check_reach(roads: Roads, region: ReadRegion, file: str) -> None:
    """Refuse a network that lies nowhere near the region."""
    lines = shapely.linestrings(roads.xy[roads.ends])
    if region.reaches(lines).any():
        return
    bounds = ", ".join(f"{number:.0f}" for number in [*roads.xy.min(axis=0), *roads.xy.max(axis=0)])
    message = "{file}: no road lies within the region or its margin. Is the CRS right? In RD the roads span {bounds}."
    raise DataError("roads_outside", message, file=file, bounds=bounds)


def _remark_skipped(skipped: _Skipped, repeated: int, findings: LayerFindings) -> None:
    if sum(skipped):
        findings.remark(0, "roads_skipped", severity="warning", value=sum(skipped), **skipped._asdict())
    if repeated:
        findings.remark(0, "roads_repeated", severity="note", value=repeated)


def _remark_network(roads: Roads, findings: LayerFindings) -> IntArray:
    """Say what was read; returns the piece of every edge, 0 for the longest one."""
    first, second = roads.ends.T
    size = len(roads.xy)
    count, label = connected_components(
        coo_array((np.ones(len(first)), (first, second)), shape=(size, size)), directed=False
    )
    length = np.bincount(label[first], weights=roads.length_m, minlength=count)
    place = np.empty(count, dtype=np.int64)
    place[np.argsort(-length, kind="stable")] = np.arange(count)
    whole = float(length.sum())
    said = {"edges": len(first), "length": findings.number(whole / 1000), "pieces": count}
    findings.remark(0, "roads_read", severity="note", **said)
    share = float(length.max()) / whole
    if share < _ONE_PIECE:
        shown = findings.number(round(100 * share, 1))
        findings.remark(0, "roads_in_pieces", severity="warning", value=count, share=shown)
    return np.asarray(place[label[first]])
