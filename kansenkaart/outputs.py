"""What a build writes: one row per output, from which the build, the screen and the docs follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kansenkaart.exports import (
    find_manifest_id,
    write_geopackage,
    write_quality,
    write_rasters,
    write_tables,
)
from kansenkaart.maps import draw_map
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames


@dataclass(frozen=True)
class Output:
    """Something that a build writes.

    Attributes
    ----------
    name
        File or folder that a user opens; its description is text ``outputs.<key>``.
    write
        Writes it to a folder.
    beside
        Other files and folders that come with it.
    asked_by
        Table of the project file without which it is not written; empty: every build writes it.
    """

    name: str
    key: str
    write: Callable[[Path, Frames, LoadedProject], None]
    beside: tuple[str, ...] = ()
    asked_by: str = ""


def _write_map(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    drawn = draw_map(frames, loaded, manifest_id=find_manifest_id(frames, loaded))
    drawn.save(folder / "kansenkaart.html")


def _write_geopackage(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    write_geopackage(folder / "kansenkaart.gpkg", frames, loaded)


OUTPUTS = (
    Output("kansenkaart.html", "map", _write_map),
    Output("kansenkaart.gpkg", "geopackage", _write_geopackage),
    Output("kansenkaart.xlsx", "workbook", write_tables, beside=("tables",)),
    Output("rasters", "rasters", write_rasters),
    Output("quality.html", "quality", write_quality, beside=("quality.csv",)),
)
