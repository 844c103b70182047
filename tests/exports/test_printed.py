"""The workbook of Noord-Holland on paper, as LibreOffice prints it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.fixture(scope="module")
def pages(noord_holland_outputs, tmp_path_factory):
    """Return the texts of the pages."""
    if OFFICE is None:
        pytest.skip("no LibreOffice: apt-get install libreoffice-calc")
    folder = tmp_path_factory.mktemp("papier")
    command = [OFFICE, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    source = noord_holland_outputs / "kansenkaart.xlsx"
    home = {**os.environ, "HOME": str(folder)}
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=170, env=home)
    told = subprocess.run(
        ["pdftotext", "-layout", "kansenkaart.pdf", "-"], cwd=folder, check=True, capture_output=True
    )
    return told.stdout.decode("utf-8").split("\f")[:-1]


def test_the_whole_workbook_is_no_more_than_a_booklet(pages):
    assert 10 < len(pages) < 40


def test_every_page_repeats_its_head_and_no_number_is_too_wide_for_its_cell(pages):
    gaps = [page for page in pages if "Overschot en tekort" in page and "Blijft nu" in page]
    assert len(gaps) > 2
    assert all("Gemeente" in page for page in gaps)
    assert not any("###" in page for page in pages)


def test_a_page_names_places_and_no_ids(pages):
    [chances] = [page for page in pages if "Leverancier" in page and "Afnemer" in page and "Netto" in page]
    assert "Gemeente van" in chances
    assert "|" not in chances
