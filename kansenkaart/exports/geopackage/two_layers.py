"""The GeoPackage of two plain layers: matches, both sides with what is left, and what was rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from kansenkaart import __version__
from kansenkaart.catalogue import Style as SharedStyle
from kansenkaart.catalogue import load_catalogue, load_style
from kansenkaart.catalogue.models import LineStyle
from kansenkaart.exports.content.columns import find_labels
from kansenkaart.exports.content.compose import Layer
from kansenkaart.exports.geopackage.geopackage import clean_layer, write_styled
from kansenkaart.exports.styles.qml import Renderer, Rule, Style, SymbolLayer
from kansenkaart.exports.styles.symbols import draw_chance, draw_fill, draw_marker
from kansenkaart.texts import Texts

# Two layers tell no year: the files carry this one, so that the same run gives the same bytes.
_YEAR = 2026
_QUANTITIES = ("quantity", "used", "left", "unmet")
_SHAPES = {"supply": "circle", "demand": "square"}
_REST = {"supply": "left", "demand": "unmet"}


@dataclass(frozen=True)
class TwoLayers:
    """What stands in the file; geometries in RD New.

    Parameters
    ----------
    matches
        ``supply_id, supply_name, demand_id, demand_name, quantity, distance_m, route_m`` and perhaps ``value``, with
        lines from supply to demand.
    supply, demand
        ``site_id, name, quantity, used, left`` (demand: ``unmet``), ``partners`` with points or polygons.
    findings
        Frame ``FINDINGS``: rows that were rejected, and what else was remarked.
    """

    matches: gpd.GeoDataFrame
    supply: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    findings: pd.DataFrame


def write_two_layers(path: Path, two: TwoLayers, *, texts: Texts, unit: str = "") -> None:
    """Write `two` with QGIS styles to `path`; an older file is replaced only when the new one is whole.

    Parameters
    ----------
    path
        File to write; its folder must exist.
    unit
        What quantities are counted in, for the names of the columns.

    Raises
    ------
    OutputError
        When the file cannot be written; what stood there is untouched.
    """
    layers = [
        _side("demand", two.demand),
        _side("supply", two.supply),
        Layer("matches", two.matches, "LineString"),
        Layer("findings", two.findings, None),
    ]
    layers = [clean_layer(one) for one in layers]
    styles = {layer.name: _draw(layer, texts, unit) for layer in layers}
    made = texts("tables.two_made", version=__version__)
    said = {
        layer.name: (
            texts(f"tables.{_section(layer)}.title"),
            f"{texts(f'tables.{_section(layer)}.meaning')} {made}",
        )
        for layer in layers
    }
    with write_styled(path, layers, styles, said, year=_YEAR):
        pass


def _section(layer: Layer) -> str:
    return layer.name if layer.geometry_type is None else f"two_{layer.name}"


def _side(name: str, frame: gpd.GeoDataFrame) -> Layer:
    """A side as points or as polygons; where both occur, as points."""
    areal = frame.geom_type.isin(["Polygon", "MultiPolygon"])
    if areal.all():
        return Layer(name, frame, "MultiPolygon")
    if not areal.any():
        return Layer(name, frame, "Point")
    # the point on which a match begins or ends, too
    points = gpd.GeoSeries(
        shapely.point_on_surface(frame.geometry.to_numpy()), index=frame.index, crs=frame.crs
    )
    return Layer(name, frame.set_geometry(points), "Point")


def _draw(layer: Layer, texts: Texts, unit: str) -> Style:
    columns = [str(name) for name in layer.frame.columns if name != "geometry"]
    aliases = _aliases(layer, columns, texts, unit)
    if layer.geometry_type is None:
        labels = find_labels(layer.name, columns, load_catalogue(), texts=texts)
        return Style(None, aliases, labels, display='"reason"')
    shared = load_style()
    renderer = (
        _draw_matches(layer, shared, texts) if layer.name == "matches" else _draw_side(layer, shared, texts)
    )
    display = '"supply_name" || \' → \' || "demand_name"' if layer.name == "matches" else '"name"'
    return Style(layer.geometry_type, aliases, {}, renderer, display=display)


def _aliases(layer: Layer, columns: list[str], texts: Texts, unit: str) -> Mapping[str, str]:
    named = texts.section(f"columns.{_section(layer)}")
    suffix = f" ({unit})" if unit else ""
    return {name: named[name] + (suffix if name in _QUANTITIES else "") for name in columns}


def _draw_matches(layer: Layer, style: SharedStyle, texts: Texts) -> Renderer:
    largest = float(layer.frame["quantity"].max()) if len(layer.frame) else 0.0
    line = draw_chance(
        LineStyle(colour=style.accent), style.classes["kansrijk"], largest=largest, paper=style.paper
    )
    return Renderer("singleSymbol", (Rule(texts("tables.two_matches.title"), "", line),))


def _draw_side(layer: Layer, style: SharedStyle, texts: Texts) -> Renderer:
    """Filled what is used whole, hollow what is not used at all; the shape says the side."""
    rest = _REST[layer.name]
    looks = {
        "whole": (f'"{rest}" = 0 AND "used" > 0', style.ink, style.paper),
        "part": (f'"{rest}" > 0 AND "used" > 0', style.accent, style.paper),
        "none": ('"used" = 0', style.paper, style.accent),
    }
    largest = float(layer.frame["quantity"].max()) if len(layer.frame) else 0.0
    rules = [
        Rule(
            texts(f"tables.two_{layer.name}.{look}"), condition, (_draw_place(layer, fill, outline, largest),)
        )
        for look, (condition, fill, outline) in looks.items()
    ]
    return Renderer("RuleRenderer", tuple(rules))


def _draw_place(layer: Layer, fill: str, outline: str, largest: float) -> SymbolLayer:
    if layer.geometry_type == "MultiPolygon":
        return draw_fill(fill, outline, opacity=0.6)
    size = f'2 + 4 * sqrt("quantity" / {largest!r})' if largest > 0 else ""
    return draw_marker(_SHAPES[layer.name], fill, outline, size_mm=3, size_expression=size)
