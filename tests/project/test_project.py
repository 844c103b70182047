"""The project file: what is wrong is named with file, key, value, what is allowed and what to do."""

import json

import pytest

from kansenkaart.errors import ProjectError
from kansenkaart.project import load_project, project_schema

GOOD = """
title = "Proef"
reference_year = 2025
[region]
province = "Noord-Holland"
[[layers]]
name = "a"
path = "a.csv"
"""


@pytest.fixture
def write(tmp_path):
    def run(text, layer=True):
        (tmp_path / "kansenkaart.toml").write_text(text, encoding="utf-8")
        if layer:
            (tmp_path / "a.csv").write_text("id\n", encoding="utf-8")
        return tmp_path

    return run


def test_a_good_file_loads_by_folder_and_by_name(write):
    folder = write(GOOD)
    assert load_project(folder).project == load_project(folder / "kansenkaart.toml").project


def test_a_byte_order_mark_is_no_fault(write):
    folder = write("")
    (folder / "kansenkaart.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_project(folder).project.title == "Proef"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ("reference_year = 2025", 'reference_year = 2025\ntitel = "x"'),
            ["titel", "title", "kansenkaart.toml"],
        ),
        (('path = "a.csv"', 'path = "a.csv"\nknd = "rwzi"'), ["layers[1].knd", "kind"]),
        (('province = "Noord-Holland"', ""), ["region", "exactly one"]),
        (("reference_year = 2025", ""), ["reference_year", "missing"]),
        (("reference_year = 2025", 'reference_year = "dit jaar"'), ["reference_year", "dit jaar"]),
        (('name = "a"', 'name = "A laag"'), ["layers[1].name", "A laag"]),
        (
            ("reference_year = 2025", 'reference_year = 2025\nstreams = ["restwarmt_ht"]'),
            ["restwarmt_ht", "restwarmte_ht"],
        ),
        (('path = "a.csv"', 'path = "a.csv"\nkind = "kassen"'), ["layers[1].kind", "kassen"]),
        (('path = "a.csv"', 'path = "weg.csv"'), ["weg.csv", "layers[1].path"]),
        (
            ("reference_year = 2025", "reference_year = 2025\nprices = {gas = {low=1,value=2,high=3}}"),
            ["prices.gas"],
        ),
        (
            ("reference_year = 2025", "reference_year = 2025\nprices = {annuity = {low=3,value=2,high=1}}"),
            ["prices.annuity", "low <= value <= high"],
        ),
        (("title", "title ="), ["TOML"]),
        (
            (
                'name = "a"\npath = "a.csv"',
                'name = "a"\npath = "a.csv"\n[[layers]]\nname = "a"\npath = "a.csv"',
            ),
            ["'a'", "two"],
        ),
    ],
)
def test_every_fault_names_key_value_and_what_is_allowed(write, change, words):
    folder = write(GOOD.replace(*change))
    with pytest.raises(ProjectError) as caught:
        load_project(folder)
    for word in words:
        assert word in str(caught.value)


def test_all_faults_are_told_at_once(write):
    folder = write(GOOD.replace('path = "a.csv"', 'path = "weg.csv"\nkind = "kassen"\nrecipe = "soep"'))
    with pytest.raises(ProjectError) as caught:
        load_project(folder)
    assert len(caught.value.problems) == 3


def test_a_missing_project_says_how_to_make_one(tmp_path):
    with pytest.raises(ProjectError, match="kansenkaart new"):
        load_project(tmp_path)


def test_own_numbers_replace_those_of_the_catalogue(write):
    text = GOOD + (
        "[prices.annuity]\nlow = 0.04\nvalue = 0.05\nhigh = 0.06\n[stream.gft]\nhard_km = 12\n"
        "[kengetallen.avi_warmte_geleverd]\nlow = 0.5\nvalue = 0.6\nhigh = 0.7\n"
    )
    catalogue = load_project(write(text)).catalogue
    assert catalogue.prices["annuity"].value == 0.05
    assert catalogue.streams["gft"].hard_km == 12
    assert catalogue.kengetallen["avi_warmte_geleverd"].high == 0.7


def test_the_schema_knows_every_key():
    schema = json.loads(json.dumps(project_schema()))
    assert {"title", "region", "layers", "links", "weights"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
