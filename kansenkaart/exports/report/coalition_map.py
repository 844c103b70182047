"""The map of a coalition's sheet: partners by name, chances in the colour of their stream, over the municipalities."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import geopandas as gpd
import pandas as pd
import shapely

from kansenkaart.catalogue import Style, load_style
from kansenkaart.catalogue.legend import mix
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

_WIDTH, _HEIGHT, _EDGE = 420.0, 300.0, 0.16
_LEAST_M = 4_000.0
_LETTER, _LINE = 7.4, 15.0


def draw_coalition(partners: pd.DataFrame, chances: pd.DataFrame, frames: Frames, *, texts: Texts) -> str:
    """Return an SVG of the partners and chances (cleaned rows, names and all)."""
    style = load_style()
    places = frames.sites.set_index("site_id").geometry.representative_point()
    at = {
        one: (places[one].x, places[one].y)
        for one in dict.fromkeys([*chances["supply_id"], *chances["demand_id"]])
    }
    frame = _Frame(list(at.values()))
    parts = [*_draw_land(frames.municipalities, frame, style), *_draw_chances(chances, at, frame, style)]
    for row in partners.to_dict("records"):
        x, y = frame.place(*at[row["site_id"]])
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{style.ink}" stroke="{style.paper}"/>')
    parts += _name_partners(partners, at, frame, style)
    title = escape(texts("report.coalition_map"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{style.ink}"><title>{title}</title>'
        f'<rect width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" fill="{mix(style.accent, style.paper, 0.05)}"/>'
        f"{''.join(parts)}</svg>"
    )


class _Frame:
    """What is in sight: all points with room around them."""

    def __init__(self, points: list[tuple[float, float]]) -> None:
        xs, ys = zip(*points, strict=True)
        middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        wide = max(max(xs) - min(xs), _LEAST_M) * (1 + 2 * _EDGE)
        high = max(max(ys) - min(ys), _LEAST_M * _HEIGHT / _WIDTH) * (1 + 2 * _EDGE)
        self.scale = min(_WIDTH / wide, _HEIGHT / high)
        self.left, self.top = middle[0] - _WIDTH / self.scale / 2, middle[1] + _HEIGHT / self.scale / 2

    def place(self, x: float, y: float) -> tuple[float, float]:
        """From RD New, metres, to the drawing."""
        return (x - self.left) * self.scale, (self.top - y) * self.scale

    @property
    def box(self) -> shapely.Geometry:
        """What is in sight, in RD New."""
        right, bottom = self.left + _WIDTH / self.scale, self.top - _HEIGHT / self.scale
        return shapely.box(self.left, bottom, right, self.top)


def _draw_land(areas: gpd.GeoDataFrame, frame: _Frame, style: Style) -> Iterator[str]:
    near = areas.geometry[areas.geometry.intersects(frame.box)].to_numpy()
    shapes = shapely.coverage_simplify(near, 0.7 / frame.scale) if len(near) else near
    for shape in shapely.get_parts(shapely.intersection(shapes, frame.box)):
        if shape.geom_type != "Polygon" or shape.is_empty:
            continue
        corners = (frame.place(x, y) for x, y in shape.exterior.coords[:-1])
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
        yield f'<path d="M{path}Z" fill="{style.land}" stroke="{style.paper}" stroke-width="1.2"/>'


def _draw_chances(
    chances: pd.DataFrame, at: dict[str, tuple[float, float]], frame: _Frame, style: Style
) -> Iterator[str]:
    for row in chances.to_dict("records"):
        look = style.streams[row["stream"]]
        dash = f' stroke-dasharray="{" ".join(f"{one:g}" for one in look.dash)}"' if look.dash else ""
        (x1, y1), (x2, y2) = (frame.place(*at[row[end]]) for end in ("supply_id", "demand_id"))
        yield (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{look.colour}" '
            f'stroke-width="2.5"{dash}/>'
        )


def _name_partners(
    partners: pd.DataFrame, at: dict[str, tuple[float, float]], frame: _Frame, style: Style
) -> Iterator[str]:
    """Names where there is room, behind their place or before it; never over each other or a place."""
    spots = [frame.place(*place) for place in at.values()]
    taken = [(x - 5.0, y - 5.0, x + 5.0, y + 5.0) for x, y in spots]
    for row in partners.to_dict("records"):
        x, y = frame.place(*at[row["site_id"]])
        name = str(row["name"])
        long = _LETTER * len(name)
        for left, line in (
            (x + 8, y),
            (x - 8 - long, y),
            (x - long / 2, y - _LINE),
            (x - long / 2, y + _LINE),
        ):
            box = (left, line - 7.0, left + long, line + 7.0)
            fits = box[0] >= 2 and box[2] <= _WIDTH - 2 and box[1] >= 0 and box[3] <= _HEIGHT
            clear = not any(
                box[0] < one[2] and one[0] < box[2] and box[1] < one[3] and one[1] < box[3] for one in taken
            )
            if fits and clear:
                taken.append(box)
                yield (
                    f'<text x="{left:.1f}" y="{line + 4:.1f}" paint-order="stroke" stroke="{style.paper}" '
                    f'stroke-width="3">{escape(name)}</text>'
                )
                break
