"""Partners beyond the border count: country and region instead of a municipality, and never in a municipal total."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.geo import RD, to_wgs84
from kansenkaart.matches.rows.match_rows import sum_municipalities
from kansenkaart.sources.abroad import load_regions
from kansenkaart.sources.region import load_boundaries

# name, longitude, latitude, NUTS, what stands for a municipality: partners of North Sea Port, Chemelot and the Eems.
_PLACES = [
    ("Gent", 3.72, 51.05, "BE23", "Oost-Vlaanderen (België)"),
    ("Zelzate", 3.81, 51.20, "BE23", "Oost-Vlaanderen (België)"),
    ("Genk", 5.50, 50.96, "BE22", "Limburg (België)"),
    ("Brugge", 3.22, 51.21, "BE25", "West-Vlaanderen (België)"),
    ("Aken", 6.08, 50.775, "DEA", "Noordrijn-Westfalen (Duitsland)"),
    ("Emden", 7.21, 53.36, "DE9", "Nedersaksen (Duitsland)"),
]
_NEDERLAND = {"region": {"province": "Nederland"}}


def _rows(*places, head="id;name;lon;lat;capacity_pe60"):
    return "\n".join([head, *(f"{name};{name};{lon};{lat};5000" for name, lon, lat, *_ in places)])


def test_partners_of_the_ports_and_chemelot_count_with_country_and_region(read, said):
    sites = read(_rows(*_PLACES), project=_NEDERLAND).sites.set_index("name")
    assert sites["nuts"].to_dict() == {name: nuts for name, _, _, nuts, _ in _PLACES}
    assert sites["municipality"].to_dict() == {name: shown for name, *_, shown in _PLACES}
    assert sites["municipality_code"].isna().all()
    assert not sites["in_region"].any()
    assert sites.loc["Genk", ["country", "province"]].tolist() == ["BE", "Limburg (België)"]


def test_they_are_told_by_region_with_what_the_law_asks(read, said):
    sources = read(_rows(*_PLACES), project=_NEDERLAND)
    (told,) = said(sources, "places_abroad").to_dict("records")
    assert "6 plekken liggen over de grens" in told["reason"]
    assert "Oost-Vlaanderen 2" in told["reason"]
    assert "EVOA" in told["advice"]


def test_the_names_are_in_the_language_of_the_project(read):
    sites = read(_rows(_PLACES[0]), project=_NEDERLAND | {"language": "en"}).sites
    assert sites["municipality"].tolist() == ["Oost-Vlaanderen (Belgium)"]


def test_beyond_the_margin_they_lie_outside_as_any_place_and_are_no_partners(read, said):
    sources = read(_rows(*_PLACES), project={"region": {"province": "Zeeland", "margin_km": 20}})
    assert sorted(sources.sites["name"]) == ["Brugge", "Gent", "Zelzate"]
    (told,) = said(sources, "places_abroad")["reason"]
    assert "3 plekken liggen over de grens: Oost-Vlaanderen 2, West-Vlaanderen 1." in told
    assert sources.layers["rows_outside"].tolist() == [3]
    assert sources.layers["rows_rejected"].tolist() == [0]


def test_what_lies_at_sea_or_far_beyond_the_border_is_still_rejected(read, said):
    sources = read(_rows(_PLACES[0], ("zee", 3.2, 53.0), ("Parijs", 2.35, 48.85)), project=_NEDERLAND)
    assert said(sources, "outside_country")["row"].tolist() == [3]
    assert said(sources, "outside_netherlands")["row"].tolist() == [4]


def test_a_dutch_place_on_the_border_stays_dutch_and_its_source_decides_when_near(read):
    # 100 m beyond the generalised border near Sas van Gent, and the enclave Baarle-Hertog
    area = load_boundaries().areas.set_index("municipality_code").geometry["GM0715"]
    region = load_regions().set_index("nuts").geometry["BE23"]
    border = shapely.intersection(shapely.boundary(area), region.buffer(50))
    spot = shapely.line_interpolate_point(
        max(shapely.get_parts(border), key=shapely.length), 0.5, normalized=True
    )
    near = next(
        point
        for angle in np.linspace(0, 2 * np.pi, 60)
        if area.distance(point := shapely.Point(spot.x + 150 * np.cos(angle), spot.y + 150 * np.sin(angle)))
        > 100
    )
    lon, lat = to_wgs84(np.array([near.x]), np.array([near.y]))
    head = "id;name;lon;lat;capacity_pe60;country"
    rows = [
        f"a;a;{lon[0]};{lat[0]};5000;",
        f"b;b;{lon[0]};{lat[0]};6000;België",
        f"c;c;{lon[0]};{lat[0]};7000;NL",
    ]
    sites = read("\n".join([head, *rows]), project=_NEDERLAND).sites.set_index("name")
    assert sites["country"].to_dict() == {"a": "NL", "b": "BE", "c": "NL"}
    assert sites.loc["a", "municipality_code"] == "GM0715"
    assert sites.loc["b", "nuts"] == "BE23"


def test_a_country_far_from_the_place_is_named_and_the_place_counts(read, said):
    rows = "id;name;lon;lat;capacity_pe60;country\na;a;4.9;52.4;5000;Germany\nb;b;3.72;51.05;5000;Duitsland\n"
    sources = read(rows, project=_NEDERLAND)
    assert sources.sites["country"].tolist() == ["NL", "BE"]
    assert said(sources, "country_disagrees")["row"].tolist() == [2, 3]


def test_a_municipality_that_the_source_names_goes_before_the_generalised_border(read):
    rows = "id;name;x_rd;y_rd;municipality_code;capacity_pe60\na;a;44769;358300;GM0715;5000\n"
    sites = read(rows, project=_NEDERLAND).sites
    assert sites[["country", "municipality_code"]].values.tolist() == [["NL", "GM0715"]]


def test_the_regions_cover_the_neighbours_once_and_leave_the_netherlands_alone():
    regions, home = load_regions(), load_boundaries().areas
    assert regions.crs == RD
    assert regions["nuts"].is_unique
    assert set(regions["country"]) == {"BE", "DE", "FR"}
    shapes = regions.geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = one < other
    shared = shapely.area(shapely.intersection(shapes[one[pairs]], shapes[other[pairs]]))
    assert shared.max() < 0.5e6
    dutch = shapely.union_all(home.geometry.to_numpy())
    assert shapely.area(shapely.intersection(shapes, dutch)).sum() < 30e6


def test_totals_of_municipalities_hold_no_place_abroad(make_sites):
    sites = make_sites(
        {"site_id": "a:1", "kind": "municipality", "x": 1, "y": 1},
        {
            "site_id": "a:2",
            "kind": "municipality",
            "x": 1,
            "y": 1,
            "municipality_code": None,
            "country": "BE",
        },
    )
    gaps = pd.DataFrame(
        {
            "site_id": ["a:1", "a:2"],
            "stream": "gft",
            "role": "supply",
            "value": [3.0, 9.0],
            "delivered": 0.0,
            "remaining": [3.0, 9.0],
            "if_pays": 0.0,
            "under_contract": 0.0,
        }
    )
    areas = gpd.GeoDataFrame({"municipality_code": ["GM0363"]}, geometry=[shapely.Point(0, 0)], crs=RD)
    assert sum_municipalities(areas, gaps, sites)["gft_supply"].tolist() == [3.0]
