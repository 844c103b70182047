"""The table tells every fact of every chance that the filters leave, and is tied to the map both ways."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks
from tests.browser import room_steps as room
from tests.browser.axe import axe_findings
from tests.maps.poisoned import poison

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]
ROWS = """() => [...document.querySelectorAll('#kk-rows tbody tr')].map((row) => [...row.cells]
  .map((cell) => cell.innerText.replaceAll('\\u00a0', ' ').split(/\\s+/).join(' ')))"""
HEADS = """() => Object.fromEntries([...document.querySelectorAll('#kk-rows th[aria-sort]')]
  .map((one) => [one.dataset.sort, one.ariaSort]))"""
# Whether both ends of a chance lie on the part of the map that the table leaves free.
FREE = """(id) => { const { layers, map } = kansenkaart.page; const { offset } = layers.lines.view;
  const line = layers.painted.lines.find((one) => one.kind === 'match' && one.id === id);
  const box = map.getContainer().getBoundingClientRect();
  return [[line.sx, line.sy], [line.ex, line.ey]].map(([x, y]) => {
    const point = map.layerPointToContainerPoint([x + offset.x, y + offset.y]);
    return Boolean(document.elementFromPoint(box.left + point.x, box.top + point.y)?.closest('.kk-map')); }); }"""
SORT = "#kk-rows th[data-sort={}] button"


@pytest.fixture(scope="module")
def opened(shared_map: Open, frames: Frames) -> object:
    """Return one page with the table open, for all tests of this module."""
    opened = shared_map(frames)
    opened.page.click("#kk-open-table")
    return opened


@pytest.fixture
def page(opened: object) -> object:
    """Return that page as it was at first, and check afterwards that it complained of nothing."""
    opened.page.evaluate(
        "() => { const { actions } = kansenkaart.page; actions.choose(null); actions.reset(); }"
    )
    yield opened.page
    assert opened.faults == []
    assert opened.requests == []


def expected_row(frames: Frames, row: dict) -> list[str]:
    """Write a chance as its row must read."""
    texts, sites = load_texts(), frames.sites.set_index("site_id")

    def place(site_id: str) -> str:
        site = sites.loc[site_id]
        words = [texts(f"kinds.{site['kind']}"), site["municipality"]]
        words += [] if site["in_region"] else [texts("map.margin_zone")]
        words += [] if site["status"] == "active" else [texts(f"map.status_{site['status']}")]
        return f"{site['name']} {', '.join(words)}"

    net, metres = row["net_eur_y"], np.floor(row["distance_m"] / 10 + 0.5) * 10
    euros = f"€ {texts.number(abs(net) / 1e6)} mln" if abs(net) >= 999_500 else f"€ {texts.number(abs(net))}"
    return [
        texts.number(row["rank"], 9),
        texts(f"streams.{row['stream']}"),
        place(row["supply_id"]),
        place(row["demand_id"]),
        checks.amount(row["quantity"], row["unit"]),
        f"{texts.number(metres)} m" if metres < 1000 else f"{texts.number(metres / 1000)} km",
        texts("map.no_price") if np.isnan(net) else f"{'−' if net < 0 else ''}{euros}",
        checks.amount(row["co2_avoided_t_y"], "t").replace("-", "−")
        if not np.isnan(row["co2_avoided_t_y"])
        else "onbekend",
        texts(f"classes.{row['chance_class']}"),
        "onbekend" if np.isnan(row["robustness"]) else f"{round(100 * row['robustness'])} %",
        "",
    ]


def test_every_fact_is_that_of_the_frames(frames: Frames, page: object) -> None:
    ranked = frames.matches.sort_values("rank").to_dict("records")
    seen = 0
    for key in ("Home", "End"):
        page.focus("#kk-rows")
        page.keyboard.press(key)
        rows = page.evaluate(ROWS)
        assert 5 < len(rows) < 40
        for row in rows:
            rank = int(row[0].replace(".", ""))
            assert row == expected_row(frames, ranked[rank - 1])
            seen += 1
    assert seen > 10
    assert page.get_attribute("#kk-rows", "aria-rowcount") == str(len(ranked) + 1)
    assert page.get_attribute("#kk-rows .active", "aria-rowindex") == str(len(ranked) + 1)


@pytest.mark.parametrize("sort", ["supply", "stream", "distance", "net", "certainty", "class"])
def test_a_head_orders_table_and_list_alike(frames: Frames, page: object, sort: str) -> None:
    rows = frames.matches.sort_values("rank").reset_index(drop=True)
    names = frames.sites.set_index("site_id")["name"]
    values = {
        "supply": rows["supply_id"].map(names),
        "stream": rows["stream"].map(lambda stream: load_texts()(f"streams.{stream}")),
        "distance": np.floor(rows["distance_m"] / 10 + 0.5),
        "net": rows["net_eur_y"].map(lambda value: float(f"{value:.3g}")),
        "certainty": (rows["robustness"] * 100).round(),
        "class": rows["chance_class"].map({"kansrijk": 0, "verkennen": 1, "technisch": 2}),
    }[sort]
    small_first = sort not in ("net", "certainty")
    for turned in (False, True):
        page.click(SORT.format(sort))
        up = small_first != turned
        assert page.evaluate(HEADS) == {sort: "ascending" if up else "descending"}
        order = page.evaluate("Array.from(kansenkaart.page.rows)")
        shown = values.iloc[order]
        known = shown.dropna()
        if sort in ("supply", "stream"):
            # As people count: Zonnedauw 9 before Zonnedauw 10.
            key = [
                (text.replace("’", " ").split(" ")[:-1], int(text.split(" ")[-1]))
                if sort == "supply"
                else text.lower()
                for text in known
            ]
            assert key == sorted(key, reverse=not up)
        else:
            assert (np.diff(known) * (1 if up else -1) >= 0).all()
        assert shown.isna().tolist() == sorted(shown.isna())
        # Ties by rank, and the list beside it in the same order.
        same = [(a, b) for a, b in pairwise(order) if values[a] == values[b]]
        assert all(a < b for a, b in same)
        assert page.evaluate(ROWS)[0][0] == load_texts().number(order[0] + 1, 9)
        assert page.input_value("#kk-sort") == sort


def test_the_table_follows_every_filter(frames: Frames, page: object) -> None:
    def check(**choice: object) -> None:
        found = checks.chances(frames, **choice)
        assert page.get_attribute("#kk-rows", "aria-rowcount") == str(len(found) + 1)
        ranks = [int(row[0].replace(".", "")) for row in page.evaluate(ROWS)]
        assert ranks == found["rank"].tolist()[: len(ranks)]

    checks.set_range(page, "#kk-distance", 6)
    check(km=10)
    page.evaluate("kansenkaart.page.actions.set({ query: 'zeester' })")
    check(km=10, query="zeester")
    page.evaluate("kansenkaart.page.actions.set({ query: 'bestaat niet' })")
    assert page.evaluate(ROWS) == []
    assert page.locator("#kk-rows").is_hidden()
    assert "bestaat niet" in page.inner_text(".table > .note")
    page.evaluate("kansenkaart.page.actions.set({ query: '', km: Infinity })")
    check()


def test_rows_and_map_are_tied_both_ways(frames: Frames, page: object) -> None:
    page.focus("#kk-rows")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("kansenkaart.page.pointed") == {"kind": "match", "id": 3}
    assert page.get_attribute("#kk-rows", "aria-activedescendant") == "kk-rows-3"
    page.keyboard.press("Enter")
    assert page.evaluate("kansenkaart.page.state.chosen") == {"kind": "match", "id": 3}
    assert page.evaluate("document.activeElement.id") == "kk-card-title"
    # What is chosen lies on the part of the map that the table leaves free.
    page.wait_for_function(f"() => ({FREE})(3).every(Boolean)")
    # Escape gives the table back, with the focus where it was; once more closes it.
    page.keyboard.press("Escape")
    assert page.evaluate("kansenkaart.page.state.chosen") is None
    assert page.evaluate("document.activeElement.id") == "kk-rows"
    # Chosen elsewhere, a row comes into sight and is marked.
    last = len(frames.matches) - 1
    # In the middle stand the longest names of streams and classes: no row is higher than the others.
    for number in (last, last // 3, last // 2, 0):
        page.evaluate(
            "(id) => kansenkaart.page.actions.choose({ kind: 'match', id }, { fromMap: true })", number
        )
        row = page.locator("#kk-rows tr[aria-selected=true]")
        assert row.get_attribute("aria-rowindex") == str(number + 2)
        box, area = row.bounding_box(), page.locator(".table-scroll").bounding_box()
        assert box["height"] == 48
        assert area["y"] + 40 <= box["y"]
        assert box["y"] + box["height"] <= area["y"] + area["height"] + 1
    page.evaluate("kansenkaart.page.actions.choose(null)")
    page.keyboard.press("Escape")
    assert page.locator("#kk-drawer").is_hidden()
    assert page.evaluate("document.activeElement.id") in ("kk-open-table", "BODY", "")
    page.click("#kk-open-table")


def test_a_row_far_down_is_found_by_the_mouse(page: object) -> None:
    """A press gives the table its focus; that must not take the row away from under the pointer."""
    for list_id, scroller in (("kk-rows", ".table-scroll"), ("kk-chances", "#kk-scroller")):
        if list_id == "kk-chances":
            page.click("#kk-tab-chances")
        page.evaluate("document.activeElement.blur()")
        box = page.locator(scroller).bounding_box()
        x, y = box["x"] + 120, box["y"] + box["height"] - 70
        page.mouse.move(x, y)
        page.mouse.wheel(0, 6_000)
        page.wait_for_function("(one) => document.querySelector(one).scrollTop >= 5000", arg=scroller)
        under = page.evaluate(
            "([x, y]) => document.elementFromPoint(x, y).closest('[id^=kk-rows-],[id^=kk-chances-]').id",
            [x, y],
        )
        page.mouse.click(x, y)
        assert page.evaluate("kansenkaart.page.state.chosen") == {
            "kind": "match",
            "id": int(under.split("-")[-1]),
        }
        page.evaluate("kansenkaart.page.actions.choose(null)")
    page.click("#kk-tab-streams")


def test_what_a_table_decided_stands_in_its_row(page: object) -> None:
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 1 })")
    page.click("#kk-vote-more")
    page.click("#kk-vote-more")
    page.click("label[data-verdict=reject]")
    page.evaluate("kansenkaart.page.actions.choose({ kind: 'match', id: 4 })")
    page.click("label[data-verdict=confirm]")
    page.evaluate("kansenkaart.page.actions.choose(null)")
    page.click(SORT.format("decision"))
    rows = page.evaluate(ROWS)
    assert [row[0] for row in rows[:3]] == ["5", "2", "1"]
    assert [row[-1] for row in rows[:3]] == ["bevestigd", "afgewezen 2 stemmen", ""]
    page.click(SORT.format("rank"))


def test_axe_finds_nothing(page: object) -> None:
    page.focus("#kk-rows")
    for visit in ("() => 0", "() => kansenkaart.page.actions.choose({ kind: 'match', id: 2 })"):
        page.evaluate(visit)
        assert axe_findings(page, "#kk-drawer") == []


def test_small_screens_scroll_inside_the_table_only(frames: Frames, open_map: Open) -> None:
    opened = open_map(frames, size=(390, 844))
    page = opened.page
    for width, _ in checks.each_size(page, (390, 844), (320, 640), (683, 384)):
        page.click("#kk-open-table")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.querySelector('.table-scroll').scrollWidth") > 900
        assert page.locator("#kk-rows tbody tr").count() > 2
        box = page.locator("#kk-rows th >> nth=0").bounding_box()
        page.locator(".table-scroll").evaluate("(one) => { one.scrollTop = 900; }")
        assert page.locator("#kk-rows th >> nth=0").bounding_box()["y"] == pytest.approx(box["y"], abs=1)
        page.keyboard.press("Escape")
    assert opened.faults == []


def test_evil_text_stays_text(frames: Frames, open_map: Open) -> None:
    opened = open_map(poison(frames, room.EVIL))
    page = opened.page
    page.click("#kk-open-table")
    assert page.locator("#kk-rows tbody tr").count() > 3
    assert page.locator("#kk-rows script, #kk-rows img").count() == 0
    assert "<script>" in json.dumps(page.evaluate(ROWS)[0])
    page.click(SORT.format("supply"))
    assert page.evaluate("window.evil") is None
    assert opened.faults == []
