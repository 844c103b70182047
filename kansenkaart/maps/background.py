"""The map under the chances: municipal areas as small steps on a 10 m grid, names, province lines, land around."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from kansenkaart.maps.block import Block, add_lines

# Municipal borders are rounded to this grid; land around the map only has to look like a coast.
GRID_M = 10.0
_AROUND_TOLERANCE_M = 250.0
_SMALLEST_LAND_M2 = 4e6

# Belgium and Germany, by hand and coarse (RD metres): shown so that land beyond the border is not taken for sea.
# The Dutch side of the outline lies under Dutch land, the estuaries stay open.
_ABROAD = shapely.Polygon(
    [
        (14500, 376500), (-44000, 349000), (-60000, 150000), (420000, 150000), (420000, 640000), (300000, 626000),
        (288000, 607000), (276500, 592000), (279000, 583500), (272000, 570000), (262000, 500000), (240000, 440000),
        (205000, 380000), (190000, 340000), (185000, 318000), (178000, 340000), (140000, 385000), (95000, 385000),
        (82500, 373000), (78000, 361500), (40000, 366500), (24000, 373000),
    ]
)  # fmt: skip


def add_background(block: Block, municipalities: gpd.GeoDataFrame, inhabitants: dict[str, float]) -> None:
    """Header ``areas`` and byte columns ``g.*``.

    Parameters
    ----------
    block
        The page's data.
    municipalities
        Frame ``MUNICIPALITIES``; RD metres.
    inhabitants
        Per municipality code, where a place in the data tells; the larger names are written first.
    """
    areas = municipalities.sort_values("municipality_code", kind="stable")
    shapes = shapely.set_precision(areas.geometry.to_numpy(), GRID_M, mode="pointwise")
    inside = areas["in_region"].to_numpy(dtype=bool)
    labels = shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy())).round().astype(int)
    block.header["areas"] = [
        {
            "name": row.municipality,
            "inside": bool(row.in_region),
            "x": int(x),
            "y": int(y),
            "size": inhabitants.get(row.municipality_code, 0.0),
            "km2": round(row.geometry.area / 1e6, 1),
        }
        for row, (x, y) in zip(areas.itertuples(), labels.tolist(), strict=True)
    ]
    add_lines(block, "g.region", _rings(shapes[inside]), GRID_M)
    add_lines(block, "g.margin", _rings(shapes[~inside]), GRID_M)
    add_lines(block, "g.outline", _rings(np.array([_union(shapes[inside])])), GRID_M)
    add_lines(block, "g.provinces", _province_lines(shapes, areas["province"].to_numpy(dtype=object)), GRID_M)
    add_lines(block, "g.around", _rings(_around(tuple(sorted(areas["municipality_code"])))), GRID_M)
    bounds = shapely.total_bounds(shapes[inside] if inside.any() else shapes)
    block.header["bounds"] = [float(value) for value in bounds]


def _union(shapes: npt.NDArray[Any]) -> Any:
    return shapely.union_all([shape for shape in shapes if shape is not None and not shape.is_empty])


def _rings(shapes: npt.NDArray[Any]) -> list[npt.NDArray[np.float64]]:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == 3])
    return [shapely.get_coordinates(ring) for ring in rings]


def _province_lines(shapes: npt.NDArray[Any], provinces: npt.NDArray[Any]) -> list[npt.NDArray[np.float64]]:
    """Borders that two provinces share: the coast is no border."""
    names = sorted(set(provinces))
    unions = [_union(shapes[provinces == name]) for name in names]
    lines: list[npt.NDArray[np.float64]] = []
    for one, first in enumerate(unions):
        for second in unions[one + 1 :]:
            if not first.intersects(second):
                continue
            shared = shapely.intersection(first.boundary, second.boundary)
            pieces = [piece for piece in shapely.get_parts(shared) if piece.geom_type == "LineString"]
            merged = shapely.line_merge(shapely.multilinestrings(pieces)) if pieces else shapely.LineString()
            lines += [
                shapely.get_coordinates(part) for part in shapely.get_parts(merged) if not part.is_empty
            ]
    return lines


@cache
def _around(codes: tuple[str, ...]) -> npt.NDArray[Any]:
    """Land that no municipality of the map covers, generalised: without it the map would invent coasts."""
    text = (files("kansenkaart") / "catalogue" / "boundaries" / "gemeenten_2023.geojson").read_text("utf-8")
    known = set(codes)
    others = [
        shapely.geometry.shape(feature["geometry"])
        for feature in json.loads(text)["features"]
        if feature["properties"]["municipality_code"] not in known
    ]
    land = shapely.union_all([*others, _ABROAD]).simplify(_AROUND_TOLERANCE_M)
    grown = shapely.set_precision(land.buffer(_AROUND_TOLERANCE_M, join_style="mitre"), 50.0)
    parts = shapely.get_parts(grown)
    return np.asarray(parts[shapely.area(parts) > _SMALLEST_LAND_M2])
