"""From the frames of an internal run to the table of the public edition: totals of areas, protected, in classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, log10

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from kansenkaart.editions.audit import find_told
from kansenkaart.editions.rules import CellTable, Rules
from kansenkaart.editions.suppress import hide_cells
from kansenkaart.tables import AREA_CLASSES, Frames
from kansenkaart.tables.area_classes import PARTS
from kansenkaart.texts import Texts
from kansenkaart.units import write_unit

_REGION = "region"
_LEAST_PART = 1e-6
# Classes begin at these times a power of ten: wide enough to be no figure.
_STEPS = (1.0, 2.0, 5.0, 10.0)


def classify_areas(frames: Frames, rules: Rules, *, texts: Texts) -> pd.DataFrame:
    """Return frame ``AREA_CLASSES``: a row per area of the region, stream, role and part.

    Parameters
    ----------
    frames
        Of the internal run, with everything in it.

    Raises
    ------
    AssertionError
        When a secret cell could be told from what is published: a fault of the program, and nothing may be written.
    """
    flows = _list_flows(frames)
    areas = _list_areas(flows)
    rows: list[dict[str, object]] = []
    for (stream, role), own in flows.groupby(["stream", "role"], sort=True):
        table = _make_cells(own[own["confidential"]], areas)
        hidden = hide_cells(table, rules)
        if len(told := find_told(table, hidden, rules)):
            raise AssertionError(
                f"{stream} {role}: cells {told.tolist()} can be told: a fault in the program"
            )
        whole = _make_cells(own, areas)
        named = {"stream": stream, "role": role, "unit": own["unit"].iloc[0]}
        rows += [named | row for row in _write_cells(whole.values, hidden, areas, str(named["unit"]), texts)]
    frame = pd.DataFrame(rows, columns=AREA_CLASSES.names())
    return AREA_CLASSES.conform(frame) if rows else AREA_CLASSES.empty()


@dataclass(frozen=True)
class _Areas:
    """Municipalities, provinces (where there are several) and the region, in the order of the cells.

    Attributes
    ----------
    codes, names, levels
        Of every area.
    above
        Position of the area it is part of; -1 for the region.
    """

    codes: list[str]
    names: list[str]
    levels: list[str]
    above: list[int]


def _list_flows(frames: Frames) -> pd.DataFrame:
    """What every place of the region has or asks, and which part of it a chance moves now."""
    sites = frames.sites.set_index("site_id")
    inside = sites["in_region"].to_numpy(dtype=bool) & sites["municipality_code"].notna().to_numpy(dtype=bool)
    told = pd.DataFrame(
        sites.loc[inside, ["name", "municipality_code", "municipality", "province", "confidential"]]
    )
    gaps = frames.gaps[["site_id", "stream", "role", "unit", "value", "delivered"]]
    flows = gaps[gaps["value"] > 0].join(told, on="site_id", how="inner")
    # places of one name are one firm: together they dominate, and know of each other
    flows["who"] = flows["name"].str.casefold().str.strip()
    flows["total"] = flows["value"]
    # what a division leaves of a rounding is nothing, not a class of billionths
    part = (flows["delivered"] / flows["value"]).clip(0.0, 1.0)
    part = part.where(part > _LEAST_PART, 0.0).where(part < 1.0 - _LEAST_PART, 1.0)
    flows["matched"] = part * flows["value"]
    flows["left"] = flows["total"] - flows["matched"]
    return flows


def _list_areas(flows: pd.DataFrame) -> _Areas:
    towns = flows.drop_duplicates("municipality_code").sort_values("municipality_code")
    provinces = sorted(set(towns["province"].dropna()))
    parts = provinces if len(provinces) > 1 else []
    count = len(towns)
    region = count + len(parts)
    above = [count + parts.index(name) if name in parts else region for name in towns["province"]]
    return _Areas(
        [*towns["municipality_code"], *parts, _REGION],
        [*towns["municipality"], *parts, _REGION],
        ["municipality"] * count + ["province"] * len(parts) + ["region"],
        [*above, *[region] * len(parts), -1],
    )


def _make_cells(flows: pd.DataFrame, areas: _Areas) -> CellTable:
    """Cell = position of the area x parts + position of the part; every place counts in all areas above it, too."""
    count = len(areas.codes) * len(PARTS)
    position = {code: number for number, code in enumerate(areas.codes)}
    rows = []
    for row in flows.to_dict("records"):
        area = position[row["municipality_code"]]
        while area >= 0:
            rows += [(area * len(PARTS) + number, row["who"], row[part]) for number, part in enumerate(PARTS)]
            area = areas.above[area]
    shares = pd.DataFrame(rows, columns=["cell", "who", "amount"]).astype({"cell": int, "amount": float})
    shares = shares[shares["amount"] > 0]
    values = (
        shares.groupby("cell")["amount"].sum().reindex(range(count), fill_value=0.0).to_numpy(dtype=float)
    )
    whole = np.arange(count) // len(PARTS) * len(PARTS)
    return CellTable(values, _relate(areas, count), shares, np.where(np.arange(count) == whole, -1, whole))


def _relate(areas: _Areas, count: int) -> csr_array:
    """Parts make the total of an area, and areas the area they are part of."""
    lines: list[dict[int, int]] = []
    for area in range(len(areas.codes)):
        first = area * len(PARTS)
        lines.append({first: -1} | {first + number: 1 for number in range(1, len(PARTS))})
        below = [one for one, above in enumerate(areas.above) if above == area]
        for number in range(len(PARTS) if below else 0):
            lines.append({first + number: -1} | {one * len(PARTS) + number: 1 for one in below})
    entries = [(row, cell, sign) for row, line in enumerate(lines) for cell, sign in line.items()]
    at, cells, signs = (np.array(part) for part in zip(*entries, strict=True))
    return csr_array((signs.astype(float), (at, cells)), shape=(len(lines), count))


def _write_cells(
    values: np.ndarray, hidden: np.ndarray, areas: _Areas, unit: str, texts: Texts
) -> Iterator[dict[str, object]]:
    for cell, value in enumerate(values.tolist()):
        area, part = divmod(cell, len(PARTS))
        whole = area * len(PARTS)
        name = texts("editions.region") if areas.levels[area] == _REGION else areas.names[area]
        row: dict[str, object] = {
            "area_code": areas.codes[area],
            "area": name,
            "level": areas.levels[area],
            "part": PARTS[part],
        }
        if hidden[cell] or hidden[whole]:
            yield row | {"shown": "secret", "label": texts("editions.secret")}
        elif value <= 0:
            yield row | {"shown": "none", "label": texts("editions.none")}
        else:
            low, high = find_class(value)
            label = texts(
                "editions.class", low=texts.number(low), high=texts.number(high), unit=write_unit(unit)
            )
            yield row | {"shown": "class", "from_value": low, "to_value": high, "label": label}


def find_class(value: float) -> tuple[float, float]:
    """Return the class in which `value`, above 0, lies: from 1, 2 or 5 times a power of ten, up to the next.

    Examples
    --------
    >>> find_class(130.0), find_class(200.0), find_class(0.7)
    ((100.0, 200.0), (200.0, 500.0), (0.5, 1.0))
    """
    power = floor(log10(value))
    ten = 10.0**power
    edges = [step * ten if power >= 0 else step / 10.0**-power for step in _STEPS]
    if value >= edges[-1]:  # a logarithm that fell just short
        return find_class(edges[-1]) if value == edges[-1] else (edges[-1], 2 * edges[-1])
    number = max(sum(edge <= value for edge in edges) - 1, 0)
    return edges[number], edges[number + 1]
