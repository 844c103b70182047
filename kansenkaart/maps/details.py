"""What the page shows beside the figures: of a chance its year, route, chain and what decides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kansenkaart.arrays import FloatArray, IntArray, ObjectArray
from kansenkaart.catalogue.legend import name_inputs, split_ids
from kansenkaart.maps.block import Block, add_lines, round_figures, to_grid
from kansenkaart.project import LoadedProject
from kansenkaart.tables.flows import MONTH_COLUMNS, MONTHS
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts

# Months are kept as hundredths of the largest one: less than a pixel of the card's chart.
LEVELS = 100

# Routes are rounded to this grid and may run this far beside the road: a road's width on the map at zoom 13.
GRID_M = 10.0
TOLERANCE_M = 15.0

# All routes together hold at most this many points (some 40 kB); the best chances go first.
MOST_POINTS = 15_000

# Share of months in common, in hundredths; this is 'unknown'.
_UNKNOWN = 255


@dataclass
class Shapes:
    """Distinct years of twelve levels (0 to ``LEVELS``); number 0 is 'none'."""

    rows: list[bytes] = field(default_factory=list)
    _known: dict[bytes, int] = field(default_factory=dict)

    def index(self, months: FloatArray) -> IntArray:
        """Number of the shape of every row of `months` (n, 12); a row without anything is 0."""
        largest = months.max(axis=1, initial=0.0)
        share = months / np.where(largest > 0, largest, 1.0)[:, None] * LEVELS
        # A month with a little is not a month with nothing.
        levels = np.where(share > 0, np.maximum(np.rint(share), 1), 0).astype(np.uint8)
        return np.array([self._number(row.tobytes()) if row.any() else 0 for row in levels], dtype=np.int64)

    def _number(self, row: bytes) -> int:
        if row not in self._known:
            self.rows.append(row)
            self._known[row] = len(self.rows)
        return self._known[row]


def add_months(block: Block, frames: Frames, seasonal: frozenset[str]) -> None:
    """Columns ``f.months``, ``m.months`` and, where a store is used, ``m.stored``; their shapes in ``months``.

    Parameters
    ----------
    seasonal
        Streams that are matched month by month; the others have no shape.
    """
    shapes = Shapes()
    by_month = frames.flows["stream"].isin(seasonal).to_numpy()
    free = frames.flows[list(MONTH_COLUMNS)].to_numpy(dtype=float)
    block.add_index("f.months", shapes.index(np.where(by_month[:, None], free, 0.0)))
    order = frames.matches.sort_values("rank", kind="stable")["match_id"]
    delivered = _by_month(frames.match_months, "quantity", order)
    block.add_index("m.months", shapes.index(delivered))
    stored = _by_month(frames.match_months, "from_store", order)
    if stored.any():
        block.add_index("m.stored", shapes.index(stored))
        block.add("m.stored_share", _percent(stored.sum(axis=1), delivered.sum(axis=1)))
    block.add("months", np.frombuffer(b"".join(shapes.rows), dtype=np.uint8))


def _by_month(months: pd.DataFrame, column: str, order: pd.Series) -> FloatArray:
    """Quantity per match and month (n, 12), matches in `order`; zeros for those without months."""
    wide = months.pivot(index="match_id", columns="month", values=column)
    return wide.reindex(index=order, columns=list(MONTHS)).fillna(0.0).to_numpy(dtype=float)


def _percent(part: FloatArray, whole: FloatArray) -> npt.NDArray[np.uint8]:
    share = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return np.clip(np.rint(100.0 * share), 0, 100).astype(np.uint8)


def add_routes(block: Block, frames: Frames) -> None:
    """Columns ``r.*``: per route its match (by rank), length, and line from supply to demand."""
    order = frames.matches.sort_values("rank", kind="stable")["match_id"].tolist()
    row = {name: n for n, name in enumerate(order)}
    known = frames.routes[frames.routes["basis"] != "straight"]
    known = known.assign(row=known["match_id"].map(row)).sort_values("row", kind="stable")
    lines = _best(known.geometry.to_numpy())
    kept = [row for row, line in enumerate(lines) if len(to_grid(line, GRID_M)) > 1]
    best = known.iloc[kept]
    block.add_index("r.match", best["row"].to_numpy(dtype=np.int64))
    block.add_distinct("r.length", round_figures(best["length_m"].to_numpy(dtype=float)))
    add_lines(block, "r.line", [lines[row] for row in kept], GRID_M)


def _best(geometry: ObjectArray) -> list[FloatArray]:
    """The first lines that hold no more than ``MOST_POINTS`` together; the rest is not looked at."""
    lines: list[FloatArray] = []
    points = 0
    for line in geometry:
        coordinates = _coordinates(line)
        size = len(to_grid(coordinates, GRID_M))
        points += size if size > 1 else 0
        if points > MOST_POINTS:
            break
        lines.append(coordinates)
    return lines


def _coordinates(line: shapely.Geometry) -> FloatArray:
    return np.asarray(shapely.get_coordinates(shapely.simplify(line, TOLERANCE_M)))


def add_connected(block: Block, frames: Frames) -> None:
    """Columns ``m.chain``, ``m.leg``, ``m.coupled``, ``m.trunk`` and ``m.overlap``; header list ``chains``."""
    matches = frames.matches.sort_values("rank", kind="stable")
    chains = frames.chains.drop_duplicates("chain_id")
    block.header["chains"] = [_describe_chain(chain) for chain in chains.to_dict("records")]
    block.add_index("m.chain", _place(matches["chain_id"], chains["chain_id"].tolist()))
    block.add_index("m.leg", matches["leg"].to_numpy(dtype=np.int64))
    block.add("m.coupled", matches["coupled_id"].notna().to_numpy(dtype=np.uint8))
    shared = matches["trunk_id"].value_counts()
    block.add_index("m.trunk", _place(matches["trunk_id"], sorted(shared.index[shared > 1])))
    overlap = np.rint(matches["overlap"].to_numpy(dtype=float) * 100.0)
    block.add("m.overlap", np.where(np.isnan(overlap), _UNKNOWN, np.minimum(overlap, 100)).astype(np.uint8))


def _describe_chain(chain: dict[Any, Any]) -> dict[str, Any]:
    return {
        "path": chain["path"],
        "class": chain["chance_class"],
        "net": _number(chain["net_eur_y"]),
        "co2": _number(chain["co2_avoided_t_y"]),
    }


def _place(column: pd.Series, names: Sequence[str]) -> IntArray:
    """Place of every value among `names`, counted from 1; 0 is none."""
    known = {name: number for number, name in enumerate(names, start=1)}
    return np.array([known.get(value, 0) for value in column], dtype=np.int64)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def add_deciding(block: Block, frames: Frames, loaded: LoadedProject, texts: Texts) -> None:
    """Column ``m.decided``: place in header ``decided``, lists of places in header ``inputs``; 0 is none.

    ``inputs`` holds per number its name in words, its low and high end and its unit.
    """
    ids = frames.matches.sort_values("rank", kind="stable")["decided_by"]
    inputs = {str(row["input_id"]): row for row in frames.tornado.to_dict("records")[::-1]}
    split = {text: split_ids(str(text), inputs.keys()) for text in ids.dropna().unique()}
    used = sorted({name for names in split.values() for name in names})
    sets = {text: number for number, text in enumerate(split, start=1)}
    block.add_index("m.decided", np.array([sets.get(text, 0) for text in ids], dtype=np.int64))
    block.header["decided"] = [[], *([used.index(name) for name in names] for names in split.values())]
    names = name_inputs(frames.tornado, frames.sites, loaded.catalogue, texts)
    rows = [(name, inputs.get(name) or {}) for name in used]
    block.header["inputs"] = [
        {
            "name": names.get(name, name),
            "low": row.get("low"),
            "high": row.get("high"),
            "unit": row.get("input_unit"),
        }
        for name, row in rows
    ]
