"""Fifty thousand chances."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest

from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts

pytestmark = pytest.mark.browser

Open = Callable[..., "object"]


def test_fifty_thousand_chances_stay_quick(checks: ModuleType, many: Frames, open_map: Open) -> None:
    opened = open_map(many)
    page = opened.page
    ready = page.evaluate("performance.now()")
    steps = page.evaluate(
        """async () => {
          const input = document.getElementById("kk-distance");
          const times = [];
          for (let step = 0; step < 30; step++) {
            const begin = performance.now();
            input.value = String(4 + (step % 12));
            input.dispatchEvent(new Event("input"));
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b);
        }"""
    )
    page.click("#kk-reset")
    assert page.evaluate("kansenkaart.page.layers.painted.bundles.lines.length") == 120
    pans = page.evaluate(
        """async () => {
          const times = [];
          for (let step = 0; step < 20; step++) {
            const begin = performance.now();
            kansenkaart.page.map.panBy([step % 2 ? 60 : -60, 0], { animate: false });
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b);
        }"""
    )
    page.click("#kk-bundles")
    at = page.evaluate(checks.LINE, "match")
    clicked = page.evaluate(
        """([left, top]) => {
          const { map, layers } = kansenkaart.page;
          const box = map.getContainer().getBoundingClientRect();
          const point = map.containerPointToLayerPoint([left - box.left, top - box.top]);
          const begin = performance.now();
          const { offset } = layers.lines.view;
          const near = layers.painted.lineGrid.at(point.x - offset.x, point.y - offset.y);
          return [performance.now() - begin, near.length];
        }""",
        [at["left"], at["top"]],
    )
    # The bars (1 s, 100 ms, 200 ms, 60 ms) hold on an idle machine; twice that is still a regression on a busy one.
    assert ready < 2_000
    assert steps[15] < 200
    assert steps[28] < 400
    assert pans[10] < 120
    assert clicked[0] < 10
    assert clicked[1] > 0
    checks.check_shown(opened, many)
    page.click("#kk-tab-chances")
    page.focus("#kk-chances")
    page.keyboard.press("End")
    assert page.locator("#kk-chances [role=option]").count() < 60
    assert opened.texts(".item.active .rank")[0].startswith(load_texts().number(len(many.matches), 9))
    assert opened.faults == []
