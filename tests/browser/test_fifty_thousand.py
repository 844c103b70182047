"""Fifty thousand chances."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts
from tests.browser import checks

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]


def test_fifty_thousand_chances_answer_every_step(many: Frames, open_map: Open) -> None:
    opened = open_map(many)
    page = opened.page
    page.evaluate(
        """() => {
          const input = document.getElementById("kk-distance");
          for (let step = 0; step < 30; step++) {
            input.value = String(4 + (step % 12));
            input.dispatchEvent(new Event("input"));
          }
        }"""
    )
    page.click("#kk-reset")
    assert page.evaluate("kansenkaart.page.layers.painted.bundles.lines.length") == 36
    page.click("#kk-bundles")
    at = page.evaluate(checks.LINE, "match")
    page.mouse.click(at["left"], at["top"])
    page.wait_for_selector("#kk-card h2")
    page.keyboard.press("Escape")
    checks.check_shown(opened, many)
    page.click("#kk-tab-chances")
    page.focus("#kk-chances")
    page.keyboard.press("End")
    assert page.locator("#kk-chances [role=option]").count() < 60
    assert opened.texts(".item.active .rank")[0].startswith(load_texts().number(len(many.matches), 9))
    assert opened.faults == []
