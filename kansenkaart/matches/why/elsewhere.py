"""What of the rest is sold outside the region: after all that the region itself takes, so that it hides no chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from kansenkaart.catalogue import Market, Price, Stream
from kansenkaart.matches.arrays import ROUNDING
from kansenkaart.tables.reasons import InBoth, Number, Reason, Said, Value


def sell_elsewhere(
    gaps: pd.DataFrame, stream: Stream, market: Market, prices: Mapping[str, Price]
) -> pd.DataFrame:
    """The gaps of supplies with what a market outside the region takes: all that is left, if it pays and fills a load.

    Such a market takes what it is brought: no supply stands in the way of another, and nothing has to be divided.

    Parameters
    ----------
    gaps
        Frame ``GAPS``, ``reason`` as data.
    """
    if stream.truck_price is None:
        return gaps
    left = gaps["remaining"].to_numpy(dtype=float)
    spent = prices["handling_eur_t"].value + prices[stream.truck_price].value * market.distance_km
    net = market.value - spent
    taken = np.where((left > 0) & (left >= stream.lot * (1.0 - ROUNDING)) & (net > 0), left, 0.0)
    reasons = [
        (*reason, *_tell(stream, market, net, takes=some > 0)) if rest > 0 else reason
        for reason, rest, some in zip(gaps["reason"], left, taken, strict=True)
    ]
    told = pd.Series(reasons, index=gaps.index, dtype=object)
    return gaps.assign(elsewhere=taken, elsewhere_eur_unit=net, reason=told)


def _tell(stream: Stream, market: Market, net: float, *, takes: bool) -> Reason:
    """Where the rest goes, or why it does not."""
    values: dict[str, Value] = {
        "market": InBoth(market.place, market.place_en),
        "distance": Number(market.distance_km),
        "price": Number(market.value),
        "net": Number(abs(net)),
        "unit": stream.unit,
        "lot": Number(stream.lot),
    }
    key = "elsewhere_small" if net > 0 else "elsewhere_unpaid"
    said = Said("elsewhere_sold" if takes else key, values)
    return (said, Said("note", {"note": InBoth(market.note, market.note_en)})) if market.note else (said,)
