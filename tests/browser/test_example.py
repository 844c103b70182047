"""The example region as it is built: no fault, and every sentence as the frames have it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kansenkaart.pipeline import Result

pytestmark = pytest.mark.browser

# Every chance and every place opened in turn; the words of its card.
CARDS = """(kind) => {
  const { model, actions } = kansenkaart.page;
  const words = [];
  for (let id = 0; id < (kind === "match" ? model.matchCount : model.siteCount); id++) {
    actions.choose({ kind, id }, { fromMap: true });
    words.push(document.getElementById("kk-card").textContent);
  }
  return words;
}"""


def test_every_sentence_of_the_example_is_on_its_card(
    noord_holland: Result, noord_holland_outputs: Path, listen: Callable[..., object]
) -> None:
    opened = listen()
    opened.page.goto((noord_holland_outputs / "kansenkaart.html").as_uri())
    opened.page.wait_for_selector("#kk[data-phase=ready]")
    frames = noord_holland.frames
    cards = opened.page.evaluate(CARDS, "match")
    reasons = frames.matches.sort_values("rank")["reason"]
    assert [reason for reason, card in zip(reasons, cards, strict=True) if reason not in card] == []
    cards = dict(zip(frames.sites["site_id"], opened.page.evaluate(CARDS, "site"), strict=True))
    flows = frames.flows.merge(frames.gaps[["flow_id", "reason"]], on="flow_id")
    missing = [
        (row.flow_id, text)
        for row in flows.itertuples()
        for text in (row.formula, row.reason)
        if text[1:] not in cards[row.site_id]
    ]
    assert missing == []
    assert opened.faults == []
    assert opened.requests == []
