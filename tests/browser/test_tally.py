"""Several tables on one beamer, a round with a clock, and a doubt that is kept as typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kansenkaart.tables import Frames
from tests.browser import room_steps as room

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


def test_the_state_of_all_tables_stands_beside_the_map(
    frames: Frames, open_map: Open, tmp_path: Path
) -> None:
    opened = open_map(frames)
    page = opened.page
    names = room.matches(frames)
    tables = [room.ballot_of(frames)]
    rows = [{**tables[0]["matches"][1], "match": names["match_id"][n], "votes": 2} for n in (3, 5)]
    tables.append({**tables[0], "ballot": "2" * 8, "table": "Tafel 8", "matches": rows, "missing": []})
    files = [room.write(tmp_path / f"{n}.json", table) for n, table in enumerate(tables)]
    room.read_in(page, *files)
    page.click("#kk-tally")
    assert opened.text("#kk-scene-title") == "De stand in de zaal"
    assert opened.text(".story").startswith("Van 2 tafels samen.")
    # Most votes first, with what the tables decided; the map shows these and no other.
    assert [text.split(" ")[0] for text in opened.texts(".tally li")] == ["11", "4", "2"]
    assert "2 tafels bevestigen" in opened.texts(".tally li")[0]
    assert "1 tafel wijst af" in opened.texts(".tally li")[1]
    assert page.evaluate("[...kansenkaart.page.result.list]") == [0, 3, 5]
    assert opened.text(".present-body [data-sum=votes] dd") == "17"
    for step in ("#kk-scene-back", "#kk-scene-next", "#kk-scene-count"):
        assert page.locator(step).is_hidden()
    page.fill("#kk-minutes", "5")
    page.click("#kk-round")
    assert re.fullmatch(r"[45]:\d\d", opened.text(".round output"))
    page.click("#kk-present-stop")
    assert page.evaluate("kansenkaart.page.state.room") == "all"
    assert opened.faults == []
    assert opened.requests == []


def test_a_doubt_is_kept_as_it_is_typed(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    room.choose(page, 0)
    page.locator("#kk-card .doubt").first.click()
    page.fill("#kk-doubt", "Dit is\nhet dubbele")
    page.evaluate("kansenkaart.page.actions.choose(null)")
    page.wait_for_function(f"() => {room.STORED}?.own.doubts.length === 1")
    (doubt,) = page.evaluate(f"{room.STORED}.own.doubts")
    assert doubt["comment"] == "Dit is\nhet dubbele"
    # It is there again, and what is typed over it can be taken back.
    room.choose(page, 0)
    page.locator("#kk-card .doubt").first.click()
    assert page.input_value("#kk-doubt") == "Dit is\nhet dubbele"
    page.fill("#kk-doubt", "anders")
    page.click(".doubt-form >> text=Annuleren")
    assert page.evaluate(f"{room.STORED}.own.doubts[0].comment") == "Dit is\nhet dubbele"
    assert opened.faults == []
