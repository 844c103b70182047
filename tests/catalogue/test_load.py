"""A broken catalogue is refused with file, row and field; a project's own numbers replace the catalogue's."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansenkaart.catalogue import OwnNumber, apply_changes, load_catalogue, read_catalogue
from kansenkaart.errors import DataError, ProjectError

FOLDER = Path(str(files("kansenkaart.catalogue")))


@pytest.fixture
def folder(tmp_path):
    for pattern in ("*.toml", "*.csv"):
        for file in FOLDER.glob(pattern):
            shutil.copy(file, tmp_path)
    if (FOLDER / "recipes").is_dir():
        shutil.copytree(FOLDER / "recipes", tmp_path / "recipes")
    return tmp_path


def _edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_copy_of_the_files_gives_the_same_catalogue(folder):
    assert read_catalogue(folder) == load_catalogue()


def test_the_catalogue_is_read_once():
    assert load_catalogue() is load_catalogue()


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "kengetallen.csv",
            ",0.6,0.75,0.9,GJ",
            ",0.8,0.75,0.9,GJ",
            ("avi_warmte_geleverd", "low <= value <= high"),
        ),
        ("kengetallen.csv", ",0.6,0.75,0.9,GJ", ",0.6,0.75,0.9,t", ("avi_warmte_geleverd", "'unit'", "GJ")),
        ("kengetallen.csv", ",0.6,0.75,0.9,GJ", ",0.6,veel,0.9,GJ", ("row 2", "'value'", "veel")),
        ("kengetallen.csv", "crop=cold", "crop=lauw", ("kas_warmte_koud", "'where'", "lauw")),
        ("kengetallen.csv", "crop=cold", "teelt=cold", ("kas_warmte_koud", "attributes.toml", "teelt")),
        ("kengetallen.csv", "avi_warmte_extra,", "avi_warmte_geleverd,", ("avi_warmte_geleverd", "twice")),
        ("kengetallen.csv", ",supply,waste_to_energy,", ",supply,oven,", ("'kinds'", "oven")),
        ("kengetallen.csv", ",waste_t_y,", ",afval,", ("'driver'", "afval")),
        ("kengetallen.csv", "kas_co2,co2,", "kas_co2,koolzuur,", ("kas_co2", "'stream'", "koolzuur")),
        ("kengetallen.csv", ",beside_city", ",naast_stad", ("avi_warmte_extra", "'profile'", "naast_stad")),
        ("streams.toml", 'demand_profile = "radiation"', 'demand_profile = "zon"', ("co2", "zon")),
        ("profiles.csv", "flat,0.0849", "flat,0.9849", ("flat", "add up to 1")),
        ("profiles.csv", "flat,0.0849", "flat,-0.0849", ("flat", "0 or more")),
        ("prices.csv", ",sourced,", ",zeker,", ("pipe_k_min_a", "'evidence'", "zeker")),
        ("prices.csv", "id,low", "naam,low", ("row 2", "'id'")),
        ("pairs.csv", "turbine_loss_gje_gj", "turbine", ("heat_extraction", "'power'", "turbine")),
        ("pairs.csv", "co2_purify_eur_t;", "gratis;", ("'source_cost'", "gratis")),
        ("pairs.csv", "restwarmte_ht,steel,", "restwarmte_ht,staal,", ("'supply_kind'", "staal")),
        (
            "streams.toml",
            'truck_price = "truck_tank"',
            'truck_price = "tank"',
            ("co2", "'truck_price'", "tank"),
        ),
        ("streams.toml", "hard_km = 25", "hard_km = 5", ("restwarmte_ht", "'soft_km'", "10")),
        ("streams.toml", 'unit = "GJ"', 'unit = "gigajoule"', ("restwarmte_ht", "'unit'", "gigajoule")),
        ("streams.toml", "hard_km = 25", "hard = 25", ("restwarmte_ht", "'hard'")),
        ("streams.toml", "[[stream]]", "[[stream]", ("streams.toml", "TOML")),
        ("drivers.toml", "[[driver]]", "[[aandrijving]]", ("drivers.toml", "aandrijving")),
    ],
)
def test_a_broken_file_is_named_with_row_field_and_value(folder, file, old, new, words):
    _edit(folder / file, old, new)
    with pytest.raises(DataError) as caught:
        read_catalogue(folder)
    message = str(caught.value)
    for word in (file, *words):
        assert word in message


def test_a_missing_file_is_named(folder):
    (folder / "pairs.csv").unlink()
    with pytest.raises(DataError, match=r"pairs\.csv"):
        read_catalogue(folder)


def test_all_faults_of_a_catalogue_come_at_once(folder):
    _edit(folder / "prices.csv", ",sourced,", ",zeker,")
    _edit(folder / "streams.toml", "hard_km = 25", "hard_km = -1")
    with pytest.raises(DataError) as caught:
        read_catalogue(folder)
    assert {problem.values["file"] for problem in caught.value.problems} == {"prices.csv", "streams.toml"}


@given(
    numbers=st.lists(st.floats(0, 1e6), min_size=3, max_size=3).map(sorted),
    name=st.sampled_from(sorted(load_catalogue().kengetallen)),
)
def test_own_kengetal_replaces_only_that_one(numbers, name):
    before = load_catalogue()
    own = OwnNumber(low=numbers[0], value=numbers[1], high=numbers[2])
    after = apply_changes(before, kengetallen={name: own}, prices={}, streams={})
    changed = after.kengetallen[name]
    assert (changed.low, changed.value, changed.high) == tuple(numbers)
    assert (changed.source, changed.evidence) == ("projectbestand", "unverified")
    assert changed.unit == before.kengetallen[name].unit
    assert {key for key in after.kengetallen if after.kengetallen[key] != before.kengetallen[key]} == {name}
    assert list(after.kengetallen) == list(before.kengetallen)
    assert (after.prices, after.streams, after.pairs) == (before.prices, before.streams, before.pairs)


def test_own_price_keeps_what_the_catalogue_said_in_the_note():
    own = OwnNumber(low=5, value=9, high=12)
    after = apply_changes(load_catalogue(), kengetallen={}, prices={"benefit_restwarmte_ht": own}, streams={})
    assert after.prices["benefit_restwarmte_ht"].value == 9
    assert after.prices["benefit_restwarmte_ht"].note.startswith("catalogus: 5; 7; 9")
    assert load_catalogue().prices["benefit_restwarmte_ht"].value == 7


@pytest.mark.parametrize(
    ("reach", "soft", "hard"),
    [
        ({"hard_km": 40}, 10, 40),
        ({"hard_km": 4}, 4, 4),
        ({"soft_km": 3}, 3, 25),
        ({"soft_km": 8, "hard_km": 9}, 8, 9),
    ],
)
def test_own_distances(reach, soft, hard):
    after = apply_changes(load_catalogue(), kengetallen={}, prices={}, streams={"restwarmte_ht": reach})
    stream = after.streams["restwarmte_ht"]
    assert (stream.soft_km, stream.hard_km) == (soft, hard)
    assert "projectbestand" in stream.source
    assert after.streams["restwarmte_lt"] == load_catalogue().streams["restwarmte_lt"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kengetallen": {"kas_warmt": OwnNumber(low=1, value=2, high=3)}}, ("kengetallen", "kas_warmt")),
        (
            {"prices": {"gasprijs": OwnNumber(low=1, value=2, high=3)}},
            ("prices", "gasprijs", "power_price_eur_gje"),
        ),
        ({"streams": {"waterstof": {"hard_km": 3.0}}}, ("waterstof", "restwarmte_ht")),
        ({"streams": {"restwarmte_ht": {"soft_km": 30.0}}}, ("restwarmte_ht", "30", "25")),
    ],
)
def test_wrong_changes_are_refused_with_what_is_allowed(changes, words):
    with pytest.raises(ProjectError) as caught:
        apply_changes(load_catalogue(), **{"kengetallen": {}, "prices": {}, "streams": {}, **changes})
    for word in words:
        assert word in str(caught.value)


def test_no_changes_give_the_same_catalogue():
    assert apply_changes(load_catalogue(), kengetallen={}, prices={}, streams={}) == load_catalogue()
