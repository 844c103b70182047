"""The programme: tables to start with, and the report of a year that adds up and says what it left out."""

import re

import openpyxl
import pandas as pd
import pytest

from kansenkaart.cli.main import run
from kansenkaart.pipeline import build
from kansenkaart.programme import MapFrames, draw_up, read_programme, write_report
from kansenkaart.project import load_project
from kansenkaart.texts import load_texts
from tests.coalitions.region import TOML as REGION
from tests.coalitions.region import write_region

HEAT, FOOD = "restwarmte_ht@a:bron", "voedingsreststromen@a:vergist"
EVIL = "Bel <b>Jan</b> =1+1"
TOML = '\n[programme]\nactions = "p/acties.csv"\nresults = "p/resultaten.csv"\ntargets = "p/doelen.csv"\n'
TEXTS = load_texts("nl")


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    """Return the project, and what its map says."""
    folder = write_region(tmp_path_factory.mktemp("programma") / "regio")
    frames = build(folder).frames
    return folder, MapFrames(frames.sites, frames.matches, frames.coalitions)


@pytest.fixture
def account(region, tmp_path):
    """Return the account of a year of tables as they are given."""
    folder, found = region
    (folder / "p").mkdir(exist_ok=True)
    toml = (folder / "kansenkaart.toml").read_text("utf-8").partition("\n[programme]")[0]
    (folder / "kansenkaart.toml").write_text(toml + TOML, "utf-8")

    def tell(actions="", results="", targets="", year=2026):
        heads = {
            "acties": "id,about,what,owner,due,status,spent_eur",
            "resultaten": "about,year,quantity,source,jobs",
            "doelen": "id,what,measure,baseline_year,baseline,target_year,less_percent,source,target",
        }
        for (name, head), rows in zip(heads.items(), (actions, results, targets), strict=True):
            (folder / "p" / f"{name}.csv").write_text(f"{head}\n{rows}", "utf-8")
        loaded = load_project(folder)
        read = read_programme(loaded, found.known, texts=TEXTS)
        return draw_up(found, read, loaded.catalogue, year=year, texts=TEXTS)

    return tell


def _chance(found, stream, at=0):
    return found.matches.loc[found.matches["stream"] == stream].sort_values("match_id").iloc[at]


def test_what_came_of_a_coalition_is_shared_by_what_was_agreed_and_co2_follows(account, region):
    found = region[1]
    told = account(
        f"A1,{HEAT},Bellen,Gemeente,2025-06,running,100\n", f"{HEAT},2026,36000,meter\n{HEAT},2025,9,\n"
    )
    heat = found.matches[found.matches["stream"] == "restwarmte_ht"].set_index("match_id")
    chances = told.chances.set_index("match_id")
    assert set(chances.index) == set(heat.index)
    assert chances["realised_quantity"].sum() == pytest.approx(36_000)
    part = 36_000 / heat["quantity"].sum()
    assert chances["share"].to_numpy() == pytest.approx(part)
    assert chances["realised_co2_t"].to_dict() == pytest.approx((heat["co2_avoided_t_y"] * part).to_dict())
    assert told.years["year"].tolist() == [2025, 2026]
    towns = told.municipalities
    assert towns["realised_co2_t"].sum() == pytest.approx(chances["realised_co2_t"].sum())
    assert towns["promised_co2_t"].sum() == pytest.approx(heat["co2_avoided_t_y"].sum())


def test_what_is_agreed_for_later_does_not_count_yet_and_what_stopped_not_at_all(account, region):
    one = _chance(region[1], "betonpuin")
    two = _chance(region[1], "meubels_grofvuil")
    rows = f"A1,{one.match_id},Later,,2028,planned,\nA2,{two.match_id},Niet,,2025,stopped,5\n"
    told = account(rows)
    assert told.chances[["match_id", "promised_quantity"]].to_numpy().tolist() == [[one.match_id, 0.0]]
    assert account(rows, year=2028).chances["promised_quantity"].tolist() == [one.quantity]
    assert told.actions["spent_eur"].sum() == 5


def test_a_target_says_what_is_needed_by_a_straight_line(account, region):
    one = _chance(region[1], "meubels_grofvuil")
    told = account(
        results=f"{one.match_id},2026,{one.quantity / 2},\n",
        targets="D1,Half zoveel nieuw materiaal,material_t,2016,1000,2030,50,PBL\n",
    )
    row = told.targets.iloc[0]
    assert (row["needed"], row["on_line"]) == (500.0, pytest.approx(500 * 10 / 14))
    assert row["realised"] == pytest.approx(one.quantity / 2)
    assert pd.isna(account(targets="D1,x,co2_t,2016,1000,2030,50,\n").targets["realised"].iloc[0])


def test_a_target_may_be_an_amount_of_euros_chances_or_jobs(account, region, tmp_path):
    """Of two chances one delivers half: half its benefit, one chance, and the jobs that are told and no others."""
    one, two = _chance(region[1], "meubels_grofvuil"), _chance(region[1], "betonpuin")
    told = account(
        results=f"{one.match_id},2026,{one.quantity / 2},meter,3\n{two.match_id},2026,0,meter,\n",
        targets="E,Euro,net_eur,2024,,2028,,,40000\nK,Kansen,chances,2024,,2028,,,4\nB,Banen,jobs,2024,,2028,,,10\n",
    )
    rows = told.targets.set_index("id")
    assert rows["needed"].to_dict() == {"E": 40_000, "K": 4, "B": 10}
    assert rows["on_line"].to_dict() == {"E": 20_000, "K": 2, "B": 5}
    assert rows["realised"].to_dict() == pytest.approx({"E": one.net_eur_y / 2, "K": 1, "B": 3})
    page, _ = write_report(tmp_path, told, "Regio", texts=TEXTS)
    text = page.read_text("utf-8").replace("\u00a0", " ")
    assert "40.000 €" in text
    assert "4 kansen (2028)" in text
    unknown = account(targets="B,Banen,jobs,2024,,2028,,,10\n").targets
    assert unknown["realised"].isna().all()


def test_what_nobody_told_is_unknown_and_not_nothing(account, region, tmp_path):
    one = _chance(region[1], "betonpuin")
    told = account(f"A1,{one.match_id},Bellen,,2025,running,\n", targets="D1,x,co2_t,2016,1000,2030,50,\n")
    assert told.municipalities["realised_material_t"].isna().all()
    assert told.municipalities["promised_material_t"].notna().all()
    page, _ = write_report(tmp_path, told, "Regio", texts=TEXTS)
    text = page.read_text("utf-8").replace("\u00a0", " ")
    assert "– t" not in text
    assert '<dl class="tiles"></dl>' not in text
    assert re.search(r"<dt>Kansen zonder uitkomst over dit jaar</dt><dd class=.words.>1</dd>", text)


@pytest.mark.parametrize(
    ("key", "tables"),
    [
        ("programme_unknown", {"actions": "A1,weg|a|b,Bellen,,,planned,\n"}),
        ("value_not_allowed", {"actions": f"A1,{HEAT},Bellen,,,klaar,\n"}),
        ("programme_empty", {"actions": f"A1,{HEAT},,,,planned,\n"}),
        ("programme_twice", {"actions": f"A1,{HEAT},a,,,planned,\nA1,{HEAT},b,,,planned,\n"}),
        ("programme_number", {"results": f"{HEAT},2026,-1,\n"}),
        ("programme_number", {"results": f"{HEAT},20265,1,\n"}),
        ("programme_number", {"results": f"{HEAT},2026,inf,\n"}),
        ("programme_number", {"targets": "D1,x,co2_t,2016,10,2030,120,\n"}),
        ("value_not_allowed", {"targets": "D1,x,geld,2016,10,2030,20,\n"}),
        ("programme_target", {"targets": "D1,x,co2_t,2016,10,2030,20,,500\n"}),
        ("programme_target", {"targets": "D1,x,co2_t,2016,10,2030,,,\n"}),
        ("programme_target", {"targets": "D1,x,net_eur,2016,10,2030,20,,\n"}),
    ],
)
def test_a_row_that_cannot_count_is_rejected_with_its_reason(account, key, tables):
    told = account(**tables)
    rejected = told.findings[told.findings["severity"] == "rejected"]
    assert rejected["key"].tolist() == [key]
    rows = sum(len(text.splitlines()) for text in tables.values())
    assert len(told.actions) + len(told.targets) + len(told.years) == rows - 1


def test_tables_to_start_with_are_the_report_of_a_year(region, capsys, tmp_path):
    folder = region[0]
    toml = (folder / "kansenkaart.toml").read_text("utf-8").partition("\n[programme]")[0]
    (folder / "kansenkaart.toml").write_text(toml, "utf-8")
    start = folder / "p2"
    assert run(["programme", str(folder), "--template", "-o", str(start), "-q"]) == 0
    assert run(["programme", str(folder), "--template", "-o", str(start), "-q"]) == 1
    assert "staat er al" in capsys.readouterr().err
    assert run(["programme", str(folder)]) == 2
    rows = (start / "acties.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + len(region[1].coalitions)
    with (start / "acties.csv").open("a", encoding="utf-8") as file:
        file.write(f'Z9,{FOOD},"{EVIL}",{EVIL},2026,done,1200\n')
    with (start / "resultaten.csv").open("a", encoding="utf-8") as file:
        file.write(f"{FOOD},2026,1500,weegbrug\nweg,2026,1,\n")
    (folder / "kansenkaart.toml").write_text(toml + TOML.replace("p/", "p2/"), "utf-8")
    out = tmp_path / "verslag"
    command = ["programme", str(folder), "--year", "2026", "-o", str(out)]
    assert run(command) == 0
    assert "1 rij vraagt aandacht" in capsys.readouterr().out
    page = (out / "jaarbericht-2026.html").read_text("utf-8")
    assert "Jaarbericht 2026" in page
    assert "<b>Jan</b>" not in page
    assert "weg is geen kans en geen coalitie" in page
    book = openpyxl.load_workbook(out / "jaarbericht-2026.xlsx")
    assert book.sheetnames[:4] == ["Toezeggingen", "Programma", "Doelen", "Per gemeente"]
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)
    before = (out / "jaarbericht-2026.xlsx").read_bytes()
    assert run([*command, "-q"]) == 1
    assert run([*command, "-q", "--overwrite"]) == 0
    assert (out / "jaarbericht-2026.xlsx").read_bytes() == before


def test_examples_stand_on_the_map_and_in_the_report_and_nothing_is_asked_of_them(tmp_path, capsys):
    layer = '[[layers]]\nname = "etalage"\npath = "e.csv"\nkind = "showcase"\nsource = "eigen lijst"\nyear = 2025\n'
    folder = write_region(tmp_path / "regio", toml=REGION + layer + "[programme]\n")
    rows = [
        f"1,Houthub {EVIL},121000,487000,Maakt meubels van sloophout,bouw,R4,houthub.example",
        "2,Ver weg,200000,330000,Elders,bouw,R4,",
    ]
    head = "id,name,x_rd,y_rd,activity,example_theme,example_rung,website"
    (folder / "e.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
    frames = build(folder).frames
    said = frames.findings[frames.findings["layer"] == "etalage"]
    assert not said["key"].isin(["layer_without_driver", "site_without_flow"]).any()
    site = frames.sites.set_index("site_id").loc["etalage:1"]
    assert (site["kind"], site["example_rung"]) == ("showcase", "R4")
    assert run(["programme", str(folder), "--year", "2026", "-q"]) == 0
    assert "etalage" not in capsys.readouterr().err
    page = (folder / "programma" / "jaarbericht-2026.html").read_text("utf-8")
    assert "Houthub Bel &lt;b&gt;Jan&lt;/b&gt; =1+1" in page
    assert "houthub.example" in page
    assert "href" not in page.split("Houthub")[1].split("</table>")[0]
    assert "Ver weg" not in page
    book = openpyxl.load_workbook(folder / "programma" / "jaarbericht-2026.xlsx")
    sheet = next(one for one in book.worksheets if one["A2"].value and "Houthub" in str(one["A2"].value))
    assert [cell.value for cell in sheet[2]][2:6] == [
        "Maakt meubels van sloophout",
        "bouw",
        "R4",
        "houthub.example",
    ]
