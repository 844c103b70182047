"""The project file: what is wrong is named with file, key, value, what is allowed and what to do."""

import json
import os

import pytest

from kansenkaart.cli.screen import translate
from kansenkaart.errors import ProjectError
from kansenkaart.project import load_project, project_schema
from kansenkaart.texts import load_texts

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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_no_project_file(tmp_path):
    os.mkfifo(tmp_path / "kansenkaart.toml")
    with pytest.raises(ProjectError, match="it is no ordinary file"):
        load_project(tmp_path)


def test_a_file_that_nobody_wrote_by_hand_is_refused_with_what_is_allowed(write):
    folder = write(GOOD)
    os.truncate(folder / "kansenkaart.toml", 20_000_001)
    with pytest.raises(ProjectError, match="it is larger than 20 MB"):
        load_project(folder)


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
    assert len(caught.value.faults) == 3


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


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("reference_year = 1989", "reference_year"),
        ("reference_year = 2101", "reference_year"),
        ("seed = 4294967296", "seed"),
        ("rank_by = []", "rank_by"),
        ("rank_by = ['geld']", "rank_by[1]"),
        ("region = {province = 'Noord-Holland', margin_km = inf}", "region.margin_km"),
        ("stream = {gft = {hard_km = inf}}", "stream.gft.hard_km"),
        ("stream = {gft = {soft_km = nan}}", "stream.gft.soft_km"),
        ("prices = {annuity = {low = 0.1, value = 0.1, high = inf}}", "prices.annuity.high"),
        ("prices = {annuity = {low = 0, value = 0.1, high = 0.1}}", "prices.annuity.low"),
        ("prices = {full_load_hours = {low = 0, value = 0, high = 0}}", "prices.full_load_hours.low"),
        ("prices = {pipe_max_mw = {low = 0, value = 1, high = 2}}", "prices.pipe_max_mw.low"),
        ("prices = {detour_factor = {low = 0.0, value = 1, high = 2}}", "prices.detour_factor.low"),
        ("prices = {handling_eur_t = {low = -1, value = 1, high = 2}}", "prices.handling_eur_t.low"),
        (
            "kengetallen = {avi_warmte_geleverd = {low = -1, value = 1, high = 2}}",
            "kengetallen.avi_warmte_geleverd.low",
        ),
        ("kengetallen = {avi_warmte_geleverd = {low = nan, value = 1, high = 2}}", "avi_warmte_geleverd.low"),
        (
            "[[layers]]\nname = 'b'\npath = 'a.csv'\nlocation_precision_m = inf",
            "layers[1].location_precision_m",
        ),
        (
            "[[control_totals]]\nstream = 'gft'\nrole = 'supply'\nquantity = inf\nsource = 's'\nyear = 2020",
            "control_totals[1].quantity",
        ),
        ("reference_year = 0x" + "f" * 5000, "reference_year"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_its_key(write, text, key):
    lines = {line.split(" =")[0]: line for line in GOOD.partition("[region]")[0].split("\n") if line}
    lines |= {"region": "region = {province = 'Noord-Holland'}"}
    if text.startswith("["):
        lines["end"] = text
    else:
        lines[text.split(" =")[0]] = text
    if "[[layers]]" not in text:
        lines["layers"] = '[[layers]]\nname = "a"\npath = "a.csv"'
    with pytest.raises(ProjectError) as caught:
        load_project(write("\n".join(lines.values())))
    assert f"{key}'" in str(caught.value)


@pytest.mark.parametrize("number", ["0", "0.0"])
def test_a_price_may_be_zero_where_nothing_is_divided_by_it(write, number):
    text = GOOD + f"[prices.handling_eur_t]\nlow = {number}\nvalue = 0\nhigh = 1\n"
    assert load_project(write(text)).catalogue.prices["handling_eur_t"].low == 0


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 3000,
        "x = " + "[" * 3000 + "]" * 3000,
        "x = " + "1" * 5000,
        "[" + ".".join("a" * 3000) + "]",
        "x = 1\n" + ".".join("a" * 400) + " = 1",
    ],
    ids=["open", "lists", "digits", "table", "key"],
)
def test_toml_beyond_what_can_be_read_is_said(write, text):
    with pytest.raises(ProjectError) as caught:
        load_project(write(GOOD + text))
    assert caught.value.faults[0].key == "project_toml_beyond"


@pytest.mark.parametrize(
    ("text", "dutch"),
    [
        ('title = "Proef"\n\nstreams = gft\n', 'regel 3, teken 11: "streams = gft" is geen TOML'),
        ("title = [1,\n2", 'regel 2, teken 2: "2" is geen TOML'),
        ("title = 1,5\r\nseed = 3", 'regel 1, teken 10: "title = 1,5" is geen TOML'),
        (
            "seed = 1\nseed = 2\n",
            'regel 2: "seed = 2" geeft een sleutel of tabel die al in het bestand staat',
        ),
        ("[roads]\n[roads]\n", 'regel 2: "[roads]" geeft een sleutel of tabel die al'),
        ("seed = 2024-13-45\n", 'regel 1, teken 12: "seed = 2024-13-45" is geen TOML'),
        ("", "sleutel 'title' ontbreekt"),
    ],
)
def test_what_is_no_toml_is_told_by_its_line(write, text, dutch):
    with pytest.raises(ProjectError) as caught:
        load_project(write(text))
    assert dutch in translate(caught.value.faults[0], load_texts("nl"))


def test_a_file_that_is_no_text_is_told_by_its_line(write, tmp_path):
    folder = write("")
    (folder / "kansenkaart.toml").write_bytes(b"title = 'a'\nquestion = '\xe9'\n")
    with pytest.raises(ProjectError) as caught:
        load_project(folder)
    assert "regel 2 is geen tekst in UTF-8" in translate(caught.value.faults[0], load_texts("nl"))
    (tmp_path / "map" / "kansenkaart.toml").mkdir(parents=True)
    with pytest.raises(ProjectError) as caught:
        load_project(tmp_path / "map" / "kansenkaart.toml" / "..")
    assert "kan niet worden geopend: het is een map (" in translate(caught.value.faults[0], load_texts("nl"))


def test_a_changed_project_is_told_as_a_file_is(write):
    with pytest.raises(ProjectError, match="'draws' = -1 is not allowed"):
        load_project(write(GOOD)).changed(draws=-1)


@pytest.mark.parametrize("depth", range(50, 1000, 50))
def test_a_deep_value_is_refused_at_any_depth(write, depth):
    with pytest.raises(ProjectError):
        load_project(write(GOOD.replace("2025", "[" * depth + "]" * depth)))


def test_the_schema_knows_every_key():
    schema = json.loads(json.dumps(project_schema()))
    assert {"title", "region", "layers", "links", "rank_by"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    "path", ["C:\\Users\\gis\\kas.gpkg", "C:\\temp\\nieuw.gpkg", "lagen\\kas.gpkg", "D:\\x"]
)
def test_a_backslash_in_a_path_is_named_with_its_remedy(tmp_path, path):
    head = 'title = "t"\nreference_year = 2025\n[region]\nprovince = "Utrecht"\n'
    text = f'{head}[[layers]]\nname = "a"\npath = "{path}"\n'
    file = tmp_path / "kansenkaart.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match=r"line 7: .* holds a backslash.*Write a path with / instead"):
        load_project(file)
