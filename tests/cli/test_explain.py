"""``kansenkaart explain`` as a user meets it: same numbers as the build, or a refusal that names what changed."""

import json
import shutil

import pytest

from kansenkaart.cli.main import run
from kansenkaart.exports.folder.manifest import find_identity
from tests.few_outputs import writing_only
from tests.small_project import LAYER, write_project

ROWS = "b,Bron Noord,industry,110000,480000,200000,,90\nb2,Bron Zuid,industry,111000,480000,5000,,90\n"
ROWS += "k,Kas [bold],greenhouse,112000,480000,,150000,\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("proef") / "regio é", layer=LAYER + ROWS)
    with writing_only("quality"):
        assert run(["build", str(folder), "-q"]) == 0
    return folder


@pytest.fixture
def project(built, tmp_path):
    return shutil.copytree(built, tmp_path / "regio")


def test_it_explains_from_the_folder_and_from_its_manifest_with_names_or_ids(project, capsys):
    for out in (project / "uit", project / "uit" / "manifest.json"):
        assert run(["explain", str(out), "bron noord", "a:k", "-q"]) == 0
        shown = capsys.readouterr()
        assert shown.err == ""
        assert "2 km hemelsbreed, de grens is 25 km" in shown.out
        assert "Kas [bold]" in shown.out
        assert "Uitkomst:" in shown.out


def test_progress_goes_to_stderr_and_the_language_can_be_chosen(project, capsys):
    assert run(["explain", str(project / "uit"), "Bron Noord", "Kas", "--language", "en"]) == 0
    shown = capsys.readouterr()
    assert "2 km straight, the limit is 25 km" in shown.out
    assert "Outcome:" in shown.out
    assert shown.err
    assert shown.err not in shown.out


def test_it_says_the_quantity_of_the_build(project, capsys):
    manifest = json.loads((project / "uit" / "manifest.json").read_text(encoding="utf-8"))
    total = manifest["certificates"]["restwarmte_ht"]["quantity"]
    assert run(["explain", str(project / "uit"), "Bron Zuid", "Kas", "-q"]) == 0
    said = capsys.readouterr().out
    assert run(["explain", str(project / "uit"), "Bron Noord", "Kas", "-q"]) == 0
    said += capsys.readouterr().out
    outcomes = [line for line in said.splitlines() if "Uitkomst:" in line and " GJ per jaar leveren" in line]
    moved = [float(line.split(" kan ")[1].split(" GJ")[0].replace(".", "")) for line in outcomes]
    assert sum(moved) == pytest.approx(total, rel=5e-3)


@pytest.mark.parametrize(("file", "more"), [("a.csv", "\n"), ("kansenkaart.toml", "\n# anders\n")])
def test_a_changed_file_is_refused_by_name_and_explained_anyway_with_a_warning(project, file, more, capsys):
    path = project / file
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    asked = ["explain", str(project / "uit"), "Bron Noord", "Kas", "-q"]
    assert run(asked) == 1
    shown = capsys.readouterr()
    assert file in shown.err.replace("\n", "")
    assert shown.out == ""
    assert run([*asked, "--anyway"]) == 0
    shown = capsys.readouterr()
    assert file in shown.err.replace("\n", "")
    assert "Uitkomst:" in shown.out


@pytest.mark.parametrize(("part", "key"), [("catalogue", "sha256"), ("tool", "version")])
def test_another_catalogue_or_program_is_refused(project, part, key, capsys):
    file = project / "uit" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest[part][key] = "0.0.0-anders"
    manifest["identity"] = find_identity(manifest)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    assert run(["explain", str(project / "uit"), "Bron Noord", "Kas", "-q"]) == 1
    assert ("catalogus" if part == "catalogue" else "0.0.0-anders") in capsys.readouterr().err


def test_a_manifest_that_was_changed_after_the_build_is_refused_by_explain_and_merge(
    project, tmp_path, capsys
):
    file = project / "uit" / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    manifest["settings"]["title"] = "Iets anders"
    file.write_text(json.dumps(manifest), encoding="utf-8")
    assert run(["explain", str(project / "uit"), "Bron Noord", "Kas", "-q"]) == 1
    assert "de identiteit past niet" in capsys.readouterr().err.replace("\n", " ")
    ballot = tmp_path / "tafel.json"
    ballot.write_text("{}", encoding="utf-8")
    assert run(["workshop", "merge", str(project / "uit"), str(ballot), "-o", str(tmp_path / "d.gpkg")]) == 1
    assert "de identiteit past niet" in capsys.readouterr().err.replace("\n", " ")


def test_an_unknown_or_ambiguous_name_is_wrong_use_and_says_what_there_is(project, capsys):
    assert run(["explain", str(project / "uit"), "Bron", "Kas", "-q"]) == 2
    shown = capsys.readouterr().err.replace("\n", "")
    assert "a:b" in shown
    assert "a:b2" in shown
    assert run(["explain", str(project / "uit"), "Bron Nord", "Kas", "-q"]) == 2
    assert "Bron Noord (a:b)" in capsys.readouterr().err.replace("\n", "")


@pytest.mark.parametrize("words", [("Bron", "Kas"), ("Bron Noord", "Nergens")])
def test_a_wrong_name_is_said_before_anything_is_estimated_or_solved(project, words, monkeypatch, capsys):
    def solving(*_positional, **_named):
        pytest.fail("solved before the names were looked up")

    monkeypatch.setattr("kansenkaart.pipeline.estimate_flows", solving)
    monkeypatch.setattr("kansenkaart.pipeline.solve_streams", solving)
    assert run(["explain", str(project / "uit"), *words, "-q"]) == 2
    assert words[0 if words[0] == "Bron" else 1] in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tool": 1}', "[" * 100_000])
def test_what_is_no_manifest_is_refused(tmp_path, text, capsys):
    assert run(["explain", str(tmp_path), "x", "y"]) == 1
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert run(["explain", str(tmp_path), "x", "y"]) == 1
    assert "manifest" in capsys.readouterr().err


def test_a_project_that_is_elsewhere_is_asked_for_and_taken_from_the_option(project, tmp_path, capsys):
    moved = tmp_path / "ver" / "weg" / "uit"
    shutil.copytree(project / "uit", moved)
    asked = ["explain", str(moved), "Bron Noord", "Kas", "-q"]
    assert run(asked) == 1
    assert "--project" in capsys.readouterr().err
    assert run([*asked, "--project", str(project)]) == 0
