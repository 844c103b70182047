"""The GeoPackage as a GIS specialist sees it: opened in a real QGIS, without a project."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from kansenkaart.exports import write_geopackage
from kansenkaart.texts import load_texts

pytestmark = pytest.mark.qgis

SYSTEM_PYTHON = "/usr/bin/python3"
RENDERERS = {
    "municipalities": "singleSymbol",
    "site_areas": "singleSymbol",
    "candidates": "singleSymbol",
    "links": "categorizedSymbol",
    "matches": "RuleRenderer",
    "gaps": "categorizedSymbol",
    "sites": "categorizedSymbol",
    "flows": None,
    "provenance": None,
}


def open_in_qgis(path: Path) -> dict:
    """What QGIS says of the file; a PNG stands beside it."""
    if subprocess.run([SYSTEM_PYTHON, "-c", "import qgis.core"], capture_output=True).returncode:
        pytest.skip("the system's Python has no QGIS: apt-get install python3-qgis")
    home = path.parent / "thuis"
    home.mkdir(exist_ok=True)
    script = Path(__file__).parent / "open_package.py"
    done = subprocess.run(
        [SYSTEM_PYTHON, str(script), str(path), str(path.with_suffix(".png")), *RENDERERS],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def package(run, tmp_path):
    folder = tmp_path / "Kaart é"
    folder.mkdir()
    write_geopackage(folder / "kansenkaart.gpkg", run.frames, run.loaded)
    return folder / "kansenkaart.gpkg"


def test_qgis_opens_every_layer_with_its_style_and_changes_no_byte(run, package):
    before = hashlib.sha256(package.read_bytes()).hexdigest()
    seen = open_in_qgis(package)
    layers = seen["layers"]
    assert seen["remarks"] == []
    for name, renderer in RENDERERS.items():
        layer = layers[name]
        assert layer["valid"], name
        assert layer["renderer"] == renderer, name
        assert layer["crs"] == ("EPSG:28992" if renderer else ""), name
        unnamed = {column for column, alias in layer["aliases"].items() if not alias} - {"fid"}
        assert not unnamed, f"{name}: {unnamed}"
    assert hashlib.sha256(package.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in package.parent.iterdir()) == [
        "kansenkaart.gpkg",
        "kansenkaart.png",
        "thuis",
    ]
    _check_words(run, layers)


def _check_words(run, layers):
    texts = load_texts("nl")
    assert layers["matches"]["aliases"]["distance_m"] == "Afstand hemelsbreed (m)"
    assert layers["matches"]["widgets"]["chance_class"] == "ValueMap"
    assert {"kan, maar loont nu niet": "technisch"} in layers["matches"]["choices"]["chance_class"]
    classes = [texts(f"tables.values.chance_class.{name}") for name in ("kansrijk", "verkennen", "technisch")]
    streams = [texts.find(f"streams.{name}", name) for name in ("restwarmte_ht", "co2")]
    assert layers["matches"]["legend"] == [streams[0], *classes, streams[1], *classes]
    kinds = [kind for kind in run.loaded.catalogue.kinds if kind in set(run.frames.sites["kind"])]
    assert layers["sites"]["legend"] == [texts.find(f"kinds.{kind}", kind) for kind in kinds]
    assert layers["links"]["legend"] == ["loopt al", "gepland", "gestopt"]
    assert layers["gaps"]["legend"] == ["overschot", "tekort"]
    assert layers["flows"]["widgets"]["basis"] == "ValueMap"
    assert layers["municipalities"]["labels"] == 1_500_000
    assert layers["sites"]["names"] == [name.replace("\x00", "") for name in run.frames.sites["name"]]


def test_the_drawing_shows_the_streams_in_their_own_colours(run, package):
    from kansenkaart.catalogue import load_style

    open_in_qgis(package)
    pixels = _pixels(package.with_suffix(".png"))
    style = load_style()
    for stream in ("restwarmte_ht", "co2"):
        assert style.streams[stream].colour in pixels, stream
    assert style.land in pixels
    assert style.links["planned"].colour in pixels


def _pixels(png: Path) -> set[str]:
    """Colours in the picture, as #rrggbb."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning

    with pytest.warns(NotGeoreferencedWarning), rasterio.open(png) as picture:
        bands = picture.read([1, 2, 3]).reshape(3, -1).T
    return {f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in set(map(tuple, bands.tolist()))}


def test_an_empty_run_opens_too(empty_run, tmp_path):
    write_geopackage(tmp_path / "kansenkaart.gpkg", empty_run.frames, empty_run.loaded)
    layers = open_in_qgis(tmp_path / "kansenkaart.gpkg")["layers"]
    assert all(layer["valid"] for layer in layers.values())
    assert layers["matches"]["geometry"] == "LineString"
