"""Opening a GeoTIFF as a GeoTIFF alone: no file beside it is looked at, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rasterio

from kansenkaart.reasons import name_reason
from kansenkaart.sources.open_file import check_file, guard, unreadable
from kansenkaart.sources.read import NO_NETWORK

# Overviews, masks and metadata beside a raster may be of any kind and refer to anything.
_HEADER = 8
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
        _check_blocks(source, path.stat().st_size, file)
        yield source


def _check_blocks(source: Any, size: int, file: str) -> None:
    """Refuse a raster of which a block does not lie behind the header and within the file: other bytes would be read.

    GDAL takes a table of places that it cannot read for zeros, and the header for cells, with no more than a warning.
    """
    for (row, column), _ in source.block_windows(1):
        place, length = (
            int(source.get_tag_item(f"BLOCK_{what}_{column}_{row}", "TIFF", bidx=1) or 0)
            for what in ("OFFSET", "SIZE")
        )
        if length and not _HEADER <= place <= size - length:
            raise unreadable(file, name_reason("reason_damaged", detail=f"block {row}, {column}"))
