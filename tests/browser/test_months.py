"""The map of one month: what delivers then is drawn, as wide as it delivers; month after month on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kansenkaart.tables import Frames
from tests.browser.opened import Opened
from tests.maps.enriched import enrich

pytestmark = pytest.mark.browser

Open = Callable[..., Opened]

# Every drawn chance with the width of its line, and its part of the largest month by the data, per month.
LINES = """() => {
  const { layers, model: { c } } = kansenkaart.page;
  return layers.painted.lines.filter(({ kind }) => kind === "match").map(({ id, width }) => {
    const shape = c["m.months"][id];
    return { id, width, levels: shape ? [...c.months.slice(shape * 12 - 12, shape * 12)] : null };
  });
}"""

DELIVERING = """(month) => {
  const { result, model: { c } } = kansenkaart.page;
  const delivers = (m) => !c["m.months"][m] || c.months[c["m.months"][m] * 12 - 13 + month] > 0;
  return Array.from(result.drawn).filter(delivers).length;
}"""


def slide(opened: Opened, month: int) -> list[dict]:
    opened.page.locator("#kk-month").evaluate(
        "(slider, month) => { slider.value = month; slider.dispatchEvent(new Event('input')); }", month
    )
    opened.settle()
    return opened.page.evaluate(LINES)


@pytest.fixture
def seasonal(frames: Frames) -> Frames:
    rich = enrich(frames)
    months = rich.match_months
    # Every other chance is silent in July.
    others = set(months["match_id"].drop_duplicates().iloc[::2])
    silent = months["match_id"].isin(others) & (months["month"] == 7)
    return replace(rich, match_months=months.assign(quantity=months["quantity"].mask(silent, 0.0)))


def test_what_delivers_nothing_in_a_month_is_not_drawn(seasonal: Frames, open_map: Open) -> None:
    opened = open_map(seasonal)
    year = {line["id"]: line for line in slide(opened, 0)}
    assert opened.text(".controls output[for=kk-month]") == "heel het jaar"
    by_month = [one for one in year.values() if one["levels"]]
    assert by_month
    for month in (1, 7):
        shown = {line["id"]: line for line in slide(opened, month)}
        silent = {one["id"] for one in by_month if not one["levels"][month - 1]}
        assert not silent & set(shown)
        delivering = opened.page.evaluate(DELIVERING, month)
        assert opened.text("#kk-count").startswith(f"{delivering} van ")
        for one in shown.values():
            was = year.get(one["id"])
            part = one["levels"][month - 1] / max(one["levels"]) if one["levels"] else 1
            if was and part < 1:
                assert one["width"] <= was["width"]
            elif was:
                assert one["width"] == was["width"]
        assert bool(silent) == (month == 7)
    assert opened.text(".controls output[for=kk-month]") == "juli"
    assert opened.text("#kk-count").endswith("· juli")
    assert "maand=7" in opened.link()
    assert not opened.faults


def test_a_link_opens_at_its_month_and_reset_is_the_year(seasonal: Frames, open_map: Open) -> None:
    opened = open_map(seasonal, link="#maand=3")
    assert opened.page.locator("#kk-month").input_value() == "3"
    opened.page.click("#kk-reset")
    assert opened.page.locator("#kk-month").input_value() == "0"


def test_months_are_played_and_stopped(seasonal: Frames, open_map: Open) -> None:
    opened = open_map(seasonal)
    play = opened.page.locator("#kk-month-play")
    assert play.text_content() == "Speel de maanden af"
    slide(opened, 12)
    play.click()
    opened.page.wait_for_function("() => kansenkaart.page.state.month === 2")
    assert play.text_content() == "Stop met afspelen"
    play.click()
    assert play.text_content() == "Speel de maanden af"


def test_who_asks_for_less_motion_steps_by_hand(seasonal: Frames, open_map: Open) -> None:
    opened = open_map(seasonal, options={"reduced_motion": "reduce"})
    assert opened.page.locator("#kk-month").count() == 1
    assert opened.page.locator("#kk-month-play").count() == 0


def test_a_run_without_months_has_no_slider(frames: Frames, open_map: Open) -> None:
    assert open_map(frames).page.locator("#kk-month").count() == 0
