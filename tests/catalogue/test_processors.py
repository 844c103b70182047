"""Processors: known names, no circles, and a project's own in the place of the catalogue's."""

from __future__ import annotations

import pytest

from kansenkaart.catalogue import Processor, load_catalogue, read_catalogue
from kansenkaart.catalogue.changes import add_processors, find_processors
from kansenkaart.catalogue.rows import find_circle
from kansenkaart.errors import DataError, ProjectError
from kansenkaart.project import load_project


def step(takes, makes, **more):
    return Processor(
        **{"kind": "digester", "takes": takes, "makes": makes, "low": 1, "value": 1, "high": 1, **more}
    )


@pytest.fixture
def project(tmp_path):
    def write(*tables):
        text = 'title = "Proef"\nreference_year = 2025\n[region]\nprovince = "Noord-Holland"\n'
        text += '[[layers]]\nname = "a"\npath = "a.csv"\n' + "\n".join(tables)
        (tmp_path / "kansenkaart.toml").write_text(text, encoding="utf-8")
        (tmp_path / "a.csv").write_text("id\n", encoding="utf-8")
        return tmp_path

    return write


def table(kind="digester", takes="mest", makes="compost", extra=""):
    yields = "low = 0.1\nvalue = 0.2\nhigh = 0.3\n"
    return f'[[processors]]\nkind = "{kind}"\ntakes = "{takes}"\nmakes = "{makes}"\n{yields}{extra}\n'


def test_the_catalogue_has_no_circle():
    assert find_circle(load_catalogue().processors) is None


def test_a_circle_is_found_wherever_it_begins():
    steps = [step("gft", "compost"), step("compost", "mest"), step("mest", "compost"), step("co2", "gft")]
    assert find_circle(steps) == ("compost", "mest", "compost")
    assert find_circle([step("gft", "gft")]) == ("gft", "gft")


def test_two_ways_to_the_same_product_are_no_circle():
    assert find_circle([step("a", "b"), step("a", "c"), step("b", "d"), step("c", "d")]) is None


def test_the_row_that_asks_most_of_the_place_wins():
    catalogue = add_processors(load_catalogue(), [step("gft", "compost", where={})], year=2025)
    (special,) = [
        one for one in find_processors(catalogue, "digester", {"feed": "gft"}) if one.makes == "compost"
    ]
    (general,) = [
        one for one in find_processors(catalogue, "digester", {"feed": "mixed"}) if one.makes == "compost"
    ]
    assert (special.value, general.value, general.year) == (0.4, 1.0, 2025)


def test_own_processors_come_with_the_project(project):
    loaded = load_project(project(table(), table(takes="gft", extra='where = { feed = "gft" }')))
    own = [one for one in loaded.catalogue.processors if one.source == "projectbestand"]
    assert [(one.takes, one.value, one.year) for one in own] == [("mest", 0.2, 2025), ("gft", 0.2, 2025)]
    assert len(loaded.catalogue.processors) == len(load_catalogue().processors) + 1


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ([table(kind="vergister")], ["processors[1].kind", "vergister"]),
        ([table(takes="gtf")], ["processors[1].takes", "gtf", "gft"]),
        ([table(makes="komposst")], ["processors[1].makes", "komposst", "compost"]),
        ([table(extra='where = { voer = "gft" }')], ["processors[1].where", "voer"]),
        ([table(extra='where = { feed = "friet" }')], ["processors[1].where.feed", "friet", "gft"]),
        ([table(), table()], ["processors[2]", "mest", "stands there already"]),
        ([table(takes="compost", makes="gft")], ["circle", "gft -> compost -> gft"]),
        ([table(takes="mest", makes="mest")], ["circle", "mest -> mest"]),
        ([table(extra="opbrengst = 3")], ["processors[1].opbrengst"]),
        ([table().replace("low = 0.1", "low = 0.9")], ["processors[1]", "low <= value <= high"]),
        ([table().replace("low = 0.1", "low = -1")], ["processors[1].low", "-1"]),
    ],
)
def test_what_is_wrong_in_a_project_is_named(project, tables, words):
    with pytest.raises(ProjectError) as caught:
        load_project(project(*tables))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("stream", "old", "new", "words"),
    [
        ("gft", 'kind = "composter"', 'kind = "composteerder"', ["'kind'", "composteerder"]),
        ("gft", 'makes = "compost"', 'makes = "kompost"', ["'makes'", "kompost"]),
        ("gft", 'makes = "compost"', 'makes = "gft"', ["circle", "gft -> gft"]),
        ("zuiveringsslib", 'digestion = "yes" }\nmakes', 'digestion = "ja" }\nmakes', ["'where'", "ja"]),
        ("co2", 'ledger = "heat"', 'ledger = "warmte"', ["'ledger'", "warmte", "phosphorus"]),
        (
            "struviet_fosfaat",
            'ledger = "phosphorus"\nkinds = ["rwzi"]',
            'ledger = "phosphorus"\nkinds = ["zuivering"]',
            ["'kinds'", "zuivering"],
        ),
        ("co2", 'coefficient = 3\nunit = "GJ"', 'coefficient = 3\nunit = "MJ"', ["'unit'", "MJ"]),
    ],
)
def test_what_is_wrong_in_the_catalogue_is_named(catalogue_copy, stream, old, new, words):
    file = catalogue_copy / "streams" / f"{stream}.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_catalogue(catalogue_copy)
    for word in (f"streams/{stream}.toml", *words):
        assert word in str(caught.value)
