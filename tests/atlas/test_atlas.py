"""The atlas: a page per municipality that says what the GeoPackage says, safe, on one A4, as text in the PDF."""

from __future__ import annotations

import html
import importlib.util
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kansenkaart.atlas import Built, Sheet, choose_sheets, name_file, read_build, take_result, write_atlas
from kansenkaart.atlas.pdf import draw_pdf
from kansenkaart.cli.main import run as command
from kansenkaart.exports.content.totals import MEASURES
from kansenkaart.exports.folder.folder import find_foreign
from kansenkaart.texts import load_texts
from tests.exports.hostile import EVIL
from tests.tries import share

TEXTS = load_texts("nl")
POPPLER = shutil.which("pdftotext") and shutil.which("pdffonts") and shutil.which("pdfinfo")


def _tell(page: str) -> str:
    return html.unescape(re.sub("<[^>]+>", " ", page))


def _read(tool: str, *arguments: str) -> str:
    if not POPPLER:
        pytest.skip("no poppler: apt-get install poppler-utils")
    done = subprocess.run([tool, *arguments], check=True, capture_output=True)
    return done.stdout.decode("utf-8")


@pytest.fixture(scope="module")
def found(noord_holland_outputs: Path) -> Built:
    """Return what a build of the example left, as the atlas reads it; it is only looked at."""
    return read_build(noord_holland_outputs)


def _rows(sheet: Sheet, key: str) -> tuple[tuple[str, ...], ...]:
    return next(grid for grid in sheet.grids if grid.key == key).rows


def test_names_stay_text_and_nothing_is_fetched_or_run(run, tmp_path: Path) -> None:
    found = take_result(run.frames, run.loaded)
    write_atlas(tmp_path, choose_sheets(found), found, pdf=False)
    page = (tmp_path / "atlas.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page
    assert "src=" not in page
    assert "style=" not in page
    assert "\x07" not in page


def test_a_name_is_data_to_the_typesetter_and_the_pdf_is_text_with_its_fonts_and_tags(
    run, tmp_path: Path
) -> None:
    found = take_result(run.frames, run.loaded)
    sheet = choose_sheets(found, "GM0363")[0]
    evil = replace(sheet, name='#eval("1+1") [*x*] $y$ Súdwest-Fryslân', headline=EVIL[5])
    data, accessible = draw_pdf(evil, title="Titel €", language="nl", year=2023)
    assert accessible
    file = tmp_path / "blad.pdf"
    file.write_bytes(data)
    told = _read("pdftotext", str(file), "-")
    assert '#eval("1+1") [*x*] $y$ Súdwest-Fryslân' in told
    assert "{{ 7*7 }} {% raw %} ${1+1} `x`" in told
    assert "<b>Noord-Holland</b> & 't Gooi" in told
    about = _read("pdfinfo", str(file))
    assert re.search(r"Title: +Titel €", about)
    assert re.search(r"Tagged: +yes", about)
    assert re.search(r"Pages: +1\b", about)
    fonts = _read("pdffonts", str(file)).splitlines()[2:]
    assert fonts
    assert all(
        re.search(r"\byes\s+yes\s+yes\b", font) for font in fonts
    )  # inside, only what is used, searchable


def test_letters_that_no_font_has_are_no_fault_but_are_told(run, tmp_path: Path) -> None:
    found = take_result(run.frames, run.loaded)
    sheet = replace(choose_sheets(found, "Amsterdam")[0], name="日本")
    assert write_atlas(tmp_path, [sheet], found, pdf=True) == ["日本"]
    assert (tmp_path / name_file(sheet)).read_bytes().startswith(b"%PDF")


def test_a_page_far_too_full_is_still_one_a4(run, tmp_path: Path) -> None:
    found = take_result(run.frames, run.loaded)
    sheet = choose_sheets(found, "Amsterdam")[0]
    full = tuple(replace(grid, rows=grid.rows[:1] * 60) for grid in sheet.grids if grid.rows)
    file = tmp_path / "vol.pdf"
    file.write_bytes(
        draw_pdf(replace(sheet, grids=full, sources="bron " * 500), title="t", language="nl", year=2023)[0]
    )
    assert re.search(r"Pages: +1\b", _read("pdfinfo", str(file)))


def test_a_name_of_a_file_holds_no_way_out(run) -> None:
    sheet = replace(
        choose_sheets(take_result(run.frames, run.loaded))[0], name="../../etc/Ürk:*?", code="GM/1"
    )
    assert name_file(sheet) == "etc_urk-gm_1.pdf"


def test_a_build_and_its_project_give_the_same_atlas(small_built: Path, tmp_path: Path) -> None:
    for source, out in ((small_built / "uit", "een"), (small_built, "twee")):
        arguments = ["atlas", str(source), "-o", str(tmp_path / out), "--municipality", "Amsterdam", "-q"]
        assert command(arguments) == 0
    files = sorted(path.name for path in (tmp_path / "een").iterdir())
    assert files == ["amsterdam-gm0363.pdf", "atlas.html"]
    for name in files:
        assert (tmp_path / "een" / name).read_bytes() == (tmp_path / "twee" / name).read_bytes()
    assert find_foreign(small_built / "uit") == []  # what was read is still a build's own


def test_the_totals_are_those_of_the_geopackage_and_of_the_gaps_in_it(
    found: Built, noord_holland_outputs: Path
) -> None:
    with closing(sqlite3.connect(noord_holland_outputs / "kansenkaart.gpkg")) as connection:
        gaps = pd.read_sql("SELECT * FROM gaps", connection)
    for name in ("Haarlemmermeer", "Hollands Kroon", "Amsterdam"):
        (sheet,) = choose_sheets(found, name)
        own = gaps[gaps["municipality"] == name]
        told = {row[0]: row[1:] for row in _rows(sheet, "totals")}
        assert len(told) > 5
        for stream, rows in own.groupby("stream"):
            label = next(
                (one for one in told if one.startswith(f"{TEXTS.find(f'streams.{stream}', '')} (")), None
            )
            if label is None:
                continue
            sums = dict(zip(MEASURES, told.pop(label), strict=False))
            for role, names in {
                "supply": {
                    "supply": "value",
                    "given": "delivered",
                    "given_if_pays": "if_pays",
                    "left": "remaining",
                },
                "demand": {"received": "delivered", "received_if_pays": "if_pays", "short": "remaining"},
            }.items():
                side = rows[rows["role"] == role]
                for measure, column in names.items():
                    expected = TEXTS.number(float(side[column].sum())) if len(side) else "–"
                    assert sums[measure] == expected, (name, stream, measure)
        assert not told


def test_now_and_once_it_pays_are_told_apart(found: Built, noord_holland_outputs: Path) -> None:
    with closing(sqlite3.connect(noord_holland_outputs / "kansenkaart.gpkg")) as connection:
        matches = pd.read_sql("SELECT * FROM matches", connection)
    own = matches[(matches[["supply_municipality", "demand_municipality"]] == "Hollands Kroon").any(axis=1)]
    now = own[own["chance_class"] != "technisch"]
    assert 0 < len(now) < len(own)
    (sheet,) = choose_sheets(found, "hollands kroon")
    figures = {row[0]: row[1] for row in sheet.figures.rows}
    assert figures[TEXTS("atlas.fact_now")] == str(len(now))
    assert figures[TEXTS("atlas.fact_later")] == str(len(own) - len(now))
    assert figures[TEXTS("atlas.fact_co2")] == TEXTS.number(float(now["co2_avoided_t_y"].sum()))
    best = now.sort_values("rank").iloc[0]
    assert f"{best['supply_name']} levert {best['demand_name']}" in sheet.headline
    numbers = re.findall(r'text-anchor="middle">(\d+)</text>', sheet.drawn)
    assert set(numbers) <= {row[0] for row in _rows(sheet, "chances")}
    assert len(numbers) > 3


def _fullness(sheet: Sheet) -> int:
    return sum(len(" ".join(row)) for grid in sheet.grids for row in grid.rows)


@pytest.mark.browser
@pytest.mark.drawn
def test_every_municipality_prints_on_one_page_without_scrolling_aside(
    found: Built, tmp_path: Path, browser
) -> None:
    # by day the fullest, and every fourth that is less full
    sheets = share(sorted(choose_sheets(found), key=_fullness, reverse=True), 0, of=4)
    write_atlas(tmp_path, sheets, found, pdf=False)
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto((tmp_path / "atlas.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.pdf(path=tmp_path / "atlas.pdf", prefer_css_page_size=True)
    page.close()
    assert re.search(rf"Pages: +{len(sheets)}\b", _read("pdfinfo", str(tmp_path / "atlas.pdf")))


def test_a_municipality_without_chances_or_places_says_so(run, tmp_path: Path) -> None:
    found = take_result(run.frames, run.loaded)
    tables = dict(found.tables)
    tables["matches"] = found.tables["matches"].iloc[:0]
    tables["coalitions"] = found.tables["coalitions"].iloc[:0]
    quiet = choose_sheets(replace(found, tables=tables), "Amsterdam")[0]
    assert quiet.headline.startswith("Geen kansen gevonden.")
    tables["sites"] = found.tables["sites"].iloc[:0]
    tables["gaps"], tables["links"] = found.tables["gaps"].iloc[:0], found.tables["links"].iloc[:0]
    empty = choose_sheets(replace(found, tables=tables), "Amsterdam")[0]
    assert empty.headline == TEXTS("atlas.no_places", name="Amsterdam")
    assert empty.legend == ""
    write_atlas(tmp_path, [quiet, empty], found, pdf=True)
    page = _tell((tmp_path / "atlas.html").read_text(encoding="utf-8"))
    for key in ("chances_none", "coalitions_none", "gaps_none"):
        assert TEXTS(f"atlas.{key}") in page


def test_an_english_project_gives_english_pages(run) -> None:
    found = replace(take_result(run.frames, run.loaded), language="en")
    (sheet,) = choose_sheets(found, "Amsterdam")
    assert sheet.figures.title == load_texts("en")("atlas.figures")


def test_what_is_not_as_a_build_left_it_is_refused(small_built: Path, tmp_path: Path, capsys) -> None:
    copy = tmp_path / "uit"
    shutil.copytree(small_built / "uit", copy)
    with closing(sqlite3.connect(copy / "kansenkaart.gpkg")) as connection:
        connection.execute("UPDATE gpkg_contents SET description = 'anders' WHERE table_name = 'links'")
        connection.commit()
    assert command(["atlas", str(copy), "-o", str(tmp_path / "a"), "-q"]) == 1
    assert "na de bouw veranderd" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_a_wrong_call_is_answered(small_built: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    out = ["-o", str(tmp_path / "a"), "-q"]
    assert command(["atlas", str(small_built / "uit"), *out, "--municipality", "Amsterdm"]) == 2
    assert "Amsterdam" in capsys.readouterr().err
    one = ["--municipality", "amsterdam"]
    assert command(["atlas", str(small_built / "uit"), *out, *one, "--no-pdf"]) == 0
    page = tmp_path / "a" / "atlas.html"
    before = page.read_bytes()
    assert command(["atlas", str(small_built / "uit"), *out, *one, "--no-pdf"]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert page.read_bytes() == before
    inside = str(small_built / "uit" / "a")
    assert command(["atlas", str(small_built / "uit"), "-o", inside, *one, "-q"]) == 1
    assert "volgende bouw" in capsys.readouterr().err
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "kansenkaart.atlas.pdf.find_spec", lambda name: None if name == "typst" else real(name)
    )
    assert command(["atlas", str(small_built / "uit"), "-o", str(tmp_path / "b"), *one, "-q"]) == 1
    assert "kansenkaart[pdf]" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_a_place_that_may_not_be_named_to_others_is_pointed_out(run) -> None:
    sites = run.frames.sites.assign(confidential=run.frames.sites["municipality"] == "Amsterdam")
    found = take_result(replace(run.frames, sites=sites), run.loaded)
    assert TEXTS("atlas.confidential") in choose_sheets(found, "Amsterdam")[0].note
