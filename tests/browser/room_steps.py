"""How a test speaks for a room: votes, files, and what a table kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from kansenkaart.tables import Frames

EVIL = (
    "<script>window.evil=1</script><img src=x onerror=window.evil=2>${window.evil=3}`{{ 7*7 }}{% raw %}"
    "'\"\u2028\u202e&lt;"
)
# What the page keeps of the map that the tests draw.
STORED = "JSON.parse(localStorage.getItem('kansenkaart-inbreng-0123456789ab'))"


def matches(frames: Frames) -> Any:
    """Return the chances, the best first."""
    return frames.matches.sort_values("rank").reset_index(drop=True)


def choose(page: Page, rank: int) -> None:
    """Choose the chance at place `rank` (from 0) of the list."""
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'match', id })", rank)


def say(page: Page, rank: int, *, votes: int = 0, verdict: str = "") -> None:
    choose(page, rank)
    for _ in range(votes):
        page.click("#kk-vote-more")
    if verdict:
        page.click(f"label[data-verdict={verdict}]")


def export(page: Page, path: Path) -> dict[str, Any]:
    """Save the ballot as the table does, and return what stands in the file."""
    if page.locator("#kk-drawer[data-drawer=room]").count() == 0:
        page.click("#kk-open-room")
    with page.expect_download() as caught:
        page.click("#kk-export")
    caught.value.save_as(path)
    ballot: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return ballot


def read_in(page: Page, *files: Path) -> None:
    if page.locator("#kk-drawer[data-drawer=room]").count() == 0:
        page.click("#kk-open-room")
    page.locator(".room-report").evaluate("(element) => element.replaceChildren()")
    page.set_input_files("#kk-import", [str(file) for file in files])
    page.wait_for_function(
        "(count) => document.querySelectorAll('.room-report p').length === count", arg=len(files)
    )


def ballot_of(frames: Frames, **changes: Any) -> dict[str, Any]:
    """Return the file of another table: two chances, a doubt and a firm."""
    ids = matches(frames)["match_id"]
    moment = "2026-11-21T14:00:00.000Z"
    row = {"comment": "", "next_step": "", "owner": "", "due": None, "changed": moment}
    return {
        "schema": "kansenkaart-ballot",
        "version": 1,
        "map": {"id": "0123456789ab", "title": "Kansenkaart proefregio"},
        "ballot": "11111111-2222-4333-8444-555555555555",
        "table": "Tafel 7",
        "saved": moment,
        "matches": [
            {"match": ids[0], "votes": 4, "verdict": "reject", **row},
            {"match": ids[3], "votes": 9, "verdict": "confirm", **row, "comment": "Vooral doen"},
        ],
        "doubts": [
            {
                "id": "d1", "match": None, "site": frames.sites["site_id"].iloc[0], "number": "precision",
                "shown": "1 km", "comment": "Ze zijn verhuisd", "changed": moment,
            }
        ],
        "missing": [
            {
                "id": "m1", "name": "Bakkerij Vooruit", "stream": "co2", "role": "demand", "quantity": 12.5,
                "unit": "t", "x": 121000.0, "y": 487000.0, "comment": "", "changed": moment,
            }
        ],
        **changes,
    }  # fmt: skip


def write(path: Path, ballot: object) -> Path:
    path.write_text(ballot if isinstance(ballot, str) else json.dumps(ballot), "utf-8")
    return path
