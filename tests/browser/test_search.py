"""Searching a town, a municipality or a place by name: the map goes there and marks it, with the keyboard too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyproj import Transformer

from kansenkaart.tables import Frames
from tests.browser import checks
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.browser

WHERE = """() => { const { map, state } = kansenkaart.page; const { lat, lng } = map.getCenter();
  return { lat, lng, zoom: map.getZoom(), chosen: state.chosen, spot: state.spot?.name ?? null }; }"""
# Words and discs on the sheet of what is chosen, painted anew.
FOCUS = """() => {
  const { layers: { focus } } = kansenkaart.page;
  const found = [];
  const own = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    found.push(String(text));
    return own.call(this, text, ...rest);
  };
  focus.redraw();
  CanvasRenderingContext2D.prototype.fillText = own;
  return found;
}"""
# RD New of the town halls, from a map.
TOWNS = {"Heiloo": (109_500, 512_800), "Purmerend": (125_000, 502_000), "Den Helder": (113_500, 552_000)}


@pytest.fixture(scope="module")
def opened(shared_map: Callable[..., Any], frames: Frames) -> Any:
    """Return the map, open for the whole module."""
    return shared_map(frames)


@pytest.fixture(autouse=True)
def _afresh(opened: Any) -> Iterator[None]:
    yield
    opened.page.evaluate("kansenkaart.page.actions.choose(null)")
    opened.page.evaluate("kansenkaart.page.actions.reset()")
    opened.page.evaluate("kansenkaart.page.actions.set({ tab: 'streams' })")
    opened.page.evaluate("kansenkaart.page.actions.fit()")
    assert opened.requests == []
    assert opened.faults == []


@pytest.mark.parametrize("town", TOWNS)
def test_a_town_is_found_marked_and_brought_near(opened: Any, frames: Frames, town: str) -> None:
    page, to_degrees = opened.page, Transformer.from_crs(28992, 4326)
    page.fill("#kk-search", town.upper())
    assert opened.text("#kk-found button").startswith(town)
    page.keyboard.press("Enter")
    seen = page.evaluate(WHERE)
    lat, lng = to_degrees.transform(*TOWNS[town])
    assert seen["lat"] == pytest.approx(lat, abs=0.03)
    assert seen["lng"] == pytest.approx(lng, abs=0.04)
    assert seen["zoom"] >= 11
    assert seen["spot"] == town
    assert town in page.evaluate(FOCUS)
    # A place to look at narrows nothing down.
    assert page.input_value("#kk-search") == ""
    checks.check_shown(opened, frames)
    page.keyboard.press("Escape")
    assert page.evaluate(WHERE)["spot"] is None
    assert town not in page.evaluate(FOCUS)


@pytest.mark.parametrize("written", ["1811", "1811 kj", "1811KJ"])
def test_a_postcode_is_found_with_and_without_its_letters(opened: Any, written: str) -> None:
    page, to_degrees = opened.page, Transformer.from_crs(28992, 4326)
    page.fill("#kk-search", written)
    assert opened.texts("#kk-found button")[0] == "1811 postcode"
    page.keyboard.press("Enter")
    seen = page.evaluate(WHERE)
    # The middle of Alkmaar.
    lat, lng = to_degrees.transform(111_700, 516_100)
    assert (seen["lat"], seen["lng"]) == (pytest.approx(lat, abs=0.01), pytest.approx(lng, abs=0.015))
    assert seen["zoom"] >= 12
    page.fill("#kk-search", "0000")
    assert page.locator("#kk-found").is_hidden()


def test_a_municipality_is_shown_whole(opened: Any) -> None:
    page = opened.page
    page.fill("#kk-search", "hollands kroon")
    button = page.locator("#kk-found button", has_text="gemeente").first
    assert button.inner_text().startswith("Hollands Kroon")
    button.click()
    assert page.evaluate(WHERE)["zoom"] == pytest.approx(10.5, abs=0.8)


def test_a_place_with_chances_is_found_by_name_and_opens(opened: Any, frames: Frames) -> None:
    page = opened.page
    site = frames.sites.set_index("site_id").loc[frames.matches.sort_values("rank")["supply_id"].iloc[5]]
    page.fill("#kk-search", site["name"])
    page.locator("#kk-found .site-button", has_text=site["name"]).first.click()
    assert opened.text("#kk-card-title") == site["name"]
    # A mark of before is gone once something else is chosen.
    page.fill("#kk-search", "heiloo")
    page.keyboard.press("Enter")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 0 })")
    assert page.evaluate(WHERE)["spot"] is None


def test_arrows_walk_from_the_field_through_what_is_found(opened: Any) -> None:
    page = opened.page
    page.fill("#kk-search", "ha")
    found = opened.texts("#kk-found button")
    assert len(found) > 2
    focused = "document.activeElement.innerText?.replace(/\\s+/g, ' ').trim()"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == found[0]
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == found[1]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "kk-search"


def test_what_begins_with_the_words_comes_first_and_nonsense_finds_nothing(opened: Any) -> None:
    page = opened.page
    page.fill("#kk-search", "haarlem")
    assert [text.split(" ")[0] for text in opened.texts("#kk-found button")[:2]] == ["Haarlem", "Haarlem"]
    page.fill("#kk-search", "qqqq")
    assert page.locator("#kk-found").is_hidden()
    # A number of a road is no place.
    page.fill("#kk-search", "a9")
    assert not any(text.startswith("A9") for text in opened.texts("#kk-found button"))


def test_axe_finds_nothing_in_what_is_found(opened: Any) -> None:
    opened.page.fill("#kk-search", "am")
    opened.settle()
    assert axe_findings(opened.page, "#kk-panel") == []
