"""The frames as columns of numbers: what the page needs to draw, filter and explain, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kansenkaart.arrays import FloatArray, IntArray
from kansenkaart.maps.block import Block, Strings, add_reasons, round_figures, shorten_floats
from kansenkaart.tables.flows import BASES, ROLES
from kansenkaart.tables.frames import Frames
from kansenkaart.tables.links import LINK_STATUSES
from kansenkaart.tables.matches import CHANCE_CLASSES
from kansenkaart.tables.sites import CONTACT, EXAMPLE, PLACEMENTS, STATUSES
from kansenkaart.texts import Texts

# Places are kept to 0.1 m, distances to 10 m: finer than anything the map shows.
PLACE_STEPS_M = 10
DISTANCE_STEP_M = 10.0

# As the page numbers what another has now: behind deliveries and hubs.
_GIVEN = len(LINK_STATUSES) + 1
# Of a supply that another has the map shows this many of the best takers; the table holds more.
_GIVEN_SHOWN = 3

# Values of a reason that are columns of its match, with two figures; see reasons.js.
_MONEY_IN_REASONS = {
    "low": "net_p10_eur_y",
    "high": "net_p90_eur_y",
    "needed": "break_even_eur_unit",
    "dear": "break_even_dear_eur_unit",
    "power": "pipe_mw",
}


_SUMMED = ("quantity", "co2_avoided_t_y", "value")
_FLOW_COLUMNS = (
    "value", "covered", "committed", "temperature_c", "theoretical", "low", "high", "reachable", "remaining",
    "delivered", "if_pays",
)  # fmt: skip
_MATCH_COLUMNS = (
    "quantity", "co2_avoided_t_y", "benefit_eur_y", "cost_eur_y", "net_eur_y", "net_low_eur_y", "net_high_eur_y",
    "net_p10_eur_y", "net_p90_eur_y", "pays_share",
    "break_even_eur_unit", "break_even_dear_eur_unit", "break_even_km", "pipe_mw", "quantity_p10", "quantity_p90",
)  # fmt: skip
# Ranges and break-evens are no better than two figures.
_TWO_FIGURES = (
    "net_low_eur_y", "net_high_eur_y", "net_p10_eur_y", "net_p90_eur_y", "pays_share", "break_even_eur_unit",
    "break_even_dear_eur_unit", "pipe_mw",
    "quantity_p10", "quantity_p90",
)  # fmt: skip


@dataclass(frozen=True)
class Codes:
    """Numbers that stand for ids: the order of streams, kinds and sites in the page."""

    streams: dict[str, int]
    kinds: dict[str, int]
    sites: dict[str, int]


def number_ids(frames: Frames, streams: Sequence[str], kinds: Sequence[str]) -> Codes:
    """Number the sites in their order, and the streams and kinds in the catalogue's order when they occur.

    Streams with chances come first: a list that begins with what gives nothing hides what does.
    """
    giving = set(frames.matches["stream"])
    used = set(frames.flows["stream"]) | set(frames.matches["stream"]) | set(frames.links["stream"])
    present = set(frames.sites["kind"])
    known = [stream for stream in streams if stream in used] + sorted(used - set(streams))
    return Codes(
        _number(sorted(known, key=lambda stream: stream not in giving)),
        _number([kind for kind in kinds if kind in present] + sorted(present - set(kinds))),
        _number(list(frames.sites["site_id"])),
    )


def read_points(sites: gpd.GeoDataFrame) -> IntArray:
    """Point of every site in tenths of a metre RD (n, 2); a polygon has a point inside it."""
    geometry = sites.geometry.to_numpy()
    points = np.where(shapely.get_type_id(geometry) == 0, geometry, shapely.point_on_surface(geometry))
    return np.asarray(np.rint(shapely.get_coordinates(points).reshape(-1, 2) * PLACE_STEPS_M), dtype=np.int64)


def add_sites(block: Block, sites: gpd.GeoDataFrame, codes: Codes, strings: Strings) -> None:
    """Columns ``s.*``: one row per site."""
    points = read_points(sites)
    block.add_index("s.kind", _codes(sites["kind"], codes.kinds))
    block.add_index("s.status", _codes(sites["status"], _number(STATUSES)))
    block.add_index("s.placement", _codes(sites["placement"], _number(PLACEMENTS)))
    block.add("s.inside", sites["in_region"].to_numpy(dtype=np.uint8))
    block.add("s.confidential", sites["confidential"].to_numpy(dtype=np.uint8))
    block.add("s.precision", round_figures(sites["location_precision_m"].to_numpy(dtype=float), 2))
    block.add("s.year", sites["source_year"].to_numpy(dtype=np.uint16))
    for name in ("municipality", "status_date", "source"):
        block.add_index(f"s.{name}", _intern(sites[name], strings))
    block.add_index("s.status_note", _intern(tell_places(sites), strings))
    for axis, name in enumerate(("s.x", "s.y")):
        block.add(name, points[:, axis].astype(np.int32))
    block.header["siteIds"] = sites["site_id"].tolist()
    block.header["siteNames"] = sites["name"].tolist()


def tell_places(sites: pd.DataFrame) -> pd.Series:
    """Return per place its ``status_note``, and behind it what an example tells of itself; missing where it is silent.

    Examples
    --------
    >>> tell_places(pd.DataFrame({"status_note": [None, "open"], "activity": ["herstelt", None]})).tolist()
    ['herstelt', 'open']
    """
    told = [sites[name] for name in ("status_note", *EXAMPLE) if name in sites]
    if len(told) == 1:
        return told[0]
    rows = zip(*(one.astype(object).where(one.notna(), None) for one in told), strict=True)
    return pd.Series([" · ".join(filter(None, row)) or None for row in rows], sites.index, dtype="str")


def add_contacts(block: Block, sites: gpd.GeoDataFrame, strings: Strings, *, texts: Texts) -> None:
    """Column ``s.contact``, where any place has one: whom to ask for, in words."""
    if CONTACT in sites:
        told = sites[CONTACT].map(texts.section(f"tables.values.{CONTACT}"))
        block.add_index("s.contact", _intern(told.astype("str"), strings))


def add_flows(block: Block, frames: Frames, codes: Codes, strings: Strings, *, texts: Texts) -> None:
    """Columns ``f.*``: one row per flow with what is left of it and why."""
    flows = frames.flows.merge(
        frames.gaps[["flow_id", "reachable", "delivered", "remaining", "if_pays", "nearest_id"]],
        on="flow_id",
        how="left",
        validate="1:1",
    )
    block.add_index("f.site", _codes(flows["site_id"], codes.sites))
    block.add_index("f.stream", _codes(flows["stream"], codes.streams))
    block.add_index("f.role", _codes(flows["role"], _number(ROLES)))
    block.add_index("f.basis", _codes(flows["basis"], _number(BASES)))
    block.header["bases"] = list(BASES)
    block.add("f.estimate", flows["engineering_estimate"].to_numpy(dtype=np.uint8))
    block.add("f.year", flows["source_year"].to_numpy(dtype=np.uint16))
    block.add_index("f.kengetal", _intern(flows["kengetal_id"], strings))
    block.add_index("f.source", _intern(flows["source"], strings))
    nearest = [codes.sites.get(str(site), -1) + 1 for site in flows["nearest_id"]]
    block.add_index("f.nearest", np.array(nearest, dtype=np.int64))
    amounts = add_flow_amounts(block, flows)
    site_names = frames.sites["name"].tolist()
    own = [site_names[site] for site in _codes(flows["site_id"], codes.sites)]
    units = {"unit": _units(block, flows["stream"], codes)}
    told = {name: _write_numbers(amounts[name], texts) for name in ("covered", "committed", "if_pays")}
    partner = [site_names[site - 1] if site else "" for site in nearest]
    reasons = [frames.reasons.get(flow, ()) for flow in flows["flow_id"]]
    add_reasons(block, "f.reason", reasons, {"place": own, "partner": partner, **told, **units}, texts)
    formulas = [(frames.formulas[flow],) for flow in flows["flow_id"]]
    total = {"value": _write_numbers(amounts["theoretical"], texts)}
    add_reasons(block, "f.formula", formulas, {**total, **units}, texts)


def add_matches(block: Block, frames: Frames, codes: Codes, strings: Strings, *, texts: Texts) -> None:
    """Columns ``m.*``: one row per chance, the best first."""
    matches = frames.matches.sort_values("rank", kind="stable")
    supply, demand = _codes(matches["supply_id"], codes.sites), _codes(matches["demand_id"], codes.sites)
    block.add_index("m.supply", supply)
    block.add_index("m.demand", demand)
    block.add_index("m.stream", _codes(matches["stream"], codes.streams))
    block.header["via"] = _networks(matches)
    block.add_index("m.class", _codes(matches["chance_class"], _number(CHANCE_CLASSES)))
    distance = matches["distance_m"].to_numpy(dtype=float)
    steps = np.floor(distance / DISTANCE_STEP_M + 0.5).astype(np.int64)
    # Beyond the line between the two points, as whole numbers: for most chances nothing.
    beyond = steps - _line_steps(read_points(frames.sites), supply, demand)
    block.add_index("m.beyond", (beyond << 1) ^ (beyond >> 63))
    block.add_distinct(
        "m.detour", round_figures(matches["route_m"].to_numpy(dtype=float) / np.maximum(distance, 1.0))
    )
    metres = np.asarray(steps * DISTANCE_STEP_M, dtype=np.float64)
    amounts = add_match_amounts(block, matches)
    certainty = np.rint(matches["robustness"].to_numpy(dtype=float) * 100.0)
    block.add("m.certainty", np.where(np.isnan(certainty), 255, certainty).astype(np.uint8))
    for name in ("r_now", "r_after", "r_possible"):
        block.add(f"m.{name}", matches[name].to_numpy(dtype=np.uint8))
    lifted = matches["pays_with_support"] & (matches["chance_class"] == CHANCE_CLASSES[-1])
    block.add("m.support", lifted.to_numpy(dtype=np.uint8))
    for name in ("class_rule", "route_basis", "scale_level"):
        block.add_index(f"m.{name}", _intern(matches[name], strings))
    site_names = frames.sites["name"].tolist()
    quantity = amounts["quantity"]
    used, met = (100.0 * quantity / value for value in _free(frames.flows, matches))
    told = {
        "taker": [site_names[site] for site in demand],
        "unit": _units(block, matches["stream"], codes),
        "distance": _write_each(metres / 1000.0, texts.length),
        "limit": _write_each(amounts["break_even_km"], texts.length),
        "net": _write_numbers(amounts["net_eur_y"], texts),
        "now": _write_numbers(amounts["benefit_eur_y"] / quantity, texts, 2),
        "used": _write_numbers(used, texts, 2),
        "met": _write_numbers(met, texts, 2),
        **{name: _write_numbers(amounts[column], texts, 2) for name, column in _MONEY_IN_REASONS.items()},
    }
    add_reasons(block, "m.reason", [frames.reasons[match] for match in matches["match_id"]], told, texts)


def _networks(matches: gpd.GeoDataFrame) -> dict[int, str]:
    """What the id of a chance that goes via a network has behind its places, by the number of the chance."""
    plain = matches["stream"] + "|" + matches["supply_id"] + "|" + matches["demand_id"]
    return {
        number: name[len(base) :]
        for number, (name, base) in enumerate(zip(matches["match_id"], plain, strict=True))
        if name != base
    }


def _line_steps(points: IntArray, supply: IntArray, demand: IntArray) -> IntArray:
    """Steps of distance between two points, reckoned as ``model.js`` does: in whole numbers, so alike everywhere."""
    squares = ((points[supply] - points[demand]) ** 2).sum(axis=1)
    # The root of a whole number this small is never rounded up to the next.
    tenths = np.floor(np.sqrt(squares.astype(np.float64))).astype(np.int64)
    step = int(PLACE_STEPS_M * DISTANCE_STEP_M)
    return np.asarray((tenths + step // 2) // step)


def _free(flows: pd.DataFrame, matches: gpd.GeoDataFrame) -> list[FloatArray]:
    """Free quantity of each match's supply and of its demand; NaN where the flows do not know it."""
    value = pd.Series(
        shorten_floats(flows["value"].to_numpy(dtype=float)).astype(float), index=flows["flow_id"]
    )
    ids = [matches[f"{role}_id"] + "|" + matches["stream"] + f"|{role}" for role in ROLES]
    return [value.reindex(side).to_numpy(dtype=float) for side in ids]


def _units(block: Block, streams: pd.Series, codes: Codes) -> list[str]:
    """Unit of each row's stream, as the page has it."""
    return [block.header["streams"][codes.streams[stream]]["unit"] for stream in streams]


def add_links(block: Block, frames: Frames, codes: Codes, strings: Strings, texts: Texts) -> None:
    """Header list ``links``: few enough to be written out; behind them what is possible but another has now."""
    rows = []
    for row in frames.links.to_dict("records"):
        line = row["geometry"]
        points = [] if line is None or line.is_empty else shapely.get_coordinates(line)[[0, -1]]
        rows.append(
            {
                "id": row["link_id"],
                "stream": codes.streams[row["stream"]],
                "supply": codes.sites.get(str(row["supply_id"]), -1),
                "demand": codes.sites.get(str(row["demand_id"]), -1),
                "supplyName": row["supply_name"],
                "demandName": row["demand_name"],
                "quantity": None if pd.isna(row["quantity"]) else float(row["quantity"]),
                "status": LINK_STATUSES.index(row["status"]),
                **{name: _text(row[f"{name}_date"]) for name in ("from", "until")},
                "reason": _text(row["reason"]),
                "source": strings.index(row["source"]),
                "year": int(row["source_year"]),
                "line": [[round(float(x), 1), round(float(y), 1)] for x, y in points],
            }
        )
    block.header["links"] = [*rows, *_given_rows(frames, codes, strings, texts)]


def _given_rows(frames: Frames, codes: Codes, strings: Strings, texts: Texts) -> list[dict[str, object]]:
    """The best pairs of every supply that another has, as a delivery with a status of their own."""
    given = frames.candidates[frames.candidates["given"].to_numpy(dtype=bool)]
    given = given.groupby(["stream", "supply_id"], sort=False).head(_GIVEN_SHOWN)
    names = frames.sites.set_index("site_id")["name"]
    return [
        {
            "id": f"vergeven:{row['match_id']}",
            "stream": codes.streams[row["stream"]],
            "supply": codes.sites[row["supply_id"]],
            "demand": codes.sites[row["demand_id"]],
            "supplyName": names[row["supply_id"]],
            "demandName": names[row["demand_id"]],
            "quantity": float(row["quantity"]),
            "status": _GIVEN,
            "from": None,
            "until": None,
            "reason": texts("map.given_reason", why=row["given_why"]),
            "source": strings.index(texts("map.given_source")),
            "year": int(frames.flows["source_year"].max()),
            "line": [
                [round(float(x), 1), round(float(y), 1)] for x, y in shapely.get_coordinates(row["geometry"])
            ],
        }
        for row in given.to_dict("records")
    ]


def _number(names: Sequence[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(names)}


def _codes(column: pd.Series, codes: dict[str, int]) -> IntArray:
    return np.asarray(column.map(codes), dtype=np.int64)


def _intern(column: pd.Series, strings: Strings) -> IntArray:
    return np.array([strings.index(text) for text in column], dtype=np.int64)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _write_numbers(values: npt.NDArray[np.floating], texts: Texts, digits: int = 3) -> list[str]:
    return _write_each(values, lambda value: texts.number(value, digits))


def _write_each(values: npt.NDArray[np.floating], write: Callable[[float], str]) -> list[str]:
    distinct, place = np.unique(values, return_inverse=True)
    written = [write(float(value)) for value in distinct]
    return [written[number] for number in place]


def add_flow_amounts(block: Block, flows: pd.DataFrame) -> dict[str, FloatArray]:
    """Columns of quantities of the flows; returns them as the page reads them."""
    return {name: _add(block, f"f.{name}", flows[name]) for name in _FLOW_COLUMNS}


def add_match_amounts(block: Block, matches: pd.DataFrame) -> dict[str, FloatArray]:
    """Columns of quantities and money of the matches; returns them as the page reads them."""
    return {name: _add(block, f"m.{name}", matches[name]) for name in _MATCH_COLUMNS}


def _add(block: Block, name: str, column: pd.Series) -> FloatArray:
    values = column.to_numpy(dtype=float)
    if column.name in _SUMMED:
        written = shorten_floats(values)
        block.add(name, written)
    else:
        written = round_figures(values, 2 if column.name in _TWO_FIGURES else 3)
        block.add_distinct(name, written)
    return written.astype(np.float64)
