"""What `kansenkaart match` wrote, opened in a real QGIS without a project."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import geopandas as gpd
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from kansenkaart.catalogue import load_style
from kansenkaart.cli.main import run
from tests.which_qgis import PYTHON, need_qgis

pytestmark = pytest.mark.qgis

LAYERS = ("demand", "matches", "supply", "findings")


def _write(path, places, **columns):
    points = gpd.points_from_xy([110_000 + x for x, _ in places], [480_000 + y for _, y in places])
    frame = gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:28992")
    frame.to_file(path)
    return frame


@pytest.fixture
def package(tmp_path):
    """Suppliers that deliver all, a part and nothing; the first receiver is a polygon, the last row is rejected."""
    _write(tmp_path / "a.gpkg", [(0, 0), (0, 3_000), (9_000, 9_000)], id=list("abc"), aanbod=[5.0, 8.0, 3.0])
    taking = _write(
        tmp_path / "b.gpkg", [(2_000, 0), (2_000, 3_000), (0, 9_000)], id=list("xyz"), vraag=[7.0, 2.0, -1.0]
    )
    taking.set_geometry(taking.buffer(300)).to_file(tmp_path / "vlak.gpkg")
    out = tmp_path / "uit é.gpkg"
    arguments = [
        str(tmp_path / "a.gpkg"),
        str(tmp_path / "vlak.gpkg"),
        "-o",
        str(out),
        "--max-distance",
        "2km",
    ]
    assert run(["match", *arguments, "--unit", "t", "-q"]) == 0
    return out


def test_qgis_shows_the_styles_and_changes_no_byte(package):
    need_qgis()
    before = hashlib.sha256(package.read_bytes()).hexdigest()
    home, png = package.parent / "thuis", package.with_suffix(".png")
    home.mkdir(mode=0o700)
    done = subprocess.run(
        [*PYTHON, str(Path(__file__).with_name("open_package.py")), str(package), str(png), *LAYERS],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    layers = seen["layers"]
    assert seen["remarks"] == []
    assert {name: one["rows"] for name, one in layers.items()} == {
        "demand": 2,
        "matches": 2,
        "supply": 3,
        "findings": 1,
    }
    assert layers["supply"]["legend"] == ["alles geleverd", "deels geleverd", "niets geleverd"]
    assert layers["demand"]["legend"] == ["alles gekregen", "deels gekregen", "niets gekregen"]
    assert layers["supply"]["aliases"]["left"] == "Over (t)"
    assert {"geweigerd": "rejected"} in layers["findings"]["choices"]["severity"]
    for name in ("demand", "matches", "supply"):
        assert (layers[name]["crs"], layers[name]["valid"]) == ("EPSG:28992", True)
    style = load_style()
    assert {style.accent, style.ink, style.paper} <= _pixels(png)
    assert hashlib.sha256(package.read_bytes()).hexdigest() == before


def _pixels(png: Path) -> set[str]:
    """Colours in the picture, as #rrggbb."""
    with pytest.warns(NotGeoreferencedWarning), rasterio.open(png) as picture:
        bands = picture.read([1, 2, 3]).reshape(3, -1).T
    return {f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in set(map(tuple, bands.tolist()))}
