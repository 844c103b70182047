"""The facilitator's walk: coalitions confirmed and merged in the browser, brought home, and kept by the next build."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kansenkaart.catalogue.legend import split_ids
from kansenkaart.cli.main import run
from kansenkaart.pipeline import build, write_outputs
from tests.browser import room_steps as room
from tests.browser.axe import axe_findings
from tests.coalitions.region import write_region

pytestmark = pytest.mark.browser

NAME = "Warmte <b>=1+1</b>"


def test_what_the_room_merged_is_one_coalition_in_the_next_build(
    tmp_path: Path, listen: Callable[..., object], write_only: Callable[..., None]
) -> None:
    write_only("map", "geopackage", "coalition_sheet")
    project = write_region(tmp_path / "regio")
    before = build(project)
    write_outputs(before, project / "uit")
    heat, goods, rubble = before.frames.coalitions["coalition_id"][:3]
    names = before.frames.coalitions.set_index("coalition_id")["coalition"]
    opened = listen()
    page = opened.page
    page.goto((project / "uit" / "kansenkaart.html").as_uri())
    page.wait_for_selector("#kk[data-phase=ready]")
    page.click("#kk-tab-clusters")
    page.get_by_role("button", name=names[heat]).click()
    assert page.evaluate("kansenkaart.page.result.list.length") == 3
    page.select_option("#kk-group-join", label=names[goods])
    assert page.evaluate("kansenkaart.page.result.list.length") == 6
    assert page.get_by_role("button", name=names[goods], exact=True).count() == 0
    page.fill("#kk-group-name", NAME)
    page.get_by_label("draagvlak").select_option("4")
    assert axe_findings(page, "#kk-panel") == []
    # a chance is taken out in its own card
    out = page.evaluate(
        "() => { const { model, actions } = kansenkaart.page; const { matches } = model.coalitions[1];"
        " actions.choose({ kind: 'match', id: matches[0] }); return matches[0]; }"
    )
    page.get_by_role("button", name="Haal deze kans uit de coalitie").click()
    page.wait_for_selector("button:has-text('Zet terug')")
    page.get_by_role("button", name=names[rubble]).click()
    page.get_by_label("Zo blijft deze coalitie").check()
    ballot = room.export(page, project / "tafel 1.json")
    assert opened.faults == []
    assert [(row["coalition"], row["confirmed"]) for row in ballot["coalitions"]] == [
        (heat, True),
        (rubble, True),
    ]

    merged = ["workshop", "merge", str(project / "uit"), str(project / "tafel*.json")]
    assert run([*merged, "-o", str(project / "besluit.gpkg"), "-q"]) == 0
    toml = project / "kansenkaart.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[workshop]\ndecisions = "besluit.gpkg"\n', "utf-8")
    after = build(project)
    write_outputs(after, project / "uit2")
    told = after.frames.coalitions.set_index("coalition_id")
    assert told.loc[heat, ["coalition", "stage", "score_support"]].tolist() == [NAME, "confirmed", 4.0]
    known = set(after.frames.matches["match_id"])
    ranked = before.frames.matches.sort_values("rank")["match_id"].tolist()
    both = before.frames.coalitions.set_index("coalition_id").loc[[heat, goods], "match_ids"]
    meant = {one for ids in both for one in split_ids(ids, known)} - {ranked[out]}
    assert set(split_ids(told.loc[heat, "match_ids"], known)) == meant
    assert told.loc[rubble, "stage"] == "confirmed"
    sheet = (project / "uit2" / "coalitions.html").read_text("utf-8")
    assert "bevestigd door de zaal" in sheet
    assert "<b>=1+1" not in sheet
    page.goto((project / "uit2" / "kansenkaart.html").as_uri() + "#blad=clusters")
    page.wait_for_selector("#kk[data-phase=ready]")
    row = page.get_by_role("button", name=NAME)
    assert "bevestigd door de zaal" in row.inner_text()

    # keeping a coalition is no promise about its chances: none came, went or changed, and what differs is named
    changed = project / "veranderd.html"
    assert run(["compare", str(project / "uit"), str(project / "uit2"), "-o", str(changed), "-q"]) == 0
    page.goto(changed.as_uri())
    told = page.locator("main").inner_text()
    assert "Geen enkele kans veranderde" in told
    assert "besluiten van de werksessie" in told

    # the report of a year is about the merged coalition
    start = ["programme", str(project), "--template", "-o", str(project / "programma"), "-q"]
    assert run(start) == 0
    assert f",{heat}," in (project / "programma" / "acties.csv").read_text("utf-8-sig")
    with (project / "programma" / "resultaten.csv").open("a", encoding="utf-8") as file:
        file.write(f"{rubble},2026,1000,weegbrug\n{heat},2026,5,\n")
    tables = {"actions": "acties", "results": "resultaten", "targets": "doelen"}
    named = "".join(f'{key} = "programma/{name}.csv"\n' for key, name in tables.items())
    toml.write_text(f"{toml.read_text('utf-8')}\n[programme]\n{named}", "utf-8")
    assert run(["programme", str(project), "--year", "2026", "-o", str(project / "verslag"), "-q"]) == 0
    page.goto((project / "verslag" / "jaarbericht-2026.html").as_uri())
    assert page.get_by_role("cell", name=NAME).count() > 0
    # of two streams nobody can tell which delivered
    assert "meer dan één stroom" in page.locator("table.findings").inner_text()
    assert opened.requests == []
