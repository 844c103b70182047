"""Lines as small steps on a grid: zigzag numbers in as few bytes as they need."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kansenkaart.maps.block import Block


def add_lines(block: Block, name: str, lines: list[npt.NDArray[np.float64]], grid_m: float) -> None:
    """Columns ``name`` (steps) and ``name.n`` (points per line); a line of a single cell is left out.

    Parameters
    ----------
    lines
        Coordinates (points, 2), RD metres.
    grid_m
        Size of the grid, metres.
    """
    counts: list[int] = []
    steps: list[npt.NDArray[np.int64]] = []
    last = np.zeros((1, 2), dtype=np.int64)
    for line in lines:
        grid = to_grid(line, grid_m)
        if len(grid) < 2:
            continue
        counts.append(len(grid))
        steps.append(np.diff(np.concatenate([last, grid]), axis=0))
        last = grid[-1:]
    flat = np.concatenate(steps).ravel() if steps else np.empty(0, dtype=np.int64)
    block.add_index(f"{name}.n", np.array(counts, dtype=np.int64))
    block.add(name, to_varint((flat << 1) ^ (flat >> 63)))


def to_grid(line: npt.NDArray[np.float64], grid_m: float) -> npt.NDArray[np.int64]:
    """Cells that a line of RD metres passes, none twice in a row."""
    grid = np.rint(line / grid_m).astype(np.int64)
    moved = np.concatenate([[True], (np.diff(grid, axis=0) != 0).any(axis=1)])
    return np.asarray(grid[moved])


def to_varint(values: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Seven bits a byte, the eighth says that more follow."""
    out = bytearray()
    for value in values.tolist():
        rest = value
        while rest >= 0x80:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return np.frombuffer(bytes(out), dtype=np.uint8)
