"""What a build writes: one row per output, from which the build, the screen and the docs follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import shapely

from kansenkaart.exports import (
    SANKEY_ENDINGS,
    find_manifest_id,
    write_area_layers,
    write_area_sheet,
    write_cluster_sheet,
    write_coalition_sheet,
    write_csv,
    write_geopackage,
    write_hub_sheet,
    write_quality,
    write_rasters,
    write_sankey,
    write_tables,
)
from kansenkaart.project import LoadedProject
from kansenkaart.project.withheld import EDITIONS, Edition
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts


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
    is_longest
        Begun first, so that those who write the others are not done long before.
    editions
        In which editions it is.
    """

    name: str
    key: str
    write: Callable[[Path, Frames, LoadedProject], None]
    beside: tuple[str, ...] = ()
    asked_by: str = ""
    is_longest: bool = False
    editions: tuple[Edition, ...] = EDITIONS


def _write_map(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    from kansenkaart.maps.compose import draw_map  # noqa: PLC0415 - loads folium: others need not wait for it

    drawn = draw_map(frames, loaded, manifest_id=find_manifest_id(frames, loaded))
    drawn.save(folder / "kansenkaart.html")


def draw_borders(frames: Frames) -> Frames:
    """With the borders that the map draws: those that results are worked out with are too coarse for a poster."""
    from kansenkaart.maps.basemap import read_municipalities  # noqa: PLC0415 - loads shapes that others do without

    fine, areas = read_municipalities(), frames.municipalities
    found = [
        fine.get(code, own) for code, own in zip(areas["municipality_code"], areas.geometry, strict=True)
    ]
    # Without the grid of those borders, on which all that is cut from them would be rounded.
    drawn = areas.set_geometry(shapely.set_precision(found, 0.0), crs=areas.crs)
    return replace(frames, municipalities=drawn)


def _write_geopackage(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    write_geopackage(folder / "kansenkaart.gpkg", draw_borders(frames), loaded)


def _write_rasters(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    from kansenkaart.maps.basemap import read_ground  # noqa: PLC0415 - loads shapes that others do without

    write_rasters(folder, frames, loaded, ground=read_ground())


def _write_diagrams(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """A Sankey of the balance of every stream of the region."""
    if loaded.project.balances is None or frames.balances.empty:
        return
    texts = load_texts(loaded.project.language)
    tables = {name: getattr(frames, name) for name in ("balances", "balance_processes", "balance_tests")}
    (folder / "sankey").mkdir(exist_ok=True)
    endings = [one for one in SANKEY_ENDINGS if one != ".png" or loaded.project.balances.png]
    for stream in loaded.catalogue.streams:
        own = {
            name: frame[
                frame["layers" if name == "balance_tests" else "layer"]
                == texts.find(f"streams.{stream}", stream)
            ]
            for name, frame in tables.items()
        }
        for ending in endings if len(own["balances"]) else ():
            write_sankey(folder / "sankey" / f"{stream}{ending}", own, texts=texts)


def _write_areas(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """What all places of a municipality have together: to read, to draw and to reckon with."""
    write_area_sheet(folder, frames, loaded)
    write_area_layers(folder / "gemeenten.gpkg", frames, loaded)
    write_csv(folder / "gemeenten.csv", frames.area_classes, "area_classes", form=loaded.project.exports.csv)


OUTPUTS = (
    Output("kansenkaart.html", "map", _write_map),
    Output("kansenkaart.gpkg", "geopackage", _write_geopackage),
    Output(
        "kansenkaart.xlsx",
        "workbook",
        write_tables,
        beside=("kansenkaart-techniek.xlsx", "tables"),
        is_longest=True,
    ),
    Output("rasters", "rasters", _write_rasters),
    Output("clusters.html", "cluster_sheet", write_cluster_sheet, asked_by="clusters"),
    Output("coalitions.html", "coalition_sheet", write_coalition_sheet, asked_by="coalitions"),
    Output("hubs.html", "hub_sheet", write_hub_sheet, asked_by="hubs"),
    Output("sankey", "balances", _write_diagrams, asked_by="balances"),
    Output("quality.html", "quality", write_quality, beside=("quality.csv",), editions=("internal",)),
    Output(
        "gemeenten.html",
        "area_classes",
        _write_areas,
        beside=("gemeenten.gpkg", "gemeenten.csv"),
        editions=("public",),
    ),
)


@dataclass(frozen=True)
class Writing:
    """The outputs as work that can be divided: number n is ``queue[n]``, its outcome the seconds it took."""

    folder: Path
    frames: Frames
    loaded: LoadedProject

    @property
    def queue(self) -> tuple[Output, ...]:
        """Those that the project asks for, in the order in which they are begun."""
        project = self.loaded.project
        asked = (
            one
            for one in OUTPUTS
            if self.loaded.edition in one.editions and (not one.asked_by or getattr(project, one.asked_by))
        )
        return tuple(sorted(asked, key=lambda output: not output.is_longest))

    @property
    def in_threads(self) -> bool:
        """Most of it is Python's own."""
        return False

    def run(self, first: int, out: int) -> list[float]:
        """Write the outputs from `first` up to `out`."""
        return [self._write(output) for output in self.queue[first:out]]

    def _write(self, output: Output) -> float:
        begin = perf_counter()
        output.write(self.folder, self.frames, self.loaded)
        return round(perf_counter() - begin, 3)
