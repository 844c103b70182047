"""The coalition sheet: one A4 of all coalitions and one of each: who, what, worth, next step, who is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.catalogue.legend import split_ids
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.report.coalition_map import draw_coalition
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.tables.coalition_words import (
    MOST_PARTNERS,
    NARROW,
    tell_coalition,
    tell_part,
    tell_partners,
    tell_range,
)
from kansenkaart.tables.coalitions import STAGES
from kansenkaart.texts import UNKNOWN, Texts, load_texts
from kansenkaart.units import write_unit

# What fits on one A4 in letters of a usual size, partners and chances together; what is more is set closer.
_MOST_CHANCES, _EASY_ROWS = 8, 13
# The value case in a line.
_TILES = ("net", "co2", "material", "rungs", "support")
_PRICES = (("low", "from"), ("high", "to"))
_NUMBERS = {
    "list": frozenset({1, 2, 3}),
    "partners": frozenset({3, 4, 5, 6}),
    "chances": frozenset({1, 3, 4}),
}


def write_coalition_sheet(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``coalitions.html``, static and ready to print: a page of all, then one per coalition."""
    texts, style = load_texts(loaded.project.language), load_style()
    known = set(frames.matches["match_id"])
    coalitions, partners, chances = (
        _clean(one) for one in (frames.coalitions, frames.coalition_partners, _name_chances(frames))
    )
    own_partners = dict(iter(partners.groupby("coalition_id")))
    pages = [_draw_list(loaded.project.title, coalitions, texts)]
    for row, ids in zip(coalitions.to_dict("records"), frames.coalitions["match_ids"], strict=True):
        own = chances[chances["match_id"].isin(split_ids(ids, known))]
        pages.append(_draw_one(row, own_partners[row["coalition_id"]], own, frames, texts))
    title = texts("report.coalition_title", title=loaded.project.title)
    page = write_page(join(pages), title=title, language=texts.language, style=style)
    (folder / "coalitions.html").write_text(page, encoding="utf-8", newline="\n")


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    flat = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return clean_frame(flat, "coalitions.html", xml=True)[0]


def _name_chances(frames: Frames) -> pd.DataFrame:
    names = frames.sites.set_index("site_id")["name"]
    told = {
        name: frames.matches[f"{side}_id"].map(names)
        for name, side in (("giver", "supply"), ("taker", "demand"))
    }
    return pd.DataFrame(frames.matches.drop(columns="geometry")).assign(**told).sort_values("rank")


def _draw_list(title: str, coalitions: pd.DataFrame, texts: Texts) -> Markup:
    """All coalitions, what is worth most first."""
    head = _head(texts("report.coalition_list"), title)
    if coalitions.empty:
        return element("article", head, element("p", texts("report.coalition_none")), class_="sheet")
    rows = [
        [
            _name(row, texts),
            texts.count(row["partners"]),
            tell_range(row, "net_eur_y", texts),
            tell_range(row, "co2_t_y", texts),
            texts(f"tables.values.form.{row['form']}"),
            row["next_step"],
        ]
        for row in coalitions.to_dict("records")
    ]
    columns = ("coalition", "partners", "net", "co2", "form", "next_step")
    note = element("p", texts("report.coalition_list_note"), class_="facts")
    told = [_head_of(columns, texts), *rows]
    return element("article", head, _table("list", told, texts), note, class_="sheet coalition")


def _draw_one(
    row: Mapping[Any, Any], partners: pd.DataFrame, chances: pd.DataFrame, frames: Frames, texts: Texts
) -> Markup:
    kicker = texts(
        "report.coalition_kicker",
        scale=texts(f"tables.values.scale_level.{row['scale_level']}").lower(),
        partners=row["partners"],
        chances=row["chances"],
    )
    if row["stage"] != STAGES[0]:
        kicker = f"{kicker} · {texts('tables.values.stage.' + row['stage'])}"
    names = dict(zip(partners["site_id"], partners["name"], strict=True))
    apart = (
        split_ids(row["core_group"], set(frames.sites["site_id"]))
        if isinstance(row["core_group"], str)
        else []
    )
    facts = tell_coalition(row, names, [names.get(one, one) for one in apart], texts)
    flows = frames.coalition_flows[frames.coalition_flows["coalition_id"] == row["coalition_id"]]
    parts = [
        _head(kicker, row["coalition"]),
        element("dl", *(_tile(*facts[key]) for key in _TILES if key in facts), class_="tiles"),
        element(
            "div",
            element("div", Markup(draw_coalition(partners, chances, frames, texts=texts)), class_="drawn"),
            element("dl", *_list_facts(one for key, one in facts.items() if key not in _TILES), class_="told"),
            class_="pair",
        ),
        _section(
            "partners",
            tell_part("partners", MOST_PARTNERS, len(partners), texts),
            tell_partners(row, partners, flows, texts),
            texts,
        ),
        _draw_chances(row, chances, texts),
        element("p", texts("report.coalition_note"), class_="facts"),
        element("p", texts("report.coalition_sign"), class_="sign"),
    ]  # fmt: skip
    rows = min(len(partners), MOST_PARTNERS) + min(len(chances), _MOST_CHANCES)
    return element("article", *parts, class_=f"sheet coalition{' dense' if rows > _EASY_ROWS else ''}")


def _name(row: Mapping[Any, Any], texts: Texts) -> str:
    """Its name, with what a room made of it."""
    stage = texts(f"tables.values.stage.{row['stage']}")
    return str(row["coalition"]) if row["stage"] == STAGES[0] else f"{row['coalition']} ({stage})"


def _head(kicker: str, title: str) -> Markup:
    return element("header", element("p", kicker, class_="kicker"), element("h1", title))


def _tile(name: str, value: str) -> Markup:
    return element("div", element("dt", name), element("dd", value, class_="words"), class_="tile")


def _list_facts(facts: Iterable[tuple[str, str]]) -> list[Markup]:
    return [markup for name, value in facts for markup in (element("dt", name), element("dd", value))]


def _head_of(columns: Sequence[str], texts: Texts) -> list[str]:
    return [texts(f"report.coalition_{name}") for name in columns]


def _section(key: str, title: str, told: list[list[str]], texts: Texts) -> Markup:
    return element("section", element("h2", title), _table(key, told, texts))


def _table(key: str, told: list[list[str]], texts: Texts) -> Markup:
    head, *rows = told
    caption = texts(f"report.coalition_{key}")
    return table(head, rows, numeric=_NUMBERS[key], caption=caption, name=key)


def _draw_chances(row: Mapping[Any, Any], chances: pd.DataFrame, texts: Texts) -> Markup:
    """The best chances; where any has a price, what it brings and at which price both gain."""
    priced = row["priced"] > 0
    columns = ("chance", "quantity", "class", *(("net", "price") if priced else ()))
    rows = []
    for one in chances.head(_MOST_CHANCES).to_dict("records"):
        unit, between = write_unit(one["unit"]), f"{one['giver']} → {one['taker']}"
        stream = texts.find("streams." + one["stream"], one["stream"])
        sure = texts(f"tables.values.chance_class.{one['chance_class']}")
        rows.append(
            [
                between if row["streams"] == row["stream"] else f"{between} ({stream})",
                f"{texts.number(one['quantity'])}{NARROW}{unit}",
                texts("report.coalition_with_support") if one["pays_with_support"] else sure,
            ]
        )
        if priced:
            known = not pd.isna(one["price_from_eur_unit"])
            ends = (
                {end: texts.number(one[f"price_{name}_eur_unit"], 2) for end, name in _PRICES}
                if known
                else {}
            )
            price = texts("report.coalition_prices", unit=unit, **ends) if known else UNKNOWN
            net = one["net_eur_y"]
            rows[-1] += [UNKNOWN if pd.isna(net) else texts.number(net, 2), price]
    title = tell_part("chances", _MOST_CHANCES, len(chances), texts)
    return _section("chances", title, [_head_of(columns, texts), *rows], texts)
