"""No shape of a shapefile is lost or gets the place of another: index, table and shapes agree, or it is refused."""

from __future__ import annotations

import struct
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point

from kansenkaart.errors import DataError
from kansenkaart.geo import RD


def test_a_table_that_says_more_than_the_shapes_do_is_refused(read, tmp_path):
    path = tmp_path / "laag.shp"
    gpd.GeoDataFrame(
        {"id": ["a", "b"], "kind": "industry"},
        geometry=[Point(121_000, 487_000), Point(122_000, 487_000)],
        crs=RD,
    ).to_file(path)
    assert len(read(path).sites) == 2
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[4:8] = (515).to_bytes(4, "little")
    path.with_suffix(".dbf").write_bytes(table)
    with pytest.raises(DataError) as caught:
        read(path)
    assert caught.value.faults[0].key == "rows_lost"
    assert caught.value.faults[0].values["declared"] == 515


@pytest.fixture
def shapefile(tmp_path) -> Path:
    """Three places, one behind the other."""
    path = tmp_path / "laag.shp"
    gpd.GeoDataFrame(
        {"id": ["a", "b", "c"], "kind": "industry"},
        geometry=[Point(121_000 + 500 * number, 487_000) for number in range(3)],
        crs=RD,
    ).to_file(path)
    return path


def test_an_index_with_more_shapes_than_the_table_has_rows_is_refused(read, shapefile):
    index = bytearray(shapefile.with_suffix(".shx").read_bytes())
    index += index[-8:]
    struct.pack_into(">i", index, 24, len(index) // 2)
    shapefile.with_suffix(".shx").write_bytes(index)

    with pytest.raises(DataError) as caught:
        read(shapefile)

    assert caught.value.faults[0].key == "rows_lost"
    assert caught.value.faults[0].values == {"file": "laag.shp", "declared": 4, "read": 3}


def test_a_shape_that_would_get_the_place_of_the_next_row_is_refused(read, shapefile):
    # the second shape is gone from the .shp; the index still points at three
    shapes = shapefile.read_bytes()
    shapefile.write_bytes(shapes[:128] + shapes[156:])

    with pytest.raises(DataError) as caught:
        read(shapefile)

    assert caught.value.faults[0].key == "shapes_shifted"
    assert caught.value.faults[0].values == {"file": "laag.shp", "row": 3}


def test_shapes_in_another_order_and_numbered_from_zero_are_read(read, shapefile):
    shapes, index = bytearray(shapefile.read_bytes()), bytearray(shapefile.with_suffix(".shx").read_bytes())
    for number in range(3):
        struct.pack_into(">i", shapes, 100 + 28 * number, number)
    # what QGIS leaves behind when it changed the first shape: the old one stays as a gap
    shapes += shapes[100:128]
    struct.pack_into(">i", index, 100, (len(shapes) - 28) // 2)
    struct.pack_into(">i", shapes, 24, len(shapes) // 2)
    shapefile.write_bytes(shapes)
    shapefile.with_suffix(".shx").write_bytes(index)

    assert read(shapefile).sites.geometry.x.tolist() == [121_000, 121_500, 122_000]


def test_a_table_that_cannot_be_followed_is_refused(read, shapefile):
    table = bytearray(shapefile.with_suffix(".dbf").read_bytes())
    struct.pack_into("<H", table, 10, 0)
    shapefile.with_suffix(".dbf").write_bytes(table)
    with pytest.raises(DataError, match=r"laag\.shp cannot be read: it is damaged.*\.dbf"):
        read(shapefile)


@pytest.mark.parametrize("words", [-9, 6_200])
def test_an_index_that_is_shorter_than_it_says_is_refused(read, shapefile, words):
    index = bytearray(shapefile.with_suffix(".shx").read_bytes())
    struct.pack_into(">i", index, 24, words)
    shapefile.with_suffix(".shx").write_bytes(index)
    with pytest.raises(DataError, match=r"laag\.shp cannot be read: it is damaged.*\.shx"):
        read(shapefile)
