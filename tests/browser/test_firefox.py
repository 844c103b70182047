"""The same smoke test in a real Firefox: opened from disk without network, used, and deaf to evil text."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from kansenkaart.workshop.ballots import read_ballot
from tests.browser import checks
from tests.browser import room_steps as room
from tests.browser.firefox import DOWN, ENTER, ESCAPE, LEFT, run_firefox
from tests.browser.pages import at_all
from tests.maps.poisoned import poison

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
pytestmark = pytest.mark.firefox

READY = "document.querySelector('#kk[data-phase=ready]') !== null"
# The totals of every stream in the legend.
LEGEND = """[...document.querySelectorAll("input[data-stream]")].map((input) =>
  [input.dataset.stream, input.parentElement.querySelector(".sums").textContent.replace(/\\s+/gu, " ").trim()])"""
# How many pixels of every layer of the map have paint.
PAINTED = """Object.fromEntries(["land", "lines", "places", "focus"].map((name) => {
  const { canvas } = kansenkaart.page.layers[name]._ctx;
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [name, data.reduce((sum, value, n) => sum + (n % 4 === 3 && value > 40), 0)]; }))"""
# Everything a page without the map's policy may do and the client must see.
LOUD = """<!doctype html><title>luid</title><img src="https://example.org/x.png"><script>
console.error("fout"); console.warn("let op"); setTimeout(() => { throw new Error("gegooid"); });</script>"""


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Return one Firefox for all tests of this file."""
    with run_firefox(FIREFOX, tmp_path_factory.mktemp("firefox")) as running:
        yield running


@pytest.fixture(scope="module")
def opened(firefox: Any, frames: Frames, saved: Callable[..., Path]) -> Any:
    """Return the map, opened from disk once and ready."""
    page = firefox.open(f"file://{saved(frames)}{at_all()}")
    page.wait_for(READY)
    return page


@pytest.fixture
def fresh(opened: Any) -> Iterator[Any]:
    """Return the map with nothing chosen or narrowed; afterwards it must not have complained or asked."""
    opened.evaluate("kansenkaart.page.actions.reset()")
    opened.evaluate("kansenkaart.page.actions.choose(null)")
    opened.evaluate("kansenkaart.page.actions.set({ tab: 'streams' })")
    yield opened
    opened.settle()
    assert opened.faults == []
    assert opened.requests == []


def check_shown(page: Any, frames: Frames, **choice: object) -> None:
    """Compare list, count and the totals of the legend with what the frames say."""
    found = checks.chances(frames, **choice)
    assert checks.list_ids(page) == found["match_id"].tolist()
    number = load_texts().number
    drawn = f"{min(300, len(found))} van {number(len(found), 9)} kansen getekend"
    assert page.texts("#kk-count") == [drawn]
    shown = dict(page.evaluate(LEGEND))
    for stream in frames.matches["stream"].unique():
        assert shown[stream] == checks.sums(found[found["stream"] == stream]), stream


def wait_for_file(folder: Path, seconds: float = 180) -> Path:
    """Return the one file that was downloaded, when it is whole."""
    until = time.monotonic() + seconds
    # What is still coming in has a second file beside it.
    while not (found := list(folder.iterdir())) or any(file.suffix == ".part" for file in found):
        assert time.monotonic() < until, f"no file in {seconds} s"
        time.sleep(0.05)
    assert len(found) == 1
    return found[0]


def test_opens_from_disk_with_what_the_frames_say(frames: Frames, fresh: Any) -> None:
    assert "Firefox/" in fresh.evaluate("navigator.userAgent")
    assert fresh.evaluate("location.protocol") == "file:"
    assert fresh.evaluate("document.title") == "Kansenkaart proefregio"
    check_shown(fresh, frames)
    painted = fresh.evaluate(PAINTED)
    assert min(painted[layer] for layer in ("land", "lines", "places")) > 1_000
    assert painted["focus"] == 0  # nothing is chosen


def test_a_step_of_the_distance_changes_the_totals(frames: Frames, fresh: Any) -> None:
    fresh.click("#kk-distance")  # the middle: 25 or 30 km
    middle = fresh.evaluate("kansenkaart.page.state.km")
    check_shown(fresh, frames, km=middle)
    fresh.press(LEFT)
    step = fresh.evaluate("kansenkaart.page.state.km")
    assert step < middle
    assert fresh.texts('output[for="kk-distance"]') == [f"{load_texts().number(step)} km"]
    assert len(checks.chances(frames, km=step)) < len(checks.chances(frames, km=middle))
    check_shown(fresh, frames, km=step)


def test_search_finds_a_place_and_its_chances(frames: Frames, fresh: Any) -> None:
    best = frames.matches.sort_values("rank").iloc[-1]
    name = frames.sites.set_index("site_id")["name"][best["supply_id"]]
    found = checks.chances(frames, query=name)
    assert 0 < len(found) < len(frames.matches)
    fresh.click("#kk-tab-chances")
    fresh.click("#kk-search")
    fresh.press(name)
    fresh.wait_for(f"kansenkaart.page.result.list.length === {len(found)}")
    check_shown(fresh, frames, query=name)
    assert any(name in row for row in fresh.texts("#kk-chances .item"))


def test_a_row_by_hand_or_key_and_a_line_open_their_card(frames: Frames, fresh: Any) -> None:
    rows = frames.matches.sort_values("rank").reset_index(drop=True)
    names = frames.sites.set_index("site_id")["name"]

    def check_card(number: int) -> None:
        assert fresh.evaluate("kansenkaart.page.state.chosen") == {"kind": "match", "id": number}
        card = fresh.texts("#kk-card")[0]
        row = rows.loc[number]
        assert names[row["supply_id"]] in card
        assert names[row["demand_id"]] in card
        assert row["reason"] in card

    fresh.click("#kk-tab-chances")
    fresh.click("#kk-chances-1")
    check_card(1)
    fresh.press(ESCAPE)
    assert fresh.evaluate("document.getElementById('kk-card').hidden")
    fresh.evaluate("document.getElementById('kk-chances').focus()")
    fresh.press(DOWN + ENTER)
    check_card(2)
    fresh.press(ESCAPE)
    at = fresh.evaluate(checks.LINE, "match")
    fresh.click_at(at["left"], at["top"])
    check_card(at["id"])


def test_a_vote_is_kept_and_comes_home_in_a_file(frames: Frames, fresh: Any, firefox: Any) -> None:
    chance = room.matches(frames)["match_id"][1]
    fresh.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 1 })")
    fresh.click("#kk-vote-more")
    fresh.click("#kk-vote-more")
    fresh.click("label[data-verdict=confirm]")
    fresh.reload()
    fresh.wait_for(READY)
    fresh.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 1 })")
    assert fresh.texts("#kk-votes") == ["2"]
    fresh.click("#kk-open-room")
    assert fresh.texts("[data-sum=votes] dd") == ["2"]
    fresh.click("#kk-export")
    ballot = read_ballot(wait_for_file(firefox.downloads))
    assert [(row.match, row.votes, row.verdict) for row in ballot.matches] == [(chance, 2, "confirm")]
    assert ballot.map.id == "0123456789ab"
    fresh.press(ESCAPE)


def test_evil_text_stays_text(firefox: Any, frames: Frames, saved: Callable[..., Path]) -> None:
    evil = poison(frames, room.EVIL)
    page = firefox.open(f"file://{saved(evil, title=room.EVIL, question=room.EVIL)}")
    page.wait_for(READY)
    page.click("#kk-tab-chances")
    page.click("#kk-chances-0")
    page.click(".pair .site-button")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'link', id: 0 })")
    page.click("#kk-tab-gaps")
    for drawer in ("present", "room", "missing", "sankey", "table", "whatif", "picture"):
        page.click(f"#kk-open-{drawer}")
    page.press(ESCAPE)
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    assert page.evaluate("window.evil ?? null") is None
    assert page.evaluate("document.querySelectorAll('img[src=x]').length") == 0
    for place in ("h1", ".question", "#kk-card"):
        assert "<script>window.evil=1</script>" in page.texts(place)[0]
        assert "{{ 7*7 }}" in page.texts(place)[0]
    page.settle()
    assert page.faults == []
    # What the page's policy refuses is heard too.
    assert page.evaluate("fetch('https://example.org/x').then(() => true, () => false)") is False
    page.wait_for_faults(1)
    assert page.requests == []
    assert len(page.faults) == 1
    assert "blocked the loading of a resource (connect-src) at https://example.org/x" in page.faults[0]


def test_a_page_that_asks_and_complains_is_heard(firefox: Any, tmp_path: Path) -> None:
    """The tests above can fail: what they say did not happen is seen when it does."""
    (tmp_path / "luid.html").write_text(LOUD, "utf-8")
    page = firefox.open(f"file://{tmp_path / 'luid.html'}")
    page.wait_for("document.images[0].complete")
    assert page.evaluate("document.images[0].naturalWidth") == 0
    # Whether it tries again what was refused is up to the browser.
    assert set(page.requests) == {"https://example.org/x.png"}
    page.wait_for_faults(3)
    assert {"fout", "let op", "Error: gegooid"} <= set(page.faults)
