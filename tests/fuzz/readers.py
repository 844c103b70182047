"""Every reader of the program with the file that it is offered, and the judgement of what it says of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from count_rows import count_rows
from world import KINDS

from kansenkaart.errors import KansenkaartError
from kansenkaart.project import Friction, FrictionLayer, load_project
from kansenkaart.sources.links import read_link_layer
from kansenkaart.sources.plain_columns import PlainLayer
from kansenkaart.sources.plain_layer import read_plain_layer
from kansenkaart.sources.read import read_file
from kansenkaart.sources.read_decisions import read_added_sites, read_decisions
from kansenkaart.sources.read_friction import read_friction
from kansenkaart.sources.read_roads import read_roads
from kansenkaart.sources.region import load_boundaries, read_region
from kansenkaart.sources.sites import Known, read_places
from kansenkaart.sources.sources import _list_places
from kansenkaart.texts import load_texts
from kansenkaart.workshop import check_ballot, open_built_map, read_ballot

PROJECT = "kansenkaart.toml"
MANIFEST, BUILT = "uit/manifest.json", "uit/kansenkaart.gpkg"


class Told(NamedTuple):
    """What a reader says: rows (or what else is counted) of the file, and its accounts; None: nothing to hold it to."""

    count: float | None
    accounts: tuple[dict[str, Any], ...] = ()


def _of(*accounts: dict[str, Any]) -> Told:
    return Told(int(accounts[0]["rows_read"]), accounts)


class Desk:
    """What all inputs of a batch share, and the table of readers: file to damage -> how it is read.

    Making places of rows is the same for every kind of file and takes ten times as long as reading them: an input
    comes that far where `whole` says so.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.whole = True
        self.loaded = loaded = load_project(folder)
        self.boundaries = load_boundaries()
        self.texts = texts = load_texts("nl")
        self.known = known = Known(loaded, self.boundaries, read_region(loaded, self.boundaries), texts)
        self.built = open_built_map(folder / "uit")
        self.places = _list_places([read_places(loaded.project.layers[0], known)])
        self.layers = tuple(
            FrictionLayer(path=path, kind=kind, buffer_m=10)
            for path, kind in (("water.geojson", "water"), ("natuur.gpkg", "nature"))
        )
        project = loaded.project
        self.readers: dict[str, Callable[[], Told]] = {
            f"a.{kind}": lambda kind=kind: self._layer(f"a.{kind}") for kind in KINDS
        } | {
            "a.shx": lambda: self._layer("a.shp"),
            "a.dbf": lambda: self._layer("a.shp"),
            "b.csv": lambda: self._plain("b.csv"),
            "b.gpkg": lambda: self._plain("b.gpkg"),
            PROJECT: self._project,
            "t.json": self._ballot,
            "grens.geojson": lambda: Told(float(read_region(loaded, self.boundaries).outline.area)),
            "wegen.geojson": lambda: _of(read_roads(project.roads, loaded, known.region, texts).account),
            "kosten.tif": self._costs,
            "water.geojson": lambda: self._burnt(0),
            "natuur.gpkg": lambda: self._burnt(1),
            "l.csv": lambda: _of(
                read_link_layer(project.links[0], loaded, self.places, texts=texts, kept={}).layer
            ),
            "decisions.gpkg": self._decisions,
            MANIFEST: self._manifest,
            BUILT: self._built,
        }

    def _layer(self, file: str) -> Told:
        if not self.whole:
            return self._rows(file)
        layer = self.loaded.project.layers[0].model_copy(update={"path": file})
        return _of(read_places(layer, self.known).layer)

    def _rows(self, file: str) -> Told:
        """What stands in a file, not made places of."""
        raw = read_file(self.folder / file, file=file)
        return Told(len(raw.frame) if raw.geometry is None else len(raw.geometry))

    def _plain(self, file: str) -> Told:
        if not self.whole:
            return self._rows(file)
        read = read_plain_layer(PlainLayer(str(self.folder / file), "supply"), texts=self.texts)
        left = {"rows_rejected": len(read.findings.rejected), "rows_outside": 0}
        return _of({"rows_read": read.rows_read, "rows_used": len(read.frame), **left})

    def _project(self) -> Told:
        project = load_project(self.folder).project
        return Told(len(project.layers) + len(project.links) + len(project.scenes))

    def _ballot(self) -> Told:
        ballot = read_ballot(self.folder / "t.json")
        check_ballot(ballot, "t.json", self.built)
        return Told(len(ballot.matches) + len(ballot.doubts) + len(ballot.missing))

    def _costs(self) -> Told:
        read = read_friction(self.loaded.project.friction, self.loaded, self.known.region, self.texts)
        factor = read.friction.factor.astype(np.float64)
        return Told(float(factor[np.isfinite(factor)].sum()), read.accounts)

    def _burnt(self, which: int) -> Told:
        settings = Friction(cell_m=500, layers=self.layers)
        read = read_friction(settings, self.loaded, self.known.region, self.texts)
        return Told(int(read.accounts[which]["rows_read"]), read.accounts)

    def _decisions(self) -> Told:
        pairs = read_decisions(self.known, {"a:b", "a:k", "a:l"})
        return _of(pairs.account, *([read_added_sites(self.known).layer] if self.whole else []))

    def _manifest(self) -> Told:
        open_built_map(self.folder / "uit")
        return Told(None)

    def _built(self) -> Told:
        built = open_built_map(self.folder / "uit")
        return Told(len(built.matches) + len(built.sites) + len(built.links))


def read_one(desk: Desk, name: str) -> str:
    """Read a damaged file by its reader; return ``read`` or ``refused``, or raise when the rows do not add up."""
    try:
        told = desk.readers[name]()
    except KansenkaartError as error:
        # a part of a Shapefile is spoken of by the name of the whole
        named = "a.shp" if name in ("a.shx", "a.dbf") else name
        if Path(named).name not in str(error):
            raise AssertionError(f"{name}: the error does not name the file: {error}") from error
        return "refused"
    for account in told.accounts:
        rows = {key: int(account[f"rows_{key}"]) for key in ("read", "used", "rejected", "outside")}
        if rows["read"] != rows["used"] + rows["rejected"] + rows["outside"]:
            raise AssertionError(f"{name}: rows do not add up: {rows}")
    counted = count_rows(desk.folder / name)
    if counted is None or told.count is None:
        return "read"
    if not math.isclose(counted, told.count, rel_tol=1e-6):
        raise AssertionError(f"{name}: another hand counts {counted:g}, the program says {told.count:g}")
    return "read and counted"
