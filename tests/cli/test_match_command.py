"""`kansenkaart match`: the same matches as the API, in one GeoPackage, and clear words when it cannot be."""

import json
import sqlite3
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from kansenkaart import match
from kansenkaart.cli.main import run

RD = "EPSG:28992"
NAMES = ["<script>alert(1)</script>", "{braces} {{twice}}", '=HYPERLINK("x")', "Ümläut & zn'n"]


def _points(count, seed, **columns):
    random = np.random.default_rng(seed)
    places = gpd.points_from_xy(*(random.integers(0, 30_000, count) + start for start in (100_000, 470_000)))
    return gpd.GeoDataFrame({name: list(values) for name, values in columns.items()}, geometry=places, crs=RD)


@pytest.fixture
def layers(tmp_path):
    """Sixty suppliers in a GeoPackage with two layers, forty receivers as polygons in GeoJSON."""
    random = np.random.default_rng(1)
    supply = _points(
        60,
        2,
        code=[f"r{number:03d}" for number in random.permutation(60)],
        naam=[NAMES[number % 4] for number in range(60)],
        warmte=random.integers(0, 900, 60) / 10,
    )
    demand = _points(
        40, 3, ident=[f"k{number}" for number in range(40)], behoefte=random.integers(1, 900, 40) / 10
    )
    demand = demand.set_geometry(demand.buffer(150, cap_style="square"))
    supply.to_file(tmp_path / "bron é.gpkg", layer="bronnen")
    supply.head(3).to_file(tmp_path / "bron é.gpkg", layer="andere")
    demand.to_file(tmp_path / "kas.geojson", driver="GeoJSON")
    return supply, demand


def call(folder, *extra, supply="bron é.gpkg|bronnen", demand="kas.geojson", out="uit.gpkg"):
    return run(["match", str(folder / supply), str(folder / demand), "-o", str(folder / out), *extra])


NAMED = ["--supply-quantity", "warmte", "--demand-id", "ident", "--demand-quantity", "behoefte"]

ASKED = [
    ([], {}),
    (["--method", "greedy"], {"method": "greedy"}),
    (["--method", "nearest"], {"method": "nearest"}),
    (["--objective", "distance"], {"value": lambda metres: 1 - metres / 5_000}),
    (["--value", "8", "--cost-per-km", "2.5"], {"value": lambda metres: 8 - 2.5 * metres / 1_000}),
    (["--value", "3", "--method", "greedy"], {"value": lambda metres: 0 * metres + 3, "method": "greedy"}),
]


@pytest.mark.parametrize(("options", "settings"), ASKED)
def test_every_row_is_what_the_api_gives(layers, tmp_path, options, settings):
    assert call(tmp_path, *NAMED, "--max-distance", "5km", *options) == 0
    supply, demand = layers
    expected = match(
        supply.rename(columns={"code": "site_id", "warmte": "quantity"}),
        demand.rename(columns={"ident": "site_id", "behoefte": "quantity"}),
        max_distance_m=5_000,
        **settings,
    )
    found = gpd.read_file(tmp_path / "uit.gpkg", layer="matches")
    columns = ["supply_id", "demand_id", "quantity", "distance_m"]
    assert len(found) > 20
    pd.testing.assert_frame_equal(found[columns], pd.DataFrame(expected.matches[columns]), check_dtype=False)
    assert shapely.equals_exact(
        found.geometry.to_numpy(), expected.matches.geometry.to_numpy(), tolerance=1e-6
    ).all()
    for layer, rest, role in (("supply", "left", "supply"), ("demand", "unmet", "demand")):
        side = gpd.read_file(tmp_path / "uit.gpkg", layer=layer).set_index("site_id")
        gaps = expected.gaps[expected.gaps["role"] == role].set_index("site_id")["remaining"]
        assert side[rest].to_dict() == gaps.to_dict()
        np.testing.assert_allclose(side["used"] + side[rest], side["quantity"])
        partners = expected.matches[f"{role}_id"].value_counts()
        assert side["partners"].to_dict() == {place: int(partners.get(place, 0)) for place in side.index}


def test_money_stands_beside_the_pair_and_the_way_is_longer_by_the_detour(layers, tmp_path):
    options = ["--max-distance", "6500m", "--detour", "1.3", "--value", "8", "--cost-per-km", "1"]
    assert call(tmp_path, *NAMED, *options) == 0
    found = gpd.read_file(tmp_path / "uit.gpkg", layer="matches")
    assert found["distance_m"].max() <= 5_000
    np.testing.assert_allclose(found["route_m"], 1.3 * found["distance_m"])
    np.testing.assert_allclose(found["value"], found["quantity"] * (8 - found["route_m"] / 1_000))


def test_a_place_beyond_the_detour_is_not_reached(tmp_path):
    _points(1, 0, id=["a"], aanbod=[5]).to_file(tmp_path / "a.gpkg")
    away = _points(1, 0, id=["b"], vraag=[5])
    away.set_geometry(away.translate(9_000, 0)).to_file(tmp_path / "b.gpkg")
    for detour, pairs in (("1", 1), ("1.1", 1), ("1.3", 0)):
        options = ["--max-distance", "10km", "--detour", detour, "--overwrite"]
        assert call(tmp_path, *options, supply="a.gpkg", demand="b.gpkg") == 0
        assert len(gpd.read_file(tmp_path / "uit.gpkg", layer="matches")) == pairs, detour


@pytest.fixture
def small(tmp_path):
    """A CSV in Dutch notation and a Shapefile in degrees, both with serial numbers for ids."""
    rows = ["id;Naam;lon;lat;Aanbod", "1;Noord;4,70;52,30;6,5", "2;Zuid;4,72;52,30;4"]
    rows += ["3;Fout;4,71;52,30;-1", "4;Leeg;4,71;52,31;"]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    receivers = gpd.GeoDataFrame(
        {"id": [1, 2], "naam": ["Kas", "Bad"], "vraag": [5.0, 9.0]},
        geometry=gpd.points_from_xy([4.70, 4.73], [52.31, 52.30]),
        crs="EPSG:4326",
    )
    receivers.to_file(tmp_path / "b.shp")
    return tmp_path


def test_columns_are_found_by_name_and_that_is_said(small, capsys):
    assert call(small, "--max-distance", "2,5km", "--unit", "GJ", supply="a.csv", demand="b.shp") == 0
    shown = capsys.readouterr().out
    assert (
        "Aanbod: 2 van 4 rijen gebruikt; hoeveelheid uit kolom 'Aanbod' (op naam gekozen; anders --supply-quantity)"
        in shown
    )
    assert "Vraag: 2 van 2 rijen gebruikt; hoeveelheid uit kolom 'vraag'" in shown
    assert "10,5 GJ geleverd" in shown
    assert "Over aan aanbod: 0 GJ (0 %), bij 0 plekken." in shown
    assert "Niet vervulde vraag: 3,5 GJ (25 %), bij 1 plek." in shown
    assert "Ter vergelijking: steeds het beste paar eerst" in shown
    found = gpd.read_file(small / "uit.gpkg", layer="matches")
    # number 1 here and number 1 there are two places
    assert ("1", "1") in set(zip(found["supply_id"], found["demand_id"], strict=True))
    assert set(found["supply_name"]) == {"Noord", "Zuid"}
    assert found.crs == RD


def test_what_was_rejected_stands_in_a_table_with_its_reason(small, capsys):
    assert call(small, "--max-distance", "3km", supply="a.csv", demand="b.shp") == 0
    findings = pyogrio.read_dataframe(small / "uit.gpkg", layer="findings")
    rejected = findings[findings["severity"] == "rejected"]
    assert rejected[["layer", "file", "row", "key"]].to_numpy().tolist() == [
        ["Aanbod", "a.csv", 4, "negative"],
        ["Aanbod", "a.csv", 5, "match_quantity_empty"],
    ]
    assert rejected["reason"].tolist()[0] == (
        "In kolom 'Aanbod' staat -1. Een hoeveelheid of afstand is nooit negatief."
    )
    assert rejected["advice"].notna().all()
    assert "Aanbod, rij 4: In kolom 'Aanbod' staat -1" in capsys.readouterr().out


def test_the_gap_to_best_pair_first_is_the_one_of_the_api(tmp_path, capsys):
    # the best pair first takes b for 1, and leaves 2 with nothing in reach
    at = {"a": (110_000, "aanbod", [(0, 5), (2_400, 5)]), "b": (110_000, "vraag", [(1_000, 5), (-1_100, 5)])}
    for name, (start, column, places) in at.items():
        points = gpd.points_from_xy([start + x for x, _ in places], [480_000] * 2)
        frame = gpd.GeoDataFrame({column: [q for _, q in places]}, geometry=points, crs=RD)
        frame.to_file(tmp_path / f"{name}.gpkg")
    assert call(tmp_path, "--max-distance", "2km", supply="a.gpkg", demand="b.gpkg") == 0
    shown = capsys.readouterr().out
    assert "2 paren binnen 2 km (beste verdeling): 10 geleverd." in shown
    assert "steeds het beste paar eerst haalt 50 % minder dan de beste verdeling (hoeveelheid)" in shown
    assert (
        call(
            tmp_path,
            "--max-distance",
            "2km",
            "--method",
            "greedy",
            "--overwrite",
            supply="a.gpkg",
            demand="b.gpkg",
        )
        == 0
    )
    shown = capsys.readouterr().out
    assert "1 paar binnen 2 km (steeds het beste paar eerst): 5 geleverd." in shown
    assert "steeds het beste paar eerst haalt 50 % minder dan de beste verdeling (hoeveelheid)" in shown


def test_without_a_quantity_every_place_counts_for_one_or_for_the_number_given(tmp_path, capsys):
    for name in "ab":
        _points(9, 4, label=list("ABCDEFGHI")).to_file(tmp_path / f"{name}.gpkg")
    assert call(tmp_path, "--max-distance", "1m", supply="a.gpkg", demand="b.gpkg") == 0
    shown = capsys.readouterr().out
    assert "hoeveelheid 1 per plek, rijnummer als id, id als naam" in shown
    assert "9 paren binnen 0,001 km (beste verdeling): 9 geleverd." in shown
    options = ["--demand-quantity", "0,5", "--overwrite", "--language", "en"]
    assert call(tmp_path, "--max-distance", "1m", *options, supply="a.gpkg", demand="b.gpkg") == 0
    assert "9 pairs within 0.001 km (best division): 4.5 delivered." in capsys.readouterr().out


def test_one_layer_on_both_sides_never_supplies_itself(tmp_path, capsys):
    places = _points(20, 5, id=[f"p{one}" for one in range(20)], over=[3] * 20, nodig=[3] * 20)
    places.to_file(tmp_path / "a.gpkg")
    both = {"supply": "a.gpkg", "demand": "a.gpkg"}
    columns = ["--supply-quantity", "over", "--demand-quantity", "nodig"]
    assert call(tmp_path, "--max-distance", "20km", *columns, **both) == 0
    found = gpd.read_file(tmp_path / "uit.gpkg", layer="matches")
    assert len(found) >= 19
    assert (found["supply_id"] != found["demand_id"]).all()
    assert call(tmp_path, "--max-distance", "20km", "--overwrite", **both) == 1
    assert "a.gpkg is zowel aanbod als vraag, met dezelfde hoeveelheid (1)" in capsys.readouterr().err


def test_an_id_in_two_layers_is_one_place_when_that_is_said(tmp_path):
    for name in "ab":
        _points(20, 5, id=[f"p{one}" for one in range(20)]).to_file(tmp_path / f"{name}.gpkg")
    both = {"supply": "a.gpkg", "demand": "b.gpkg"}
    for options, itself in (([], 20), (["--same-places", "--overwrite"], 0)):
        assert call(tmp_path, "--max-distance", "20km", *options, **both) == 0
        found = gpd.read_file(tmp_path / "uit.gpkg", layer="matches")
        assert len(found) >= 19
        assert (found["supply_id"] == found["demand_id"]).sum() == itself


def test_one_layer_is_known_as_such_also_when_one_side_names_it(tmp_path, capsys):
    _points(3, 5, id=list("abc")).to_file(tmp_path / "a.gpkg")
    assert call(tmp_path, "--max-distance", "20km", supply="a.gpkg", demand="a.gpkg|a") == 1
    assert "is zowel aanbod als vraag" in capsys.readouterr().err


def test_the_same_run_gives_the_same_bytes_and_order_of_rows_does_not_matter(layers, tmp_path):
    options = [*NAMED, "--max-distance", "5km"]
    assert call(tmp_path, *options) == 0
    assert call(tmp_path, *options, out="weer.gpkg") == 0
    assert (tmp_path / "uit.gpkg").read_bytes() == (tmp_path / "weer.gpkg").read_bytes()
    layers[0].sample(frac=1, random_state=6).to_file(tmp_path / "geschud.gpkg")
    assert call(tmp_path, *options, supply="geschud.gpkg", out="anders.gpkg") == 0
    assert (tmp_path / "uit.gpkg").read_bytes() == (tmp_path / "anders.gpkg").read_bytes()


def test_the_geopackage_has_its_styles_and_is_one_that_qgis_322_reads(layers, tmp_path):
    assert call(tmp_path, *NAMED, "--max-distance", "5km", "--unit", "GJ/jaar") == 0
    assert not list(tmp_path.glob(".*"))
    with closing(sqlite3.connect(tmp_path / "uit.gpkg")) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (10300,)
        assert file.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        styled = file.execute("SELECT f_table_name, f_geometry_column FROM layer_styles WHERE useAsDefault")
        assert dict(styled) == {"matches": "geom", "supply": "geom", "demand": "geom", "findings": ""}
        kinds = dict(file.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns"))
        titles = dict(
            file.execute("SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'supply'")
        )
    assert kinds == {"matches": "LINESTRING", "supply": "POINT", "demand": "MULTIPOLYGON"}
    assert titles["left"] == "Over (GJ/jaar)"
    assert titles["partners"] == "Aantal afnemers"
    names = gpd.read_file(tmp_path / "uit.gpkg", layer="supply")["name"]
    assert set(names) == set(NAMES)


def test_points_and_polygons_in_one_layer_become_points(tmp_path):
    mixed = _points(2, 7, id=["a", "b"])
    mixed.loc[0, "geometry"] = mixed.geometry[0].buffer(100)
    mixed.to_file(tmp_path / "a.geojson", driver="GeoJSON")
    _points(2, 8, id=["a", "b"]).to_file(tmp_path / "b.gpkg")
    assert call(tmp_path, "--max-distance", "50km", supply="a.geojson", demand="b.gpkg") == 0
    supply = gpd.read_file(tmp_path / "uit.gpkg", layer="supply")
    assert set(supply.geom_type) == {"Point"}
    lines = gpd.read_file(tmp_path / "uit.gpkg", layer="matches").set_index("supply_id").geometry
    ends = supply.set_index("site_id").geometry
    assert all(shapely.Point(line.coords[0]).equals_exact(ends[place], 1e-6) for place, line in lines.items())


def _bare(folder):
    """A GeoPackage layer and a CSV that do not say their CRS."""
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        _points(2, 9, id=["a", "b"]).set_crs(None, allow_override=True).to_file(folder / "kaal.gpkg")
    (folder / "xy.csv").write_text("id,x,y\na,110000,480000\n", encoding="utf-8")
    (folder / "nergens.csv").write_text("id,aanbod\na,5\n", encoding="utf-8")
    (folder / "leeg.csv").write_text("id,lon,lat\n", encoding="utf-8")
    (folder / "fout.csv").write_text("id,lon,lat,aanbod\na,4.7,52.3,-5\n", encoding="utf-8")


FAR = ["--max-distance", "5km"]
BAD = [
    ({"supply": "weg.gpkg"}, FAR, 1, "weg.gpkg bestaat niet"),
    (
        {"supply": "bron é.gpkg"},
        FAR,
        1,
        "noem met --supply-layer welke laag u bedoelt. Er zijn: bronnen, andere",
    ),
    ({"supply": "bron é.gpkg|weg"}, FAR, 1, "laag 'weg' bestaat niet"),
    (
        {},
        [*FAR, "--demand-quantity", "weg"],
        1,
        "--demand-quantity weg is geen kolom van kas.geojson. Kolommen daar: ident",
    ),
    ({}, [*FAR, "--supply-name", "weg", "--supply-id", "ook"], 1, "--supply-id ook is geen kolom"),
    ({}, [*FAR, "--demand-quantity", "-5"], 1, "--demand-quantity -5 is geen kolom"),
    ({"demand": "kaal.gpkg"}, FAR, 1, "geen CRS. Zeg welk met --demand-crs"),
    ({"demand": "xy.csv"}, FAR, 1, "geen CRS. Zeg welk met --demand-crs"),
    ({"demand": "xy.csv"}, [*FAR, "--demand-crs", "EPSG:onzin"], 1, "--demand-crs EPSG:onzin is niet bekend"),
    ({"supply": "nergens.csv"}, FAR, 1, "nergens.csv zegt niet waar de plekken liggen"),
    ({"supply": "leeg.csv"}, FAR, 1, "leeg.csv heeft geen rijen"),
    ({"supply": "fout.csv"}, FAR, 1, "de enige rij is niet te gebruiken"),
    ({"supply": "fout.csv"}, FAR, 1, "In kolom 'aanbod' staat -5"),
    ({}, ["--max-distance", "10"], 2, "--max-distance 10 is geen afstand"),
    ({}, ["--max-distance", "0km"], 2, "--max-distance 0km is geen afstand"),
    ({}, ["--max-distance", "-3km"], 2, "--max-distance -3km is geen afstand"),
    ({}, [*FAR, "--detour", "0.9"], 2, "--detour 0.9 mag niet; toegestaan: van 1 tot"),
    ({}, [*FAR, "--detour", "nan"], 2, "--detour nan mag niet"),
    ({}, [*FAR, "--value", "-1"], 2, "--value -1.0 mag niet"),
    ({}, [*FAR, "--cost-per-km", "2"], 2, "heeft --value nodig"),
    ({}, [*FAR, "--value", "2", "--objective", "distance"], 2, "--value doet niets bij --objective distance"),
    ({"demand": "kas.geojson"}, [*FAR, "--same-places"], 1, "Noem de kolom met --demand-id"),
    ({"out": "uit.shp"}, FAR, 1, "eindigt op .gpkg"),
    ({"out": "weg/uit.gpkg"}, FAR, 1, "bestaat niet. Maak die eerst"),
    ({"out": "bron é.gpkg"}, [*FAR, "--overwrite"], 1, "is wat gelezen wordt"),
    ({"out": "staat.gpkg"}, FAR, 1, "staat.gpkg bestaat al"),
]


@pytest.mark.parametrize(("files", "options", "code", "said"), BAD)
def test_what_cannot_be_is_said_and_nothing_is_written(layers, tmp_path, capsys, files, options, code, said):
    _bare(tmp_path)
    (tmp_path / "staat.gpkg").write_bytes(b"van een ander")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert call(tmp_path, *options, **files) == code
    shown = capsys.readouterr().err
    assert said in shown.replace("\n", " ")
    assert shown.count("Fout:") >= 1
    assert "Traceback" not in shown
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_crs_of_an_option_holds_where_the_file_does_not_say(tmp_path):
    _bare(tmp_path)
    options = ["--max-distance", "60km", "--supply-crs", "EPSG:28992", "--demand-crs", "EPSG:28992"]
    assert call(tmp_path, *options, supply="xy.csv", demand="kaal.gpkg") == 0
    assert len(gpd.read_file(tmp_path / "uit.gpkg", layer="matches")) == 1


def test_quiet_says_nothing(layers, tmp_path, capsys):
    assert call(tmp_path, *NAMED, "--max-distance", "5km", "-q") == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_findings_can_be_joined_to_the_file(layers, tmp_path):
    content = json.loads((tmp_path / "kas.geojson").read_text(encoding="utf-8"))
    content["features"][4]["properties"]["ident"] = content["features"][3]["properties"]["ident"]
    content["features"][7]["geometry"] = None
    (tmp_path / "kas.geojson").write_text(json.dumps(content), encoding="utf-8")
    assert call(tmp_path, *NAMED, "--max-distance", "5km") == 0
    findings = pyogrio.read_dataframe(tmp_path / "uit.gpkg", layer="findings")
    rejected = findings[findings["severity"] == "rejected"]
    # the first feature is row 2, as a spreadsheet would number it
    assert rejected[["row", "key"]].to_numpy().tolist() == [[6, "duplicate_id"], [9, "match_no_place"]]


@pytest.mark.parametrize("key", ["line_mb", "file_mb"])
def test_a_limit_may_be_set_and_is_named_when_a_file_goes_beyond(tmp_path, capfd, key):
    path = tmp_path / "a.csv"
    path.write_text("id,name,quantity,x_rd,y_rd\n1," + "a" * 2_000 + ",3,110000,480000\n", encoding="utf-8")
    other = tmp_path / "b.csv"
    other.write_text("id,quantity,x_rd,y_rd\n1,3,110000,480100\n", encoding="utf-8")
    command = ["match", str(path), str(other), "-o", str(tmp_path / "uit.gpkg"), "--max-distance", "5km"]
    assert run([*command, "--limit", f"{key}=0.001"]) == 1
    assert f"--limit {key}=MEER" in capfd.readouterr().err
    assert run([*command, "--limit", f"{key}=1"]) == 0


@pytest.mark.parametrize("limit", ["view_s", "view_s=", "view_s=-1", "vieuw=3", "cells=1.5", "view_s=lang"])
def test_a_limit_that_cannot_be_is_a_usage_error(tmp_path, capfd, limit):
    command = ["match", "a.csv", "b.csv", "-o", str(tmp_path / "uit.gpkg"), "--max-distance", "5km"]
    assert run([*command, "--limit", limit]) == 2
    shown = capfd.readouterr().err
    assert limit in shown
    assert "view_s" in shown


def test_a_link_that_leads_round_in_a_circle_is_no_file(tmp_path, capfd):
    (tmp_path / "a.gpkg").symlink_to("b.gpkg")
    (tmp_path / "b.gpkg").symlink_to("a.gpkg")
    (tmp_path / "c.csv").write_text("id,quantity,x_rd,y_rd\n1,3,110000,480100\n", encoding="utf-8")
    ring, good, out = (str(tmp_path / name) for name in ("a.gpkg", "c.csv", "uit.gpkg"))
    assert run(["match", ring, good, "-o", out, "--max-distance", "5km"]) == 1
    assert "a.gpkg bestaat niet" in capfd.readouterr().err
    assert run(["match", good, good, "-o", ring, "--demand-quantity", "2", "--max-distance", "5km"]) in (0, 1)
