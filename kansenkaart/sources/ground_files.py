"""The account of the files that routes are found on: rows of ``LAYERS`` beside those of the places."""

from __future__ import annotations

from pathlib import Path

from pyproj import CRS

from kansenkaart.geo import RD
from kansenkaart.project import Friction, FrictionLayer, LoadedProject, RoadLayer
from kansenkaart.sources.read import hash_file


def describe_file(
    name: str,
    settings: RoadLayer | Friction | FrictionLayer,
    loaded: LoadedProject,
    *,
    crs: CRS | None,
    rows: tuple[int, int],
) -> dict[str, object]:
    """Row of ``LAYERS`` for a file of roads or friction.

    Parameters
    ----------
    name
        Key of the project file.
    crs
        What the file was read in; None: its own, turned into RD.
    rows
        Rows in the file and rows left out; a raster is one row.
    """
    path = settings.path or ""
    read, left_out = rows
    return {
        "layer": name,
        "file": path,
        "sha256": hash_file(Path(loaded.folder / path)),
        "crs": RD if crs is None else crs.to_string(),
        "rows_read": read,
        "rows_used": read - left_out,
        "rows_rejected": left_out,
        "rows_outside": 0,
        "source": settings.source or Path(path).name,
        "source_year": settings.year or loaded.project.reference_year,
        "licence": settings.licence,
    }
