"""Every change is explained by the input that makes it: ten planted ones, joint ones, a year, a place."""

from __future__ import annotations

import shutil

import pytest

from kansenkaart.cli.main import run
from kansenkaart.compare.compare import compare_projects
from kansenkaart.compare.inputs import SHOWN, take_apart
from kansenkaart.crew import ALONE
from kansenkaart.errors import ProjectError
from kansenkaart.project import Project, load_project
from tests.compare.planted import (
    DATACENTRE,
    DATACENTRE_TOML,
    PRICED,
    write,
    write_between,
    write_joint,
    write_planted,
)
from tests.small_project import LAYER, ROWS, TOML, write_project

HEAT = "restwarmte_ht"
# By stream and who supplies and takes: what became of it, the input that makes it, and what is told of that input.
PLANTED = {
    (HEAT, "plek:gesloten-b", "plek:gesloten-k"): (
        "vanished",
        "layers.plek",
        "plek:gesloten-b Bron gesloten: Status in bedrijf → gesloten",
    ),
    (HEAT, "plek:gehalveerd-b", "plek:gehalveerd-k"): ("shrunk", "layers.plek", "200.000 → 100.000"),
    (HEAT, "plek:nieuw-b", "plek:nieuw-k"): ("appeared", "layers.plek", "plek:nieuw-b Bron nieuw: nieuw"),
    (HEAT, "plek:verhuisd-b", "plek:verhuisd-k"): (
        "vanished",
        "layers.plek",
        "verplaatst, RD 112000, 504000 → 119000, 504000",
    ),
    (HEAT, "plek:lopend-b", "plek:lopend-k"): ("appeared", "reference_year", "peiljaar 2025 → 2030"),
    (HEAT, "plek:contract-b", "plek:contract-k"): (
        "vanished",
        "links.contracten",
        "contracten:1 Bron contract → Kas contract: nieuw",
    ),
    (HEAT, "plek:ver-b", "plek:ver-k"): (
        "reclassed",
        "networks.net",
        "net net (nieuw; leiding of rit 6,25 km → 130 m",
    ),
    ("voedingsreststromen", "plek:gemeente", "plek:vergister"): (
        "grown",
        "kengetallen.voedselrest_bedrijven_inwoner",
        "0,08 (0,064-0,128) t → 0,16 (0,1-0,2) t, bron: eigen weging",
    ),
    ("meubels_grofvuil", "plek:werf", "plek:winkel"): (
        "reclassed",
        "prices.avoided_bulky_waste",
        "→ 2 (1-3) EUR/t, bron: eigen opgave",
    ),
    ("betonpuin", "plek:stad", "plek:breker"): ("vanished", "stream.betonpuin", "hoogstens (km) 75 → 3"),
    ("betonpuin", "plek:gemeente", "plek:breker"): ("vanished", "stream.betonpuin", "hoogstens (km) 75 → 3"),
}


def _compare(before, after, **how):
    return compare_projects(load_project(before), load_project(after), crew=ALONE, **how)


def _keyed(compared):
    rows = compared.changes.to_dict("records")
    return {(row["stream"], row["supply_id"], row["demand_id"]): row for row in rows}


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    said = []
    before, after = write_planted(tmp_path_factory.mktemp("planted"))
    return _compare(before, after, progress=lambda _step, what: said.append(what)), said


def test_each_of_ten_planted_changes_is_explained_by_its_input(planted):
    rows = _keyed(planted[0])
    assert set(rows) == set(PLANTED)
    for key, (sort, cause, said) in PLANTED.items():
        assert (rows[key]["sort"], rows[key]["causes"], rows[key]["explained"]) == (sort, cause, "alone"), key
        assert said in rows[key]["said"], rows[key]["said"]


def test_a_place_that_changed_is_not_told_of_another_chance(planted):
    """Four changes in one layer: each names its own row."""
    said = _keyed(planted[0])[HEAT, "plek:gesloten-b", "plek:gesloten-k"]["said"]
    assert "gehalveerd" not in said
    assert "verhuisd" not in said


def test_only_inputs_that_differ_are_run_and_it_is_told_which(planted):
    compared, said = planted
    assert compared.inputs["input"].tolist() == [
        "layers.plek",
        "links.contracten",
        "stream.betonpuin",
        "kengetallen.voedselrest_bedrijven_inwoner",
        "prices.avoided_bulky_waste",
        "networks.net",
        "reference_year",
    ]
    assert compared.runs == len(said) == 9
    assert said[0].startswith("keer 1 van hoogstens 24: A")
    assert said[2] == "keer 3 van hoogstens 24: A met laag plek uit B"
    assert compared.inputs["makes"].sum() == len(PLANTED)
    assert compared.rows["input"].isin(compared.inputs["input"]).all()


def test_what_lies_between_places_is_told_by_the_way_and_cost_of_the_chance(tmp_path):
    """Roads, ground and a network: which of them, what it is now, and what that did to this pair."""
    rows = {key[0] + key[1]: row for key, row in _keyed(_compare(*write_between(tmp_path))).items()}
    told = {
        "meubels_grofvuilplek:werf": (
            "roads",
            ("het wegennet", "leiding of rit 4 km → geen binnen bereik; bestand weg.geojson"),
        ),
        f"{HEAT}plek:veen-b": (
            "friction",
            (
                "de weerstand van de grond",
                "kosten per eenheid",
                "laag veen, zoveel keer zo duur als open veld 1,5 → 40",
            ),
        ),
        f"{HEAT}plek:ver-b": (
            "networks.net",
            ("net net", "tarief (€ per eenheid) 0,1 → 90", "leiding of rit 100 m → 5 km"),
        ),
    }
    assert set(rows) == set(told)
    for key, (cause, words) in told.items():
        assert rows[key]["causes"] == cause
        assert all(one in rows[key]["said"] for one in words), rows[key]["said"]


def test_what_only_several_inputs_make_is_joint(tmp_path):
    compared = _compare(*write_joint(tmp_path))
    rows = {key[1:]: (row["explained"], row["causes"]) for key, row in _keyed(compared).items()}
    assert rows == {
        ("source:b", "taker:k"): ("joint", "layers.taker; layers.source"),
        ("planned:b", "start:wacht"): ("joint", "layers.planned; include_planned"),
    }
    assert all(
        "Samen: " in said and "Geen ervan doet het alleen." in said for said in compared.changes["said"]
    )
    assert compared.inputs["helps"].tolist() == [1, 1, 1, 1]


def test_halving_a_data_centre_names_it_as_the_cause_of_the_vanished_chance(tmp_path):
    before, after = (
        write_project(tmp_path / str(mw), DATACENTRE_TOML, DATACENTRE.format(mw=mw)) for mw in (10, 5)
    )
    compared = _compare(before, after)
    gone = compared.changes[compared.changes["sort"] == "vanished"]
    assert gone[["supply_id", "demand_id", "causes"]].to_numpy().tolist() == [["dc:d", "dc:l", "layers.dc"]]
    assert "dc:d Datacenter" in gone["said"].iloc[0]
    assert "10 → 5" in gone["said"].iloc[0]


def test_reference_year_2030_reclasses_with_the_sourced_price_path(tmp_path):
    kept = (
        "stale_after_years = 10\n"  # or the age of what is known of the places would lower the class as well
    )
    before = write(tmp_path / "A", {"plek": PRICED}, settings=kept)
    after = write(tmp_path / "B", {"plek": PRICED}, settings=f"{kept}price_year = 2030", year=2030)
    compared = _compare(before, after)
    changes = compared.changes
    assert set(changes["sort"]) == {"reclassed"}
    assert set(zip(changes["explained"], changes["causes"], strict=True)) == {("alone", "price_year")}
    gas = load_project(after).catalogue.yearly[2030]["gas_price_eur_m3"]
    numbers = compared.rows[compared.rows["what"] == "number"].set_index("id")
    assert numbers.loc["gas_price_eur_m3", "source"] == f"{gas.source}, 2030"
    assert all("bron: " in said and ", 2030" in said for said in changes["said"])


def test_a_copy_elsewhere_differs_in_nothing(tmp_path):
    before = write_project(tmp_path / "A")
    after = shutil.copytree(before, tmp_path / "B")
    (after / "a.csv").rename(after / "anders.csv")
    toml = (after / "kansenkaart.toml").read_text(encoding="utf-8").replace("a.csv", "anders.csv")
    (after / "kansenkaart.toml").write_text(
        toml.replace('"Proef"', '"Ander"').replace("draws", "include_planned = false\ndraws"),
        encoding="utf-8",
    )
    compared = _compare(before, after)
    assert compared.inputs.empty
    assert compared.changes.empty


def test_what_cannot_be_run_alone_is_told_and_sought_together(tmp_path):
    """A store is refused without the season, which only B has."""
    off = TOML.replace("[region]", "[method]\nseason = false\n[region]")
    on = TOML + "[stream.restwarmte_ht]\nstorage_efficiency = 0.9\n"
    half = LAYER + ROWS.replace("200000", "100000")
    before, after = write_project(tmp_path / "A", off), write_project(tmp_path / "B", on, half)
    inputs = _compare(before, after).inputs.set_index("input")
    assert inputs["refused"].to_dict() == {
        "layers.a": False,
        "stream.restwarmte_ht": True,
        "method.season": False,
    }
    assert "method.season" in inputs.loc["stream.restwarmte_ht", "note"]


def test_a_project_that_cannot_be_built_is_a_fault_of_its_own(tmp_path):
    before, after = write_project(tmp_path / "A"), write_project(tmp_path / "B")
    (after / "a.csv").unlink()
    with pytest.raises(ProjectError):
        _compare(before, after)


def test_every_field_of_a_project_is_an_input_or_only_shows(tmp_path):
    """A new field counts as an input until somebody says that it only shows."""
    assert set(SHOWN) < set(Project.model_fields)
    project = load_project(write_project(tmp_path / "A", layer=LAYER + ROWS))
    names = {name.split(".")[0] for name in take_apart(project)}
    assert names == {"region", "layers", "streams", "reference_year", "draws"}


def test_a_scenario_is_compared_with_the_project_it_lies_over(tmp_path, capsys):
    scenario = '[scenarios.dicht]\n[[scenarios.dicht.closed]]\nid = "a:k"\nyear = 2024\nsource = "plan"\n'
    folder = write_project(tmp_path / "A", TOML + scenario)
    assert run(["compare", str(folder), "--scenario", "dicht"]) == 0
    shown = capsys.readouterr().out
    assert "B: Proef – dicht." in shown
    assert "Verdwenen: Restwarmte (heet), Bron → Kas" in shown
    assert "Oorzaak: wat sluit (a:k Kas: Status in bedrijf → gesloten" in shown
    assert run(["compare", str(folder)]) == 2
    assert "--scenario NAME" in capsys.readouterr().err
