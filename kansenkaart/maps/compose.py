"""From the frames of a run to the workshop map, with the land behind it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from html import escape
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kansenkaart import __version__
from kansenkaart.arrays import FloatArray
from kansenkaart.catalogue.legend import Party, Style, load_parties, load_style
from kansenkaart.geo import RD_BOUNDS, to_wgs84
from kansenkaart.maps.balance import describe_balance
from kansenkaart.maps.basemap import add_basemap, read_municipalities
from kansenkaart.maps.block import Block, Strings, add_lines
from kansenkaart.maps.clusters import describe_clusters, describe_quotients, find_own
from kansenkaart.maps.coalitions import describe_coalitions, describe_values
from kansenkaart.maps.columns import (
    Codes,
    add_contacts,
    add_flows,
    add_links,
    add_matches,
    add_sites,
    number_ids,
)
from kansenkaart.maps.details import add_connected, add_deciding, add_months, add_routes
from kansenkaart.maps.scenes import describe_scenes
from kansenkaart.maps.whatif import add_whatif
from kansenkaart.maps.workshop_map import ONLINE_TILES, WorkshopMap
from kansenkaart.project import LoadedProject
from kansenkaart.tables import Backdrop
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts, load_texts

# The drawing of a kind that has none of its own.
_PLAIN = "dot"

# From here on one side is called larger than the other.
_UNEQUAL = 1.25

# A stream that the style does not name (a user's own) is drawn in this quiet grey.
_OWN_STREAM = "#4d5a5e"


def draw_map(frames: Frames, loaded: LoadedProject, *, manifest_id: str) -> WorkshopMap:
    """Draw the workshop map of a run.

    Parameters
    ----------
    frames
        The checked frames of the run.
    loaded
        Its project and catalogue.
    manifest_id
        Identity of the run, shown under the map.

    Returns
    -------
    WorkshopMap
        Shows itself in a notebook; ``save(path)`` writes one file without network. Same frames, same bytes.
    """
    return as_map(describe_map(frames, loaded, manifest_id), loaded)


def describe_map(frames: Frames, loaded: LoadedProject, manifest_id: str) -> Block:
    """What the page of a run reads; see ``draw_map``."""
    texts = load_texts(loaded.project.language)
    style, strings, block = load_style(), Strings(), Block()
    codes = number_ids(frames, list(loaded.catalogue.streams), list(loaded.catalogue.kinds))
    block.header |= {
        "project": _describe_project(frames, loaded, manifest_id, texts),
        "texts": {name: _page_texts(texts, name) for name in ("map", "classes")},
        "streams": [_describe_stream(stream, frames, loaded, style, texts) for stream in codes.streams],
        "kinds": [_describe_kind(kind, style, texts) for kind in codes.kinds],
        "style": style.model_dump(
            include={"classes", "links", "land", "water", "border", "ink", "paper", "accent"}
        ),
        "kengetallen": _describe_kengetallen(frames, loaded),
    }
    if loaded.project.clusters is not None:
        quotients = describe_quotients(frames.clusters, frames.municipalities, style, texts)
        block.header["clusters"] = describe_clusters(frames, codes, texts=texts) | quotients
        if quotients:
            _add_coloured(block, frames.municipalities)
    if len(frames.coalitions):
        block.header["coalitions"] = describe_coalitions(frames, strings, texts=texts)
    if len(frames.balance_areas):
        block.header["balance"] = describe_balance(frames, codes, texts=texts)
    _add_frames(block, frames, codes, strings, texts)
    if len(frames.hubs):
        _add_hubs(block, frames, codes, strings, texts)
    add_own_background(block, frames)
    add_months(block, frames, _seasonal(loaded))
    add_connected(block, frames)
    add_routes(block, frames)
    add_deciding(block, frames, loaded, texts)
    add_whatif(block, frames, loaded)
    block.header["scenes"] = describe_scenes(frames, loaded) if loaded.project.scenes else []
    add_room(block, frames, loaded, codes, texts=texts)
    block.header["strings"] = strings.texts
    return block


def as_map(
    block: Block, loaded: LoadedProject, *, scenarios: Mapping[str, str] = MappingProxyType({})
) -> WorkshopMap:
    """The page of `block`; `scenarios` holds, by name, packed blocks of what differs from it."""
    project = loaded.project
    texts = load_texts(project.language)
    west, south, east, north = block.header["bounds"]
    longitude, latitude = to_wgs84(np.array([(west + east) / 2]), np.array([(south + north) / 2]))
    return WorkshopMap(
        block.encode(),
        language=project.language,
        title=project.title,
        notices=(escape(texts("map.no_script")), escape(texts("map.too_old"))),
        centre=(round(float(latitude[0]), 5), round(float(longitude[0]), 5)),
        online_background=project.online_background,
        scenarios=scenarios,
    )


def _add_frames(block: Block, frames: Frames, codes: Codes, strings: Strings, texts: Texts) -> None:
    sites = frames.sites
    if (sites["kind"] == "business_park").any():
        from kansenkaart.maps.parks import note_parks  # noqa: PLC0415 - most maps have none

        sites = note_parks(sites, texts)
    add_sites(block, sites, codes, strings)
    add_contacts(block, frames.sites, strings, texts=texts)
    add_flows(block, frames, codes, strings, texts=texts)
    add_matches(block, frames, codes, strings, texts=texts)
    add_links(block, frames, codes, strings, texts)
    add_background(block, frames.municipalities, _count_inhabitants(frames))


def _add_hubs(block: Block, frames: Frames, codes: Codes, strings: Strings, texts: Texts) -> None:
    """Add the hubs to header ``links``, with their sign."""
    from kansenkaart.maps.hubs import describe_hubs  # noqa: PLC0415 - only some projects ask for it

    block.header["links"] += describe_hubs(frames, codes, strings, texts=texts)
    block.header["style"]["hub"] = load_style().glyphs["hub"].path
    block.header["texts"]["map"]["links"] = texts("map.links_and_hubs")


def _page_texts(texts: Texts, section: str) -> dict[str, str]:
    """Texts of a section that the page fills itself; names of uncertain numbers are filled here."""
    return {key: text for key, text in texts.section(section).items() if not key.startswith("input_")}


def _seasonal(loaded: LoadedProject) -> frozenset[str]:
    """Streams that the run matches month by month."""
    streams = loaded.catalogue.streams.items() if loaded.project.method.season else ()
    return frozenset(name for name, stream in streams if stream.seasonal)


def _find_answer(frames: Frames, texts: Texts) -> str | None:
    """The sentence that matters: of the stream that saves its takers most, how demand stands to supply.

    Not of the stream that leaves most: one pair of neighbours would then speak for the region.
    """
    if frames.matches.empty:
        return None
    stakes = frames.matches.groupby("stream").agg(
        worth=("benefit_eur_y", "sum"), chances=("match_id", "size")
    )
    stream = str(stakes.sort_values(["worth", "chances"], ascending=False, kind="stable").index[0])
    sides = frames.flows[frames.flows["stream"] == stream].groupby("role")["value"].sum()
    demand, supply = float(sides["demand"]), float(sides["supply"])
    name = texts.find(f"streams.{stream}", stream)
    if max(demand, supply) < _UNEQUAL * min(demand, supply):
        return texts("map.answer_equal", stream=name)
    key = "demand" if demand > supply else "supply"
    times = texts.number(
        max(demand, supply) / min(demand, supply), 1 if max(demand, supply) > 10 * min(demand, supply) else 2
    )
    return texts(f"map.answer_{key}", stream=name, times=times)


def _describe_project(
    frames: Frames, loaded: LoadedProject, manifest_id: str, texts: Texts
) -> dict[str, Any]:
    project = loaded.project
    sources = (
        frames.layers[["source", "source_year"]].drop_duplicates().sort_values(["source", "source_year"])
    )
    return {
        "title": project.title,
        "question": project.question,
        "answer": _find_answer(frames, texts),
        "language": project.language,
        "referenceYear": project.reference_year,
        "staleAfterYears": project.stale_after_years,
        "linksKnown": bool(project.links) or len(frames.links) > 0,
        "includePlanned": project.include_planned,
        "manifestId": manifest_id,
        "version": __version__,
        "sources": [f"{row.source} ({row.source_year})" for row in sources.itertuples()],
        "onlineTiles": ONLINE_TILES if project.online_background else None,
    }


def _describe_stream(
    stream: str, frames: Frames, loaded: LoadedProject, style: Style, texts: Texts
) -> dict[str, Any]:
    known = loaded.catalogue.streams.get(stream)
    line = style.streams.get(stream)
    gaps = frames.gaps[frames.gaps["stream"] == stream]
    units = frames.flows.loc[frames.flows["stream"] == stream, "unit"]
    left = gaps.groupby("role")["remaining"].sum()
    solves = frames.solves[frames.solves["stream"] == stream]
    return {
        "id": stream,
        "name": texts.find(f"streams.{stream}", stream),
        "unit": known.unit if known else str(units.iloc[0]) if len(units) else "",
        "colour": line.colour if line else _OWN_STREAM,
        "dash": list(line.dash) if line else [],
        "softKm": known.soft_km if known else None,
        "hardKm": known.hard_km if known else None,
        "cascade": known.cascade if known else False,
        "legalFlag": known.legal_flag_in(texts.language) if known else "",
        "noPrice": known.no_price_in(texts.language) if known else "",
        "overschot": float(left.get("supply", 0.0)),
        "tekort": float(left.get("demand", 0.0)),
        "besides": [
            texts(f"map.{key}_sum", amount=texts.number(total), unit=known.unit)
            if known and total > 0
            else ""
            for key, total in (
                ("elsewhere", float(gaps["elsewhere"].sum())),
                ("contract", float(gaps["under_contract"].sum())),
            )
        ],
        **{
            key: _only(solves[column])
            for key, column in (
                ("matched", "quantity"),
                ("matchedByYear", "annual_quantity"),
                ("paysToKm", "break_even_km"),
            )
        },
    }


def _only(column: pd.Series) -> float | None:
    """The one number of a column of at most one row; None where there is none."""
    known = column.dropna()
    return float(known.iloc[0]) if len(known) else None


def _describe_kind(kind: str, style: Style, texts: Texts) -> dict[str, str]:
    return {
        "id": kind,
        "name": texts.find(f"kinds.{kind}", kind.replace("_", " ")),
        "glyph": (style.glyphs.get(style.kinds.get(kind, _PLAIN)) or style.glyphs[_PLAIN]).path,
    }


def _describe_kengetallen(frames: Frames, loaded: LoadedProject) -> dict[str, dict[str, Any]]:
    used = sorted(set(frames.flows["kengetal_id"].dropna()))
    known = loaded.catalogue.kengetallen
    return {
        name: known[name].model_dump(
            include={"low", "value", "high", "unit", "source", "year", "evidence", "note", "denominator"}
        )
        for name in used
        if name in known
    }


def _count_inhabitants(frames: Frames) -> dict[str, float]:
    """Inhabitants per municipality where a layer knows them."""
    if "inhabitants" not in frames.sites:
        return {}
    known = frames.sites[frames.sites["kind"] == "municipality"]
    counts = pd.to_numeric(known["inhabitants"], errors="coerce").groupby(known["municipality_code"]).max()
    return {str(code): float(count) for code, count in counts.dropna().items()}


def add_room(block: Block, frames: Frames, loaded: LoadedProject, codes: Codes, *, texts: Texts) -> None:
    """Header ``room`` and, where a room decided before, column ``m.confirmed`` (0 or 1).

    ``room`` holds ``parties`` (rules by number of stream and kind), ``streams`` (id, name and unit of all that a firm
    may be added for), ``provinces`` (by municipality), ``bounds`` (RD New, metres: where a point may lie), ``values``
    (what a coalition is scored by) and, after a session, ``session``.
    """
    streams = loaded.catalogue.streams
    places = frames.sites[["municipality", "province"]].dropna().drop_duplicates("municipality")
    block.header["room"] = {
        "parties": [_describe_party(party, loaded, codes) for party in load_parties()],
        "streams": [
            {"id": name, "name": texts.find(f"streams.{name}", name), "unit": stream.unit}
            for name, stream in streams.items()
        ],
        "provinces": dict(sorted(zip(places["municipality"], places["province"], strict=True))),
        "bounds": list(RD_BOUNDS),
        "values": describe_values(texts) if len(frames.coalitions) else [],
    }
    if loaded.project.workshop.decisions is not None:
        from kansenkaart.maps.session import describe_session  # noqa: PLC0415 - only after a session

        block.header["room"]["session"] = describe_session(frames, codes, texts=texts)
    if "decision" in frames.matches and (frames.matches["decision"] == "confirmed").any():
        decided = frames.matches.sort_values("rank", kind="stable")["decision"]
        block.add("m.confirmed", (decided == "confirmed").to_numpy(dtype=np.uint8))


def _describe_party(party: Party, loaded: LoadedProject, codes: Codes) -> dict[str, Any]:
    known = loaded.catalogue.streams
    return {
        "id": party.id,
        "named": party.named,
        "source": party.source,
        "always": party.always,
        "crossing": party.crossing,
        "streams": [
            number for name, number in codes.streams.items() if name in known and party.concerns(known[name])
        ],
        "kinds": [number for name, number in codes.kinds.items() if name in party.kinds],
    }


# Municipal borders are rounded to this grid.
GRID_M = 10.0


def add_background(block: Block, municipalities: gpd.GeoDataFrame, inhabitants: dict[str, float]) -> None:
    """Header ``areas``, byte columns ``g.*``, and the base map behind them.

    Parameters
    ----------
    block
        The page's data.
    municipalities
        Frame ``MUNICIPALITIES``; RD metres.
    inhabitants
        Per municipality code, where a place in the data tells; the larger names are written first.
    """
    areas = municipalities.sort_values("municipality_code", kind="stable")
    shapes = shapely.set_precision(areas.geometry.to_numpy(), GRID_M, mode="pointwise")
    inside = areas["in_region"].to_numpy(dtype=bool)
    labels = shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy())).round().astype(int)
    block.header["areas"] = [
        {
            "name": row.municipality,
            "inside": bool(row.in_region),
            "x": int(x),
            "y": int(y),
            "size": inhabitants.get(row.municipality_code, 0.0),
            "km2": round(row.geometry.area / 1e6, 1),
        }
        for row, (x, y) in zip(areas.itertuples(), labels.tolist(), strict=True)
    ]
    bounds = [float(value) for value in shapely.total_bounds(shapes[inside] if inside.any() else shapes)]
    block.header["bounds"] = bounds
    codes = zip(areas["municipality_code"].tolist(), inside.tolist(), strict=True)
    block.extend(_draw_ground(tuple(codes), tuple(bounds)))


# Several maps of one region, in a notebook or in QGIS, stand on the same ground.
@lru_cache(maxsize=4)
def _draw_ground(areas: tuple[tuple[str, bool], ...], bounds: tuple[float, ...]) -> Block:
    """Byte columns ``g.*`` of municipalities, inside or not, and the base map behind them."""
    block, fine = Block(), read_municipalities()
    drawn = np.array([fine[code] for code, _ in areas], dtype=object)
    inside = np.array([within for _, within in areas], dtype=bool)
    add_lines(block, "g.region", _rings(np.array([_union(drawn[inside])])), GRID_M)
    add_lines(block, "g.margin", _rings(np.array([_union(drawn[~inside])])), GRID_M)
    add_lines(block, "g.borders", _border_lines(drawn), GRID_M)
    add_basemap(block, bounds)
    return block


def _add_coloured(block: Block, municipalities: gpd.GeoDataFrame) -> None:
    """Byte columns ``t.0``, ``t.1``...: the municipalities of the region, by code, each to be filled by itself."""
    fine = read_municipalities()
    for number, code in enumerate(find_own(municipalities)["municipality_code"]):
        add_lines(block, f"t.{number}", _rings(np.array([fine[code]])), GRID_M)


def _union(shapes: npt.NDArray[Any]) -> Any:
    return shapely.union_all([shape for shape in shapes if shape is not None and not shape.is_empty])


def _rings(shapes: npt.NDArray[Any]) -> list[FloatArray]:
    parts = shapely.get_parts(shapely.get_parts(shapes))
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == 3])
    return [shapely.get_coordinates(ring) for ring in rings]


def add_own_background(block: Block, frames: Frames) -> None:
    """Header ``background`` (name and look of every own layer) and columns ``o.<number>``, its lines and rings.

    Of a layer that asks for it also which chances go through it, by their number: the best is 0.
    """
    layers = frames.background
    if layers:
        block.header["background"] = [
            {"name": layer.name, "look": layer.look, **_list_crossed(layer, frames)} for layer in layers
        ]
    for number, layer in enumerate(layers):
        rings = [
            shapely.get_coordinates(ring)
            for shape in layer.shapes
            for ring in ((shape.exterior, *shape.interiors) if shape.geom_type == "Polygon" else (shape,))
        ]
        add_lines(block, f"o.{number}", rings, GRID_M)


def _list_crossed(layer: Backdrop, frames: Frames) -> dict[str, list[int]]:
    if layer.areas is None:
        return {}
    order = frames.matches.sort_values("rank", kind="stable")["match_id"]
    through = frames.crossings.loc[frames.crossings["overlay"] == layer.name, "match_id"]
    return {"crossed": np.flatnonzero(order.isin(through)).tolist()}


def _border_lines(shapes: npt.NDArray[Any]) -> list[FloatArray]:
    """Every border once, from west to east."""
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all(shapely.boundary(shapes))))
    west, south = shapely.bounds(lines)[:, :2].T
    return [shapely.get_coordinates(line) for line in lines[np.lexsort((south, west, west // 20_000.0))]]
