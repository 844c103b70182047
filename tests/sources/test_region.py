"""The region and its margin: what counts, what is partner beyond the border, what is left out and counted."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from kansenkaart.errors import DataError, ProjectError
from kansenkaart.geo import RD

# Amsterdam, Utrecht (about 35 km on), Maastricht
_TEXT = (
    "id;x_rd;y_rd;load_pe60\namsterdam;121000;487000;5\nutrecht;136500;456000;5\nmaastricht;176000;318000;5\n"
)


def _of(sources) -> dict[str, bool]:
    return dict(
        zip(
            sources.sites["site_id"].str.removeprefix("laag:"),
            sources.sites["in_region"].tolist(),
            strict=True,
        )
    )


def test_inside_in_the_margin_and_beyond(read, said):
    sources = read(_TEXT, project={"region": {"municipalities": ["GM0363"], "margin_km": 40}})
    assert _of(sources) == {"amsterdam": True, "utrecht": False}
    assert sources.layers[["rows_read", "rows_used", "rows_rejected", "rows_outside"]].iloc[0].tolist() == [
        3,
        2,
        0,
        1,
    ]
    assert said(sources, "rows_outside")["value"].tolist() == ["1"]


def test_without_a_margin_only_the_region_counts(read):
    assert _of(read(_TEXT, project={"region": {"municipalities": ["363"], "margin_km": 0}})) == {
        "amsterdam": True
    }


def test_the_margin_is_the_largest_reach_in_use_and_at_most_fifty_km(read, load):
    region = {"region": {"municipalities": ["GM0363"]}}
    assert _of(read(_TEXT, project=region)) == {"amsterdam": True, "utrecht": False}
    assert _of(read(_TEXT, project={**region, "streams": ["restwarmte_lt"]})) == {"amsterdam": True}
    far = "id;x_rd;y_rd;load_pe60\namsterdam;121000;487000;5\nenschede;258000;471000;5\n"
    assert _of(read(far, project=region)) == {"amsterdam": True}


@pytest.mark.parametrize("name", ["Noord-Holland", "noord-holland "])
def test_a_province_by_name(read, name):
    areas = read(_TEXT, project={"region": {"province": name, "margin_km": 0}}).areas
    assert set(areas.loc[areas["in_region"], "province"]) == {"Noord-Holland"}


@pytest.mark.parametrize("name", ["Fryslân", "Friesland", "Friesland (Fryslân)"])
def test_friesland_under_each_of_its_names(read, name):
    text = "id;x_rd;y_rd;load_pe60\na;182000;579000;5\n"
    assert _of(read(text, project={"region": {"province": name}})) == {"a": True}


def test_the_whole_country(read):
    sources = read(_TEXT, project={"region": {"province": "Nederland"}})
    assert _of(sources) == {"amsterdam": True, "utrecht": True, "maastricht": True}
    assert len(sources.areas) == 342
    assert sources.areas["in_region"].all()


def test_areas_are_those_of_the_region_and_its_margin(read):
    areas = read(_TEXT, project={"region": {"municipalities": ["GM0363"], "margin_km": 5}}).areas
    assert areas.loc[areas["in_region"], "municipality"].tolist() == ["Amsterdam"]
    assert {"Zaanstad", "Amstelveen"} <= set(areas["municipality"])
    assert "Utrecht" not in set(areas["municipality"])
    assert areas["municipality_code"].is_monotonic_increasing


def test_a_province_or_municipality_that_does_not_exist_names_the_nearest(read):
    with pytest.raises(ProjectError, match=r"'Holland' is no province\. Allowed: .*Noord-Holland"):
        read(_TEXT, project={"region": {"province": "Holland"}})
    with pytest.raises(ProjectError) as caught:
        read(_TEXT, project={"region": {"municipalities": ["Amsterdan", "GM9999", "GM0363", "Den Haag"]}})
    assert len(caught.value.faults) == 2
    assert "GM0363 Amsterdam" in str(caught.value)


def test_an_own_outline_decides_place_by_place(read, tmp_path):
    outline = gpd.GeoDataFrame(geometry=[box(120_000, 486_000, 122_000, 488_000)], crs=RD)
    outline.to_crs("EPSG:4326").to_file(tmp_path / "grens.geojson", engine="pyogrio")
    text = "id;x_rd;y_rd;load_pe60\nin;121000;487000;5\nnaast;123000;487000;5\nver;130000;487000;5\n"
    sources = read(text, project={"region": {"boundary": "grens.geojson", "margin_km": 2}})
    assert _of(sources) == {"in": True, "naast": False}
    assert sources.areas.loc[sources.areas["in_region"], "municipality"].tolist() == ["Amsterdam"]


def test_a_large_outline_takes_the_municipalities_whose_middle_lies_inside(read, tmp_path):
    gpd.GeoDataFrame(geometry=[box(95_000, 470_000, 135_000, 500_000)], crs=RD).to_file(
        tmp_path / "g.gpkg", engine="pyogrio"
    )
    areas = read(_TEXT, project={"region": {"boundary": "g.gpkg", "margin_km": 0}}).areas
    inside = set(areas.loc[areas["in_region"], "municipality"])
    assert {"Amsterdam", "Haarlem", "Amstelveen"} <= inside
    assert "Utrecht" not in inside


def test_an_outline_without_polygon_or_outside_the_country_is_refused(read, tmp_path):
    gpd.GeoDataFrame(geometry=[Point(121_000, 487_000)], crs=RD).to_file(
        tmp_path / "punt.gpkg", engine="pyogrio"
    )
    with pytest.raises(DataError, match=r"punt.gpkg: region.boundary holds no polygon"):
        read(_TEXT, project={"region": {"boundary": "punt.gpkg"}})
    gpd.GeoDataFrame(geometry=[box(0, 0, 10, 10)], crs=RD).to_file(tmp_path / "weg.gpkg", engine="pyogrio")
    with pytest.raises(DataError, match="outside the Netherlands"):
        read(_TEXT, project={"region": {"boundary": "weg.gpkg"}})


def test_an_outline_with_a_corner_that_is_no_number_is_refused(read, tmp_path):
    corners = "[[[4.8, 52.3], [4.9, 52.3], [4.9, NaN], [4.8, 52.4], [4.8, 52.3]]]"
    (tmp_path / "grens.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": '
        f'{{"type": "Polygon", "coordinates": {corners}}}}}]}}'
    )
    with pytest.raises(
        DataError, match=r"grens.geojson: region.boundary has a corner without a place \(area 1"
    ):
        read(_TEXT, project={"region": {"boundary": "grens.geojson"}})
