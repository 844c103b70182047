"""Where unmatched supply and demand lie close together: a density per stream and side as GeoTIFF with its style."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from kansenkaart.catalogue import load_style
from kansenkaart.errors import OutputError
from kansenkaart.exports.content.clean import clean_text
from kansenkaart.exports.raster.kernel import Grid, choose_cell, lay_grid, spread
from kansenkaart.exports.raster.style import find_classes, write_raster_qml
from kansenkaart.geo import RD
from kansenkaart.project import LoadedProject
from kansenkaart.reasons import find_reason
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts, load_texts

FOLDER = "rasters"

# What is left of a side, named as in the totals of the municipalities.
_SIDES = {"supply": "overschot", "demand": "tekort"}

# No cell holds it; it is what a program fills in where it cuts or turns the raster beyond its edge.
_NODATA = -9999.0

# Less than this part of a flow is left by rounding only.
_ROUNDING = 1e-9

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
    grid: Grid
    radius_m: float
    values: npt.NDArray[np.float32]
    total: float

    @property
    def name(self) -> str:
        """Name of the file, without its ending."""
        return f"{self.stream}_{_SIDES[self.role]}"


def write_rasters(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``rasters/<stream>_overschot.tif`` and ``_tekort.tif`` with a QGIS style (.qml) beside each.

    Only for what has something left; no folder when nothing has, or the project turns rasters off.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    if not loaded.project.rasters.write:
        return
    texts = load_texts(loaded.project.language)
    for density in find_densities(frames, loaded):
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


def find_densities(frames: Frames, loaded: LoadedProject) -> Iterator[Density]:
    """Give the density of what is left per stream and side, all on one grid, in order of stream and side."""
    left = _find_left(frames)
    if left.empty:
        return
    settings = loaded.project.rasters
    radius_m = settings.radius_km * 1000.0
    x, y = left["x"].to_numpy(), left["y"].to_numpy()
    cell_m = settings.cell_m or choose_cell(float(max(np.ptp(x), np.ptp(y))), radius_m)
    grid = lay_grid(x, y, cell_m=cell_m, radius_m=radius_m)
    for (stream, role), rows in left.groupby(["stream", "role"]):
        points = (rows[name].to_numpy() for name in ("x", "y", "remaining"))
        values = spread(*points, grid=grid, radius_m=radius_m).astype(np.float32)
        yield Density(
            str(stream),
            str(role),
            str(rows["unit"].iloc[0]),
            grid,
            radius_m,
            values,
            float(rows["remaining"].sum()),
        )


def _find_left(frames: Frames) -> pd.DataFrame:
    """What is left of every flow, at the point of its place; in order of place, so that sums come out the same."""
    gaps = frames.gaps
    some = gaps[gaps["remaining"] > _ROUNDING * gaps["value"]].sort_values("flow_id")
    sites = gpd.GeoSeries(frames.sites.geometry.to_numpy(), index=frames.sites["site_id"], crs=RD)
    points = sites.representative_point().reindex(some["site_id"])
    return some.assign(x=points.x.to_numpy(), y=points.y.to_numpy())


def _as_geotiff(density: Density, loaded: LoadedProject, texts: Texts) -> bytes:
    grid = density.grid
    shape = {"height": grid.rows, "width": grid.columns, "count": 1, "dtype": "float32", "nodata": _NODATA}
    place = {"crs": RD, "transform": Affine(grid.cell_m, 0.0, grid.left, 0.0, -grid.cell_m, grid.top)}
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
        "SOFTWARE": f"kansenkaart {version('kansenkaart')}",
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
