"""The friction of the land: from a GeoTIFF or burnt from layers, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from rasterio.transform import Affine
from rasterio.warp import Resampling, reproject, transform_bounds
from shapely.geometry import LineString, Point, box

from kansenkaart.cli.screen import translate
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.matches.pairs.routes import PlacePairs, find_routes
from kansenkaart.sources import cost_raster
from kansenkaart.sources.read_friction import ReadFriction, read_friction
from kansenkaart.sources.region import load_boundaries, read_region
from kansenkaart.texts import load_texts

REGION = {"municipalities": ["GM0034"], "margin_km": 2}
# In Almere, RD New.
X, Y = 143_000.0, 487_000.0
# A raster that covers Almere and more.
LEFT, TOP, SIZE = 120_000.0, 505_000.0, 400
HEIGHT = Path("data/rasters/hoogte_nl_1km_rd.tif")


@pytest.fixture
def read(load: Callable) -> Callable[..., ReadFriction]:
    """Return a reader of friction settings."""

    def read_one(region=REGION, **friction):
        loaded = load({"name": "a", "path": "a.csv"}, region=region, friction=friction)
        return read_friction(
            loaded.project.friction, loaded, read_region(loaded, load_boundaries()), load_texts("nl")
        )

    return read_one


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Return a writer of a GeoTIFF, 100 m cells in RD New unless said otherwise."""

    def write_one(cells, *, crs="EPSG:28992", transform=None, name="f.tif", **profile):
        cells = np.asarray(cells)
        bands = cells if cells.ndim == 3 else cells[None]
        settings = {
            "driver": "GTiff",
            "height": bands.shape[1],
            "width": bands.shape[2],
            "count": len(bands),
            "dtype": bands.dtype,
            "crs": crs,
            "transform": transform or from_origin(LEFT, TOP, 100, 100),
            **profile,
        }
        with rasterio.open(tmp_path / name, "w", **settings) as target:
            target.write(bands)
        return name

    return write_one


def from_origin(left, top, width, height):
    return Affine(width, 0.0, left, 0.0, -height, top)


def ones():
    return np.ones((SIZE, SIZE), dtype=np.float32)


def said(found: ReadFriction) -> dict[str, str]:
    return {
        row["key"]: row["reason"] for findings in found.findings for _, row in findings.frame().iterrows()
    }


def at(found: ReadFriction, x: float, y: float) -> float:
    row, column = np.floor(found.friction.to_cells(np.array([[x, y]]))[0]).astype(int)
    return float(found.friction.factor[row, column])


def route(found: ReadFriction, start, end):
    distance = np.array([np.hypot(start[0] - end[0], start[1] - end[1])])
    one = np.zeros(1, dtype=int)
    places = np.array([start], dtype=float), np.array([end], dtype=float)
    return find_routes(
        PlacePairs(*places, one, one, distance), friction=found.friction, detour=1.25, reach_m=100_000.0
    )


# --- a GeoTIFF


def test_a_raster_is_cut_to_the_region_and_its_margin(read, write):
    cells = ones()
    cells[100:104, 200:204] = 7.0
    found = read(path=write(cells))
    assert found.friction.factor.size < cells.size
    assert found.friction.cell_m == 100.0
    assert at(found, LEFT + 20_150, TOP - 10_150) == 7.0
    assert at(found, LEFT + 20_450, TOP - 10_150) == 1.0
    assert list(said(found)) == ["friction_read"]


def test_all_ones_give_the_straight_distance(read, write):
    found = read(path=write(ones()))
    result = route(found, (X - 3_000, Y), (X + 3_210, Y + 1_730))
    assert result.route_m[0] == pytest.approx(np.hypot(6_210, 1_730), abs=1e-3)


def test_no_data_and_zero_cells_are_impassable(read, write):
    cells = ones()
    for place, value in enumerate((-9_999, 0, np.nan, np.inf)):
        cells[180, 230 + place] = value
    found = read(path=write(cells, nodata=-9_999))
    closed = [at(found, LEFT + 23_050 + 100 * place, TOP - 18_050) for place in range(4)]
    assert np.isnan(closed).all()
    assert int(np.isnan(found.friction.factor).sum()) == 4


@pytest.mark.parametrize("crs", ["EPSG:28992", "EPSG:25831"])
def test_negative_cells_are_refused_with_how_many_and_the_lowest(read, write, crs):
    cells = ones()
    cells[180, 230:233] = -3, -9_999, -0.5
    place = {}
    if crs != "EPSG:28992":
        west, _, _, north = transform_bounds("EPSG:28992", crs, LEFT, TOP - 40_000, LEFT + 40_000, TOP)
        place["transform"] = from_origin(west, north, 100, 100)
    with pytest.raises(DataError) as caught:
        read(path=write(cells, crs=crs, **place))
    (problem,) = caught.value.faults
    dutch = translate(problem, load_texts("nl"))
    assert "f.tif: 3 cellen" in dutch
    assert "laagste -9999" in dutch
    assert "nodata" in dutch


def test_negative_cells_elsewhere_do_not_matter(read, write):
    cells = ones()
    cells[0, 0] = -1
    assert read(path=write(cells)).friction.factor.size < cells.size


def test_a_wall_with_a_gap_makes_the_way_round(read, write):
    cells = ones()
    wall = int((X - LEFT) // 100)
    cells[:, wall] = -1
    gap = int((TOP - (Y + 4_000)) // 100)
    cells[gap, wall] = 1
    found = read(path=write(cells, nodata=-1))
    result = route(found, (X - 1_000, Y), (X + 1_000, Y))
    assert result.reachable[0]
    assert 2 * np.hypot(1_000, 4_000) <= result.route_m[0] <= 2 * np.hypot(1_000, 4_000) * 1.0824 + 300
    cells[gap, wall] = -1
    assert not route(read(path=write(cells, nodata=-1)), (X - 1_000, Y), (X + 1_000, Y)).reachable[0]


def test_scale_and_offset_of_the_file_are_applied(read, write, tmp_path):
    name = write(np.full((SIZE, SIZE), 15, dtype=np.int16))
    with rasterio.open(tmp_path / name, "r+") as target:
        target.scales, target.offsets = (0.1,), (0.5,)
    assert at(read(path=name), X, Y) == pytest.approx(2.0)


@pytest.mark.parametrize(("crs", "cell"), [("EPSG:25831", 60.0), ("EPSG:4326", 0.0007)])
def test_a_raster_in_another_crs_is_moved_and_its_walls_stay_closed(read, write, crs, cell):
    cells = ones()
    wall = int((X - LEFT) // 100)
    cells[:, wall] = -1
    cells[:, wall + 50 : wall + 60] = 4.0
    bounds = LEFT, TOP - SIZE * 100, LEFT + SIZE * 100, TOP
    west, south, east, north = transform_bounds("EPSG:28992", crs, *bounds)
    transform = from_origin(west, north, cell, cell)
    moved = np.full((int((north - south) / cell), int((east - west) / cell)), -1, dtype=np.float32)
    # nearest and finer than the source, so that the wall is whole in the file itself
    reproject(
        cells,
        moved,
        src_transform=from_origin(LEFT, TOP, 100, 100),
        src_crs="EPSG:28992",
        dst_transform=transform,
        dst_crs=crs,
        dst_nodata=-1,
        resampling=Resampling.nearest,
    )
    found = read(path=write(moved, crs=crs, transform=transform, nodata=-1))
    assert at(found, X - 2_000, Y) == 1.0
    assert at(found, X + 5_500, Y) == 4.0
    assert np.isnan(at(found, X + 50, Y))
    assert not route(found, (X - 1_000, Y), (X + 1_000, Y)).reachable[0]
    east = route(found, (X + 1_000, Y + 1_000), (X + 4_000, Y - 1_000))
    assert east.route_m[0] == pytest.approx(np.hypot(3_000, 2_000), abs=1.0)


def test_a_raster_of_part_of_the_region_says_how_much(read, write):
    found = read(path=write(ones()[:, :270]))
    assert "van de regio" in said(found)["friction_part"]
    share = float(said(found)["friction_part"].split("maar ")[1].split(" %")[0].replace(",", "."))
    assert 50 < share < 90


@pytest.mark.parametrize("rows", [130, 165])
def test_a_raster_of_less_than_half_the_region_is_refused(read, write, rows):
    with pytest.raises(DataError) as caught:
        read(path=write(ones()[:rows]))
    (problem,) = caught.value.faults
    dutch = translate(problem, load_texts("nl"))
    assert (
        f"f.tif: het raster bedekt {problem.values['covered']} % van de regio; toegestaan: 50 % of meer"
        in dutch
    )
    assert 0 < float(problem.values["covered"]) < 50
    assert "120000, " in dutch
    assert "EPSG:28992" in dutch


def test_a_raster_beside_the_region_is_refused(read, write):
    with pytest.raises(DataError, match="covers 0 % of the region") as caught:
        read(path=write(ones(), transform=from_origin(10_000, 400_000, 100, 100)))
    assert caught.value.faults[0].values["bounds"] == "10000, 360000, 50000, 400000"
    assert caught.value.faults[0].values["crs"] == "EPSG:28992"


def test_a_raster_of_the_whole_world_is_cut(read, write):
    cells = np.ones((1_800, 3_600), dtype=np.uint8)
    cells[:, :1_852] = 3  # west of 5.2 degrees
    found = read(path=write(cells, crs="EPSG:4326", transform=from_origin(-180.0, 90.0, 0.1, 0.1)))
    assert found.friction.factor.size < 200
    assert 6_000 < found.friction.cell_m < 11_500
    assert list(said(found)) == ["friction_read"]


def test_several_bands_are_refused(read, write):
    with pytest.raises(DataError, match="has 3 bands"):
        read(path=write(np.ones((3, SIZE, SIZE), dtype=np.uint8)))


def test_a_raster_without_crs_is_refused(read, write):
    with pytest.raises(DataError, match="no CRS that leads to RD"):
        read(path=write(ones(), crs=None))


def test_a_file_that_is_no_raster_is_refused(read, tmp_path):
    (tmp_path / "f.tif").write_text("<script>")
    with pytest.raises(DataError, match=r"is no \.tif file"):
        read(path="f.tif")


def test_an_impassable_region_is_refused(read, write):
    with pytest.raises(DataError, match="every cell within the region is impassable"):
        read(path=write(ones() * 0))


def test_too_many_cells_are_refused_before_they_are_read(read, write, tmp_path, monkeypatch):
    with pytest.raises(DataError, match="allowed: 50000000") as caught:
        read(
            region={"province": "Nederland"},
            layers=[{"path": "a.gpkg", "kind": "water"}],
            cell_m=10.0,
        )
    wider = caught.value.faults[0].values["wider"]
    assert 20 < wider < 60
    monkeypatch.setattr(cost_raster, "MAX_CELLS", 1_000)
    with pytest.raises(DataError, match="would have"):
        read(path=write(ones()))


# --- layers


def layer(tmp_path, name, *shapes, crs="EPSG:28992"):
    gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:28992").to_crs(crs).to_file(tmp_path / name)
    return name


def test_layers_are_burnt_with_the_catalogues_factor_or_their_own(read, tmp_path, load):
    water = layer(tmp_path, "water.gpkg", box(X, Y, X + 1_000, Y + 1_000))
    park = layer(tmp_path, "park.gpkg", box(X + 3_000, Y, X + 4_000, Y + 1_000))
    found = read(
        layers=[{"path": water, "kind": "water"}, {"path": park, "kind": "park", "factor": 0.5}], cell_m=50.0
    )
    water_factor = load({"name": "a", "path": "a.csv"}).catalogue.prices["friction_water"].value
    assert found.friction.cell_m == 50.0
    assert at(found, X + 500, Y + 500) == water_factor > 1
    assert at(found, X + 3_500, Y + 500) == 0.5
    assert at(found, X + 2_000, Y + 500) == 1.0


def test_the_dearest_of_overlapping_layers_counts_in_any_order(read, tmp_path):
    first = {"path": layer(tmp_path, "a.gpkg", box(X, Y, X + 900, Y + 900)), "kind": "a", "factor": 3.0}
    second = {"path": layer(tmp_path, "b.gpkg", box(X, Y, X + 900, Y + 900)), "kind": "b", "factor": 8.0}
    for layers in ([first, second], [second, first]):
        assert at(read(layers=layers), X + 500, Y + 500) == 8.0


def test_a_line_is_a_closed_band_and_a_buffer_widens_it(read, tmp_path):
    rail = layer(tmp_path, "rail.gpkg", LineString([(X - 90_000, Y - 61_234), (X + 90_000, Y + 61_234)]))
    ends = (X - 1_000, Y + 2_000), (X + 1_500, Y - 2_000)
    thin = route(read(layers=[{"path": rail, "kind": "spoor", "factor": 4.0}]), *ends)
    wide = route(read(layers=[{"path": rail, "kind": "spoor", "factor": 4.0, "buffer_m": 500.0}]), *ends)
    assert thin.cost_length_m[0] > thin.route_m[0] + 100
    assert wide.cost_length_m[0] > thin.cost_length_m[0] + 2_000


def test_an_area_narrower_than_a_cell_is_burnt_whole(read, tmp_path):
    """A canal of 12 m misses the middle of nearly every cell of 100 m, and must still be crossed."""
    canal = layer(tmp_path, "a.gpkg", box(X + 3, Y - 60_000, X + 15, Y + 60_000))
    found = read(layers=[{"path": canal, "kind": "water", "factor": 9.0}])
    assert at(found, X + 50, Y) == 9.0
    result = route(found, (X - 1_050, Y + 50), (X + 950, Y + 50))
    assert result.cost_length_m[0] == pytest.approx(2_000 + 800, rel=1e-6)


def test_a_layer_in_another_crs_burns_the_same_cells(read, tmp_path):
    shape = box(X + 20, Y + 20, X + 1_080, Y + 980)
    here = read(layers=[{"path": layer(tmp_path, "a.gpkg", shape), "kind": "x", "factor": 3.0}])
    there = read(
        layers=[{"path": layer(tmp_path, "b.gpkg", shape, crs="EPSG:4326"), "kind": "x", "factor": 3.0}]
    )
    np.testing.assert_array_equal(here.friction.factor, there.friction.factor)


def test_a_kind_without_a_factor_is_refused_with_the_known_ones(read, tmp_path):
    name = layer(tmp_path, "a.gpkg", Point(X, Y))
    with pytest.raises(ProjectError, match="known kind: motorway, nature, rail, water"):
        read(layers=[{"path": name, "kind": "vliegveld"}])


@pytest.mark.parametrize("value", [0.0, -2.0, 1e300])
def test_a_factor_that_cannot_be_is_refused(load, tmp_path, value):
    """A factor of 0 or less would make a pipe better the longer it is."""
    name = layer(tmp_path, "a.gpkg", Point(X, Y))
    loaded = load(
        {"name": "a", "path": "a.csv"}, region=REGION, friction={"layers": [{"path": name, "kind": "rail"}]}
    )
    rail = loaded.catalogue.prices["friction_rail"]
    changed = replace(
        loaded.catalogue,
        prices={**loaded.catalogue.prices, "friction_rail": rail.model_copy(update={"value": value})},
    )
    region = read_region(loaded, load_boundaries())
    with pytest.raises(ProjectError, match="above 0, at most"):
        read_friction(loaded.project.friction, replace(loaded, catalogue=changed), region, load_texts("nl"))


def test_layers_that_burn_nothing_are_said(read, tmp_path):
    gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs="EPSG:28992")).to_file(tmp_path / "leeg.gpkg")
    far = layer(tmp_path, "ver.gpkg", Point(20_000, 380_000))
    found = read(layers=[{"path": "leeg.gpkg", "kind": "water"}, {"path": far, "kind": "water"}])
    assert set(said(found)) == {"layer_empty", "friction_read", "friction_layer_outside"}
    assert (found.friction.factor == 1.0).all()


def test_a_layer_of_rows_without_a_shape_is_not_called_empty(read, tmp_path):
    kinds = pd.DataFrame({"kind": ["sloot", "kanaal"]})
    pyogrio.write_dataframe(kinds, tmp_path / "tabel.gpkg")

    found = read(layers=[{"path": "tabel.gpkg", "kind": "water"}])

    assert set(said(found)) == {"friction_no_shapes", "friction_read"}
    account = found.accounts[0]
    assert [account[f"rows_{what}"] for what in ("read", "used", "rejected")] == [2, 0, 2]


def test_a_shape_with_a_corner_that_is_no_number_is_counted_as_left_out(read, tmp_path):
    name = layer(tmp_path, "water.geojson", box(X, Y, X + 900, Y + 900), box(X + 900, Y, X + 950, Y + 77))
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert "487077" in text
    (tmp_path / name).write_text(text.replace("487077.0", "NaN", 1), encoding="utf-8")
    found = read(layers=[{"path": name, "kind": "a", "factor": 3.0, "buffer_m": 10}])
    assert [found.accounts[0][key] for key in ("rows_read", "rows_used", "rows_rejected")] == [2, 1, 1]


def test_a_layer_in_coordinates_its_crs_cannot_hold_is_refused(read, tmp_path):
    metres = gpd.GeoDataFrame(geometry=[LineString([(X, Y), (X + 900, Y)])], crs="EPSG:4326")
    metres.to_file(tmp_path / "a.gpkg")
    with pytest.raises(DataError) as caught:
        read(layers=[{"path": "a.gpkg", "kind": "water"}])
    dutch = translate(caught.value.faults[0], load_texts("nl"))
    assert (
        "a.gpkg: de coördinaten (143000, 487000, 143900, 487000) vallen buiten het bereik van EPSG:4326"
        in dutch
    )


def test_real_heights_are_refused_as_costs(read, shared):
    """Heights are not costs: below sea level they say so themselves."""
    if not (shared / HEIGHT).is_file():
        pytest.skip("the height raster is not beside the project")
    with pytest.raises(DataError, match="are negative"):
        read(region={"province": "Flevoland"}, path=str(shared / HEIGHT))
