"""What the page of a municipality says: headline, key numbers, chances, totals, shortages, coalitions, sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from kansenkaart.allowed import suggest
from kansenkaart.atlas.built import Built
from kansenkaart.atlas.drawing import DrawnRows, draw_legend, draw_municipality
from kansenkaart.catalogue import load_catalogue
from kansenkaart.catalogue.legend import name_stream, split_ids
from kansenkaart.errors import UsageError
from kansenkaart.exports.content.facts import FACTS, find_facts, touch
from kansenkaart.exports.content.totals import MEASURES
from kansenkaart.tables.matches import pay_now
from kansenkaart.texts import UNKNOWN, Texts, cut_text, fold_word, load_texts
from kansenkaart.units import write_unit

# What fits on one A4 beneath one another: rows per part.
_MOST = {"chances": 7, "totals": 12, "gaps": 5, "coalitions": 3}
_SOURCES = 8
_LONGEST = 44  # letters of a name in a cell
_CONTRACT = "contract"
_TOTALS = MEASURES[: MEASURES.index(_CONTRACT) + 1]


@dataclass(frozen=True)
class PageTable:
    """A table of the page under a heading; without rows `empty` stands there instead.

    Attributes
    ----------
    numeric
        Places of the columns that align right.
    """

    key: str
    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...]
    empty: str


@dataclass(frozen=True)
class Sheet:
    """The page of one municipality, as texts; its map and legend are SVG."""

    code: str
    name: str
    kicker: str
    headline: str
    drawn: str
    map_title: str
    legend: str
    legend_title: str
    figures: PageTable
    coalitions: PageTable
    grids: tuple[PageTable, ...]
    note: str
    sources: str


@dataclass(frozen=True)
class _Region:
    """What all pages share."""

    built: Built
    texts: Texts
    areas: gpd.GeoDataFrame
    chances: pd.DataFrame
    short: Mapping[str, float]

    def table(self, name: str) -> pd.DataFrame:
        return self.built.tables[name]


def choose_sheets(built: Built, municipality: str | None = None) -> list[Sheet]:
    """Return a page of every municipality of the region by name, or of `municipality` alone: its name or CBS code.

    Raises
    ------
    UsageError
        When the region has no such municipality.
    """
    texts, areas = load_texts(built.language), built.tables["municipalities"]
    own = areas[areas["in_region"].astype(bool)].sort_values(["municipality", "municipality_code"])
    if municipality is not None:
        names = own["municipality"].map(fold_word)
        asked = (names == fold_word(municipality)) | (
            own["municipality_code"].str.casefold() == municipality.casefold()
        )
        if not asked.any():
            message = "{name} is no municipality of this region. {hint}"
            hint = suggest(municipality, [str(one) for one in own["municipality"]])
            raise UsageError("atlas_municipality", message, name=municipality, hint=hint)
        own = own[asked]
    region = _gather(built, texts)
    return [_tell(row, region) for row in own.drop(columns="geometry").to_dict("records")]


def _gather(built: Built, texts: Texts) -> _Region:
    areas = gpd.GeoDataFrame(built.tables["municipalities"])
    gaps = built.tables["gaps"]
    codes = set(areas.loc[areas["in_region"].astype(bool), "municipality_code"])
    lacking = gaps[(gaps["role"] == "demand") & gaps["municipality_code"].isin(codes)]
    short = {str(stream): float(one) for stream, one in lacking.groupby("stream")["remaining"].sum().items()}
    chances = built.tables["matches"].sort_values(["rank", "match_id"])
    return _Region(built, texts, areas, touch(chances, codes), short)


def _tell(row: Mapping[Any, Any], region: _Region) -> Sheet:
    code, name, texts = str(row["municipality_code"]), str(row["municipality"]), region.texts
    sites, links = region.table("sites"), touch(region.table("links"), [code])
    own, chances = sites[sites["municipality_code"] == code], touch(region.chances, [code])
    running = links[links["status"] == "running"]
    told = DrawnRows(code, gpd.GeoDataFrame(own), chances, running, _MOST["chances"])
    return Sheet(
        code,
        name,
        texts("atlas.kicker", title=region.built.title, year=region.built.year),
        _headline(name, own, chances, texts),
        draw_municipality(told, region.areas, gpd.GeoDataFrame(sites), texts=texts),
        texts("atlas.map", name=name),
        draw_legend(told, gpd.GeoDataFrame(sites), texts=texts),
        texts("atlas.legend"),
        _tell_facts(code, region),
        _tell_coalitions(chances, region),
        (
            _tell_chances(code, chances, region),
            _tell_totals(row, texts),
            _tell_gaps(code, region),
        ),
        _tell_note(own, chances, sites, texts),
        _tell_sources(own, links, texts),
    )


def _cut(name: object) -> str:
    return cut_text(" ".join(str(name).split()), _LONGEST)


def _stream(stream: str, texts: Texts) -> str:
    return texts.find(f"streams.{stream}", stream)


def _amount(row: Mapping[Any, Any], name: str, texts: Texts) -> str:
    return f"{texts.number(row[name])}\u00a0{write_unit(str(row['unit']))}"


def _headline(name: str, own: pd.DataFrame, chances: pd.DataFrame, texts: Texts) -> str:
    """The sentence of the page; that nothing was read or found is an answer, too."""
    if own.empty:
        return texts("atlas.no_places", name=name)
    if chances.empty:
        return texts("atlas.no_chances", name=name, count=texts.count(len(own)))
    now = pay_now(chances)
    best = (now if len(now) else chances).iloc[0].to_dict()
    values = {
        "name": name,
        "count": texts.count(len(chances)),
        "now": texts.count(len(now)),
        "giver": best["supply_name"],
        "taker": best["demand_name"],
        "amount": _amount(best, "quantity", texts),
        "stream": name_stream(str(best["stream"]), texts),
    }
    return texts("atlas.some_now" if len(now) else "atlas.none_now", **values)


def _tell_facts(code: str, region: _Region) -> PageTable:
    """Key numbers of the municipality beside those of the region."""
    texts, areas = region.texts, region.areas
    codes = areas.loc[areas["in_region"].astype(bool), "municipality_code"]
    here, all_ = (find_facts(region.built.tables, one) for one in ([code], codes))
    pairs = {key: (here[key], all_[key]) for key in FACTS}
    rows = tuple(
        (texts(f"atlas.fact_{key}"), *(_write(one, texts) for one in pair), _share(*pair, texts))
        for key, pair in pairs.items()
    )
    head = tuple(texts(f"atlas.{key}") for key in ("fact", "here", "region", "share"))
    return PageTable(
        "facts",
        texts("atlas.figures"),
        head,
        rows,
        (
            1,
            2,
            3,
        ),
        "",
    )


def _write(value: float, texts: Texts) -> str:
    return texts.count(value) if isinstance(value, int) else texts.number(value)


def _share(here: float, region: float, texts: Texts) -> str:
    return f"{texts.number(100 * here / region, 2)}\u00a0%" if region > 0 and here >= 0 else UNKNOWN


def _grid(
    key: str,
    frame: pd.DataFrame,
    head: Sequence[str],
    write: Callable[[Mapping[Any, Any]], tuple[str, ...]],
    numeric: tuple[int, ...],
    texts: Texts,
) -> PageTable:
    """The first rows of `frame`; the heading says how many there are."""
    most, count, title = _MOST[key], len(frame), texts(f"atlas.{key}")
    told = title if count <= most else texts("atlas.part", title=title, shown=most, count=texts.count(count))
    rows = tuple(write(row) for row in frame.head(most).to_dict("records"))
    return PageTable(
        key, told, tuple(texts(f"atlas.{one}") for one in head), rows, numeric, texts(f"atlas.{key}_none")
    )


def _tell_chances(code: str, chances: pd.DataFrame, region: _Region) -> PageTable:
    texts = region.texts
    numbered = chances.assign(number=range(1, len(chances) + 1))

    def write(row: Mapping[Any, Any]) -> tuple[str, ...]:
        ends = [row[f"{side}_municipality_code"] == code for side in ("supply", "demand")]
        way = "inside" if all(ends) else "outgoing" if ends[0] else "incoming"
        return (
            str(row["number"]),
            f"{_cut(row['supply_name'])} → {_cut(row['demand_name'])}",
            texts(f"atlas.{way}"),
            f"{_amount(row, 'quantity', texts)} {name_stream(str(row['stream']), texts)}",
            texts(f"tables.values.chance_class.{row['chance_class']}"),
            texts.number(row["net_eur_y"], 2),
        )

    head = ("number", "pair", "way", "quantity", "class", "net")
    return _grid(
        "chances",
        numbered,
        head,
        write,
        (
            0,
            5,
        ),
        texts,
    )


def _tell_totals(row: Mapping[Any, Any], texts: Texts) -> PageTable:
    """Per stream the totals of the GeoPackage: what goes now, and what goes once it pays; what moves stands first."""
    streams = load_catalogue().streams
    known = {
        stream: [float(row.get(f"{stream}_{measure}", float("nan"))) for measure in _TOTALS]
        for stream in streams
    }
    held = pd.DataFrame.from_dict(known, orient="index", columns=list(_TOTALS))
    held = held[(held[["supply", "demand"]] > 0).any(axis=1)].assign(
        name=lambda frame: [_stream(str(one), texts) for one in frame.index],
        unit=lambda frame: [streams[str(one)].unit for one in frame.index],
    )
    moves = held[["given", "given_if_pays", "received", "received_if_pays"]].sum(axis=1) > 0
    ordered = held.assign(moves=moves).sort_values(["moves", "name"], ascending=[False, True])
    measures = [one for one in _TOTALS if one != _CONTRACT or (held[one] > 0).any()]

    def write(one: Mapping[Any, Any]) -> tuple[str, ...]:
        amounts = (texts.number(one[measure]) for measure in measures)
        return (f"{one['name']} ({write_unit(one['unit'])})", *amounts)

    head = ("stream", *(f"total_{measure}" for measure in measures))
    return _grid("totals", ordered, head, write, tuple(range(1, 1 + len(measures))), texts)


def _tell_gaps(code: str, region: _Region) -> PageTable:
    """What places lack, the largest part of what the region lacks of the stream first."""
    texts, gaps = region.texts, region.table("gaps")
    lacking = gaps[(gaps["municipality_code"] == code) & (gaps["role"] == "demand") & (gaps["remaining"] > 0)]
    share = lacking["remaining"] / lacking["stream"].map(region.short).astype("float64")
    ordered = lacking.assign(share=share).sort_values(["share", "flow_id"], ascending=[False, True])

    def write(row: Mapping[Any, Any]) -> tuple[str, ...]:
        return (
            _cut(row["site_name"]),
            _stream(str(row["stream"]), texts),
            _amount(row, "remaining", texts),
            f"{texts.number(100 * row['share'], 2)}\u00a0%",
            texts.find(f"tables.values.cause.{row['cause']}", str(row["cause"])),
        )

    head = ("place", "stream", "total_short", "of_region", "cause")
    return _grid(
        "gaps",
        ordered,
        head,
        write,
        (
            2,
            3,
        ),
        texts,
    )


def _tell_coalitions(chances: pd.DataFrame, region: _Region) -> PageTable:
    texts, coalitions = region.texts, region.table("coalitions")
    known, own = set(region.table("matches")["match_id"]), set(chances["match_id"])
    here = [bool(own.intersection(split_ids(ids, known))) for ids in coalitions["match_ids"]]
    held = coalitions.loc[here]

    def write(row: Mapping[Any, Any]) -> tuple[str, ...]:
        count = texts.count(int(row["partners"]))
        return (_cut(row["coalition"]), count, texts.number(row["net_eur_y"], 2))

    return _grid(
        "coalitions",
        held,
        ("coalition", "partners", "net"),
        write,
        (
            1,
            2,
        ),
        texts,
    )


def _tell_note(own: pd.DataFrame, chances: pd.DataFrame, sites: pd.DataFrame, texts: Texts) -> str:
    """How to read the page; with it, that a place on it may not be named to others."""
    ids = {*own["site_id"], *chances["supply_id"], *chances["demand_id"]}
    secret = sites.loc[sites["site_id"].isin(ids), "confidential"].astype(bool)
    told = texts("atlas.note")
    shown = chances.assign(number=range(1, len(chances) + 1)).head(_MOST["chances"])
    if "crosses" in shown and shown["crosses"].notna().any():
        pairs = shown.dropna(subset="crosses")[["number", "crosses"]].itertuples(index=False)
        told += " " + texts("atlas.crosses", told="; ".join(f"{n} ({names})" for n, names in pairs))
    return f"{told} {texts('atlas.confidential')}" if secret.any() else told


def _tell_sources(own: pd.DataFrame, links: pd.DataFrame, texts: Texts) -> str:
    """Sources of the places and deliveries of the municipality with their year, those of most rows first."""
    rows = pd.concat([one[["source", "source_year"]] for one in (own, links)], ignore_index=True)
    counts = rows.value_counts(["source", "source_year"]).reset_index()
    ordered = counts.sort_values(["count", "source", "source_year"], ascending=[False, True, True])
    told = [
        str(source) if str(year) in str(source) else f"{source} ({year})"
        for source, year in zip(ordered["source"], ordered["source_year"], strict=True)
    ]
    more = len(told) - _SOURCES
    said = "; ".join(told[:_SOURCES]) or UNKNOWN
    if more > 0:
        said = texts("atlas.more_sources", sources=said, count=texts.count(more))
    return texts("atlas.sources", sources=said)
