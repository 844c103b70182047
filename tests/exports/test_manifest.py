"""The manifest: repeatable, complete, and silent about the computer and the hour."""

from __future__ import annotations

import getpass
import hashlib
import json
import shutil
import socket
from dataclasses import replace

import pytest

from kansenkaart.errors import OutputError
from kansenkaart.exports import (
    build_manifest,
    find_manifest_id,
    open_output_folder,
    read_manifest,
    write_manifest,
    write_tables,
)
from kansenkaart.exports.folder.manifest import find_identity


@pytest.fixture(scope="module")
def tables(shared_run, tmp_path_factory):
    """The tables of a run, written once."""
    out = tmp_path_factory.mktemp("tabellen")
    write_tables(out, shared_run.frames, shared_run.loaded)
    return out


@pytest.fixture
def folder(tables, tmp_path):
    return shutil.copytree(tables, tmp_path / "uit")


def test_identity_ignores_timings_and_nothing_else(run, folder):
    first = build_manifest(folder, run.frames, run.loaded, timings={"sources": 1.0})
    second = build_manifest(folder, run.frames, run.loaded, timings={"sources": 2.0})
    assert first["identity"] == second["identity"]
    assert first["timings"] == {"sources": 1.0}
    for key in set(first) - {"timings", "identity"}:
        assert find_identity({**first, key: "anders"}) != first["identity"], key


def test_outputs_are_recorded_with_hash_and_size(run, folder):
    manifest = build_manifest(folder, run.frames, run.loaded, timings={})
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(manifest["outputs"]) == names
    raw = (folder / "tables" / "matches.csv").read_bytes()
    entry = manifest["outputs"]["tables/matches.csv"]
    assert entry == {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}


def test_written_manifest_is_strict_json_with_the_same_identity(run, folder):
    manifest = build_manifest(folder, run.frames, run.loaded, timings={"x": 0.1})
    write_manifest(folder, manifest)
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    back = json.loads(text)
    assert back == manifest
    assert find_identity(back) == back["identity"]


def test_counts_and_certificates(run, folder):
    manifest = build_manifest(folder, run.frames, run.loaded, timings={})
    counts = manifest["counts"]
    assert counts["layers"][0] == {
        "layer": "bedrijven",
        "rows_read": 1030,
        "rows_used": 1000,
        "rows_rejected": 20,
        "rows_outside": 10,
        "rows_left_out": 0,
    }
    assert counts["sites"] == 24
    assert sum(counts["matches"].values()) == len(run.frames.matches) == sum(counts["classes"].values())
    assert counts["flows"]["co2.supply"] == 6
    assert manifest["certificates"]["restwarmte_ht"]["certified"] is True
    assert manifest["certificates"]["co2"]["nearest_share"] is None


def test_id_follows_inputs_settings_and_tool_but_not_results(
    run, tmp_path, monkeypatch, load_text, project_text
):
    frames, loaded = run.frames, run.loaded
    before = find_manifest_id(frames, loaded)
    assert len(before) == 12
    assert int(before, 16) >= 0
    assert find_manifest_id(replace(frames, matches=frames.matches.iloc[:1]), loaded) == before
    layers = frames.layers.copy()
    layers.loc[0, "sha256"] = "ef" * 32
    assert find_manifest_id(replace(frames, layers=layers), loaded) != before
    other = load_text(tmp_path / "ander", project_text.replace("2023\ndraws", "2024\ndraws"))
    assert find_manifest_id(frames, other) != before
    monkeypatch.setattr("kansenkaart.exports.folder.manifest.__version__", "9.9.9")
    assert find_manifest_id(frames, loaded) != before


def test_two_folders_and_two_users_give_one_identity(run, folder, tmp_path, load_text, project_text):
    here = build_manifest(folder, run.frames, run.loaded, timings={})
    there = tmp_path / "elders"
    there.mkdir()
    loaded = load_text(tmp_path / "een andere plek", project_text)
    write_tables(there, run.frames, loaded)
    assert build_manifest(there, run.frames, loaded, timings={})["identity"] == here["identity"]
    text = json.dumps(here)
    assert str(tmp_path) not in text
    for word in (socket.gethostname(), f'"{getpass.getuser()}"'):
        assert word not in text


def test_absolute_paths_are_cut_to_their_name(run, folder, tmp_path, load_text, project_text):
    text = project_text.replace('path = "bedrijven.csv"', 'path = "/home/jan/geheim/bedrijven.csv"')
    layers = run.frames.layers.copy()
    layers.loc[0, "file"] = r"C:\Users\jan\bedrijven.csv"
    loaded = load_text(tmp_path / "x", text)
    manifest = build_manifest(folder, replace(run.frames, layers=layers), loaded, timings={})
    assert "jan" not in json.dumps(manifest)
    assert manifest["settings"]["layers"][0]["path"] == "bedrijven.csv"
    assert manifest["inputs"][0]["file"] == "bedrijven.csv"


def test_own_outline_counts_as_input(run, tmp_path, load_text, project_text):
    text = project_text.replace('province = "Noord-Holland"', 'boundary = "regio.geojson"')
    loaded = load_text(tmp_path / "regio", text)
    (tmp_path / "regio" / "regio.geojson").write_text("{}", encoding="utf-8")
    before = find_manifest_id(run.frames, loaded)
    (tmp_path / "regio" / "regio.geojson").write_text("{ }", encoding="utf-8")
    assert find_manifest_id(run.frames, loaded) != before


def test_an_empty_folder_is_refused(run, tmp_path):
    (tmp_path / "leeg").mkdir()
    with pytest.raises(OutputError, match="holds no files to record"):
        build_manifest(tmp_path / "leeg", run.frames, run.loaded, timings={})


def test_how_results_are_shown_does_not_change_the_id_of_the_map(shared_run):
    loaded, frames = shared_run.loaded, shared_run.frames
    plain = find_manifest_id(frames, loaded)
    shown = loaded.changed(exports={"csv": "excel-nl"}, rasters={"write": False})
    assert find_manifest_id(frames, shown) == plain
    assert find_manifest_id(frames, loaded.changed(include_planned=True)) != plain


@pytest.mark.parametrize("odd", ["NaN", '"\\ud800"', "9" * 5_000, "[" * 100_000, "[]"])
def test_a_manifest_that_no_build_writes_is_refused_and_vouches_for_nothing(run, folder, odd):
    write_manifest(folder, build_manifest(folder, run.frames, run.loaded, timings={}))
    (folder / "manifest.json").write_text('{"tool": ' + odd + "}", encoding="utf-8")

    with pytest.raises(OutputError, match=r"manifest\.json cannot be read as a manifest"):
        read_manifest(folder)
    with (
        pytest.raises(OutputError, match="files that are not of this map"),
        open_output_folder(folder) as aside,
    ):
        (aside / "kansenkaart.html").write_text("nieuw", encoding="utf-8")
    assert (folder / "tables" / "matches.csv").is_file()
