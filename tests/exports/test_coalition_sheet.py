"""The coalition sheet: who, what, worth and next step of every coalition, safe, with the numbers of its frames."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from kansenkaart.exports import write_coalition_sheet
from kansenkaart.texts import load_texts

TEXTS = load_texts("nl")


def _sheets(folder: Path) -> dict[str, str]:
    """Each sheet by its heading."""
    parts = (folder / "coalitions.html").read_text(encoding="utf-8").split("<article class=")[1:]
    return {re.search("<h1>(.*?)</h1>", part, re.DOTALL)[1]: part for part in parts}


@pytest.fixture
def sheets(run, tmp_path: Path) -> list[str]:
    write_coalition_sheet(tmp_path, run.frames, run.loaded)
    return list(_sheets(tmp_path).values())


def test_names_stay_text_and_nothing_is_fetched(run, sheets, tmp_path: Path) -> None:
    page = (tmp_path / "coalitions.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "default-src 'none'" in page
    assert "src=" not in page
    # what the sheet's drawing names is escaped, too
    drawn = "".join(re.findall("<svg.*?</svg>", page, re.DOTALL))
    assert drawn
    assert "<script" not in drawn


def test_a_page_of_all_and_one_of_each(run, sheets) -> None:
    assert len(sheets) == 1 + len(run.frames.coalitions)
    assert html.escape(run.frames.coalitions["coalition"].iloc[0], quote=True) in sheets[0]


def test_the_sheet_says_what_the_frames_say(run, sheets) -> None:
    row = run.frames.coalitions.iloc[0]
    told = html.unescape(re.sub("<[^>]+>", " ", sheets[1]))
    assert "40.000 (−5.000 – 90.000)" in told
    assert TEXTS("tables.values.form.decision") in told
    assert "een afnemer van 100.000 GJ restwarmte (heet) per jaar" in told
    assert row["fits_at"].split("|")[0] in told
    # jobs are those of the partners; how many it brings is never made up
    assert "1.250 banen bij 2 van de" in told
    assert "hoeveel zij erbij brengt is niet bekend" in told
    # which price is missing, with the key that gives it
    assert "[prices.benefit_betonpuin]" in told
    # two standard errors of 12.5: one would be passed by one share in three
    assert "25 € af" in told
    # who would rather go alone, by name, and how much that is
    assert "2.500 € per jaar meer" in told
    for partner in run.frames.coalition_partners["name"].head(2):
        assert partner.split("\n")[0].strip()[:10] in told


def test_where_nothing_pays_no_column_of_money_is_empty(run, tmp_path: Path) -> None:
    poor = run.frames.coalitions.assign(net_eur_y=float("nan"), net_eur_y_p10=float("nan"), priced=0)
    write_coalition_sheet(tmp_path, replace(run.frames, coalitions=poor), run.loaded)
    sheet = list(_sheets(tmp_path).values())[1]
    assert TEXTS("report.coalition_fair") not in sheet
    assert TEXTS("report.coalition_price") not in sheet


def test_without_coalitions_the_page_says_so(empty_run, tmp_path: Path) -> None:
    write_coalition_sheet(tmp_path, empty_run.frames, empty_run.loaded)
    (only,) = _sheets(tmp_path).values()
    assert TEXTS("report.coalition_none") in html.unescape(only)


def test_an_english_project_gives_an_english_sheet(run, tmp_path: Path) -> None:
    project = run.loaded.project.model_copy(update={"language": "en"})
    write_coalition_sheet(tmp_path, run.frames, replace(run.loaded, project=project))
    told = list(_sheets(tmp_path).values())[1]
    assert load_texts("en")("report.coalition_next_step") in told
    assert TEXTS("report.coalition_next_step") not in told
