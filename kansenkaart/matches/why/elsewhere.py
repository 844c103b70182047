"""What of the rest is sold outside the region: after all that the region itself takes, so that it hides no chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kansenkaart.catalogue import Price, Stream
from kansenkaart.matches.arrays import ROUNDING, FloatArray
from kansenkaart.tables.reasons import InBoth, Number, Reason, Said, Value


@dataclass(frozen=True)
class Outside:
    """What a market outside the region does for the flows of one side.

    Attributes
    ----------
    left
        What the region leaves, per year.
    taken
        Part of it that goes there.
    eur_unit
        What a unit brings there less handling and drive; NaN where no market is known.
    """

    stream: Stream
    left: FloatArray
    taken: FloatArray
    eur_unit: float

    def tell(self, flow: int) -> Reason:
        """Where the rest of a flow goes, or why it does not; nothing where none is left or no market is known."""
        market = self.stream.elsewhere
        if market is None or np.isnan(self.eur_unit) or self.left[flow] <= 0:
            return ()
        values: dict[str, Value] = {
            "market": InBoth(market.place, market.place_en),
            "distance": Number(market.distance_km),
            "price": Number(market.value),
            "net": Number(abs(self.eur_unit)),
            "unit": self.stream.unit,
            "lot": Number(self.stream.lot),
        }
        key = "elsewhere_small" if self.eur_unit > 0 else "elsewhere_unpaid"
        said = Said("elsewhere_sold" if self.taken[flow] > 0 else key, values)
        note = InBoth(market.note, market.note_en)
        return (said, Said("note", {"note": note})) if market.note else (said,)


def find_market(role: str, left: FloatArray, stream: Stream, prices: Mapping[str, Price]) -> Outside:
    """What a market outside the region takes of what is left: all of it, where it pays and fills a load.

    Such a market takes what it is brought: no supply stands in the way of another, and nothing has to be divided.

    Parameters
    ----------
    role
        Nobody outside the region gives: a demand has none.
    left
        What the region leaves of every flow, per year.
    """
    nothing, market = np.zeros(len(left)), stream.elsewhere
    if role != "supply" or market is None or stream.truck_price is None:
        return Outside(stream, left, nothing, float("nan"))
    spent = prices["handling_eur_t"].value + prices[stream.truck_price].value * market.distance_km
    net = market.value - spent
    fills = (left > 0) & (left >= stream.lot * (1.0 - ROUNDING))
    return Outside(stream, left, np.where(fills & (net > 0), left, 0.0), net)
