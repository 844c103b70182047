"""Registers as a province has them, through ``kansenkaart new``: two header rows, jobs by any name, loads of waste."""

from __future__ import annotations

import tomllib
from pathlib import Path

import openpyxl
import pytest

from kansenkaart.cli.main import run

ROWS = (
    ("05012345", "Brouwerij Oost", "7548 XA", "11.05", 650, 720, 252600, 468300),
    ("05012346", "Zuivel Noord", "7701 AB", "1051", 120, 133, 219800, 513400),
    ("05012347", "Weverij West", "7443 RE", "13.20", 200, 250, 226600, 487300),
)
BUSINESSES = (
    "nr;naam;sbi;{column};x_rd;y_rd\nB1;Brouwerij;1105;720;252600;468300\nB2;Zuivel;1051;133;219800;513400\n"
)
LOADS = (
    "Ontdoener;Ontdoener_Postcode;Herkomst_Postcode;Verwerker;Verwerker_Postcode;EuralCode;VerwerkingsmethodeCode;"
    "Gewicht_KG;MeldPeriodeJAAR\n"
    "Sloper BV;7602KA;7602KB;Breker;8263AB;170107;C04;5600000;2023\n"
    "Bouwer NV;8028PM;7411AB;Oven;7554RT;200301;D10;1234500;2023\n"
)


def _new(tmp_path: Path, *arguments: str) -> dict[str, object]:
    assert run(["new", str(tmp_path / "x"), *arguments]) == 0
    project = tomllib.loads((tmp_path / "x" / "kansenkaart.toml").read_text(encoding="utf-8"))
    return project["layers"][0]


def test_two_header_rows_with_merged_cells_are_one_name_of_which_the_end_is_known(tmp_path, capsys):
    book = openpyxl.Workbook()
    book.active.append(("Provincie Overijssel, bedrijven met reststromen",))
    book.active.append(("Bedrijf", None, "Adres", "SBI", "Werkzame personen", None, "Ligging", None))
    book.active.append(("KvK-nr", "Naam", "Postcode", "hoofdactiviteit", "fulltime", "totaal", "X", "Y"))
    for cells in ("A2:B2", "E2:F2", "G2:H2"):
        book.active.merge_cells(cells)
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "bedrijven.xlsx")
    layer = _new(tmp_path, str(tmp_path / "bedrijven.xlsx"))
    assert {ours: column for column, ours in layer["rename"].items()} == {
        "id": "Bedrijf KvK-nr",
        "name": "Bedrijf Naam",
        "postcode": "Adres Postcode",
        "sbi": "SBI hoofdactiviteit",
        "jobs": "Werkzame personen totaal",
        "x": "Ligging X",
        "y": "Ligging Y",
    }
    assert "3 gelezen = 3 gebruikt" in capsys.readouterr().out


@pytest.mark.parametrize(
    "column", ["Banen_tot", "Werkzame personen totaal", "Aantal werknemers", "WP totaal", "medewerkers"]
)
def test_businesses_with_a_code_and_jobs_count_whatever_the_jobs_are_called(tmp_path, capsys, column):
    (tmp_path / "bedrijven.csv").write_text(BUSINESSES.format(column=column), encoding="utf-8")
    layer = _new(tmp_path, str(tmp_path / "bedrijven.csv"))
    assert layer["rename"][column] == "jobs"
    assert layer["fill"] == {"establishments": "1"}
    assert "geeft niets" not in capsys.readouterr().out


def test_a_column_that_may_hold_jobs_is_asked_where_only_a_code_says_what_a_business_is(tmp_path, capsys):
    (tmp_path / "bedrijven.csv").write_text(BUSINESSES.format(column="Personeel"), encoding="utf-8")
    layer = _new(tmp_path, str(tmp_path / "bedrijven.csv"), "--set", "bedrijven.quantity=Personeel")
    assert layer["rename"]["Personeel"] == "jobs"
    twice = tmp_path / "twee"
    twice.mkdir()
    assert "jobs" not in _new(twice, str(tmp_path / "bedrijven.csv"))["rename"].values()
    assert "Welke kolom zegt hoeveel banen een bedrijf heeft?" in capsys.readouterr().out


def test_loads_of_waste_lie_at_the_postcode_they_come_from_which_is_nobodys_id(tmp_path, capsys):
    (tmp_path / "ontvangst.csv").write_text(LOADS, encoding="utf-8")
    (tmp_path / "adressen.csv").write_text(
        "postcode,x_rd,y_rd\n7602KB,242300,486500\n7411AB,206900,473700\n", encoding="utf-8"
    )
    addresses = str(tmp_path / "adressen.csv")
    layer = _new(
        tmp_path, str(tmp_path / "ontvangst.csv"), "--addresses", addresses, "--province", "Overijssel"
    )
    assert layer["recipe"] == "lma_ontvangst"
    assert "2 gelezen = 2 gebruikt" in capsys.readouterr().out


def test_what_no_layer_became_is_said_where_the_eye_is_last(tmp_path, capsys):
    (tmp_path / "bedrijven.csv").write_text(BUSINESSES.format(column="banen"), encoding="utf-8")
    (tmp_path / "vrachten.csv").write_text(
        "Soort;Ontvanger_Postcode;kg\npuin;8263AB;1\npuin;8263AC;2\n", encoding="utf-8"
    )
    _new(tmp_path, *(str(tmp_path / name) for name in ("bedrijven.csv", "vrachten.csv")))
    told = capsys.readouterr().out.partition("Gemaakt:")[2]
    assert "Niet gebruikt: vrachten.csv. Geen laag met plekken: er staan adressen of postcodes in" in told
