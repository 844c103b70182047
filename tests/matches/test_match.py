"""The public call: what comes out, what is refused, and that nothing else changes."""

from __future__ import annotations

import doctest
import importlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from kansenkaart.errors import DataError
from kansenkaart.matches.match import match

RD = "EPSG:28992"
MATCH_COLUMNS = ["supply_id", "demand_id", "quantity", "distance_m", "geometry"]
OLD_RD = (
    "+proj=sterea +lat_0=52.15616055555555 +lon_0=5.38763888888889 +k=0.9999079 +x_0=155000 +y_0=463000 "
    "+ellps=bessel +towgs84=565.237,50.0087,465.658,-0.406857,0.350733,-1.87035,4.0812 +units=m +no_defs"
)


def sites(ids, quantity, x, y=None, crs=RD):
    places = gpd.points_from_xy(x, np.zeros(len(ids)) if y is None else y)
    return gpd.GeoDataFrame({"site_id": ids, "quantity": quantity}, geometry=places, crs=crs)


def rows(result):
    return list(result.matches[["supply_id", "demand_id", "quantity"]].itertuples(index=False, name=None))


@pytest.fixture
def plants():
    return sites(["noord", "zuid"], [10.0, 4.0], [0, 3_000])


@pytest.fixture
def growers():
    return sites(["a", "b"], [6.0, 5.0], [1_000, 4_000])


def test_the_example_in_the_documentation_is_true():
    module = importlib.import_module("kansenkaart.matches.match")
    found = doctest.DocTestFinder().find(module.match, "match", globs={})
    outcome = doctest.DocTestRunner().run(found[0])
    assert outcome.attempted > 5
    assert outcome.failed == 0


def test_matches_and_gaps_have_the_stated_columns_lines_and_crs(plants, growers):
    result = match(plants, growers, max_distance_m=5_000)
    assert list(result.matches.columns) == MATCH_COLUMNS
    assert result.matches.crs == CRS.from_user_input(RD)
    assert result.matches.geometry.iloc[1].wkt == "LINESTRING (0 0, 4000 0)"
    assert list(result.gaps.columns) == ["site_id", "role", "remaining"]
    assert result.gaps["role"].tolist() == ["supply", "supply", "demand", "demand"]
    assert result.quantity_distance == 6 * 1_000 + 1 * 4_000 + 4 * 1_000


def test_the_input_stays_as_it_was(plants, growers):
    before = plants.copy(), growers.copy()
    match(
        plants, growers, max_distance_m=5_000, value=lambda metres: np.multiply(metres, -1, out=metres) + 9e3
    )
    pd.testing.assert_frame_equal(plants, before[0])
    pd.testing.assert_frame_equal(growers, before[1])


def test_a_value_function_cannot_change_the_distances(plants, growers):
    def spoil(metres):
        metres[:] = 1.0
        return metres

    result = match(plants, growers, max_distance_m=5_000, value=spoil)
    assert set(result.matches["distance_m"]) <= {1_000.0, 2_000.0, 4_000.0}


def test_pairs_worth_nothing_are_not_used(plants, growers):
    result = match(plants, growers, max_distance_m=5_000, value=lambda metres: 1_500 - metres)
    assert rows(result) == [("noord", "a", 6.0), ("zuid", "b", 4.0)]
    assert result.objective == 5_000.0


@pytest.mark.parametrize("method", ["greedy", "nearest"])
def test_a_simpler_method_reaches_no_more_and_proves_nothing(plants, growers, method):
    best, other = (match(plants, growers, max_distance_m=5_000, method=name) for name in ("optimal", method))
    assert other.objective <= best.objective
    assert other.certificate is None
    if method == "nearest":
        assert rows(other) == [("noord", "a", 6.0), ("zuid", "b", 4.0)]


def test_the_limit_decides_which_pairs_exist(plants, growers):
    assert len(match(plants, growers, max_distance_m=4_000).matches) == 3
    assert len(match(plants, growers, max_distance_m=3_999.999).matches) == 2
    assert len(match(plants, growers, max_distance_m=999.999).matches) == 0


def test_a_site_on_both_sides_never_delivers_to_itself():
    both = sites(["x", "y"], [5.0, 5.0], [0, 10])
    assert rows(match(both, both, max_distance_m=100)) == [("x", "y", 5.0), ("y", "x", 5.0)]
    assert rows(match(both.iloc[:1], both.iloc[:1], max_distance_m=100)) == []


def test_equal_chances_go_to_the_lower_id_whatever_the_row_order():
    supply = sites(["s"], [5.0], [0])
    demand = sites(["c", "a", "b"], [5.0] * 3, [10, -10, 0], [0, 0, 10])
    assert rows(match(supply, demand, max_distance_m=50)) == [("s", "a", 5.0)]
    assert rows(match(supply, demand.iloc[::-1], max_distance_m=50)) == [("s", "a", 5.0)]


def test_numbers_as_ids_sort_as_numbers_and_stay_numbers():
    supply = sites([10, 9], [1.0, 1.0], [0, 0])
    result = match(supply, sites([9, 100], [1.0, 1.0], [0, 1]), max_distance_m=5)
    assert rows(result) == [(9, 100, 1.0), (10, 9, 1.0)]
    assert result.gaps["site_id"].tolist() == [9, 10, 9, 100]


def test_polygons_count_by_their_edges_and_are_drawn_from_inside():
    fields = gpd.GeoDataFrame(
        {"site_id": ["field"], "quantity": [3.0]}, geometry=[shapely.box(0, 0, 100, 100)], crs=RD
    )
    stables = sites(["near", "far"], [2.0, 2.0], [200.0, 200.001], [50.0, 50.0])
    result = match(fields, stables, max_distance_m=100)
    assert rows(result) == [("field", "near", 2.0)]
    assert result.matches["distance_m"].tolist() == [100.0]
    assert result.matches.geometry.iloc[0].wkt == "LINESTRING (50 50, 200 50)"


@pytest.mark.parametrize(("left", "right"), [(0, 2), (2, 0), (0, 0)])
def test_empty_layers_give_empty_results_with_the_right_columns(plants, growers, left, right):
    result = match(
        plants.iloc[:left], growers.iloc[:right], max_distance_m=5_000, value=lambda metres: metres
    )
    assert list(result.matches.columns) == MATCH_COLUMNS
    assert len(result.matches) == 0
    assert result.matches.crs == CRS.from_user_input(RD)
    assert len(result.gaps) == left + right
    assert (result.objective, result.quantity_distance) == (0.0, 0.0)
    assert result.certificate.is_optimal


def test_layers_made_empty_are_as_good_as_layers_filtered_empty():
    nothing = gpd.GeoDataFrame({"site_id": [], "quantity": []}, geometry=[], crs=RD)
    assert len(match(nothing, nothing, max_distance_m=1).gaps) == 0


def test_the_same_crs_in_other_words_is_the_same(plants, growers):
    older = growers.set_crs(OLD_RD, allow_override=True)
    assert plants.crs != older.crs
    assert rows(match(plants, older, max_distance_m=5_000)) == rows(
        match(plants, growers, max_distance_m=5_000)
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="site_id"), "supply has no site_id; its columns are quantity, geometry"),
        (lambda f: f.drop(columns="quantity"), "supply has no quantity"),
        (
            lambda f: f.set_axis(pd.MultiIndex.from_product([["a"], f.columns]), axis="columns"),
            "supply has columns of 2 levels; allowed: one",
        ),
        (lambda f: f.drop(columns="geometry"), "supply is a DataFrame; allowed: a GeoDataFrame"),
        (lambda f: gpd.GeoDataFrame(f.drop(columns="geometry")), "supply has no geometry"),
        (lambda f: f.assign(site_id="twin"), "supply: site_id twin occurs more than once"),
        (lambda f: f.assign(site_id=["noord", None]), r"1 site has no site_id \(rows 1"),
        (lambda f: f.assign(site_id=["noord", " "]), r"1 site has no site_id \(rows 1"),
        (lambda f: f.assign(quantity=[1.0, np.nan]), "quantity is missing or infinite for zuid;"),
        (lambda f: f.assign(quantity=[1.0, np.inf]), "quantity is missing or infinite for zuid;"),
        (lambda f: f.assign(quantity=pd.array([1, None], dtype="Int64")), "missing or infinite for zuid;"),
        (lambda f: f.assign(quantity=[-1.0, 1.0]), "quantity is negative for noord; allowed: finite"),
        (lambda f: f.assign(quantity=["1", "2"]), "quantity has type str; allowed: numbers"),
        (lambda f: f.assign(quantity=[True, False]), "quantity has type bool; allowed: numbers"),
        (lambda f: f.set_geometry([None, shapely.Point(0, 0)], crs=RD), "the geometry of noord is missing"),
        (
            lambda f: f.set_geometry([shapely.Point(), shapely.Point(0, 0)], crs=RD),
            "geometry of noord is miss",
        ),
        (lambda f: f.set_crs(None, allow_override=True), "supply has no CRS; say which one"),
        (
            lambda f: f.set_crs("EPSG:4326", allow_override=True),
            r"EPSG:4326 \(WGS 84\), whose unit is not the",
        ),
        (lambda f: f.set_crs("EPSG:2263", allow_override=True), "supply is in EPSG:2263 .* not the metre"),
        (
            lambda f: f.set_crs("EPSG:25831", allow_override=True),
            "supply is in EPSG:25831 .* and demand in EPSG:28",
        ),
    ],
)
def test_a_layer_that_cannot_be_used_is_refused_by_name(plants, growers, change, message):
    with pytest.raises(DataError, match=message):
        match(change(plants), growers, max_distance_m=5_000)


@pytest.mark.parametrize("limit", [0, -5, np.nan, np.inf, "5", None, True])
def test_a_limit_that_is_no_distance_is_refused(plants, growers, limit):
    with pytest.raises(DataError, match="allowed: a finite number of metres above 0"):
        match(plants, growers, max_distance_m=limit)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5.0, "value is 5.0; allowed: a function of an array"),
        (lambda metres: 1.0, r"value gave float of shape \(\) for 4 distances"),
        (lambda metres: metres[:-1], r"of shape \(3,\) for 4 distances"),
        (lambda metres: np.where(metres > 3_000, np.nan, 1.0), "not finite at distances .m. 4000;"),
        (lambda metres: ["x"] * len(metres), "value gave list"),
    ],
)
def test_a_value_function_that_gives_no_value_is_refused(plants, growers, value, message):
    with pytest.raises(DataError, match=message):
        match(plants, growers, max_distance_m=5_000, value=value)


def test_all_faults_are_named_at_once(plants, growers):
    worse = plants.assign(quantity=[-1.0, np.nan]).set_crs("EPSG:4326", allow_override=True)
    with pytest.raises(DataError) as caught:
        match(worse, growers.drop(columns="quantity"), max_distance_m=-1, value=3, method="best")
    assert [problem.key for problem in caught.value.faults] == [
        "match_quantity",
        "match_quantity",
        "match_columns_missing",
        "match_crs_not_metres",
        "match_crs_differs",
        "match_max_distance",
        "match_value",
        "method_unknown",
    ]


def test_many_wrong_sites_are_counted_not_listed():
    many = sites([f"s{number:02}" for number in range(30)], [-1.0] * 30, range(30))
    with pytest.raises(DataError, match=r"s00, .*, s09 and 20 more; allowed"):
        match(many, many, max_distance_m=5)


def test_braces_in_an_id_are_shown_as_they_are(growers):
    with pytest.raises(DataError, match=r"\{0\.__class__\}"):
        match(sites(["{0.__class__}"] * 2, [1.0, 1.0], [0, 1]), growers, max_distance_m=5)


def _two(quantity=10.0, ids=("a", "b")):
    points = gpd.points_from_xy([0, 1000], [0, 0])
    return gpd.GeoDataFrame({"site_id": list(ids), "quantity": quantity}, geometry=points, crs=28992)


@pytest.mark.parametrize(
    "given",
    [
        lambda metres: np.ma.masked_less(np.full(len(metres), 5.0), 9.0),
        lambda metres: metres + 1j,
        lambda metres: np.full(len(metres), 1.7e308),
    ],
    ids=["masked", "complex", "too large"],
)
def test_a_value_that_is_no_plain_number_is_refused(given):
    with pytest.raises(DataError) as fault:
        match(_two(), _two(ids=("c", "d")), max_distance_m=5_000, value=given)
    assert fault.value.faults[0].key == "match_value_result"


@pytest.mark.parametrize("quantity", [1.7e308, 1 + 2j])
def test_a_quantity_beyond_reckoning_is_refused(quantity):
    with pytest.raises(DataError):
        match(_two(quantity), _two(ids=("c", "d")), max_distance_m=5_000)


def test_a_column_that_stands_twice_is_refused():
    frame = _two()
    frame = gpd.GeoDataFrame(pd.concat([frame, frame[["quantity"]]], axis=1), geometry="geometry", crs=28992)
    with pytest.raises(DataError, match="quantity"):
        match(frame, _two(ids=("c", "d")), max_distance_m=5_000)


def test_a_distance_beyond_reckoning_is_refused():
    with pytest.raises(DataError):
        match(_two(), _two(), max_distance_m=10**400)


def test_a_site_is_itself_however_its_number_is_written():
    whole, parts = _two(ids=(1, 2)), _two(ids=(1.0, 2.0))
    found = match(whole, parts, max_distance_m=10.0).matches
    assert not len(found)
