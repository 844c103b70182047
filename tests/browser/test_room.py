"""In the room: votes, verdicts, who must be there, and numbers that are doubted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.legend import load_parties
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser import room_steps as room
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.browser

Open = Callable[..., "Any"]


def test_votes_and_verdict_of_a_table_stay_and_stand_in_the_list(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.click("#kk-tab-chances")
    ids = room.matches(frames)["match_id"]
    room.say(page, 1, votes=3, verdict="confirm")
    page.click("#kk-vote-less")
    assert opened.text("#kk-votes") == "2"
    room.say(page, 0, votes=1, verdict="reject")
    page.click("#kk-vote-less")
    assert page.locator("#kk-vote-less").is_disabled()
    page.click(".room-more summary")
    page.fill("#kk-comment", "Te duur, zegt de 🌱 kas")
    page.fill("#kk-next_step", "Offerte vragen")
    page.fill("#kk-owner", "Jan")
    page.fill("#kk-due", "2027-01-31")
    page.keyboard.press("Tab")
    marks = [opened.text(f"#kk-chances-{place} .room-mark") for place in (0, 1)]
    assert marks == [", afgewezen", "2 , 2 stemmen, bevestigd"]
    kept = {row["match"]: row for row in page.evaluate(room.STORED)["own"]["matches"]}
    assert set(kept) == {ids[0], ids[1]}
    assert (kept[ids[1]]["votes"], kept[ids[1]]["verdict"]) == (2, "confirm")
    said = [kept[ids[0]][key] for key in ("votes", "verdict", "comment", "next_step", "owner", "due")]
    assert said == [0, "reject", "Te duur, zegt de 🌱 kas", "Offerte vragen", "Jan", "2027-01-31"]
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    room.choose(page, 0)
    assert page.input_value("#kk-owner") == "Jan"
    assert page.locator("label[data-verdict=reject] input").is_checked()
    page.click("label[data-verdict=open]")
    for field in ("comment", "next_step", "owner", "due"):
        page.fill(f"#kk-{field}", "")
    page.keyboard.press("Tab")
    # A row that says nothing any more is no row.
    assert [row["match"] for row in page.evaluate(room.STORED)["own"]["matches"]] == [ids[1]]
    assert opened.faults == []
    assert opened.requests == []


def test_list_is_narrowed_and_sorted_by_what_the_room_said(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    ids = room.matches(frames)["match_id"].tolist()
    room.say(page, 5, votes=2, verdict="confirm")
    room.say(page, 9, votes=7)
    room.say(page, 2, verdict="reject")
    page.click("#kk-open-room")
    sums = {
        name: opened.text(f".room-sums [data-sum={name}] dd") for name in ("votes", "confirmed", "rejected")
    }
    assert sums == {"votes": "9", "confirmed": "1", "rejected": "1"}
    for choice, expected in (
        ("voted", [5, 9]), ("confirmed", [5]), ("rejected", [2]), ("conflict", []), ("all", range(len(ids)))
    ):  # fmt: skip
        page.select_option("#kk-only", choice)
        assert checks.list_ids(page) == [ids[n] for n in expected]
    page.select_option("#kk-only", "conflict")
    assert "Geen kansen met deze inbreng" in opened.text("#kk-list-note")
    page.click("#kk-tab-streams")
    page.click("#kk-reset")
    assert len(checks.list_ids(page)) == len(ids)
    page.click("label:has(#kk-by-votes)")
    firsts = [opened.text(f"#kk-chances-{place} .rank") for place in range(4)]
    assert firsts == ["10 .", "6 .", "1 .", "2 ."]
    assert opened.text("#kk-list-note") == "De meeste stemmen eerst."
    assert opened.faults == []


def test_who_must_be_at_the_table_follows_the_rules_of_the_catalogue(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page, texts, catalogue = opened.page, load_texts(), load_catalogue()
    sites = frames.sites.set_index("site_id")
    rows = room.matches(frames)
    for stream in rows["stream"].unique():
        rank = int(rows.index[rows["stream"] == stream][0])
        ends = sites.loc[[rows["supply_id"][rank], rows["demand_id"][rank]]]
        towns = list(dict.fromkeys(ends["municipality"]))
        named = {"municipality": towns, "province": list(dict.fromkeys(ends["province"]))}
        expected = ends["name"].tolist()
        for party in load_parties():
            comes = party.always or (party.crossing and len(towns) > 1)
            if comes or party.concerns(catalogue.streams[stream]) or set(party.kinds) & set(ends["kind"]):
                names = " en ".join(named.get(party.named or "", []))
                expected.append(f"{texts(f'map.party_{party.id}')} {names}".strip())
        room.choose(page, rank)
        assert opened.texts(".parties .who") == expected
        # The one rule with a source names it; of all others the line below them speaks.
        sources = [party.source for party in load_parties() if party.source]
        notes = " ".join(opened.texts(".parties .note"))
        named_here = [source for source in sources if f"(bron: {source})" in notes]
        assert bool(named_here) == any(
            texts(f"map.party_{p.id}") in " ".join(expected) for p in load_parties() if p.source
        )
        assert opened.texts(".parties + .note") == [texts("map.parties_estimate")]
    assert opened.faults == []


def test_every_number_of_a_card_can_be_doubted(frames: Frames, rich: Frames, open_map: Open) -> None:
    opened = open_map(rich)
    page = opened.page
    row = room.matches(rich).iloc[1]
    room.choose(page, 1)
    # Every line of the card that shows a number, has the button; names of places and of blocks aside.
    bare = """() => [...document.querySelectorAll('.facts dd, #kk-card table.sums tbody tr, .card-body p')]
        .filter((e) => !e.closest('.room, .doubt-form, .year, .pair') && !e.querySelector('.doubt'))
        .map((e) => e.textContent.replace(/R\\d|\\(\\d{4}\\)|(\\p{L}+ )+\\d+ (krijgt|wordt)/gu, ''))
        .filter((text) => /\\d/.test(text))"""
    assert page.evaluate(bare) == []
    shown = opened.text(".facts > div:nth-child(2) dd")
    page.click(".doubt[data-number=distance]")
    assert page.evaluate("document.activeElement.id") == "kk-doubt"
    page.keyboard.press("Escape")
    assert page.locator(".doubt-form").count() == 0
    assert page.locator("#kk-card").is_visible()
    assert page.evaluate("document.activeElement.dataset.number") == "distance"
    page.keyboard.press("Enter")
    page.fill("#kk-doubt", "Er ligt een kanaal tussen")
    page.click(".doubt-form .room-do")
    assert page.locator(".doubt[data-number=distance]").get_attribute("class") == "doubt on"
    (doubt,) = page.evaluate(room.STORED)["own"]["doubts"]
    assert doubt["match"] == row["match_id"]
    assert (doubt["site"], doubt["number"], doubt["comment"]) == (
        None,
        "distance",
        "Er ligt een kanaal tussen",
    )
    assert " ".join(doubt["shown"].split()) == shown
    page.click(".pair .site-button >> nth=0")
    assert page.evaluate(bare) == []
    stream = row["stream"]
    page.click(f'.doubt[data-number="supply|{stream}|free"]')
    page.fill("#kk-doubt", "Dat was vóór de sluiting")
    page.click(".doubt-form .room-do")
    doubts = page.evaluate(room.STORED)["own"]["doubts"]
    assert doubts[1]["site"] == row["supply_id"]
    assert doubts[1]["shown"].startswith("Vrij: ")
    assert "per jaar" in doubts[1]["shown"]
    page.click(f'.doubt[data-number="supply|{stream}|free"]')
    assert page.input_value("#kk-doubt") == "Dat was vóór de sluiting"
    page.click(".doubt-form >> text=Verwijderen")
    assert len(page.evaluate(room.STORED)["own"]["doubts"]) == 1
    page.click("#kk-undo")
    assert len(page.evaluate(room.STORED)["own"]["doubts"]) == 2
    assert page.locator(f'.doubt[data-number="supply|{stream}|free"]').get_attribute("class") == "doubt on"
    page.click("#kk-open-room")
    page.click(".room-doubts summary")
    page.click(".room-doubts button >> nth=0")
    assert page.evaluate("kansenkaart.page.state.chosen") == {"kind": "match", "id": 1}
    assert opened.faults == []


def test_what_an_earlier_workshop_confirmed_stands_in_the_card(frames: Frames, open_map: Open) -> None:
    found = frames.matches.copy()
    ids = room.matches(frames)["match_id"]
    found["decision"] = np.where(found["match_id"] == ids[1], "confirmed", None)
    found["decision"] = found["decision"].astype("str").where(found["match_id"] == ids[1])
    opened = open_map(replace(frames, matches=found))
    room.choose(opened.page, 1)
    assert "eerdere werksessie" in opened.text("#kk-room")
    room.choose(opened.page, 0)
    assert "eerdere werksessie" not in opened.text("#kk-room")


def test_axe_finds_nothing_in_any_state_of_the_room(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames, options={"reduced_motion": "reduce"})
    page = opened.page
    file = room.write(tmp_path / "tafel.json", room.ballot_of(frames))
    broken = room.write(tmp_path / "kapot.json", "{")

    def hide() -> None:
        page.evaluate("kansenkaart.page.actions.choose({ kind: 'site', id: 8 })")
        page.click(".room-hide")

    visits: list[tuple[str, Callable[[], Any]]] = [
        ("#kk-card", lambda: room.say(page, 0, votes=2, verdict="confirm")),
        ("#kk-card", lambda: page.click(".room-more summary")),
        ("#kk-card", lambda: page.click(".doubt[data-number=net] >> nth=0")),
        ("#kk-card", lambda: page.click(".doubt[data-number=benefit]")),
        ("#kk-drawer", lambda: page.click("#kk-open-missing")),
        ("#kk-drawer", lambda: page.click(".firm-form .room-do")),
        ("#kk-drawer", lambda: page.click("#kk-pick")),
        ("#kk-area", lambda: page.keyboard.press("Enter")),
        ("#kk-area", hide),
        ("#kk-drawer", lambda: room.read_in(page, file, broken)),
        ("#kk-drawer", lambda: page.click(".room-hidden summary")),
        ("#kk-drawer", lambda: page.click(".room-doubts summary")),
        ("#kk-drawer", lambda: page.click("#kk-empty")),
        ("#kk", lambda: room.choose(page, 0)),
    ]
    for within, visit in visits:
        visit()
        assert axe_findings(page, within) == []
    assert opened.faults == []


@pytest.mark.parametrize("size", [(320, 640), (683, 384)])
def test_small_screens_keep_everything_in_reach(
    frames: Frames, open_map: Open, size: tuple[int, int], tmp_path: Path
) -> None:
    opened = open_map(frames, size=size)
    page = opened.page

    def check() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        small = """() => [...document.querySelectorAll('.room button, .doubt, .room-drawer button, .missing button')]
            .filter((e) => e.offsetParent && (e.offsetWidth < 24 || e.offsetHeight < 32)).map((e) => e.outerHTML)"""
        assert page.evaluate(small) == []
        wide = """(width) => [...document.querySelectorAll('#kk-card *, #kk-drawer *')]
            .filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest('.spoken'))
            .map((e) => e.className)"""
        assert page.evaluate(wide, size[0]) == []

    room.say(page, 0, votes=1)
    check()
    page.locator(".doubt[data-number=net] >> nth=0").click()
    check()
    page.click("#kk-card .close")
    page.click("#kk-open-room")
    check()
    page.click("#kk-drawer .close")
    page.click("#kk-open-missing")
    check()
    page.fill("#kk-firm-name", "Bakkerij")
    page.click("#kk-pick")
    box = page.locator("#map_kansenkaart").bounding_box()
    strip = page.locator("#kk-drawer").bounding_box()
    assert strip["height"] < box["height"] * 0.7
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
    page.click(".firm-form .room-do")
    check()
    assert len(page.evaluate(room.STORED)["own"]["missing"]) == 1
    assert opened.faults == []
