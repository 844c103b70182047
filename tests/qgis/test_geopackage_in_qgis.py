"""The GeoPackage as a GIS specialist sees it: opened in a real QGIS, without a project."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from kansenkaart.catalogue import load_style
from kansenkaart.exports import write_geopackage
from kansenkaart.texts import load_texts
from tests.exports.small_run import make_run

pytestmark = pytest.mark.qgis

RENDERERS = {
    "municipalities": "graduatedSymbol",
    "site_areas": "singleSymbol",
    "candidates": "RuleRenderer",
    "links": "categorizedSymbol",
    "matches": "RuleRenderer",
    "gaps": "categorizedSymbol",
    "sites": "categorizedSymbol",
    "flows": None,
    "provenance": None,
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("bron"))


@pytest.fixture(scope="module")
def seen(hostile, tmp_path_factory, call_qgis):
    """What QGIS says of the file, its picture, and whether the file is as it was."""
    folder = tmp_path_factory.mktemp("Kaart é")
    path = folder / "kansenkaart.gpkg"
    write_geopackage(path, hostile.frames, hostile.loaded)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    png = folder / "kansenkaart.png"
    report = call_qgis("open_package.py", str(path), str(png), *RENDERERS)
    unchanged = hashlib.sha256(path.read_bytes()).hexdigest() == before
    left = sorted(one.name for one in folder.iterdir())
    return report | {"unchanged": unchanged, "left": left, "png": png}


def test_qgis_opens_every_layer_with_its_style_and_changes_no_byte(hostile, seen):
    layers = seen["layers"]
    assert seen["remarks"] == []
    for name, renderer in RENDERERS.items():
        layer = layers[name]
        assert layer["valid"], name
        assert layer["renderer"] == renderer, name
        assert layer["crs"] == ("EPSG:28992" if renderer else ""), name
        unnamed = {column for column, alias in layer["aliases"].items() if not alias} - {"fid"}
        assert not unnamed, f"{name}: {unnamed}"
    assert seen["unchanged"]
    assert seen["left"] == ["kansenkaart.gpkg", "kansenkaart.png"]
    _check_words(hostile, layers)


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
    assert layers["municipalities"]["legend"][:2] == ["geen vraag gelezen", "geen tekort"]
    assert layers["sites"]["names"] == [name.replace("\x00", "") for name in run.frames.sites["name"]]


def test_the_drawing_shows_the_streams_in_their_own_colours(seen):
    pixels = _pixels(seen["png"])
    style = load_style()
    for stream in ("restwarmte_ht", "co2"):
        assert style.streams[stream].colour in pixels, stream
    assert style.paper in pixels
    assert style.links["planned"].colour in pixels


def _pixels(png: Path) -> set[str]:
    """Colours in the picture, as #rrggbb."""
    with pytest.warns(NotGeoreferencedWarning), rasterio.open(png) as picture:
        red, green, blue = picture.read([1, 2, 3]).astype(np.uint32)
    return {f"#{one:06x}" for one in np.unique(red << 16 | green << 8 | blue).tolist()}
