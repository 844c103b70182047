"""The map of a municipality: its places, its chances in and out, what runs, and its neighbours pale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from kansenkaart.catalogue import Style, load_style
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.report.sheet_map import (
    Box,
    Frame,
    draw_land,
    draw_water,
    look_of,
    meets,
    name_places,
)
from kansenkaart.tables.matches import pay_now
from kansenkaart.texts import Texts, cut_text, fold_word

_SIZE, _EDGE = (420.0, 400.0), 0.06
_GLYPH, _RING, _DISC = 3.2, 5.6, 6.0
# A partner further from the middle than so many times the municipality's own half lies out of sight.
_FAR = 2.2
_ALONG = (0.5, 0.38, 0.62, 0.28, 0.72, 0.2, 0.8)
_LEGEND_WIDTH, _LEGEND_LINE, _SIGN, _APART, _LETTER = 766.0, 16.0, 30.0, 10.0, 6.0
_PARTNER = 3.0
_STEPS_KM = (0.5, 1, 2, 5, 10, 20, 50)
_BAR = 0.28  # of the width, at most
_NAME = 24  # letters

Point = tuple[float, float]


@dataclass(frozen=True)
class DrawnRows:
    """What the map shows: the rows of one municipality; `numbered` chances bear the number of their row."""

    code: str
    sites: gpd.GeoDataFrame
    chances: pd.DataFrame
    running: pd.DataFrame
    numbered: int


def draw_municipality(
    told: DrawnRows, areas: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, *, texts: Texts
) -> str:
    """Return an SVG with a scale bar and north; its legend is ``draw_legend``.

    Parameters
    ----------
    areas
        Municipalities of the region and around it (RD New).
    sites
        All places (points, RD New): partners elsewhere lie among them.
    """
    style = load_style()
    at = _find_spots(sites)
    frame = _frame(told, areas, at)
    running, lines = _lines(told.running, at, frame), _lines(told.chances, at, frame)
    spots = {str(one): frame.place(*at[str(one)]) for one in told.sites["site_id"]}
    corners, taken = _draw_corners(frame, style, texts)
    taken += [(x - _RING, y - _RING, x + _RING, y + _RING) for x, y in spots.values()]
    ends = _find_ends(lines, spots)
    taken += [(x - _PARTNER, y - _PARTNER, x + _PARTNER, y + _PARTNER) for x, y in ends]
    discs = list(_number(lines[: told.numbered], taken, frame, style))
    names = list(name_places(_names(told, at, spots, frame), taken, frame, style, size=11, reach=9))
    parts = [
        draw_water(frame, style),
        *draw_land(areas, frame, style, own=told.code),
        *_name_towns(told.code, areas, taken, frame, style),
        *_draw_running(running, style),
        *_draw_chances(told.chances, lines, style),
        *_draw_partners(ends, style),
        *_draw_places(told.sites, spots, style),
        *discs,
        *corners,
        *names,
    ]
    title = escape(texts("atlas.map_told", places=len(told.sites), chances=len(told.chances)))
    box = f'width="{frame.width:.0f}" height="{frame.height:.0f}"'
    clip = f"map{fold_word(told.code)}"
    return _wrap(
        f'<title>{title}</title><defs><clipPath id="{clip}"><rect {box}/></clipPath></defs>'
        f'<g clip-path="url(#{clip})">{"".join(parts)}</g>',
        (frame.width, frame.height),
        style,
    )


def _wrap(drawn: str, size: tuple[float, float], style: Style) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" role="img" '
        f'font-family="Source Sans Pro, system-ui, sans-serif" font-size="11" fill="{style.ink}">{drawn}</svg>'
    )


def _find_spots(sites: gpd.GeoDataFrame) -> dict[str, Point]:
    return {str(one): (point.x, point.y) for one, point in zip(sites["site_id"], sites.geometry, strict=True)}


def _frame(told: DrawnRows, areas: gpd.GeoDataFrame, at: Mapping[str, Point]) -> Frame:
    """The municipality whole, and partners that do not lie far from it."""
    west, south, east, north = areas[areas["municipality_code"] == told.code].total_bounds
    middle, half = ((west + east) / 2, (south + north) / 2), max(east - west, north - south) / 2
    ends = pd.concat([told.chances["supply_id"], told.chances["demand_id"]]).dropna()
    partners = [at[one] for one in dict.fromkeys(ends) if one in at]
    near = [one for one in partners if np.abs(np.subtract(one, middle)).max() <= _FAR * half]
    return Frame([(west, south), (east, north), *near], _SIZE, edge=_EDGE)


def _lines(pairs: pd.DataFrame, at: Mapping[str, Point], frame: Frame) -> list[tuple[Point, Point] | None]:
    """Per pair its ends in the drawing; None where the place of one is unknown."""
    return [
        (frame.place(*at[one]), frame.place(*at[other])) if one in at and other in at else None
        for one, other in zip(pairs["supply_id"], pairs["demand_id"], strict=True)
    ]


def _draw_running(lines: list[tuple[Point, Point] | None], style: Style) -> Iterator[str]:
    look = style.links["running"]
    for line in lines:
        if line is not None:
            yield _line(line, f'stroke="{look.colour}" stroke-width="1.6"')


def _line(line: tuple[Point, Point], look: str) -> str:
    (x1, y1), (x2, y2) = line
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {look}/>'


def _draw_chances(
    chances: pd.DataFrame, lines: list[tuple[Point, Point] | None], style: Style
) -> Iterator[str]:
    """What pays now wide, what does not yet thin; the best is drawn last, over the others."""
    now = set(pay_now(chances)["match_id"])
    rows = list(zip(chances.to_dict("records"), lines, strict=True))
    for row, line in reversed(rows):
        if line is not None:
            yield _line(line, _look(str(row["stream"]), style, now=row["match_id"] in now))


def _look(stream: str, style: Style, *, now: bool) -> str:
    colour, dash = look_of(stream, style)
    return f'stroke="{colour}" stroke-width="{2.8 if now else 1.2}"{dash}'


def _number(
    lines: list[tuple[Point, Point] | None], taken: list[Box], frame: Frame, style: Style
) -> Iterator[str]:
    """Discs with the number of the row along the lines, beside what is `taken` where there is room."""
    for number, line in enumerate(lines, start=1):
        seen = None if line is None else _seen(line, frame)
        if seen is None:
            continue
        (x1, y1), (x2, y2) = seen
        spots = [(x1 + part * (x2 - x1), y1 + part * (y2 - y1)) for part in _ALONG]
        boxes = [(x - _DISC, y - _DISC, x + _DISC, y + _DISC) for x, y in spots]
        free = next((place for place, box in enumerate(boxes) if not meets(box, taken)), 0)
        (x, y), box = spots[free], boxes[free]
        taken.append(box)
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DISC:g}" fill="{style.paper}" stroke="{style.ink}"/>'
            f'<text x="{x:.1f}" y="{y + 3.2:.1f}" font-size="9" font-weight="bold" text-anchor="middle">{number}</text>'
        )


def _seen(line: tuple[Point, Point], frame: Frame) -> tuple[Point, Point] | None:
    """The part of a line that is in sight, a disc from the edge."""
    room = shapely.box(_DISC, _DISC, frame.width - _DISC, frame.height - _DISC)
    part = shapely.intersection(shapely.LineString(line), room)
    corners = [(float(x), float(y)) for x, y in shapely.get_coordinates(part)]
    return (corners[0], corners[-1]) if corners else None


def _find_ends(lines: list[tuple[Point, Point] | None], spots: Mapping[str, Point]) -> list[Point]:
    """The ends of the chances that lie elsewhere."""
    ends = dict.fromkeys(end for line in lines if line is not None for end in line)
    own = set(spots.values())
    return [end for end in ends if end not in own]


def _draw_partners(ends: list[Point], style: Style) -> Iterator[str]:
    for x, y in ends:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_PARTNER:g}" fill="{style.paper}" stroke="{style.ink}"/>'


def _draw_places(sites: gpd.GeoDataFrame, spots: Mapping[str, Point], style: Style) -> Iterator[str]:
    """A glyph per kind in a ring: told apart without colour."""
    for row in sites.to_dict("records"):
        x, y = spots[str(row["site_id"])]
        yield (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RING:g}" fill="{style.paper}" stroke="{style.ink}"/>'
            f'<path d="{_glyph(str(row["kind"]), style)}" fill="{style.ink}" '
            f'transform="translate({x:.1f} {y:.1f}) scale({_GLYPH:g})"/>'
        )


def _glyph(kind: str, style: Style) -> str:
    return style.glyphs[style.kinds.get(kind, "dot")].path


def _names(
    told: DrawnRows, at: Mapping[str, Point], spots: Mapping[str, Point], frame: Frame
) -> Iterator[tuple[float, float, str]]:
    """Whom the best chances bind first, one out of sight where its line leaves the map; then the other places."""
    done = set[str]()
    for row in told.chances.head(told.numbered).to_dict("records"):
        for side, other in (("supply", "demand"), ("demand", "supply")):
            one, end = str(row[f"{side}_id"]), str(row[f"{other}_id"])
            if one in done or one not in at or end not in at:
                continue
            done.add(one)
            seen = _seen((frame.place(*at[one]), frame.place(*at[end])), frame)
            if seen is not None:
                x, y = frame.place(*at[one])
                inside = 0 <= x <= frame.width and 0 <= y <= frame.height
                name = _short(row[f"{side}_name"])
                yield (x, y, name) if inside else (*seen[0], f"→ {name}" if side == "demand" else f"← {name}")
    for row in told.sites.to_dict("records"):
        if row["site_id"] not in done:
            yield (*spots[str(row["site_id"])], _short(row["name"]))


def _short(name: object) -> str:
    return cut_text(" ".join(str(name).split()), _NAME)


def _name_towns(
    code: str, areas: gpd.GeoDataFrame, taken: list[Box], frame: Frame, style: Style
) -> Iterator[str]:
    """Neighbours by name, pale, where nothing else is written."""
    near = areas[areas.geometry.intersects(frame.box) & (areas["municipality_code"] != code)]
    middles = [
        frame.place(point.x, point.y)
        for point in near.geometry.intersection(frame.box).representative_point()
    ]
    named = [
        (x - _LETTER / 2 * len(name), y, str(name))
        for (x, y), name in zip(middles, near["municipality"], strict=True)
    ]
    ink = mix(style.ink, style.paper, 0.5)
    names = name_places(named, taken, frame, style, size=11, reach=0, around=False)
    yield f'<g fill="{ink}">{"".join(names)}</g>'


def _draw_corners(frame: Frame, style: Style, texts: Texts) -> tuple[list[str], list[Box]]:
    """A scale bar of a round length below, north above; and the room they take."""
    kilometre = 1_000.0 * frame.scale
    step = max((one for one in _STEPS_KM if one * kilometre <= _BAR * frame.width), default=_STEPS_KM[0])
    long, y = step * kilometre, frame.height - 10
    north = frame.width - 16
    ground = f'fill="{style.paper}" fill-opacity="0.8"'
    parts = [
        f'<rect x="4" y="{y - 16:.0f}" width="{long + 12:.1f}" height="24" {ground}/>',
        f'<path d="M10 {y - 4:.0f}V{y:.0f}H{10 + long:.1f}V{y - 4:.0f}" fill="none" stroke="{style.ink}"/>',
        f'<text x="{10 + long / 2:.1f}" y="{y - 4:.0f}" text-anchor="middle">{texts.number(step)} km</text>',
        f'<rect x="{north - 10:.0f}" y="4" width="20" height="32" {ground}/>',
        f'<path d="M{north:.0f} 7l5 14l-5 -4l-5 4Z" fill="{style.ink}"/>',
        f'<text x="{north:.0f}" y="33" text-anchor="middle" font-weight="bold">N</text>',
    ]
    return parts, [(4, y - 16, long + 16, y + 8), (north - 10, 4, north + 10, 36)]


def draw_legend(told: DrawnRows, sites: gpd.GeoDataFrame, *, texts: Texts) -> str:
    """Return the legend as an SVG: all that the map shows, in running lines; empty where that is nothing."""
    style = load_style()
    entries = [
        *(
            (_line(((0.0, -4.0), (24.0, -4.0)), look), name)
            for look, name in _legend_lines(told, style, texts)
        ),
        *_legend_places(told, sites, style, texts),
    ]
    parts, x, y = list[str](), 0.0, 12.0
    for sign, name in entries:
        wide = _SIGN + _LETTER * len(name)
        if x and x + wide > _LEGEND_WIDTH:
            x, y = 0.0, y + _LEGEND_LINE
        parts.append(
            f'<g transform="translate({x:.0f} {y:.0f})">{sign}<text x="{_SIGN:g}">{escape(name)}</text></g>'
        )
        x += wide + _APART
    if not entries:
        return ""
    return _wrap(
        f"<title>{escape(texts('atlas.legend'))}</title>{''.join(parts)}", (_LEGEND_WIDTH, y + 5), style
    )


def _legend_places(
    told: DrawnRows, sites: gpd.GeoDataFrame, style: Style, texts: Texts
) -> Iterator[tuple[str, str]]:
    ring = f'<circle cx="12" cy="-4" r="{_RING:g}" fill="{style.paper}" stroke="{style.ink}"/>'
    kinds = {(style.kinds.get(one, ""), texts.find(f"kinds.{one}", one), one) for one in told.sites["kind"]}
    for _, name, kind in sorted(kinds):
        path = f'<path d="{_glyph(kind, style)}" fill="{style.ink}" transform="translate(12 -4) scale({_GLYPH:g})"/>'
        yield ring + path, name
    ends = {*told.chances["supply_id"], *told.chances["demand_id"]} & set(sites["site_id"])
    if ends - set(told.sites["site_id"]):
        yield ring.replace(f'r="{_RING:g}"', f'r="{_PARTNER:g}"'), texts("atlas.legend_partner")


def _legend_lines(told: DrawnRows, style: Style, texts: Texts) -> Iterator[tuple[str, str]]:
    for stream in dict.fromkeys(told.chances["stream"]):
        yield _look(str(stream), style, now=True), texts.find(f"streams.{stream}", str(stream))
    if len(told.chances):
        later = f'stroke="{style.ink}" stroke-width='
        yield f'{later}"2.8"', texts("atlas.legend_now")
        yield f'{later}"1.2"', texts("atlas.legend_later")
    if len(told.running):
        yield f'stroke="{style.links["running"].colour}" stroke-width="1.6"', texts("atlas.legend_running")
