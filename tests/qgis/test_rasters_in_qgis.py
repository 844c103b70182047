"""The rasters as a planner sees them: dragged into a real QGIS, each with the style that stands beside it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from kansenkaart.catalogue import load_style
from kansenkaart.exports import write_rasters
from kansenkaart.texts import load_texts
from tests.which_qgis import PYTHON, need_qgis

pytestmark = pytest.mark.qgis

SIDES = {"supply": "overschot", "demand": "tekort"}


@pytest.fixture(scope="module")
def opened(shared_run, tmp_path_factory):
    """What QGIS says of every raster, the folder with its pictures and the names that stood beside the rasters."""
    need_qgis()
    folder, home = tmp_path_factory.mktemp("Rasters é"), tmp_path_factory.mktemp("thuis")
    write_rasters(
        folder,
        shared_run.frames,
        shared_run.loaded.changed(
            rasters={"streams": tuple(shared_run.loaded.catalogue.streams), "radius_km": 5.0}
        ),
    )
    files = sorted((folder / "rasters").glob("*.tif"))
    before = {path.name: path.read_bytes() for path in (folder / "rasters").iterdir()}
    script = Path(__file__).parent / "open_rasters.py"
    done = subprocess.run(
        [*PYTHON, str(script), str(folder), *map(str, files)],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home)},
    )
    assert done.returncode == 0, done.stderr
    assert {path.name: path.read_bytes() for path in (folder / "rasters").iterdir()} == before
    return json.loads(done.stdout), folder


def test_qgis_opens_every_raster_with_its_style_and_unit(shared_run, opened):
    seen, _ = opened
    left = shared_run.frames.gaps.groupby(["stream", "role"])["remaining"].sum()
    units = shared_run.frames.gaps.groupby("stream")["unit"].first()
    assert set(seen) == {f"{stream}_{SIDES[role]}.tif" for stream, role in left.index}
    texts, style = load_texts("nl"), load_style()
    for (stream, role), quantity in left.items():
        one = seen[f"{stream}_{SIDES[role]}.tif"]
        unit = f"{units[stream]}/km²/jaar"
        assert one["valid"]
        assert one["crs"] == "EPSG:28992"
        assert one["renderer"] == "singlebandpseudocolor"
        assert one["nodata"] == -9999
        assert one["remarks"] == []
        name = texts.find(f"streams.{stream}", stream)
        assert one["band"] == f"Band 1: {SIDES[role].capitalize()} {name} ({unit})"
        assert one["sum"] * (one["cell"] / 1000.0) ** 2 == pytest.approx(quantity, rel=0.01)
        labels, colours, alphas = zip(*one["legend"], strict=True)
        assert labels[0] == "niets binnen de straal"
        assert all(label.endswith(unit) for label in labels[1:])
        assert colours[-1] == style.streams[stream].colour
        assert alphas == (0, 255, 255, 255, 255, 255)


def test_the_drawing_shows_classes_and_clear_ground(opened):
    _, folder = opened
    pictures = sorted(folder.glob("*.png"))
    assert len(pictures) == 4
    for picture in pictures:
        with pytest.warns(NotGeoreferencedWarning), rasterio.open(picture) as image:
            red, green, blue = image.read([1, 2, 3]).astype("int64")
        colours = set(np.unique(red << 16 | green << 8 | blue).tolist())
        assert 0xFFFFFF in colours
        assert len(colours) >= 6
