"""`kansenkaart balance`: a workbook or CSV in, one that closes out, and clear words when it cannot be."""

import openpyxl
import pandas as pd
import pytest

from kansenkaart.cli.main import run

CSV = """stroom;van;naar;laag;eenheid;waarde;sd_pct;bron;jaar
influent;;rwzi;P;t;13297;5;CBS 7477;2020
effluent;rwzi;;P;t;1644;5;CBS 7477;2020
slib;rwzi;;P;t;11170;8;CBS 7477;2020
"""


@pytest.fixture
def fosfaat(tmp_path):
    file = tmp_path / "fosfaat.csv"
    file.write_text(CSV, encoding="utf-8")
    return file


def test_a_csv_becomes_a_workbook_and_a_csv_that_close(fosfaat, tmp_path, capsys):
    book, table = tmp_path / "uit.xlsx", tmp_path / "uit.csv"
    assert run(["balance", str(fosfaat), "-o", str(book), "-o", str(table)]) == 0
    said = capsys.readouterr().out
    assert "13.125,8 ± 534,2" in said
    assert "chi-kwadraat 0,187 bij 1 vrijheidsgraad, p = 0,665" in said
    written = pd.read_csv(table)
    assert written["reconciled"].round(1).tolist() == [13125.8, 1646.6, 11479.2]
    sheets = openpyxl.load_workbook(book).sheetnames
    assert sheets == ["Balansstromen", "Balansprocessen", "Balanstoets", "Bevindingen"]


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_what_was_written_can_be_read_again(fosfaat, tmp_path, language, ending):
    once, twice = tmp_path / f"een{ending}", tmp_path / "twee.csv"
    options = ["--language", language, "-q"]
    assert run(["balance", str(fosfaat), "-o", str(once), *options]) == 0
    sheet = openpyxl.load_workbook(once).sheetnames[0] if ending == ".xlsx" else None
    assert (
        run(["balance", str(once), *(["--sheet", sheet] if sheet else []), "-o", str(twice), *options]) == 0
    )
    written = pd.read_csv(twice)
    assert written["reconciled"].round(1).tolist() == [13125.8, 1646.6, 11479.2]
    assert written["source"].tolist() == ["CBS 7477"] * 3


def test_the_same_file_gives_the_same_bytes(fosfaat, tmp_path):
    files = [tmp_path / f"{number}.xlsx" for number in range(2)]
    for file in files:
        assert run(["balance", str(fosfaat), "-o", str(file), "-q"]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_contradiction_is_told_with_its_candidate_and_refused_when_strict(tmp_path, capsys):
    file = tmp_path / "fout.csv"
    file.write_text(CSV.replace("1644;5", "9000;5"), encoding="utf-8")
    assert run(["balance", str(file)]) == 0
    said = capsys.readouterr().out
    assert "spreken elkaar tegen" in said
    assert "effluent (P, stroom, 3)" in said
    assert run(["balance", str(file), "--strict", "-q"]) == 1
    assert "fout" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CSV.replace("1644", "-1644"), "rij 3 (effluent) is negatief: -1644"),
        (CSV.replace("1644", "veel"), "veel"),
        (CSV.replace("P;t;1644", "P;m3;1644"), "m3 kan geen t worden"),
        (CSV.replace("eenheid", "maat"), "mist unit"),
        (CSV.splitlines()[0] + "\n", "heeft geen rijen"),
        (CSV.replace("laag", "soort"), "Gebruik een van"),
    ],
)
def test_a_bad_file_is_refused_with_its_row(tmp_path, capsys, text, says):
    file = tmp_path / "slecht.csv"
    file.write_text(text, encoding="utf-8")
    assert run(["balance", str(file), "-o", str(tmp_path / "uit.csv")]) == 1
    assert says in capsys.readouterr().err
    assert not (tmp_path / "uit.csv").exists()


def test_what_stands_there_is_not_written_over(fosfaat, tmp_path, capsys):
    there = tmp_path / "er.xlsx"
    there.write_bytes(b"van mij")
    assert run(["balance", str(fosfaat), "-o", str(there)]) == 1
    assert run(["balance", str(fosfaat), "-o", str(fosfaat), "--overwrite"]) == 1
    assert run(["balance", str(fosfaat), "-o", str(tmp_path / "x.docx")]) == 1
    assert there.read_bytes() == b"van mij"
    assert fosfaat.read_text(encoding="utf-8") == CSV
    assert "eindigt op .xlsx, .csv" in capsys.readouterr().err
