"""What a metre of pipe costs where: from a GeoTIFF, or burnt from layers on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

from kansenkaart.arrays import BoolArray, ObjectArray
from kansenkaart.errors import Fault, ProjectError
from kansenkaart.project import Friction as FrictionSettings
from kansenkaart.project import FrictionLayer, LoadedProject
from kansenkaart.sources.cost_raster import extent, read_cost_raster, refuse_too_many
from kansenkaart.sources.findings import LayerFindings
from kansenkaart.sources.ground_files import describe_file, read_shapes
from kansenkaart.sources.region import ReadRegion
from kansenkaart.tables.surroundings import Friction
from kansenkaart.texts import Texts

LAYER = "friction"
# Defaults per kind stand in prices.csv under this name and the kind.
PRICE = "friction_"
_DEAREST = 1e6


@dataclass(frozen=True)
class ReadFriction:
    """The friction of the region and its margin, what is said about its files, and their rows of ``LAYERS``."""

    friction: Friction
    findings: tuple[LayerFindings, ...]
    accounts: tuple[dict[str, object], ...]


def read_friction(
    settings: FrictionSettings, loaded: LoadedProject, region: ReadRegion, texts: Texts
) -> ReadFriction:
    """Read the friction of the land for a project.

    Parameters
    ----------
    settings
        ``[friction]`` of the project file: a GeoTIFF, or layers to burn.
    region
        Only the region and its margin are kept.

    Raises
    ------
    DataError, ProjectError
        When a file cannot be read, has several bands, no CRS or one that cannot be right, covers less than half of
        the region, holds negative cells, is impassable everywhere or would have too many cells; when a layer has
        neither a factor nor a known kind.
    """
    if settings.path is not None:
        findings = LayerFindings(texts, layer=LAYER, file=settings.path)
        friction = read_cost_raster(Path(loaded.folder / settings.path), settings.path, region, findings)
        _remark_read(friction, findings)
        account = describe_file(LAYER, settings, loaded, crs=None, rows=(1, 0))
        return ReadFriction(friction, (findings,), (account,))
    factors = _find_factors(settings.layers, loaded)
    transform, shape = _lay_grid(region, settings.cell_m)
    burnt = np.full(shape, np.nan, dtype=np.float32)
    said: list[LayerFindings] = []
    accounts: list[dict[str, object]] = []
    for number, (layer, factor) in enumerate(zip(settings.layers, factors, strict=True), start=1):
        name = f"{LAYER}.layers[{number}]"
        said.append(LayerFindings(texts, layer=name, file=layer.path))
        lines_and_areas, account = read_shapes(layer, loaded, name, said[-1])
        if not len(lines_and_areas):
            rows = account["rows_read"]
            empty = "friction_no_shapes" if rows else "layer_empty"
            said[-1].remark(0, empty, severity="warning", value=layer.path, rows=rows)
        if layer.buffer_m > 0:
            lines_and_areas = shapely.buffer(shapely.make_valid(lines_and_areas), layer.buffer_m)
        accounts.append(account)
        touched = _burn(lines_and_areas, transform, shape)
        if not touched.any() and len(lines_and_areas):
            said[-1].remark(0, "friction_layer_outside", severity="warning", value=layer.path)
        # the dearest of overlapping layers counts, whatever their order
        burnt = np.fmax(burnt, np.where(touched, np.float32(factor), np.float32(np.nan)))
    friction = Friction(np.where(np.isnan(burnt), np.float32(1.0), burnt), tuple(transform)[:6])
    _remark_read(friction, said[0])
    return ReadFriction(friction, tuple(said), tuple(accounts))


def _find_factors(layers: tuple[FrictionLayer, ...], loaded: LoadedProject) -> list[float]:
    prices = loaded.catalogue.prices
    unknown = [layer for layer in layers if layer.factor is None and PRICE + layer.kind not in prices]
    if unknown:
        allowed = ", ".join(sorted(name.removeprefix(PRICE) for name in prices if name.startswith(PRICE)))
        message = "{file}: friction layer of kind '{kind}' has no factor. Set factor, or use a known kind: {allowed}."
        raise ProjectError.of(
            [
                Fault(
                    "friction_kind",
                    message,
                    {"file": str(loaded.path), "kind": layer.kind, "allowed": allowed},
                )
                for layer in unknown
            ]
        )
    factors = [
        layer.factor if layer.factor is not None else prices[PRICE + layer.kind].value for layer in layers
    ]
    for layer, factor in zip(layers, factors, strict=True):
        if not 0 < factor <= _DEAREST:
            message = "{file}: friction layer of kind '{kind}' has factor {value}. Allowed: above 0, at most {most}."
            values = {"kind": layer.kind, "value": f"{factor:g}", "most": f"{_DEAREST:g}"}
            raise ProjectError("friction_factor", message, file=str(loaded.path), **values)
    return factors


def _lay_grid(region: ReadRegion, cell_m: float) -> tuple[Affine, tuple[int, int]]:
    """Transform and shape of a grid over the region and its margin, on whole multiples of the cell."""
    west, south, east, north = extent(region)
    left, top = floor(west / cell_m) * cell_m, ceil(north / cell_m) * cell_m
    columns, rows = ceil((east - left) / cell_m), ceil((top - south) / cell_m)
    refuse_too_many(float(columns) * rows, cell_m, "friction.cell_m")
    return Affine(cell_m, 0.0, left, 0.0, -cell_m, top), (rows, columns)


def _burn(shapes: ObjectArray, transform: Affine, shape: tuple[int, int]) -> BoolArray:
    """Tell which cells the shapes touch: all of them, so that a line has no gaps at corners."""
    if not len(shapes):
        return np.zeros(shape, dtype=bool)
    burnt = rasterize(shapes, out_shape=shape, transform=transform, all_touched=True, dtype="uint8")
    return np.asarray(burnt, dtype=bool)


def _remark_read(friction: Friction, findings: LayerFindings) -> None:
    """Say what the friction looks like, so that a raster of something else shows itself."""
    factor = friction.factor
    passable = factor[~np.isnan(factor)]
    findings.remark(
        0,
        "friction_read",
        severity="note",
        cells=factor.size,
        cell=findings.number(friction.cell_m),
        closed=findings.number(round(100.0 * (1 - passable.size / factor.size), 1)),
        lowest=findings.number(float(passable.min())),
        middle=findings.number(float(np.median(passable))),
        highest=findings.number(float(passable.max())),
    )
