"""The guide for planners, tried literally: its commands, files, sheets and names in QGIS, and its length."""

from __future__ import annotations

import io
import re
import shlex
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest

from kansenkaart.cli.main import run

ROOT = Path(__file__).parents[2]
GUIDES = {"nl": ROOT / "docs" / "planner.nl.md", "en": ROOT / "docs" / "planner.md"}
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Three printed pages: words, and the room of a picture, or of two side by side.
MOST_WORDS, WORDS_OF_PICTURES = 1_500, 200
# What QGIS calls it in Dutch, as its translation writes it.
QGIS_NL = (
    "Browser",
    "Kaartthema's beheren",
    "Objecten identificeren",
    "Tijdbeheer",
    "Lay-outs",
    "Voorbeeld &Atlas",
    "Atlas als PDF &exporteren",
)
TRANSLATION = Path("/usr/share/qgis/i18n/qgis_nl.qm")


def _commands(guide: Path) -> list[str]:
    text = guide.read_text(encoding="utf-8")
    own = re.findall(r"`(kansenkaart copy [^`]*)`", text)
    return [line for block in BLOCK.findall(text) for line in block.splitlines() if line] + own


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_is_at_most_three_pages(language):
    text = GUIDES[language].read_text(encoding="utf-8")
    pictures = sum("![" in line for line in text.splitlines())
    assert pictures >= 2
    assert len(text.split()) + pictures * WORDS_OF_PICTURES <= MOST_WORDS


def test_both_guides_say_the_same_in_the_same_order():
    begins = ("## ", "| ", "```", "* **", "![")
    shapes = [
        [
            re.sub(r"[^#|*`!]", "", line)[:3]
            for line in guide.read_text("utf-8").splitlines()
            if line.startswith(begins)
        ]
        for guide in GUIDES.values()
    ]
    assert shapes[0] == shapes[1]
    assert _commands(GUIDES["nl"]) == _commands(GUIDES["en"])


def test_sheets_and_a_copy_are_made_as_the_guide_says(noord_holland_outputs, tmp_path, monkeypatch):
    """What takes longest, the build and the explanation, has tests of its own."""
    (tmp_path / "mijn-regio").mkdir()
    for name in ("uit", "mijn-regio/uit"):
        (tmp_path / name).symlink_to(noord_holland_outputs)
    monkeypatch.chdir(tmp_path)
    done = []
    for command in _commands(GUIDES["nl"]):
        _, name, *arguments = shlex.split(command)
        if name == "copy" or "--municipality" in arguments:
            assert run([name, *arguments]) == 0, command
            done.append(name)
    assert done == ["atlas", "copy"]
    assert (tmp_path / "raad.gpkg").is_file()
    assert (tmp_path / "voor-de-raad" / "atlas.html").is_file()
    assert len(list((tmp_path / "voor-de-raad").glob("*.pdf"))) == 1


def test_files_sheets_columns_themes_and_layouts_are_called_so(noord_holland_outputs):
    text = GUIDES["nl"].read_text(encoding="utf-8")
    files = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    named = {name for row in files for name in re.findall(r"`([^`]+)`", row)} - {"uit"}
    assert len(named) > 8
    assert [name for name in named if not (noord_holland_outputs / name).exists()] == []
    sheets = openpyxl.load_workbook(noord_holland_outputs / "kansenkaart.xlsx", read_only=True).sheetnames
    assert {"Lees mij", "Acties", "Overschot en tekort"} <= set(sheets)
    package = noord_holland_outputs / "kansenkaart.gpkg"
    with closing(sqlite3.connect(package)) as database:
        [(packed,)] = database.execute("SELECT content FROM qgis_projects WHERE name = 'kansenkaart'")
        columns = {name for _, name, *_ in database.execute("PRAGMA table_info(municipalities)")}
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(packed))) as project:
        drawn = project.read("kansenkaart.qgs").decode("utf-8")
    for theme in ("Overzicht", "Per maand", "Restwarmte (heet)", "Atlas per gemeente"):
        assert f"*{theme}*" in text, theme
        assert f'<visibility-preset name="{theme}"' in drawn, theme
    assert '<Layout name="Atlas per gemeente"' in drawn
    for measure in ("given", "received", "given_if_pays", "received_if_pays"):
        assert f"`{measure}`" in text
        assert f"restwarmte_ht_{measure}" in columns


@pytest.mark.qgis
def test_what_to_click_is_called_so_in_the_dutch_qgis():
    if not TRANSLATION.exists():
        pytest.skip("no QGIS: apt-get install qgis")
    words, text = TRANSLATION.read_bytes(), GUIDES["nl"].read_text(encoding="utf-8")
    for word in QGIS_NL:
        assert word.encode("utf-16-be") in words, word
        assert f"*{word.replace('&', '')}*" in text, word
