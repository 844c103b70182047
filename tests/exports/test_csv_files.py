"""CSV for a Dutch Excel: opens with a double click, runs nothing, and reads back as it was."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.exports import write_quality, write_tables
from kansenkaart.exports.tables.csv_files import write_csv

QUANTITY = "Hoeveelheid (per jaar, in de eenheid van de rij)"
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
EVIL = (
    "=1+1", "|calc", "+31 20", "-1+1", "@SUM(A1)", " =1+1", "\t=1+1", "\ttab", "\n@x", "\u00a0=1", "＝1+1", "'=1",
    'a;b "c"\r\nd', "regel\nregel", "3,5", "", "een; twee",
)  # fmt: skip
RISKY = ("=", "|", "+", "-", "@", "＝", "＋", "－", "＠")


def read_back(path):
    """Rows as a reader that knows the form gets them."""
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def frame_of(texts):
    return pd.DataFrame({"tekst": pd.Series(texts, dtype="str")})


def test_form_is_semicolons_byte_order_mark_and_windows_lines(tmp_path):
    write_csv(tmp_path / "a.csv", pd.DataFrame({"a": [1.5], "b": [True]}), "a", form="excel-nl")
    assert (tmp_path / "a.csv").read_bytes() == b"\xef\xbb\xbfa;b\r\n1,5;WAAR\r\n"


@given(st.lists(st.floats(min_value=-1e15, max_value=1e15), min_size=1, max_size=20))
def test_numbers_are_rounded_as_in_the_workbook_with_a_comma(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, pd.DataFrame({"getal": numbers, "heel": range(len(numbers))}), "a", form="excel-nl")
    rows = read_back(path)[1:]
    for row, number in zip(rows, numbers, strict=True):
        told = float(row[0].replace(",", "."))
        assert (
            abs(told - number)
            <= (0.5 if abs(number) >= 100 else min(0.005, abs(number) * 0.005) + 1e-300) * 1.001
        )
    assert all("." not in row[0] and "e" not in row[0] for row in rows)
    assert [int(row[1]) for row in rows] == list(range(len(numbers)))


def test_missing_values_are_empty_cells(tmp_path):
    frame = pd.DataFrame(
        {"a": [None, 2.0], "b": pd.array([None, 3], dtype="Int64"), "c": pd.Series([None, "x"], dtype="str")}
    )
    write_csv(tmp_path / "a.csv", frame, "a", form="excel-nl")
    assert read_back(tmp_path / "a.csv")[1:] == [["", "", ""], ["2", "3", "x"]]


def test_what_excel_would_run_becomes_text_and_nothing_else_changes(tmp_path):
    write_csv(tmp_path / "a.csv", frame_of(EVIL), "a", form="excel-nl")
    told = [row[0] if row else "" for row in read_back(tmp_path / "a.csv")[1:]]
    assert told[:11] == [f"'{text}" for text in EVIL[:11]]
    assert told[11:] == list(EVIL[11:])


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1, max_size=10))
def test_any_text_reads_back_but_for_the_apostrophe(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    frame = frame_of(texts).assign(rij=range(len(texts)))
    write_csv(path, frame, "a", form="excel-nl")
    told = [row[0] for row in read_back(path)[1:]]
    for one, text in zip(told, texts, strict=True):
        assert one == text or one == f"'{text}"
        assert not one.lstrip().startswith(RISKY)


def test_a_head_runs_nothing_either(tmp_path):
    write_csv(tmp_path / "a.csv", pd.DataFrame({"=1+1": [1]}), "a", form="excel-nl")
    assert read_back(tmp_path / "a.csv")[0] == ["'=1+1"]


@pytest.mark.parametrize("form", ["plain", "excel-nl"])
def test_the_project_chooses_the_form_of_every_csv(shared_run, tmp_path, form):
    loaded = shared_run.loaded.changed(exports={"csv": form})
    write_tables(tmp_path, shared_run.frames, loaded)
    write_quality(tmp_path, shared_run.frames, loaded)
    files = [*(tmp_path / "tables").iterdir(), tmp_path / "quality.csv"]
    marked = {path.name for path in files if path.read_bytes().startswith(b"\xef\xbb\xbf")}
    assert marked == (set() if form == "plain" else {path.name for path in files})
    if form == "excel-nl":
        rows = read_back(tmp_path / "tables" / "matches.csv")
        assert not {"quantity", "chance_class", "supply_name"} & set(rows[0])
        quantity, stream = rows[0].index(QUANTITY), rows[0].index("Stroom")
        numbers = [float(row[quantity].replace(",", ".")) for row in rows[1:]]
        assert numbers == pytest.approx(shared_run.frames.matches["quantity"].tolist(), abs=0.5)
        assert {row[stream] for row in rows[1:]} == {"Restwarmte (heet)", "CO₂ voor kassen"}
        for path in files:
            heads = read_back(path)[0]
            assert not [head for head in heads if heads.count(head) > 1], path.name


def test_libreoffice_reads_heads_words_numbers_and_runs_nothing(shared_run, tmp_path):
    if OFFICE is None:
        pytest.skip("no LibreOffice: apt-get install libreoffice-calc")
    write_tables(tmp_path, shared_run.frames, shared_run.loaded.changed(exports={"csv": "excel-nl"}))
    # semicolon, quotation mark, UTF-8, from row 1, no column settings, Dutch, numbers recognised, formulas as text
    filter_ = "CSV:59,34,76,1,,1043,false,true"
    command = [
        OFFICE,
        "--headless",
        f"--infilter={filter_}",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path),
    ]
    home = {**os.environ, "HOME": str(tmp_path)}
    source = tmp_path / "tables" / "matches.csv"
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=170, env=home)
    rows = list(openpyxl.load_workbook(tmp_path / "matches.xlsx").active.iter_rows(values_only=True))
    quantity = rows[0].index(QUANTITY)
    assert [row[quantity] for row in rows[1:]] == pytest.approx(
        shared_run.frames.matches["quantity"].tolist(), abs=0.5
    )
    cells = [cell for row in rows for cell in row if isinstance(cell, str)]
    assert any(cell.startswith("'=cmd") for cell in cells)
    assert not any(cell.startswith("=") for cell in cells)
