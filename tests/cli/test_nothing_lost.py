"""What stands where a command writes: of the user or of another run, nothing is lost, whatever it is called."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kansenkaart.cli.main import run
from kansenkaart.exports.folder.manifest import find_identity, hash_file
from kansenkaart.safe_write import replace_file, replace_folder
from tests.small_project import write_project

SIDES = {"bron": "id,x,y,quantity\n1,102000,498000,7\n", "kas": "id,x,y,quantity\n2,103000,498000,7\n"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, with two layers and a project."""
    for name, text in SIDES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    write_project(tmp_path / "proef")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def built(small_built: Path) -> Path:
    """Return what a build wrote; not to be changed."""
    return small_built / "uit"


@pytest.fixture
def room(built: Path, place: Path) -> Path:
    """Return a folder with the ballot of a table, to be merged."""
    _vote(place, built, "eens")
    return place


def _vote(place: Path, built: Path, comment: str, *, minute: int = 0) -> None:
    manifest = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    said = {"match": "restwarmte_ht|a:b|a:k", "votes": 1, "verdict": "confirm", "comment": comment}
    said |= {"next_step": "", "owner": "", "due": None, "changed": "2026-11-21T13:00:00.000Z"}
    ballot = {
        "schema": "kansenkaart-ballot",
        "version": 1,
        "map": {"id": manifest["manifest_id"], "title": "Proef"},
        "ballot": "00000000-0000-4000-8000-000000000001",
        "table": "Tafel 1",
        "saved": f"2026-11-21T14:{minute:02}:00.000Z",
        "matches": [said],
        "doubts": [],
        "missing": [],
    }
    (place / "tafel.json").write_text(json.dumps(ballot), encoding="utf-8")


def match(*more: str) -> int:
    places = ["bron.csv", "kas.csv", "--supply-crs", "EPSG:28992", "--demand-crs", "EPSG:28992"]
    return run(["match", *places, "-o", "paren.gpkg", "--max-distance", "5km", "-q", *more])


def merge(built: Path, *more: str) -> int:
    return run(["workshop", "merge", str(built), "tafel.json", "-o", "decisions.gpkg", "-q", *more])


def edit(file: str, text: str) -> None:
    """Write a note, as somebody does in QGIS."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE gpkg_contents SET description = ?", (text,))


def notes(place: Path) -> dict[str, str]:
    """Note by file, of those that were written; the new ones say what they are."""
    found = {}
    for file in place.glob("decisions*.gpkg"):
        with closing(sqlite3.connect(file)) as database:
            (note,) = database.execute("SELECT description FROM gpkg_contents").fetchone()
            found[file.name] = note if note in NOTES else ""
    return found


NOTES = ("bellen", "mailen", "langsgaan")


def test_a_second_match_on_a_file_that_is_being_written_is_refused(place: Path) -> None:
    assert match() == 0
    before = Path("paren.gpkg").read_bytes()
    with replace_file(Path("paren.gpkg"), keep=lambda _new: False) as aside:
        assert match("--overwrite") == 1
        aside.path.write_bytes(before)
    assert Path("paren.gpkg").read_bytes() == before
    assert match("--overwrite") == 0
    assert sorted(one.name for one in place.iterdir()) == ["bron.csv", "kas.csv", "paren.gpkg", "proef"]


def test_every_edit_between_two_merges_is_kept(room: Path, built: Path) -> None:
    assert merge(built) == 0
    for number, text in enumerate(NOTES, start=1):
        edit("decisions.gpkg", text)
        _vote(room, built, f"ronde {number}", minute=number)
        assert merge(built) == 0
    assert notes(room) == {
        "decisions.gpkg": "",
        "decisions.vorige.gpkg": "bellen",
        "decisions.vorige-2.gpkg": "mailen",
        "decisions.vorige-3.gpkg": "langsgaan",
    }


@pytest.mark.usefixtures("little_written")
def test_files_and_empty_folders_with_names_like_ours_stay(room: Path, built: Path) -> None:
    theirs = [
        f"{stem}.{part}.gpkg"
        for stem in ("paren", "decisions")
        for part in ("deel", "nieuw", "oud", "vorige")
    ]
    for name in theirs:
        Path(name).write_text(name, encoding="utf-8")
    folders = ["uit.deel", "uit.oud", "uit.oud-2", ".uit.0123456789abcdef.kansenkaart-deel", "uit.vorige"]
    for name in folders:
        (room / "proef" / name).mkdir()
    for _ in range(2):
        assert match("--overwrite") == 0
        assert merge(built) == 0
        edit("decisions.gpkg", "bellen")
        assert run(["build", "proef", "-q"]) == 0
    assert {name: Path(name).read_text(encoding="utf-8") for name in theirs} == {
        name: name for name in theirs
    }
    assert all((room / "proef" / name).is_dir() for name in folders)


@pytest.mark.usefixtures("little_written")
def test_a_forged_manifest_loses_no_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = place / "proef" / "uit"
    out.mkdir()
    (out / "thesis.docx").write_text("jaren werk", encoding="utf-8")
    entry = {"sha256": hash_file(out / "thesis.docx")}
    manifest = {"outputs": {"thesis.docx": entry}}
    text = json.dumps(manifest | {"identity": find_identity(manifest)})
    (out / "manifest.json").write_text(text, encoding="utf-8")
    assert run(["build", "proef", "-q"]) == 1
    assert "thesis.docx" in capsys.readouterr().err
    assert (out / "thesis.docx").read_text(encoding="utf-8") == "jaren werk"
    assert run(["build", "proef", "-q", "--overwrite"]) == 0
    assert (place / "proef" / "uit.vorige" / "thesis.docx").read_text(encoding="utf-8") == "jaren werk"


def test_a_manifest_that_is_a_device_is_no_manifest(
    place: Path, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = Path(shutil.copytree(built, place / "proef" / "uit"))
    (out / "manifest.json").unlink()
    (out / "manifest.json").symlink_to("/dev/full")
    assert run(["build", "proef", "-q"]) == 1
    assert "manifest.json" in capsys.readouterr().err


@pytest.mark.parametrize("where", [".", "../leeg", "{here}"])
def test_the_folder_that_the_shell_is_in_is_never_replaced(
    place: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    here = place / "proef" / "leeg"
    here.mkdir()
    monkeypatch.chdir(here)
    number = here.stat().st_ino
    for more in ([], ["--overwrite"]):
        assert run(["build", "..", "-q", "-o", where.format(here=here), *more]) == 1
    assert here.stat().st_ino == number
    assert sorted(one.name for one in here.parent.iterdir()) == ["a.csv", "kansenkaart.toml", "leeg"]


def test_a_geopackage_that_was_only_looked_at_does_not_stop_the_next_build(place: Path, built: Path) -> None:
    file = Path(shutil.copytree(built, place / "proef" / "uit")) / "kansenkaart.gpkg"
    before = hash_file(file)
    with closing(sqlite3.connect(file)) as database:  # written twice, and nothing is other than it was
        (number,) = database.execute("PRAGMA application_id").fetchone()
        for one in (number + 1, number):
            database.execute(f"PRAGMA application_id = {one}")
    assert hash_file(file) != before
    assert run(["build", "proef", "-q"]) == 0
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE gpkg_contents SET description = 'van de planner'")
    assert run(["build", "proef", "-q"]) == 1


def test_a_build_to_a_folder_that_another_run_writes_is_refused(place: Path, built: Path) -> None:
    shutil.copytree(built, place / "proef" / "uit")
    with replace_folder(place / "proef" / "uit") as aside:
        assert run(["build", "proef", "-q"]) == 1
        (aside.path / "kansenkaart.html").write_text("van de ander", encoding="utf-8")
    names = [one.name for one in (place / "proef" / "uit").iterdir()]
    assert names == ["kansenkaart.html"]


OPEN = "PRAGMA journal_mode = WAL"


@pytest.mark.parametrize("command", ["match", "merge"])
def test_a_geopackage_that_is_being_edited_elsewhere_is_refused_and_loses_nothing(
    room: Path, built: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """SQLite keeps the latest edits beside the file: they would be lost, or land in the new one."""

    def write() -> int:
        return match("--overwrite") if command == "match" else merge(built)

    file = "paren.gpkg" if command == "match" else "decisions.gpkg"
    note = "SELECT description FROM gpkg_contents"
    assert write() == 0
    with closing(sqlite3.connect(file)) as database:
        database.execute(OPEN)
        with database:
            database.execute("UPDATE gpkg_contents SET description = 'van de planner'")
        _vote(room, built, "anders", minute=5)
        assert write() == 1
        assert f"{file} is open" in capsys.readouterr().err.replace("\n", " ")
        assert database.execute(note).fetchone() == ("van de planner",)
        database.execute("PRAGMA journal_mode = DELETE")
    assert write() == 0
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute(note).fetchone() != ("van de planner",)


def test_edits_that_a_crash_left_beside_the_file_are_kept_with_it(room: Path, built: Path) -> None:
    assert merge(built) == 0
    copies = {}
    with closing(sqlite3.connect("decisions.gpkg")) as database:
        database.execute(OPEN)
        with database:
            database.execute("UPDATE gpkg_contents SET description = 'bellen'")
        for part in ("", "-wal"):
            copies[part] = Path(f"decisions.gpkg{part}").read_bytes()
    for part, content in copies.items():  # as after a power cut: nobody has it open
        Path(f"decisions.gpkg{part}").write_bytes(content)
    _vote(room, built, "anders", minute=5)
    assert merge(built) == 0
    assert notes(room) == {"decisions.gpkg": "", "decisions.vorige.gpkg": "bellen"}
    assert not list(room.glob("*-wal"))


def test_a_journal_beside_the_file_is_refused_and_deletes_nothing(place: Path) -> None:
    """One that is forged names a third file, which SQLite deletes when it takes the journal back."""
    assert match() == 0
    before = Path("paren.gpkg").read_bytes()
    Path("thesis.docx").write_text("jaren werk", encoding="utf-8")
    name = str(place / "thesis.docx").encode()
    magic = bytes.fromhex("d9d505f920a163d7")
    end = len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + magic
    Path("paren.gpkg-journal").write_bytes(magic + bytes(504) + bytes(4) + name + end)
    assert match("--overwrite") == 1
    assert Path("thesis.docx").read_text(encoding="utf-8") == "jaren werk"
    assert Path("paren.gpkg").read_bytes() == before
    Path("paren.gpkg-journal").write_bytes(bytes(512))  # done with: SQLite itself leaves it so
    assert match("--overwrite") == 0


def test_new_never_writes_over_a_file_and_can_be_done_again(place: Path) -> None:
    folder = place / "regio"
    (folder / "layers").mkdir(parents=True)
    (folder / "layers" / "vraag.csv").write_text("van de planner", encoding="utf-8")
    assert run(["new", "regio"]) == 0
    assert (folder / "layers" / "vraag.csv").read_text(encoding="utf-8") == "van de planner"
    toml = (folder / "kansenkaart.toml").read_bytes()
    assert run(["new", "regio", "--title", "Anders"]) == 1
    assert (folder / "kansenkaart.toml").read_bytes() == toml
    (folder / "kansenkaart.toml").unlink()  # as after a run that was killed just before the end
    assert run(["new", "regio"]) == 0
    assert (folder / "kansenkaart.toml").read_bytes() == toml
    (folder / "kansenkaart.toml").unlink()
    (folder / "kansenkaart.schema.json").write_text("{}", encoding="utf-8")
    assert run(["new", "regio"]) == 1
    assert sorted(one.name for one in folder.iterdir()) == ["kansenkaart.schema.json", "layers"]


def test_a_new_that_fails_leaves_nothing(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Injected: the disk is full when the last file is written."""
    write = Path.write_text

    def full(path: Path, *args: str, **more: str) -> int:
        if path.name == "kansenkaart.schema.json":
            raise OSError(28, "No space left on device")
        return write(path, *args, **more)

    monkeypatch.setattr(Path, "write_text", full)
    assert run(["new", "regio"]) == 1
    (place / "leeg").mkdir()
    assert run(["new", "leeg"]) == 1
    assert sorted(one.name for one in place.iterdir()) == ["bron.csv", "kas.csv", "leeg", "proef"]
    assert not (place / "leeg" / "kansenkaart.toml").exists()
