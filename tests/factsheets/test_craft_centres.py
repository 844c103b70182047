"""`kansenkaart factsheet craft-centres`: reckoned again from the table of inhabitants, by plain loops."""

import csv
import json
import math
import re
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.cli.main import run
from tests.small_project import TOML, write_project

LAYER = "id,name,kind,x_rd,y_rd,status\n"
YARDS = {"m1": (122091, 487343), "m2": (112850, 513010)}
SHOP = (103300, 474930)
ROWS = f"""m1,Straat Een,recycling_yard,{YARDS["m1"][0]},{YARDS["m1"][1]},active
m2,Straat Twee,recycling_yard,{YARDS["m2"][0]},{YARDS["m2"][1]},active
k,Kringloop,second_hand,{SHOP[0]},{SHOP[1]},active
p,Plan,craft_centre,110000,487000,planned
"""
NORTH_HOLLAND = "Noord-Holland"


def _homes():
    table = files("kansenkaart") / "catalogue" / "basemap" / "postcodes.csv"
    areas = gpd.read_file("kansenkaart/catalogue/boundaries/gemeenten_2023.geojson")
    own = set(areas.loc[areas["province"] == NORTH_HOLLAND, "municipality_code"])
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return [
        (row["municipality_code"], float(row["x_rd"]), float(row["y_rd"]), int(row["inhabitants"]))
        for row in rows
        if row["municipality_code"] in own
    ]


def _minutes(x, y, place, speed=35.0):
    return math.hypot(x - place[0], y - place[1]) * 1.25 / 1000 / speed * 60


def _legend_at(page):
    """Where the titles of the legend begin, to the right of the map."""
    return float(re.search(r'<text x="(\d+)" y="\d+" font-weight="bold">', page)[1])


def _tell(folder, tmp_path, *more):
    out = tmp_path / "uit"
    assert run(["factsheet", "craft-centres", str(folder), "-o", str(out), "-q", "--overwrite", *more]) == 0
    page = (out / "craft-centres.html").read_text(encoding="utf-8")
    read = lambda layer: gpd.read_file(out / "craft-centres.gpkg", layer=f"craft_centres_{layer}")  # noqa: E731
    return page, read


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    toml = TOML.replace("restwarmte_ht", "meubels_grofvuil")
    return write_project(tmp_path_factory.mktemp("centra") / "project", toml, LAYER + ROWS)


@pytest.fixture(scope="module")
def told(project, tmp_path_factory):
    return _tell(project, tmp_path_factory.mktemp("uit"), "--set", "new_places=2")


def test_who_lives_too_far_is_counted_again_by_hand(told):
    page, read = told
    areas = read("areas").set_index("municipality_code")
    beyond, people = dict.fromkeys(areas.index, 0), dict.fromkeys(areas.index, 0)
    away = dict.fromkeys(areas.index, 0.0)
    for code, x, y, count in _homes():
        least = min(_minutes(x, y, yard) for yard in YARDS.values())
        people[code] += count
        beyond[code] += count * (least > 15)
        away[code] += count * least
    assert areas["inhabitants"].to_dict() == people
    assert areas["recycling_yard_beyond"].to_dict() == beyond
    for code, row in areas.iterrows():
        assert row["recycling_yard_beyond_pct"] == pytest.approx(100 * beyond[code] / people[code])
        assert row["recycling_yard_min"] == pytest.approx(away[code] / people[code])
    assert f"{sum(beyond.values()):,}".replace(",", ".") in page
    assert "hemelsbreed × 1,25" in page


def test_what_people_bring_follows_from_those_for_whom_a_place_is_nearest(told):
    _, read = told
    yards = read("recycling_yard").set_index("site_id")
    served = dict.fromkeys(YARDS, 0)
    for _, x, y, count in _homes():
        name = min(YARDS, key=lambda one: _minutes(x, y, YARDS[one]))
        served[name] += count * (_minutes(x, y, YARDS[name]) <= 15)
    each = load_catalogue().kengetallen["grofvuil_inwoner"]
    for name, count in served.items():
        assert yards.loc[f"a:{name}", "inhabitants"] == count > 0
        for bound in ("low", "value", "high"):
            column = "meubels_grofvuil" + ("" if bound == "value" else f"_{bound}")
            assert yards.loc[f"a:{name}", column] == pytest.approx(count * getattr(each, bound))


def test_new_places_say_what_changes_and_plans_do_not_count(told):
    page, read = told
    new = read("new")
    assert len(new) == 2
    assert set(new["planned"]) == {"Plan"}
    homes = _homes()
    chosen = [(point.x, point.y) for point in new.geometry]
    after = [min([45.0, *(_minutes(x, y, one) for one in chosen)]) for _, x, y, _ in homes]
    total = sum(count for *_, count in homes)
    mean = sum(count * one for (*_, count), one in zip(homes, after, strict=True)) / total
    assert f"van 45 naar {mean:.1f}".replace(".", ",") in page
    far = sum(count for (*_, count), one in zip(homes, after, strict=True) if one > 15)
    assert f"woont dan {far:,} in plaats van {total:,}".replace(",", ".") in page
    # no other postcode in the place of one of the two is better
    for number in range(2):
        for _, x, y, _ in homes[::7]:
            other = [*chosen[:number], (x, y), *chosen[number + 1 :]]
            spent = sum(
                count * min([45.0, *(_minutes(hx, hy, one) for one in other)]) for _, hx, hy, count in homes
            )
            assert spent >= mean * total * (1 - 1e-9)


def test_a_kind_that_the_layers_lack_is_not_known_and_not_nought(told, tmp_path):
    page, read = told
    assert read("areas")["repair_cafe_beyond_pct"].isna().all()
    assert "geen in de lagen" in page
    alone = write_project(
        tmp_path / "los", TOML, LAYER + f"k,Winkel,second_hand,{SHOP[0]},{SHOP[1]},active\n"
    )
    page, read = _tell(alone, tmp_path)
    assert read("areas")["recycling_yard_min"].isna().all()
    assert page.count("url(#hatch)") == len(read("areas")) + 1  # every municipality, and the legend
    assert "niet bekend" in page


def test_minutes_and_speed_of_ones_own_move_the_figures(project, tmp_path):
    _, read = _tell(project, tmp_path, "--set", "minutes=8", "--set", "speed_kmh=50", "--set", "new_places=1")
    far = sum(
        count
        for _, x, y, count in _homes()
        if min(_minutes(x, y, yard, speed=50.0) for yard in YARDS.values()) > 8
    )
    assert read("areas")["recycling_yard_beyond"].sum() == far
    assert len(read("new")) == 1


def test_a_craft_centre_that_runs_is_yard_shop_and_workshop(project, tmp_path):
    row = f"c,Centrum,craft_centre,{SHOP[0]},{SHOP[1]},active\n"
    folder = write_project(tmp_path / "met", TOML, LAYER + row)
    _, read = _tell(folder, tmp_path, "--set", "new_places=1")
    areas = read("areas")
    assert areas["recycling_yard_min"].tolist() == areas["second_hand_min"].tolist()
    assert areas["repair_cafe_min"].notna().all()
    assert read("recycling_yard")["name"].tolist() == ["Centrum"]


def test_along_roads_it_is_as_far_as_the_road_goes(tmp_path):
    """A road from the yard by a far corner to a municipality of one postcode; nobody else lives at it."""
    homes = _homes()
    codes = [code for code, *_ in homes]
    alone, end = next((code, (x, y)) for code, x, y, _ in homes if codes.count(code) == 1)
    start = YARDS["m1"]
    corner = (start[0] + 30_000, start[1])
    toml = TOML + '[roads]\npath = "weg.geojson"\n'
    folder = write_project(tmp_path / "weg", toml, LAYER + ROWS.splitlines()[0])
    line = {"type": "LineString", "coordinates": [start, corner, end]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]})
    (folder / "weg.geojson").write_text(text, encoding="utf-8")
    page, read = _tell(folder, tmp_path, "--set", "new_places=1", "--set", "far_minutes=400")
    assert "langs de wegen van het project" in page
    road = math.hypot(end[0] - corner[0], end[1] - corner[1]) + 30_000
    found = read("areas").set_index("municipality_code").loc[alone, "recycling_yard_min"]
    assert found == pytest.approx(road / 1000 / 35 * 60, rel=1e-6)
    assert found > 1.3 * _minutes(*end, start)


def test_the_inhabitants_are_those_that_cbs_counts_per_municipality(shared):
    table = pd.read_csv(files("kansenkaart") / "catalogue" / "basemap" / "postcodes.csv")
    counted = pd.read_csv(shared / "data/boundaries/gemeenten_2023_2026_kerncijfers.csv").set_index(
        "statcode"
    )
    ours = table.groupby("municipality_code")["inhabitants"].sum()
    assert set(ours.index) == set(counted.index)
    assert (ours / counted["inwoners"] - 1).abs().max() < 0.003
    assert not table.duplicated(["pc4", "municipality_code"]).any()


def test_the_example_tells_what_stands_in_the_layers_and_reads_every_row(tmp_path):
    page, read = _tell(Path("data/noord-holland/ambachtscentra.toml"), tmp_path)
    rows = pd.read_csv("data/noord-holland/layers/brengpunten.csv")
    names = {*read("recycling_yard")["name"], *read("second_hand")["name"], *read("repair_cafe")["name"]}
    assert set(rows["name"]) <= names
    assert rows["source"].str.len().min() > 10
    assert re.search(r"in 14 van 44 gemeenten", page)
    # What was proven is called so, and a share bears no decimals that the layers do not know.
    assert "bewezen de beste keuze" in page
    assert "bewezen het kleinste aantal" in page
    assert "0 %" not in page.replace("20 %", "")
    assert not re.search(r"\d,\d+ %", page)
    # A shop that the layers lack makes people far: how many they have stands at the share itself.
    assert "van een kringloopwinkel (9 in de lagen): 2.103.715 inwoners" in page
    # What one sets by its key is named in words.
    assert "snelheid onderweg (speed_kmh)" in page
    for drawn in re.findall(r'<text x="([\d.]+)" y="[\d.]+" paint-order[^>]*>([^<]+)', page):
        assert float(drawn[0]) >= 0, drawn
        assert float(drawn[0]) + 7.2 * len(drawn[1]) <= _legend_at(page), drawn
