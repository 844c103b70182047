"""Far out and crowded: flows between groups of municipalities, that sum what the frames say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.browser.test_basemap import WRITTEN
from tests.maps.frames import make_frames

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]
SINGLE = "kansenkaart.page.layers.painted.lines.filter((line) => line.kind === 'match').length"
# A spot on a long bundle that nothing covers.
AT = """() => { const { layers, map } = kansenkaart.page; const box = map.getContainer().getBoundingClientRect();
  const { view } = layers.lines;
  const found = layers.painted.lines.filter((line) => line.kind === 'bundle').sort((a, b) => b.length - a.length);
  for (const part of [0.5, 0.4, 0.6, 0.3, 0.7]) for (const line of found) {
    const rest = 1 - part;
    const x = rest * rest * line.sx + 2 * rest * part * line.cx + part * part * line.ex;
    const y = rest * rest * line.sy + 2 * rest * part * line.cy + part * part * line.ey;
    const point = map.layerPointToContainerPoint([x + view.offset.x, y + view.offset.y]);
    const bare = document.elementFromPoint(box.left + point.x, box.top + point.y)?.closest('.kk-map');
    if (bare && new Set(layers.painted.lineGrid.at(x, y)).size === 1)
      return { left: box.left + point.x, top: box.top + point.y, id: line.id };
  }
  return null; }"""

# Flows that begin and end on the map.
IN_SIGHT = """() => { const { layers, model: { towns: { u, v } } } = kansenkaart.page;
  const { view } = layers.lines; const { lines, groups: { seeds, flows } } = layers.painted.bundles;
  const [left, top, right, bottom] = view.seen;
  const seen = (group) => { const x = u[seeds[group]] * view.k + view.ox; const y = v[seeds[group]] * view.k + view.oy;
    return x > left && x < right && y > top && y < bottom; };
  return lines.filter(({ id }) => seen(flows[id].from) && seen(flows[id].to)).map(({ id }) => id); }"""


@pytest.fixture(scope="module")
def crowd() -> Frames:
    """Return a few thousand chances: too many to read one by one."""
    result: Frames = make_frames(matches=2_500, sites=600)
    return result


def lines(opened: object) -> list[dict]:
    """Return the bundles on the map; none where there are none."""
    drawn = opened.page.evaluate(checks.BUNDLES)
    return drawn["lines"] if drawn else []


def by_town(frames: Frames, rows: pd.DataFrame) -> pd.DataFrame:
    """Return count and sums per stream from municipality to municipality."""
    towns = frames.sites["municipality"].dropna().unique()
    return checks.sum_bundles(frames, rows, {name: name for name in towns})


def test_a_crowd_is_bundled_and_follows_the_filters(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    drawn = checks.check_bundles(opened, crowd, checks.chances(crowd))
    assert page.evaluate(SINGLE) == 0
    # Of one stream the larger sum is never the thinner one.
    for stream in {one["stream"] for one in drawn}:
        own = sorted(
            (one for one in drawn if one["stream"] == stream), key=lambda one: one["paying"] + one["idle"]
        )
        assert [one["width"] for one in own] == sorted(one["width"] for one in own)
    checks.set_range(page, "#kk-distance", 9)
    checks.check_bundles(opened, crowd, checks.chances(crowd, km=25))
    page.click('label:has(input[data-stream="gft"])')
    left = set(crowd.matches["stream"]) - {"gft"}
    checks.check_bundles(opened, crowd, checks.chances(crowd, km=25, streams=left))
    page.click("#kk-reset")
    checks.check_bundles(opened, crowd, checks.chances(crowd))
    page.evaluate("kansenkaart.page.map.setZoom(11, { animate: false })")
    assert not lines(opened)
    checks.check_shown(opened, crowd)
    page.evaluate("kansenkaart.page.map.setZoom(7.5, { animate: false })")
    assert lines(opened)
    assert opened.faults == []
    assert opened.requests == []


def test_single_lines_on_request_and_when_few(frames: Frames, crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    page.click("#kk-bundles")
    checks.check_shown(opened, crowd)
    assert page.evaluate(SINGLE) > 100
    again = open_map(crowd, link=opened.link())
    checks.check_shown(again, crowd)
    again.page.click("#kk-bundles")
    checks.check_bundles(again, crowd, checks.chances(crowd))
    again.page.select_option("#kk-drawn", "50")
    checks.check_shown(again, crowd, drawn=50)
    few = open_map(frames)
    assert not lines(few)
    assert few.page.locator("#kk-bundles").is_hidden()
    checks.check_shown(few, frames)
    few.page.evaluate("kansenkaart.page.map.setZoom(7, { animate: false })")
    assert not lines(few)


def test_what_bundles_tell_is_read_and_chosen_by_key(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    page.focus("#kk-bundles-table")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('summary') !== null")
    page.wait_for_selector(".sankey-rows tbody tr")
    expected = by_town(crowd, checks.chances(crowd))
    rows = page.evaluate(
        """() => [...document.querySelectorAll('.sankey-rows tbody tr')]
        .map((row) => [...row.cells].map((one) => one.innerText))"""
    )
    assert len(rows) == 1000 or len(rows) >= len(expected)
    names = {load_texts()(f"streams.{stream}"): stream for stream in crowd.matches["stream"].unique()}
    counts: dict[tuple[str, str, str], int] = {}
    for giver, name, taker, count, *_ in rows:
        stream = next(stream for text, stream in names.items() if name.startswith(text))
        counts[giver, taker, stream] = counts.get((giver, taker, stream), 0) + int(count.replace(".", ""))
    whole = {key: count for key, count in counts.items() if count == expected.loc[key, "count"]}
    # A row apart for what does not pay now; the last rows may be left out.
    assert len(whole) >= 0.98 * len(counts)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    giver, name, taker, count, *_ = rows[0]
    assert len(checks.list_ids(page)) == int(count)
    assert giver in opened.text("#kk-through")
    assert taker in opened.text("#kk-through")
    assert opened.faults == []


def test_places_that_stand_together_are_one(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    spots = """() => { const { layers, model } = kansenkaart.page; const { groups } = layers.painted.bundles;
      const { k } = layers.lines.view; const { u, v, names } = model.towns;
      return { seeds: groups.seeds.map((n) => [u[n] * k, v[n] * k]),
        towns: names.map((_, n) => [u[n] * k, v[n] * k, groups.of[n]]) }; }"""
    counts = []
    for zoom in (7.5, 8.5, 9.5):
        page.evaluate("(zoom) => { kansenkaart.page.map.setZoom(zoom, { animate: false }); }", zoom)
        found = page.evaluate(spots)
        seeds = np.array(found["seeds"])
        apart = np.hypot(*(seeds[:, None] - seeds[None]).transpose(2, 0, 1))
        assert apart[~np.eye(len(seeds), dtype=bool)].min() >= 60
        for x, y, group in found["towns"]:
            away = np.hypot(*(seeds - [x, y]).T)
            assert away[group] == away.min()
            assert away[group] < 60
        counts.append(len(seeds))
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_slider_moves_no_place(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    seeds = "kansenkaart.page.layers.painted.bundles.groups.seeds"
    before = opened.page.evaluate(seeds)
    checks.set_range(opened.page, "#kk-distance", 9)
    assert opened.page.evaluate(seeds) == before


def test_the_look_of_a_bundle_is_that_of_its_least_certain_chance(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    rows, town = checks.chances(crowd), crowd.sites.set_index("site_id")["municipality"]
    groups = opened.page.evaluate(checks.BUNDLES)["groups"]
    worst = opened.page.evaluate(
        "kansenkaart.page.layers.painted.bundles.groups.flows.map(({ worst, paying }) => paying > 0 ? worst : 2)"
    )
    order = ("kansrijk", "verkennen", "technisch")
    ends = [rows[f"{side}_id"].map(town).map(groups) for side in ("supply", "demand")]
    for one in lines(opened):
        own = rows[(ends[0] == one["from"]) & (ends[1] == one["to"]) & (rows["stream"] == one["stream"])]
        classes = [order.index(name) for name in own["chance_class"]]
        assert worst[one["id"]] == max([number for number in classes if number < 2], default=2)


def test_the_three_largest_flows_in_sight_are_named_and_the_widest(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    drawn = {one["id"]: one for one in lines(opened)}
    sums = crowd.matches.groupby("stream")["quantity"].sum()
    share = {number: (one["paying"] + one["idle"]) / sums[one["stream"]] for number, one in drawn.items()}
    told = opened.page.evaluate("kansenkaart.page.layers.painted.bundles.told.map(({ id }) => id)")
    # What leaves the view is not named; all others are smaller.
    seen = opened.page.evaluate(IN_SIGHT)
    largest = sorted((one for one in share if one in seen), key=lambda one: -share[one])[:3]
    assert told == largest
    assert [drawn[one]["width"] for one in told] == sorted(
        (drawn[one]["width"] for one in seen), reverse=True
    )[:3]
    assert all(
        one["width"] == pytest.approx(max(2, 14 * share[number] / max(share.values())), rel=1e-4)
        for number, one in drawn.items()
    )
    names = {load_texts()(f"streams.{drawn[one]['stream']}") for one in told}
    assert names <= {text for text, *_ in opened.page.evaluate(WRITTEN)}


def test_flows_that_come_in_together_share_a_head(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    drawn = lines(opened)
    assert any(one["headless"] for one in drawn)
    # Somebody has the head.
    for place in {one["to"] for one in drawn}:
        assert not all(one["headless"] for one in drawn if one["to"] == place)


def test_hubs_are_named_once(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    written = opened.page.evaluate(WRITTEN)
    names = {text for text, *_ in written}
    groups = opened.page.evaluate("kansenkaart.page.layers.painted.bundles.groups")
    order = sorted(range(len(groups["seeds"])), key=lambda n: -groups["chances"][n])
    towns = opened.page.evaluate("kansenkaart.page.model.towns.names")
    first = towns[groups["seeds"][order[0]]]
    assert first in names
    assert sum(text == first for text, *_ in written) == 1
    assert load_texts().number(groups["chances"][order[0]], 9) in names


def open_at(opened: object) -> tuple[dict, dict]:
    at = opened.page.evaluate(AT)
    return at, next(one for one in lines(opened) if one["id"] == at["id"])


def test_a_bundle_of_groups_brings_the_map_nearer(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    zoom = page.evaluate("kansenkaart.page.map.getZoom()")
    at, bundle = open_at(opened)
    page.mouse.move(at["left"], at["top"])
    page.wait_for_function("() => !document.getElementById('kk-hint').hidden")
    hint = opened.text("#kk-hint")
    assert bundle["from"] in hint
    assert bundle["to"] in hint
    assert f"{bundle['count']} kans" in hint
    towns = page.evaluate(
        "(id) => kansenkaart.page.layers.painted.bundles.groups.flows[id].bundles.length", at["id"]
    )
    page.mouse.click(at["left"], at["top"])
    if towns > 1:
        page.wait_for_function("(zoom) => kansenkaart.page.map.getZoom() >= zoom + 1", arg=zoom)
        assert len(checks.list_ids(page)) == len(checks.chances(crowd))
    assert opened.faults == []


def test_a_bundle_opens_into_its_chances(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    # Near enough that municipalities stand apart.
    page.evaluate("() => { kansenkaart.page.map.setView([52.4, 4.85], 10.25, { animate: false }); }")
    at, bundle = open_at(opened)
    assert (
        page.evaluate(
            "(id) => kansenkaart.page.layers.painted.bundles.groups.flows[id].bundles.length", at["id"]
        )
        == 1
    )
    page.mouse.click(at["left"], at["top"])
    town = crowd.sites.set_index("site_id")["municipality"]
    rows = checks.chances(crowd)
    own = rows[
        (rows["supply_id"].map(town) == bundle["from"]) & (rows["demand_id"].map(town) == bundle["to"])
        & (rows["stream"] == bundle["stream"])
    ]  # fmt: skip
    assert checks.list_ids(page) == own["match_id"].tolist()
    assert opened.text("#kk-count") == f"{len(own)} van {len(own)} kans{'en' * (len(own) > 1)} getekend"
    assert page.evaluate(SINGLE) == len(own)
    assert axe_findings(page, "#kk-area") == []
    page.click("#kk-through-clear")
    assert len(checks.list_ids(page)) == len(rows)
    assert opened.faults == []
