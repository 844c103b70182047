"""Which layers the QGIS project shows, in which groups: tables of the GeoPackage, most of them split by a filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue import load_style
from kansenkaart.exports.content.compose import STEP_ONE, STEP_TWO, Layer
from kansenkaart.exports.styles.choropleth import UNUSED, Theme, draw_choropleth, find_theme
from kansenkaart.exports.styles.layer_styles import draw_links, draw_matches, draw_sites, find_present
from kansenkaart.exports.styles.overview import draw_best, draw_ends, find_best
from kansenkaart.exports.styles.qml import Renderer, Style
from kansenkaart.exports.styles.quotients import draw_quotients, name_sectors
from kansenkaart.exports.styles.stream_styles import draw_land, draw_stream_gaps, label_land, label_sites
from kansenkaart.project import LoadedProject
from kansenkaart.texts import Texts

# The theme that shows every stream at once.
OVERVIEW = ""
# The theme of step 1; no id of a stream holds a space.
CLUSTERS = "step one"
# The theme of step 2: what a balance says per municipality.
BALANCE = "balance"
BACKGROUND = "background"

_CANDIDATES_FROM_SCALE = 200_000
_AREAS_FROM_SCALE = 150_000
# Tables that are split by stream, with the columns their looks depend on.
_SPLIT = {
    "matches": ["stream", "quantity"],
    "links": ["stream", "status"],
    "gaps": ["stream", "role", "remaining"],
}
# Tables that only some projects ask for.
_ASKED = (*STEP_ONE[1:], *STEP_TWO)
_MOST_SECTORS = 12
# From afar the two ends of so many best chances of every stream carry their name.
_NAMED_CHANCES = 2
_TABLES = ("flows", "match_months", "chains", "ledgers", "tornado", "provenance")


@dataclass(frozen=True)
class ProjectLayer:
    """One layer of the project.

    Attributes
    ----------
    key
        Unique in the project; its id is made from it.
    table
        Table of the GeoPackage, or ``BACKGROUND``.
    subset
        SQL filter on the table; empty: all rows.
    themes
        Streams (or ``OVERVIEW``) whose theme shows the layer.
    looks
        Named styles beside `style`, per stream: label and style; a stream's theme takes its own.
    """

    key: str
    table: str
    name: str
    style: Style
    subset: str = ""
    themes: frozenset[str] = frozenset()
    looks: Mapping[str, tuple[str, Style]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Layer id; QGIS takes ids of ten characters or fewer for broken."""
        return f"kansenkaart_{self.key}"


@dataclass(frozen=True)
class Group:
    """Layers under one heading, the first on top."""

    name: str
    layers: tuple[ProjectLayer, ...]
    expanded: bool = False


@dataclass(frozen=True)
class Content:
    """What the project is made from: the frames of the file's layers, their styles, and the words."""

    frames: Mapping[str, pd.DataFrame]
    styles: Mapping[str, Style]
    loaded: LoadedProject
    texts: Texts

    @property
    def shared(self) -> SharedStyle:
        """The one style definition."""
        return load_style()

    def stream(self, name: str) -> str:
        """What stream `name` is called."""
        return self.texts.find(f"streams.{name}", name)

    def streams(self, *tables: str) -> list[str]:
        """Streams that occur in `tables`, in the order of the catalogue."""
        used = pd.concat([self.frames[name]["stream"].drop_duplicates() for name in tables])
        return find_present(used.to_frame("stream"), "stream", list(self.loaded.catalogue.streams))

    @cached_property
    def theme_streams(self) -> list[str]:
        """Streams that get a theme: those with a chance, a gap or a link."""
        return self.streams(*_SPLIT)

    def kinds(self) -> list[str]:
        """Kinds of places that occur, in the order of the catalogue."""
        return find_present(self.frames["sites"], "kind", list(self.loaded.catalogue.kinds))


def gather(
    layers: Sequence[Layer], styles: Mapping[str, Style], loaded: LoadedProject, texts: Texts
) -> Content:
    """Return what the project is made from."""
    return Content({layer.name: layer.frame for layer in layers}, styles, loaded, texts)


def plan_groups(content: Content) -> tuple[Group, ...]:
    """Return the groups from top to bottom, which is also the order of drawing."""
    title = content.texts
    every = frozenset([OVERVIEW, CLUSTERS, BALANCE, *content.theme_streams])
    clusters = _plan_clusters(content)
    return (
        Group(title("tables.sites.title"), (*_plan_sites(content), _plan_areas(content))),
        Group(
            title("tables.matches.title"),
            (*_plan_split(content, "matches"), *_plan_ways(content)),
            expanded=True,
        ),
        Group(title("tables.gaps.title"), _plan_split(content, "gaps")),
        Group(title("tables.links.title"), _plan_split(content, "links")),
        *([Group(title("tables.quotients.group"), clusters)] if clusters else []),
        Group(title("tables.municipalities.title"), (_plan_municipalities(content, every),)),
        Group(title("tables.project.tables"), _plan_tables(content)),
        Group(title("tables.project.background"), (_plan_background(content),)),
    )


def _plan_clusters(content: Content) -> tuple[ProjectLayer, ...]:
    """The outlines of step 1, and the areas by the location quotient of each sector that stands out."""
    title, layers = content.texts, list[ProjectLayer]()
    if "site_clusters" in content.frames:
        name = title("tables.site_clusters.title")
        style = content.styles["site_clusters"]
        layers.append(
            ProjectLayer("site_clusters", "site_clusters", name, style, themes=frozenset([CLUSTERS]))
        )
    if "cluster_areas" not in content.frames:
        return tuple(layers)
    frame, clusters = content.frames["cluster_areas"], content.frames["clusters"]
    for number, (sector, called) in enumerate(name_sectors(clusters, list(frame.columns)).items()):
        drawn = draw_quotients(frame, clusters, content.shared, title, sector=sector)
        layers.append(
            ProjectLayer(
                f"cluster_areas_{number:02d}", "cluster_areas", title("tables.quotients.title", sector=called),
                replace(content.styles["cluster_areas"], renderer=drawn),
                themes=frozenset([CLUSTERS] if number == 0 else []),
            )
        )  # fmt: skip
        if number + 1 == _MOST_SECTORS:
            break
    return tuple(layers)


def quote_sql(text: str) -> str:
    """Return `text` as a string literal of SQL (a backslash is a character like any other)."""
    return "'" + text.replace("'", "''") + "'"


def _plan_sites(content: Content) -> list[ProjectLayer]:
    frame, style = content.frames["sites"], content.styles["sites"]
    matches = content.frames["matches"]
    quiet = replace(
        style,
        renderer=draw_ends(frame, matches, content.shared, content.loaded, content.texts),
        label=label_sites(find_best(matches), content.shared),
    )
    name = content.texts("tables.project.all_sites")
    layers = [ProjectLayer("sites", "sites", name, quiet, themes=frozenset([OVERVIEW]))]
    label = label_sites(matches.sort_values("rank").groupby("stream").head(_NAMED_CHANCES), content.shared)
    streams = _streams_by_kind(content)
    drawn = draw_sites(frame[["kind"]], content.shared, content.loaded, content.texts)
    for number, (kind, rule) in enumerate(zip(content.kinds(), drawn.rules, strict=True)):
        one = replace(style, renderer=Renderer("singleSymbol", (rule,)), label=label)
        name = rule.label
        layers.append(
            ProjectLayer(
                f"sites_{number:02d}_{_plain(kind)}", "sites", name[:1].upper() + name[1:], one,
                subset=f'"kind" = {quote_sql(kind)}', themes=streams.get(kind, frozenset()),
            )
        )  # fmt: skip
    return layers


def _streams_by_kind(content: Content) -> dict[str, frozenset[str]]:
    """Streams in which each kind of place has something, or wants something."""
    kinds = content.frames["sites"].set_index("site_id")["kind"]
    pairs = content.frames["flows"][["site_id", "stream"]].drop_duplicates()
    found = pairs.assign(kind=pairs["site_id"].map(kinds)).groupby("kind")["stream"].agg(frozenset)
    return {str(kind): streams for kind, streams in found.items()}


def _plan_areas(content: Content) -> ProjectLayer:
    style = replace(content.styles["site_areas"], smallest_scale=_AREAS_FROM_SCALE)
    every = frozenset([OVERVIEW, *content.theme_streams])
    return ProjectLayer(
        "site_areas", "site_areas", content.texts("tables.site_areas.title"), style, themes=every
    )


def _plan_split(content: Content, table: str) -> tuple[ProjectLayer, ...]:
    """The whole table, for the overview, and a layer per stream of it."""
    style = whole = content.styles[table]
    if table == "matches":
        drawn, ranks = draw_best(content.frames[table], content.shared, content.loaded, content.texts)
        whole = replace(style, renderer=drawn, label=ranks)
    elif table == "links":
        drawn = draw_links(content.frames[table], content.shared, content.loaded, content.texts, strength=0.5)
        whole = replace(style, renderer=drawn)
    shown = frozenset([OVERVIEW]) if table != "gaps" else frozenset[str]()
    layers = [ProjectLayer(table, table, content.texts(f"tables.project.all_{table}"), whole, themes=shown)]
    parts = dict(iter(pd.DataFrame(content.frames[table][_SPLIT[table]]).groupby("stream")))
    for number, stream in enumerate(content.streams(table)):
        part = parts[stream]
        name = content.texts(f"tables.project.one_{table}", stream=content.stream(stream))
        layers.append(
            ProjectLayer(
                f"{table}_{number:02d}_{_plain(stream)}", table, name,
                replace(style, renderer=_draw_stream(content, table, stream, part)),
                subset=f'"stream" = {quote_sql(stream)}', themes=frozenset([stream]),
            )
        )  # fmt: skip
    return tuple(layers)


def _draw_stream(content: Content, table: str, stream: str, part: pd.DataFrame) -> Renderer:
    if table == "gaps":
        colour = content.shared.streams[stream].colour
        return draw_stream_gaps(part, colour, content.shared, content.texts)
    if table == "links":
        drawn = draw_links(part, content.shared, content.loaded, content.texts)
        used = set(part["status"])
        return replace(drawn, rules=tuple(rule for rule in drawn.rules if rule.condition in used))
    drawn = draw_matches(part, content.shared, content.loaded, content.texts)
    return Renderer("RuleRenderer", drawn.rules[0].rules)


def _plan_ways(content: Content) -> list[ProjectLayer]:
    """Routes, and the pairs that were possible: only when zoomed in, for there are many."""
    title = content.texts
    candidates = replace(content.styles["candidates"], smallest_scale=_CANDIDATES_FROM_SCALE)
    return [
        ProjectLayer("routes_all", "routes", title("tables.routes.title"), content.styles["routes"]),
        ProjectLayer("candidates", "candidates", title("tables.candidates.title"), candidates),
    ]


def _plan_municipalities(content: Content, every: frozenset[str]) -> ProjectLayer:
    frame = content.frames["municipalities"]
    quiet = replace(
        content.styles["municipalities"],
        renderer=draw_land(content.shared, content.texts),
        label=label_land(content.shared),
    )
    looks = {}
    for stream in content.theme_streams:
        theme = find_theme(frame, stream)
        if theme is not None:
            drawn = draw_choropleth(theme, frame, content.shared, content.loaded, content.texts)
            name = content.texts(f"tables.project.look_{theme.total}", stream=content.stream(stream))
            looks[stream] = (name, replace(quiet, renderer=drawn))
    for key, stream in find_balanced(content).items():
        drawn = draw_choropleth(Theme(stream, UNUSED), frame, content.shared, content.loaded, content.texts)
        name = content.texts("tables.project.look_unused", stream=content.stream(stream))
        looks[key] = (name, replace(quiet, renderer=drawn))
    title = content.texts("tables.municipalities.title")
    return ProjectLayer("municipalities", "municipalities", title, quiet, themes=every, looks=looks)


def find_balanced(content: Content) -> dict[str, str]:
    """Looks of municipalities by what a balance leaves unused there; the widest spread is what the theme shows."""
    frame = content.frames["municipalities"]
    counts = {
        stream: int((frame[f"{stream}_{UNUSED}"] > 0).sum())
        for stream in content.loaded.catalogue.streams
        if f"{stream}_{UNUSED}" in frame
    }
    spread = sorted((one for one, count in counts.items() if count), key=lambda one: -counts[one])
    return {f"{BALANCE} {one}" if number else BALANCE: one for number, one in enumerate(spread)}


def _plan_tables(content: Content) -> tuple[ProjectLayer, ...]:
    layers = [
        ProjectLayer(f"table_{name}", name, content.texts(f"tables.{name}.title"), content.styles[name])
        for name in (*(one for one in _ASKED if one in content.frames), *_TABLES)
    ]
    numbers = ProjectLayer(
        "kengetallen", "provenance", content.texts("tables.project.kengetallen"), content.styles["provenance"],
        subset="\"sort\" = 'kengetal'",
    )  # fmt: skip
    return (*layers, numbers)


def _plan_background(content: Content) -> ProjectLayer:
    return ProjectLayer(BACKGROUND, BACKGROUND, content.texts("tables.project.online"), Style(None, {}, {}))


def _plain(code: str) -> str:
    """`code` with nothing but letters, digits and underscores; the number before it keeps it unique."""
    return "".join(one if one.isascii() and one.isalnum() else "_" for one in code)[:40]
