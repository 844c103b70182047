"""A click on several things at once: a small list to choose from, and none where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kansenkaart.tables import Frames
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.browser

Open = Callable[..., Any]

SPOT = """(s) => { const { map, layers: { painted, places: { view } } } = kansenkaart.page;
  const box = map.getContainer().getBoundingClientRect();
  const { x, y } = painted.places.find((place) => place.s === s);
  const at = map.layerPointToContainerPoint([x + view.offset.x, y + view.offset.y]);
  return [box.left + at.x, box.top + at.y]; }"""


@pytest.fixture(scope="module")
def stacked(frames: Frames) -> tuple[Frames, list[int]]:
    """Return the region with the ends of the best chance on one spot, and their numbers."""
    sites = frames.sites.copy()
    best = frames.matches.sort_values("rank").iloc[0]
    pair = [sites["site_id"].tolist().index(best[side]) for side in ("supply_id", "demand_id")]
    sites.loc[sites.index[pair[1]], "geometry"] = sites.geometry.iloc[pair[0]]
    return replace(frames, sites=sites), pair


def test_places_on_one_spot_give_a_list_for_mouse_and_keyboard(
    stacked: tuple[Frames, list[int]], open_map: Open
) -> None:
    frames, pair = stacked
    opened = open_map(frames, link="#kaart=13.00/52.5/4.9")
    page = opened.page
    names = [frames.sites["name"].iloc[s] for s in pair]
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'site', id })", pair[0])
    page.evaluate("kansenkaart.page.actions.choose(null)")
    page.mouse.click(*page.evaluate(SPOT, pair[0]))
    assert page.locator("#kk-card").is_hidden()
    found = opened.texts("#kk-choose button")
    assert {text for text in found for name in names if text.startswith(name)} >= {
        text for text in found if any(text.startswith(name) for name in names)
    }
    assert all(any(text.startswith(name) for text in found) for name in names)
    assert axe_findings(page, "#kk-choose") == []
    # The first has the focus; the second is one Tab away.
    page.keyboard.press("Tab")
    second = page.evaluate("document.activeElement.querySelector('strong').innerText")
    page.keyboard.press("Enter")
    assert opened.text("#kk-card-title") == second
    assert page.locator("#kk-choose").count() == 0
    assert opened.faults == []


def test_the_list_goes_with_escape_and_when_the_map_moves(
    stacked: tuple[Frames, list[int]], open_map: Open
) -> None:
    frames, pair = stacked
    page = open_map(frames, link="#kaart=13.00/52.5/4.9").page
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'site', id })", pair[0])
    page.evaluate("kansenkaart.page.actions.choose(null)")
    page.mouse.click(*page.evaluate(SPOT, pair[0]))
    assert page.locator("#kk-choose").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#kk-choose").count() == 0
    assert page.evaluate("document.activeElement.id") == "map_kansenkaart"
    page.mouse.click(*page.evaluate(SPOT, pair[0]))
    assert page.locator("#kk-choose").is_visible()
    page.evaluate("kansenkaart.page.map.panBy([50, 0], { animate: false })")
    assert page.locator("#kk-choose").count() == 0


def test_one_place_opens_at_once(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, link="#kaart=13.00/52.5/4.9")
    page = opened.page
    site = frames.sites["site_id"].tolist().index(frames.matches.sort_values("rank")["supply_id"].iloc[0])
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'site', id })", site)
    page.evaluate("kansenkaart.page.actions.choose(null)")
    page.mouse.click(*page.evaluate(SPOT, site))
    assert page.locator("#kk-choose").count() == 0
    assert opened.text("#kk-card-title") == frames.sites["name"].iloc[site]
