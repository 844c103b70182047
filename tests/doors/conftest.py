"""A project with every kind of input, a server that counts requests, and a file that nobody may read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from shapely.geometry import LineString, box

from kansenkaart.cli.main import run
from tests.few_outputs import writing_only

CANARY = "KANARIE-7c1e"

SITES = """id,name,kind,x_rd,y_rd,supply_gft_t_y,free_supply_gft_t_y,demand_gft_t_y
a,Gever,municipality,110000,480000,900,900,
b,Nemer,digester,112000,480000,,,900
"""
TOML = """title = "Proef"
reference_year = 2025
streams = ["gft"]
draws = 0
rasters = { write = false }
"""
LAYER = """[[layers]]
name = "a"
path = "a.csv"
source = "proef"
year = 2024
"""
REGION = '[region]\nprovince = "Noord-Holland"\n'


@dataclass
class Listener:
    """A server on this machine that keeps what it was asked."""

    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def _server() -> Iterator[Listener]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listener.asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815
        do_POST = do_GET  # noqa: N815

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield listener
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def listener(_server: Listener) -> Listener:
    _server.asked.clear()
    return _server


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a GeoJSON file beside the project that no project names."""
    point = {"type": "Point", "coordinates": [4.9, 52.4]}
    rows = [
        {"type": "Feature", "properties": {"id": CANARY, "name": CANARY, "quantity": 7}, "geometry": point}
    ]
    path = tmp_path / "geheim" / "canary.geojson"
    path.parent.mkdir()
    path.write_text(json.dumps({"type": "FeatureCollection", "name": "canary", "features": rows}))
    return path


@pytest.fixture(scope="session")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gebouwd")
    (folder / "kansenkaart.toml").write_text(TOML + LAYER + REGION)
    (folder / "a.csv").write_text(SITES)
    with writing_only("geopackage"):
        assert run(["build", str(folder), "-q"]) == 0
    map_id = json.loads((folder / "uit" / "manifest.json").read_text(encoding="utf-8"))["manifest_id"]
    ballot = {
        "schema": "kansenkaart-ballot",
        "version": 1,
        "map": {"id": map_id, "title": "Proef"},
        "ballot": "b-1",
        "table": "Tafel 1",
        "saved": "2026-11-21T14:00:00Z",
        "matches": [
            {"match": "gft|a:a|a:b", "votes": 1, "verdict": "confirm", "changed": "2026-11-21T13:00:00Z"}
        ],
    }
    (folder / "tafel.json").write_text(json.dumps(ballot))
    assert (
        run(
            [
                "workshop",
                "merge",
                str(folder / "uit"),
                str(folder / "tafel.json"),
                "-o",
                str(folder / "d.gpkg"),
            ]
        )
        == 0
    )
    layer = gpd.GeoDataFrame(
        {"id": ["p", "q"], "name": ["P", "Q"], "quantity": [5.0, 6.0]},
        geometry=gpd.points_from_xy([110_000, 112_000], [480_000, 481_000]),
        crs="EPSG:28992",
    )
    layer.to_file(folder / "goed.gpkg")
    gpd.GeoDataFrame(geometry=[LineString([(110_000, 480_000), (112_000, 480_000)])], crs=28992).to_file(
        folder / "weg.gpkg"
    )
    gpd.GeoDataFrame(geometry=[box(100_000, 470_000, 130_000, 500_000)], crs=28992).to_file(
        folder / "rand.gpkg"
    )
    cells = np.ones((30, 30), dtype="float32")
    place = {"transform": Affine(5_000, 0, 90_000, 0, -5_000, 590_000), "crs": "EPSG:28992"}
    with rasterio.open(
        folder / "kosten.tif", "w", driver="GTiff", width=30, height=30, count=1, dtype="float32", **place
    ) as raster:
        raster.write(cells, 1)
    return folder


@pytest.fixture
def folder(_built: Path, tmp_path: Path) -> Path:
    """Return a copy of the whole, for one test to spoil."""
    return Path(shutil.copytree(_built, tmp_path / "project"))


Door = Callable[[Path, Path], list[str]]


def _check(settings: str, region: str = REGION) -> Door:
    def arguments(folder: Path, file: Path) -> list[str]:
        # The file comes before the layer that is good: one that is refused costs no more than its own reading.
        parts = (TOML, settings.format(file=file.name), LAYER, region.format(file=file.name))
        (folder / "kansenkaart.toml").write_text("".join(parts))
        return ["build", str(folder), "-o", str(folder / "nieuw"), "-v"]

    return arguments


def _match(*parts: str) -> Door:
    def arguments(folder: Path, file: Path) -> list[str]:
        files = [str(file if part == "file" else folder / "goed.gpkg") for part in parts]
        return ["match", *files, "-o", str(folder / "nieuw.gpkg"), "--max-distance", "50km"]

    return arguments


def _merge(folder: Path, ballot: Path, output: str, *more: str) -> list[str]:
    return ["workshop", "merge", str(folder / "uit"), str(ballot), "-o", str(folder / output), *more]


def _put(file: Path, target: Path) -> None:
    """Lay `file` at `target`; a link stays one, and one to itself points to its new self."""
    if not file.is_symlink():
        shutil.copyfile(file, target)
        return
    there = file.readlink()
    target.unlink()
    target.symlink_to(target.name if there.name == file.name else there)


def _over_built(folder: Path, file: Path) -> list[str]:
    _put(file, folder / "uit" / "kansenkaart.gpkg")
    return _merge(folder, folder / "tafel.json", "nieuw.gpkg")


def _over_decisions(folder: Path, file: Path) -> list[str]:
    _put(file, folder / "d.gpkg")
    return _merge(folder, folder / "tafel.json", "d.gpkg", "--overwrite")


def _over_manifest(folder: Path, file: Path) -> list[str]:
    _put(file, folder / "uit" / "manifest.json")
    return ["explain", str(folder / "uit"), "Gever", "Nemer"]


def _over_project(folder: Path, file: Path) -> list[str]:
    _put(file, folder / "kansenkaart.toml")
    return ["check", str(folder)]


_DOORS: dict[str, Door] = {
    "layer": _check(
        '[[layers]]\nname = "h"\npath = "{file}"\nkind = "digester"\nsource = "x"\nyear = 2024\n'
    ),
    "link": _check('[[links]]\nname = "h"\npath = "{file}"\nsource = "x"\nyear = 2024\n'),
    "boundary": _check("", '[region]\nboundary = "{file}"\n'),
    "roads": _check('[roads]\npath = "{file}"\n'),
    "friction": _check('[friction]\npath = "{file}"\n'),
    "friction layer": _check('[[friction.layers]]\npath = "{file}"\nkind = "water"\n'),
    "decisions": _check('[workshop]\ndecisions = "{file}"\n'),
    "match supply": _match("file", "goed"),
    "match demand": _match("goed", "file"),
    "ballot": lambda folder, file: _merge(folder, file, "nieuw.gpkg"),
    "after": lambda folder, file: _merge(folder, folder / "tafel.json", "nieuw.gpkg", "--after", str(file)),
    "built map": _over_built,
    "earlier decisions": _over_decisions,
    "manifest": _over_manifest,
    "project": _over_project,
}


@pytest.fixture(params=_DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """Return one door: what to type so that a file in the project's folder is opened through it."""
    return _DOORS[request.param]


@pytest.fixture
def turn(door: Door) -> int:
    """Return the number of the door: by day each door gets its share of what is offered, by night every door all."""
    return list(_DOORS.values()).index(door)


@pytest.fixture
def attempt(
    folder: Path, secret: Path, listener: Listener, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[[Door, Path], tuple[int, str]]]:
    """Give a runner of a door on one file after the other.

    It sees to it that nothing was asked and the secret is written nowhere, and takes away what a door wrote: the next
    file finds every door as the first did.
    """
    offered = {secret}
    content = secret.read_bytes()

    def search(place: Path) -> None:
        for path in (place, *place.rglob("*")):
            if path.is_file() and not path.is_symlink() and path not in offered:
                assert CANARY.encode() not in path.read_bytes(), path

    def run_door(door: Door, file: Path) -> tuple[int, str]:
        offered.add(file)
        code = run(door(folder, file))
        said = "".join(capfd.readouterr())
        assert listener.asked == []
        assert CANARY not in said
        for path in folder.glob("nieuw*"):
            search(path)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return code, said

    yield run_door
    search(secret.parents[1])
    assert secret.read_bytes() == content
