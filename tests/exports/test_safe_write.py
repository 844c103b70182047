"""One file, several hands: whole or untouched, and nothing of the user is lost."""

from __future__ import annotations

import pytest

from kansenkaart.errors import OutputError
from kansenkaart.safe_write import replace_file, replace_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_of_two_runs_on_one_file_the_second_is_refused(tmp_path):
    out = tmp_path / "uit.gpkg"
    with replace_file(out) as first:
        first.path.write_text("eerste", encoding="utf-8")
        with pytest.raises(OutputError, match="Another run writes"), replace_file(out):
            raise AssertionError("this file must not be given")
    assert out.read_text(encoding="utf-8") == "eerste"
    assert names(tmp_path) == ["uit.gpkg"]


def test_what_is_kept_never_takes_the_place_of_what_was_kept(tmp_path):
    out = tmp_path / "decisions.gpkg"
    for text in ("een", "twee", "drie"):
        with replace_file(out, keep=lambda _new: True) as aside:
            aside.path.write_text(text, encoding="utf-8")
    assert aside.kept == tmp_path / "decisions.vorige-2.gpkg"
    kept = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert kept == {
        "decisions.gpkg": "drie",
        "decisions.vorige.gpkg": "een",
        "decisions.vorige-2.gpkg": "twee",
    }


def test_files_of_the_user_with_names_as_of_old_stay(tmp_path):
    for name in ("uit.deel.gpkg", "uit.nieuw.gpkg"):
        (tmp_path / name).write_text("van iemand", encoding="utf-8")
    with replace_file(tmp_path / "uit.gpkg") as aside:
        aside.path.write_text("uit", encoding="utf-8")
    assert names(tmp_path) == ["uit.deel.gpkg", "uit.gpkg", "uit.nieuw.gpkg"]


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "vol.gpkg").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="not an ordinary file"), replace_file(tmp_path / "vol.gpkg"):
        raise AssertionError("this file must not be given")


def test_a_file_in_a_folder_that_is_written_aside_comes_with_it(tmp_path):
    """One at a time, as in a build: nothing is left of a slot or a work folder of the file itself."""
    with replace_folder(tmp_path / "uit") as folder:
        with replace_file(folder.path / "kaart.html") as aside:
            aside.path.write_text("kaart", encoding="utf-8")
            assert aside.path == folder.path / "kaart.html"
        assert [file.name for file in folder.path.iterdir()] == ["kaart.html"]
        with replace_file(folder.path / "kaart.html", keep=lambda _new: True) as again:
            again.path.write_text("beter", encoding="utf-8")
    assert {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "uit").iterdir()} == {
        "kaart.html": "beter",
        "kaart.vorige.html": "kaart",
    }


def _write_half(folder):
    with replace_folder(folder) as outer, replace_file(outer.path / "kaart.html") as aside:
        aside.path.write_text("half", encoding="utf-8")
        raise ValueError("nee")


def test_a_file_of_a_folder_that_fails_does_not_come(tmp_path):
    (tmp_path / "uit").mkdir()
    (tmp_path / "uit" / "oud.txt").write_text("oud", encoding="utf-8")
    with pytest.raises(ValueError, match="nee"):
        _write_half(tmp_path / "uit")
    assert [file.name for file in tmp_path.rglob("*")] == ["uit", "oud.txt"]
