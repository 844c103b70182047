"""The guide for GIS specialists, tried literally: its commands on the files it names, its lines, and its length."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from kansenkaart.cli.main import run

ROOT = Path(__file__).parents[2]
GUIDES = {"nl": ROOT / "docs" / "gis-specialist.md", "en": ROOT / "docs" / "gis-specialist.en.md"}
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ASKED = re.compile(r"^(?P<question>\S+: .*\? \(.*\) \[.*\]:) (?P<answer>.+)$")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MOST_DECISIONS = 3
# Four printed pages.
MOST_WORDS = 2_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The three files of the guide: a CSV, a workbook and a GeoPackage."""
    folder = tmp_path_factory.mktemp("gids")
    rows = ["K1;Kwekerij Oost;4,2;Tomaat;75000;445000", "K2;Kwekerij West;3,1;Roos;76000;445500"]
    rows.append("K3;Kwekerij Zuid;12,5;Zwaardplant;77000;444000")
    head = "OBJECTID;Bedrijf;Oppervlakte;Hoofdteelt;X;Y"
    (folder / "kassen_2024.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(("nr", "Naam", "Soort", "Status", "lon", "lat", "afval [ton/jaar]"))
    book.active.append((1, "AVI Westland", "afvalverbranding", "in bedrijf", 4.24, 51.99, 500000))
    book.active.append((2, "AVI Oud", "AVI", "gesloten", 4.26, 51.99, 300000))
    book.save(folder / "bronnen.xlsx")
    plants = {"rwzi_code": ["Z1", "Z2"], "naam": ["Oost", "West"], "capaciteit_pe": [120000, 45000]}
    points = [shapely.Point(78000, 446000), shapely.Point(74000, 443000)]
    gpd.GeoDataFrame(plants, geometry=points, crs="EPSG:28992").to_file(folder / "rwzi.gpkg", layer="rwzi")
    return folder


def _steps(guide: Path) -> list[tuple[str, list[str]]]:
    """Commands of a guide, each with the lines that it shows."""
    steps: list[tuple[str, list[str]]] = []
    for block in BLOCK.findall(guide.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
    return steps


def _ask(command: str, answers: list[str], folder: Path) -> tuple[int, str]:
    """Give a command on a terminal, answer its questions, and return its exit code and what stood on the screen."""
    outer, inner = pty.openpty()
    asked = [sys.executable, "-m", *shlex.split(command)]
    settings = {**os.environ, "COLUMNS": "160", "TERM": "xterm"}
    process = subprocess.Popen(asked, cwd=folder, stdin=inner, stdout=inner, stderr=inner, env=settings)
    os.close(inner)
    said = b""
    left = list(answers)
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        said += part
        if left and said.rstrip().endswith(b"]:"):
            os.write(outer, left.pop(0).encode() + b"\n")
    code = process.wait()
    os.close(outer)
    assert not left, f"never asked: {left}"
    return code, ESCAPES.sub("", said.decode("utf-8"))


@pytest.mark.parametrize("language", GUIDES)
def test_the_path_of_the_guide_runs_as_it_stands_there(language, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    decisions = 0
    for command, shown in _steps(GUIDES[language]):
        answers = [found["answer"] for line in shown if (found := ASKED.match(line))]
        decisions += len(answers)
        if answers:
            code, said = _ask(command, answers, tmp_path)
        else:
            code, said = run(shlex.split(command)[1:]), capsys.readouterr().out
        assert code == 0, said[-600:]
        lines = iter([" ".join(line.split()) for line in said.replace("\r", "\n").splitlines()])
        for line in shown:
            wanted = " ".join(line.split())
            assert any(wanted == found for found in lines), f"{command}: {line}"
    assert decisions <= MOST_DECISIONS
    assert (tmp_path / "uit" / "kansenkaart.html").is_file()


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_is_at_most_four_pages(language):
    assert len(GUIDES[language].read_text(encoding="utf-8").split()) <= MOST_WORDS


def test_both_guides_say_the_same_in_the_same_order():
    parts = {language: guide.read_text(encoding="utf-8") for language, guide in GUIDES.items()}
    shapes = [
        [
            re.sub(r"[^#|`$]", "", line)[:3]
            for line in text.splitlines()
            if line.startswith(("## ", "| ", "```", "$ "))
        ]
        for text in parts.values()
    ]
    assert shapes[0] == shapes[1]
    commands = [
        [command.replace(" --language en", "") for command, _ in _steps(guide)] for guide in GUIDES.values()
    ]
    assert commands[0] == commands[1]
