"""QGIS symbols made from the one style definition, so that QGIS, the legend and the map look the same."""

from __future__ import annotations

import base64
from dataclasses import replace

from kansenkaart.catalogue.legend import ClassStyle, Style, load_style, mix
from kansenkaart.catalogue.models import LineStyle
from kansenkaart.exports.styles.expressions import ON_PAPER
from kansenkaart.exports.styles.qml import SymbolLayer

# What a kind without a drawing gets; no other has it.
_ANY_GLYPH = "dot"
GLYPH_MM = 4.6
# Kinds that share a drawing are told apart by a mark in it, also in grey; each is a path around the middle of the body.
_MARKS = (
    "",
    "M0,-.34A.34,.34 0 1 1 0,.34A.34,.34 0 1 1 0,-.34Z",
    "M-.5,-.13H.5V.13H-.5Z",
    "M-.13,-.42H.13V.42H-.13Z",
    "M-.13,-.45H.13V-.13H.45V.13H.13V.45H-.13V.13H-.45V-.13H-.13Z",
    "M-.42,-.28L-.28,-.42L.42,.28L.28,.42ZM-.42,.28L.28,-.42L.42,-.28L-.28,.42Z",
    "M0,-.42L.44,.36H-.44Z",
    "M-.32,-.32H.32V.32H-.32Z",
    "M-.45,-.2H-.12V.2H-.45ZM.12,-.2H.45V.2H.12Z",
)
_MARK_DOWN = 0.38
_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1.4 -1.4 2.8 2.8"><path d="{glyph}" fill="param(fill)" '
    'stroke="param(outline)" stroke-width=".16"/><path d="{mark}" transform="translate(0,{down})" '
    'fill="param(outline)"/>{more}</svg>'
)
_UNDERLINE = '<path d="M-.9,{y:g}H.9V{end:g}H-.9Z" fill="param(fill)"/>'

_MM_PER_PX = 0.2646
_THINNEST_MM = 0.4
_WIDEST_MM = 1.8
_OUTLINE_MM = 0.5
_LEGEND_MM = 0.5
_OUTLINE_DASH = (4.0, 3.0)
# A legend draws a symbol without a feature.
_ONLY_IN_LEGEND = {"enabled": "$id IS NULL"}


def draw_kind(glyph: str, fill: str, outline: str, *, nth: int = 0) -> SymbolLayer:
    """The drawing `glyph` of a kind of place, as on the map; the `nth` kind that shares it has a mark of its own."""
    glyphs = load_style().glyphs
    lines, mark = divmod(nth, len(_MARKS))
    drawn = _DRAWING.format(
        glyph=glyphs.get(glyph, glyphs[_ANY_GLYPH]).path,
        mark=_MARKS[mark],
        down=_MARK_DOWN,
        more="".join(_UNDERLINE.format(y=1.05 + 0.2 * line, end=1.15 + 0.2 * line) for line in range(lines)),
    )
    properties = {
        "name": "base64:" + base64.b64encode(drawn.encode("ascii")).decode("ascii"),
        "color": to_rgba(fill),
        "outline_color": to_rgba(outline),
        "outline_width": "0.2",
        "outline_width_unit": "MM",
        "size": f"{GLYPH_MM:g}",
        "size_unit": "MM",
        "fixedAspectRatio": "0",
    }
    return SymbolLayer("SvgMarker", properties, {"size": f"{GLYPH_MM:g} * {ON_PAPER}"})


def draw_marker(
    shape: str,
    fill: str,
    outline: str,
    *,
    size_mm: float,
    size_expression: str = "",
    outline_mm: float = 0.3,
) -> SymbolLayer:
    """A point symbol."""
    properties = {
        "name": shape,
        "color": to_rgba(fill),
        "outline_color": to_rgba(outline),
        "outline_width": f"{outline_mm:g}",
        "outline_width_unit": "MM",
        "size": f"{size_mm:g}",
        "size_unit": "MM",
    }
    own = {"size": f"({size_expression}) * {ON_PAPER}"} if size_expression else {}
    return SymbolLayer("SimpleMarker", properties, own)


def draw_unknown(style: Style) -> tuple[SymbolLayer, ...]:
    """An area of which nothing is known: land, hatched."""
    grey = mix(style.ink, style.paper, 0.35)
    return draw_fill(style.land, style.border, width_mm=0.2), draw_fill(grey, style.border, hatched=True)


def draw_fill(
    fill: str, outline: str, *, opacity: float = 1.0, width_mm: float = 0.3, hatched: bool = False
) -> SymbolLayer:
    """A polygon symbol; what is not known is hatched."""
    properties = {
        "color": to_rgba(fill, opacity),
        "style": "b_diagonal" if hatched else "solid",
        "outline_color": to_rgba(outline),
        "outline_style": "solid",
        "outline_width": f"{width_mm:g}",
        "outline_width_unit": "MM",
    }
    return SymbolLayer("SimpleFill", properties)


def draw_line(
    line: LineStyle, *, opacity: float = 1.0, width_mm: float = 0.5, width_expression: str = ""
) -> SymbolLayer:
    """A line symbol with the dash of `line`."""
    properties = {
        "line_color": to_rgba(line.colour, opacity),
        "line_width": f"{width_mm:g}",
        "line_width_unit": "MM",
        "capstyle": "flat" if line.dash else "round",
        "joinstyle": "round",
        **_dash(line.dash),
    }
    own = {"outlineWidth": f"({width_expression}) * {ON_PAPER}"} if width_expression else {}
    return SymbolLayer("SimpleLine", properties, own)


def draw_chance(
    line: LineStyle, chance: ClassStyle, *, largest: float, paper: str
) -> tuple[SymbolLayer, ...]:
    """The line of a chance: width by the root of its quantity, strength by its class, an arrow halfway.

    Full colour, or a tint (`opacity` below 1) inside an outline of full colour, or the outline alone, dashed.

    Parameters
    ----------
    largest
        Largest quantity of the stream, its own unit per year: drawn widest.
    paper
        Colour inside an outline-only line.
    """
    width = _width(largest, chance.width_factor)
    arrow = SymbolLayer(
        "MarkerLine",
        {"placement": "centralpoint", "rotate": "1", "offset": "0"},
        marker=draw_marker(
            "filled_arrowhead",
            line.colour,
            line.colour,
            size_mm=2.4,
            size_expression=f"2.4 + 1.5 * ({width})",
        ),
    )
    if not chance.outline_only and chance.opacity == 1:
        return draw_line(line, width_expression=width), arrow
    dash = line.dash if line.dash or not chance.outline_only else _OUTLINE_DASH
    # the legend has no quantity, and takes the fixed widths
    outline = draw_line(
        LineStyle(colour=line.colour, dash=dash),
        width_mm=_LEGEND_MM + _OUTLINE_MM,
        width_expression=f"({width}) + {_OUTLINE_MM:g}",
    )
    inside = draw_line(LineStyle(colour=paper, dash=line.dash), width_expression=width)
    if chance.outline_only:
        return outline, inside, arrow
    return outline, inside, draw_line(line, opacity=chance.opacity, width_expression=width), arrow


def draw_width_key(colour: str, share: float) -> tuple[SymbolLayer, ...]:
    """A line as wide as a chance of `share` of the largest, that only a legend shows."""
    width = _THINNEST_MM + (_WIDEST_MM - _THINNEST_MM) * share**0.5
    line = draw_line(LineStyle(colour=colour), width_expression=f"{width:.3f}")
    return (replace(line, expressions={**line.expressions, **_ONLY_IN_LEGEND}),)


def draw_size_key(fill: str, edge: str, size_mm: float) -> tuple[SymbolLayer, ...]:
    """A circle of `size_mm` that only a legend shows."""
    # of no size on the map, or names would keep off it there
    size = f"if($id IS NULL, {size_mm:.3f}, 0)"
    circle = draw_marker("circle", fill, edge, size_mm=size_mm, size_expression=size)
    return (replace(circle, expressions={**circle.expressions, **_ONLY_IN_LEGEND}),)


def _width(largest: float, factor: float) -> str:
    """Expression for the width in mm; area is what the eye reads, so the root of the quantity."""
    share = f'sqrt(max(coalesce("quantity", 0), 0) / {largest!r})' if largest > 0 else "0"
    return f"{factor:g} * ({_THINNEST_MM:g} + {_WIDEST_MM - _THINNEST_MM:g} * {share})"


def _dash(dash: tuple[float, ...]) -> dict[str, str]:
    if not dash:
        return {"line_style": "solid", "use_custom_dash": "0"}
    # QGIS wants pairs of dash and gap.
    pattern = dash if len(dash) % 2 == 0 else dash * 2
    lengths = ";".join(f"{length * _MM_PER_PX:.3g}" for length in pattern)
    return {"line_style": "solid", "use_custom_dash": "1", "customdash": lengths, "customdash_unit": "MM"}


def to_rgba(colour: str, opacity: float = 1.0) -> str:
    """Return `colour` (#rrggbb) the way QGIS stores it: red, green, blue, alpha."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"
