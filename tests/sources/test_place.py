"""Municipality of a place: the fast grid gives what a plain spatial join gives, and codes are understood."""

from __future__ import annotations

import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, box

from kansenkaart.geo import RD
from kansenkaart.sources.municipality import LabelGrid
from kansenkaart.sources.region import fold, load_boundaries, normalise_code


def _plain_join(areas: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slow and obvious way: spatial join, else the nearest; the first area wins."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=RD)
    numbered = areas[["geometry"]].reset_index(names="area")
    inside = points.sjoin(numbered, predicate="intersects").groupby(level=0)["area"].min()
    area = inside.reindex(points.index).astype(float)
    gap = np.array(
        [shapely.distance(point, areas.geometry.to_numpy()).min() for point in points.geometry[area.isna()]]
    )
    nearest = [
        int(shapely.distance(point, areas.geometry.to_numpy()).argmin())
        for point in points.geometry[area.isna()]
    ]
    distance = np.zeros(len(points))
    distance[area.isna()] = gap
    area[area.isna()] = nearest
    return area.to_numpy(dtype=int), distance


def test_the_grid_gives_what_a_spatial_join_gives_over_the_whole_country():
    areas = load_boundaries().areas
    rng = np.random.default_rng(7)
    x, y = rng.uniform(10_000, 280_000, 1_500), rng.uniform(306_000, 620_000, 1_500)
    # points on and right beside borders, where a grid goes wrong first
    vertices = shapely.get_coordinates(areas.geometry.to_numpy()[::9])[::7]
    for shift in (0.0, 0.01, -3.0):
        x, y = np.append(x, vertices[:, 0] + shift), np.append(y, vertices[:, 1] + shift)
    placed = LabelGrid(areas).find_areas(x, y)
    area, distance = _plain_join(areas, x, y)
    assert (placed.area == area).all()
    assert np.allclose(placed.distance_m, distance)
    assert 250 < (placed.distance_m > 0).sum() < len(x)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 30), st.integers(1, 30)),
        min_size=1,
        max_size=6,
    ),
    st.lists(st.tuples(st.integers(-200, 1000), st.integers(-200, 1000)), min_size=1, max_size=40),
)
def test_the_grid_agrees_for_any_boxes_overlapping_or_touching_and_any_points(boxes, points):
    shapes = [box(x * 100, y * 100, (x + w) * 100, (y + h) * 100) for x, y, w, h in boxes]
    areas = gpd.GeoDataFrame(geometry=shapes, crs=RD)
    x, y = np.array(points, dtype=float).T * 10
    placed = LabelGrid(areas).find_areas(x, y)
    # where areas overlap the grid may name either; municipalities do not overlap
    inside = [shapely.intersects(shapes, Point(a, b)) for a, b in zip(x, y, strict=True)]
    assert all(found[area] if found.any() else True for found, area in zip(inside, placed.area, strict=True))
    _, distance = _plain_join(areas, x, y)
    assert np.allclose(placed.distance_m, distance)


def test_a_point_on_a_shared_border_and_one_equally_far_go_to_the_first_area():
    areas = gpd.GeoDataFrame(geometry=[box(0, 0, 5_000, 5_000), box(5_000, 0, 10_000, 5_000)], crs=RD)
    placed = LabelGrid(areas).find_areas(np.array([5_000.0, 5_000.0]), np.array([2_000.0, 6_000.0]))
    assert placed.area.tolist() == [0, 0]
    assert placed.distance_m.tolist() == [0, 1_000]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GM0363", "GM0363"),
        ("GM0363  ", "GM0363"),
        ("gm363", "GM0363"),
        ("G0518", "GM0518"),
        ("3", "GM0003"),
        ("3.0", "GM0003"),
        ("0003", "GM0003"),
        ("PV27", None),
        ("NL", None),
        ("", None),
        ("12345", None),
    ],
)
def test_codes_as_excel_and_older_files_write_them(text, code):
    assert normalise_code(text) == code


def test_earlier_codes_lead_to_the_municipality_of_2023():
    boundaries = load_boundaries()
    assert boundaries.find_code("457") == "GM0363"
    assert boundaries.find_code("GM0501") == "GM1992"
    assert boundaries.find_code("GM9999") is None
    assert len(boundaries.areas) == 342
    assert [boundaries.find_code(one) for one in ("GM0010", "17", "GM0393", "GM0786", "GM0398")] == [
        *("GM1979", "GM0014", "GM0394", "GM1982", "GM1980")
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GM0344", "GM0344"),
        ("GM0347", "GM0344"),  # Vleuten-De Meern, 2001
        ("0068", "GM1970"),  # Ferwerderadeel: renamed in 1999, merged in 2019
        ("GM1661", "GM1895"),  # Reiderland, 2010
        ("GM0006", "GM1895"),  # Beerta, which became Reiderland
        ("GM0996", "GM0034"),  # the polders, 1996
        ("GM1721", "GM1721"),
        ("GM0001", None),  # Adorp went to Winsum, which was split
        ("GM0055", None),
        ("GM1671", None),
    ],
)
def test_codes_since_1990_lead_through_every_change_to_the_one_of_now(text, code):
    assert load_boundaries().find_code(text) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Vleuten-De Meern", "GM0344"),
        ("gemeente Alkemade", "GM1884"),
        ("Wûnseradiel", "GM1900"),
        ("Wunseradiel", "GM1900"),
        ("Hengelo (Gld)", "GM1876"),
        ("Valkenburg (ZH)", "GM0537"),
        ("Valkenburg", None),  # which of the two only the province tells
        ("Sluis", "GM1714"),
        ("Zeeland", None),  # the province, or the village of Brabant
    ],
)
def test_names_of_municipalities_that_are_no_more_lead_to_the_one_of_now(name, code):
    assert load_boundaries().find_by_name(name) == code


def test_every_municipality_that_ended_leads_to_those_of_now():
    boundaries = load_boundaries()
    now = set(boundaries.areas["municipality_code"])
    assert all(set(one.successors) <= now for one in boundaries.earlier.values())
    split = {one.name for one in boundaries.earlier.values() if len(one.successors) > 1}
    assert split == {*("Adorp", "Baflo", "Ezinge", "Winsum", "Boarnsterhim", "Littenseradiel", "Haaren"), *(
        "Maasdonk", "Geffen", "Nuland", "Esch", "Helvoirt"
    )}  # fmt: skip


def test_a_split_is_told_once_per_municipality_however_many_rows_name_it(read, said):
    rows = "".join(f"{number};GM0055;5\n" for number in range(3)) + "9;GM0001;5\n10;GM0363;5\n"
    sources = read("id;municipality_code;inhabitants\n" + rows, placement="municipality", kind="municipality")
    assert sources.sites["municipality_code"].tolist() == ["GM0363"]
    found = said(sources, "municipality_split")
    assert found["reason"].tolist() == [
        "Boarnsterhim ('GM0055', 3 rijen) is in 2014 verdeeld over Heerenveen (GM0074), Leeuwarden (GM0080), "
        "Súdwest-Fryslân (GM1900), De Fryske Marren (GM1940).",
        "Adorp ('GM0001', 1 rij) is in 2019 verdeeld over Het Hogeland (GM1966), Westerkwartier (GM1969).",
    ]


def test_a_municipality_that_was_split_leads_nowhere_and_is_named(read, said):
    text = "id;municipality_code;municipality;inhabitants\na;GM0788;;5\nb;;Littenseradiel;6\nc;;Delfzijl;7\n"
    sources = read(
        text, placement="municipality", kind="municipality", project={"region": {"province": "Nederland"}}
    )
    assert sources.sites["municipality_code"].tolist() == ["GM1979"]
    found = said(sources, "municipality_split")
    assert found[["row", "column"]].values.tolist() == [[2, "municipality_code"], [3, "municipality"]]
    assert found["reason"].iloc[0] == (
        "Haaren ('GM0788', 1 rij) is in 2021 verdeeld over Boxtel (GM0757), Oisterwijk (GM0824), Tilburg (GM0855), "
        "Vught (GM0865)."
    )
    assert said(sources, "code_merged")[["row", "value"]].values.tolist() == [[4, "Delfzijl"]]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Hengelo (O.)", "GM0164"),
        ("Hengelo (Gld.)", "GM1876"),  # another one, which is no more
        ("Laren (NH.)", "GM0417"),
        ("Beek (L.)", "GM0888"),
        ("Rijswijk (ZH.)", "GM0603"),
        ("Middelburg (Z.)", "GM0687"),
        ("Den Haag", "GM0518"),
        ("'s-gravenhage", "GM0518"),
        ("’s Hertogenbosch", "GM0796"),
        ("Bergen (NH)", "GM0373"),
        ("Bergen (Limburg)", "GM0893"),
        ("Bergen", None),  # two
        ("Groningen (gemeente)", "GM0014"),
        ("gemeente Utrecht", "GM0344"),
        ("SUDWEST FRYSLAN", "GM1900"),
        ("Weesp", "GM0363"),
    ],
)
def test_names_of_municipalities_are_known_in_every_spelling(name, code):
    assert load_boundaries().find_by_name(name) == code


# As people write the province behind a name, to tell two of one name apart.
PROVINCES = {
    "Drenthe": ("Dr.", "DR", "Drenthe"),
    "Flevoland": ("Fl.", "FL", "Flevoland"),
    "Friesland (Fryslân)": ("Fr.", "FRL", "Friesland", "Fryslân"),
    "Gelderland": ("Gld.", "G", "Gelderland"),
    "Groningen": ("Gr.", "GN", "Groningen"),
    "Limburg": ("L.", "Lb", "Limburg"),
    "Noord-Brabant": ("NB.", "nb", "Noord-Brabant"),
    "Noord-Holland": ("NH.", "nh", "Noord Holland"),
    "Overijssel": ("O.", "Ov", "Overijssel"),
    "Utrecht": ("U.", "Ut", "Utrecht"),
    "Zeeland": ("Z.", "Zl", "Zeeland"),
    "Zuid-Holland": ("ZH.", "zh", "zuid-holland"),
}


def test_every_municipality_is_found_by_every_way_to_write_its_name_and_by_its_province():
    boundaries = load_boundaries()
    areas = boundaries.areas
    assert set(areas["province"]) == set(PROVINCES)
    columns = ["municipality_code", "municipality", "province"]
    for code, name, province in areas[columns].itertuples(index=False, name=None):
        base = name.partition(" (")[0]
        plain = "".join(
            sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign)
        )
        written = {name, name.upper(), name.lower(), plain, f" {name}  ", name + "\N{NO-BREAK SPACE}"}
        written |= {
            name.replace("-", " "),
            name.replace(" ", "-"),
            name.replace("'", "’"),
            name.replace(" ", "  "),
        }
        written |= {f"{base} ({short})" for short in PROVINCES[province]}
        written |= {f"{before} {one}" for before in ("Gemeente", "gemeente", "Gem.") for one in [*written]}
        wrong = {one: boundaries.find_by_name(one) for one in written if boundaries.find_by_name(one) != code}
        assert wrong == {}, (code, name)
        digits = code.removeprefix("GM")
        for text in (
            code,
            code.lower(),
            digits,
            digits.lstrip("0"),
            f"{int(digits)}.0",
            f"G{digits}",
            f" {code} ",
        ):
            assert boundaries.find_code(text) == code, text
        elsewhere = next(iter(set(PROVINCES) - {province}))
        assert boundaries.find_by_name(f"{base} ({PROVINCES[elsewhere][-1]})") != code


def test_names_are_found_whatever_their_accents():
    assert fold("Fryslân") == fold("Friesland (Fryslân)") == fold("friesland")
    assert load_boundaries().find_by_name("sudwest-fryslan") == "GM1900"
    assert "GM1963 Hoeksche Waard" in load_boundaries().nearest("Hoekse Waard")


def test_a_place_gets_its_municipality_and_one_in_the_water_the_nearest(read):
    sites = read("id;x_rd;y_rd;load_pe60\na;121000;487000;5\nb;150000;500000;5\n").sites
    assert sites[["municipality_code", "municipality", "province"]].iloc[0].tolist() == [
        "GM0363",
        "Amsterdam",
        "Noord-Holland",
    ]
    assert sites["municipality_distance_m"][0] == 0
    assert 0 < sites["municipality_distance_m"][1] < 10_000
    assert sites["in_region"].tolist()[0]


def test_a_code_that_disagrees_with_the_place_is_warned_about_and_the_place_wins(read, said):
    sources = read(
        "id;x_rd;y_rd;load_pe60;municipality_code\na;121000;487000;5;GM0394\nb;121000;480000;5;GM0363\n"
    )
    found = said(sources, "municipality_disagrees")
    assert found[["row", "value", "severity"]].iloc[0].tolist() == [2, "GM0394", "warning"]
    assert "Haarlemmermeer" in found["reason"].iloc[0]
    assert sources.sites["municipality_code"][0] == "GM0363"


def test_a_code_within_the_tolerance_of_the_simplified_border_is_believed(read, said):
    boundaries = load_boundaries().areas.set_index("municipality_code")
    stated, other = boundaries.geometry["GM0362"], boundaries.geometry["GM0363"]
    beside = shapely.intersection(other, stated.buffer(300)).representative_point()
    text = f"id;x_rd;y_rd;load_pe60;municipality_code\na;{beside.x:.0f};{beside.y:.0f};5;GM0362\n"
    sources = read(text)
    assert sources.sites["municipality_code"].tolist() == ["GM0362"]
    assert 0 < sources.sites["municipality_distance_m"][0] < 1_000
    assert said(sources, "municipality_disagrees").empty


def test_codes_are_mended_and_translated_and_said(read, said):
    text = (
        "id;name;municipality_code;inhabitants\na;A;363;5\nb;B;GM0457;6\nc;C;PV27;7\nd;D;GM0000;8\ne;E;;9\n"
    )
    sources = read(text, placement="municipality", kind="municipality")
    assert sources.sites["site_id"].tolist() == ["laag:a", "laag:b"]
    assert sources.sites["municipality_code"].tolist() == ["GM0363", "GM0363"]
    assert said(sources, "code_normalised")["row"].tolist() == [2]
    assert said(sources, "code_merged")["row"].tolist() == [3]
    assert said(sources, "municipality_needed")[["row", "severity"]].values.tolist() == [
        [4, "rejected"],
        [5, "rejected"],
        [6, "rejected"],
    ]


def test_a_row_placed_by_municipality_lies_inside_it_and_says_how_precisely(read):
    text = "municipality_code;name;inhabitants\nGM0363;Amsterdam;5\nGM0394;Haarlemmermeer;6\n"
    sites = read(text, placement="municipality", kind="municipality").sites
    areas = load_boundaries().areas.set_index("municipality_code").loc[sites["municipality_code"]]
    assert sites["site_id"].tolist() == ["laag:GM0363", "laag:GM0394"]
    assert shapely.contains(areas.geometry.to_numpy(), sites.geometry.to_numpy()).all()
    assert sites["placement"].tolist() == ["municipality"] * 2
    radius = np.sqrt(areas.geometry.area.to_numpy() / np.pi)
    assert np.abs(sites["location_precision_m"].to_numpy() - radius).max() <= 50
    assert (sites["location_precision_m"] % 100 == 0).all()
    own = read(text, placement="municipality", kind="municipality", location_precision_m=250).sites
    assert own["location_precision_m"].tolist() == [250, 250]


def test_a_municipality_may_be_named_instead_of_coded(read, said):
    text = "id;municipality;inhabitants\na;Súdwest-fryslân;5\nb;Hoekse Waard;6\n"
    sources = read(
        text, placement="municipality", kind="municipality", project={"region": {"province": "Nederland"}}
    )
    assert sources.sites["municipality_code"].tolist() == ["GM1900"]
    assert "Hoeksche Waard" in said(sources, "municipality_name_unknown")["reason"].iloc[0]


def test_a_polygon_belongs_where_it_lies_itself(read, tmp_path):
    # its centre lies outside it, in the bend
    bend = Polygon(
        [
            (121_000, 487_000),
            (121_000, 488_000),
            (120_900, 488_000),
            (120_900, 486_900),
            (122_000, 486_900),
            (122_000, 487_000),
        ]
    )
    gpd.GeoDataFrame({"id": ["a"], "load_pe60": [1.0]}, geometry=[bend], crs=RD).to_file(
        tmp_path / "a.gpkg", engine="pyogrio"
    )
    sites = read(tmp_path / "a.gpkg").sites
    assert sites["municipality_distance_m"].tolist() == [0]
    assert pd.notna(sites["municipality_code"]).all()
