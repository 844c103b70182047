"""What a comparison of builds says and writes, and what a build says of the one before it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, redirect_stdout
from io import StringIO

import openpyxl
import pandas as pd
import pyogrio
import pytest

from kansenkaart.cli.main import run
from kansenkaart.compare.builds import read_previous, tell_since
from kansenkaart.pipeline import build
from kansenkaart.texts import load_texts
from tests.small_project import LAYER, ROWS, TOML, write_project

HOSTILE = "=1+1 <script>alert(1)</script>"
EXCEL = TOML.replace("[region]", '[exports]\ncsv = "excel-nl"\n[region]')


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """A project that was built twice, a copy of what the first build wrote, and what the second said."""
    folder = tmp_path_factory.mktemp("since")
    project = write_project(folder / "regio", EXCEL)
    assert run(["build", str(project), "-q"]) == 0
    shutil.copytree(project / "uit", folder / "eerder")
    rows = ROWS + f"n,{HOSTILE},greenhouse,110500,481500,,40000,\n"
    changed = rows.replace("b,Bron", "b,-Bron").replace("200000", "150000")
    (project / "a.csv").write_text(LAYER + changed, encoding="utf-8")
    with redirect_stdout(StringIO()) as said:
        assert run(["build", str(project)]) == 0
    return project, folder / "eerder", said.getvalue()


def test_a_build_says_what_changed_since_the_last_and_nothing_where_nothing_did(rebuilt):
    project, _, said = rebuilt
    assert "Sinds de vorige bouw: 1 nieuw, 1 kleiner.\n" in said
    assert "  Restwarmte (heet): 1 nieuw, 1 kleiner; 131.000 GJ/jaar → " in said
    present = read_previous(project / "uit")
    assert present is not None
    assert tell_since(present, build(project).frames, load_texts("nl")) == []


def test_two_builds_are_compared_without_a_cause(rebuilt, tmp_path, capsys):
    project, earlier, _ = rebuilt
    files = [tmp_path / f"v.{ending}" for ending in ("xlsx", "csv", "html", "gpkg")]
    options = [part for file in files for part in ("-o", str(file))]
    assert run(["compare", str(earlier), str(project / "uit"), *options]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 kansen veranderden: 1 nieuw, 1 kleiner." in shown
    assert "niet opnieuw door te rekenen" in shown
    assert "laag a" in shown
    assert "Oorzaak" not in shown
    workbook = openpyxl.load_workbook(files[0])
    assert workbook.sheetnames == ["Veranderingen", "Invoer die verschilt", "Wat er in verschilt"]
    table = pd.read_csv(files[1]).set_index("demand_id")
    assert table.loc["a:n", "demand_name"] == HOSTILE
    assert table.loc["a:n", "supply_name"] == "-Bron"  # whatever form the CSV of the build has
    assert table.loc["a:k", "quantity_before"] > table.loc["a:k", "quantity_after"] > 0
    page = files[2].read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    lines = pyogrio.read_dataframe(files[3], layer="changes").set_index("demand_id")
    assert list(lines.loc["a:n"].geometry.coords) == [(110_000.0, 480_000.0), (110_500.0, 481_500.0)]
    styled = pyogrio.read_dataframe(files[3], layer="layer_styles", read_geometry=False)
    assert "categorizedSymbol" in styled.loc[styled["f_table_name"] == "changes", "styleQML"].iloc[0]


def test_a_build_that_was_changed_is_refused_and_not_taken_for_the_last(rebuilt, tmp_path, capsys):
    folder = shutil.copytree(rebuilt[1], tmp_path / "anders")
    with closing(sqlite3.connect(folder / "kansenkaart.gpkg")) as connection, connection:
        connection.execute("CREATE TABLE other (id INTEGER)")
    assert read_previous(folder) is None
    assert run(["compare", str(folder), str(rebuilt[1])]) == 1
    assert "kansenkaart.gpkg" in capsys.readouterr().err


def test_a_project_and_a_build_are_not_compared(rebuilt, capsys):
    project, earlier, _ = rebuilt
    assert run(["compare", str(project), str(earlier)]) == 2
    assert "twee projecten" in capsys.readouterr().err


def test_the_command_explains_and_draws_the_chances_of_two_projects(tmp_path, capsys):
    before = write_project(tmp_path / "a")
    after = write_project(tmp_path / "b", layer=LAYER + ROWS.replace("200000", "100000"))
    lines = tmp_path / "v.gpkg"
    assert run(["compare", str(before), str(after), "-o", str(lines)]) == 0
    shown = capsys.readouterr()
    assert "A: Proef (a). B: Proef (b)." in shown.out
    assert "Oorzaak: laag a (a:b Bron: Restwarmte (heet)" in shown.out
    assert "keer 2 van hoogstens 2: B" in shown.err
    assert len(pyogrio.read_dataframe(lines, layer="changes")) == 1
    assert run(["compare", str(before), str(after), "-o", str(lines), "-q"]) == 1
    assert "bestaat al" in capsys.readouterr().err
