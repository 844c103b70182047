"""Who has, who wants, how much and whom to ask for: a role, never a person."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from kansenkaart.pipeline import build, write_outputs
from tests.small_project import TOML, write_project

LAYER = (
    "id,name,kind,x_rd,y_rd,supply_restwarmte_ht_gj_y,supply_restwarmte_ht_low_gj_y,supply_restwarmte_ht_high_gj_y,"
    "demand_restwarmte_ht_gj_y,supply_temperature_c,aanspreekpunt\n"
    "a,Groot,industry,110000,480000,400000,300000,600000,,90,inkoop\n"
    "b,Klein,industry,110000,481000,100000,100000,100000,,90,Jan Jansen 06-12345678\n"
    "k,Kas,greenhouse,112000,480000,,,,150000,,\n"
)
RENAME = 'rename = { aanspreekpunt = "contact_role" }\n'


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a build of a region whose places say whom to ask for."""
    folder = write_project(tmp_path_factory.mktemp("market") / "regio", TOML + RENAME, LAYER)
    return write_outputs(build(folder), folder / "uit")


def test_an_offer_has_its_range_and_the_role_to_ask_for_the_most_first(out: Path) -> None:
    gaps = pd.read_csv(out / "tables" / "gaps.csv")
    offers = gaps[gaps["role"] == "supply"]
    assert offers["remaining"].tolist() == sorted(offers["remaining"], reverse=True)
    big = offers.set_index("site_name").loc["Groot"]
    assert big["remaining_low"] == pytest.approx(0.75 * big["remaining"])
    assert big["remaining_high"] == pytest.approx(1.5 * big["remaining"])
    assert big["contact_role"] == "purchasing"
    book = openpyxl.load_workbook(out / "kansenkaart.xlsx", read_only=True)
    head, *rows = book["Overschot en tekort"].iter_rows(values_only=True)
    assert head[:3] == ("Plek", "Gemeente", "Stroom")
    told = {row[0]: row[head.index("Vraag naar (rol)")] for row in rows}
    assert told == {"Groot": "inkoop", "Klein": None, "Kas": None}


def test_a_person_is_no_role_and_is_only_told_to_who_reads_the_layers_in(out: Path) -> None:
    gaps = pd.read_csv(out / "tables" / "gaps.csv").set_index("site_name")
    assert pd.isna(gaps.loc["Klein", "contact_role"])
    found = {path.name for path in out.rglob("*.*") if b"Jansen" in path.read_bytes()}
    assert found == {"quality.html", "quality.csv", "findings.csv"}
