"""The balance of the region in the flow diagram: closed, in words and rows, and with keys."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

import pytest

from kansenkaart.pipeline import Result
from tests.browser import checks
from tests.browser.axe import axe_findings
from tests.browser.opened import Opened
from tests.browser.test_sankey import by_id, check_labels, starting

pytestmark = pytest.mark.browser


@pytest.fixture
def open_balance(example_map: Opened) -> Callable[..., Opened]:
    """Return an opener of the balance: everything is asked for, and the diagram is drawn anew."""

    def open_one() -> Opened:
        page = example_map.page
        page.emulate_media(reduced_motion="reduce")
        if page.is_visible("#kk-drawer .close"):
            page.click("#kk-drawer .close")
        page.evaluate("kansenkaart.page.actions.choose(null)")
        page.evaluate("kansenkaart.page.actions.reset()")
        page.click("#kk-open-sankey")
        page.select_option("#kk-sankey-measure", "balance")
        return example_map

    return open_one


def _streams(noord_holland: Result) -> set[str]:
    return set(noord_holland.frames.balance_areas["layer"])


def test_what_enters_a_stream_leaves_it_and_nothing_is_counted_twice(
    open_balance: Callable[..., object], noord_holland: Result
) -> None:
    opened = open_balance()
    drawn = by_id(opened.page)
    streams = {name: one for name, one in drawn.items() if name.startswith("1:") and ">" not in name}
    assert {one["words"].split(":")[0] for one in streams.values()} == _streams(noord_holland)
    for name, stream in streams.items():
        into = sum(one["weight"] for band, one in drawn.items() if band.endswith(f">{name}"))
        out = sum(one["weight"] for band, one in drawn.items() if band.startswith(f"{name}>"))
        assert into == pytest.approx(out, rel=1e-6)
        assert stream["weight"] == pytest.approx(1, rel=1e-6) == into
    for side in "012":
        own = [one for name, one in drawn.items() if name.startswith(side) and ">" not in name]
        assert sum(one["weight"] for one in own) == pytest.approx(len(streams), rel=1e-6)
        assert sum(one["bar"][1] for one in own) == pytest.approx(240, abs=len(own))
    assert opened.faults == []
    assert opened.requests == []


def test_what_lacked_as_given_is_drawn_and_said(
    open_balance: Callable[..., object], noord_holland: Result
) -> None:
    opened = open_balance()
    gaps = noord_holland.frames.balance_processes.groupby("layer")["gap"].sum(min_count=1).dropna()
    lacking = set(gaps[gaps != 0].index)
    red = opened.page.locator(".sankey-node:has(.sankey-gap)")
    words = [red.nth(number).get_attribute("aria-label") for number in range(red.count())]
    assert {one.split(":")[0] for one in words} == lacking
    assert all("er ontbrak" in one for one in words)
    note = opened.text(".sankey .note")
    tests = noord_holland.frames.balance_tests
    assert all(name in note for name in tests.loc[tests["verdict"] == "contradictory", "layers"])
    assert "{" not in note


def test_the_table_says_the_same(open_balance: Callable[..., object], noord_holland: Result) -> None:
    opened = open_balance()
    opened.page.locator(".sankey-table summary").click()
    assert opened.texts(".sankey-table thead th") == [
        "Waar het vrijkomt", "Stroom", "Wat ermee gebeurt", "per jaar", "Deel van de stroom",
    ]  # fmt: skip
    rows = [row.split("\t") for row in opened.page.locator(".sankey-table tbody tr").all_inner_texts()]
    parts: dict[tuple[str, bool], float] = defaultdict(float)
    for origin, stream, item, _, share in rows:
        assert (origin == "–") != (item == "–")
        parts[stream, item == "–"] += float(re.sub(r"[^\d,]", "", share).replace(",", "."))
    assert {stream for stream, _ in parts} == _streams(noord_holland)
    # Rounded to two figures, many small rows may add up to a little more or less.
    assert all(share == pytest.approx(100, abs=4) for share in parts.values())


def test_only_streams_that_are_ticked_flow_and_a_stream_lets_its_chances_through(
    open_balance: Callable[..., object], noord_holland: Result
) -> None:
    opened = open_balance()
    page = opened.page
    page.click(f"{starting(page, 'Zuiveringsslib:')} .sankey-field")
    assert "Zuiveringsslib" in opened.text("#kk-through")
    page.click(f"{starting(page, 'Reststromen uit voeding:')} .sankey-field")
    matches = noord_holland.frames.matches
    own = int((matches["stream"] == "voedingsreststromen").sum())
    assert own > 0
    assert opened.text("#kk-count").endswith(f"van {own} {'kans' if own == 1 else 'kansen'} getekend")
    page.evaluate("() => kansenkaart.page.actions.toggleAll(false)")
    assert page.locator(".sankey-picture").count() == 0
    page.evaluate("() => kansenkaart.page.actions.toggle('streams', 0)")
    drawn = by_id(page)
    first = page.evaluate("kansenkaart.page.model.streams[0].name")
    assert [one["words"].split(":")[0] for name, one in drawn.items() if re.fullmatch("1:[0-9]+", name)] == [
        first
    ]
    assert opened.faults == []


def test_many_streams_begin_in_one_block_that_comes_apart(
    open_balance: Callable[..., object], noord_holland: Result
) -> None:
    page = open_balance().page
    origins = "[...document.querySelectorAll('.sankey-node')].filter((one) => one.dataset.id.startsWith('0:')).length"
    towns = noord_holland.frames.balance_areas["area"].nunique()
    assert len(_streams(noord_holland)) > 8
    assert page.evaluate(origins) == 1
    words = page.locator(".sankey-node[data-id='0:-1']").text_content()
    count = int(re.match(rf"Alle (\d+) samen: {len(_streams(noord_holland))} stromen", words)[1])
    # Besides the municipalities what nobody knows the place of, and what comes from elsewhere.
    assert towns <= count <= towns + 2
    page.click(".sankey-node[data-id='0:-1']")
    page.wait_for_selector(f".sankey-node:has-text('Overige {count - 10}')")
    assert page.evaluate(origins) == 11
    page.evaluate("kansenkaart.page.actions.reset()")
    few = "kansenkaart.page.model.streams.map((one, n) => n < 3)"
    page.evaluate(f"kansenkaart.page.actions.set({{ streams: {few} }})")
    page.wait_for_function(f"() => {origins} > 1")


def test_keys_walk_from_origin_to_end(open_balance: Callable[..., object]) -> None:
    page = open_balance().page
    page.focus("#kk-sankey-measure")
    focus = "document.activeElement.dataset.id ?? document.activeElement.id"
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate(focus).startswith("0:"):
            break
    seen = [page.evaluate(focus)]
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        seen.append(page.evaluate(focus))
    assert [name[0] for name in seen] == ["0", "0", "1", "1", "2"]
    assert [name.count(">") for name in seen] == [0, 1, 0, 1, 0]
    page.select_option("#kk-sankey-measure", "quantity")
    assert page.locator("#kk-sankey-left").is_visible()
    page.select_option("#kk-sankey-measure", "balance")
    assert page.locator("#kk-sankey-left").is_hidden()


def test_labels_of_the_balance_never_overlap(open_balance: Callable[..., object]) -> None:
    page = open_balance().page
    for width, _ in checks.each_size(page, (1366, 768), (1920, 1080), (390, 844), (320, 640)):
        check_labels(page, width, least=30)
    page.set_viewport_size({"width": 1366, "height": 768})


def test_axe_finds_nothing_in_the_balance(open_balance: Callable[..., object]) -> None:
    opened = open_balance()
    opened.page.click(".sankey-table summary")
    assert axe_findings(opened.page, "#kk-drawer") == []
