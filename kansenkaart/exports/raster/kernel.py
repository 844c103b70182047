"""Quantities at points spread over a grid of square cells: a kernel density that loses nothing at the edge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from kansenkaart.arrays import BoolArray, FloatArray
from kansenkaart.project.load import CELLS_IN_RADIUS

# Sides of a cell that a reader can take in, metres.
_SIDES_M = (100.0, 250.0, 500.0, 1000.0)

# A grid of at most this many cells a side looks sharp on a screen, and is written in a moment.
_CELLS_A_SIDE = 800

# Cells in a radius that make a smooth spot; a project may go down to the first of CELLS_IN_RADIUS.
_USUAL_IN_RADIUS = 4

_M2_PER_KM2 = 1e6


@dataclass(frozen=True)
class RasterGrid:
    """Square cells from the upper left corner, RD New, metres."""

    left: float
    top: float
    cell_m: float
    rows: int
    columns: int

    @property
    def cell_km2(self) -> float:
        """Area of a cell."""
        return self.cell_m**2 / _M2_PER_KM2


def choose_cell(side_m: float, radii_m: Collection[float]) -> float:
    """Return the side of a cell, metres, for an area of `side_m` and kernels of `radii_m`.

    Examples
    --------
    >>> choose_cell(150_000, [3_000]), choose_cell(330_000, [3_000]), choose_cell(330_000, [20_000])
    (250.0, 500.0, 500.0)
    >>> choose_cell(150_000, [2_000, 20_000])
    500.0
    """
    finest, coarsest = max(radii_m) / CELLS_IN_RADIUS[1], min(radii_m) / _USUAL_IN_RADIUS
    least = max(side_m / _CELLS_A_SIDE, finest)
    wanted = next((side for side in _SIDES_M if side >= least), _SIDES_M[-1])
    smooth = [side for side in _SIDES_M if finest <= side <= coarsest]
    return min(wanted, max(smooth, default=wanted))


def lay_grid(x: FloatArray, y: FloatArray, *, cell_m: float, radius_m: float) -> RasterGrid:
    """Return the grid on multiples of `cell_m` that holds the whole kernel around every point."""
    around = radius_m + 2.0 * cell_m
    left, bottom = (np.floor((low - around) / cell_m) for low in (x.min(), y.min()))
    right, top = (np.ceil((high + around) / cell_m) for high in (x.max(), y.max()))
    return RasterGrid(float(left * cell_m), float(top * cell_m), cell_m, int(top - bottom), int(right - left))


def spread(
    x: FloatArray,
    y: FloatArray,
    quantity: FloatArray,
    *,
    grid: RasterGrid,
    radius_m: float,
    wet: BoolArray | None = None,
) -> FloatArray:
    """Spread quantities with a quartic (biweight) kernel, over land only.

    Parameters
    ----------
    x, y, quantity
        Shape (n,); RD New, metres, and any unit, 0 or more.
    grid
        From ``lay_grid``, for these points or more.
    radius_m
        Where the kernel ends.
    wet
        Shape (rows, columns): cells of sea or large water; without, all is land. A place with water all around keeps
        its whole kernel: what it has is never lost.

    Returns
    -------
    ndarray
        Shape (rows, columns), unit per km2: times the area of a cell it adds up to the quantities, and where no water
        is near, its centre of gravity is theirs. The grid goes on beyond the outermost kernel, so nothing falls off.
        Exactly 0 beyond the kernels, which a Fourier transform would leave as noise. Silverman (1986), Density
        Estimation, eq. 4.5.
    """
    mass = _put_in_cells(x, y, quantity, grid)
    held = np.flatnonzero(mass)
    steps = _kernel(radius_m / grid.cell_m, grid.columns)
    open_to = np.ones(len(mass)) if wet is None else np.where(wet.ravel(), 0.0, 1.0)
    kept = sum((share * open_to[held + step] for step, share in steps), np.zeros(len(held)))
    all_wet = kept == 0.0
    per_share = mass[held] / np.where(all_wet, 1.0, kept)
    density = np.zeros(grid.rows * grid.columns)
    for step, share in steps:
        # every cell that holds something is its own target at this step, so nothing is added twice or lost
        density[held + step] += share * per_share * np.where(all_wet, 1.0, open_to[held + step])
    return density.reshape(grid.rows, grid.columns) / grid.cell_km2


def _put_in_cells(x: FloatArray, y: FloatArray, quantity: FloatArray, grid: RasterGrid) -> FloatArray:
    """Divide every quantity over the four nearest cell centres, by closeness; shape (rows * columns,)."""
    across, down = (x - grid.left) / grid.cell_m - 0.5, (grid.top - y) / grid.cell_m - 0.5
    column, row = np.floor(across).astype(np.int64), np.floor(down).astype(np.int64)
    right, below = across - column, down - row
    mass = np.zeros(grid.rows * grid.columns)
    for d_row, part_row in ((0, 1.0 - below), (1, below)):
        for d_column, part_column in ((0, 1.0 - right), (1, right)):
            cell = (row + d_row) * grid.columns + column + d_column
            mass += np.bincount(cell, quantity * part_row * part_column, minlength=len(mass))
    return mass


def _kernel(radius: float, columns: int) -> list[tuple[int, float]]:
    """Steps in a grid of `columns` and the share that goes there, together 1; `radius` in cells."""
    reach = int(np.ceil(radius))
    rows, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    weight = np.clip(1.0 - (rows**2 + across**2) / radius**2, 0.0, None) ** 2
    steps = (rows * columns + across)[weight > 0]
    shares = weight[weight > 0] / weight.sum()
    return list(zip(steps.tolist(), shares.tolist(), strict=True))
