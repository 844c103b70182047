"""A map of a project and its scenarios: one file, a choice, and what a scenario changes."""

from __future__ import annotations

import pytest

from kansenkaart.cli.main import run
from tests.browser.axe import axe_findings
from tests.few_outputs import writing_only
from tests.scenarios.small_scenarios import write_region

pytestmark = pytest.mark.browser

SCENARIOS = """
[scenarios.plan]
title = "<b>2028</b>"
about = "De geplande kas draait en het contract loopt af."
reference_year = 2028
planned = [{ id = "a:p", source = "vergunning" }]
closed = [{ id = "l:c", source = "contract" }]
[scenarios.dicht]
closed = [{ id = "a:b", source = "stopt" }]
[scenarios.gelijk]
reference_year = 2026
"""
READY = "#kk[data-phase=ready]"


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = write_region(tmp_path_factory.mktemp("scenarios") / "regio", SCENARIOS)
    with writing_only("map", "geopackage", "workbook"):
        assert run(["build", str(folder), "--scenario", "all", "-q"]) == 0
    return folder / "uit"


def wait_for(page, name):
    """Wait until the map of `name` is there: the address is of it before the page is."""
    page.wait_for_function(
        """(name) => document.querySelector("#kk[data-phase=ready]")
        && (kansenkaart.page.model.scenario ?? "") === name""",
        arg=name,
    )


def choose(page, name):
    page.select_option("#kk-scenario", name)
    wait_for(page, name)


def test_a_choice_opens_the_scenario_and_says_what_it_changes(out, browser):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto((out / "kansenkaart.html").as_uri())
    page.wait_for_selector(READY)
    assert page.inner_text("#kk-tab-chances .count") == "1"
    choose(page, "plan")
    assert page.title() == "Proef – <b>2028</b>"  # so does paper, which has the title at its head
    assert "scenario=plan" in page.url
    assert "2 kansen komen erbij" in page.inner_text(".scenarios")
    page.check("#kk-changed")
    page.wait_for_function("() => document.querySelector('#kk-tab-chances .count').textContent === '2'")
    page.wait_for_function("() => location.hash.includes('verschil=1')")
    page.reload()
    page.wait_for_selector(READY)
    assert page.is_checked("#kk-changed")
    page.click("#kk-tab-chances")
    assert page.locator("#kk-chances .change").all_inner_texts() == ["Nieuw in dit scenario"] * 2
    choose(page, "dicht")
    assert "verschil" not in page.url  # nothing is new here: the map would be empty
    assert "1 kans vervalt" in page.inner_text(".scenarios")
    page.click(".scenarios summary")
    assert "Bron → Kas" in page.inner_text(".scenarios li")
    inked = "document.querySelector('.leaflet-kk-lines-pane canvas').toDataURL()"
    page.evaluate("kansenkaart.page.actions.set({ links: [false, false, false, false] })")
    page.evaluate("kansenkaart.page.map.setView([52.306, 4.71], 12, { animate: false })")
    with_ghost = page.evaluate(inked)  # where it ran; nothing else is drawn now
    page.evaluate("kansenkaart.page.actions.set({ streams: [false] })")
    page.wait_for_function(
        "(old) => document.querySelector('.leaflet-kk-lines-pane canvas').toDataURL() !== old", arg=with_ghost
    )
    page.evaluate("kansenkaart.page.actions.reset()")
    assert axe_findings(page, ".scenarios") == []
    page.emulate_media(media="print")
    assert page.locator("#kk-scenario").is_visible()  # paper says which scenario it shows
    page.emulate_media(media="screen")
    choose(page, "gelijk")
    assert "verandert geen enkele kans" in page.inner_text(".scenarios")
    page.focus("#kk-scenario")
    page.keyboard.press("Home")
    wait_for(page, "")
    assert "scenario=" not in page.url
    assert [one for one in asked if not one.startswith("file:")] == []
    assert wrong == []
    page.close()


def test_every_scenario_has_its_own_files_and_one_alone_finds_the_same(out, tmp_path, write_only):
    write_only("geopackage", "workbook")
    names = {path.parent.name for path in out.glob("scenarios/*/kansenkaart.gpkg")}
    assert names == {"plan", "dicht", "gelijk"}
    alone = tmp_path / "alone"
    assert run(["build", str(out.parent), "--scenario", "plan", "-o", str(alone), "-q"]) == 0
    for name in ("tables/matches.csv", "kansenkaart.gpkg"):
        assert (alone / name).read_bytes() == (out / "scenarios" / "plan" / name).read_bytes()
