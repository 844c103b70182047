"""Who has a public folder and a computer: what can be told of the hidden cells, from its files alone.

Reads nothing of the program: the CSV of classes, the GeoPackage with the same, the tables of public places. Knows how
totals hang together (parts make a total, municipalities a region), and that amounts are not negative.
"""

from __future__ import annotations

import csv
import math
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

PARTS = ("total", "matched", "left")

Cell = tuple[str, str, str, str]
Range = tuple[float, float]


def read_ranges(folder: Path) -> dict[Cell, Range]:
    """Between what every cell lies, by the narrowest of what the files say of it."""
    found: dict[Cell, Range] = {}
    with (folder / "gemeenten.csv").open(encoding="utf-8", newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    with closing(sqlite3.connect(folder / "gemeenten.gpkg")) as database:
        database.row_factory = sqlite3.Row
        rows += [dict(row) for row in database.execute("select * from area_classes")]
    for row in rows:
        cell = (row["stream"], row["role"], row["area_code"], row["part"])
        low, high = {
            "class": lambda row=row: (float(row["from_value"]), float(row["to_value"])),
            "none": lambda: (0.0, 0.0),
            "secret": lambda: (0.0, math.inf),
        }[row["shown"]]()
        before = found.get(cell, (0.0, math.inf))
        found[cell] = (max(low, before[0]), min(high, before[1]))
    return found


def attack(ranges: dict[Cell, Range]) -> dict[Cell, Range]:
    """What every cell can be, given all others."""
    told: dict[Cell, Range] = {}
    for side in sorted({cell[:2] for cell in ranges}):
        cells = [cell for cell in ranges if cell[:2] == side]
        number = {cell: place for place, cell in enumerate(cells)}
        areas = list(dict.fromkeys(cell[2] for cell in cells))
        towns = [area for area in areas if area.startswith("GM")]
        lines = []
        for area in areas:
            lines.append({number[*side, area, part]: -1.0 if part == "total" else 1.0 for part in PARTS})
        for part in PARTS:
            lines.append(
                {number[*side, town, part]: 1.0 for town in towns} | {number[*side, "region", part]: -1.0}
            )
        matrix = np.zeros((len(lines), len(cells)))
        for row, line in enumerate(lines):
            matrix[row, list(line)] = list(line.values())
        for cell in cells:
            told[cell] = _find_range(matrix, [ranges[one] for one in cells], number[cell])
    return told


def _find_range(matrix: np.ndarray, bounds: list[Range], cell: int) -> Range:
    wanted = np.zeros(matrix.shape[1])
    wanted[cell] = 1.0
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * wanted, A_eq=matrix, b_eq=np.zeros(len(matrix)), bounds=bounds, method="highs")
        assert found.status in (0, 3), found.message
        ends.append(sign * found.fun if found.status == 0 else math.inf)
    return ends[0], ends[1]
