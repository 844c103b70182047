"""The answers of a room change the next build of a region, and the build says so."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from kansenkaart.cli.main import run
from kansenkaart.maps.compose import describe_map
from kansenkaart.matches.why.explain import explain_pair
from kansenkaart.pipeline import build, solve, write_outputs
from kansenkaart.project import load_project
from kansenkaart.texts import load_texts
from tests.few_outputs import writing_only
from tests.maps.whatif_region import write_region

FIRM = "30000000-0000-4000-8000-000000000001"
UNSTATED = "30000000-0000-4000-8000-000000000002"
ABROAD = "30000000-0000-4000-8000-000000000003"


def ballot(map_id, number, **parts):
    return {
        "schema": "kansenkaart-ballot",
        "version": 1,
        "map": {"id": map_id, "title": "Wat als proefregio"},
        "ballot": f"00000000-0000-4000-8000-{number:012d}",
        "table": f"Tafel {number}",
        "saved": "2026-11-21T14:00:00.000Z",
        "matches": [],
        "doubts": [],
        "missing": [],
        **parts,
    }


def said(match, verdict):
    return {"match": match, "votes": 2, "verdict": verdict, "changed": "2026-11-21T13:00:00Z"}


def firm(key, name, **parts):
    return {
        "id": key,
        "name": name,
        "stream": "gft",
        "role": "supply",
        "quantity": 1234.0,
        "unit": "t",
        "x": 121_000.0,
        "y": 487_000.0,
        "changed": "2026-11-21T13:00:00Z",
        **parts,
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_region(folder)
    return folder


@pytest.fixture(scope="module")
def before(project, whatif_run):
    result = replace(whatif_run, loaded=load_project(project))
    with writing_only("geopackage"):
        write_outputs(result, project / "uit")
    return result


@pytest.fixture(scope="module")
def chosen(before):
    """Match ids: to confirm one that does not pay and another, to reject one that pays and another, one disputed."""
    matches = before.frames.matches.sort_values("match_id")
    idle = matches[matches["net_high_eur_y"] <= 0]["match_id"].iloc[0]
    # And one of a stream that knows no seasons, so that its smaller end can be filled.
    seasonal = [name for name, one in before.loaded.catalogue.streams.items() if one.seasonal]
    kept = matches[~matches["stream"].isin(seasonal) & (matches["chance_class"] != "kansrijk")]
    confirmed = [idle, kept["match_id"].iloc[0]]
    good = matches[matches["chance_class"] == "kansrijk"].sort_values("net_eur_y", ascending=False)
    other = matches[~matches["stream"].isin([good["stream"].iloc[0]]) & ~matches["match_id"].isin(confirmed)]
    rejected = [good["match_id"].iloc[0], other["match_id"].iloc[-1]]
    rest = matches[~matches["match_id"].isin([*confirmed, *rejected])]["match_id"]
    assert len({*confirmed, *rejected}) == 4
    return SimpleNamespace(confirmed=confirmed, rejected=rejected, disputed=rest.iloc[0])


@pytest.fixture(scope="module")
def after(project, before, chosen):
    """The rebuild, after ballots of two tables were merged by the command."""
    map_id = json.loads((project / "uit" / "manifest.json").read_text(encoding="utf-8"))["manifest_id"]
    confirms = [said(match, "confirm") for match in [*chosen.confirmed, chosen.disputed]]
    rejects = [said(match, "reject") for match in [*chosen.rejected, chosen.disputed]]
    firms = [
        firm(FIRM, "Schilbedrijf =1+1 <b>De Aardappel</b>"),
        firm(UNSTATED, "Groentewinkel", quantity=None),
        firm(ABROAD, "Te ver", x=-40_000.0, y=880_000.0),
    ]
    for number, parts in ((1, {"matches": confirms, "missing": firms}), (2, {"matches": rejects})):
        file = project / f"tafel{number}.json"
        file.write_text(json.dumps(ballot(map_id, number, **parts)), encoding="utf-8")
    out = str(project / "uit")
    assert (
        run(
            [
                "workshop",
                "merge",
                out,
                str(project / "tafel*.json"),
                "-o",
                str(project / "besluit.gpkg"),
                "-q",
            ]
        )
        == 0
    )
    toml = project / "kansenkaart.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text + '\n[workshop]\ndecisions = "besluit.gpkg"\n', encoding="utf-8")
    result = build(load_project(project))
    write_outputs(result, project / "uit2")
    return result


def test_a_confirmed_pair_gets_all_that_both_ends_have_also_when_it_does_not_pay(before, after, chosen):
    was, now = (one.frames.matches.set_index("match_id") for one in (before, after))
    flows = after.frames.flows.set_index("flow_id")
    for match in chosen.confirmed:
        row = now.loc[match]
        assert row["decision"] == "confirmed"
        assert row["reason"].startswith("Bevestigd in de werksessie")
        assert row["quantity"] >= was.at[match, "quantity"] * (1 - 1e-9)
        ends = [
            flows.at[f"{row[f'{role}_id']}|{row['stream']}|{role}", "value"] for role in ("supply", "demand")
        ]
        assert row["quantity"] <= min(ends) * (1 + 1e-9)
    assert set(now.index[now["decision"].notna()]) == set(chosen.confirmed)


def test_a_confirmed_pair_without_seasons_or_links_is_filled_to_its_smaller_end(after, chosen):
    now = after.frames.matches.set_index("match_id")
    flows = after.frames.flows.set_index("flow_id")
    filled = []
    for match in chosen.confirmed:
        row = now.loc[match]
        if after.loaded.catalogue.streams[row["stream"]].seasonal:
            continue
        ends = [
            flows.at[f"{row[f'{role}_id']}|{row['stream']}|{role}", "value"] for role in ("supply", "demand")
        ]
        filled.append(row["quantity"] == pytest.approx(min(ends)))
    assert filled
    assert all(filled)


def test_a_rejected_pair_is_gone_and_nothing_else_breaks(before, after, chosen):
    now = after.frames
    assert not set(chosen.rejected) & set(now.matches["match_id"])
    assert not set(chosen.rejected) & set(now.candidates["match_id"])
    sums = now.gaps.set_index("flow_id")
    flows = now.flows.set_index("flow_id")
    total = sums["delivered"] + sums["remaining"]
    assert (total - flows.loc[sums.index, "value"]).abs().max() < 1e-3
    assert set(before.frames.sites["site_id"]) < set(now.sites["site_id"])


def test_explain_and_gaps_say_that_the_room_rejected_it(project, after, chosen):
    loaded = load_project(project)
    solved = solve(loaded)
    texts = load_texts("nl")
    for match in chosen.rejected:
        stream, supply, demand = match.split("|")
        told = explain_pair(
            solved.solution, solved.inputs, supply, demand, catalogue=loaded.catalogue, texts=texts
        )
        (verdict,) = [one for one in told.streams if one.stream == stream]
        assert any(line.startswith("Werksessie, houdt tegen") for line in verdict.lines)
        assert "afgewezen in de werksessie" in verdict.verdict
    for match in chosen.confirmed:
        stream, supply, demand = match.split("|")
        told = explain_pair(
            solved.solution, solved.inputs, supply, demand, catalogue=loaded.catalogue, texts=texts
        )
        (verdict,) = [one for one in told.streams if one.stream == stream]
        assert any(line.startswith("Werksessie, goed") for line in verdict.lines)


def test_what_tables_disagree_on_is_reported_and_not_applied(after, chosen):
    findings = after.frames.findings
    conflict = findings[findings["key"] == "workshop_conflict"]
    _, supply, demand = chosen.disputed.split("|")
    assert conflict["value"].tolist() == [f"{supply} → {demand}"]
    assert conflict["severity"].tolist() == ["rejected"]
    assert "QGIS" in conflict["advice"].iloc[0]
    row = after.frames.matches.set_index("match_id").reindex([chosen.disputed])
    assert row["decision"].isna().all()


def test_an_added_firm_is_a_place_with_a_flow_that_says_where_it_comes_from(after):
    sites = after.frames.sites.set_index("site_id")
    site = sites.loc[f"workshop:{FIRM}"]
    assert (site["name"], site["kind"]) == ("Schilbedrijf =1+1 <b>De Aardappel</b>", "workshop")
    assert (site.geometry.x, site.geometry.y, site["municipality"]) == (121_000.0, 487_000.0, "Amsterdam")
    flow = after.frames.flows.set_index("flow_id").loc[f"workshop:{FIRM}|gft|supply"]
    assert (flow["value"], flow["basis"], flow["source"]) == (1234.0, "workshop", "werksessie (besluit.gpkg)")
    assert (flow["low"], flow["high"]) == (617.0, 2468.0)
    assert flow["source_year"] == 2026
    gap = after.frames.gaps.set_index("flow_id").loc[f"workshop:{FIRM}|gft|supply"]
    moved = after.frames.matches[after.frames.matches["supply_id"] == f"workshop:{FIRM}"]
    assert gap["delivered"] == pytest.approx(moved["quantity"].sum())
    assert (moved["chance_class"] != "kansrijk").all()
    assert len(moved) or gap["cause"]


def test_a_firm_without_quantity_is_a_question_of_the_room(after):
    site = after.frames.sites.set_index("site_id").loc[f"workshop:{UNSTATED}"]
    named = load_texts("nl")("streams.gft")
    assert site["status_note"] == f"Vraag van de zaal, aanbod: {named}; de hoeveelheid is nog niet bekend."
    assert f"workshop:{UNSTATED}" not in set(after.frames.flows["site_id"])
    stated = after.frames.sites.set_index("site_id").loc[f"workshop:{FIRM}"]
    assert pd.isna(stated["status_note"])


def test_the_map_says_what_the_session_changed(before, after, chosen):
    header = describe_map(after.frames, after.loaded, "0123456789ab").header
    session = header["room"]["session"]
    assert session["words"].startswith(
        "De zaal bevestigde eerder 2 kansen, wees er 2 af en voegde 2 bedrijven toe"
    )
    assert "Over 1 kans waren tafels het oneens" in session["words"]
    assert "Van 1 bedrijf is de hoeveelheid nog niet bekend" in session["words"]
    ids, streams = header["siteIds"], [one["id"] for one in header["streams"]]
    rejected = {f"{streams[n]}|{ids[s]}|{ids[d]}" for n, s, d in session["rejected"] if n >= 0}
    assert rejected <= set(chosen.rejected)
    assert {ids[s] for s in session["firms"]} == {f"workshop:{FIRM}", f"workshop:{UNSTATED}"}
    assert "session" not in describe_map(before.frames, before.loaded, "0123456789ab").header["room"]


def test_rows_used_and_rejected_are_what_came_in(after):
    layers = after.frames.layers.set_index("layer")
    pairs, firms = layers.loc["workshop.decisions"], layers.loc["workshop"]
    assert (pairs["rows_read"], pairs["rows_used"], pairs["rows_rejected"]) == (5, 4, 1)
    assert (firms["rows_read"], firms["rows_used"], firms["rows_rejected"] + firms["rows_outside"]) == (
        3,
        2,
        1,
    )
    keys = set(after.frames.findings.loc[after.frames.findings["layer"] == "workshop", "key"])
    assert "workshop_no_quantity" in keys


def test_the_manifest_names_the_decisions_with_their_hash(project, after):
    import hashlib

    manifest = json.loads((project / "uit2" / "manifest.json").read_text(encoding="utf-8"))
    known = {one["file"]: one["sha256"] for one in manifest["inputs"]}
    assert known["besluit.gpkg"] == hashlib.sha256((project / "besluit.gpkg").read_bytes()).hexdigest()
    first = json.loads((project / "uit" / "manifest.json").read_text(encoding="utf-8"))
    assert first["manifest_id"] != manifest["manifest_id"]


def test_the_geopackage_says_which_chances_were_confirmed(project, after, chosen):
    import pyogrio

    rows = pyogrio.read_dataframe(
        project / "uit2" / "kansenkaart.gpkg", layer="matches", columns=["match_id", "decision"]
    )
    assert set(rows.loc[rows["decision"] == "confirmed", "match_id"]) == set(chosen.confirmed)
    assert isinstance(rows, pd.DataFrame)


def test_ballots_of_the_first_map_do_not_fit_the_second(project, after, capsys):
    kept = (project / "besluit.gpkg").read_bytes()
    arguments = [str(project / "uit2"), str(project / "tafel1.json"), "-o", str(project / "besluit.gpkg")]
    assert run(["workshop", "merge", *arguments]) == 1
    assert "andere kaart" in capsys.readouterr().err
    assert (project / "besluit.gpkg").read_bytes() == kept
