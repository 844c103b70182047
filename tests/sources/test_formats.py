"""Every format a layer may have, read from real files that are closed afterwards."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point

from kansenkaart.errors import DataError
from kansenkaart.geo import RD

_PLACES = gpd.GeoDataFrame(
    {"id": ["a1", "a2"], "name": ["Rwzi Één", "Rwzi Twee"], "load_pe60": [1000.0, None]},
    geometry=[Point(121_000, 487_000), Point(110_000, 500_000)],
    crs=RD,
)


def _write(path: Path) -> Path:
    extension = path.suffix
    path.parent.mkdir(exist_ok=True)
    if extension == ".parquet":
        _PLACES.to_parquet(path)
    elif extension in (".csv", ".tsv", ".xlsx"):
        table = pd.DataFrame(_PLACES.drop(columns="geometry")).assign(
            x_rd=_PLACES.geometry.x, y_rd=_PLACES.geometry.y
        )
        if extension == ".xlsx":
            table.to_excel(path, index=False, engine="openpyxl")
        else:
            table.to_csv(path, index=False, sep="\t" if extension == ".tsv" else ";", decimal=",")
    elif extension == ".geojson":
        _PLACES.to_crs("EPSG:4326").to_file(path, engine="pyogrio")
    else:
        _PLACES.to_file(path, engine="pyogrio")
    return path


def _open_files() -> list[str]:
    """Files this process holds open: on Windows such a file cannot be replaced or deleted."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("open files can only be listed under /proc")
    return [str(entry.readlink()) for entry in folder.iterdir() if entry.is_symlink()]


@pytest.mark.parametrize(
    "extension", [".gpkg", ".geojson", ".fgb", ".shp", ".parquet", ".csv", ".tsv", ".xlsx"]
)
def test_every_format_gives_the_same_places_and_the_file_is_closed(read, tmp_path, extension):
    path = _write(tmp_path / f"laag met spatie en é{extension}")
    sources = read(path)
    sites = sources.sites.sort_values("site_id", ignore_index=True)
    assert sites["site_id"].tolist() == ["laag:a1", "laag:a2"]
    assert sites["name"].tolist() == ["Rwzi Één", "Rwzi Twee"]
    assert sites["load_pe60"].tolist()[0] == 1000
    assert sites["load_pe60"].isna().tolist() == [False, True]
    assert sites.geometry.x.round(1).tolist() == [121_000, 110_000]
    assert sources.layers["rows_read"].tolist() == [2]
    assert not [name for name in _open_files() if name.startswith(str(tmp_path))]


def test_the_hash_is_that_of_the_file_and_of_every_part_of_a_shapefile(read, tmp_path):
    path = _write(tmp_path / "a.csv")
    assert read(path).layers["sha256"][0] == hashlib.sha256(path.read_bytes()).hexdigest()
    shape = _write(tmp_path / "b.shp")
    before = read(shape).layers["sha256"][0]
    table = shape.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"Twee", b"Drie"))
    assert read(shape).layers["sha256"][0] != before


def test_an_unknown_type_a_missing_file_and_a_broken_file_name_what_is_allowed(read, tmp_path):
    (tmp_path / "a.dwg").write_bytes(b"x")
    with pytest.raises(DataError, match=r"\.gpkg, \.geojson"):
        read(tmp_path / "a.dwg")
    with pytest.raises(DataError, match=r"weg\.csv does not exist"):
        read(tmp_path / "weg.csv")
    for extension in (".gpkg", ".geojson", ".fgb", ".shp", ".parquet", ".xlsx"):
        path = tmp_path / f"stuk{extension}"
        for part in (".shx", ".dbf"):
            path.with_suffix(part).write_bytes(b"not a file of this type")
        path.write_bytes(b"not a file of this type")
        with pytest.raises(DataError, match=f"stuk{extension}"):
            read(path)
        path.unlink()


def test_a_shapefile_without_its_table_says_which_part_is_missing(read, tmp_path):
    path = _write(tmp_path / "a.shp")
    path.with_suffix(".dbf").unlink()
    with pytest.raises(DataError, match=r"lacks a\.dbf"):
        read(path)


def test_a_shapefile_reads_beside_a_geodatabase_of_its_name(read, tmp_path):
    path = _write(tmp_path / "a.shp")
    (tmp_path / "a.gdb").mkdir()
    assert read(path).layers["rows_used"].tolist() == [2]


@pytest.mark.parametrize("extension", [".gpkg", ".xlsx"])
def test_a_table_is_chosen_by_name_and_must_exist(read, tmp_path, extension):
    path = tmp_path / f"a{extension}"
    if extension == ".gpkg":
        for layer in ("eerste", "tweede"):
            _PLACES.assign(id=[f"{layer}1", f"{layer}2"]).to_file(path, layer=layer, engine="pyogrio")
    else:
        with pd.ExcelWriter(path, engine="openpyxl") as book:
            for layer in ("eerste", "tweede"):
                table = pd.DataFrame(
                    {"id": [f"{layer}1"], "x_rd": [121_000], "y_rd": [487_000], "load_pe60": [1]}
                )
                table.to_excel(book, sheet_name=layer, index=False)
    assert read(path, table="tweede").sites["site_id"][0] == "laag:tweede1"
    for wrong in (None, "derde"):
        with pytest.raises(DataError, match="eerste, tweede"):
            read(path, table=wrong)


def test_empty_sheets_beside_the_filled_one_ask_for_no_choice(read, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "x_rd", "y_rd", "load_pe60"])
    book.active.append(["a", 121_000, 487_000, 4.535])
    book.create_sheet("Blad2")
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx").sites["load_pe60"].tolist() == [4.535]


def test_a_workbook_keeps_codes_dates_and_row_numbers(read, said, tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["id", "x_rd", "y_rd", "load_pe60", "municipality_code", "status_date"],
        ["007", 121_000, 487_000, 5, "GM0363  ", dt.datetime(2022, 5, 31)],
        [],
        [8, 121_000, 480_000, "veel", None, 2021],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    sources = read(tmp_path / "a.xlsx")
    assert sources.sites["site_id"].tolist() == ["laag:007"]
    assert sources.sites["status_date"].tolist() == ["2022-05-31"]
    rejected = said(sources, "not_a_number")
    assert rejected["row"].tolist() == [4]
    assert rejected["value"].tolist() == ["veel"]


def test_a_formula_that_was_never_calculated_is_said(read, said, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "x_rd", "y_rd", "load_pe60"])
    book.active.append(["a", 121_000, 487_000, "=1+1"])
    book.save(tmp_path / "a.xlsx")
    sources = read(tmp_path / "a.xlsx")
    assert sources.sites["load_pe60"].isna().all()
    assert said(sources, "formula_without_value")[["row", "value"]].values.tolist() == [[2, "=1+1"]]


def test_a_setting_that_does_nothing_for_a_file_is_said(read, said, tmp_path):
    path = _write(tmp_path / "a.gpkg")
    assert said(read(path, delimiter=";", encoding="utf-8", table="a"), "setting_without_effect")[
        "value"
    ].tolist() == [*("delimiter", "encoding")]
    text = "id;x_rd;y_rd;load_pe60\n1;121000;487000;5\n"
    assert said(read(text, delimiter=";", table="Blad1"), "setting_without_effect")["value"].tolist() == [
        "table"
    ]


@pytest.mark.parametrize("encoding", ["punycode", "undefined", "x\0y", "hex", "nooit-van-gehoord"])
def test_an_encoding_that_is_none_is_named_with_the_file(read, encoding):
    with pytest.raises(DataError, match="cp1252") as caught:
        read("id;naam\na;b\n", encoding=encoding)
    assert caught.value.faults[0].key == "csv_encoding"
    assert repr(encoding) in str(caught.value)
    assert "\0" not in str(caught.value)


def test_csv_in_every_encoding_and_delimiter(read, said):
    text = "id;name;x_rd;y_rd;load_pe60\n1;Súdwest š;121000;487000;5\n"
    for encoding, told in [("utf-8", False), ("utf-8-sig", False), ("cp1252", True), ("utf-16", True)]:
        sources = read(text.encode(encoding))
        assert sources.sites["name"].tolist() == ["Súdwest š"]
        assert (len(said(sources, "encoding_assumed")) == 1) is told
    for delimiter in (",", "\t", ";"):
        assert len(read(text.replace(";", delimiter)).sites) == 1
    assert len(read("sep=;\n" + text).sites) == 1
    assert len(read(text.replace(";", "|"), delimiter="|").sites) == 1
    with pytest.raises(DataError, match="ascii"):
        read(text, encoding="ascii")
    with pytest.raises(DataError, match="delimiter"):
        read(text, delimiter="||")


def test_bytes_that_no_windows_code_page_knows_are_still_read(read):
    sources = read(b"id;name;x_rd;y_rd;load_pe60\n1;R\x81zi;121000;487000;5\n")
    assert sources.layers["rows_used"].tolist() == [1]


def test_ragged_and_blank_rows_keep_their_numbers(read, said):
    sources = read("id;x_rd;y_rd;load_pe60\n1;121000;487000;5\n\n2;121000;480000;1;5\n3;121000;481000\n")
    assert said(sources, "too_many_cells")["row"].tolist() == [4]
    assert said(sources, "too_few_cells")["row"].tolist() == [5]
    assert said(sources, "blank_rows")["value"].tolist() == ["1"]
    assert sources.sites["site_id"].tolist() == ["laag:1", "laag:3"]
    assert sources.layers[["rows_read", "rows_used", "rows_rejected"]].iloc[0].tolist() == [3, 2, 1]


def test_a_row_of_a_workbook_ends_where_its_last_filled_cell_stands(read, said, tmp_path):
    book = openpyxl.Workbook()
    for row in (
        ["id", "x_rd", "y_rd", "load_pe60", "status_note"],
        [1, 121000, 487000, 5],
        [2, 121000, 480000],
    ):
        book.active.append(row)
    book.save(tmp_path / "laag.xlsx")
    sources = read(tmp_path / "laag.xlsx")
    assert sources.layers["rows_used"].tolist() == [2]
    assert said(sources, "too_few_cells").empty


def test_when_no_row_can_be_used_each_reason_stands_there_once_with_what_to_do(read):
    rows = "".join(f"{row};121000;487000;1.2.{row}\n" for row in range(6))
    with pytest.raises(DataError) as caught:
        read(f"id;x_rd;y_rd;load_pe60\n{rows};121000;487000;5\n")
    said = str(caught.value)
    assert said.count("Dat is geen getal.") == 1
    assert "zonder eenheid" in said
    assert "laag.csv 8: De rij heeft geen id. Geef de rij het id" in said


def test_a_quoted_cell_may_hold_line_breaks_delimiters_and_much_text(read):
    long = "x" * 10_000
    sources = read(f'id;name;x_rd;y_rd;load_pe60\n1;"a;b\nc";121000;487000;5\n2;{long};121000;480000;5\n')
    assert sources.sites["name"].tolist() == ["a;b\nc", long]


def test_a_second_column_of_the_same_name_is_left_out_and_said(read, said):
    sources = read("id;x_rd;y_rd;load_pe60;load_pe60\n1;121000;487000;5;6\n")
    assert sources.sites["load_pe60"].tolist() == [5]
    assert said(sources, "double_column")["value"].tolist() == ["load_pe60"]


def test_hostile_text_stays_literally_what_it_is(read):
    for name in ("<script>alert(1)</script>", "{{ 7*7 }}", "{0.__class__}", "=1+1", "`${x}`"):
        assert read(f"id;name;x_rd;y_rd;load_pe60\n1;{name};121000;487000;5\n").sites["name"].tolist() == [
            name
        ]
