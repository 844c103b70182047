"""The page of the public edition: what all places of a municipality have together, per stream, in classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from kansenkaart.catalogue import Style, load_style
from kansenkaart.catalogue.legend import mix
from kansenkaart.exports.content.clean import clean_frame
from kansenkaart.exports.report.markup import Markup, element, join, table
from kansenkaart.exports.report.page import write_page
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Frames
from kansenkaart.tables.area_classes import PARTS
from kansenkaart.texts import Texts, load_texts

_WIDTH = 460.0
# From the lowest to the highest class of a map, the part of its colour that a stream has.
_PALEST, _DARKEST = 0.22, 1.0
# Of what is secret the part of the ink in its lines: seen beside land, darker than no class.
_HATCH = 0.45


def write_area_sheet(folder: Path, frames: Frames, loaded: LoadedProject) -> None:
    """Write ``gemeenten.html``, static: per stream and role a map of the total and a table of its parts."""
    texts, style = load_texts(loaded.project.language), load_style()
    rows = clean_frame(frames.area_classes, "gemeenten.html", xml=True)[0]
    land = _find_land(frames.municipalities, set(rows["area_code"]))
    parts = [
        element("h1", loaded.project.title),
        element("p", texts("editions.page_lead"), class_="lead"),
        element("p", texts("editions.page_rules"), class_="facts"),
    ]
    sides = [((str(stream), str(role)), own) for (stream, role), own in rows.groupby(["stream", "role"])]
    told = [one for one in sides if (one[1]["shown"] == "class").any()]
    sections = [_draw_side(own, land, *side, style, texts) for side, own in told]
    silent = [_name_side(*side, texts) for side, own in sides if not (own["shown"] == "class").any()]
    if silent:
        sections.append(element("p", texts("editions.page_silent", sides=", ".join(silent))))
    body = join([element("header", *parts), *(sections or [element("p", texts("editions.page_empty"))])])
    title = texts("editions.page_title", title=loaded.project.title)
    page = write_page(body, title=title, language=texts.language, style=style)
    (folder / "gemeenten.html").write_text(page, encoding="utf-8", newline="\n")


def _find_land(areas: gpd.GeoDataFrame, codes: set[str]) -> gpd.GeoDataFrame:
    """Municipalities of the region, and those that are told of, by code."""
    known = areas["in_region"].to_numpy(dtype=bool) | areas["municipality_code"].isin(list(codes)).to_numpy()
    own: gpd.GeoDataFrame = areas[known].sort_values("municipality_code")
    return own


def _name_side(stream: str, role: str, texts: Texts) -> str:
    return texts(f"editions.head_{role}", stream=texts.find(f"streams.{stream}", stream))


def _draw_side(
    rows: pd.DataFrame, land: gpd.GeoDataFrame, stream: str, role: str, style: Style, texts: Texts
) -> Markup:
    head = _name_side(stream, role, texts)
    totals = rows[(rows["part"] == PARTS[0]) & (rows["level"] == "municipality")]
    look = _Look(style.streams[stream].colour, style, f"secret-{stream}-{role}")
    drawing = _draw_map(totals, land, look, head)
    wide = rows.pivot(index=["level", "area_code", "area"], columns="part", values="label").reset_index()
    above = wide[wide["level"] != "municipality"].sort_values("level", ascending=False)
    none = texts("editions.none")
    told = wide[(wide["level"] == "municipality") & (wide[PARTS[0]] != none)]
    ordered = pd.concat([above, told.sort_values("area")])
    heads = [texts("editions.area"), *(texts(f"editions.part_{role}_{part}") for part in PARTS)]
    cells = [[row["area"], *(row[part] for part in PARTS)] for row in ordered.to_dict("records")]
    grid = table(heads, cells, numeric=frozenset({1, 2, 3}), caption=head, name="areas")
    legend = _draw_legend(totals, look, texts)
    rest = element("p", texts("editions.page_others"), class_="facts")
    both = element("div", element("div", drawing, legend), element("div", grid, rest), class_="beside")
    return element("section", element("h2", head), both, class_="side")


@dataclass(frozen=True)
class _Look:
    """Colour of the highest class, and the id of the hatching of what is secret."""

    colour: str
    style: Style
    hatch: str

    def fill(self, place: int, count: int) -> str:
        """The colour of a class, paler the lower it is."""
        share = _PALEST + (_DARKEST - _PALEST) * (place / max(count - 1, 1))
        return mix(self.colour, self.style.paper, share)

    @property
    def secret(self) -> str:
        """Filled with lines."""
        return f"url(#{self.hatch})"


def _list_classes(totals: pd.DataFrame) -> list[tuple[float, str]]:
    told = totals[totals["shown"] == "class"].drop_duplicates("from_value").sort_values("from_value")
    return list(zip(told["from_value"].astype(float), told["label"].astype(str), strict=True))


def _draw_legend(totals: pd.DataFrame, look: _Look, texts: Texts) -> Markup:
    classes, style = _list_classes(totals), look.style
    keys = [(look.fill(place, len(classes)), label) for place, (_, label) in enumerate(classes)]
    keys += [(look.secret, texts("editions.secret"))] if (totals["shown"] == "secret").any() else []
    items = [element("span", _swatch(fill, style), f" {label}", class_="key") for fill, label in keys]
    return element("p", *items, class_="facts keys")


def _swatch(fill: str, style: Style) -> Markup:
    box = element("rect", width="14", height="14", fill=fill, stroke=style.border)
    return element("svg", box, width="14", height="14", aria_hidden="true", class_="swatch")


def _draw_map(totals: pd.DataFrame, land: gpd.GeoDataFrame, look: _Look, title: str) -> Markup:
    style = look.style
    west, south, east, north = land.total_bounds
    scale = _WIDTH / (east - west)
    high = (north - south) * scale
    shapes = shapely.coverage_simplify(land.geometry.to_numpy(), 0.8 / scale)
    places = {low: number for number, (low, _) in enumerate(_list_classes(totals))}
    of_area = totals.set_index("area_code").to_dict("index")
    paths = []
    for code, name, shape in zip(land["municipality_code"], land["municipality"], shapes, strict=True):
        row = of_area.get(code)
        fill, label = style.land, ""
        if row is not None:
            label = f": {row['label']}"
            if row["shown"] == "secret":
                fill = look.secret
            elif row["shown"] == "class":
                fill = look.fill(places[row["from_value"]], len(places))
        outline = "".join(_path(part, west, north, scale) for part in shapely.get_parts(shape))
        told = element("title", f"{name}{label}")
        paths.append(element("path", told, d=outline, fill=fill, stroke=style.paper, stroke_width="0.8"))
    lines = element(
        "path",
        d="M-1,1l2,-2M0,6l6,-6M5,7l2,-2",
        stroke=mix(style.ink, style.paper, _HATCH),
        stroke_width="1.2",
    )
    hatch = element(
        "pattern",
        element("rect", width="6", height="6", fill=style.paper),
        lines,
        id=look.hatch,
        width="6",
        height="6",
        patternUnits="userSpaceOnUse",
    )
    box = f"0 0 {_WIDTH:.0f} {high:.0f}"
    defs = element("defs", hatch)
    return element("svg", element("title", title), defs, *paths, viewBox=box, role="img", class_="areas")


def _path(shape: shapely.Polygon, west: float, north: float, scale: float) -> str:
    return "".join(_ring(ring, west, north, scale) for ring in _rings(shape))


def _rings(shape: shapely.Polygon) -> Iterator[shapely.LinearRing]:
    yield shape.exterior
    yield from shape.interiors


def _ring(ring: shapely.LinearRing, west: float, north: float, scale: float) -> str:
    corners = (f"{(x - west) * scale:.1f} {(north - y) * scale:.1f}" for x, y in ring.coords[:-1])
    return f"M{'L'.join(corners)}Z"
