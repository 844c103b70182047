"""Far out and crowded: bundles from municipality to municipality, that sum what the frames say."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.maps.frames import make_frames

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]
BUNDLES = """() => { const { bundles } = kansenkaart.page.layers.painted; const { model } = kansenkaart.page;
  return bundles && bundles.lines.map(({ id, width }) => { const { from, to, stream } = bundles.sums.ends[id];
    return { id, width, from: model.towns.names[from], to: model.towns.names[to], stream: model.streams[stream].id,
      count: bundles.sums.count[id], paying: bundles.sums.paying[id], idle: bundles.sums.idle[id] }; }); }"""
SINGLE = "kansenkaart.page.layers.painted.lines.filter((line) => line.kind === 'match').length"
# The middle of the longest bundle that nothing covers.
AT = """() => { const { layers, map } = kansenkaart.page; const box = map.getContainer().getBoundingClientRect();
  const found = layers.painted.lines.filter((line) => line.kind === 'bundle').sort((a, b) => b.length - a.length);
  for (const line of found) {
    const x = (line.sx + 2 * line.cx + line.ex) / 4 + layers.lines.view.offset.x;
    const y = (line.sy + 2 * line.cy + line.ey) / 4 + layers.lines.view.offset.y;
    const point = map.layerPointToContainerPoint([x, y]);
    const near = layers.painted.lineGrid.at(x - layers.lines.view.offset.x, y - layers.lines.view.offset.y);
    const bare = document.elementFromPoint(box.left + point.x, box.top + point.y)?.closest('.kk-map');
    if (bare && new Set(near).size === 1)
      return { left: box.left + point.x, top: box.top + point.y, id: line.id };
  }
  return null; }"""


@pytest.fixture(scope="module")
def crowd() -> Frames:
    """Return a few thousand chances: too many to read one by one."""
    result: Frames = make_frames(matches=2_500, sites=600)
    return result


def bundled(frames: Frames, rows: pd.DataFrame) -> pd.DataFrame:
    """Return count and sums per stream from municipality to municipality."""
    town = frames.sites.set_index("site_id")["municipality"]
    idle = rows["chance_class"] == "technisch"
    ends = rows.assign(
        giver=rows["supply_id"].map(town), taker=rows["demand_id"].map(town),
        paying=rows["quantity"].where(~idle, 0.0), idle=rows["quantity"].where(idle, 0.0),
    )  # fmt: skip
    return ends.groupby(["giver", "taker", "stream"]).agg(
        count=("match_id", "size"), paying=("paying", "sum"), idle=("idle", "sum")
    )


def check_bundles(opened: object, frames: Frames, rows: pd.DataFrame) -> list[dict]:
    expected, drawn = bundled(frames, rows), opened.page.evaluate(BUNDLES)
    assert 0 < len(drawn) <= 120
    for one in drawn:
        row = expected.loc[(one["from"], one["to"], one["stream"])]
        assert one["count"] == row["count"]
        assert one["paying"] == pytest.approx(row["paying"], rel=1e-3)
        assert one["idle"] == pytest.approx(row["idle"], rel=1e-3)
    number = load_texts().number
    total = number(sum(one["count"] for one in drawn), 9)
    words = f"{total} van {number(len(rows), 9)} kansen getekend, in {len(drawn)} bundels"
    assert opened.text("#kk-count") == words
    return drawn


def test_a_crowd_is_bundled_and_follows_the_filters(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    drawn = check_bundles(opened, crowd, checks.chances(crowd))
    assert page.evaluate(SINGLE) == 0
    # Of one stream the larger sum is never the thinner one, unless it is shorter than its width asks.
    assert max(one["width"] for one in drawn) <= 9
    checks.set_range(page, "#kk-distance", 9)
    check_bundles(opened, crowd, checks.chances(crowd, km=25))
    page.click('label:has(input[data-stream="gft"])')
    left = set(crowd.matches["stream"]) - {"gft"}
    check_bundles(opened, crowd, checks.chances(crowd, km=25, streams=left))
    page.click("#kk-reset")
    check_bundles(opened, crowd, checks.chances(crowd))
    page.evaluate("kansenkaart.page.map.setZoom(11, { animate: false })")
    assert page.evaluate(BUNDLES) is None
    checks.check_shown(opened, crowd)
    page.evaluate("kansenkaart.page.map.setZoom(7.5, { animate: false })")
    assert page.evaluate(BUNDLES)
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
    check_bundles(again, crowd, checks.chances(crowd))
    again.page.select_option("#kk-drawn", "50")
    checks.check_shown(again, crowd, drawn=50)
    few = open_map(frames)
    assert few.page.evaluate(BUNDLES) is None
    assert few.page.locator("#kk-bundled").is_hidden()
    checks.check_shown(few, frames)
    few.page.evaluate("kansenkaart.page.map.setZoom(7, { animate: false })")
    assert few.page.evaluate(BUNDLES) is None


def test_what_bundles_tell_is_read_and_chosen_by_key(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    page.focus("#kk-bundles-table")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('summary') !== null")
    page.wait_for_selector(".sankey-rows tbody tr")
    expected = bundled(crowd, checks.chances(crowd))
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


def test_a_bundle_opens_into_its_chances(crowd: Frames, open_map: Open) -> None:
    opened = open_map(crowd)
    page = opened.page
    at = page.evaluate(AT)
    bundle = next(one for one in page.evaluate(BUNDLES) if one["id"] == at["id"])
    page.mouse.move(at["left"], at["top"])
    page.wait_for_function("() => !document.getElementById('kk-hint').hidden")
    hint = opened.text("#kk-hint")
    assert bundle["from"] in hint
    assert bundle["to"] in hint
    assert f"{bundle['count']} kans" in hint
    page.mouse.click(at["left"], at["top"])
    town = crowd.sites.set_index("site_id")["municipality"]
    rows = checks.chances(crowd)
    own = rows[
        (rows["supply_id"].map(town) == bundle["from"]) & (rows["demand_id"].map(town) == bundle["to"])
        & (rows["stream"] == bundle["stream"])
    ]  # fmt: skip
    assert checks.list_ids(page) == own["match_id"].tolist()
    assert opened.text("#kk-count") == f"{len(own)} van {len(own)} kansen getekend"
    assert page.evaluate(SINGLE) == len(own)
    result = Axe().run(
        page,
        options={
            "resultTypes": ["violations"],
            "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
        },
    )
    assert result.violations_count == 0, result.generate_report()
    page.click("#kk-through-clear")
    assert len(checks.list_ids(page)) == len(rows)
    assert opened.faults == []
