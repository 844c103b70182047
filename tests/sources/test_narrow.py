"""Rows that take part (`where`), rows that are one place (`combine`), areas and factors."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from kansenkaart.cli.main import run
from kansenkaart.errors import KansenkaartError
from kansenkaart.project import load_project
from kansenkaart.sources import read_sources

PLANTS = (
    "id,name,lon,lat,soort,jaar,capacity_pe60\n"
    "1,A,4.6,52.4,kas|hal,2021,1000\n"
    "2,B,4.7,52.5,hal,2023,2000\n"
    "3,C,4.7,52.6,,2023,3000\n"
    "4,D,4.8,52.6,Kas,2023,4000\n"
)


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"soort": "kas"}, [1, 4]),
        ({"soort": ["hal", "k*"]}, [1, 2, 4]),
        ({"soort": "!kas"}, [2, 3]),
        ({"soort": ["!kas", "!"]}, [2]),
        ({"soort": ""}, [3]),
        ({"jaar": "latest"}, [2, 3, 4]),
        ({"jaar": 2021}, [1]),
        ({"JAAR": ">= 2022", "capacity_pe60": "< 3500"}, [2, 3]),
        ({"capacity_pe60": "<= 3000"}, [1, 2, 3]),
    ],
)
def test_where_says_which_rows_take_part(read, said, where, ids):
    sources = read(PLANTS, where=where)
    assert sources.sites["site_id"].tolist() == [f"laag:{number}" for number in ids]
    account = sources.layers.iloc[0]
    assert (account["rows_read"], account["rows_left_out"]) == (4, 4 - len(ids))
    assert len(said(sources, "where_left_out")) == (len(ids) < 4)


def test_where_of_a_column_that_is_not_there_stops(read):
    with pytest.raises(KansenkaartError, match=r"where names column 'type'.*soort"):
        read(PLANTS, where={"type": "kas"})


def test_a_row_that_is_left_out_is_never_rejected(read):
    broken = PLANTS + "5,E,,,hal,2023,geen\n"
    sources = read(broken, where={"soort": "kas"})
    assert sources.layers["rows_rejected"].tolist() == [0]
    assert sources.layers["rows_left_out"].tolist() == [3]


def test_rows_of_one_place_are_added_up(read, said):
    text = (
        "id,name,lon,lat,capacity_pe60,load_pe60\n"
        "1,A,4.6,52.4,1000,500\n1,A,4.6,52.4,2000,\n2,B,4.7,52.5,700,\n1,A,4.6,52.4,-5,\n"
    )
    sources = read(text, combine=True)
    assert sources.sites.set_index("site_id")["capacity_pe60"].to_dict() == {"laag:1": 3000, "laag:2": 700}
    assert sources.sites["load_pe60"].tolist()[0] == 500
    assert sources.sites["load_pe60"].isna().tolist() == [False, True]
    account = sources.layers.iloc[0]
    assert account[["rows_used", "rows_rejected", "rows_left_out"]].tolist() == [2, 1, 1]
    assert "2 plekken" in said(sources, "rows_combined")["reason"].iloc[0]


@pytest.fixture
def kassen(tmp_path):
    def write(columns: dict[str, list[object]], hectares: tuple[float, ...]):
        shapes = [
            shapely.box(110_000 + 2_000 * place, 500_000, 110_000 + 2_000 * place + 100 * size, 500_100)
            for place, size in enumerate(hectares)
        ]
        path = tmp_path / "kassen.gpkg"
        frame = {"id": [str(number) for number in range(len(hectares))], **columns}
        gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:28992").to_file(path)
        return path

    return write


def test_the_area_of_a_polygon_is_a_driver(read, kassen):
    path = kassen({"glass_ha": [None, 3.0]}, (4.0, 5.0))
    sources = read(path, kind="greenhouse", area="glass_ha", factor={"glass_ha": 0.5})
    assert sources.sites["glass_ha"].tolist() == pytest.approx([2.0, 1.5])


def test_an_area_says_nothing_of_a_kind_that_it_is_not_counted_for(read, kassen):
    path = kassen({"kind": ["greenhouse", "rwzi"]}, (4.0, 5.0))
    sources = read(path, kind=None, area="glass_ha")
    assert sources.sites["glass_ha"].fillna(-1).tolist() == pytest.approx([4.0, -1.0])


@pytest.mark.parametrize("hectares", [0.05, 4.0, 60.0])
def test_a_forgotten_square_metre_is_caught_at_any_size(read, kassen, said, hectares):
    path = kassen({"glass_ha": [hectares * 10_000, 2.0]}, (hectares, 2.0))
    sources = read(path, kind="greenhouse", area="glass_ha")
    key = "area_above_polygon" if hectares * 10_000 <= 6_000 else "above_maximum"
    assert said(sources, key)["row"].tolist() == [2]
    assert sources.sites["glass_ha"].tolist() == [2.0]


@pytest.mark.parametrize(
    "settings", [{"area": "jobs"}, {"area": "glas"}, {"factor": {"naam": 2.0}}], ids=lambda one: str(one)
)
def test_an_area_or_factor_of_no_quantity_stops(read, settings):
    with pytest.raises(KansenkaartError, match="which is no such quantity"):
        read(PLANTS, **settings)


OWN = """
meaning = "Ons register"
publisher = "Provincie"
kind = "rwzi"
where = { soort = "kas" }
rename = { NUMMER = "id", NAAM = "name", NAAM2 = "name" }
"""
PROJECT = """
title = "t"
reference_year = 2023
region = { province = "Noord-Holland" }
[[layers]]
name = "eigen"
path = "eigen.csv"
recipe = "ons.toml"
source = "b"
year = 2023
"""


def test_a_recipe_of_your_own_is_a_file_beside_the_project(tmp_path):
    (tmp_path / "ons.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    text = "NUMMER,NAAM,NAAM2,lon,lat,soort,capacity_pe60\n1,,Oud,4.6,52.4,kas,1\n2,Nieuw,,4.7,52.5,hal,2\n"
    (tmp_path / "eigen.csv").write_text(text, encoding="utf-8")
    loaded = load_project(tmp_path)
    assert tmp_path / "ons.toml" in loaded.inputs
    sources = read_sources(loaded, progress=lambda _: None)
    assert sources.sites[["name", "kind"]].to_numpy().tolist() == [["Oud", "rwzi"]]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (OWN + 'soort = "rwzi"\n', r"ons.toml: 'soort'.*Allowed: meaning"),
        (OWN.replace('"rwzi"', '"zuivering"'), "'kind' = zuivering"),
        ("kind = rwzi", "is no TOML"),
        (None, "names ons.toml, which does not exist"),
    ],
)
def test_a_wrong_recipe_of_your_own_names_the_key(tmp_path, text, match):
    if text is not None:
        (tmp_path / "ons.toml").write_text(text, encoding="utf-8")
    (tmp_path / "kansenkaart.toml").write_text(PROJECT, encoding="utf-8")
    (tmp_path / "eigen.csv").write_text("NUMMER\n1\n", encoding="utf-8")
    with pytest.raises(KansenkaartError, match=match):
        load_project(tmp_path)


def test_a_condition_that_no_row_meets_is_named_as_the_reason(tmp_path, capsys):
    (tmp_path / "kansenkaart.toml").write_text(
        PROJECT.replace('recipe = "ons.toml"', 'kind = "rwzi"\nwhere = { soort = "kaas" }')
        + '[[layers]]\nname = "ander"\npath = "eigen.csv"\nkind = "rwzi"\nsource = "b"\nyear = 2023\n',
        encoding="utf-8",
    )
    (tmp_path / "eigen.csv").write_text(PLANTS, encoding="utf-8")
    assert run(["check", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "Laag 'eigen' (eigen.csv) geeft niets: where laat alle 4 rijen weg." in shown
    assert (
        "eigen: 4 gelezen = 0 gebruikt + 0 geweigerd + 0 buiten het gebied + 4 weggelaten of opgeteld"
        in shown
    )
