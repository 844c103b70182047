"""What the page must show, computed from the frames without the page's code, and how a test reaches the page."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from playwright.sync_api import Page

from kansenkaart.maps.block import shorten_floats
from kansenkaart.tables import Frames
from kansenkaart.texts import load_texts

STEPS = {
    "GJ": ((1e6, "PJ"), (1e3, "TJ"), (1, "GJ")),
    "t": ((1e6, "Mt"), (1e3, "kt"), (1, "t")),
    "t ds": ((1e3, "kt ds"), (1, "t ds")),
    "m3": ((1e6, "mln m³"), (1, "m³")),
}


def fold(text: str) -> str:
    """Write a text as a search compares it: no capitals, no accents, subscript digits as digits."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()


def chances(
    frames: Frames, *, km: float = np.inf, smallest: int = 0, query: str = "",
    classes: tuple[str, ...] = ("kansrijk", "verkennen", "technisch"), streams: set[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the chances a choice leaves, the best first."""
    found = frames.matches.sort_values("rank")
    texts = load_texts()
    quantity = pd.Series(shorten_floats(found["quantity"].to_numpy()).astype(float), index=found.index)
    by_stream = quantity.groupby(found["stream"])
    share = (by_stream.rank(method="min") - 1) / by_stream.transform("size")
    keep = (np.floor(found["distance_m"] / 10 + 0.5) * 10 <= km * 1000) & (
        share.astype("float32") >= smallest / 100
    )
    keep &= found["chance_class"].isin(classes)
    if streams is not None:
        keep &= found["stream"].isin(streams)
    if query:
        sites = frames.sites.set_index("site_id")
        places = (sites["name"] + " " + sites["municipality"]).map(fold)
        streams_said = {one: f"{fold(texts(f'streams.{one}'))} {one}" for one in found["stream"].unique()}
        words = [
            found["supply_id"].map(places),
            found["demand_id"].map(places),
            found["stream"].map(streams_said),
        ]
        for word in fold(query).split():
            keep &= np.logical_or.reduce([column.str.contains(word, regex=False) for column in words])
    return found[keep]


def amount(value: float, unit: str) -> str:
    """Write a quantity as the page does: '1,2 PJ'."""
    steps = STEPS.get(unit, ((1, unit),))
    factor, name = next((step for step in steps if abs(value) >= step[0] * 0.9995), steps[-1])
    return f"{load_texts().number(value / factor)} {name}"


def sums(found: pd.DataFrame) -> str:
    """Write the totals of one stream as its row in the legend: '14 kansen · 1,2 PJ/jaar · 61 kt CO₂/jaar'."""
    if not len(found):
        return "geen kansen"
    count = len(found)
    parts = [f"{load_texts().number(count, 9)} {'kans' if count == 1 else 'kansen'}"]
    idle = found["chance_class"] == "technisch"
    unit = found["unit"].iloc[0]
    if (~idle).any():
        parts.append(f"{amount(found.loc[~idle, 'quantity'].sum(), unit)}/jaar")
    avoided = found.loc[~idle, "co2_avoided_t_y"].sum()
    if abs(avoided) >= 0.5:
        parts.append(f"{amount(avoided, 't')} CO₂/jaar")
    if idle.any():
        parts.append(f"{amount(found.loc[idle, 'quantity'].sum(), unit)}/jaar loont nu niet")
    return " · ".join(parts)


# A point on the longest drawn line that lies in sight, in pixels of the window.
LINE = """(kind) => {
  const { layers, map } = kansenkaart.page;
  const box = map.getContainer().getBoundingClientRect();
  for (const line of [...layers.painted.lines].sort((a, b) => b.length - a.length)) {
    if (line.kind !== kind) continue;
    for (const part of [0.5, 0.4, 0.6, 0.3, 0.7]) {
      const rest = 1 - part;
      const x = rest * rest * line.sx + 2 * rest * part * line.cx + part * part * line.ex + layers.lines.view.offset.x;
      const y = rest * rest * line.sy + 2 * rest * part * line.cy + part * part * line.ey + layers.lines.view.offset.y;
      const point = map.layerPointToContainerPoint([x, y]);
      const [left, top] = [box.left + point.x, box.top + point.y];
      if (document.elementFromPoint(left, top)?.closest(".kk-map")) return { left, top, id: line.id };
    }
  }
  return null;
}"""


def each_size(page: Page, *sizes: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Give the window each size in turn: the page follows it as it does when a phone is turned."""
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        yield width, height


def set_range(page: Page, selector: str, value: int) -> None:
    page.locator(selector).evaluate(
        "(input, value) => { input.value = String(value); input.dispatchEvent(new Event('input')); }",
        value,
    )


def list_ids(page: Page) -> list[str]:
    """Return the ids of all chances in the list, in its order."""
    ids: list[str] = page.evaluate(
        """() => {
          const { model, result } = kansenkaart.page;
          const { "m.stream": stream, "m.supply": supply, "m.demand": demand } = model.c;
          const id = (m) => [model.streams[stream[m]].id, model.siteIds[supply[m]], model.siteIds[demand[m]]].join("|");
          return Array.from(result.list, id);
        }"""
    )
    return ids


def check_shown(opened: Any, frames: Frames, *, drawn: int = 300, **choice: object) -> None:
    """Compare legend, list, counts and drawing with what the frames say."""
    page, texts = opened.page, load_texts()
    found = chances(frames, **choice)
    assert list_ids(page) == found["match_id"].tolist()
    shown = min(drawn, len(found))
    if len(found):
        assert opened.text("#kk-count") == f"{shown} van {texts.number(len(found), 9)} kansen getekend"
    assert page.evaluate("kansenkaart.page.result.drawn.length") == shown
    all_streams = chances(frames, **{**choice, "streams": None})
    for stream, rows in all_streams.groupby("stream"):
        label = page.locator(f'input[data-stream="{stream}"]').locator("xpath=..").locator(".sums")
        shown_sums = " ".join(label.inner_text().replace("\u00a0", " ").split())
        assert shown_sums == sums(rows), f"{stream}: {shown_sums} is not {sums(rows)}"


def check_shown_in_bundles(opened: Any, frames: Frames, **choice: object) -> None:
    """Compare list, legend and count where chances may be drawn in bundles, and every bundle, with the frames."""
    page, number = opened.page, load_texts().number
    found = chances(frames, **choice)
    assert list_ids(page) == found["match_id"].tolist()
    for stream, rows in chances(frames, **{**choice, "streams": None}).groupby("stream"):
        label = page.locator(f'input[data-stream="{stream}"]').locator("xpath=..").locator(".sums")
        # Text, not what is seen: the legend may lie under another tab.
        assert " ".join(label.text_content().replace("\u00a0", " ").split()) == sums(rows), stream
    if page.evaluate("kansenkaart.page.layers.painted.bundles") is None:
        shown = min(300, len(found))
        assert opened.text("#kk-count") == f"{shown} van {number(len(found), 9)} kansen getekend"
        return
    check_bundles(opened, frames, found)


BUNDLES = """() => { const { bundles } = kansenkaart.page.layers.painted; const { model } = kansenkaart.page;
  if (!bundles) return null;
  const { seeds, of, flows, inside } = bundles.groups;
  const { names } = model.towns;
  return { inside, groups: Object.fromEntries(names.map((name, n) => [name, names[seeds[of[n]]]])),
    lines: bundles.lines.map(({ id, width, headless }) => { const { from, to, stream, count, paying, idle } = flows[id];
      return { id, width, headless: Boolean(headless), from: names[seeds[from]], to: names[seeds[to]],
        stream: model.streams[stream].id, count, paying, idle }; }) }; }"""


def sum_bundles(frames: Frames, rows: pd.DataFrame, groups: dict[str, str]) -> pd.DataFrame:
    """Return count and sums per stream from group to group of municipalities."""
    town = frames.sites.set_index("site_id")["municipality"].map(groups)
    idle = rows["chance_class"] == "technisch"
    ends = rows.assign(
        giver=rows["supply_id"].map(town), taker=rows["demand_id"].map(town),
        paying=rows["quantity"].where(~idle, 0.0), idle=rows["quantity"].where(idle, 0.0),
    )  # fmt: skip
    return ends.groupby(["giver", "taker", "stream"]).agg(
        count=("match_id", "size"), paying=("paying", "sum"), idle=("idle", "sum")
    )


def check_bundles(opened: Any, frames: Frames, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Compare every bundle on the map, and what is said of all, with the frames; returns the bundles."""
    drawn, number = opened.page.evaluate(BUNDLES), load_texts().number
    expected = sum_bundles(frames, rows, drawn["groups"])
    lines: list[dict[str, Any]] = drawn["lines"]
    assert 0 < len(lines) <= 36
    for one in lines:
        assert one["from"] != one["to"]
        row = expected.loc[(one["from"], one["to"], one["stream"])]
        assert one["count"] == row["count"], one
        assert np.allclose([one["paying"], one["idle"]], [row["paying"], row["idle"]], rtol=1e-3), one
    within = expected[expected.index.get_level_values("giver") == expected.index.get_level_values("taker")]
    assert drawn["inside"] == within["count"].sum()
    total = number(sum(one["count"] for one in lines), 9)
    words = f"{total} van {number(len(rows), 9)} kansen getekend, in {len(lines)} bundels"
    assert opened.text("#kk-count").startswith(words)
    return lines


def pdf_text(data: bytes, folder: Path) -> list[str]:
    """Return the text of every page of a PDF, spaces made plain."""
    path = folder / "uit.pdf"
    path.write_bytes(data)
    tool = shutil.which("pdftotext")
    assert tool is not None, "pdftotext (poppler-utils) is needed to read what was printed"
    done = subprocess.run([tool, "-layout", str(path), "-"], capture_output=True, check=True)
    pages = done.stdout.decode("utf-8").split("\f")[:-1]
    return [" ".join(page.replace("\u00a0", " ").split()) for page in pages]
