"""What differs in an input: its settings, and the places, deliveries, decisions and numbers that it makes otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, cast

import geopandas as gpd
import pandas as pd
import shapely

from kansenkaart.catalogue import Catalogue
from kansenkaart.catalogue.legend import name_number
from kansenkaart.catalogue.models import Number
from kansenkaart.compare.inputs import LISTS, Input
from kansenkaart.tables import Frames
from kansenkaart.texts import Texts

# What follows from the place of a site, or says where its row comes from.
_FOLLOWS = (
    *("municipality_code", "municipality", "province", "country", "nuts", "municipality_distance_m"),
    *("layer", "source", "source_year", "licence", "confidential", "geometry"),
)
EXISTS, PLACE, VALUE, ROUTE, COST = "exists", "place", "value", "route", "cost"
_SHORT_HASH = 12
_M_PER_KM = 1000.0
# As many as a number holds.
_EVERY_DIGIT = 15

Row = dict[str, Any]


@dataclass(frozen=True)
class State:
    """What a run knew, of which rows are named: places, deliveries, decisions, ways between places, and numbers."""

    sites: gpd.GeoDataFrame
    links: gpd.GeoDataFrame
    decisions: pd.DataFrame
    pairs: pd.DataFrame
    catalogue: Catalogue

    @classmethod
    def of(cls, frames: Frames, catalogue: Catalogue) -> State:
        """What a run knew."""
        return cls(frames.sites, frames.links, frames.decisions, _list_pairs(frames), catalogue)


def list_settings_rows(name: str, old: Input | None, new: Input | None, texts: Texts) -> Iterator[Row]:
    """Yield the keys of input `name` that differ; of a file its name and the first digits of its hash."""
    if (old is None or new is None) and name.split(".")[0] in LISTS:
        there = texts("tables.values.yes")
        yield _row(
            "setting", name, None, EXISTS, (there if new is None else None, there if old is None else None)
        )
        return
    before, after = ({} if one is None else dict(_flatten(one.value, one.told, texts)) for one in (old, new))
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield _row("setting", name, None, key or name.split(".")[-1], (before.get(key), after.get(key)))


def list_state_rows(before: State, after: State, texts: Texts) -> Iterator[Row]:
    """Yield what differs between two runs: places, deliveries, decisions and numbers of the catalogue."""
    yield from _list_frame("site", before.sites, after.sites, "site_id", "name", texts)
    links = [
        one.assign(name=one["supply_name"] + " → " + one["demand_name"])
        for one in (before.links, after.links)
    ]
    yield from _list_frame("link", links[0], links[1], "link_id", "name", texts)
    decided = [_key_decisions(one) for one in (before.decisions, after.decisions)]
    yield from _list_frame("decision", decided[0], decided[1], "id", "id", texts)
    yield from _list_numbers(before.catalogue, after.catalogue, texts)


def list_route_rows(before: State, after: State, texts: Texts) -> Iterator[Row]:
    """Yield of every pair whose way or cost differs between two runs what that was and is: what ground and roads do."""
    old, new = before.pairs, after.pairs
    for one in new.index.union(old.index):
        name = (new if one in new.index else old).at[one, "name"]
        there = one in old.index and one in new.index
        for column in (ROUTE, COST) if there else (ROUTE,):
            was, now = (_tell_way(frame, one, column, texts) for frame in (old, new))
            if was != now:
                yield _row("route", one, name, column, (was, now))


def _tell_way(pairs: pd.DataFrame, one: object, column: str, texts: Texts) -> str | None:
    """Km from door to door, or EUR per unit; none where there is no such way or price."""
    value = float(cast(float, pairs.at[one, column])) if one in pairs.index else math.nan
    if math.isnan(value):
        return None
    return texts.length(value) if column == ROUTE else texts.number(value)


def _list_pairs(frames: Frames) -> pd.DataFrame:
    """By ``stream|supply|demand``: the name of the pair and the best of its ways, ``route`` (km) and ``cost``."""
    pairs, names = frames.candidates, frames.sites.set_index("site_id")["name"]
    told = pd.DataFrame(
        {
            "id": pairs["stream"] + "|" + pairs["supply_id"] + "|" + pairs["demand_id"],
            "name": pairs["supply_id"].map(names) + " → " + pairs["demand_id"].map(names),
            ROUTE: pairs["route_m"] / _M_PER_KM,
            COST: pairs["break_even_eur_unit"],
        }
    ).sort_values(["id", COST, ROUTE], kind="stable")
    return told.drop_duplicates("id").set_index("id")


def _key_decisions(decisions: pd.DataFrame) -> pd.DataFrame:
    ids = decisions["stream"] + "|" + decisions["supply_id"] + "|" + decisions["demand_id"]
    return pd.DataFrame({"id": ids, "decision": decisions["decision"]})


def _list_frame(
    what: str, before: pd.DataFrame, after: pd.DataFrame, key: str, name: str, texts: Texts
) -> Iterator[Row]:
    """Rows that came, went, or hold something else."""
    old, new, there = (
        before.set_index(key, drop=False),
        after.set_index(key, drop=False),
        texts("tables.values.yes"),
    )
    for one in old.index.difference(new.index):
        yield _row(what, one, old.at[one, name], EXISTS, (there, None))
    for one in new.index.difference(old.index):
        yield _row(what, one, new.at[one, name], EXISTS, (None, there), _source(new, one))
    both = old.index.intersection(new.index)
    old, new = old.loc[both], new.loc[both]
    columns = [one for one in dict.fromkeys([*old, *new]) if one not in (*_FOLLOWS, key)]
    for column in columns:
        was, now = (
            frame[column] if column in frame else pd.Series(pd.NA, index=both, dtype=object)
            for frame in (old, new)
        )
        same = (was.isna() & now.isna()) | (was == now).fillna(False)
        for one in both[~same.to_numpy(dtype=bool)]:
            values = _tell(was[one], texts), _tell(now[one], texts)
            yield _row(what, one, new.at[one, name], column, values, _source(new, one))
    if what == "site" and len(both):
        moved = ~old.geometry.geom_equals(new.geometry).to_numpy()
        for one in both[moved]:
            yield _row(
                what, one, new.at[one, name], PLACE, (_point(old, one), _point(new, one)), _source(new, one)
            )


def _source(frame: pd.DataFrame, one: Any) -> str | None:
    if "source" not in frame:
        return None
    source, year = (str(frame.at[one, name]) for name in ("source", "source_year"))
    return f"{source}, {year}"


def _point(frame: pd.DataFrame, one: Any) -> str:
    """Its point in RD New, metres; of an area its size behind it."""
    shape = cast(shapely.Geometry, frame.at[one, "geometry"])
    point = shape.representative_point()
    return f"{point.x:.0f}, {point.y:.0f}" + (f" ({shape.area:.0f} m2)" if shape.area else "")


def _list_numbers(before: Catalogue, after: Catalogue, texts: Texts) -> Iterator[Row]:
    tables: tuple[tuple[Mapping[str, Number], Mapping[str, Number]], ...] = (
        (before.kengetallen, after.kengetallen),
        (before.prices, after.prices),
    )
    for stream in after.streams.values():
        for column in ("hard_km", "soft_km"):
            reach = tuple(texts.number(getattr(one.streams[stream.id], column)) for one in (before, after))
            if reach[0] != reach[1]:
                name = texts.find(f"streams.{stream.id}", stream.id)
                yield _row("number", stream.id, name, column, (reach[0], reach[1]), stream.source)
    for old, new in tables:
        for one in dict.fromkeys([*old, *new]):
            was, now = old.get(one), new.get(one)
            told = tuple(None if number is None else _number(number, texts) for number in (was, now))
            if told[0] != told[1]:
                source = None if now is None else f"{now.source}, {now.year}"
                yield _row("number", one, name_number(one, after, texts), VALUE, (told[0], told[1]), source)


def _number(number: Number, texts: Texts) -> str:
    low, value, high = (texts.number(one, 4) for one in (number.low, number.value, number.high))
    told = value if low == high else f"{value} ({low}-{high})"
    return told if number.unit in ("", "-") else f"{told} {number.unit}"


def _tell(value: Any, texts: Texts) -> str | None:
    if pd.isna(value):
        return None
    if isinstance(value, bool):
        return texts("tables.values.yes" if value else "tables.values.no")
    return texts.number(value, _EVERY_DIGIT) if isinstance(value, float) else str(value)


def _flatten(value: Any, told: Any, texts: Texts, key: str = "") -> Iterator[tuple[str, str]]:
    """Keys and values below `value` that are given; where `told` holds a hash, the name of the file with it."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from _flatten(one, told[name], texts, f"{key}.{name}" if key else name)
    elif isinstance(value, list | tuple):
        if any(isinstance(one, Mapping) for one in value):
            for name, one, shown in zip(_name_items(value), value, told, strict=True):
                yield from _flatten(one, shown, texts, f"{key}[{name}]")
        elif len(value):
            yield key, ", ".join(str(_tell(one, texts)) for one in value)
    elif value is not None and value != told:
        yield key, f"{PurePath(str(value)).name} ({str(told)[:_SHORT_HASH]})"
    elif value is not None:
        yield key, str(_tell(value, texts))


def _name_items(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What tells tables of a list apart: their kinds, where no two are alike, else their place."""
    kinds = [str(one.get("kind")) for one in items]
    unlike = len(set(kinds)) == len(kinds) and all("kind" in one for one in items)
    return kinds if unlike else [str(number) for number in range(1, len(items) + 1)]


def _row(
    what: str,
    one: object,
    name: object,
    column: str,
    values: tuple[str | None, str | None],
    source: str | None = None,
) -> Row:
    return {
        "what": what,
        "id": one,
        "name": name,
        "column": column,
        "old": values[0],
        "new": values[1],
        "source": source,
    }
