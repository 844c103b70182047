"""What rasters say of places, against sums by hand and against every cell cut with every area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.transform import Affine

from kansenkaart.errors import DataError
from kansenkaart.sources import raster_values
from kansenkaart.sources.raster_values import weigh_cells

_WEST, _NORTH = 121_000.0, 488_000.0
_HEAT = "demand_restwarmte_lt_gj_y"


@pytest.fixture
def write(tmp_path):
    """Writer of a GeoTIFF of cells of 100 m whose corner lies in Amsterdam."""

    def write_raster(cells, *, crs="EPSG:28992", transform=None, nodata=None, name="r.tif", **settings):
        cells = np.atleast_3d(np.asarray(cells, dtype="float32").T).T
        usual = Affine(100, 0, _WEST, 0, -100, _NORTH)
        profile = {"driver": "GTiff", "height": cells.shape[1], "width": cells.shape[2], "count": len(cells)}
        profile |= {"dtype": "float32", "crs": crs, "transform": transform or usual, "nodata": nodata}
        with rasterio.open(tmp_path / name, "w", **profile, **settings) as target:
            target.write(cells)

    return write_raster


@pytest.fixture
def take(read, tmp_path):
    """Reader of places with a raster: shapes in metres from the corner of the raster, downwards."""

    def read_with(*shapes, column=_HEAT, extra=None, layer=None, **raster):
        moved = shapely.transform(
            np.array(shapes), lambda xy: np.column_stack([_WEST + xy[:, 0], _NORTH - xy[:, 1]])
        )
        columns = {"id": [str(number) for number in range(len(shapes))]} | (extra or {})
        gpd.GeoDataFrame(columns, geometry=list(moved), crs=28992).to_file(tmp_path / "laag.gpkg")
        raster = {"path": "r.tif", "column": column, "take": "sum"} | raster
        return read(tmp_path / "laag.gpkg", kind="building", rasters=[raster], **(layer or {}))

    return read_with


def _values(sources, column=_HEAT):
    return sources.sites.sort_values("site_id")[column].tolist()


def test_a_sum_counts_of_every_cell_the_share_that_lies_inside(write, take):
    write([[1, 2, 4], [8, 16, 32]])
    sources = take(
        shapely.box(0, 0, 300, 200),
        shapely.box(50, 50, 150, 150),
        shapely.Polygon([(0, 0), (100, 0), (0, 100)]),
    )
    assert _values(sources) == [63, (1 + 2 + 8 + 16) / 4, 0.5]


def test_a_mean_is_weighed_by_the_same_shares_and_knows_no_data(write, take, said):
    write([[1, 3], [-9, -9]], nodata=-9)
    sources = take(shapely.box(75, 0, 200, 100), shapely.box(0, 0, 100, 150), take="mean")
    assert _values(sources) == [(1 * 25 + 3 * 100) / 125, 1]
    assert said(sources, "raster_in_part")[["row", "value"]].values.tolist() == [[3, "66,7"]]


def test_what_is_mostly_without_data_or_outside_the_raster_stays_unknown(write, take, said):
    write([[1, np.nan], [1, np.nan]])
    sources = take(shapely.box(80, 0, 200, 100), shapely.box(900, 900, 950, 950), shapely.box(0, 0, 50, 50))
    assert _values(sources)[2] == 0.25
    assert np.isnan(_values(sources)[:2]).all()
    assert said(sources, "raster_without_data")["row"].tolist() == [2, 3]


def test_a_number_per_hectare_is_summed_over_hectares(write, take):
    write([[10, 20]], transform=Affine(200, 0, _WEST, 0, -200, _NORTH))
    sources = take(shapely.box(100, 0, 300, 100), per="ha", unit="MWh")
    assert _values(sources) == pytest.approx([(10 * 1 + 20 * 1) * 3.6])


def test_points_are_sampled_and_a_radius_makes_an_area_of_them(write, take, said):
    write([[1, 2], [3, 4]])
    points = [shapely.Point(150, 50), shapely.Point(50, 150), shapely.Point(999, 50)]
    sampled = take(*points, take="sample")
    assert _values(sampled)[:2] == [2, 3]
    assert np.isnan(_values(sampled)[2])
    wide = take(shapely.Point(100, 100), radius_m=100)
    assert _values(wide) == pytest.approx([10 * np.pi / 4], rel=0.01)
    none = take(shapely.Point(100, 100))
    assert said(none, "raster_needs_area")["row"].tolist() == [2]


def test_a_raster_in_another_crs_gives_what_the_same_ground_gives(write, take):
    # a slope from west to east, as RD New and as degrees have it: the mean is that of the middle of the area
    shape = shapely.box(430, 430, 1430, 1430)
    to_degrees = Transformer.from_crs("EPSG:28992", "EPSG:4326", always_xy=True)
    west, south = to_degrees.transform(_WEST - 500, _NORTH - 2500)
    step = 0.0005
    lon, lat = np.meshgrid(
        west + step * (np.arange(80) + 0.5), south + 3000 / 111_000 - step * (np.arange(60) + 0.5)
    )
    x, _ = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True).transform(lon, lat)
    write(x - _WEST, crs="EPSG:4326", transform=Affine(step, 0, west, 0, -step, south + 3000 / 111_000))
    assert _values(take(shape, take="mean")) == pytest.approx([930], abs=1)


def test_what_a_row_states_goes_before_and_the_account_adds_up(write, take):
    write([[7]])
    sources = take(
        shapely.box(0, 0, 100, 100),
        shapely.box(0, 0, 50, 100),
        shapely.box(900, 0, 950, 50),
        extra={_HEAT: [5.0, None, None]},
    )
    assert _values(sources)[:2] == [5, 3.5]
    account = sources.layers.set_index("layer").loc["laag.raster1"]
    counted = ["rows_read", "rows_used", "rows_left_out", "rows_outside", "rows_rejected"]
    assert account[counted].tolist() == [3, 1, 1, 1, 0]
    assert account["crs"] == "EPSG:28992"
    assert len(account["sha256"]) == 64
    assert sources.sites["source"].tolist()[:2] == ["bron", f"bron; {_HEAT}: som van r.tif"]


def test_municipalities_without_geometry_are_summed_over_their_own_area(write, read):
    # ones over the whole country: the sum is the area in cells
    write(np.ones((70, 60)), transform=Affine(5000, 0, 0, 0, -5000, 640_000))
    raster = {"path": "r.tif", "column": "inhabitants", "take": "sum"}
    sources = read(
        "municipality_code;name\nGM0363;a\nGM0384;b\n",
        kind="municipality",
        placement="municipality",
        rasters=[raster],
    )
    areas = gpd.GeoSeries(sources.areas.set_index("municipality_code").geometry).area
    expected = [areas["GM0363"] / 25e6, areas["GM0384"] / 25e6]
    assert sources.sites["inhabitants"].tolist() == pytest.approx(expected, rel=1e-9)


def test_what_cannot_be_is_rejected_as_in_a_file(write, take, said):
    write([[-5, 4]])
    sources = take(shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100))
    assert said(sources, "negative")["row"].tolist() == [2]
    assert _values(sources) == [4]


@pytest.mark.parametrize(
    ("raster", "settings", "message"),
    [
        ({"crs": None}, {}, "no CRS"),
        ({"transform": Affine(100, 9, _WEST, 0, -100, _NORTH)}, {}, "turned or upside down"),
        ({}, {"band": 2}, "no band 2; it has 1"),
        ({}, {"column": "warmte"}, "is no driver or quantity"),
        ({}, {"unit": "ha"}, "unit ha of raster column"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(write, take, raster, settings, message):
    write([[1]], **raster)
    with pytest.raises(DataError, match=message):
        take(shapely.box(0, 0, 100, 100), **settings)


def test_a_crs_that_the_file_lacks_is_taken_from_the_project(write, take):
    write([[1, 2]], crs=None)
    assert _values(take(shapely.box(0, 0, 150, 100), crs="EPSG:28992")) == [2]


def test_an_area_larger_than_what_is_held_at_a_time_is_read_in_strips(write, take, monkeypatch):
    cells = np.arange(120.0).reshape(12, 10)
    write(cells, tiled=True, blockxsize=16, blockysize=16)
    shape = shapely.Polygon([(33, 20), (960, 110), (720, 1170), (150, 900)])
    whole = _values(take(shape))
    monkeypatch.setattr(raster_values, "_MOST_CELLS", 25)
    assert _values(take(shape)) == pytest.approx(whole)


@given(
    st.lists(st.tuples(st.floats(-3, 13), st.floats(-3, 13)), min_size=3, max_size=9),
    st.sampled_from([1.0, 0.37, 3.0]),
)
def test_the_shares_are_those_of_every_cell_cut_with_the_area(corners, size):
    zone = shapely.make_valid(shapely.Polygon(corners))
    zone = shapely.union_all(
        [part for part in shapely.get_parts(zone) if part.geom_type in ("Polygon", "MultiPolygon")]
    )
    if zone.area < 1e-6:
        return
    transform, shape = Affine(size, 0, 0, 0, -size, 10), (9, 11)
    rows, columns = np.indices(shape)
    boxes = shapely.box(columns * size, 10 - (rows + 1) * size, (columns + 1) * size, 10 - rows * size)
    plain = shapely.area(shapely.intersection(boxes, zone)) / size**2
    assert np.allclose(weigh_cells(zone, transform, shape), plain, atol=1e-9)


def test_the_heights_of_the_country_have_a_mean_per_province(shared, read, tmp_path):
    (tmp_path / "hoogte.tif").write_bytes((shared / "data/rasters/hoogte_nl_1km_rd.tif").read_bytes())
    raster = {"path": "hoogte.tif", "column": "demand_temperature_c", "take": "mean"}
    sources = read(
        "municipality_code;name\nGM0363;Amsterdam\nGM1903;Eijsden-Margraten\n",
        kind="municipality",
        placement="municipality",
        rasters=[raster],
        project={"region": {"province": "Nederland"}},
    )
    low, high = sources.sites["demand_temperature_c"]
    assert -6 < low < 3
    assert 80 < high < 200
