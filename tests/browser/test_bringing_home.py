"""From the built map through the room's own file to the next build: what was said in the browser is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kansenkaart.cli.main import run
from kansenkaart.pipeline import Result, build, write_outputs
from tests.browser import room_steps as room
from tests.maps.whatif_region import write_region

pytestmark = pytest.mark.browser

FIRM = "Bakkerij <b>Vooruit</b> =1+1"


def test_what_the_room_said_is_in_the_next_build(
    tmp_path: Path, whatif_run: Result, listen: Callable[..., object], write_only: Callable[..., None]
) -> None:
    write_only("map", "geopackage")
    project = tmp_path / "regio"
    before = replace(whatif_run, loaded=write_region(project))
    write_outputs(before, project / "uit")
    matches = room.matches(before.frames)
    # The best chance is not wanted; one that does not pay now is agreed all the same.
    rejected, confirmed = 0, int(matches.index[matches["net_high_eur_y"] <= 0][-1])
    opened = listen()
    page = opened.page
    page.goto((project / "uit" / "kansenkaart.html").as_uri())
    page.wait_for_selector("#kk[data-phase=ready]")
    room.say(page, rejected, votes=1, verdict="reject")
    room.say(page, confirmed, votes=3, verdict="confirm")
    page.click("#kk-open-missing")
    page.fill("#kk-firm-name", FIRM)
    page.select_option("#kk-firm-stream", "gft")
    page.fill("#kk-firm-quantity", "1.200")
    page.click(".firm-form button:has-text('Midden van de kaart')")
    page.click(".firm-form .room-do")
    page.click("#kk-drawer .close")
    room.export(page, project / "tafel 1.json")
    assert opened.faults == []
    assert opened.requests == []

    merged = ["workshop", "merge", str(project / "uit"), str(project / "tafel*.json")]
    assert run([*merged, "-o", str(project / "besluit.gpkg"), "-q"]) == 0
    toml = project / "kansenkaart.toml"
    toml.write_text(toml.read_text("utf-8") + '\n[workshop]\ndecisions = "besluit.gpkg"\n', "utf-8")
    after = build(project).frames
    ids = matches["match_id"]
    decided = after.matches.set_index("match_id")["decision"]
    assert ids[rejected] not in decided.index
    assert decided[ids[confirmed]] == "confirmed"
    added = after.sites[after.sites["name"] == FIRM]
    assert len(added) == 1
    flow = after.flows[after.flows["site_id"] == added["site_id"].iloc[0]].iloc[0]
    assert (flow["stream"], flow["role"], flow["value"]) == ("gft", "supply", 1200.0)
