"""The base map behind the chances: water, roads, railways, towns and their names, as far as the region needs them.

The files in ``catalogue/basemap`` are made by ``data/basemap/derive.py``; coordinates are tens of metres RD.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import shapely

from kansenkaart.arrays import FloatArray
from kansenkaart.maps.block import Block, add_lines

STEP_M = 10.0

# Around the region all is drawn as within it; further off only what the whole country is known by.
_NEAR_STEPS = 2_000
_FAR_RANK = 2

# Per layer its classes, each painted in its own way (see background.js), and those that are drawn far off too.
_LAYERS = {
    "land": ((1,), (1,)),
    "borders": ((1, 2), (1, 2)),
    "built_up": ((1, 2), (1,)),
    "water": ((1,), (1,)),
    "waterways": ((1, 2, 3), (1,)),
    "railways": ((1,), (1,)),
    "roads": ((1, 2), (1,)),
}
_KINDS = ("town", "abroad", "water", "airport", "port", "road")

# A number stands on its road every so many tens of metres; the middle one comes first.
_SHIELD_STEPS = 600
_SHIELD_RANKS = {1: (3, 5), 2: (4, 6)}


class Shape(NamedTuple):
    """A line or polygon: what it is, its box, and its rings for near by and from afar, each as text."""

    group: int
    name: str
    box: tuple[int, int, int, int]
    fine: str
    coarse: str


class Label(NamedTuple):
    """A name and where it stands; the lower its rank, the further off it is seen."""

    kind: str
    rank: int
    name: str
    x: int
    y: int


@cache
def read_basemap(name: str) -> tuple[Shape, ...]:
    """Shapes of a layer, by class and from west to east."""
    return tuple(
        Shape(
            int(row["class"]),
            row["name"],
            (int(row["west"]), int(row["south"]), int(row["east"]), int(row["north"])),
            row["fine"],
            row["coarse"],
        )
        for row in _read(f"{name}.csv")
    )


@cache
def read_names() -> tuple[Label, ...]:
    """Names, the ones people navigate by first."""
    return tuple(
        Label(row["kind"], int(row["rank"]), row["name"], int(row["x"]), int(row["y"]))
        for row in _read("names.csv")
    )


def _read(name: str) -> Iterable[dict[str, str]]:
    text = (files("kansenkaart") / "catalogue" / "basemap" / name).read_text("utf-8")
    return csv.DictReader(text.splitlines())


def add_basemap(block: Block, bounds: Sequence[float]) -> None:
    """Byte columns ``b.*``, one per layer and class; columns ``l.*`` and header ``labelNames``; columns ``p.*``.

    Parameters
    ----------
    block
        The page's data.
    bounds
        Of the region: west, south, east, north; RD metres.
    """
    west, south, east, north = (int(value // STEP_M) for value in bounds)
    near = (west - _NEAR_STEPS, south - _NEAR_STEPS, east + _NEAR_STEPS, north + _NEAR_STEPS)
    for name, (groups, seen_far) in _LAYERS.items():
        for group in groups:
            shapes = [shape for shape in read_basemap(name) if shape.group == group]
            texts = [_choose(shape, near, far=group in seen_far) for shape in shapes]
            add_lines(block, f"b.{name}{group}", [ring for text in texts for ring in _read_rings(text)], 1.0)
    _add_labels(block, [*_choose_names(near), *_number_roads(near)])
    _add_postcodes(block, near)


@cache
def read_municipalities() -> dict[str, shapely.Geometry]:
    """Municipal borders at 40 m by code, RD metres: those that results are worked out with are coarser."""
    parts: dict[str, list[shapely.Geometry]] = {}
    for shape in read_basemap("municipalities"):
        shell, *holes = (ring * STEP_M for ring in _read_rings(shape.fine))
        parts.setdefault(shape.name, []).append(shapely.Polygon(shell, holes))
    # Rounding may have laid a corner on another side.
    return {code: shapely.set_precision(shapely.multipolygons(own), STEP_M) for code, own in parts.items()}


@cache
def read_ground() -> tuple[list[shapely.Geometry], list[shapely.Geometry]]:
    """All land, neighbours' too, and the large water in it: polygons at 40 m, RD metres."""
    return tuple(  # type: ignore[return-value]
        [
            shapely.make_valid(shapely.Polygon(shell, holes))
            for shape in read_basemap(layer)
            for shell, *holes in [[ring * STEP_M for ring in _read_rings(shape.fine or shape.coarse)]]
        ]
        for layer in ("land", "water")
    )


def _choose(shape: Shape, near: tuple[int, int, int, int], *, far: bool) -> str:
    """Rings of what lies near in full, of what lies further off as far as it is drawn."""
    west, south, east, north = shape.box
    if shape.fine and west <= near[2] and east >= near[0] and south <= near[3] and north >= near[1]:
        return shape.fine
    return shape.coarse if far else ""


def _read_rings(text: str) -> list[FloatArray]:
    return [
        np.array(ring.split(" "), dtype=np.int64).reshape(-1, 2).cumsum(axis=0).astype(np.float64)
        for ring in text.split(";")
        if ring
    ]


def _choose_names(near: tuple[int, int, int, int]) -> list[Label]:
    return [
        label
        for label in read_names()
        if label.rank <= _FAR_RANK or (near[0] <= label.x <= near[2] and near[1] <= label.y <= near[3])
    ]


def _number_roads(near: tuple[int, int, int, int]) -> list[Label]:
    """Numbers along the roads near the region; the middle of a road is seen from furthest."""
    labels = []
    for shape in read_basemap("roads"):
        for line in _read_rings(shape.fine):
            spots = _walk(line)
            first, others = _SHIELD_RANKS[shape.group]
            for n, (x, y) in enumerate(spots):
                if near[0] <= x <= near[2] and near[1] <= y <= near[3]:
                    rank = first if n == len(spots) // 2 and len(spots) > 1 else others
                    labels.append(Label("road", rank, shape.name, x, y))
    return sorted(labels, key=lambda label: label.rank)


def _walk(line: FloatArray) -> list[tuple[int, int]]:
    """Points at equal steps along a line, none near its ends."""
    lengths = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()])
    count = int(lengths[-1] // _SHIELD_STEPS)
    along = (np.arange(count) + 0.5) * lengths[-1] / max(count, 1)
    spots = np.column_stack([np.interp(along, lengths, line[:, axis]) for axis in (0, 1)])
    return [(int(x), int(y)) for x, y in np.floor(spots + 0.5)]


def _add_labels(block: Block, labels: list[Label]) -> None:
    ordered = sorted(labels, key=lambda label: label.rank)
    names: dict[str, int] = {}
    numbers = [names.setdefault(label.name, len(names)) for label in ordered]
    block.header["labelNames"] = list(names)
    block.add_index("l.name", np.array(numbers, dtype=np.int64))
    for field, values in {
        "kind": [_KINDS.index(label.kind) for label in ordered],
        "rank": [label.rank for label in ordered],
    }.items():
        block.add_index(f"l.{field}", np.array(values, dtype=np.int64))
    for axis in ("x", "y"):
        block.add(f"l.{axis}", np.array([getattr(label, axis) for label in ordered], dtype=np.int32))


def _add_postcodes(block: Block, near: tuple[int, int, int, int]) -> None:
    """Postcodes of four digits near the region, to be searched: columns ``p.code``, ``p.x`` and ``p.y``."""
    rows = [
        (int(row["pc4"]), *(round(float(row[axis]) / STEP_M) for axis in ("x_rd", "y_rd")))
        for row in _read("postcodes.csv")
    ]
    kept = [row for row in rows if near[0] <= row[1] <= near[2] and near[1] <= row[2] <= near[3]]
    codes, x, y = np.array(kept, dtype=np.int64).reshape(-1, 3).T
    block.add("p.code", codes.astype(np.uint16))
    for axis, values in (("x", x), ("y", y)):
        block.add(f"p.{axis}", values.astype(np.int32))
