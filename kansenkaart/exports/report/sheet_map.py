"""What the maps of all sheets share: what is in sight, the land, lines in the look of their stream, names with room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

import geopandas as gpd
import shapely

from kansenkaart.catalogue import Style
from kansenkaart.catalogue.legend import mix

_LETTER, _LINE = 7.4 / 12, 1.25  # of the size of the letters
_HALF = 7.0
_LEAST_M = 4_000.0
_WATER = 0.05  # of the accent

Box = tuple[float, float, float, float]


class Frame:
    """What is in sight of a map of `size`: all points (RD New, metres) with `edge` of them as room around."""

    def __init__(
        self, points: Iterable[tuple[float, float]], size: tuple[float, float], *, edge: float
    ) -> None:
        self.width, self.height = size
        xs, ys = zip(*points, strict=True)
        middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        wide = max(max(xs) - min(xs), _LEAST_M) * (1 + 2 * edge)
        high = max(max(ys) - min(ys), _LEAST_M * self.height / self.width) * (1 + 2 * edge)
        self.scale = min(self.width / wide, self.height / high)
        self.left = middle[0] - self.width / self.scale / 2
        self.top = middle[1] + self.height / self.scale / 2

    def place(self, x: float, y: float) -> tuple[float, float]:
        """From RD New, metres, to the drawing."""
        return (x - self.left) * self.scale, (self.top - y) * self.scale

    @property
    def box(self) -> shapely.Geometry:
        """What is in sight, in RD New."""
        right, bottom = self.left + self.width / self.scale, self.top - self.height / self.scale
        return shapely.box(self.left, bottom, right, self.top)


def draw_water(frame: Frame, style: Style) -> str:
    """Return what lies under the land."""
    fill = mix(style.accent, style.paper, _WATER)
    return f'<rect width="{frame.width:.0f}" height="{frame.height:.0f}" fill="{fill}"/>'


def draw_land(
    areas: gpd.GeoDataFrame, frame: Frame, style: Style, *, own: str | None = None
) -> Iterator[str]:
    """Yield the municipalities in sight; with `own`, the code of one, its neighbours paler and itself outlined."""
    seen = areas[areas.geometry.intersects(frame.box)]
    near = seen.geometry.to_numpy()
    shapes = shapely.coverage_simplify(near, 0.7 / frame.scale) if len(near) else near
    drawn = shapely.intersection(shapes, frame.box)
    for code, shape in sorted(
        zip(seen["municipality_code"], drawn, strict=True), key=lambda pair: pair[0] == own
    ):
        fill, edge = (style.land, style.paper) if own is None else _colour(style, own=code == own)
        for part in shapely.get_parts(shape):
            if part.geom_type == "Polygon" and not part.is_empty:
                corners = (frame.place(x, y) for x, y in part.exterior.coords[:-1])
                path = "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
                yield f'<path d="M{path}Z" fill="{fill}" stroke="{edge}" stroke-width="1.2"/>'


def _colour(style: Style, *, own: bool) -> tuple[str, str]:
    if own:
        return mix(style.border, style.paper, 0.45), mix(style.ink, style.paper, 0.6)
    return mix(style.land, style.paper, 0.7), mix(style.border, style.paper, 0.8)


def look_of(stream: str, style: Style) -> tuple[str, str]:
    """Return the colour of the lines of `stream` and, as an attribute, their dashes."""
    look = style.streams.get(stream)
    if look is None:  # of another catalogue
        return style.ink, ""
    dash = f' stroke-dasharray="{" ".join(f"{one:g}" for one in look.dash)}"' if look.dash else ""
    return look.colour, dash


def meets(box: Box, taken: Iterable[Box]) -> bool:
    """Tell whether `box` lies over one of `taken`."""
    return any(box[0] < one[2] and one[0] < box[2] and box[1] < one[3] and one[1] < box[3] for one in taken)


def name_places(
    named: Iterable[tuple[float, float, str]],
    taken: list[Box],
    frame: Frame,
    style: Style,
    *,
    size: float = 12.0,
    reach: float = 8.0,
    around: bool = True,
) -> Iterator[str]:
    """Yield names where there is room, behind their place or else `around` it, and add that room to what is `taken`."""
    for x, y, name in named:
        long, line = _LETTER * size * len(name), _LINE * size
        spots = [(x + reach, y), (x - reach - long, y), (x - long / 2, y - line), (x - long / 2, y + line)]
        for left, middle in spots if around else spots[:1]:
            box = (left, middle - _HALF, left + long, middle + _HALF)
            inside = box[0] >= 2 and box[2] <= frame.width - 2 and box[1] >= 0 and box[3] <= frame.height
            if inside and not meets(box, taken):
                taken.append(box)
                yield (
                    f'<text x="{left:.1f}" y="{middle + 4:.1f}" paint-order="stroke" stroke="{style.paper}" '
                    f'stroke-width="3">{escape(name)}</text>'
                )
                break
