"""`kansenkaart clusters`: a table in, strong sectors out as workbook, CSV and GeoPackage; clear words for a bad one."""

from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest

from kansenkaart.cli.main import run

CSV = """gm_code;gemeente;sbi;banen;reststoffen_t
GM0363;Amsterdam;01;1.000;5,5
GM0363;Amsterdam;62;9.000;.
GM0394;Haarlemmermeer;01;3.000;8,0
GM0394;Haarlemmermeer;62;2.000;1,0
"""
CODED = ["--classification", "SBI 2008"]


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "banen.csv"
    file.write_text(CSV, encoding="utf-8")
    return file


def test_a_table_becomes_a_workbook_a_csv_and_a_layer(table, tmp_path, capsys):
    files = [tmp_path / f"uit.{ending}" for ending in ("xlsx", "csv", "gpkg")]
    options = [part for file in files for part in ("-o", str(file))]
    assert run(["clusters", str(table), *CODED, "--only", "Haarlemmermeer", *options]) == 0
    said = capsys.readouterr().out
    assert "2 gebieden × 2 sectoren; geteld: banen" in said
    assert "Amsterdam" not in said
    told = pd.read_csv(files[1])
    assert told["location_quotient"].round(3).tolist() == [0.375, 1.227, 2.25, 0.545]
    assert told["coverage"].round(2).tolist() == [0.4, 0.2, 0.4, 0.4]
    assert openpyxl.load_workbook(files[0]).sheetnames == ["Sectoren per gebied", "Bevindingen"]
    layer = pyogrio.read_dataframe(files[2], layer="cluster_areas")
    assert layer.set_index("area")["sector_1"].to_dict() == {"Amsterdam": "62", "Haarlemmermeer": "01"}
    assert layer.geometry.is_valid.all()
    assert len(pyogrio.read_dataframe(files[2], layer="clusters")) == 4


def test_weights_change_the_score_and_not_the_quotient(table, tmp_path):
    scores = []
    for weight in ("1", "9"):
        file = tmp_path / f"{weight}.csv"
        assert (
            run(["clusters", str(table), *CODED, "--weight", f"residuals_t={weight}", "-o", str(file), "-q"])
            == 0
        )
        scores.append(pd.read_csv(file))
    assert scores[0]["location_quotient"].tolist() == scores[1]["location_quotient"].tolist()
    assert scores[0]["score"].tolist() != scores[1]["score"].tolist()


def test_places_are_counted(tmp_path, capsys):
    file = tmp_path / "vestigingen.csv"
    file.write_text("gm_code;sbi\nGM0363;0111\nGM0363;6201\nGM0394;0111\n", encoding="utf-8")
    assert run(["clusters", str(file), *CODED, "--places", "--level", "2", "--least", "0"]) == 0
    assert "geteld: vestigingen" in capsys.readouterr().out


REGISTER = (
    "gm_code;sbi\nGM0363;0111\nGM0363;6201\nGM0394;0111\nGM0394;6201\n"
    "GM0394;00.00\nGM0363;onbekend\nGM0363;\nGM0363;C\nGM0363;00\n"
)


def test_places_with_a_code_that_is_none_are_left_out_by_name_and_the_rest_counts(tmp_path, capsys):
    file, out, clean = tmp_path / "vestigingen.csv", tmp_path / "uit.csv", tmp_path / "schoon.csv"
    file.write_text(REGISTER, encoding="utf-8")
    options = [*CODED, "--places", "--level", "2", "--least", "0", "--overwrite"]
    assert run(["clusters", str(file), *options, "-o", str(out)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "1 van de 9 rijen noemt geen gebied of geen sector en telt niet mee (rij 8); 8 rijen tellen wel."
        in said
    )
    assert (
        "2 van de 8 rijen hebben een sector die SBI 2008 niet kent en tellen niet mee (rij 6, 7): "
        "00.00 (1x), onbekend (1x). 6 rijen tellen wel." in said
    )
    assert 'values.sector = { "00.00" = "…", "onbekend" = "…" }, of geef --value CODE=SECTOR' in said
    assert "Van 2 van de 6 rijen is de sector op niveau 2 niet te zeggen" in said
    assert pd.read_csv(out)["count"].sum() == 4
    file.write_text("".join(REGISTER.splitlines(keepends=True)[:5]), encoding="utf-8")
    assert run(["clusters", str(file), *options, "-o", str(clean)]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(out), pd.read_csv(clean))


def test_a_code_that_is_none_counts_as_what_the_user_says_it_is(tmp_path, capsys):
    file, out = tmp_path / "vestigingen.csv", tmp_path / "uit.csv"
    file.write_text("\n".join(REGISTER.splitlines()[:6]), encoding="utf-8")
    options = [*CODED, "--places", "--level", "2", "--least", "0", "--value", "00.00=47.11"]
    assert run(["clusters", str(file), *options, "-o", str(out)]) == 0
    assert "niet mee" not in capsys.readouterr().out
    assert pd.read_csv(out, dtype={"sector": "str"}).groupby("sector")["count"].sum().to_dict()["47"] == 1


@pytest.mark.parametrize(
    ("text", "options", "code", "says"),
    [
        (CSV, [], 1, "classification"),
        (CSV.replace("62", "6201", 1), CODED, 1, "mengt niveau: 2, 4"),
        (CSV.replace("62", "6201", 1), CODED, 1, "Kies er een: --level, of level onder [clusters]"),
        (CSV.replace("GM0394", "PV27"), CODED, 1, "mengt soort gebied: GM, PV"),
        (CSV.splitlines()[0] + "\n", CODED, 1, "geen rij van een gebied"),
        (
            CSV.replace(";62;", ";x;"),
            [*CODED, "--places", "--level", "2"],
            1,
            "2 van de 4 rijen hebben een sector die SBI 2008 niet kent, de eerste in de rijen 3, 5: x (2x).",
        ),
        (CSV, [*CODED, "--only", "Lutjebroek"], 2, "zo heet geen gebied"),
        (CSV, [*CODED, "--column", "foo=sbi"], 1, "geen kolom heet hier 'foo'"),
        (CSV, [*CODED, "--sheet", "X"], 1, "heeft geen bladen"),
        (CSV, [*CODED, "--weight", "jobs=1", "--weight", "jobs=2"], 2, "meer dan eens"),
        (CSV, [*CODED, "--weight", "jobs=0", "--weight", "residuals_t=0"], 1, "criteria met gewicht 0"),
        (CSV, [*CODED, "--pseudo", "nan"], 2, "--pseudo nan kan niet"),
        (CSV, [*CODED, "--least", "inf"], 2, "--least inf kan niet"),
        (CSV.replace("banen", "vestigingen"), [*CODED, "--places"], 1, "telt zelf vestigingen"),
        (CSV.replace("sbi", "code"), CODED, 1, "mist sector"),
        (CSV.replace("9.000", "veel"), CODED, 1, "veel"),
        (CSV.replace("9.000", "-9.000"), CODED, 1, "-9.000"),
        (CSV, [*CODED, "--recipe", "cbs"], 2, "cbs_85039ned"),
        (CSV, [*CODED, "--weight", "werk=2"], 2, "establishments, jobs"),
        (CSV, [*CODED, "--column", "jobs=baan"], 1, "kolom 'baan' (jobs) is er niet"),
        (
            CSV,
            [*CODED, "--column", "jobs=baan", "--column", "sector=tak"],
            1,
            "kolommen 'baan' (jobs), 'tak' (sector) zijn er niet",
        ),
        (CSV.replace("sbi", "code").replace("gm_code", "waar"), CODED, 1, "mist area_code, sector."),
        (CSV, [*CODED, "--counted", "establishments"], 1, "heeft geen establishments"),
        (
            CSV.replace("sbi;", "sbi;indeling;")
            .replace(";01;", ";01;SBI 2008;")
            .replace(";62;", ";62;SBI 2025;"),
            [],
            1,
            "mengt indelingen",
        ),
    ],
)
def test_a_bad_table_is_refused_in_words(tmp_path, capsys, text, options, code, says):
    file = tmp_path / "slecht.csv"
    file.write_text(text, encoding="utf-8")
    assert run(["clusters", str(file), *options, "-o", str(tmp_path / "uit.csv")]) == code
    assert says in capsys.readouterr().err
    assert not (tmp_path / "uit.csv").exists()


def test_a_part_of_the_country_and_lost_zeros_are_told(table, capsys):
    table.write_text(CSV.replace(";01;", ";1;").replace("GM0394;", "gm0394;"), encoding="utf-8")
    assert run(["clusters", str(table), *CODED]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "2 van de 342 gemeenten" in said
    assert "2 sectorcodes begonnen met een enkel cijfer" in said


LONG = """area_code,area,sector,establishments
GM0363,Amsterdam,A,100
GM0363,Amsterdam,G+I,900
GM0394,Haarlemmermeer,A,300
GM0394,Haarlemmermeer,G+I,200
"""
WIDE = (
    "gm_code,gm_naam,vestigingen_totaal,A_landbouw,BF_nijverheid_energie,GI_handel_horeca,HJ_vervoer_ict,"
    "KL_financieel_vastgoed,MN_zakelijk,OQ_overheid_onderwijs_zorg,RU_cultuur_recreatie\n"
    "GM0363,Amsterdam,1000,100,0,900,0,0,0,0,0\nGM0394,Haarlemmermeer,500,300,0,200,0,0,0,0,0\n"
)


def _quotients(tmp_path, text, *options):
    file, out = tmp_path / "t.csv", tmp_path / "uit.csv"
    file.write_text(text, encoding="utf-8")
    arguments = ["clusters", str(file), *options, "-o", str(out), "-q", "--overwrite"]
    assert run(arguments) == 0
    told = pd.read_csv(out).sort_values(["area_code", "sector"])
    told = told[told["count"] > 0]
    return told[["area_code", "sector", "sector_name", "count", "location_quotient"]].values.tolist()


def test_a_table_with_our_own_names_reads_by_a_recipe_as_the_one_of_cbs_does(tmp_path):
    recipe = ("--recipe", "cbs_85039ned", "--least", "0")
    wide = _quotients(tmp_path, WIDE, *recipe)
    assert [row[:4] for row in wide[:2]] == [
        ["GM0363", "A", "Landbouw, bosbouw en visserij", 100],
        ["GM0363", "G+I", "Handel en horeca", 900],
    ]
    assert _quotients(tmp_path, LONG, *recipe) == wide
    other = WIDE.replace("gm_code", "area_code").replace("gm_naam", "waar")
    assert _quotients(tmp_path, other, *recipe, "--column", "area=waar") == wide


def test_the_shipped_table_reads_by_its_recipe(tmp_path):
    told = _quotients(
        tmp_path,
        Path("data/noord-holland/layers/vestigingen.csv").read_text(encoding="utf-8"),
        *("--recipe", "cbs_85039ned"),
    )
    assert ["GM0358", "A", "Landbouw, bosbouw en visserij", 115] in [row[:4] for row in told]


def test_thousands_are_those_of_the_recipes_column_and_not_of_ours(tmp_path):
    recipe = ("--recipe", "cbs_83582ned", "--least", "0")
    text = "corop,a10,banen_x1000\nCR01,A,0.6\nCR01,BE,3\nCR02,A,1\nCR02,BE,2\n"
    counts = [row[3] for row in _quotients(tmp_path, text, *recipe)]
    assert counts == [600, 3000, 1000, 2000]
    own = text.replace("banen_x1000", "jobs").replace("0.6", "600")
    assert [row[3] for row in _quotients(tmp_path, own, *recipe)] == [600, 3, 1, 2]


def test_all_columns_that_a_recipe_misses_are_named_at_once(tmp_path, capsys):
    file = tmp_path / "t.csv"
    file.write_text(
        WIDE.replace("A_landbouw", "landbouw").replace("MN_zakelijk", "zakelijk"), encoding="utf-8"
    )
    assert run(["clusters", str(file), "--recipe", "cbs_85039ned"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "kolommen 'A_landbouw', 'MN_zakelijk' zijn er niet. Kolommen daar: gm_code," in said


@pytest.mark.parametrize("header", ["banen_x1000", "Banen (x 1 000)"])
def test_a_column_in_thousands_is_multiplied_and_said(tmp_path, capsys, header):
    rows = "".join(
        f"GM{area:04d},{sector},{area + 1.5}\n" for area in (363, 518, 599) for sector in ("01", "62")
    )
    file = tmp_path / "banen.csv"
    file.write_text(f"area_code,sector,{header}\n{rows}", encoding="utf-8")
    options = ("--column", f"jobs={header}", "--classification", "SBI 2008", "-o", str(tmp_path / "uit.csv"))
    assert run(["clusters", str(file), *options]) == 0
    assert pd.read_csv(tmp_path / "uit.csv")["count"].max() == 600_500
    assert "eenheden van 1.000" in " ".join(capsys.readouterr().out.split())


def test_invented_codes_of_municipalities_are_named(tmp_path, capsys):
    file = tmp_path / "banen.csv"
    rows = "".join(f"GM{area},{sector},500\n" for area in (9001, 9002, 9003, 9004) for sector in ("01", "62"))
    file.write_text(f"area_code,sector,jobs\n{rows}", encoding="utf-8")
    assert run(["clusters", str(file), "--classification", "SBI 2008"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Geen van de 4 gebiedscodes is bekend: GM9001, GM9002, GM9003" in said
    assert "0 van de 342" not in said
