"""A project made of the user's own files: the real commands, from three formats to a map."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from kansenkaart.cli.main import run
from kansenkaart.project import load_project

KASSEN = (
    "OBJECTID;Bedrijf;Oppervlakte;Hoofdteelt;X;Y\n"
    "K1;Kwekerij Oost;4,2;Tomaat;75000;445000\n"
    "K2;Kwekerij West;3,1;Roos;76000;445500\n"
    "K3;Kwekerij Zuid;12,5;Zwaardplant;77000;444000\n"
)
QUESTION = b"kassen_2024: In welke eenheid staat kolom 'Oppervlakte'"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three files of a province: greenhouses in CSV, an incinerator and a data centre in xlsx, plants in GeoPackage."""
    (tmp_path / "kassen_2024.csv").write_text(KASSEN, encoding="utf-8")
    book = openpyxl.Workbook()
    for row in (
        ("nr", "Naam", "Soort", "Status", "lon", "lat", "afval [ton/jaar]"),
        (1, "AVI Westland", "afvalverbranding", "in bedrijf", 4.24, 51.99, 500000),
        (2, "AVI Oud", "AVI", "gesloten", 4.26, 51.99, 300000),
    ):
        book.active.append(row)
    book.save(tmp_path / "bronnen.xlsx")
    plants = {"rwzi_code": ["Z1", "Z2"], "naam": ["Oost", "West"], "capaciteit_pe": [120000, 45000]}
    points = [shapely.Point(78000, 446000), shapely.Point(74000, 443000)]
    gpd.GeoDataFrame(plants, geometry=points, crs="EPSG:28992").to_file(tmp_path / "rwzi.gpkg", layer="rwzi")
    return [tmp_path / name for name in ("kassen_2024.csv", "bronnen.xlsx", "rwzi.gpkg")]


def _read(folder: Path) -> dict[str, dict[str, object]]:
    project = tomllib.loads((folder / "kansenkaart.toml").read_text(encoding="utf-8"))
    return {layer["name"]: layer for layer in project["layers"]}


def test_three_files_of_three_formats_become_a_map_with_one_question(files, tmp_path, write_only):
    folder = tmp_path / "westland"
    command = [sys.executable, "-m", "kansenkaart", "new", str(folder), *map(str, files)]
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        command, stdin=inner, stdout=inner, stderr=inner, env={**os.environ, "COLUMNS": "100"}
    )
    os.close(inner)
    said = b""
    answers = [b"kubieke meter\n", b"hectare\n"]  # the first is no area: it is asked again
    while True:
        try:
            part = os.read(outer, 4096)
        except OSError:  # Linux: the other side is closed
            break
        if not part:
            break
        said += part
        if answers and said.count(b"]: ") == 3 - len(answers):
            os.write(outer, answers.pop(0))
    assert process.wait() == 0, said.decode()
    assert said.count(QUESTION) == 2
    assert "'kubieke meter' kan hier niet" in said.decode()
    assert "De meeste plekken liggen in Zuid-Holland" in said.decode()
    layers = _read(folder)
    assert layers["kassen_2024"]["rename"]["Oppervlakte"] == "glass_ha"
    assert "units" not in layers["kassen_2024"]
    assert layers["bronnen"]["rename"] == {
        "nr": "id",
        "Naam": "name",
        "Soort": "kind",
        "afval [ton/jaar]": "waste_t_y",
    }
    assert layers["rwzi"]["rename"] == {"rwzi_code": "id", "naam": "name", "capaciteit_pe": "capacity_pe60"}
    write_only("map", "geopackage")
    assert run(["build", str(folder), "-o", str(tmp_path / "uit")]) == 0
    assert (tmp_path / "uit" / "kansenkaart.html").exists()
    matches = gpd.read_file(tmp_path / "uit" / "kansenkaart.gpkg", layer="matches")
    assert {"Oost", "West"} & set(matches["supply_name"])
    assert {"Kwekerij Oost", "Kwekerij West", "Kwekerij Zuid"} & set(matches["demand_name"])


def test_a_processor_that_no_file_has_is_a_hub_to_switch_on(tmp_path, monkeypatch):
    """Towns and a digester: their rubble has nowhere to go, their garden waste has; the lines load without their #."""
    (tmp_path / "gemeenten.csv").write_text("gemeentecode,naam,inwoners\nGM0363,Amsterdam,900000\n")
    rows = "1,Westpoort,bedrijventerrein,115000,491000,\n2,Vergister,vergister,111000,511000,9000\n"
    (tmp_path / "plekken.csv").write_text("id,naam,soort,x_rd,y_rd,demand_gft_t_y\n" + rows)
    monkeypatch.chdir(tmp_path)
    assert run(["new", "regio", "gemeenten.csv", "plekken.csv", "--province", "Noord-Holland"]) == 0
    file = tmp_path / "regio" / "kansenkaart.toml"
    text = file.read_text(encoding="utf-8")
    head, _, hubs = text.partition("# [hubs.")
    assert "# [coalitions]" in head
    switched = "\n".join(
        line.removeprefix("# ") for line in f"# [hubs.{hubs}".splitlines() if "wie het kwijt wil" not in line
    )
    file.write_text(head + switched, encoding="utf-8")
    known = load_project(tmp_path / "regio").project.hubs
    assert known["betonpuin"].kind == "concrete_breaker"
    assert known["betonpuin"].on == ("business_park",)
    assert "gft" not in known
    assert "Betonpuin: wel wie het kwijt wil, geen puinbreker in deze bestanden." in text


def test_without_a_terminal_what_is_likely_is_taken_and_said(files, tmp_path, capsys):
    folder = tmp_path / "westland"
    assert run(["new", str(folder), str(files[0]), "--province", "Zuid-Holland"]) == 0
    text = (folder / "kansenkaart.toml").read_text(encoding="utf-8")
    assert "Niet beantwoord: In welke eenheid staat kolom 'Oppervlakte'" in text
    assert 'values = { crop = { Zwaardplant = "…" } }' in text
    shown = capsys.readouterr().out
    assert "Kwekerij Oost" in shown
    assert "kassen_2024: 3 gelezen = 3 gebruikt" in shown


def test_what_is_typed_is_not_asked(files, tmp_path):
    folder = tmp_path / "westland"
    typed = [
        "--set",
        "kassen_2024.units.glass_ha=hectare",
        "--set",
        "kassen_2024.kind=kas",
        "--set",
        "kassen_2024.year=2022",
    ]
    assert run(["new", str(folder), str(files[0]), "--municipality", "Westland", *typed]) == 0
    text = (folder / "kansenkaart.toml").read_text(encoding="utf-8")
    assert "Niet beantwoord" not in text
    assert _read(folder)["kassen_2024"]["year"] == 2022
    assert tomllib.loads(text)["region"] == {"municipalities": ["GM1783"]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("kassen_2024.units.glass_ha=vadem", "kan niet"),
        ("kassen_2024.kind=kass", "Het lijkt op"),
        ("kasen_2024.kind=kas", "kassen_2024"),
        ("kassen_2024.knd=kas", "kind"),
        ("kassen_2024.kind", "--set LAAG.SLEUTEL=WAARDE"),
    ],
)
def test_a_setting_that_cannot_be_says_what_can(files, tmp_path, capsys, typed, said):
    assert run(["new", str(tmp_path / "x"), str(files[0]), "--set", typed]) == 2
    assert said in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "x").exists()


def test_what_nobody_can_know_must_be_said(tmp_path, capsys):
    (tmp_path / "plekken.csv").write_text("id;naam;banen;x_rd;y_rd\n1;A;5;75000;445000\n", encoding="utf-8")
    command = ["new", str(tmp_path / "x"), str(tmp_path / "plekken.csv")]
    assert run(command) == 2
    assert "--set plekken.kind=WAARDE" in capsys.readouterr().err.replace("\n", " ")
    assert run([*command, "--set", "plekken.kind=industrie"]) == 0
    assert _read(tmp_path / "x")["plekken"]["kind"] == "industry"


def test_files_without_places_make_no_project(tmp_path, capsys):
    (tmp_path / "codes.csv").write_text("code;omschrijving\n1;een\n", encoding="utf-8")
    assert run(["new", str(tmp_path / "x"), str(tmp_path / "codes.csv")]) == 1
    assert "er staat nergens waar het ligt" in capsys.readouterr().err.replace("\n", " ")
    assert run(["new", str(tmp_path / "x"), str(tmp_path / "weg.gpkg")]) == 1
    assert "weg.gpkg bestaat niet" in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "x").exists()


def test_a_list_of_what_runs_becomes_links(files, tmp_path, capsys):
    header = "nr;stroom;leverancier;afnemer;hoeveelheid;eenheid;status\n"
    text = header + "1;restwarmte;AVI Westland;Kwekerij Oost;5;TJ;loopt\n"
    (tmp_path / "lopend.csv").write_text(text, encoding="utf-8")
    folder = tmp_path / "westland"
    assert run(["new", str(folder), *map(str, files), str(tmp_path / "lopend.csv")]) == 0
    (links,) = tomllib.loads((folder / "kansenkaart.toml").read_text(encoding="utf-8"))["links"]
    assert links["rename"]["leverancier"] == "supply_name"
    capsys.readouterr()
    assert run(["check", str(folder), "-v"]) == 0
    shown = capsys.readouterr().out
    for name, site in (("AVI Westland", "bronnen:1"), ("Kwekerij Oost", "kassen_2024:K1")):
        assert f"'{name}' is geen id; met deze naam (of dit id in zijn laag) is er één plek: {site}." in shown


def test_one_stray_row_and_one_without_a_place_neither_hide_the_crs_nor_raise_warnings(tmp_path, capsys):
    rows = KASSEN + "K4;Ver weg;2,0;Roos;2000000;4000000\nK5;Nergens;2,0;Roos;;\n"
    (tmp_path / "kassen.csv").write_text(rows, encoding="utf-8")
    folder = tmp_path / "x"
    assert run(["new", str(folder), str(tmp_path / "kassen.csv"), "--set", "kassen.units.glass_ha=ha"]) == 0
    assert _read(folder)["kassen"]["crs"] == "EPSG:28992"
    told = capsys.readouterr()
    assert "De meeste plekken liggen in Zuid-Holland" in told.out.replace("\n", " ")
    assert "Warning" not in told.err
    assert "5 gelezen = 3 gebruikt + 2 geweigerd" in told.out.replace("\n", " ")


def test_rows_that_lie_everywhere_are_still_asked_about(tmp_path, capsys):
    rows = KASSEN + "".join(f"K{n};Ver weg;2,0;Roos;{n}000000;4000000\n" for n in range(4, 8))
    (tmp_path / "kassen.csv").write_text(rows, encoding="utf-8")
    assert run(["new", str(tmp_path / "x"), str(tmp_path / "kassen.csv")]) == 2
    assert "--set kassen.crs=WAARDE" in capsys.readouterr().err.replace("\n", " ")


def test_a_table_with_postcodes_alone_is_told_the_way_by_a_table_of_addresses(tmp_path, capsys):
    rows = "Ontdoener;Euralcode;Gewicht_kg;Postcode\nBouw BV;170101;1200;2671AB\nGroen BV;200201;250;2671AC\n"
    (tmp_path / "afval.csv").write_text(rows, encoding="utf-8")
    assert run(["inspect", str(tmp_path / "afval.csv"), "--json"]) == 0
    (table,) = json.loads(capsys.readouterr().out)
    assert table["becomes"] == {"eural": "Euralcode", "postcode": "Postcode"}
    assert "[addresses]" in table["why"][0]
    assert "--addresses pdok" in table["why"][0]


_ADDRESSES = """nr;naam;soort;Postcode;Huisnummer;capacity_pe60
1;Noord;rwzi;2671AB;12a;50000
2;Zuid;rwzi;2671AC;;60000
"""


def test_a_table_with_addresses_becomes_a_layer_by_a_table_of_ones_own(tmp_path, capsys):
    (tmp_path / "rwzi.csv").write_text(_ADDRESSES, encoding="utf-8")
    table = "postcode;huisnummer;huisletter;x_rd;y_rd\n2671AB;12;A;75000;445000\n2671AC;3;;75600;445000\n"
    (tmp_path / "adressen.csv").write_text(table, encoding="utf-8")
    given = ["--addresses", str(tmp_path / "adressen.csv"), "--municipality", "Westland"]
    assert run(["new", str(tmp_path / "x"), str(tmp_path / "rwzi.csv"), *given]) == 0
    toml = tomllib.loads((tmp_path / "x" / "kansenkaart.toml").read_text(encoding="utf-8"))
    assert toml["addresses"] == {"path": "../adressen.csv"}
    assert toml["layers"][0]["rename"]["Huisnummer"] == "house_number"
    assert "placement" not in toml["layers"][0]
    assert "2 gelezen = 2 gebruikt + 0 geweigerd" in capsys.readouterr().out.replace("\n", " ")


def test_a_table_with_addresses_that_a_service_will_place_says_what_comes_first(tmp_path, capsys):
    (tmp_path / "rwzi.csv").write_text(_ADDRESSES, encoding="utf-8")
    given = ["--addresses", "pdok", "--municipality", "Westland"]
    assert run(["new", str(tmp_path / "x"), str(tmp_path / "rwzi.csv"), *given]) == 0
    toml = tomllib.loads((tmp_path / "x" / "kansenkaart.toml").read_text(encoding="utf-8"))
    assert toml["addresses"] == {"service": "pdok"}
    assert "Eerst eenmaal met internet: kansenkaart download x" in capsys.readouterr().out.replace("\n", " ")
    assert run(["check", str(tmp_path / "x")]) == 1
    assert "is nog niet opgezocht" in capsys.readouterr().err.replace("\n", " ")


def test_addresses_by_something_that_is_not_there_are_a_wrong_call(tmp_path, capsys):
    (tmp_path / "rwzi.csv").write_text(_ADDRESSES, encoding="utf-8")
    assert (
        run(
            [
                "new",
                str(tmp_path / "x"),
                str(tmp_path / "rwzi.csv"),
                "--addresses",
                "weg.csv",
                "--province",
                "Utrecht",
            ]
        )
        == 2
    )
    assert "--addresses 'weg.csv' is geen pdok" in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "x").exists()


def test_the_published_table_of_plants_is_known_as_a_layer_too_and_keeps_its_publisher(
    tmp_path, capsys, write_only
):
    """As a GIS makes it of the table of the EEA: points instead of two columns, the closed ones left out."""
    plants = {
        "uwwCode": ["NL1", "NL2"], "uwwName": ["Oost", "West"], "uwwCapacity": [120000, 45000],
        "uwwLoadEnteringUWWTP": [90000, 40000],
    }  # fmt: skip
    points = [shapely.Point(78000, 446000), shapely.Point(74000, 443000)]
    gpd.GeoDataFrame(plants, geometry=points, crs="EPSG:28992").to_file(tmp_path / "eigen.gpkg", layer="laag")
    (tmp_path / "kassen.csv").write_text(KASSEN, encoding="utf-8")
    given = [str(tmp_path / "eigen.gpkg"), str(tmp_path / "kassen.csv"), "--set", "kassen.units.glass_ha=ha"]
    assert run(["new", str(tmp_path / "p"), *given]) == 0
    assert "eigen: 2 gelezen = 2 gebruikt" in capsys.readouterr().out
    layers = _read(tmp_path / "p")
    assert layers["eigen"].keys() == {"name", "path", "recipe"}
    assert layers["eigen"]["recipe"] == "uwwtd"
    assert layers["kassen"]["source"] == "kassen.csv"
    text = (tmp_path / "p" / "kansenkaart.toml").read_text(encoding="utf-8")
    assert text.count("# licence =") == 1 + text.split("[[layers]]")[0].count("# licence =")
    write_only("workbook")
    assert run(["build", str(tmp_path / "p"), "--draws", "0"]) == 0
    sites = pd.read_csv(tmp_path / "p" / "uit" / "tables" / "sites.csv").set_index("site_id")
    assert sites.loc["eigen:NL1", "source"] == "European Environment Agency"
    assert sites.loc["eigen:NL1", "licence"] == "EEA re-use with attribution"
    assert sites.loc["eigen:NL2", ["name", "capacity_pe60"]].tolist() == ["West", 45000]


def test_a_service_for_addresses_is_asked_first_only_where_a_file_has_addresses(tmp_path, capsys):
    (tmp_path / "kassen.csv").write_text(KASSEN, encoding="utf-8")
    given = [str(tmp_path / "kassen.csv"), "--set", "kassen.units.glass_ha=ha", "--addresses", "pdok"]
    assert run(["new", str(tmp_path / "p"), *given]) == 0
    shown = capsys.readouterr().out
    assert "kassen: 3 gelezen = 3 gebruikt" in shown
    assert "kansenkaart download" not in shown
    assert run(["new", str(tmp_path / "leeg"), "--addresses", "pdok"]) == 2
    assert "--addresses plaatst rijen van bestanden" in capsys.readouterr().err
    assert not (tmp_path / "leeg").exists()


SIZES = "Nummer;Naam;Teelt;{column};RD-X;RD-Y\nK1;Oost;Tomaat;4,25;75.000;445.000\nK2;West;Roos;12,5;76.000;445.500\n"


def _new(tmp_path: Path, name: str, text: str, *typed: str) -> int:
    (tmp_path / name).write_text(text, encoding="utf-8")
    settings = [part for one in typed for part in ("--set", f"{Path(name).stem}.{one}")]
    return run(["new", str(tmp_path / "x"), str(tmp_path / name), *settings])


def test_a_column_that_nobody_foresaw_is_asked_where_nothing_else_says_how_large_a_place_is(tmp_path, capsys):
    """Its unit is asked after it: a number without one is a guess."""
    assert _new(tmp_path, "kassen.csv", SIZES.format(column="Omvang bedrijf")) == 0
    text = (tmp_path / "x" / "kansenkaart.toml").read_text(encoding="utf-8")
    assert "Welke kolom zegt hoe groot een plek is? Soort greenhouse rekent met glass_ha" in text
    assert "geeft niets" in capsys.readouterr().out
    folder = tmp_path / "twee"
    folder.mkdir()
    assert _new(folder, "kassen.csv", SIZES.format(column="Omvang bedrijf"), "quantity=Omvang bedrijf") == 0
    layer = _read(folder / "x")["kassen"]
    assert layer["rename"]["Omvang bedrijf"] == "glass_ha"
    text = (folder / "x" / "kansenkaart.toml").read_text(encoding="utf-8")
    assert "In welke eenheid staat kolom 'Omvang bedrijf'" in text
    assert "geeft niets" not in capsys.readouterr().out


@pytest.mark.parametrize("typed", ["rename.Omvang=glass_ha", "quantity=Omvang"])
def test_the_unit_that_is_typed_holds_for_a_column_that_is_typed(tmp_path, typed):
    text = SIZES.format(column="Omvang").replace("4,25", "42500").replace("12,5", "125000")
    assert _new(tmp_path, "kassen.csv", text, typed, "units.glass_ha=m2") == 0
    layer = _read(tmp_path / "x")["kassen"]
    assert (layer["rename"]["Omvang"], layer["units"]) == ("glass_ha", {"glass_ha": "m2"})


def test_a_capacity_in_a_unit_that_is_not_ours_counts_only_where_the_user_says_so(tmp_path, capsys):
    rows = "code;naam;capaciteit_ie;belasting;RD-X;RD-Y\nZ1;Oost;90000;;75.000;445.000\n"
    assert _new(tmp_path, "rwzi.csv", rows) == 0
    assert "is niet om te rekenen" in capsys.readouterr().out
    assert "rename" not in str(_read(tmp_path / "x")["rwzi"].get("rename", {}).get("capaciteit_ie", ""))
    folder = tmp_path / "twee"
    folder.mkdir()
    assert _new(folder, "rwzi.csv", rows, "quantity=capaciteit_ie") == 0
    assert _read(folder / "x")["rwzi"]["rename"]["capaciteit_ie"] == "capacity_pe60"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("rename.Omvng=glass_ha", "noemt kolom 'Omvng', en die staat er niet"),
        ("rename.Omvang=glas_ha", "glass_ha"),
        ("quantity=Grootte", "noemt kolom 'Grootte', en die staat er niet"),
        ("units.waste_t_y=kg", "noemt kolom 'waste_t_y', en die staat er niet"),
    ],
)
def test_what_is_typed_of_a_column_that_is_not_there_is_never_dropped(tmp_path, capsys, typed, said):
    assert _new(tmp_path, "kassen.csv", SIZES.format(column="Omvang"), typed) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x").exists()


def test_a_unit_that_is_typed_goes_before_that_in_the_name_of_a_column(tmp_path):
    text = SIZES.format(column="glas_ha").replace("4,25", "42500").replace("12,5", "125000")
    assert _new(tmp_path, "kassen.csv", text, "units.glass_ha=m2") == 0
    assert _read(tmp_path / "x")["kassen"]["units"] == {"glass_ha": "m2"}


@pytest.mark.parametrize(
    ("east", "north", "values", "becomes"),
    [
        ("Ligging (WGS84) lengte", "Ligging (WGS84) breedte", ("4,24", "51,99"), ("lon", "lat")),
        ("OL", "NB", ("4,24", "51,99"), ("lon", "lat")),
        ("coord oost", "coord noord", ("75000", "445000"), ("x_rd", "y_rd")),
        ("leiding lengte", "leiding breedte", ("400", "2"), None),
        ("lengte", "breedte", ("4,24", "12,5"), None),
    ],
)
def test_coordinates_are_known_by_a_sign_in_their_name_and_by_what_they_are(
    tmp_path, capsys, east, north, values, becomes
):
    header = f"id;naam;soort;gemeente;{east};{north};afval_ton\n"
    rows = f"1;A;AVI;Westland;{';'.join(values)};500000\n"
    assert _new(tmp_path, "bronnen.csv", header + rows) == 0
    layer = _read(tmp_path / "x")["bronnen"]
    found = (layer["rename"].get(east), layer["rename"].get(north))
    assert found == (becomes or (None, None))
    assert ("placement" in layer) == (becomes is None)


def _layer(folder: Path) -> dict[str, object]:
    (layer,) = _read(folder).values()
    return layer


def test_a_table_of_municipalities_by_name_alone_is_a_layer_and_says_which_province(tmp_path, capsys):
    rows = "gemeente;inwoners\nLangedijk;28000\nAmsterdam;880000\nDen Helder;56000\nHaarlem;162000\nTotaal;1126000\n"
    assert _new(tmp_path, "gemeenten_2020.csv", rows) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "De meeste plekken liggen in Noord-Holland" in shown
    assert "5 gelezen = 4 gebruikt + 1 geweigerd" in shown
    assert _layer(tmp_path / "x")["placement"] == "municipality"


@pytest.mark.parametrize(
    ("east", "north"),
    [("4°14'24\"E", "51°59'24\"N"), ("4° 14,4' OL", "51° 59,4' NB"), ("4,24", "51,99")],
)
def test_degrees_as_people_write_them_are_a_place(tmp_path, capsys, east, north):
    quoted = [one.replace('"', '""') for one in (east, north)]
    rows = f'id;naam;soort;lengtegraad;breedtegraad;afval_ton\n1;A;AVI;"{quoted[0]}";"{quoted[1]}";500000\n'
    assert _new(tmp_path, "bronnen.csv", rows) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "1 gelezen = 1 gebruikt" in shown
    assert "Zuid-Holland" in shown


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [(472_000, 6_799_000, "EPSG:3857"), (585_000, 5_760_000, "EPSG:25831"), (75_000, 445_000, "EPSG:28992")],
)
def test_the_crs_of_a_table_without_one_follows_from_where_the_netherlands_lie_in_it(tmp_path, x, y, crs):
    rows = f"id;naam;soort;x;y;afval_ton\n1;A;AVI;{x};{y};500000\n"
    assert _new(tmp_path, "bronnen.csv", rows) == 0
    assert _layer(tmp_path / "x")["crs"] == crs


def test_a_quantity_that_is_written_in_words_is_told_not_dropped(tmp_path, capsys):
    rows = "id;naam;soort;x_rd;y_rd;glas_ha\n1;A;kas;75000;445000;ca. 5\n2;B;kas;75500;445000;10-20\n"
    assert _new(tmp_path, "kassen.csv", rows) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Kolom 'glas_ha' heet als glass_ha, maar er staan woorden in (ca. 5, 10-20)" in shown
