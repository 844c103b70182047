"""Rasters of what is left: nothing is lost, GDAL knows what they are, and the project decides how fine they are."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from kansenkaart.catalogue import load_style
from kansenkaart.errors import OutputError, ProjectError
from kansenkaart.exports import write_rasters
from kansenkaart.exports.raster.kernel import choose_cell, lay_grid, spread
from kansenkaart.exports.raster.rasters import find_wet
from kansenkaart.geo import RD_BOUNDS
from kansenkaart.maps.basemap import read_ground
from kansenkaart.project.load import CELLS_IN_RADIUS

SIDES = {"supply": "overschot", "demand": "tekort"}
KM = 1000.0


@pytest.fixture(scope="module")
def asked(shared_run):
    """The project, asking for rasters of every stream with one kernel."""
    return shared_run.loaded.changed(
        rasters={"streams": tuple(shared_run.loaded.catalogue.streams), "radius_km": 5.0}
    )


@pytest.fixture(scope="module")
def folder(shared_run, asked, tmp_path_factory):
    out = tmp_path_factory.mktemp("rasters")
    write_rasters(out, shared_run.frames, asked)
    return out / "rasters"


def left_over(frames):
    """What is left per stream and side, from the frame alone."""
    return frames.gaps.groupby(["stream", "role"])["remaining"].sum()


def sum_of(path):
    """The quantity in a raster, from the file alone."""
    with rasterio.open(path) as raster:
        values = raster.read(1, masked=True).astype("float64")
        return float(values.sum()) * abs(raster.transform.a * raster.transform.e) / KM**2


def test_every_stream_and_side_adds_up_to_its_gap(shared_run, folder):
    left = left_over(shared_run.frames)
    assert {path.stem for path in folder.glob("*.tif")} == {
        f"{stream}_{SIDES[role]}" for stream, role in left.index
    }
    for (stream, role), quantity in left.items():
        assert sum_of(folder / f"{stream}_{SIDES[role]}.tif") == pytest.approx(quantity, rel=1e-5)


def test_the_same_run_gives_the_same_bytes(shared_run, asked, folder, tmp_path):
    frames = shared_run.frames
    turned = replace(frames, gaps=frames.gaps.iloc[::-1].reset_index(drop=True))
    write_rasters(tmp_path, turned, asked)
    first, again = (
        {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.iterdir()}
        for place in (folder, tmp_path / "rasters")
    )
    assert first == again


def test_a_raster_says_what_it_is(shared_run, folder):
    with rasterio.open(folder / "restwarmte_ht_tekort.tif") as raster:
        assert raster.crs.to_epsg() == 28992
        assert raster.nodata == -9999.0
        assert raster.units == ("GJ/km²/jaar",)
        assert raster.descriptions == ("Tekort Restwarmte (heet) (GJ/km²/jaar)",)
        tags, statistics, values = raster.tags(), raster.tags(1), raster.read(1)
    assert (tags["KERNEL"], tags["RADIUS_M"], tags["CELL_M"]) == ("quartic", "5000", "100")
    assert "kern van 5 km" in tags["DESCRIPTION"]
    assert tags["PROJECT"] == shared_run.loaded.project.title
    assert float(statistics["STATISTICS_MAXIMUM"]) == pytest.approx(float(values.max()))
    assert float(statistics["STATISTICS_MEAN"]) == pytest.approx(float(values.mean(dtype="float64")))
    assert (values >= 0).all()
    assert (values == 0).any()


@pytest.mark.skipif(shutil.which("gdalinfo") is None, reason="no gdalinfo: apt-get install gdal-bin")
def test_gdal_finds_tiles_overviews_and_a_cloud_layout(folder):
    command = ["gdalinfo", "-json", str(folder / "co2_overschot.tif")]
    info = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    band = info["bands"][0]
    assert info["metadata"]["IMAGE_STRUCTURE"]["LAYOUT"] == "COG"
    assert band["block"] == [256, 256]
    sizes = [one["size"] for one in band["overviews"]]
    assert sizes
    assert max(sizes[-1]) <= 256 < max(info["size"])
    assert band["unit"] == "t/km²/jaar"


def test_the_style_has_tints_of_the_stream_and_draws_nothing_where_nothing_is(folder):
    items = ET.parse(folder / "co2_tekort.qml").getroot().findall(".//item")
    values = [float(item.get("value")) for item in items]
    assert values[0] == 0.0
    assert values == sorted(values)
    assert values[-1] == float("inf")
    assert [item.get("alpha") for item in items] == ["0", *["255"] * 5]
    assert items[-1].get("color") == load_style().streams["co2"].colour
    assert len({item.get("color") for item in items[1:]}) == 5
    assert items[0].get("label") == "niets binnen de straal"
    assert all(item.get("label").endswith("t/km²/jaar") for item in items[1:])


def test_only_what_has_something_left_gets_a_raster(shared_run, asked, empty_run, tmp_path):
    frames = shared_run.frames
    gaps = frames.gaps.copy()
    co2 = gaps["stream"] == "co2"
    gaps.loc[co2, "remaining"] = 0.0
    heat = (gaps["stream"] == "restwarmte_ht") & (gaps["role"] == "supply")
    gaps.loc[heat, "remaining"] = 1e-12 * gaps.loc[heat, "value"]  # left by rounding only
    write_rasters(tmp_path, replace(frames, gaps=gaps), asked)
    assert [path.name for path in sorted((tmp_path / "rasters").iterdir())] == [
        "restwarmte_ht_tekort.qml",
        "restwarmte_ht_tekort.tif",
    ]
    nothing = tmp_path / "leeg"
    nothing.mkdir()
    write_rasters(nothing, empty_run.frames, empty_run.loaded)
    assert not list(nothing.iterdir())


def test_the_project_turns_rasters_off_and_sets_cell_and_radius(shared_run, tmp_path):
    write_rasters(tmp_path, shared_run.frames, shared_run.loaded.changed(rasters={"write": False}))
    assert not list(tmp_path.iterdir())
    wide = shared_run.loaded.changed(rasters={"cell_m": 1000.0, "radius_km": 20.0, "streams": ("co2",)})
    write_rasters(tmp_path, shared_run.frames, wide)
    path = tmp_path / "rasters" / "co2_tekort.tif"
    with rasterio.open(path) as raster:
        assert raster.transform.a == 1000.0
        assert raster.tags()["RADIUS_M"] == "20000"
        flat = raster.read(1).max()
    assert sum_of(path) == pytest.approx(left_over(shared_run.frames)["co2", "demand"], rel=1e-5)
    assert 0 < flat < 1e9


def test_a_raster_that_cannot_be_written_is_said(shared_run, asked, tmp_path):
    (tmp_path / "rasters").mkdir()
    (tmp_path / "rasters" / "co2_overschot.tif").mkdir()
    with pytest.raises(OutputError, match=r"rasters/co2_overschot\.tif cannot be written"):
        write_rasters(tmp_path, shared_run.frames, asked)


def test_what_a_pipe_carries_has_no_raster_unless_it_is_asked(shared_run, tmp_path):
    gaps = shared_run.frames.gaps
    by_road = gaps.assign(stream=gaps["stream"].where(gaps["stream"] != "co2", "gft"))
    write_rasters(tmp_path, replace(shared_run.frames, gaps=by_road), shared_run.loaded)
    files = {path.stem for path in (tmp_path / "rasters").glob("*.tif")}
    assert files == {"gft_overschot", "gft_tekort"}
    with rasterio.open(tmp_path / "rasters" / "gft_tekort.tif") as raster:
        assert raster.tags()["RADIUS_M"] == "10000"  # a tenth of the 100 km that gft goes


def test_nothing_lies_over_water_and_nothing_is_lost_by_that(shared_run, asked, tmp_path):
    frames = shared_run.frames
    place = frames.sites.representative_point().iloc[0]
    shore = place.x + 1 * KM
    lake = box(shore, place.y - 1 * KM, shore + 2 * KM, place.y + 1 * KM)
    write_rasters(tmp_path, frames, asked, ground=([box(*RD_BOUNDS)], [lake]))
    for (stream, role), quantity in left_over(frames).items():
        path = tmp_path / "rasters" / f"{stream}_{SIDES[role]}.tif"
        assert sum_of(path) == pytest.approx(quantity, rel=1e-5)
        with rasterio.open(path) as raster:
            (in_lake,) = raster.sample([lake.centroid.coords[0]])
        assert in_lake[0] == 0
    x, y, quantity = np.array([shore - 1 * KM]), np.array([500 * KM]), np.array([3.0])
    grid = lay_grid(x, y, cell_m=250.0, radius_m=5 * KM)
    wet = np.zeros((grid.rows, grid.columns), bool)
    wet[:, int((shore - grid.left) / grid.cell_m) :] = True
    mass = spread(x, y, quantity, grid=grid, radius_m=5 * KM, wet=wet) * grid.cell_km2
    assert mass.sum() == pytest.approx(3.0)
    assert (mass[wet] == 0).all()
    at_sea = spread(x, y, quantity, grid=grid, radius_m=5 * KM, wet=np.ones_like(wet)) * grid.cell_km2
    assert at_sea.sum() == pytest.approx(3.0)


def test_the_example_leaves_the_lakes_of_the_country_dry():
    land, water = read_ground()
    x, y = np.array([133_000.0]), np.array([517_000.0])  # Hoorn, on the Markermeer
    grid = lay_grid(x, y, cell_m=250.0, radius_m=10 * KM)
    wet = find_wet(grid, (land, water))
    middle = (int((grid.top - 512_000) / 250), int((140_000 - grid.left) / 250))
    home = (int((grid.top - 519_000) / 250), int((131_000 - grid.left) / 250))
    assert wet[middle]
    assert not wet[home]


places = st.lists(
    st.tuples(
        st.floats(RD_BOUNDS[0], RD_BOUNDS[2]), st.floats(RD_BOUNDS[1], RD_BOUNDS[3]), st.floats(1e-3, 1e7)
    ),
    min_size=1,
    max_size=12,
)


@given(places, st.sampled_from([(500.0, 2_000.0), (1000.0, 5_000.0), (2_000.0, 4_000.0)]))
def test_no_quantity_is_lost_or_moved(rows, size):
    x, y, quantity = np.array(rows).T
    cell_m, radius_m = size
    grid = lay_grid(x, y, cell_m=cell_m, radius_m=radius_m)
    mass = spread(x, y, quantity, grid=grid, radius_m=radius_m) * grid.cell_km2
    assert (mass >= 0).all()
    assert mass.sum() == pytest.approx(quantity.sum(), rel=1e-9)
    across = grid.left + (np.arange(grid.columns) + 0.5) * cell_m
    down = grid.top - (np.arange(grid.rows) + 0.5) * cell_m
    share = quantity / quantity.sum()
    assert mass.sum(axis=0) @ across / mass.sum() == pytest.approx(x @ share, abs=1e-3)
    assert mass.sum(axis=1) @ down / mass.sum() == pytest.approx(y @ share, abs=1e-3)


def test_one_place_looks_like_the_kernel_of_the_books():
    x, y = np.array([100_250.0]), np.array([500_250.0])  # the middle of a cell
    grid = lay_grid(x, y, cell_m=100.0, radius_m=3_000.0)
    density = spread(x - 200.0, y - 200.0, np.array([7.0]), grid=grid, radius_m=3_000.0)
    across, down = np.meshgrid(
        grid.left + (np.arange(grid.columns) + 0.5) * 100.0, grid.top - (np.arange(grid.rows) + 0.5) * 100.0
    )
    far2 = ((across - 100_050.0) ** 2 + (down - 500_050.0) ** 2) / 3_000.0**2
    # Silverman (1986), eq. 4.5: 3 / pi (1 - r2)2 over a disc of radius 1
    wanted = 7.0 * 3.0 / np.pi / 9.0 * np.clip(1.0 - far2, 0.0, None) ** 2
    np.testing.assert_allclose(density, wanted, rtol=0.01, atol=1e-12)
    assert ((density > 0) == (wanted > 0)).all()


@given(st.floats(0.0, 500_000.0), st.floats(1_000.0, 50_000.0))
def test_the_chosen_cell_is_one_the_project_could_have_asked_for(side_m, radius_m):
    fewest, most = CELLS_IN_RADIUS
    assert fewest <= radius_m / choose_cell(side_m, [radius_m]) <= most


@given(st.floats(0.0, 500_000.0), st.lists(st.floats(2_000.0, 20_000.0), min_size=1, max_size=5))
def test_one_cell_suits_every_kernel_of_a_run(side_m, radii_m):
    fewest, most = CELLS_IN_RADIUS
    cell_m = choose_cell(side_m, radii_m)
    assert all(fewest <= radius_m / cell_m <= most for radius_m in radii_m)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("write = false\ncell_m = 500", ("'rasters.cell_m' = 500", "write = false", "write = true")),
        ("write = false\nradius_km = 4", ("'rasters.radius_km' = 4", "write = false")),
        ("cell_m = 4000\nradius_km = 5", ("'rasters.cell_m' = 4000", "radius_km = 5", "100 tot 2500 m")),
        ('streams = ["warmt"]', ("rasters.streams", "warmt")),
        ('write = false\nstreams = ["gft"]', ("'rasters.streams'", "write = true")),
        ("cell_m = 100\nradius_km = 10", ("'rasters.cell_m' = 100", "200 tot 5000 m")),
        ("cell_m = 50", ("'rasters.cell_m' = 50", "100")),
        ("radius_km = 0.5", ("'rasters.radius_km' = 0.5", "1")),
    ],
)
def test_settings_without_effect_or_that_do_not_fit_are_refused(text, words, tmp_path, project_text):
    from kansenkaart.cli.screen import translate
    from kansenkaart.project import load_project
    from kansenkaart.texts import load_texts

    (tmp_path / "bedrijven.csv").write_text("id\n", encoding="utf-8")
    (tmp_path / "kansenkaart.toml").write_text(f"{project_text}\n[rasters]\n{text}\n", encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path)
    told = " ".join(translate(one, load_texts("nl")) for one in caught.value.faults)
    for word in words:
        assert word in told
