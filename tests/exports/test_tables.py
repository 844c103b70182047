"""The CSV files and the workbook, as a spreadsheet and a script read them."""

from __future__ import annotations

import csv
import hashlib
import math
import os
import shutil
import subprocess
import zipfile
from contextlib import closing
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from kansenkaart.errors import OutputError
from kansenkaart.exports import write_quality, write_tables
from kansenkaart.exports.content.columns import find_labels
from kansenkaart.exports.tables import row_limit, sheets
from kansenkaart.exports.tables.tables import READ, SHEETS, TECHNICAL
from kansenkaart.matches.why.leftover import HOLDS
from kansenkaart.matches.why.pair_rules import RULES
from kansenkaart.tables.reasons import Said
from kansenkaart.texts import load_texts

# Causes of a gap that are neither a rule of the pair nor a hold of the run (kansenkaart.matches.why.gaps).
PLAIN_CAUSES = (
    *(
        "under_contract",
        "fully_used",
        "not_made",
        "all_committed",
        "all_covered",
        "status_planned",
        "status_suspended",
    ),
    *("nothing_free", "store_loss", "outbid", "takers_full", "suppliers_empty", "room_unused", "unreachable"),
    *("nobody_offers", "nobody_offers_more", "nobody_asks", "nobody_asks_more", "nobody_needs"),
)


@pytest.fixture(scope="module")
def run(shared_run):
    return shared_run


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory):
    out = tmp_path_factory.mktemp("tabellen") / "uit"
    out.mkdir()
    write_tables(out, run.frames, run.loaded)
    return out


@pytest.fixture(scope="module")
def book(folder):
    with closing(openpyxl.load_workbook(folder / "kansenkaart.xlsx")) as opened:
        yield opened


@pytest.fixture(scope="module")
def technical(folder):
    with closing(openpyxl.load_workbook(folder / "kansenkaart-techniek.xlsx")) as opened:
        yield opened


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_same_run_gives_the_same_bytes(run, folder, tmp_path):
    again = tmp_path / "nog eens"
    again.mkdir()
    write_tables(again, run.frames, run.loaded)
    assert digests(again) == digests(folder)
    books = {"kansenkaart.xlsx", "kansenkaart-techniek.xlsx"}
    assert set(digests(folder)) == books | {f"tables/{name}.csv" for name in SHEETS}


def test_csv_is_rfc_4180_in_utf_8_without_geometry(folder):
    for name in SHEETS:
        raw = (folder / "tables" / f"{name}.csv").read_bytes()
        assert raw.endswith(b"\r\n")
        assert not raw.startswith(b"\xef\xbb\xbf")
        assert "geometry" not in raw.decode("utf-8").split("\r\n")[0].split(",")


def test_csv_holds_the_frame_in_full_precision(run, folder):
    rows = read_csv(folder / "tables" / "flows.csv")
    assert [float(row["value"]) for row in rows] == run.frames.flows["value"].tolist()
    assert rows[1]["value"] == "2469.1357802469133"
    assert [row["temperature_c"] for row in rows[:2]] == ["", "70.0"]
    assert [row["kengetal_id"] for row in rows[:2]] == ["", "avi_warmte_geleverd"]


def test_csv_keeps_hostile_text_literally(run, folder):
    names = [row["name"] for row in read_csv(folder / "tables" / "sites.csv")]
    assert names == [name.replace("\x00", "") for name in run.frames.sites["name"]]
    assert names[0] == "=cmd|' /C calc'!A0"


def test_csv_gives_places_a_point_in_rd(run, folder):
    rows = read_csv(folder / "tables" / "sites.csv")
    points = run.frames.sites.geometry.representative_point()
    assert [float(row["x_rd"]) for row in rows] == points.x.tolist()
    assert [float(row["y_rd"]) for row in rows] == points.y.tolist()
    assert "x_rd" not in read_csv(folder / "tables" / "matches.csv")[0]


def test_workbook_has_a_first_sheet_that_explains_the_others(book):
    about = book["Lees mij"]
    assert book.sheetnames[0] == "Lees mij"
    assert len(book.sheetnames) == len(READ) + 1
    words = [cell.value for row in about.iter_rows() for cell in row if cell.value is not None]
    assert set(book.sheetnames[1:]) <= set(words)
    assert "Loont in minstens negen van de tien trekkingen van prijzen, hoeveelheden en plekken." in words
    assert "Provincie (2023) – CC0" in words
    assert any(isinstance(word, str) and "stuurtekens" in word for word in words)
    for row in about.iter_rows(min_row=3):
        lines = max(math.ceil(len(str(cell.value or " ")) / (28, 110, 12)[cell.column - 1]) for cell in row)
        assert (about.row_dimensions[row[0].row].height or 15) == 15 * lines, row[0].value


def test_what_is_said_of_coalitions_fits_on_paper(book):
    for name, last in (
        ("Coalities", "Volgende stap"),
        ("Partners per coalitie", "CO2 vermeden"),
    ):
        sheet = book[name]
        printed = [cell.value for cell in sheet[sheet.print_area.split("!")[-1].replace("$", "")][0]]
        assert printed[0] == "Coalitie"
        assert printed[-1].startswith(last), printed
        assert len(printed) <= 12


def test_workbook_headers_carry_units_and_stay_in_sight(book):
    sheet = book["Kansen"]
    heads = [cell.value for cell in sheet[1]]
    assert "Afstand hemelsbreed (m)" in heads
    assert "Netto (euro per jaar)" in heads
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref.startswith("A1:")


def test_workbook_cells_are_numbers_words_and_no_formula_but_totals(run, book):
    for sheet in book:
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
        found = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        # ours, below the table, and none that a text brought along
        assert all(cell.row > last_row(sheet) + 1 for cell in found), sheet.title
        for cell in found:
            at = f"${cell.column_letter}$2"
            whole = f"{at}:${cell.column_letter}${last_row(sheet)}"
            each = f"=SUMPRODUCT(SUBTOTAL(109,OFFSET({at},ROW({whole})-ROW({at}),0)),--($L$2:$L${last_row(sheet)}"
            assert cell.value == f"=SUBTOTAL(109,{whole})" or cell.value.startswith(each)
    places = book["Plekken"]
    heads = [cell.value for cell in places[1]]
    names = [cell.value for cell in places["A"][1:]]
    own = run.frames.sites[run.frames.sites["in_region"]]
    assert names[:6] == list(own["name"][:6])
    assert {"007", "nulbyte", "tab\tbelesc"} <= set(names)
    assert all(isinstance(name, str) for name in names)
    assert {cell.value for cell in places[get_column(heads, "Status")][1:]} == {"in bedrijf", "gepland"}
    assert {cell.value for cell in places[get_column(heads, "Vertrouwelijk")][1:]} == {"nee"}
    chances = book["Kansen"]
    quantity = get_column(
        [cell.value for cell in chances[1]], "Hoeveelheid (per jaar, in de eenheid van de rij)"
    )
    assert [cell.value for cell in chances[quantity][1 : last_row(chances)]] == pytest.approx(
        run.frames.matches["quantity"].tolist(), rel=1e-15
    )


def read_total(sheet, head, *, place=0):
    """The total of a column, as it was worked out; None where it has none."""
    heads = [cell.value for cell in sheet[1]]
    return sheet[f"{get_column(heads, head)}{last_row(sheet) + 2 + place}"].value


NET = "Netto (euro per jaar)"


def sum_classes(matches):
    """Net gain of what pays now or may, and of what does not pay now."""
    later = matches["chance_class"].eq("technisch")
    assert 0 < later.sum() < len(matches)
    return [matches.loc[rows, "net_eur_y"].sum() for rows in (~later, later)]


def test_what_adds_up_has_totals_below_it_outside_the_filter_and_what_does_not_pay_apart(run, folder):
    matches, areas = run.frames.matches, run.frames.municipalities
    with closing(openpyxl.load_workbook(folder / "kansenkaart.xlsx", data_only=True)) as opened:
        chances = opened["Kansen"]
        said = [chances.cell(last_row(chances) + number, 1).value for number in (1, 2, 3)]
        assert said == [
            None,
            "Totaal in beeld: loont nu, of is het verkennen waard",
            "Totaal in beeld: kan, maar loont nu niet",
        ]
        assert chances.max_row == last_row(chances) + 3
        assert [read_total(chances, NET, place=place) for place in (0, 1)] == pytest.approx(
            sum_classes(matches)
        )
        # of nothing known there is no nought
        assert matches["co2_avoided_t_y"].isna().all()
        assert read_total(chances, "Vermeden CO2 (ton per jaar)") is None
        # gigajoules and tonnes add up to nothing, a chance stands twice among the actions, and a range does not add up
        for head in ("Hoeveelheid (per jaar, in de eenheid van de rij)", "Netto, P10 (euro per jaar)"):
            assert read_total(chances, head) is None
        for name in ("Acties", "Overschot en tekort", "Loopt al", "Totalen van de regio", "Plekken"):
            assert opened[name].max_row == last_row(opened[name]), name
    with closing(openpyxl.load_workbook(folder / "kansenkaart-techniek.xlsx", data_only=True)) as opened:
        towns = opened["Gemeenten"]
        own = areas[areas["in_region"]]
        [heat] = [cell.value for cell in towns[1] if str(cell.value).startswith("Restwarmte (heet): aanbod")]
        assert read_total(towns, heat) == pytest.approx(own["restwarmte_ht_supply"].sum())


def test_a_total_follows_the_filter_in_libreoffice(run, folder, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("no LibreOffice: apt-get install libreoffice-calc")
    with closing(openpyxl.load_workbook(folder / "kansenkaart.xlsx")) as opened:
        sheet = opened["Kansen"]
        for row in (2, 3):
            sheet.row_dimensions[row].hidden = True
        for name in [one for one in opened.sheetnames if one != "Kansen"]:
            del opened[name]
        opened.save(tmp_path / "gefilterd.xlsx")
    command = [office, "--headless", "--convert-to", "csv", "--outdir", str(tmp_path)]
    home = {**os.environ, "HOME": str(tmp_path)}
    subprocess.run(
        [*command, str(tmp_path / "gefilterd.xlsx")], check=True, capture_output=True, timeout=170, env=home
    )
    written = (tmp_path / "gefilterd.csv").read_text(encoding="latin-1")
    heads, *_, now, later = csv.reader(written.splitlines())
    shown = [float(row[heads.index(NET)].replace(",", "")) for row in (now, later)]
    assert shown == pytest.approx(sum_classes(run.frames.matches.iloc[2:]), abs=1)


def get_column(heads, name):
    return openpyxl.utils.get_column_letter(heads.index(name) + 1)


def column(sheet, head):
    """What stands below a head, without the total."""
    heads = [cell.value for cell in sheet[1]]
    return [cell.value for cell in sheet[get_column(heads, head)][1 : last_row(sheet)]]


def last_row(sheet):
    """The last row of the table itself: the filter ends there."""
    return openpyxl.utils.cell.range_boundaries(sheet.auto_filter.ref)[3]


def test_workbook_says_codes_in_words(run, book, technical):
    assert set(column(book["Kansen"], "Hoe de route is bepaald")) == {"rechte lijn"}
    assert column(book["Kansen"], "Regel achter de klasse")[0].startswith("Of het loont hangt af van prijs")
    assert set(column(book["Overschot en tekort"], "Oorzaak")) == {"afnemers al voorzien"}
    assert set(column(technical["Aanbod en vraag"], "Verloop over het jaar")) == {"het hele jaar gelijk"}
    assert column(technical["Ketens"], "Neemt in") == [
        load_texts()(f"streams.{run.frames.chains['takes'][0]}")
    ]
    assert column(technical["Boekhouding per plek"], "Boekhouding") == ["gas"]
    assert column(technical["Wat geeft de doorslag"], "Getal in woorden")[0].startswith("de vuistregel voor")


def test_every_code_a_run_can_give_has_a_dutch_label(run):
    columns = ("route_basis", "class_rule", "cause", "profile", "takes", "makes", "ledger", "stream")
    labels = find_labels("matches", columns, run.loaded.catalogue, texts=load_texts())
    assert set(labels) == set(columns)
    bare = [(name, code) for name, codes in labels.items() for code, label in codes.items() if label == code]
    assert set(bare) <= {("ledger", "gas")}
    assert set(labels["cause"]) == {*RULES, *HOLDS, *PLAIN_CAUSES}


def test_what_decides_a_chance_is_named_also_where_an_id_holds_the_separator(run, tmp_path):
    frames = run.frames
    site, plain = "bedrijven:een; twee", frames.sites["site_id"][1]
    sites = frames.sites.assign(site_id=frames.sites["site_id"].replace(frames.sites["site_id"][2], site))
    ids = [f"{site}|co2|supply", f"{plain}|co2|demand", "compost|gft|compost", "benefit_co2", "price_level"]
    kinds = ["flow", "flow", "yield", "price", "price"]
    rows = pd.concat([frames.tornado] * len(ids), ignore_index=True)
    tornado = rows.assign(input_id=ids, input_kind=kinds)
    matches = frames.matches.assign(decided_by=None)
    matches.loc[0, "decided_by"] = "; ".join(ids[:2])
    changed = replace(frames, sites=sites, tornado=tornado, matches=matches)
    write_tables(tmp_path, changed, run.loaded)
    names = [row["input_name"] for row in read_csv(tmp_path / "tables" / "tornado.csv")]
    assert names[0] == f"hoeveel CO₂ voor kassen {frames.sites['name'][2]} aanbiedt"
    assert names[2:] == [
        "hoeveel compost er van groente-, fruit- en tuinafval komt",
        "de prijs van CO₂ voor kassen",
        "het prijspeil van leidingen",
    ]
    told = [row["decided_by_name"] for row in read_csv(tmp_path / "tables" / "matches.csv")]
    assert told[0] == "; ".join(names[:2])
    assert set(told[1:]) == {""}


def test_a_sheet_prints_names_first_on_paper_lying_down_as_wide_as_it_is(book, technical):
    for sheet in [*book.worksheets, *technical.worksheets]:
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9), sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.title
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0), sheet.title
    for sheet in book.worksheets[1:]:
        assert sheet.print_title_rows == "$1:$1", sheet.title
        heads = [cell.value for cell in sheet[1]]
        printed = openpyxl.utils.cell.range_boundaries(sheet.print_area.split("!")[1])[2]
        assert not any(head.startswith("Id ") for head in heads[:printed]), sheet.title
        assert heads[-1].startswith(("Id", "Gemeentecode")) or not any(
            head.startswith("Id ") for head in heads
        )


def test_the_workbook_holds_the_rows_of_the_region_and_the_csv_all(run, tmp_path):
    """Of three places only the first lies in the region: a chance with one end there stays, others go."""
    near, *_ = run.frames.matches["supply_id"]
    sites = run.frames.sites.assign(in_region=run.frames.sites["site_id"] == near)
    write_tables(tmp_path, replace(run.frames, sites=sites), run.loaded)
    touching = run.frames.matches[["supply_id", "demand_id"]].eq(near).any(axis=1)
    assert 0 < touching.sum() < len(touching)
    with closing(openpyxl.load_workbook(tmp_path / "kansenkaart.xlsx")) as opened:
        assert last_row(opened["Kansen"]) == 1 + touching.sum()
        assert opened["Plekken"].max_row == 2
    assert len(read_csv(tmp_path / "tables" / "matches.csv")) == len(touching)


def test_totals_of_municipalities_stand_in_a_long_table_that_adds_up_to_the_region(run, folder):
    rows = pd.read_csv(folder / "tables" / "totals.csv")
    areas = run.frames.municipalities
    assert rows.duplicated(["municipality_code", "stream", "measure"]).sum() == 0
    short = rows[(rows["stream"] == "restwarmte_ht") & (rows["measure"] == "short")]
    # where nothing was read there is no row
    assert short["municipality_code"].tolist() == ["GM0363"]
    assert (short["value"].tolist(), short["unit"].tolist()) == ([3_000_000.0], ["GJ"])
    region = pd.read_csv(folder / "tables" / "region_totals.csv").set_index("stream")
    assert region.loc["restwarmte_ht", "supply"] == areas["restwarmte_ht_supply"].sum()


def test_both_ends_say_in_which_municipality_they_lie(run, folder):
    towns = run.frames.sites.set_index("site_id")[["municipality", "municipality_code"]].astype("object")
    towns = towns.where(towns.notna(), "")
    for name in ("matches", "candidates", "links"):
        for row in read_csv(folder / "tables" / f"{name}.csv"):
            for side in ("supply", "demand"):
                if row[f"{side}_id"]:
                    told = [row[f"{side}_municipality"], row[f"{side}_municipality_code"]]
                    assert told == towns.loc[row[f"{side}_id"]].tolist()
    for name in ("flows", "gaps"):
        for row in read_csv(folder / "tables" / f"{name}.csv"):
            assert [row["municipality"], row["municipality_code"]] == towns.loc[row["site_id"]].tolist()


def test_months_and_routes_name_who_supplies_and_who_takes(run, folder):
    ends = {row["match_id"]: row for row in read_csv(folder / "tables" / "matches.csv")}
    for name in ("match_months", "routes"):
        rows = read_csv(folder / "tables" / f"{name}.csv")
        assert rows
        for row in rows:
            match = ends[row["match_id"]]
            assert row["supply_name"] == match["supply_name"] != ""
            assert row["demand_name"] == match["demand_name"] != ""


def test_workbook_carries_no_clock(folder):
    with zipfile.ZipFile(folder / "kansenkaart.xlsx") as archive:
        core = archive.read("docProps/core.xml").decode()
        assert core.count("2023-01-01T00:00:00Z") == 2
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_every_sheet_has_a_head_in_sight_a_filter_and_units(run, book, technical):
    pages = [
        *zip(READ, book.worksheets[1:], strict=True),
        *zip(TECHNICAL, technical.worksheets[1:], strict=True),
    ]
    for name, sheet in pages:
        assert sheet.freeze_panes == "B2", name
        last = sheet.cell(1, sheet.max_column).column_letter
        blank = [row for row in range(2, sheet.max_row + 1) if all(cell.value is None for cell in sheet[row])]
        end = blank[0] - 1 if blank else max(sheet.max_row, 2)
        assert sheet.auto_filter.ref == f"A1:{last}{end}", name
        heads = [cell.value for cell in sheet[1]]
        assert all(heads), name
        assert len(set(heads)) == len(heads), name
    for sheet, head, form in (
        ("Kansen", "Afstand hemelsbreed (m)", "#,##0"),
        ("Kansen", "Zekerheid (deel van de keren)", "0%"),
        ("Plekken", "Jaar van de bron", "0"),
        ("Overschot en tekort", "Blijft nu over (per jaar)", "[>=100]#,##0;[=0]0;#,##0.00"),
    ):
        heads = [cell.value for cell in book[sheet][1]]
        assert head in heads, (sheet, heads)
        assert {cell.number_format for cell in book[sheet][get_column(heads, head)][1:]} <= {form, "General"}


def test_too_long_a_table_shows_its_best_rows_or_none_and_points_to_its_csv(
    run, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(row_limit, "MOST_ROWS", 10)
    # Reasons as data are no table, however many there are.
    frames = replace(run.frames, reasons={str(number): (Said("estimated"),) for number in range(11)})
    write_tables(tmp_path, frames, run.loaded)
    write_quality(tmp_path, frames, run.loaded)
    nothing = (
        "Deze tabel heeft 20 rijen; een blad in dit werkboek bevat er hoogstens 10. "
        "Alle rijen staan in tables/sites.csv."
    )
    best = "Dit zijn de beste 10 van 12 rijen; tel hier dus niets op. Alle rijen staan in tables/matches.csv."
    with closing(openpyxl.load_workbook(tmp_path / "kansenkaart.xlsx")) as opened:
        places, chances = opened["Plekken"], opened["Kansen"]
        assert (places["A1"].value, places.max_row) == (nothing, 2)
        assert (chances["A1"].value, chances.max_row) == (best, 12)
        assert (chances.freeze_panes, chances.auto_filter.ref[:3]) == ("B3", "A2:")
        heads = [cell.value for cell in chances[2]]
        ranks = [cell.value for cell in chances[get_column(heads, "Rang (1 = beste)")][2:]]
        assert ranks == list(range(1, 11))
        acts = opened["Acties"]
        rank = get_column([cell.value for cell in acts[2]], "Rang van de kans (1 = beste)")
        assert sorted(cell.value for cell in acts[rank][2:]) == sorted([1, 2, 3, 4, 5] * 2)
        about = [cell.value for row in opened["Lees mij"].iter_rows() for cell in row]
        assert any(isinstance(words, str) and words.endswith(nothing) for words in about)
        assert 20 in about
    assert len(read_csv(tmp_path / "tables" / "sites.csv")) == 24
    assert len(read_csv(tmp_path / "tables" / "matches.csv")) == 12
    report = (tmp_path / "quality.html").read_text(encoding="utf-8")
    assert nothing in report
    assert best in report
    said = "sheet sites holds 0 of 20 rows; all are in tables/sites.csv"
    assert said in caplog.text


def test_a_table_that_fits_is_not_told_of_in_the_report(run, tmp_path):
    write_quality(tmp_path, run.frames, run.loaded)
    assert "Te lang voor het werkboek" not in (tmp_path / "quality.html").read_text(encoding="utf-8")


def test_too_long_a_text_is_cut_and_points_to_its_csv(run, tmp_path):
    long = "é🙂" * 20_000
    sites = run.frames.sites.copy()
    sites.loc[1, "status_note"] = long
    write_tables(tmp_path, replace(run.frames, sites=sites), run.loaded)
    with closing(openpyxl.load_workbook(tmp_path / "kansenkaart.xlsx")) as opened:
        heads = [cell.value for cell in opened["Plekken"][1]]
        cut = opened["Plekken"][get_column(heads, "Toelichting op de status")][1].value
    assert cut.endswith(" … [verder in tables/sites.csv]")
    assert len(cut.encode("utf-16-le")) // 2 <= sheets.MAX_TEXT
    assert read_csv(tmp_path / "tables" / "sites.csv")[1]["status_note"] == long


def test_an_empty_run_gives_headers_only(empty_run, tmp_path):
    write_tables(tmp_path, empty_run.frames, empty_run.loaded)
    assert read_csv(tmp_path / "tables" / "matches.csv") == []
    with closing(openpyxl.load_workbook(tmp_path / "kansenkaart.xlsx")) as opened:
        assert opened["Kansen"].max_row == 1


def test_english_project_gives_english_sheets(run, tmp_path):
    project = run.loaded.project.model_copy(update={"language": "en"})
    write_tables(tmp_path, run.frames, replace(run.loaded, project=project))
    with closing(openpyxl.load_workbook(tmp_path / "kansenkaart.xlsx")) as opened:
        assert opened.sheetnames[:4] == ["Read me", "Chances", "Actions", "Totals of the region"]


def test_a_workbook_that_cannot_be_written_is_said(run, tmp_path):
    (tmp_path / "kansenkaart.xlsx").mkdir()
    with pytest.raises(OutputError, match=r"kansenkaart\.xlsx cannot be written"):
        write_tables(tmp_path, run.frames, run.loaded)


def test_provenance_names_sources_kengetallen_and_prices(run, folder):
    rows = pd.read_csv(folder / "tables" / "provenance.csv")
    used = rows[rows["sort"] == "kengetal"].set_index("name")
    assert list(used.index) == ["avi_warmte_geleverd"]
    assert used.loc["avi_warmte_geleverd", "used_rows"] == int(run.frames.flows["kengetal_id"].notna().sum())
    assert "0,75 GJ" in used.loc["avi_warmte_geleverd", "formula"]
    assert used.loc["avi_warmte_geleverd", "evidence"] == "derived"
    sources = rows[rows["sort"] == "source"]
    assert sources["used_rows"].sum() == len(run.frames.sites) + len(run.frames.links)
    assert set(rows.loc[rows["sort"] == "price", "name"]) == set(run.loaded.catalogue.prices)
