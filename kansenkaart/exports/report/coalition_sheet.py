"""The coalition sheet: one A4 of all coalitions and one of each: who, what, worth, next step, who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from kansenkaart.tables.coalition_words import tell_form, tell_missing, tell_range, tell_scores
from kansenkaart.tables.coalitions import STAGES
from kansenkaart.texts import UNKNOWN, Texts, load_texts
from kansenkaart.units import write_unit

# What fits on one A4.
_MOST = {"partners": 12, "chances": 8}
_PRICES = (("low", "from"), ("high", "to"))
_NARROW = "\u00a0"
# Standard errors within which a drawn share lies, of twenty all but one.
_SURE = 2
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
    return element("article", head, _table("list", columns, rows, texts), note, class_="sheet coalition")


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
    parts = [
        _head(kicker, row["coalition"]),
        element("dl", *(_tile(*one) for one in _find_tiles(row, texts)), class_="tiles"),
        element(
            "div",
            element("div", Markup(draw_coalition(partners, chances, frames, texts=texts)), class_="drawn"),
            element("dl", *_tell_facts(row, names, frames, texts), class_="told"),
            class_="pair",
        ),
        _draw_partners(row, partners, frames, texts),
        _draw_chances(row, chances, texts),
        element("p", texts("report.coalition_note"), class_="facts"),
        element("p", texts("report.coalition_sign"), class_="sign"),
    ]  # fmt: skip
    return element("article", *parts, class_="sheet coalition")


def _name(row: Mapping[Any, Any], texts: Texts) -> str:
    """Its name, with what a room made of it."""
    stage = texts(f"tables.values.stage.{row['stage']}")
    return str(row["coalition"]) if row["stage"] == STAGES[0] else f"{row['coalition']} ({stage})"


def _head(kicker: str, title: str) -> Markup:
    return element("header", element("p", kicker, class_="kicker"), element("h1", title))


def _tile(name: str, value: str) -> Markup:
    return element("div", element("dt", name), element("dd", value, class_="words"), class_="tile")


def _find_tiles(row: Mapping[Any, Any], texts: Texts) -> list[tuple[str, str]]:
    """The value case in a line: money, CO2, material, rungs, and what lacks."""
    gain = UNKNOWN if pd.isna(row["r_gain"]) else texts.number(row["r_gain"], 2)
    tiles = [("net", tell_range(row, "net_eur_y", texts)), ("co2", tell_range(row, "co2_t_y", texts))]
    if row["material_t_y"] > 0:
        tiles.append(("material", tell_range(row, "material_t_y", texts)))
    tiles.append(("rungs", gain))
    if row["support_needed_eur_y"] > 0:
        tiles.append(("support", texts.number(row["support_needed_eur_y"], 2)))
    return [(texts(f"report.coalition_{name}"), value) for name, value in tiles]


def _tell_facts(
    row: Mapping[Any, Any], names: Mapping[str, str], frames: Frames, texts: Texts
) -> list[Markup]:
    """Next step, lead and form, who is missing, what it hangs on, and whether the split holds."""
    depends = texts(
        "report.coalition_depends",
        name=names.get(row["largest_id"], row["largest_id"]),
        share=texts.number(100 * row["largest_share"], 2),
    )
    balance = texts(
        "report.coalition_balance",
        balance=texts.number(100 * row["balance"], 2),
        inside=texts.number(100 * row["complementary"], 2),
    )
    facts = {
        "next_step": row["next_step"],
        "lead": names.get(row["heart_id"], row["heart_id"]),
        "form": tell_form(row, texts),
        "missing": tell_missing(row, texts),
        "depends_on": depends,
        "even": balance,
        "split": _tell_split(row, names, frames, texts),
    }
    scores = tell_scores(row, texts)
    if scores:
        facts["values"] = scores
    if row["r_gain"] < 0:
        facts["warning"] = texts("report.coalition_down")
    return [
        markup
        for name, value in facts.items()
        for markup in (element("dt", texts(f"report.coalition_{name}")), element("dd", value))
    ]


def _tell_split(row: Mapping[Any, Any], names: Mapping[str, str], frames: Frames, texts: Texts) -> str:
    told = texts(f"tables.values.split.{row['split']}")
    if isinstance(row["core_group"], str):
        group = [names.get(one, one) for one in split_ids(row["core_group"], set(frames.sites["site_id"]))]
        excess = texts.number(row["core_excess_eur_y"], 2)
        told = texts("report.coalition_apart", told=told, names=", ".join(group), excess=excess)
    if row["split_error_eur_y"] > 0:
        told += texts("report.coalition_error", error=texts.number(_SURE * row["split_error_eur_y"], 2))
    return told[:1].upper() + told[1:]


def _section(
    key: str, frame: pd.DataFrame, columns: Sequence[str], rows: list[list[str]], texts: Texts
) -> Markup:
    title, most, count = texts(f"report.coalition_{key}"), _MOST[key], len(frame)
    told = title if count <= most else texts("report.cluster_part", title=title, shown=most, count=count)
    return element("section", element("h2", told), _table(key, columns, rows, texts))


def _table(key: str, columns: Sequence[str], rows: list[list[str]], texts: Texts) -> Markup:
    head = [texts(f"report.coalition_{name}") for name in columns]
    caption = texts(f"report.coalition_{key}")
    return table(head, rows, numeric=_NUMBERS[key], caption=caption, name=key)


def _draw_partners(row: Mapping[Any, Any], partners: pd.DataFrame, frames: Frames, texts: Texts) -> Markup:
    """What each brings and fetches and what falls without it; where there is something to split, who gets what."""
    own = frames.coalition_flows[frames.coalition_flows["coalition_id"] == row["coalition_id"]]
    split = row["net_eur_y"] > 0
    columns = ("partner", "brings", "fetches", "falls", *(("side", "fair", "receives") if split else ()))
    rows = []
    for one in partners.head(_MOST["partners"]).to_dict("records"):
        flows = own[own["site_id"] == one["site_id"]]
        told = [_tell_flows(flows[flows["role"] == role], row, texts) for role in ("supply", "demand")]
        rows.append([one["name"], *told, f"{texts.number(100 * one['falls_share'], 2)} %"])
        if split:
            side = texts.number(one["avoids_eur_y"] - one["bears_eur_y"], 2)
            rows[-1] += [side, tell_range(one, "fair_eur_y", texts), texts.number(one["payment_eur_y"], 2)]
    return _section("partners", partners, columns, rows, texts)


def _tell_flows(flows: pd.DataFrame, row: Mapping[Any, Any], texts: Texts) -> str:
    """How much of which streams; of the only one without its name, which stands above."""
    told = []
    for one in flows.to_dict("records"):
        amount = f"{texts.number(one['quantity'])}{_NARROW}{write_unit(one['unit'])}"
        name = texts.find(f"streams.{one['stream']}", one["stream"])
        told.append(amount if row["streams"] == row["stream"] else f"{amount} {name}")
    return "; ".join(told) or UNKNOWN


def _draw_chances(row: Mapping[Any, Any], chances: pd.DataFrame, texts: Texts) -> Markup:
    """The best chances; where any has a price, what it brings and at which price both gain."""
    priced = row["priced"] > 0
    columns = ("chance", "quantity", "class", *(("net", "price") if priced else ()))
    rows = []
    for one in chances.head(_MOST["chances"]).to_dict("records"):
        unit, between = write_unit(one["unit"]), f"{one['giver']} → {one['taker']}"
        stream = texts.find("streams." + one["stream"], one["stream"])
        sure = texts(f"tables.values.chance_class.{one['chance_class']}")
        rows.append(
            [
                between if row["streams"] == row["stream"] else f"{between} ({stream})",
                f"{texts.number(one['quantity'])}{_NARROW}{unit}",
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
    return _section("chances", chances, columns, rows, texts)
