"""The region the map is about, and the rand around it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.allowed import suggest
from kansenkaart.errors import Fault, ProjectError, UsageError
from kansenkaart.geo import lie_on_earth, to_rd
from kansenkaart.project import LoadedProject
from kansenkaart.sources.boundaries import Boundaries, fold, load_boundaries
from kansenkaart.sources.cells import BoolArray
from kansenkaart.sources.locate import choose_crs, name_crs
from kansenkaart.sources.read import read_file
from kansenkaart.tables import AREAS

_COUNTRY = frozenset(("nederland", "netherlands", "the netherlands", "nl"))

_WIDEST_MARGIN_KM = 50.0
_AREA_TYPES = (3, 6)


def is_country(name: str) -> bool:
    """Tell whether `name` means the whole country."""
    return fold(name) in _COUNTRY


@dataclass(frozen=True)
class ReadRegion:
    """The region as areas and as one outline.

    Parameters
    ----------
    areas
        Frame ``AREAS``: the municipalities of the region and those within the margin.
    outline
        Polygon of the region, RD New.
    codes
        Municipalities of the region; empty when an own outline decides.
    margin_m
        How far beyond the outline a place still counts.
    """

    areas: gpd.GeoDataFrame
    outline: shapely.Geometry
    codes: frozenset[str]
    margin_m: float

    def holds(self, shapes: np.ndarray, codes: pd.Series) -> BoolArray:
        """Tell per place whether it lies in the region: by municipality, or by the own outline."""
        if self.codes:
            return np.asarray(codes.isin(self.codes), dtype=bool)
        inside = shapely.point_on_surface(shapes)
        return np.asarray(shapely.intersects(self.outline, inside), dtype=bool)

    def reaches(self, shapes: np.ndarray) -> BoolArray:
        """Tell per place whether it lies in the region or its margin."""
        return np.asarray(shapely.dwithin(self.outline, shapes, self.margin_m), dtype=bool)


def read_region(loaded: LoadedProject, boundaries: Boundaries) -> ReadRegion:
    """Find the region of a project.

    Raises
    ------
    ProjectError
        When a province or municipality does not exist, or the own outline holds no polygon.
    """
    region = loaded.project.region
    areas = boundaries.areas
    if region.boundary is not None:
        outline = _read_outline(loaded)
        inside = np.asarray(shapely.intersects(outline, shapely.point_on_surface(areas.geometry.to_numpy())))
        if not inside.any():
            # an outline smaller than a municipality: the map still needs its ground
            inside = np.asarray(shapely.intersects(outline, areas.geometry.to_numpy()))
        if not inside.any():
            message = "{file}: region.boundary lies outside the Netherlands. Is the CRS right? In RD it spans {bounds}."
            bounds = ", ".join(f"{number:.0f}" for number in outline.bounds)
            raise ProjectError("region_outside", message, file=region.boundary, bounds=bounds)
        return _with_margin(areas, inside, outline, frozenset(), _margin_m(loaded))
    if region.province is not None:
        inside = _find_province(areas, region.province, str(loaded.path))
    else:
        inside = areas["municipality_code"].isin(_find_codes(boundaries, loaded)).to_numpy(dtype=bool)
    outline = shapely.union_all(areas.geometry.to_numpy()[inside])
    codes = frozenset(areas.loc[inside, "municipality_code"])
    return _with_margin(areas, inside, outline, codes, _margin_m(loaded))


def _margin_m(loaded: LoadedProject) -> float:
    project = loaded.project
    if project.region.margin_km is not None:
        return project.region.margin_km * 1_000.0
    used = [
        stream
        for name, stream in loaded.catalogue.streams.items()
        if not project.streams or name in project.streams
    ]
    return min(max((stream.hard_km for stream in used), default=0.0), _WIDEST_MARGIN_KM) * 1_000.0


def _with_margin(
    areas: gpd.GeoDataFrame,
    inside: BoolArray,
    outline: shapely.Geometry,
    codes: frozenset[str],
    margin_m: float,
) -> ReadRegion:
    shapely.prepare(outline)
    near = np.asarray(shapely.dwithin(outline, areas.geometry.to_numpy(), margin_m)) | inside
    frame = AREAS.conform(areas.assign(in_region=inside)[near])
    return ReadRegion(gpd.GeoDataFrame(frame), outline, codes, margin_m)


def check_province(name: str) -> None:
    """Raise ``UsageError`` with the allowed names when `name` is no province."""
    known = sorted(set(load_boundaries().areas["province"]))
    if not is_country(name) and fold(name) not in map(fold, known):
        message = "--province '{name}' is no province. {hint}"
        raise UsageError("new_province", message, name=name, hint=suggest(name, [*known, "Nederland"]))


def _find_province(areas: gpd.GeoDataFrame, name: str, file: str) -> BoolArray:
    if is_country(name):
        return np.ones(len(areas), dtype=bool)
    inside = (areas["province"].map(fold) == fold(name)).to_numpy(dtype=bool)
    if not inside.any():
        allowed = ", ".join(sorted(set(areas["province"])))
        message = "{file}: region.province = '{name}' is no province. Allowed: {allowed}, or Nederland."
        raise ProjectError("region_province", message, file=file, name=name, allowed=allowed)
    return np.asarray(inside, dtype=bool)


def _find_codes(boundaries: Boundaries, loaded: LoadedProject) -> set[str]:
    codes: set[str] = set()
    faults: list[Fault] = []
    for text in loaded.project.region.municipalities:
        code = boundaries.find_code(text) or boundaries.find_by_name(text)
        if code is not None:
            codes.add(code)
            continue
        message = "{file}: region.municipalities names '{name}', which is no municipality of 2023. {hint}"
        faults.append(
            Fault(
                "region_municipality",
                message,
                {"file": str(loaded.path), "name": text, "hint": boundaries.suggest(text)},
            )
        )
    if faults:
        raise ProjectError.of(faults)
    return codes


def _read_outline(loaded: LoadedProject) -> shapely.Geometry:
    file = str(loaded.project.region.boundary)
    raw = read_file(
        Path(loaded.folder / file),
        file=file,
        limits=loaded.project.limits,
    )
    parts = [] if raw.geometry is None else list(raw.geometry.dropna())
    parts = [part for part in parts if shapely.get_type_id(part) in _AREA_TYPES and not part.is_empty]
    if not parts:
        message = "{file}: region.boundary holds no polygon. Use a layer with the outline of the region."
        raise ProjectError("region_outline", message, file=file)
    crs = choose_crs(raw, None, layer="region.boundary", file=file)
    moved = to_rd(gpd.GeoDataFrame(geometry=parts, crs=crs)).geometry.to_numpy()
    lost = np.flatnonzero(~lie_on_earth(moved))
    if len(lost):
        message = (
            "{file}: region.boundary has a corner without a place (area {number}: a coordinate that is no number, or "
            "outside the range of {crs}). Mend the outline, for instance with Check Validity in QGIS."
        )
        raise ProjectError("region_corner", message, file=file, number=int(lost[0]) + 1, crs=name_crs(crs))
    return shapely.union_all(shapely.make_valid(moved))
