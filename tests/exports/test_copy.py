"""A copy of the GeoPackage under another name: its project names the copy, and nothing else changes."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from xml.sax.saxutils import quoteattr

import pytest

from kansenkaart.cli.main import run
from kansenkaart.exports.qgis.project import store_project
from kansenkaart.texts import load_texts

HOSTILE = "Raad & <b> é 100% #1 'x' \"y\" [% 1 %] ../x.gpkg".replace("/", "-")


def write_package(path, *names):
    """A GeoPackage as far as a copy looks: a table, and a project with layers in files called `names`."""
    layers = "".join(
        f"<l source={quoteattr(f'./{one}|layername=matches')}/>"
        f"<d>./{one.replace('&', '&amp;')}|layername=sites</d>"
        for one in names
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE matches (quantity REAL)")
        connection.execute("INSERT INTO matches VALUES (7.0)")
        document = f"<qgis><svg>./kansenkaart.gpkg.svg</svg>{layers}</qgis>"
        store_project(connection, document, load_texts("nl"), date="2023-01-01T00:00:00")
    return path


def read_document(path):
    """The project in the file, as text."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT quantity FROM matches").fetchall() == [(7.0,)]
        ((content,),) = connection.execute("SELECT content FROM qgis_projects").fetchall()
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(content))) as packed:
        assert packed.namelist() == ["kansenkaart.qgs"]
        return packed.read("kansenkaart.qgs").decode()


@pytest.mark.parametrize("name", ["raad.gpkg", HOSTILE])
def test_a_copy_names_itself_whatever_it_was_called_and_the_same_copy_has_the_same_bytes(tmp_path, name):
    """A project as built names one file; the one who copies may have renamed it already."""
    package = write_package(tmp_path / "hernoemd.gpkg", "kansenkaart.gpkg")
    before = package.read_bytes()
    bytes_ = []
    for folder in ("een", "twee"):
        (tmp_path / folder).mkdir()
        assert run(["copy", str(package), str(tmp_path / folder / name)]) == 0
        assert [one.name for one in (tmp_path / folder).iterdir()] == [name]
        bytes_.append((tmp_path / folder / name).read_bytes())
    assert bytes_[0] == bytes_[1]
    expected = write_package(tmp_path / "verwacht.gpkg", name)
    document = read_document(tmp_path / "een" / name)
    again = tmp_path / "terug.gpkg"
    assert run(["copy", str(tmp_path / "een" / name), str(again)]) == 0
    assert package.read_bytes() == before
    if name == "raad.gpkg":
        assert document == read_document(expected)
    assert read_document(again) == read_document(package).replace("./kansenkaart.gpkg|", "./terug.gpkg|")


def test_a_second_file_that_somebody_added_is_left_alone(tmp_path):
    package = write_package(tmp_path / "nu.gpkg", "nu.gpkg", "vorig jaar.gpkg")
    assert run(["copy", str(package), str(tmp_path / "raad.gpkg")]) == 0
    document = read_document(tmp_path / "raad.gpkg")
    assert document == read_document(package).replace("./nu.gpkg|", "./raad.gpkg|")
    assert document.count("vorig jaar.gpkg") == 2


def test_what_cannot_be_copied_is_said_and_nothing_is_written(tmp_path, capsys):
    package = write_package(tmp_path / "kansenkaart.gpkg", "kansenkaart.gpkg")
    text, empty, torn = (tmp_path / name for name in ("tekst.gpkg", "leeg.gpkg", "kapot.gpkg"))
    text.write_text("geen database", encoding="utf-8")
    with closing(sqlite3.connect(empty)) as connection, connection:
        connection.execute("CREATE TABLE x (y)")
    write_package(torn, "torn.gpkg")
    with closing(sqlite3.connect(torn)) as connection, connection:
        connection.execute("UPDATE qgis_projects SET content = '00zz'")
    before = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    for source, target, said in (
        (tmp_path / "weg", "x.gpkg", "weg bestaat niet"),
        (tmp_path, "kansenkaart.gpkg", "is wat gelezen wordt"),
        (package, "tekst.gpkg", "--overwrite"),
        (package, "x.zip", "eindigt op"),
        (package, "a|b.gpkg", "heeft een | in de naam"),
        (text, "x.gpkg", "In tekst.gpkg staat geen QGIS-project"),
        (empty, "x.gpkg", "In leeg.gpkg staat geen QGIS-project"),
        (torn, "x.gpkg", "In kapot.gpkg staat geen QGIS-project"),
    ):
        assert run(["copy", str(source), str(tmp_path / target)]) != 0
        assert said in " ".join(capsys.readouterr().err.split()), said
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == before
    assert run(["copy", str(tmp_path), str(text), "--overwrite", "-q"]) == 0
    assert "./tekst.gpkg|layername=matches" in read_document(text)
