"""Which layers the QGIS project shows: a dozen tables of the GeoPackage, each with a named style per stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue import load_style
from kansenkaart.exports.styles.choropleth import UNUSED, Theme, draw_choropleth, find_theme
from kansenkaart.exports.styles.layer_styles import draw_links, draw_matches, draw_sites, find_present
from kansenkaart.exports.styles.months import draw_months
from kansenkaart.exports.styles.overview import (
    draw_best,
    draw_ends,
    find_best,
    find_best_of,
    label_numbers,
    tell_best_of,
)
from kansenkaart.exports.styles.qml import Renderer, Rule, Style, quote_value
from kansenkaart.exports.styles.quotients import draw_quotients, name_sectors
from kansenkaart.exports.styles.stream_styles import (
    draw_land,
    draw_stream_gaps,
    draw_width_keys,
    label_land,
    label_sites,
)
from kansenkaart.project import LoadedProject
from kansenkaart.tables.flows import ROLES
from kansenkaart.texts import Texts

# The theme that shows every stream at once.
OVERVIEW = ""
# The theme of step 1; no id of a stream holds a space.
CLUSTERS = "step one"
# The theme of step 2: what a balance says per municipality.
BALANCE = "balance"
# The theme of step 3 by coalition.
COALITIONS = "step three"
# The theme of what is left and where it could be taken.
HUBS = "hubs"
# The theme of what moves in every month.
MONTHS = "every month"
# The theme of a page per municipality.
ATLAS = "by municipality"
BACKGROUND = "background"

_CANDIDATES_FROM_SCALE = 200_000
_AREAS_FROM_SCALE = 150_000
# Tables that make a stream worth a theme.
_BY_STREAM = ("matches", "links", "gaps")
_MOST_SECTORS = 12
# From afar the two ends of so many best chances of every stream carry their name.
_NAMED_CHANCES = 2


@dataclass(frozen=True)
class ProjectLayer:
    """One layer of the project.

    Attributes
    ----------
    key
        Unique in the project; its id is made from it.
    table
        Table of the GeoPackage, or ``BACKGROUND``.
    only
        Column and value of the rows it shows; all where it is none.
    query
        What it shows of `table` as a SELECT, where the table itself has no geometry.
    themes
        Streams (or ``OVERVIEW``) whose theme shows the layer.
    looks
        Named styles beside `style`, per theme: label and style; a theme takes its own.
    """

    key: str
    table: str
    name: str
    style: Style
    only: tuple[str, str] | None = None
    query: str = ""
    themes: frozenset[str] = frozenset()
    looks: Mapping[str, tuple[str, Style]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Layer id; QGIS takes ids of ten characters or fewer for broken."""
        return f"kansenkaart_{self.key}"

    @property
    def subset(self) -> str:
        """What it shows, as an SQL filter."""
        return self.query if self.only is None else f'"{self.only[0]}" = {quote_sql(self.only[1])}'

    def restyle(self, **parts: Any) -> ProjectLayer:
        """Change its style and all its looks: QGIS takes a look for the whole style, but for the names of columns."""
        looks = {key: (name, replace(style, **parts)) for key, (name, style) in self.looks.items()}
        return replace(self, style=replace(self.style, **parts), looks=looks)


@dataclass(frozen=True)
class Group:
    """Layers under one heading, the first on top."""

    name: str
    layers: tuple[ProjectLayer, ...]
    expanded: bool = False


@dataclass(frozen=True)
class Content:
    """What the project is made from: the frames of the file's layers, their styles, the words, and what was read."""

    frames: Mapping[str, pd.DataFrame]
    styles: Mapping[str, Style]
    loaded: LoadedProject
    texts: Texts
    inputs: pd.DataFrame

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

    def theme_name(self, name: str) -> str:
        """What the theme of stream `name` is called; streams of one name keep their ids."""
        called = self.stream(name)
        alike = [one for one in self.theme_streams if self.stream(one) == called]
        return called if len(alike) == 1 else f"{called} ({name})"

    @cached_property
    def theme_streams(self) -> list[str]:
        """Streams that get a theme: those with a chance, a gap or a link."""
        return self.streams(*_BY_STREAM)

    def kinds(self) -> list[str]:
        """Kinds of places that occur, in the order of the catalogue."""
        return find_present(self.frames["sites"], "kind", list(self.loaded.catalogue.kinds))


def plan_groups(content: Content) -> tuple[Group, ...]:
    """Return the groups from top to bottom, which is also the order of drawing; what has no rows is left out."""
    title = content.texts
    groups = (
        Group(title("tables.sites.title"), (_plan_sites(content), _plan_areas(content))),
        Group(
            title("tables.matches.title"),
            (
                *_plan_hubs(content),
                _plan_matches(content),
                _plan_links(content),
                *_plan_coalitions(content),
                _plan_months(content),
                *_plan_ways(content),
            ),
            expanded=True,
        ),
        Group(title("tables.gaps.title"), tuple(_plan_gaps(content, role) for role in ROLES)),
        Group(
            title("tables.municipalities.title"),
            (*_plan_clusters(content), *_plan_overlays(content), _plan_municipalities(content)),
        ),
        Group(title("tables.project.tables"), _plan_tables(content)),
        Group(title("tables.project.background"), (_plan_background(content),)),
    )
    filled = (
        replace(group, layers=tuple(one for one in group.layers if _has_rows(one, content)))
        for group in groups
    )
    return tuple(group for group in filled if group.layers)


def _has_rows(layer: ProjectLayer, content: Content) -> bool:
    if layer.table in (BACKGROUND, "municipalities"):
        return True
    frame = content.frames.get(layer.table, pd.DataFrame())
    return bool((frame[layer.only[0]] == layer.only[1]).any()) if layer.only else len(frame) > 0


def _plan_coalitions(content: Content) -> list[ProjectLayer]:
    """The outlines of coalitions, where the project has any."""
    if "coalitions" not in content.frames:
        return []
    name, style = content.texts("tables.coalitions.title"), content.styles["coalitions"]
    return [ProjectLayer("coalitions_all", "coalitions", name, style, themes=frozenset([COALITIONS]))]


def _plan_hubs(content: Content) -> list[ProjectLayer]:
    """Where hubs stand best, where the project asks for any."""
    if "hubs" not in content.frames:
        return []
    name, style = content.texts("tables.hubs.title"), content.styles["hubs"]
    return [ProjectLayer("hubs_all", "hubs", name, style, themes=frozenset([HUBS]))]


def _plan_overlays(content: Content) -> list[ProjectLayer]:
    """Own areas that chances were held against, where the project has any."""
    if "overlays" not in content.frames:
        return []
    name, style = content.texts("tables.overlays.title"), content.styles["overlays"]
    every = frozenset([OVERVIEW, COALITIONS, MONTHS, *content.theme_streams])
    return [ProjectLayer("overlays", "overlays", name, style, themes=every)]


def _plan_clusters(content: Content) -> tuple[ProjectLayer, ...]:
    """The outlines of step 1, and the areas by the location quotient of a sector: one style per sector."""
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
    looks: dict[str, tuple[str, Style]] = {}
    for sector, called in list(name_sectors(clusters, list(frame.columns)).items())[:_MOST_SECTORS]:
        drawn = draw_quotients(frame, clusters, content.shared, title, sector=sector)
        style = replace(content.styles["cluster_areas"], renderer=drawn)
        name = title("tables.quotients.title", sector=called)
        looks[f"{CLUSTERS} {sector}" if looks else CLUSTERS] = (name, style)
    layers.append(
        ProjectLayer(
            "cluster_areas", "cluster_areas", title("tables.cluster_areas.title"), content.styles["cluster_areas"],
            themes=frozenset([CLUSTERS]), looks=looks,
        )
    )  # fmt: skip
    return tuple(layers)


def quote_sql(text: str) -> str:
    """Return `text` as a string literal of SQL (a backslash is a character like any other)."""
    return "'" + text.replace("'", "''") + "'"


def _plan_sites(content: Content) -> ProjectLayer:
    """All places: in the theme of a stream those of a kind that has or wants it."""
    frame, style = content.frames["sites"], content.styles["sites"]
    matches = content.frames["matches"]
    quiet = replace(
        style,
        renderer=draw_ends(frame, matches, content.shared, content.loaded, content.texts),
        label=label_sites(find_best(matches), content.shared),
    )
    rules = draw_sites(frame[["kind"]], content.shared, content.loaded, content.texts).rules
    kinds = _kinds_by_stream(content)
    looks: dict[str, tuple[str, Style]] = {}
    for stream in content.theme_streams:
        own = tuple(rule for rule in rules if rule.condition in kinds.get(stream, ()))
        best = matches[matches["stream"] == stream].nsmallest(_NAMED_CHANCES, "rank")
        drawn = Renderer("categorizedSymbol", own, "kind")
        gaps = content.frames["gaps"]
        label = label_sites(best, content.shared, gaps[gaps["stream"] == stream])
        looks[stream] = (content.theme_name(stream), replace(style, renderer=drawn, label=label))
    shown = frozenset([OVERVIEW, COALITIONS, HUBS, MONTHS, *content.theme_streams])
    return ProjectLayer(
        "sites", "sites", content.texts("tables.sites.title"), quiet, themes=shown, looks=looks
    )


def _kinds_by_stream(content: Content) -> dict[str, set[str]]:
    """Kinds of places that have something of each stream, or want something."""
    kinds = content.frames["sites"].set_index("site_id")["kind"]
    pairs = content.frames["flows"][["site_id", "stream"]].drop_duplicates()
    found = pairs.assign(kind=pairs["site_id"].map(kinds)).groupby("stream")["kind"].agg(set)
    return {str(stream): own for stream, own in found.items()}


def _plan_areas(content: Content) -> ProjectLayer:
    style = replace(content.styles["site_areas"], smallest_scale=_AREAS_FROM_SCALE)
    every = frozenset([OVERVIEW, *content.theme_streams])
    return ProjectLayer(
        "site_areas", "site_areas", content.texts("tables.site_areas.title"), style, themes=every
    )


def _plan_matches(content: Content) -> ProjectLayer:
    """The best in full over hair lines for the overview; per stream a look with its classes."""
    frame, style = content.frames["matches"], content.styles["matches"]
    drawn, ranks = draw_best(frame, content.shared, content.loaded, content.texts)
    whole = replace(style, renderer=drawn, label=ranks)
    looks: dict[str, tuple[str, Style]] = {}
    for stream in content.streams("matches"):
        part = pd.DataFrame(frame.loc[frame["stream"] == stream, ["stream", "quantity"]])
        rule = draw_matches(part, content.shared, content.loaded, content.texts).rules[0]
        unit = content.loaded.catalogue.streams[stream].unit
        keys = draw_width_keys(float(part["quantity"].max()), unit, content.shared, content.texts)
        numbers = label_numbers(tell_best_of(find_best_of(frame, stream), stream), content.shared)
        renderer = _only(rule.condition, (*rule.rules, *keys))
        looks[stream] = (
            content.theme_name(stream),
            replace(style, renderer=renderer, label=numbers, in_the_way=True),
        )
    shown = frozenset([OVERVIEW, COALITIONS, HUBS, *looks])
    name = content.texts("tables.matches.title")
    return ProjectLayer("matches", "matches", name, whole, themes=shown, looks=looks)


def _plan_links(content: Content) -> ProjectLayer:
    frame, style = content.frames["links"], content.styles["links"]
    faint = draw_links(frame, content.shared, content.loaded, content.texts, strength=0.5)
    looks: dict[str, tuple[str, Style]] = {}
    for stream in content.streams("links"):
        used = set(frame.loc[frame["stream"] == stream, "status"])
        drawn = draw_links(frame, content.shared, content.loaded, content.texts)
        rules = tuple(
            replace(rule, condition=f'"status" = {quote_value(rule.condition)}')
            for rule in drawn.rules
            if rule.condition in used
        )
        only = _only(f'"stream" = {quote_value(stream)}', rules)
        looks[stream] = (content.theme_name(stream), replace(style, renderer=only))
    name = content.texts("tables.links.title")
    shown = frozenset([OVERVIEW, *looks])
    return ProjectLayer("links", "links", name, replace(style, renderer=faint), themes=shown, looks=looks)


def _only(condition: str, rules: Sequence[Rule]) -> Renderer:
    """Draw by `rules` what meets `condition` too."""
    return Renderer(
        "RuleRenderer",
        tuple(
            replace(rule, condition=" AND ".join(filter(None, (condition, rule.condition)))) for rule in rules
        ),
    )


def _plan_gaps(content: Content, role: str) -> ProjectLayer:
    """What is left of one side; a look per stream, for sizes compare within one unit."""
    frame, style = content.frames["gaps"], content.styles["gaps"]
    looks: dict[str, tuple[str, Style]] = {}
    for stream in content.streams("gaps"):
        part = frame[frame["stream"] == stream]
        if (part.loc[part["role"] == role, "remaining"] > 0).any():
            largest, colour = float(part["remaining"].max()), content.shared.streams[stream].colour
            unit = content.loaded.catalogue.streams[stream].unit
            rules = draw_stream_gaps(role, largest, unit, colour, style=content.shared, texts=content.texts)
            only = _only(f'"stream" = {quote_value(stream)}', rules)
            looks[stream] = (content.theme_name(stream), replace(style, renderer=only, in_the_way=True))
    if style.renderer is not None:
        own = tuple(rule for rule in style.renderer.rules if rule.condition == role)
        style = replace(style, renderer=replace(style.renderer, rules=own))
    return ProjectLayer(
        f"gaps_{role}", "gaps", content.texts(f"tables.project.all_{role}"), style,
        only=("role", role), themes=frozenset(looks), looks=looks,
    )  # fmt: skip


def _plan_ways(content: Content) -> list[ProjectLayer]:
    """Routes, and the pairs that were possible: only when zoomed in, for there are many."""
    title = content.texts
    candidates = replace(content.styles["candidates"], smallest_scale=_CANDIDATES_FROM_SCALE)
    return [
        ProjectLayer("routes", "routes", title("tables.routes.title"), content.styles["routes"]),
        ProjectLayer("candidates", "candidates", title("tables.candidates.title"), candidates),
    ]


def _plan_months(content: Content) -> ProjectLayer:
    """What flows in a month on the line of its chance: the temporal controller of QGIS steps through the year."""
    drawn = draw_months(content.styles, content.frames["match_months"], content.loaded, content.texts)
    query = (
        "SELECT k.geom, k.chance_class, m.* FROM match_months m JOIN matches k ON k.match_id = m.match_id "
        "WHERE m.quantity > 0"
    )
    name = content.texts("tables.project.months")
    return ProjectLayer("months_map", "match_months", name, drawn, query=query, themes=frozenset([MONTHS]))


def _plan_municipalities(content: Content) -> ProjectLayer:
    frame = content.frames["municipalities"]
    quiet = replace(
        content.styles["municipalities"],
        renderer=draw_land(content.shared, content.texts),
        label=label_land(content.shared),
    )
    looks: dict[str, tuple[str, Style]] = {}
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
    every = frozenset([OVERVIEW, CLUSTERS, BALANCE, COALITIONS, HUBS, MONTHS, *content.theme_streams])
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
    """The tables that forms lead to; the others stand in the file."""
    layers = [
        ProjectLayer(name, name, content.texts(f"tables.{name}.title"), content.styles[name])
        for name in ("flows", "match_months")
    ]
    numbers = ProjectLayer(
        "kengetallen", "provenance", content.texts("tables.project.kengetallen"), content.styles["provenance"],
        only=("sort", "kengetal"),
    )  # fmt: skip
    return (*layers, numbers)


def _plan_background(content: Content) -> ProjectLayer:
    return ProjectLayer(BACKGROUND, BACKGROUND, content.texts("tables.project.online"), Style(None, {}, {}))
