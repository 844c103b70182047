"""What the page shows beside the figures: of a chance its year, route, chain and what decides it; and the scenes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from kansenkaart.catalogue.legend import name_inputs, split_ids
from kansenkaart.maps.block import Block, add_lines, round_figures, to_grid
from kansenkaart.project import LoadedProject, Scene
from kansenkaart.project.scenes import WHOLE_REGION, split_pair
from kansenkaart.tables import Remarks
from kansenkaart.tables.flows import MONTH_COLUMNS, MONTHS
from kansenkaart.tables.frames import Frames
from kansenkaart.texts import Texts, load_texts

FloatArray = npt.NDArray[np.float64]

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

    def index(self, months: FloatArray) -> npt.NDArray[np.int64]:
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


def _best(geometry: npt.NDArray[np.object_]) -> list[npt.NDArray[np.float64]]:
    """The first lines that hold no more than ``MOST_POINTS`` together; the rest is not looked at."""
    lines: list[npt.NDArray[np.float64]] = []
    points = 0
    for line in geometry:
        coordinates = _coordinates(line)
        size = len(to_grid(coordinates, GRID_M))
        points += size if size > 1 else 0
        if points > MOST_POINTS:
            break
        lines.append(coordinates)
    return lines


def _coordinates(line: shapely.Geometry) -> npt.NDArray[np.float64]:
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


def _place(column: pd.Series, names: Sequence[str]) -> npt.NDArray[np.int64]:
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


# Names that the page gives to the scenes it makes itself.
START = "start"
OF_STREAM = "stroom-"

# Keys of a scene's choice in the flow diagram, and their names in the page's address; see through.js.
_ONLY = {
    "from_municipality": "van",
    "from_kind": "van_soort",
    "stream": "langs",
    "to_municipality": "naar",
    "to_kind": "naar_soort",
    "pays": "loont_niet",
}


@dataclass(frozen=True)
class Run:
    """What of a run a scene speaks of: the frames ``MATCHES``, ``SITES`` and ``MUNICIPALITIES``."""

    matches: gpd.GeoDataFrame
    sites: gpd.GeoDataFrame
    municipalities: gpd.GeoDataFrame


def add_scenes(block: Block, frames: Frames, loaded: LoadedProject) -> None:
    """Header list ``scenes``: the project's own scenes, chances by their place in the columns ``m.*``."""
    run = Run(frames.matches.sort_values("rank", kind="stable"), frames.sites, frames.municipalities)
    names = name_scenes(loaded.project.scenes)
    block.header["scenes"] = [
        {"name": name, **_describe(scene, run)}
        for name, scene in zip(names, loaded.project.scenes, strict=True)
    ]


def find_scene_remarks(
    matches: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    municipalities: gpd.GeoDataFrame,
    *,
    loaded: LoadedProject,
) -> pd.DataFrame:
    """Frame ``FINDINGS``: what scenes point at and the run does not hold; such a scene is shown without it."""
    texts, run = load_texts(loaded.project.language), Run(matches, sites, municipalities)
    remarks = Remarks(texts, layer="scenes", file=loaded.path.name)
    for number, scene in enumerate(loaded.project.scenes, start=1):
        for key, name, value in _absent(scene, run):
            told = {"number": number, "title": scene.title}
            remarks.add(name, value, told, column=f"scenes[{number}].{key}")
    return remarks.frame()


def name_scenes(scenes: tuple[Scene, ...]) -> list[str]:
    """Return a name for the address of every scene: its title in plain letters, none twice.

    Examples
    --------
    >>> name_scenes((Scene(title="Warmte & CO₂"), Scene(title="warmte, co2!"), Scene(title="→")))
    ['warmte-co2', 'warmte-co2-2', 'scene']
    """
    names: list[str] = []
    for scene in scenes:
        plain = unicodedata.normalize("NFKD", scene.title).casefold()
        name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", plain)).strip("-")[:60] or "scene"
        name = f"scene-{name}" if name == START or name.startswith(OF_STREAM) else name
        others = (f"{name}-{count}" for count in range(2, len(scenes) + 2))
        names.append(next(one for one in (name, *others) if one not in names))
    return names


def find_matches_of(text: str, scene: Scene, run: Run) -> list[int]:
    """Places in `run.matches` of the chances that a line of ``highlight`` means.

    Parameters
    ----------
    text
        Id of a match, or 'name of the supply -> name of the demand'; capitals and double spaces make no difference.
    scene
        Of two named places only the streams of the scene count.
    run
        Its matches in the order of the page, the best first.
    """
    matches = run.matches
    hit = (matches["match_id"] == text).to_numpy(dtype=bool)
    pair = split_pair(text)
    if not hit.any() and pair is not None:
        names = run.sites.set_index("site_id")["name"].map(_fold)
        hit = (matches["supply_id"].map(names) == _fold(pair[0])).to_numpy(dtype=bool)
        hit = hit & (matches["demand_id"].map(names) == _fold(pair[1])).to_numpy(dtype=bool)
    if scene.streams:
        hit = hit & matches["stream"].isin(scene.streams).to_numpy(dtype=bool)
    return [int(place) for place in hit.nonzero()[0]]


def _describe(scene: Scene, run: Run) -> dict[str, Any]:
    found = {place for text in scene.highlight for place in find_matches_of(text, scene, run)}
    return {
        "title": scene.title,
        "text": scene.text,
        "streams": list(scene.streams),
        "classes": list(scene.classes),
        "km": scene.max_km,
        "smallest": scene.leave_out_smallest,
        "search": scene.search,
        "drawn": scene.drawn,
        "only": {name: value for name, _, value in _find_only(scene, run) if value is not None},
        "position": None if scene.zoom is None else [scene.latitude, scene.longitude, scene.zoom],
        "bounds": _find_bounds(scene.view, run.municipalities),
        "highlight": sorted(found),
        "tab": scene.tab,
        "side": scene.side,
    }


def _absent(scene: Scene, run: Run) -> Iterator[tuple[str, str, str]]:
    """Yield (key, name of the finding, what is not there)."""
    for place, text in enumerate(scene.highlight, start=1):
        if not find_matches_of(text, scene, run):
            yield f"highlight[{place}]", "scene_match_absent", text
    for _, key, value in _find_only(scene, run):
        if value is None:
            yield f"only.{key}", "scene_only_absent", str(getattr(scene.only, key))
    if scene.view != WHOLE_REGION and _find_bounds(scene.view, run.municipalities) is None:
        yield "view", "scene_place_absent", scene.view


def _find_only(scene: Scene, run: Run) -> Iterator[tuple[str, str, str | None]]:
    """Yield (name in the page's address, key of the scene, value as the page knows it) of what is asked for.

    The value is None when no place or chance of the run has it.
    """
    only, sites = scene.only, run.sites
    towns = {_fold(town): str(town) for town in sites["municipality"].dropna()}
    kinds, streams = set(sites["kind"]), set(run.matches["stream"])
    for key, name in _ONLY.items():
        value = getattr(only, key)
        if value is None:
            continue
        if key.endswith("municipality"):
            yield name, key, towns.get(_fold(value))
        elif key.endswith("kind"):
            yield name, key, value if value in kinds else None
        elif key == "stream":
            yield name, key, value if value in streams else None
        else:
            yield name, key, "0" if value else "1"


def _find_bounds(view: str, municipalities: gpd.GeoDataFrame) -> list[float] | None:
    """West, south, east and north of a municipality in RD metres; None for the region, or when it is not there."""
    if view == WHOLE_REGION:
        return None
    own = municipalities[municipalities["municipality"].map(_fold) == _fold(view)]
    return [float(value) for value in own.total_bounds.round(1)] if len(own) else None


def _fold(text: object) -> str:
    return " ".join(str(text).split()).casefold()
