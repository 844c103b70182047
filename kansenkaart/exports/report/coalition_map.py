"""The map of a coalition's sheet: partners by name, chances in the colour of their stream, over the municipalities."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import pandas as pd

from kansenkaart.catalogue import Style, load_style
from kansenkaart.exports.report.sheet_map import Frame, draw_land, draw_water, look_of, name_places
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

_SIZE, _EDGE = (420.0, 300.0), 0.16


def draw_coalition(partners: pd.DataFrame, chances: pd.DataFrame, frames: Frames, *, texts: Texts) -> str:
    """Return an SVG of the partners and chances (cleaned rows, names and all)."""
    style = load_style()
    places = frames.sites.set_index("site_id").geometry.representative_point()
    at = {
        one: (places[one].x, places[one].y)
        for one in dict.fromkeys([*chances["supply_id"], *chances["demand_id"]])
    }
    frame = Frame(at.values(), _SIZE, edge=_EDGE)
    parts = [
        draw_water(frame, style),
        *draw_land(frames.municipalities, frame, style),
        *_draw_chances(chances, at, frame, style),
    ]
    spots = {one: frame.place(*place) for one, place in at.items()}
    for row in partners.to_dict("records"):
        x, y = spots[row["site_id"]]
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{style.ink}" stroke="{style.paper}"/>')
    named = [(*spots[row["site_id"]], str(row["name"])) for row in partners.to_dict("records")]
    taken = [(x - 5.0, y - 5.0, x + 5.0, y + 5.0) for x, y in spots.values()]
    parts += name_places(named, taken, frame, style)
    title = escape(texts("report.coalition_map"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width:.0f} {frame.height:.0f}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{style.ink}"><title>{title}</title>{"".join(parts)}</svg>'
    )


def _draw_chances(
    chances: pd.DataFrame, at: dict[str, tuple[float, float]], frame: Frame, style: Style
) -> Iterator[str]:
    for row in chances.to_dict("records"):
        colour, dash = look_of(row["stream"], style)
        (x1, y1), (x2, y2) = (frame.place(*at[row[end]]) for end in ("supply_id", "demand_id"))
        yield (
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="2.5"{dash}/>'
        )
