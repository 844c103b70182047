"""The default QGIS style of every layer, and the table ``layer_styles`` that holds them in the GeoPackage."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue import load_style
from kansenkaart.catalogue.legend import mix
from kansenkaart.catalogue.models import LineStyle
from kansenkaart.exports.content.column_order import order_columns
from kansenkaart.exports.content.columns import find_aliases, find_labels
from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.styles.choropleth import Theme, draw_choropleth, find_main_stream, find_theme
from kansenkaart.exports.styles.labels import Label
from kansenkaart.exports.styles.qml import Renderer, Rule, Style, quote_value, write_qml
from kansenkaart.exports.styles.quotients import draw_quotients
from kansenkaart.exports.styles.symbols import draw_chance, draw_fill, draw_kind, draw_line, draw_marker
from kansenkaart.project import LoadedProject
from kansenkaart.tables import CLUSTERS
from kansenkaart.tables.flows import ROLES
from kansenkaart.tables.links import LINK_STATUSES
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.tables.site_clusters import THEMES
from kansenkaart.texts import Texts

_LABELS_FROM_SCALE = 1_500_000
_HUNDREDS = 100.0
# Fill and edge of own areas by their look, as background.js paints them; the first of a limit is its hatching.
_LOOKS = {
    "nature": ("#dfead2", "#b3c99e"),
    "park": ("#e6e0ea", "#b9adc2"),
    "limit": ("#6b767a", "#6b767a"),
    "network": ("#8f8896", "#8f8896"),
}
# Layers of outlines around places, and the column with their name.
_GROUPS = {"site_clusters": "cluster", "coalitions": "coalition"}

# As QGIS itself makes it (QgsOgrProviderMetadata::saveStyle), without a default that reads the clock.
_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)
"""

_STYLE_ROW = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
  styleSLD, useAsDefault, description, owner, ui, update_time)
VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL, ?)
"""

_CONTENTS_ROW = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', 'QGIS', ?, 0)
"""


def draw_styles(layers: list[Layer], loaded: LoadedProject, *, texts: Texts) -> dict[str, Style]:
    """Return the style of every layer by name."""
    shared = load_style()
    styles: dict[str, Style] = {}
    theme = find_default_theme(layers, loaded)
    clusters = next((layer.frame for layer in layers if layer.name == "clusters"), CLUSTERS.empty())
    for layer in layers:
        columns = [name for name in layer.frame.columns if name != "geometry"]
        draw = _RENDERERS.get(layer.name)
        styles[layer.name] = Style(
            layer.geometry_type,
            find_aliases(layer.name, columns, loaded.catalogue, texts=texts),
            find_labels(layer.name, columns, loaded.catalogue, texts=texts),
            draw(layer.frame, shared, loaded, texts) if draw else None,
            _label(layer, shared, loaded),
            _display(columns),
            order=tuple(order_columns(layer.name, columns)),
            decimals=find_decimals(layer.frame),
            tip=_tip(columns),
        )
        if layer.name == "cluster_areas":
            drawn = draw_quotients(layer.frame, clusters, shared, texts)
            styles[layer.name] = replace(styles[layer.name], renderer=drawn)
        if theme is not None and layer.name == "municipalities":
            coloured = draw_choropleth(theme, layer.frame, shared, loaded, texts)
            styles[layer.name] = replace(styles[layer.name], renderer=coloured)
    return styles


def find_default_theme(layers: list[Layer], loaded: LoadedProject) -> Theme | None:
    """Return what municipalities are coloured by: what is left of the stream with most matches (else most gaps)."""
    frames = {layer.name: layer.frame for layer in layers}
    for name in ("matches", "gaps"):
        stream = find_main_stream(frames[name]["stream"], list(loaded.catalogue.streams))
        theme = None if stream is None else find_theme(frames["municipalities"], stream)
        if theme is not None:
            return theme
    return None


def _display(columns: list[str]) -> str:
    """Expression for what a row is called in lists, forms and map tips: its name, or what it is about and who."""
    # A chance bears the name of its coalition, and is called by its own ends.
    own = ("coalition",) if "coalition_id" in columns else ()
    for name in ("name", "cluster", *own):
        if name in columns:
            return f'"{name}"'
    if "supply_name" in columns:
        who = '"supply_name" || \' → \' || "demand_name"'
        return f"{who} || ' (' || represent_value(\"stream\") || ')'" if "stream" in columns else who
    if "site_name" in columns:
        return 'represent_value("stream") || \' \' || represent_value("role") || \': \' || "site_name"'
    return '"municipality"' if "municipality" in columns else f'"{columns[0]}"'


def _tip(columns: list[str]) -> str:
    """Expression for the sentences of a chance or of what is left, as its card says them; empty for other rows."""
    if "reason" not in columns or "stream" not in columns:
        return ""
    amount = next((name for name in ("quantity", "remaining") if name in columns), None)
    said = [_display(columns)]
    if amount is not None and "unit" in columns:
        said.append(tell_amount(amount))
    if "chance_class" in columns:
        said.append('represent_value("chance_class")')
    return " || '. ' || ".join([f"coalesce({part}, '')" for part in (*said, '"reason"')])


def find_decimals(frame: pd.DataFrame) -> dict[str, int]:
    """Return how many decimals the numbers of a column are worth: none where they run into the hundreds."""
    floats = [str(name) for name in frame.columns if pd.api.types.is_float_dtype(frame[name])]
    return {name: 0 if frame[name].abs().max() >= _HUNDREDS else 2 for name in floats}


def write_styles(connection: sqlite3.Connection, styles: dict[str, Style], date: str) -> None:
    """Write `styles` as the default styles of the GeoPackage behind `connection`, dated `date`.

    QGIS looks a default style up by catalogue and schema ``''`` (NULL never matches) and the real geometry column.
    """
    connection.execute(_TABLE)
    for name, style in styles.items():
        geometry = "geom" if style.geometry_type else ""
        connection.execute(_STYLE_ROW, (name, geometry, name, write_qml(style), name, date))
    connection.execute(_CONTENTS_ROW, (date,))
    connection.execute(
        "INSERT INTO gpkg_ogr_contents (table_name, feature_count) VALUES ('layer_styles', ?)", (len(styles),)
    )


def _label(layer: Layer, style: SharedStyle, loaded: LoadedProject) -> Label | None:
    if layer.name in _GROUPS:
        # the place on one line, what it is about under it
        lines = f"replace(\"{_GROUPS[layer.name]}\", ': ', ':\\n')"
        colours = _colour_groups(layer, style, loaded)
        return Label(
            lines,
            style.ink,
            style.paper,
            _LABELS_FROM_SCALE,
            size=7.5,
            bold=True,
            priority=6,
            colours=colours,
        )
    if layer.name == "hubs":
        return Label('"hub"', style.ink, style.paper, _LABELS_FROM_SCALE, beside=True, bold=True, priority=7)
    if layer.name != "municipalities":
        return None
    return Label('"municipality"', style.ink, style.paper, _LABELS_FROM_SCALE)


def _colour_groups(layer: Layer, style: SharedStyle, loaded: LoadedProject) -> str:
    """Expression: a name in the colour of its outline, darker, so that it is clear whose it is."""
    column = "theme" if layer.name == "site_clusters" else "stream"
    colours = _find_theme_colours(style, loaded) if column == "theme" else _find_stream_colours(style)
    used = [(one, colours.get(one, style.ink)) for one in sorted(set(layer.frame[column].dropna()))]
    pairs = ", ".join(f"{quote_value(one)}, '{mix(colour, style.ink, 0.7)}'" for one, colour in used)
    return f'map_get(map({pairs}), "{column}")'


def _find_stream_colours(style: SharedStyle) -> dict[str, str]:
    return {name: line.colour for name, line in style.streams.items()}


def _find_theme_colours(style: SharedStyle, loaded: LoadedProject) -> dict[str, str]:
    """A theme has the colour of its first stream."""
    colours: dict[str, str] = {}
    for name, stream in loaded.catalogue.streams.items():
        colours.setdefault(stream.theme, style.streams[name].colour)
    return colours


def find_present(frame: pd.DataFrame, column: str, order: list[str]) -> list[str]:
    """Codes of `column` in use, in catalogue order, then any the catalogue does not know."""
    used = set(frame[column].dropna().unique())
    return [code for code in order if code in used] + sorted(used - set(order))


def draw_sites(frame: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts) -> Renderer:
    """A drawing per kind of place, hollow where it stands for a group or a whole municipality; no two are alike."""
    kinds = loaded.catalogue.kinds
    rules, drawn = [], Counter[tuple[str, bool]]()
    for name in find_present(frame, "kind", list(kinds)):
        look = style.kinds.get(name, ""), name in kinds and kinds[name].area
        fill, outline = (style.paper, style.ink) if look[1] else (style.ink, style.paper)
        marker = draw_kind(look[0], fill, outline, nth=drawn[look])
        drawn[look] += 1
        rules.append(Rule(texts.find(f"kinds.{name}", name), name, (marker,)))
    return Renderer("categorizedSymbol", tuple(rules), "kind")


def _draw_areas(_frame: pd.DataFrame, style: SharedStyle, _loaded: LoadedProject, texts: Texts) -> Renderer:
    fill = draw_fill(style.accent, style.accent, opacity=0.15)
    return Renderer("singleSymbol", (Rule(texts("tables.site_areas.title"), "", (fill,)),))


def draw_municipalities(
    _frame: pd.DataFrame, style: SharedStyle, _loaded: LoadedProject, texts: Texts
) -> Renderer:
    """Quiet land under what is drawn on it."""
    fill = draw_fill(style.land, style.border, width_mm=0.4)
    return Renderer("singleSymbol", (Rule(texts("tables.municipalities.title"), "", (fill,)),))


def _draw_candidates(
    _frame: pd.DataFrame, style: SharedStyle, _loaded: LoadedProject, texts: Texts
) -> Renderer:
    line = draw_line(LineStyle(colour=style.ink, dash=(1.0, 3.0)), opacity=0.35, width_mm=0.2)
    gone = draw_line(style.links["given"], width_mm=0.4)
    return Renderer(
        "RuleRenderer",
        (
            Rule(texts("tables.candidates.title"), 'NOT "given"', (line,)),
            Rule(texts("map.link_given"), '"given"', (gone,)),
        ),
    )


def _draw_routes(frame: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts) -> Renderer:
    rules = [
        Rule(
            texts.find(f"streams.{stream}", stream), stream, (draw_line(style.streams[stream], width_mm=0.6),)
        )
        for stream in find_present(frame, "stream", list(loaded.catalogue.streams))
    ]
    return Renderer("categorizedSymbol", tuple(rules), "stream")


def draw_links(
    _frame: pd.DataFrame, style: SharedStyle, _loaded: LoadedProject, texts: Texts, *, strength: float = 1.0
) -> Renderer:
    """What runs, is planned or stopped: grey is context."""
    rules = [
        Rule(
            texts(f"tables.values.status.{status}"),
            status,
            (draw_line(style.links[status], opacity=strength, width_mm=0.6 * strength),),
        )
        for status in LINK_STATUSES
    ]
    return Renderer("categorizedSymbol", tuple(rules), "status")


def _draw_gaps(_frame: pd.DataFrame, style: SharedStyle, _loaded: LoadedProject, texts: Texts) -> Renderer:
    size = 'if("value" > 0, 1 + 4 * sqrt(coalesce("remaining", 0) / "value"), 1)'
    colours = {"supply": (style.accent, style.paper), "demand": (style.paper, style.accent)}
    rules = []
    for role in ROLES:
        marker = draw_marker("circle", *colours[role], size_mm=3, size_expression=size)
        rules.append(Rule(texts(f"tables.gap_legend.{role}"), role, (marker,)))
    return Renderer("categorizedSymbol", tuple(rules), "role")


def draw_matches(frame: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts) -> Renderer:
    """Per stream its classes: colour and dash say the stream, strength and outline the class."""
    rules = []
    for stream in find_present(frame, "stream", list(loaded.catalogue.streams)):
        largest = float(frame.loc[frame["stream"] == stream, "quantity"].max())
        classes = [
            Rule(
                texts(f"tables.values.chance_class.{chance}"),
                f'"chance_class" = {quote_value(chance)}',
                draw_chance(style.streams[stream], style.classes[chance], largest=largest, paper=style.paper),
            )
            for chance in CHANCE_CLASSES
        ]
        condition = f'"stream" = {quote_value(stream)}'
        rules.append(Rule(texts.find(f"streams.{stream}", stream), condition, (), tuple(classes)))
    return Renderer("RuleRenderer", tuple(rules))


def _draw_site_clusters(
    frame: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts
) -> Renderer:
    """An outline per theme in the colour of its first stream, hardly filled: the places lie under it."""
    colours = _find_theme_colours(style, loaded)
    rules = []
    for theme in find_present(frame, "theme", list(THEMES)):
        colour = colours.get(theme, style.ink)
        fill = draw_fill(colour, colour, opacity=0.12, width_mm=0.6)
        rules.append(Rule(texts(f"tables.values.theme.{theme}"), theme, (fill,)))
    return Renderer("categorizedSymbol", tuple(rules), "theme")


def _draw_coalitions(
    frame: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts
) -> Renderer:
    """An outline in the colour of the main stream, hardly filled: the partners lie under it."""
    rules = []
    for stream in find_present(frame, "stream", list(loaded.catalogue.streams)):
        colour = style.streams[stream].colour
        fill = draw_fill(colour, colour, opacity=0.1, width_mm=0.6)
        rules.append(Rule(texts.find(f"streams.{stream}", stream), stream, (fill,)))
    return Renderer("categorizedSymbol", tuple(rules), "stream")


def _draw_overlays(
    frame: pd.DataFrame, _style: SharedStyle, _loaded: LoadedProject, _texts: Texts
) -> Renderer:
    """Quiet areas as on the map, one entry per own layer; what limits is hatched."""
    named = frame.drop_duplicates("overlay")
    rules = []
    for name, look in zip(named["overlay"], named["look"], strict=True):
        fill, edge = _LOOKS[look]
        rules.append(
            Rule(name, name, (draw_fill(fill, edge, width_mm=0.2, opacity=0.7, hatched=look == "limit"),))
        )
    return Renderer("categorizedSymbol", tuple(rules), "overlay")


def _draw_hubs(frame: pd.DataFrame, style: SharedStyle, loaded: LoadedProject, texts: Texts) -> Renderer:
    """A large diamond in the colour of the stream: what is not there yet."""
    rules = []
    for stream in find_present(frame, "stream", list(loaded.catalogue.streams)):
        marker = draw_marker("diamond", style.streams[stream].colour, style.ink, size_mm=6.0)
        rules.append(Rule(texts.find(f"streams.{stream}", stream), stream, (marker,)))
    return Renderer("categorizedSymbol", tuple(rules), "stream")


_RENDERERS: dict[str, Callable[[pd.DataFrame, SharedStyle, LoadedProject, Texts], Renderer]] = {
    "sites": draw_sites,
    "site_areas": _draw_areas,
    "site_clusters": _draw_site_clusters,
    "coalitions": _draw_coalitions,
    "hubs": _draw_hubs,
    "overlays": _draw_overlays,
    "municipalities": draw_municipalities,
    "candidates": _draw_candidates,
    "links": draw_links,
    "routes": _draw_routes,
    "gaps": _draw_gaps,
    "matches": draw_matches,
}


def tell_amount(column: str) -> str:
    """Return the expression for the quantity in `column` of a row with its unit, as tips say it."""
    return f'format_number("{column}", if("{column}" < 100, 1, 0)) || \' \' || "unit"'
