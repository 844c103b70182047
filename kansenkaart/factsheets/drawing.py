"""The map of a factsheet's page: a drawing that needs no script, in the colours of the house."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import geopandas as gpd
import shapely

from kansenkaart.catalogue import Style, load_style
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.sankey.layout import wrap_text
from kansenkaart.exports.styles.choropleth import round_bounds
from kansenkaart.factsheets.factsheet import Layer
from kansenkaart.texts import Texts

_WIDTH, _LEGEND, _LARGEST = 760.0, 230.0, 22.0
# Lightest first; from rounded quantiles no more than _CLASSES are made.
_TINTS = (0.06, 0.16, 0.3, 0.48, 0.7)
_CLASSES = 4
_NAMED, _NAMING = 6, ("ink", "ring")
_TALLEST = 900.0
# Value of what is not known, in the rules of QGIS: it draws nothing for a NULL.
UNKNOWN = -1.0

# From RD New, metres, to the drawing.
Place = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class AreaClass:
    """Areas of one colour: more than `low`, at most `high`; exactly 0 or, hatched, not known where both are equal."""

    label: str
    low: float
    high: float
    colour: str
    hatched: bool = False

    def holds(self, value: float) -> bool:
        """Whether an area of `value` is one of them."""
        if self.hatched:
            return math.isnan(value)
        return value == self.low if self.low == self.high else self.low < value <= self.high


def class_areas(layer: Layer, style: Style, texts: Texts) -> list[AreaClass]:
    """Return the classes that occur in an area layer: not known, nothing, then the lightest first."""
    values = layer.frame[layer.draw]
    bounds = list(layer.breaks) or round_bounds(values[values > 0].to_list(), _CLASSES)
    tints = _TINTS[max(_CLASSES - (len(bounds) - 1), 0) :][: len(bounds) - 1]
    classes = []
    if values.isna().any():
        hatch = mix(style.ink, style.paper, 0.5)
        classes.append(AreaClass(texts("factsheets.unknown"), UNKNOWN, UNKNOWN, hatch, hatched=True))
    if (values == 0).any():
        classes.append(AreaClass("0", 0.0, 0.0, style.paper))
    for (low, high), tint in zip(pairwise(bounds), tints, strict=True):
        told = f"{texts.number(low)} – {texts.number(high)}"
        classes.append(AreaClass(told, low, high, mix(style.accent, style.paper, tint)))
    return classes


def draw_map(layers: tuple[Layer, ...], *, texts: Texts) -> str:
    """Return an SVG of `layers`, from ground to top, with a legend; the largest places bear their name."""
    style = load_style()
    x_min, y_min, x_max, y_max = (float(one) for one in layers[0].frame.total_bounds)
    scale = min(_WIDTH / (x_max - x_min), _TALLEST / (y_max - y_min))
    width, height = (x_max - x_min) * scale, (y_max - y_min) * scale

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - x_min) * scale, (y_max - y) * scale

    parts, y = [], 20.0
    for layer in layers:
        if layer.shape == "area":
            parts += _draw_areas(layer, style, place, texts, tolerance=0.7 / scale)
        else:
            parts += _draw_places(layer, style, place, texts)
        legend, y = _draw_legend(layer, style, texts, x=width + 24.0, y=y)
        parts += legend
    parts += _name_places(
        [one for one in layers if one.shape == "circle" and one.mark in _NAMING], style, place, width
    )
    size = f'viewBox="-6 -6 {width + _LEGEND + 30:.0f} {max(height, y) + 12:.0f}"'
    title = escape(" · ".join(texts(f"factsheets.{layer.key}") for layer in layers))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="13" '
        f'fill="{style.ink}"><title>{title}</title>{_hatch(style)}{"".join(parts)}</svg>'
    )


def _hatch(style: Style) -> str:
    """What is not known is hatched: paler than nothing it would read as less than nothing."""
    line = f'<path d="M0 6L6 0" stroke="{mix(style.ink, style.paper, 0.5)}" stroke-width="1"/>'
    return (
        f'<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="{style.paper}"/>{line}</pattern></defs>'
    )


def _fill(one: AreaClass) -> str:
    return "url(#hatch)" if one.hatched else one.colour


def _draw_areas(layer: Layer, style: Style, place: Place, texts: Texts, *, tolerance: float) -> list[str]:
    classes = class_areas(layer, style, texts)
    outline, parts = mix(style.ink, style.paper, 0.3), []
    shapes = shapely.coverage_simplify(layer.frame.geometry.to_numpy(), tolerance)
    for row, shape in zip(layer.frame.to_dict("records"), shapes, strict=True):
        value = row[layer.draw]
        colour = next(_fill(one) for one in classes if one.holds(value))
        rings = [
            ring for part in getattr(shape, "geoms", [shape]) for ring in (part.exterior, *part.interiors)
        ]
        path = "".join(
            "M" + "L".join("{:.1f} {:.1f}".format(*place(x, y)) for x, y in ring.coords[:-1]) + "Z"
            for ring in rings
        )
        told = escape(f"{row['municipality']}: {texts.number(value)} ({texts(f'factsheets.{layer.key}')})")
        parts.append(
            f'<path d="{path}" fill="{colour}" fill-rule="evenodd" stroke="{outline}" stroke-width="0.8">'
            f"<title>{told}</title></path>"
        )
    return parts


def _order(layer: Layer) -> gpd.GeoDataFrame:
    """The places of `layer`, the largest first."""
    return gpd.GeoDataFrame(layer.frame).sort_values(layer.draw, ascending=False, kind="stable")


def _draw_places(layer: Layer, style: Style, place: Place, texts: Texts) -> list[str]:
    rows, parts = _order(layer), []
    most = float(rows[layer.draw].max()) if len(rows) else 0.0
    for row in rows.to_dict("records"):
        (x, y), size = place(row["geometry"].x, row["geometry"].y), _size(row[layer.draw], most)
        told = escape(f"{row['name']}: {texts.number(row[layer.draw])} ({texts(f'factsheets.{layer.key}')})")
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}" {_look(layer, style)}><title>{told}</title></circle>'
        )
    return parts


def mark_colours(layer: Layer, style: Style) -> tuple[str, str]:
    """Fill and edge of the circles of `layer`."""
    ink, paper = style.ink, style.paper
    return {
        "ink": (ink, paper),
        "grey": (mix(ink, paper, 0.5), paper),
        "pale": (mix(ink, paper, 0.12), ink),
        "ring": (paper, ink),
    }[layer.mark]


def _look(layer: Layer, style: Style) -> str:
    fill, edge = mark_colours(layer, style)
    width = 3 if layer.mark == "ring" else 1
    return f'fill="{fill}" fill-opacity="0.78" stroke="{edge}" stroke-width="{width}"'


def _name_places(layers: list[Layer], style: Style, place: Place, edge: float) -> list[str]:
    """Names of the largest places, over all that is drawn and never over each other; what is proposed goes first.

    A name that would run beyond `edge`, into the legend, stands before its place; without room there either, nowhere.
    """
    labels, taken = [], list[tuple[float, float, float, float]]()
    for layer in reversed(layers):
        rows = _order(layer).head(_NAMED)
        most = float(rows[layer.draw].max()) if len(rows) else 0.0
        for row in rows.to_dict("records"):
            x, y = place(row["geometry"].x, row["geometry"].y)
            away, long = _size(row[layer.draw], most) + 4, 7.2 * len(str(row["name"]))
            x += away if x + away + long <= edge else -away - long
            box = (x, y - 8.0, x + long, y + 8.0)
            if x < 0 or any(
                box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
                for other in taken
            ):
                continue
            taken.append(box)
            labels.append(
                f'<text x="{x:.1f}" y="{y + 4:.1f}" paint-order="stroke" stroke="{style.paper}" stroke-width="3">'
                f"{escape(str(row['name']))}</text>"
            )
    return labels


def _draw_legend(layer: Layer, style: Style, texts: Texts, *, x: float, y: float) -> tuple[list[str], float]:
    parts = []
    for line in wrap_text(texts(f"factsheets.{layer.key}"), 0.85 * _LEGEND):
        parts.append(f'<text x="{x:.0f}" y="{y:.0f}" font-weight="bold">{escape(line)}</text>')
        y += 17.0
    y -= 5.0
    if layer.shape == "area":
        for one in class_areas(layer, style, texts):
            parts.append(
                f'<rect x="{x:.0f}" y="{y:.0f}" width="26" height="16" fill="{_fill(one)}" stroke="{style.ink}"/>'
            )
            parts.append(f'<text x="{x + 34:.0f}" y="{y + 13:.0f}">{escape(one.label)}</text>')
            y += 22
        return parts, y + 26
    most = float(layer.frame[layer.draw].max()) if len(layer.frame) else 0.0
    for value in (most, most / 4) if most else ():
        size = _size(value, most)
        parts.append(
            f'<circle cx="{x + _LARGEST:.0f}" cy="{y + size:.0f}" r="{size:.1f}" {_look(layer, style)}/>'
            f'<text x="{x + 2 * _LARGEST + 12:.0f}" y="{y + size + 4:.0f}">{texts.number(value)}</text>'
        )
        y += 2 * size + 8
    return parts, y + 26


def _size(value: float, most: float) -> float:
    """Radius of a place: its area follows its quantity."""
    return max(_LARGEST * math.sqrt(value / most), 2.5) if most > 0 and value > 0 else 2.5
