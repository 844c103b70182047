"""`kansenkaart workshop merge` as a facilitator meets it."""

import json
import os

import pytest

from kansenkaart.cli.commands.workshop import find_files
from kansenkaart.cli.main import run
from kansenkaart.errors import DataError
from tests.small_project import TOML as HEAT
from tests.small_project import write_project

CSV = """id,name,kind,x_rd,y_rd,supply_gft_t_y,free_supply_gft_t_y,demand_gft_t_y
a,Gever,municipality,110000,480000,900,900,
b,Nemer,digester,112000,480000,,,900
"""
TOML = HEAT.replace("restwarmte_ht", "gft")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("werksessie") / "project", TOML, CSV)
    assert run(["build", str(folder), "-q"]) == 0
    return folder


@pytest.fixture
def table(project, tmp_path):
    """Return a writer of ballots, and the folder they stand in."""
    map_id = json.loads((project / "uit" / "manifest.json").read_text(encoding="utf-8"))["manifest_id"]

    def write(number, verdict, **parts):
        match = {"match": "gft|a:a|a:b", "votes": 1, "verdict": verdict, "changed": "2026-11-21T13:00:00Z"}
        ballot = {
            "schema": "kansenkaart-ballot",
            "version": 1,
            "map": {"id": map_id, "title": "Proef"},
            "ballot": f"b-{number}",
            "table": f"Tafel {number}",
            "saved": "2026-11-21T14:00:00Z",
            "matches": [match],
            **parts,
        }
        (tmp_path / f"tafel{number}.json").write_text(json.dumps(ballot), encoding="utf-8")

    return write


def merge(project, folder, *names):
    return run(
        ["workshop", "merge", str(project / "uit"), *map(str, names), "-o", str(folder / "decisions.gpkg")]
    )


def test_it_says_per_ballot_what_was_taken_and_what_to_do_next(project, table, tmp_path, capsys):
    table(1, "confirm")
    table(2, "confirm")
    assert merge(project, tmp_path, tmp_path / "tafel1.json", tmp_path / "tafel2.json") == 0
    shown = capsys.readouterr().out
    assert "Tafel 1 (tafel1.json): 1 kans, 0 twijfels en 0 bedrijven overgenomen." in shown
    assert "1 bevestigd, 0 afgewezen, 0 oneens, 0 zonder besluit" in shown
    assert 'decisions = "decisions.gpkg"' in shown


def test_a_conflict_is_named_with_its_tables(project, table, tmp_path, capsys):
    table(1, "confirm")
    table(2, "reject")
    assert merge(project, tmp_path, tmp_path / "tafel2.json", tmp_path / "tafel1.json") == 0
    shown = capsys.readouterr().out
    assert "Oneens, niet toegepast: Gever → Nemer" in shown
    assert "Tafel 1; Tafel 2" in shown


def test_a_pattern_works_where_the_shell_leaves_it_as_it_is(project, table, tmp_path):
    table(1, "confirm")
    table(2, "confirm")
    assert [one.name for one in find_files([str(tmp_path / "*.json")])] == ["tafel1.json", "tafel2.json"]
    assert merge(project, tmp_path, tmp_path / "tafel?.json") == 0
    (tmp_path / "tafel [1].json").write_bytes((tmp_path / "tafel1.json").read_bytes())
    assert [one.name for one in find_files([str(tmp_path / "tafel [1].json")])] == ["tafel [1].json"]
    with pytest.raises(DataError, match=r"niets\*"):
        find_files([str(tmp_path / "niets*.json")])


def test_a_later_version_of_a_ballot_is_said_to_take_the_place_of_the_first(project, table, tmp_path, capsys):
    table(1, "reject")
    (tmp_path / "oud.json").write_bytes((tmp_path / "tafel1.json").read_bytes())
    table(1, "confirm", saved="2026-11-21T15:00:00Z")
    assert merge(project, tmp_path, tmp_path / "tafel1.json", tmp_path / "oud.json") == 0
    shown = capsys.readouterr().out
    assert "Tafel 1 (oud.json): telt niet" in shown
    assert "1 bevestigd, 0 afgewezen" in shown


def test_two_ballots_of_one_table_name_are_both_counted_and_pointed_out(project, table, tmp_path, capsys):
    table(1, "confirm")
    table(2, "confirm", table="Tafel 1")
    assert merge(project, tmp_path, tmp_path / "*.json") == 0
    assert "2 stembestanden heten Tafel 1" in capsys.readouterr().out


def test_one_bad_ballot_stops_it_all_and_the_file_that_stood_there_stays(project, table, tmp_path, capsys):
    table(1, "confirm")
    assert merge(project, tmp_path, tmp_path / "tafel1.json") == 0
    before = (tmp_path / "decisions.gpkg").read_bytes()
    table(2, "misschien")
    table(3, "confirm", map={"id": "0", "title": "Elders"})
    assert merge(project, tmp_path, tmp_path / "tafel*.json") == 1
    said = capsys.readouterr().err
    assert "tafel2.json: 'matches[1].verdict' = \"misschien\" mag niet" in said
    assert "tafel3.json is ingevuld op een andere kaart" in said
    assert (tmp_path / "decisions.gpkg").read_bytes() == before
    assert sorted(one.suffix for one in tmp_path.iterdir()) == [".gpkg", ".json", ".json", ".json"]


def test_a_folder_without_a_build_is_refused(table, tmp_path, capsys):
    table(1, "confirm")
    assert run(["workshop", "merge", str(tmp_path), str(tmp_path / "tafel1.json")]) == 1
    assert "kansenkaart build" in capsys.readouterr().err


def test_a_project_with_decisions_that_are_not_there_is_refused(project, tmp_path, capsys):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    toml = TOML.replace("[region]", '[workshop]\ndecisions = "weg.gpkg"\n[region]')
    (tmp_path / "kansenkaart.toml").write_text(toml, encoding="utf-8")
    assert run(["check", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "workshop.decisions" in said
    assert "weg.gpkg" in said


def test_a_file_that_merge_did_not_write_is_refused_by_the_build(project, tmp_path, capsys):
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    toml = TOML.replace("[region]", '[workshop]\ndecisions = "vreemd.gpkg"\n[region]')
    (tmp_path / "kansenkaart.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "vreemd.gpkg").write_bytes((project / "uit" / "kansenkaart.gpkg").read_bytes())
    assert run(["check", str(tmp_path)]) == 1
    assert "vreemd.gpkg" in capsys.readouterr().err


@pytest.mark.usefixtures("little_written")
def test_decisions_about_what_is_gone_are_reported_with_advice(project, table, tmp_path, capsys):
    table(1, "confirm")
    assert merge(project, tmp_path, tmp_path / "tafel1.json") == 0
    (tmp_path / "a.csv").write_text(CSV.replace("b,Nemer", "c,Nemer"), encoding="utf-8")
    toml = TOML.replace("[region]", '[workshop]\ndecisions = "decisions.gpkg"\n[region]')
    (tmp_path / "kansenkaart.toml").write_text(toml, encoding="utf-8")
    assert run(["build", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "a:b staat niet meer in de lagen" in said
    assert "verbeter het in decisions.gpkg" in said


@pytest.mark.skipif(os.name == "nt", reason="a file cannot be made unreadable this way")
def test_the_outputs_never_take_the_place_of_the_decisions(project, table, tmp_path, capsys):
    table(1, "confirm")
    (tmp_path / "a.csv").write_text(CSV, encoding="utf-8")
    inner = tmp_path / "binnen"
    inner.mkdir()
    assert merge(project, inner, tmp_path / "tafel1.json") == 0
    toml = TOML.replace("[region]", '[workshop]\ndecisions = "binnen/decisions.gpkg"\n[region]')
    (tmp_path / "kansenkaart.toml").write_text(toml, encoding="utf-8")
    assert run(["build", str(tmp_path), "-q", "-o", str(inner), "--overwrite"]) == 1
    assert (inner / "decisions.gpkg").exists()


def test_what_a_table_wrote_cannot_steer_the_terminal(project, table, tmp_path, capsys):
    name = "\x1b[31mrood\x07 \u202e[bold]" + "x" * 500
    table(1, "confirm", table=name)
    table(2, "reject", table=name)
    assert merge(project, tmp_path, tmp_path / "*.json") == 0
    table(2, "reject", ballot="b-3", table=name)
    assert merge(project, tmp_path, tmp_path / "*.json") == 1
    shown = "".join(capsys.readouterr())
    assert "[31mrood  " in shown
    assert "[bold]" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "x" * 100 not in shown
