"""The flow diagram: balanced, said in words and rows, and tied to map and list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pandas as pd
import pytest

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.maps.poisoned import poison

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]
DRAWN = """() => [...document.querySelectorAll('.sankey-picture [data-id]')].map((one) => ({
  id: one.dataset.id, weight: Number(one.dataset.weight), words: one.getAttribute('aria-label'),
  part: Number(one.querySelector('.part')?.dataset.part ?? 0), path: one.querySelector('path')?.getAttribute('d') ?? '',
  bar: one.querySelector('.sankey-bar')
    && ['y', 'height'].map((name) => Number(one.querySelector('.sankey-bar').getAttribute(name))) }))"""


@pytest.fixture
def ways(frames: Frames) -> pd.DataFrame:
    """Return every chance with the three sides of the diagram."""
    sites, texts = frames.sites.set_index("site_id"), load_texts()
    rows = frames.matches.sort_values("rank").copy()
    rows["town"] = rows["supply_id"].map(sites["municipality"])
    kinds = rows["demand_id"].map(sites["kind"]).map(lambda kind: texts(f"kinds.{kind}"))
    rows["kind"] = kinds.str[0].str.upper() + kinds.str[1:]
    rows["idle"] = rows["chance_class"] == "technisch"
    name = rows["stream"].map(lambda stream: texts(f"streams.{stream}"))
    rows["name"] = name.where(~rows["idle"], name + ", loont nu niet")
    rows["share"] = rows["quantity"] / rows.groupby("stream")["quantity"].transform("sum")
    return rows


def opened_diagram(open_map: Open, frames: Frames, **settings: object) -> object:
    opened = open_map(frames, **settings)
    opened.page.click("#kk-open-sankey")
    opened.page.wait_for_selector(".sankey-picture")
    return opened


def by_id(page: object) -> dict[str, dict]:
    return {one["id"]: one for one in page.evaluate(DRAWN)}


def starting(page: object, words: str) -> str:
    """Return the selector of the node whose words begin so."""
    found = [one["id"] for one in page.evaluate(DRAWN) if one["words"].startswith(words)]
    return f'[data-id="{found[0]}"]'


@pytest.mark.parametrize("measure", ["quantity", "count", "co2"])
def test_what_enters_a_node_leaves_it(
    ways: pd.DataFrame, frames: Frames, open_map: Open, measure: str
) -> None:
    opened = opened_diagram(open_map, frames)
    page = opened.page
    page.select_option("#kk-sankey-measure", measure)
    drawn = by_id(page)
    nodes = {name: one for name, one in drawn.items() if ">" not in name}
    bands = {name: one for name, one in drawn.items() if ">" in name}
    for name, node in nodes.items():
        into = sum(one["weight"] for band, one in bands.items() if band.endswith(f">{name}"))
        out = sum(one["weight"] for band, one in bands.items() if band.startswith(f"{name}>"))
        for side, total in ((0, out), (1, into), (1, out), (2, into)):
            if name.startswith(f"{side}:"):
                assert total == pytest.approx(node["weight"])
    avoided = ways["co2_avoided_t_y"]
    total = {
        "quantity": float(ways["stream"].nunique()),
        "count": len(ways),
        "co2": avoided[avoided > 0].sum(),
    }
    for side in "012":
        own = [one for name, one in nodes.items() if name.startswith(side)]
        assert sum(one["weight"] for one in own) == pytest.approx(total[measure], rel=1e-3)
        assert sum(one["bar"][1] for one in own) == pytest.approx(240, abs=len(own))
    # On a bar the bands lie side by side, and no farther than the bar reaches.
    for name, band in bands.items():
        x1, y1, x2, y2, height = map(
            float, re.match(r"M([\d.]+),([\d.]+)C.* ([\d.]+),([\d.]+)v([\d.]+)C", band["path"]).groups()
        )
        assert x1 < x2
        for end, y in zip(name.split(">"), (y1, y2), strict=True):
            top, size = nodes[end]["bar"]
            assert top - 0.01 <= y
            assert y + height <= top + size + 1.0
    assert opened.faults == []
    assert opened.requests == []


def test_rows_say_what_the_frames_say(ways: pd.DataFrame, frames: Frames, open_map: Open) -> None:
    opened = opened_diagram(open_map, frames)
    opened.page.click(".sankey-table summary")
    rows = [re.split(r"\t", row) for row in opened.page.locator(".sankey-table tbody tr").all_inner_texts()]
    shown = {tuple(cell.replace("\u00a0", " ") for cell in row) for row in rows}
    expected = set()
    for (town, name, kind), own in ways.groupby(["town", "name", "kind"]):
        share = f"{load_texts().number(100 * own['share'].sum(), 2)} %"
        amount = checks.amount(own["quantity"].sum(), own["unit"].iloc[0])
        expected.add((town, name, kind, str(len(own)), amount, share))
    # Single precision may round a last figure the other way.
    assert len(shown) == len(rows) == len(expected)
    assert len(shown & expected) > 0.97 * len(expected)
    assert {row[:4] for row in shown} == {row[:4] for row in expected}
    assert "deel van die stroom" in opened.text(".sankey .note")


def test_the_largest_places_stay_and_the_rest_opens(
    ways: pd.DataFrame, frames: Frames, open_map: Open
) -> None:
    opened = opened_diagram(open_map, frames)
    page = opened.page
    largest = ways.groupby("town")["share"].sum().sort_values(ascending=False)
    left = [one for name, one in by_id(page).items() if name.startswith("0:") and ">" not in name]
    assert [one["words"].split(":")[0] for one in left[:10]] == largest.index[:10].tolist()
    assert left[10]["words"].startswith(f"Overige {len(largest) - 10}:")
    assert left[10]["weight"] == pytest.approx(largest.iloc[10:].sum(), rel=1e-3)
    page.locator('[data-id="0:-1"]').click(position={"x": 20, "y": 10})
    left = [one for name, one in by_id(page).items() if name.startswith("0:") and ">" not in name]
    assert len(left) == min(len(largest), 21)
    assert page.evaluate("kansenkaart.page.state.through") is None


def test_choosing_narrows_map_and_list_and_lifts_again(
    ways: pd.DataFrame, frames: Frames, open_map: Open
) -> None:
    opened = opened_diagram(open_map, frames)
    page = opened.page
    town = ways.groupby("town")["share"].sum().idxmax()
    own = ways[ways["town"] == town]
    page.hover(f"{starting(page, f'{town}:')} .sankey-field")
    lit = page.evaluate("kansenkaart.page.lit.slice().sort((a, b) => a - b)")
    assert lit == sorted(int(rank) - 1 for rank in own["rank"])
    before = by_id(page)
    page.click(f"{starting(page, f'{town}:')} .sankey-field")
    assert checks.list_ids(page) == own["match_id"].tolist()
    assert opened.text("#kk-count") == f"{len(own)} van {len(own)} kans{'en' * (len(own) > 1)} getekend"
    assert f"Alleen van {town}" in opened.text("#kk-through")
    # The diagram itself stays whole, with the part that is let through in full colour.
    after = by_id(page)
    assert {name: one["weight"] for name, one in after.items()} == {
        name: one["weight"] for name, one in before.items()
    }
    lit_left = sum(one["part"] for name, one in after.items() if re.match("0:.*>1:", name))
    lit_right = sum(one["part"] for name, one in after.items() if re.match("1:.*>2:", name))
    assert lit_left == pytest.approx(own["share"].sum(), rel=1e-3)
    assert lit_right == pytest.approx(own["share"].sum(), rel=1e-3)
    link = opened.link()
    again = open_map(frames, link=link)
    assert checks.list_ids(again.page) == own["match_id"].tolist()
    again.page.click("#kk-through-clear")
    checks.check_shown(again, frames)
    page.click(f"{starting(page, f'{town}:')} .sankey-field")
    checks.check_shown(opened, frames)
    band = ways[~ways["idle"]].iloc[0]
    words = f"{band['name']} → {band['kind']}:"
    page.focus(starting(page, words))
    page.keyboard.press("Enter")
    through = ways[(ways["name"] == band["name"]) & (ways["kind"] == band["kind"])]
    assert checks.list_ids(page) == through["match_id"].tolist()
    assert opened.faults == []


def test_a_chosen_chance_shows_its_bands(ways: pd.DataFrame, frames: Frames, open_map: Open) -> None:
    opened = opened_diagram(open_map, frames)
    page = opened.page
    page.click("#kk-tab-chances")
    page.click("#kk-chances-2")
    chance = ways.iloc[2]
    lit = [one for name, one in by_id(page).items() if ">" in name and one["part"] > 0]
    assert len(lit) == 2
    assert sorted(one["part"] for one in lit) == pytest.approx([chance["share"]] * 2, rel=1e-3)
    assert {words.split(":")[0].split(" → ")[-1] for words in (one["words"] for one in lit)} == {
        chance["name"],
        chance["kind"],
    }
    page.hover("#kk-chances-3")
    pointed = ways.iloc[3]
    lit = [one["part"] for name, one in by_id(page).items() if ">" in name and one["part"] > 0]
    assert sorted(lit) == pytest.approx([pointed["share"]] * 2, rel=1e-3)


def test_keys_walk_the_diagram(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames)
    page = opened.page
    page.focus("#kk-open-sankey")
    page.keyboard.press("Enter")
    focus = "document.activeElement.dataset.id ?? document.activeElement.id"
    for _ in range(8):
        if page.evaluate(focus).startswith("0:"):
            break
        page.keyboard.press("Tab")
    assert page.evaluate(focus).startswith("0:")
    seen = [page.evaluate(focus)]
    for key in (
        "ArrowDown",
        "ArrowRight",
        "ArrowRight",
        "ArrowRight",
        "ArrowRight",
        "ArrowLeft",
        "ArrowLeft",
    ):
        page.keyboard.press(key)
        seen.append(page.evaluate(focus))
    assert [name.count(">") for name in seen] == [0, 0, 1, 0, 1, 0, 1, 0]
    assert [name[0] for name in seen] == ["0", "0", "0", "1", "1", "2", "1", "1"]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Escape")
    assert page.evaluate(focus) == "kk-open-sankey"
    assert page.locator("#kk-drawer").is_hidden()


def check_labels(page: object, width: int, *, least: int) -> None:
    """No words of the diagram, at least so many, lie over others, and nothing is wider than the window."""
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('.sankey-picture text')].map((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect();
        return [left, top, right, bottom, one.textContent]; })"""
    )
    assert len(boxes) > least
    for one, other in combinations(boxes, 2):
        # Letters are lower than their line: two lines of one label touch.
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] - 3 <= other[1] or other[3] - 3 <= one[1]
        assert apart, (one, other)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('.drawer-body'))")


def test_labels_never_overlap(frames: Frames, open_map: Open) -> None:
    page = opened_diagram(open_map, frames, options={"reduced_motion": "reduce"}).page
    for width, _ in checks.each_size(page, (1366, 768), (1920, 1080), (390, 844), (320, 640)):
        check_labels(page, width, least=10)


def test_axe_finds_nothing_in_the_diagram(frames: Frames, open_map: Open) -> None:
    opened = opened_diagram(open_map, frames, language="en", options={"reduced_motion": "reduce"})
    opened.page.click(".sankey-table summary")
    opened.page.locator(".sankey-node").first.click(position={"x": 20, "y": 10})
    assert axe_findings(opened.page, "#kk-drawer") == []


def test_the_open_diagram_prints_on_a_page_of_its_own(frames: Frames, open_map: Open) -> None:
    opened = opened_diagram(open_map, frames)

    def count() -> int:
        pdf: bytes = opened.page.pdf(format="A4", landscape=True, print_background=True)
        return pdf.count(b"/Type /Page\n")

    with_diagram = count()
    assert opened.page.locator(".kk-sankey-paper").count() == 0
    opened.page.keyboard.press("Escape")
    assert with_diagram == count() + 1


def test_evil_names_are_only_text(frames: Frames, open_map: Open) -> None:
    evil = '<img src=x onerror=alert(1)>${1}`{{ 7*7 }}{% raw %}"\u2028\u202eabc'
    opened = opened_diagram(open_map, poison(frames, evil))
    opened.page.click(".sankey-table summary")
    opened.page.locator(".sankey-node").first.click(position={"x": 20, "y": 10})
    assert opened.page.locator(".sankey img").count() == 0
    assert "<img src=x" in opened.text(".sankey-table tbody tr")
    assert opened.page.locator('[data-id="0:-1"]').count() == 0
    assert opened.faults == []
    assert opened.requests == []


def test_provinces_come_first_and_open_into_municipalities(frames: Frames, open_map: Open) -> None:
    """Of every node the number of chances is that of the frames, before and after a province is opened."""
    opened = open_map(frames)
    page = opened.page
    page.click("#kk-open-sankey")
    page.select_option("#kk-sankey-measure", "count")
    page.select_option("#kk-sankey-left", "province")
    page.select_option("#kk-sankey-right", "province")
    sites = frames.sites.set_index("site_id")
    left = """(side) => Object.fromEntries([...document.querySelectorAll(`.sankey-node[data-id^="${side}:"]`)]
      .map((one) => [one.getAttribute('aria-label').split(':')[0], Number(one.dataset.weight)]))"""
    found = checks.chances(frames)
    for side, end in ((0, "supply_id"), (2, "demand_id")):
        sums = found[end].map(sites["province"]).value_counts()
        assert page.evaluate(left, side) == {f"Provincie {name}": count for name, count in sums.items()}
    name = found["supply_id"].map(sites["province"]).value_counts().index[-1]
    page.click(f".sankey-node[aria-label^='Provincie {name}:'] >> nth=0")
    own = found[found["supply_id"].map(sites["province"]) == name]
    towns = own["supply_id"].map(sites["municipality"]).value_counts()
    nodes = page.evaluate(left, 0)
    assert f"Provincie {name}" not in nodes
    shown = {town: count for town, count in nodes.items() if town in towns.index}
    assert shown
    assert all(count == towns[town] for town, count in shown.items())
    assert sum(nodes.values()) == len(found)
    # Nothing was left out of the map; a municipality narrows it down, and the rows of the table as well.
    assert len(checks.list_ids(page)) == len(found)
    town = max(shown, key=shown.get)
    page.click(f".sankey-node[data-id^='0:'][aria-label^='{town}:']")
    assert (
        checks.list_ids(page)
        == own.loc[own["supply_id"].map(sites["municipality"]) == town, "match_id"].tolist()
    )
    page.click(".sankey-chosen button")
    page.click("#kk-sankey-provinces")
    assert len(page.evaluate(left, 0)) == sites.loc[found["supply_id"], "province"].nunique()
    assert opened.faults == []


def test_one_province_is_no_choice(frames: Frames, open_map: Open) -> None:
    sites = frames.sites.assign(province="Noord-Holland")
    page = open_map(replace(frames, sites=sites)).page
    page.click("#kk-open-sankey")
    assert page.locator("#kk-sankey-left option").count() == 2
