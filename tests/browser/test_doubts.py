"""A number is doubted where it stands: in the list of what is left, and in the card of a delivery."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kansenkaart.tables import Frames
from kansenkaart.workshop.ballots import read_ballot
from tests.browser import room_steps as room
from tests.browser.axe import axe_findings
from tests.maps.poisoned import poison

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]
STATED = "() => JSON.parse(localStorage.getItem('kansenkaart-inbreng-0123456789ab')).own.doubts"


@pytest.fixture(scope="module")
def opened(shared_map: Open, frames: Frames) -> object:
    """Return one page for all tests of this module."""
    return shared_map(frames)


def write(page: object, words: str) -> None:
    page.fill("#kk-doubt", words)
    page.click(".doubt-form [type=submit]")


def test_a_row_of_what_is_left_opens_the_form_beside_its_number(frames: Frames, opened: object) -> None:
    page = opened.page
    page.click("#kk-tab-gaps")
    page.click("#kk-gaps-2 .doubt")
    flow = page.evaluate("kansenkaart.page.gaps[2].flow")
    row = frames.flows.iloc[flow]
    assert page.evaluate("document.activeElement.id") == "kk-doubt"
    write(page, "Dit ging vorig jaar weg")
    (doubt,) = page.evaluate(STATED)
    number = f"{row['role']}|{row['stream']}|left_{row['role']}"
    assert (doubt["match"], doubt["site"], doubt["number"]) == (None, row["site_id"], number)
    assert doubt["comment"] == "Dit ging vorig jaar weg"
    assert doubt["shown"].startswith("Blijft over: ")
    assert page.locator("#kk-gaps-2 .doubt.on").count() == 1
    assert "U twijfelt aan dit getal" in page.inner_text("#kk-gaps-2")
    assert page.locator("#kk-gaps .doubt.on").count() == 1
    page.keyboard.press("Escape")
    # By key the row opens the card, and the same button stands there.
    page.focus("#kk-gaps")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    own = page.evaluate("kansenkaart.page.gaps[0].flow")
    role, stream = frames.flows.iloc[own][["role", "stream"]]
    assert page.locator(f"#kk-card .doubt[data-number='{role}|{stream}|left_{role}']").count() == 1
    page.evaluate("kansenkaart.page.actions.choose(null)")
    assert opened.faults == []


def test_every_number_of_a_delivery_is_doubted_and_found_again(
    frames: Frames, opened: object, tmp_path: Path
) -> None:
    page = opened.page
    link = frames.links.iloc[3]
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'link', id: 3 })")
    numbers = page.evaluate(
        "[...document.querySelectorAll('#kk-card .doubt')].map((one) => one.dataset.number)"
    )
    assert numbers == [f"link|{link['link_id']}|{what}" for what in ("quantity", "from", "until", "reason")]
    page.click("#kk-card .doubt[data-number$=until]")
    write(page, "Loopt weer sinds 2023")
    assert axe_findings(page, "#kk-card") == []
    page.evaluate("kansenkaart.page.actions.choose(null)")
    ballot = room.export(page, tmp_path / "tafel.json")
    doubt = next(one for one in ballot["doubts"] if one["number"].startswith("link|"))
    assert (doubt["match"], doubt["site"]) == (None, link["supply_id"])
    assert doubt["number"] == f"link|{link['link_id']}|until"
    assert "2020" in doubt["shown"]
    assert read_ballot(tmp_path / "tafel.json").doubts[-1].number == doubt["number"]
    # In the drawer it bears the names of both ends, and leads back to its card.
    page.click(".room-doubts summary")
    button = page.locator(".room-doubts li", has_text="Loopt weer").locator("button")
    assert button.inner_text() == f"{link['supply_name']} → {link['demand_name']}"
    button.click()
    assert page.evaluate("kansenkaart.page.state.chosen") == {"kind": "link", "id": 3}
    assert page.locator("#kk-card .doubt.on").get_attribute("data-number") == doubt["number"]
    assert opened.faults == []


def test_a_hidden_end_takes_the_doubt_out_of_sight(frames: Frames, opened: object) -> None:
    page = opened.page
    before = page.locator(".room-doubts li").count()
    site = frames.sites["site_id"].tolist().index(frames.links["demand_id"][3])
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'site', id })", site)
    page.click("#kk-card .room-hide")
    assert page.locator(".room-doubts li").count() == before - 1
    assert frames.links["demand_name"][3] not in page.inner_text("#kk-drawer")
    page.click("#kk-undo")
    assert page.locator(".room-doubts li").count() == before
    assert opened.requests == []


def test_a_delivery_with_an_evil_id_is_doubted_like_any_other(frames: Frames, open_map: Open) -> None:
    evil = poison(frames, room.EVIL)
    evil.links["link_id"] = [f"{room.EVIL}|{n}\n|x" for n in range(3)] + ["x" * 3_000]
    opened = open_map(evil)
    page = opened.page
    # What a ballot cannot name is not asked for.
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'link', id: 3 })")
    assert page.locator("#kk-card .doubt").count() == 0
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'link', id: 1 })")
    page.locator("#kk-card .doubt").first.click()
    write(page, room.EVIL)
    (doubt,) = json.loads(json.dumps(page.evaluate(STATED)))
    assert doubt["number"] == f"link|{evil.links['link_id'].iloc[1]}|quantity"
    page.click("#kk-open-room")
    page.click(".room-doubts summary")
    page.locator(".room-doubts button.text").click()
    assert page.evaluate("kansenkaart.page.state.chosen") == {"kind": "link", "id": 1}
    assert page.evaluate("window.evil") is None
    assert opened.faults == []
