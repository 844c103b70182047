"""What a public and a partners' edition hold: nothing of a row that is confidential, in no file, however packed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kansenkaart.cli.main import run
from kansenkaart.compare.builds import read_previous, tell_since
from kansenkaart.editions.edition import find_hidden_partners, protect_areas
from kansenkaart.editions.scan import refuse_leaks, unfold
from kansenkaart.errors import DataError, OutputError, UsageError
from kansenkaart.exports.report.area_sheet import write_area_sheet
from kansenkaart.pipeline import Result, build, build_edition, write_outputs
from kansenkaart.project import load_project
from kansenkaart.texts import load_texts
from tests.editions.attacker import attack, read_ranges
from tests.editions.secret_project import FORESEEN, list_secrets, write_secret_project
from tests.small_project import TOML, write_project

PARTNERS = ("dicht:GEHEIMID000", "dicht:GEHEIMID003")


def build_undrawn(folder: Path) -> Result:
    """The internal run without draws: an edition takes none from it, and makes its own."""
    loaded = load_project(folder)
    return replace(build(loaded.changed(draws=0)), loaded=loaded)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return write_secret_project(tmp_path_factory.mktemp("editions") / "project")


@pytest.fixture(scope="module")
def internal(project) -> Result:
    return build_undrawn(project)


@pytest.fixture(scope="module")
def reduced(internal) -> Result:
    return build_edition(internal, "public")


@pytest.fixture(scope="module")
def public(reduced, project) -> Path:
    return write_outputs(reduced, project / "uit-openbaar")


def read_all(folder: Path) -> dict[str, str]:
    """All texts of every file, unpacked, without case."""
    return {
        path.relative_to(folder).as_posix(): "\n".join(unfold(path.read_bytes())).casefold()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_search_of_this_test_finds_them_where_they_are(internal, project):
    told = read_all(write_outputs(internal, project / "uit"))
    names = [f"zwijgzame kwekerij {number}" for number in range(24)]
    for file in ("kansenkaart.html", "kansenkaart.gpkg", "kansenkaart.xlsx", "tables/sites.csv"):
        assert all(name in told[file] for name in names), file


def test_no_secret_of_any_column_stands_in_any_file(public, project):
    secrets = {secret.casefold() for secret in list_secrets(project)}
    assert len(secrets) > 24 * 20
    for file, text in read_all(public).items():
        assert not [secret for secret in secrets if secret in text], file


def test_what_is_foreseen_of_a_secret_place_stands_in_no_file(reduced, public):
    told = read_all(public)
    for file, text in told.items():
        assert not [secret for secret in FORESEEN if secret.casefold() in text], file
    assert "de krant van gisteren" in told["manifest.json"]
    assert "de groei van kassen" in told["manifest.json"]
    project = reduced.loaded.project
    assert [one.id for one in (*project.closed, *project.planned)] == ["open:b1"]
    assert [one.layer for one in project.growth] == ["gemengd"]


def test_what_changed_since_an_edition_is_read_from_its_own_files(reduced, public):
    previous = read_previous(public)
    assert previous is not None
    ends = {*previous.chances["supply_id"], *previous.chances["demand_id"]}
    assert {"open:b1"} < ends <= set(reduced.frames.sites["site_id"])
    assert tell_since(previous, reduced.frames, load_texts("nl")) == []


def test_the_public_places_and_their_chance_are_there(public):
    told = read_all(public)
    for file in ("kansenkaart.html", "kansenkaart.gpkg", "kansenkaart.xlsx"):
        assert "bron openbaar" in told[file]
        assert "gemengd openbaar" in told[file]
    manifest = json.loads((public / "manifest.json").read_text())
    assert manifest["edition"] == "public"
    assert [one["layer"] for one in manifest["inputs"]] == ["open", "gemengd", "loopt"]
    assert [one["sha256"] == "-" for one in manifest["inputs"]] == [False, True, True]
    assert manifest["counts"]["matches"]["restwarmte_ht"] >= 1


def test_other_secrets_change_no_byte_outside_the_protected_table(public, tmp_path):
    """Nothing else follows from them, so nothing can be reckoned from it: no raster, nor who is matched."""
    other = write_secret_project(tmp_path / "project", shuffle=True)
    folder = write_outputs(build_edition(build_undrawn(other), "public"), other / "uit-openbaar")
    apart = {"manifest.json", "gemeenten.html", "gemeenten.gpkg", "gemeenten.csv"}
    names = {path.relative_to(public) for path in public.rglob("*") if path.is_file()}
    assert names == {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    for name in sorted(names):
        if name.as_posix() not in apart:
            assert (public / name).read_bytes() == (folder / name).read_bytes(), name
    told = [json.loads((one / "manifest.json").read_text()) for one in (public, folder)]
    for one in told:
        one["outputs"] = {name: entry for name, entry in one["outputs"].items() if name not in apart}
        del one["identity"], one["timings"]
    assert told[0] == told[1]
    assert (public / "gemeenten.csv").read_bytes() != (folder / "gemeenten.csv").read_bytes()


def test_partners_see_each_other_and_no_other(internal, project):
    undrawn = replace(internal, loaded=internal.loaded.changed(draws=0))
    folder = write_outputs(build_edition(undrawn, "partner", PARTNERS), project / "uit-partner")
    told = read_all(folder)
    assert "zwijgzame kwekerij 0" in told["kansenkaart.html"]
    assert "zwijgzame kwekerij 3" in told["kansenkaart.html"]
    others = [number for number in range(24) if number not in (0, 3)]
    for file, text in told.items():
        words = set(text.split())
        assert not [number for number in others if f"geheimid{number:03d}" in text], file
        assert not [number for number in others if f"opgave van zwijgzaam {number}" in text and number > 9], (
            file
        )
        assert words, file
    assert not (folder / "gemeenten.csv").exists()
    unseen = find_hidden_partners(internal.frames, PARTNERS)
    assert all(one.startswith(("dicht:", "gemengd:")) for others in unseen.values() for one in others)
    assert not set(PARTNERS) & {one for others in unseen.values() for one in others}


@pytest.mark.parametrize("output", ["map", "workbook"])
def test_the_last_look_refuses_what_would_leak(reduced, tmp_path, write_only, output):
    """The title is the publisher's own: it is not made from the frames, and so the last look is what stops it."""
    write_only(output)
    named = replace(reduced, loaded=reduced.loaded.changed(title="Kaart voor zwijgzame-kwekerij 7"))
    with pytest.raises(OutputError, match="zwijgzame kwekerij 7"):
        write_outputs(named, tmp_path / "uit-openbaar")
    assert not (tmp_path / "uit-openbaar").exists()


@pytest.mark.parametrize("text", ["Zwijgzame Kwekerij 7", "ZWIJGZAME_KWEKERIJ-7", "Zwijgzame&#32;Kwekerij 7"])
def test_the_last_look_reads_through_case_signs_and_escapes(reduced, text, tmp_path):
    withheld = reduced.loaded.withheld
    (tmp_path / "a.txt").write_text(f"iets {text} iets")
    with pytest.raises(OutputError):
        refuse_leaks(tmp_path, withheld)
    (tmp_path / "a.txt").write_text("Bron Openbaar, Kas Openbaar, industry")
    refuse_leaks(tmp_path, withheld)


def test_who_is_no_place_is_refused_with_what_is_like_it(internal):
    with pytest.raises(UsageError, match="dicht:GEHEIMID00"):
        build_edition(internal, "partner", ["dicht:GEHEIMID00"])


def test_a_region_without_a_public_place_has_no_public_map(tmp_path):
    secret = TOML + '[layers.fill]\nconfidential = "ja"\n'
    with pytest.raises(DataError, match="Every place of the region is confidential"):
        build_edition(build(write_project(tmp_path / "p", secret)), "public")


def test_without_a_confidential_place_the_public_edition_has_all(tmp_path):
    found = build(write_project(tmp_path / "p"))
    assert len(build_edition(found, "public").frames.sites) == len(found.frames.sites) == 2


def test_a_correction_makes_a_place_confidential_too_and_a_scenario_goes_by_the_same_door(tmp_path):
    later = """[overrides]
path = "eigen.csv"
[hubs.een]
stream = "gft"
kind = "digester"
[scenarios.later]
reference_year = 2030
[[scenarios.later.closed]]
id = "a:k"
source = "sluit volgens convenant"
[scenarios.anders]
title = "een convenant van anderen"
reference_year = 2031
"""
    both = TOML.replace('["restwarmte_ht"]', '["restwarmte_ht", "gft"]')
    folder = write_project(tmp_path / "p", both + later)
    (folder / "eigen.csv").write_text("site,column,value,why,who\na:k,confidential,ja,convenant,provincie\n")
    internal = build(load_project(folder, scenario="later"))
    assert internal.loaded.project.hubs
    found = build_edition(internal, "public")
    assert found.frames.sites["site_id"].tolist() == ["a:b"]
    assert found.loaded.project.reference_year == 2030
    assert not found.loaded.project.hubs
    written = read_all(write_outputs(found, tmp_path / "uit"))
    assert not [file for file, text in written.items() if "convenant" in text]
    assert not [file for file in written if file.startswith("hubs")]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--edition", "public", "--scenario", "all"], "--scenario all gaat niet samen met --edition public"),
        (["--edition", "partner"], "--edition partner: voor wie?"),
        (["--partner", "a:k"], "--partner a:k hoort bij --edition partner"),
        (["--edition", "public", "--to", "postgresql://a@b/c"], "--to gaat niet samen met --edition public"),
    ],
)
def test_what_an_edition_cannot_be_is_said_before_anything_is_read(asked, told, tmp_path, capsys):
    assert run(["build", str(write_project(tmp_path / "p")), *asked]) != 0
    assert told in " ".join(capsys.readouterr().err.split())
    assert not [path for path in (tmp_path / "p").iterdir() if path.is_dir()]


def test_what_a_rounding_leaves_is_nothing_and_no_class_of_billionths(internal):
    gaps = internal.frames.gaps
    frames = replace(internal.frames, gaps=gaps.assign(delivered=gaps["value"] * (1 - 1e-12)))
    table = protect_areas(internal.loaded, frames)
    left = table[(table["part"] == "left") & (table["shown"] != "secret")]
    assert len(left)
    assert set(left["shown"]) == {"none"}


def test_a_stream_of_which_all_is_secret_is_a_sentence_and_no_empty_map(reduced, tmp_path):
    classes = reduced.frames.area_classes
    stream = classes.loc[classes["shown"] == "class", "stream"].iloc[0]
    own = classes["stream"] == stream
    silent = classes.assign(
        shown=classes["shown"].mask(own, "secret"), label=classes["label"].mask(own, "geheim")
    )
    pages = []
    for frame in (classes, silent):
        write_area_sheet(tmp_path, replace(reduced.frames, area_classes=frame), reduced.loaded)
        pages.append((tmp_path / "gemeenten.html").read_text(encoding="utf-8"))
    name = load_texts("nl")(f"streams.{stream}")
    assert f"<h2>{name}: " in pages[0]
    assert f"<h2>{name}: " not in pages[1]
    assert "is alles geheim, of is er niets: " in pages[1]
    assert name in pages[1]


def test_editions_stand_side_by_side(internal, reduced, public):
    with pytest.raises(OutputError, match="holds the edition 'public'"):
        write_outputs(internal, public)
    with pytest.raises(OutputError, match="lies in"):
        write_outputs(reduced, public / "partner")


def test_who_has_the_files_tells_no_secret_total(internal, public):
    """An attacker with all public files, who knows nothing of the program; see attacker.py."""
    ranges = read_ranges(public)
    told = attack(ranges)
    table = protect_areas(internal.loaded, internal.frames)
    hidden = table[table["shown"] == "secret"]
    assert len(hidden)
    shown = {cell for cell, (low, high) in ranges.items() if high < float("inf")}
    for row in hidden.to_dict("records"):
        cell = (row["stream"], row["role"], row["area_code"], row["part"])
        low, high = told[cell]
        assert cell not in shown
        assert high > 1.1 * low
