"""The hub sheet: one A4 per hub: where it stands best, who brings what, what comes out and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.tables.hub_words import name_place, tell_ends, tell_kind, tell_numbers, tell_place
from kansenkaart.texts import Texts, load_texts

# What fits on one A4.
_MOST_GIVERS = 25
_NUMERIC = frozenset({1, 2})


def write_hub_sheet(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``hubs.html``, static and ready to print: a page per hub, or one that says there is none."""
    texts = load_texts(loaded.project.language)
    hubs, flows = (_clean(one) for one in (frames.hubs, frames.hub_flows))
    pages = [_draw(row, flows[flows["hub_id"] == row["hub_id"]], texts) for row in hubs.to_dict("records")]
    title = texts("report.hub_title", title=loaded.project.title)
    if not pages:
        pages = [element("article", _head(title, ""), element("p", texts("report.hub_none")), class_="sheet")]
    page = write_page(join(pages), title=title, language=texts.language, style=load_style())
    (folder / "hubs.html").write_text(page, encoding="utf-8", newline="\n")


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    flat = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return clean_frame(flat, "hubs.html", xml=True)[0]


def _draw(row: Mapping[Any, Any], flows: pd.DataFrame, texts: Texts) -> Markup:
    tiles = (element("div", element("dt", name), element("dd", value, class_="words"), class_="tile")
             for name, value in tell_numbers(row, texts).items())  # fmt: skip
    facts = (
        markup
        for name, value in tell_place(row, flows, texts).items()
        for markup in (element("dt", name), element("dd", value))
    )
    parts = [
        _head(tell_kind(row, texts), name_place(row)),
        element("dl", *tiles, class_="tiles"),
        element("dl", *facts, class_="told"),
        _draw_givers(flows[flows["way"] == "takes"], texts),
        element("p", texts("report.hub_note"), class_="facts"),
        element("p", texts("report.coalition_sign"), class_="sign"),
    ]
    return element("article", *parts, class_="sheet coalition")


def _head(kicker: str, title: str) -> Markup:
    return element("header", element("p", kicker, class_="kicker"), element("h1", title))


def _draw_givers(flows: pd.DataFrame, texts: Texts) -> Markup:
    rows = [
        [
            one["name"],
            tell_ends(one, "quantity", texts, one["unit"]),
            texts.number(one["km"], 2),
        ]
        for one in flows.head(_MOST_GIVERS).to_dict("records")
    ]
    title, count = texts("report.hub_givers"), len(flows)
    if count > _MOST_GIVERS:
        title = texts("report.cluster_part", title=title, shown=_MOST_GIVERS, count=count)
    head = [texts(f"report.hub_{name}") for name in ("giver", "quantity", "km")]
    drawn = table(head, rows, numeric=_NUMERIC, caption=texts("report.hub_givers"), name="partners")
    return element("section", element("h2", title), drawn)
