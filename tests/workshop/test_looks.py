"""decisions.gpkg in QGIS: what was decided in colour, words for every column, a list to choose a decision from."""

import sqlite3
from contextlib import closing
from xml.etree import ElementTree as ET

import pytest

from kansenkaart.catalogue import load_style
from kansenkaart.tables.decisions import OUTCOMES
from kansenkaart.texts import load_texts
from kansenkaart.workshop import merge_ballots, write_decisions
from kansenkaart.workshop.ballots import Ballot
from kansenkaart.workshop.merge import COLUMNS


@pytest.fixture
def styles(room, tmp_path):
    """Default style per layer, as XML."""
    file = tmp_path / "decisions.gpkg"
    write_decisions(file, merge_ballots([Ballot.model_validate(room.ballot())], room.built), room.built)
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT f_table_name, useAsDefault, styleQML FROM layer_styles").fetchall()
    assert [default for _, default, _ in rows] == [1] * len(COLUMNS)
    return {name: ET.fromstring(qml.split("\n", 1)[1]) for name, _, qml in rows}


def test_every_column_of_every_layer_has_its_words(styles):
    assert set(styles) == set(COLUMNS)
    for layer, columns in COLUMNS.items():
        named = {one.get("field"): one.get("name") for one in styles[layer].iter("alias")}
        assert set(named) == set(columns)
        assert all(named[column] != column for column in columns), layer
    texts = load_texts("nl")
    assert {one.get("field"): one.get("name") for one in styles["decisions"].iter("alias")}["owner"] == texts(
        "columns.workshop.owner"
    )


def test_outcomes_differ_in_colour_and_can_be_chosen(styles):
    texts, style = load_texts("nl"), load_style()
    drawn = styles["decisions"].find("renderer-v2")
    shown = {one.get("value"): one.get("label") for one in drawn.iter("category")}
    assert shown == {name: texts(f"tables.values.decision.{name}") for name in OUTCOMES}
    colours = [one.get("value") for one in drawn.iter("Option") if one.get("name") == "line_color"]
    assert len(set(colours)) == len(OUTCOMES)
    red, green, blue = bytes.fromhex(style.accent[1:])
    assert colours[0] == f"{red},{green},{blue},255"
    widgets = {one.get("name"): one for one in styles["decisions"].find("fieldConfiguration")}
    choices = [one.get("value") for one in widgets["decision"].iter("Option") if one.get("type") == "QString"]
    assert choices == list(OUTCOMES)
