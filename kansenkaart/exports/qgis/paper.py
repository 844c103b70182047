"""Sheets of paper and where what is on them stands; the smallest extent of their shape around a region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Extent = tuple[float, float, float, float]

Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Paper:
    """A size of paper: sides in mm, how large texts and margins are on it, beside A3, and mm under the map.

    On A4 the sources, which are no smaller than can be read, take a larger part of the sheet.
    """

    name: str
    short: float
    long: float
    factor: float
    foot: float


PAPERS = (
    Paper("A4", 210.0, 297.0, 0.74, 25.0),
    Paper("A3", 297.0, 420.0, 1.0, 24.0),
    Paper("A0", 841.0, 1189.0, 2.2, 52.8),
)
A3 = PAPERS[1]


@dataclass(frozen=True)
class Page:
    """A sheet and its items in mm, each as x, y, width, height; `held` is how."""

    paper: Paper
    held: Literal["landscape", "portrait"]

    @property
    def width(self) -> float:
        """Of the sheet, mm."""
        return self.paper.long if self.held == "landscape" else self.paper.short

    @property
    def height(self) -> float:
        """Of the sheet, mm."""
        return self.paper.short if self.held == "landscape" else self.paper.long

    @property
    def column(self) -> float:
        """Width of the column of the legend, mm."""
        return self.size(105.0 if self.held == "landscape" else 84.0)

    def size(self, at_a3: float) -> float:
        """Return what is `at_a3` (mm, points) as large as this paper asks."""
        return round(at_a3 * self.paper.factor, 2)

    @property
    def map(self) -> Place:
        """The map: all that the column of the legend and the texts under it leave."""
        width, height = (
            self.width - self.column - self.size(27.0),
            self.height - self.size(29.0) - self.paper.foot,
        )
        return self.size(10.0), self.size(29.0), width, height

    @property
    def under(self) -> Place:
        """The place under the map."""
        left, top, width, height = self.map
        return left, top + height + self.size(3.0), width, self.paper.foot - self.size(9.0)

    def beside(self, y: float, width: float, height: float, *, x: float = 0.0) -> Place:
        """A place in the column of the legend (as on A3), `y` from the top or, where negative, from the bottom."""
        left = self.width - self.column - self.size(12.0 - x)
        return left, self.size(y) + (0.0 if y > 0 else self.height), self.size(width), self.size(height)

    def across(self, y: float, height: float) -> Place:
        """A place over the whole width."""
        return self.size(10.0), self.size(y), self.width - self.size(20.0), self.size(height)


def fit_extent(extent: Extent, page: Page = Page(A3, "landscape")) -> Extent:
    """Return the smallest extent of the shape of the map on `page` around `extent`, with some air."""
    return fit_shape(extent, page.map[2] / page.map[3])


def fit_shape(extent: Extent, shape: float) -> Extent:
    """Return the smallest extent, `shape` times as wide as high, around `extent`, with some air."""
    x_min, y_min, x_max, y_max = extent
    height = 1.04 * max(y_max - y_min, (x_max - x_min) / shape, 1_000.0)
    width = height * shape
    x, y = (x_min + x_max) / 2, (y_min + y_max) / 2
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2
