"""The output folder never takes the place of the project, of what it reads, or of what has no name."""

from __future__ import annotations

from pathlib import Path

import pytest

from kansenkaart.errors import OutputError
from kansenkaart.exports import open_output_folder
from kansenkaart.pipeline import Result, write_outputs


@pytest.fixture
def project(run, tmp_path) -> Path:
    """The folder of the project of ``run``, with its layer."""
    (tmp_path / "invoer" / "bedrijven.csv").write_text("id\n", encoding="utf-8")
    return tmp_path / "invoer"


def refusal(out: Path, run, *, overwrite: bool) -> str:
    with pytest.raises(OutputError) as caught:
        write_outputs(Result(run.frames, run.loaded), out, overwrite=overwrite)
    assert caught.value.exit_code == 1
    return caught.value.faults[0].key


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("place", ["invoer", ".", "invoer/x/..", "naar invoer"])
def test_the_project_and_the_folders_above_it_are_refused(run, project, tmp_path, place, overwrite):
    (tmp_path / "naar invoer").symlink_to(project)
    before = sorted(tmp_path.rglob("*"))
    assert refusal(tmp_path / place, run, overwrite=overwrite) == (
        "output_holds_input" if place == "." else "output_is_project"
    )
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_with_a_layer_or_outline_is_refused(load_text, project_text, run, tmp_path):
    text = project_text.replace('path = "bedrijven.csv"', 'path = "../lagen/bedrijven.csv"')
    text = text.replace('province = "Noord-Holland"', 'boundary = "../grens/grens.gpkg"')
    text += '[[links]]\nname = "lopend"\npath = "../links/lopend.csv"\n'
    loaded = load_text(tmp_path / "project", text)
    for name in ("lagen/bedrijven.csv", "grens/grens.gpkg", "links/lopend.csv"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("id\n", encoding="utf-8")
        with pytest.raises(OutputError, match=Path(name).name):
            write_outputs(Result(run.frames, loaded), (tmp_path / name).parent, overwrite=True)
        assert (tmp_path / name).is_file()


def test_a_folder_within_the_project_is_fine(project, tmp_path):
    with open_output_folder(project / "uit", keep=[project, project / "bedrijven.csv"]) as aside:
        (aside / "a.csv").write_text("x", encoding="utf-8")
    assert sorted(path.name for path in project.iterdir()) == ["bedrijven.csv", "kansenkaart.toml", "uit"]


def test_a_folder_without_a_name_and_a_loop_are_refused(tmp_path):
    (tmp_path / "lus").symlink_to(tmp_path / "lus")
    for out in (Path("/"), tmp_path / "lus", tmp_path / "lus" / "uit"):
        with pytest.raises(OutputError) as caught, open_output_folder(out):
            raise AssertionError("this folder must not be given")
        assert caught.value.faults[0].key == ("output_root" if out == Path("/") else "output_unfit")
        assert out.name in str(caught.value)
