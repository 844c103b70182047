"""Where unmatched supply and demand lie close together: a density per stream and side as GeoTIFF with its style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rasterio.errors import RasterioError
from rasterio.features import rasterize
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from kansenkaart import __version__
from kansenkaart.arrays import ROUNDING, BoolArray
from kansenkaart.catalogue import load_style
from kansenkaart.errors import OutputError
from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.raster.kernel import RasterGrid, choose_cell, lay_grid, spread
from kansenkaart.exports.raster.style import find_classes, write_raster_qml
from kansenkaart.geo import RD
from kansenkaart.project import LoadedProject
from kansenkaart.project.load import CELLS_IN_RADIUS
from kansenkaart.reasons import find_reason
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts, load_texts

FOLDER = "rasters"

Ground = tuple[Sequence[shapely.Geometry], Sequence[shapely.Geometry]]

# What is left of a side, named as in the totals of the municipalities.
_SIDES = {"supply": "overschot", "demand": "tekort"}

# A place is spread over a tenth of the furthest that its stream goes: gft 10 km, sludge 20. Less makes a disc per
# place, more hides where it is.
_PART_OF_WAY = 0.1
_RADII_M = (2_000.0, 20_000.0)

# No cell holds it; it is what a program fills in where it cuts or turns the raster beyond its edge.
_NODATA = -9999.0

_COG = {
    "driver": "COG",
    "blocksize": 256,
    "compress": "deflate",
    "predictor": "yes",
    "overview_resampling": "average",
    "statistics": "yes",
}


@dataclass(frozen=True)
class Density:
    """One raster: unit of the stream per km2 and year.

    Attributes
    ----------
    stream, role, unit
        As in the frame ``GAPS``.
    values
        Shape (rows, columns) of `grid`, float32; times the area of a cell it adds up to `total`.
    total
        What is left over all places, unit per year.
    """

    stream: str
    role: str
    unit: str
    grid: RasterGrid
    radius_m: float
    values: npt.NDArray[np.float32]
    total: float

    @property
    def name(self) -> str:
        """Name of the file, without its ending."""
        return f"{self.stream}_{_SIDES[self.role]}"


def write_rasters(folder: Path, frames: Frames, loaded: LoadedProject, *, ground: Ground = ((), ())) -> None:
    """Write ``rasters/<stream>_overschot.tif`` and ``_tekort.tif`` with a QGIS style (.qml) beside each.

    Only for what has something left, of the streams that ``[rasters]`` names, else of all that go by road or water:
    what flows through a pipe is at a few places, not spread over an area. No folder when nothing has, or the project
    turns rasters off.

    Parameters
    ----------
    ground
        Polygons of all land and of the large water in it, RD metres: nothing is spread over water. Without, all is
        land.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    if not loaded.project.rasters.write:
        return
    texts = load_texts(loaded.project.language)
    for density in find_densities(frames, loaded, ground):
        place = folder / FOLDER
        place.mkdir(exist_ok=True)
        file = place / f"{density.name}.tif"
        try:
            file.write_bytes(_as_geotiff(density, loaded, texts))
            file.with_suffix(".qml").write_text(_as_style(density, texts), encoding="utf-8", newline="\n")
        except (OSError, RasterioError) as error:
            message = (
                "{file} cannot be written: {error}. Make room on the disk, or turn rasters off; run again."
            )
            name = f"{FOLDER}/{file.name}"
            raise OutputError("output_raster", message, file=name, error=find_reason(error)) from error


def find_densities(frames: Frames, loaded: LoadedProject, ground: Ground = ((), ())) -> Iterator[Density]:
    """Give the density of what is left per stream and side, all on one grid, in order of stream and side."""
    left = _find_left(frames, _choose_streams(loaded))
    if left.empty:
        return
    radii_m = {str(stream): _find_radius(str(stream), loaded) for stream in left["stream"].unique()}
    x, y = left["x"].to_numpy(), left["y"].to_numpy()
    side_m = float(max(np.ptp(x), np.ptp(y)))
    cell_m = loaded.project.rasters.cell_m or choose_cell(side_m, radii_m.values())
    grid = lay_grid(x, y, cell_m=cell_m, radius_m=max(radii_m.values()))
    wet = find_wet(grid, ground)
    for (stream, role), rows in left.groupby(["stream", "role"]):
        points = (rows[name].to_numpy() for name in ("x", "y", "remaining"))
        radius_m = radii_m[str(stream)]
        values = spread(*points, grid=grid, radius_m=radius_m, wet=wet).astype(np.float32)
        yield Density(
            str(stream),
            str(role),
            str(rows["unit"].iloc[0]),
            grid,
            radius_m,
            values,
            float(rows["remaining"].sum()),
        )


def _choose_streams(loaded: LoadedProject) -> tuple[str, ...]:
    known = loaded.catalogue.streams.items()
    return loaded.project.rasters.streams or tuple(name for name, one in known if "pipe" not in one.mode)


def _find_radius(stream: str, loaded: LoadedProject) -> float:
    """How far the quantity of a place is spread, metres: as the project says, else in proportion to how far it goes."""
    settings = loaded.project.rasters
    if settings.radius_km:
        return settings.radius_km * 1000.0
    radius_m = float(np.clip(loaded.catalogue.streams[stream].hard_km * 1000.0 * _PART_OF_WAY, *_RADII_M))
    if settings.cell_m:
        fewest, most = CELLS_IN_RADIUS
        radius_m = min(max(radius_m, settings.cell_m * fewest), settings.cell_m * most)
    return radius_m


def find_wet(grid: RasterGrid, ground: Ground) -> BoolArray | None:
    """Cells whose middle is not on land, or in the large water of it."""
    if not ground[0]:
        return None
    place = {"out_shape": (grid.rows, grid.columns), "transform": _transform(grid), "dtype": "uint8"}
    land, water = (
        rasterize([(shape, 1) for shape in shapes], **place).astype(bool)
        if shapes
        else np.zeros((grid.rows, grid.columns), bool)
        for shapes in ground
    )
    return ~land | water


def _find_left(frames: Frames, streams: tuple[str, ...]) -> pd.DataFrame:
    """What is left of every flow, at the point of its place; in order of place, so that sums come out the same."""
    gaps = frames.gaps[frames.gaps["stream"].isin(streams)]
    some = gaps[gaps["remaining"] > ROUNDING * gaps["value"]].sort_values("flow_id")
    sites = gpd.GeoSeries(frames.sites.geometry.to_numpy(), index=frames.sites["site_id"], crs=RD)
    points = sites.representative_point().reindex(some["site_id"])
    return some.assign(x=points.x.to_numpy(), y=points.y.to_numpy())


def _transform(grid: RasterGrid) -> Affine:
    return Affine(grid.cell_m, 0.0, grid.left, 0.0, -grid.cell_m, grid.top)


def _as_geotiff(density: Density, loaded: LoadedProject, texts: Texts) -> bytes:
    grid = density.grid
    shape = {"height": grid.rows, "width": grid.columns, "count": 1, "dtype": "float32", "nodata": _NODATA}
    place = {"crs": RD, "transform": _transform(grid)}
    unit = texts("tables.rasters.unit", unit=density.unit)
    with MemoryFile(ext=".tif") as memory:
        with memory.open(**_COG, **shape, **place) as raster:
            raster.write(density.values, 1)
            raster.set_band_description(1, f"{_title(density, texts)} ({unit})")
            raster.set_band_unit(1, unit)
            raster.update_tags(**_tags(density, loaded, texts))
        return bytes(memory.read())


def _tags(density: Density, loaded: LoadedProject, texts: Texts) -> dict[str, str]:
    """What the raster is and how it was made, for who finds it without its folder."""
    return {
        "TITLE": _title(density, texts),
        "DESCRIPTION": texts(
            "tables.rasters.meaning",
            radius=texts.number(density.radius_m / 1000.0),
            cell=texts.number(density.grid.cell_m),
        ),
        "PROJECT": clean_text(loaded.project.title, xml=True),
        "SOFTWARE": f"kansenkaart {__version__}",
        "STREAM": density.stream,
        "ROLE": density.role,
        "REFERENCE_YEAR": str(loaded.project.reference_year),
        "KERNEL": "quartic",
        "RADIUS_M": f"{density.radius_m:g}",
        "CELL_M": f"{density.grid.cell_m:g}",
        "TOTAL": f"{density.total!r} {density.unit}",
    }


def _as_style(density: Density, texts: Texts) -> str:
    style = load_style()
    classes = find_classes(
        float(density.values.max()),
        style.streams[density.stream].colour,
        paper=style.paper,
        unit=texts("tables.rasters.unit", unit=density.unit),
        texts=texts,
    )
    return write_raster_qml(classes, nothing=texts("tables.rasters.nothing"))


def _title(density: Density, texts: Texts) -> str:
    stream = texts.find(f"streams.{density.stream}", density.stream)
    return texts(f"tables.rasters.{density.role}", stream=stream)
