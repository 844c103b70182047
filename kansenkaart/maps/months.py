"""The year in twelve bars: shapes of what is free and what is delivered, each distinct shape kept once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from kansenkaart.maps.block import Block
from kansenkaart.tables.flows import MONTH_COLUMNS, MONTHS
from kansenkaart.tables.frames import Frames

FloatArray = npt.NDArray[np.float64]

# Months are kept as hundredths of the largest one: less than a pixel of the card's chart.
LEVELS = 100


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
