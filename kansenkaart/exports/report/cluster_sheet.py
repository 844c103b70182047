"""The cluster sheet: one A4 of the region and one of every municipality, from sectors by way of flows to chances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log
from pathlib import Path

import pandas as pd

from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.texts import UNKNOWN, Texts, load_texts
from kansenkaart.units import write_unit

# What fits on one A4 beside one another: rows per part.
_MOST = {"sectors": 8, "places": 5, "flows": 11, "chances": 6}
_AXIS, _WIDTH, _HEIGHT = (0.25, 8.0), 150, 14
_FLOWS = ("runs", "inside", "outgoing", "incoming", "left_supply", "left_demand")
_NUMBERS = frozenset(range(1, 7))


def write_cluster_sheet(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``clusters.html``, static and ready to print: a page of the region, then one per municipality in it."""
    texts = load_texts(loaded.project.language)
    areas = frames.municipalities[frames.municipalities["in_region"]].sort_values("municipality")
    names = [str(name) for name in areas["municipality"]]
    order = list(loaded.catalogue.streams)
    flows, chances = _clean(frames.area_view), _clean(_name_chances(frames))
    flows["runs"] = flows[["runs_inside", "runs_out", "runs_in"]].sum(axis=1)
    pages = [
        _draw_sheet(
            loaded.project.title,
            [
                _draw_sectors(_clean(frames.region_sectors), texts),
                _draw_clusters(_clean(frames.site_clusters), texts),
                _draw_flows(_add_up(_clean(frames.chain_view)), order, texts),
                *_tell_ladder(frames.ladder, texts),
                _draw_chances(chances, texts),
            ],
            texts,
        )
    ]
    sectors, clusters = _clean(frames.clusters), _clean(frames.site_clusters)
    codes = dict(zip(areas["municipality_code"], names, strict=True))
    homes = _find_homes(frames)
    for code, name in codes.items():
        own = chances[(chances["from_area"] == name) | (chances["to_area"] == name)]
        parts = [
            _draw_sectors(sectors[sectors["area_code"] == code], texts),
            _draw_clusters(clusters.loc[[name in towns for towns in homes]], texts),
            _draw_flows(flows[flows["area"] == name], order, texts),
            *_tell_ladder(frames.ladder[frames.ladder["municipality"] == name], texts),
            _draw_chances(own, texts),
        ]
        pages.append(_draw_sheet(name, parts, texts))
    title = texts("report.cluster_title", title=loaded.project.title)
    page = write_page(join(pages), title=title, language=texts.language, style=load_style())
    (folder / "clusters.html").write_text(page, encoding="utf-8", newline="\n")


def _clean(frame: pd.DataFrame) -> pd.DataFrame:
    return clean_frame(
        pd.DataFrame(frame.drop(columns="geometry", errors="ignore")), "clusters.html", xml=True
    )[0]


def _find_homes(frames: Frames) -> list[set[str]]:
    """Municipalities that places of each cluster lie in."""
    towns = frames.sites.set_index("site_id")["municipality"]
    return [set(towns.reindex(ids.split("|")).dropna()) for ids in frames.site_clusters["site_ids"]]


def _name_chances(frames: Frames) -> pd.DataFrame:
    sites = frames.sites.set_index("site_id")
    ends = {"from": frames.matches["supply_id"], "to": frames.matches["demand_id"]}
    named = {
        f"{end}_{what}": ids.map(sites[column])
        for end, ids in ends.items()
        for what, column in (("name", "name"), ("area", "municipality"))
    }
    return pd.DataFrame(frames.matches.drop(columns="geometry")).assign(**named).sort_values("rank")


def _add_up(chains: pd.DataFrame) -> pd.DataFrame:
    """The chain view of all areas of the region as one: what stays in it, leaves it and comes in."""
    ways = {"inside": "inside", "out": "outgoing", "in": "incoming"}
    own = chains[chains["crossing"] != "outside"].reset_index(drop=True)
    moved = {name: own["chances"].where(own["crossing"] == way, 0.0) for way, name in ways.items()}
    summed = pd.concat(
        [own[["stream", "unit", "runs", "left_supply", "left_demand"]], pd.DataFrame(moved)], axis=1
    )
    return summed.groupby(["stream", "unit"], as_index=False).sum()


def _draw_sheet(name: str, parts: Sequence[Markup], texts: Texts) -> Markup:
    head = element(
        "header", element("p", texts("report.cluster_kicker"), class_="kicker"), element("h1", name)
    )
    note = element("p", texts("report.cluster_note"), class_="facts")
    return element("article", head, *parts, note, class_="sheet")


def _section(
    key: str,
    frame: pd.DataFrame,
    head: Sequence[str],
    rows: Callable[[pd.DataFrame], list[list[str]]],
    texts: Texts,
) -> Markup:
    """A heading, with how many rows there are, and a table of the first; or the sentence that there is none."""
    title = texts(f"report.cluster_{key}")
    if frame.empty:
        return element("section", element("h2", title), element("p", texts(f"report.cluster_{key}_none")))
    columns = [texts(f"report.cluster_{name}") for name in head]
    grid = table(
        columns,
        rows(frame.head(_MOST[key])),
        numeric=_NUMBERS if key == "flows" else frozenset({1, 2} if key == "sectors" else {1}),
        caption=title,
        name=key,
    )
    most, count = _MOST[key], len(frame)
    told = title if count <= most else texts("report.cluster_part", title=title, shown=most, count=count)
    return element("section", element("h2", told), grid)


def _draw_sectors(clusters: pd.DataFrame, texts: Texts) -> Markup:
    ranked = clusters.dropna(subset="rank").sort_values(["rank", "sector"])
    counted = f"counted_{ranked['counted'].iloc[0]}" if len(ranked) else "counted_jobs"

    def rows(shown: pd.DataFrame) -> list[list[str]]:
        return [
            [
                row["sector_name"] if isinstance(row["sector_name"], str) else row["sector"],
                texts.count(int(row["count"])),
                texts.number(row["shrunk"], 3),
                texts(
                    "report.cluster_interval",
                    low=texts.number(row["shrunk_low"], 3),
                    high=texts.number(row["shrunk_high"], 3),
                ),
                _draw_interval(row["shrunk"], row["shrunk_low"], row["shrunk_high"]),
            ]
            for row in shown.to_dict("records")
        ]

    return _section("sectors", ranked, ("sector", counted, "quotient", "margin", "picture"), rows, texts)


def _draw_interval(value: float, low: float, high: float) -> Markup:
    """A dot with its interval on a logarithmic axis; the line in the middle is the country."""

    def at(one: float) -> str:
        least, most = _AXIS
        part = log(min(max(one, least), most) / least) / log(most / least)
        return f"{4 + part * (_WIDTH - 8):.1f}"

    middle = str(_HEIGHT / 2)
    country = element(
        "line", x1=at(1.0), x2=at(1.0), y1="0", y2=str(_HEIGHT), stroke="currentColor", opacity="0.35"
    )
    margin = element(
        "line", x1=at(low), x2=at(high), y1=middle, y2=middle, stroke="currentColor", stroke_width="2"
    )
    dot = element("circle", cx=at(value), cy=middle, r="3.5", fill="currentColor")
    box = {"width": str(_WIDTH), "height": str(_HEIGHT), "aria_hidden": "true"}
    return element("svg", country, margin, dot, **box)


def _draw_clusters(clusters: pd.DataFrame, texts: Texts) -> Markup:
    ordered = clusters.sort_values("share", ascending=False, kind="stable")

    def rows(shown: pd.DataFrame) -> list[list[str]]:
        return [
            [
                f"{row['cluster']} ({texts('tables.values.theme.' + str(row['theme']))})",
                texts.count(row["places"]),
                texts("report.cluster_of", inside=row["chances_inside"], count=row["chances"]),
                row["partners"] if isinstance(row["partners"], str) else UNKNOWN,
            ]
            for row in shown.to_dict("records")
        ]

    return _section("places", ordered, ("cluster", "number", "chances_inside", "partners"), rows, texts)


def _draw_flows(flows: pd.DataFrame, order: list[str], texts: Texts) -> Markup:
    """Per stream what stays, leaves and comes in by the chances, and what is left.

    Those with chances first, then those of which something runs; each in the order of the catalogue, for quantities of
    unlike units have none.
    """
    busy = flows[["inside", "outgoing", "incoming"]].sum(axis=1) > 0
    place = flows["stream"].map(order.index)
    known = flows[flows[list(_FLOWS)].sum(axis=1) > 0].assign(
        busy=busy, running=flows["runs"] > 0, place=place
    )
    ordered = known.sort_values(["busy", "running", "place"], ascending=[False, False, True], kind="stable")

    def rows(shown: pd.DataFrame) -> list[list[str]]:
        return [
            [
                f"{texts.find('streams.' + row['stream'], row['stream'])} ({write_unit(row['unit'])})",
                *(texts.number(row[name]) if row[name] > 0 else UNKNOWN for name in _FLOWS),
            ]
            for row in shown.to_dict("records")
        ]

    return _section("flows", ordered, ("stream", *_FLOWS), rows, texts)


def _tell_ladder(ladder: pd.DataFrame, texts: Texts) -> list[Markup]:
    """What could rise on the R-ladder anywhere, beside what rises by the chances, of all that is weighed in tonnes."""
    own = ladder[ladder["unit"] == "t"]
    if own.empty:
        return []
    amounts = {name: texts.number(float(own[name].sum()), 3) for name in ("possible", "within_reach")}
    return [element("p", texts("report.cluster_ladder", **amounts), class_="facts")]


def _draw_chances(chances: pd.DataFrame, texts: Texts) -> Markup:
    def rows(shown: pd.DataFrame) -> list[list[str]]:
        return [
            [
                f"{row['from_name']} → {row['to_name']}",
                f"{texts.number(row['quantity'])} {write_unit(row['unit'])}",
                texts.find(f"streams.{row['stream']}", row["stream"]),
                texts(f"tables.values.chance_class.{row['chance_class']}"),
            ]
            for row in shown.to_dict("records")
        ]

    return _section("chances", chances, ("pair", "amount", "stream", "class"), rows, texts)
