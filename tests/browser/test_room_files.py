"""Bringing home: the file of a table, those of other tables, and what is kept on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kansenkaart.errors import DataError
from kansenkaart.tables import Frames
from kansenkaart.workshop.ballots import read_ballot
from tests.browser import room_steps as room
from tests.browser.pages import Pages

pytestmark = pytest.mark.browser

Open = Callable[..., "Any"]


def test_exported_ballot_is_read_by_merge_and_by_another_table(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(frames)
    page = opened.page
    room.say(page, 4, votes=6, verdict="confirm")
    page.click(".room-more summary")
    page.fill("#kk-comment", room.EVIL + "x" * 3_000)
    page.click(".doubt[data-number=net]")
    page.fill("#kk-doubt", "Te hoog")
    page.click(".doubt-form .room-do")
    page.click("#kk-open-missing")
    page.fill("#kk-firm-name", room.EVIL)
    page.click("#kk-pick-centre")
    page.click(".firm-form .room-do")
    page.click("#kk-open-room")
    page.fill("#kk-table", "Tafel Één / “B”")
    page.keyboard.press("Tab")
    path = tmp_path / "tafel.json"
    raw = room.export(page, path)
    ballot = read_ballot(path)
    assert ballot.map.id == "0123456789ab"
    assert ballot.table == "Tafel Één / “B”"
    assert ballot.matches[0].match == room.matches(frames)["match_id"][4]
    assert (ballot.matches[0].votes, ballot.matches[0].verdict) == (6, "confirm")
    assert ballot.matches[0].comment.startswith("<script>window.evil=1")
    assert len(ballot.matches[0].comment) <= 2_000
    assert ballot.doubts[0].number == "net"
    assert ballot.missing[0].name == room.EVIL[:200].strip()
    assert page.evaluate("window.evil") is None
    # The file once more at the table it came from: nothing is counted twice.
    room.read_in(page, path)
    assert "even nieuw of nieuwer" in opened.text(".room-report")
    assert opened.text("[data-sum=votes] dd") == "6"
    # Another table reads it in, twice; a later one of the same table takes its place.
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    room.say(page, 4, votes=1, verdict="reject")
    room.read_in(page, path, path)
    assert opened.text("[data-sum=votes] dd") == "7"
    assert opened.text("[data-sum=conflicts] dd") == "1"
    assert "6 stemmen" in opened.text(".room-others")
    later = tmp_path / "later.json"
    raw["saved"], raw["matches"][0]["votes"] = "2099-01-01T00:00:00.000Z", 2
    room.read_in(page, room.write(later, raw))
    assert opened.text("[data-sum=votes] dd") == "3"
    page.click(".room-tables >> text=Verwijderen")
    assert opened.text("[data-sum=votes] dd") == "1"
    page.click("#kk-undo")
    assert opened.text("[data-sum=votes] dd") == "3"
    page.click("#kk-empty")
    page.click("#kk-empty-yes")
    assert opened.text("[data-sum=votes] dd") == "0"
    page.click("#kk-undo")
    assert opened.text("[data-sum=votes] dd") == "3"
    assert page.evaluate("window.evil") is None
    assert opened.faults == []
    assert opened.requests == []


REFUSED: list[tuple[Any, str]] = [
    ("{", "geen heel bestand"),
    ("[" * 200_000, "geen heel bestand"),
    ("[]", "geen bestand met inbreng"),
    ({"schema": "iets-anders"}, "geen bestand met inbreng"),
    ({"version": 2}, "heeft versie 2; deze kaart leest versie 1"),
    ({"map": {"id": "ffff", "title": "Andere regio"}}, "andere kaart: \"Andere regio\" (run \"ffff\")"),
    ({"ballot": "a b"}, "bij ballot staat \"a b\""),
    ({"saved": "gisteren"}, "bij saved staat \"gisteren\""),
    ({"extra": 1}, "bij extra staat 1"),
    ({"matches": {}}, "bij matches staat {}"),
    ({"matches": [{"match": "x|y|z", "changed": "2026-11-21T14:00:00Z"}]}, "bij matches[1].match"),
    ({"missing": [{"id": "a", "name": "<b>", "stream": "<script>window.evil=1</script>"}]}, "bij missing[1].stream"),
    ({"doubts": [7]}, "bij doubts[1] staat 7"),
    (b" " * 5_000_001, "te groot; hoogstens 5 MB"),
]  # fmt: skip


def test_a_ballot_that_cannot_be_read_is_refused_and_nothing_is_lost(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(frames)
    page = opened.page
    room.say(page, 2, votes=3)
    before = page.evaluate(room.STORED)
    path = tmp_path / "ander.json"
    for change, words in REFUSED:
        if isinstance(change, bytes):
            path.write_bytes(change)
        else:
            room.write(path, change if isinstance(change, str) else room.ballot_of(frames, **change))
        room.read_in(page, path)
        assert words in opened.text(".room-report .refused")
        assert "Er is niets veranderd" in opened.text(".room-report .refused")
        assert page.evaluate(room.STORED) == before
        assert opened.text("[data-sum=votes] dd") == "3"
    assert page.evaluate("window.evil") is None
    assert opened.faults == []


WRONG: list[tuple[tuple[Any, ...], Any]] = [
    (("matches", 0, "votes"), -1), (("matches", 0, "votes"), 10_000), (("matches", 0, "votes"), 1.5),
    (("matches", 0, "votes"), True), (("matches", 0, "verdict"), "maybe"), (("matches", 0, "due"), "2027-02-30"),
    (("matches", 0, "comment"), "x" * 2_001), (("matches", 0, "comment"), None), (("matches", 0, "extra"), 1),
    (("doubts", 0, "id"), ""), (("doubts", 0, "shown"), 5), (("missing", 0, "x"), 400_001.0),
    (("missing", 0, "y"), "487000"), (("missing", 0, "quantity"), -1.0), (("missing", 0, "role"), "both"),
    (("missing", 0, "name"), ""), (("missing", 0, "changed"), "2026-11-21"), (("map", "extra"), 1),
]  # fmt: skip


def test_page_and_merge_refuse_the_same(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    good = room.write(tmp_path / "goed.json", room.ballot_of(frames))
    read_ballot(good)
    room.read_in(opened.page, good)
    assert "erbij gekomen" in opened.text(".room-report p")
    before = opened.page.evaluate(room.STORED)
    for path, value in WRONG:
        ballot: Any = room.ballot_of(frames, saved="2099-01-01T00:00:00Z")
        place = ballot
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        bad = room.write(tmp_path / "fout.json", ballot)
        with pytest.raises(DataError, match=str(path[-1])):
            read_ballot(bad)
        room.read_in(opened.page, bad)
        assert str(path[-1]) in opened.text(".room-report .refused")
        assert opened.page.evaluate(room.STORED) == before
    assert opened.text("[data-sum=votes] dd") == "13"
    assert opened.faults == []


def test_evil_ballot_is_shown_as_text(frames: Frames, open_map: Open, tmp_path: Path) -> None:
    opened = open_map(frames)
    page = opened.page
    ballot = room.ballot_of(frames, table=room.EVIL)
    for row in ballot["matches"]:
        row |= {"comment": room.EVIL, "next_step": room.EVIL, "owner": "O" * 2_000}
    ballot["doubts"][0] |= {"number": room.EVIL, "shown": room.EVIL, "comment": room.EVIL}
    ballot["missing"][0] |= {"name": room.EVIL * 9, "comment": room.EVIL}
    room.read_in(page, room.write(tmp_path / "kwaad.json", ballot))
    page.click(".room-doubts summary")
    room.choose(page, 0)
    page.click("#kk-open-missing")
    assert page.evaluate("window.evil") is None
    assert page.locator("img[src=x]").count() == 0
    assert "{{ 7*7 }}" in opened.text(".room-others")
    assert "{{ 7*7 }}" in opened.text("#kk-firms")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert (
        page.evaluate("Math.max(...[...document.querySelectorAll('#kk-drawer *')].map((e) => e.scrollWidth))")
        <= 420
    )
    assert opened.faults == []


def test_table_goes_on_in_its_own_file_on_another_machine(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(frames)
    page = opened.page
    ballot = room.ballot_of(frames)
    room.read_in(page, room.write(tmp_path / "tafel7.json", ballot))
    page.click("text=Verder in dit bestand")
    assert page.input_value("#kk-table") == "Tafel 7"
    room.say(page, 0, votes=1)
    saved = room.export(page, tmp_path / "verder.json")
    assert saved["ballot"] == ballot["ballot"]
    assert saved["matches"][0]["votes"] == 5
    assert opened.faults == []


def test_refused_storage_is_said_and_the_page_works(
    frames: Frames, open_map: Open, pages: Pages, tmp_path: Path
) -> None:
    opened = open_map(frames)
    pages.keep_alone(opened)
    page = opened.page
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('nee', 'SecurityError'); } })"
    )
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    room.say(page, 0, votes=2)
    assert "Deze browser bewaart niets" in opened.text("#kk-room")
    ballot = room.export(page, tmp_path / "tafel.json")
    assert ballot["matches"][0]["votes"] == 2
    assert "Deze browser bewaart niets" in opened.text(".room-warning")
    assert opened.faults == []


def test_unreadable_storage_is_set_aside(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.evaluate("localStorage.setItem('kansenkaart-inbreng-0123456789ab', '{\"own\": 5')")
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    page.click("#kk-open-room")
    assert "kon niet worden gelezen" in opened.text(".room-warning")
    aside = (
        "Object.entries(localStorage).filter(([key]) => key.includes('onleesbaar')).map(([, text]) => text)"
    )
    assert page.evaluate(aside) == ['{"own": 5']
    assert opened.faults == []


def test_two_maps_keep_their_own(frames: Frames, open_map: Open, draw: Any, tmp_path: Path) -> None:
    opened = open_map(frames)
    page = opened.page
    room.say(page, 0, votes=2)
    page.evaluate("localStorage.setItem('kansenkaart-inbreng-ffff', '{}')")
    page.reload()
    page.wait_for_selector("#kk[data-phase=ready]")
    page.click("#kk-open-room")
    assert opened.text("[data-sum=votes] dd") == "2"


def test_two_windows_of_one_map_say_the_same(frames: Frames, open_map: Open, pages: Pages) -> None:
    opened = open_map(frames)
    pages.keep_alone(opened)
    other = opened.page.context.new_page()
    other.goto(opened.page.url)
    other.wait_for_selector("#kk[data-phase=ready]")
    room.say(other, 2, votes=3)
    opened.page.click("#kk-open-room")
    opened.page.wait_for_function("() => document.querySelector('[data-sum=votes] dd').textContent === '3'")
    room.say(opened.page, 4, votes=1)
    kept = opened.page.evaluate(room.STORED)["own"]["matches"]
    assert [row["votes"] for row in kept] == [3, 1]
    assert opened.faults == []
