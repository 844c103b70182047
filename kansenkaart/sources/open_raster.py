"""Opening a GeoTIFF as a GeoTIFF alone: no file beside it is looked at, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio

from kansenkaart.sources.open_file import check_file, guard
from kansenkaart.sources.open_gis import NO_NETWORK

# Overviews, masks and metadata beside a raster may be of any kind and refer to anything.
_ALONE = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", **NO_NETWORK}


@contextmanager
def open_raster(path: Path, file: str) -> Iterator[Any]:
    """Give the raster at `path` while this lasts.

    Raises
    ------
    DataError
        When it is no GeoTIFF, or reading it fails at any moment.
    """
    check_file(path, file)
    with guard(path, file), rasterio.Env(**_ALONE), rasterio.open(path.absolute(), driver="GTiff") as source:
        yield source
