"""The card of a chance: facts, why and who first, and what stands behind them folded until somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kansenkaart.catalogue import load_catalogue
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
TEXTS = load_texts("nl")
FOLDED = ["money", "months", "certainty", "ladder", "origin"]


def choose(page: Any, m: int) -> None:
    page.evaluate("(id) => kansenkaart.page.actions.choose({ kind: 'match', id })", m)


def test_facts_why_and_who_stand_first_and_the_rest_is_folded(rich: Frames, open_map: Open) -> None:
    opened = open_map(rich, start=True)
    page = opened.page
    chance = rich.matches.sort_values("rank").iloc[0]
    choose(page, 0)
    titles = opened.texts(".card-body h3")
    open_titles = [TEXTS(f"map.{key}") for key in ("why", "mind", "parties", "room")]
    assert [title for title in titles if title in open_titles] == [
        title for title in open_titles if title in titles
    ]
    assert titles[0] == TEXTS("map.why")
    assert chance["reason"] in opened.text(".card-body")
    folded = opened.texts(".card-body details.fold summary")
    assert folded == [TEXTS(f"map.{key}") for key in FOLDED if TEXTS(f"map.{key}") in folded]
    assert {TEXTS("map.money"), TEXTS("map.certainty"), TEXTS("map.origin")} <= set(folded)
    assert page.locator(".card-body .sums").is_hidden()
    # With the keyboard it opens, and stays open in the next card and when the card is written again.
    page.locator("details.fold summary").first.focus()
    page.keyboard.press("Enter")
    page.locator(".card-body .sums").wait_for()
    page.wait_for_function("() => kansenkaart.page.unfolded.has('money')")
    choose(page, 3)
    assert page.locator(".card-body .sums").is_visible()
    assert page.locator(".origin").first.is_hidden()
    assert axe_findings(page, "#kk-card") == []
    assert opened.faults == []


def test_the_cards_of_the_example_are_short(noord_holland_outputs: Path, listen: Callable[..., Any]) -> None:
    """Five chances stood at 2,600 to 3,050 pixels with everything open; half of that, and a coalition, is read."""
    opened = listen()
    page = opened.page
    page.goto((noord_holland_outputs / "kansenkaart.html").as_uri())
    page.wait_for_selector("#kk[data-phase=ready]")
    chains = page.evaluate("[...kansenkaart.page.model.c['m.chain']]")
    heights: dict[bool, list[int]] = {False: [], True: []}
    for m in {0, 5, 9, len(chains) // 2, len(chains) - 1, next(m for m, chain in enumerate(chains) if chain)}:
        choose(page, m)
        height = page.evaluate("document.querySelector('.card-body').scrollHeight")
        heights[bool(chains[m])].append(height)
    assert max(heights[False]) < 1_660, heights
    assert max(heights[True]) < 2_150, heights  # the other steps of its chain are read with it


def test_one_flag_a_block_is_in_sight_and_all_when_one_looks_at_the_block(
    rich: Frames, open_map: Open
) -> None:
    page = open_map(rich, start=True).page
    choose(page, 0)
    most = """(most) => most === Math.max(...[...document.querySelectorAll(".card-body > *")].map((one) =>
        [...one.querySelectorAll(".doubt")].filter((flag) => getComputedStyle(flag).opacity === "1").length))"""
    page.mouse.move(5, 5)
    page.wait_for_function(most, arg=1)
    page.hover(".facts")
    page.wait_for_function(most, arg=4)
    # Whoever walks with the keyboard sees the one that has the focus.
    page.mouse.move(5, 5)
    page.locator(".facts .doubt").nth(2).focus()
    page.wait_for_function("() => getComputedStyle(document.activeElement).opacity === '1'")


def test_the_card_on_paper_has_everything(rich: Frames, open_map: Open) -> None:
    page = open_map(rich, start=True).page
    choose(page, 0)
    page.evaluate("window.print = () => {}")
    page.locator("#kk-open-picture").click()
    page.locator("#kk-print-card").click()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    titles = page.locator(".kk-paper-card section > h3").all_text_contents()
    assert {TEXTS("map.money"), TEXTS("map.certainty"), TEXTS("map.ladder"), TEXTS("map.origin")} <= set(
        titles
    )
    assert page.locator(".kk-paper-card details").count() == 0
    # The card on the screen is as it was.
    assert page.locator("#kk-card details.fold:not([open])").count() >= 4


def test_a_chance_says_how_high_its_stream_could_rise_anywhere(rich: Frames, open_map: Open) -> None:
    """Beside what is within reach; not where nothing is higher, nor of what is used in a cascade."""
    streams = load_catalogue().streams
    ranked = rich.matches.sort_values("rank").reset_index(drop=True)
    climbing = ~ranked["stream"].map(lambda one: streams[one].cascade)
    (first, second), falls = ranked.index[climbing][:2], ranked.index[~climbing][0]
    rungs = ranked["match_id"].map({ranked["match_id"][second]: 8}).fillna(3).astype("int64")
    opened = open_map(replace(rich, matches=ranked.assign(r_possible=rungs)))
    told = TEXTS("map.r_possible", rung="R3", what=TEXTS("map.r3"))
    for m, says in ((first, True), (second, False), (falls, False)):
        choose(opened.page, int(m))
        assert (told in opened.text(".card-body")) is says
        assert f"R{ranked['r_after'][m]}" in opened.text(".card-body .ladder")
