"""What is left of every supply and demand, and the cause that binds, from the run's own rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from kansenkaart.catalogue import Catalogue, Stream
from kansenkaart.matches.eligibility import (
    TEMPERATURE_STEP_C,
    Side,
    find_rules,
    needs_place,
)
from kansenkaart.texts import Texts

_DUST = 1e-9


@dataclass(frozen=True)
class Book:
    """One side's account: what its flows gave or got, and what their eligible partners have free together."""

    own: Side
    other: Side
    delivered: npt.NDArray[np.float64]
    within_reach: npt.NDArray[np.float64]


def find_gaps(book: Book, role: str, stream: Stream, catalogue: Catalogue, *, texts: Texts) -> pd.DataFrame:
    """One row per flow of a side: delivered, remaining, and why something remains."""
    flows = book.own.flows
    value = flows["value"].to_numpy(dtype=float)
    delivered = np.minimum(book.delivered, value)
    remaining = value - delivered
    almost = _almost_partners(book, role, stream, catalogue)
    rows = []
    for position, (other, fits) in enumerate(almost):
        cause, details = _cause(book, position, role, stream, other, fits=fits)
        reason = texts(f"reasons.{cause}", **{name: _word(item, texts) for name, item in details.items()})
        rows.append((cause, reason))
    partner_id = book.other.column("site_id")
    return pd.DataFrame(
        {
            "flow_id": flows["flow_id"],
            "site_id": flows["site_id"],
            "stream": stream.id,
            "role": role,
            "unit": stream.unit,
            "value": value,
            "reachable": np.minimum(value, book.within_reach),
            "delivered": delivered,
            "remaining": np.where(remaining > _DUST * np.maximum(value, 1.0), remaining, 0.0),
            "cause": [cause for cause, _ in rows],
            "reason": [reason for _, reason in rows],
            "nearest_id": [partner_id[other] if other >= 0 else None for other, _ in almost],
            "nearest_distance_m": [
                _distance(book, position, other) for position, (other, _) in enumerate(almost)
            ],
        }
    )


def _cause(
    book: Book, position: int, role: str, stream: Stream, other: int, *, fits: bool
) -> tuple[str, dict[str, object]]:
    own = book.own.flows.iloc[position]
    if own["value"] <= 0:
        quantities = {"committed": float(own["committed"]), "covered": float(own["covered"])}
        return _why_nothing_free(own), {**quantities, "unit": stream.unit}
    if book.delivered[position] >= own["value"] * (1 - 1e-9):
        return "fully_used", {}
    if book.within_reach[position] > 0:
        return ("takers_full" if role == "supply" else "suppliers_empty"), {}
    if other < 0:
        known = "asks" if role == "supply" else "offers"
        return (f"nobody_{known}_more" if len(book.other) else f"nobody_{known}"), {}
    return _why_no_pair(book, position, other, role, stream, fits=fits)


def _why_nothing_free(own: pd.Series) -> str:
    used = own["committed"] + own["covered"]
    if used >= own["theoretical"] * (1 - 1e-3) > 0:
        return "all_committed" if own["committed"] >= own["covered"] else "all_covered"
    return f"status_{own['status']}" if own["status"] in ("planned", "suspended") else "nothing_free"


def _why_no_pair(
    book: Book, position: int, other: int, role: str, stream: Stream, *, fits: bool
) -> tuple[str, dict[str, object]]:
    """The first rule that stands between a flow and the nearest place on the other side."""
    own, partner = book.own.flows.iloc[position], book.other.flows.iloc[other]
    supply, demand = (own, partner) if role == "supply" else (partner, own)
    distance_km = _distance(book, position, other) / 1000.0
    details: dict[str, object] = {
        "partner": partner["name"],
        "distance": distance_km,
        "limit": stream.hard_km,
    }
    if not fits:
        return "wrong_kind", details
    if distance_km > stream.hard_km:
        return "too_far", details
    if needs_place(stream) and "municipality" in (own["placement"], partner["placement"]):
        return "place_unknown", details
    if stream.temperature_rule and supply["temperature_c"] < demand["temperature_c"] + TEMPERATURE_STEP_C:
        warmth = {
            "supply_c": supply["temperature_c"],
            "needed_c": demand["temperature_c"] + TEMPERATURE_STEP_C,
        }
        return "too_cold", {**details, **warmth}
    return "outside_region", details


def _almost_partners(book: Book, role: str, stream: Stream, catalogue: Catalogue) -> list[tuple[int, bool]]:
    """Per flow the nearest flow of the other side with something free, and whether its kind fits.

    One of a fitting kind goes before a nearer one of another; -1 where there is nobody.
    """
    usable = np.flatnonzero(book.other.column("value").astype(float) > 0)
    own_kind, other_kind = book.own.column("kind"), book.other.column("kind")[usable]
    chosen = np.full(len(book.own), -1, dtype=np.int64)
    fitting = np.zeros(len(book.own), dtype=bool)
    for kind in sorted(set(own_kind)):
        rows = np.flatnonzero(own_kind == kind)
        same = np.full(len(usable), kind, dtype=object)
        kinds = (same, other_kind) if role == "supply" else (other_kind, same)
        fits = find_rules(kinds, stream, catalogue) >= 0
        for others, fit in ((usable[~fits], False), (usable[fits], True)):
            nearest = _nearest_other(book, rows, others)
            chosen[rows] = np.where(nearest >= 0, nearest, chosen[rows])
            fitting[rows] = np.where(nearest >= 0, fit, fitting[rows])
    return list(zip(chosen.tolist(), fitting.tolist(), strict=True))


def _nearest_other(
    book: Book, rows: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Per row of the own side the nearest of `others` that is not the place itself; -1 for none."""
    if not len(others):
        return np.full(len(rows), -1, dtype=np.int64)
    asked = min(2, len(others))
    _, found = cKDTree(book.other.xy[others]).query(book.own.xy[rows], k=asked)
    found = others[np.reshape(found, (len(rows), asked))]
    itself = book.other.column("site_id")[found] == book.own.column("site_id")[rows][:, None]
    first = np.argmin(itself, axis=1)
    at = np.arange(len(rows))
    return np.where(itself[at, first], -1, found[at, first])


def _distance(book: Book, position: int, other: int) -> float:
    if other < 0:
        return float("nan")
    return float(book.own.geometry.iloc[position].distance(book.other.geometry.iloc[other]))


def _word(item: object, texts: Texts) -> object:
    return texts.number(float(item)) if isinstance(item, float | int | np.floating) else item
