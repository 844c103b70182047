"""Scenarios of the project file: the project's own tables with fewer keys, and faults told where they stand."""

from __future__ import annotations

import pytest

from kansenkaart.cli.main import run
from kansenkaart.errors import ProjectError
from kansenkaart.project import load_project
from tests.small_project import LAYER, ROWS, TOML, write_project

BASE = """
[stream.restwarmte_ht]
hard_km = 20
storage_efficiency = 0.6
[prices.grower_ha]
low = 4
value = 5
high = 6
[[networks]]
name = "net"
path = "n.gpkg"
stream = "restwarmte_ht"
spare = 10
"""


@pytest.fixture
def load(tmp_path):
    def loaded(text, scenario=""):
        folder = tmp_path / "regio"
        if not folder.exists():
            write_project(folder, TOML, LAYER + ROWS)
            (folder / "n.gpkg").write_bytes(b"")
        (folder / "kansenkaart.toml").write_text(TOML + BASE + text, encoding="utf-8")
        return load_project(folder, scenario=scenario)

    return loaded


def test_a_table_takes_what_it_leaves_out_from_the_project(load):
    text = """
[scenarios.x]
title = "Anders"
reference_year = 2030
[scenarios.x.stream.restwarmte_ht]
storage_eur_unit = 2
[scenarios.x.prices.grower_ha]
high = 9
[[scenarios.x.networks]]
name = "net"
spare = 99
[[scenarios.x.growth]]
stream = "restwarmte_ht"
low = 1
value = 1
high = 2
source = "s"
"""
    base, laid = load(text).project, load(text, "x").project
    heat = laid.stream["restwarmte_ht"]
    assert (heat.hard_km, heat.storage_efficiency, heat.storage_eur_unit) == (20, 0.6, 2)
    assert (laid.prices["grower_ha"].low, laid.prices["grower_ha"].high) == (4, 9)
    assert [(one.name, one.path, one.spare) for one in laid.networks] == [("net", "n.gpkg", 99)]
    assert (laid.title, laid.reference_year, laid.scenarios) == ("Proef – Anders", 2030, {})
    assert (base.title, base.reference_year, base.growth, base.networks[0].spare) == ("Proef", 2025, (), 10)
    assert load(text, "x").scenario == "x"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[scenarios.x]\nprise_year = 2030", "unknown key 'scenarios.x.prise_year'"),
        ("[scenarios.x]\nprise_year = 2030", "Did you mean 'price_year'?"),
        ("[scenarios.x]\nlanguage = 'en'", "unknown key 'scenarios.x.language'"),
        ("[scenarios.x]\nprice_year = 2040", "scenarios.x: 'price_year' = 2040"),
        ("[scenarios.x]\nreference_year = 1900", "'scenarios.x.reference_year' = 1900"),
        ("[scenarios.x.prices.grower]\nlow=1\nvalue=1\nhigh=1", "'scenarios.x.prices.grower' names 'grower'"),
        ("[scenarios.x.prices.grower_ha]\nlow=7", "'scenarios.x.prices.grower_ha' has low = 7, value = 5"),
        ("[[scenarios.x.networks]]\nname='net'\nstream='gft'", "'scenarios.x.networks[1].stream' is \"gft\""),
        ("[[scenarios.x.layers]]\nname='b'\npath='b.csv'", "'scenarios.x.layers[1].path' names b.csv"),
        ("[[scenarios.x.layers]]\nname='b'", "key 'scenarios.x.layers[1].path' is missing"),
        ("[[scenarios.x.closed]]\nid='b:1'\nsource='s'", "'scenarios.x.closed[1].id' names 'b'"),
        (
            "[[scenarios.x.growth]]\nstream='warm'\nlow=1\nvalue=1\nhigh=1\nsource='s'",
            "'scenarios.x.growth[1].stream'",
        ),
        ("[[scenarios.x.growth]]\nlow=1\nvalue=1\nhigh=1\nsource='s'", "give stream, kind, layer or site"),
        ("[scenarios.x]\ntitle = 'leeg'", "'scenarios.x' changes nothing"),
        ("[scenarios.x]\nreference_year = 2025", "'scenarios.x' changes nothing"),
        ("[scenarios.all]\nreference_year = 2030", "cannot be called 'all'"),
        ("[scenarios.'X Y']\nreference_year = 2030", "'scenarios.X Y'"),
        ("scenarios = 3", "scenarios"),
        ("[scenarios]\nx = 3", "scenarios.x"),
        ("[scenarios.x]\nnetworks = 3", "scenarios.x.networks"),
        ("[scenarios.x]\nnetworks = [3]", "scenarios.x.networks[1]"),
        ("[scenarios.x]\nprices = [3]", "scenarios.x.prices"),
        ("[scenarios.x]\nmethod = 3", "scenarios.x.method"),
    ],
)
def test_a_fault_is_told_where_it_stands(load, text, told):
    with pytest.raises(ProjectError) as caught:
        load(f"\n{text}" if not text.startswith("scenarios") else f"\n[x]\n{text}")
    assert told in str(caught.value)


def test_a_scenario_that_is_not_there_is_refused_with_those_that_are(load, capsys):
    text = "[scenarios.x]\nreference_year = 2030\n"
    folder = load(text).folder
    with pytest.raises(ProjectError, match=r"no scenario .y.\..*x"):
        load(text, "y")
    assert run(["build", str(folder), "--scenario", "y", "-q"]) == 1
    assert "geen scenario 'y'" in capsys.readouterr().err
