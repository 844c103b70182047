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
from kansenkaart.texts import UNKNOWN, Texts, load_texts
from kansenkaart.units import write_unit

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
    kicker = texts(
        "report.hub_kicker",
        kind=texts.find(f"kinds.{row['kind']}", row["kind"]),
        stream=_name(row["stream"], texts),
    )
    town = row["municipality"]
    place = row["name"] if not isinstance(town, str) or town in row["name"] else f"{row['name']}, {town}"
    tiles = (element("div", element("dt", name), element("dd", value, class_="words"), class_="tile")
             for name, value in _find_tiles(row, texts).items())  # fmt: skip
    facts = (
        markup
        for name, value in _find_facts(row, flows, texts).items()
        for markup in (element("dt", texts(f"report.hub_{name}")), element("dd", value))
    )
    parts = [
        _head(kicker, place),
        element("dl", *tiles, class_="tiles"),
        element("dl", *facts, class_="told"),
        _draw_givers(flows[flows["way"] == "takes"], texts),
        element("p", texts("report.hub_note"), class_="facts"),
        element("p", texts("report.coalition_sign"), class_="sign"),
    ]
    return element("article", *parts, class_="sheet coalition")


def _head(kicker: str, title: str) -> Markup:
    return element("header", element("p", kicker, class_="kicker"), element("h1", title))


def _name(stream: str, texts: Texts) -> str:
    return texts.find(f"streams.{stream}", stream).lower()


def _tell(row: Mapping[Any, Any], name: str, texts: Texts, unit: str = "") -> str:
    """A number with its range and unit; unknown where it is."""
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if pd.isna(value):
        return UNKNOWN
    told = texts.number(value, 2)
    if low != high:
        ends = [texts("report.hub_never") if pd.isna(one) else texts.number(one, 2) for one in (low, high)]
        told = texts("report.coalition_range", value=told, low=ends[0], high=ends[1])
    return f"{told} {write_unit(unit)}".strip()


def _find_tiles(row: Mapping[Any, Any], texts: Texts) -> dict[str, str]:
    """What it takes, how far, and what that costs; of money what is known."""
    unit = row["unit"]
    tiles = {
        texts("report.hub_takes"): _tell(row, "quantity", texts, unit),
        texts("report.hub_drive"): f"{texts.number(row['mean_km'], 2)} km",
        texts("report.hub_transport", unit=write_unit(unit)): _tell(row, "transport_eur_unit", texts),
    }
    if row["judged_by"] == "money":
        tiles[texts("report.hub_net")] = _tell(row, "net_eur_y", texts)
        never = pd.isna(row["break_even"])
        tiles[texts("report.hub_break_even")] = (
            texts("report.hub_never") if never else _tell(row, "break_even", texts, unit)
        )
    return tiles


def _find_facts(row: Mapping[Any, Any], flows: pd.DataFrame, texts: Texts) -> dict[str, str]:
    """Why it stands here, what it makes, and what is left."""
    gap = texts.number(100 * row["gap"], 2)
    sure = texts("report.hub_within", gap=gap) if row["gap"] > 0 else texts("report.hub_proven")
    why = texts(f"report.hub_by_{row['judged_by']}", spots=row["spots"], sure=sure)
    made = [
        f"{_tell(one, 'quantity', texts, one['unit'])} {_name(one['stream'], texts)}"
        for one in flows[flows["way"] == "returns"].to_dict("records")
    ]
    left = f"{texts.number(row['left_out'], 2)} {write_unit(row['unit'])} {_name(row['stream'], texts)}"
    return {
        "why": why,
        "returns": "; ".join(made) or texts("report.hub_no_returns"),
        "left_out": left if row["left_out"] >= 1 else texts("report.hub_nothing_left_out"),
    }


def _draw_givers(flows: pd.DataFrame, texts: Texts) -> Markup:
    rows = [
        [
            one["name"],
            _tell(one, "quantity", texts, one["unit"]),
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
