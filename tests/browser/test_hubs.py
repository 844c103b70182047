"""Hubs on the page: a sign of their own, a line in the legend, and a card that says what a hub takes and why there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kansenkaart.maps.compose import draw_map
from kansenkaart.pipeline import build
from tests.browser.opened import Opened
from tests.coalitions.region import PLACES, TOML, write_region

pytestmark = pytest.mark.browser

HUB = '[hubs.afval]\nstream = "voedingsreststromen"\nkind = "digester"\non = ["business_park"]\n[[layers]]'
PARKS = (
    ("park", "Park <b>Oost</b>", "business_park", 115_000, 490_000, {}),
    ("ver", "Park West", "business_park", 112_000, 495_000, {}),
)
# How many points of the sheet of places are ink within a sign's reach of the hub.
INK = """() => {
  const { layers: { places }, model } = kansenkaart.page;
  places.redraw();
  const line = kansenkaart.page.layers.painted.lines.find(({ kind, id }) => kind === "link" && model.links[id].facts);
  if (!line) return 0;
  const { ratio } = places.view;
  const { data } = places._ctx.getImageData((line.sx - 9) * ratio, (line.sy - 9) * ratio, 18 * ratio, 18 * ratio);
  let count = 0;
  for (let n = 3; n < data.length; n += 4) count += data[n] > 200 && data[n - 3] < 60;
  return count;
}"""


def _draw(folder: Path, toml: str) -> Path:
    places = [one for one in (*PLACES, *PARKS) if one[0] != "vergist"]
    result = build(write_region(folder / "proef", places, toml))
    draw_map(result.frames, result.loaded, manifest_id="proef").save(folder / "kansenkaart.html")
    return folder / "kansenkaart.html"


def test_a_hub_stands_on_the_map_with_what_it_takes_and_why_there(
    tmp_path: Path, listen: Callable[..., Opened]
) -> None:
    opened = listen()
    page = opened.page
    page.goto(_draw(tmp_path, TOML.replace("[[layers]]", HUB)).as_uri())
    page.wait_for_selector("#kk[data-phase=ready]")
    page.wait_for_function(f"() => ({INK})() > 60")
    page.locator("[data-link=hub]").click()
    page.wait_for_function(f"() => ({INK})() === 0")
    assert "hub" in page.evaluate("location.hash")
    page.locator("[data-link=hub]").click()
    row = page.locator(".links li:has([data-link=hub])").first
    assert row.locator(".count").inner_text() == "1"
    row.locator("summary").click()
    row.locator(".line-button").click()
    card = opened.text("#kk-card")
    for told in (
        "Hub afval-1: 2 plekken brengen",
        "Park <b>Oost</b>",
        "Neemt per jaar",
        "6.000",
        "Blijft over",
    ):
        assert told in card
    assert "Van 2 plekken" in card
    assert "Gemeente een 4.000 (3.800 – 4.200) t; Gemeente twee 2.000 (1.900 – 2.100) t" in card
    assert page.locator("#kk-card b").count() == 0
    assert opened.faults == []


def test_without_hubs_nothing_speaks_of_them(tmp_path: Path, listen: Callable[..., Opened]) -> None:
    opened = listen()
    opened.page.goto(_draw(tmp_path, TOML).as_uri())
    opened.page.wait_for_selector("#kk[data-phase=ready]")
    assert opened.page.locator("[data-link=hub]").count() == 0
    assert opened.page.locator("[data-link=given]").count() == 1
    assert "hub" not in opened.text(".links").lower()
    assert opened.faults == []
