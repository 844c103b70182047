"""What goes elsewhere: what another has now, and what is sold outside the region.

The latter comes after all that the region itself takes, so that it hides no chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from kansenkaart.arrays import ROUNDING
from kansenkaart.catalogue import Market, Price, Stream
from kansenkaart.catalogue.models import Taken
from kansenkaart.tables.reasons import InBoth, Length, Number, Reason, Said, Value


class Contract(NamedTuple):
    """With whom a place deals now, and until when; empty where one of the contracts has no known end."""

    partners: str
    until: str


def find_contracts(links: pd.DataFrame, role: str) -> dict[tuple[str, str], Contract]:
    """What runs per stream and place of a role, as far as links tell."""
    other = "demand" if role == "supply" else "supply"
    running = links[(links["status"] == "running") & links[f"{role}_id"].notna()]
    return {
        (str(stream), str(site)): Contract(
            "; ".join(rows[f"{other}_name"].astype(str)),
            "" if rows["until_date"].isna().any() else str(rows["until_date"].max()),
        )
        for (stream, site), rows in running.groupby(["stream", f"{role}_id"])
    }


def say_contract(key: str, contract: Contract, **more: Value) -> Said:
    """With whom a place deals, and until when where that is known."""
    values: dict[str, Value] = {**more, "partners": contract.partners, "until": contract.until}
    return Said(key if contract.until else f"{key}_no_end", values)


def say_taken(key: str, taken: Taken) -> Said:
    """What the catalogue says of such a place."""
    return Said(f"{key}_{taken.way}", {"why": InBoth(taken.note, taken.note_en)})


def tell_given(contract: Contract | None, taken: Taken | None) -> dict[str, object]:
    """The columns ``given_...``: the partner that a link names, else what holds for such a place."""
    if contract is not None:
        partner = {"given_to": contract.partners, "given_until": contract.until or None}
        return {**partner, "given_as": "partner", "given_why": say_contract("given_partner", contract)}
    if taken is None:
        raise ValueError("given away without a link and without a rule of the catalogue")
    return {"given_as": taken.way, "given_why": say_taken("given", taken)}


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
        "distance": Length(market.distance_km),
        "price": Number(market.value),
        "net": Number(abs(net)),
        "unit": stream.unit,
        "lot": Number(stream.lot),
    }
    key = "elsewhere_small" if net > 0 else "elsewhere_unpaid"
    said = Said("elsewhere_sold" if takes else key, values)
    return (said, Said("note", {"note": InBoth(market.note, market.note_en)})) if market.note else (said,)
