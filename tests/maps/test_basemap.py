"""The base map holds what people navigate by, only as far as the region needs it, and joins up."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import shapely

from kansenkaart.maps.basemap import add_basemap, read_basemap, read_municipalities, read_names
from kansenkaart.maps.block import Block, pack
from kansenkaart.sources.region import load_boundaries

NOORD_HOLLAND = (96_000.0, 464_000.0, 152_000.0, 578_000.0)
COUNTRY = (13_500.0, 306_800.0, 278_100.0, 619_300.0)
KINDS = ("town", "abroad", "water", "airport", "port", "road")


def read_steps(block: Block, name: str) -> list[np.ndarray]:
    """Return the lines of a column as the page reads them."""
    columns = dict(zip(block._arrays, block._bytes, strict=True))
    values, value, shift = [], 0, 0
    for byte in columns[name]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            values.append((value >> 1) ^ -(value & 1))
            value, shift = 0, 0
    kind, count = block._arrays[f"{name}.n"]
    dtype = {"Uint8Array": np.uint8, "Uint16Array": np.uint16}[kind]
    planes = np.frombuffer(columns[f"{name}.n"], dtype=np.uint8).reshape(-1, count)
    counts = np.ascontiguousarray(planes.T).view(dtype).ravel()
    points = np.array(values).reshape(-1, 2).cumsum(axis=0)
    return np.split(points, counts.cumsum()[:-1])


def make(bounds: tuple[float, float, float, float]) -> Block:
    block = Block()
    add_basemap(block, bounds)
    return block


def labels(block: Block) -> list[tuple[str, str, int]]:
    columns = dict(zip(block._arrays, block._bytes, strict=True))

    def column(name: str) -> list[int]:
        kind, count = block._arrays[name]
        dtype = {"Uint8Array": np.uint8, "Uint16Array": np.uint16, "Int32Array": np.int32}[kind]
        planes = np.frombuffer(columns[name], dtype=np.uint8).reshape(-1, count)
        return np.ascontiguousarray(planes.T).view(dtype).ravel().tolist()

    names = block.header["labelNames"]
    return [
        (KINDS[kind], names[name], rank)
        for kind, name, rank in zip(column("l.kind"), column("l.name"), column("l.rank"), strict=True)
    ]


def test_what_people_navigate_by_comes_first() -> None:
    names = [label.name for label in read_names() if label.kind == "town"]
    order = [names.index(name) for name in ("Amsterdam", "Haarlem", "Alkmaar", "Heiloo", "Egmond aan Zee")]
    assert order == sorted(order)
    assert {label.name for label in read_names() if label.kind == "town" and label.rank == 1} >= {
        "Amsterdam", "Rotterdam", "Den Haag", "Utrecht", "Groningen", "Zwolle", "Maastricht",
    }  # fmt: skip
    # A part of a town is no place of its own.
    assert not {"Leidsche Rijn", "Bijlmermeer"} & set(names)


def test_a_name_lies_in_its_own_municipality() -> None:
    where = {label.name: (label.x * 10, label.y * 10) for label in read_names()}
    for name, (x, y) in {
        "Schiphol": (111_500, 480_500), "Haven Amsterdam": (114_000, 492_000), "Eemshaven": (251_000, 608_000),
        "Amsterdam": (121_400, 487_400), "IJsselmeer": (150_000, 535_000), "Lelystad Airport": (165_500, 497_300),
    }.items():  # fmt: skip
        assert np.hypot(where[name][0] - x, where[name][1] - y) < 16_000, name


def test_every_row_joins_what_its_box_says() -> None:
    for layer in ("land", "borders", "built_up", "water", "waterways", "railways", "roads"):
        for shape in read_basemap(layer):
            for text in (shape.fine, shape.coarse):
                points = [
                    np.array(ring.split(" "), dtype=int).reshape(-1, 2).cumsum(axis=0)
                    for ring in text.split(";")
                    if ring
                ]
                if points:
                    west, south = np.vstack(points).min(axis=0)
                    east, north = np.vstack(points).max(axis=0)
                    box = np.array([west, south, east, north])
                    assert np.abs(box - np.array(shape.box)).max() <= 25, (layer, shape.name, shape.box)
            assert shape.fine or shape.coarse


def test_areas_close() -> None:
    block = make(NOORD_HOLLAND)
    for name in ("b.land1", "b.built_up1", "b.built_up2", "b.water1"):
        for ring in read_steps(block, name):
            assert (ring[0] == ring[-1]).all(), name


def test_neighbours_join_the_country_without_slivers() -> None:
    block = make(COUNTRY)
    rings = [shapely.Polygon(ring * 10) for ring in read_steps(block, "b.land1") if len(ring) > 3]
    land = max(rings, key=lambda ring: ring.area)
    border = shapely.union_all([shapely.LineString(line * 10) for line in read_steps(block, "b.borders1")])
    assert border.length > 900_000
    # Holes along the border would be rings of their own, long and thin.
    for ring in rings:
        if ring.within(land) and ring is not land and ring.distance(border) < 1_000:
            assert ring.area / ring.length > 150, ring.centroid
    for x, y in ((190_000, 310_500), (83_000, 391_000), (269_000, 474_000), (18_500, 362_500)):
        assert land.buffer(300).contains(shapely.Point(x, y))
    # To the edge of a wide screen.
    assert land.bounds[0] < -200_000
    assert land.bounds[2] > 600_000


def test_only_what_the_region_needs_is_put_in() -> None:
    here, country = make(NOORD_HOLLAND), make(COUNTRY)
    towns = {name for _, name, _ in labels(here)}
    assert {"Heiloo", "Oudeschild", "Rotterdam", "Maastricht"} <= towns
    assert not {"Heythuysen", "Dwingeloo"} & towns
    assert {"Heythuysen", "Dwingeloo"} <= {name for _, name, _ in labels(country)}
    sizes = [len(pack(b"".join(block._bytes)).encode()) for block in (here, country)]
    assert sizes[0] < 450_000
    assert sizes[1] < 900_000
    assert sizes[0] < 0.8 * sizes[1]


def test_labels_are_in_the_order_in_which_they_are_seen() -> None:
    found = labels(make(NOORD_HOLLAND))
    ranks = [rank for _, _, rank in found]
    assert ranks == sorted(ranks)
    assert 400 <= sum(kind in ("town", "abroad") for kind, _, _ in found) <= 2_500
    assert {"A9", "A10", "A7", "A22"} <= {name for kind, name, _ in found if kind == "road"}
    assert ("airport", "Schiphol", 1) in found


def test_the_same_region_gives_the_same_bytes() -> None:
    assert make(NOORD_HOLLAND)._bytes == make(NOORD_HOLLAND)._bytes


@pytest.mark.parametrize(
    "layer",
    ["land", "borders", "built_up", "water", "waterways", "railways", "roads", "names", "municipalities"],
)
def test_the_register_tells_of_every_layer(root: Path, layer: str) -> None:
    path = root / "kansenkaart" / "catalogue" / "basemap" / f"{layer}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = sum(1 for _ in csv.DictReader(file))
    text = (root / "data" / "README.md").read_text("utf-8")
    assert f"| {layer}.csv | {rows} |" in text


def test_borders_stay_within_fifty_metres(shared: Path) -> None:
    gpd = pytest.importorskip("geopandas")
    source = gpd.read_file(shared / "data" / "boundaries" / "gemeenten_2023_2026_rd.gpkg").set_index(
        "statcode"
    )
    apart = []
    for code, shape in read_municipalities().items():
        points = shapely.points(shapely.get_coordinates(shapely.segmentize(shape.boundary, 100.0)))
        apart.append(shapely.distance(source.geometry[code].boundary, points))
    assert np.percentile(np.concatenate(apart), 99) < 50.0


def test_municipalities_are_those_that_results_are_worked_out_with() -> None:
    fine, known = read_municipalities(), load_boundaries().areas.set_index("municipality_code").geometry
    assert set(fine) == set(known.index)
    for code, shape in fine.items():
        assert shape.is_valid
        assert shape.symmetric_difference(known[code]).area < 0.12 * known[code].area + 3e6, code
    parts = shapely.get_parts(list(fine.values()))
    assert shapely.union_all(parts).area == pytest.approx(shapely.area(parts).sum(), rel=1e-4)


def test_postcodes_are_those_near_the_region_each_in_its_place() -> None:
    here, country = make(NOORD_HOLLAND), make(COUNTRY)
    codes = {
        name: dict(zip(block._arrays, block._bytes, strict=True))
        for name, block in (("h", here), ("c", country))
    }
    count = {name: len(columns["p.code"]) // 2 for name, columns in codes.items()}
    assert 600 < count["h"] < 0.4 * count["c"]
    assert count["c"] > 3_900
