"""Own month profiles: they reach the catalogue, and what is wrong with one is said in the user's words."""

import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.cli.screen import translate
from kansenkaart.errors import ProjectError
from kansenkaart.project import load_project
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
TWELFTHS = ", ".join(["0.0833"] * 12)


@pytest.fixture
def load(tmp_path):
    def run(text):
        (tmp_path / "kansenkaart.toml").write_text(GOOD + text, encoding="utf-8")
        (tmp_path / "a.csv").write_text("id\n", encoding="utf-8")
        return load_project(tmp_path)

    return run


def test_own_profiles_reach_the_catalogue(load):
    catalogue = load(
        f"[profiles.ijsbaan]\nmonths = [{TWELFTHS}]\n"
        '[profiles.buildings]\nmonths = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\nsource = "meter"\nyear = 2022\n'
    ).catalogue
    new, changed = catalogue.profiles["ijsbaan"], catalogue.profiles["buildings"]
    assert (new.source, new.year, new.evidence) == ("projectbestand", 2025, "unverified")
    assert (changed.source, changed.year, changed.evidence) == ("meter", 2022, "sourced")
    assert changed.months[0] == 1.0
    assert "ijsbaan" in catalogue.attributes["demand_profile"].allowed
    assert "ijsbaan" not in load_catalogue().profiles


@pytest.mark.parametrize(
    ("months", "key", "words"),
    [
        (f"[{TWELFTHS}]".replace("0.0833", "0.1"), "profiles.warm.months", ("12 getallen", "samen 1.2")),
        ("[0.5, 0.5]", "profiles.warm.months", ("[0.5, 0.5]", "twaalf", "2 getallen", "samen 1")),
        (f"[{TWELFTHS}, 0.1]", "profiles.warm.months", ("twaalf", "13 getallen")),
        ("[-0.5, 1.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]", "profiles.warm.months", ("-0.5", "0 of meer")),
        ("[nan, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]", "profiles.warm.months[1]", ("nan", "een getal")),
        ('[1, "veel", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]', "profiles.warm.months[2]", ("veel", "een getal")),
        ('"januari"', "profiles.warm.months", ("januari", "twaalf")),
        ("1e400", "profiles.warm.months", ("inf", "twaalf")),
    ],
)
def test_a_wrong_profile_is_named_with_file_key_value_and_what_is_allowed(load, months, key, words):
    with pytest.raises(ProjectError) as caught:
        load(f"[profiles.warm]\nmonths = {months}\n")
    (problem,) = caught.value.faults
    dutch = translate(problem, load_texts("nl"))
    for word in ("kansenkaart.toml", f"'{key}'", "samen 1", *words):
        assert word in dutch
    assert f"'{key}'" in str(problem)
    assert "together" in str(problem) or "add up" in str(problem)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[profiles.warm]\nsource = "x"\n', ("profiles.warm.months", "missing")),
        (f"[profiles.warm]\nmonth = [{TWELFTHS}]\n", ("profiles.warm.month", "months")),
        (f"[profiles.warm]\nmonths = [{TWELFTHS}]\nyear = 12\n", ("profiles.warm.year", "12")),
        ("[profiles]\nwarm = 3\n", ("profiles.warm", "3")),
    ],
)
def test_other_faults_of_a_profile_are_said_as_everywhere(load, text, words):
    with pytest.raises(ProjectError) as caught:
        load(text)
    for word in words:
        assert word in str(caught.value)
