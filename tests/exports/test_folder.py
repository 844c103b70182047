"""The output folder: whole or untouched, and nobody's work is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from kansenkaart.errors import OutputError
from kansenkaart.exports import build_manifest, open_output_folder, write_geopackage, write_manifest
from kansenkaart.exports.folder.manifest import find_identity, hash_file
from kansenkaart.safe_write import replace


@pytest.fixture
def build(run, tmp_path):
    """Writes a small but complete output with `text` in it."""

    def write(out: Path, text: str = "eerste", *, overwrite: bool = False) -> None:
        with open_output_folder(out, overwrite=overwrite) as aside:
            (aside / "tables").mkdir()
            (aside / "tables" / "sites.csv").write_text(text, encoding="utf-8")
            (aside / "kansenkaart.html").write_text(text, encoding="utf-8")
            write_manifest(aside, build_manifest(aside, run.frames, run.loaded, timings={}))

    return write


def tree(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def beside(out: Path) -> list[str]:
    return sorted(path.name for path in out.parent.iterdir())


def fill(out: Path, work: Callable[[Path], None]) -> None:
    with open_output_folder(out) as aside:
        work(aside)


def test_writes_replaces_and_leaves_nothing_beside(build, tmp_path):
    out = tmp_path / "Uitvoer Café ’t IJ" / "kaart 1"
    build(out)
    build(out, "tweede")
    assert tree(out)["tables/sites.csv"] == "tweede"
    assert set(tree(out)) == {"tables/sites.csv", "kansenkaart.html", "manifest.json"}
    assert beside(out) == ["kaart 1"]


def test_an_empty_folder_is_taken(build, tmp_path):
    out = tmp_path / "uit"
    out.mkdir()
    build(out)
    assert (out / "manifest.json").is_file()


@pytest.mark.parametrize("change", ["edited", "added", "hidden", "manifest", "link"])
def test_work_of_others_is_refused_and_kept_on_request(build, tmp_path, change):
    out = tmp_path / "uit"
    build(out)
    if change == "edited":
        (out / "tables" / "sites.csv").write_text("van de planner", encoding="utf-8")
    elif change == "added":
        (out / "stemmen.json").write_text("stem", encoding="utf-8")
    elif change == "hidden":
        (out / "tables" / ".notitie").write_text("stem", encoding="utf-8")
    elif change == "manifest":
        text = (out / "manifest.json").read_text(encoding="utf-8")
        (out / "manifest.json").write_text(text.replace("Provincie", "Iemand"), encoding="utf-8")
    else:
        (out / "kansenkaart.html").unlink()
        (out / "kansenkaart.html").symlink_to("tables/sites.csv")
    before = tree(out)
    with pytest.raises(OutputError) as caught:
        build(out, "tweede")
    assert caught.value.faults[0].key == "output_not_ours"
    assert "uit.vorige" in str(caught.value)
    assert tree(out) == before
    assert not list(tmp_path.glob(".uit*"))
    build(out, "tweede", overwrite=True)
    assert tree(out)["kansenkaart.html"] == "tweede"
    assert tree(tmp_path / "uit.vorige") == before


def test_a_folder_that_was_never_ours_is_refused(build, tmp_path):
    out = tmp_path / "Documenten"
    out.mkdir()
    (out / "scriptie.docx").write_text("jaren werk", encoding="utf-8")
    with pytest.raises(OutputError, match=r"scriptie\.docx"):
        build(out)
    assert tree(out) == {"scriptie.docx": "jaren werk"}


def test_kept_work_is_never_overwritten(build, tmp_path):
    out = tmp_path / "uit"
    for text in ("een", "twee", "drie"):
        build(out, text, overwrite=True)
        (out / "stemmen.json").write_text(text, encoding="utf-8")
    assert (tmp_path / "uit.vorige" / "stemmen.json").read_text(encoding="utf-8") == "een"
    assert (tmp_path / "uit.vorige-2" / "stemmen.json").read_text(encoding="utf-8") == "twee"


def test_an_empty_folder_of_the_user_in_it_is_refused(build, tmp_path):
    build(tmp_path / "uit")
    (tmp_path / "uit" / "foto's").mkdir()
    with pytest.raises(OutputError, match="foto's/"):
        build(tmp_path / "uit", "tweede")


def test_a_forged_manifest_does_not_make_a_file_ours(build, tmp_path):
    out = tmp_path / "uit"
    out.mkdir()
    (out / "thesis.docx").write_text("jaren werk", encoding="utf-8")
    manifest = {"outputs": {"thesis.docx": {"sha256": hash_file(out / "thesis.docx")}}}
    text = json.dumps(manifest | {"identity": find_identity(manifest)})
    (out / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(OutputError, match=r"thesis\.docx"):
        build(out)
    assert (out / "thesis.docx").read_text(encoding="utf-8") == "jaren werk"


def test_the_folder_of_the_shell_is_refused(build, tmp_path, monkeypatch):
    (tmp_path / "uit").mkdir()
    monkeypatch.chdir(tmp_path / "uit")
    with pytest.raises(OutputError, match="the folder you are in"):
        build(Path())


def test_a_geopackage_that_was_only_looked_at_is_still_ours(run, tmp_path):
    out, made = tmp_path / "uit", tmp_path / "gemaakt.gpkg"
    write_geopackage(made, run.frames, run.loaded)

    def write() -> None:
        with open_output_folder(out) as aside:
            shutil.copyfile(made, aside / "kansenkaart.gpkg")
            write_manifest(aside, build_manifest(aside, run.frames, run.loaded, timings={}))

    write()
    with (out / "kansenkaart.gpkg").open("r+b") as file:  # as a filter in QGIS does
        for place in (24, 92):
            file.seek(place)
            file.write(b"\x00\x00\x12\x34")
    write()
    with closing(sqlite3.connect(out / "kansenkaart.gpkg")) as connection:  # as QGIS opens it
        connection.execute("PRAGMA journal_mode = WAL")
    write()
    with closing(sqlite3.connect(out / "kansenkaart.gpkg")) as connection, connection:
        connection.execute("UPDATE gpkg_contents SET description = 'van de planner'")
    with pytest.raises(OutputError, match=r"kansenkaart\.gpkg"):
        write()


def test_a_file_in_the_way_is_refused(build, tmp_path):
    (tmp_path / "uit").write_text("bestand", encoding="utf-8")
    with pytest.raises(OutputError, match="is not a folder"):
        build(tmp_path / "uit")


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError, OutputError("x", "y")])
def test_an_interrupt_or_fault_leaves_the_old_folder_whole(build, tmp_path, fault):
    out = tmp_path / "uit"
    build(out)
    before = tree(out)

    def break_off(aside: Path) -> None:
        (aside / "half.csv").write_text("hal", encoding="utf-8")
        raise fault

    with pytest.raises(fault if isinstance(fault, type) else type(fault)):
        fill(out, break_off)
    assert tree(out) == before
    assert not list(tmp_path.glob(".uit*"))


def test_a_full_disk_leaves_the_old_folder_whole(build, small_disk):
    with small_disk(kilobytes=256) as disk:
        build(disk / "uit")
        before = tree(disk / "uit")
        with pytest.raises(OutputError) as caught, open_output_folder(disk / "uit") as aside:
            (aside / "groot.bin").write_bytes(b"x" * 1_000_000)
        assert os.strerror(errno.ENOSPC) in str(caught.value)
        assert "Nothing was changed" in str(caught.value)
        assert tree(disk / "uit") == before
        assert [path.name for path in disk.iterdir()] == ["uit"]


@pytest.fixture
def no_exchange(monkeypatch):
    """Injected: a system on which two names cannot change places at once, as Windows."""
    monkeypatch.setattr(replace, "exchange", lambda one, other: False)


def test_without_exchange_the_folder_is_replaced_too(build, tmp_path, no_exchange):
    for text in ("eerste", "tweede"):
        build(tmp_path / "uit", text)
    assert tree(tmp_path / "uit")["kansenkaart.html"] == "tweede"
    assert beside(tmp_path / "uit") == ["invoer", "uit"]


@pytest.mark.parametrize("stuck", ["uit", "nieuw"])
def test_a_rename_that_fails_loses_nothing(build, tmp_path, monkeypatch, no_exchange, stuck):
    """Injected: a file open elsewhere (Windows), or the new folder cannot be moved in after the old moved out."""
    out = tmp_path / "uit"
    build(out)
    before = tree(out)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if (stuck == "uit" and self == out) or (stuck == "nieuw" and self.parent.name == "nieuw"):
            raise PermissionError(errno.EACCES, "The process cannot access the file")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OutputError, match="Close the files that are open") as caught:
        build(out, "tweede")
    assert caught.value.faults[0].key == "output_swap"
    assert tree(out) == before
    assert beside(out) == ["invoer", "uit"]


def test_files_of_the_user_with_names_like_ours_stay(build, tmp_path):
    for name in ("uit.deel", "uit.oud", ".uit.0123456789abcdef.kansenkaart-deel"):
        (tmp_path / name).mkdir()
    build(tmp_path / "uit")
    build(tmp_path / "uit", "tweede")
    names = [".uit.0123456789abcdef.kansenkaart-deel", "invoer", "uit", "uit.deel", "uit.oud"]
    assert beside(tmp_path / "uit") == names


def test_a_strange_file_at_the_place_of_the_lock_is_refused(build, tmp_path):
    lock = tmp_path / ".uit.kansenkaart-slot"
    lock.write_text("van iemand", encoding="utf-8")
    with pytest.raises(OutputError, match="not made by kansenkaart"):
        build(tmp_path / "uit")
    assert lock.read_text(encoding="utf-8") == "van iemand"


def test_a_change_during_the_build_is_noticed(build, tmp_path):
    out = tmp_path / "uit"
    build(out)

    def vote_meanwhile(aside: Path) -> None:
        (aside / "kansenkaart.html").write_text("tweede", encoding="utf-8")
        (out / "stemmen.json").write_text("stem", encoding="utf-8")

    with pytest.raises(OutputError, match=r"stemmen\.json"):
        fill(out, vote_meanwhile)
    assert tree(out)["kansenkaart.html"] == "eerste"


def test_a_parent_that_may_not_be_written_is_said():
    """As an ordinary user: root may write everywhere."""
    parent = Path(tempfile.mkdtemp(prefix="kansenkaart-"))
    try:
        parent.chmod(0o555)
        answer = as_ordinary_user(lambda: attempt(parent / "uit"))
        assert answer.startswith("output_write|")
        assert "Permission denied" in answer
        assert list(parent.iterdir()) == []
    finally:
        parent.chmod(0o755)
        shutil.rmtree(parent)


def attempt(out: Path) -> str:
    try:
        with open_output_folder(out) as aside:
            (aside / "a").write_text("x", encoding="utf-8")
    except OutputError as error:
        return f"{error.faults[0].key}|{error}"
    return "written"


def as_ordinary_user(work: Callable[[], str]) -> str:
    """Result of `work` in a process of its own that gave up root."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "no answer"
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            answer = work()
        except BaseException as error:
            answer = repr(error)
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(child, 0)
    return answer
