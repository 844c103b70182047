"""A layer of the GeoPackage that an earlier build wrote, as far as it is still as it was written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pyogrio.errors

from kansenkaart.errors import OutputError
from kansenkaart.exports.folder.manifest import hash_content
from kansenkaart.project.input_files import is_there
from kansenkaart.reasons import find_reason

FILE = "kansenkaart.gpkg"


def read_built(
    folder: Path, manifest: dict[str, Any], layer: str, columns: Sequence[str]
) -> gpd.GeoDataFrame:
    """Return `columns` and the geometry (RD New) of `layer` in the GeoPackage of `folder`.

    Parameters
    ----------
    manifest
        Of the folder, as ``read_manifest`` gives it.

    Raises
    ------
    OutputError
        When the file is not there, cannot be read, or is not what the manifest recorded; to have looked at it in QGIS
        does not matter.
    """
    path = folder / FILE
    try:
        recorded = manifest["outputs"][FILE]["content_sha256"]
        if not is_there(path) or hash_content(path) != recorded:
            message = (
                "{file} in {folder} is not what the build wrote there: it was changed, or is gone. Build again, or "
                "give a copy of the folder as it was."
            )
            raise OutputError("table_changed", message, file=FILE, folder=str(folder))
        read = pyogrio.read_dataframe(path, layer=layer, columns=list(columns))
        return gpd.GeoDataFrame(read[[*columns, "geometry"]])
    except (
        KeyError,
        TypeError,
        OSError,
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
    ) as error:
        message = "{file} in {folder} cannot be read: {error}. Give a folder that 'kansenkaart build' wrote."
        raise OutputError(
            "table_unread", message, file=FILE, folder=str(folder), error=find_reason(error, str(error))
        ) from None
