"""Rasters that are damaged, lie nowhere or have something beside them."""

import struct

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine

from kansenkaart.errors import DataError
from kansenkaart.sources.open_raster import open_raster


def _raster(path):
    place = {"transform": Affine(1_000, 0, 100_000, 0, -1_000, 500_000), "crs": "EPSG:28992"}
    shape = {
        "width": 600,
        "height": 600,
        "count": 1,
        "dtype": "float32",
        "tiled": True,
        "compress": "deflate",
    }
    with rasterio.open(path, "w", driver="GTiff", **shape, **place) as raster:
        raster.write(np.random.default_rng(1).random((600, 600), dtype="float32"), 1)
    return path


def test_half_a_raster_is_a_data_error(tmp_path):
    path = _raster(tmp_path / "kosten.tif")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match="kosten") as caught, open_raster(path, "kosten.tif") as raster:
        raster.read(1)
    assert str(tmp_path) not in str(caught.value)


def test_a_raster_that_does_not_say_where_its_cells_stand_is_refused(tmp_path):
    path = tmp_path / "kosten.tif"
    shape = {"width": 3, "height": 2, "count": 1, "dtype": "float32", "crs": "EPSG:28992"}
    with rasterio.open(path, "w", driver="GTiff", transform=Affine(9, 0, 0, 0, -9, 0), **shape) as raster:
        raster.write(np.ones((2, 3), dtype="float32"), 1)
    content = bytearray(path.read_bytes())
    tag = content.index(struct.pack("<H", 273), 8)
    content[tag + 2 : tag + 4] = struct.pack("<H", 1028)
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged"), open_raster(path, "kosten.tif"):
        pass


def test_nothing_beside_a_raster_is_looked_at(tmp_path):
    path = _raster(tmp_path / "kosten.tif")
    mask = tmp_path / "kosten.tif.msk"
    mask.write_text(
        '<VRTDataset rasterXSize="600" rasterYSize="600"><Metadata><MDI key="INTERNAL_MASK_FLAGS_1">2</MDI></Metadata>'
        '<VRTRasterBand dataType="Byte" band="1"><ColorInterp>Undefined</ColorInterp></VRTRasterBand></VRTDataset>'
    )
    with open_raster(path, "kosten.tif") as raster:
        assert not np.ma.getmaskarray(raster.read(1, masked=True)).any()
