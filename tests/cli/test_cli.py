"""The command as a user meets it: help, exit codes, messages, and files that are whole or not there."""

import csv
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

from kansenkaart.cli.main import run
from kansenkaart.project import load_project
from tests.small_project import LAYER, ROWS, TOML, write_project


@pytest.fixture
def project(tmp_path):
    return write_project(tmp_path / "proef regio é")


def test_build_writes_everything_and_says_where(project, capsys):
    asked = '[rasters]\nstreams = ["restwarmte_ht"]\n'
    (project / "kansenkaart.toml").write_text(f"{TOML}\n{asked}", encoding="utf-8")
    assert run(["build", str(project)]) == 0
    shown = capsys.readouterr().out
    out = project / "uit"
    for name in ("kansenkaart.html", "kansenkaart.gpkg", "kansenkaart.xlsx", "quality.html", "manifest.json"):
        assert (out / name).stat().st_size > 0
    assert "  uit/kansenkaart.html\n" in shown
    assert "  uit/rasters\n" in shown
    assert "2 gelezen = 2 gebruikt" in shown


@pytest.mark.usefixtures("little_written")
def test_verbose_says_where_time_goes(project, capsys):
    assert run(["build", str(project), "-v"]) == 0
    assert "matches:" in capsys.readouterr().out


def test_check_writes_nothing(project, capsys):
    before = sorted(project.rglob("*"))
    assert run(["check", str(project)]) == 0
    assert sorted(project.rglob("*")) == before
    assert "2 plekken" in capsys.readouterr().out


def test_check_strict_fails_on_a_rejected_row(project, capsys):
    (project / "a.csv").write_text(LAYER + ROWS + "x,Nul,industry,0,0,5,,90\n", encoding="utf-8")
    assert run(["check", str(project)]) == 0
    assert run(["check", str(project), "--strict"]) == 1
    assert "4" in capsys.readouterr().out


def test_many_rejected_rows_of_one_kind_are_counted_and_named_when_asked(project, capsys):
    broken = "".join(f",Nul {n},industry,0,0,5,,90\n" for n in range(25))
    (project / "a.csv").write_text(LAYER + ROWS + broken, encoding="utf-8")
    assert run(["check", str(project)]) == 0
    said = capsys.readouterr().out
    assert said.count("heeft geen id") == 10
    assert "nog 15 rijen geweigerd om dezelfde reden als a, rij 4" in said
    assert run(["check", str(project), "-v"]) == 0
    assert capsys.readouterr().out.count("heeft geen id") == 25


def test_draws_and_csv_on_the_command_line_go_before_the_project(project):
    assert run(["build", str(project), "-q", "--draws", "3", "--csv", "excel-nl"]) == 0
    assert '"draws": 3' in (project / "uit" / "manifest.json").read_text(encoding="utf-8")
    head = (project / "uit" / "tables" / "matches.csv").read_bytes().splitlines()[0]
    assert head.startswith(b"\xef\xbb\xbfId van de kans;Stroom;")


@pytest.mark.usefixtures("little_written")
def test_a_rebuild_replaces_its_own_folder_and_refuses_a_changed_one(built_project, capsys):
    project, out = str(built_project), built_project / "uit"
    before = out.stat().st_ino
    assert run(["build", project, "-q"]) == 0
    assert out.stat().st_ino != before
    assert capsys.readouterr().out == ""
    (out / "notities.txt").write_text("van de planner", encoding="utf-8")
    assert run(["build", project, "-q"]) == 1
    assert "notities.txt" in capsys.readouterr().err
    assert run(["build", project, "-q", "--overwrite"]) == 0
    assert (built_project / "uit.vorige" / "notities.txt").exists()


BAD = {
    "missing file": ({"toml": ('path = "a.csv"', 'path = "weg.csv"')}, "weg.csv"),
    "unknown key": ({"toml": ("draws = 0", "draw = 0")}, "draws"),
    "unknown stream": ({"toml": ("restwarmte_ht", "restwarmte_xt")}, "restwarmte_xt"),
    "region code that does not exist": (
        {"toml": ('province = "Noord-Holland"', 'municipalities = ["GM9999"]')},
        "GM9999",
    ),
    "province that does not exist": ({"toml": ("Noord-Holland", "Noord-Hollnd")}, "Noord-Holland"),
    "wrong unit": ({"toml": ("year = 2024", 'year = 2024\nunits = {supply_restwarmte_ht_gj_y = "t"}')}, "GJ"),
    "unknown unit": (
        {"toml": ("year = 2024", 'year = 2024\nunits = {supply_restwarmte_ht_gj_y = "PetaJ"}')},
        "PetaJ",
    ),
    "empty layer": ({"csv": LAYER}, "a"),
    "only bad rows": ({"csv": LAYER + "b,Bron,industry,0,0,5,,90\n"}, "a"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_nothing_is_written(project, name, capsys):
    change, word = BAD[name]
    if "toml" in change:
        assert change["toml"][0] in TOML
        (project / "kansenkaart.toml").write_text(TOML.replace(*change["toml"]), encoding="utf-8")
    if "csv" in change:
        (project / "a.csv").write_text(change["csv"], encoding="utf-8")
    assert run(["build", str(project)]) == 1
    shown = capsys.readouterr().err
    assert word in shown.replace("\n", "")
    assert "Traceback" not in shown
    assert not (project / "uit").exists()


ROW_FAULTS = {
    "lon and lat swapped": (
        "id,name,kind,lon,lat,supply_restwarmte_ht_gj_y\nb,B,industry,52.4,4.9,5\n",
        "lengte en breedte zijn verwisseld",
    ),
    "x and y swapped": (LAYER + "b,Bron,industry,480000,110000,5,,90\n", "y"),
    "coordinates 0,0": (LAYER + "b,Bron,industry,0,0,5,,90\n", "0"),
    "negative quantity": (LAYER + "b,Bron,industry,110000,480000,-5,,90\n", "-5"),
    "duplicate ids": (LAYER + ROWS + "b,Andere,industry,111000,480000,7,,90\n", "b"),
}


@pytest.mark.usefixtures("little_written")
def test_bad_rows_are_rejected_with_their_number_and_the_rest_is_used(project, capsys):
    text = TOML
    for number, (rows, _) in enumerate(ROW_FAULTS.values()):
        (project / f"fout{number}.csv").write_text(rows, encoding="utf-8")
        text += (
            f'[[layers]]\nname = "fout{number}"\npath = "fout{number}.csv"\nsource = "proef"\nyear = 2024\n'
            'doubles = "both"\n'
        )
    (project / "kansenkaart.toml").write_text(text, encoding="utf-8")
    assert run(["build", str(project)]) == 0
    shown = capsys.readouterr().out
    with (project / "uit" / "quality.csv").open(encoding="utf-8-sig", newline="") as file:
        rejected = [row for row in csv.DictReader(file) if row["severity"] == "rejected"]
    assert [row["layer"] for row in rejected] == [f"fout{number}" for number in range(len(ROW_FAULTS))]
    assert "5 geweigerd" in shown
    for row, (rows, word) in zip(rejected, ROW_FAULTS.values(), strict=True):
        assert int(row["row"]) == rows.count("\n")
        assert word in row["reason"] + row["value"]
        assert row["reason"] in shown


def test_a_missing_project_and_a_wrong_option_differ(tmp_path, capsys):
    assert run(["build", str(tmp_path)]) == 1
    assert "kansenkaart new" in capsys.readouterr().err
    assert run(["build", "--nope"]) == 2


def test_an_internal_fault_is_said_without_a_traceback_unless_asked(monkeypatch, project, capsys):
    def broken(*_args, **_kwargs):
        raise RuntimeError("kapot")

    monkeypatch.setattr("kansenkaart.pipeline.find_matches", broken)
    assert run(["build", str(project)]) == 3
    shown = capsys.readouterr().err
    assert "kapot" in shown
    assert "Traceback" not in shown
    assert run(["build", str(project), "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_control_c_leaves_the_old_output_whole(built_project):
    project = built_project
    before = {file.name: file.read_bytes() for file in (project / "uit").iterdir() if file.is_file()}
    (project / "kansenkaart.toml").write_text(TOML.replace("draws = 0", "draws = 10000"), encoding="utf-8")
    many = [f"b{n},Bron,industry,{110_000 + n},480000,{9000 + n},,90\n" for n in range(60)]
    many += [f"k{n},Kas,greenhouse,{111_000 + n},481000,,{8000 + n},\n" for n in range(60)]
    (project / "a.csv").write_text(LAYER + "".join(many), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "kansenkaart", "build", str(project)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        # Where the tests themselves run in the background, a shell has told them to ignore the interrupt.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "verbinden" in line:
            break
    os.kill(process.pid, signal.SIGINT)
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 130
    assert "Onderbroken" in said
    assert {file.name: file.read_bytes() for file in (project / "uit").iterdir() if file.is_file()} == before
    assert not [one for one in project.iterdir() if one.name not in ("kansenkaart.toml", "a.csv", "uit")]


_BEGIN = """
import sys, tempfile
from kansenkaart.ends import end_cleanly, finish
end_cleanly()
print(tempfile.tempdir, flush=True)
sys.stdin.read()
finish()
"""


def test_what_a_killed_run_put_aside_is_cleared_by_the_next_and_that_of_a_living_run_stays(tmp_path):
    (tmp_path / "kansenkaart-van-iemand").mkdir()
    pipe = subprocess.PIPE
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", _BEGIN],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            stdin=pipe,
            stdout=pipe,
        )
        for _ in range(2)
    ]
    killed, living = (Path(run.stdout.readline().decode().strip()) for run in runs)
    (killed / "kopie.gpkg").write_text("half")
    runs[0].kill()
    runs[0].communicate()
    subprocess.run(
        [sys.executable, "-c", _BEGIN], env={**os.environ, "TMPDIR": str(tmp_path)}, input=b"", check=True
    )
    assert sorted(tmp_path.iterdir()) == sorted([living, tmp_path / "kansenkaart-van-iemand"])
    runs[1].communicate()
    assert [one.name for one in tmp_path.iterdir()] == ["kansenkaart-van-iemand"]


def test_new_makes_a_project_that_check_understands(tmp_path, capsys):
    folder = tmp_path / "mijn régio"
    assert run(["new", str(folder), "--province", "Utrecht"]) == 0
    assert run(["new", str(folder)]) == 1
    assert "kansenkaart.toml" in capsys.readouterr().err.replace("\n", "")
    assert run(["check", str(folder)]) == 1  # all its layers are still empty
    assert "aanbod" in capsys.readouterr().err
    with (folder / "layers" / "aanbod.csv").open("a", encoding="utf-8") as layer:
        layer.write("b,Bron,industry,136000,455000,,,,,200000,90,active,proef,2024\n")
    with (folder / "layers" / "vraag.csv").open("a", encoding="utf-8") as layer:
        layer.write("k,Kas,greenhouse,138000,455000,12,,,active,proef,2024\n")
    assert run(["build", str(folder), "-q"]) == 0
    assert (folder / "uit" / "kansenkaart.html").exists()
    assert not list((folder / "uit").rglob("coalition*"))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_coalitions_that_new_proposes_can_be_asked_for(tmp_path, language):
    folder = tmp_path / "region"
    assert run(["new", str(folder), "--province", "Utrecht", "--language", language]) == 0
    file = folder / "kansenkaart.toml"
    text = file.read_text(encoding="utf-8")
    assert "# [coalitions]\n# most_partners = 12\n" in text
    file.write_text(text.replace("# [coalitions]\n# most", "[coalitions]\nmost"), encoding="utf-8")
    assert load_project(folder).project.coalitions.most_partners == 12


def test_new_refuses_a_province_that_does_not_exist(tmp_path, capsys):
    assert run(["new", str(tmp_path / "x"), "--province", "Utregt"]) == 2
    assert "Utrecht" in capsys.readouterr().err.replace("\n", "")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("option", ["--province", "--title"])
def test_an_argument_that_is_no_text_is_a_usage_error(tmp_path, capsys, option):
    assert run(["new", str(tmp_path / "x"), option, "Fry\udce2n"]) == 2
    assert "Fry?n" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_fault_is_told_in_the_language_of_the_project(project, capsys):
    (project / "kansenkaart.toml").write_text(
        TOML.replace("draws = 0", 'draws = 0\nlanguage = "en"'), encoding="utf-8"
    )
    (project / "a.csv").write_text(LAYER, encoding="utf-8")
    assert run(["build", str(project)]) == 1
    assert "no layer holds a single row" in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.usefixtures("little_written")
@pytest.mark.parametrize("command", [["check"], ["build", "--draws", "0"]])
def test_a_layer_with_only_a_header_is_named_when_all_is_done(project, capsys, command):
    path = project / "kansenkaart.toml"
    path.write_text(
        TOML + '[[layers]]\nname = "leeg"\npath = "leeg.csv"\nkind = "greenhouse"\n', encoding="utf-8"
    )
    (project / "leeg.csv").write_text("id;x_rd;y_rd\n", encoding="utf-8")
    assert run([command[0], str(project), *command[1:]]) == 0
    assert (
        "Let op: Laag 'leeg' (leeg.csv) geeft niets: er staat geen enkele rij in." in capsys.readouterr().out
    )
    (project / "leeg.csv").write_bytes(b"")
    assert run([command[0], str(project), *command[1:]]) == 1
    assert "leeg.csv is leeg" in capsys.readouterr().err


def test_check_counts_every_finding_once_also_of_places_without_a_flow(project, capsys):
    with (project / "a.csv").open("a", encoding="utf-8") as layer:
        layer.write("s,Stil,datacentre,113000,480000,,,\n")
    assert run(["check", str(project)]) == 0
    assert "Bevindingen: opmerkingen 1, waarschuwingen 1. Met -v staan ze hier" in capsys.readouterr().out
    assert run(["check", str(project), "-v"]) == 0
    shown = capsys.readouterr().out
    assert "a:s Stil heeft geen enkele stroom" in shown
    assert "it_mw (" in shown
    assert shown.count("Bevindingen:") == 1
    assert "-v" not in shown


def test_a_table_that_must_be_chosen_is_asked_for_and_a_wrong_one_named(project, capsys):
    workbook = Workbook()
    workbook.active.append(["id"])
    workbook.create_sheet("tweede").append(["id"])
    workbook.save(project / "a.xlsx")
    path = project / "kansenkaart.toml"
    path.write_text(TOML.replace("a.csv", "a.xlsx"), encoding="utf-8")
    assert run(["check", str(project)]) == 1
    assert (
        "a.xlsx: noem welke tabel u bedoelt: met 'table' in het projectbestand, of met --sheet bij clusters en "
        "balance. Er zijn: Sheet, tweede." in capsys.readouterr().err
    )
    path.write_text(TOML.replace("a.csv", "a.xlsx") + 'table = "derde"\n', encoding="utf-8")
    assert run(["check", str(project)]) == 1
    assert (
        "a.xlsx: tabel 'derde' bestaat niet. Toegestaan bij 'table': Sheet, tweede."
        in capsys.readouterr().err
    )


def test_a_kind_that_resembles_none_is_answered_with_what_is_allowed(project, capsys):
    path = project / "kansenkaart.toml"
    path.write_text(TOML + 'kind = "kas"\n', encoding="utf-8")
    assert run(["check", str(project)]) == 1
    assert "Toegestaan: arable_area, " in capsys.readouterr().err
    path.write_text(TOML + 'kind = "grenhouse"\n', encoding="utf-8")
    assert run(["check", str(project)]) == 1
    assert "Het lijkt op: greenhouse" in capsys.readouterr().err


@pytest.mark.usefixtures("little_written")
def test_a_build_runs_from_within_its_project_and_shows_no_place_on_this_disk(project, capsys, monkeypatch):
    """The project is '.', which has no name; the table of the clusters is given by its whole path."""
    table = project / "geheim" / "banen.csv"
    table.parent.mkdir()
    table.write_text(
        "gm_code,gemeente,sbi,banen\nGM0363,Amsterdam,01,10\nGM0344,Utrecht,62,9\n", encoding="utf-8"
    )
    settings = f'[clusters]\npath = "{table.as_posix()}"\nclassification = "SBI 2008"\n'
    (project / "kansenkaart.toml").write_text(TOML + settings, encoding="utf-8")
    monkeypatch.chdir(project)
    assert run(["build", "."]) == 0
    shown = capsys.readouterr().err
    assert "banen.csv" in shown
    assert "geheim" not in shown
